"""The published template, deployed for real into LocalStack, with the functions' program out of the zip: what CloudFormation
makes of it, and what a removal leaves."""

import http.server
import json
import threading

import pytest

from calls import ROOT
from emulator import ACCOUNT, CANNOT, CANNOT_IF_ASKED, MOCKED, REGION


def deploy(aws, service):
    client = aws.client("cloudformation")
    values = {"ServiceName": service, "RepositoryName": "payments", "CodeBucket": "code", "CodeKey": "gated.zip"}
    client.create_stack(StackName=service, TemplateURL=f"{aws.endpoint}/code/template.json", Capabilities=["CAPABILITY_NAMED_IAM"],
         Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()])
    client.get_waiter("stack_create_complete").wait(StackName=service, WaiterConfig={"Delay": 1, "MaxAttempts": 240})
    return {r["LogicalResourceId"]: r for r in client.describe_stack_resources(StackName=service)["StackResources"]}


@pytest.fixture(scope="module")
def deployed(aws):
    return deploy(aws, "shop")


def test_everything_is_made_but_what_the_emulator_cannot_take(aws, deployed, published):
    assert {r["ResourceStatus"] for r in deployed.values()} == {"CREATE_COMPLETE"}
    assert set(deployed) == set(published.resources)
    assert aws.not_taken() - set(CANNOT_IF_ASKED) == set(CANNOT)
    assert {"AWS::ECR::Repository"} == MOCKED & {r["ResourceType"] for r in deployed.values()}


