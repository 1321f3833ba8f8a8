"""`gated doctor`: a sound deployment holds, and whatever is broken fails just its own check, with the line that mends it."""

import collections
import json
import os
import pathlib
import shlex
import subprocess

import pytest

from account import RUNNING_IN_CHINA, Account
from gate import MACHINE, VOTER
from project import GREEN, RED

# What a sandbox cannot tell: it has no IAM, no policies of functions, no Service Quotas and no alarms.
UNKNOWN = {"principals", "direct-push", "replacement", "rule-edits", "template-edits", "builds", "gate-itself",
           "build-roles", "role-trust", "event-permissions", "quotas", "alarms"}
CAROL = "arn:aws:sts::111122223333:assumed-role/Developers/carol"
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function"


def doctor(sandbox, *arguments):
    done = sandbox.gated("alice", "doctor", "--format", "json", *arguments)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)


def failed(told):
    return {check["id"]: check for check in told["checks"] if check["state"] == "failed"}


def found(told, check):
    return [one["found"] for one in told["checks"] if one["id"] == check]


def follow(sandbox, mend):
    """Does literally what a mending line says."""
    environment = sandbox.environment("alice")
    programs = pathlib.Path(os.sys.executable).parent
    environment["PATH"] = f"{programs}:{environment['PATH']}"
    subprocess.run(["bash", "-euc", mend], env=environment, check=True, capture_output=True, timeout=60)


def test_a_sound_deployment_holds_when_what_a_sandbox_cannot_tell_is_allowed(own, repository):
    sandbox = own()
    name = repository(GREEN, within=sandbox).name
    code, told = doctor(sandbox, "--repository", name)
    assert code == 1 and not told["holds"] and failed(told) == {}
    unknown = {check["id"] for check in told["checks"] if check["state"] == "unknown"}
    assert unknown == UNKNOWN and all(check["mend"] for check in told["checks"] if check["state"] != "ok")
    ok = {check["id"] for check in told["checks"] if check["state"] == "ok"}
    assert ok == {"versions", "settings", "state-machine", "parameters", "floor", "template", "pool", "destinations",
                  "event-rules", "sweeper", "deployment", "mode", "associated", "open-pull-requests"}
    code, told = doctor(sandbox, "--repository", name, "--allow-unknown")
    assert code == 0 and told["holds"]
    shown = sandbox.gated("alice", "doctor", "--repository", name, "--allow-unknown")
    assert shown.returncode == 0 and "the gate binds as far as could be checked: 14 ok, 0 failed" in shown.stdout
    assert shown.stdout.count("unknown ") >= len(UNKNOWN)


def disassociate(sandbox, name):
    sandbox.client("bob", "codecommit").disassociate_approval_rule_template_from_repository(
        approvalRuleTemplateName="gated", repositoryName=name)


def widen_the_pool(sandbox, _):
    content = {"Version": "2018-11-08", "Statements": [
        {"Type": "Approvers", "NumberOfApprovalsNeeded": 1, "ApprovalPoolMembers": [VOTER, "CodeCommitApprovers:111122223333:*"]}]}
    sandbox.client("bob", "codecommit").update_approval_rule_template_content(
        approvalRuleTemplateName="gated", newRuleContent=json.dumps(content))


def narrow_the_branches(sandbox, _):
    template = sandbox.client("bob", "codecommit").get_approval_rule_template(approvalRuleTemplateName="gated")
    content = json.loads(template["approvalRuleTemplate"]["approvalRuleTemplateContent"])
    content["DestinationReferences"] = ["refs/heads/elsewhere"]
    sandbox.client("bob", "codecommit").update_approval_rule_template_content(
        approvalRuleTemplateName="gated", newRuleContent=json.dumps(content))


def delete_the_template(sandbox, name):
    client = sandbox.client("bob", "codecommit")
    for repository in client.list_repositories_for_approval_rule_template(approvalRuleTemplateName="gated")["repositoryNames"]:
        disassociate(sandbox, repository)
    client.delete_approval_rule_template(approvalRuleTemplateName="gated")


def switch_events_off(sandbox, _):
    sandbox.client("bob", "events").disable_rule(Name="gated-pull-requests")


