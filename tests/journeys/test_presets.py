"""Presets, run for real: what `gated init` writes for a small project, its commands in order, and the reports they leave."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import warnings
from dataclasses import dataclass, field

import pytest

import rust_tools
from sandbox import GATED, ROOT

MAKEFILE = """lint:
\t@true
test:
\t@mkdir -p reports
\t@printf '<testsuite tests="1"><testcase classname="a" name="adds"/></testsuite>' > reports/a.xml
cov:
\t@printf '<coverage><class filename="adds.sh"><lines><line number="1" hits="1"/></lines></class></coverage>' > coverage.xml
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
GO = {
    "go.mod": "module example.com/adds\n\ngo 1.19\n",
    "adds.go": "package adds\n\n// Add adds.\nfunc Add(a, b int) int {\n\treturn a + b\n}\n",
    "adds_test.go": "package adds\n\nimport \"testing\"\n\nfunc TestAdd(t *testing.T) {\n\tif Add(1, 1) != 2 {\n"
                    "\t\tt.Fail()\n\t}\n}\n",
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
    "settings.gradle": "include 'core', 'api'\n",
    "build.gradle": "subprojects {\n    apply plugin: 'java'\n    apply plugin: 'jacoco'\n"
                    "    repositories { maven { url 'file:/usr/share/maven-repo' } }\n"
                    "    dependencies { testCompile 'junit:junit:4.x' }\n    jacoco { toolVersion = 'debian' }\n"
                    "    jacocoTestReport { reports { xml.enabled = true } }\n}\n",
}
MAVEN = ROOT / "tests" / "fixtures" / "maven"
JAVA = {path: (MAVEN / path).read_text() for path in (
    "core/src/main/java/shop/core/Price.java", "core/src/test/java/shop/core/PriceTest.java",
    "api/src/main/java/shop/Api.java", "api/src/test/java/shop/ApiTest.java")}
POMS = {path: (MAVEN / path).read_text() for path in (".mvn/maven.config", "pom.xml", "core/pom.xml", "api/pom.xml")}


@dataclass(frozen=True)
class Project:
    """Files, the programs that they need, the reports that they leave, and the files whose lines those measure."""

    files: dict
    tools: list
    reports: list
    covered: list
    cases: int = 1
    # Commands in the place of those whose tools are not to be had, or None for a stage that is left out, and why.
    instead: dict = field(default_factory=dict)
    because: str = ""


PROJECTS = {
    "node": Project(NODE, ["node", "npm"], ["junit.xml", "coverage/lcov.info"], ["adds.js"]),
    "gradle": Project(GRADLE | JAVA, ["java", "gradle"], [
        "core/build/test-results/test/TEST-shop.core.PriceTest.xml", "api/build/test-results/test/TEST-shop.ApiTest.xml",
        "core/build/reports/jacoco/test/jacocoTestReport.xml", "api/build/reports/jacoco/test/jacocoTestReport.xml",
    ], ["api/src/main/java/shop/Api.java", "core/src/main/java/shop/core/Price.java"], cases=2),
    "maven": Project(
        POMS | JAVA | {".gitignore": "target\n"}, ["java", "mvn"], [
            "core/target/surefire-reports/TEST-shop.core.PriceTest.xml", "api/target/surefire-reports/TEST-shop.ApiTest.xml",
            "core/target/site/jacoco/jacoco.xml", "api/target/site/jacoco/jacoco.xml",
            "target/site/jacoco/jacoco.xml",  # of the parent, which has no classes
        ], ["api/src/main/java/shop/Api.java", "core/src/main/java/shop/core/Price.java"], cases=2,
        instead={"lint": "mvn --batch-mode validate", "cov": "mvn --batch-mode --activate-profiles coverage test"},
        because="Debian has neither Maven's Checkstyle plugin nor its JaCoCo plugin"),
    "go": Project(
        GO, ["go", "gotestsum"], ["junit.xml"], [],
        instead={"test": "gotestsum --junitfile junit.xml ./...", "cov": None},
        because="Go's modules are not to be had here; Debian has an older gotestsum, and no gocover-cobertura"),
    "make": Project({"Makefile": MAKEFILE, "adds.sh": "true\n"}, ["make"], ["reports/a.xml", "coverage.xml"], ["adds.sh"]),
    "rust": Project(RUST, ["cargo"], ["target/nextest/ci/junit.xml", "target/coverage.xml"], ["src/lib.rs"]),
    "python": Project(PYTHON, ["python3"], ["reports/junit.xml", "reports/coverage.xml"], ["adds.py", "test_adds.py"]),
}

