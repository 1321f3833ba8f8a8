// `permissions.md`: every statement of every role and policy of a template, and what needs it. It judges nothing.

import { Resource, Statement, Template } from './template';

export function permissions(template: Template): string {
  const lines = [
    '# Who may do what, and why',
    '',
    'Written by `npm run template` from the stack; a test derives the same from the calls in the code and in the state machine.',
    'Roles and policies are of the service `gated`, with a repository `REPOSITORY`, a pattern `PATTERN*`, build images in `IMAGES`,',
    'secrets under `PREFIX/` and a profile with a role. Left out of ARNs: partition, region and account.',
  ];
  for (const resource of Object.values(template.Resources)) {
    const policy = statements(resource);
    if (policy.length > 0) {
      lines.push('', `## ${title(resource)}`, '', '| statement | actions | resources | what needs it |', '|---|---|---|---|');
      const reasons = (resource.Metadata?.gated ?? {}) as Record<string, string>;
      lines.push(...policy.map((statement) => row(statement, reasons[statement.Sid] ?? '')));
    }
  }
  return `${lines.join('\n')}\n`;
}

function statements(resource: Resource): Statement[] {
  const properties = resource.Properties ?? {};
  const documents = resource.Type === 'AWS::IAM::Role'
    ? (properties.Policies as { PolicyDocument: { Statement: Statement[] } }[]).map((policy) => policy.PolicyDocument)
    : resource.Type === 'AWS::IAM::ManagedPolicy' ? [properties.PolicyDocument as { Statement: Statement[] }] : [];
  return documents.flatMap((document) => document.Statement);
}

function title(resource: Resource): string {
  const properties = resource.Properties ?? {};
  const purpose = String(resource.Metadata?.['gated:purpose'] ?? properties.Description);
  return `${short(properties.RoleName ?? properties.ManagedPolicyName).replace(/-$/, '')}: ${purpose}`;
}

function row(statement: Statement, reason: string): string {
  const list = (value: unknown): string => [value].flat().map((item) => `\`${short(item)}\``).join('<br>');
  const actions = statement.Effect === 'Deny' ? `deny ${list(statement.Action)}` : list(statement.Action);
  const condition = statement.Condition === undefined ? '' : `<br>if \`${short(JSON.stringify(statement.Condition))}\``;
  return `| ${statement.Sid} | ${actions} | ${list(statement.Resource)}${condition} | ${reason} |`;
}

/** A text with its tokens left out: `arn:…:codecommit:…:REPOSITORY` is `codecommit:REPOSITORY`. */
function short(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  const parts = (value as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'];
  if (parts === undefined) {
    const [name] = Object.values(value as Record<string, unknown>);
    return `{${[name].flat().filter((part) => part !== 'Arn').join('.').replace(/[0-9A-F]{8}$/, '')}}`;
  }
  const text = parts[1].map((part) => (typeof part === 'string' ? part : short(part))).join(parts[0]);
  return text.replace(/^arn:\{AWS::Partition\}:/, '').replace(/:?\{AWS::(Region|AccountId)\}/g, '').replace(/^(\w+):+/, '$1:');
}