def switch_moves_off(sandbox, _):
    sandbox.client("bob", "events").disable_rule(Name="gated-branches")


def switch_the_schedule_off(sandbox, _):
    sandbox.client("bob", "events").disable_rule(Name="gated-sweep")


@pytest.mark.parametrize("spoil, check", [
    (disassociate, "associated"),
    (widen_the_pool, "pool"),
    (narrow_the_branches, "destinations"),
    (switch_events_off, "event-rules"),
    (switch_moves_off, "event-rules"),
    (switch_the_schedule_off, "sweeper"),
])
def test_what_was_broken_fails_its_check_alone_and_the_mending_line_mends_it(own, repository, spoil, check):
    sandbox = own()
    name = repository(GREEN, within=sandbox).name
    spoil(sandbox, name)
    code, told = doctor(sandbox, "--repository", name, "--allow-unknown")
    assert code == 1 and set(failed(told)) == {check}
    follow(sandbox, failed(told)[check]["mend"])
    assert doctor(sandbox, "--repository", name, "--allow-unknown")[0] == 0


def test_a_template_that_was_deleted_is_made_again_by_the_lines_one_after_the_other(own, repository):
    sandbox = own()
    name = repository(GREEN, within=sandbox).name
    delete_the_template(sandbox, name)
    code, told = doctor(sandbox, "--repository", name, "--allow-unknown")
    assert code == 1 and set(failed(told)) == {"template", "associated"}
    follow(sandbox, failed(told)["template"]["mend"])
    follow(sandbox, failed(told)["associated"]["mend"])
    assert doctor(sandbox, "--repository", name, "--allow-unknown")[0] == 0


def test_an_open_pull_request_without_the_rule_is_named_and_the_sweeper_binds_it(own, repository):
    sandbox = own()
    made = repository(GREEN, within=sandbox)
    disassociate(sandbox, made.name)
    pull = made.open({"a": "1"})
    pull.verdict()
    sandbox.client("alice", "codecommit").associate_approval_rule_template_with_repository(
        approvalRuleTemplateName="gated", repositoryName=made.name)
    code, told = doctor(sandbox, "--repository", made.name, "--allow-unknown")
    assert code == 1 and set(failed(told)) == {"open-pull-requests"}
    assert pull.id in failed(told)["open-pull-requests"]["found"]
    follow(sandbox, failed(told)["open-pull-requests"]["mend"])
    assert doctor(sandbox, "--repository", made.name, "--allow-unknown")[0] == 0


def test_another_state_machine_and_a_parameter_that_lacks_something_are_told(own, repository):
    sandbox = own()
    name = repository(GREEN, within=sandbox).name
    states, ssm = sandbox.client("alice", "stepfunctions"), sandbox.client("alice", "ssm")
    definition = json.loads(states.describe_state_machine(stateMachineArn=MACHINE)["definition"])
    definition["States"]["Vote"]["TimeoutSeconds"] = 7
    states.update_state_machine(stateMachineArn=MACHINE, definition=json.dumps(definition))
    ssm.put_parameter(Name="/gated/config", Value='{"artifactBucket": "gated-artifacts"}', Type="String", Overwrite=True)
    told = doctor(sandbox, "--repository", name)[1]
    assert set(failed(told)) == {"state-machine", "parameters"}
    assert all("cdk deploy" in check["mend"] for check in failed(told).values())
    assert "buildRole" in failed(told)["parameters"]["found"]


@pytest.mark.parametrize("key, value", [
    ("artifactBucket", "theirs"), ("buildRole", "arn:aws:iam::111122223333:role/theirs"), ("logGroup", "/theirs/builds"),
    ("projectArnPrefix", "arn:aws:codebuild:us-east-1:999999999999:project/"),
    ("sourceUrlPrefix", "https://git-codecommit.us-east-1.example.com/v1/repos/"),
    ("imageRepository", "999999999999.dkr.ecr.us-east-1.amazonaws.com/gated"),
    ("voter", "arn:aws:sts::111122223333:assumed-role/theirs/theirs"),
])
def test_every_constant_that_the_state_machine_is_told_is_held_against_the_deployment(own, repository, key, value):
    sandbox = own()
    name, ssm = repository(GREEN, within=sandbox).name, sandbox.client("alice", "ssm")
    told = json.loads(ssm.get_parameter(Name="/gated/config")["Parameter"]["Value"])
    ssm.put_parameter(Name="/gated/config", Value=json.dumps(told | {key: value}), Type="String", Overwrite=True)
    told = doctor(sandbox, "--repository", name)[1]
    assert set(failed(told)) == {"parameters"}
    assert key in failed(told)["parameters"]["found"] and value in failed(told)["parameters"]["found"]


