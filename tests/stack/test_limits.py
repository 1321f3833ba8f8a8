"""A hundred repositories with the longest names: every policy, pattern and variable is as short as AWS wants it, and nobody is
left out. What would be too long is refused before it is deployed."""

import fnmatch
import json
import re
import subprocess

import pytest

from template import several, text

NAMES = [f"{number:03}" + "x" * 97 for number in range(100)]
# The longest that the references in a text can stand for.
LONGEST = {"{AWS::Partition}": "aws-us-gov", "{AWS::Region}": "ap-southeast-99", "{AWS::AccountId}": "1" * 12,
           "{AWS::StackName}": "s" * 20}


@pytest.fixture(scope="module")
def large(synth):
    answer, [template] = synth(accountId="111122223333", serviceName="s" * 20, repositories=NAMES)
    assert answer.returncode == 0, answer.stderr
    template.warnings = answer.warnings
    return template


def deployed(value):
    """A value as AWS gets it: without blanks, and with what references stand for."""
    if isinstance(value, dict) and not (len(value) == 1 and next(iter(value)) in ("Ref", "Fn::Join", "Fn::GetAtt", "Fn::Sub")):
        return {name: deployed(inside) for name, inside in value.items()}
    if isinstance(value, list):
        return [deployed(inside) for inside in value]
    found = text(value)
    for reference, longest in LONGEST.items():
        found = found.replace(reference, longest)
    return re.sub(r"\{[\w.]+\}", "x" * 100, found)


def size(value):
    return len(json.dumps(deployed(value), separators=(",", ":")))


def policies_of(template, role):
    """The managed policies that are attached to a role."""
    return [p for p in template.of_type("AWS::IAM::ManagedPolicy").values() if {"Ref": role} in p.get("Roles", [])]


def test_every_policy_is_as_short_as_iam_wants_it(large):
    for name, role in large.of_type("AWS::IAM::Role").items():
        assert sum(size(policy["PolicyDocument"]) for policy in role["Policies"]) <= 10240, name
        assert size(role["AssumeRolePolicyDocument"]) <= 2048, name
        assert len(policies_of(large, name)) <= 10, name
    for name, policy in large.of_type("AWS::IAM::ManagedPolicy").items():
        assert size(policy["PolicyDocument"]) <= 6144, name
    for kind in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"):
        for name, policy in large.of_type(kind).items():
            assert size(policy["PolicyDocument"]) <= 20480, name


def test_every_pattern_variable_and_text_is_as_short_as_its_service_wants_it(large):
    for rule in large.of_type("AWS::Events::Rule").values():
        assert size(rule.get("EventPattern", {})) <= 2048
        assert len(text(rule["Name"])) <= 64
    for function in large.of_type("AWS::Lambda::Function").values():
        variables = function["Environment"]["Variables"]
        assert size(variables) <= 4096
        assert variables["GATED_REPOSITORIES"] == "/var/task/repositories"
    assert len(large.resources) <= 500
    assert len(json.dumps(large.body, separators=(",", ":"))) <= 1_000_000


def test_no_repository_is_left_out_by_a_role_a_rule_or_a_guard(large):
    everything = {f"arn:{{AWS::Partition}}:codecommit:{{AWS::Region}}:{{AWS::AccountId}}:{name}" for name in NAMES}
    for role in ("intake", "judge", "voter", "sweeper", "approval-rule", "states"):
        allowed = {}
        [logical] = [name for name, r in large.of_type("AWS::IAM::Role").items() if f"-{role}-" in text(r["RoleName"])]
        documents = [p["PolicyDocument"] for p in large.of_type("AWS::IAM::Role")[logical]["Policies"] + policies_of(large, logical)]
        for statement in (s for document in documents for s in document["Statement"]):
            for action in several(statement["Action"]):
                allowed.setdefault(action, set()).update(map(text, several(statement["Resource"])))
        on_repositories = [found for found in allowed.values() if any(":codecommit:" in arn for arn in found)]
        assert on_repositories and all(found == everything for found in on_repositories), role
    rules = [r["EventPattern"] for r in large.of_type("AWS::Events::Rule").values() if "resources" in r.get("EventPattern", {})]
    for kind in ("CodeCommit Pull Request State Change", "CodeCommit Repository State Change"):
        named = [rule["resources"] for rule in rules if rule["detail-type"] == [kind]]
        assert len(named) > 1 and {text(arn) for resources in named for arn in resources} == everything, kind
    denied = {}
    for s in large.statements():
        if s.effect == "Deny":
            denied.setdefault(re.sub(r"\d+$", "", s.sid), set()).update(s.resources)
    for sid in ("NoWayAroundPullRequests", "NoOtherRepositoryInItsPlace", "NoOverrideNoEdit"):
        assert denied[sid] == everything


def test_more_guards_than_a_role_takes_are_told_at_the_synthesis(large):
    names = [text(policy["ManagedPolicyName"]) for policy in large.of_type("AWS::IAM::ManagedPolicy").values()]
    guards = [name for name in names if "-guard-" in name]
    assert len(guards) > 10 and any(f"take {len(guards)} policies" in warning for warning in large.warnings)


def test_a_build_role_still_clones_its_own_repository_alone(large):
    clones = [s for s in large.statements() if s.owner.startswith("build") and s.sid == "CloneTheRepository"]
    assert sorted(arn.rsplit(":", 1)[1] for s in clones for arn in s.resources) == sorted([*NAMES, NAMES[0]])
    [boundary] = [s for s in large.statements() if "Boundary" in s.owner and s.sid == "CloneTheRepository"]
    assert all(fnmatch.fnmatchcase(arn, boundary.resources[0]) for s in clones for arn in s.resources)


def test_what_would_be_too_long_is_refused_with_what_to_do(synth):
    answer, _ = synth(accountId="111122223333", repositories=[f"{number:03}" + "x" * 97 for number in range(200)])
    assert answer.returncode == 2 and "repositoryPattern" in answer.stderr and "limit" in answer.stderr


def test_what_is_too_long_in_one_piece_is_refused_with_whose_it_is(large, clone, shell):
    """No number of policies holds a part that one does not hold."""
    program = "require('./build/lib/limits').policies([{ sid: 'S', actions: ['a:B'], resources: ['x'.repeat(6200)] }], 6144, 'the policy p')"
    refused = subprocess.run(["node", "--eval", program], cwd=clone, env=shell, capture_output=True, text=True)
    assert refused.returncode != 0
    assert re.search(r"a part of the policy p has 6203 characters, where there is room for \d+: name fewer", refused.stderr), refused.stderr


def test_as_many_branches_as_an_approval_rule_takes_fit_into_the_guard_of_many_repositories(synth):
    branches = [f"{number:02}" + "x" * 30 for number in range(58)]
    answer, [template] = synth(accountId="111122223333", serviceName="s" * 20, repositories=NAMES[:10], destinationBranches=branches)
    assert answer.returncode == 0, answer.stderr
    guards = [p for p in template.of_type("AWS::IAM::ManagedPolicy").values() if "guard-branches" in text(p["ManagedPolicyName"])]
    assert len(guards) <= 2 and all(size(guard["PolicyDocument"]) <= 6144 for guard in guards)
