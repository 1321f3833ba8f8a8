// What each function may do, statement by statement. A test derives the same from the calls in the code, and fails on one too
// many or one too few.

import { Config } from './config';
import { FunctionName, arn, badges, projectArns, repositoryArn } from './names';
import { Need, keys } from './permissions';
import { Storage, streams } from './storage';

/** The statements of one function's role. */
export function duties(name: FunctionName, config: Config, storage: Storage, log: string, deadLetters?: string): Need[] {
  return [...running(log, deadLetters), ...own(name, config, storage)];
}

/** What every function needs to run at all. */
function running(log: string, deadLetters?: string): Need[] {
  const all: Need[] = [
    {
      sid: 'WriteItsLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [streams(log, '*')],
      because: 'Lambda writes the log, in which the metrics are',
    },
    {
      sid: 'Trace',
      actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
      resources: ['*'],
      everywhere: 'the actions know no resource',
      because: 'Lambda traces each call',
    },
  ];
  if (deadLetters !== undefined) {
    all.push({
      sid: 'KeepWhatFailed',
      actions: ['sqs:SendMessage'],
      resources: [deadLetters],
      because: 'Lambda keeps an event that the function failed at three times',
    });
  }
  return all;
}

function own(name: FunctionName, config: Config, storage: Storage): Need[] {
  const repositories = [...config.repositories, ...config.patterns].map(repositoryArn);
  const under = (...prefixes: string[]): string[] => prefixes.map((prefix) => storage.bucket.arnForObjects(`${prefix}/*`));
  const objects = (reads: string[], writes: string[]): Need[] => {
    const all: Need[] = [
      {
        sid: 'ReadRecords',
        actions: ['s3:GetObject'],
        resources: under(...reads),
        because: 'engine/aws/src/object.rs: get_object',
      },
      {
        sid: 'TellMissingFromForbidden',
        actions: ['s3:ListBucket'],
        resources: [storage.bucket.bucketArn],
        because: 'S3 answers 404 for a missing key only to those who may list: engine/aws/src/object.rs: get_object',
      },
    ];
    if (writes.length > 0) {
      all.push({
        sid: 'WriteRecords',
        actions: ['s3:PutObject'],
        resources: under(...writes),
        because: 'engine/aws/src/object.rs: put_object',
      });
    }
    return all;
  };
  const look: Need = {
    sid: 'LookAtPullRequests',
    actions: [
      'codecommit:GetDifferences', 'codecommit:GetFile', 'codecommit:GetFolder', 'codecommit:GetPullRequest',
      'codecommit:GetPullRequestApprovalStates', 'codecommit:GetPullRequestOverrideState',
    ],
    resources: repositories,
    because: 'engine/lambda/src/gather.rs: everything that a decision rests on',
  };
  const watch: Need = {
    sid: 'SeeWhichGateRuns',
    actions: ['states:DescribeExecution'],
    resources: [arn('states', `execution:${config.service}:*`)],
    because: 'engine/aws/src/executions.rs: execution',
  };
  const start: Need[] = [
    {
      sid: 'StartGates',
      actions: ['states:StartExecution'],
      resources: [arn('states', `stateMachine:${config.service}`), arn('states', `stateMachine:${config.service}:live`)],
      because: 'engine/lambda/src/start.rs',
    },
    watch,
  ];
  const builds: Need = {
    sid: 'ReadBuilds',
    actions: ['codebuild:BatchGetBuilds'],
    resources: [projectArns(config.service)],
    because: 'engine/aws/src/builds.rs: build',
  };
  const template: Need[] = [
    {
      sid: 'FindRepositoriesAndTheirTemplate',
      actions: ['codecommit:GetApprovalRuleTemplate', 'codecommit:ListRepositories', 'codecommit:ListRepositoriesForApprovalRuleTemplate'],
      resources: ['*'],
      everywhere: 'the actions know no resource',
      because: 'engine/aws/src/templates.rs and engine/aws/src/repositories.rs',
    },
    {
      sid: 'AssociateTheTemplate',
      actions: [
        'codecommit:BatchAssociateApprovalRuleTemplateWithRepositories',
        'codecommit:BatchDisassociateApprovalRuleTemplateFromRepositories',
      ],
      resources: repositories,
      because: 'engine/aws/src/templates.rs: associate, disassociate',
    },
  ];
  switch (name) {
    case 'intake':
      return [
        look, ...start, ...objects(['plans', 'evidence'], ['plans']),
        {
          sid: 'CountTransitions',
          actions: ['states:GetExecutionHistory'],
          resources: [arn('states', `execution:${config.service}:*`)],
          because: 'engine/aws/src/executions.rs: transitions',
        },
      ];
    case 'judge':
      return [
        look, ...start, builds, ...objects(['builds', 'plans', 'evidence', 'decisions'], ['plans', 'evidence', 'decisions']),
        {
          sid: 'LockRecords',
          actions: ['s3:PutObjectRetention'],
          resources: under('decisions'),
          because: 'engine/aws/src/object.rs: put_locked_object, where the bucket has object lock',
        },
        ...keys(config, ['kms:Decrypt'], 'S3 decrypts what a build of such a profile left: engine/aws/src/object.rs: get_object'),
        {
          sid: 'TellThePathTaken',
          actions: ['states:GetExecutionHistory'],
          resources: [arn('states', `execution:${config.service}:*`)],
          because: 'engine/aws/src/executions.rs: path, for the report page',
        },
        {
          sid: 'SeeWhenItWasMerged',
          actions: ['codecommit:DescribePullRequestEvents'],
          resources: repositories,
          because: 'engine/aws/src/pull_requests.rs: merged_ms, so that an older coverage replaces no newer one',
        },
        {
          sid: 'ReadChangedLines',
          actions: ['codecommit:GetBlob'],
          resources: repositories,
          because: 'engine/aws/src/repositories.rs: blob, for the coverage of changed lines',
        },
        {
          sid: 'TellHowAStageEnded',
          actions: ['logs:GetLogEvents'],
          resources: [streams(storage.buildLogs.logGroupName, '*')],
          because: 'engine/aws/src/logs.rs: last_log_lines, for the last lines of a stage that did not pass',
        },
        {
          sid: 'ReadScansAndDeleteImages',
          actions: ['ecr:BatchDeleteImage', 'ecr:DescribeImageScanFindings', 'ecr:ListImages'],
          resources: [storage.images.repositoryArn],
          because: 'engine/aws/src/images.rs',
        },
        {
          sid: 'ReadScansOfInspector',
          actions: ['inspector2:ListCoverage', 'inspector2:ListFindings'],
          resources: ['*'],
          everywhere: 'the actions know no resource',
          because: "engine/aws/src/images.rs: where the registry has enhanced scanning, ECR asks Inspector in its caller's name",
        },
      ];
    case 'voter':
      return [
        look, builds, watch, ...objects(['plans', 'evidence', 'decisions'], []),
        {
          sid: 'Comment',
          actions: [
            'codecommit:GetCommentsForPullRequest', 'codecommit:GetCommit', 'codecommit:PostCommentForPullRequest',
            'codecommit:UpdateComment',
          ],
          resources: repositories,
          because: 'engine/aws/src/comments.rs',
        },
        {
          sid: 'Vote',
          actions: ['codecommit:UpdatePullRequestApprovalState'],
          resources: repositories,
          because: 'engine/aws/src/votes.rs (no other role has this action)',
        },
      ];
    case 'sweeper':
      return [
        look, ...start, ...objects(['plans', 'evidence', 'decisions'], ['plans']), ...template,
        {
          sid: 'FindOpenPullRequests',
          actions: ['codecommit:CreatePullRequestApprovalRule', 'codecommit:ListPullRequests'],
          resources: repositories,
          because: 'engine/lambda/src/sweeper/open.rs: those from before the installation get the rule of their own',
        },
        {
          sid: 'SeeWhatRuns',
          actions: ['states:ListExecutions'],
          resources: [arn('states', `stateMachine:${config.service}`)],
          because: 'engine/aws/src/executions.rs: running_executions',
        },
        {
          sid: 'FindProjects',
          actions: ['codebuild:ListProjects'],
          resources: ['*'],
          everywhere: 'the action knows no resource',
          because: 'engine/lambda/src/sweeper/leftovers.rs',
        },
        {
          sid: 'SeeWhoseProjectItIs',
          actions: ['codebuild:BatchGetProjects'],
          resources: [projectArns(config.service)],
          because: 'engine/lambda/src/sweeper/leftovers.rs',
        },
        {
          sid: 'FindBadges',
          actions: ['ssm:GetParametersByPath'],
          resources: [arn('ssm', `parameter/${badges(config.service)}`)],
          because: 'engine/aws/src/parameters.rs: parameter_names',
        },
        {
          sid: 'FindImages',
          actions: ['ecr:ListImages'],
          resources: [storage.images.repositoryArn],
          because: 'engine/aws/src/images.rs: image_tags',
        },
      ];
    case 'approval-rule':
      return [
        ...template,
        {
          sid: 'KeepTheTemplate',
          actions: [
            'codecommit:CreateApprovalRuleTemplate', 'codecommit:DeleteApprovalRuleTemplate',
            'codecommit:UpdateApprovalRuleTemplateContent', 'codecommit:UpdateApprovalRuleTemplateDescription',
          ],
          resources: ['*'],
          everywhere: 'the actions know no resource',
          because: 'engine/aws/src/templates.rs',
        },
      ];
  }
}