# Presets whose tools come from where these tests do not go.
NOT_HAD = {
    "dotnet": "Debian has no .NET",
}
# Parts of Debian's Maven repository, which its packages bring.
MAVEN_REPOSITORY = pathlib.Path("/usr/share/maven-repo")
MAVEN_NEEDS = ["junit/junit", "org/jacoco/org.jacoco.ant", *(f"org/apache/maven/plugins/maven-{name}-plugin" for name in (
    "antrun", "compiler", "resources", "surefire"))]
# What a person would have done before the first commit.
PREPARE = {
    "node": [["npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"]],
    "gradle": [["chmod", "+x", "gradlew"]],
}


def run(project, environment):
    """What `gated run` says of HEAD: the buildspec that the gate renders, run, measured and judged."""
    done = subprocess.run([GATED, "run", "--format", "json"], cwd=project, capture_output=True, text=True, timeout=300,
                          env=environment)
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    assert (done.returncode, told["verdict"]["kind"]) == (0, "pass"), told["verdict"]["headline"] + done.stderr
    return told["evidence"]


def test_every_preset_is_run_or_it_is_said_why_not():
    presets = {file.stem for file in (ROOT / "policies" / "presets").glob("*.yml")}
    assert presets == set(PROJECTS) | set(NOT_HAD)


def unrunnable(preset):
    """Why a preset is not run on this machine, or None when it is."""
    if preset in NOT_HAD:
        return NOT_HAD[preset]
    absent = [tool for tool in PROJECTS[preset].tools if shutil.which(tool) is None]
    if absent:
        return f"{', '.join(absent)} is not on this machine"
    if preset == "maven" and (absent := [name for name in MAVEN_NEEDS if not (MAVEN_REPOSITORY / name).exists()]):
        return f"{', '.join(absent)} is not in Debian's Maven repository on this machine"
    return rust_tools.missing() if preset == "rust" else None


@pytest.mark.parametrize("preset", [*PROJECTS, *NOT_HAD])
def test_the_preset_that_init_chooses_runs_and_what_its_reports_say_is_measured(built, scratch, preset):
    if reason := unrunnable(preset):
        pytest.skip(f"{preset} was not run: {reason}")
    sample = PROJECTS[preset]
    project = scratch / "project"
    for name, text in sample.files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    for command in PREPARE.get(preset, []):
        subprocess.run(command, cwd=project, check=True, capture_output=True)
    subprocess.run([GATED, "init", project], check=True, capture_output=True)
    with (project / ".gated.yml").open("a") as policy:
        assert f"extends: {preset} " in (project / ".gated.yml").read_text()
        if sample.covered:
            policy.write("coverage: {line: 50}\n")  # which `init` proposes in a comment
        if sample.instead:
            warnings.warn(f"of the preset {preset}, {' and '.join(sample.instead)} did not run as they are: {sample.because}")
            # What the preset says of their reports stays.
            own = {stage: {"run": command} if command else False for stage, command in sample.instead.items()}
            policy.write(json.dumps({"stages": own})[1:-1])
    for arguments in (["init", "--quiet"], ["add", "--all"],
                      ["-c", "user.name=ann", "-c", "user.email=ann@example.com", "commit", "--quiet", "-m", "Begin"]):
        subprocess.run(["git", *arguments], cwd=project, check=True)
    # What a preset installs belongs to the test alone.
    subprocess.run([sys.executable, "-m", "venv", scratch / "venv"], check=True)
    environment = {key: value for key, value in os.environ.items() if key != "CARGO_TARGET_DIR"}
    if preset == "rust":
        environment |= rust_tools.variables()
    evidence = run(project, environment | {"PATH": f"{scratch}/venv/bin:{environment['PATH']}"})
    record, measured = evidence["record"]["Ok"], evidence["measured"]
    assert [(stage["name"], stage["outcome"]) for stage in record["stages"]] == [
        (stage, "passed") for stage in ("lint", "test", "cov") if sample.instead.get(stage, "as it is")]
    assert sorted(report["path"] for report in record["reports"]) == sorted(sample.reports)
    assert [report["tests"]["passed"] for report in measured["reports"] if report["kind"] == "tests"] == [sample.cases]
    coverage = measured["coverage"] or {"files": []}
    assert [file["path"] for file in coverage["files"]] == sample.covered
