"""What a build uploaded is judged, and nothing that others put in its place: every build of a pull request may write below the
ARN of its project, where the results of the next one will lie."""

import json

import pytest

from gate import VOTER, artifacts, voter
from project import GREEN, junit
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
