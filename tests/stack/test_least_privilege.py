"""Every role may do what its calls need, and nothing else. What is needed is derived from the code."""

import copy
import fnmatch
import itertools
import json
import os
import re
import subprocess

import pytest
from policy_sentry.querying.actions import get_action_data
from policy_sentry.querying.all import get_all_actions

from calls import ROOT
from privileges import BUILD, FUNCTIONS, Deployment, boundary, faults, granted
from template import Template, several, text
from test_report_groups import REPORTING

GATED = os.environ.get("GATED_BIN", ROOT / "target/debug/gated")
# What the two templates were asked for, see `conftest.py`.
PUBLISHED = Deployment("{ServiceName}", patterns=("{RepositoryName}",))
WHOLE = Deployment(
    "gate-2", repositories=("a.b", "a-b", "a-b-pr-5", "x" * 100), patterns=("team-*",),
    images=("ecr:repository/ci/*", "arn:aws:ecr:eu-west-1:{AWS::AccountId}:repository/theirs"), secrets=("/ci/",), aliases=("alias/ours",),
    roles=("arn:aws:iam::{AWS::AccountId}:role/theirs",),
    reports=("junit", "nunit", "nunit3", "testng", "trx", "cucumber", "cobertura", "jacoco", "clover", "simplecov"),
    network=("subnet/subnet-1", "security-group/sg-1"), others=("subnet/subnet-2", "security-group/sg-2"))
# Nothing of the gate's needs these.
FOREIGN = ["iam:ListRoles", "s3:ListAllMyBuckets", "s3:DeleteObject", "s3:PutObjectAcl", "ecr:DeleteRepository",
           "ecr:SetRepositoryPolicy", "logs:DeleteLogGroup", "codecommit:GitPush"]


@pytest.fixture(params=["whole", "published"])
def stack(request):
    """A template, and what it was asked for."""
    return request.getfixturevalue(request.param), WHOLE if request.param == "whole" else PUBLISHED


def owners(template):
    return [*template.roles(), boundary(template)]


def test_every_role_and_the_boundary_may_do_exactly_what_they_need_on_exactly_what_they_need(stack):
    template, asked = stack
    assert [fault for owner in owners(template) for fault in faults(template, asked, owner)] == []


def test_no_role_has_a_policy_that_is_attached_from_elsewhere(stack):
    """What is in the roles and the boundary is then all that they may do."""
    template, _ = stack
    assert not template.of_type("AWS::IAM::Policy")
    assert not [name for name, role in template.of_type("AWS::IAM::Role").items() if "ManagedPolicyArns" in role]
    attached = [key for policy in template.of_type("AWS::IAM::ManagedPolicy").values() for key in ("Roles", "Users", "Groups") if key in policy]
    assert attached == []


def test_a_build_does_what_its_permissions_are_for():
    for part, (words, path, _) in BUILD.items():
        assert words in (ROOT / path).read_text(), f"{path} does not say {words!r} any more: do builds still need {part}?"


def documents(template):
    """Owner and policy document of every role and of the boundary, to be changed in place."""
    for name, resource in template.resources.items():
        if resource["Type"] == "AWS::IAM::Role":
            [policy] = resource["Properties"]["Policies"]
            yield next(part for part in template.roles() if template.role(part) is resource["Properties"]), policy["PolicyDocument"]
    yield boundary(template), template.resources[boundary(template)]["Properties"]["PolicyDocument"]


def mutations(statement, others):
    """What could be wrong with a statement, and the statement so; `others`: resources of the template's other statements."""
    actions, resources = several(statement["Action"]), several(statement["Resource"])
    for foreign in FOREIGN:
        if foreign not in actions:
            yield f"also {foreign}", statement | {"Action": [*actions, foreign]}
    for action in actions:
        yield f"not {action}", statement | {"Action": [other for other in actions if other != action]}
    for index, resource in enumerate(resources):
        rest = resources[:index] + resources[index + 1:]
        yield f"not on {text(resource)}", statement | {"Resource": rest}
        if resource != "*":
            yield f"* for {text(resource)}", statement | {"Resource": [*rest, "*"]}
            yield f"all that begins with {text(resource)}", statement | {"Resource": [*rest, {"Fn::Join": ["", [resource, "*"]]}]}
    for other in others:
        if other not in resources:
            yield f"also on {text(other)}", statement | {"Resource": [*resources, other]}
    if "Condition" in statement:
        yield "without its condition", {name: value for name, value in statement.items() if name != "Condition"}
        for kind in statement["Condition"]:
            kept = {name: value for name, value in statement["Condition"].items() if name != kind}
            yield f"without {kind}", statement | {"Condition": kept}


