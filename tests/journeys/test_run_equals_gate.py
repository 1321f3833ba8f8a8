"""`gated run` on a developer's machine says of a commit what the gate says of it."""

import json
import subprocess

import pytest

from project import GREEN, POLICY, RED, cobertura, junit, script, suite
from sandbox import GATED

COVERED = POLICY.replace(
    "files: out/junit.xml}]", "files: out/junit.xml}, {format: cobertura, files: out/coverage.xml}]"
) + "coverage: 80\n"


def covering(lines):
    """A green suite that covers so many of ten lines."""
    return script({"out/junit.xml": junit(), "out/coverage.xml": cobertura(lines, 10)})


CASES = {
    "green": ({}, {"new.txt": "new\n"}, "pass"),
    "a failing test": ({}, {"test.sh": RED}, "fail"),
    "failed cases under a green exit": ({}, {"test.sh": suite(failed={"adds up": "no"}, exit_code=0)}, "fail"),
    "coverage reached": ({".gated.yml": COVERED, "test.sh": covering(9)}, {"new.txt": "new\n"}, "pass"),
    "coverage below": ({".gated.yml": COVERED, "test.sh": covering(9)}, {"test.sh": covering(7)}, "fail"),
    "no report": ({}, {"test.sh": script()}, "error"),
    "a policy with a fault": ({}, {".gated.yml": "version: 1\nstages: {test: [}\n"}, "error"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_on_ones_own_machine_is_the_gates(repository, case):
    before, change, expected = CASES[case]
    made = repository({**GREEN, "src/lib.sh": "true\n" * 10, **before})
    pull = made.open(change)
    comment = pull.verdict()
    done = subprocess.run([GATED, "run", "--destination", "main", "--format", "json"], cwd=made.clone,
                          capture_output=True, text=True, timeout=60)
    local = json.loads(done.stdout)
    assert local["decision"]["change"]["sourceCommit"] == pull.commit
    assert local["verdict"]["kind"] == expected, done.stderr
    assert done.returncode == (0 if expected == "pass" else 1)
    heading = {"pass": "✅ Approved", "fail": "❌ Not approved:", "error": "❌ Not approved, error"}[expected]
    assert comment.startswith(f"## {heading}"), comment
    # The same requirements, each in the same state, are what the gate's comment lists.
    for requirement in local["verdict"]["requirements"]:
        if requirement["id"].startswith("stage/"):
            state = requirement["state"].replace("-", " ")
            assert f"| {requirement['name']} | {state} |" in comment, comment
