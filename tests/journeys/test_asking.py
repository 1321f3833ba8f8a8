"""What a person asks of a gate that is at work: how it stands now, and what its comment says while a newer revision is built."""

import subprocess

from gate import artifacts
from project import GREEN, RED, suite
from sandbox import GATED, until


def watch(pull):
    command = [GATED, "status", pull.id, "--watch"]
    return subprocess.Popen(command, env=pull.sandbox.environment("alice"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_watch_right_after_a_push_waits_for_the_pushed_revision_and_ends_by_its_verdict(repository):
    made = repository(GREEN)
    pull = made.open({"test.sh": RED})
    pull.verdict("Not approved")
    made.push("feature", {"test.sh": suite()})
    out, err = watch(pull).communicate(timeout=60)
    assert "✅ Approved" in out and pull.commit[:12] in out and "Not approved" not in out, out + err
    pull.verdict("✅ Approved")
    made.push("feature", {"test.sh": RED})
    watching = watch(pull)
    out, err = watching.communicate(timeout=60)
    assert watching.returncode == 1 and "❌ Not approved" in out and pull.commit[:12] in out, out + err


def test_a_watch_while_an_older_revision_is_built_waits_for_the_newer_one(repository, hold):
    made = repository(GREEN)
    pull = made.open({"test.sh": hold.script()})
    pull.building(hold)
    made.push("feature", {"test.sh": suite()})
    watching = watch(pull)
    out, err = watching.communicate(timeout=60)
    assert watching.returncode == 0 and "✅ Approved" in out and pull.commit[:12] in out, out + err


def test_the_first_line_of_the_comment_says_that_a_newer_revision_is_built_and_of_which_the_verdict_is(repository, hold):
    made = repository(GREEN)
    pull = made.open({"a": "1"})
    assert "✅ Approved" in pull.verdict()
    older = pull.commit
    for turn in "first", "second":
        made.push("feature", {"test.sh": hold.script(), "a": turn})
        pull.building(hold, 1 if turn == "first" else 2)
        lines = pull.comment().splitlines()
        assert lines[0] == f"## ⏳ Building commit `{pull.commit[:12]}`: test", lines[:4]
        assert lines[2].startswith(f"The verdict on the earlier commit `{older[:12]}` was: ✅ Approved: "), lines[:4]
        assert pull.comment().count("Building commit") == 1 and "### Stages" in pull.comment()
    hold.let_go()
    assert pull.verdict("✅ Approved").startswith("## ✅ Approved")


def test_what_is_not_there_or_cannot_be_read_is_told_in_words(sandbox, repository):
    pull = repository(GREEN).open({"a": "1"})
    pull.verdict("✅ Approved")
    for command in "why", "status":
        gone = sandbox.gated("alice", command, "999999")
        assert gone.returncode == 2 and "there is no pull request 999999 in us-east-1" in gone.stderr, gone
    pull.close()
    pull.settled()
    closed = sandbox.gated("alice", "status", pull.id, "--watch")
    assert closed.returncode == 0 and f"pull request {pull.id} is closed, commit {pull.commit[:12]}" in closed.stdout, closed
    assert sandbox.gated("alice", "why", pull.id).returncode == 0
    [key] = [key for key in artifacts(sandbox, f"decisions/{pull.repository.name}/pr-{pull.id}/") if key.endswith("-1.json")]
    sandbox.client("root", "s3").put_object(Bucket="gated-artifacts", Key=key, Body=b'{"version": 99}')
    for command in "why", "status":
        unread = sandbox.gated("alice", command, pull.id)
        assert unread.returncode == 3 and key in unread.stderr and unread.stdout == "", unread
        assert "Error(" not in unread.stderr and "panicked" not in unread.stderr, unread


def test_a_rerun_says_what_it_does_and_what_to_look_at(repository, sandbox):
    pull = repository(GREEN).open({"a": "1"})
    pull.verdict("✅ Approved")
    done = sandbox.gated("dora", "rerun", pull.id)
    assert done.returncode == 0 and f"pull request {pull.id} is gated again: attempt 2 has begun, asked for by " in done.stdout, done
    assert f"gated status {pull.id} --watch" in done.stdout and "dora" in done.stdout
    out, err = watch(pull).communicate(timeout=60)
    assert "✅ Approved" in out, out + err
    until("the second record", lambda: "attempt 2" in (pull.comment() or ""))
