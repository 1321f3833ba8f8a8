"""The guard of the gate's own parts: what would change the gate is denied to people, and nothing of their everyday work is."""

import fnmatch
import re

import pytest
from policy_sentry.querying.actions import get_action_data

from calls import ROOT, function_calls, iam, sdk_calls
from template import text

HERE = "{{AWS::Partition}}:{}:{{AWS::Region}}:{{AWS::AccountId}}:{}".format
BUCKET = "{StorageArtifacts.Arn}"
FUNCTIONS = ["intake", "judge", "voter", "sweeper", "approval-rule"]
ROLES = [*FUNCTIONS, "states", "build", "build-0a1b2c3d"]

# What would change a gate of the service `gate-2`, by resource.
DEEDS = {
    **{HERE("lambda", f"function:gate-2-{name}{part}"): [
        "lambda:AddPermission", "lambda:CreateFunction", "lambda:DeleteAlias", "lambda:DeleteFunction", "lambda:PublishVersion",
        "lambda:PutFunctionConcurrency", "lambda:RemovePermission", "lambda:UpdateAlias", "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration"] for name in FUNCTIONS for part in ("", ":live")},
    **{HERE("states", name): ["states:DeleteStateMachine", "states:DeleteStateMachineAlias", "states:StartExecution",
                              "states:UpdateStateMachine", "states:UpdateStateMachineAlias"]
       for name in ("stateMachine:gate-2", "stateMachine:gate-2:live", "stateMachine:gate-2:3")},
    HERE("states", "execution:gate-2:pr-1"): ["states:RedriveExecution", "states:StopExecution"],
    BUCKET: ["s3:DeleteBucketPolicy", "s3:PutBucketAcl", "s3:PutBucketPolicy", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration"],
    **{f"{BUCKET}/{prefix}/x": ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject", "s3:ReplicateObject"]
       for prefix in ("builds", "decisions", "evidence", "plans")},
    HERE("ecr", "repository/gate-2"): ["ecr:BatchDeleteImage", "ecr:PutImage", "ecr:PutImageTagMutability"],
    **{HERE("ssm", f"parameter/gate-2/{name}"): ["ssm:DeleteParameter", "ssm:DeleteParameters", "ssm:PutParameter"]
       for name in ("config", "projects/payments-pr-1")},
    **{HERE("events", f"rule/gate-2-{name}"): ["events:DeleteRule", "events:DisableRule", "events:PutRule", "events:PutTargets",
                                               "events:RemoveTargets"]
       for name in ("pull-requests", "pull-requests-2", "branches", "templates", "executions", "sweep")},
    **{HERE("sqs", f"gate-2-{name}"): ["sqs:PurgeQueue", "sqs:SetQueueAttributes", "sqs:DeleteQueue"] for name in ("failed", "undelivered")},
    **{HERE("logs", f"log-group:{name}:log-stream:x"): ["logs:DeleteLogGroup", "logs:DeleteLogStream", "logs:PutRetentionPolicy"]
       for name in ("/gate-2/builds", "/aws/lambda/gate-2-voter", "/aws/vendedlogs/states/gate-2")},
    HERE("cloudwatch", "alarm:gate-2-override-used"): ["cloudwatch:DeleteAlarms", "cloudwatch:DisableAlarmActions"],
    HERE("cloudformation", "stack/{AWS::StackName}/1"): ["cloudformation:CreateChangeSet", "cloudformation:DeleteStack",
                                                         "cloudformation:ExecuteChangeSet", "cloudformation:UpdateStack"],
}
ACCOUNTS = "arn:{{AWS::Partition}}:iam::{{AWS::AccountId}}:{}".format
DEEDS = {resource if resource.startswith(BUCKET) else f"arn:{resource}": actions for resource, actions in DEEDS.items()} | {
    ACCOUNTS(f"role/gate-2-{name}-{{AWS::Region}}"): [
        "iam:AttachRolePolicy", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PassRole", "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy", "sts:AssumeRole"] for name in ROLES} | {
    ACCOUNTS(f"policy/gate-2-{name}-{{AWS::Region}}"): [
        "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion"]
    for name in ("guard-branches", "guard-gate", "build-boundary", "judge-2")}

# What the people of a repository do all day.
EVERYDAY = {
    "arn:" + HERE("lambda", "function:checkout"): ["lambda:CreateFunction", "lambda:InvokeFunction", "lambda:UpdateFunctionCode"],
    "arn:" + HERE("lambda", "function:gate-2-intake:live"): ["lambda:InvokeFunction"],
    "arn:" + HERE("lambda", "function:gate-2-sweeper:live"): ["lambda:InvokeFunction"],
    "arn:" + HERE("states", "stateMachine:orders"): ["states:StartExecution", "states:UpdateStateMachine"],
    "arn:{AWS::Partition}:s3:::checkout/decisions/x": ["s3:PutObject", "s3:DeleteObject"],
    "arn:{AWS::Partition}:s3:::checkout": ["s3:PutBucketPolicy"],
    "arn:" + HERE("ssm", "parameter/checkout/config"): ["ssm:PutParameter"],
    "arn:" + HERE("events", "rule/nightly"): ["events:DisableRule", "events:PutRule", "events:PutTargets"],
    "arn:" + HERE("sqs", "orders"): ["sqs:PurgeQueue"],
    "arn:" + HERE("sqs", "gate-2-failed"): ["sqs:DeleteMessage", "sqs:ReceiveMessage"],
    "arn:" + HERE("logs", "log-group:/aws/lambda/checkout:*"): ["logs:DeleteLogGroup"],
    "arn:" + HERE("cloudformation", "stack/checkout/1"): ["cloudformation:DeleteStack", "cloudformation:UpdateStack"],
    "arn:" + HERE("codecommit", "a.b"): ["codecommit:CreatePullRequest", "codecommit:GitPull", "codecommit:MergePullRequestBySquash",
                                         "codecommit:PostCommentForPullRequest", "codecommit:UpdatePullRequestApprovalState"],
    ACCOUNTS("role/checkout"): ["iam:PassRole", "sts:AssumeRole", "iam:AttachRolePolicy"],
}


def guard(template):
    """The statements of the guard, by the policy's name."""
    [owner] = [name for name, p in template.of_type("AWS::IAM::ManagedPolicy").items() if "-guard-gate" in text(p["ManagedPolicyName"])]
    return template.statements(owner)


@pytest.fixture
def statements(whole):
    found = guard(whole)
    # The simplest reading of a policy there is: a statement that denies an action on a resource, whatever else is asked.
    assert {s.effect for s in found} == {"Deny"}
    return found


def denied(statements, action, resource):
    def same(part):
        return part.replace("111122223333", "{AWS::AccountId}")

    return any(action in s.actions and any(fnmatch.fnmatchcase(bucketless(resource), bucketless(same(r))) for r in s.resources)
               for s in statements if not s.condition)


def bucketless(resource):
    """An ARN of the bucket or in it, whatever its logical id ends in."""
    return re.sub(r"\{Storage(Artifacts|Images)[0-9A-F]*\.Arn\}", r"{Storage\1.Arn}", resource).replace(
        "{StorageImages.Arn}", "arn:" + HERE("ecr", "repository/gate-2"))


def test_whoever_has_the_guard_changes_no_part_of_the_gate(statements):
    left = [(action, resource) for resource, actions in DEEDS.items() for action in actions if not denied(statements, action, resource)]
    assert not left


def test_whoever_has_the_guard_calls_no_function_in_anothers_name(statements):
    """The approval rule's function would take the rule away for whoever says `Delete`."""
    for name in ("judge", "voter", "approval-rule"):
        for part in ("", ":live", ":7"):
            assert denied(statements, "lambda:InvokeFunction", "arn:" + HERE("lambda", f"function:gate-2-{name}{part}"))


def test_nobody_takes_a_guard_off(statements):
    [taken] = [s for s in statements if s.condition]
    assert set(taken.actions) == {"iam:DetachGroupPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy"} and taken.resources == ["*"]
    assert "gate-2-*" in text(taken.condition["ArnLike"]["iam:PolicyARN"])


def test_whoever_has_the_guard_works_as_before(statements):
    stopped = [(action, resource) for resource, actions in EVERYDAY.items() for action in actions if denied(statements, action, resource)]
    assert not stopped


def test_whoever_has_the_guard_uses_the_command_line_as_before(statements):
    """All commands but `teardown`, which is for whoever removes the gate."""
    sources = [path for path in (ROOT / "engine/cli").rglob("*.rs") if path.name != "teardown.rs"]
    methods = {method for path in sources for method in re.findall(r"\baws\s*\.\s*(\w+)\(", path.read_text())}
    needed = iam(sdk_calls(methods))
    assert {"codecommit:CreateCommit", "states:ListExecutions", "lambda:InvokeFunction"} <= needed
    # Which functions may be called is told above: `rerun` asks intake.
    assert not needed - {"lambda:InvokeFunction"} & {action for s in statements for action in s.actions}
    assert "Function::Intake" in (ROOT / "engine/cli/rerun.rs").read_text()


def test_the_guard_only_denies_what_changes_something(statements):
    for s in statements:
        for action in s.actions:
            service, name = action.split(":")
            levels = {row["access_level"] for row in get_action_data(service, name)[service]}
            assert not levels & {"Read", "List"}, action


def test_what_the_gates_own_roles_do_with_its_parts_is_among_what_people_are_denied(statements):
    """Whatever the functions and the state machine write of the gate's own, only they write."""
    written = {action for name in FUNCTIONS for action in iam(function_calls(name.replace("-", "_")))
               if action.split(":")[0] in ("s3", "states", "ssm", "ecr")
               and {row["access_level"] for row in get_action_data(*action.split(":"))[action.split(":")[0]]} & {"Write"}}
    assert written >= {"s3:PutObject", "states:StartExecution", "ecr:BatchDeleteImage"}
    assert written - {"s3:PutObjectRetention"} <= {action for s in statements for action in s.actions}
