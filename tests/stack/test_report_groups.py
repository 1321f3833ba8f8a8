"""CodeBuild's report groups are there when they are asked for, are written by builds alone, and leave no trace otherwise."""

import json
import re

from calls import ROOT

# What CodeBuild does for a build that has reports (user guide, test report permissions), but for the creation of groups.
REPORTING = {"codebuild:CreateReport", "codebuild:UpdateReport", "codebuild:BatchPutTestCases", "codebuild:BatchPutCodeCoverages"}


def test_report_groups_are_a_switch_with_one_for_each_format_that_codebuild_reads(whole, published):
    """The formats are those of the program that names the groups in buildspecs, and CodeBuild's own."""
    groups = whole.of_type("AWS::CodeBuild::ReportGroup").values()
    source = (ROOT / "engine/render/src/report_groups.rs").read_text()
    known = re.findall(r'known\(ReportFormat::\w+, "(\w+)", "(\w+)"', source)
    formats = set(re.findall(r'"([A-Z0-9]+)"', (ROOT / "engine/runner/src/buildspec/read.rs").read_text().split("];")[0]))
    assert {file_format for _, file_format in known} == formats
    coverage = {"cobertura", "jacoco", "clover", "simplecov"}
    wanted = {(f"gate-2-{name}", "CODE_COVERAGE" if name in coverage else "TEST") for name, _ in known}
    assert {(group["Name"], group["Type"]) for group in groups} == wanted and len(groups) == 10
    assert all(g["DeleteReports"] is True and g["ExportConfig"] == {"ExportConfigType": "NO_EXPORT"} for g in groups)
    for template, told in ((whole, "true"), (published, "")):
        functions = template.of_type("AWS::Lambda::Function").values()
        assert {f["Environment"]["Variables"]["GATED_REPORT_GROUPS"] for f in functions} == {told}


def test_without_the_switch_nothing_of_report_groups_is_in_the_template(synth):
    answer, [template] = synth(accountId="111122223333", serviceName="gated", repositoryName="demo")
    assert answer.returncode == 0, answer.stderr
    assert not re.search(r"report-?group/|ReportGroup::|AWS::CodeBuild|BatchPut|CreateReport|UpdateReport", json.dumps(template.body))
    answer, [asked] = synth(accountId="111122223333", serviceName="gated", repositoryName="demo", reportGroups=True)
    added = {r["Type"] for name, r in asked.resources.items() if name not in template.resources}
    assert "AWS::CodeBuild::ReportGroup" in added and added <= {"AWS::CodeBuild::ReportGroup", "AWS::Lambda::Version"}


def test_a_build_writes_reports_into_the_groups_of_its_stack_alone(whole):
    groups = {f"arn:{{AWS::Partition}}:codebuild:{{AWS::Region}}:111122223333:report-group/{g['Name']}"
              for g in whole.of_type("AWS::CodeBuild::ReportGroup").values()}
    writing = [s for s in whole.statements() if s.effect == "Allow" and REPORTING & set(s.actions)]
    assert len(writing) == 6, "five build roles and their boundary"
    for s in writing:
        account = {r.replace("{AWS::AccountId}", "111122223333") for r in s.resources}
        assert (set(s.actions), account) == (REPORTING, groups)
