"""What a clean-up could not end or delete at once: it stays where the next sweep finds it, and nothing runs on unseen."""

import pytest

from project import GREEN
from sandbox import until
from test_bootstrap import BOOTSTRAP
from test_faults import injected
from test_stored import restart
from test_sweeper import lose_events, sweep


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


@pytest.mark.skipif(not BOOTSTRAP.exists(), reason=f"{BOOTSTRAP} was not built: cargo build -p gated-lambda --features runtime")
def test_what_a_repository_that_is_gated_no_more_left_behind_is_deleted(own, repository, scratch):
    sandbox = own()
    ssm = sandbox.client("alice", "ssm")
    made = repository(GREEN, name="leaves", within=sandbox)
    opened, merged = (made.open({name: "1"}, branch=name) for name in ("opened", "merged"))
    for pull in (opened, merged):
        pull.verdict("✅ Approved")
    lose_events(sandbox)
    merged.merge()
    ssm.put_parameter(Name="/gated/projects/gated-leaves-pr-99/badge-url", Value="x", Type="String")
    # The next deployment does not name it, so that CodeCommit answers none of the gate's roles about it.
    deployed = scratch / "bootstrap"
    deployed.write_text(f"#!/bin/sh\nGATED_REPOSITORIES=stays exec {BOOTSTRAP}\n")
    deployed.chmod(0o755)
    restart(sandbox, "--bootstrap", deployed, "--faults", "seed=1,deny=1,only=codecommit:GetPullRequest")
    swept = sweep(sandbox)
    closes = {f"pr-{number}-close" for number in (opened.id, merged.id, 99)}
    assert set(swept["work"]) == {f"started {name}" for name in closes} and swept["failed"] == []
    assert {ended(made.pull(name.split("-")[1]), name) for name in closes} == {"SUCCEEDED"}
    path = {"Path": "/gated/projects", "Recursive": True}
    assert opened.projects() == [] and sandbox.client("alice", "ssm").get_parameters_by_path(**path)["Parameters"] == []
    assert sweep(sandbox) == {"repositories": 0, "pullRequests": 0, "work": [], "failed": []}
