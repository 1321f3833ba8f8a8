"""The whole path by the AWS command line and git alone, as a person would walk it."""

import json
import re

from gate import MACHINE, VOTER
from project import GREEN, RED, Repository, suite
from sandbox import Refused, until


def test_a_person_with_the_aws_command_line_and_git_sees_the_gate_refuse_and_approve(sandbox, scratch):
    def alice(*arguments):
        return sandbox.aws("alice", *arguments)

    made = Repository(sandbox, "by-hand", scratch)
    made.commit(GREEN)
    made.git("push", "--quiet", made.url, "HEAD:refs/heads/main")
    made.push("feature", {"test.sh": RED}, "main")
    opened = alice("codecommit", "create-pull-request", "--title", "By hand", "--targets",
                   "repositoryName=by-hand,sourceReference=feature,destinationReference=main")["pullRequest"]
    number = opened["pullRequestId"]

    def answer(commit):
        data = alice("codecommit", "get-comments-for-pull-request", "--pull-request-id", number)["commentsForPullRequestData"]
        own = [comment for group in data for comment in group["comments"] if comment["authorArn"] == VOTER]
        assert len(own) <= 1
        content = own[0]["content"] if own else ""
        return commit[:12] in content and not content.startswith("## ⏳") and content

    red = until("the first answer", lambda: answer(opened["pullRequestTargets"][0]["sourceCommit"]))
    assert red.startswith("## ❌ Not approved") and "adds up" in red
    fixed = made.push("feature", {"test.sh": suite()})
    green = until("the second answer", lambda: answer(fixed))
    assert green.startswith("## ✅ Approved")
    machine, = alice("stepfunctions", "list-state-machines")["stateMachines"]
    assert machine["stateMachineArn"] == MACHINE
    until("the end of its executions", lambda: not any(
        execution["name"].startswith(f"pr-{number}-") for execution in alice(
            "stepfunctions", "list-executions", "--state-machine-arn", MACHINE, "--status-filter", "RUNNING")["executions"]))
    live = alice("codecommit", "get-pull-request", "--pull-request-id", number)["pullRequest"]
    states = alice("codecommit", "get-pull-request-approval-states", "--pull-request-id", number,
                   "--revision-id", live["revisionId"])["approvals"]
    assert {"userArn": VOTER, "approvalState": "APPROVE"} in states
    ids = alice("codebuild", "list-builds-for-project", "--project-name", f"gated-by-hand-pr-{number}")["ids"]
    builds = alice("codebuild", "batch-get-builds", "--ids", *ids)["builds"]
    assert sorted(build["buildStatus"] for build in builds) == ["FAILED", "SUCCEEDED"]
    sandbox.aws("bob", "codecommit", "merge-pull-request-by-squash", "--pull-request-id", number,
                "--repository-name", "by-hand", "--source-commit-id", fixed)
    until("the end of the project", lambda: f"gated-by-hand-pr-{number}" not in alice("codebuild", "list-projects")["projects"])
    made.git("fetch", "--quiet", made.url, "main")
    assert made.git("show", "FETCH_HEAD:test.sh").strip() == suite().strip()


def test_rerun_takes_the_same_flags_as_the_aws_command_line(sandbox, repository):
    pull = repository(GREEN).open({"a": "1"})
    pull.verdict("✅ Approved")
    sandbox_environment = sandbox.environment
    sandbox.environment = lambda user: {k: v for k, v in sandbox_environment(user).items()
                                        if k not in ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION")}
    try:
        done = sandbox.gated("alice", "rerun", pull.id, "--endpoint-url", sandbox.endpoint, "--region", "us-east-1")
    finally:
        del sandbox.environment
    assert done.returncode == 0 and re.search(r"attempt 2 .* execution pr-\d+-", done.stdout), done.stderr
    pull.verdict("attempt 2")


def test_secrets_are_not_told(sandbox, repository):
    """The secret key of the caller appears neither in what gated prints nor in what it leaves behind."""
    secret = "not-for-anybodys-eyes"
    pull = repository(GREEN).open({"test.sh": "#!/bin/sh\nenv\nexit 1\n"})
    pull.verdict("Not approved")
    before = sandbox.environment
    sandbox.environment = lambda user: {**before(user), "AWS_SECRET_ACCESS_KEY": secret}
    try:
        done = sandbox.gated("alice", "rerun", pull.id)
        wrong = sandbox.gated("alice", "rerun", "999999")
        try:
            sandbox.aws("alice", "codecommit", "get-pull-request", "--pull-request-id", "999999")
        except Refused as refused:
            assert secret not in str(refused)
    finally:
        del sandbox.environment
    assert done.returncode == 0 and secret not in done.stdout + done.stderr + wrong.stdout + wrong.stderr
    pull.verdict("attempt 2")
    assert secret not in json.dumps([build for build in pull.builds()], default=str)
    assert secret not in (sandbox.home / "sandbox.log").read_text()