def test_an_observing_gate_does_not_bind_and_all_counts_what_it_would_have_stopped(own, repository):
    sandbox = own("version: 1\nmode: observe\n")
    made = repository(GREEN, within=sandbox)
    for branch, script in ("good", GREEN["test.sh"]), ("bad", RED):
        made.open({"test.sh": script, branch: "x"}, branch=branch).verdict()
    code, told = doctor(sandbox, "--all", "--allow-unknown")
    assert code == 1 and set(failed(told)) == {"mode", "associated"}
    [counted] = told["verdicts"]
    assert (counted["pullRequests"], counted["stopped"], counted["observed"]) == (2, 1, True)
    shown = sandbox.gated("alice", "doctor", "--all").stdout
    assert f"{made.name}: 1 of 2 judged pull requests would have been stopped" in shown


def test_a_record_that_cannot_be_read_leaves_its_repository_uncounted_and_every_other_check_told(own, repository):
    sandbox = own()
    broken, sound = (repository(GREEN, within=sandbox) for _ in range(2))
    for made in broken, sound:
        made.open({"a": "1"}).verdict()
    store = sandbox.client("root", "s3")
    for kept in store.list_objects_v2(Bucket="gated-artifacts", Prefix=f"decisions/{broken.name}/")["Contents"]:
        store.put_object(Bucket="gated-artifacts", Key=kept["Key"], Body=b"{")
    code, told = doctor(sandbox, "--all")
    assert code == 1 and failed(told) == {}
    [unread] = [check for check in told["checks"] if check["id"] == "verdicts"]
    assert unread["state"] == "unknown" and unread["repository"] == broken.name and f"decisions/{broken.name}/" in unread["found"]
    assert [counted["repository"] for counted in told["verdicts"]] == [sound.name]


def test_a_repository_or_a_deployment_that_is_not_there_is_said(own):
    sandbox = own()
    code, told = doctor(sandbox, "--repository", "nowhere", "--allow-unknown")
    assert code == 1 and "there is no such repository" in failed(told)["associated"]["found"]
    code, told = doctor(sandbox, "--repository", "nowhere", "--service", "payments")
    assert code == 1 and "--service" in failed(told)["functions"]["mend"]
    for wrong in ["doctor"], ["doctor", "--repository", "a/b"], ["doctor", "--all", "--repository", "a"]:
        assert sandbox.gated("alice", *wrong).returncode == 2, shlex.join(wrong)


def in_account(account, *arguments):
    """The doctor, where everything that it asks is answered; about carol, unless it is told about whom."""
    about = () if any("principal" in argument for argument in arguments) else ("--principal", CAROL)
    return doctor(account.sandbox, "--endpoint-url", account.endpoint, *arguments, *about)


def test_where_everything_can_be_asked_a_sound_deployment_holds_without_exceptions(own, repository):
    sandbox = own()
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    code, told = in_account(account, "--repository", name)
    assert code == 0, [check for check in told["checks"] if check["state"] != "ok"]
    assert {check["id"] for check in told["checks"]} >= UNKNOWN
    assert found(told, "quotas") == [
        "build projects: 0 of 5000, 5000 left",
        "report groups: 0 of 1000, 1000 left (CodeBuild's user guide says so, Service Quotas has none of them)",
        "running builds of Linux/Small: 0 of 60, 60 left"]


def test_a_deployment_that_is_not_there_is_told_by_the_header_in_which_lambda_names_its_errors(own):
    account = Account(own())
    code, told = in_account(account, "--repository", "nowhere", "--service", "payments")
    assert code == 1 and "there is no function payments-" in failed(told)["functions"]["found"]
    assert "--service" in failed(told)["functions"]["mend"]


