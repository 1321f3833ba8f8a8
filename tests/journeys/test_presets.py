"""Presets, run for real: what `gated init` writes for a small project, its commands in order, and the reports they leave."""

import json
import os
import shutil
import subprocess
import sys

import pytest
import yaml

from sandbox import GATED, ROOT

MAKEFILE = """lint:
\t@true
test:
\t@mkdir -p reports
\t@printf '<testsuite tests="1"><testcase classname="a" name="adds"/></testsuite>' > reports/a.xml
cov:
\t@printf '<coverage line-rate="1"/>' > coverage.xml
"""
RUST = {
    "Cargo.toml": '[package]\nname = "sample"\nversion = "0.1.0"\nedition = "2021"\n\n[workspace]\n',
    "src/lib.rs": "//! Adds.\n\n/// One more.\npub fn next(n: u8) -> u8 {\n    n + 1\n}\n\n"
                  "#[test]\nfn adds() {\n    assert_eq!(next(1), 2);\n}\n",
    ".config/nextest.toml": '[profile.ci.junit]\npath = "junit.xml"\n',
}
PYTHON = {
    "requirements-dev.txt": "ruff==0.17.6\npytest==9.2.0\npytest-cov==7.1.0\n",
    "adds.py": "def add(a, b):\n    return a + b\n",
    "test_adds.py": "from adds import add\n\n\ndef test_adds():\n    assert add(1, 1) == 2\n",
}
NODE = {
    "package.json": json.dumps({
        "name": "sample", "version": "1.0.0", "private": True, "scripts": {"lint": "node --check adds.js", "test": "jest"},
        "devDependencies": {"jest": "29.7.0", "jest-junit": "16.0.0"}}),
    "adds.js": "module.exports = (a, b) => a + b;\n",
    "adds.test.js": "const adds = require('./adds');\n\ntest('adds', () => expect(adds(1, 1)).toBe(2));\n",
}
# The wrapper downloads a Gradle; this one takes Debian's, and what it needs from Debian's own Maven repository.
GRADLE = {
    "gradlew": '#!/bin/sh\nexec gradle --offline --no-daemon --console plain --gradle-user-home .gradle "$@"\n',
    ".gitignore": ".gradle\nbuild\n",
    "build.gradle": "apply plugin: 'java'\napply plugin: 'jacoco'\n"
                    "repositories { maven { url 'file:/usr/share/maven-repo' } }\n"
                    "dependencies { testCompile 'junit:junit:4.x' }\njacoco { toolVersion = 'debian' }\n"
                    "jacocoTestReport { reports { xml.enabled = true } }\n",
    "src/main/java/Adds.java": "class Adds {\n    static int add(int a, int b) {\n        return a + b;\n    }\n}\n",
    "src/test/java/AddsTest.java": "import static org.junit.Assert.assertEquals;\n\npublic class AddsTest {\n"
                                   "    @org.junit.Test\n    public void adds() {\n"
                                   "        assertEquals(2, Adds.add(1, 1));\n    }\n}\n",
}
PROJECTS = {
    "node": (NODE, ["node", "npm"], ["junit.xml", "coverage/lcov.info"]),
    "gradle": (GRADLE, ["java", "gradle"], ["build/test-results/test/TEST-AddsTest.xml",
                                            "build/reports/jacoco/test/jacocoTestReport.xml"]),
    "make": ({"Makefile": MAKEFILE}, ["make"], ["reports/a.xml", "coverage.xml"]),
    "rust": (RUST, ["cargo", "cargo-nextest", "cargo-llvm-cov"], ["target/nextest/ci/junit.xml", "target/coverage.xml"]),
    "python": (PYTHON, ["python3"], ["reports/junit.xml", "reports/coverage.xml"]),
}

# Presets whose tools come from where these tests do not go.
NOT_HAD = {
    "go": "its tools need Go 1.23 or newer, and Debian has an older one",
    "maven": "its plugins come from Maven Central alone",
    "dotnet": "Debian has no .NET",
}
# What a person would have done before the first commit.
PREPARE = {
    "node": [["npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"]],
    "gradle": [["chmod", "+x", "gradlew"]],
}


def build(project, environment):
    """Runs the buildspec that the gate renders, as CodeBuild's agent would, and returns the driver's own record."""
    flags = ["--policy", ".gated.yml", "--changed", "a", "--title", "t"]
    rendered = subprocess.run([GATED, "render", "buildspec", *flags], cwd=project, capture_output=True, check=True)
    (command,) = yaml.safe_load(rendered.stdout)["phases"]["build"]["commands"]
    run = subprocess.run(["bash", "-c", command], cwd=project, capture_output=True, text=True,
                         env=environment | {"CODEBUILD_SRC_DIR": str(project), "CODEBUILD_BUILD_ID": "build:1"})
    record = json.loads(project.with_name("project.gated").joinpath("record.json").read_text())
    return record, run.stdout + run.stderr


def test_every_preset_is_run_or_it_is_said_why_not():
    presets = {file.stem for file in (ROOT / "policies" / "presets").glob("*.yml")}
    assert presets == set(PROJECTS) | set(NOT_HAD)


@pytest.mark.parametrize("preset", [*PROJECTS, *NOT_HAD])
def test_the_preset_that_init_chooses_runs_and_leaves_its_reports(built, scratch, preset):
    if preset in NOT_HAD:
        pytest.skip(f"{preset} was not run: {NOT_HAD[preset]}")
    files, tools, reports = PROJECTS[preset]
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"{preset} was not run: {', '.join(missing)} is not on this machine")
    project = scratch / "project"
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    for command in PREPARE.get(preset, []):
        subprocess.run(command, cwd=project, check=True, capture_output=True)
    subprocess.run([GATED, "init", project], check=True, capture_output=True)
    assert f"extends: {preset} " in (project / ".gated.yml").read_text()
    for arguments in (["init", "--quiet"], ["add", "--all"],
                      ["-c", "user.name=ann", "-c", "user.email=ann@example.com", "commit", "--quiet", "-m", "Begin"]):
        subprocess.run(["git", *arguments], cwd=project, check=True)
    # What a preset installs belongs to the test alone.
    subprocess.run([sys.executable, "-m", "venv", scratch / "venv"], check=True)
    environment = {key: value for key, value in os.environ.items() if key != "CARGO_TARGET_DIR"}
    record, log = build(project, environment | {"PATH": f"{scratch}/venv/bin:{os.environ['PATH']}"})
    assert [(stage["name"], stage["outcome"]) for stage in record["stages"]] == [
        ("lint", "passed"), ("test", "passed"), ("cov", "passed")], log
    assert sorted(report["path"] for report in record["reports"]) == sorted(reports), log
