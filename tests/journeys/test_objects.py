"""Objects as AWS's own clients send them: large ones go up in parts."""

import io
import pathlib
import random
import subprocess
import sys

import botocore.exceptions
import pytest

MIB = 1 << 20


def refusal(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


@pytest.fixture
def bucket(sandbox, scratch):
    name = f"parts-{scratch.name.lower().replace('_', 'x')}"
    sandbox.client("alice", "s3").create_bucket(Bucket=name)
    return name


def test_what_boto3_and_the_command_line_send_in_parts_comes_back_as_it_was(sandbox, scratch, bucket):
    s3 = sandbox.client("alice", "s3")
    content = random.Random(1).randbytes(17 * MIB)
    (scratch / "large").write_bytes(content)
    s3.upload_file(str(scratch / "large"), bucket, "by/boto3", ExtraArgs={"Metadata": {"made": "here"}})
    head = s3.head_object(Bucket=bucket, Key="by/boto3")
    assert (head["ContentLength"], head["Metadata"]) == (len(content), {"made": "here"})
    assert head["ETag"].endswith('-3"')
    s3.download_file(bucket, "by/boto3", str(scratch / "again"))
    assert (scratch / "again").read_bytes() == content
    program = pathlib.Path(sys.executable).parent / "aws"
    for source, target in ((scratch / "large", f"s3://{bucket}/by/cli"), (f"s3://{bucket}/by/cli", scratch / "cli")):
        subprocess.run([program, "s3", "cp", "--quiet", source, target], env=sandbox.environment("alice"), check=True)
    assert (scratch / "cli").read_bytes() == content
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["by/boto3", "by/cli"]


def test_an_upload_is_no_object_before_it_is_complete_and_outlives_a_kill(own):
    sandbox = own()
    sandbox.client("alice", "s3").create_bucket(Bucket="parts")
    at = {"Bucket": "parts", "Key": "a"}
    upload = sandbox.client("alice", "s3").create_multipart_upload(**at, ContentType="text/plain")["UploadId"]
    first, last = b"a" * 5 * MIB, b"z"
    for number, body in ((2, last), (1, b"replaced"), (1, first)):
        sandbox.client("alice", "s3").upload_part(**at, UploadId=upload, PartNumber=number, Body=body)
    sandbox.kill()
    s3 = sandbox.start().client("alice", "s3")
    assert refusal(s3.get_object, **at) == "NoSuchKey"
    parts = s3.list_parts(**at, UploadId=upload)["Parts"]
    assert [(part["PartNumber"], part["Size"]) for part in parts] == [(1, len(first)), (2, 1)]
    chosen = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts]
    s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload={"Parts": chosen})
    answer = s3.get_object(**at)
    assert answer["Body"].read() == first + last and answer["ContentType"] == "text/plain"
    assert refusal(s3.list_parts, **at, UploadId=upload) == "NoSuchUpload"
    files = list((sandbox.data / "s3").iterdir())
    assert sorted(file.stat().st_size for file in files)[-1] == len(first + last) and len(first) not in {
        file.stat().st_size for file in files}, "its parts are gone"


def test_parts_that_are_others_in_another_order_or_too_small_make_no_object(sandbox, bucket):
    s3 = sandbox.client("alice", "s3")
    at = {"Bucket": bucket, "Key": "a"}
    upload = s3.create_multipart_upload(**at)["UploadId"]
    tags = [s3.upload_part(**at, UploadId=upload, PartNumber=number, Body=b"small")["ETag"] for number in (1, 2)]
    part = lambda number, tag=tags[0]: {"PartNumber": number, "ETag": tag}
    for code, parts in (
        ("InvalidPart", [part(1), part(3)]),
        ("InvalidPart", [part(1, '"0"')]),
        ("InvalidPartOrder", [part(2), part(1)]),
        ("EntityTooSmall", [part(1), part(2)]),
        ("MalformedXML", []),
    ):
        assert refusal(s3.complete_multipart_upload, **at, UploadId=upload, MultipartUpload={"Parts": parts}) == code
    assert refusal(s3.upload_part, **at, UploadId=upload, PartNumber=10_001, Body=b"") == "InvalidArgument"
    assert refusal(s3.upload_part, Bucket=bucket, Key="b", UploadId=upload, PartNumber=1, Body=b"") == "NoSuchUpload"
    s3.abort_multipart_upload(**at, UploadId=upload)
    assert refusal(s3.abort_multipart_upload, **at, UploadId=upload) == "NoSuchUpload"
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_an_object_is_written_only_where_the_condition_of_its_writer_holds(sandbox, bucket):
    s3 = sandbox.client("alice", "s3")
    at = {"Bucket": bucket, "Key": "a"}
    assert refusal(s3.put_object, **at, Body=b"0", IfMatch='"0"') == "NoSuchKey"
    first = s3.put_object(**at, Body=b"1", IfNoneMatch="*")["ETag"]
    assert refusal(s3.put_object, **at, Body=b"2", IfNoneMatch="*") == "PreconditionFailed"
    second = s3.put_object(**at, Body=b"2", IfMatch=first)["ETag"]
    assert refusal(s3.put_object, **at, Body=b"3", IfMatch=first) == "PreconditionFailed"
    assert s3.put_object(**at, Body=b"4", IfMatch=second.strip('"'))["ETag"] != second
    assert refusal(s3.get_object, **at, IfMatch=second) == "PreconditionFailed"
    assert s3.get_object(**at)["Body"].read() == b"4"


@pytest.mark.parametrize("condition", ["IfMatch", "IfNoneMatch"])
def test_an_object_that_another_writes_during_the_upload_is_a_conflict(sandbox, bucket, condition):
    s3, other = sandbox.client("alice", "s3"), sandbox.client("bob", "s3")
    at = {"Bucket": bucket, "Key": "a"}
    given = s3.put_object(**at, Body=b"before")["ETag"] if condition == "IfMatch" else "*"

    class Slow(io.BytesIO):
        """A body that, when it is sent after its checksum was taken, is overtaken by somebody else's."""
        passes = 0

        def seek(self, offset, whence=0):
            self.passes += offset == whence == 0
            return super().seek(offset, whence)

        def read(self, size=-1):
            part = super().read(size)
            if part and self.overtaken_at == self.passes:
                other.put_object(**at, Body=b"the other's")
            return part

    counted = Slow(b"counted")
    counted.overtaken_at = None
    s3.put_object(Bucket=bucket, Key="b", Body=counted)
    slow = Slow(b"slow")
    slow.overtaken_at = counted.passes
    assert refusal(s3.put_object, **at, Body=slow, **{condition: given}) == "ConditionalRequestConflict"
    assert s3.get_object(**at)["Body"].read() == b"the other's"
