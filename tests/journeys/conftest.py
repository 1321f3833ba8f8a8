"""What journeys start from: a sandbox, and repositories with unique names in it."""

import itertools
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from project import Hold, Repository
from sandbox import GATED, ROOT, Sandbox

names = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def built():
    """The program under test; `tests/run` has built it."""
    if not GATED.exists():
        subprocess.run(["cargo", "build", "--locked", "--quiet"], cwd=ROOT, check=True)


@pytest.fixture
def scratch():
    """A directory with a short name: what a test leaves in it is deleted."""
    directory = tempfile.mkdtemp(prefix="gated-")
    yield pathlib.Path(directory)
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def shared(built):
    """One sandbox for every journey that needs no other."""
    with tempfile.TemporaryDirectory(prefix="gated-", ignore_cleanup_errors=True) as home:
        sandbox = Sandbox(home).start()
        # A sweep that comes by itself would meet whichever journey runs at that minute.
        sandbox.aws("alice", "events", "put-rule", "--name", "gated-sweep", "--schedule-expression", "rate(1 day)")
        yield sandbox
        sandbox.stop()


@pytest.fixture
def sandbox(shared):
    assert shared.process.poll() is None, "the sandbox has died"
    return shared


@pytest.fixture
def own(built, scratch):
    """Makes sandboxes of the test's own: with a floor, or to be killed. Starts them, and ends them afterwards."""
    started = []

    def start(floor=None, *options):
        home = scratch / f"sandbox-{len(started)}"
        home.mkdir()
        started.append(Sandbox(home, floor, options).start())
        return started[-1]

    yield start
    left = [process for sandbox in started for process in sandbox.end()]
    assert left == [], "processes of builds outlived their sandbox"


@pytest.fixture
def repository(scratch, sandbox):
    """Makes repositories with `files` on `main`; in the shared sandbox unless another is named."""

    def make(files, name=None, within=None):
        made = Repository(within or sandbox, name or f"journey-{next(names)}", scratch)
        made.commit(files, "Begin")
        made.git("push", "--quiet", made.url, "HEAD:refs/heads/main")
        return made

    return make


@pytest.fixture
def hold(scratch):
    """Keeps builds running until the test lets them go."""
    holder = Hold(scratch)
    yield holder
    holder.let_go()
