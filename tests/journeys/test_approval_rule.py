"""The approval rule template as CloudFormation's custom resource: made, changed, renamed and deleted, and always answered."""

import http.server
import json
import threading

import pytest

from account import Account
from gate import VOTER
from project import GREEN
from runtime import Runtime
from test_bootstrap import BOOTSTRAP

PROPERTIES = {
    "ServiceToken": "arn:aws:lambda:us-east-1:111122223333:function:gated-approval-rule:live",
    "TemplateName": "payments",
    "Description": "The gate has approved the revision that was built",
    "Pool": [VOTER],
    "NumberOfApprovals": "1",
    "Destinations": ["refs/heads/main", "release/*"],
    "Repositories": [],
    "RepositoryPatterns": [],
    "Mode": "enforce",
}


@pytest.fixture
def answers():
    """Where CloudFormation waits for the answer: a server that keeps what is put."""
    kept = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self):
            kept.append((dict(self.headers), json.loads(self.rfile.read(int(self.headers["content-length"])))))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kept_at = f"http://127.0.0.1:{server.server_port}/answer?X-Amz-Signature=abc%2Fdef&x=1"
    yield kept_at, kept
    server.shutdown()


def request(answers, kind, physical=None, **properties):
    """One request as CloudFormation sends it."""
    event = {
        "RequestType": kind, "ResponseURL": answers[0], "StackId": "arn:aws:cloudformation:::stack/gated/1", "RequestId": "r-1",
        "ResourceType": "Custom::ApprovalRuleTemplate", "LogicalResourceId": "Rule",
        "ResourceProperties": {**PROPERTIES, **properties},
    }
    return event | ({"PhysicalResourceId": physical} if physical else {})


def ask(sandbox, answers, kind, physical=None, **properties):
    """Asks the function, and returns what it put."""
    _, kept = answers
    event = request(answers, kind, physical, **properties)
    answer = sandbox.client("alice", "lambda").invoke(
        FunctionName="gated-approval-rule", Payload=json.dumps(event).encode())
    assert "FunctionError" not in answer, answer["Payload"].read()
    headers, body = kept[-1]
    assert "content-type" not in {name.lower() for name in headers}, "a presigned URL refuses what it did not sign"
    assert (body["StackId"], body["RequestId"], body["LogicalResourceId"]) == (event["StackId"], "r-1", "Rule")
    return body


def content(sandbox, name):
    template = sandbox.client("alice", "codecommit").get_approval_rule_template(approvalRuleTemplateName=name)
    return json.loads(template["approvalRuleTemplate"]["approvalRuleTemplateContent"])


def of_template(sandbox, name):
    answer = sandbox.client("alice", "codecommit").list_repositories_for_approval_rule_template(
        approvalRuleTemplateName=name)
    return sorted(answer["repositoryNames"])


def names(sandbox):
    return sandbox.client("alice", "codecommit").list_approval_rule_templates()["approvalRuleTemplateNames"]


def test_it_is_made_changed_renamed_and_deleted(own, repository, answers):
    sandbox = own()
    one, two = (repository(GREEN, within=sandbox).name for _ in range(2))
    made = ask(sandbox, answers, "Create", Repositories=[one, "not-there-yet"])
    assert (made["Status"], made["PhysicalResourceId"]) == ("SUCCESS", "payments")
    said = content(sandbox, "payments")
    assert said["DestinationReferences"] == ["refs/heads/main", "refs/heads/release/*"]
    assert said["Statements"] == [{"Type": "Approvers", "NumberOfApprovalsNeeded": 1, "ApprovalPoolMembers": [VOTER]}]
    assert of_template(sandbox, "payments") == [one]
    again = ask(sandbox, answers, "Create", Repositories=[one])
    assert (again["Status"], again["PhysicalResourceId"]) == ("SUCCESS", "payments"), "CloudFormation repeats requests"

    changed = ask(sandbox, answers, "Update", "payments", Repositories=[two], Destinations=["refs/heads/*"])
    assert changed["Status"] == "SUCCESS" and of_template(sandbox, "payments") == [two]
    assert "DestinationReferences" not in content(sandbox, "payments")

    renamed = ask(sandbox, answers, "Update", "payments", TemplateName="ledger", RepositoryPatterns=["journey-*"])
    assert renamed["PhysicalResourceId"] == "ledger" and of_template(sandbox, "ledger") == sorted([one, two])
    gone = ask(sandbox, answers, "Delete", "payments", TemplateName="payments")
    assert gone["Status"] == "SUCCESS" and names(sandbox) == ["gated", "ledger"]
    for _ in range(2):
        assert ask(sandbox, answers, "Delete", "ledger")["Status"] == "SUCCESS", "what is not there is deleted"
    assert names(sandbox) == ["gated"]


