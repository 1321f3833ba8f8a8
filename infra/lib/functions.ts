// The gate's functions: one program, five functions, a role each. What they may do is in `duties.ts`.

import { existsSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DefaultStackSynthesizer, Duration, FileAssetPackaging, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { Config } from './config';
import { duties } from './duties';
import { VARIABLE } from './limits';
import { FUNCTIONS, FunctionName, arn, repositoryHash, roleArn, voterSessionArn } from './names';
import { makeRole } from './permissions';
import { Storage, logGroup } from './storage';
import { queueByTlsOnly } from './tls';

/** What a function is given: seconds, and mebibytes. */
const SIZES: Record<FunctionName, { readonly seconds: number; readonly memory: number }> = {
  intake: { seconds: 60, memory: 256 },
  // Reports are read whole: up to 8 MB each.
  judge: { seconds: 300, memory: 1024 },
  voter: { seconds: 60, memory: 256 },
  sweeper: { seconds: 900, memory: 256 },
  'approval-rule': { seconds: 300, memory: 256 },
};
/** Those that are called without waiting: what they fail at would be lost. */
const ASYNCHRONOUS: readonly FunctionName[] = ['intake', 'sweeper', 'approval-rule'];

/** Beside the program: names of repositories that are too many for a variable. */
const REPOSITORIES = 'repositories';

/** Where the functions' program lies: bucket and key. */
export interface Artifact {
  readonly bucket: string;
  readonly key: string;
  /** What stands for this program and what it is told: another text is another version of each function. */
  readonly stamp: string;
}

export class Functions extends Construct {
  /** What a function could not do with what it was given. */
  readonly failed: sqs.Queue;
  readonly live: Record<FunctionName, lambda.Alias>;
  readonly versions: Record<FunctionName, lambda.Version>;

  constructor(scope: Construct, config: Config, storage: Storage, artifact: Artifact) {
    super(scope, 'Functions');
    this.failed = queue(this, 'Failed', `${config.service}-failed`);
    const made = FUNCTIONS.map((name) => [name, this.make(name, config, storage, artifact)] as const);
    this.versions = Object.fromEntries(made.map(([name, fn]) => [name, fn.currentVersion])) as Record<FunctionName, lambda.Version>;
    // Callers from outside use the alias: a new version takes over in one step.
    this.live = Object.fromEntries(made.map(([name, fn]) => {
      return [name, new lambda.Alias(fn, 'Live', { aliasName: 'live', version: fn.currentVersion })];
    })) as Record<FunctionName, lambda.Alias>;
  }

  private make(name: FunctionName, config: Config, storage: Storage, artifact: Artifact): lambda.Function {
    const functionName = `${config.service}-${name}`;
    const log = logGroup(this, `${name}-log`, `/aws/lambda/${functionName}`, config);
    const asynchronous = ASYNCHRONOUS.includes(name);
    const role = makeRole(this, `${name}-role`, config, {
      name,
      description: `Role of the function ${functionName} alone`,
      service: 'lambda',
      needs: duties(name, config, storage, log.logGroupName, asynchronous ? this.failed.queueArn : undefined),
    });
    return new lambda.Function(this, name, {
      functionName,
      // Lambda makes no version of a function that did not change: what stands for it stands in it.
      description: `gated ${version()}: ${name}, ${artifact.stamp}`,
      role: role.withoutPolicyUpdates(),
      runtime: lambda.Runtime.PROVIDED_AL2023,
      handler: 'bootstrap',
      architecture: config.arm64 ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64,
      code: lambda.Code.fromBucket(s3.Bucket.fromBucketName(this, `${name}-code`, artifact.bucket), artifact.key),
      timeout: Duration.seconds(SIZES[name].seconds),
      memorySize: SIZES[name].memory,
      logGroup: log,
      tracing: lambda.Tracing.ACTIVE,
      deadLetterQueue: asynchronous ? this.failed : undefined,
      // Executions in flight go on with the version that they began with. Another description makes another version. Of a
      // deployment that failed none stays: the next one of the same program would make none, and end with "already exists".
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, description: artifact.stamp },
      environment: {
        GATED_FUNCTION: name,
        GATED_SERVICE: config.service,
        GATED_STATE_MACHINE: arn('states', `stateMachine:${config.service}:live`),
        GATED_ARTIFACT_BUCKET: storage.bucket.bucketName,
        GATED_VOTER: voterSessionArn(config.service),
        GATED_BUILD_ROLE: roleArn(config.service, 'build'),
        GATED_OWN_BUILD_ROLES: config.patterns.length > 0 || config.repositories.length > 1
          ? config.repositories.map(repositoryHash).join(',') : '',
        GATED_LOCK_DAYS: config.objectLockDays > 0 ? String(config.objectLockDays) : '',
        GATED_IMAGE_REPOSITORY: storage.images.repositoryUri,
        GATED_REPORT_GROUPS: config.reportGroups ? 'true' : '',
        GATED_APPROVAL_RULE_TEMPLATE: config.service,
        GATED_REPOSITORIES: gated(config).length > VARIABLE ? `/var/task/${REPOSITORIES}` : gated(config),
        GATED_FLOOR: '/var/task/floor.yml',
        RUST_LOG: 'info',
      },
    });
  }
}

/** Names and patterns of what is gated. */
function gated(config: Config): string {
  return [...config.repositories, ...config.patterns].join(',');
}

/** A queue for what could not be delivered or done; kept for as long as SQS keeps anything. */
export function queue(scope: Construct, id: string, queueName: string): sqs.Queue {
  const made = new sqs.Queue(scope, id, {
    queueName,
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    retentionPeriod: Duration.days(14),
  });
  queueByTlsOnly(made);
  return made;
}

/** The program and the floor beside it, as an asset. Without a program, an asset that no deployment can publish. */
export function artifact(stack: Stack, config: Config): Artifact {
  const synthesizer = stack.synthesizer as DefaultStackSynthesizer;
  const root = join(__dirname, '..', '..', '..');
  const built = join(root, 'target', 'lambda', config.arm64 ? 'arm64' : 'x86_64', 'bootstrap');
  if (!existsSync(built)) {
    const refusal = "echo 'the functions are not built: run infra/package, then deploy' >&2; exit 1";
    const location = synthesizer.addFileAsset({
      sourceHash: 'the-functions-are-not-built',
      executable: ['sh', '-c', refusal],
    });
    return { bucket: location.bucketName, key: location.objectKey, stamp: 'the functions are not built' };
  }
  const staged = join(root, 'infra', 'build', 'functions');
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(staged, { recursive: true });
  cpSync(built, join(staged, 'bootstrap'));
  writeFileSync(join(staged, 'floor.yml'), config.floor);
  writeFileSync(join(staged, REPOSITORIES), gated(config));
  const sourceHash = createHash('sha256').update(readFileSync(built)).update(config.floor).update(gated(config)).digest('hex');
  const location = synthesizer.addFileAsset({ sourceHash, fileName: staged, packaging: FileAssetPackaging.ZIP_DIRECTORY });
  return { bucket: location.bucketName, key: location.objectKey, stamp: sourceHash };
}

/** The gate's version, of which functions and command line must be the same. */
function version(): string {
  const manifest = readFileSync(join(__dirname, '..', '..', '..', 'Cargo.toml'), 'utf8');
  return /^version = "(.+)"$/m.exec(manifest)?.[1] ?? 'unknown';
}
