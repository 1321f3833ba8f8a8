"""Whatever is wrong gets a clear error, and loses nothing."""

import http.client
import json
import socket
import subprocess
import urllib.parse

import botocore.exceptions
import pytest

from project import GREEN
from sandbox import GATED, Refused


def raw(sandbox, target, body, service="codecommit", user="alice"):
    """One call as an SDK makes it, but with any operation and any text; returns status and answer."""
    address = urllib.parse.urlsplit(sandbox.endpoint)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
    if user:
        headers["Authorization"] = (f"AWS4-HMAC-SHA256 Credential={user}/20260115/us-east-1/{service}/aws4_request, "
                                    "SignedHeaders=host, Signature=00")
    connection.request("POST", "/", body if isinstance(body, (str, bytes)) else json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    return answer.status, text


@pytest.mark.parametrize(("target", "body", "says"), [
    ("CodeCommit_20150413.MakeCoffee", {}, "MakeCoffee"),
    ("CodeCommit_20150413.CreateRepository", {"repositoryName": "x", "sugar": 2}, "sugar"),
    ("CodeCommit_20150413.GetRepository", "{not json", "JSON"),
    ("CodeCommit_20150413.GetRepository", {"repositoryName": 7}, "repositoryName"),
    ("CodeCommit_20150413.GetRepository", {}, "RepositoryName"),
    ("CodeCommit_20150413.GetRepository", {"repositoryName": "nowhere"}, "RepositoryDoesNotExistException"),
    ("CodeCommit_20150413.GetPullRequest", {"pullRequestId": "none"}, "InvalidPullRequestIdException"),
    ("CodeCommit_20150413.GetPullRequest", {"pullRequestId": "999999"}, "PullRequestDoesNotExistException"),
    ("CodeBuild_20161006.StartBuild", {"projectName": "nothing"}, "ResourceNotFoundException"),
    ("CodeBuild_20161006.StartBuild", {"projectName": "nothing", "teaOverride": 1}, "teaOverride"),
    ("AWSStepFunctions.StartExecution", {"stateMachineArn": "x"}, "InvalidArn"),
    ("AmazonSSM.GetParameter", {"Name": "/not/there"}, "ParameterNotFound"),
    ("AWSEvents.PutEvents", {"Entries": []}, "Entries"),
])
def test_a_bad_call_gets_an_error_that_names_what_is_wrong(sandbox, target, body, says):
    service = {"CodeC": "codecommit", "CodeB": "codebuild", "AWSSt": "states", "Amazo": "ssm", "AWSEv": "events"}[target[:5]]
    status, text = raw(sandbox, target, body, service)
    assert status == 400 and says in text, text


def test_a_call_that_nobody_signed_is_refused(sandbox):
    status, text = raw(sandbox, "CodeCommit_20150413.ListRepositories", {}, user=None)
    assert status == 403 and "Authentication" in text


def test_the_aws_command_line_shows_the_error_by_its_name(sandbox):
    with pytest.raises(Refused) as refused:
        sandbox.aws("alice", "codecommit", "get-pull-request", "--pull-request-id", "424242")
    assert refused.value.code == "PullRequestDoesNotExistException"


def test_a_vote_on_a_revision_that_is_not_the_live_one_is_refused(sandbox, repository):
    made = repository(GREEN)
    pull = made.open({"a": "1"})
    older = pull.revision
    made.push("feature", {"a": "2"})
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        sandbox.client("bob", "codecommit").update_pull_request_approval_state(
            pullRequestId=pull.id, revisionId=older, approvalState="APPROVE")
    assert refused.value.response["Error"]["Code"] == "RevisionNotCurrentException"
    pull.verdict("✅ Approved")


def test_git_on_a_repository_that_is_not_there_says_so_and_asks_for_nothing(sandbox, repository, scratch):
    made = repository(GREEN)
    with pytest.raises(AssertionError) as said:
        made.git("clone", f"{sandbox.endpoint}/v1/repos/nowhere", str(scratch / "x"), at=scratch)
    assert "not found" in str(said.value).lower() and "Username" not in str(said.value)


@pytest.mark.parametrize(("arguments", "exit_code", "says"), [
    (["sandbox", "start", "--listen", "nonsense"], 2, "nonsense"),
    (["sandbox", "start", "--data", "/dev/null/x", "--listen", "127.0.0.1:0"], 3, "/dev/null/x"),
    (["sandbox", "start", "--sugar"], 2, "--sugar"),
    (["sandbox", "start", "--floor", "/no/such/floor.yml", "--listen", "127.0.0.1:0"], 3, "/no/such/floor.yml"),
    (["sandbox", "env", "--data", "/no/such/data"], 2, "/no/such/data"),
    (["rerun", "seven"], 2, "seven"),
    (["rerun", "999999"], 1, "there is no pull request 999999"),
    (["rerun", "1", "--service", "payments"], 2, "there is no gate named payments"),
    (["rerun", "1", "--endpoint-url", "http://127.0.0.1:9"], 3, "error: http://127.0.0.1:9 cannot be reached ("),
    (["status", "1", "--endpoint-url", "http://127.0.0.1:9"], 3, "does a sandbox run there"),
    (["brew"], 2, "brew"),
])
def test_a_command_that_cannot_be_done_says_why_with_its_exit_code(sandbox, scratch, arguments, exit_code, says):
    if "start" in arguments and "--data" not in arguments:
        arguments = [*arguments, "--data", str(scratch / "data")]
    done = sandbox.gated("alice", *arguments)
    assert (done.returncode, says in done.stderr, done.stdout) == (exit_code, True, ""), done.stderr


def test_a_floor_that_is_wrong_is_told_with_its_place_before_anything_starts(scratch):
    floor = scratch / "floor.yml"
    floor.write_text("version: 1\nstages:\n  gated-x: true\nunskipable: [x]\n")
    done = subprocess.run([GATED, "sandbox", "start", "--listen", "127.0.0.1:0", "--data", scratch / "d", "--floor", floor],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 3 and "floor.yml:4:1" in done.stderr and "unskippable" in done.stderr


def test_a_port_that_is_taken_is_told(scratch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = subprocess.run([GATED, "sandbox", "start", "--listen", address, "--data", scratch / "d"],
                              capture_output=True, text=True, timeout=30)
    assert done.returncode == 3 and address in done.stderr


def test_a_wrong_call_leaves_the_sandbox_whole(sandbox, repository):
    for _ in range(20):
        raw(sandbox, "CodeCommit_20150413.CreatePullRequest", b"\xff\xfe{" * 1000)
        raw(sandbox, "CodeCommit_20150413.CreatePullRequest", {"title": "x" * 100_000, "targets": [{}] * 50})
    assert "✅ Approved" in repository(GREEN).open({"a": "1"}).verdict()
