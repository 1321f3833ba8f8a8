"""Green, red, and the comment that says why."""

import botocore.exceptions
import pytest

from gate import VOTER
from project import GREEN, RED, suite
from sandbox import Refused, until


def test_a_green_pull_request_is_approved_on_the_revision_that_was_built_and_merges(sandbox, repository):
    pull = repository(GREEN).open({"new.txt": "new\n"})
    comment = pull.verdict()
    assert "## ✅ Approved" in comment
    build, = pull.builds()
    assert (build["buildStatus"], build["sourceVersion"]) == ("SUCCEEDED", pull.commit)
    assert pull.votes() == {VOTER}
    merged = sandbox.aws("bob", "codecommit", "merge-pull-request-by-squash", "--pull-request-id", pull.id,
                         "--repository-name", pull.repository.name, "--source-commit-id", pull.commit)
    assert merged["pullRequest"]["pullRequestStatus"] == "CLOSED"
    assert merged["pullRequest"]["pullRequestTargets"][0]["mergeMetadata"]["isMerged"] is True


def test_before_the_approval_a_merge_is_refused(sandbox, repository, hold):
    pull = repository(GREEN).open({"test.sh": hold.script()})
    pull.building(hold)
    with pytest.raises(Refused) as refused:
        sandbox.aws("bob", "codecommit", "merge-pull-request-by-squash", "--pull-request-id", pull.id,
                    "--repository-name", pull.repository.name)
    assert refused.value.code == "PullRequestApprovalRulesNotSatisfiedException"
    hold.let_go()
    pull.verdict()
    assert pull.merge()["pullRequest"]["pullRequestStatus"] == "CLOSED"


def test_a_failing_test_revokes_and_the_comment_names_the_failing_cases_with_their_messages(repository):
    failed = {"adds up": "expected 4, got 5", "reads <xml> & more": "it said \"no\""}
    pull = repository(GREEN).open({"test.sh": suite(failed=failed)})
    comment = pull.verdict()
    assert "## ❌ Not approved" in comment
    for words in ("adds up", "expected 4, got 5", "it said \"no\"", "2 of 4 cases failed"):
        assert words in comment
    assert pull.votes() == set()
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        pull.merge()
    assert refused.value.response["Error"]["Code"] == "PullRequestApprovalRulesNotSatisfiedException"


def test_a_failing_test_takes_back_what_a_green_build_of_the_same_revision_gave(sandbox, repository, scratch):
    switch = scratch / "switch"
    flaky = suite().replace("exit 0", f"[ ! -e {switch} ] || exit 1")
    pull = repository(GREEN).open({"test.sh": flaky})
    assert "## ✅ Approved" in pull.verdict()
    switch.touch()
    sandbox.gated("alice", "rerun", pull.id).check_returncode()
    assert "exit code 1" in pull.verdict("Not approved")
    assert pull.votes() == set()


def test_cases_that_failed_under_a_green_exit_are_a_fail_and_the_comment_says_what_hid_them(repository):
    pull = repository(GREEN).open({"test.sh": suite(failed={"adds up": "no"}, exit_code=0)})
    comment = pull.verdict()
    assert "Not approved" in comment and "its exit code hid them" in comment
    assert pull.votes() == set()


def test_a_red_build_that_reports_green_cases_is_a_fail(repository):
    pull = repository(GREEN).open({"test.sh": suite(exit_code=3)})
    assert "exit code 3" in pull.verdict("Not approved")
    assert pull.votes() == set()


def test_the_comment_names_log_and_commit_and_the_log_holds_what_the_build_said(sandbox, repository):
    pull = repository(GREEN).open({"test.sh": suite().replace("exit 0", "echo hello from the build")})
    comment = pull.verdict()
    assert pull.commit[:12] in comment
    build, = sandbox.aws("alice", "codebuild", "batch-get-builds", "--ids", pull.builds()[0]["id"])["builds"]
    events = sandbox.aws("alice", "logs", "get-log-events", "--log-group-name", build["logs"]["groupName"],
                         "--log-stream-name", build["logs"]["streamName"])["events"]
    assert any("hello from the build" in event["message"] for event in events)


def test_a_red_fix_stays_red_and_a_green_fix_turns_green(repository):
    made = repository(GREEN)
    pull = made.open({"test.sh": RED})
    assert "Not approved" in pull.verdict()
    made.push("feature", {"test.sh": suite(failed={"still": "wrong"})})
    assert "still" in pull.verdict()
    made.push("feature", {"test.sh": suite()})
    assert "✅ Approved" in pull.verdict()
    assert pull.votes() == {VOTER}


def nothing_to_merge(made):
    """A pull request whose source is the very commit of its destination."""
    made.git("push", "--quiet", made.url, "main:refs/heads/feature")
    target = {"repositoryName": made.name, "sourceReference": "feature", "destinationReference": "main"}
    answer = made.sandbox.client("alice", "codecommit").create_pull_request(title="Nothing", targets=[target])
    return made.pull(answer["pullRequest"]["pullRequestId"])


def test_a_pull_request_that_has_nothing_to_merge_is_answered_like_any_other(repository):
    made = repository(GREEN)
    made.push("main", {"test.sh": RED})
    pull = nothing_to_merge(made)
    assert "adds up" in pull.verdict("❌ Not approved")
    assert [execution["status"] for execution in pull.executions()] == ["SUCCEEDED"] and pull.votes() == set()
    made.push("feature", {"test.sh": suite()}, "main")
    pull.verdict("✅ Approved")
    assert pull.votes() == {VOTER}


def test_where_codecommit_takes_no_comment_since_there_is_one_commit_only_the_vote_is_the_answer(repository, sandbox):
    pull = nothing_to_merge(repository(GREEN))
    until("the vote", lambda: pull.votes() == {VOTER})
    pull.settled()
    [execution] = pull.executions()
    assert execution["status"] == "SUCCEEDED" and pull.comment() is None
    sandbox.client("alice", "lambda").invoke(FunctionName="gated-sweeper", Payload=b"{}")
    assert [again["name"] for again in pull.executions()] == [execution["name"]]
