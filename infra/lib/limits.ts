// How long AWS lets policies, patterns and templates be, and how what is longer comes in several pieces. It leaves nothing
// out: what fits in no number of pieces ends the synthesis with a word on how to mend it.

import { ConfigError } from './config';
import { voterSessionArn } from './names';

/** Characters, blanks not counted: IAM quotas (inline policies of a role together, a managed policy, policies of a role). */
export const INLINE = 10240;
export const MANAGED = 6144;
export const MANAGED_OF_A_ROLE = 10;
/** CodeCommit quotas: references that an approval rule template may name, and characters of its content. */
const REFERENCES = 100;
const RULE = 3000;
/** EventBridge quotas: an event pattern. */
export const PATTERN = 2048;
/** CloudFormation quotas: a template in S3 has 1 MB. */
export const TEMPLATE = 1_000_000;
/** Lambda quotas: all variables of a function have 4 KB together. What is longer than this lies in a file beside the program. */
export const VARIABLE = 2000;

/** The length of something once it is deployed: tokens are counted as long as what they can stand for. */
export function length(value: unknown): number {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // Partition, region and account have 14 characters at most; other references are names and ARNs of the stack's parts.
  return text.replace(/\$\{Token\[AWS\.\w+\.\d+\]\}/g, 'x'.repeat(14)).replace(/\$\{Token\[[^\]]*\]\}/g, 'x'.repeat(110)).length;
}

/** Items in as few groups as it takes, in their order, none of them longer than `most`. One that is by itself ends the synthesis. */
export function groups<T>(items: T[], most: number, whose: string, lengthOf: (item: T) => number = length): T[][] {
  const made: T[][] = [];
  let room = 0;
  for (const item of items) {
    // Quotes and a comma.
    const needed = lengthOf(item) + 3;
    if (needed > most) {
      throw new ConfigError(`a part of ${whose} has ${needed} characters, where there is room for ${Math.floor(most)}: name fewer branches, subnets, keys or prefixes in the floor`);
    }
    if (made.length === 0 || needed > room) {
      made.push([]);
      room = most;
    }
    made[made.length - 1].push(item);
    room -= needed;
  }
  return made;
}

/** What of a statement its length depends on. */
interface Statement {
  readonly sid?: string;
  readonly actions?: string[];
  readonly resources?: string[];
  readonly conditions?: Record<string, unknown>;
}

/** The length of a policy document. */
export function policyLength(statements: Statement[]): number {
  const rest = '{"Version":"2012-10-17","Statement":[]}'.length;
  return statements.reduce((sum, statement) => sum + statementLength(statement), rest);
}

function statementLength({ sid, actions, resources, conditions }: Statement): number {
  return length({ Sid: sid, Effect: 'Allow', Action: actions, Resource: resources, Condition: conditions }) + 1;
}

/** Statements in as many policies as they take, the first of them of a size of its own; those that name much come last. */
export function policies<T extends Statement>(statements: T[], first: number, whose: string): T[][] {
  if (policyLength(statements) <= first) {
    return [statements];
  }
  const frame = policyLength([]);
  const pieces = statements.flatMap((statement) => {
    // Halves of a policy, so that two fill one; what is long without a resource takes a whole one.
    const rest = statementLength({ ...statement, resources: [] }) + 4;
    const room = (rest > MANAGED / 4 ? MANAGED - frame : (MANAGED - frame) / 2) - rest;
    return groups(statement.resources ?? [], room, whose).map((resources, index) => {
      return { ...statement, resources, sid: index === 0 ? statement.sid : `${statement.sid}${index + 1}` };
    });
  }).sort((one, other) => statementLength(one) - statementLength(other));
  const [inline] = groups(pieces, first - frame, whose, statementLength);
  const made = [inline, ...groups(pieces.slice(inline.length), MANAGED - frame, whose, statementLength)];
  if (made.length > MANAGED_OF_A_ROLE) {
    throw new ConfigError(`there are more repositories than ${whose} can name in ${MANAGED_OF_A_ROLE} policies, IAM's limit: give -c repositoryPattern=… for some of them, or deploy a second stack with another serviceName`);
  }
  return made;
}

/** Refuses gated branches that are too many for the rule: its function would in the middle of a deployment (`approval_rule.rs`). */
export function checkRule(service: string, references: string[]): void {
  if (references.includes('refs/heads/*')) {
    // Of every branch the rule names none.
    return;
  }
  const Statements = [{ Type: 'Approvers', NumberOfApprovalsNeeded: 1, ApprovalPoolMembers: [voterSessionArn(service)] }];
  const characters = length({ Version: '2018-11-08', Statements, DestinationReferences: references });
  const found = [[references.length, 'references', REFERENCES], [characters, 'characters', RULE]] as const;
  for (const [count, what, most] of found) {
    if (count > most) {
      throw new ConfigError(`the floor's gate.destinations makes an approval rule template with ${count} ${what}, CodeCommit takes ${most}: name fewer branches, or several with * at the end`);
    }
  }
}
