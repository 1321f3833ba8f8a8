"""The functions as they are deployed: real processes of the `bootstrap` binary, behind the Lambda runtime API."""

import os
import pathlib
import signal

import pytest

from gate import VOTER
from project import GREEN, RED, suite
from runtime import Runtime
from sandbox import ROOT, until

BOOTSTRAP = pathlib.Path(os.environ.get("BOOTSTRAP_BIN", ROOT / "target" / "debug" / "bootstrap"))

pytestmark = pytest.mark.skipif(
    not BOOTSTRAP.exists(), reason=f"{BOOTSTRAP} was not built: cargo build -p gated-lambda --features runtime")


def processes(sandbox):
    """The ids of the functions' processes: the children of the sandbox that run the binary."""
    children = pathlib.Path(f"/proc/{sandbox.process.pid}/task").glob("*/children")
    ids = [int(pid) for file in children for pid in file.read_text().split()]
    return [pid for pid in ids if pathlib.Path(f"/proc/{pid}/exe").resolve() == BOOTSTRAP.resolve()]


def test_red_then_green_by_real_binaries_and_one_that_dies_is_started_again(own, repository):
    floor = "version: 1\n"
    sandbox = own(floor, "--bootstrap", BOOTSTRAP)
    pull = repository(GREEN, within=sandbox).open({"test.sh": RED})
    pull.verdict("Not approved", 60)
    assert pull.votes() == set()
    killed = processes(sandbox)
    assert killed
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    pull.repository.push("feature", {"test.sh": suite()})
    pull.verdict("✅ Approved", 60)
    assert pull.votes() == {VOTER} and not set(killed) & set(processes(sandbox))
    pull.merge()
    until("the end of the project", lambda: pull.project not in pull.projects())


def test_a_function_that_refuses_says_so_by_its_own_error_name(own):
    sandbox = own(None, "--bootstrap", BOOTSTRAP)
    answer = sandbox.client("alice", "lambda").invoke(FunctionName="gated-intake", Payload=b"{}")
    assert answer["FunctionError"] == "Unhandled" and b'"Gated.Misconfigured"' in answer["Payload"].read()


def test_a_program_that_is_no_runtime_ends_the_call_and_not_the_sandbox(own):
    sandbox = own(None, "--bootstrap", "/bin/false")
    for _ in range(2):
        answer = sandbox.client("alice", "lambda").invoke(FunctionName="gated-intake", Payload=b"{}")
        assert b'"Runtime.ExitError"' in answer["Payload"].read()


def test_repositories_that_are_too_many_for_a_variable_are_read_from_the_file_it_names(own, tmp_path):
    """Lambda takes 4 KB of variables."""
    names = [f"{number:03}" + "x" * 97 for number in range(100)]
    file = tmp_path / "repositories"
    file.write_text(",".join(names))
    settings = {"GATED_FUNCTION": "approval-rule", "GATED_REPOSITORIES": str(file)}
    runtime = Runtime(BOOTSTRAP, own().environment("approval-rule") | settings)
    try:
        kind, about = runtime.call({"about": {}})
    finally:
        runtime.stop()
    assert (kind, about["repositories"]) == ("response", names)
