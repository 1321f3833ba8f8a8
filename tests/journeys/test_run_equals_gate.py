"""`gated run` on a developer's machine says of a commit what the gate says of it."""

import pytest

from local_run import assert_same
from project import GREEN, POLICY, RED, cobertura, junit, script, suite

COVERED = POLICY.replace(
    "files: out/junit.xml}]", "files: out/junit.xml}, {format: cobertura, files: out/coverage.xml}]"
) + "coverage: 80\n"
PATCH = COVERED.replace("coverage: 80", "coverage: {line: 50, patch: 90, min-patch-lines: 1}")


def covering(lines):
    """A green suite that covers so many of ten lines."""
    return script({"out/junit.xml": junit(), "out/coverage.xml": cobertura(lines, 10)})


CASES = {
    "green": ({}, {"new.txt": "new\n"}, "pass"),
    "a failing test": ({}, {"test.sh": RED}, "fail"),
    "failed cases under a green exit": ({}, {"test.sh": suite(failed={"adds up": "no"}, exit_code=0)}, "fail"),
    "coverage reached": ({".gated.yml": COVERED, "test.sh": covering(9)}, {"new.txt": "new\n"}, "pass"),
    "coverage below": ({".gated.yml": COVERED, "test.sh": covering(9)}, {"test.sh": covering(7)}, "fail"),
    "coverage below on the lines that change, in a file that was renamed": (
        {".gated.yml": PATCH, "test.sh": covering(9)},
        {"src/lib.sh": None, "src/new.sh": "true\n" * 9 + "false\n", "test.sh": covering(9).replace("lib.sh", "new.sh")},
        "fail"),
    "new lines that are generated, as the destination says": (
        {".gated.yml": PATCH, "test.sh": covering(9), ".gitattributes": "src/new.sh linguist-generated\n"},
        {"src/new.sh": "false\n" * 10, "test.sh": covering(5).replace("lib.sh", "new.sh")}, "pass"),
    "new lines that only the proposal calls generated": (
        {".gated.yml": PATCH, "test.sh": covering(9)},
        {"src/new.sh": "false\n" * 10, "test.sh": covering(5).replace("lib.sh", "new.sh"),
         ".gitattributes": "* linguist-generated\n"}, "fail"),
    "a stage that passes when it is tried again": (
        {".gated.yml": POLICY.replace("run: ./test.sh", "run: ./test.sh\n    retry: 1")},
        {"test.sh": script(then="[ -e out/again ] || { touch out/again; exit 3; }") + suite()}, "pass"),
    "a stage that takes too long": (
        {".gated.yml": POLICY + "  slow: {run: sleep 60, timeout: 1s}\n"}, {"new.txt": "new\n"}, "fail"),
    "an advisory stage that fails": (
        {".gated.yml": POLICY + "  style: {run: exit 2, required: false}\n"}, {"new.txt": "new\n"}, "pass"),
    "a stage that was too fast to have done anything": (
        {".gated.yml": POLICY.replace("run: ./test.sh", "run: ./test.sh\n    min-duration: 1m")}, {"new.txt": "n\n"}, "error"),
    "a stage that the change does not concern": (
        {".gated.yml": POLICY + "  docs: {run: exit 1, when: {paths: ['docs/**']}}\n"}, {"new.txt": "new\n"}, "pass"),
    "a stage whose commands were weakened": (
        {}, {".gated.yml": POLICY.replace("./test.sh", "./test.sh || true"), "test.sh": RED}, "fail"),
    "a report that was committed": (
        {}, {"test.sh": "#!/bin/sh\nexit 0\n", "out/junit.xml": junit()}, "error"),
    "a report that setup wrote right before the first stage": (
        {"earlier.xml": junit(), ".gated.yml": POLICY + "setup: ['mkdir -p out; cp earlier.xml out/junit.xml']\n"},
        {"test.sh": "#!/bin/sh\nexit 0\n"}, "error"),
    "a first try that took its time, and a second one that did nothing": (
        {".gated.yml": POLICY.replace("run: ./test.sh", "run: ./test.sh\n    retry: 1\n    min-duration: 1s")},
        {"test.sh": script(then="[ -e out/again ] || { touch out/again; sleep 1; exit 3; }") + suite()}, "error"),
    "no report": ({}, {"test.sh": script()}, "error"),
    "a policy with a fault": ({}, {".gated.yml": "version: 1\nstages: {test: [}\n"}, "error"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_on_ones_own_machine_is_the_gates(repository, case):
    before, change, expected = CASES[case]
    pull = repository({**GREEN, "src/lib.sh": "true\n" * 10, **before}).open(change)
    comment = pull.verdict()
    local = assert_same(pull)
    assert local["verdict"]["kind"] == expected
    heading = {"pass": "✅ Approved", "fail": "❌ Not approved:", "error": "❌ Not approved, error"}[expected]
    assert comment.startswith(f"## {heading}"), comment
