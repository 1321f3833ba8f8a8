"""Who calls is who signs; git asks nobody; and only the voter's vote meets the gate's rule."""

import json
import subprocess

import boto3
import botocore.exceptions
import pytest

from gate import VOTER, artifacts
from project import GREEN, RED, Repository
from sandbox import ACCOUNT, REGION


def refusal(call):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call()
    return refused.value.response["Error"]["Code"]


def as_role(sandbox, user, role, session, service):
    """A client with the credentials of a role session."""
    given = sandbox.client(user, "sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName=session)["Credentials"]
    return boto3.client(service, endpoint_url=sandbox.endpoint, region_name=REGION, aws_access_key_id=given["AccessKeyId"],
                        aws_secret_access_key=given["SecretAccessKey"], aws_session_token=given["SessionToken"])


def test_the_access_key_id_is_the_user(sandbox):
    who = sandbox.aws("alice", "sts", "get-caller-identity")
    assert (who["Arn"], who["Account"]) == (f"arn:aws:iam::{ACCOUNT}:user/alice", ACCOUNT)


def test_assume_role_gives_a_session_that_signs_as_itself(sandbox):
    given = sandbox.aws("alice", "sts", "assume-role", "--role-arn", f"arn:aws:iam::{ACCOUNT}:role/ReleaseManagers",
                        "--role-session-name", "ruth")
    assert given["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/ReleaseManagers/ruth"
    who = as_role(sandbox, "alice", "ReleaseManagers", "ruth", "sts").get_caller_identity()
    assert who["Arn"] == given["AssumedRoleUser"]["Arn"]


def test_git_clones_and_pushes_without_credentials_and_the_first_branch_becomes_the_default(sandbox, repository, scratch):
    made = repository(GREEN)
    made.push("later", {"b": "1"}, "main")
    metadata = sandbox.aws("alice", "codecommit", "get-repository", "--repository-name", made.name)["repositoryMetadata"]
    assert metadata["defaultBranch"] == "main"
    made.git("clone", "--quiet", made.url, str(scratch / "again"), at=scratch)
    assert (scratch / "again" / "test.sh").read_text() == GREEN["test.sh"]
    head = subprocess.run(["git", "-C", scratch / "again", "branch", "--show-current"], capture_output=True, text=True)
    assert head.stdout.strip() == "main"


def test_a_first_branch_of_another_name_becomes_the_default_too(sandbox, scratch):
    made = Repository(sandbox, "trunk-based", scratch)
    made.commit(GREEN)
    made.git("push", "--quiet", made.url, "HEAD:refs/heads/trunk")
    answer = sandbox.client("alice", "codecommit").get_repository(repositoryName=made.name)
    assert answer["repositoryMetadata"]["defaultBranch"] == "trunk"


def test_git_and_the_api_show_one_state(sandbox, repository):
    made = repository(GREEN)
    commit = made.push("side", {"b.txt": "from git\n"}, "main")
    answer = sandbox.aws("bob", "codecommit", "get-branch", "--repository-name", made.name, "--branch-name", "side")
    assert answer["branch"]["commitId"] == commit
    put = sandbox.client("bob", "codecommit").put_file(
        repositoryName=made.name, branchName="side", fileContent=b"from the api\n", filePath="c.txt", parentCommitId=commit)
    made.git("fetch", "--quiet", made.url, "side")
    assert made.git("rev-parse", "FETCH_HEAD") == put["commitId"]
    assert made.git("show", "FETCH_HEAD:c.txt") == "from the api"


def test_neither_author_nor_anybody_else_can_satisfy_the_gates_rule(sandbox, repository):
    pull = repository(GREEN).open({"test.sh": RED})
    pull.verdict("Not approved")
    client = sandbox.client("alice", "codecommit")
    assert refusal(lambda: pull.vote("alice")) == "PullRequestCannotBeApprovedByAuthorException"
    for user in ("bob", "carol", "gated-voter"):
        pull.vote(user)
    for role, session in (("gated-build", "gated-voter"), ("Admins", "gated-voter")):
        as_role(sandbox, "bob", role, session, "codecommit").update_pull_request_approval_state(
            pullRequestId=pull.id, revisionId=pull.revision, approvalState="APPROVE")
    pull.settled()
    answer = sandbox.aws("bob", "codecommit", "evaluate-pull-request-approval-rules", "--pull-request-id", pull.id,
                         "--revision-id", pull.revision)
    assert answer["evaluation"]["approved"] is False
    states = sandbox.aws("bob", "codecommit", "get-pull-request-approval-states", "--pull-request-id", pull.id,
                         "--revision-id", pull.revision)["approvals"]
    assert VOTER not in {state["userArn"] for state in states if state["approvalState"] == "APPROVE"}
    assert refusal(lambda: client.merge_pull_request_by_squash(
        pullRequestId=pull.id, repositoryName=pull.repository.name)) == "PullRequestApprovalRulesNotSatisfiedException"


@pytest.mark.parametrize("role", ["gated-voter", "gated-judge"])
def test_nobody_can_take_the_role_of_one_of_the_gates_functions(sandbox, role):
    assert refusal(lambda: as_role(sandbox, "alice", role, role, "sts")) == "AccessDenied"


def made_up(pull):
    """Payloads for the voter that somebody might try."""
    red = {"version": 1, "verdict": {"kind": "pass"}}
    gate = {"pullRequestId": pull.id, "revisionId": pull.revision, "attempt": 1}
    return [
        {"action": "vote", "verdict": "pass", **gate},
        {"action": "vote", "record": red},
        {"action": "vote", "record": f"builds/{pull.project}/gated/record.json"},
        {"action": "vote", "record": "decisions/../builds/x.json"},
        {"action": "vote", "record": "plans/x.json"},
        {"action": "approve", **gate},
        {"action": "trouble", "execution": "x", "gate": {**gate, "verdict": "pass"}},
    ]


def test_a_made_up_payload_for_the_voter_cannot_approve(sandbox, repository):
    pull = repository(GREEN).open({"test.sh": RED})
    pull.verdict("Not approved")
    for client in (sandbox.client("alice", "lambda"), as_role(sandbox, "alice", "gated-build", "build", "lambda")):
        for payload in made_up(pull):
            answer = client.invoke(FunctionName="gated-voter", Payload=json.dumps(payload).encode())
            said = json.loads(answer["Payload"].read())
            assert answer.get("FunctionError") or said.get("vote") in (None, "revoked"), (payload, said)
    assert pull.votes() == set() and not pull.approved()


def test_a_record_of_another_pull_request_cannot_approve_this_one(sandbox, repository):
    made = repository(GREEN)
    good = made.open({"a": "1"}, branch="good")
    good.verdict("✅ Approved")
    bad = made.open({"test.sh": RED}, branch="bad")
    bad.verdict("Not approved")
    record, = [key for key in artifacts(sandbox, f"decisions/{made.name}/pr-{good.id}/")
               if key.removesuffix(".json").endswith("-1")]
    payload = {"action": "vote", "record": record, "gate": {"pullRequestId": bad.id, "revisionId": bad.revision}}
    sandbox.client("alice", "lambda").invoke(FunctionName="gated-voter", Payload=json.dumps(payload).encode())
    assert bad.votes() == set()


def test_an_override_is_told_and_the_gates_own_vote_stays_what_it_was(sandbox, repository):
    pull = repository(GREEN).open({"test.sh": RED})
    pull.verdict("Not approved")
    sandbox.client("olga", "codecommit").override_pull_request_approval_rules(
        pullRequestId=pull.id, revisionId=pull.revision, overrideStatus="OVERRIDE")
    pull.settled()
    assert pull.votes() == set() and "Not approved" in pull.comment()
    assert pull.merge()["pullRequest"]["pullRequestStatus"] == "CLOSED"
