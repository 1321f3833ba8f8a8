// What a deployment chooses, read from the CDK context and the floor's file. It guesses nothing: a value that is missing or
// malformed ends the synthesis with a word on how to mend it.

import { readFileSync } from 'node:fs';
import { Node } from 'constructs';
import { parse } from 'yaml';
import { checkRule } from './limits';

/** Where a profile of the floor puts builds. */
export interface NetworkOfProfile {
  readonly subnets: string[];
  readonly securityGroups: string[];
  /** Whether such builds run under a role of the platform's, and not of the stack's. */
  readonly ownRole: boolean;
}

/** What a stack is made from. Every text may be a CloudFormation parameter, see `published.ts`. */
export interface Config {
  /** First part of every name in the stack; also what keeps two stacks of one account apart. */
  readonly service: string;
  /** Repositories with a build role of their own, by their exact names. */
  readonly repositories: string[];
  /** Patterns (`*`, `?`) of further repositories; those share one build role. */
  readonly patterns: string[];
  /** Gated branches as CodeCommit's approval rule templates and IAM's `codecommit:References` write them. */
  readonly references: string[];
  /** The same as the floor writes them; empty when it leaves that to the default, every branch. */
  readonly destinations: string[];
  /** Whether the gate votes; the floor may say it by repository, and then alone knows. */
  readonly mode?: string;
  /** Days that plans, evidence, decision records and logs are kept. */
  readonly retentionDays: number;
  /** Days that nobody may delete a decision record; 0 for no object lock. */
  readonly objectLockDays: number;
  /** ARN of an SNS topic that alarms speak to. */
  readonly alarmTopic?: string;
  /** Whether the functions run on Graviton. */
  readonly arm64: boolean;
  /** Whether builds leave their reports in CodeBuild's report groups too. */
  readonly reportGroups: boolean;
  /** ECR repositories whose images builds may run in, by name or ARN, with `*` at the end. */
  readonly imageRepositories: string[];
  /** Prefixes of parameters and secrets that builds may read: the floor's `secrets-allowed`. */
  readonly secretsAllowed: string[];
  /** Roles of the floor's profiles, which the platform owns and a build may run under. */
  readonly profileRoles: string[];
  /** KMS keys of the floor's profiles, by ARN or alias. */
  readonly profileKeys: string[];
  /** Networks of the floor's profiles. */
  readonly networks: NetworkOfProfile[];
  /** The floor's text, which is deployed beside the functions. */
  readonly floor: string;
}

/** The parts of a floor that the stack itself has to know. */
interface Floor {
  gate?: { destinations?: Some };
  mode?: unknown;
  'secrets-allowed'?: Some;
  profiles?: Record<string, { vpc?: string; subnets?: Some; 'security-groups'?: Some; role?: string; key?: string }>;
}

/** The policy language takes one text where it takes a list of them. */
type Some = string | string[];

export class ConfigError extends Error {}

/** Parameter Store takes no name that begins with `aws` or `ssm`, and the gate's parameters lie under its own. */
export const SERVICE_NAME = '(?!aws|ssm)[a-z][a-z0-9-]{0,18}[a-z0-9]';
export const SERVICE_WORDS = 'lower-case letters, digits and dashes, beginning with neither aws nor ssm';
/** An open pull request is judged and voted on by what was kept: days that one may well be open. Step Functions remembers 90. */
const LEAST_RETENTION = 90;

