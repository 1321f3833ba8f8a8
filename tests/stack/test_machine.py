"""Every task of the state machine against botocore's service models: service, action, parameters and error names exist; and the
runbook against its ends."""

import json
import re

import botocore.session
import pytest

from calls import ROOT, tasks

# Step Functions' names for services whose models are called otherwise.
MODELS = {"sfn": "stepfunctions"}
# Errors that the service integrations themselves raise (Step Functions developer guide, error names; Lambda and CodeBuild
# integrations), and those that every AWS service has.
INTEGRATION = {"SdkClientException", "ThrottlingException", "CodeBuildException", "ServiceException", "AWSLambdaException",
               "ClientExecutionTimeoutException", "TooManyRequestsException", "Unknown"}
# What Lambda itself answers for a function that it ended: out of time, out of memory or gone (recorded).
ENDED = {"Sandbox.Timedout", "Runtime.ExitError"}
# Optimised integrations take other parameters than the API, in one case.
EXTRA = {"lambda": {"FunctionName", "Payload", "InvocationType", "ClientContext", "LogType", "Qualifier"}}

session = botocore.session.get_session()


def model(resource):
    *_, service, action = resource.split(":")
    found = session.get_service_model(MODELS.get(service, service))
    return service, found, found.operation_model(pascal(action.removesuffix(".sync")))


def pascal(name):
    return name[0].upper() + name[1:]


def refuse(value, shape, where):
    """Every key is a member of the shape, as deep as the definition itself writes values."""
    if shape.type_name == "structure" and isinstance(value, dict):
        members = {pascal(name): inner for name, inner in shape.members.items()}
        for key, inside in value.items():
            name = key.removesuffix(".$")
            assert name in members, f"{where}: {shape.name} has no {name}"
            if key == name:
                refuse(inside, members[name], f"{where}.{name}")
    elif shape.type_name == "string" and isinstance(value, str) and getattr(shape, "enum", None):
        assert value in shape.enum, f"{where}: {value} is none of {shape.enum}"


@pytest.mark.parametrize("name, state", list(tasks()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_task_calls_what_exists_with_what_it_takes(name, state):
    service, found, operation = model(state["Resource"])
    if service in EXTRA:
        assert {key.removesuffix(".$") for key in state["Parameters"]} <= EXTRA[service]
    else:
        refuse(state["Parameters"], operation.input_shape, name)
        given = {key.removesuffix(".$") for key in state["Parameters"]}
        assert {pascal(key) for key in operation.input_shape.required_members} <= given


@pytest.mark.parametrize("name, state", list(tasks()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_task_catches_and_retries_errors_that_exist(name, state):
    service, found, operation = model(state["Resource"])
    known = {shape.name if shape.name.endswith("Exception") else f"{shape.name}Exception" for shape in operation.error_shapes}
    prefix = {"codebuild": "CodeBuild", "codecommit": "CodeCommit", "ssm": "Ssm", "lambda": "Lambda"}[service]
    for handler in state["Retry"] + state["Catch"]:
        for error in handler["ErrorEquals"]:
            if error.startswith(("States.", "Gated.")) or service == "lambda" and error in ENDED:
                continue
            kind, error_name = error.split(".")
            assert kind == prefix, f"{name}: {error} is not of {prefix}"
            assert error_name in known | INTEGRATION, f"{name}: {operation.name} ends with none called {error_name}"
    last = state["Catch"][-1]["ErrorEquals"]
    assert last == ["States.ALL"], f"{name}: States.ALL stands alone and last"


def test_the_runbook_has_a_line_for_each_way_to_end_that_is_no_success():
    states = json.loads((ROOT / "infra/gate.asl.json").read_text())["States"].values()
    [table] = re.findall(r"\n\| ended with \|.*?\n\n", (ROOT / "infra/README.md").read_text(), re.S)
    told = {name for row in table.strip().splitlines()[2:] for name in re.findall(r"`([\w.]+)`", row.split("|")[1])}
    # Statuses of an execution that no state gives it (Step Functions API reference, DescribeExecution).
    assert told == {state["Error"] for state in states if state["Type"] == "Fail"} | {"TIMED_OUT", "ABORTED"}
