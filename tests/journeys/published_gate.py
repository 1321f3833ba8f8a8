"""A published project in a repository of its own, and pull requests against it as a person makes them: git and the AWS
command line. It knows no project."""

import re

from gate import VOTER, PullRequest
from project import Repository
from sandbox import ROOT, Refused

POLICIES = ROOT / "tests" / "fixtures" / "published"


class Published:
    """The project as shipped, and its `.gated.yml`, on `main`. `variables` are those of its policy's parameters."""

    def __init__(self, sandbox, name, archive, directory, variables):
        self.sandbox, self.variables = sandbox, variables
        self.repository = Repository(sandbox, name, directory)
        archive.unpack(self.repository.clone)
        policy = (POLICIES / f"{name}.gated.yml").read_text()
        (self.repository.clone / ".gated.yml").write_text(policy)
        self.repository.git("add", "--all", "--force")  # some archives ship files that their own .gitignore names
        self.repository.commit({}, f"{archive.name} {archive.version} as published")
        self.repository.git("push", "--quiet", self.repository.url, "HEAD:refs/heads/main")

    def open(self, title, changes):
        """A pull request for `path: (old, new)`: old text that is there once is replaced; None in its place appends."""
        branch = re.sub(r"\W+", "-", title).lower()
        self.repository.git("switch", "--quiet", "main")
        self.repository.push(branch, {path: self._changed(path, *change) for path, change in changes.items()}, "main")
        target = f"repositoryName={self.repository.name},sourceReference={branch},destinationReference=main"
        made = self.sandbox.aws("alice", "codecommit", "create-pull-request", "--title", title, "--targets", target)
        return PullRequest(self.sandbox, self.repository, made["pullRequest"]["pullRequestId"])

    def _changed(self, path, old, new):
        file = self.repository.clone / path
        text = file.read_text() if file.exists() else ""
        if old is None:
            return text + new
        assert text.count(old) == 1, f"{path} has {text.count(old)} times {old!r}"
        return text.replace(old, new)

    def on_main(self, path):
        """The text of a file at the tip of `main`, as git sees it there."""
        self.repository.git("fetch", "--quiet", self.repository.url, "refs/heads/main")
        return self.repository.git("show", f"FETCH_HEAD:{path}")


class Answer:
    """What the AWS command line tells of a pull request once the gate has judged it."""

    def __init__(self, pull):
        pull.verdict(seconds=180)
        self.pull, self.aws = pull, pull.sandbox.aws
        every = self.aws("alice", "codecommit", "get-comments-for-pull-request", "--pull-request-id", pull.id)
        self.comment, = [comment["content"] for group in every["commentsForPullRequestData"]
                         for comment in group["comments"] if comment["authorArn"] == VOTER]
        rules = self.aws("alice", "codecommit", "evaluate-pull-request-approval-rules", "--pull-request-id", pull.id,
                         "--revision-id", pull.revision)
        self.approved = rules["evaluation"]["approved"]

    def merge(self):
        """Merges as another person."""
        return self.aws("bob", "codecommit", "merge-pull-request-by-squash", "--pull-request-id", self.pull.id,
                        "--repository-name", self.pull.repository.name, "--source-commit-id", self.pull.commit)

    def refusal(self):
        """Why a merge is refused, in AWS's name for it; None when it was not."""
        try:
            self.merge()
        except Refused as refused:
            return refused.code
        return None
