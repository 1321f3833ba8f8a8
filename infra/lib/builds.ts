// The roles that builds run under, and the boundary that none of them can cross. A build runs the pull request's code: it can
// read its repository, leave results of its own project and nothing else; no vote, no comment, no other repository's build, no
// other role. What a pull request's build left, no other one's can write over, though both run under one role.

import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { Config, ConfigError, NetworkOfProfile } from './config';
import { MANAGED, policyLength } from './limits';
import { arn, projectPrefix, repositoryArn, repositoryHash } from './names';
import { Need, document, explain, keys, makeRole, purpose } from './permissions';
import { groupArns } from './reports';
import { Storage, streams } from './storage';

export class Builds extends Construct {
  /** What no build role can cross, also those that a platform makes for profiles. */
  readonly boundary: iam.ManagedPolicy;
  /** Every role that a build may run under. */
  readonly roleArns: string[];

  constructor(scope: Construct, config: Config, storage: Storage) {
    super(scope, 'Builds');
    const boundary = widest(config, storage);
    this.boundary = new iam.ManagedPolicy(this, 'Boundary', {
      managedPolicyName: `${config.service}-build-boundary-${Aws.REGION}`,
      document: document(boundary),
    });
    purpose(this.boundary, 'The most that a build of the gate may do; it grants nothing');
    explain(this.boundary.node.defaultChild as iam.CfnManagedPolicy, boundary);
    // The shared role serves what no listed name does. A stack of one listed repository gives it that one.
    const shared = config.patterns.length > 0 ? config.patterns : config.repositories.slice(0, 1);
    const roles = [this.role('Role', 'build', config, storage, shared)];
    if (config.patterns.length > 0 || config.repositories.length > 1) {
      const hashes = new Set<string>();
      for (const repository of config.repositories) {
        const hash = repositoryHash(repository);
        if (hashes.has(hash)) {
          throw new Error(`two repositories share the hash ${hash}: deploy ${repository} by another stack`);
        }
        hashes.add(hash);
        roles.push(this.role(`Role${hash}`, `build-${hash}`, config, storage, [repository]));
      }
    }
    this.roleArns = [...roles.map((role) => role.roleArn), ...config.profileRoles];
  }

  private role(id: string, name: string, config: Config, storage: Storage, repositories: string[]): iam.Role {
    return makeRole(this, id, config, {
      name,
      description: 'Builds pull requests: runs their code',
      service: 'codebuild',
      forResources: repositories.map((repository) => arn('codebuild', `project/${projectPrefix(config.service, repository)}*`)),
      boundary: this.boundary,
      needs: needs(config, storage, repositories, config.networks.filter((network) => !network.ownRole)),
    });
  }
}

/**
 * What all build roles together need, those of profiles too. A boundary is one policy: where it has no room for the names of
 * all repositories it leaves telling them apart to the roles' own policies.
 */
function widest(config: Config, storage: Storage): Need[] {
  const made = [[...config.repositories, ...config.patterns], ['*']].map((names) => needs(config, storage, names, config.networks, ['*']));
  const short = made.find((all) => policyLength(all) <= MANAGED);
  if (short === undefined) {
    throw new ConfigError("imageRepositories and the floor's profiles and secrets-allowed do not fit into the build roles' permission boundary: use fewer images, subnets, keys or prefixes, or deploy a second stack with another serviceName");
  }
  return short;
}

