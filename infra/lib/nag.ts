// cdk-nag's rules for AWS solutions, at every synthesis. What is suppressed is named with its reason.

import { Annotations, Aspects, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NagSuppressions } from 'cdk-nag';

export function judge(stack: Stack): void {
  NagSuppressions.addStackSuppressions(stack, [
    {
      id: 'AwsSolutions-S1',
      reason: 'who read or wrote a record is told by CloudTrail data events; a bucket of access logs would outlive the stack as well',
    },
    { id: 'AwsSolutions-SQS3', reason: 'the two queues are the dead-letter queues themselves' },
    { id: 'AwsSolutions-L1', reason: 'provided.al2023 is the newest runtime for a program of one\'s own' },
  ]);
  const told = Annotations.of(stack);
  told.acknowledgeWarning('@aws-cdk/aws-lambda:codeFromBucketObjectVersionNotSpecified', 'the key holds the hash of the program');
  Validations.of(stack).acknowledge(
    { id: 'CloudFormation-Validate::E1029', reason: 'the names in ${...} are definition substitutions' },
    { id: 'CloudFormation-Validate::W1030', reason: 'an empty AlarmTopicArn is taken away by a condition' },
  );
  Aspects.of(stack).add(new AwsSolutionsChecks({ verbose: false }));
}
