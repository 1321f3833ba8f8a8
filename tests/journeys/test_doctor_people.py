"""What `gated doctor` says of people: whom it asked IAM about, and what each of them may do around the gate. A denial that could be
another under other circumstances is unknown, and so is what IAM did not answer."""

import fnmatch
import json

import boto3
import pytest

from account import Account
from project import GREEN
from sandbox import ROOT
from test_doctor import CAROL, doctor, failed, found, in_account

BRANCHES, RULES, BUILDS, GATE = (f"gated-guard-{what}-us-east-1" for what in ("branches", "rules", "builds", "gate"))
ALICE, DEPLOYER = "arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:role/Deployer"
PEOPLE = {"direct-push", "replacement", "rule-edits", "template-edits", "builds", "gate-itself"}


@pytest.fixture
def account(own):
    return Account(own())


@pytest.fixture
def name(account, repository):
    return repository(GREEN, within=account.sandbox).name


def unknown(told):
    return {check["id"]: check for check in told["checks"] if check["state"] == "unknown"}


def asked(account, kind):
    return {value for form in account.iam.asked for key, value in form.items() if key.startswith(f"{kind}.member.")}


def test_iam_is_asked_about_the_role_of_a_session_and_about_one_branch_at_a_time(own, repository):
    """A request names one branch: two in one question would be answered by what denies the one."""
    account = Account(own("version: 1\ngate: {destinations: [main, release/*]}\n"))
    name = repository(GREEN, within=account.sandbox).name
    assert in_account(account, "--repository", name)[0] == 0
    assert {form["PolicySourceArn"] for form in account.iam.asked} == {"arn:aws:iam::111122223333:role/team/Developers"}
    to_main, to_releases, replacement, rules, templates, *gate = account.iam.asked
    assert {form["ResourceArns.member.1"] for form in account.iam.asked[:4]} == {f"arn:aws:codecommit:us-east-1:111122223333:{name}"}
    assert templates["ResourceArns.member.1"] == "*"

    def branches(form):
        return {value for value in form.values() if value.startswith("refs/")}

    assert [branches(form) for form in account.iam.asked[:5]] == [{"refs/heads/main"}, {"refs/heads/release/x"}, set(), set(), set()]
    assert "codecommit:References" in to_main.values() and "codecommit:References" not in rules.values()
    assert {"codecommit:GitPush", "codecommit:PutFile", "codecommit:MergeBranchesBySquash",
            "codecommit:OverridePullRequestApprovalRules", "codecommit:DeleteApprovalRuleTemplate"} <= asked(account, "ActionNames")


def test_what_stands_in_for_iam_answers_in_the_form_of_awss_own_model(account):
    """botocore reads it, so that the names are AWS's."""
    client = boto3.session.Session().client("iam", endpoint_url=account.endpoint, region_name="us-east-1", aws_access_key_id="alice",
                                            aws_secret_access_key="any")
    account.iam.allowed, account.iam.missing = {"s3:PutObject"}, ["aws:SourceIp"]
    account.iam.page = 1
    pages = client.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=ALICE, ActionNames=["s3:GetObject", "s3:PutObject"], ResourceArns=["arn:aws:s3:::a", "arn:aws:s3:::b"])
    results = [result for page in pages for result in page["EvaluationResults"]]
    assert [(result["EvalActionName"], result["EvalDecision"]) for result in results] == [
        ("s3:GetObject", "implicitDeny"), ("s3:PutObject", "allowed")]
    assert [each["EvalResourceName"] for each in results[0]["ResourceSpecificResults"]] == ["arn:aws:s3:::a", "arn:aws:s3:::b"]
    assert results[0]["ResourceSpecificResults"][0]["MissingContextValues"] == ["aws:SourceIp"]
    assert [user["Arn"] for user in client.list_users()["Users"]] == [ALICE]


