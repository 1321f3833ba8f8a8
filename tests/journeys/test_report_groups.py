"""CodeBuild's report groups, where the stack has them: builds leave there what the gate measures, and no verdict knows of it."""

import pytest
from botocore.exceptions import ClientError

from gate import VOTER
from project import GREEN, POLICY, cobertura, junit, script
from sandbox import ACCOUNT, REGION, until

GROUP = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:report-group/gated-"
REPORTING = POLICY.replace(
    "files: out/junit.xml}]", "files: out/junit.xml}, {format: cobertura, files: out/coverage.xml}]") + "coverage: 50\n"
PROJECT = {**GREEN, ".gated.yml": REPORTING,
           "test.sh": script({"out/junit.xml": junit(), "out/coverage.xml": cobertura(8, 10)})}


def reports(sandbox):
    """Every report that lies in a group, by the group's format."""
    client = sandbox.client("alice", "codebuild")
    found = {}
    for group in client.list_report_groups()["reportGroups"]:
        arns = client.list_reports_for_report_group(reportGroupArn=group)["reports"]
        if arns:
            found[group.removeprefix(GROUP)] = client.batch_get_reports(reportArns=arns)["reports"]
    return found


def refusal(call, **arguments):
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]


def test_each_report_of_a_build_lies_in_the_group_of_its_format_and_outlives_the_pull_request(own, repository):
    sandbox = own(None, "--report-groups")
    pull = repository(PROJECT, within=sandbox).open({"a": "1"})
    assert "✅ Approved" in pull.verdict() and pull.votes() == {VOTER}
    [build] = pull.builds()
    left = reports(sandbox)
    assert {name: (one["type"], one["status"], one["executionId"]) for name, [one] in left.items()} == {
        "junit": ("TEST", "SUCCEEDED", build["arn"]), "cobertura": ("CODE_COVERAGE", "SUCCEEDED", build["arn"])}
    assert sorted(build["reportArns"]) == sorted(one["arn"] for [one] in left.values())
    pull.merge()
    until("the merged one's environment to be gone", lambda: pull.project not in pull.projects())
    pull.settled()
    assert reports(sandbox) == left and len(sandbox.client("alice", "codebuild").list_report_groups()["reportGroups"]) == 10


def test_without_the_switch_a_build_knows_of_no_report_group(sandbox, repository):
    pull = repository(PROJECT).open({"a": "1"})
    pull.verdict("✅ Approved")
    [build] = pull.builds()
    assert "report-group" not in build["source"]["buildspec"] and build["reportArns"] == []


def test_a_missing_report_is_told_as_ever_and_leaves_an_incomplete_one(own, repository):
    sandbox = own(None, "--report-groups")
    pull = repository(PROJECT, within=sandbox).open({"test.sh": script({"out/coverage.xml": cobertura(8, 10)})})
    assert "tests of test" in pull.verdict("Not approved") and not pull.votes()
    assert {name: one["status"] for name, [one] in reports(sandbox).items()} == {
        "junit": "INCOMPLETE", "cobertura": "SUCCEEDED"}


def test_an_advisory_stage_does_not_block_by_a_report_that_it_does_not_leave(own, repository):
    sandbox = own(None, "--report-groups")
    extra = "  extra:\n    run: 'true'\n    required: false\n    reports: [{format: trx, files: out/x.trx}]\n"
    policy = REPORTING.replace("coverage: 50\n", extra + "coverage: 50\n")
    pull = repository({**PROJECT, ".gated.yml": policy}, within=sandbox).open({"a": "1"})
    assert "✅ Approved" in pull.verdict()
    assert set(reports(sandbox)) == {"junit", "cobertura"}


@pytest.mark.parametrize("before, after", [(("--report-groups",), ()), ((), ("--report-groups",))])
def test_a_build_from_before_the_switch_was_turned_is_approved_after_it(own, repository, before, after):
    sandbox = own(None, *before)
    owned = f'gate: {{policy-owners: ["arn:aws:iam::{ACCOUNT}:user/olga"]}}\n'
    made = repository({**PROJECT, ".gated.yml": REPORTING + owned}, within=sandbox)
    pull = made.open({".gated.yml": REPORTING.replace("coverage: 50", "coverage: 40") + owned})
    pull.verdict("⏳ Waiting for an approval")
    sandbox.stop()
    sandbox.options = after
    sandbox.start()
    pull.vote("olga")
    assert "✅ Approved" in pull.verdict("✅ Approved") and VOTER in pull.votes()
    assert len(pull.builds()) == 1


def test_the_doctor_names_a_report_group_that_is_gone(own, repository):
    sandbox = own(None, "--report-groups")
    name = repository(GREEN, within=sandbox).name
    ask = ("doctor", "--repository", name, "--allow-unknown")
    told = sandbox.gated("alice", *ask)
    assert told.returncode == 0 and "every report format has its group" in told.stdout
    sandbox.client("alice", "codebuild").delete_report_group(arn=f"{GROUP}junit")
    told = sandbox.gated("alice", *ask)
    assert told.returncode == 1 and "failed   report-groups       there is no report group gated-junit" in told.stdout


def test_groups_are_made_looked_up_and_deleted_with_their_reports_only_when_that_is_said(own, repository):
    sandbox = own(None, "--report-groups")
    client = sandbox.client("alice", "codebuild")
    wanted = {"name": "gated-junit", "type": "TEST", "exportConfig": {"exportConfigType": "NO_EXPORT"}}
    assert refusal(client.create_report_group, **wanted)["Code"] == "ResourceAlreadyExistsException"
    made = client.create_report_group(**wanted | {"name": "elsewhere"})["reportGroup"]
    found = client.batch_get_report_groups(reportGroupArns=[made["arn"], f"{GROUP}nothing"])
    assert (found["reportGroups"], found["reportGroupsNotFound"]) == ([made], [f"{GROUP}nothing"])
    repository(PROJECT, within=sandbox).open({"a": "1"}).verdict("✅ Approved")
    [report] = client.list_reports_for_report_group(reportGroupArn=f"{GROUP}junit")["reports"]
    assert refusal(client.delete_report_group, arn=f"{GROUP}junit")["Code"] == "InvalidInputException"
    client.delete_report_group(arn=f"{GROUP}junit", deleteReports=True)
    assert client.batch_get_reports(reportArns=[report])["reportsNotFound"] == [report]
    assert refusal(client.list_reports_for_report_group, reportGroupArn=f"{GROUP}junit")["Code"] == "ResourceNotFoundException"
    for call in (client.describe_test_cases, client.describe_code_coverages):
        assert "does not emulate the operation Describe" in refusal(call, reportArn=report)["Message"]
