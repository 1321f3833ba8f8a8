"""What the gate keeps in its bucket, when it is not as this gate left it: an older version wrote it, two write at once, or it is
gone. Measurements can be made anew, so that none of it keeps a pull request from its answer."""

import concurrent.futures
import json
import shutil

import pytest

from gate import VOTER, artifacts
from project import GREEN, junit, lcov, script
from sandbox import until
from test_container import images
from test_sweeper import lose_events, sweep

BUCKET = "gated-artifacts"
COVERED = """\
version: 1
stages:
  test:
    run: ./test.sh
    reports: [{format: junit, files: out/junit.xml}, {format: lcov, files: out/lcov.info}]
"""


def covering(covered):
    """A green project that covers so many of a hundred lines."""
    return {**GREEN, ".gated.yml": COVERED, "test.sh": script({"out/junit.xml": junit(), "out/lcov.info": lcov(covered, 100)})}


def read(sandbox, key):
    return json.loads(sandbox.client("alice", "s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())


def write(sandbox, key, value):
    sandbox.client("alice", "s3").put_object(Bucket=BUCKET, Key=key, Body=json.dumps(value).encode())


def invoke(sandbox, function, payload):
    """A function's error name, if it failed, and its answer."""
    answer = sandbox.client("alice", "lambda").invoke(FunctionName=function, Payload=json.dumps(payload).encode())
    body = json.loads(answer["Payload"].read())
    return body["errorType"] if "FunctionError" in answer else None, body


def spoil_evidence(pull):
    """Leaves the measurements of a pull request as a gate that did not know `failFast` would have."""
    keys = artifacts(pull.sandbox, f"evidence/{pull.repository.name}/pr-{pull.id}/")
    assert len(keys) == 1
    old = read(pull.sandbox, keys[0])
    del old["planned"]["failFast"]
    write(pull.sandbox, keys[0], old)


def restart(sandbox, *options):
    assert sandbox.stop() == 0
    sandbox.options = options
    sandbox.start()


def test_evidence_that_an_older_gate_left_is_measured_again(own, repository):
    sandbox = own()
    made = repository(GREEN, within=sandbox)
    voted, swept = (made.open({name: "1"}, branch=name) for name in ("voted", "swept"))
    for pull in (voted, swept):
        pull.verdict("✅ Approved")
        spoil_evidence(pull)
    voted.vote("bob")
    until("another build", lambda: len(voted.builds()) == 2)
    voted.verdict("✅ Approved")
    assert VOTER in voted.votes()
    lose_events(sandbox)
    sandbox.client("alice", "codecommit").update_pull_request_title(pullRequestId=swept.id, title="Another title")
    assert sweep(sandbox)["failed"] == []
    swept.verdict("✅ Approved")
    assert len(swept.builds()) == 2 and swept.votes() == {VOTER}
    spoil_evidence(voted)
    voted.merge()
    assert sweep(sandbox)["work"] == [f"started pr-{voted.id}-close"]
    voted.settled()
    assert voted.executions()[0]["status"] == "SUCCEEDED" and sweep(sandbox)["work"] == []


def test_an_answer_that_a_newer_gate_left_is_given_anew_by_the_one_that_took_its_place(own, repository):
    sandbox = own()
    pull = repository(GREEN, within=sandbox).open({"a": "1"})
    pull.verdict("✅ Approved")
    pull.settled()
    [key] = [key for key in artifacts(sandbox, f"decisions/{pull.repository.name}/pr-{pull.id}/")
             if key.endswith(".json") and not key.endswith(".report.json")]
    write(sandbox, key, {**read(sandbox, key), "version": 99})
    lose_events(sandbox)
    first = sweep(sandbox)
    assert first["failed"] == [] and len(first["work"]) == 1
    pull.settled()
    assert "✅ Approved" in pull.verdict() and pull.votes() == {VOTER}
    assert sweep(sandbox)["work"] == []


def test_a_branchs_coverage_that_cannot_be_read_keeps_no_pull_request_from_its_verdict(repository, sandbox):
    made = repository(covering(90))
    key = f"evidence/{made.name}/branches/main.json"
    write(sandbox, key, {"mergedMs": 1, "coverage": {"of": "another version"}})
    pull = made.open({"a": "1"})
    assert "✅ Approved" in pull.verdict()
    pull.merge()
    until("the coverage that replaces it", lambda: read(sandbox, key)["coverage"].get("pullRequest") == pull.id)


def test_files_that_nobody_may_read_for_their_length_cost_no_measurement(own, repository):
    sandbox = own()
    made = repository(covering(90), within=sandbox)
    pull = made.open({"a": "1"})
    pull.verdict("✅ Approved")
    prefix = f"{made.name}/pr-{pull.id}/"
    [evidence], [plan] = (artifacts(sandbox, f"{kind}/{prefix}") for kind in ("evidence", "plans"))
    kept = read(sandbox, evidence)
    note = "files with lines past their end, as if measured from other sources: 1 (src/lib.sh: line 100 of 1)"
    assert kept["evidence"]["measured"]["reports"][1]["notes"] == [note]
    sandbox.client("alice", "s3").delete_object(Bucket=BUCKET, Key=evidence)
    restart(sandbox, "--faults", "seed=1,deny=1,only=codecommit:GetFile")
    gate = {"action": "build", "pullRequestId": pull.id, "revisionId": pull.revision, "plan": plan, "attempt": 1,
            "build": {"id": pull.builds()[0]["id"]}}
    invoke(sandbox, "gated-judge", {"execution": kept["execution"], "gate": gate})
    kept["evidence"]["measured"]["reports"][1]["notes"] = []
    assert read(sandbox, evidence)["evidence"]["measured"] == kept["evidence"]["measured"]


def test_of_two_merges_that_finish_at_once_the_newer_ones_coverage_stays(own, repository):
    """Every call waits, so that both have read before either writes; the newer one is asked first, and so the first to write."""
    sandbox = own()
    made = repository(covering(90), within=sandbox)
    older, newer = (made.open({name: "1"}, branch=name) for name in ("older", "newer"))
    for pull in (older, newer):
        pull.verdict("✅ Approved")
    lose_events(sandbox)
    older.merge()
    newer.merge()
    restart(sandbox, "--faults", "seed=1,delay=1:40ms")
    key = f"evidence/{made.name}/branches/main.json"
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for turn in range(8):
            sandbox.client("alice", "s3").delete_object(Bucket=BUCKET, Key=key)
            asked = [pool.submit(invoke, sandbox, "gated-judge", {"finish": pull.id}) for pull in (newer, older)]
            assert [done.result()[0] for done in asked] == [None, None]
            assert read(sandbox, key)["coverage"]["pullRequest"] == newer.id, turn


@pytest.mark.skipif(not shutil.which("buildah"), reason="no buildah on this machine: no image can be built")
def test_images_go_also_when_the_coverage_cannot_be_kept(own, repository):
    sandbox = own()
    files = covering(90)
    container = "container: {build: true, scan: {unscannable: allow}}\n"
    files = {**files, ".gated.yml": files[".gated.yml"] + container, "Dockerfile": "FROM scratch\nCOPY test.sh /\n"}
    pull = repository(files, within=sandbox).open({"a": "1"})
    pull.verdict("✅ Approved")
    lose_events(sandbox)
    pull.merge()
    assert len(images(sandbox, pull)) == 1
    restart(sandbox, "--faults", "seed=1,error=1,only=codecommit:DescribePullRequestEvents")
    failed, answer = invoke(sandbox, "gated-judge", {"finish": pull.id})
    assert failed == "Gated.Transient" and "DescribePullRequestEvents" in answer["errorMessage"]
    assert images(sandbox, pull) == []


def test_a_bucket_that_is_not_there_is_no_missing_object(own, repository):
    sandbox = own()
    pull = repository(GREEN, within=sandbox).open({"a": "1"})
    pull.verdict("✅ Approved")
    lose_events(sandbox)
    [record] = [key for key in artifacts(sandbox, f"decisions/{pull.repository.name}/pr-") if key.endswith("-1.json")]
    s3 = sandbox.client("alice", "s3")
    for key in artifacts(sandbox, ""):
        s3.delete_object(Bucket=BUCKET, Key=key)
    vote = {"action": "vote", "record": record}
    assert "there is no decision record" in invoke(sandbox, "gated-voter", vote)[1]["errorMessage"]
    s3.delete_bucket(Bucket=BUCKET)
    assert "NoSuchBucket" in invoke(sandbox, "gated-voter", vote)[1]["errorMessage"]