def test_somebody_elses_template_is_neither_taken_nor_deleted(own, answers):
    sandbox = own()
    theirs = {"Version": "2018-11-08", "Statements": [
        {"Type": "Approvers", "NumberOfApprovalsNeeded": 2, "ApprovalPoolMembers": ["CodeCommitApprovers:111122223333:*"]}]}
    sandbox.client("bob", "codecommit").create_approval_rule_template(
        approvalRuleTemplateName="payments", approvalRuleTemplateContent=json.dumps(theirs))
    refused = ask(sandbox, answers, "Create")
    assert refused["Status"] == "FAILED" and "its pool is not this gate's voter" in refused["Reason"]
    # CloudFormation follows a failed creation with a deletion of what it was told.
    assert ask(sandbox, answers, "Delete", refused["PhysicalResourceId"])["Status"] == "SUCCESS"
    assert content(sandbox, "payments") == theirs


def test_whatever_is_wrong_is_answered_with_its_reason(own, answers):
    sandbox = own("version: 1\ngate: {destinations: [main]}\n")
    for properties, words in [
        ({"Destinations": ["refs/heads/*-x", "**/y"]}, "cannot"),
        ({"NumberOfApprovals": "one"}, "NumberOfApprovals"),
        ({"Destinations": ["release"]}, "policy and rule must name the same"),
        ({"Mode": "observe", "Destinations": [], "Repositories": ["a"]}, "mode: observe"),
        ({"Pool": "x"}, "properties"),
    ]:
        refused = ask(sandbox, answers, "Create", **properties)
        assert refused["Status"] == "FAILED" and words in refused["Reason"], (properties, refused)
        assert len(json.dumps(refused)) < 4096
    assert names(sandbox) == ["gated"]


@pytest.mark.parametrize("floor, words", [
    ("gate: {destinations: [main]}\nsecrets-allowed: [/ci/]\n", "the floor says secrets-allowed, and"),
    ("gate: {destinations: [main]}\nprofiles: {net: {vpc: vpc-1, subnets: [subnet-1], security-groups: [sg-1], key: alias/k}}\n",
     "the floor says profiles.net.key, profiles.net.vpc, and"),
    ("gate: {destinations: [main, release/*]}\n", "give the parameter DestinationReferences=refs/heads/main,refs/heads/release/*"),
    ("mode: enforce\n", "give the parameter DestinationReferences=refs/heads/*"),
    ("gate: {destinations: [main]}\nprofiles: {plain: {docker: true}}\n", ""),
])
def test_a_stack_that_was_made_without_knowing_the_floor_refuses_one_that_it_does_not_fit(own, answers, floor, words):
    """The published template has no permissions for secrets and networks, and its policies name the branches of a parameter."""
    asked = ask(own(f"version: 1\n{floor}"), answers, "Create", Destinations=["refs/heads/main"], FloorUnknown="true")
    assert (asked["Status"] == "FAILED") == bool(words) and words in asked["Reason"], asked


def test_an_observed_repository_is_not_bound(own, repository, answers):
    sandbox = own("version: 1\nmode: observe\n")
    one = repository(GREEN, within=sandbox).name
    assert ask(sandbox, answers, "Create", Repositories=[one], Mode="observe")["Status"] == "SUCCESS"
    assert "payments" in names(sandbox) and of_template(sandbox, "payments") == []


def test_a_stack_that_is_not_called_like_its_service_is_refused_at_once(own, answers):
    """The guard's policy and the doctor know the stack by that name."""
    sandbox = own()
    event = request(answers, "Create", Repositories=["a"]) | {"StackId": "arn:aws:cloudformation:us-east-1:1:stack/platform/1"}
    sandbox.client("alice", "lambda").invoke(FunctionName="gated-approval-rule", Payload=json.dumps(event).encode())
    [(_, answer)] = answers[1]
    assert answer["Status"] == "FAILED" and answer["Reason"].startswith("the stack is called platform and its serviceName is gated")
    assert "payments" not in names(sandbox)


