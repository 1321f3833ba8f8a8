"""What somebody makes up or sends again: executions, builds and payloads that are not the gate's own approve nothing."""

import json
import re

from gate import MACHINE, VOTER, artifacts, voter
from project import GREEN, RED, junit, script
from sandbox import ACCOUNT, until


def run_again(pull, name, **changed):
    """Starts an execution with the input of the pull request's first one, changed as somebody might; waits for its end."""
    client = pull.sandbox.client("alice", "stepfunctions")
    first = client.describe_execution(executionArn=pull.executions()[-1]["executionArn"])
    given = {**json.loads(first["input"]), **changed}
    arn = client.start_execution(stateMachineArn=MACHINE, name=name, input=json.dumps(given))["executionArn"]
    until("the end of the made-up execution", lambda: client.describe_execution(executionArn=arn)["status"] != "RUNNING")
    return client.describe_execution(executionArn=arn)


def test_an_execution_with_the_plan_of_another_pull_request_neither_passes_nor_changes_what_was_measured(sandbox, repository):
    made = repository(GREEN)
    good = made.open({"a": "1"}, branch="good")
    good.verdict("✅ Approved")
    bad = made.open({"test.sh": RED}, branch="bad")
    bad.verdict("Not approved")
    evidence = f"evidence/{made.name}/pr-{good.id}/{good.revision}.json"
    read = lambda: sandbox.client("alice", "s3").get_object(Bucket="gated-artifacts", Key=evidence)["Body"].read()
    before = read()
    [plan] = artifacts(sandbox, f"plans/{made.name}/pr-{good.id}/")
    # A build that cannot be started leaves measurements too.
    for number, buildspec in enumerate(["version: 0.2", "x" * 30_000]):
        assert run_again(bad, f"made-up-{bad.id}-{number}", plan=plan, buildspec=buildspec)["status"] == "FAILED"
    assert "Gated.Forged" in bad.comment() and bad.votes() == set()
    assert read() == before, "what was measured for the other one is as it was" and good.votes() == {VOTER}


def other_builds(given):
    """What somebody who may start executions could change of a build: the word for it, and the changed input."""
    project = given["project"]
    inside = project["Environment"]
    for what, change in (("image", {"Image": "aws/codebuild/standard:7.0"}), ("privileged mode", {"PrivilegedMode": True})):
        yield what, {"project": {**project, "Environment": {**inside, **change}}}
    yield "machine", {"project": {**project, "Environment": {**inside, "ComputeType": "BUILD_GENERAL1_LARGE"}}}
    yield "role", {"project": {**project, "ServiceRole": f"arn:aws:iam::{ACCOUNT}:role/Admins"}}
    yield "buildspec", {"buildspec": given["buildspec"].replace("version: 0.2", "version: 0.2 ") + "\n"}
    # Bash and the loader obey some variables before the first command.
    for more in {"Name": "LD_PRELOAD", "Value": ""}, {"Name": "AWS_ENDPOINT_URL", "Value": "http://127.0.0.1:9"}:
        yield "variables", {"variables": [*given["variables"], {**more, "Type": "PLAINTEXT"}]}
    untitled = [{**each, "Value": "other"} if each["Name"] == "GATED_TITLE" else each for each in given["variables"]]
    yield "variables", {"variables": untitled}


def test_a_build_that_is_not_the_planned_one_is_never_approved_however_green(sandbox, repository):
    pull = repository(GREEN).open({"a": "1"})
    pull.verdict("✅ Approved")
    client = sandbox.client("alice", "stepfunctions")
    first = client.describe_execution(executionArn=pull.executions()[-1]["executionArn"])
    # Another repository may have the same commit, and what git keeps outside of commits besides.
    twin = repository(GREEN)
    pull.repository.git("push", "--quiet", twin.url, f"{pull.commit}:refs/heads/twin")
    others = [*other_builds(json.loads(first["input"])), ("source", {"repositoryName": twin.name})]
    for number, (what, changed) in enumerate(others):
        ended = run_again(pull, f"made-up-{pull.id}-{number}", again=True, **changed)
        assert ended["status"] == "FAILED" and f"its {what} differs" in pull.comment()
        assert pull.votes() == set(), what


