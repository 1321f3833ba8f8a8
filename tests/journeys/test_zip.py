"""The functions' program out of the zip that is deployed, against a Lambda runtime API on loopback, with sample events, calling
the sandbox."""

import hashlib
import json
import pathlib
import subprocess
import zipfile

import pytest

from gate import VOTER
from project import GREEN
from runtime import Runtime
from sandbox import ACCOUNT, REGION, ROOT, until

EVENTS = sorted((ROOT / "tests/fixtures/events").glob("*.json"))
TOLD = {
    "GATED_SERVICE": "gated",
    "GATED_REPOSITORIES": "*",
    "GATED_APPROVAL_RULE_TEMPLATE": "gated",
    "GATED_STATE_MACHINE": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:gated",
    "GATED_ARTIFACT_BUCKET": "gated-artifacts",
    "GATED_VOTER": VOTER,
    "GATED_BUILD_ROLE": f"arn:aws:iam::{ACCOUNT}:role/gated-build",
    "GATED_IMAGE_REPOSITORY": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/gated",
}


@pytest.fixture(scope="module")
def unpacked(built, tmp_path_factory):
    """What `infra/package` packs, of a debug build, unpacked as Lambda does it: with the modes in the zip."""
    out = ROOT / "target/test-tools/lambda"
    packed = subprocess.run([ROOT / "infra/package", "--profile", "dev", "--out", out], capture_output=True, text=True)
    if "no standard library" in packed.stderr or "needs glibc" in packed.stderr:
        pytest.skip(packed.stderr.strip())
    assert packed.returncode == 0, packed.stderr
    place = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(out / "gated-x86_64.zip") as archive:
        assert archive.namelist() == ["bootstrap", "floor.yml"]
        for entry in archive.infolist():
            path = pathlib.Path(archive.extract(entry, place))
            path.chmod(entry.external_attr >> 16 & 0o777)
    return place


def test_a_floor_is_named_from_where_one_stands_and_missed_before_the_build(scratch):
    done = subprocess.run([ROOT / "infra/package", "--floor", "none.yml", "--out", scratch], cwd=scratch, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, f"there is no floor {scratch}/none.yml that can be read\n")
    assert list(scratch.iterdir()) == []


@pytest.fixture
def intake(unpacked, own):
    """The intake function as a process; the sandbox's own functions end at once, so that only this one acts."""
    sandbox = own(None, "--bootstrap", "/bin/false")
    environment = sandbox.environment("intake") | TOLD | {
        "GATED_FUNCTION": "gated-intake", "GATED_FLOOR": str(unpacked / "floor.yml")}
    runtime = Runtime(unpacked / "bootstrap", environment)
    runtime.sandbox = sandbox
    yield runtime
    print(runtime.stop())


def fitted(path, pull):
    """A sample event as it would speak of this pull request."""
    return json.loads(path.read_text().replace('"42"', f'"{pull.id}"').replace("demo-repo", pull.repository.name))


def test_every_sample_event_is_answered_and_the_first_starts_the_gate(intake, repository):
    pull = repository(GREEN, within=intake.sandbox).open({"new.txt": "x"})
    [created] = [path for path in EVENTS if path.name == "pullRequestCreated.json"]
    kind, answer = intake.call(fitted(created, pull))
    assert (kind, answer["did"]) == ("response", "gate"), answer
    execution = answer["execution"]
    for path in EVENTS:
        event = fitted(path, pull)
        kind, answer = intake.call(event)
        if event["detail-type"] == "CodeCommit Pull Request State Change":
            assert kind == "response", (path.name, answer)
            # The pull request as it is now is what counts: a gate of this revision was started once.
            assert answer.get("execution", execution).startswith(execution.rsplit("-", 1)[0]), (path.name, answer)
        else:
            assert kind == "response" or answer["errorType"] == "Gated.Misconfigured", (path.name, answer)
    assert intake.process.poll() is None
    machines = intake.sandbox.client("intake", "stepfunctions")
    names = [e["name"] for e in machines.list_executions(stateMachineArn=TOLD["GATED_STATE_MACHINE"])["executions"]]
    assert names.count(execution) == 1


def test_a_setting_that_is_missing_ends_the_start_with_its_name(unpacked, own):
    sandbox = own(None, "--bootstrap", "/bin/false")
    environment = sandbox.environment("intake") | TOLD | {"GATED_FUNCTION": "gated-intake"}
    del environment["GATED_VOTER"]
    ended = subprocess.run([unpacked / "bootstrap"], env=environment | {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9"},
                           capture_output=True, text=True, timeout=30)
    assert ended.returncode != 0 and "GATED_VOTER" in ended.stderr


def test_a_vote_after_its_repository_got_a_build_role_of_its_own_builds_again_under_it(unpacked, own, repository, scratch):
    sandbox = own()
    made = repository(GREEN, within=sandbox)
    pull = made.open({"a": "1"})
    pull.verdict("✅ Approved")
    sandbox.stop()
    hash_of_name = hashlib.sha256(made.name.encode()).hexdigest()[:8]
    program = scratch / "bootstrap"
    program.write_text(f"#!/bin/sh\nGATED_OWN_BUILD_ROLES={hash_of_name} exec {unpacked / 'bootstrap'}\n")
    program.chmod(0o755)
    sandbox.options = ("--bootstrap", program)
    sandbox.start()
    pull.vote("bob")
    until("the second build", lambda: len(pull.builds()) == 2)
    pull.verdict("✅ Approved")
    assert pull.builds()[0]["serviceRole"].endswith(f":role/gated-build-{hash_of_name}") and VOTER in pull.votes()