def test_a_list_whose_next_page_is_the_same_again_is_unknown_and_has_an_end(own, repository):
    sandbox = own()
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    account.quotas = lambda _: json.dumps({"Quotas": [], "NextToken": "again"}).encode()
    code, told = in_account(account, "--repository", name)
    [quotas] = [check for check in told["checks"] if check["id"] == "quotas"]
    assert code == 1 and quotas["state"] == "unknown" and "token of another page" in quotas["found"]
    assert account.called.count("ListAWSDefaultServiceQuotas") == 2


def test_quotas_are_found_by_the_names_that_china_has_too(own, repository):
    sandbox = own()
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    account.quota = {RUNNING_IN_CHINA: 60.0}
    code, told = in_account(account, "--repository", name)
    assert code == 0 and found(told, "quotas")[2] == "running builds: 0 of 60, 60 left"


def builds(*told):
    """Builds of the account as `BatchGetBuilds` tells them: project, environment, whether they run on a fleet of their own."""
    return {"builds": [{"id": f"{project}:{number}", "projectName": project, "buildStatus": "IN_PROGRESS", "environment": {
        "type": kind, "computeType": f"BUILD_GENERAL1_{size}", "image": "x"} | ({"fleet": {"fleetArn": "arn:f"}} if fleet else {})}
        for number, (project, kind, size, fleet) in enumerate(told)]}


def test_running_builds_count_against_the_quota_of_their_own_kind_and_size(own, repository):
    sandbox = own("version: 1\nenvironment: {compute: medium}\n")
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    account.quota = {"Concurrently running builds for Linux/Small environment": 1.0,
                     "Concurrently running builds for Linux/Medium environment": 2.0,
                     "Concurrently running builds for ARM/Large environment": 2.0}
    account.rewrite["ListBuilds"] = lambda _: {"ids": ["x:1"]}
    others = [("other", "LINUX_CONTAINER", "SMALL", False), ("windows", "WINDOWS_SERVER_2019_CONTAINER", "MEDIUM", False)]
    account.rewrite["BatchGetBuilds"] = lambda _: builds(
        *others, ("other", "LINUX_CONTAINER", "MEDIUM", False), ("other", "LINUX_CONTAINER", "MEDIUM", True),
        ("gated-demo-pr-1", "ARM_CONTAINER", "LARGE", False))
    code, told = in_account(account, "--repository", name)
    assert code == 0 and found(told, "quotas")[2:] == [
        "running builds of ARM/Large: 1 of 2, 1 left", "running builds of Linux/Medium: 1 of 2, 1 left"]
    account.rewrite["BatchGetBuilds"] = lambda _: builds(*others, ("gated-demo-pr-1", "LINUX_CONTAINER", "2XLARGE", False))
    code, told = in_account(account, "--repository", name)
    assert code == 1 and failed(told) == {}
    assert found(told, "quotas")[2] == "running builds of Linux/2XLarge: 1 of a number that Service Quotas does not tell"


def test_where_all_builds_that_may_run_do_the_next_one_waits_and_where_none_may_the_gate_cannot_build(own, repository):
    sandbox = own()
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    account.rewrite["ListBuilds"] = lambda _: {"ids": ["x:1"]}
    account.rewrite["BatchGetBuilds"] = lambda _: builds(("other", "LINUX_CONTAINER", "SMALL", False))
    for kind in "running builds of Linux/Small", "running builds":
        [quota] = account.quota
        account.quota = {quota: 1.0}
        code, told = in_account(account, "--repository", name)
        assert code == 0 and found(told, "quotas")[2] == f"{kind}: 1 of 1, none left: builds wait"
        account.quota = {quota: 0.0}
        code, told = in_account(account, "--repository", name)
        assert code == 1 and set(failed(told)) == {"quotas"}
        account.quota = {RUNNING_IN_CHINA: 1.0}


def test_alarms_that_wake_nobody_are_told_and_those_that_are_not_there_fail(own, repository):
    sandbox = own()
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    account.alarms[0]["AlarmActions"] = []
    code, told = in_account(account, "--repository", name)
    assert code == 0 and "alarmTopicArn" in found(told, "alarms")[0]
    account.alarms = []
    code, told = in_account(account, "--repository", name)
    assert code == 1 and set(failed(told)) == {"alarms"}


