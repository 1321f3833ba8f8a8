"""A push while the gate works: the newest revision counts, and only that one is voted on."""

from datetime import datetime, timezone

from gate import VOTER
from project import GREEN, suite
from sandbox import until


def ended(pull, build_id):
    """Waits for the end of one build, and returns the build."""
    client = pull.sandbox.client("alice", "codebuild")

    def look():
        build, = client.batch_get_builds(ids=[build_id])["builds"]
        return build["buildComplete"] and build
    return until(f"the end of build {build_id}", look)


def test_a_push_of_the_fix_supersedes_the_older_build_and_only_the_new_revision_is_approved(repository, hold):
    made = repository(GREEN)
    pull = made.open({"test.sh": hold.script()})
    pull.building(hold)
    older, older_revision = pull.builds()[0], pull.revision
    made.push("feature", {"test.sh": suite()})
    assert "✅ Approved" in pull.verdict()
    pull.settled()
    assert ended(pull, older["id"])["buildStatus"] == "STOPPED"
    newer = pull.builds()[0]
    assert (newer["sourceVersion"], newer["buildStatus"]) == (pull.commit, "SUCCEEDED")
    assert pull.votes() == {VOTER}
    assert pull.votes(older_revision) == set()
    execution, = pull.executions(older_revision)
    states = pull.history(execution)
    assert execution["status"] == "SUCCEEDED" and states[-1] == "Superseded"
    assert "Vote" not in states and "Comment" not in states


def test_a_push_stops_the_older_build_within_a_second(repository, hold):
    made = repository(GREEN)
    pull = made.open({"test.sh": hold.script()})
    # The best of three, since whatever else runs on the machine is not the gate's.
    best = []
    for turn in range(1, 4):
        pull.building(hold, turn)
        older = pull.builds()[0]
        made.commit({"again.txt": f"{turn}\n"})
        pushed = datetime.now(timezone.utc)
        made.push("feature", {})
        best.append((ended(pull, older["id"])["endTime"] - pushed).total_seconds())
    assert min(best) < 1, f"seconds from push to stop: {best}"


def test_the_approval_of_an_older_revision_does_not_count_for_a_newer_one(repository, hold):
    made = repository(GREEN)
    pull = made.open({"new.txt": "1\n"})
    assert "✅ Approved" in pull.verdict()
    made.push("feature", {"test.sh": hold.script(suite(failed={"late": "bad"}))})
    pull.building(hold)
    assert not pull.approved()
    hold.let_go()
    assert "late" in pull.verdict()
    assert not pull.approved()


def test_a_burst_of_pushes_ends_with_an_answer_on_the_last(repository):
    made = repository(GREEN)
    pull = made.open({"n.txt": "0\n"})
    for number in range(1, 6):
        made.push("feature", {"n.txt": f"{number}\n"})
    assert "✅ Approved" in pull.verdict()
    pull.settled()
    assert pull.votes() == {VOTER}
    assert [b["sourceVersion"] for b in pull.builds() if b["buildStatus"] == "SUCCEEDED"].count(pull.commit) == 1


def test_going_back_to_an_earlier_commit_is_a_revision_of_its_own(repository):
    made = repository(GREEN)
    pull = made.open({"n.txt": "0\n"})
    first, commit = pull.revision, pull.commit
    pull.verdict()
    made.push("feature", {"test.sh": suite(failed={"x": "y"})})
    pull.verdict()
    made.git("push", "--quiet", "--force", made.url, f"{commit}:refs/heads/feature")
    until("the source branch's return", lambda: pull.commit == commit)
    assert "✅ Approved" in pull.verdict("Approved")
    assert pull.revision != first and pull.approved()


def test_no_execution_stays_running_once_its_verdict_is_given(sandbox, repository):
    pull = repository(GREEN).open({"new.txt": "1\n"})
    pull.verdict()
    running = sandbox.aws("alice", "stepfunctions", "list-executions", "--state-machine-arn",
                          sandbox.aws("alice", "stepfunctions", "list-state-machines")["stateMachines"][0]["stateMachineArn"],
                          "--status-filter", "RUNNING")["executions"]
    assert [e["name"] for e in running if e["name"].startswith(f"pr-{pull.id}-")] == []
    execution, = pull.executions()
    events = sandbox.aws("alice", "stepfunctions", "get-execution-history", "--execution-arn", execution["executionArn"])
    assert events["events"][-1]["type"] == "ExecutionSucceeded"


def test_a_destination_that_takes_half_of_a_branch_while_it_is_built_gets_the_other_half_answered(repository, hold):
    """One pull request stacked on another: the merge base moves, and with it what the revision changes."""
    made = repository({**GREEN, "test.sh": hold.script()})
    made.push("half", {"src/lib.sh": "echo half\n"}, "main")
    pull = made.open({"src/lib.sh": "echo whole\n"}, branch="whole", start="half")
    pull.building(hold)
    made.git("push", "--quiet", made.url, "half:refs/heads/main")
    hold.let_go()
    pull.verdict("✅ Approved")
    assert pull.votes() == {VOTER} and len(pull.builds()) == 2
