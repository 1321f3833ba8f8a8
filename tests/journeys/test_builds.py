"""What builds do to the gate: odd output, processes left behind, coverage of changed lines, many at a time."""

from gate import VOTER
from project import GREEN, POLICY, RED, lcov, script, suite
from sandbox import until


def alive(pid):
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_process_that_a_stage_leaves_behind_neither_holds_the_build_up_nor_survives_it(repository, scratch):
    pid = scratch / "pid"
    left = suite().replace("exit 0", f"sleep 600 & echo $! > {pid}\nexit 0")
    pull = repository(GREEN).open({"test.sh": left})
    assert "✅ Approved" in pull.verdict()
    until("the end of the process", lambda: not alive(int(pid.read_text())))


def test_stopping_a_build_ends_every_process_of_it(sandbox, repository, hold, scratch):
    pid = scratch / "pid"
    pull = repository(GREEN).open({"test.sh": f"#!/bin/bash\nset -m\n(setsid sleep 600 & echo $! > {pid})\n" + hold.script()})
    pull.building(hold)
    sandbox.client("bob", "codebuild").stop_build(id=pull.builds()[0]["id"])
    pull.verdict("Not approved")
    until("the end of the process", lambda: not alive(int(pid.read_text())))
    for waiting in (hold.directory / "started").read_text().split():
        assert not alive(int(waiting))


def test_output_that_is_long_or_is_no_text_does_no_harm(repository):
    noisy = suite().replace("exit 0", "seq 1 60000; head -c 200000 /dev/urandom; printf '\\033[31mred\\377\\n'")
    pull = repository(GREEN).open({"test.sh": noisy})
    assert "✅ Approved" in pull.verdict()
    logs = pull.builds()[0]["logs"]
    page = pull.sandbox.client("alice", "logs").get_log_events(
        logGroupName=logs["groupName"], logStreamName=logs["streamName"], startFromHead=True)
    assert page["events"] and page["nextForwardToken"]


def test_a_flaky_stage_with_a_retry_passes_in_its_second_try_and_the_comment_says_so(repository, scratch):
    flaky = suite().replace("exit 0", f"[ -e {scratch}/again ] || {{ touch {scratch}/again; exit 1; }}")
    policy = POLICY.replace("run: ./test.sh", "run: ./test.sh\n    retry: 1")
    pull = repository({**GREEN, ".gated.yml": policy}).open({"test.sh": flaky})
    assert "in try 2" in pull.verdict("✅ Approved")


PATCH = """\
version: 1
stages:
  cov:
    run: ./cov.sh
    reports: [{format: lcov, files: out/lcov.info}]
coverage: {patch: 100, min-patch-lines: 1}
"""


def test_the_coverage_of_the_lines_that_the_pull_request_changes_is_demanded(repository):
    made = repository({".gated.yml": PATCH, "cov.sh": script({"out/lcov.info": lcov(1, 1)}), "src/lib.sh": "a\n" * 5})
    pull = made.open({"src/lib.sh": "a\n" * 5 + "b\n" * 5, "cov.sh": script({"out/lcov.info": lcov(9, 10)})})
    comment = pull.verdict("Not approved")
    assert "80% of 5 changed lines covered" in comment and "src/lib.sh: 1 of 5 changed lines not covered: 10" in comment
    made.push("feature", {"cov.sh": script({"out/lcov.info": lcov(10, 10)})})
    assert "✅ Approved" in pull.verdict("100")


def test_a_coverage_report_of_files_that_are_not_there_is_an_error(repository):
    made = repository({".gated.yml": PATCH.replace("{patch: 100, min-patch-lines: 1}", "80"), "src/lib.sh": "a\n",
                       "cov.sh": script({"out/lcov.info": lcov(9, 9)})})
    pull = made.open({"cov.sh": script({"out/lcov.info": lcov(9, 9, "elsewhere/x.sh")})})
    assert "## ❌ Not approved, error" in pull.verdict()
    assert pull.votes() == set()


def test_ten_pull_requests_at_once_each_get_their_own_answer(repository):
    made = repository(GREEN)
    pulls = [made.open({"test.sh": suite(passed=n + 1, failed={f"case {n}": f"message {n}"} if n % 2 else None)}, branch=f"b{n}")
             for n in range(10)]
    for n, pull in enumerate(pulls):
        comment = pull.verdict(seconds=60)
        assert (f"message {n}" in comment and pull.votes() == set()) if n % 2 else pull.votes() == {VOTER}
        assert len(pull.builds()) == 1


def test_a_build_sees_nothing_of_what_the_sandbox_was_started_with(own, repository, scratch, monkeypatch):
    monkeypatch.setenv("NPM_TOKEN", "of-the-person-at-the-keyboard")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-person-at-the-keyboard")
    seen = scratch / "seen"
    pull = repository(GREEN, within=own()).open({"test.sh": suite().replace("exit 0", f"env > {seen}")})
    pull.verdict("✅ Approved")
    assert "of-the-person" not in seen.read_text()


def test_a_source_branch_that_vanishes_while_its_build_runs_leaves_no_approval_behind(repository, hold):
    made = repository(GREEN)
    pull = made.open({"test.sh": hold.script(RED)})
    pull.building(hold)
    made.git("push", "--quiet", made.url, ":refs/heads/feature")
    hold.let_go()
    pull.settled()
    assert pull.votes() == set()


def test_an_empty_pull_request_and_one_without_common_history_are_answered(repository):
    made = repository(GREEN)
    assert made.open({}, branch="empty").verdict()
    made.git("switch", "--quiet", "--orphan", "stranger")
    made.push("stranger", GREEN)
    target = {"repositoryName": made.name, "sourceReference": "stranger", "destinationReference": "main"}
    try:
        opened = made.sandbox.client("alice", "codecommit").create_pull_request(title="stranger", targets=[target])
    except made.sandbox.client("alice", "codecommit").exceptions.ClientError as refused:
        assert "History" in str(refused) or "Commit" in str(refused)
    else:
        made.pull(opened["pullRequest"]["pullRequestId"]).verdict()
