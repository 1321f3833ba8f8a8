// The same stack for those without CDK: what the context says is a CloudFormation parameter here, and the program lies where
// its user put it. It gates one repository, or all that fit one pattern, with one build role. It knows nothing of the floor in
// the zip: the function that makes the rule refuses one that takes more than this, or names other branches.

import { Aws, CfnCondition, CfnParameter, CfnParameterProps, Fn, Stack, Token } from 'aws-cdk-lib';
import { SERVICE_NAME, SERVICE_WORDS } from './config';
import { Choice } from './stack';

/** The parameters, and the choice that they make. */
export function parameters(stack: Stack): Choice {
  const text = (id: string, description: string, more: Partial<CfnParameterProps> = {}): CfnParameter =>
    new CfnParameter(stack, id, { type: 'String', description, ...more });
  const topic = text('AlarmTopicArn', 'SNS topic that alarms speak to; empty for none', { default: '' });
  const hasTopic = new CfnCondition(stack, 'HasAlarmTopic', { expression: Fn.conditionNot(Fn.conditionEquals(topic, '')) });
  const repository = text('RepositoryName', 'A CodeCommit repository, or a pattern with `*`', {
    allowedPattern: '[A-Za-z0-9_.*-]{1,100}',
  }).valueAsString;
  const references = text('DestinationReferences', "Gated branches, the same as the floor's gate.destinations: refs/heads/main,refs/heads/release/*", {
    type: 'CommaDelimitedList', default: 'refs/heads/main',
  }).valueAsList;
  const key = text('CodeKey', 'Key of that zip; a new key with every new zip', { allowedPattern: '.{1,120}' }).valueAsString;
  return {
    config: {
      service: text('ServiceName', 'First part of every name in the stack', {
        default: 'gated', allowedPattern: SERVICE_NAME, constraintDescription: `2 to 20 ${SERVICE_WORDS}`,
      }).valueAsString,
      repositories: [],
      patterns: [repository],
      references,
      destinations: references,
      retentionDays: 365,
      objectLockDays: 0,
      alarmTopic: Token.asString(Fn.conditionIf(hasTopic.logicalId, topic.valueAsString, Aws.NO_VALUE)),
      arm64: false,
      reportGroups: false,
      imageRepositories: [],
      secretsAllowed: [],
      profileRoles: [],
      profileKeys: [],
      networks: [],
      // In the zip.
      floor: '',
    },
    artifact: {
      bucket: text('CodeBucket', 'Bucket with the zip that infra/package makes').valueAsString,
      key,
      stamp: `${key} ${repository}`,
    },
  };
}