@pytest.mark.parametrize("allowed, check, policy", [
    ("codecommit:GitPush", "direct-push", BRANCHES),
    ("codecommit:PutFile", "direct-push", BRANCHES),
    ("codecommit:MergeBranchesByThreeWay", "direct-push", BRANCHES),
    ("codecommit:UpdateRepositoryName", "replacement", BRANCHES),
    ("codecommit:OverridePullRequestApprovalRules", "rule-edits", RULES),
    ("codecommit:DeleteApprovalRuleTemplate", "template-edits", RULES),
    ("codebuild:UpdateProject", "builds", BUILDS),
    ("codebuild:StartBuild", "builds", BUILDS),
    ("lambda:UpdateFunctionCode", "gate-itself", GATE),
    ("states:StartExecution", "gate-itself", GATE),
    ("iam:PassRole", "gate-itself", GATE),
])
def test_who_may_get_around_the_gate_is_named_with_the_action_and_the_policy_that_mends_it(account, name, allowed, check, policy):
    account.iam.allowed = {allowed}
    code, told = in_account(account, "--repository", name, "--principal", ALICE)
    assert code == 1 and set(failed(told)) == {check}
    assert f"{ALICE} may call {allowed}" in failed(told)[check]["found"]
    assert failed(told)[check]["found"].count(":") == ALICE.count(":") + 1, "another action is named as well"
    assert policy in failed(told)[check]["mend"]


def test_where_every_branch_is_gated_a_feature_branch_is_asked_for_like_the_default_one(own, repository):
    account = Account(own("version: 1\n"))
    name = repository(GREEN, within=account.sandbox).name
    account.iam.allowed_on = {"refs/heads/feature/x": {"codecommit:GitPush"}}
    code, told = in_account(account, "--repository", name)
    assert code == 1 and set(failed(told)) == {"direct-push"}
    assert "may call codecommit:GitPush on refs/heads/feature/x" in failed(told)["direct-push"]["found"]


def test_the_gate_itself_is_its_functions_machine_records_settings_rules_roles_policies_and_stack(account, name):
    assert in_account(account, "--repository", name)[0] == 0
    resources = asked(account, "ResourceArns")
    here = "us-east-1:111122223333"
    assert resources >= {
        f"arn:aws:lambda:{here}:function:gated-voter", f"arn:aws:lambda:{here}:function:gated-approval-rule:live",
        f"arn:aws:states:{here}:stateMachine:gated", f"arn:aws:states:{here}:stateMachine:gated:live",
        "arn:aws:s3:::gated-artifacts", "arn:aws:s3:::gated-artifacts/decisions/x", f"arn:aws:ssm:{here}:parameter/gated/config",
        f"arn:aws:events:{here}:rule/gated-pull-requests", f"arn:aws:events:{here}:rule/gated-branches", "arn:aws:iam::111122223333:role/gated-voter-us-east-1",
        *(f"arn:aws:iam::111122223333:policy/{guard}" for guard in (BRANCHES, RULES, BUILDS, GATE)), f"arn:aws:cloudformation:{here}:stack/gated/x"}
    lent = [form for form in account.iam.asked if "iam:PassRole" in form.values()]
    assert len(lent) == 1 and "lambda.amazonaws.com" in lent[0].values()
    taken_off = [form for form in account.iam.asked if "iam:DetachUserPolicy" in form.values()]
    assert len(taken_off) == 1 and f"arn:aws:iam::111122223333:policy/{BRANCHES}" in taken_off[0].values()


def test_a_gates_build_is_asked_for_by_the_project_of_each_repository_and_with_a_buildspec_of_ones_own(account, repository):
    """Without anything of one's own a build may be started by everybody: the guard denies it no more than that."""
    names = [repository(GREEN, within=account.sandbox, name=name).name for name in ("payments", "shop")]
    assert in_account(account, *(word for name in names for word in ("--repository", name)))[0] == 0
    builds = [form for form in account.iam.asked if form["ActionNames.member.1"].startswith("codebuild:")]
    projects = {f"arn:aws:codebuild:us-east-1:111122223333:project/gated-{name}-pr-1" for name in names}
    assert [{value for key, value in form.items() if key.startswith("ResourceArns.")} for form in builds] == [projects, projects]
    changing, starting = builds
    assert "codebuild:source.buildspec" not in changing.values()
    assert starting["ActionNames.member.1"] == "codebuild:StartBuild" and "codebuild:source.buildspec" in starting.values()


