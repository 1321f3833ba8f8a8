"""The rules that the stack holds itself to, read off the templates."""

import fnmatch
import json
import re

import boto3
import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from policy_sentry.querying.actions import get_action_data
from policy_sentry.querying.all import get_all_actions

from calls import ROOT
from template import several, text


@pytest.fixture(params=["whole", "published"])
def template(request):
    return request.getfixturevalue(request.param)


def test_every_function_is_the_gates_own_program(template):
    functions = template.of_type("AWS::Lambda::Function")
    assert len(functions) == 5
    assert {(f["Runtime"], f["Handler"]) for f in functions.values()} == {("provided.al2023", "bootstrap")}
    assert len({json.dumps(f["Code"]) for f in functions.values()}) == 1, "all of them are one artifact"
    assert len({json.dumps(f["Role"]) for f in functions.values()}) == 5, "each has a role of its own"
    assert {f["TracingConfig"]["Mode"] for f in functions.values()} == {"Active"}
    names = {f["Environment"]["Variables"]["GATED_FUNCTION"] for f in functions.values()}
    source = (ROOT / "engine/lambda/src/lib.rs").read_text()
    assert names == set(re.findall(r'Self::\w+ => "([a-z-]+)"', source))


def test_the_functions_are_told_what_the_program_asks_for(template):
    asked = set(re.findall(r'"(GATED_\w+)"', (ROOT / "engine/lambda/src/bin/bootstrap.rs").read_text()))
    for function in template.of_type("AWS::Lambda::Function").values():
        assert {name for name in function["Environment"]["Variables"] if name.startswith("GATED_")} == asked


def test_the_arm_switch_turns_every_function(whole, published):
    for template, wanted in ((whole, "arm64"), (published, "x86_64")):
        assert {a for f in template.of_type("AWS::Lambda::Function").values() for a in f["Architectures"]} == {wanted}


