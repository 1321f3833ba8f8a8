"""One `gated sandbox start` process, and the AWS clients that call it. It knows nothing of the gate."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time

import boto3
import botocore.config

ROOT = pathlib.Path(__file__).resolve().parents[2]
GATED = pathlib.Path(os.environ.get("GATED_BIN", ROOT / "target" / "debug" / "gated"))
ACCOUNT = "111122223333"
REGION = "us-east-1"


class Refused(Exception):
    """The AWS command line ended with an error: `code` is AWS's name for it."""

    def __init__(self, stderr):
        super().__init__(stderr.strip())
        found = re.search(r"An error occurred \((\w+)\)", stderr)
        self.code = found.group(1) if found else None


def until(what, look, seconds=30):
    """Asks `look` again and again until it returns something true, and returns that."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} seconds for {what}, in vain; last: {found!r}")
        time.sleep(0.02)


class Sandbox:
    """A sandbox on a data directory of its own. It can be killed and started again."""

    def __init__(self, home, floor=None, options=()):
        self.home = pathlib.Path(home)
        self.options = options
        self.program = GATED
        self.data = self.home / "data"
        self.floor = self.home / "floor.yml" if floor else None
        if floor:
            self.floor.write_text(floor)
        self.process = None
        self.endpoint = None
        self._clients = {}

    def start(self, listen="127.0.0.1:0"):
        """Starts the process and waits for its `ready` line."""
        command = [self.program, "sandbox", "start", "--listen", listen, "--data", self.data, *self.options]
        if self.floor:
            command += ["--floor", self.floor]
        log = open(self.home / "sandbox.log", "ab")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        line = self.process.stdout.readline().split()
        assert line[:1] == ["ready"], f"no ready line but {line!r}; {(self.home / 'sandbox.log').read_text()}"
        self.endpoint = line[1]
        self._clients.clear()
        return self

    def kill(self):
        """SIGKILL: no chance to say goodbye."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Ctrl-C, and the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=20)

    def end(self):
        """Ends the process and the builds that run in it; returns what of them is left, which should be nothing."""
        if self.process.poll() is not None:
            # What a kill left behind is ended by the next start.
            self.options = ()
            self.start()
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.kill()
        return self.build_processes()

    def build_processes(self):
        """Ids of the processes of its builds: their environment names the place where they work."""
        found = []
        for environment in pathlib.Path("/proc").glob("[0-9]*/environ"):
            try:
                if f"CODEBUILD_SRC_DIR={self.data}/".encode() in environment.read_bytes():
                    found.append(int(environment.parent.name))
            except OSError:
                pass  # it ended meanwhile, or is somebody else's
        return found

    def environment(self, user):
        """The environment variables that make AWS's programs and gated's call this sandbox as `user`."""
        ours = {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": user,
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
        }
        return {**{k: v for k, v in os.environ.items() if not k.startswith("AWS_")}, **ours}

    def aws(self, user, *arguments):
        """Runs the AWS command line as `user` and returns its JSON; an error is `Refused`."""
        program = pathlib.Path(os.sys.executable).parent / "aws"
        command = [program, *(str(argument) for argument in arguments)]
        done = subprocess.run(command, env=self.environment(user), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60)
        if done.returncode:
            raise Refused(done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def client(self, user, service):
        """A boto3 client of `service` that signs as `user`. It never tries twice: an error is an answer."""
        if (user, service) not in self._clients:
            self._clients[user, service] = boto3.session.Session().client(
                service,
                endpoint_url=self.endpoint,
                region_name=REGION,
                aws_access_key_id=user,
                aws_secret_access_key="any",
                config=botocore.config.Config(retries={"total_max_attempts": 1}),
            )
        return self._clients[user, service]

    def gated(self, user, *arguments):
        """Runs `gated` itself as `user`; returns the finished process, whatever its exit code."""
        command = [GATED, *arguments]
        return subprocess.run(command, env=self.environment(user), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60)
