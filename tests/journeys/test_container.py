"""An image is built for real, pushed to the sandbox's registry, and its scan held against the policy."""

import json
import shutil

import pytest

from gate import artifacts, voter
from project import GREEN, POLICY
from sandbox import until

pytestmark = pytest.mark.skipif(not shutil.which("buildah"), reason="no buildah on this machine: no image can be built")


def with_image(scan="", dockerfile="FROM scratch\nCOPY test.sh /\n"):
    """A green project with an image; `scan` is what the policy says of its scan, in YAML."""
    policy = POLICY + f"container: {{build: true, scan: {{{scan}}}}}\n"
    return {**GREEN, ".gated.yml": policy, "Dockerfile": dockerfile, "os-release": "ID=debian\n"}


def system(*findings):
    """A Dockerfile whose image has an operating system, and these findings: `(id, severity)`."""
    told = json.dumps({"findings": [{"name": name, "severity": severity} for name, severity in findings]})
    return f"FROM scratch\nCOPY os-release /etc/os-release\nLABEL sandbox.scan='{told}'\n"


def images(sandbox, pull):
    """The tags that are in the registry for this pull request."""
    ids = sandbox.client("alice", "ecr").list_images(repositoryName="gated")["imageIds"]
    return [image["imageTag"] for image in ids if image["imageTag"].startswith(f"pr-{pull.id}-")]


def test_an_image_from_scratch_that_may_stay_unscanned_is_pushed_and_passes(sandbox, repository):
    pull = repository(with_image("unscannable: allow")).open({"a": "1"})
    assert "✅ Approved" in pull.verdict()
    (tag,) = images(sandbox, pull)
    assert tag.startswith(f"pr-{pull.id}-{pull.commit[:12]}-")


def test_an_image_that_cannot_be_scanned_is_an_error_that_says_so(repository):
    pull = repository(with_image()).open({"a": "1"})
    text = pull.verdict("cannot scan")
    assert "FAILED: UnsupportedImageError" in text and "unscannable: allow" in text
    assert not pull.votes()


def test_a_finding_over_the_threshold_fails_and_is_named(repository):
    dockerfile = system(("CVE-2026-1", "HIGH"), ("CVE-2026-2", "LOW"))
    pull = repository(with_image(dockerfile=dockerfile)).open({"a": "1"})
    text = pull.verdict("CVE-2026-1")
    assert "1 high" in text and "CVE-2026-2" not in text
    assert not pull.votes()


def test_a_severity_that_nobody_knows_is_not_taken_for_a_small_one(repository):
    pull = repository(with_image("fail-on: critical", system(("CVE-2026-1", "UNDEFINED")))).open({"a": "1"})
    assert "UNDEFINED" in pull.verdict("CVE-2026-1")
    assert not pull.votes()


@pytest.mark.parametrize(("until_day", "passes"), [("2999-12-31", True), ("2020-01-31", False)])
def test_an_accepted_finding_passes_until_its_last_day_and_is_named_with_its_owner(repository, until_day, passes):
    accept = f"accept: [{{id: CVE-2026-1, until: {until_day}, owner: carol, reason: not reachable}}]"
    pull = repository(with_image(accept, system(("CVE-2026-1", "CRITICAL")))).open({"a": "1"})
    text = pull.verdict("CVE-2026-1")
    row = f"accepted by carol until {until_day}: not reachable" if passes else f"has expired: carol, until {until_day}"
    assert row in text, text
    assert bool(pull.votes()) is passes


def test_an_image_that_does_not_build_fails(repository):
    pull = repository(with_image(dockerfile="FROM scratch\nCOPY nothing /\n")).open({"a": "1"})
    assert "container" in pull.verdict("Not approved")
    assert not pull.votes()


def test_closing_removes_the_images_of_that_pull_request_alone(sandbox, repository):
    made = repository(with_image("unscannable: allow"))
    one, two = (made.open({name: "1"}, branch=name) for name in ("one", "two"))
    for pull in (one, two):
        pull.verdict()
        assert len(images(sandbox, pull)) == 1
    one.close()
    until("the images to be gone", lambda: not images(sandbox, one))
    one.settled()
    assert len(images(sandbox, two)) == 1


