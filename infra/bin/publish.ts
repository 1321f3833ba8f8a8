// Writes `template.json`, the stack for those without CDK, and `permissions.md`, who may do what and why. With `--check` it
// only says whether they are as they should be.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, BootstraplessSynthesizer, Stack } from 'aws-cdk-lib';
import { Config } from '../lib/config';
import { judge } from '../lib/nag';
import { permissions } from '../lib/page';
import { parameters } from '../lib/published';
import { Choice, GatedStack } from '../lib/stack';
import { Template } from '../lib/template';

const INFRA = join(__dirname, '..', '..');
/** Everything that a deployment can ask for, so that no statement is missing from the page. */
const EVERYTHING: Config = {
  service: 'gated',
  repositories: ['REPOSITORY'],
  patterns: ['PATTERN*'],
  references: ['refs/heads/main'],
  destinations: ['main'],
  retentionDays: 365,
  objectLockDays: 30,
  arm64: false,
  reportGroups: true,
  imageRepositories: ['IMAGES'],
  secretsAllowed: ['PREFIX/'],
  profileRoles: ['arn:aws:iam::111122223333:role/PROFILE'],
  profileKeys: ['arn:aws:kms:eu-central-1:111122223333:key/KEY'],
  networks: [{ subnets: ['SUBNET'], securityGroups: ['GROUP'], ownRole: false }],
  floor: '',
};

function template(choose: (stack: Stack) => Choice, name: string): Template {
  const settings = JSON.parse(readFileSync(join(INFRA, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
  const app = new App({ context: settings.context, analyticsReporting: false, outdir: join(INFRA, 'build', name) });
  const stack = new GatedStack(app, name, choose, { synthesizer: new BootstraplessSynthesizer() });
  judge(stack);
  const made = app.synth().getStackByName(name).template as Template;
  for (const resource of Object.values(made.Resources)) {
    // What only CDK reads.
    delete resource.Metadata?.cdk_nag;
    delete resource.Metadata?.['aws:cdk:path'];
    if (resource.Metadata !== undefined && Object.keys(resource.Metadata).length === 0) {
      delete resource.Metadata;
    }
  }
  return made;
}

const written: Record<string, string> = {
  'template.json': `${JSON.stringify(template(parameters, 'published'), null, 1)}\n`,
  'permissions.md': permissions(template(() => ({ config: EVERYTHING, artifact: { bucket: 'BUCKET', key: 'KEY', stamp: 'KEY' } }), 'everything')),
};
for (const [name, text] of Object.entries(written)) {
  const path = join(INFRA, name);
  if (!process.argv.includes('--check')) {
    writeFileSync(path, text);
  } else if (readFileSync(path, 'utf8') !== text) {
    console.error(`infra/${name} is not what the stack makes: run npm run template in infra/, and commit it`);
    process.exitCode = 1;
  }
}