def test_a_record_that_is_replayed_says_nothing_of_what_came_after_it(sandbox, repository):
    """The voter looks again: at the title, which may ask for something else, at the revision, and whether it is open."""
    made = repository(GREEN)
    pull = made.open({"a": "1"})
    pull.verdict("✅ Approved")
    [record] = [key for key in artifacts(sandbox, f"decisions/{made.name}/pr-{pull.id}/{pull.revision}/")
                if re.fullmatch(r".*-1\.json", key)]
    [plan] = artifacts(sandbox, f"plans/{made.name}/pr-{pull.id}/{pull.revision}/")
    trouble = {"execution": "x", "gate": {"pullRequestId": pull.id, "revisionId": pull.revision, "attempt": 1}}
    assert voter(sandbox, action="vote", record=record) == {"vote": "approved"}
    sandbox.client("alice", "codecommit").update_pull_request_title(pullRequestId=pull.id, title="Another title")
    assert voter(sandbox, action="vote", record=record) == {"vote": "moved"}
    made.push("feature", {"test.sh": RED})
    said = pull.verdict("Not approved")
    for payload, answer in (
        ({"action": "vote", "record": record}, {"vote": "superseded"}),
        ({"action": "comment", "record": record}, {"comment": "superseded"}),
        ({"action": "reopen", "plan": plan, "attempt": 1}, {"comment": "superseded"}),
        ({"action": "trouble", **trouble}, {"comment": "superseded"}),
    ):
        assert voter(sandbox, **payload) == answer
    assert pull.comment() == said and pull.votes() == set()
    [red] = [key for key in artifacts(sandbox, f"decisions/{made.name}/pr-{pull.id}/{pull.revision}/")
             if re.fullmatch(r".*-1\.json", key)]
    pull.close()
    pull.settled()
    assert voter(sandbox, action="vote", record=red) == {"vote": "closed"}


def test_a_record_that_a_newer_build_overtook_cannot_approve(sandbox, repository, scratch):
    count = scratch / "count"
    flaky = f"echo x >> {count}; test $(wc -l < {count}) -lt 2"
    pull = repository(GREEN).open({"test.sh": script({"out/junit.xml": junit()}, flaky)})
    pull.verdict("✅ Approved")
    [record] = [key for key in artifacts(sandbox, f"decisions/{pull.repository.name}/pr-{pull.id}/{pull.revision}/")
                if re.fullmatch(r".*-1\.json", key)]
    assert sandbox.gated("alice", "rerun", pull.id).returncode == 0
    said = pull.verdict("Not approved")
    assert voter(sandbox, action="vote", record=record) == {"vote": "revoked"}
    assert voter(sandbox, action="comment", record=record) == {"comment": "written"}
    assert pull.votes() == set() and pull.comment() == said, "the newer record holds, whoever sends the older one"


def test_a_revision_that_a_newer_gate_has_judged_is_left_to_its_voter(sandbox, repository):
    """An execution that runs through an upgrade votes with the version that it was begun with."""
    pull = repository(GREEN).open({"a": "1"})
    said = pull.verdict("✅ Approved")
    place = f"decisions/{pull.repository.name}/pr-{pull.id}/{pull.revision}/"
    [record] = [key for key in artifacts(sandbox, place) if re.fullmatch(r".*-1\.json", key)]
    s3, newer = sandbox.client("alice", "s3"), f"{place}pr-{pull.id}-newer-1.json"
    s3.put_object(Bucket="gated-artifacts", Key=newer, Body=b'{"version": 99}')
    assert voter(sandbox, action="vote", record=record) == {"vote": "superseded"}
    assert voter(sandbox, action="comment", record=record) == {"comment": "superseded"}
    assert pull.votes() == {VOTER} and pull.comment() == said
    s3.put_object(Bucket="gated-artifacts", Key=newer, Body=b"no record")
    assert voter(sandbox, action="vote", record=record)["errorType"] == "Gated.Misconfigured"