/** What builds of these repositories need, in these networks. */
function needs(config: Config, storage: Storage, repositories: string[], networks: NetworkOfProfile[], projects = repositories): Need[] {
  const prefixes = [...new Set(projects.map((repository) => projectPrefix(config.service, repository)))];
  const all: Need[] = [
    {
      sid: 'CloneTheRepository',
      actions: ['codecommit:GitPull'],
      resources: repositories.map(repositoryArn),
      because: 'CodeBuild fetches the source',
    },
    {
      sid: 'WriteTheLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: prefixes.map((prefix) => streams(storage.buildLogs.logGroupName, `${prefix}*`)),
      because: 'CodeBuild writes the log of the build',
    },
    {
      sid: 'LeaveTheResults',
      actions: ['s3:PutObject'],
      // CodeBuild says whose build it is (user guide, "Use CodeBuild condition keys as IAM service role variables").
      resources: [storage.bucket.arnForObjects('builds/${codebuild:projectArn}/*')],
      because: 'CodeBuild uploads the artifacts: stage record and reports',
    },
    {
      sid: 'FindTheBucket',
      actions: ['s3:GetBucketAcl', 's3:GetBucketLocation'],
      resources: [storage.bucket.bucketArn],
      because: 'CodeBuild asks whose the bucket of the artifacts is',
    },
    {
      sid: 'LogInToTheRegistry',
      actions: ['ecr:GetAuthorizationToken'],
      resources: ['*'],
      everywhere: 'the action knows no resource',
      because: 'engine/render/src/script.rs: docker login before an image is pushed',
    },
    {
      sid: 'PushTheImage',
      // No layer of another's image can be fetched: the repository holds those of all.
      actions: [
        'ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload',
        'ecr:PutImage', 'ecr:UploadLayerPart',
      ],
      resources: [storage.images.repositoryArn],
      because: 'engine/render/src/script.rs: docker push',
    },
  ];
  if (config.imageRepositories.length > 0) {
    all.push({
      sid: 'PullBuildImages',
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      resources: config.imageRepositories.map((name) => (name.startsWith('arn:') ? name : arn('ecr', `repository/${name}`))),
      because: "engine/render/src/project.rs: CodeBuild pulls a build image that is not AWS's own with the build's role",
    });
  }
  if (config.reportGroups) {
    all.push({
      sid: 'ShowTheReports',
      // Not the creation of groups: a buildspec cannot have one made.
      actions: ['codebuild:BatchPutCodeCoverages', 'codebuild:BatchPutTestCases', 'codebuild:CreateReport', 'codebuild:UpdateReport'],
      resources: groupArns(config),
      because: "CodeBuild reads the buildspec's reports into the groups: engine/render/src/report_groups.rs",
    });
  }
  if (config.secretsAllowed.length > 0) {
    const under = (prefix: string): string => prefix.replace(/^\//, '');
    all.push({
      sid: 'ReadAllowedParameters',
      actions: ['ssm:GetParameters'],
      resources: config.secretsAllowed.map((prefix) => arn('ssm', `parameter/${under(prefix)}*`)),
      because: "CodeBuild resolves the buildspec's env.parameter-store, within the floor's secrets-allowed",
    }, {
      sid: 'ReadAllowedSecrets',
      actions: ['secretsmanager:GetSecretValue'],
      resources: config.secretsAllowed.map((prefix) => arn('secretsmanager', `secret:${under(prefix)}*`)),
      because: "CodeBuild resolves the buildspec's env.secrets-manager, within the floor's secrets-allowed",
    });
  }
  all.push(...keys(config, ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'], 'CodeBuild encrypts what a build of such a profile leaves'));
  return networks.length > 0 ? [...all, ...network(networks)] : all;
}

/** What CodeBuild does in a VPC, where a profile of the floor puts builds into one (CodeBuild user guide, VPC support). */
function network(networks: NetworkOfProfile[]): Need[] {
  // Of any account: a subnet may be shared by another one.
  const named = (kind: string, ids: string[]): string[] => {
    return [...new Set(ids)].map((id) => `arn:${Aws.PARTITION}:ec2:${Aws.REGION}:*:${kind}/${id}`);
  };
  const subnets = named('subnet', networks.flatMap((one) => one.subnets));
  const groups = named('security-group', networks.flatMap((one) => one.securityGroups));
  const because = 'CodeBuild puts the build into the VPC of its profile';
  return [
    {
      sid: 'LookAtTheNetwork',
      actions: [
        'ec2:DescribeDhcpOptions', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
      ],
      resources: ['*'],
      everywhere: 'the actions know no resource',
      because,
    },
    {
      sid: 'JoinTheNetwork',
      actions: ['ec2:CreateNetworkInterface'],
      resources: [arn('ec2', 'network-interface/*'), ...subnets, ...groups],
      because,
    },
    {
      sid: 'LeaveTheNetwork',
      actions: ['ec2:DeleteNetworkInterface'],
      resources: [arn('ec2', 'network-interface/*')],
      conditions: { ArnLike: { 'ec2:Subnet': subnets } },
      because,
    },
    {
      sid: 'LendTheNetworkToCodeBuild',
      actions: ['ec2:CreateNetworkInterfacePermission'],
      resources: [arn('ec2', 'network-interface/*')],
      conditions: { StringEquals: { 'ec2:AuthorizedService': 'codebuild.amazonaws.com' }, ArnLike: { 'ec2:Subnet': subnets } },
      because,
    },
  ];
}
