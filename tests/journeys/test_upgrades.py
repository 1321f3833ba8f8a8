"""What is newer than a pull request's build: another version of the gate, other settings, or so much time that plans are gone.
What was measured then is judged or built again; it is never called forged."""

from gate import VOTER, artifacts
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


def test_a_vote_on_a_pull_request_whose_plan_was_cleared_away_is_judged_and_approved(sandbox, repository):
    """Plans are deleted after thirty days, and pull requests stay open for longer."""
    pull = repository(GREEN).open({"a": "1"})
    pull.verdict("✅ Approved")
    for key in artifacts(sandbox, f"plans/{pull.repository.name}/"):
        sandbox.client("alice", "s3").delete_object(Bucket="gated-artifacts", Key=key)
    pull.vote("bob")
    until("the answer to the vote", lambda: len(pull.executions()) == 2)
    pull.verdict("✅ Approved")
    assert VOTER in pull.votes() and len(pull.builds()) == 1
    assert {execution["status"] for execution in pull.executions()} == {"SUCCEEDED"}
