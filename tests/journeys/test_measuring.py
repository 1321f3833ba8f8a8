"""What a build proves, measured by the gate: second tries, coverage against the destination's, and changed lines."""

import json
import subprocess

import pytest

from project import GREEN, POLICY, cobertura, junit, script, suite
from sandbox import GATED, until

COVERED = POLICY.replace(
    "files: out/junit.xml}]", "files: out/junit.xml}, {format: cobertura, files: out/coverage.xml}]"
) + "coverage: 50\n"


def covering(lines):
    """A green suite that covers so many of ten lines."""
    return script({"out/junit.xml": junit(), "out/coverage.xml": cobertura(lines, 10)})


def test_a_stage_that_passes_in_its_second_try_is_called_flaky(repository):
    policy = POLICY.replace("run: ./test.sh", "run: ./test.sh\n    retry: 1")
    first = "[ -e .tried ] || { touch .tried; mkdir -p out; echo '<broken' > out/junit.xml; exit 1; }\n"
    unsteady = suite().replace("set -euo pipefail\n", "set -euo pipefail\n" + first)
    pull = repository({**GREEN, ".gated.yml": policy, "test.sh": unsteady}).open({"a": "1"})
    comment = pull.verdict("✅ Approved")
    assert "1 flaky" in comment and "flaky: failed at first, and passed in try 2" in comment


def test_a_stage_that_is_green_sooner_than_it_can_be_is_an_error(repository):
    policy = POLICY.replace("run: ./test.sh", "run: ./test.sh\n    min-duration: 1h")
    pull = repository({**GREEN, ".gated.yml": policy}).open({"a": "1"})
    assert "sooner than its min-duration of 1h" in pull.verdict("Not approved, error")
    assert not pull.votes()


def test_coverage_is_told_against_what_was_merged_last(repository):
    made = repository({**GREEN, ".gated.yml": COVERED, "src/lib.sh": "true\n" * 10, "test.sh": covering(8)})
    first = made.open({"a": "1"}, branch="first")
    assert "against the destination" not in first.verdict("✅ Approved")
    first.merge()
    until("the end of the merged pull request", lambda: not first.live["pullRequestStatus"] == "OPEN")
    first.settled()
    made.git("fetch", "--quiet", made.url, "+main:main-merged")
    until("the merged one's environment to be gone", lambda: first.project not in first.projects())
    first.settled()
    second = made.open({"test.sh": covering(9)}, branch="second", start="main-merged")
    comment = second.verdict("✅ Approved")
    assert f"+10.00 points against the destination (80% with pull request {first.id})" in comment


def test_an_older_merge_that_is_cleaned_up_once_more_replaces_no_newer_coverage(sandbox, repository):
    made = repository({**GREEN, ".gated.yml": COVERED, "src/lib.sh": "true\n" * 10, "test.sh": covering(7)})
    start = "main"
    for name, lines in (("first", 8), ("second", 9)):
        pull = made.open({"test.sh": covering(lines)}, branch=name, start=start)
        pull.verdict("✅ Approved")
        pull.merge()
        until("the merged one's environment to be gone", lambda: pull.project not in pull.projects())
        pull.settled()
        start = f"after-{name}"
        made.git("fetch", "--quiet", made.url, f"+main:{start}")
    first = made.pull(str(int(pull.id) - 1))
    target = first.live["pullRequestTargets"][0]
    sandbox.client("bob", "codecommit").post_comment_for_pull_request(
        pullRequestId=first.id, repositoryName=made.name, beforeCommitId=target["destinationCommit"],
        afterCommitId=target["sourceCommit"], content="Well done.")
    sandbox.client("alice", "lambda").invoke(FunctionName="gated-judge", Payload=json.dumps({"finish": first.id}))
    third = made.open({"a": "1"}, branch="third", start=start)
    assert f"(90% with pull request {pull.id})" in third.verdict("✅ Approved")


# Every second line of every source file was run.
MEASURING = """\
#!/usr/bin/env bash
mkdir -p out
awk 'FNR == 1 { if (NR > 1) print "end_of_record"; print "SF:" FILENAME } { print "DA:" FNR "," FNR % 2 * FNR }
     END { print "end_of_record" }' src/*.sh > out/lcov.info
"""
PATCHED = """\
version: 1
stages:
  test:
    run: ./test.sh
    reports: [{format: lcov, files: out/lcov.info}]
coverage: {patch: 10, exclude: ["src/generated*"]}
"""
OLD = {f"src/{name}.sh": "".join(f"echo {name} {n}\n" for n in range(20)) for name in ("one", "two", "three")}
EDITED = OLD["src/one.sh"].replace("echo one 4\n", "echo changed\necho added\n")
MOVED = "".join(OLD["src/two.sh"].splitlines(True)[10:])
CHANGES = {
    "edited": {"src/one.sh": EDITED},
    "renamed and edited": {"src/one.sh": None, "src/renamed.sh": EDITED},
    "a block moved to another file": {
        "src/two.sh": OLD["src/two.sh"].replace(MOVED, ""), "src/three.sh": OLD["src/three.sh"] + MOVED + "echo new\n"},
    "deleted": {"src/three.sh": None},
    "generated": {"src/generated.sh": "echo a\necho b\n", "src/one.sh": EDITED},
    "nothing that is measured": {"docs/new.md": "# New\n"},
}


