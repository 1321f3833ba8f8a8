"""What the gate keeps in its bucket, when it is not as this gate left it."""

import json

from gate import artifacts
from project import GREEN
from test_sweeper import lose_events

BUCKET = "gated-artifacts"


def invoke(sandbox, function, payload):
    """A function's error name, if it failed, and its answer."""
    answer = sandbox.client("alice", "lambda").invoke(FunctionName=function, Payload=json.dumps(payload).encode())
    body = json.loads(answer["Payload"].read())
    return body["errorType"] if "FunctionError" in answer else None, body


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
