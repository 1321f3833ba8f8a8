"""Faults on request: the gate's calls are refused, fail, wait and lose their answers, its events come twice, late or never,
and the process dies in the middle. Every pull request still gets one answer, the right one; and nothing wrong is approved."""

import contextlib
import json
import signal
import subprocess
import time

import botocore.exceptions
import pytest

from gate import VOTER
from project import GREEN, RED, suite
from sandbox import ACCOUNT, REGION, until

SECONDS = 120
ROUGH = "throttle=0.08,error=0.08,delay=0.1:30ms,duplicate=0.4,reorder=0.4"


def injected(sandbox):
    """What was injected so far, by the log in the data directory."""
    log = sandbox.data / "faults.log"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def answered(pull, says, seconds=SECONDS):
    """Waits for the right answer. `PullRequest.comment` fails when there is ever a second one."""
    try:
        pull.verdict(says, seconds)
    except AssertionError as error:
        raise AssertionError(f"{error}\ninjected: {injected(pull.sandbox)}") from None


@pytest.mark.parametrize("seed", range(1, 4))
def test_every_pull_request_gets_one_comment_and_the_right_vote(own, repository, seed):
    sandbox = own(None, "--faults", f"seed={seed},{ROUGH}")
    made = repository(GREEN, within=sandbox)
    good = made.open({"a": "1"}, branch="good")
    bad = made.open({"test.sh": RED}, branch="bad")
    mended = made.open({"test.sh": RED}, branch="mended")
    made.push("mended", {"test.sh": suite()})
    for pull, says, votes in (good, "✅ Approved", {VOTER}), (bad, "Not approved", set()), (mended, "✅ Approved", {VOTER}):
        answered(pull, says)
        assert pull.votes() == votes and pull.comment()
    good.merge()
    until("the end of the merged pull request's project", lambda: good.project not in good.projects(), SECONDS)
    assert {fault["fault"] for fault in injected(sandbox)} >= {"throttle", "error", "delay", "duplicate", "reorder"}


def test_what_was_injected_is_told_in_a_log_stream_too(own, repository):
    sandbox = own(None, "--faults", "seed=1,duplicate=1")
    answered(repository(GREEN, within=sandbox).open({"a": "1"}), "✅ Approved")
    logs = sandbox.client("alice", "logs")
    events = logs.get_log_events(logGroupName="/sandbox/faults", logStreamName="injected", startFromHead=True)["events"]
    told = [json.loads(event["message"]) for event in events]
    assert told and told == injected(sandbox)[:len(told)]
    assert {fault["fault"] for fault in told} == {"duplicate"}


def test_the_same_seed_injects_the_same_faults(own):
    def run():
        sandbox = own(None, "--faults", "seed=5,duplicate=0.4,drop=0.3")
        events, logs = sandbox.client("alice", "events"), sandbox.client("alice", "logs")
        events.put_rule(Name="all", EventPattern=json.dumps({"source": ["a.test"]}))
        intake = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:gated-intake"
        events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": intake}])
        entries = [{"Source": "a.test", "DetailType": "odd", "Detail": json.dumps({"n": n})} for n in range(10)]
        events.put_events(Entries=entries)

        def over():  # the function refuses each of these events, three times
            faults = [fault["fault"] for fault in injected(sandbox)]
            expected = 3 * (len(entries) - faults.count("drop") + faults.count("duplicate"))
            try:
                told = logs.filter_log_events(logGroupName="/aws/lambda/gated-intake", filterPattern="ERROR")["events"]
            except logs.exceptions.ResourceNotFoundException:
                return False  # nothing was delivered yet
            return len(told) == expected
        until("the end of every delivery", over)
        return [(fault["fault"], fault["stream"], fault["number"]) for fault in injected(sandbox)]
    first = run()
    assert first and first == run()


