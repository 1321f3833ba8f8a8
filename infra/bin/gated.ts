// The CDK app: one stack, from the context.

import { App } from 'aws-cdk-lib';
import { ConfigError, readConfig } from '../lib/config';
import { artifact } from '../lib/functions';
import { judge } from '../lib/nag';
import { GatedStack } from '../lib/stack';

try {
  const app = new App();
  const config = readConfig(app.node);
  const env = { account: config.account };
  judge(new GatedStack(app, config.service, (stack) => ({ config, artifact: artifact(stack, config) }), { env }));
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) {
    throw error;
  }
  console.error(error.message);
  process.exitCode = 2;
}