def only(name, change):
    """Changes one rule of a list, or leaves it out."""
    return lambda answer: {"Rules": [new for rule in answer["Rules"] for new in (change(rule) if rule["Name"] == name else [rule])]}


def hears_only_of(repository):
    def change(rule):
        pattern = json.loads(rule["EventPattern"]) | {"resources": [f"arn:aws:codecommit:us-east-1:111122223333:{repository}"]}
        return [rule | {"EventPattern": json.dumps(pattern)}]
    return change


@pytest.mark.parametrize("rule, missed", [
    ("gated-templates", "changes of the template to intake"),
    ("gated-executions", "ends of executions to intake"),
    ("gated-branches", "moves of branches of demo to the sweeper"),
])
def test_a_rule_that_is_missing_is_told_by_what_it_would_hand_over(own, repository, rule, missed):
    sandbox = own()
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    account.rewrite["ListRules"] = only(rule, lambda _: [])
    code, told = in_account(account, "--repository", name)
    assert code == 1 and set(failed(told)) == {"event-rules"}
    assert failed(told)["event-rules"]["found"] == f"no rule hands {missed.replace('demo', name)}"


def test_every_repository_has_to_be_one_that_a_rule_names(own, repository):
    sandbox = own()
    account = Account(sandbox)
    heard, unheard = (repository(GREEN, within=sandbox).name for _ in range(2))
    account.rewrite["ListRules"] = only("gated-pull-requests", hears_only_of(heard))
    assert in_account(account, "--repository", heard)[0] == 0
    code, told = in_account(account, "--repository", heard, "--repository", unheard)
    assert code == 1
    assert failed(told)["event-rules"]["found"] == f"no rule hands any event of a pull request of {unheard} to intake"
    account.rewrite["ListRules"] = only("gated-branches", hears_only_of(heard))
    assert in_account(account, "--repository", heard)[0] == 0
    code, told = in_account(account, "--repository", heard, "--repository", unheard)
    assert code == 1
    assert failed(told)["event-rules"]["found"] == f"no rule hands moves of branches of {unheard} to the sweeper"


def test_every_kind_of_event_has_to_be_heard_of_every_repository(own, repository):
    """A second rule takes what the first has no room for, and may have drifted by itself."""
    sandbox = own()
    account = Account(sandbox)
    first, second = (repository(GREEN, within=sandbox).name for _ in range(2))

    def split(kinds):
        def change(rule):
            [one] = hears_only_of(first)(rule)
            [two] = hears_only_of(second)(rule)
            pattern = json.loads(two["EventPattern"])
            pattern["detail"]["event"] = [kind for kind in pattern["detail"]["event"] if kinds(kind)]
            return [one, two | {"EventPattern": json.dumps(pattern)}]
        return only("gated-pull-requests", change)

    account.rewrite["ListRules"] = split(lambda _: True)
    assert in_account(account, "--repository", first, "--repository", second)[0] == 0
    account.rewrite["ListRules"] = split(lambda kind: kind in ("pullRequestCreated", "pullRequestStatusChanged"))
    code, told = in_account(account, "--repository", first, "--repository", second)
    assert code == 1 and set(failed(told)) == {"event-rules"}
    missed = failed(told)["event-rules"]["found"]
    assert "pullRequestSourceBranchUpdated" in missed and missed.endswith(f" of {second} to intake")
    assert "pullRequestCreated" not in missed and first not in missed


def with_targets(change):
    """Changes the targets of every rule that calls intake."""
    return lambda answer: answer | {"Targets": [
        change(target) if "gated-intake" in target["Arn"] else target for target in answer["Targets"]]}


def test_a_rule_that_calls_a_function_of_another_account_hands_nothing_to_intake(own, repository):
    sandbox = own()
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    account.rewrite["ListTargetsByRule"] = with_targets(
        lambda target: target | {"Arn": target["Arn"].replace("111122223333", "999999999999")})
    code, told = in_account(account, "--repository", name)
    assert code == 1 and set(failed(told)) == {"event-rules"}
    assert "changes of the template" in failed(told)["event-rules"]["found"]


