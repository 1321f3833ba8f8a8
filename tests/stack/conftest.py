"""What the stack's tests start from: the published template, and a fresh clone's synthesis in a folder of its own."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from calls import ROOT
from emulator import PYTHON, REGION, LocalStack
from template import Template

sys.path.insert(0, str(ROOT / "tests/journeys"))
from sandbox import Sandbox  # noqa: E402

CLONE = ROOT / "target/test-tools/clone"


@pytest.fixture(scope="session")
def shell():
    """What a newcomer's shell has: no credentials, no region."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}


@pytest.fixture(scope="session")
def clone():
    """The tracked files that a synthesis needs and nothing that was built; `tests/run` has installed its packages."""
    infra = CLONE / "infra"
    if not (infra / "node_modules/.bin/cdk").exists():
        pytest.skip("the CDK is not installed: tests/run does it")
    for folder in ("bin", "lib", "build", "cdk.out"):
        shutil.rmtree(infra / folder, ignore_errors=True)
    for path in (ROOT / "infra").iterdir():
        if path.is_file():
            shutil.copy(path, infra)
        elif path.name in ("bin", "lib"):
            shutil.copytree(path, infra / path.name)
    shutil.copy(ROOT / "Cargo.toml", CLONE)
    return infra


@pytest.fixture(scope="session")
def fresh(clone, shell):
    """`npx cdk synth` as the README says it."""
    values = ("accountId=111122223333", "serviceName=gated", "repositoryName=demo")
    command = ["npx", "cdk", "synth", "--quiet", *(part for value in values for part in ("-c", value))]
    environment = shell | {"CDK_HOME": str(CLONE / "cdk-home"), "CI": "true"}
    return subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="session")
def synth(fresh, clone, shell, tmp_path_factory):
    """Synthesises with a context, without the command line; answers what became of it."""

    def run(**context):
        settings = json.loads((clone / "cdk.json").read_text())["context"]
        out = tmp_path_factory.mktemp("synth")
        environment = shell | {"CDK_CONTEXT_JSON": json.dumps(settings | context), "CDK_OUTDIR": str(out)}
        answer = subprocess.run(["node", "build/bin/gated.js"], cwd=clone, env=environment, capture_output=True, text=True)
        answer.warnings = [entry["data"] for path in out.glob("*.metadata.json") for entries in json.loads(path.read_text()).values()
                           for entry in entries if entry["type"] == "aws:cdk:warning"]
        made = sorted(out.glob("*.template.json"))
        return answer, [Template(json.loads(path.read_text())) for path in made]

    return run


@pytest.fixture(scope="session")
def published():
    return Template(json.loads((ROOT / "infra/template.json").read_text()))


@pytest.fixture(scope="session")
def whole(synth, tmp_path_factory):
    """A stack with everything that a deployment can ask for."""
    floor = tmp_path_factory.mktemp("floor") / "floor.yml"
    floor.write_text("""\
version: 1
mode: observe
gate: {destinations: [main, "release/**"]}
secrets-allowed: [/ci/]
profiles:
  ours: {vpc: vpc-1, subnets: [subnet-1], security-groups: [sg-1], key: alias/ours}
  theirs: {vpc: vpc-2, subnets: [subnet-2], security-groups: [sg-2], role: "arn:aws:iam::111122223333:role/theirs"}
""")
    answer, templates = synth(accountId="111122223333", serviceName="gate-2", repositories=["a.b", "a-b", "a-b-pr-5", "x" * 100],
                              repositoryPattern="team-*", floorFile=str(floor), objectLockDays=30, arm64=True, reportGroups=True,
                              imageRepositories="ci/*,arn:aws:ecr:eu-west-1:111122223333:repository/theirs",
                              alarmTopicArn="arn:aws-cn:sns:cn-north-1:111122223333:alarms")
    assert answer.returncode == 0, answer.stderr
    [template] = templates
    return template


@pytest.fixture(scope="session")
def aws(tmp_path_factory):
    """LocalStack, with CodeCommit and CodeBuild of the sandbox behind the functions; the zip lies in a bucket."""
    if not PYTHON.exists():
        pytest.skip("LocalStack is not installed: it needs Python 3.13 (tests/run sets it up)")
    home = tmp_path_factory.mktemp("localstack")
    out = ROOT / "target/test-tools/lambda"
    packed = subprocess.run([ROOT / "infra/package", "--profile", "dev", "--out", out], capture_output=True, text=True)
    assert packed.returncode == 0, packed.stderr
    sandbox = Sandbox(home).start()
    stack = LocalStack(home, sandbox.endpoint)
    try:
        stack.wait().sandbox = sandbox
        stack.program = out / "x86_64/bootstrap"
        s3 = stack.client("s3")
        s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.upload_file(str(out / "gated-x86_64.zip"), "code", "gated.zip")
        s3.upload_file(str(ROOT / "infra/template.json"), "code", "template.json")
        yield stack
    finally:
        stack.stop()
        sandbox.kill()
