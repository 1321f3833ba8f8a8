// The CDK app: one stack, from the context.

import { statSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { ConfigError, readConfig } from '../lib/config';
import { artifact } from '../lib/functions';
import { TEMPLATE } from '../lib/limits';
import { judge } from '../lib/nag';
import { GatedStack } from '../lib/stack';

try {
  const app = new App();
  const config = readConfig(app.node);
  const stack = new GatedStack(app, config.service, (made) => ({ config, artifact: artifact(made, config) }), {
    env: { account: config.account },
    // Indented, a stack of a hundred repositories would be longer than CloudFormation takes.
    suppressTemplateIndentation: true,
  });
  judge(stack);
  const { size } = statSync(app.synth().getStackArtifact(stack.artifactId).templateFullPath);
  if (size > TEMPLATE) {
    throw new ConfigError(`the template has ${size} bytes, and CloudFormation takes ${TEMPLATE}: each listed repository has a build role of its own, so give -c repositoryPattern=… for some of them, or deploy a second stack with another serviceName`);
  }
} catch (error) {
  if (!(error instanceof ConfigError)) {
    throw error;
  }
  console.error(error.message);
  process.exitCode = 2;
}
