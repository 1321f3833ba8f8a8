// The state machine: the very file that the sandbox runs, with this stack's names filled in. Each change of it or of a
// function is a version of its own, and executions in flight keep theirs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Builds } from './builds';
import { Config } from './config';
import { Functions } from './functions';
import { arn, badges, projectArns, repositoryArn } from './names';
import { Need, makeRole } from './permissions';
import { Storage, logGroup } from './storage';

const DEFINITION = join(__dirname, '..', '..', 'gate.asl.json');

export class Machine extends Construct {
  constructor(scope: Construct, config: Config, storage: Storage, functions: Functions, builds: Builds) {
    super(scope, 'Machine');
    // The file is of the partition `aws`; integrations are called by the names of the stack's own.
    const definition = readFileSync(DEFINITION, 'utf8').replaceAll('"arn:aws:states:::', '"arn:${Partition}:states:::');
    // The prefix keeps Step Functions from adding this group to a resource policy of limited length.
    const log = logGroup(this, 'Log', `/aws/vendedlogs/states/${config.service}`, config);
    const role = this.role(config, storage, functions, builds);
    const machine = new sfn.CfnStateMachine(this, 'Gate', {
      stateMachineName: config.service,
      roleArn: role.roleArn,
      definitionString: definition,
      definitionSubstitutions: {
        Partition: Aws.PARTITION,
        ConfigurationParameter: storage.configuration.parameterName,
        JudgeFunction: functions.versions.judge.functionArn,
        VoterFunction: functions.versions.voter.functionArn,
      },
      loggingConfiguration: {
        level: 'ALL',
        includeExecutionData: false,
        destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: log.logGroupArn } }],
      },
      tracingConfiguration: { enabled: true },
    });
    // Another revision replaces this resource; the version that it was stays, for the executions that began with it.
    const version = new sfn.CfnStateMachineVersion(this, 'Version', {
      stateMachineArn: machine.attrArn,
      stateMachineRevisionId: machine.attrStateMachineRevisionId,
    });
    version.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    const alias = new sfn.CfnStateMachineAlias(this, 'Live', {
      name: 'live',
      routingConfiguration: [{ stateMachineVersionArn: version.attrArn, weight: 100 }],
    });
    alias.applyRemovalPolicy(RemovalPolicy.DESTROY);
  }

  private role(config: Config, storage: Storage, functions: Functions, builds: Builds): iam.Role {
    const projects = projectArns(config.service);
    const needs: Need[] = [
      {
        sid: 'CallTheFunctions',
        actions: ['lambda:InvokeFunction'],
        // Of any version: executions in flight call the one that they began with.
        resources: [functions.versions.judge, functions.versions.voter].map((version) => `${version.lambda.functionArn}:*`),
        because: 'Reopen, Announce, Judge, Comment, Vote, Trouble, FinishPullRequest, EndComment',
      },
      {
        sid: 'ReadConfiguration',
        actions: ['ssm:GetParameter'],
        resources: [storage.configuration.parameterArn],
        because: 'ReadConfiguration',
      },
      {
        sid: 'KeepBadges',
        actions: ['ssm:DeleteParameter', 'ssm:PutParameter'],
        resources: [arn('ssm', `parameter/${badges(config.service)}/*`)],
        because: 'PutBadge, DeleteBadge',
      },
      {
        sid: 'SeeWhetherThePullRequestIsStillTheSame',
        actions: ['codecommit:GetPullRequest'],
        resources: [...config.repositories, ...config.patterns].map(repositoryArn),
        because: 'LookAtPullRequest',
      },
      {
        sid: 'MakeProjects',
        actions: ['codebuild:CreateProject', 'codebuild:DeleteProject', 'codebuild:UpdateProject'],
        resources: [projects],
        because: 'CreateProject, UpdateProject, DeleteProject',
      },
      {
        sid: 'RunBuilds',
        actions: ['codebuild:BatchGetBuilds', 'codebuild:ListBuildsForProject', 'codebuild:StartBuild', 'codebuild:StopBuild'],
        resources: [projects],
        because: 'StartBuild (with `.sync`, which also asks and stops), ListOlderBuilds, StopOlderBuild, ListBuildsToEnd, StopBuild',
      },
      {
        sid: 'BeToldOfTheEndOfABuild',
        actions: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
        resources: [arn('events', 'rule/StepFunctionsGetEventForCodeBuildStartBuildRule')],
        because: 'StartBuild: `.sync` waits by a rule that Step Functions manages',
      },
      {
        sid: 'LendBuildRoles',
        actions: ['iam:PassRole'],
        resources: builds.roleArns,
        conditions: { StringEquals: { 'iam:PassedToService': 'codebuild.amazonaws.com' } },
        because: 'CreateProject, UpdateProject',
      },
      {
        sid: 'WriteItsLog',
        actions: [
          'logs:CreateLogDelivery', 'logs:DeleteLogDelivery', 'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies',
          'logs:GetLogDelivery', 'logs:ListLogDeliveries', 'logs:PutResourcePolicy', 'logs:UpdateLogDelivery',
        ],
        resources: ['*'],
        everywhere: 'the actions know no resource',
        because: 'Step Functions sets up the delivery of its log',
      },
      {
        sid: 'Trace',
        actions: ['xray:GetSamplingRules', 'xray:GetSamplingTargets', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
        resources: ['*'],
        everywhere: 'the actions know no resource',
        because: 'Step Functions traces each execution',
      },
    ];
    return makeRole(this, 'Role', config, {
      name: 'states',
      description: 'Role of the state machine',
      service: 'states',
      // Executions begin by the alias; whether Step Functions then names it is not documented.
      forResources: ['', ':*'].map((qualifier) => arn('states', `stateMachine:${config.service}${qualifier}`)),
      needs,
    });
  }
}