def test_one_too_many_or_one_too_few_is_noticed_in_every_statement(stack):
    given, asked = stack
    template = Template(copy.deepcopy(given.body))
    tried = 0
    for owner, document in documents(template):
        every = [resource for statement in document["Statement"] for resource in several(statement["Resource"])]
        for index, statement in enumerate(list(document["Statement"])):
            assert faults(template, asked, owner) == []
            for wrong, mutated in mutations(statement, every):
                document["Statement"][index] = mutated
                # What another statement allows as well is no change.
                assert faults(template, asked, owner) or granted(template, owner) == granted(given, owner), (owner, statement["Sid"], wrong)
                tried += 1
            document["Statement"][index] = statement
            document["Statement"].pop(index)
            assert faults(template, asked, owner), f"{owner} can do without {statement['Sid']}"
            document["Statement"].insert(index, statement)
    assert tried > 1000


def test_only_one_role_may_vote_and_nobody_may_set_rules_aside(whole, published):
    for template in (whole, published):
        allowed = [(s.owner, action) for s in template.statements() if s.effect == "Allow" for action in s.actions]
        assert [o for o, action in allowed if action == "codecommit:UpdatePullRequestApprovalState"] == ["voter"]
        assert not [pair for pair in allowed if pair[1] in (
            "codecommit:OverridePullRequestApprovalRules", "codecommit:DeletePullRequestApprovalRule",
            "codecommit:UpdatePullRequestApprovalRuleContent", "codecommit:GitPush", "codecommit:PutFile", "iam:CreateRole")]


def test_a_build_cannot_vote_comment_start_builds_pass_roles_or_read_another_repository(whole):
    builds = [role for role in whole.roles() if role.startswith("build")]
    assert len(builds) == 5, "a role each for four listed repositories, and a shared one"
    for role in builds:
        statements = whole.statements(role)
        actions = {action for s in statements for action in s.actions}
        assert {a for a in actions if a.startswith("codecommit:")} == {"codecommit:GitPull"}
        services = {action.split(":")[0] for action in actions}
        assert services == {"codecommit", "logs", "s3", "ecr", "ssm", "secretsmanager", "ec2", "kms", "codebuild"}
        assert {a for a in actions if a.startswith("codebuild:")} == REPORTING
        assert not any(a.startswith("s3:Get") and "Object" in a or a == "s3:ListBucket" for a in actions)
        [clone] = [s for s in statements if s.sid == "CloneTheRepository"]
        assert len(clone.resources) == 1
        assert text_of_boundary(whole, role) in whole.resources
    shared, *own = sorted((s.resources[0].split(":")[-1] for role in builds for s in whole.statements(role)
                           if s.sid == "CloneTheRepository"), key=lambda name: "*" not in name)
    assert (shared, sorted(own)) == ("team-*", sorted(["a.b", "a-b", "a-b-pr-5", "x" * 100]))


def text_of_boundary(template, role):
    return template.role(role)["PermissionsBoundary"]["Ref"]


def test_no_build_role_can_do_more_than_the_boundary(whole):
    [boundary] = [name for name in whole.of_type("AWS::IAM::ManagedPolicy") if "Boundary" in name]
    most = [(action, resource) for s in whole.statements(boundary) for action in s.actions for resource in s.resources]
    for role in (role for role in whole.roles() if role.startswith("build")):
        for s in whole.statements(role):
            for action, resource in itertools.product(s.actions, s.resources):
                assert any(a == action and fnmatch.fnmatchcase(resource, wide) for a, wide in most), (role, action, resource)


