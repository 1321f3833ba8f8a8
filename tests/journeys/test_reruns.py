"""A revision that is built again: until that is over no earlier answer holds, whoever votes meanwhile, and an attempt that dies
is not forgotten."""

import json

from gate import VOTER, artifacts
from project import GREEN
from sandbox import ACCOUNT, until
from test_operations import lines
from test_sweeper import sweep

BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"


def built_again(sandbox, repository, hold):
    """A pull request that was approved, and whose second build waits in its test."""
    pull = repository(GREEN, within=sandbox).open({"test.sh": hold.script()})
    pull.building(hold)
    hold.let_go()
    pull.verdict("✅ Approved")
    rerun(pull, hold, builds=2)
    return pull


def rerun(pull, hold, builds):
    """A new attempt, which waits in its test."""
    hold.keep()
    assert pull.sandbox.gated("alice", "rerun", pull.id).returncode == 0
    pull.building(hold, builds)


def stop(pull):
    """Stops the execution that runs, as somebody may in the console."""
    [running] = [execution for execution in pull.executions() if execution["status"] == "RUNNING"]
    pull.sandbox.client("alice", "stepfunctions").stop_execution(executionArn=running["executionArn"])
    pull.settled()


def intake(sandbox, pull):
    """What intake answered to events of people, in order."""
    done = [line["answer"] for line in lines(sandbox, "intake")
            if line.get("message") == "done" and line.get("pullRequestId") == pull.id]
    return [answer for answer in done if answer.get("why") != "the gate's own vote" and "transitions" not in answer]


def test_a_vote_during_a_rerun_brings_no_approval_back(own, repository, hold):
    sandbox = own()
    pull = built_again(sandbox, repository, hold)
    assert pull.votes() == set()
    heard = len(intake(sandbox, pull))
    pull.vote("bob")
    until("intake's answer to the vote", lambda: len(intake(sandbox, pull)) > heard)
    until("the end of all but the rerun", lambda: [e["status"] for e in pull.executions()].count("RUNNING") == 1)
    assert pull.votes() == {BOB} and "⏳ Running" in pull.comment()
    hold.let_go()
    pull.verdict("✅ Approved")
    assert pull.votes() == {BOB, VOTER} and len(pull.builds()) == 2


def test_a_record_from_before_a_rerun_cannot_approve_while_it_runs(own, repository, hold):
    sandbox = own()
    pull = built_again(sandbox, repository, hold)
    [record] = [key for key in artifacts(sandbox, f"decisions/{pull.repository.name}/pr-{pull.id}/") if key.endswith("-1.json")]
    payload = json.dumps({"action": "vote", "record": record}).encode()
    answer = sandbox.client("mallory", "lambda").invoke(FunctionName="gated-voter", Payload=payload)
    assert json.loads(answer["Payload"].read()) == {"vote": "building"} and pull.votes() == set()
    hold.let_go()
    pull.verdict("✅ Approved")
    assert pull.votes() == {VOTER}


def test_a_vote_after_a_rerun_that_failed_builds_again(own, repository, hold):
    sandbox = own()
    pull = built_again(sandbox, repository, hold)
    stop(pull)
    hold.let_go()
    pull.vote("bob")
    until("the third build", lambda: len(pull.builds()) == 3)
    pull.verdict("✅ Approved")
    assert pull.votes() == {BOB, VOTER} and sweep(sandbox)["work"] == []


def test_a_rerun_that_was_stopped_is_started_again_by_the_next_sweep(own, repository, hold):
    sandbox = own()
    pull = built_again(sandbox, repository, hold)
    stop(pull)
    hold.let_go()
    [work] = sweep(sandbox)["work"]
    assert work == f"started {pull.executions()[0]['name']}"
    pull.verdict("✅ Approved")
    assert pull.votes() == {VOTER} and len(pull.builds()) == 3 and sweep(sandbox)["work"] == []


def test_attempts_that_people_asked_for_leave_the_sweeper_its_own(own, repository, hold):
    sandbox = own()
    pull = built_again(sandbox, repository, hold)
    for builds in 3, 4:
        stop(pull)
        rerun(pull, hold, builds)
    stop(pull)
    hold.let_go()
    assert len(sweep(sandbox)["work"]) == 1
    pull.verdict("✅ Approved")
    assert pull.executions()[0]["name"].endswith("-5") and pull.votes() == {VOTER}


def test_a_build_that_a_newer_attempt_stopped_is_told_by_nobody(own, repository, hold):
    sandbox = own()
    pull = repository(GREEN, within=sandbox).open({"test.sh": hold.script()})
    pull.building(hold)
    sandbox.client("alice", "codecommit").update_pull_request_title(pullRequestId=pull.id, title="Another title")
    rerun(pull, hold, builds=2)
    first = until("the end of the first", lambda: [e for e in pull.executions() if e["status"] != "RUNNING"])[0]
    assert pull.history(first)[-1] == "StillBuilding" and artifacts(sandbox, "decisions/") == []
    assert "⏳ Running" in pull.comment()
    hold.let_go()
    pull.verdict("✅ Approved")
    assert pull.votes() == {VOTER} and [b["buildStatus"] for b in pull.builds()] == ["SUCCEEDED", "STOPPED"]


def test_a_late_event_of_an_older_revision_stops_no_build_of_the_live_one(own, repository, hold):
    """Events come late and in any order; a vote has changed the decision since the build began."""
    sandbox = own()
    pull = repository(GREEN, within=sandbox).open({"test.sh": hold.script()})
    pull.building(hold)
    pull.vote("bob")
    until("intake's answer to the vote", lambda: len(intake(sandbox, pull)) == 2)
    detail = {"event": "pullRequestSourceBranchUpdated", "pullRequestId": pull.id, "revisionId": "0" * 64}
    event = {"detail-type": "CodeCommit Pull Request State Change", "source": "aws.codecommit", "detail": detail}
    sandbox.client("alice", "lambda").invoke(FunctionName="gated-intake", Payload=json.dumps(event).encode())
    until("the end of all but the build", lambda: [e["status"] for e in pull.executions()].count("RUNNING") == 1)
    hold.let_go()
    pull.verdict("✅ Approved")
    assert pull.votes() == {BOB, VOTER} and [b["buildStatus"] for b in pull.builds()] == ["SUCCEEDED"]