/** Reads the context. Throws `ConfigError` with the key that is at fault. */
export function readConfig(node: Node): Config & { readonly account: string } {
  const text = (key: string): string | undefined => {
    const value = node.tryGetContext(key);
    return value === undefined || value === '' ? undefined : String(value);
  };
  const account = required('accountId', text('accountId'), /^\d{12}$/, 'the twelve digits of the account');
  const service = required('serviceName', text('serviceName'), new RegExp(`^${SERVICE_NAME}$`), `2 to 20 ${SERVICE_WORDS}`);
  const repositories = [...new Set([...list(node, 'repositoryName'), ...list(node, 'repositories')])];
  const patterns = list(node, 'repositoryPattern');
  if (repositories.length + patterns.length === 0) {
    throw new ConfigError('no repository is named: give -c repositoryName=NAME, -c repositories=A,B or -c repositoryPattern=team-*');
  }
  repositories.forEach((name) => required('repositories', name, /^[\w.-]{1,100}$/, 'names of CodeCommit repositories'));
  patterns.forEach((name) => required('repositoryPattern', name, /^[\w.*?-]{1,100}$/, 'names with `*` and `?`'));
  const retentionDays = count(node, 'retentionDays', LEAST_RETENTION);
  const objectLockDays = count(node, 'objectLockDays', 0);
  if (objectLockDays > retentionDays) {
    throw new ConfigError(`the context's objectLockDays is ${objectLockDays}, longer than retentionDays, ${retentionDays}: S3 would have to delete what nobody may; give -c retentionDays=${objectLockDays} or more`);
  }
  const imageRepositories = list(node, 'imageRepositories');
  for (const name of imageRepositories) {
    required('imageRepositories', name, /^(arn:[\w-]+:ecr:[\w-]+:\d{12}:repository\/)?[a-z0-9][a-z0-9._/-]*\*?$/,
      'names or ARNs of ECR repositories, with * at the end alone');
    const path = name.slice(name.lastIndexOf(':') + 1).replace(/^repository\//, '');
    const ours = !name.startsWith('arn:') || name.includes(`:${account}:`);
    if (ours && (path.endsWith('*') ? service.startsWith(path.slice(0, -1)) : service === path)) {
      throw new ConfigError(`the context's imageRepositories has ${JSON.stringify(name)}, and the gate's own repository ${service} is among those: builds could read each other's images; give names that leave it out`);
    }
  }
  const floorFile = text('floorFile');
  const branches = list(node, 'destinationBranches');
  const mode = required('mode', text('mode'), /^(enforce|observe)$/, 'enforce or observe');
  // Without a floor of its own a deployment gets one that says just what the context says.
  const floor = floorFile === undefined ? plainFloor(branches, mode) : readFileSync(floorFile, 'utf8');
  const said = readFloor(floorFile ?? 'the context', floor);
  if (floorFile !== undefined) {
    refuseIgnored(branches, mode, said);
  }
  const destinations = several(said.gate?.destinations);
  const references = (destinations.length === 0 ? ['**'] : destinations).map(reference);
  checkRule(service, references);
  const profiles = Object.values(said.profiles ?? {});
  return {
    account,
    service,
    repositories,
    patterns,
    references,
    destinations,
    mode: typeof said.mode === 'string' ? said.mode : undefined,
    retentionDays,
    objectLockDays,
    alarmTopic: text('alarmTopicArn'),
    arm64: text('arm64') === 'true',
    reportGroups: text('reportGroups') === 'true',
    imageRepositories,
    secretsAllowed: several(said['secrets-allowed']),
    profileRoles: profiles.flatMap((profile) => (profile.role === undefined ? [] : [profile.role])),
    profileKeys: profiles.flatMap((profile) => (profile.key === undefined ? [] : [profile.key])),
    networks: profiles.filter((profile) => profile.vpc !== undefined).map((profile) => ({
      subnets: several(profile.subnets),
      securityGroups: several(profile['security-groups']),
      ownRole: profile.role !== undefined,
    })),
    floor,
  };
}

/** A floor file says branches and mode: what the context says beside it would be dropped, and enforce what was to be observed. */
function refuseIgnored(branches: string[], mode: string, floor: Floor): void {
  const said = several(floor.gate?.destinations);
  const checks = [
    ['mode', mode, 'enforce', floor.mode ?? 'enforce', 'mode: '],
    ['destinationBranches', branches.join(','), 'main', said.join(','), 'gate.destinations: '],
  ] as const;
  for (const [key, value, byDefault, inFloor, where] of checks) {
    if (value !== byDefault && value !== inFloor) {
      throw new ConfigError(`the context's ${key} is ${JSON.stringify(value)}, and where there is a floorFile that alone says it: write ${where}${value} into the floor, and leave ${key} out`);
    }
  }
}

function required(key: string, value: string | undefined, shape: RegExp, wanted: string): string {
  if (value === undefined || !shape.test(value)) {
    throw new ConfigError(`the context's ${key} is ${value === undefined ? 'missing' : JSON.stringify(value)}: give -c ${key}=… (${wanted})`);
  }
  return value;
}

/** A list in `cdk.json`, or names with commas between them on the command line. */
function list(node: Node, key: string): string[] {
  const value: unknown = node.tryGetContext(key) ?? [];
  const items = Array.isArray(value) ? value.map(String) : String(value).split(',');
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

function count(node: Node, key: string, least: number): number {
  const value = Number(node.tryGetContext(key));
  if (!Number.isInteger(value) || value < least || value > 36500) {
    throw new ConfigError(`the context's ${key} is ${JSON.stringify(node.tryGetContext(key))}: give a number of days from ${least}`);
  }
  return value;
}

export function plainFloor(branches: string[], mode: string): string {
  const said = branches.length === 0 ? '' : `gate:\n  destinations: ${JSON.stringify(branches)}\n`;
  return `version: 1\n${said}mode: ${mode}\n`;
}

function several(value: Some | undefined): string[] {
  return value === undefined || value === null ? [] : [value].flat();
}

function readFloor(path: string, text: string): Floor {
  try {
    return (parse(text) as Floor | null) ?? {};
  } catch (error) {
    throw new ConfigError(`the floor ${path} cannot be read: ${(error as Error).message}`);
  }
}

/** A branch glob, or a full reference, as approval rule templates can say it: `*` is their only wildcard, and never comes first. */
function reference(written: string): string {
  const glob = written.replace(/^refs\/heads\//, '');
  if (glob === '*' || glob === '**') {
    return 'refs/heads/*';
  }
  if (/^[*!]|[?[\]{}\\]/.test(glob)) {
    throw new ConfigError(`the destination branch ${JSON.stringify(glob)} cannot be said in an approval rule template: name the branches one by one, or with * at the end`);
  }
  return `refs/heads/${glob.replace(/\*\*\/|\*\*/g, '*')}`;
}