def test_the_boundary_lets_the_roles_of_the_platform_into_the_networks_of_their_profiles(synth, whole, tmp_path):
    """Where no role of the stack's is put into a network, the boundary alone has to let one in."""
    floor = tmp_path / "floor.yml"
    floor.write_text("""\
version: 1
gate: {destinations: [main]}
profiles:
  theirs: {vpc: vpc-2, subnets: [subnet-2], security-groups: [sg-2], role: "arn:aws:iam::111122223333:role/theirs"}
""")
    answer, [theirs] = synth(accountId="111122223333", repositoryName="demo", floorFile=str(floor))
    assert answer.returncode == 0, answer.stderr

    def networks(template, owner):
        return {resource.rsplit("/", 1)[1] for s in template.statements(owner) if "ec2:CreateNetworkInterface" in s.actions
                for resource in s.resources}

    def boundary(template):
        return next(name for name in template.of_type("AWS::IAM::ManagedPolicy") if "Boundary" in name)

    assert networks(theirs, boundary(theirs)) == {"*", "subnet-2", "sg-2"} and networks(theirs, "build") == set()
    assert networks(whole, boundary(whole)) == {"*", "subnet-1", "sg-1", "subnet-2", "sg-2"}
    assert networks(whole, "build") == {"*", "subnet-1", "sg-1"}


def test_an_interface_is_made_lent_and_deleted_in_the_subnets_of_the_profiles_alone(whole):
    for s in whole.statements("build"):
        if {"ec2:CreateNetworkInterface"} & set(s.actions):
            assert [r.split(":")[-1] for r in s.resources] == ["network-interface/*", "subnet/subnet-1", "security-group/sg-1"]
        if {"ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface"} & set(s.actions):
            assert [text(arn).split(":")[-1] for arn in several(s.condition["ArnLike"]["ec2:Subnet"])] == ["subnet/subnet-1"]


def logs_of(whole):
    """What the names of the log streams begin with that each repository's own build role may write."""
    return [resource.split(":log-stream:")[1].removesuffix("*") for role in whole.roles() if role.startswith("build-")
            for s in whole.statements(role) if s.sid == "WriteTheLog" for resource in s.resources]


def test_no_two_repositories_share_the_place_of_a_log(whole):
    places = logs_of(whole)
    assert len(set(places)) == len(places) == 4
    for place, other in itertools.permutations(places, 2):
        assert not other.startswith(place), f"{place} is {other}'s too"


def test_a_build_writes_below_the_arn_of_its_own_project_alone_where_the_machine_has_it_write(whole, published):
    """Two pull requests of a repository build under one role: CodeBuild says whose build it is, and the boundary holds roles
    of profiles to it too."""
    for template in (whole, published):
        policies = [s for s in template.statements() if s.effect == "Allow" and "s3:PutObject" in s.actions and "/builds/" in str(s.resources)]
        assert {s.sid for s in policies} == {"LeaveTheResults"}
        assert len(policies) == 1 + len([role for role in template.roles() if role.startswith("build")])
        assert {r.rsplit("}/builds/")[1] for s in policies for r in s.resources} == {"${codebuild:projectArn}/*"}
        configuration = json.loads(text(template.one("AWS::SSM::Parameter")[1]["Value"]))
        arn = "arn:{AWS::Partition}:codebuild:{AWS::Region}:{AWS::AccountId}:project/"
        assert configuration["projectArnPrefix"] == arn
    states = json.loads((ROOT / "infra/gate.asl.json").read_text())["States"]
    paths = {state["Parameters"]["Artifacts"]["Path.$"] for state in states.values() if "Artifacts" in state.get("Parameters", {})}
    assert paths == {"States.Format('builds/{}{}', $.config.projectArnPrefix, $.projectName)"}


def test_a_builds_log_is_where_its_repositorys_project_is(whole, tmp_path):
    """The stack and the program name projects alike, also where names are hard."""
    granted = logs_of(whole)
    for repository in ("a.b", "a-b", "a-b-pr-5", "x" * 100):
        folder = tmp_path / repository
        folder.mkdir()
        (folder / ".gated.yml").write_text("version: 1\nstages: {test: make}\n")
        subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
        arguments = ["render", "project", "--policy", ".gated.yml", "--changed", "a", "--title", "t", "--service", "gate-2"]
        made = subprocess.run([GATED, *arguments], cwd=folder, check=True, capture_output=True, text=True)
        name = json.loads(made.stdout)["Name"]
        assert [prefix for prefix in granted if name.startswith(prefix)] == [name.removesuffix("0")]