def measured_alike(sandbox, made, pull):
    """The patch coverage that the judge measured, which is the one that `gated run` measures."""
    ssm = sandbox.client("root", "ssm").get_parameter(Name="/gated/config")["Parameter"]["Value"]
    key = f"evidence/{made.name}/pr-{pull.id}/{pull.revision}.json"
    stored = sandbox.client("root", "s3").get_object(Bucket=json.loads(ssm)["artifactBucket"], Key=key)["Body"].read()
    judged = json.loads(stored)["evidence"]["measured"]
    done = subprocess.run([GATED, "run", "--destination", "main", "--format", "json"], cwd=made.clone,
                          capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout)["evidence"]["measured"] == judged, done.stderr
    return judged["coverage"]["patch"]


@pytest.mark.parametrize("case", CHANGES)
def test_the_judge_and_gated_run_measure_the_same_changed_lines(sandbox, repository, case):
    made = repository({".gated.yml": PATCHED, "test.sh": MEASURING, **OLD})
    pull = made.open(CHANGES[case])
    comment = pull.verdict()
    patch = measured_alike(sandbox, made, pull)
    lines = {file["path"]: [(line["line"], line["hits"]) for line in file["hits"]] for file in patch["files"]}
    assert lines == {
        "edited": {"src/one.sh": [(5, 5), (6, 0)]},
        "renamed and edited": {"src/renamed.sh": [(5, 5), (6, 0)]},
        "a block moved to another file": {"src/three.sh": [(31, 31)]},
        "deleted": {},
        "generated": {"src/one.sh": [(5, 5), (6, 0)]},
        "nothing that is measured": {},
    }[case]
    if case == "nothing that is measured":
        assert "no coverable line was changed (no report measures docs/new.md)" in comment


def test_submodules_and_links_are_no_lines_and_keep_nobody_from_a_verdict(sandbox, repository):
    made = repository({".gated.yml": PATCHED, "test.sh": MEASURING, **OLD})
    made.push("feature", {"src/one.sh": EDITED}, start="main")
    (made.clone / "src/link.sh").symlink_to("one.sh")
    made.git("add", "src/link.sh")
    made.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},library")
    made.git("commit", "--quiet", "--message", "Link")
    made.git("push", "--quiet", made.url, "HEAD:refs/heads/feature")
    made.git("worktree", "prune")
    target = {"repositoryName": made.name, "sourceReference": "feature", "destinationReference": "main"}
    opened = sandbox.client("alice", "codecommit").create_pull_request(title="Link", targets=[target])
    pull = made.pull(opened["pullRequest"]["pullRequestId"])
    assert "✅ Approved" in pull.verdict()
    assert [file["path"] for file in measured_alike(sandbox, made, pull)["files"]] == ["src/one.sh"]


def test_a_large_file_keeps_nobody_from_a_verdict_until_a_report_measures_it(sandbox, repository):
    made = repository({".gated.yml": PATCHED, "test.sh": MEASURING, **OLD})
    large = "x" * (7 << 20) + "\n"
    pull = made.open({"data/large.txt": large, "src/one.sh": EDITED})
    assert "✅ Approved" in pull.verdict()
    assert measured_alike(sandbox, made, pull)["unmeasured"] == ["data/large.txt"]
    made.push("feature", {"src/large.sh": "exit\n" + large})
    assert "the changed lines are not known of src/large.sh (more than 2 MB)" in pull.verdict("Not approved, error")
    assert measured_alike(sandbox, made, pull)["unknown"] == ["src/large.sh (more than 2 MB)"]


def test_no_byte_of_a_file_hides_its_lines(sandbox, repository):
    made = repository({".gated.yml": PATCHED, "test.sh": MEASURING, **OLD})
    pull = made.open({"src/one.sh": "# \0\n" + EDITED, "src/two.sh": OLD["src/two.sh"] + "echo\rnew\n"})
    assert "; every line counts of src/two.sh (tools disagree where its lines end)" in pull.verdict("✅ Approved")
    patch = measured_alike(sandbox, made, pull)
    lines = {file["path"]: len(file["hits"]) for file in patch["files"]}
    assert lines == {"src/one.sh": 3, "src/two.sh": 21}


def test_lines_past_the_end_of_a_file_are_noted_also_where_it_is_not_changed(sandbox, repository):
    other = MEASURING + "sed -i '/two.sh/a DA:25,1' out/lcov.info\n"
    made = repository({".gated.yml": PATCHED, "test.sh": other, **OLD})
    pull = made.open(CHANGES["edited"])
    pull.verdict("✅ Approved")
    measured_alike(sandbox, made, pull)
    [report] = json.loads(sandbox.gated("alice", "why", pull.id, "--format", "json").stdout)["record"]["evidence"]["measured"]["reports"]
    note = "files with lines past their end, as if measured from other sources: 1 (src/two.sh: line 25 of 20)"
    assert report["notes"] == [note]


def test_absolute_paths_are_placed_in_a_repository_of_very_many_files(repository):
    absolute = script({"out/junit.xml": junit()}, "")
    absolute += 'printf "SF:%s\\nDA:1,1\\nend_of_record\\n" "$PWD/src/lib.sh" > out/lcov.info\n'
    policy = COVERED.replace("cobertura, files: out/coverage.xml", "lcov, files: out/lcov.info")
    many = {f"data/{n % 100}/{n}": "" for n in range(20_500)}
    pull = repository({**GREEN, **many, ".gated.yml": policy, "test.sh": absolute}).open({"a": "1"})
    assert "100% of 1 lines covered" in pull.verdict("✅ Approved")