def test_a_lost_event_approves_nothing_wrong_and_a_later_one_brings_the_answer(own, repository):
    sandbox = own(None, "--faults", "seed=3,drop=0.5")
    # A push is told of by an event of its branch, too: one of those that is lost says nothing of the pull request's.
    sandbox.client("alice", "events").disable_rule(Name="gated-branches")
    made = repository(GREEN, within=sandbox)
    pull = made.open({"test.sh": RED})
    red, green = {pull.revision}, set()
    for turn in range(20):
        lost = len(injected(sandbox))
        good = turn % 2 == 1
        made.push("feature", {"test.sh": suite(passed=turn + 1) if good else RED, "turn": f"{turn}"})
        revision = pull.revision
        (green if good else red).add(revision)
        until("an execution, or a lost event", lambda: pull.executions(revision) or len(injected(sandbox)) > lost)
        pull.settled()
        assert revision in green or not (pull.votes() or pull.approved())
        if turn > 3 and good and pull.votes():
            break
    assert pull.revision in green and pull.votes() == {VOTER}
    assert {fault["fault"] for fault in injected(sandbox)} == {"drop"}


def test_a_build_whose_start_was_answered_by_silence_is_not_started_twice(own, repository):
    """The state machine tries again; CodeBuild knows the token and answers with the build that already runs."""
    sandbox = own(None, "--faults", "seed=6,error=0.5,only=codebuild:StartBuild")
    pull = repository(GREEN, name="lost-answer", within=sandbox).open({"a": "1"})
    answered(pull, "✅ Approved")
    assert "after" in [fault["moment"] for fault in injected(sandbox)], "another seed loses an answer"
    assert [build["buildStatus"] for build in pull.builds()] == ["SUCCEEDED"] and pull.votes() == {VOTER}


@pytest.mark.parametrize("seed", range(1, 4))
def test_a_gate_that_dies_again_and_again_loses_nothing_that_was_acknowledged(own, repository, seed):
    """The process is started anew whenever it has ended itself, on the same data directory."""
    sandbox = own()
    made = repository(GREEN, within=sandbox)
    pulls = [made.open({"a": "1"}, branch="good", title="good"), made.open({"test.sh": RED}, branch="bad", title="bad")]
    commits = [pull.commit for pull in pulls]
    sandbox.kill()
    # With twice as many a judge seldom gets through its calls, and dozens of deaths become hundreds.
    sandbox.options = ("--faults", f"seed={seed},crash=0.05")
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        # What is asked here may end it too: the gate's own calls shall be those that die.
        with contextlib.suppress(subprocess.TimeoutExpired):
            sandbox.process.wait(timeout=0.5)
            revive(sandbox)
        try:
            assert [(pull.live["title"], pull.commit) for pull in pulls] == list(zip(["good", "bad"], commits))
            if all(pull.comment() and not running(pull) for pull in pulls):
                break
        except botocore.exceptions.BotoCoreError:
            continue  # it died while it was asked
    deaths = [fault for fault in injected(sandbox) if fault["fault"] == "crash"]
    assert deaths and all(commit[:12] in pull.comment() for pull, commit in zip(pulls, commits)), deaths
    good, bad = pulls
    assert bad.votes() == set() and "Not approved" in bad.comment()
    # A build that died with the gate is told as an error; it is never approved.
    assert (good.votes() == {VOTER}) == ("✅ Approved" in good.comment())


def running(pull):
    return any(execution["status"] == "RUNNING" for execution in pull.executions())


def revive(sandbox):
    """Starts the sandbox; it may end itself again before it is ready."""
    while True:
        try:
            return sandbox.start()
        except AssertionError:
            assert sandbox.process.wait(timeout=20) == -signal.SIGKILL


@pytest.mark.parametrize("spec", ["", "seed=x", "throttle=2", "throttle=0.1,throttle=0.1", "sloth=1", "delay=0.1", "only=StartBuild"])
def test_a_spec_that_says_nothing_clear_is_wrong_use(shared, spec):
    done = shared.gated("alice", "sandbox", "start", "--faults", spec)
    assert done.returncode == 2 and "--faults" in done.stderr and done.stdout == ""
