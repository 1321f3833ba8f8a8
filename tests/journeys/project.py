"""Small projects in real git repositories: their stages are lines of bash that write reports."""

import os
import pathlib
import subprocess
import tempfile
from xml.sax.saxutils import quoteattr

from gate import PullRequest

POLICY = """\
version: 1
stages:
  test:
    run: ./test.sh
    reports: [{format: junit, files: out/junit.xml}]
"""


def junit(passed=2, failed=None, errors=None):
    """A JUnit report: `passed` green cases, and a red one for each `name: message` of `failed`."""
    cases = [f'<testcase classname="suite" name="good {n}" time="0.01"/>' for n in range(passed)]
    for name, message in (failed or {}).items():
        failure = f"<failure message={quoteattr(message)}>at line 7</failure>"
        cases.append(f'<testcase classname="suite" name={quoteattr(name)} time="0.01">{failure}</testcase>')
    return f"<testsuite name=\"suite\">{''.join(cases)}</testsuite>"


def cobertura(covered, lines, path="src/lib.sh"):
    """A Cobertura report on one file of `lines` coverable lines, the first `covered` of which are covered."""
    rows = "".join(f'<line number="{n}" hits="{int(n <= covered)}"/>' for n in range(1, lines + 1))
    one = f'<class name="lib" filename="{path}" line-rate="0"><lines>{rows}</lines></class>'
    return (
        '<?xml version="1.0"?><coverage line-rate="0" version="1"><sources><source>.</source></sources>'
        f'<packages><package name="p"><classes>{one}</classes></package></packages></coverage>'
    )


def lcov(covered, lines, path="src/lib.sh"):
    """The same as an LCOV trace file."""
    rows = "".join(f"DA:{n},{int(n <= covered)}\n" for n in range(1, lines + 1))
    return f"TN:\nSF:{path}\n{rows}LF:{lines}\nLH:{covered}\nend_of_record\n"


def script(writes=None, then="exit 0"):
    """A bash script that writes files, `path: text`, and ends as `then` says."""
    parts = ["#!/usr/bin/env bash", "set -euo pipefail", "mkdir -p out"]
    parts += [f"cat > {path} <<'END_OF_FILE'\n{text}\nEND_OF_FILE" for path, text in (writes or {}).items()]
    return "\n".join([*parts, then, ""])


def suite(passed=2, failed=None, exit_code=None):
    """A test script as a test runner behaves: it reports its cases and fails when one failed."""
    code = (1 if failed else 0) if exit_code is None else exit_code
    return script({"out/junit.xml": junit(passed, failed)}, f"exit {code}")


GREEN = {".gated.yml": POLICY, "test.sh": suite(), "src/lib.sh": "true\n"}
RED = suite(failed={"adds up": "expected 4, got 5"})


class Hold:
    """Keeps a build running until the test lets it go on, without any clock."""

    def __init__(self, directory):
        self.directory = pathlib.Path(tempfile.mkdtemp(dir=directory))

    def script(self, after=None):
        """A script that says that it runs, waits, then does what `after` (a script) does."""
        wait = f"echo $$ >> {self.directory}/started; until [ -e {self.directory}/go ]; do sleep 0.02; done"
        return "#!/usr/bin/env bash\n" + wait + "\n" + (after or suite())

    def started(self):
        """How many builds have reached the point where they wait."""
        file = self.directory / "started"
        return len(file.read_text().split()) if file.exists() else 0

    def let_go(self):
        """Lets every build go on that waits now or will."""
        (self.directory / "go").touch()

    def keep(self):
        """From now on builds wait again."""
        (self.directory / "go").unlink(missing_ok=True)


class Repository:
    """A CodeCommit repository and a clone of it. Everything goes over git's own protocol, without credentials."""

    def __init__(self, sandbox, name, directory, user="alice"):
        self.sandbox, self.name, self.user = sandbox, name, user
        sandbox.client(user, "codecommit").create_repository(repositoryName=name)
        self.clone = pathlib.Path(tempfile.mkdtemp(dir=directory)) / "clone"
        self.git("init", "--quiet", "--initial-branch=main", str(self.clone), at=directory)

    @property
    def url(self):
        return f"{self.sandbox.endpoint}/v1/repos/{self.name}"

    def git(self, *arguments, at=None):
        """Runs git without anybody's settings; asking for credentials would fail."""
        person = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER")
                  for key, value in (("NAME", self.user), ("EMAIL", f"{self.user}@example.com"))}
        quiet = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0",
                 "GIT_ASKPASS": "/bin/false", "HOME": "/nonexistent"}
        done = subprocess.run(["git", *arguments], cwd=at or self.clone, env={**os.environ, **person, **quiet},
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
        return done.stdout.strip()

    def commit(self, files, message="Change"):
        """Writes `path: text` (None deletes) and commits; scripts become executable. Returns the commit's id."""
        for path, text in files.items():
            file = self.clone / path
            if text is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            if path.endswith(".sh"):
                file.chmod(0o755)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def push(self, branch, files, start=None):
        """Commits onto `branch` (made from `start` when it is new) and pushes. Returns the commit's id."""
        if start:
            self.git("switch", "--quiet", "--create", branch, start)
        commit = self.commit(files)
        self.git("push", "--quiet", self.url, f"HEAD:refs/heads/{branch}")
        return commit

    def open(self, files, title="A change", user="alice", branch="feature", destination="main", start="main"):
        """Pushes a new branch and opens a pull request for it."""
        self.push(branch, files, start)
        target = {"repositoryName": self.name, "sourceReference": branch, "destinationReference": destination}
        answer = self.sandbox.client(user, "codecommit").create_pull_request(title=title, targets=[target])
        return self.pull(answer["pullRequest"]["pullRequestId"])

    def pull(self, number):
        """A pull request of this repository that is open already."""
        return PullRequest(self.sandbox, self, number)