def test_an_administrator_may_do_so_much_that_not_all_of_it_is_named(account, name):
    account.iam.administrators = {DEPLOYER}
    told = in_account(account, "--repository", name, "--principal", DEPLOYER)[1]
    assert set(failed(told)) == PEOPLE
    assert failed(told)["gate-itself"]["found"].endswith("and 36 others") and "to be few" in failed(told)["gate-itself"]["mend"]


def test_a_denial_that_another_circumstance_could_lift_is_unknown_and_names_it(account, name):
    account.iam.missing = ["aws:SourceIp"]
    code, told = in_account(account, "--repository", name)
    assert code == 1 and failed(told) == {} and set(unknown(told)) == PEOPLE
    assert "codecommit:GitPush" in unknown(told)["direct-push"]["found"] and "aws:SourceIp" in unknown(told)["direct-push"]["found"]
    assert BRANCHES in unknown(told)["direct-push"]["mend"]


def test_a_denial_of_the_gates_own_policies_is_one_whatever_else_is_the_case(account, name):
    account.iam.missing, account.iam.guard = ["aws:SourceIp"], BRANCHES
    assert in_account(account, "--repository", name)[0] == 0
    account.iam.guard = "user_mateo_OfficeOnly"
    assert set(unknown(in_account(account, "--repository", name)[1])) == PEOPLE


def test_a_denial_by_an_organisation_alone_is_unknown_because_the_simulator_knows_no_conditions_of_its_policies(account, name):
    account.iam.organization = True
    code, told = in_account(account, "--repository", name)
    assert code == 1 and failed(told) == {} and set(unknown(told)) == PEOPLE, "a boundary denies what builds may not do"
    said = unknown(told)["direct-push"]
    assert "codecommit:GitPush" in said["found"] and "service control policies" in said["found"]
    assert BRANCHES in said["mend"] and "conditions" in said["mend"]
    account.iam.guard = BRANCHES
    assert in_account(account, "--repository", name)[0] == 0


def test_the_further_parts_of_a_guard_of_many_repositories_are_named_with_the_first(account, name):
    account.iam.allowed = {"codecommit:GitPush", "lambda:UpdateFunctionCode"}
    told = in_account(account, "--repository", name)[1]
    assert "gated-guard-branches-2-us-east-1" in failed(told)["direct-push"]["mend"]
    assert "-2-" not in failed(told)["gate-itself"]["mend"], "it names no repositories"


def test_what_stands_on_a_later_page_is_read_too(account, name):
    account.iam.page, account.iam.allowed = 1, {"codecommit:MergeBranchesByThreeWay"}
    code, told = in_account(account, "--repository", name)
    assert code == 1 and set(failed(told)) == {"direct-push"} and unknown(told) == {}


def test_an_answer_without_its_end_or_without_an_action_is_no_denial(account, name):
    account.iam.lost = {"codecommit:GitPush"}
    code, told = in_account(account, "--repository", name)
    assert code == 1 and set(unknown(told)) == {"direct-push", "build-roles"}
    assert "no decision on codecommit:GitPush" in unknown(told)["direct-push"]["found"]
    account.iam.lost = set()
    account.iam.paged = lambda *_: "<IsTruncated>true</IsTruncated><EvaluationResults/>"
    code, told = in_account(account, "--repository", name)
    assert code == 1 and set(unknown(told)) == PEOPLE | {"build-roles"}


