"""Skip rules: what a title may leave out, and what it may not."""

from gate import VOTER
from project import GREEN, suite

POLICY = """\
version: 1
stages:
  test:
    run: ./test.sh
    reports: [{format: junit, files: out/junit.xml}]
  slow:
    run: ./slow.sh
  safe:
    run: "true"
skip:
  hotfix:
    when: {title: {starts-with: "[hotfix]"}, destination: [main]}
    stages: [slow]
"""
SLOW = "#!/bin/sh\nexit 1\n"
PROJECT = {**GREEN, ".gated.yml": POLICY, "slow.sh": SLOW}


def test_a_hotfix_title_skips_only_what_the_destinations_rule_allows_and_the_comment_says_who_asked(repository):
    pull = repository(PROJECT).open({"fix.txt": "1\n"}, title="[hotfix] stop the bleeding", user="carol")
    comment = pull.verdict()
    assert "✅ Approved" in comment
    assert "rule **hotfix** granted" in comment and "user/carol" in comment
    assert pull.votes() == {VOTER}
    log = pull.builds()[0]
    assert log["buildStatus"] == "SUCCEEDED"


def test_what_the_rule_does_not_name_still_fails_a_hotfix(repository):
    pull = repository(PROJECT).open({"test.sh": suite(failed={"a": "b"})}, title="[HOTFIX] quick")
    comment = pull.verdict()
    assert "Not approved" in comment and "rule **hotfix** granted" in comment
    assert pull.votes() == set()


def test_without_the_title_the_stage_runs_and_fails(repository):
    pull = repository(PROJECT).open({"fix.txt": "1\n"}, title="a change")
    assert "**stage slow** failed" in pull.verdict("Not approved")
    assert pull.votes() == set()


def test_a_rule_that_only_the_source_has_grants_nothing(repository):
    wider = POLICY.replace("stages: [slow]", "stages: [slow, test]")
    pull = repository(PROJECT).open({".gated.yml": wider, "test.sh": suite(failed={"a": "b"})}, title="[hotfix] all")
    comment = pull.verdict()
    assert "Not approved" in comment and "1 of 3 cases failed" in comment
    assert pull.votes() == set()


def test_a_rule_for_another_destination_does_not_apply(repository):
    made = repository(PROJECT)
    made.push("release", {}, "main")
    pull = made.open({"fix.txt": "1\n"}, title="[hotfix] here", destination="release")
    assert "**stage slow** failed" in pull.verdict("Not approved")


def test_a_title_edited_after_the_start_is_noticed_before_the_vote_and_decided_anew(sandbox, repository, hold):
    made = repository({**PROJECT, "slow.sh": "exit 1\n"})
    pull = made.open({"test.sh": hold.script()}, title="[hotfix] not really")
    pull.building(hold)
    sandbox.client("alice", "codecommit").update_pull_request_title(pullRequestId=pull.id, title="an honest change")
    hold.let_go()
    comment = pull.verdict("an honest change")
    assert "**stage slow** failed" in comment and "Not approved" in comment
    assert pull.votes() == set()
    ends = {pull.history(execution)[-1] for execution in pull.executions()}
    assert ends == {"Redecided", "Answered"}


def test_a_title_edited_into_a_hotfix_is_decided_anew_too(sandbox, repository, hold):
    made = repository(PROJECT)
    pull = made.open({"test.sh": hold.script()}, title="an honest change")
    pull.building(hold)
    sandbox.aws("alice", "codecommit", "update-pull-request-title", "--pull-request-id", pull.id,
                "--title", "[hotfix] now")
    hold.let_go()
    comment = pull.verdict("[hotfix] now")
    assert "✅ Approved" in comment and "rule **hotfix** granted" in comment


def test_a_skip_that_needs_an_approval_waits_for_nobody_but_runs_the_stage(repository):
    policy = POLICY + "    approval: {from: [\"arn:aws:iam::*:user/olga\"], count: 1}\n"
    pull = repository({**PROJECT, ".gated.yml": policy}).open({"fix.txt": "1\n"}, title="[hotfix] x")
    assert "**stage slow** failed" in pull.verdict("Not approved")


def test_an_approval_given_is_noticed_and_the_skip_granted_with_the_granter_named(repository):
    policy = POLICY + "    approval: {from: [\"arn:aws:iam::*:user/olga\"], count: 1}\n"
    pull = repository({**PROJECT, ".gated.yml": policy}).open({"fix.txt": "1\n"}, title="[hotfix] x")
    pull.verdict("Not approved")
    pull.vote("olga")
    comment = pull.verdict("✅ Approved")
    assert "granted by" in comment and "user/olga" in comment
    assert VOTER in pull.votes()
    pull.vote("olga", "REVOKE")
    assert "**stage slow** failed" in pull.verdict("Not approved")
    assert VOTER not in pull.votes()


def test_while_a_revision_is_built_again_its_earlier_approval_does_not_hold(repository, hold, scratch):
    switch = scratch / "switch"
    policy = POLICY + "    approval: {from: [\"arn:aws:iam::*:user/olga\"], count: 1}\n"
    slow = f"#!/bin/sh\n[ ! -e {switch} ] || {{ echo x >> {hold.directory}/started; until [ -e {hold.directory}/go ]; do sleep 0.02; done; }}\nexit 1\n"
    pull = repository({**PROJECT, ".gated.yml": policy, "slow.sh": slow}).open({"fix.txt": "1\n"}, title="[hotfix] x")
    pull.verdict("Not approved")
    pull.vote("olga")
    pull.verdict("✅ Approved")
    switch.touch()
    pull.vote("olga", "REVOKE")
    pull.building(hold)
    assert VOTER not in pull.votes() and not pull.approved()
    assert "⏳ Running" in pull.comment()
    hold.let_go()
    assert "**stage slow** failed" in pull.verdict("Not approved")
