"""LocalStack's open core as a process on loopback, without Docker: an emulator that others wrote. What it cannot take of the
stack is listed here with the reason, and held against what it says itself."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import time
import urllib.request

import boto3

from calls import ROOT

PYTHON = ROOT / "target/test-tools/localstack/bin/python"
REGION = "eu-central-1"
ACCOUNT = "000000000000"
# Resource types of the stack for which the open core makes nothing.
CANNOT = {
    "AWS::StepFunctions::StateMachineVersion": "no provider in the open core",
    "AWS::StepFunctions::StateMachineAlias": "no provider in the open core",
    "AWS::CloudWatch::Dashboard": "no provider in the open core",
    "Custom::ApprovalRuleTemplate": "no custom resources in the open core: the test sends CloudFormation's request itself",
}
# The same, of types that are there only where a deployment asks for them.
CANNOT_IF_ASKED = {"AWS::CodeBuild::ReportGroup": "no provider in the open core, as for everything of CodeBuild"}
# Made as a placeholder only, by its own words.
MOCKED = {"AWS::ECR::Repository"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class LocalStack:
    """One process. Functions run as processes of this machine (`processes.py`) and call the sandbox at `sandbox`."""

    def __init__(self, home, sandbox):
        self.home = pathlib.Path(home)
        self.endpoint = f"http://127.0.0.1:{free_port()}"
        register_plugin()
        plugin = self.home / "plugin"
        plugin.mkdir()
        for module in ("stack/processes.py", "journeys/runtime.py"):
            shutil.copy(ROOT / "tests" / module, plugin)
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {
            "GATEWAY_LISTEN": self.endpoint.removeprefix("http://"),
            "FILESYSTEM_ROOT": str(self.home / "files"),
            "TMPDIR": str(self.home),
            "LAMBDA_RUNTIME_EXECUTOR": "processes",
            "PYTHONPATH": str(plugin),
            "PYTHONDONTWRITEBYTECODE": "1",
            "GATED_SANDBOX": sandbox,
            # Nothing is asked of the network.
            "DISABLE_EVENTS": "1", "SKIP_SSL_CERT_DOWNLOAD": "1", "OVERRIDE_IN_DOCKER": "0", "DNS_ADDRESS": "0",
        }
        self.log = self.home / "localstack.log"
        (self.home / "files").mkdir()
        self.process = subprocess.Popen([PYTHON, "-m", "localstack.runtime.main"], cwd=self.home, env=environment,
                                        stdout=open(self.log, "wb"), stderr=subprocess.STDOUT)

    def wait(self, seconds=120):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            try:
                urllib.request.urlopen(f"{self.endpoint}/_localstack/health", timeout=5).read()
                return self
            except OSError:
                time.sleep(0.2)
        raise AssertionError(f"LocalStack is not there after {seconds} seconds: {self.log.read_text()[-2000:]}")

    def client(self, service):
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id="test",
                            aws_secret_access_key="test")

    def not_taken(self):
        """The resource types of which it says itself that it makes nothing."""
        return set(re.findall(r'No resource provider found for "([\w:]+)"', self.log.read_text()))

    def stop(self):
        self.process.kill()
        self.process.wait()


def register_plugin():
    [packages] = (PYTHON.parent.parent / "lib").glob("python3*/site-packages")
    about = packages / "gated_processes-1.dist-info"
    about.mkdir(exist_ok=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: gated-processes\nVersion: 1\n")
    (about / "entry_points.txt").write_text(
        "[localstack.lambda.runtime_executor]\nprocesses = processes:ProcessesPlugin\n")
