"""What events missed: the sweeper starts it, binds it and deletes it, and two sweeps at once do the work of one."""

import concurrent.futures
import json

from gate import MACHINE, VOTER
from project import GREEN, POLICY, RED, suite
from sandbox import ACCOUNT, REGION, until
from test_operations import lines, points

FAILS = "#!/bin/sh\nexit 1\n"
INTAKE = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:gated-intake"


def sweep(sandbox):
    """Invokes the sweeper, as its schedule does; returns what it says it did."""
    answer = sandbox.client("alice", "lambda").invoke(FunctionName="gated-sweeper", Payload=b'{"source": "aws.scheduler"}')
    body = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, body
    return body


def lose_events(sandbox):
    """From now on no event reaches the gate."""
    for rule in sandbox.client("alice", "events").list_rules()["Rules"]:
        sandbox.client("alice", "events").disable_rule(Name=rule["Name"])


def test_a_pull_request_whose_events_were_lost_is_gated_by_the_next_sweep(own, repository):
    sandbox = own(None, "--faults", "seed=1,drop=1")
    pull = repository(GREEN, within=sandbox).open({"a": "1"})
    assert pull.executions() == []
    first = sweep(sandbox)
    assert "✅ Approved" in pull.verdict() and pull.votes() == {VOTER}
    assert first["work"] == [f"started {pull.executions()[0]['name']}"] and first["failed"] == []
    assert sweep(sandbox)["work"] == []
    pull.merge()
    assert pull.project in pull.projects() and pull.badge()
    [started] = sweep(sandbox)["work"]
    assert started == f"started pr-{pull.id}-close"
    until("the end of the project", lambda: pull.project not in pull.projects())
    pull.settled()
    assert pull.badge() == [] and sweep(sandbox)["work"] == []


def test_two_sweeps_at_once_start_one_gate(own, repository):
    sandbox = own(None, "--faults", "seed=1,drop=1")
    pulls = [repository(GREEN, within=sandbox).open({"a": "1"}) for _ in range(3)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: sweep(sandbox), range(4)))
    for pull in pulls:
        assert "✅ Approved" in pull.verdict()
        assert len(pull.executions()) == 1 and len(pull.builds()) == 1


def test_a_pull_request_from_before_the_installation_is_bound_and_gated(own, repository):
    sandbox = own()
    lose_events(sandbox)
    codecommit = sandbox.client("alice", "codecommit")
    made = repository(GREEN, within=sandbox)
    codecommit.disassociate_approval_rule_template_from_repository(
        approvalRuleTemplateName="gated", repositoryName=made.name)
    old = made.open({"test.sh": RED}, branch="old")
    assert old.live["approvalRules"] == [] and old.approved()
    work = sweep(sandbox)["work"]
    assert f"associated the gate's template with {made.name}" in work
    assert f"put the gate's rule on pull request {old.id}" in work
    [rule] = old.live["approvalRules"]
    assert json.loads(rule["approvalRuleContent"])["Statements"][0]["ApprovalPoolMembers"] == [VOTER]
    old.verdict("Not approved")
    assert not old.approved()
    assert made.open({"a": "1"}, branch="new").live["approvalRules"]


def test_an_observed_repository_is_judged_and_not_bound(own, repository):
    sandbox = own("version: 1\nmode: observe\n")
    lose_events(sandbox)
    pull = repository(GREEN, within=sandbox).open({"a": "1"})
    assert sweep(sandbox)["work"] == [f"started {pull.executions()[0]['name']}"]
    assert "Would approve" in pull.verdict()
    assert pull.live["approvalRules"] == [] and pull.votes() == set()


def test_an_infrastructure_error_is_tried_again_twice_and_no_more(own, repository, hold):
    """A build that its host left behind says nothing of the code: only another build does."""
    sandbox = own()
    pull = repository(GREEN, within=sandbox).open({"test.sh": hold.script()})
    for attempt in 1, 2, 3:
        pull.building(hold, builds=attempt)
        sandbox.kill()
        sandbox.start()
        pull.settled()
        work = sweep(sandbox)["work"]
        newest = pull.executions()[0]
        assert len(pull.executions()) == min(attempt + 1, 3)
        assert work == ([f"started {newest['name']}"] if attempt < 3 else [])
        assert attempt == 3 or "Reopen" in pull.history(newest), "the answer before does not hold while it is built again"
    assert "Not approved, error" in pull.comment() and len(pull.builds()) == 3


