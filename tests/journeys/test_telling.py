"""What people are told about a gate: the stored decision, the page, what runs now; and the page in a real browser."""

import html
import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request

import jsonschema
import pytest

from sandbox import GATED, ROOT, until

POLICY = """version: 1
stages:
  test:
    run: bash test.sh
    reports: [{format: junit, files: out.xml}]
"""
NODE = ROOT / "target" / "test-tools" / "node"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)> ‮ \"'&amp;"


def junit(name, message):
    case = f'<testcase classname="suite" name={json.dumps(name)}><failure message={json.dumps(message)}/></testcase>'
    return f"cat >out.xml <<'EOF'\n<testsuite>{case}</testsuite>\nEOF\nexit 1\n"


def test_the_stored_decision_is_told_with_its_page_and_never_made_anew(sandbox, repository):
    made = repository({".gated.yml": POLICY, "test.sh": "true\n"})
    pull = made.open({"test.sh": junit("adds", "1 is not 2")}, title="Add")
    comment = pull.verdict("adds")
    why = sandbox.gated("alice", "why", pull.id)
    assert why.returncode == 1 and "Not approved" in why.stdout and "adds: 1 is not 2" in why.stdout, why
    report = json.loads(sandbox.gated("alice", "why", pull.id, "--format", "json").stdout)
    assert report["version"] == 1 and report["record"]["verdict"]["kind"] == "fail"
    for name, stored in [("report", report), ("record", report["record"])]:
        jsonschema.validate(stored, json.loads((ROOT / "schema" / f"{name}.schema.json").read_text()))
    assert [step["state"] for step in report["path"]][-2:] == ["StartBuild", "Judge"]
    assert report["links"]["page"] in comment
    bucket, key = report["links"]["page"].removeprefix(sandbox.endpoint + "/").split("/", 1)
    kept = sandbox.client("alice", "s3").get_object(Bucket=bucket, Key=key)
    assert kept["ContentType"] == "text/html; charset=utf-8"
    page = kept["Body"].read().decode()
    assert page.startswith("<!DOCTYPE html>") and "1 is not 2" in page

    # The link of the comment opens in a browser; a program that does not sign is refused as by S3.
    browser = urllib.request.Request(report["links"]["page"], headers={"Accept": "text/html,*/*;q=0.8"})
    assert urllib.request.urlopen(browser).read().decode() == page
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(report["links"]["page"])
    # So does that of the log, where no console is.
    assert report["links"]["log"].startswith(sandbox.endpoint) and html.escape(report["links"]["log"]) in comment
    log = urllib.request.urlopen(report["links"]["log"]).read().decode()
    assert "==> stage test" in log and len(log.splitlines()) > 3
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(report["links"]["log"] + "x")

    assert sandbox.gated("alice", "why", "999999").returncode == 2
    assert "not a pull request id" in sandbox.gated("alice", "why", "x").stderr
    status = sandbox.gated("alice", "status", pull.id)
    assert status.returncode == 1 and status.stdout.startswith("❌ Not approved: "), status


def test_a_failed_stage_without_a_report_tells_the_end_of_its_output_and_no_secret(sandbox, repository):
    sandbox.client("root", "ssm").put_parameter(Name="/gated/demo/word", Value="open-sesame", Type="String", Overwrite=True)
    policy = """version: 1
environment: {parameters: {WORD: /gated/demo/word}}
stages:
  test: {run: bash test.sh, reports: [{format: junit, files: out.xml}]}
"""
    pull = repository({".gated.yml": policy, "test.sh": "cat >out.xml <<<'<testsuite><testcase name=\"a\"/></testsuite>'\n"}).open(
        {"test.sh": "for n in {1..30}; do echo line $n; done\necho `id -u` say $WORD >&2\necho '```'\nexit 7\n"})
    text = pull.verdict("exit code 7")
    assert "  - the last lines of its output (of 33):\n    ````text\n    line 18\n" in text, text
    assert "say ***\n    ```\n    ````\n" in text and "open-sesame" not in text, text
    page = sandbox.gated("alice", "why", pull.id, "--format", "json").stdout
    assert "say ***" in page and "open-sesame" not in page
    assert "    line 18\n" in sandbox.gated("alice", "why", pull.id).stdout


def test_status_tells_stage_by_stage_what_runs_now_and_watches_it_to_its_end(sandbox, repository, scratch):
    go = scratch / "go"
    policy = f"version: 1\nstages:\n  lint: 'true'\n  test: 'until [ -e {go} ]; do sleep 0.1; done'\n  pack: 'true'\n"
    pull = repository({".gated.yml": policy}).open({"a": "a\n"}, title="Add a")

    def rows():
        told = sandbox.gated("alice", "status", pull.id)
        seen = [line.split()[:2] for line in told.stdout.splitlines()]
        return told.returncode == 4 and ["test", "running"] in seen and seen

    assert until("the second stage", rows)[-3:] == [["lint", "passed"], ["test", "running"], ["pack", "to"]]
    [running] = json.loads(sandbox.gated("alice", "status", pull.id, "--format", "json").stdout)
    assert running["pullRequest"] == pull.id, running
    watching = subprocess.Popen([GATED, "status", pull.id, "--watch"], env=sandbox.environment("alice"),
                                stdout=subprocess.PIPE, text=True)
    assert "Add a" in watching.stdout.readline()
    go.touch()
    rest, _ = watching.communicate(timeout=60)
    assert watching.returncode == 0 and "Approved" in rest.splitlines()[-2], rest


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium here (Debian: apt-get install chromium)")
def test_the_page_is_readable_in_a_real_browser_light_dark_and_on_a_phone(sandbox, repository, scratch):
    made = repository({".gated.yml": POLICY, "test.sh": "true\n"})
    evil = EVIL.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    text = f"cat >out.xml <<'EOF'\n<testsuite><testcase classname=\"s\" name=\"{evil}\"><failure message=\"{evil}\"/></testcase></testsuite>\nEOF\nexit 1\n"
    pull = made.open({"test.sh": text}, title=EVIL)
    pull.verdict("Not approved")
    own = scratch / "gate.html"
    assert sandbox.gated("alice", "why", pull.id, "--html", own).returncode == 1
    sample = ROOT / "target" / "pages" / "red.html"
    files = [own] + ([sample] if sample.exists() else [])
    look = subprocess.run(
        ["node", ROOT / "tests" / "journeys" / "look_at_pages.mjs", NODE, ROOT / "target" / "screenshots", *files],
        capture_output=True, text=True, timeout=240, env={**os.environ, "CHROMIUM": CHROMIUM},
    )
    assert look.returncode == 0, look.stderr
    for name, told in json.loads(look.stdout).items():
        assert told["invalid"] == [], name
        for kind, seen in told["looks"].items():
            where = f"{name} {kind}"
            assert "Not approved" in seen["heading"] and seen["first"] < 400, where
            assert {"Reasons", "Timeline", "Tests", "About this run"} <= set(seen["sections"]), where
            assert (seen["wider"], seen["asked"], seen["errors"], seen["foreign"]) == (0, [], [], 0), where
            assert seen["cut"] == [], where
            assert seen["violations"] == [], where
            assert seen["stops"][0]["text"] == "Skip to the answer" and all(s["outline"] for s in seen["stops"]), where
            if name == "gate.html":
                assert "<script>alert(1)</script>" in seen["text"], "hostile text is shown as text"
