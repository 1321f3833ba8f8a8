"""What a newcomer does first: install the packages, synthesise. No Rust, no credentials, no region, no Docker."""

import json
import re
import subprocess

from calls import ROOT


def test_a_fresh_clone_yields_one_template_before_any_rust_is_compiled(fresh, clone):
    assert fresh.returncode == 0, fresh.stderr
    assert not (clone.parent / "target").exists()
    assert [path.name for path in (clone / "cdk.out").glob("**/*.template.json")] == ["gated.template.json"]
    template = json.loads((clone / "cdk.out/gated.template.json").read_text())
    kinds = {resource["Type"] for resource in template["Resources"].values()}
    assert "AWS::CloudFormation::Stack" not in kinds


def test_what_is_not_built_cannot_be_deployed(fresh, clone):
    """The asset's own command refuses, whatever the credentials."""
    assets = json.loads((clone / "cdk.out/gated.assets.json").read_text())
    [placeholder] = [file for name, file in assets["files"].items() if name == "the-functions-are-not-built"]
    command = placeholder["source"]["executable"]
    refused = subprocess.run(command, capture_output=True, text=True)
    assert refused.returncode != 0 and "run infra/package" in refused.stderr


def test_a_missing_or_malformed_value_is_named_with_how_to_mend_it(synth):
    whole = {"accountId": "111122223333", "serviceName": "gated", "repositoryName": "demo"}
    for key, value, words in [
        ("accountId", "", "accountId is missing"),
        ("serviceName", "Gated!", "lower-case letters"),
        # Parameter Store takes no name that begins like this.
        ("serviceName", "awsome", "beginning with neither aws nor ssm"),
        ("serviceName", "ssm-gate", "beginning with neither aws nor ssm"),
        ("repositoryName", "", "-c repositoryName=NAME"),
        ("destinationBranches", ["*-stable"], "name the branches one by one"),
        # As the approval rule's own function would say it, in the middle of a deployment.
        ("destinationBranches", [f"b{number}" for number in range(101)], "101 references, CodeCommit takes 100"),
        ("destinationBranches", [f"{number:02}" + "x" * 80 for number in range(40)], "characters, CodeCommit takes 3000"),
        ("retentionDays", 30, "give a number of days from 90"),
        ("imageRepositories", "*", "names or ARNs of ECR repositories"),
        ("imageRepositories", "ci*/x", "names or ARNs of ECR repositories"),
        ("imageRepositories", "444455556666.dkr.ecr.eu-west-1.amazonaws.com/ci:1", "names or ARNs of ECR repositories"),
        ("imageRepositories", "ci,gat*", "builds could read each other's images"),
        ("imageRepositories", "arn:aws:ecr:eu-west-1:111122223333:repository/gated", "builds could read each other's images"),
        ("objectLockDays", 366, "longer than retentionDays, 365"),
    ]:
        answer, _ = synth(**whole | {key: value})
        assert answer.returncode == 2 and words in answer.stderr, answer.stderr
        assert len(answer.stderr.strip().splitlines()) == 1


def test_a_branch_is_the_same_by_its_full_reference(synth):
    answer, [template] = synth(accountId="111122223333", repositoryName="demo", destinationBranches="refs/heads/main,release/**")
    assert answer.returncode == 0, answer.stderr
    [around] = [s for s in template.statements() if s.sid == "NoWayAroundPullRequests"]
    assert around.condition["StringLikeIfExists"]["codecommit:References"] == ["refs/heads/main", "refs/heads/release/*"]


def test_a_floor_may_say_one_text_where_it_may_list_several(synth, tmp_path):
    floor, said = tmp_path / "floor.yml", []
    profile = "profiles: {inside: {vpc: vpc-1, subnets: %s, security-groups: %s}}"
    for lists in ("main", "/team/", "subnet-1", "sg-1"), ("[main]", "[/team/]", "[subnet-1]", "[sg-1]"):
        text = "version: 1\ngate: {destinations: %s}\nsecrets-allowed: %s\n" + profile
        floor.write_text(text % lists)
        answer, [template] = synth(accountId="111122223333", repositoryName="demo", floorFile=str(floor))
        assert answer.returncode == 0, answer.stderr
        said.append([(s.sid, s.actions, s.resources, s.condition) for s in template.statements()])
    assert said[0] == said[1]


