// Runs a state machine on another project's States Language interpreter (npm: aws-local-stepfunctions) against a sandbox:
// that package decides where the execution goes, this file only carries out its tasks, over the same port as everyone.
//
// Standard input: {"tools", "endpoint", "definition", "input", "name"}; `tools` is the directory that holds node_modules.
// Standard output: {"states": [names in the order they were entered], "status", "error"}.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

// The package asks for a newer Node than some have, and misses this alone.
Promise.withResolvers ??= function () {
  const made = {};
  made.promise = new this((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
};

const { tools, endpoint, definition, input, name } = JSON.parse(readFileSync(0, 'utf8'));
const { StateMachine } = createRequire(`${tools}/`)('aws-local-stepfunctions');

const TARGETS = {
  codebuild: ['CodeBuild', 'CodeBuild_20161006'],
  codecommit: ['CodeCommit', 'CodeCommit_20150413'],
  ssm: ['Ssm', 'AmazonSSM'],
};

/** An error as a state machine sees it: a name to retry or catch, and a cause. */
class TaskError extends Error {
  constructor(errorName, cause) {
    super(cause);
    this.name = errorName;
  }
}

async function post(service, path, headers, body) {
  const scope = `conductor/20260115/us-east-1/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=00`;
  const answer = await fetch(endpoint + path, { method: 'POST', headers: { authorization, ...headers }, body: JSON.stringify(body) });
  const text = await answer.text();
  return { answer, value: text ? JSON.parse(text) : {} };
}

/** Step Functions writes every name of an API in PascalCase; the JSON protocols of two of these services do not. */
function renamed(value, change) {
  if (Array.isArray(value)) return value.map((item) => renamed(item, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key[0]) + key.slice(1), renamed(item, change)]));
}

async function api(service, action, parameters) {
  const [prefix, target] = TARGETS[service];
  const pascal = service === 'ssm';
  const body = pascal ? parameters : renamed(parameters, (letter) => letter.toLowerCase());
  const operation = action[0].toUpperCase() + action.slice(1);
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${target}.${operation}` };
  const { answer, value } = await post(service, '/', headers, body);
  if (!answer.ok) {
    const code = answer.status >= 500 ? `${prefix}Exception` : value.__type.replace(/(Exception)?$/, 'Exception');
    throw new TaskError(`${prefix}.${code}`, value.message);
  }
  return pascal ? value : renamed(value, (letter) => letter.toUpperCase());
}

async function invoke({ FunctionName, Payload }) {
  const { answer, value } = await post('lambda', `/2015-03-31/functions/${FunctionName}/invocations`, {}, Payload);
  if (answer.headers.get('x-amz-function-error')) throw new TaskError(value.errorType, JSON.stringify(value));
  if (!answer.ok) throw new TaskError(`Lambda.${value.__type}`, value.message);
  return { ExecutedVersion: '$LATEST', Payload: value, StatusCode: answer.status };
}

/** `.sync`: the task ends with the build, and fails when the build did not succeed. */
async function build(parameters) {
  let { Build } = await api('codebuild', 'startBuild', parameters);
  while (!Build.BuildComplete) {
    await sleep(50);
    [Build] = (await api('codebuild', 'batchGetBuilds', { Ids: [Build.Id] })).Builds;
  }
  if (Build.BuildStatus === 'SUCCEEDED') return { Build };
  throw new TaskError('States.TaskFailed', JSON.stringify({ Build }));
}

function handler(resource) {
  const parts = resource.split(':').slice(5).filter(Boolean);
  if (parts.join(':') === 'lambda:invoke') return invoke;
  if (parts.join(':') === 'codebuild:startBuild.sync') return build;
  const [service, action] = parts.slice(-2);
  if (!TARGETS[service]) throw new Error(`no handler for ${resource}`);
  return (parameters) => api(service, action, parameters);
}

/** The tasks of a state machine and of the machines inside its Map states. */
function tasks(states) {
  return Object.entries(states).flatMap(([key, state]) => [
    ...(state.Type === 'Task' ? [[key, handler(state.Resource)]] : []),
    ...(state.ItemProcessor ? tasks(state.ItemProcessor.States) : []),
  ]);
}

// A difference of that package: it resolves TimeoutSecondsPath against the result of Parameters, where the state's input is
// not any more. AWS and ours resolve it against the input; here the build may take as long as it likes.
for (const state of Object.values(definition.States)) {
  if (state.TimeoutSecondsPath) {
    state.TimeoutSeconds = 3600;
    delete state.TimeoutSecondsPath;
  }
}

const machine = new StateMachine(definition, { validationOptions: { noValidate: true } });
const execution = machine.run(input, {
  overrides: { taskResourceLocalHandlers: Object.fromEntries(tasks(definition.States)) },
  context: { Execution: { Name: name, Input: input, StartTime: new Date().toISOString() } },
});
execution.result.catch(() => {}); // the events tell it better
const states = [];
let end;
for await (const event of execution.eventLogs) {
  if (event.type === 'StateEntered') states.push(event.state.name);
  if (event.type === 'ExecutionSucceeded') end = { status: 'SUCCEEDED', error: null };
  if (event.type === 'ExecutionFailed') end = { status: 'FAILED', error: event.Error };
}
console.log(JSON.stringify({ states, ...end }));
