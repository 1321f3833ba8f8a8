"""The pull request's environment: there from the first build to the close, and gone afterwards."""

import json

import botocore.exceptions
import pytest

from gate import VOTER, voter
from project import GREEN, POLICY, suite
from sandbox import until

CONTAINER = POLICY + "container: {build: true, scan: {fail-on: never}}\n"


def gone(pull):
    until("the end of the environment", lambda: pull.project not in pull.projects() and not pull.badge())
    pull.settled()


def test_the_project_is_there_from_the_first_build_to_the_close(sandbox, repository):
    pull = repository(GREEN).open({"a": "1"})
    pull.verdict()
    assert pull.project in sandbox.aws("alice", "codebuild", "list-projects")["projects"]
    kept, = sandbox.aws("alice", "ssm", "get-parameters-by-path", "--path", f"/gated/projects/{pull.project}")["Parameters"]
    assert kept["Name"].endswith("/badge-url") and kept["Value"].startswith("http")
    sandbox.aws("alice", "codecommit", "update-pull-request-status", "--pull-request-id", pull.id,
                "--pull-request-status", "CLOSED")
    gone(pull)


def test_merging_removes_project_and_parameter(repository):
    pull = repository(GREEN).open({"a": "1"})
    pull.verdict()
    pull.merge()
    gone(pull)


def test_closing_while_a_build_runs_stops_it_first(repository, hold):
    pull = repository(GREEN).open({"test.sh": hold.script()})
    pull.building(hold)
    build = pull.builds()[0]["id"]
    pull.close()
    gone(pull)
    stopped, = pull.sandbox.client("alice", "codebuild").batch_get_builds(ids=[build])["builds"] or [None]
    assert stopped is None or stopped["buildStatus"] == "STOPPED"
    assert pull.votes() == set()


@pytest.mark.parametrize("how", ["Closed", "Merged"])
def test_a_comment_that_says_that_a_newer_revision_is_built_ends_with_the_pull_request(repository, hold, how):
    made = repository(GREEN)
    pull = made.open({"a": "1"})
    assert "✅ Approved" in pull.verdict()
    older = pull.commit
    made.push("feature", {"test.sh": hold.script()})
    pull.building(hold)
    assert pull.comment().startswith("## ⏳ Building commit")
    newer = pull.commit
    if how == "Closed":
        pull.close()
    else:
        pull.sandbox.client("olga", "codecommit").override_pull_request_approval_rules(
            pullRequestId=pull.id, revisionId=pull.revision, overrideStatus="OVERRIDE")
        pull.merge()
    gone(pull)
    lines = pull.comment().splitlines()
    assert lines[0] == f"## ⏹️ {how}: nothing is built any more", lines[:5]
    assert lines[2] == f"Commit `{newer[:12]}` was being built, and gets no verdict.", lines[:5]
    assert lines[4].startswith(f"The last verdict was that on commit `{older[:12]}`: ✅ Approved: "), lines[:5]
    assert "### Stages" in pull.comment() and "⏳" not in pull.comment()


def test_a_comment_that_says_that_a_revision_is_built_again_ends_with_the_pull_request(sandbox, repository, hold):
    pull = repository({**GREEN, "test.sh": hold.script()}).open({"a": "1"})
    hold.let_go()
    assert "✅ Approved" in pull.verdict()
    hold.keep()
    sandbox.gated("dora", "rerun", pull.id)
    pull.building(hold, 2)
    assert pull.comment().startswith("## ⏳ Running")
    pull.close()
    gone(pull)
    assert pull.comment().startswith("## ⏹️ Closed: nothing is built any more\n")
    assert f"\nThe last verdict was that on commit `{pull.commit[:12]}`: ✅ Approved: " in pull.comment()


@pytest.mark.parametrize("who", ["its own execution", "the gate's failure"])
def test_who_said_that_something_is_built_ends_that_without_another_deletion(own, repository, hold, who):
    """As where the pull request closes between a look at it and the words that follow: no later deletion sees these."""
    sandbox = own()
    made = repository(GREEN, within=sandbox)
    pull = made.open({"a": "1"})
    pull.verdict("✅ Approved")
    made.push("feature", {"test.sh": hold.script()})
    pull.building(hold)
    sandbox.client("alice", "events").disable_rule(Name="gated-pull-requests")
    pull.close()
    if who == "its own execution":
        hold.let_go()
        gone(pull)
        assert not [execution for execution in pull.executions() if "close" in execution["name"]]
    else:
        gate = {"pullRequestId": pull.id, "revisionId": pull.revision, "attempt": 1}
        assert voter(sandbox, action="trouble", execution="pr-x", gate=gate)["comment"] == "ended"
    assert pull.comment().startswith("## ⏹️ Closed: nothing is built any more\n")


