// Where the gate keeps things: one bucket, one log group of builds, one ECR repository, one parameter. It reads nothing.

import { Aws, CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { Config } from './config';
import { arn, roleArn, voterSessionArn } from './names';
import { bucketByTlsOnly } from './tls';

/** Days that what a build uploaded is kept: longer than an execution can live (3 days); later judging rests on evidence. */
const SCRATCH_DAYS = 30;

export class Storage extends Construct {
  readonly bucket: s3.Bucket;
  readonly images: ecr.Repository;
  readonly buildLogs: logs.LogGroup;
  readonly configuration: ssm.StringParameter;

  constructor(scope: Construct, config: Config) {
    super(scope, 'Storage');
    this.bucket = this.makeBucket(config);
    this.images = new ecr.Repository(this, 'Images', {
      repositoryName: config.service,
      imageScanOnPush: true,
      // A tag names a build: nobody's image can take the place of one that was scanned.
      imageTagMutability: ecr.TagMutability.IMMUTABLE,
      encryption: ecr.RepositoryEncryption.AES_256,
      // Images go with their pull request, by the sweeper at the latest. An open one is judged again by the scan of its image.
      // What bears another tag, or none, is nobody's: ECR applies a later rule to no image that an earlier one's tags fit.
      lifecycleRules: [
        { description: 'left behind', tagPrefixList: ['pr-'], maxImageAge: Duration.days(config.retentionDays) },
        { description: 'no image of the gate', tagStatus: ecr.TagStatus.ANY, maxImageAge: Duration.days(1) },
      ],
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.buildLogs = logGroup(this, 'BuildLogs', `/${config.service}/builds`, config);
    this.configuration = new ssm.StringParameter(this, 'Configuration', {
      parameterName: `/${config.service}/config`,
      simpleName: false,
      description: 'What the state machine knows of its stack',
      stringValue: JSON.stringify({
        artifactBucket: this.bucket.bucketName,
        buildRole: roleArn(config.service, 'build'),
        logGroup: this.buildLogs.logGroupName,
        projectArnPrefix: arn('codebuild', 'project/'),
        sourceUrlPrefix: `https://git-codecommit.${Aws.REGION}.${Aws.URL_SUFFIX}/v1/repos/`,
        imageRepository: this.images.repositoryUri,
        voter: voterSessionArn(config.service),
      }),
    });
    const told = new CfnOutput(this, 'ArtifactBucket', {
      value: this.bucket.bucketName,
      description: 'Holds the decision records; it stays, with its policy, when the stack is deleted',
    });
    told.overrideLogicalId('ArtifactBucket');
  }

  private makeBucket(config: Config): s3.Bucket {
    const bucket = new s3.Bucket(this, 'Artifacts', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: config.objectLockDays > 0,
      objectLockEnabled: config.objectLockDays > 0 ? true : undefined,
      // Decision records outlive the stack, but a first deployment that fails leaves no empty bucket.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      lifecycleRules: [
        rule('builds/', SCRATCH_DAYS),
        // A vote on a pull request that is open for long is held against its plan.
        ...['plans/', 'evidence/', 'decisions/'].map((prefix) => rule(prefix, config.retentionDays)),
      ],
    });
    bucketByTlsOnly(bucket);
    const writers: [string, string[], string[]][] = [
      ['Plans', ['plans/*'], ['intake', 'judge', 'sweeper']],
      ['Verdicts', ['evidence/*', 'decisions/*'], ['judge']],
    ];
    const deny = (sid: string, actions: string[], keys: string[], conditions?: Record<string, unknown>): void => {
      bucket.addToResourcePolicy(new iam.PolicyStatement({
        sid,
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions,
        resources: keys.map((key) => bucket.arnForObjects(key)),
        conditions,
      }));
    };
    // The voter believes what lies under these keys: whoever wants to write there has to change this policy first.
    const write = ['s3:PutObject', 's3:ReplicateObject'];
    for (const [name, keys, roles] of writers) {
      deny(`OnlyTheGateWrites${name}`, write, keys, { ArnNotEquals: { 'aws:PrincipalArn': roles.map((role) => roleArn(config.service, role)) } });
    }
    // A repository's own build role has its hash in its name.
    const builders = ['build', 'build-????????'].map((role) => roleArn(config.service, role));
    deny('OnlyBuildsWriteResults', write, ['builds/*'], { ArnNotLike: { 'aws:PrincipalArn': [...builders, ...config.profileRoles] } });
    // Their end is the bucket's own rule. A teardown deletes what lies elsewhere.
    deny('NobodyDeletesDecisions', ['s3:DeleteObject', 's3:DeleteObjectVersion'], ['decisions/*']);
    // The records that stay are guarded as before.
    bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    return bucket;
  }
}

function rule(prefix: string, days: number): s3.LifecycleRule {
  return {
    id: prefix.slice(0, -1),
    prefix,
    expiration: Duration.days(days),
    noncurrentVersionExpiration: Duration.days(1),
    abortIncompleteMultipartUploadAfter: Duration.days(1),
  };
}

/** A log group that goes with the stack. */
export function logGroup(scope: Construct, id: string, name: string, config: Config): logs.LogGroup {
  return new logs.LogGroup(scope, id, {
    logGroupName: name,
    retention: logRetention(config.retentionDays),
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

/** CloudWatch Logs knows certain numbers of days only: the next one up. */
function logRetention(days: number): logs.RetentionDays {
  const known = Object.values(logs.RetentionDays).filter((value): value is number => typeof value === 'number');
  return known.filter((value) => value >= days).sort((a, b) => a - b)[0] ?? logs.RetentionDays.INFINITE;
}

/** ARN of the streams of a log group, by name. */
export function streams(group: string, stream: string): string {
  return arn('logs', `log-group:${group}:log-stream:${stream}`);
}
