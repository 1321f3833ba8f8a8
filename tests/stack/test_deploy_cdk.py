"""The README's own commands, `cdk bootstrap`, `cdk deploy` and `cdk destroy`, run by the pinned command line against LocalStack."""

import json
import shutil
import subprocess

import pytest

from calls import ROOT
from emulator import ACCOUNT, CANNOT_IF_ASKED, REGION

VALUES = {"accountId": ACCOUNT, "serviceName": "depot", "repositoryName": "payments", "reportGroups": "true"}


@pytest.fixture(scope="module")
def cdk(aws, clone, shell, tmp_path_factory):
    """Runs the command line in a clone in which `infra/package` was run."""
    home = tmp_path_factory.mktemp("cdk")
    shutil.copytree(clone, home / "infra", ignore=shutil.ignore_patterns("node_modules", "cdk.out", "build"))
    (home / "infra/node_modules").symlink_to(clone / "node_modules")
    shutil.copy(ROOT / "Cargo.toml", home)
    (home / "target/lambda/x86_64").mkdir(parents=True)
    shutil.copy(aws.program, home / "target/lambda/x86_64")
    environment = shell | {
        "AWS_ENDPOINT_URL": aws.endpoint, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true", "CDK_HOME": str(home), "CI": "true",
        # Nothing is asked of the network.
        "CDK_DISABLE_CLI_TELEMETRY": "true", "CDK_DISABLE_VERSION_CHECK": "true",
    }

    def run(*arguments, at=home / "infra"):
        command = [clone / "node_modules/.bin/cdk", *arguments, "--no-notices"]
        done = subprocess.run(command, cwd=at, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    # Outside of infra/, where every command would synthesise first.
    run("bootstrap", f"aws://{ACCOUNT}/{REGION}", at=home)
    return run


def stacks(aws):
    """Those that are there; LocalStack tells deleted ones too."""
    live = aws.client("cloudformation").describe_stacks()["Stacks"]
    return {stack["StackName"]: stack for stack in live if stack["StackStatus"] != "DELETE_COMPLETE"}


def functions(aws):
    every = aws.client("lambda").list_functions()["Functions"]
    return sorted(f["FunctionName"] for f in every if f["FunctionName"].startswith("depot-"))


def test_the_stack_is_deployed_looked_at_and_destroyed_by_the_commands_of_the_readme(aws, cdk):
    context = [part for name, value in VALUES.items() for part in ("-c", f"{name}={value}")]
    cdk("deploy", "--require-approval", "never", *context)
    made = stacks(aws)["depot"]
    assert made["StackStatus"] == "CREATE_COMPLETE"
    assert set(CANNOT_IF_ASKED) <= aws.not_taken()
    assert functions(aws) == ["depot-approval-rule", "depot-intake", "depot-judge", "depot-sweeper", "depot-voter"]
    answer = aws.client("lambda").invoke(FunctionName="depot-intake", Qualifier="live", Payload=b'{"about": {}}')
    about = json.loads(answer["Payload"].read())
    assert (about["service"], about["reportGroups"]) == ("depot", True)
    assert "There were no differences" in cdk("diff", "--app", "cdk.out")
    cdk("destroy", "--force", "--app", "cdk.out")
    assert "depot" not in stacks(aws) and functions(aws) == []
    outputs = {output["OutputKey"]: output["OutputValue"] for output in made["Outputs"]}
    assert outputs["ArtifactBucket"] in [b["Name"] for b in aws.client("s3").list_buckets()["Buckets"]], "the decision records stay"
