"""What a build uploaded is judged, and nothing that others put in its place: every build of a pull request may write below the
ARN of its project, where the results of the next one will lie."""

import json

import pytest

from gate import artifacts, voter
from project import GREEN, junit, script
from test_identity import as_role
from test_measuring import COVERED, covering

LINES = {"src/lib.sh": "true\n" * 10}


def place(build):
    """Where the results of a build lie."""
    project, uuid = build["arn"].rsplit(":", 1)
    return f"builds/{project.replace(':build/', ':project/')}/{uuid}/gated/"


def of_a_build(sandbox):
    """An S3 client with what a build's container is given: the code of an earlier revision can have sent that anywhere."""
    return as_role(sandbox, "alice", "gated-build", "leaked", "s3")


def text(sandbox, key):
    return of_a_build(sandbox).get_object(Bucket="gated-artifacts", Key=key)["Body"].read().decode()


def put(sandbox, key, body):
    of_a_build(sandbox).put_object(Bucket="gated-artifacts", Key=key, Body=body.encode())


def judge(pull):
    """The judge's answer where the newest execution had come to it only now."""
    execution = pull.executions()[0]
    steps = pull.sandbox.client("alice", "stepfunctions")
    given = json.loads(steps.describe_execution(executionArn=execution["executionArn"])["input"])
    asked = {"execution": execution["name"], "gate": {**given, "build": {"id": pull.builds()[0]["id"]}}}
    answer = pull.sandbox.client("alice", "lambda").invoke(FunctionName="gated-judge", Payload=json.dumps(asked).encode())
    return json.loads(answer["Payload"].read())


@pytest.fixture
def low(repository):
    """A pull request whose first revision covered enough, and whose second one honestly does not."""
    made = repository({**GREEN, ".gated.yml": COVERED, **LINES})
    pull = made.open({"test.sh": covering(8)})
    pull.verdict("✅ Approved")
    made.push("feature", {"test.sh": covering(3)})
    pull.verdict("Not approved")
    assert len(pull.builds()) == 2 and judge(pull)["verdict"] == "fail"
    return pull


def test_an_earlier_build_that_puts_its_results_in_the_place_of_a_later_ones_gets_nothing_approved(sandbox, low):
    later, earlier = low.builds()
    for key in artifacts(sandbox, place(earlier)):
        body = text(sandbox, key).replace(earlier["id"], later["id"])
        put(sandbox, key.replace(place(earlier), place(later)), body)
    said = judge(low)
    if "record" in said:
        voter(sandbox, action="vote", record=said["record"])
    assert low.votes() == set() and said["errorType"] == "Gated.Forged", said


def test_a_record_or_a_report_or_the_list_that_another_wrote_over_is_forged_and_what_is_beside_them_counts_for_nothing(
        sandbox, low):
    at = place(low.builds()[0])
    put(sandbox, f"{at}reports/0003", "<coverage/>")
    assert judge(low)["verdict"] == "fail", "a file that the list does not name is not read"
    for name in "record.json", "reports/0001", "reports/0002", "sha256sums":
        own = text(sandbox, at + name)
        put(sandbox, at + name, own + "\n")
        said = judge(low)
        assert said["errorType"] == "Gated.Forged" and f"{at}{name} is not what its build uploaded" in said["errorMessage"]
        put(sandbox, at + name, own)
    assert judge(low)["verdict"] == "fail" and low.votes() == set()


def test_results_without_a_list_are_no_results(sandbox, repository):
    pull = repository(GREEN).open({"a": "1"})
    pull.verdict("✅ Approved")
    sandbox.client("alice", "s3").delete_object(Bucket="gated-artifacts", Key=f"{place(pull.builds()[0])}sha256sums")
    said = judge(pull)
    assert said["verdict"] == "error"
    assert voter(sandbox, action="vote", record=said["record"]) == {"vote": "revoked"} and pull.votes() == set()


def test_a_build_that_tells_no_digest_is_not_approved_and_the_comment_says_so(repository):
    pull = repository(GREEN).open({"test.sh": script({"out/junit.xml": junit()}, 'rm -rf "$CODEBUILD_SRC_DIR.gated"')})
    assert "the build told CodeBuild no GATED_SHA256" in pull.verdict("Not approved, error") and pull.votes() == set()
