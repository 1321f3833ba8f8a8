"""Two stacks in one account have nothing in common, and two of one name in two regions nothing that is the account's: no name, and no pattern in a policy that fits what is the other's."""

import functools
import itertools
import re

import pytest

from template import text

# The rule by which Step Functions waits for builds is its own, one for the account (Step Functions developer guide, CodeBuild).
OF_THE_ACCOUNT = "rule/StepFunctionsGetEventForCodeBuildStartBuildRule"


@pytest.fixture(scope="module")
def stacks(synth):
    """Services and repositories whose names run into one another when they are put side by side."""
    made = {}
    for service, repository in (("gated", "build-demo"), ("gated-build", "demo")):
        answer, [made[service]] = synth(accountId="111122223333", serviceName=service, repositoryName=repository, reportGroups=True)
        assert answer.returncode == 0, answer.stderr
    return made


def names(template):
    """`(type, property, name)` of everything that the stack names itself."""
    for resource in template.resources.values():
        for key, value in resource["Properties"].items():
            if key == "Name" or key in ("RoleName", "PolicyName", "ManagedPolicyName", "StateMachineName", "RepositoryName",
                                        "TemplateName", "QueueName", "LogGroupName", "AlarmName", "DashboardName"):
                yield resource["Type"], key, text(value)
            if resource["Type"] == "AWS::Lambda::Function" and key == "FunctionName":
                yield resource["Type"], key, text(value)


def patterns(service, template):
    """Resources that somebody may do something with. What a reference stands for is the stack's own."""
    for statement in template.statements():
        if statement.effect == "Allow":
            for resource in statement.resources:
                if resource != "*" and OF_THE_ACCOUNT not in resource:
                    yield re.sub(r"\{(?!AWS::)", "{" + service + " ", resource)


@functools.cache
def overlap(a, b):
    """Whether some text fits both patterns."""
    if not a or not b:
        return set(a + b) <= {"*"}
    if a[0] == "*":
        return overlap(a[1:], b) or overlap(a, b[1:])
    if b[0] == "*":
        return overlap(b, a)
    return a[0] == b[0] and overlap(a[1:], b[1:])


def test_no_two_stacks_have_a_name_in_common(stacks):
    # A live alias is its function's or state machine's, which is named apart.
    own = {service: {name for name in names(template) if name[2] != "live"} for service, template in stacks.items()}
    assert all(len(found) > 30 for found in own.values())
    for one, other in itertools.combinations(own.values(), 2):
        assert not one & other


def test_two_regions_of_one_name_share_nothing_that_is_the_accounts(stacks):
    """Roles, policies and dashboards have one name for all regions, and a bucket one for everybody."""
    of_the_account = {"AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::CloudWatch::Dashboard"}
    template = stacks["gated"]
    found = {kind: name for kind, _, name in names(template) if kind in of_the_account}
    assert set(found) == of_the_account
    for kind, _, name in names(template):
        assert kind not in of_the_account or name.replace("{AWS::Region}", "eu-west-1") != name.replace("{AWS::Region}", "eu-west-3"), name
    # CloudFormation makes up its name.
    assert all("BucketName" not in bucket for bucket in template.of_type("AWS::S3::Bucket").values())


def test_what_one_stack_may_touch_is_never_the_others(stacks):
    assert overlap("a-*", "a-b*") and overlap("*b", "a*") and not overlap("a-*", "a_b-*")
    own = {service: set(patterns(service, template)) for service, template in stacks.items()}
    assert all(len(found) > 20 for found in own.values())
    for one, other in itertools.combinations(own, 2):
        shared = [(a, b) for a in own[one] for b in own[other] if overlap(a, b)]
        assert not shared, shared