def test_iam_that_is_busy_is_asked_again_and_one_that_stays_busy_is_said_so(account, name):
    account.iam.busy = 3
    assert in_account(account, "--repository", name)[0] == 0
    account.iam.busy = 10000
    told = in_account(account, "--repository", name)[1]
    assert set(unknown(told)) == PEOPLE | {"build-roles", "role-trust"}
    assert "Throttling" in unknown(told)["direct-push"]["found"] and "ask again" in unknown(told)["direct-push"]["mend"]


def test_many_repositories_cost_no_more_calls_than_one(account, name, repository):
    names = [name, *(repository(GREEN, within=account.sandbox).name for _ in range(2))]
    in_account(account, "--repository", name)
    one = len(account.iam.calls)
    code, told = in_account(account, *(word for each in names for word in ("--repository", each)))
    assert code == 0 and len(account.iam.calls) == 2 * one
    assert found(told, "replacement") == [f"{CAROL} may do none of it, in each of 3 repositories"]


def test_without_a_name_only_the_caller_is_asked_about_and_the_rest_is_unknown(account, name):
    code, told = doctor(account.sandbox, "--endpoint-url", account.endpoint, "--repository", name)
    assert code == 1 and set(unknown(told)) == {"principals"}
    assert "only arn:aws:iam::111122223333:user/alice" in unknown(told)["principals"]["found"]
    assert "--all-principals" in unknown(told)["principals"]["mend"]
    told = in_account(account, "--repository", name, "--principal", ALICE, "--principal", DEPLOYER)[1]
    assert found(told, "principals") == [f"asked about {ALICE}, {DEPLOYER}, and about nobody else"]


def test_all_users_and_roles_are_asked_about_and_those_that_may_get_around_are_shown(account, name):
    carol = "arn:aws:iam::111122223333:role/team/Developers"
    own = ["arn:aws:iam::111122223333:role/gated-voter-us-east-1",
           "arn:aws:iam::111122223333:role/gated-build-0123abcd-us-east-1"]
    account.iam.roles = [DEPLOYER, carol, *own, "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/Linked"]
    account.rewrite["invocations"] = lambda about: about | {"buildRoles": own[1:]}
    account.iam.page = 2
    account.iam.allowed_to = {DEPLOYER: {"lambda:UpdateFunctionCode"}}
    code, told = in_account(account, "--repository", name, "--all-principals")
    assert code == 1 and set(failed(told)) == {"gate-itself"} and DEPLOYER in failed(told)["gate-itself"]["found"]
    assert found(told, "principals") == ["asked about all 3 users and roles of the account"]
    assert found(told, "direct-push") == ["3 of 3 users and roles may do none of it"]
    assert found(told, "gate-itself")[0] == "2 of 3 users and roles may do none of it"
    assert {form["PolicySourceArn"] for form in account.iam.asked} == {ALICE, DEPLOYER, carol}
    code, told = in_account(account, "--repository", name, "--all-principals", "--except", DEPLOYER)
    assert code == 0 and DEPLOYER in found(told, "principals")[0]


def test_a_role_that_is_called_like_a_builds_and_is_none_is_asked_about_like_everybody(account, name):
    account.iam.roles = ["arn:aws:iam::111122223333:role/gated-build-0123abcd-us-east-1"]
    assert found(in_account(account, "--repository", name, "--all-principals")[1], "principals") == [
        "asked about all 2 users and roles of the account"]


BUILD, PROFILE = "arn:aws:iam::111122223333:role/gated-build", "arn:aws:iam::111122223333:role/team/gated-builds-by-night"


