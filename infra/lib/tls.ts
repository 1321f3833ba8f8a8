// What is kept is read and written by TLS alone: a denial for buckets and queues, action by action. `enforceSSL` of the CDK
// denies `s3:*` and `sqs:*` instead, and no action of this stack ends in `:*`. It allows nothing.

import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { NagSuppressions } from 'cdk-nag';

/** What actions on objects and on a bucket begin with; what is left out changes settings only, and not every partition knows it. */
const VERBS = ['Abort', 'Bypass', 'Delete', 'Get', 'List', 'Object', 'Put', 'Replicate', 'Restore'];

/** Every action on a queue that is there. */
const QUEUE_ACTIONS = [
  'AddPermission', 'ChangeMessageVisibility', 'DeleteMessage', 'DeleteQueue', 'GetQueueAttributes', 'GetQueueUrl',
  'ListDeadLetterSourceQueues', 'ListQueueTags', 'PurgeQueue', 'ReceiveMessage', 'RemovePermission', 'SendMessage',
  'SetQueueAttributes', 'TagQueue', 'UntagQueue',
];

export function bucketByTlsOnly(bucket: s3.Bucket): void {
  bucket.addToResourcePolicy(denial(VERBS.map((verb) => `s3:${verb}*`), [bucket.bucketArn, bucket.arnForObjects('*')]));
  const reason = 'its policy denies without TLS whatever reads, writes or lists; the rule knows `s3:*` alone';
  NagSuppressions.addResourceSuppressions(bucket, [{ id: 'AwsSolutions-S10', reason }], true);
}

export function queueByTlsOnly(queue: sqs.Queue): void {
  queue.addToResourcePolicy(denial(QUEUE_ACTIONS.map((action) => `sqs:${action}`), [queue.queueArn]));
  const reason = 'its policy denies every action without TLS by name; the rule knows `sqs:*` alone';
  NagSuppressions.addResourceSuppressions(queue, [{ id: 'AwsSolutions-SQS4', reason }], true);
}

function denial(actions: string[], resources: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'ByTlsOnly',
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions,
    resources,
    conditions: { Bool: { 'aws:SecureTransport': 'false' } },
  });
}
