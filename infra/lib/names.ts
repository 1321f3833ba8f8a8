// Names and ARNs of the stack. No partition, region or suffix is written out, and a repository's name reaches another name
// only in ways that keep two repositories apart.

import { createHash } from 'node:crypto';
import { Aws, Fn, Token } from 'aws-cdk-lib';

/** The functions, as `GATED_FUNCTION` calls them. */
export const FUNCTIONS = ['intake', 'judge', 'voter', 'sweeper', 'approval-rule'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** ARN of something of this account in this region. */
export function arn(service: string, resource: string): string {
  return `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;
}

/** ARN of a repository, or of all whose names fit a pattern. */
export function repositoryArn(name: string): string {
  return arn('codecommit', name);
}

/** Roles are the account's, not the region's: their names say which region's stack they belong to. */
export function roleName(service: string, role: string): string {
  return `${service}-${role}-${Aws.REGION}`;
}

export function roleArn(service: string, role: string): string {
  return `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/${roleName(service, role)}`;
}

/** The one identity whose approval counts. Lambda names a function's session after the function. */
export function voterSessionArn(service: string): string {
  return `arn:${Aws.PARTITION}:sts::${Aws.ACCOUNT_ID}:assumed-role/${roleName(service, 'voter')}/${service}-voter`;
}

/** ARN of every CodeBuild project of this stack. */
export function projectArns(service: string): string {
  return arn('codebuild', `project/${projectPrefix(service)}*`);
}

/** Name, without its first slash, of the parameter under which the badges of this stack's projects are kept. */
export function badges(service: string): string {
  return `${service}/projects`;
}

/** Eight hexadecimal digits that stand for a repository in the name of its build role. */
export function repositoryHash(repository: string): string {
  return createHash('sha256').update(repository).digest('hex').slice(0, 8);
}

/** Longest part of a repository's name beside its hash in the name of a project; the same as in the gate's `project_name`. */
const ROOM_BESIDE_HASH = 98;

/**
 * What the names of a repository's CodeBuild projects begin with: the gate's `project_name` without the pull request's
 * number. For a pattern, or where none is named, only what all projects of this stack have is known. The first dash ends the
 * stack's name, whose own dashes become `_`: what begins like this is no other stack's.
 */
export function projectPrefix(service: string, repository = '*'): string {
  const own = Token.isUnresolved(service) ? Fn.join('_', Fn.split('-', service)) : service.replaceAll('-', '_');
  if (Token.isUnresolved(repository) || /[*?]/.test(repository)) {
    return `${own}-`;
  }
  const legal = repository.replace(/[^A-Za-z0-9_-]/g, '-').replace(/-pr(?=-|$)/g, '_pr');
  if (legal === repository) {
    return `${own}-${legal}-pr-`;
  }
  // A name that CodeBuild does not take whole is told apart by its hash.
  return `${own}-${legal.slice(0, ROOM_BESIDE_HASH)}-${repositoryHash(repository)}-pr-`;
}