def test_a_verdict_that_stands_is_left_as_it_is_when_the_pull_request_closes(repository):
    pull = repository(GREEN).open({"a": "1"})
    pull.verdict("✅ Approved")
    before = pull.comments()
    pull.close()
    gone(pull)
    assert pull.comments() == before


def test_a_comment_that_cannot_be_ended_keeps_nothing_from_being_deleted_and_is_told(own, repository):
    sandbox = own(None, "--faults", "seed=1,deny=1,only=codecommit:GetCommentsForPullRequest")
    pull = repository(GREEN, within=sandbox).open({"a": "1"})
    until("the project", lambda: pull.project in pull.projects())
    pull.close()
    gone(pull)
    [ended] = [execution for execution in pull.executions() if execution["name"] == f"pr-{pull.id}-close"]
    assert pull.history(ended)[-1] == "NotTold"


def test_closing_twice_and_telling_it_twice_is_harmless(sandbox, repository):
    pull = repository(GREEN).open({"a": "1"})
    pull.verdict()
    pull.close()
    gone(pull)
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        pull.close()
    assert refused.value.response["Error"]["Code"] == "InvalidPullRequestStatusUpdateException"
    told = {"detail": {"event": "pullRequestStatusChanged", "pullRequestId": pull.id, "pullRequestStatus": "Closed"}}
    for _ in range(2):
        sandbox.client("alice", "lambda").invoke(FunctionName="gated-intake", Payload=json.dumps(told).encode())
    pull.settled()
    assert {execution["status"] for execution in pull.executions()} == {"SUCCEEDED"}
    assert pull.project not in pull.projects()


def test_a_pull_request_that_closes_before_its_build_starts_leaves_nothing(repository):
    made = repository(GREEN)
    pulls = [made.open({f"{n}": ""}, branch=f"b{n}") for n in range(3)]
    for pull in pulls:
        pull.close()
    for pull in pulls:
        until("the close", lambda pull=pull: any(e["name"].endswith("-close") for e in pull.executions()))
        pull.settled()
        gone(pull)


@pytest.mark.parametrize(("policy", "privileged"), [(CONTAINER, True), (POLICY, False)])
def test_container_build_on_gives_a_privileged_project_and_off_does_not(sandbox, repository, policy, privileged):
    files = {**GREEN, ".gated.yml": policy, "Dockerfile": "FROM scratch\n"}
    pull = repository(files).open({"a": "1"})
    until("the project", lambda: pull.project in pull.projects())
    project, = sandbox.aws("alice", "codebuild", "batch-get-projects", "--names", pull.project)["projects"]
    assert project["environment"]["privilegedMode"] is privileged
    pull.verdict()


def test_a_project_that_somebody_starts_by_hand_does_not_run_the_branchs_buildspec(sandbox, repository, scratch):
    canary = scratch / "canary"
    spec = f"version: 0.2\nphases:\n  build:\n    commands:\n      - touch {canary}\n"
    pull = repository(GREEN).open({"buildspec.yml": spec})
    pull.verdict()
    started = sandbox.client("alice", "codebuild").start_build(projectName=pull.project, sourceVersion=pull.commit)
    until("its end", lambda: sandbox.client("alice", "codebuild").batch_get_builds(ids=[started["build"]["id"]])["builds"][0]["buildComplete"])
    assert not canary.exists()
    assert pull.votes() == {VOTER}


def test_what_the_policy_sets_reaches_the_build_and_so_does_the_pull_request(repository):
    policy = POLICY + "environment: {variables: {GREETING: \"a b'c\\\"$(d)\"}}\n"
    check = ("[ \"$GREETING\" = 'a b'\"'\"'c\"$(d)' ]\n[ \"$GATED_PULL_REQUEST\" -gt 0 ]\n[ \"$GATED_TITLE\" = 'The title' ]\n"
             "[ \"$CODEBUILD_RESOLVED_SOURCE_VERSION\" = \"$GATED_SOURCE_COMMIT\" ]\n[ \"$(git rev-parse HEAD)\" = \"$GATED_SOURCE_COMMIT\" ]\n")
    made = repository({**GREEN, ".gated.yml": policy})
    pull = made.open({"test.sh": suite().replace("exit 0", check + "exit 0")}, title="The title")
    assert "✅ Approved" in pull.verdict()


def test_two_pull_requests_have_an_environment_each(repository):
    made = repository(GREEN)
    one = made.open({"one": "1"}, branch="one")
    two = made.open({"test.sh": suite(failed={"two": "bad"})}, branch="two")
    assert "✅ Approved" in one.verdict() and "Not approved" in two.verdict()
    assert {one.project, two.project} <= set(one.projects())
    one.merge()
    gone(one)
    assert two.project in two.projects()


def test_the_name_of_a_project_says_its_repository_and_number(repository):
    made = repository(GREEN)
    pull = made.open({"a": ""})
    pull.verdict()
    assert f"gated-{made.name}-pr-{pull.id}" in pull.projects()