@pytest.mark.parametrize("instead", [
    {"Input": "{}"}, {"InputPath": "$.detail"}, {"InputTransformer": {"InputPathsMap": {}, "InputTemplate": "{}"}}])
def test_a_rule_that_hands_over_something_else_than_the_event_is_told_and_its_target_mended(own, repository, instead):
    sandbox = own()
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    account.rewrite["ListTargetsByRule"] = with_targets(lambda target: target | {"RetryPolicy": {"MaximumRetryAttempts": 20}} | instead)
    told = in_account(account, "--repository", name)[1]
    rules = [check for check in told["checks"] if check["id"] == "event-rules"]
    assert {check["state"] for check in rules} == {"failed"} and len(rules) == 3
    [key] = instead
    assert rules[0]["found"] == f"gated-executions hands over its {key} instead of the event"
    line = shlex.split(rules[0]["mend"])
    assert line[:5] == ["aws", "events", "put-targets", "--rule", "gated-executions"]
    [target] = json.loads(line[-1])
    assert target["Arn"] == f"{FUNCTION}:gated-intake:live" and "RetryPolicy" in target and key not in target


def test_a_rule_that_the_function_does_not_let_call_it_is_named_with_the_line_that_lets_it(own, repository):
    sandbox = own()
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    account.permissions["gated-intake:live"].remove("gated-templates")
    code, told = in_account(account, "--repository", name)
    assert code == 1 and set(failed(told)) == {"event-permissions"}
    assert failed(told)["event-permissions"]["found"] == "gated-intake:live does not let gated-templates call it"
    mend = failed(told)["event-permissions"]["mend"]
    assert "--qualifier live" in mend and "--source-arn arn:aws:events:us-east-1:111122223333:rule/gated-templates" in mend
    account.permissions = {"gated-intake:live": account.permissions["gated-intake:live"] + ["gated-templates"], "gated-sweeper:live": []}
    told = in_account(account, "--repository", name)[1]
    assert failed(told)["event-permissions"]["found"] == "gated-sweeper:live does not let gated-branches, gated-sweep call it"


def test_a_schedule_that_is_not_the_gates_is_told_and_set_anew(own, repository):
    sandbox = own()
    name = repository(GREEN, within=sandbox).name
    sandbox.client("bob", "events").put_rule(Name="gated-sweep", ScheduleExpression="rate(365 days)")
    told = doctor(sandbox, "--repository", name, "--allow-unknown")[1]
    assert set(failed(told)) == {"sweeper"} and "rate(365 days)" in failed(told)["sweeper"]["found"]
    follow(sandbox, failed(told)["sweeper"]["mend"])
    assert doctor(sandbox, "--repository", name, "--allow-unknown")[0] == 0


def test_the_state_machine_is_the_one_that_the_alias_leads_to(own, repository):
    """What `DescribeStateMachine` tells without a version may be newer than what executions begin with."""
    sandbox = own()
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    account.rewrite["invocations"] = lambda about: about | {"stateMachine": f"{MACHINE}:live"}
    states = sandbox.client("alice", "stepfunctions")
    assert "there is no" in failed(in_account(account, "--repository", name)[1])["state-machine"]["found"]
    ours = states.describe_state_machine(stateMachineArn=MACHINE)["definition"]
    other = json.loads(ours) | {"TimeoutSeconds": 7}
    states.update_state_machine(stateMachineArn=MACHINE, definition=json.dumps(other))
    version = states.publish_state_machine_version(stateMachineArn=MACHINE)["stateMachineVersionArn"]
    states.create_state_machine_alias(name="live", routingConfiguration=[{"stateMachineVersionArn": version, "weight": 100}])
    states.update_state_machine(stateMachineArn=MACHINE, definition=ours)
    assert set(failed(in_account(account, "--repository", name)[1])) == {"state-machine"}
    version = states.publish_state_machine_version(stateMachineArn=MACHINE)["stateMachineVersionArn"]
    states.update_state_machine_alias(stateMachineAliasArn=f"{MACHINE}:live",
                                      routingConfiguration=[{"stateMachineVersionArn": version, "weight": 100}])
    assert in_account(account, "--repository", name)[0] == 0


