"""What a clean-up could not end or delete at once: it stays where the next sweep finds it, and nothing runs on unseen."""

from project import GREEN
from sandbox import until
from test_faults import injected
from test_sweeper import sweep


def ended(pull, name):
    """How the execution of that name ended."""
    def look():
        [found] = [execution for execution in pull.executions() if execution["name"] == name] or [{"status": "RUNNING"}]
        return found["status"] != "RUNNING" and found["status"]
    return until(f"the end of {name}", look)


def test_a_clean_up_that_could_not_stop_a_build_keeps_its_project_for_the_next_sweep(own, repository, hold):
    # This seed throttles the first three calls of StopBuild, and not the fourth: all tries of the first clean-up.
    sandbox = own(None, "--faults", "seed=143,throttle=0.5,only=codebuild:StopBuild")
    pull = repository(GREEN, within=sandbox).open({"test.sh": hold.script()})
    pull.building(hold)
    pull.close()
    assert ended(pull, f"pr-{pull.id}-close") == "FAILED"
    assert len(injected(sandbox)) == 3
    assert [build["buildStatus"] for build in pull.builds()] == ["IN_PROGRESS"]
    swept = sweep(sandbox)
    assert swept["work"] == [f"started pr-{pull.id}-close-2"] and swept["failed"] == []
    assert ended(pull, f"pr-{pull.id}-close-2") == "SUCCEEDED"
    assert pull.project not in pull.projects() and pull.badge() == []
    pull.settled()
    assert sweep(sandbox)["work"] == []