def test_what_the_code_of_a_pull_request_may_do_is_asked_whoever_is_named(own, repository):
    """Somebody took the boundary off a build's role and gave it more."""
    account = Account(own(f"version: 1\nprofiles: {{a: {{role: '{PROFILE}'}}}}\n"))
    name = repository(GREEN, within=account.sandbox).name
    code, told = in_account(account, "--repository", name)
    assert code == 0 and found(told, "build-roles") == ["2 of 2 roles of builds may do none of it"]
    for action in ["codecommit:GitPush", "codecommit:MergePullRequestBySquash", "codecommit:UpdatePullRequestApprovalState",
                   "codecommit:OverridePullRequestApprovalRules", "codecommit:DeleteApprovalRuleTemplate",
                   "codecommit:DeleteRepository", "codebuild:StartBuild", "codebuild:UpdateProject", "lambda:UpdateFunctionCode"]:
        account.iam.allowed_to = {BUILD: {action}}
        code, told = in_account(account, "--repository", name)
        assert code == 1 and set(failed(told)) == {"build-roles"}, action
        assert found(told, "build-roles") == ["1 of 2 roles of builds may do none of it", f"{BUILD} may call {action}"]
        assert "gated-build-boundary-us-east-1" in failed(told)["build-roles"]["mend"]
    account.iam.allowed_to, account.iam.administrators = {}, {PROFILE}
    told = in_account(account, "--repository", name)[1]
    assert set(failed(told)) == {"build-roles"} and PROFILE in failed(told)["build-roles"]["found"]


def test_iam_is_told_whose_build_it_is(account, name):
    """The role's own policy has CodeBuild's `codebuild:projectArn` in it: without its value nothing were certain."""
    assert in_account(account, "--repository", name)[0] == 0
    assert account.iam.asked_of_builds
    for form in account.iam.asked_of_builds:
        assert "codebuild:projectArn" in form.values() and f"arn:aws:codebuild:us-east-1:111122223333:project/gated-{name}-pr-1" in form.values()


def test_what_cannot_be_asked_about_anybody_is_said_once(account, name):
    account.iam.roles, account.iam.lost = [DEPLOYER], {"codecommit:GitPush"}
    code, told = in_account(account, "--repository", name, "--all-principals")
    assert code == 1 and set(unknown(told)) == {"direct-push", "build-roles"}
    [said] = found(told, "direct-push")
    assert "2 users and roles: " in said and "no decision on codecommit:GitPush" in said


# The name of the stack is one's own to choose without CDK; the gate asks for one that is the service's.
REFERRED = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "111122223333", "AWS::StackName": "gated",
            "ServiceName": "gated"}


def filled(value):
    """A value of the published template, as deployed for the service `gated`."""
    if isinstance(value, list):
        return [filled(each) for each in value]
    if not isinstance(value, dict) or len(value) != 1:
        return value
    [(kind, inside)] = value.items()
    if kind == "Fn::Join":
        return inside[0].join(filled(inside[1]))
    if kind == "Fn::GetAtt":
        return "arn:aws:s3:::gated-artifacts" if inside[0].startswith("StorageArtifacts") else ".".join(inside)
    assert kind == "Ref", kind
    return REFERRED[inside]


def test_whatever_of_the_gate_itself_is_asked_about_the_stacks_own_policy_denies(account, name):
    in_account(account, "--repository", name)
    resources = json.loads((ROOT / "infra/template.json").read_text())["Resources"].values()
    [guard] = [each["Properties"] for each in resources if each["Type"] == "AWS::IAM::ManagedPolicy"
               and filled(each["Properties"]["ManagedPolicyName"]) == GATE]
    denials = [(statement["Action"], statement["Resource"]) for statement in guard["PolicyDocument"]["Statement"]]

    def several(value):
        return value if isinstance(value, list) else [value]

    def denied(action, resource):
        return any(action in several(actions) and any(fnmatch.fnmatchcase(resource, filled(wide)) for wide in several(wide_ones))
                   for actions, wide_ones in denials)

    # What takes a policy off somebody is denied everywhere, for the gate's policies alone.
    forms = [form for form in account.iam.asked if not form["ActionNames.member.1"].startswith(("codecommit:", "codebuild:", "iam:Detach"))]
    pairs = [(action, resource) for form in forms for key, action in form.items() if key.startswith("ActionNames.")
             for other, resource in form.items() if other.startswith("ResourceArns.")]
    assert len(pairs) > 100 and [pair for pair in pairs if not denied(*pair)] == []
