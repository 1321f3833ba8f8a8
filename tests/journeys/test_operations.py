"""Operating the gate: adoption, what its logs and metrics tell, what a call costs, and taking it down."""

import json

from gate import VOTER
from project import GREEN, POLICY, RED, suite
from sandbox import until


def lines(sandbox, function):
    """What a function wrote into its log, line by line."""
    client = sandbox.client("alice", "logs")
    try:
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/gated-{function}")
        told = [event["message"] for page in pages for event in page["events"]]
    except client.exceptions.ResourceNotFoundException:
        return []
    return [json.loads(line) for line in told if line.startswith("{")]


def points(sandbox, metric):
    """The data points of a metric, of every function."""
    every = [line for name in ("intake", "judge", "voter", "sweeper") for line in lines(sandbox, name)]
    return [line for line in every if "_aws" in line and metric in line]


def test_every_line_has_the_ids_and_the_metrics_follow_a_pull_request(own, repository):
    sandbox = own()
    pull = repository(GREEN, within=sandbox).open({"test.sh": RED})
    pull.verdict("Not approved")
    pull.repository.push("feature", {"test.sh": suite()})
    pull.verdict("✅ Approved")
    until("both verdicts' times", lambda: len(points(sandbox, "TimeToVerdict")) == 2)
    names = {execution["name"] for execution in pull.executions()}
    for line in lines(sandbox, "judge") + lines(sandbox, "voter"):
        assert line["pullRequestId"] == pull.id and line["execution"] in names and len(line["revisionId"]) >= 16, line
    assert [point["verdict"] for point in points(sandbox, "Verdicts")] == ["fail", "pass"]
    assert [point["reason"] for point in points(sandbox, "VerdictReasons")] == ["stage", "tests"]
    for metric in ("Transitions", "QueueWait", "SkipsGranted", "Flaky"):
        assert len(points(sandbox, metric)) == 2, metric
    for point in points(sandbox, "Transitions"):
        [execution] = [e for e in pull.executions() if e["name"] == point["execution"]]
        assert point["Transitions"] >= len(pull.history(execution)) > 10
    assert points(sandbox, "GateError") == [] and points(sandbox, "Errors") == []


def test_what_people_do_to_the_rules_is_counted(own, repository):
    sandbox = own()
    codecommit = sandbox.client("mallory", "codecommit")
    made = repository(GREEN, within=sandbox)
    pull = made.open({"test.sh": RED})
    pull.verdict("Not approved")
    codecommit.override_pull_request_approval_rules(
        pullRequestId=pull.id, revisionId=pull.revision, overrideStatus="OVERRIDE")
    until("the override", lambda: len(points(sandbox, "OverrideUsed")) == 1)
    pull.settled()
    pull.merge("mallory")
    until("the merge", lambda: len(points(sandbox, "MergedWithoutPass")) == 1)
    codecommit.disassociate_approval_rule_template_from_repository(
        approvalRuleTemplateName="gated", repositoryName=made.name)
    until("the edit", lambda: len(points(sandbox, "RuleEdited")) == 1)
    good = made.open({"test.sh": suite()}, branch="good")
    sandbox.client("alice", "lambda").invoke(FunctionName="gated-sweeper", Payload=b"{}")
    assert {point["kind"]: point["SweeperFoundWork"] for point in points(sandbox, "SweeperFoundWork")}["bound"] >= 1
    good.verdict("✅ Approved")
    good.merge()
    until("the end of the project", lambda: good.project not in good.projects())
    assert len(points(sandbox, "MergedWithoutPass")) == 1


def test_a_merge_without_a_pass_is_counted_by_the_sweep_when_its_event_is_lost(own, repository):
    sandbox = own()
    pull = repository(GREEN, within=sandbox).open({"test.sh": RED})
    pull.verdict("Not approved")
    sandbox.client("alice", "events").disable_rule(Name="gated-pull-requests")
    sandbox.client("olga", "codecommit").override_pull_request_approval_rules(
        pullRequestId=pull.id, revisionId=pull.revision, overrideStatus="OVERRIDE")
    pull.merge("bob")
    for _ in range(2):
        sandbox.client("alice", "lambda").invoke(FunctionName="gated-sweeper", Payload=b"{}")
        pull.settled()
    [point] = points(sandbox, "MergedWithoutPass")
    assert (point["pullRequestId"], point["execution"]) == (pull.id, f"pr-{pull.id}-close")
    [line] = [line for line in lines(sandbox, "judge") if line.get("message") == "merged without the gate's approval"]
    assert line["by"].endswith("/bob")


