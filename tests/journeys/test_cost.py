"""What one gate costs, from the state machine and public list prices: each path is run in the sandbox, its transitions are
counted in the execution's history and its calls in the functions' logs, and the table in `infra/README.md` has to say the same."""

import re

from gate import VOTER
from project import GREEN
from sandbox import ACCOUNT, REGION, ROOT, until
from test_operations import lines

MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:gated"
# US dollars, public list price of us-east-1, date unknown.
TRANSITION, REQUEST, GIGABYTE_SECOND = 0.000025, 0.0000002, 0.0000166667
BUILD_MINUTE = 0.005
# A design that polls asks every ten seconds: wait, ask, choose.
POLL_SECONDS, POLL_TRANSITIONS = 10, 3


def states(sandbox, name):
    """The states that an execution entered, in order; a retry of a task counts as another."""
    client = sandbox.client("alice", "stepfunctions")
    arn = MACHINE.replace(":stateMachine:", ":execution:") + ":" + name
    until(f"the end of {name}", lambda: client.describe_execution(executionArn=arn)["status"] != "RUNNING", 60)
    events = [event for page in client.get_paginator("get_execution_history").paginate(executionArn=arn) for event in page["events"]]
    entered = [e["stateEnteredEventDetails"]["name"] for e in events if e["type"].endswith("StateEntered")]
    tasks = sum(e["type"] == "TaskStateEntered" for e in events)
    tries = sum(e["type"] in ("TaskScheduled", "LambdaFunctionScheduled") for e in events)
    return entered + ["retry"] * (tries - tasks)


def row(path, entered, calls):
    return f"| {path} | {len(entered)} | {calls} | {len(entered) * TRANSITION:.6f} |"


class Calls:
    """The calls of all functions, path by path: those of the state machine, and those of events."""

    def __init__(self, sandbox):
        self.sandbox, self.before = sandbox, 0

    def answers(self):
        every = [line for name in ("intake", "judge", "voter") for line in lines(self.sandbox, name)]
        # A new repository's association with the template is no part of any path.
        return [line["answer"] for line in every if line.get("message") == "done"
                and line["answer"].get("why") != "the gate's template stays as it is"]

    def since(self, **wanted):
        """How many there were for one path, once intake has taken every event of it."""
        def all_there():
            answers = self.answers()
            seen = {"ends": sum("transitions" in a for a in answers), "closes": sum(a.get("did") == "close" for a in answers),
                    "votes": sum(a.get("why") == "the gate's own vote" for a in answers)}
            return answers if seen == wanted else None
        now = len(until(f"the calls {wanted}", all_there, 60))
        self.before, calls = now, now - self.before
        return calls


def executions(sandbox):
    return [e["name"] for page in sandbox.client("alice", "stepfunctions").get_paginator("list_executions").paginate(
        stateMachineArn=MACHINE) for e in page["executions"]]


def test_the_table_of_costs_is_what_each_path_takes(own, repository):
    sandbox = own()
    calls = Calls(sandbox)
    pull = repository(GREEN, within=sandbox).open({"a": "1"})
    pull.verdict("✅ Approved", 60)
    first_calls = calls.since(ends=1, closes=0, votes=1)
    [first] = executions(sandbox)
    pull.repository.push("feature", {"a": "2"})
    until("the next revision's approval", lambda: pull.votes() == {VOTER}, 60)
    next_calls = calls.since(ends=2, closes=0, votes=2)
    [second] = set(executions(sandbox)) - {first}
    before = set(executions(sandbox))
    pull.vote("bob")
    vote = until("the execution for the vote", lambda: set(executions(sandbox)) - before)
    voted = calls.since(ends=3, closes=0, votes=2)
    pull.merge()
    close = f"pr-{pull.id}-close"
    until("the deletion", lambda: close in executions(sandbox))
    deleted = calls.since(ends=4, closes=1, votes=2)
    table = [
        row("first revision: build, comment, vote", states(sandbox, first), first_calls),
        row("next revision: the project is there, the older build has ended", states(sandbox, second), next_calls),
        row("a person's vote: judged again without a build", states(sandbox, vote.pop()), voted),
        row("merge or close: everything is deleted", states(sandbox, close), deleted),
    ]
    once = len(states(sandbox, first))
    for minutes in (5, 60):
        turns = minutes * 60 // POLL_SECONDS
        polled = once - 1 + POLL_TRANSITIONS * turns
        table.append(f"| the first path with a build of {minutes} minutes, if it polled | {polled} | | {polled * TRANSITION:.6f} |")
    readme = (ROOT / "infra/README.md").read_text()
    written = re.findall(r"^\| .* \| \d+ \| \d* ?\| \d\.\d+ \|$", readme, re.M)
    assert written == table, "\n".join(table)