def test_every_bucket_is_private_and_encrypted(template):
    _, bucket = template.one("AWS::S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    statements = [s for s in template.statements() if s.owner in template.of_type("AWS::S3::BucketPolicy")]
    assert {s.effect for s in statements} == {"Deny"}
    assert any(s.condition == {"Bool": {"aws:SecureTransport": "false"}} for s in statements)


def test_what_the_voter_believes_is_written_by_the_judge_alone(template):
    guards = {s.sid: s for s in template.statements() if s.sid.startswith("OnlyTheGateWrites")}
    verdicts = guards["OnlyTheGateWritesVerdicts"]
    assert [r.rsplit("}", 1)[1] for r in verdicts.resources] == ["/evidence/*", "/decisions/*"]
    [writer] = several(verdicts.condition["ArnNotEquals"]["aws:PrincipalArn"])
    assert text(writer).endswith("-judge-{AWS::Region}")
    for s in template.statements():
        if s.effect == "Allow" and "s3:PutObject" in s.actions and s.owner != "judge":
            assert not any("/decisions/" in r or "/evidence/" in r for r in s.resources), s.owner


def test_a_decision_record_is_replaced_and_deleted_by_nobody(template):
    """Its time is over by the bucket's own rule. Whoever tears the gate down keeps them too."""
    [kept] = [s for s in template.statements() if s.sid == "NobodyDeletesDecisions"]
    assert [r.rsplit("}", 1)[1] for r in kept.resources] == ["/decisions/*"] and not kept.condition
    assert set(kept.actions) == {"s3:DeleteObject", "s3:DeleteObjectVersion"}
    for statement in (s for s in template.statements() if s.sid.startswith("OnlyTheGateWrites") or s.sid == "OnlyBuildsWriteResults"):
        assert set(statement.actions) == {"s3:PutObject", "s3:ReplicateObject"}, statement.sid


def test_what_the_judge_measures_is_written_by_builds_alone(whole):
    [guard] = [s for s in whole.statements() if s.sid == "OnlyBuildsWriteResults"]
    assert [r.rsplit("}", 1)[1] for r in guard.resources] == ["/builds/*"]
    free = [text(arn) for arn in guard.condition["ArnNotLike"]["aws:PrincipalArn"]]
    builds = [f"arn:{{AWS::Partition}}:iam::{{AWS::AccountId}}:role/gate-2-{role}-{{AWS::Region}}"
              for role in whole.roles() if role.startswith("build")]
    assert len(builds) == 5 and "arn:aws:iam::111122223333:role/theirs" in free
    for role in builds:
        assert any(fnmatch.fnmatchcase(role.replace("111122223333", "{AWS::AccountId}"), arn) for arn in free), role
    for role in ("judge", "intake", "voter", "sweeper"):
        assert not any(fnmatch.fnmatchcase(f"arn:{{AWS::Partition}}:iam::{{AWS::AccountId}}:role/gate-2-{role}-{{AWS::Region}}", arn) for arn in free)


def test_records_stay_and_nothing_else_does(template):
    """A version that is retained goes with its function or state machine. The README tells all."""
    kept = {r["Type"]: r["DeletionPolicy"] for r in template.resources.values() if r.get("DeletionPolicy") not in (None, "Delete")}
    # What a deployment made that failed is taken away again: a version that is left has the next deployment of the same program
    # end with "already exists", and each first one leaves a bucket.
    assert kept == dict.fromkeys(("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::Lambda::Version",
                                  "AWS::StepFunctions::StateMachineVersion"), "RetainExceptOnCreate")
    assert {r["UpdateReplacePolicy"] for r in template.resources.values() if r["Type"] in kept} == {"Retain"}
    [told] = re.findall(r"\n\| what stays \|.*?\n\n", (ROOT / "infra/README.md").read_text(), re.S)
    assert set(re.findall(r"`(AWS::\w+::\w+)`", told)) == set(kept)
    managed = {resource.split("rule/")[1] for s in template.statements("states") for resource in s.resources if "rule/" in resource}
    assert managed and all(f"`{rule}`" in told for rule in managed)
    assert not template.of_type("AWS::CodeCommit::Repository")


def test_nothing_with_a_fixed_name_has_another_property_that_cannot_change_in_place(template):
    """CloudFormation makes the new one before it deletes the old one, and their names are the same: "already exists"."""
    unchanging = {}
    for resource in template.resources.values():
        kind, properties = resource["Type"], resource.get("Properties", {})
        named = {key for key in properties if key.endswith("Name") or key == "Name"}
        if kind.startswith("Custom::") or not named:
            continue
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
        fixed = {path.split("/")[2] for path in schema.get("createOnlyProperties", [])} & set(properties)
        if fixed & named:
            unchanging[kind] = {key for key in fixed - named if properties[key]} | unchanging.get(kind, set())
    assert {kind for kind in unchanging if kind.startswith("AWS::IAM")} == {"AWS::IAM::ManagedPolicy", "AWS::IAM::Role"}
    # A version and a permission are named by AWS; a path is IAM's own default, and a group's type stands in its name.
    named_by_aws = {"AWS::Lambda::Version", "AWS::Lambda::Permission"}
    pinned = {"AWS::IAM::ManagedPolicy": {"Path"}, "AWS::CodeBuild::ReportGroup": {"Type"}}
    for kind, found in unchanging.items():
        assert kind in named_by_aws or found <= pinned.get(kind, set()), kind
    assert {p["Path"] for p in template.of_type("AWS::IAM::ManagedPolicy").values()} == {"/"}


def test_everything_that_is_kept_expires_by_its_prefix(template):
    prefixes = set(re.findall(r'format!\("(\w+)/', (ROOT / "engine/lambda/src/records.rs").read_text()))
    _, bucket = template.one("AWS::S3::Bucket")
    rules = bucket["LifecycleConfiguration"]["Rules"]
    assert {rule["Prefix"].rstrip("/") for rule in rules} == prefixes
    days = {rule["Prefix"].rstrip("/"): rule["ExpirationInDays"] for rule in rules}
    # An open pull request is voted on by its plan as long as by its evidence; only what the build uploaded is measured by then.
    assert days == {"builds": 30, "plans": 365, "evidence": 365, "decisions": 365}
    _, images = template.one("AWS::ECR::Repository")
    of_gate, others = json.loads(images["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
    assert of_gate["selection"]["tagPrefixList"] == ["pr-"] and of_gate["selection"]["countNumber"] == 365
    assert others["selection"]["tagStatus"] == "any" and others["selection"]["countNumber"] == 1
    assert of_gate["rulePriority"] < others["rulePriority"]


def test_object_lock_is_a_switch_and_the_judge_knows_of_it(whole, published):
    days = {f["Environment"]["Variables"]["GATED_LOCK_DAYS"] for f in whole.of_type("AWS::Lambda::Function").values()}
    assert days == {"30"}
    assert whole.one("AWS::S3::Bucket")[1]["ObjectLockEnabled"] is True
    assert "ObjectLockEnabled" not in published.one("AWS::S3::Bucket")[1]


def test_every_rule_retries_and_keeps_what_it_cannot_deliver(template):
    rules = template.of_type("AWS::Events::Rule")
    assert len(rules) == 5
    for rule in rules.values():
        [target] = rule["Targets"]
        assert target["RetryPolicy"] and target["DeadLetterConfig"]["Arn"]
    [policy] = [s for s in template.statements() if s.sid == "KeepWhatCannotBeDelivered"]
    assert len(policy.condition["ArnEquals"]["aws:SourceArn"]) == len(rules)
    called = {json.dumps(t["Arn"]) for rule in rules.values() for t in rule["Targets"]}
    for function in template.of_type("AWS::Lambda::Function").values():
        name = function["Environment"]["Variables"]["GATED_FUNCTION"]
        assert ("DeadLetterConfig" in function) == (name in ("intake", "sweeper", "approval-rule"))
    assert len(called) == 2


def test_every_queue_is_encrypted(template):
    assert all(q["SqsManagedSseEnabled"] for q in template.of_type("AWS::SQS::Queue").values())


def test_the_events_are_those_of_the_sandbox(template):
    rules = [rule for rule in template.of_type("AWS::Events::Rule").values() if "EventPattern" in rule]
    patterns = [rule["EventPattern"] for rule in rules]
    events = {event for p in patterns for event in p["detail"].get("event", [])}
    source = (ROOT / "engine/cli/install.rs").read_text()
    assert events == set(re.findall(r'"((?:pullRequest|reference)[A-Z]\w+)"', source)) - {"referenceType"}
    assert {kind for p in patterns for kind in p["detail-type"]} == set(re.findall(r'"detail-type": \["([^"]+)"\]', source))


def test_the_gate_hears_of_its_own_repositories_only(whole):
    patterns = [r["EventPattern"] for r in whole.of_type("AWS::Events::Rule").values()
                if "resources" in r.get("EventPattern", {})]
    assert len(patterns) == 2
    for pattern in patterns:
        names = [text(r if not isinstance(r, dict) or "wildcard" not in r else r["wildcard"]).rsplit(":", 1)[1]
                 for r in pattern["resources"]]
        assert names == ["a.b", "a-b", "a-b-pr-5", "x" * 100, "team-*"]


def test_the_sweeper_hears_of_branches_that_moved_and_of_nothing_else_but_the_clock(template):
    alias = {name: json.dumps(a["FunctionName"]) for name, a in template.of_type("AWS::Lambda::Alias").items()}
    rules = [r for r in template.of_type("AWS::Events::Rule").values()
             if any("sweeper" in alias.get(t["Arn"]["Ref"], "") for t in r["Targets"])]
    assert sorted(text(rule["Name"]).rsplit("-", 1)[1] for rule in rules) == ["branches", "sweep"]
    [pattern] = [rule["EventPattern"] for rule in rules if "EventPattern" in rule]
    assert pattern["detail"] == {"event": ["referenceUpdated"], "referenceType": ["branch"]} and pattern["resources"]


def test_a_pattern_of_names_is_one_that_eventbridge_takes(synth):
    """It knows `*`, and refuses two side by side (EventBridge user guide, wildcard matching)."""
    answer, [template] = synth(accountId="111122223333", repositoryPattern="team-??,a*?b,?")
    assert answer.returncode == 0, answer.stderr
    for pattern in (r["EventPattern"] for r in template.of_type("AWS::Events::Rule").values() if "resources" in r.get("EventPattern", {})):
        assert [text(r["wildcard"]).rsplit(":", 1)[1] for r in pattern["resources"]] == ["team-*", "a*b", "*"]


def test_the_pool_is_exactly_the_voters_session(template):
    _, rule = template.one("Custom::ApprovalRuleTemplate")
    [member] = rule["Pool"]
    voters = [f for f in template.of_type("AWS::Lambda::Function").values()
              if f["Environment"]["Variables"]["GATED_FUNCTION"] == "voter"]
    account = "{AWS::AccountId}"
    role = text(template.role("voter")["RoleName"])
    expected = f"arn:{{AWS::Partition}}:sts::{account}:assumed-role/{role}/{text(voters[0]['FunctionName'])}"
    assert text(member).replace("111122223333", account) == expected
    assert rule["NumberOfApprovals"] == "1"


def test_the_published_template_gates_what_the_zips_own_floor_does_and_has_others_compared(whole, published):
    [branches] = re.findall(r"destinations: (\[.*?\])", (ROOT / "infra/package").read_text())
    default = published.body["Parameters"]["DestinationReferences"]["Default"]
    assert default == ",".join(f"refs/heads/{branch}" for branch in json.loads(branches))
    _, rule = published.one("Custom::ApprovalRuleTemplate")
    assert (rule["Destinations"], rule["FloorUnknown"]) == ({"Ref": "DestinationReferences"}, True)
    assert "FloorUnknown" not in whole.one("Custom::ApprovalRuleTemplate")[1]


def test_the_readme_names_every_parameter_of_the_published_template(published):
    [table] = re.findall(r"\n\| parameter \|.*?\n\n", (ROOT / "infra/README.md").read_text(), re.S)
    rows = [row.split("|")[1] for row in table.strip().splitlines()[2:]]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(published.body["Parameters"])


def test_the_approval_rule_comes_last_and_goes_first(template):
    [rule] = [r for r in template.resources.values() if r["Type"] == "Custom::ApprovalRuleTemplate"]
    needed = set(rule["DependsOn"])
    for kind in ("AWS::StepFunctions::StateMachineAlias", "AWS::Events::Rule"):
        assert set(template.of_type(kind)) <= needed


def test_the_state_machine_is_the_sandboxs_file_by_version_and_alias(template):
    _, machine = template.one("AWS::StepFunctions::StateMachine")
    file = (ROOT / "infra/gate.asl.json").read_text()
    assert machine["DefinitionString"].replace("arn:${Partition}:", "arn:aws:") == file
    assert "arn:aws:" not in machine["DefinitionString"]
    asked = set(re.findall(r"\$\{(\w+)\}", machine["DefinitionString"])) - {""}
    assert set(machine["DefinitionSubstitutions"]) == asked
    versions = template.of_type("AWS::Lambda::Version")
    called = {machine["DefinitionSubstitutions"][name]["Ref"] for name in ("JudgeFunction", "VoterFunction")}
    assert called <= set(versions), "an execution in flight goes on with the functions that it began with"
    name, _ = template.one("AWS::StepFunctions::StateMachineVersion")
    _, alias = template.one("AWS::StepFunctions::StateMachineAlias")
    assert alias["RoutingConfiguration"][0]["StateMachineVersionArn"] == {"Fn::GetAtt": [name, "Arn"]}
    assert len(template.of_type("AWS::Lambda::Alias")) == 5


def test_another_program_or_definition_replaces_a_version_and_the_old_one_stays(template):
    """CloudFormation's own schemas say which properties cannot change in place."""
    for kind, changing in (("AWS::Lambda::Version", "Description"), ("AWS::StepFunctions::StateMachineVersion", "StateMachineRevisionId")):
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
        assert f"/properties/{changing}" in schema["createOnlyProperties"]
        for name, properties in template.of_type(kind).items():
            assert properties[changing] and template.resources[name]["UpdateReplacePolicy"] == "Retain"
    # Lambda publishes nothing of a function that did not change: what stands for the program stands in the function as well.
    for properties in template.of_type("AWS::Lambda::Version").values():
        function = template.resources[properties["FunctionName"]["Ref"]]["Properties"]
        assert text(function["Description"]).endswith(text(properties["Description"]))


def test_images_are_scanned_immutable_and_expire(template):
    _, images = template.one("AWS::ECR::Repository")
    assert images["ImageScanningConfiguration"] == {"ScanOnPush": True}
    assert images["ImageTagMutability"] == "IMMUTABLE" and images["LifecyclePolicy"]


def test_people_are_denied_what_goes_around_the_gate(template):
    denied = {s.sid: s for s in template.statements() if s.effect == "Deny"}
    around = denied["NoWayAroundPullRequests"]
    # What moves a branch knows the branch: a merge of a pull request is the only one that people are left.
    movers = {action for action in get_all_actions() if action.startswith("codecommit:") and any(
        "codecommit:References" in row["condition_keys"] and row["access_level"] == "Write"
        for row in get_action_data("codecommit", action.split(":")[1])["codecommit"])}
    left = {f"codecommit:MergePullRequestBy{how}" for how in ("FastForward", "Squash", "ThreeWay")}
    # A merge commit that no branch points to.
    assert set(around.actions) == movers - left - {"codecommit:CreateUnreferencedMergeCommit"}
    assert around.condition["Null"] == {"codecommit:References": "false"}
    assert around.condition["StringLikeIfExists"]["codecommit:References"]
    # These know no branch: under the condition of the others they would not be denied.
    replaced = denied["NoOtherRepositoryInItsPlace"]
    assert set(replaced.actions) == {"codecommit:DeleteRepository", "codecommit:UpdateRepositoryName"} and not replaced.condition


def test_people_are_denied_whatever_makes_something_else_of_a_gates_build(published):
    """The keys are those that CodeBuild knows of a build that is started."""
    statements = guards(published)
    denied = {key for s in statements if s.actions == ["codebuild:StartBuild"] for key in s.condition["Null"]}
    keys = {key for row in get_action_data("codebuild", "StartBuild")["codebuild"] for key in row["condition_keys"]
            if key.startswith("codebuild:")}
    # A part of something that is handed over whole, so that it is there when its part is; `source` and `environment` are not.
    whole = {"codebuild:artifacts", "codebuild:cache", "codebuild:environment.environmentVariables", "codebuild:logsConfig",
             "codebuild:environment.registryCredential", "codebuild:secondaryArtifacts", "codebuild:secondarySources"}
    members = boto3.session.Session()._session.get_service_model("codebuild").operation_model("StartBuild").input_shape.members
    for key in whole:
        name = key.split(":")[1].split(".")[-1]
        assert members[f"{name}Override"].type_name in ("structure", "list"), key
    assert denied == {key for key in keys if not any(key.startswith((f"{part}.", f"{part}/")) for part in whole)}
    # The gate starts no batch, so that people need not either.
    assert [s.condition for s in statements if "codebuild:StartBuildBatch" in s.actions] == [{}]


def guards(template):
    """The statements of the policies for people."""
    policies = template.of_type("AWS::IAM::ManagedPolicy")
    return [s for s in template.statements() if s.owner in policies and s.effect == "Deny"]


def test_a_service_control_policy_of_the_readme_denies_all_that_the_managed_policies_do(published):
    [block] = re.findall(r"```json\n(.*?)```", (ROOT / "infra/README.md").read_text(), re.S)
    statements = json.loads(block)["Statement"]
    known = get_all_actions()

    def meant(statement):
        return {action for pattern in several(statement["Action"]) for action in fnmatch.filter(known, pattern)}

    # Nobody whom it binds could take a service control policy off.
    asked = {action for s in guards(published) if s.sid != "NoDetachingOfPolicies" for action in s.actions}
    said = set().union(*map(meant, statements))
    assert asked <= said
    # A pattern that is shorter than what it stands for denies further changes, and never a look.
    levels = {action: {row["access_level"] for row in get_action_data(*action.split(":"))[action.split(":")[0]]} for action in said - asked}
    assert not {action for action, found in levels.items() if found & {"Read", "List"}}
    assert {action for action in said - asked if action.startswith("code")} == set()
    assert len(re.sub(r"\s", "", block)) <= 5120, "AWS Organizations takes no longer one"
    # It binds everybody, so that the gate's own roles have to be left out by name, and those that deploy it.
    own = {f"arn:*:iam::*:role/gated-{part}-*" for part in published.roles()}
    left_out = {arn for s in statements for arn in several(s.get("Condition", {}).get("ArnNotLike", {}).get("aws:PrincipalArn", []))}
    assert left_out - own == {"arn:*:iam::*:role/gated-*", "arn:*:iam::*:role/cdk-*"} and left_out & own
    # A name that is left out must not be for anybody to take: no role of that name is made, or given more, but by those.
    [changes] = [s for s in statements if "arn:*:iam::*:role/cdk-*" in several(s["Resource"])]
    assert {"iam:CreateRole", "iam:UpdateAssumeRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:PassRole"} <= meant(changes)
    for part in published.roles():
        may = {action for s in published.statements(part) for action in s.actions}
        for statement in statements:
            free = any(fnmatch.fnmatchcase(f"arn:aws:iam::111122223333:role/gated-{part}-eu-central-1", arn) for arn in several(
                statement.get("Condition", {}).get("ArnNotLike", {}).get("aws:PrincipalArn", [])))
            assert free or not may & meant(statement), f"{statement['Sid']} would stop {part}"


def test_what_the_doctor_asks_for_is_what_the_managed_policies_deny(published):
    lists = re.findall(r"const \w+: \[&str; \d+\] =\s*\[(.*?)\];", (ROOT / "engine/cli/doctor/deeds.rs").read_text(), re.S)
    asked = set(re.findall(r'"([^"]+)"', "".join(lists)))
    denied = {action for s in guards(published) for action in s.actions}
    assert len(asked) > 50 and asked <= denied
    assert {action for action in denied - asked if action.startswith(("codecommit:", "codebuild:"))} == set()


def test_every_condition_key_of_codebuild_exists(template):
    known = {key for row in get_action_data("codebuild", "StartBuild")["codebuild"] for key in row["condition_keys"]}
    used = {key for s in template.statements() for key in s.condition.get("Null", {}) if key.startswith("codebuild:")}
    assert used <= known, used - known


def test_an_alarm_watches_each_thing_that_should_not_happen(template):
    """The metrics' names are held against the code that writes them, the runbooks against the README."""
    alarms = template.of_type("AWS::CloudWatch::Alarm")
    names = {text(alarm["AlarmName"]).split("-", 1)[1].removeprefix("2-") for alarm in alarms.values()}
    assert names == {"gate-error", "dead-letters-undelivered", "dead-letters-failed", "override-used", "rule-edited",
                     "merge-without-pass", "sweeper-found-work", "intake-errors", "sweeper-errors"}
    # A sum of two metrics has no data while one of them has none: each alarm looks at one.
    assert all("MetricName" in alarm for alarm in alarms.values())
    written = (ROOT / "engine/lambda/src/metrics.rs").read_text()
    known = set(re.findall(r'Self::\w+ => "(\w+)"', written))
    _, dashboard = template.one("AWS::CloudWatch::Dashboard")
    shown = set(re.findall(r'\["gated","(\w+)"', text(dashboard["DashboardBody"])))
    watched = {alarm["MetricName"] for alarm in alarms.values() if alarm["Namespace"] == "gated"}
    # A data point without its kind would count what is nobody's loss.
    [found] = [alarm for alarm in alarms.values() if alarm["MetricName"] == "SweeperFoundWork"]
    assert {"Name": "kind", "Value": "missed"} in found["Dimensions"]
    assert watched <= known and shown <= known and known - {"Milliseconds", "Count"} <= shown | watched
    readme = (ROOT / "infra/README.md").read_text()
    for name in names:
        assert f"### {name}\n" in readme, f"infra/README.md has no runbook of {name}"
    # Once an alarm has a topic it speaks there.
    assert all(alarm.get("AlarmActions") for alarm in alarms.values())


def test_descriptions_of_functions_fit_their_limit(published):
    """256 characters, also where the parameters are as long as they may be."""
    longest = {name: "x" * int(re.search(r"\{1,(\d+)\}", p["AllowedPattern"])[1]) for name, p in published.body["Parameters"].items()
               if "{1," in p.get("AllowedPattern", "")}
    assert {"CodeKey", "RepositoryName"} <= set(longest)
    for kind in "AWS::Lambda::Function", "AWS::Lambda::Version":
        for properties in published.of_type(kind).values():
            told = text(properties["Description"])
            for name, value in longest.items():
                told = told.replace("{" + name + "}", value)
            assert "{" not in told and len(told) <= 256


def test_names_of_roles_and_functions_fit_their_limits(whole):
    longest = "ap-southeast-9"
    for role in whole.of_type("AWS::IAM::Role").values():
        assert len(text(role["RoleName"]).replace("{AWS::Region}", longest).replace("gate-2", "x" * 20)) <= 64
    for function in whole.of_type("AWS::Lambda::Function").values():
        assert len(text(function["FunctionName"]).replace("gate-2", "x" * 20)) <= 64