def test_an_answer_that_is_taken_back_takes_the_approval_with_it(sandbox, repository):
    pull = repository(GREEN).open({"a": "1"})
    gate = {"pullRequestId": pull.id, "revisionId": pull.revision, "attempt": 1}
    pull.verdict("✅ Approved")
    [plan] = artifacts(sandbox, f"plans/{pull.repository.name}/pr-{pull.id}/")
    [record] = [key for key in artifacts(sandbox, f"decisions/{pull.repository.name}/pr-{pull.id}/{pull.revision}/")
                if re.fullmatch(r".*-1\.json", key)]
    for payload in ({"action": "reopen", "plan": plan, "attempt": 2}, {"action": "trouble", "execution": "x", "gate": gate}):
        assert pull.votes() == {VOTER}
        assert voter(sandbox, **payload)["vote"] == "revoked" and pull.votes() == set()
        assert voter(sandbox, action="vote", record=record) == {"vote": "approved"}


def test_a_vote_that_changes_nothing_is_not_cast_so_that_two_gates_on_a_repository_do_not_wake_each_other(repository):
    made = repository(GREEN)
    green, red = made.open({"a": "1"}), made.open({"test.sh": RED}, branch="red", start="main")
    green.verdict("✅ Approved")
    red.verdict("Not approved")
    sandbox, votes = made.sandbox, []
    for pull, says in (green, "approved"), (red, "revoked"):
        [record] = [key for key in artifacts(sandbox, f"decisions/{made.name}/pr-{pull.id}/{pull.revision}/")
                    if re.fullmatch(r".*-1\.json", key)]
        assert voter(sandbox, action="vote", record=record) == {"vote": says}
        events = sandbox.client("alice", "codecommit").describe_pull_request_events(
            pullRequestId=pull.id, pullRequestEventType="PULL_REQUEST_APPROVAL_STATE_CHANGED")["pullRequestEvents"]
        votes.append(len(events))
    assert votes == [1, 0] and green.votes() == {VOTER} and red.votes() == set()


def test_trouble_takes_the_approval_back_also_when_it_cannot_say_so(own, repository):
    sandbox = own(None, "--faults", "seed=1,error=1,only=codecommit:UpdateComment")
    pull = repository(GREEN, within=sandbox).open({"a": "1"})
    said = pull.verdict("✅ Approved")
    gate = {"pullRequestId": pull.id, "revisionId": pull.revision, "attempt": 1}
    answer = voter(sandbox, action="trouble", execution="x", gate=gate)
    assert answer["errorType"] == "Gated.Transient" and pull.comment() == said and pull.votes() == set()


def test_no_vote_is_taken_back_where_the_gate_only_observes(own, repository):
    sandbox = own("version: 1\nmode: observe\n")
    pull = repository(GREEN, within=sandbox).open({"a": "1"})
    pull.verdict("Would approve")
    gate = {"pullRequestId": pull.id, "revisionId": pull.revision, "attempt": 1}
    [plan] = artifacts(sandbox, f"plans/{pull.repository.name}/pr-{pull.id}/")
    for payload in ({"action": "reopen", "plan": plan, "attempt": 2}, {"action": "trouble", "execution": "x", "gate": gate}):
        assert voter(sandbox, **payload)["vote"] == "observing"


def test_a_record_that_somebody_else_wrote_approves_nothing_wherever_it_lies(sandbox, repository):
    pull = repository(GREEN).open({"test.sh": RED})
    pull.verdict("Not approved")
    s3 = sandbox.client("alice", "s3")
    place = f"decisions/{pull.repository.name}/pr-{pull.id}/{pull.revision}/"
    [real] = [key for key in artifacts(sandbox, place) if re.fullmatch(r".*-1\.json", key)]
    forged = json.loads(s3.get_object(Bucket="gated-artifacts", Key=real)["Body"].read())
    forged["verdict"]["kind"] = "pass"
    # Without evidence no build is looked at, and with that of its red build the build is.
    for number, evidence in enumerate([None, forged["evidence"]]):
        body = json.dumps({**forged, "evidence": evidence})
        for key in f"builds/{pull.project}/{number}.json", f"{place}forged-{number}.json":
            s3.put_object(Bucket="gated-artifacts", Key=key, Body=body)
            said = voter(sandbox, action="vote", record=key)
            assert said.get("errorType") == "Gated.Forged" and pull.votes() == set(), (key, said)
            s3.delete_object(Bucket="gated-artifacts", Key=key)