def machine_that_calls(**functions):
    """The state machine's text, with other functions in place of the gate's."""
    def change(answer):
        text = answer["definition"]
        for name, other in functions.items():
            text = text.replace(f'"{FUNCTION}:gated-{name}:live"', f'"{other}"')
        assert text != answer["definition"]
        return answer | {"definition": text}
    return change


@pytest.mark.parametrize("other, change, wrong", [
    ("arn:aws:lambda:us-east-1:999999999999:function:gated-voter:3", None, "no version of"),
    ("arn:aws:lambda:eu-west-1:111122223333:function:gated-voter:3", None, "no version of"),
    (f"{FUNCTION}:evil:3", None, "no version of"),
    (f"{FUNCTION}:gated-voter", None, "no version of"),
    (f"{FUNCTION}:gated-voter:3", None, "which is not there"),
    (f"{FUNCTION}:gated-voter:3", lambda about: about | {"version": "0.0.1"}, 'which is of version "0.0.1"'),
    (f"{FUNCTION}:gated-voter:3", lambda about: about | {"function": "judge"}, 'which is the "judge"'),
    (f"{FUNCTION}:gated-voter:3", lambda about: about | {"voter": "arn:aws:sts::1:assumed-role/x/y"}, "other settings than intake"),
])
def test_the_state_machine_calls_the_functions_of_this_deployment_and_version(own, repository, other, change, wrong):
    sandbox = own()
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    account.functions = {} if change is None else {other: change}
    account.rewrite["DescribeStateMachine"] = machine_that_calls(voter=other)
    code, told = in_account(account, "--repository", name)
    assert code == 1 and set(failed(told)) == {"state-machine"}
    assert other in failed(told)["state-machine"]["found"] and wrong in failed(told)["state-machine"]["found"]


def test_a_version_beside_the_alias_is_as_good_when_it_is_the_same_and_all_states_call_it(own, repository):
    sandbox = own()
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    version = f"{FUNCTION}:gated-voter:7"
    account.functions = {version: lambda about: about}
    account.rewrite["DescribeStateMachine"] = machine_that_calls(voter=version)
    assert in_account(account, "--repository", name)[0] == 0
    one = lambda answer: answer | {"definition": answer["definition"].replace(f"{FUNCTION}:gated-voter:live", version, 1)}
    account.rewrite["DescribeStateMachine"] = one
    told = in_account(account, "--repository", name)[1]
    assert "do not all call the same" in failed(told)["state-machine"]["found"]


def test_whether_the_gate_votes_is_unknown_when_intake_does_not_say_it(own, repository):
    """The last call of the functions is one of its own: the others were answered."""
    sandbox = own("version: 1\nmode: observe\n")
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    account.refused = lambda path, body: f'"{name}"'.encode() in body
    told = in_account(account, "--repository", name)[1]
    [mode] = [check for check in told["checks"] if check["id"] == "mode"]
    assert mode["state"] == "unknown" and "TooManyRequestsException" in mode["found"] and "again" in mode["mend"], mode


def test_what_a_function_was_told_is_unknown_when_it_does_not_say_it(own, repository):
    sandbox = own()
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    account.refused = lambda path, _: path.endswith("/gated-judge:live/invocations")
    told = in_account(account, "--repository", name)[1]
    [functions, settings] = [check for check in told["checks"] if check["id"] in ("functions", "settings")]
    assert functions["state"] == settings["state"] == "unknown" and settings["mend"]
    assert "gated-judge" in functions["found"] and "TooManyRequestsException" in functions["found"] and "gated-judge" in settings["found"]


def test_nothing_is_proven_where_no_repository_could_be_looked_at(own, repository):
    sandbox = own()
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    account.rewrite["ListRepositories"] = lambda _: {"repositories": []}
    code, told = in_account(account, "--all", "--allow-unknown")
    assert code == 1 and not told["holds"] and set(failed(told)) == {"repositories"}
    account.refused = lambda path, _: path.endswith("/invocations")
    code, told = in_account(account, "--repository", name, "--allow-unknown")
    assert code == 1 and not told["holds"] and {check["state"] for check in told["checks"]} == {"unknown"}


