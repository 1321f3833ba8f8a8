"""cargo-nextest, cargo-llvm-cov and LLVM's tools, which `tests/run` puts into one directory. It installs nothing."""

import os
import re
import subprocess

from sandbox import ROOT

DIRECTORY = ROOT / "target" / "test-tools" / "rust"
LLVM = DIRECTORY / "llvm" / "bin"


def variables():
    """What a build needs in its environment to find them. These tools of LLVM were built without zlib."""
    return {"PATH": f"{DIRECTORY / 'bin'}:{os.environ['PATH']}", "RUSTFLAGS": "-Cllvm-args=-enable-name-compression=false",
            "LLVM_COV": str(LLVM / "llvm-cov"), "LLVM_PROFDATA": str(LLVM / "llvm-profdata")}


def missing():
    """Why they cannot measure here, or None when they can."""
    for tool in (DIRECTORY / "bin" / "cargo-nextest", DIRECTORY / "bin" / "cargo-llvm-cov", LLVM / "llvm-profdata"):
        if not tool.exists():
            return f"{tool.name} is not under {DIRECTORY.relative_to(ROOT)}"
    compiler, tools = major("rustc", "-vV"), major(LLVM / "llvm-cov", "--version")
    # What a newer LLVM writes, an older one does not read.
    return f"rustc has LLVM {compiler}, and its tools are of {tools}" if compiler > tools else None


def major(*command):
    """The major version of LLVM that a program tells."""
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return int(re.search(r"LLVM version:? (\d+)", told).group(1))
