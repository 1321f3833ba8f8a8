// What wakes the gate: pull requests' events, moves of branches, changes of approval rules, and a clock. An event that cannot be delivered is
// kept; every event is only a hint, and the clock finds what events missed.

import { Aws } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { Config } from './config';
import { Functions, queue } from './functions';
import { PATTERN, groups, length } from './limits';
import { arn, repositoryArn } from './names';

/** How often the sweeper looks for what events missed. */
const SWEEP = 'rate(15 minutes)';
/** An event older than this is not worth delivering: the sweeper has been there by then. */
const OLDEST_SECONDS = 3600;
const TRIES = 20;

/** Pull request events that make intake look, or count; the sandbox installs the same. */
const PULL_REQUEST_EVENTS = [
  'pullRequestCreated',
  'pullRequestSourceBranchUpdated',
  'pullRequestStatusChanged',
  'pullRequestMergeStatusUpdated',
  'pullRequestApprovalStateChanged',
  'pullRequestApprovalRuleOverridden',
  'pullRequestApprovalRuleUpdated',
  'pullRequestApprovalRuleDeleted',
];

export class Events extends Construct {
  /** What EventBridge could not deliver. */
  readonly undelivered: sqs.Queue;

  constructor(scope: Construct, config: Config, functions: Functions) {
    super(scope, 'Events');
    this.undelivered = queue(this, 'Undelivered', `${config.service}-undelivered`);
    const repositories = [
      ...config.repositories.map(repositoryArn),
      // An event pattern knows `*` alone, and no two of them side by side.
      ...config.patterns.map((pattern) => ({ wildcard: repositoryArn(pattern.replace(/[*?]+/g, '*')) })),
    ];
    // As many rules as it takes to name all repositories.
    const ofRepositories = (id: string, name: string, target: lambda.Alias, description: string, rest: object): events.CfnRule[] =>
      groups(repositories, PATTERN - length({ ...rest, resources: [] }), 'an event pattern').map((resources, index) => {
        const number = index === 0 ? '' : `${index + 1}`;
        return this.rule(`${id}${number}`, `${config.service}-${name}${number && `-${number}`}`, target, {
          description,
          eventPattern: { ...rest, resources },
        });
      });
    const rules = [
      ...ofRepositories('PullRequests', 'pull-requests', functions.live.intake, 'Wakes the gate for a pull request', {
        source: ['aws.codecommit'],
        'detail-type': ['CodeCommit Pull Request State Change'],
        detail: { event: PULL_REQUEST_EVENTS },
      }),
      // Which branches are gated the function knows, as it does for pull requests: the floor may say it in more words than fit here.
      ...ofRepositories('Branches', 'branches', functions.live.sweeper, 'Has pull requests judged anew whose destination moved', {
        source: ['aws.codecommit'],
        'detail-type': ['CodeCommit Repository State Change'],
        detail: { event: ['referenceUpdated'], referenceType: ['branch'] },
      }),
      this.rule('Templates', `${config.service}-templates`, functions.live.intake, {
        description: 'Counts changes of the approval rule template',
        eventPattern: {
          source: ['aws.codecommit'],
          'detail-type': ['CodeCommit Approval Rule Template Change'],
          detail: { approvalRuleTemplateName: [config.service] },
        },
      }),
      this.rule('Executions', `${config.service}-executions`, functions.live.intake, {
        description: 'Counts how executions end',
        eventPattern: {
          source: ['aws.states'],
          'detail-type': ['Step Functions Execution Status Change'],
          detail: {
            stateMachineArn: [arn('states', `stateMachine:${config.service}`)],
            status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'],
          },
        },
      }),
      this.rule('Sweep', `${config.service}-sweep`, functions.live.sweeper, {
        description: 'Finds what events missed and what was left behind',
        scheduleExpression: SWEEP,
      }),
    ];
    this.undelivered.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'KeepWhatCannotBeDelivered',
      principals: [new iam.ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [this.undelivered.queueArn],
      conditions: { ArnEquals: { 'aws:SourceArn': rules.map((rule) => rule.attrArn) } },
    }));
  }

  private rule(id: string, name: string, target: lambda.Alias, props: Partial<events.CfnRuleProps>): events.CfnRule {
    const rule = new events.CfnRule(this, id, {
      ...props,
      name,
      state: 'ENABLED',
      targets: [{
        id: 'function',
        arn: target.functionArn,
        retryPolicy: { maximumEventAgeInSeconds: OLDEST_SECONDS, maximumRetryAttempts: TRIES },
        deadLetterConfig: { arn: this.undelivered.queueArn },
      }],
    });
    new lambda.CfnPermission(this, `${id}MayCall`, {
      action: 'lambda:InvokeFunction',
      functionName: target.functionArn,
      principal: 'events.amazonaws.com',
      sourceArn: rule.attrArn,
      sourceAccount: Aws.ACCOUNT_ID,
    });
    return rule;
  }
}