@pytest.mark.skipif(not BOOTSTRAP.exists(), reason=f"{BOOTSTRAP} was not built: cargo build -p gated-lambda --features runtime")
def test_a_floor_that_cannot_be_read_fails_the_deployment_and_is_told(own, scratch, answers):
    sandbox, floor = own(), scratch / "floor.yml"
    floor.write_text("version: 1\nmode: perhaps\n")
    runtime = Runtime(BOOTSTRAP, sandbox.environment("approval-rule") | {"GATED_FUNCTION": "approval-rule", "GATED_FLOOR": str(floor)})
    try:
        runtime.call(request(answers, "Create", Repositories=["a"]))
    finally:
        runtime.stop()
    [(_, answer)] = answers[1]
    assert answer["Status"] == "FAILED" and "the floor cannot be read (line 2: `perhaps` is not" in answer["Reason"], answer
    assert "payments" not in names(sandbox)


def test_a_request_that_cannot_be_read_is_answered_too(own, answers):
    url, kept = answers
    event = {"RequestType": "Guess", "ResponseURL": url, "StackId": "s", "RequestId": "r", "LogicalResourceId": "Rule"}
    own().client("alice", "lambda").invoke(FunctionName="gated-approval-rule", Payload=json.dumps(event).encode())
    [(_, answer)] = kept
    assert (answer["Status"], answer["RequestId"]) == ("FAILED", "r") and "Guess" in answer["Reason"]


class Narrowed(Account):
    """An account whose IAM lets nobody take a template off a repository that is not within `reach`."""

    reach = ()

    def answer(self, request, body):
        if request.headers.get("x-amz-target", "").endswith("BatchDisassociateApprovalRuleTemplateFromRepositories"):
            beyond = set(json.loads(body)["repositoryNames"]) - set(self.reach)
            if beyond:
                arn = f"arn:aws:codecommit:us-east-1:111122223333:{sorted(beyond)[0]}"
                refusal = {"__type": "AccessDeniedException", "Message": f"not authorized to perform it on resource: {arn}"}
                return 400, [("content-type", "application/x-amz-json-1.1")], json.dumps(refusal).encode()
        return super().answer(request, body)


@pytest.mark.skipif(not BOOTSTRAP.exists(), reason=f"{BOOTSTRAP} was not built: cargo build -p gated-lambda --features runtime")
def test_a_repository_that_is_out_of_reach_keeps_no_deployment_back_and_is_told(own, repository, answers):
    """The role is narrowed first: what left the stack is then beyond it."""
    sandbox = own()
    kept, gone, near = (repository(GREEN, within=sandbox).name for _ in range(3))
    assert ask(sandbox, answers, "Create", Repositories=[kept, gone, near])["Status"] == "SUCCESS"
    account = Narrowed(sandbox)
    account.reach = (kept, near)
    environment = sandbox.environment("approval-rule") | {"GATED_FUNCTION": "approval-rule", "AWS_ENDPOINT_URL": account.endpoint}
    runtime = Runtime(BOOTSTRAP, environment)
    try:
        _, done = runtime.call(request(answers, "Update", "payments", Repositories=[kept]))
        _, refused = runtime.call(request(answers, "Delete", "payments"))
    finally:
        runtime.stop()
    command = f"--approval-rule-template-name payments --repository-name {gone}"
    updated, deleted = (answer for _, answer in answers[1][-2:])
    assert updated["Status"] == "SUCCESS" and command in updated["Reason"] and near not in updated["Reason"], updated
    assert done["did"] == {"associated": [], "disassociated": [near], "notThere": [], "outOfReach": [gone]}
    # A template that is on a repository cannot be deleted: whoever deletes the stack is told what to do first.
    assert deleted["Status"] == refused["status"] == "FAILED" and command in deleted["Reason"]
    assert of_template(sandbox, "payments") == [gone]
    assert command in "".join(runtime.log)
    codecommit = sandbox.client("alice", "codecommit")
    codecommit.disassociate_approval_rule_template_from_repository(approvalRuleTemplateName="payments", repositoryName=gone)
    assert ask(sandbox, answers, "Delete", "payments")["Status"] == "SUCCESS" and "payments" not in names(sandbox)
