"""What runs and who may say so: conditions, floors, owners, and policies in odd places."""

import os

import pytest

from gate import VOTER, PullRequest
from project import GREEN, POLICY, RED, suite
from sandbox import until
from test_identity import as_role
from test_sweeper import sweep


def test_a_pull_request_that_touches_only_ignored_files_passes_without_a_build_and_says_so(repository):
    made = repository({**GREEN, ".gated.yml": POLICY + "gate: {ignore: [\"docs/**\"]}\n", "test.sh": RED})
    pull = made.open({"docs/a.md": "text\n"})
    assert "✅ Approved" in pull.verdict() and pull.builds() == []
    assert pull.votes() == {VOTER}
    made.push("feature", {"src/lib.sh": "false\n"})
    assert "adds up" in pull.verdict("Not approved")
    assert pull.votes() == set()


def test_ignoring_cannot_be_asked_for_by_the_pull_request_itself(repository):
    pull = repository({**GREEN, "test.sh": RED}).open({".gated.yml": POLICY + "gate: {ignore: [\"**\"]}\n"})
    assert "adds up" in pull.verdict("Not approved")


def test_a_stage_with_a_condition_on_paths_runs_only_for_those(repository):
    policy = POLICY + "  deep: {run: ./deep.sh, when: {paths: [\"deep/**\"]}}\n"
    made = repository({**GREEN, ".gated.yml": policy, "deep.sh": "#!/bin/sh\nexit 1\n"})
    shallow = made.open({"src/a": "1"}, branch="shallow")
    assert "stage deep | not applicable" in shallow.verdict("✅ Approved")
    deep = made.open({"deep/a": "1"}, branch="deep")
    assert "**stage deep** failed" in deep.verdict("Not approved")


def test_a_rename_out_of_a_guarded_directory_counts_as_both_paths(repository):
    policy = POLICY + "  deep: {run: ./deep.sh, when: {paths: [\"deep/**\"]}}\n"
    made = repository({**GREEN, ".gated.yml": policy, "deep.sh": "#!/bin/sh\nexit 1\n", "deep/a": "the same text\n"})
    pull = made.open({"deep/a": None, "shallow/a": "the same text\n"})
    assert "**stage deep** failed" in pull.verdict("Not approved")


def test_a_destination_policy_that_is_tightened_while_the_build_runs_is_decided_anew(repository, hold):
    made = repository({**GREEN, "extra.sh": "#!/bin/sh\nexit 1\n"})
    pull = made.open({"test.sh": hold.script()})
    pull.building(hold)
    made.git("switch", "--quiet", "main")
    made.push("main", {".gated.yml": POLICY + "  extra: ./extra.sh\n"})
    hold.let_go()
    assert "**stage extra** failed" in pull.verdict("Not approved")
    assert pull.votes() == set()


def test_only_a_branch_that_the_floor_names_is_gated(own, repository):
    sandbox = own("version: 1\nrequire-policy: reject\ngate: {destinations: [main]}\nstages: {gated-note: \"true\"}\n")
    made = repository(GREEN, within=sandbox)
    made.push("playground", {}, "main")
    free = made.open({"test.sh": RED}, branch="one", destination="playground")
    bound = made.open({"test.sh": RED}, branch="two", start="main")
    assert "adds up" in bound.verdict("Not approved")
    assert free.executions() == [] and free.comment() is None
    assert free.merge()["pullRequest"]["pullRequestStatus"] == "CLOSED"


def floor_becomes(sandbox, text):
    """Deploys another floor."""
    sandbox.stop()
    sandbox.floor.write_text(text)
    sandbox.start()


def test_a_pull_request_that_bears_the_gates_rule_stays_gated_when_the_floor_drops_its_branch(own, repository):
    sandbox = own("version: 1\ngate: {destinations: [main]}\nstages: {gated-note: \"true\"}\n")
    made = repository(GREEN, within=sandbox)
    pull = made.open({"a": "1"})
    pull.verdict("✅ Approved")
    floor_becomes(sandbox, "version: 1\ngate: {destinations: [other]}\nstages: {gated-note: \"true\"}\n")
    made.push("feature", {"test.sh": RED})
    pull.verdict("Not approved")
    assert pull.votes() == set() and not pull.approved()


def test_a_pull_request_that_bears_the_gates_rule_is_voted_on_when_the_floor_begins_to_observe(own, repository):
    sandbox = own("version: 1\nstages: {gated-note: \"true\"}\n")
    made = repository(GREEN, within=sandbox)
    pull = made.open({"test.sh": RED})
    pull.verdict("Not approved")
    floor_becomes(sandbox, "version: 1\nmode: observe\nstages: {gated-note: \"true\"}\n")
    made.push("feature", {"test.sh": suite()})
    pull.verdict("✅ Approved")
    assert pull.votes() == {VOTER} and pull.merge()["pullRequest"]["pullRequestStatus"] == "CLOSED"
    sweep(sandbox)
    later = made.open({"b": "1"}, branch="later", start="main")
    assert "Would approve" in later.verdict() and later.live["approvalRules"] == [] and later.votes() == set()


