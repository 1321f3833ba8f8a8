// What changes the gate itself, service by service: whoever may do it needs to go around nothing. People are denied it; what
// the command line does for them (`gated rerun` asks intake) and whatever only reads is not in here.

import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Config } from './config';
import { arn, roleName } from './names';
import { Storage } from './storage';

/** Statements that deny every change of this stack's own parts. Whatever is named `SERVICE-…` counts as its own. */
export function deeds(config: Config, storage: Storage): iam.PolicyStatementProps[] {
  const { service } = config;
  const { bucket, images } = storage;
  const named = (kind: string, name: string): string => `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:${kind}/${roleName(service, name)}`;
  const told = ['judge', 'voter', 'approval-rule'].flatMap((name) => [`${service}-${name}`, `${service}-${name}:*`]);
  return [
    {
      sid: 'NoEditOfFunctions',
      actions: [
        'lambda:AddPermission', 'lambda:CreateAlias', 'lambda:CreateFunction', 'lambda:CreateFunctionUrlConfig', 'lambda:DeleteAlias',
        'lambda:DeleteFunction', 'lambda:DeleteFunctionEventInvokeConfig', 'lambda:PublishVersion', 'lambda:PutFunctionConcurrency',
        'lambda:PutFunctionEventInvokeConfig', 'lambda:PutRuntimeManagementConfig', 'lambda:RemovePermission', 'lambda:UpdateAlias',
        'lambda:UpdateFunctionCode', 'lambda:UpdateFunctionConfiguration', 'lambda:UpdateFunctionEventInvokeConfig',
      ],
      resources: [arn('lambda', `function:${service}-*`)],
    },
    {
      // They do what they are told: CloudFormation, and the state machine. Intake and the sweeper look for themselves.
      sid: 'NoCallInAnothersName',
      actions: ['lambda:InvokeAsync', 'lambda:InvokeFunction', 'lambda:InvokeFunctionUrl'],
      resources: told.map((name) => arn('lambda', `function:${name}`)),
    },
    {
      // An execution's input says project, role and buildspec.
      sid: 'NoExecutionAndNoEditOfTheMachine',
      actions: [
        'states:DeleteStateMachine', 'states:DeleteStateMachineAlias', 'states:DeleteStateMachineVersion',
        'states:PublishStateMachineVersion', 'states:RedriveExecution', 'states:StartExecution', 'states:StopExecution',
        'states:UpdateStateMachine', 'states:UpdateStateMachineAlias',
      ],
      resources: [`stateMachine:${service}`, `stateMachine:${service}:*`, `execution:${service}:*`].map((name) => arn('states', name)),
    },
    {
      sid: 'NoHandInTheRecords',
      actions: [
        's3:BypassGovernanceRetention', 's3:DeleteBucket', 's3:DeleteBucketPolicy', 's3:DeleteObject', 's3:DeleteObjectVersion',
        's3:PutBucketAcl', 's3:PutBucketObjectLockConfiguration', 's3:PutBucketOwnershipControls', 's3:PutBucketPolicy',
        's3:PutBucketPublicAccessBlock', 's3:PutBucketVersioning', 's3:PutEncryptionConfiguration', 's3:PutLifecycleConfiguration',
        's3:PutObject', 's3:PutObjectAcl', 's3:PutReplicationConfiguration', 's3:ReplicateDelete', 's3:ReplicateObject',
      ],
      resources: [bucket.bucketArn, bucket.arnForObjects('*')],
    },
    {
      // A verdict rests on the scan of an image: no other one may lie under its tag.
      sid: 'NoOtherImageInItsPlace',
      actions: [
        'ecr:BatchDeleteImage', 'ecr:DeleteRepository', 'ecr:PutImage', 'ecr:PutImageScanningConfiguration',
        'ecr:PutImageTagMutability', 'ecr:PutLifecyclePolicy', 'ecr:SetRepositoryPolicy',
      ],
      resources: [images.repositoryArn],
    },
    {
      sid: 'NoEditOfTheConfiguration',
      actions: ['ssm:DeleteParameter', 'ssm:DeleteParameters', 'ssm:PutParameter'],
      resources: [arn('ssm', `parameter/${service}/*`)],
    },
    {
      sid: 'NoEditOfRules',
      actions: ['events:DeleteRule', 'events:DisableRule', 'events:PutRule', 'events:PutTargets', 'events:RemoveTargets'],
      resources: [arn('events', `rule/${service}-*`)],
    },
    {
      sid: 'NoEditOfQueues',
      actions: ['sqs:AddPermission', 'sqs:DeleteQueue', 'sqs:PurgeQueue', 'sqs:RemovePermission', 'sqs:SetQueueAttributes'],
      resources: ['undelivered', 'failed'].map((name) => arn('sqs', `${service}-${name}`)),
    },
    {
      sid: 'NoDeletionOfLogs',
      actions: ['logs:DeleteLogGroup', 'logs:DeleteLogStream', 'logs:DeleteRetentionPolicy', 'logs:PutRetentionPolicy'],
      resources: [`/${service}/builds`, `/aws/lambda/${service}-*`, `/aws/vendedlogs/states/${service}`]
        .map((name) => arn('logs', `log-group:${name}:*`)),
    },
    {
      sid: 'NoSilencing',
      actions: ['cloudwatch:DeleteAlarms', 'cloudwatch:DisableAlarmActions', 'cloudwatch:PutMetricAlarm'],
      resources: [arn('cloudwatch', `alarm:${service}-*`)],
    },
    {
      sid: 'NoEditAndNoLoanOfRoles',
      actions: [
        'iam:AttachRolePolicy', 'iam:CreateRole', 'iam:DeleteRole', 'iam:DeleteRolePermissionsBoundary', 'iam:DeleteRolePolicy',
        'iam:DetachRolePolicy', 'iam:PassRole', 'iam:PutRolePermissionsBoundary', 'iam:PutRolePolicy', 'iam:UpdateAssumeRolePolicy',
        'sts:AssumeRole',
      ],
      resources: [named('role', '*')],
    },
    {
      sid: 'NoEditOfPolicies',
      actions: ['iam:CreatePolicy', 'iam:CreatePolicyVersion', 'iam:DeletePolicy', 'iam:DeletePolicyVersion', 'iam:SetDefaultPolicyVersion'],
      resources: [named('policy', '*')],
    },
    {
      // From whomever they bind.
      sid: 'NoDetachingOfPolicies',
      actions: ['iam:DetachGroupPolicy', 'iam:DetachRolePolicy', 'iam:DetachUserPolicy'],
      resources: ['*'],
      conditions: { ArnLike: { 'iam:PolicyARN': named('policy', '*') } },
    },
    {
      // CloudFormation may act with a role of the stack's own, so that nothing else need be allowed to whoever calls it.
      sid: 'NoDeployment',
      actions: [
        'cloudformation:CancelUpdateStack', 'cloudformation:ContinueUpdateRollback', 'cloudformation:CreateChangeSet',
        'cloudformation:DeleteStack', 'cloudformation:ExecuteChangeSet', 'cloudformation:RollbackStack', 'cloudformation:SetStackPolicy',
        'cloudformation:UpdateStack', 'cloudformation:UpdateTerminationProtection',
      ],
      resources: [arn('cloudformation', `stack/${Aws.STACK_NAME}/*`)],
    },
  ];
}
