"""Which AWS actions the code needs: the calls that a function of the gate can reach, read off the Rust sources, and those of
the state machine's tasks. It knows IAM's names where they differ from the API's, and no policy."""

import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FUNCTION = re.compile(r"^( *)(?:pub(?:\([a-z]+\))? )?(?:const )?(?:async )?fn (\w+)", re.M)
ACTION = re.compile(r'"([a-z0-9-]+:[A-Z][A-Za-z]+)"')

# What IAM calls differently, or asks for beside the call (service authorization reference; S3 API: GetObject).
BESIDE = {
    "lambda:Invoke": {"lambda:InvokeFunction"},
    "sts:GetCallerIdentity": set(),
    # An upload to an address that CloudFormation has signed.
    "cloudformation:Respond": set(),
    # Without the right to list, a missing key is answered like a forbidden one.
    "s3:GetObject": {"s3:GetObject", "s3:ListBucket"},
    # ECR user guide, "IAM permissions required for enhanced scanning".
    "ecr:DescribeImageScanFindings": {"ecr:DescribeImageScanFindings", "inspector2:ListCoverage", "inspector2:ListFindings"},
    "s3:ListObjectsV2": {"s3:ListBucket"},
    "s3:ListObjectVersions": {"s3:ListBucketVersions"},
    "s3:DeleteObjects": {"s3:DeleteObject"},
    "codebuild:CreateProject": {"codebuild:CreateProject", "iam:PassRole"},
    "codebuild:UpdateProject": {"codebuild:UpdateProject", "iam:PassRole"},
    # Step Functions developer guide, IAM policies for CodeBuild: `.sync` waits by a managed rule, asks, and stops on abort.
    "codebuild:StartBuild.sync": {"codebuild:StartBuild", "codebuild:StopBuild", "codebuild:BatchGetBuilds",
                                  "events:PutTargets", "events:PutRule", "events:DescribeRule"},
}


def iam(calls):
    return set().union(*(BESIDE.get(call, {call}) for call in calls)) if calls else set()


def functions(directory):
    """`(module, name)` of every function below a directory → its text. Tests are left out."""
    found = {}
    for path in sorted(directory.rglob("*.rs")):
        module = path.stem if path.stem != "mod" else path.parent.name
        text = path.read_text().split("#[cfg(test)]")[0]
        for match in FUNCTION.finditer(text):
            end = text.find(f"\n{match[1]}}}\n", match.end())
            body = text[match.end():end if end >= 0 else len(text)]
            found[module, match[2]] = found.get((module, match[2]), "") + body
    return found


def reach(starts, edges):
    seen, todo = set(), list(starts)
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo.extend(edges(node))
    return seen


def sdk_calls(methods):
    """The calls behind methods of `gated_aws`."""
    bodies = functions(ROOT / "engine/aws/src")
    by_name = {}
    for module, name in bodies:
        by_name.setdefault(name, []).append((module, name))

    def edges(node):
        called = re.findall(r"\bself\s*\.(\w+)\(", bodies[node]) + re.findall(r"(?<![\w.:])(\w+)\(", bodies[node])
        return [target for name in called for target in by_name.get(name, [])]

    starts = [target for method in methods for target in by_name.get(method, [])]
    return {call for node in reach(starts, edges) for call in ACTION.findall(bodies[node])}


def function_calls(name):
    """The calls that a function of the gate can make, by the name of its module: `intake`, `approval_rule`."""
    root = ROOT / "engine/lambda/src"
    bodies = functions(root)
    family, imports = {}, {}
    for path in root.rglob("*.rs"):
        module = path.stem if path.stem != "mod" else path.parent.name
        family[module] = path.relative_to(root).with_suffix("").parts[0]
        for used, names in re.findall(r"use (?:crate|super)::(?:\w+::)*?(\w+)::(\{[^}]*\}|\w+)", path.read_text()):
            for item in re.findall(r"\w+", names):
                imports[module, item] = used

    def edges(node):
        module, body = node[0], bodies[node]
        plain = re.findall(r"(?<![\w.:])(\w+)\(", body)
        targets = [(imports.get((module, called), module), called) for called in plain]
        targets += re.findall(r"(?<!\w)(\w+)::(\w+)\(", body)
        # Methods of the function's own types, in its module or one below it.
        methods = set(re.findall(r"(?<!\baws)\.(\w+)\(", body))
        targets += [(other, called) for other, called in bodies if called in methods and family[other] == family[module]]
        return [target for target in targets if target in bodies]

    assert (name, name) in bodies, f"engine/lambda has no function {name}"
    reached = reach([(name, name)], edges)
    methods = {method for node in reached for method in re.findall(r"\baws\s*\.(\w+)\(", bodies[node])}
    return sdk_calls(methods)


def tasks(states=None):
    """Every task of the state machine: its name and its text."""
    if states is None:
        states = json.loads((ROOT / "infra/gate.asl.json").read_text())["States"]
    for name, state in states.items():
        if state["Type"] == "Task":
            yield name, state
        if state["Type"] == "Map":
            yield from tasks(state["ItemProcessor"]["States"])


def machine_calls():
    found = set()
    for _, state in tasks():
        *_, service, action = state["Resource"].split(":")
        action, sync, _ = action.partition(".sync")
        found.add(f"{service}:{action[0].upper()}{action[1:]}{sync}")
    return found