def test_what_closed_pull_requests_left_behind_is_deleted_and_what_is_others_stays(own, repository):
    sandbox = own()
    codebuild, ssm = sandbox.client("alice", "codebuild"), sandbox.client("alice", "ssm")
    pull = repository(GREEN, within=sandbox).open({"a": "1"})
    pull.verdict()
    lose_events(sandbox)
    pull.close()
    project = codebuild.batch_get_projects(names=[pull.project])["projects"][0]
    wanted = {key: project[key] for key in ("source", "artifacts", "environment", "serviceRole")}
    others = [f"gated-other-pr-{pull.id}", "gated", "somebody-pr-1"]
    for name in others:
        codebuild.create_project(name=name, **wanted)
    ssm.put_parameter(Name=f"/gated/projects/gated-lost-pr-{pull.id}7/badge-url", Value="x", Type="String")
    sweep(sandbox)
    until("the end of the project", lambda: pull.project not in pull.projects())
    path = {"Path": "/gated/projects", "Recursive": True}
    until("the end of the badges", lambda: ssm.get_parameters_by_path(**path)["Parameters"] == [])
    assert sorted(pull.projects()) == sorted(others)


def test_a_repository_that_is_gone_is_no_fault(own, repository):
    sandbox = own()
    lose_events(sandbox)
    made = repository(GREEN, within=sandbox)
    made.open({"a": "1"})
    sandbox.client("alice", "codecommit").delete_repository(repositoryName=made.name)
    assert sweep(sandbox) == {"repositories": 0, "pullRequests": 0, "work": [], "failed": []}


def test_a_hundred_and_fifty_pull_requests_are_all_looked_at(own, repository):
    sandbox = own("version: 1\ngate: {destinations: [release]}\n")
    codecommit = sandbox.client("alice", "codecommit")
    made = repository(GREEN, within=sandbox)
    made.push("feature", {"a": "1"}, "main")
    made.git("push", "--quiet", made.url, "main:refs/heads/release", "main:refs/heads/other")
    target = {"repositoryName": made.name, "sourceReference": "feature"}
    for _ in range(149):
        codecommit.create_pull_request(title="ungated", targets=[{**target, "destinationReference": "other"}])
    lose_events(sandbox)
    last = codecommit.create_pull_request(title="gated", targets=[{**target, "destinationReference": "release"}])
    first_page = codecommit.list_pull_requests(repositoryName=made.name, pullRequestStatus="OPEN")
    assert "nextToken" in first_page, "the list has more than one page"
    swept = sweep(sandbox)
    assert swept["pullRequests"] == 150 and swept["failed"] == []
    pull = made.pull(last["pullRequest"]["pullRequestId"])
    assert swept["work"] == [f"started {pull.executions()[0]['name']}"]
    states = sandbox.client("alice", "stepfunctions").list_executions(stateMachineArn=MACHINE)
    assert len(states["executions"]) == 1


def test_an_answer_that_no_longer_holds_is_given_anew(own, repository):
    """An edited title changes the decision; CodeCommit has no event for it."""
    sandbox = own()
    pull = repository(GREEN, within=sandbox).open({"a": "1"})
    pull.verdict("✅ Approved")
    sandbox.client("alice", "codecommit").update_pull_request_title(pullRequestId=pull.id, title="Another title")
    pull.settled()
    [work] = sweep(sandbox)["work"]
    assert work.startswith("started ")
    pull.settled()
    assert pull.votes() == {VOTER} and len(pull.builds()) == 1, "what was measured is judged again, without a build"
    assert sweep(sandbox)["work"] == []


def test_an_approval_under_a_policy_that_the_destination_has_tightened_since_ends_with_the_next_sweep(own, repository):
    """Where the event of the branch that moved is lost."""
    sandbox = own()
    made = repository({**GREEN, "other.sh": FAILS}, within=sandbox)
    pull = made.open({"a": "1"})
    pull.verdict("✅ Approved")
    lose_events(sandbox)
    made.git("switch", "--quiet", "main")
    made.push("main", {"b": "1"})
    assert sweep(sandbox)["work"] == [], "what is demanded is the same"
    made.push("main", {".gated.yml": POLICY + "  other: ./other.sh\n"})
    [work] = sweep(sandbox)["work"]
    assert work.startswith(f"started pr-{pull.id}-")
    pull.verdict("Not approved")
    assert pull.votes() == set()


def test_an_approval_ends_when_the_destination_tightens_its_policy_without_a_sweep(own, repository):
    """CodeCommit tells of the branch that moved, and of no pull request."""
    sandbox = own()
    events = sandbox.client("alice", "events")
    events.disable_rule(Name="gated-sweep")
    made = repository({**GREEN, "other.sh": FAILS}, within=sandbox)
    made.push("develop", {"c": "1"}, "main")
    pull, other = made.open({"a": "1"}), made.open({"a": "2"}, branch="other", destination="develop")
    for one in pull, other:
        one.verdict("✅ Approved")
    made.git("switch", "--quiet", "main")
    made.push("main", {".gated.yml": POLICY + "  other: ./other.sh\n"})
    pull.verdict("Not approved")
    assert pull.votes() == set() and len(pull.executions()) == 2
    assert other.votes() == {VOTER} and len(other.executions()) == 1, "its own destination is where it was"
    found = {point["kind"] for point in points(sandbox, "SweeperFoundWork")}
    assert found == {"again"}, "nothing was missed"


