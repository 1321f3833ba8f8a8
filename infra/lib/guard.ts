// What people must not do, as managed policies to attach to them: go around the approval rule, set it aside, steer a gate's
// build. They only deny, and are attached to nobody here. `infra/README.md` has the words for a service control policy.

import { Annotations, Aws, CfnOutput } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { Config } from './config';
import { deeds } from './deeds';
import { MANAGED, MANAGED_OF_A_ROLE, policies } from './limits';
import { projectPrefix, repositoryArn } from './names';
import { purpose } from './permissions';
import { Storage } from './storage';

/**
 * What a person could hand over to a build to make it something else: CodeBuild's condition keys for `StartBuild`, without the
 * parts of what is handed over whole.
 */
const OVERRIDES = [
  'artifacts', 'autoRetryLimit', 'cache', 'encryptionKey', 'environment', 'environment.certificate', 'environment.computeType',
  'environment.environmentVariables', 'environment.fleet.fleetArn', 'environment.image', 'environment.imagePullCredentialsType',
  'environment.privilegedMode', 'environment.registryCredential', 'environment.type', 'logsConfig', 'secondaryArtifacts',
  'secondarySources', 'serviceRole', 'source', 'source.auth.resource', 'source.auth.type', 'source.buildStatusConfig.context',
  'source.buildStatusConfig.targetUrl', 'source.buildspec', 'source.insecureSsl', 'source.location',
];

export class Guard extends Construct {
  constructor(scope: Construct, config: Config, storage: Storage) {
    super(scope, 'Guard');
    if (config.references.includes('refs/heads/*')) {
      Annotations.of(this).addWarningV2('gated:every-branch', `every branch is gated, so whoever gets ${config.service}-guard-branches can push to none of them, feature branches too: name the gated branches in the floor's gate.destinations`);
    }
    const repositories = [...config.repositories, ...config.patterns].map(repositoryArn);
    // Of any region: written out, the one of this stack is too long for a statement a key in one policy.
    const projects = [`arn:*:codebuild:*:*:project/${projectPrefix(config.service)}*`];
    this.ofRepositories('Branches', `${config.service}-guard-branches`, 'Attach to people: gated branches take merges of pull requests only', [
      {
        sid: 'NoWayAroundPullRequests',
        actions: [
          'codecommit:CreateBranch', 'codecommit:CreateCommit', 'codecommit:DeleteBranch', 'codecommit:DeleteFile',
          'codecommit:GitPush', 'codecommit:MergeBranchesByFastForward', 'codecommit:MergeBranchesBySquash',
          'codecommit:MergeBranchesByThreeWay', 'codecommit:PutFile',
        ],
        resources: repositories,
        conditions: {
          StringLikeIfExists: { 'codecommit:References': config.references },
          // Without this, GitPush would be denied before its references are known (CodeCommit user guide, limit pushes).
          Null: { 'codecommit:References': 'false' },
        },
      },
      {
        // Under another name nothing is denied: rename, push, rename back. These actions know no references.
        sid: 'NoOtherRepositoryInItsPlace',
        actions: ['codecommit:DeleteRepository', 'codecommit:UpdateRepositoryName'],
        resources: repositories,
      },
    ]);
    this.ofRepositories('Rules', `${config.service}-guard-rules`, 'Attach to people who must not set the approval rule aside', [
      {
        sid: 'NoOverrideNoEdit',
        actions: [
          'codecommit:BatchDisassociateApprovalRuleTemplateFromRepositories', 'codecommit:DeletePullRequestApprovalRule',
          'codecommit:DisassociateApprovalRuleTemplateFromRepository', 'codecommit:OverridePullRequestApprovalRules',
          'codecommit:UpdatePullRequestApprovalRuleContent',
        ],
        resources: repositories,
      },
      {
        // These actions know no resource.
        sid: 'NoEditOfTemplates',
        actions: [
          'codecommit:DeleteApprovalRuleTemplate', 'codecommit:UpdateApprovalRuleTemplateContent',
          'codecommit:UpdateApprovalRuleTemplateName',
        ],
        resources: ['*'],
      },
    ]);
    this.policy('BuildsOfPeople', `${config.service}-guard-builds`, 'Attach to people who may start builds: those of the gate stay what they are', [
      // One statement a key: a request that has any of them is denied.
      ...OVERRIDES.map((key) => ({
        sid: `No${key.replace(/(^|\.)(\w)/g, (_, __, letter: string) => letter.toUpperCase())}`,
        actions: ['codebuild:StartBuild'],
        resources: projects,
        conditions: { Null: { [`codebuild:${key}`]: 'false' } },
      })),
      {
        sid: 'NoEditOfProjects',
        actions: [
          'codebuild:CreateProject', 'codebuild:CreateWebhook', 'codebuild:DeleteProject', 'codebuild:UpdateProject',
          'codebuild:UpdateProjectVisibility', 'codebuild:UpdateWebhook',
        ],
        resources: projects,
      },
      {
        // A sandbox is a shell with the build's role; a retry repeats what somebody overrode; the gate starts no batch.
        sid: 'NoShellNoRetryNoBatch',
        actions: ['codebuild:RetryBuild', 'codebuild:RetryBuildBatch', 'codebuild:StartBuildBatch', 'codebuild:StartSandbox'],
        resources: projects,
      },
    ]);
    this.policy('Gate', `${config.service}-guard-gate`, 'Attach to people who do not deploy the gate: they change none of its parts', deeds(config, storage));
    const guards = this.node.children.filter((child) => child instanceof iam.ManagedPolicy).length;
    if (guards > MANAGED_OF_A_ROLE) {
      Annotations.of(this).addWarningV2('gated:many-guards', `the guards take ${guards} policies to name all repositories, and IAM attaches ${MANAGED_OF_A_ROLE} to a role unless its quota is raised: put some on a group or a second role, deny the same in a service control policy, or give -c repositoryPattern=… for some of the repositories`);
    }
  }

  /** As many policies as it takes to name all repositories. */
  private ofRepositories(id: string, name: string, description: string, statements: iam.PolicyStatementProps[]): void {
    policies(statements, MANAGED, `the policy ${name}`).forEach((part, index) => {
      const number = index === 0 ? '' : `-${index + 1}`;
      this.policy(`${id}${number}`, `${name}${number}`, description, part);
    });
  }

  private policy(id: string, name: string, description: string, statements: iam.PolicyStatementProps[]): void {
    const policy = new iam.ManagedPolicy(this, id, {
      managedPolicyName: `${name}-${Aws.REGION}`,
      statements: statements.map((props) => new iam.PolicyStatement({ ...props, effect: iam.Effect.DENY })),
    });
    purpose(policy, description);
    new CfnOutput(this, `${id}Arn`, { value: policy.managedPolicyArn, description });
  }
}
