"""An independent judge of the state machine and of our interpreter: another project's interpreter runs the same definition
against the same port. From the same beginning, both must go through the same states to the same end."""

import json
import os
import pathlib
import subprocess

import pytest

from gate import MACHINE, VOTER
from project import GREEN, RED
from sandbox import ACCOUNT, ROOT, until

TOOLS = pathlib.Path(os.environ.get("NODE_TOOLS", ROOT / "target" / "test-tools" / "node"))
SCRIPT = pathlib.Path(__file__).with_name("independent_interpreter.mjs")
IDLE = {"StartAt": "Idle", "States": {"Idle": {"Type": "Succeed"}}}
BUILT = ["ReadConfiguration", "Configured", "ListOlderBuilds"]
ANSWERED = ["Judge", "WhatNext", "Comment", "Vote", "WasItCast", "Answered"]


class Bench:
    """A sandbox whose gate only collects inputs; two interpreters run them."""

    def __init__(self, sandbox, repository):
        self.sandbox, self.repository = sandbox, repository
        self.states = sandbox.client("alice", "stepfunctions")
        described = self.states.describe_state_machine(stateMachineArn=MACHINE)
        self.definition = described["definition"]
        made = self.states.create_state_machine(
            name="ours", definition=self.definition, roleArn=f"arn:aws:iam::{ACCOUNT}:role/gated-states")
        self.machine = made["stateMachineArn"]
        self.states.update_state_machine(stateMachineArn=MACHINE, definition=json.dumps(IDLE))

    def twins(self, change):
        """The same pull request in two repositories: one for each interpreter."""
        return [self.repository(GREEN, within=self.sandbox).open(change) for _ in range(2)]

    def collected(self, pull, beside=()):
        """Name and input of the execution that was asked for, and is not one of those."""
        def look():
            return [e for e in pull.executions() if e["name"] not in [name for name, _ in beside] and e["status"] != "RUNNING"]
        execution = until("an execution to be asked for", look)[0]
        described = self.states.describe_execution(executionArn=execution["executionArn"])
        return execution["name"], json.loads(described["input"])

    def ours(self, name, given):
        """Runs an input on our interpreter: the states it entered, its status and its error."""
        started = self.states.start_execution(stateMachineArn=self.machine, name=name, input=json.dumps(given))
        arn = started["executionArn"]

        def over():
            described = self.states.describe_execution(executionArn=arn)
            return described["status"] != "RUNNING" and described
        end = until("the end of our execution", over, 60)
        pages = self.states.get_paginator("get_execution_history").paginate(executionArn=arn)
        events = [event for page in pages for event in page["events"]]
        names = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
        return {"states": names, "status": end["status"], "error": end.get("error")}

    def theirs(self, name, given):
        """The same on the other interpreter."""
        asked = {"tools": str(TOOLS), "endpoint": self.sandbox.endpoint, "name": name, "input": given,
                 "definition": json.loads(self.definition)}
        done = subprocess.run(["node", SCRIPT], input=json.dumps(asked), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def agree(self, runs):
        """Runs one input on each and holds the two against each other; returns what they agree on."""
        (first, second) = runs
        ours, theirs = self.ours(*first), self.theirs(*second)
        assert ours == theirs
        return ours


@pytest.fixture
def bench(own, repository):
    return Bench(own(), repository)


def test_a_green_one_a_new_attempt_at_it_and_its_close(bench):
    twins = bench.twins({"a": "1"})
    first = [bench.collected(pull) for pull in twins]
    run = bench.agree(first)
    assert run["status"] == "SUCCEEDED" and run["states"][:4] == ["Route", *BUILT] and run["states"][-6:] == ANSWERED
    assert [pull.votes() for pull in twins] == [{VOTER}, {VOTER}]
    for pull in twins:
        assert bench.sandbox.gated("alice", "rerun", pull.id).returncode == 0
    again = [bench.collected(pull, [seen]) for pull, seen in zip(twins, first)]
    run = bench.agree(again)
    assert "Reopen" in run["states"] and "UpdateProject" in run["states"] and "StopOlderBuild" in run["states"]
    assert run["states"][-6:] == ANSWERED
    for pull in twins:
        pull.close()
    run = bench.agree([bench.collected(pull, seen) for pull, seen in zip(twins, zip(first, again))])
    assert run["states"][-1] == "Gone" and not [pull.project for pull in twins if pull.project in pull.projects()]


def test_a_failing_one(bench):
    twins = bench.twins({"test.sh": RED})
    run = bench.agree([bench.collected(pull) for pull in twins])
    assert run["states"][-6:] == ANSWERED and [pull.votes() for pull in twins] == [set(), set()]
    assert all("Not approved" in pull.comment() for pull in twins)


def test_a_superseded_one(bench):
    twins = bench.twins({"test.sh": RED})
    old = [bench.collected(pull) for pull in twins]
    for pull in twins:
        pull.repository.push("feature", {"b": "2"})
    run = bench.agree(old)
    assert run["states"][-1] == "Superseded" and "StartBuild" not in run["states"]


def test_a_configuration_that_is_missing(bench):
    twins = bench.twins({"a": "1"})
    asked = [bench.collected(pull) for pull in twins]
    bench.sandbox.client("alice", "ssm").delete_parameter(Name="/gated/config")
    run = bench.agree(asked)
    assert run["states"][:3] == ["Route", "ReadConfiguration", "Judge"]
    assert [pull.votes() for pull in twins] == [set(), set()] and all(pull.comment() for pull in twins)


def test_a_judge_that_fails(bench):
    twins = bench.twins({"a": "1"})
    asked = [bench.collected(pull) for pull in twins]
    for _, given in asked:
        bench.sandbox.client("alice", "s3").delete_object(Bucket="gated-artifacts", Key=given["plan"])
    run = bench.agree(asked)
    assert "Trouble" in run["states"] and "Vote" not in run["states"] and run["status"] == "FAILED"
    assert [pull.votes() for pull in twins] == [set(), set()] and all(pull.comment() for pull in twins)