def test_a_destination_that_moves_has_nothing_judged_anew_that_demands_the_same_and_finds_nothing_that_was_missed(own, repository):
    sandbox = own()
    events = sandbox.client("alice", "events")
    made = repository(GREEN, within=sandbox)
    merged, pull = (made.open({name: "1"}, branch=name) for name in ("a", "b"))
    for one in merged, pull:
        one.verdict("✅ Approved")
    events.disable_rule(Name="gated-pull-requests")
    unheard = made.open({"c": "1"}, branch="c")
    merged.merge()

    def looks():
        answers = [line["answer"] for line in lines(sandbox, "sweeper") if line.get("message") == "done"]
        return [answer for answer in answers if answer.get("pullRequests") == 2]
    assert until("a look at both", looks) == [{"repositories": 1, "pullRequests": 2, "work": [], "failed": []}]
    assert len(pull.executions()) == 1 and pull.votes() == {VOTER}
    assert unheard.executions() == [] and points(sandbox, "SweeperFoundWork") == []
    work = sweep(sandbox)["work"]
    assert f"started {unheard.executions()[0]['name']}" in work
    [missed] = [point["SweeperFoundWork"] for point in points(sandbox, "SweeperFoundWork") if point["kind"] == "missed"]
    assert missed == 1


def pool(*members):
    """The content of a rule that takes one approval of these."""
    statement = {"Type": "Approvers", "NumberOfApprovalsNeeded": 1, "ApprovalPoolMembers": list(members)}
    return json.dumps({"Version": "2018-11-08", "Statements": [statement]})


def unbound(own, repository):
    """A sandbox, and a pull request in it that no rule of the gate's came upon."""
    sandbox = own()
    lose_events(sandbox)
    made = repository(GREEN, within=sandbox)
    sandbox.client("alice", "codecommit").disassociate_approval_rule_template_from_repository(
        approvalRuleTemplateName="gated", repositoryName=made.name)
    return sandbox, made.open({"test.sh": RED})


def test_a_rule_that_somebody_else_can_meet_does_not_stand_in_for_the_gates(own, repository):
    sandbox, pull = unbound(own, repository)
    codecommit = sandbox.client("alice", "codecommit")
    codecommit.create_pull_request_approval_rule(
        pullRequestId=pull.id, approvalRuleName="mine", approvalRuleContent=pool(VOTER, f"arn:aws:iam::{ACCOUNT}:user/bob"))
    assert f"put the gate's rule on pull request {pull.id}" in sweep(sandbox)["work"]
    pull.verdict("Not approved")
    pull.vote("bob")
    assert not pull.approved()


def test_another_rule_of_the_gates_name_is_told_and_keeps_no_pull_request_from_its_answer(own, repository):
    sandbox, pull = unbound(own, repository)
    codecommit = sandbox.client("alice", "codecommit")
    codecommit.create_pull_request_approval_rule(
        pullRequestId=pull.id, approvalRuleName="gated", approvalRuleContent=pool(f"arn:aws:iam::{ACCOUNT}:user/bob"))
    [failed] = sweep(sandbox)["failed"]
    assert f"delete-pull-request-approval-rule --pull-request-id {pull.id}" in failed
    pull.verdict("Not approved")
    codecommit.delete_pull_request_approval_rule(pullRequestId=pull.id, approvalRuleName="gated")
    again = sweep(sandbox)
    assert again["work"] == [f"put the gate's rule on pull request {pull.id}"] and again["failed"] == []


def test_another_project_of_the_same_number_keeps_none_from_being_deleted_and_is_not_deleted(own, repository):
    sandbox = own()
    codebuild, ssm = sandbox.client("alice", "codebuild"), sandbox.client("alice", "ssm")
    made = repository(GREEN, within=sandbox)
    pull = made.open({"a": "1"})
    pull.verdict()
    lose_events(sandbox)
    project = codebuild.batch_get_projects(names=[pull.project])["projects"][0]
    wanted = {key: project[key] for key in ("source", "artifacts", "environment", "serviceRole")}
    others = [f"gated-zebra-pr-{pull.id}", f"gated-zebra-pr-{pull.id}9"]
    for name in others:
        codebuild.create_project(name=name, **wanted)
    # The badge is a convenience, and may be missing.
    ssm.delete_parameter(Name=pull.badge()[0]["Name"])
    pull.close()
    sweep(sandbox)
    until("the end of the project", lambda: pull.project not in pull.projects())
    sandbox.client("alice", "codecommit").delete_repository(repositoryName=made.name)
    assert sweep(sandbox)["work"] == []
    assert sorted(pull.projects()) == sorted(others)
