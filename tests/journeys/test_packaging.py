"""The command as people get it without Rust: a wheel, and a pre-commit hook that runs what the wheel brought."""

import os
import subprocess
import sys
import venv

import pytest

from sandbox import ROOT

MISSPELT = "version: 1\nstages:\n  test: make test\ncoverge: 80\n"


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


@pytest.fixture(scope="module")
def wheel(built, tmp_path_factory):
    """The wheel that `tests/run` has built; by hand, where nothing runs beside it, one built from what `cargo build` left."""
    built_before = os.environ.get("GATED_WHEEL")
    folder = ROOT / built_before if built_before else tmp_path_factory.mktemp("wheel")
    if not built_before:
        made = run(sys.executable, "-m", "maturin", "build", "--profile", "dev", "--strip", "--locked", "--offline",
                   "--out", folder, cwd=ROOT / "engine" / "cli")
        assert made.returncode == 0, made.stderr
    (wheel,) = folder.glob("gated-*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A fresh environment with the wheel in it."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", with_pip=True)
    pip = run(folder / "venv" / "bin" / "pip", "install", "--quiet", "--no-index", wheel)
    assert pip.returncode == 0, pip.stderr
    return folder / "venv" / "bin"


def commit(folder, files):
    """A git repository with these files in its first commit."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    for arguments in (["init", "--quiet"], ["add", "--all"],
                      ["-c", "user.name=ann", "-c", "user.email=ann@example.com", "commit", "--quiet", "-m", "Begin"]):
        run("git", *arguments, cwd=folder, check=True)


def stops_only_the_misspelt(project, hook):
    """Whether a hook, run on the project, finds its fault and is content once it is mended."""
    stopped = hook()
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert ".gated.yml:4:1" in stopped.stdout, stopped.stdout
    (project / ".gated.yml").write_text(MISSPELT.replace("coverge", "# coverge"))
    run("git", "add", "--all", cwd=project, check=True)
    passed = hook()
    assert passed.returncode == 0, passed.stdout + passed.stderr


def test_pip_install_of_the_wheel_gives_the_command(installed):
    answer = run(installed / "gated", "--version")
    assert (answer.returncode, answer.stdout.split()[0]) == (0, "gated")


def test_the_hook_of_this_repository_runs_the_installed_command(installed, scratch):
    environment = os.environ | {"PATH": f"{installed}:{os.environ['PATH']}", "PRE_COMMIT_HOME": str(scratch / "cache")}
    hooks, project = scratch / "hooks", scratch / "project"
    commit(hooks, {".pre-commit-hooks.yaml": (ROOT / ".pre-commit-hooks.yaml").read_text()})
    commit(project, {".gated.yml": MISSPELT})
    stops_only_the_misspelt(project, lambda: run(
        sys.executable, "-m", "pre_commit", "try-repo", hooks, "gated-lint", "--all-files", cwd=project, env=environment))


def test_the_hook_of_the_readme_installs_the_wheel_by_itself(wheel, scratch):
    _, _, hook = (ROOT / "README.md").read_text().partition("```yaml hook\n")
    project = scratch / "project"
    commit(project, {".pre-commit-config.yaml": hook.partition("```")[0], ".gated.yml": MISSPELT})
    # The folder of the wheel stands in for an index that has it; there is no command on the path and no network, so that
    # the empty package which pre-commit installs is built with the setuptools of its own environment.
    environment = os.environ | {"PRE_COMMIT_HOME": str(scratch / "cache"), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheel.parent),
                                "PIP_NO_BUILD_ISOLATION": "0", "VIRTUALENV_SETUPTOOLS": "bundle"}
    stops_only_the_misspelt(project, lambda: run(
        sys.executable, "-m", "pre_commit", "run", "gated-lint", "--all-files", cwd=project, env=environment))