def test_a_floor_that_only_observes_comments_and_does_not_vote(own, repository):
    sandbox = own("version: 1\nmode: observe\nstages: {gated-note: \"true\"}\n")
    made = repository(GREEN, within=sandbox)
    for branch, script in (("good", suite()), ("bad", RED)):
        pull = made.open({"test.sh": script + f"# {branch}\n"}, branch=branch)
        assert "only observes" in pull.verdict()
        assert pull.votes() == set()
    assert pull.merge()["pullRequest"]["pullRequestStatus"] == "CLOSED"


@pytest.mark.parametrize("odd", [".gated.yaml alone", ".gated.yaml beside", "link"])
def test_a_policy_in_an_odd_place_is_an_error_that_says_what_to_do(repository, odd):
    made = repository(GREEN)
    made.git("switch", "--quiet", "--create", "odd")
    if odd == "link":
        (made.clone / "real.yml").write_text(POLICY)
        (made.clone / ".gated.yml").unlink()
        os.symlink("real.yml", made.clone / ".gated.yml")
        files = {}
    else:
        files = {".gated.yaml": POLICY, **({".gated.yml": None} if odd.endswith("alone") else {})}
    made.push("odd", files)
    target = {"repositoryName": made.name, "sourceReference": "odd", "destinationReference": "main"}
    opened = made.sandbox.client("alice", "codecommit").create_pull_request(title="odd", targets=[target])
    pull = PullRequest(made.sandbox, made, opened["pullRequest"]["pullRequestId"])
    comment = pull.verdict("Not approved")
    assert ("symbolic link" if odd == "link" else ".gated.yaml") in comment
    assert pull.votes() == set()


def test_a_rule_that_would_leave_out_everything_is_an_error_of_the_policy(repository):
    policy = POLICY + "skip: {all: {title: \"[all]\", stages: [test]}}\n"
    pull = repository({**GREEN, ".gated.yml": policy}).open({"a": "1"}, title="[all] x")
    comment = pull.verdict("Not approved")
    assert ".gated.yml:" in comment and pull.votes() == set()


def opened_by(client, made, branch, title):
    target = {"repositoryName": made.name, "sourceReference": branch, "destinationReference": "main"}
    return made.pull(client.create_pull_request(title=title, targets=[target])["pullRequest"]["pullRequestId"])


def test_a_skip_that_only_people_on_call_may_ask_for(sandbox, repository):
    policy = POLICY + ("  slow: ./slow.sh\nskip:\n  hotfix:\n    title: \"[hotfix]\"\n    stages: [slow]\n"
                       "    by: [\"arn:aws:sts::*:assumed-role/OnCall/*\"]\n")
    made = repository({**GREEN, ".gated.yml": policy, "slow.sh": "#!/bin/sh\nexit 1\n"})
    made.push("one", {"a": "1"}, "main")
    on_call = as_role(sandbox, "alice", "OnCall", "ruth", "codecommit")
    allowed = opened_by(on_call, made, "one", "[hotfix] x")
    assert "assumed-role/OnCall/ruth" in allowed.verdict("✅ Approved")
    refused = made.open({"a": "2"}, branch="two", title="[hotfix] x", user="mallory")
    assert "**stage slow** failed" in refused.verdict("Not approved")


def test_two_identities_of_one_person_are_one_person(sandbox, repository):
    policy = ("version: 1\ngate: {policy-owners: [\"arn:aws:sts::*:assumed-role/ReleaseManagers/*\"]}\n"
              "stages:\n  test: ./test.sh\n  extra: \"true\"\n")
    made = repository({**GREEN, ".gated.yml": policy})
    weakened = policy.replace("extra: \"true\"", "extra: {run: \"true\", required: false}")
    pull = made.open({".gated.yml": weakened}, user="olga")
    pull.verdict("⏳ Waiting for an approval")

    def approve_as(session):
        as_role(sandbox, session, "ReleaseManagers", session, "codecommit").update_pull_request_approval_state(
            pullRequestId=pull.id, revisionId=pull.revision, approvalState="APPROVE")
    executions = len(pull.executions())
    approve_as("olga")
    until("the look at that approval", lambda: len(pull.executions()) > executions)
    pull.verdict("⏳ Waiting for an approval")
    assert VOTER not in pull.votes()
    approve_as("ruth")
    assert "ReleaseManagers/ruth" in pull.verdict("✅ Approved")


def test_a_parameter_reaches_the_build_only_when_the_destination_has_it(sandbox, repository, scratch):
    sandbox.client("alice", "ssm").put_parameter(Name="/app/test/url", Value="db://here", Type="String")
    with_parameter = POLICY + "environment: {parameters: {DB_URL: /app/test/url}}\n"
    seen = scratch / "seen"
    say = suite().replace("exit 0", f"echo \"${{DB_URL:-nothing}}\" >> {seen}")
    grants = repository({**GREEN, ".gated.yml": with_parameter, "test.sh": say})
    grants.open({"a": "1"}).verdict("✅ Approved")
    asks = repository({**GREEN, "test.sh": say})
    asks.open({".gated.yml": with_parameter}).verdict("✅ Approved")
    assert seen.read_text().split() == ["db://here", "nothing"]
