"""What is newer than a pull request's build: another version of the gate, other settings, other modes. What was measured under
the old ones is built again or judged; it is never called forged."""

from gate import VOTER
from project import GREEN
from sandbox import GATED, until
from test_sweeper import sweep


def later(directory):
    """The program as a later version of it: the driver of its builds says one thing in other words."""
    before, after = b"gated: more than 10000 report files", b"gated: MORE than 10000 report files"
    program = GATED.read_bytes()
    assert before in program, "the driver has other words now: choose some that it has"
    newer = directory / "gated"
    newer.write_bytes(program.replace(before, after))
    newer.chmod(0o755)
    return newer


def test_a_vote_after_an_upgrade_of_the_gate_builds_again_and_forges_nothing(own, repository, scratch):
    sandbox = own()
    pull = repository(GREEN, within=sandbox).open({"a": "1"})
    pull.verdict("✅ Approved")
    sandbox.stop()
    sandbox.program = later(scratch)
    sandbox.start()
    pull.vote("bob")
    until("the second build", lambda: len(pull.builds()) == 2)
    pull.verdict("✅ Approved")
    assert VOTER in pull.votes() and sweep(sandbox)["work"] == []
    assert {execution["status"] for execution in pull.executions()} == {"SUCCEEDED"}


def test_a_sweep_after_an_upgrade_of_the_gate_builds_again_what_has_to_be_judged_again(own, repository, scratch):
    sandbox = own()
    pull = repository(GREEN, within=sandbox).open({"a": "1"})
    pull.verdict("✅ Approved")
    sandbox.stop()
    sandbox.program = later(scratch)
    sandbox.start()
    sandbox.client("alice", "codecommit").update_pull_request_title(pullRequestId=pull.id, title="Another title")
    assert len(sweep(sandbox)["work"]) == 1
    until("the second build", lambda: len(pull.builds()) == 2)
    assert "Another title" in pull.verdict("✅ Approved")
    assert pull.votes() == {VOTER} and sweep(sandbox)["work"] == []
