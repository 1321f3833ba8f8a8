// A role and what it may do: every statement has a name, and says which call needs it. It grants nothing by itself.

import { Aws, CfnResource } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { NagSuppressions } from 'cdk-nag';
import { Construct } from 'constructs';
import { Config } from './config';
import { INLINE, policies } from './limits';
import { arn, roleName } from './names';

/** One statement of a policy, and why it is there. */
export interface Need {
  readonly sid: string;
  readonly actions: string[];
  readonly resources: string[];
  readonly conditions?: Record<string, unknown>;
  /** What calls these actions: files of the engine, states of the state machine, or the service that asks for them. */
  readonly because: string;
  /** Why no narrower resource than `*` will do. */
  readonly everywhere?: string;
}

export interface RoleProps {
  /** Last part of the role's name. */
  readonly name: string;
  readonly description: string;
  /** Who may take the role: a service, and only for resources with these ARNs. */
  readonly service: 'lambda' | 'states' | 'codebuild';
  readonly forResources?: string[];
  readonly needs: Need[];
  readonly boundary?: iam.IManagedPolicy;
}

/** Makes a role. Its reasons stand in the template too, where `permissions.md` takes them from. */
export function makeRole(scope: Construct, id: string, config: Config, props: RoleProps): iam.Role {
  const conditions: Record<string, Record<string, unknown>> = {};
  if (props.forResources !== undefined) {
    // Nobody else's state machine or project can be made to act with this role.
    conditions.StringEquals = { 'aws:SourceAccount': Aws.ACCOUNT_ID };
    conditions.ArnLike = { 'aws:SourceArn': [...new Set(props.forResources)] };
  }
  const [inline, ...further] = policies(props.needs, INLINE, `the role ${props.name}`);
  const role = new iam.Role(scope, id, {
    roleName: roleName(config.service, props.name),
    description: props.description,
    assumedBy: new iam.ServicePrincipal(`${props.service}.amazonaws.com`, { conditions }),
    permissionsBoundary: props.boundary,
    inlinePolicies: { gated: document(inline) },
  });
  explain(role.node.defaultChild as iam.CfnRole, inline);
  // A child of the role: whoever depends on the role waits for these too.
  further.forEach((needs, index) => {
    const policy = new iam.ManagedPolicy(role, `Further${index + 2}`, {
      managedPolicyName: roleName(config.service, `${props.name}-${index + 2}`),
      document: document(needs),
      roles: [role],
    });
    purpose(policy, `What does not fit into the role ${props.name} itself`);
    explain(policy.node.defaultChild as iam.CfnManagedPolicy, needs);
  });
  return role;
}

export function document(needs: Need[]): iam.PolicyDocument {
  return new iam.PolicyDocument({
    statements: needs.map((need) => {
      return new iam.PolicyStatement({
        sid: need.sid,
        actions: need.actions,
        resources: need.resources,
        conditions: need.conditions,
      });
    }),
  });
}

/** What may be done with the keys of the floor's profiles. A policy can name a key's alias by a condition only. */
export function keys(config: Config, actions: string[], because: string): Need[] {
  const [named, aliases] = [false, true].map((alias) => config.profileKeys.filter((key) => key.includes('alias/') === alias));
  const all: Need[] = [];
  if (named.length > 0) {
    all.push({ sid: 'UseTheKeysOfProfiles', actions, resources: named, because });
  }
  if (aliases.length > 0) {
    const names = aliases.map((alias) => alias.slice(alias.indexOf('alias/')));
    const conditions = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': names } };
    all.push({ sid: 'UseTheKeysOfProfilesByAlias', actions, resources: [arn('kms', 'key/*')], conditions, because });
  }
  return all;
}

/**
 * What `permissions.md` says that a policy is for. Its description would not do: for other words CloudFormation would make the
 * policy anew beside the old one, under the same name.
 */
export function purpose(policy: iam.ManagedPolicy, words: string): void {
  (policy.node.defaultChild as iam.CfnManagedPolicy).addMetadata('gated:purpose', words);
}

/** Writes the reasons beside a role or policy. */
export function explain(resource: iam.CfnRole | iam.CfnManagedPolicy, needs: Need[]): void {
  const reasons = needs.map((need) => {
    if (need.resources.includes('*') && need.everywhere === undefined) {
      throw new Error(`statement ${need.sid} of ${resource.node.path} allows every resource without saying why`);
    }
    const why = need.everywhere === undefined ? need.because : `${need.because}; \`*\`: ${need.everywhere}`;
    return [need.sid, why] as const;
  });
  resource.addMetadata('gated', Object.fromEntries(reasons));
  allowWildcards(resource, needs);
}

/** Tells cdk-nag why a resource has a `*` in it, statement by statement. */
function allowWildcards(resource: CfnResource, needs: Need[]): void {
  const suppressions = needs.flatMap((need) => {
    const wild = need.resources.filter((text) => text.includes('*'));
    if (wild.length === 0) {
      return [];
    }
    const ends = wild.map((text) => text.slice(text.lastIndexOf('}') + 1).replace(/[.*?+^$()[\]{}|\\/]/g, '\\$&'));
    const appliesTo = [...new Set(ends)].map((end) => ({ regex: end === '\\*' ? '/^Resource::\\*$/' : `/^Resource::.+${end}$/` }));
    return [{ id: 'AwsSolutions-IAM5', reason: `${need.sid}: ${need.everywhere ?? need.because}`, appliesTo }];
  });
  NagSuppressions.addResourceSuppressions(resource, suppressions);
}

