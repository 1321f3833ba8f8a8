"""What can go wrong around the tests: each gets its comment, and no approval."""

import json

import pytest

from gate import VOTER
from project import GREEN, POLICY, junit, script, suite
from sandbox import until

NOT_THERE = "#!/usr/bin/env bash\nsyntax error (\n"


@pytest.mark.parametrize(("policy", "line", "column", "about"), [
    ("version: 1\nstages:\n  test: ./test.sh\ncovrage: 80\n", 4, 1, "coverage"),
    ("version: 1\nstages:\n  test: [unclosed\n", 3, None, ""),
    ("version: 7\nstages:\n  test: ./test.sh\n", 1, 10, "1"),
])
def test_a_policy_with_errors_gets_a_comment_with_line_and_column_and_no_approval(repository, policy, line, column, about):
    pull = repository(GREEN).open({".gated.yml": policy})
    comment = pull.verdict()
    place = f".gated.yml:{line}:" + (f"{column}`" if column else "")
    assert "Not approved" in comment and place in comment and about in comment
    assert pull.votes() == set() and pull.builds() == []


def test_a_destination_policy_that_cannot_be_read_is_mended_by_a_pull_request(repository):
    made = repository({**GREEN, ".gated.yml": "version: 1\nstages: 7\n"})
    assert ".gated.yml:2:" in made.open({"a": "1"}, branch="one").verdict("Not approved")
    comment = made.open({".gated.yml": POLICY}, branch="two").verdict()
    assert "✅ Approved" in comment and "this pull request repairs it" in comment


def test_a_compile_failure_that_leaves_no_report_is_told_as_the_stages_failure(repository):
    pull = repository(GREEN).open({"test.sh": NOT_THERE})
    comment = pull.verdict()
    assert "## ❌ Not approved: stage test" in comment and "exit code 2" in comment
    assert pull.votes() == set()


def test_a_stage_over_its_time_out_is_ended_and_told(repository, hold):
    policy = POLICY.replace("run: ./test.sh", "run: ./test.sh\n    timeout: 1s")
    pull = repository({**GREEN, ".gated.yml": policy}).open({"test.sh": hold.script()})
    assert "ran out of time" in pull.verdict()
    assert pull.votes() == set()


def test_a_build_over_its_own_time_out_is_ended_and_told(own, repository, hold):
    sandbox = own(None, "--minute", "100")
    policy = POLICY + "environment: {timeout: 5m}\n"
    pull = repository({**GREEN, ".gated.yml": policy}, within=sandbox).open({"test.sh": hold.script()})
    comment = pull.verdict()
    assert "## ❌ Not approved" in comment and "the build took longer than its time-out of 5m" in comment
    assert pull.builds()[0]["buildStatus"] == "TIMED_OUT"
    assert pull.votes() == set()


def test_a_build_that_somebody_stops_is_told(sandbox, repository, hold):
    pull = repository(GREEN).open({"test.sh": hold.script()})
    pull.building(hold)
    sandbox.aws("bob", "codebuild", "stop-build", "--id", pull.builds()[0]["id"])
    comment = pull.verdict()
    assert "somebody stopped the build" in comment and "gated rerun" in comment
    assert pull.votes() == set()


def without_configuration(sandbox, then):
    """Takes the stack's constants away while `then` runs, so that no build can be started."""
    ssm = sandbox.client("root", "ssm")
    value = ssm.get_parameter(Name="/gated/config")["Parameter"]["Value"]
    ssm.delete_parameter(Name="/gated/config")
    try:
        return then()
    finally:
        ssm.put_parameter(Name="/gated/config", Value=value, Type="String")


def test_gated_rerun_after_an_infrastructure_error_starts_a_new_attempt(own, repository):
    sandbox = own()
    made = repository(GREEN, within=sandbox)

    def fails():
        pull = made.open({"a": "1"})
        comment = pull.verdict()
        assert "no build could be started" in comment and "attempt 1" in comment
        assert pull.votes() == set() and pull.builds() == []
        return pull
    pull = without_configuration(sandbox, fails)
    done = sandbox.gated("dora", "rerun", pull.id)
    assert done.returncode == 0 and "attempt 2" in done.stdout, done.stderr
    comment = pull.verdict("✅ Approved")
    assert "attempt 2" in comment and "user/dora" in comment
    assert pull.votes() == {VOTER}


