"""What the gate itself costs, printed as a table; started by `tests/bench`. It asserts nothing."""

import pathlib
import statistics
import sys
import tempfile
import time

from project import GREEN, Hold, Repository
from sandbox import Sandbox, until

TIMES = int(sys.argv[1]) if len(sys.argv) > 1 else 10


def memory(sandbox):
    """Resident memory of the sandbox's process, in megabytes."""
    status = pathlib.Path(f"/proc/{sandbox.process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))) / 1024


def ready(home):
    """Milliseconds from the start of the process to its `ready` line."""
    begun = time.monotonic()
    sandbox = Sandbox(home).start()
    took = (time.monotonic() - begun) * 1000
    sandbox.stop()
    return took


def green(repository, number):
    """Milliseconds in one green pull request: event to build, build end to vote, the whole beyond the build's commands."""
    repository.push(f"b{number}", {f"{number}.txt": ""}, "main")
    target = {"repositoryName": repository.name, "sourceReference": f"b{number}", "destinationReference": "main"}
    client = repository.sandbox.client("alice", "codecommit")
    asked = time.time()
    pull = repository.pull(client.create_pull_request(title="t", targets=[target])["pullRequest"]["pullRequestId"])
    until("the verdict", lambda: pull.executions() and pull.executions()[0]["status"] != "RUNNING")
    build, execution = pull.builds()[0], pull.executions()[0]
    history = repository.sandbox.client("alice", "stepfunctions").get_execution_history(
        executionArn=execution["executionArn"], maxResults=1000)["events"]
    voted = next(event["timestamp"] for event in history
                 if event.get("stateExitedEventDetails", {}).get("name") == "Vote").timestamp()
    begin, end = build["startTime"].timestamp(), build["endTime"].timestamp()
    phase = next(phase for phase in build["phases"] if phase["phaseType"] == "BUILD")
    commands = (phase["endTime"] - phase["startTime"]).total_seconds()
    return [1000 * value for value in (begin - asked, end - begin, commands, voted - end, voted - asked - commands)]


def superseded(repository, home):
    """Milliseconds from a push to the end of the build that it supersedes."""
    hold = Hold(home)
    pull = repository.open({"test.sh": hold.script()}, branch="held")
    pull.building(hold)
    older = pull.builds()[0]["id"]
    repository.commit({"again": ""})
    begun = time.time()
    repository.push("held", {})
    client = repository.sandbox.client("alice", "codebuild")
    until("the stop", lambda: client.batch_get_builds(ids=[older])["builds"][0]["buildComplete"])
    ended = client.batch_get_builds(ids=[older])["builds"][0]["endTime"].timestamp()
    hold.let_go()
    return 1000 * (ended - begun)


def row(name, values, aim="", unit="ms"):
    print(f"{name:<52}{min(values):>9.1f}{statistics.median(values):>9.1f}{max(values):>9.1f} {unit:<3} {aim}")


def main():
    with tempfile.TemporaryDirectory(prefix="gated-", ignore_cleanup_errors=True) as home:
        print(f"{'of ' + str(TIMES):<52}{'least':>9}{'median':>9}{'most':>9}")
        starts = [ready(tempfile.mkdtemp(dir=home)) for _ in range(TIMES)]
        row("start of the process to the line `ready`", starts, "aim < 100")
        sandbox = Sandbox(tempfile.mkdtemp(dir=home)).start()
        row("memory, idle", [memory(sandbox)], "aim < 40", "MB")
        repository = Repository(sandbox, "bench", home)
        repository.commit(GREEN)
        repository.git("push", "--quiet", repository.url, "HEAD:refs/heads/main")
        rows = zip(*(green(repository, number) for number in range(TIMES)))
        names = ["create-pull-request called to build started", "  the build, start to end", "    its commands (phase BUILD)",
                 "build's end to vote", "whole green pull request beyond the commands"]
        for name, values in zip(names, rows):
            row(name, values, "aim < 150" if name.startswith("whole") else "")
        row("push to the end of the superseded build", [superseded(repository, home)], "aim < 1000")
        row(f"memory after {TIMES + 1} pull requests", [memory(sandbox)], "", "MB")
        sandbox.stop()


if __name__ == "__main__":
    main()
