"""What installers, checks and people call beside the gate itself, as boto3's models of AWS read the answers."""

import json

import botocore.exceptions
import pytest

from sandbox import ACCOUNT, REGION, until


def refusal(call, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Code"]


@pytest.fixture
def bucket(sandbox, request):
    """An S3 client, and a bucket of the test's own with some odd keys in it."""
    s3, name = sandbox.client("alice", "s3"), request.node.name.replace("_", "-")[:63]
    s3.create_bucket(Bucket=name)
    for key in ODD:
        s3.put_object(Bucket=name, Key=key, Body=key.encode(), Metadata={"kind": "odd"}, ContentType="text/plain")
    return s3, name


ODD = ["a/1", "a/2", "b & <c>", "ünï/文", "new\nline", "plus+sign"]


def test_a_bucket_is_emptied_and_removed(bucket):
    s3, name = bucket
    assert refusal(s3.delete_bucket, Bucket=name) == "BucketNotEmpty"
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=name, PaginationConfig={"PageSize": 4})
    found = [version for page in pages for version in page.get("Versions", [])]
    assert sorted(version["Key"] for version in found) == sorted(ODD)
    assert {version["VersionId"] for version in found} == {"null"} and all(version["IsLatest"] for version in found)
    given = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in found]
    answer = s3.delete_objects(Bucket=name, Delete={"Objects": [*given, {"Key": "never there"}]})
    assert len(answer["Deleted"]) == len(ODD) + 1 and "Errors" not in answer
    assert "Contents" not in s3.list_objects_v2(Bucket=name) and "Status" not in s3.get_bucket_versioning(Bucket=name)
    s3.delete_bucket(Bucket=name)
    assert refusal(s3.list_objects_v2, Bucket=name) == "NoSuchBucket"


def test_another_version_of_an_object_is_not_deleted_in_its_stead(bucket):
    s3, name = bucket
    answer = s3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "a/1", "VersionId": "older"}]})
    assert [error["Code"] for error in answer["Errors"]] == ["NoSuchVersion"]
    assert s3.get_object(Bucket=name, Key="a/1")["Body"].read() == b"a/1"


def test_a_copy_has_the_bytes_and_the_metadata_unless_they_are_replaced(bucket):
    s3, name = bucket
    s3.copy_object(Bucket=name, Key="copy", CopySource={"Bucket": name, "Key": "ünï/文"})
    copy = s3.get_object(Bucket=name, Key="copy")
    assert (copy["Body"].read().decode(), copy["Metadata"], copy["ContentType"]) == ("ünï/文", {"kind": "odd"}, "text/plain")
    s3.copy_object(Bucket=name, Key="other", CopySource=f"{name}/a/1", MetadataDirective="REPLACE", Metadata={"new": "1"})
    assert s3.head_object(Bucket=name, Key="other")["Metadata"] == {"new": "1"}
    assert refusal(s3.copy_object, Bucket=name, Key="x", CopySource=f"{name}/nowhere") == "NoSuchKey"


def test_functions_are_described_and_listed(sandbox):
    client = sandbox.client("alice", "lambda")
    found = client.get_function(FunctionName="gated-voter")["Configuration"]
    assert found["FunctionArn"] == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:gated-voter"
    assert found["Role"] == f"arn:aws:iam::{ACCOUNT}:role/gated-voter"
    assert client.get_function_configuration(FunctionName=found["FunctionArn"])["FunctionArn"] == found["FunctionArn"]
    pages = client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    assert "gated-voter" in [each["FunctionName"] for page in pages for each in page["Functions"]]
    assert refusal(client.get_function, FunctionName="nobody") == "ResourceNotFoundException"
    assert refusal(client.get_function, FunctionName="gated-voter", Qualifier="7") == "NotImplementedException"


@pytest.fixture
def machine(sandbox, request):
    """A Step Functions client, and the ARN of a state machine that says which definition it has."""
    client = sandbox.client("alice", "stepfunctions")
    made = client.create_state_machine(name=request.node.name[:80], definition=saying("one"), roleArn=ROLE)
    return client, made["stateMachineArn"]


ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"


def saying(what):
    return json.dumps({"StartAt": "Say", "States": {"Say": {"Type": "Pass", "Result": what, "End": True}}})


def output(client, started):
    """What an execution answered, and how it was started."""
    def over():
        described = client.describe_execution(executionArn=started["executionArn"])
        return described["status"] != "RUNNING" and described
    described = until("the end of an execution", over)
    return json.loads(described["output"]), described


def test_a_version_stays_as_it_was_published_and_an_alias_leads_to_it(machine):
    client, arn = machine
    first = client.publish_state_machine_version(stateMachineArn=arn, description="the first")["stateMachineVersionArn"]
    assert first == f"{arn}:1" == client.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    changed = client.update_state_machine(stateMachineArn=arn, definition=saying("two"), publish=True)
    assert changed["stateMachineVersionArn"] == f"{arn}:2"
    route = [{"stateMachineVersionArn": first, "weight": 100}]
    alias = client.create_state_machine_alias(name="live", routingConfiguration=route)["stateMachineAliasArn"]
    assert client.describe_state_machine_alias(stateMachineAliasArn=alias)["routingConfiguration"] == route
    assert client.describe_state_machine(stateMachineArn=first)["definition"] == saying("one")
    assert output(client, client.start_execution(stateMachineArn=arn))[0] == "two"
    said, described = output(client, client.start_execution(stateMachineArn=alias))
    assert (said, described["stateMachineVersionArn"], described["stateMachineAliasArn"]) == ("one", first, alias)
    assert described["stateMachineArn"] == arn and described["executionArn"].split(":")[-2] == arn.split(":")[-1]
    client.update_state_machine_alias(
        stateMachineAliasArn=alias, routingConfiguration=[{"stateMachineVersionArn": f"{arn}:2", "weight": 100}])
    assert output(client, client.start_execution(stateMachineArn=alias))[0] == "two"
    assert len(client.list_executions(stateMachineArn=alias)["executions"]) == 2
    assert len(client.list_executions(stateMachineArn=first)["executions"]) == 1
    assert len(client.list_executions(stateMachineArn=arn, statusFilter="SUCCEEDED")["executions"]) == 3


def test_a_version_that_an_alias_leads_to_is_not_deleted(machine):
    client, arn = machine
    version = client.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    alias = client.create_state_machine_alias(
        name="live", routingConfiguration=[{"stateMachineVersionArn": version, "weight": 100}])["stateMachineAliasArn"]
    assert refusal(client.delete_state_machine_version, stateMachineVersionArn=version) == "ConflictException"
    assert [a["stateMachineAliasArn"] for a in client.list_state_machine_aliases(stateMachineArn=arn)["stateMachineAliases"]] == [alias]
    client.delete_state_machine_alias(stateMachineAliasArn=alias)
    client.delete_state_machine_version(stateMachineVersionArn=version)
    assert client.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"] == []
    assert refusal(client.start_execution, stateMachineArn=version) == "StateMachineDoesNotExist"
    assert refusal(client.start_execution, stateMachineArn=alias) == "ResourceNotFound"
    again = client.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    assert again == f"{arn}:2"  # a number is given once