def test_rerun_while_a_build_runs_or_after_the_close_says_why_not(sandbox, repository, hold):
    pull = repository(GREEN).open({"test.sh": hold.script()})
    pull.building(hold)
    done = sandbox.gated("alice", "rerun", pull.id)
    assert done.returncode == 1 and "still runs" in done.stderr
    hold.let_go()
    pull.verdict()
    pull.close()
    done = sandbox.gated("alice", "rerun", pull.id)
    assert done.returncode == 1 and done.stderr.startswith(f"pull request {pull.id} was not started again: ")
    assert "is closed" in done.stderr


def test_a_buildspec_that_codebuild_would_refuse_is_told_before_any_build(repository):
    long = "version: 1\nstages:\n  test: |\n" + "".join(f"    echo {'x' * 100} {n}\n" for n in range(300))
    pull = repository(GREEN).open({".gated.yml": long})
    assert "25600" in pull.verdict("Not approved")
    assert pull.votes() == set() and pull.builds() == []


@pytest.mark.parametrize(("what", "test_script", "says"), [
    ("missing", script({}), "junit"),
    ("empty", script({"out/junit.xml": ""}, "truncate -s 0 out/junit.xml"), "out/junit.xml"),
    ("truncated", script({"out/junit.xml": junit(2)[:60]}), "out/junit.xml"),
    ("without cases", script({"out/junit.xml": "<testsuite name=\"none\"></testsuite>"}), "there is no test case in it"),
    ("older than the stages", script({}, "printf '%s' '" + junit(1) + "' > out/junit.xml; touch -d 2001-01-01 out/junit.xml"), "out/junit.xml"),
])
def test_a_report_that_is_not_a_report_is_an_error(repository, what, test_script, says):
    pull = repository(GREEN).open({"test.sh": test_script})
    comment = pull.verdict()
    assert "## ❌ Not approved, error" in comment and says in comment, what
    assert pull.votes() == set()


def test_a_report_that_is_tracked_in_the_commit_is_an_error(repository):
    pull = repository(GREEN).open({"test.sh": script({}), "out/junit.xml": junit(3)})
    assert "error" in pull.verdict("Not approved")
    assert pull.votes() == set()


def test_a_build_that_forges_its_record_does_not_pass(repository):
    """The code under test can write where the driver writes; what it claims is held against the build and the plan."""
    forged = json.dumps({"version": 1, "build": "gated-x:0000", "stages": []})
    steal = f"mkdir -p \"$CODEBUILD_SRC_DIR.gated\"; echo '{forged}' > \"$CODEBUILD_SRC_DIR.gated/record.json\"; kill -9 $PPID"
    pull = repository(GREEN).open({"test.sh": script({"out/junit.xml": junit(1)}, steal)})
    pull.verdict("Not approved")
    assert pull.votes() == set()


def test_setup_that_fails_is_one_reason_and_the_stages_are_not_run(repository):
    pull = repository(GREEN).open({".gated.yml": POLICY + "setup: [\"exit 9\"]\n"})
    comment = pull.verdict("Not approved")
    assert "exit code 9" in comment and "not run because of this: stage test" in comment
    assert until("no vote", lambda: pull.votes() == set())


def test_an_advisory_stage_that_fails_is_shown_and_does_not_block(repository):
    policy = POLICY + "  style: {run: ./style.sh, required: false}\n"
    pull = repository({**GREEN, ".gated.yml": policy, "style.sh": "#!/bin/sh\nexit 4\n"}).open({"a": "1"})
    comment = pull.verdict()
    assert "✅ Approved" in comment and "style (advisory) | failed" in comment


def test_a_green_script_after_a_red_one_in_the_same_stage_hides_nothing(repository):
    policy = "version: 1\nstages:\n  test:\n    run: [./test.sh, echo fine]\n"
    pull = repository({**GREEN, ".gated.yml": policy}).open({"test.sh": suite(exit_code=1)})
    assert "exit code 1" in pull.verdict("Not approved")