def test_a_merge_that_cannot_be_counted_is_cleaned_up_all_the_same_and_told(own, repository):
    sandbox = own(None, "--faults", "seed=1,deny=1,only=codecommit:GetPullRequestApprovalStates")
    pull = repository(GREEN, within=sandbox).open({"a": "1"})
    until("the badge of its project", pull.badge)
    pull.settled()
    sandbox.client("olga", "codecommit").override_pull_request_approval_rules(
        pullRequestId=pull.id, revisionId=pull.revision, overrideStatus="OVERRIDE")
    pull.merge()
    until("the deletion", lambda: any(execution["name"] == f"pr-{pull.id}-close" for execution in pull.executions()))
    pull.settled()
    [close] = [execution for execution in pull.executions() if execution["name"] == f"pr-{pull.id}-close"]
    assert pull.history(close)[-1] == "LeftBehind" and pull.project not in pull.projects() and pull.badge() == []


def test_rules_that_are_set_aside_where_the_gate_has_none_are_nobodys_alarm(own, repository):
    sandbox = own("version: 1\ngate: {destinations: [main]}\n")
    made = repository(GREEN, within=sandbox)
    made.push("develop", {"a": "1"}, "main")
    pull = made.open({"b": "1"}, destination="develop")
    codecommit = sandbox.client("mallory", "codecommit")
    codecommit.override_pull_request_approval_rules(
        pullRequestId=pull.id, revisionId=pull.revision, overrideStatus="OVERRIDE")
    until("the event", lambda: [line for line in lines(sandbox, "intake") if "is not gated" in json.dumps(line.get("answer"))
                                and line["pullRequestId"] == pull.id][1:])
    assert points(sandbox, "OverrideUsed") == []


def test_only_a_gate_that_an_event_should_have_started_counts_as_missed(own, repository):
    sandbox = own()
    made = repository(GREEN, within=sandbox)
    pull = made.open({"a": "1"})
    pull.verdict("✅ Approved")
    sandbox.client("alice", "codecommit").update_pull_request_title(pullRequestId=pull.id, title="Another title")

    def swept():
        before = len(points(sandbox, "SweeperFoundWork"))
        sandbox.client("alice", "lambda").invoke(FunctionName="gated-sweeper", Payload=b"{}")
        return {point["kind"]: point["SweeperFoundWork"] for point in points(sandbox, "SweeperFoundWork")[before:]}
    assert swept() == {"missed": 0, "again": 1, "bound": 0, "left": 0}, "CodeCommit tells nobody of a title"
    sandbox.client("alice", "events").disable_rule(Name="gated-pull-requests")
    made.open({"b": "1"}, branch="unheard")
    assert swept()["missed"] == 1


def test_an_event_costs_intake_six_calls_at_most_when_it_is_warm(own, repository):
    sandbox = own()
    pull = repository(GREEN, within=sandbox).open({"a": "1"})
    pull.verdict()

    def costs():
        done = [line for line in lines(sandbox, "intake") if line.get("message") == "done"]
        return {line["execution"]: line["awsCalls"] for line in done if line["answer"].get("did") == "gate"}
    before = set(costs())
    pull.repository.push("feature", {"a": "2"})
    pull.verdict()
    [cost] = [calls for execution, calls in costs().items() if execution not in before]
    assert cost <= 6