def test_every_statement_says_what_needs_it(whole, published):
    for template in (whole, published):
        for s in template.statements():
            if s.effect == "Allow" and "Undelivered" not in s.owner:
                assert s.sid and s.reason, f"{s.owner}: {s.sid or s.actions} has no reason"
                for path in re.findall(r"(?:engine|infra)/[\w/.]+\w", s.reason):
                    assert (ROOT / path).exists(), f"{s.sid}: there is no {path}"


def test_every_action_exists_and_is_written_out(whole, published):
    known = get_all_actions()
    for template in (whole, published):
        for s in template.statements():
            for action in s.actions:
                assert not action.endswith(":*")
                if s.sid == "ByTlsOnly" and action.startswith("s3:"):
                    assert fnmatch.filter(known, action), action
                else:
                    assert "*" not in action and action in known, f"{s.owner}, {s.sid}: {action}"


def acting_on(service, *kinds):
    """Every action of a service on resources whose ARN ends like this."""
    for action in get_all_actions():
        if action.startswith(f"{service}:"):
            [rows] = get_action_data(service, action.split(":")[1]).values()
            if any(row["resource_arn_format"].endswith(kinds) for row in rows):
                yield action


def test_nothing_is_read_or_written_without_tls(whole, published):
    # They change settings of a bucket, and whoever may is one of the account's people.
    settings = ("s3:CreateBucket", "s3:InitiateReplication", "s3:PauseReplication", "s3:TagResource", "s3:UntagResource", "s3:Update")
    later = {"sqs:CreateQueue", "sqs:CancelMessageMoveTask", "sqs:ListMessageMoveTasks", "sqs:StartMessageMoveTask"}
    for template in (whole, published):
        denials = [s for s in template.statements() if s.sid == "ByTlsOnly"]
        assert {s.effect for s in denials} == {"Deny"}
        assert all(s.condition == {"Bool": {"aws:SecureTransport": "false"}} for s in denials)
        buckets, queues = ([s for s in denials if s.actions[0].startswith(service)] for service in ("s3:", "sqs:"))
        assert len(buckets) == len(template.of_type("AWS::S3::Bucket"))
        assert len(queues) == len(template.of_type("AWS::SQS::Queue"))
        for s in buckets:
            assert len(s.resources) == 2
            for action in acting_on("s3", ":::${BucketName}", ":::${BucketName}/${ObjectName}"):
                assert any(fnmatch.fnmatchcase(action, denied) for denied in s.actions) or action.startswith(settings), action
        for s in queues:
            assert set(acting_on("sqs", ":${QueueName}")) - later == set(s.actions)


def test_every_resource_stands_only_where_iam_offers_nothing_narrower(whole, published):
    for template in (whole, published):
        for s in template.statements():
            if s.effect == "Allow" and "*" in s.resources:
                assert "`*`: " in s.reason, f"{s.owner}, {s.sid}"
                for action in s.actions:
                    service, name = action.split(":")
                    kinds = {row["resource_arn_format"] for row in get_action_data(service, name)[service]}
                    narrow = kinds - {"*"}
                    assert not narrow, (action, narrow)


def test_a_role_is_taken_by_its_service_alone(whole):
    wanted = {"states": "states.amazonaws.com"} | {name: "lambda.amazonaws.com" for name in FUNCTIONS}
    for role in whole.roles():
        [trust] = whole.role(role)["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Action"] == "sts:AssumeRole" and trust["Principal"] == {"Service": wanted.get(role, "codebuild.amazonaws.com")}
        if role not in FUNCTIONS:
            assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}} or \
                trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
            assert "aws:SourceArn" in trust["Condition"]["ArnLike"]
    [states] = whole.role("states")["AssumeRolePolicyDocument"]["Statement"]
    machines = [text(arn) for arn in several(states["Condition"]["ArnLike"]["aws:SourceArn"])]
    # Executions begin by an alias, and Step Functions does not say whether it then names the version as well.
    assert [arn.split(":stateMachine:")[1] for arn in machines] == ["gate-2", "gate-2:*"]


def test_only_build_roles_are_lent_and_only_to_codebuild(whole):
    [lent] = [s for s in whole.statements() if s.effect == "Allow" and "iam:PassRole" in s.actions]
    assert (lent.owner, lent.condition) == ("states", {"StringEquals": {"iam:PassedToService": "codebuild.amazonaws.com"}})
    assert len(lent.resources) == 6 and all("Buildsrole" in r.replace("Role", "role") or r.endswith("role/theirs") for r in lent.resources)
