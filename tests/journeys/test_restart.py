"""SIGKILL at any moment: what was acknowledged is still there, and every pull request still gets its answer."""

import random
import subprocess
import time
import urllib.parse

import pytest

from gate import VOTER
from project import GREEN, RED, suite
from sandbox import GATED, Sandbox, until


def again(sandbox):
    """Kills the sandbox and starts it anew, on another port."""
    sandbox.kill()
    return sandbox.start()


def test_a_build_that_a_kill_left_behind_is_told_as_a_fault_and_can_be_run_again(own, repository, hold):
    sandbox = own()
    pull = repository(GREEN, within=sandbox).open({"test.sh": hold.script()})
    pull.building(hold)
    again(sandbox)
    comment = pull.verdict()
    assert "Not approved, error" in comment and pull.votes() == set()
    hold.let_go()
    assert sandbox.gated("alice", "rerun", pull.id).returncode == 0
    pull.verdict("✅ Approved")
    assert pull.votes() == {VOTER}


def test_a_kill_right_after_create_pull_request_was_acknowledged_keeps_it_and_it_is_answered(own, repository):
    sandbox = own()
    pull = repository(GREEN, within=sandbox).open({"a": "1"})
    again(sandbox)
    until_green(sandbox, pull)


def test_a_kill_right_after_a_push_keeps_it_and_it_is_answered(own, repository):
    sandbox = own()
    made = repository(GREEN, within=sandbox)
    pull = made.open({"test.sh": RED})
    pull.verdict("Not approved")
    commit = made.push("feature", {"test.sh": suite()})
    again(sandbox)
    assert pull.commit == commit
    until_green(sandbox, pull)


def test_a_kill_right_after_the_build_ended_keeps_its_answer(own, repository, hold):
    sandbox = own()
    pull = repository(GREEN, within=sandbox).open({"test.sh": hold.script()})
    pull.building(hold)
    hold.let_go()
    until("the build's end", lambda: pull.builds()[0]["buildComplete"])
    again(sandbox)
    pull.verdict("✅ Approved")
    assert pull.votes() == {VOTER} and len(pull.builds()) == 1


def test_a_kill_right_after_the_close_still_takes_the_environment_away(own, repository):
    sandbox = own()
    pull = repository(GREEN, within=sandbox).open({"a": "1"})
    pull.verdict()
    pull.close()
    again(sandbox)
    until("the end of the project", lambda: pull.project not in pull.projects() and not pull.badge())
    pull.settled()


def test_five_kills_in_a_row_lose_nothing_that_was_acknowledged(own, repository):
    sandbox = own()
    made = repository(GREEN, within=sandbox)
    pulls, commits = [], {}
    for turn in range(5):
        pulls.append(made.open({f"{turn}.txt": "1\n"}, branch=f"b{turn}", title=f"change {turn}"))
        commits[pulls[-1].id] = pulls[-1].commit
        target = pulls[-1].live["pullRequestTargets"][0]
        sandbox.client("bob", "codecommit").post_comment_for_pull_request(
            pullRequestId=pulls[-1].id, repositoryName=made.name, beforeCommitId=target["destinationCommit"],
            afterCommitId=target["sourceCommit"], content=f"remark {turn}")
        again(sandbox)
    for turn, pull in enumerate(pulls):
        assert (pull.commit, pull.live["title"]) == (commits[pull.id], f"change {turn}")
        assert f"remark {turn}" in [comment["content"] for comment in pull.comments()]
        until_green(sandbox, pull)


@pytest.mark.parametrize("seed", range(4))
def test_kills_at_any_moment_of_a_pull_requests_life_leave_it_with_an_answer(own, repository, seed):
    sandbox, chance = own(), random.Random(seed)
    made = repository(GREEN, within=sandbox)
    pull = made.open({"test.sh": RED})
    for turn in range(4):
        moment = time.monotonic() + chance.uniform(0, 0.6)
        until("the moment of the kill", lambda: time.monotonic() > moment, seconds=5)
        again(sandbox)
        commit = made.push("feature", {"test.sh": suite(passed=turn + 1)})
        assert pull.commit == commit
    until_green(sandbox, pull)
    assert all(execution["status"] != "RUNNING" for execution in pull.executions(pull.revision))
    pull.settled()
    assert not [build for build in pull.builds() if not build["buildComplete"]]


def until_green(sandbox, pull):
    """A kill may have hit the build: its fault is told, and one more attempt must be green."""
    if "✅ Approved" not in pull.verdict():
        assert "error" in pull.comment()
        done = sandbox.gated("alice", "rerun", pull.id)
        assert done.returncode == 0, done.stderr
        pull.verdict("✅ Approved")
    assert VOTER in pull.votes()


def test_stopping_is_clean_and_the_next_start_shows_the_same_state(own, repository):
    sandbox = own()
    pull = repository(GREEN, within=sandbox).open({"a": "1"})
    comment = pull.verdict()
    assert sandbox.stop() == 0
    sandbox.start()
    assert pull.comment() == comment and pull.votes() == {VOTER}
    pull.merge()
    until("the end of the project", lambda: pull.project not in pull.projects())


def test_a_stale_lock_is_no_obstacle_and_a_second_sandbox_on_the_directory_is_refused(own):
    sandbox = own()
    again(sandbox)
    done = subprocess.run([GATED, "sandbox", "start", "--listen", "127.0.0.1:0", "--data", sandbox.data],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 3 and str(sandbox.data) in done.stderr and done.stdout == ""


def test_env_and_status_follow_the_sandbox_and_reset_forgets_it(own, repository):
    sandbox = own()
    repository(GREEN, within=sandbox)

    def run(command):
        return subprocess.run([GATED, "sandbox", command, "--data", sandbox.data], capture_output=True, text=True, timeout=30)
    exports = run("env").stdout
    assert f"export AWS_ENDPOINT_URL={sandbox.endpoint}\n" in exports and "export AWS_ACCESS_KEY_ID=" in exports
    told = subprocess.run(["bash", "-c", exports + "\necho $AWS_ENDPOINT_URL"], capture_output=True, text=True, check=True)
    assert urllib.parse.urlsplit(told.stdout.strip()).port
    assert (run("status").returncode, sandbox.endpoint in run("status").stdout) == (0, True)
    assert run("reset").returncode == 3, "a running sandbox must not be emptied"
    sandbox.kill()
    assert run("status").returncode == 1 and run("env").returncode == 2
    assert run("reset").returncode == 0
    sandbox.start()
    assert sandbox.client("alice", "codecommit").list_repositories()["repositories"] == []


@pytest.mark.parametrize("journal", ["{\"version\":99}\n", "not a journal\n"])
def test_a_data_directory_of_another_version_is_refused_and_left_as_it_is(scratch, journal):
    sandbox = Sandbox(scratch)
    sandbox.data.mkdir()
    (sandbox.data / "journal.jsonl").write_text(journal)
    done = subprocess.run([GATED, "sandbox", "start", "--listen", "127.0.0.1:0", "--data", sandbox.data],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 3 and "journal.jsonl" in done.stderr and done.stdout == ""
    assert (sandbox.data / "journal.jsonl").read_text() == journal
