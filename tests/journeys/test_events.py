"""Events come twice, late, and in the wrong order: they only say where to look."""

import json

import pytest

from gate import VOTER
from project import GREEN, RED, suite
from sandbox import ACCOUNT, REGION, until


def event(pull, kind, **detail):
    """A pull request's event as CodeCommit would send it now."""
    live = pull.live
    target = live["pullRequestTargets"][0]
    about = {
        "event": kind,
        "pullRequestId": pull.id,
        "pullRequestStatus": "Open",
        "repositoryNames": [pull.repository.name],
        "revisionId": live["revisionId"],
        "sourceCommit": target["sourceCommit"],
        "destinationCommit": target["destinationCommit"],
        "sourceReference": target["sourceReference"],
        "destinationReference": target["destinationReference"],
        "callerUserArn": live["authorArn"],
        "author": live["authorArn"],
        "isMerged": "False",
        "title": live["title"],
        **detail,
    }
    return {
        "version": "0",
        "id": f"{abs(hash(json.dumps(about, sort_keys=True))):032x}",
        "detail-type": "CodeCommit Pull Request State Change",
        "source": "aws.codecommit",
        "account": ACCOUNT,
        "region": REGION,
        "time": "2026-01-15T10:20:30Z",
        "resources": [f"arn:aws:codecommit:{REGION}:{ACCOUNT}:{pull.repository.name}"],
        "detail": about,
    }


def deliver(pull, what):
    """Hands an event to the gate's function, as EventBridge does; returns its answer."""
    client = pull.sandbox.client("alice", "lambda")
    answer = client.invoke(FunctionName="gated-intake", Payload=json.dumps(what).encode())
    body = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, body
    return body


def test_the_same_event_twice_starts_one_execution(sandbox, repository, scratch):
    pull = repository(GREEN).open({"a": "1"})
    pull.verdict()
    file = scratch / "event.json"
    file.write_text(json.dumps(event(pull, "pullRequestCreated")))
    for _ in range(2):
        answer = sandbox.aws("alice", "lambda", "invoke", "--function-name", "gated-intake",
                             "--payload", f"file://{file}", scratch / "answer.json")
        assert answer["StatusCode"] == 200
    pull.settled()
    assert len(pull.executions()) == 1 and len(pull.builds()) == 1
    assert pull.votes() == {VOTER}


def test_the_same_event_twice_while_the_build_runs_starts_one_execution(repository, hold):
    pull = repository(GREEN).open({"test.sh": hold.script()})
    pull.building(hold)
    for _ in range(3):
        deliver(pull, event(pull, "pullRequestCreated"))
    assert len(pull.executions()) == 1 and hold.started() == 1
    hold.let_go()
    assert "✅ Approved" in pull.verdict()
    assert len(pull.builds()) == 1


def test_an_event_that_comes_again_after_the_destination_moved_leaves_the_running_build_its_plan(repository, hold):
    made = repository(GREEN)
    pull = made.open({"test.sh": hold.script()})
    pull.building(hold)
    made.git("switch", "--quiet", "main")
    made.push("main", {"b": "1"})
    deliver(pull, event(pull, "pullRequestCreated"))
    hold.let_go()
    assert "✅ Approved" in pull.verdict()
    assert len(pull.builds()) == 1 and pull.votes() == {VOTER}


def test_an_event_of_an_older_revision_that_comes_late_changes_nothing(repository):
    made = repository(GREEN)
    pull = made.open({"test.sh": RED})
    pull.verdict("Not approved")
    late = event(pull, "pullRequestSourceBranchUpdated")
    made.push("feature", {"test.sh": suite()})
    comment = pull.verdict("✅ Approved")
    deliver(pull, late)
    pull.settled()
    assert pull.comment() == comment and pull.votes() == {VOTER}
    assert len(pull.builds()) == 2


def test_news_of_a_close_that_never_was_does_not_take_the_environment_away(repository):
    pull = repository(GREEN).open({"a": "1"})
    pull.verdict()
    deliver(pull, event(pull, "pullRequestStatusChanged", pullRequestStatus="Closed"))
    pull.settled()
    assert pull.project in pull.projects() and pull.votes() == {VOTER}


def test_events_that_come_after_the_close_do_not_bring_the_environment_back(repository):
    pull = repository(GREEN).open({"a": "1"})
    pull.verdict()
    late = [event(pull, "pullRequestSourceBranchUpdated"), event(pull, "pullRequestCreated")]
    pull.close()
    until("the end of the project", lambda: pull.project not in pull.projects())
    for one in [*late, event(pull, "pullRequestStatusChanged", pullRequestStatus="Closed")]:
        deliver(pull, one)
    pull.settled()
    assert pull.project not in pull.projects() and pull.badge() == []


def test_the_close_heard_before_the_opening_ends_in_a_closed_environment(repository, hold):
    pull = repository(GREEN).open({"test.sh": hold.script()})
    pull.building(hold)
    opening = event(pull, "pullRequestCreated")
    pull.close()
    deliver(pull, opening)
    until("the end of the project", lambda: pull.project not in pull.projects())
    pull.settled()
    assert pull.votes() == set()


def test_the_gates_own_vote_does_not_wake_it(repository):
    pull = repository(GREEN).open({"a": "1"})
    pull.verdict()
    answer = deliver(pull, event(pull, "pullRequestApprovalStateChanged", callerUserArn=VOTER, approvalStatus="APPROVE"))
    assert answer["did"] == "nothing" and len(pull.executions()) == 1


@pytest.mark.parametrize("detail", [{}, {"pullRequestId": 7}, {"pullRequestId": "../../etc"}, {"pullRequestId": "999999"}])
def test_an_event_that_names_no_pull_request_starts_nothing(sandbox, detail):
    payload = json.dumps({"detail": {"event": "pullRequestCreated", **detail}}).encode()
    answer = sandbox.client("alice", "lambda").invoke(FunctionName="gated-intake", Payload=payload)
    said = json.loads(answer["Payload"].read())
    assert said.get("did") == "nothing" or "pull" in said["errorMessage"]


def test_comments_of_people_start_nothing_and_stay(repository):
    pull = repository(GREEN).open({"a": "1"})
    pull.verdict()
    target = pull.live["pullRequestTargets"][0]
    pull.sandbox.client("bob", "codecommit").post_comment_for_pull_request(
        pullRequestId=pull.id, repositoryName=pull.repository.name, beforeCommitId=target["destinationCommit"],
        afterCommitId=target["sourceCommit"], content="## ✅ Approved: by bob")
    pull.repository.push("feature", {"test.sh": RED})
    pull.verdict("Not approved")
    assert sorted(comment["authorArn"].rsplit("/", 1)[1] for comment in pull.comments()) == ["bob", "gated-voter"]