def test_what_a_floor_file_says_alone_is_refused_beside_it(synth, tmp_path):
    floor = tmp_path / "floor.yml"
    values = {"accountId": "111122223333", "repositoryName": "demo", "floorFile": str(floor)}
    floor.write_text("version: 1\ngate: {destinations: [develop]}\n")
    for key, value in ("mode", "observe"), ("destinationBranches", "trunk"):
        answer, _ = synth(**values | {key: value})
        assert answer.returncode == 2 and f"the context's {key} is" in answer.stderr, answer.stderr
    answer, _ = synth(**values | {"destinationBranches": "develop"})
    assert answer.returncode == 0, answer.stderr


def test_a_published_stack_takes_the_names_that_parameters_take(published):
    pattern = published.body["Parameters"]["ServiceName"]["AllowedPattern"]
    for name, taken in (("gated", True), ("awgate", True), ("awsome", False), ("ssm-gate", False), ("Gated", False)):
        assert bool(re.fullmatch(pattern, name)) == taken, name
    assert "neither aws nor ssm" in published.body["Parameters"]["ServiceName"]["ConstraintDescription"]


def test_who_gates_every_branch_is_warned_that_nobody_could_push_a_feature(synth, tmp_path):
    floor = tmp_path / "floor.yml"
    values = {"accountId": "111122223333", "repositoryName": "demo", "floorFile": str(floor)}
    for text, warned in ("version: 1\n", True), ("version: 1\ngate: {destinations: [main]}\n", False):
        floor.write_text(text)
        answer, _ = synth(**values)
        assert answer.returncode == 0
        assert any("can push to none of them" in warning for warning in answer.warnings) == warned


def test_the_published_files_are_what_the_stack_makes(fresh, clone, shell):
    checked = subprocess.run(["node", "build/bin/publish.js", "--check"], cwd=clone, env=shell, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


def test_cfn_lint_finds_nothing(whole, published, tmp_path):
    for name, template in (("whole", whole), ("published", published)):
        path = tmp_path / f"{name}.json"
        # Its pattern of a task's resource knows the partition `aws` alone.
        path.write_text(json.dumps(template.body).replace("arn:${Partition}:states:::", "arn:aws:states:::"))
        # W3005: the CDK writes a DependsOn beside a reference. E1029: `${…}` in the state machine are definition
        # substitutions, held against the definition by another test.
        linted = subprocess.run(
            [ROOT / "target/test-tools/python/bin/cfn-lint", "--ignore-checks", "W3005", "E1029", "--", path],
            capture_output=True, text=True)
        assert linted.returncode == 0, linted.stdout


def test_cdk_nag_is_suppressed_with_reasons_only(fresh, clone):
    """A finding that is not suppressed ends the synthesis; here is held that each suppression says why."""
    template = json.loads((clone / "cdk.out/gated.template.json").read_text())
    suppressed = [rule for resource in template["Resources"].values()
                  for rule in resource.get("Metadata", {}).get("cdk_nag", {}).get("rules_to_suppress", [])]
    assert suppressed and all(len(rule["reason"]) > 20 or ": " in rule["reason"] for rule in suppressed)
    assert all("applies_to" in rule for rule in suppressed if rule["id"] == "AwsSolutions-IAM5")


def test_no_partition_region_or_suffix_is_written_out(published):
    text = json.dumps({name: resource for name, resource in published.resources.items()})
    for word in ("arn:aws", "amazonaws.com/", "us-east-1", "eu-central-1", "111122223333"):
        assert word not in text
    # A service principal is the same name in every partition that has these services.
    assert set(part.split('"')[0] for part in text.split('.amazonaws.com')[1:]) == {""}


