"""Published archives, each by its registry's ordinary client, kept under `target/`: a second run downloads nothing.

Nothing that a client delivers is used before its SHA-256 is the one that is written down.
"""

import hashlib
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass

from sandbox import ROOT

STORE = ROOT / "target" / "test-tools" / "published"
WHEELS = STORE / "wheels"
NPM_PACKAGES = STORE / "npm-packages"


@dataclass(frozen=True)
class Archive:
    """One published version: `download(archive, directory)` puts its file into a directory."""

    name: str
    version: str
    file: str
    sha256: str
    download: object

    def path(self):
        """Where the checked archive lies."""
        kept = STORE / self.file
        if not kept.exists():
            STORE.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=STORE) as directory:
                self.download(self, pathlib.Path(directory))
                self._check(pathlib.Path(directory) / self.file)
                (pathlib.Path(directory) / self.file).rename(kept)
        return self._check(kept)

    def _check(self, file):
        found = hashlib.sha256(file.read_bytes()).hexdigest()
        assert found == self.sha256, f"{file} is not what was published: its SHA-256 is {found}"
        return file

    def unpack(self, directory):
        """Puts the project as shipped into an existing directory, without the one folder that archives wrap it in."""
        with tarfile.open(self.path()) as tar:
            for member in tar.getmembers():
                _, _, member.name = member.name.partition("/")
                if member.name:
                    tar.extract(member, directory, filter="data")


def run(*command, at, **variables):
    """Runs a registry's client; what it says is shown when it fails."""
    environment = {**os.environ, **{name: str(value) for name, value in variables.items()}}
    done = subprocess.run(command, cwd=at, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}"


def from_crates_io(archive, directory):
    """Cargo keeps what it fetched for a package that depends on it."""
    manifest = '[workspace]\n[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n'
    (directory / "Cargo.toml").write_text(f'{manifest}[dependencies]\n{archive.name} = "={archive.version}"\n')
    (directory / "lib.rs").touch()
    run("cargo", "fetch", "--quiet", at=directory)
    home = pathlib.Path(os.environ.get("CARGO_HOME") or pathlib.Path.home() / ".cargo")
    kept, *_ = home.glob(f"registry/cache/*/{archive.file}")
    (directory / archive.file).write_bytes(kept.read_bytes())


def from_pypi(archive, directory):
    """The source distribution alone."""
    run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
        f"{archive.name}=={archive.version}", at=directory)


def from_npm(archive, directory):
    run("npm", "pack", "--silent", f"{archive.name}@{archive.version}", at=directory)


def wheels(*requirements):
    """A directory with the wheels of these requirements and of what they need, for builds without a network."""
    return once(WHEELS, requirements, lambda directory: run(
        sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--dest", directory, *requirements,
        at=directory))


def npm_packages(*packages):
    """A directory with the archives of these npm packages, which npm installs by path, without a network or a cache."""
    return once(NPM_PACKAGES, packages, lambda directory: run("npm", "pack", "--silent", *packages, at=directory))


def once(directory, wanted, fill):
    """Fills a directory unless it was filled with just this by an earlier run."""
    ready = directory.with_name(f"{directory.name}.ready")
    if not ready.exists() or ready.read_text() != repr(wanted):
        directory.mkdir(parents=True, exist_ok=True)
        fill(directory)
        ready.write_text(repr(wanted))
    return directory