def test_the_functions_are_there_with_a_live_alias_and_say_which_they_are(aws, deployed):
    client = aws.client("lambda")
    names = sorted(f["FunctionName"] for f in client.list_functions()["Functions"] if f["FunctionName"].startswith("shop-"))
    assert names == ["shop-approval-rule", "shop-intake", "shop-judge", "shop-sweeper", "shop-voter"]
    for name in names:
        answer = client.invoke(FunctionName=name, Qualifier="live", Payload=b'{"about": {}}')
        about = json.loads(answer["Payload"].read())
        assert about["function"] == name.removeprefix("shop-"), about
        assert about["voter"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/shop-voter-{REGION}/shop-voter"
        assert about["stateMachine"] == f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:shop:live"
        assert about["reportGroups"] is False


def test_the_state_machine_calls_the_functions_of_this_stack(aws, deployed):
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:shop"
    definition = json.loads(aws.client("stepfunctions").describe_state_machine(stateMachineArn=arn)["definition"])
    assert "${" not in json.dumps({name: s for name, s in definition["States"].items()})
    function = definition["States"]["Judge"]["Parameters"]["FunctionName"]
    assert function == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:shop-judge:1"
    name = definition["States"]["ReadConfiguration"]["Parameters"]["Name"]
    configuration = json.loads(aws.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
    assert configuration["buildRole"] == f"arn:aws:iam::{ACCOUNT}:role/shop-build-{REGION}"


def test_rules_reach_the_functions_and_keep_what_they_cannot_deliver(aws, deployed):
    events = aws.client("events")
    rules = [rule["Name"] for rule in events.list_rules(NamePrefix="shop-")["Rules"]]
    assert sorted(rules) == ["shop-branches", "shop-executions", "shop-pull-requests", "shop-sweep", "shop-templates"]
    for rule in rules:
        [target] = events.list_targets_by_rule(Rule=rule)["Targets"]
        assert target["Arn"].endswith(":live") and target["DeadLetterConfig"]["Arn"].endswith(":shop-undelivered")


def test_a_sample_event_is_matched_by_its_rule(aws, deployed):
    events = aws.client("events")
    patterns = [events.describe_rule(Name=f"shop-{name}")["EventPattern"] for name in ("pull-requests", "branches")]
    for path in sorted((ROOT / "tests/fixtures/events").glob("*.json")):
        event = json.loads(path.read_text().replace("demo-repo", "payments").replace("us-east-1", REGION).replace("111122223333", ACCOUNT))
        for pattern in patterns:
            matched = events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"]
            assert matched == (event["detail"].get("event") in json.loads(pattern)["detail"]["event"]), path.name


class Answers(http.server.BaseHTTPRequestHandler):
    """Where CloudFormation's presigned address would lead."""

    received = []

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append(json.loads(body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def test_the_deployed_function_makes_and_removes_the_approval_rule(aws, deployed, published):
    """CloudFormation's request as it would send it, with the template's own properties."""
    codecommit = aws.sandbox.client("alice", "codecommit")
    codecommit.create_repository(repositoryName="payments")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    voter = f"arn:aws:sts::{ACCOUNT}:assumed-role/shop-voter-{REGION}/shop-voter"
    [wanted] = published.of_type("Custom::ApprovalRuleTemplate").values()
    assert set(wanted) <= {"ServiceToken", "ServiceTimeout", "TemplateName", "Description", "Pool", "NumberOfApprovals",
                           "Destinations", "Repositories", "FloorUnknown", "Program"}
    given = {"Destinations": ["refs/heads/main"], "FloorUnknown": "true", "Program": "gated.zip"}
    properties = wanted | {"ServiceToken": "", "TemplateName": "shop", "Pool": [voter], "Repositories": ["payments"]} | given
    request = {
        "RequestType": "Create", "ResponseURL": f"http://127.0.0.1:{server.server_port}/answer", "StackId": "stack",
        "RequestId": "1", "ResourceType": "Custom::ApprovalRuleTemplate", "LogicalResourceId": "ApprovalRule",
        "ResourceProperties": properties,
    }

    def send(**more):
        aws.client("lambda").invoke(FunctionName="shop-approval-rule", Qualifier="live", Payload=json.dumps(request | more).encode())
        return Answers.received.pop()

    created = send()
    assert (created["Status"], created["PhysicalResourceId"]) == ("SUCCESS", "shop"), created
    content = codecommit.get_approval_rule_template(approvalRuleTemplateName="shop")["approvalRuleTemplate"]["approvalRuleTemplateContent"]
    [statement] = json.loads(content)["Statements"]
    assert statement["ApprovalPoolMembers"] == [voter]
    assert "shop" in codecommit.list_associated_approval_rule_templates_for_repository(repositoryName="payments")["approvalRuleTemplateNames"]
    deleted = send(RequestType="Delete", PhysicalResourceId="shop", RequestId="2")
    assert deleted["Status"] == "SUCCESS"
    assert "shop" not in codecommit.list_approval_rule_templates()["approvalRuleTemplateNames"]
    server.shutdown()


def test_a_removal_leaves_the_records_alone(aws):
    """An upgrade is not tried here: the emulator does not replace a version whose description changed, as CloudFormation's
    own schema has it (`test_template.py`). What it does to an execution in flight is tried in the sandbox
    (`engine/sandbox/tests/flow/upgrade.rs`)."""
    before = deploy(aws, "till")
    client = aws.client("lambda")
    formation = aws.client("cloudformation")
    formation.delete_stack(StackName="till")
    formation.get_waiter("stack_delete_complete").wait(StackName="till", WaiterConfig={"Delay": 1, "MaxAttempts": 240})
    buckets = [b["Name"] for b in aws.client("s3").list_buckets()["Buckets"]]
    [bucket] = [r["PhysicalResourceId"] for r in before.values() if r["ResourceType"] == "AWS::S3::Bucket"]
    assert bucket in buckets
    kept = json.loads(aws.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert {"ByTlsOnly", "OnlyTheGateWritesVerdicts", "NobodyDeletesDecisions"} <= {statement["Sid"] for statement in kept}
    assert not [f for f in client.list_functions()["Functions"] if f["FunctionName"].startswith("till-")]
    assert not aws.client("events").list_rules(NamePrefix="till-")["Rules"]
    assert not [r for r in aws.client("iam").list_roles()["Roles"] if r["RoleName"].startswith("till-")]
    machines = aws.client("stepfunctions").list_state_machines()["stateMachines"]
    assert "till" not in [m["name"] for m in machines]
