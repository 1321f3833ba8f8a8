"""`gated run` beside the gate: the same commit, judged on one's own machine and in the sandbox, must come out the same."""

import json
import os
import re
import subprocess

from sandbox import GATED

# How coverage changed, which the gate alone knows: it keeps what earlier pull requests had.
CHANGE = re.compile(r"; [^;]* against the destination \(.*? with pull request \d+\)")
# What two runs of the same program print differently: addresses, times, ids of threads, and where the checkout lay.
OWN = re.compile(r"\b0?x[0-9a-f]{6,}|\b\d+(\.\d+)? ?(ms|s|m|min)\b|\(\d+\)|(file://)?/[\w./-]+")


def stored(pull):
    """The gate's decision record of the live revision, as it lies in the artifact bucket."""
    s3 = pull.sandbox.client("alice", "s3")
    prefix = f"decisions/{pull.repository.name}/pr-{pull.id}/"
    found = s3.list_objects_v2(Bucket="gated-artifacts", Prefix=prefix)["Contents"]
    keys = [one["Key"] for one in found if one["Key"].endswith(".json")]  # the page lies beside its record
    records = [json.loads(s3.get_object(Bucket="gated-artifacts", Key=key)["Body"].read()) for key in keys]
    record, = [r for r in records if r.get("verdict") and r["decision"]["change"]["revision"] == pull.revision]
    return record


def run_locally(pull, **variables):
    """What `gated run` says of the commit that the pull request proposes: its exit code and its JSON document."""
    made = pull.repository
    made.git("switch", "--quiet", "--detach", pull.commit)
    done = subprocess.run([GATED, "run", "--destination", "main", "--format", "json"], cwd=made.clone, timeout=300,
                          capture_output=True, text=True, env={**os.environ, **variables})
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def told(record):
    """What must be the same: the verdict with its tree of reasons, every stage's outcome, everything measured."""
    evidence = record["evidence"] or {}
    # The driver's record, or in words why it could not be read.
    drove = evidence.get("record") or {"Err": "no build"}
    stages = drove["Ok"]["stages"] if "Ok" in drove else [drove["Err"]]
    return {
        "verdict": repeatable(record["verdict"]),
        "plan": [(stage["name"], stage["action"], stage["run"]) for stage in record["decision"]["stages"]],
        "outcomes": [repeatable(stage) for stage in stages],
        "measured": repeatable(evidence.get("measured")),
    }


def repeatable(value):
    if isinstance(value, dict):
        # `before` is the coverage that the destination had. V8 counts how often a line ran differently from run to run, never whether.
        return {key: bool(item) if key == "hits" and isinstance(item, int) else repeatable(item)
                for key, item in value.items() if "illiseconds" not in key and key != "before"}
    if isinstance(value, list):
        return [repeatable(item) for item in value]
    # What a program says of a failure is longer than what is kept of it, so that its end moves with the checkout's name.
    return OWN.sub("…", CHANGE.sub("", value.split("\n")[0])) if isinstance(value, str) else value


def assert_same(pull, **variables):
    """Runs the pull request's commit locally and holds all of it against what the gate has stored; returns the local run."""
    code, local = run_locally(pull, **variables)
    record = stored(pull)
    assert local["decision"]["change"]["sourceCommit"] == record["decision"]["change"]["sourceCommit"] == pull.commit
    ours, gates = told(local), told(record)
    for part in ours:
        assert ours[part] == gates[part], f"{part}: {json.dumps(ours[part])}\nthe gate: {json.dumps(gates[part])}"
    assert code == (0 if record["verdict"]["kind"] == "pass" else 1)
    return local