def test_a_repository_that_was_renamed_is_not_gated_any_more_and_so_is_none_at_all(own, repository):
    sandbox = own()
    account, name = Account(sandbox), repository(GREEN, name="payments-renamed", within=sandbox).name
    account.rewrite["invocations"] = lambda about: about | {"repositories": [name]}
    assert in_account(account, "--all")[0] == 0
    account.rewrite["invocations"] = lambda about: about | {"repositories": ["payments"]}
    code, told = in_account(account, "--all")
    assert code == 1 and set(failed(told)) == {"repositories"}
    check = failed(told)["repositories"]
    assert check["repository"] == "payments" and "renamed or deleted" in check["found"] and "repositories=" in check["mend"]
    account.rewrite["invocations"] = lambda about: about | {"repositories": ["team-*"]}
    code, told = in_account(account, "--all")
    assert code == 1 and failed(told)["repositories"]["found"] == "no repository is gated: none fits team-*"


def test_repositories_that_are_gated_by_a_pattern_are_told_to_share_a_build_role(own, repository):
    sandbox = own()
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    assert "share a role" in found(in_account(account, "--repository", name)[1], "deployment")[0]
    account.rewrite["invocations"] = lambda about: about | {"repositories": ["other-*", name]}
    assert found(in_account(account, "--repository", name)[1], "deployment") == ["the deployment gates it by its name"]


def test_a_role_that_people_may_take_and_a_quota_that_is_used_up_are_failures(own, repository):
    sandbox = own()
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    account.iam.trust["gated-voter"] = {"Service": "lambda.amazonaws.com", "AWS": "arn:aws:iam::111122223333:root"}
    account.left = False
    code, told = in_account(account, "--repository", name)
    assert code == 1 and set(failed(told)) == {"role-trust", "quotas"}
    assert "111122223333:root" in failed(told)["role-trust"]["found"]


@pytest.mark.parametrize("role, service", [
    ("gated-voter", "ec2.amazonaws.com"), ("gated-voter", "rolesanywhere.amazonaws.com"), ("gated-judge", "codebuild.amazonaws.com"),
    ("gated-intake", "states.amazonaws.com"), ("gated-sweeper", "ec2.amazonaws.com"), ("gated-approval-rule", "ec2.amazonaws.com"),
    ("gated-states", "lambda.amazonaws.com"), ("gated-build", "lambda.amazonaws.com"), ("gated-build-0a1b2c3d", "ec2.amazonaws.com"),
    ("theirs", "ec2.amazonaws.com"),
])
def test_every_role_of_the_gate_is_taken_by_its_own_service_alone(own, repository, role, service):
    sandbox = own("version: 1\nprofiles: {a: {role: 'arn:aws:iam::111122223333:role/team/theirs'}}\n")
    account, name = Account(sandbox), repository(GREEN, within=sandbox).name
    own_roles = ["arn:aws:iam::111122223333:role/gated-build-0a1b2c3d"]
    account.rewrite["invocations"] = lambda about: about | {"buildRoles": about.get("buildRoles", []) + own_roles}
    assert in_account(account, "--repository", name)[0] == 0
    account.iam.trust[role] = {"Service": service}
    code, told = in_account(account, "--repository", name)
    assert code == 1 and set(failed(told)) == {"role-trust"}
    assert failed(told)["role-trust"]["found"] == f"{service} may take the role {role} and could choose the session's name"


def test_what_is_the_same_for_every_repository_is_asked_once(own, repository):
    sandbox, asked = own(), []
    for _ in range(2):
        repository(GREEN, within=sandbox), repository(GREEN, within=sandbox)
        account = Account(sandbox)
        assert in_account(account, "--all")[0] == 0
        asked.append(collections.Counter(call for call in account.called if call != "/"))
    grown = {call for call in asked[1] if asked[1][call] > asked[0][call] and not call.startswith("/gated-artifacts")}
    assert grown == {"ListAssociatedApprovalRuleTemplatesForRepository", "ListPullRequests"}
    once = ["ListRules", "ListRepositories", "GetApprovalRuleTemplate", "GetParameter", "DescribeStateMachine", "ListProjects",
            "ListBuilds", "ListReportGroups", "ListServiceQuotas", "DescribeAlarms", "/2015-03-31/functions/gated-intake:live/policy"]
    assert {call: asked[1][call] for call in once} == dict.fromkeys(once, 1)
