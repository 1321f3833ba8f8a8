"""A plugin for LocalStack that runs functions as processes of this machine, where LocalStack's own way needs Docker. What they
call is the sandbox: LocalStack's open core has no CodeCommit and no CodeBuild."""

import json
import os
import types

from localstack.services.cloudformation.engine.v2 import change_set_model_executor
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from runtime import Runtime


class Kept:
    """What stays when a stack that was made is deleted. LocalStack knows the second name and does not act on it yet: it compares
    with the first one alone."""

    def __ne__(self, policy):
        return policy not in ("Retain", "RetainExceptOnCreate")


change_set_model_executor.DeletionPolicy = types.SimpleNamespace(Retain=Kept())


class Processes(RuntimeExecutor):
    runtime = None

    @classmethod
    def prepare_version(cls, function_version):
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        pass

    def start(self, env_vars):
        task = str(self.function_version.config.code.get_unzipped_code_location())
        # A function's files lie at /var/task on Lambda.
        environment = {name: str(value).replace("/var/task", task) for name, value in env_vars.items()}
        environment |= {"AWS_ENDPOINT_URL": os.environ["GATED_SANDBOX"], "AWS_ACCESS_KEY_ID": "functions"}
        self.runtime = Runtime(f"{task}/bootstrap", environment, self.function_version.id.function_name)

    def invoke(self, payload):
        kind, answer = self.runtime.call(json.loads(payload["payload"]))
        body = json.dumps(answer).encode()
        return InvocationResult(request_id=payload["invoke-id"], payload=body, is_error=kind == "error", logs="")

    def stop(self):
        if self.runtime is not None:
            self.runtime.stop()

    def get_address(self):
        return "127.0.0.1"

    def get_endpoint_from_executor(self):
        return "127.0.0.1"

    def get_runtime_endpoint(self):
        return ""

    def get_logs(self):
        return ""


class ProcessesPlugin(RuntimeExecutorPlugin):
    name = "processes"

    def load(self, *args, **kwargs):
        return Processes
