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
def installed(built, tmp_path_factory):
    """A fresh environment with the wheel in it; built from what `cargo build` left, so that nothing compiles twice."""
    folder = tmp_path_factory.mktemp("wheel")
    made = run(sys.executable, "-m", "maturin", "build", "--profile", "dev", "--strip", "--locked", "--offline",
               "--out", folder, cwd=ROOT / "engine" / "cli")
    assert made.returncode == 0, made.stderr
    (wheel,) = folder.glob("gated-*.whl")
    venv.create(folder / "venv", with_pip=True)
    pip = run(folder / "venv" / "bin" / "pip", "install", "--quiet", "--no-index", wheel)
    assert pip.returncode == 0, pip.stderr
    return folder / "venv" / "bin"


def test_pip_install_of_the_wheel_gives_the_command(installed):
    answer = run(installed / "gated", "--version")
    assert (answer.returncode, answer.stdout.split()[0]) == (0, "gated")


def test_the_pre_commit_hook_stops_a_commit_with_a_misspelt_key(installed, scratch):
    environment = os.environ | {"PATH": f"{installed}:{os.environ['PATH']}", "PRE_COMMIT_HOME": str(scratch / "cache")}
    hooks, project = scratch / "hooks", scratch / "project"
    for folder, name, text in ((hooks, ".pre-commit-hooks.yaml", (ROOT / ".pre-commit-hooks.yaml").read_text()),
                               (project, ".gated.yml", MISSPELT)):
        folder.mkdir()
        (folder / name).write_text(text)
        for arguments in (["init", "--quiet"], ["add", "--all"],
                          ["-c", "user.name=ann", "-c", "user.email=ann@example.com", "commit", "--quiet", "-m", "Begin"]):
            run("git", *arguments, cwd=folder, check=True)

    def hook():
        return run(sys.executable, "-m", "pre_commit", "try-repo", hooks, "gated-lint", "--all-files",
                   cwd=project, env=environment)

    stopped = hook()
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert ".gated.yml:4:1" in stopped.stdout
    (project / ".gated.yml").write_text(MISSPELT.replace("coverge", "# coverge"))
    run("git", "add", "--all", cwd=project, check=True)
    passed = hook()
    assert passed.returncode == 0, passed.stdout + passed.stderr