def test_a_made_up_close_deletes_no_image_of_an_open_pull_request(sandbox, repository):
    pull = repository(with_image("unscannable: allow")).open({"a": "1"})
    pull.verdict("✅ Approved")
    payload = json.dumps({"finish": pull.id}).encode()
    answer = sandbox.client("mallory", "lambda").invoke(FunctionName="gated-judge", Payload=payload)
    said = json.loads(answer["Payload"].read())
    assert said["errorType"] == "Gated.Misconfigured" and f"pull request {pull.id} is open" in said["errorMessage"]
    assert len(images(sandbox, pull)) == 1


def scanning(sandbox, kind, frequency):
    """Sets how the registry scans."""
    rule = {"scanFrequency": frequency, "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}
    sandbox.client("root", "ecr").put_registry_scanning_configuration(scanType=kind, rules=[rule])


def test_a_record_whose_image_is_gone_cannot_approve_again(sandbox, repository):
    """What was a pass is an error by now, under the same decision and of the same build: the newer record holds."""
    pull = repository(with_image("unscannable: allow")).open({"a": "1"})
    pull.verdict("✅ Approved")
    place = f"decisions/{pull.repository.name}/pr-{pull.id}/{pull.revision}/"
    [record] = [key for key in artifacts(sandbox, place) if key.endswith("-1.json")]
    tags = [{"imageTag": tag} for tag in images(sandbox, pull)]
    sandbox.client("alice", "ecr").batch_delete_image(repositoryName="gated", imageIds=tags)
    # A person's vote has the gate look again, and so has its end.
    pull.vote("bob")
    pull.verdict("Not approved")
    pull.vote("bob", "REVOKE")
    until("both looks", lambda: len(pull.executions(pull.revision)) == 3)
    said = pull.verdict("Not approved")
    assert voter(sandbox, action="vote", record=record) == {"vote": "revoked"}
    assert voter(sandbox, action="comment", record=record) == {"comment": "written"}
    assert pull.votes() == set() and pull.comment() == said


def test_a_scan_that_has_not_ended_is_waited_for(own, repository):
    sandbox = own()
    scanning(sandbox, "BASIC", "MANUAL")
    dockerfile = system(("CVE-2026-1", "LOW"))
    pull = repository(with_image(dockerfile=dockerfile), within=sandbox).open({"a": "1"})
    until("the wait for the scan", lambda: any("WaitForScan" in pull.history(e) for e in pull.executions()))
    assert not pull.votes()
    (tag,) = images(sandbox, pull)
    sandbox.client("root", "ecr").start_image_scan(repositoryName="gated", imageId={"imageTag": tag})
    text = pull.verdict("✅ Approved", seconds=60)
    assert "no finding of high or worse" in text
    (execution,) = pull.executions()
    assert "CountScan" in pull.history(execution)


def test_enhanced_scanning_tells_which_findings_have_a_fix(own, repository):
    sandbox = own()
    scanning(sandbox, "ENHANCED", "CONTINUOUS_SCAN")
    found = [("CVE-2026-1", "CRITICAL", "YES"), ("CVE-2026-2", "HIGH", "NO"), ("CVE-2026-3", "HIGH", "YES")]
    told = json.dumps({"enhancedFindings": [
        {"severity": severity, "status": "ACTIVE", "fixAvailable": fix, "packageVulnerabilityDetails": {
            "vulnerabilityId": name,
            "vulnerablePackages": [{"name": "openssl", "version": "3.0.11",
                                    "fixedInVersion": "3.0.12" if fix == "YES" else "NotAvailable"}]}}
        for name, severity, fix in found
    ]})
    dockerfile = f"FROM scratch\nCOPY os-release /etc/os-release\nLABEL sandbox.scan='{told}'\n"
    pull = repository(with_image(dockerfile=dockerfile), within=sandbox).open({"a": "1"})
    text = pull.verdict("Not approved")
    assert "1 critical (1 with a fix), 2 high (1 with a fix)" in text
    assert "| CVE-2026-1 | critical | openssl 3.0.11 → 3.0.12 | available | blocks |" in text
    assert "| CVE-2026-2 | high | openssl 3.0.11 | none yet | blocks |" in text
    assert not pull.votes()