def test_adopt_proposes_what_init_would_write_to_those_without_a_policy(own, repository):
    sandbox = own()
    plain = {"Makefile": "lint:\n\ttrue\ntest:\n\ttrue\n"}
    bare = repository(plain, within=sandbox, name="team-bare")
    repository({**plain, ".gated.yml": POLICY}, within=sandbox, name="team-gated")
    repository({"README": "nothing to build\n"}, within=sandbox, name="team-odd")
    repository(plain, within=sandbox, name="other")
    codecommit = sandbox.client("alice", "codecommit")

    def proposed(name):
        return codecommit.list_pull_requests(repositoryName=name)["pullRequestIds"]
    tried = sandbox.gated("alice", "adopt", "--repository-pattern", "team-*", "--dry-run")
    assert "team-bare: would propose to main" in tried.stdout and "extends: make" in tried.stdout
    assert "team-gated: left as it is, it has a policy" in tried.stdout and "other" not in tried.stdout
    assert proposed("team-bare") == [] and tried.returncode == 1 and "team-odd" in tried.stderr
    done = sandbox.gated("alice", "adopt", "--repository-pattern", "team-*")
    assert done.returncode == 1 and "nothing in" in done.stderr
    [number] = proposed("team-bare")
    pull = bare.pull(number)
    assert f"team-bare: pull request {number} into main" in done.stdout
    policy = codecommit.get_file(repositoryName="team-bare", commitSpecifier=pull.commit, filePath=".gated.yml")
    assert b"extends: make" in policy["fileContent"]
    assert "first" in pull.verdict().lower(), "the proposal is judged like any other, as a first adoption"
    again = sandbox.gated("alice", "adopt", "--repository-pattern", "team-b*")
    assert again.returncode == 0 and f"pull request {pull.id} proposes one" in again.stdout and len(proposed("team-bare")) == 1
    pull.close()
    declined = sandbox.gated("alice", "adopt", "--repository-pattern", "team-b*")
    assert declined.returncode == 0 and "no open pull request from it" in declined.stdout
    assert proposed("team-bare") == [number]
    assert sandbox.gated("alice", "adopt", "--repository-pattern", "none-*").returncode == 2


def test_teardown_leaves_decision_records_and_repositories_and_says_so(own, repository):
    sandbox = own()
    made = repository(GREEN, within=sandbox)
    pull = made.open({"a": "1"})
    pull.verdict("✅ Approved")
    s3 = sandbox.client("alice", "s3")

    def keys():
        return [entry["Key"] for entry in s3.list_objects_v2(Bucket="gated-artifacts").get("Contents", [])]
    before = keys()
    records = [key for key in before if key.startswith("decisions/")]
    assert records and len(before) > len(records)
    tried = sandbox.gated("alice", "teardown", "--dry-run")
    assert tried.returncode == 0 and f"what stays: {len(records)} decision records" in tried.stdout and keys() == before
    unasked = sandbox.gated("alice", "teardown")
    assert unasked.returncode == 1 and "nothing was deleted" in unasked.stdout and keys() == before
    done = sandbox.gated("alice", "teardown", "--yes")
    assert done.returncode == 0, done.stderr
    assert keys() == records and pull.projects() == [] and pull.badge() == []
    assert made.git("ls-remote", made.url, "main") and pull.votes() == {VOTER}
    states = {rule["Name"]: rule["State"] for rule in sandbox.client("alice", "events").list_rules(NamePrefix="gated-")["Rules"]}
    assert len(states) == 5 and set(states.values()) == {"DISABLED"}, "nothing can come back"
    assert sandbox.gated("alice", "teardown", "--yes").returncode == 0, "a second time there is nothing to do"
    gone = sandbox.gated("alice", "teardown", "--service", "payments")
    assert gone.returncode == 3 and "--service" in gone.stderr


def test_teardown_deletes_nothing_under_a_gate_that_runs_and_lets_no_other_begin(own, repository, hold):
    sandbox = own()
    made = repository(GREEN, within=sandbox)
    pull = made.open({"test.sh": hold.script()})
    pull.building(hold)
    [execution] = pull.executions()
    refused = sandbox.gated("alice", "teardown", "--yes")
    assert refused.returncode == 1 and f"1 still run, and would write again: {execution['name']}" in refused.stdout
    assert pull.project in pull.projects()
    other = made.open({"a": "1"}, branch="other")
    hold.let_go()
    pull.verdict("✅ Approved")
    pull.settled()
    assert other.executions() == []
    assert sandbox.gated("alice", "teardown", "--yes").returncode == 0 and pull.projects() == []
