"""Coverage compared exactly, and policies that a pull request cannot loosen for itself."""

import pytest

from gate import VOTER
from project import GREEN, cobertura, junit, lcov, script, suite

COVERAGE = """\
version: 1
stages:
  cov:
    run: ./cov.sh
    reports: [{format: %s, files: out/coverage}]
coverage: 80
"""


def covered(report):
    return script({"out/coverage": report})


@pytest.mark.parametrize(("report_format", "report"), [("cobertura", cobertura), ("lcov", lcov)])
def test_coverage_exactly_on_the_threshold_passes_and_one_hundredth_below_fails(repository, report_format, report):
    made = repository({".gated.yml": COVERAGE % report_format, "cov.sh": covered(report(8000, 10000)), "src/lib.sh": "\n"})
    pull = made.open({"a": ""})
    assert "✅ Approved" in pull.verdict()
    assert pull.votes() == {VOTER}
    made.push("feature", {"cov.sh": covered(report(7999, 10000))})
    comment = pull.verdict()
    assert "Not approved" in comment and "79.99% of 10000 lines covered, below the 80% demanded" in comment
    assert pull.votes() == set()


def test_a_difference_far_below_a_hundredth_is_never_rounded_up_to_the_threshold(repository):
    made = repository({".gated.yml": COVERAGE % "lcov", "cov.sh": covered(lcov(19999, 25000)), "src/lib.sh": "\n"})
    assert "79.99% of 25000 lines covered" in made.open({"a": ""}).verdict("Not approved")


def test_a_pull_request_that_loosens_its_own_policy_is_judged_under_the_old_one_and_told_so(repository):
    made = repository({".gated.yml": COVERAGE % "lcov", "cov.sh": covered(lcov(90, 100)), "src/lib.sh": "\n"})
    loosened = (COVERAGE % "lcov").replace("coverage: 80", "coverage: 10")
    pull = made.open({".gated.yml": loosened, "cov.sh": covered(lcov(50, 100))})
    comment = pull.verdict()
    assert "50% of 100 lines covered, below the 80% demanded" in comment
    assert "This pull request is judged by the old one" in comment
    assert "| 80 | 10 | weaker |" in comment
    assert pull.votes() == set()


def test_a_stage_that_the_pull_request_removes_still_runs(repository):
    made = repository({**GREEN, "test.sh": suite()})
    other = "version: 1\nstages:\n  other: \"true\"\n"
    pull = made.open({".gated.yml": other, "test.sh": suite(failed={"still": "runs"})})
    assert "still" in pull.verdict("Not approved")


def test_deleting_the_policy_changes_nothing_for_the_pull_request_that_does(repository):
    made = repository(GREEN)
    pull = made.open({".gated.yml": None, "test.sh": suite(failed={"still": "runs"})})
    assert "still" in pull.verdict("Not approved")
    assert pull.votes() == set()


def test_a_tightened_policy_binds_at_once(repository):
    made = repository({".gated.yml": COVERAGE % "lcov", "cov.sh": covered(lcov(85, 100)), "src/lib.sh": "\n"})
    pull = made.open({".gated.yml": (COVERAGE % "lcov").replace("coverage: 80", "coverage: 90")})
    comment = pull.verdict("Not approved")
    assert "below the 90% demanded" in comment and "stricter" in comment


OWNED = """\
version: 1
gate: {policy-owners: ["arn:aws:iam::*:user/olga"]}
stages:
  test:
    run: ./test.sh
    reports: [{format: junit, files: out/junit.xml}]
  extra: ./extra.sh
"""
WEAKENED = OWNED.replace("  extra: ./extra.sh\n", "  extra: {run: ./extra.sh, required: false}\n")
OWNED_PROJECT = {**GREEN, ".gated.yml": OWNED, "extra.sh": "#!/bin/sh\nexit 0\n"}


def test_an_owners_approval_of_a_weakened_policy_ends_waiting_without_a_second_build(repository):
    pull = repository(OWNED_PROJECT).open({".gated.yml": WEAKENED})
    assert "⏳ Waiting for an approval" in pull.verdict()
    assert pull.votes() == set()
    pull.vote("olga")
    comment = pull.verdict("✅ Approved")
    assert "an owner approved it" in comment and "user/olga" in comment
    assert VOTER in pull.votes()
    assert len(pull.builds()) == 1


def test_an_owners_approval_that_is_withdrawn_is_noticed(repository):
    pull = repository(OWNED_PROJECT).open({".gated.yml": WEAKENED})
    pull.verdict("Waiting for an approval")
    for _ in range(2):
        pull.vote("olga")
        pull.verdict("✅ Approved")
        assert VOTER in pull.votes()
        pull.vote("olga", "REVOKE")
        pull.verdict("⏳ Waiting for an approval")
        assert VOTER not in pull.votes()
    assert len(pull.builds()) == 1


def test_an_owner_cannot_approve_a_weakening_of_their_own(repository):
    made = repository(OWNED_PROJECT)
    pull = made.open({".gated.yml": WEAKENED}, user="olga")
    pull.verdict("⏳ Waiting for an approval")
    assert pull.votes() == set()


def test_an_approval_by_somebody_else_is_not_an_owners(repository):
    pull = repository(OWNED_PROJECT).open({".gated.yml": WEAKENED})
    pull.verdict("⏳ Waiting for an approval")
    before = len(pull.executions())
    pull.vote("bob")
    pull.settled()
    pull.verdict("⏳ Waiting for an approval")
    assert VOTER not in pull.votes() and not pull.approved()
    assert len(pull.builds()) == 1 and len(pull.executions()) >= before


def test_an_owners_approval_while_the_build_runs_is_read_by_its_judge(repository, hold):
    pull = repository(OWNED_PROJECT).open({".gated.yml": WEAKENED, "test.sh": hold.script()})
    pull.building(hold)
    pull.vote("olga")
    hold.let_go()
    pull.verdict("✅ Approved")
    assert VOTER in pull.votes() and len(pull.builds()) == 1


FLOOR = """\
version: 1
stages:
  gated-licence: "test -e LICENSE"
coverage: {line: 50}
"""


def test_a_floor_binds_every_repository_from_its_first_pull_request(own, repository):
    sandbox = own(FLOOR)
    files = {".gated.yml": COVERAGE % "lcov", "cov.sh": covered(lcov(40, 100)), "src/lib.sh": "\n"}
    made = repository({**files, ".gated.yml": files[".gated.yml"].replace("coverage: 80", "coverage: 10")}, within=sandbox)
    pull = made.open({"a": ""})
    comment = pull.verdict("Not approved")
    assert "gated-licence" in comment
    made.push("feature", {"LICENSE": "free\n"})
    assert "below the 50% demanded" in pull.verdict("Not approved")
    made.push("feature", {"cov.sh": covered(lcov(50, 100))})
    assert "✅ Approved" in pull.verdict()


def test_the_first_policy_of_a_repository_is_adopted_and_told(repository):
    pull = repository({"test.sh": suite()}).open({".gated.yml": GREEN[".gated.yml"], "out/.gitkeep": junit(1)[:0]})
    comment = pull.verdict()
    assert "✅ Approved" in comment and "this pull request brings the first one" in comment


def test_without_a_policy_anywhere_the_pull_request_is_answered_and_not_approved(repository):
    pull = repository({"test.sh": suite()}).open({"a.txt": "1\n"})
    assert ".gated.yml" in pull.verdict("Not approved")
    assert pull.votes() == set() and pull.builds() == []
