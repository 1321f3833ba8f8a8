"""What the gate does with one pull request, watched with ordinary AWS clients alone."""

import json
import re

from sandbox import ACCOUNT, REGION, until

VOTER = f"arn:aws:sts::{ACCOUNT}:assumed-role/gated-voter/gated-voter"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:gated"


def artifacts(sandbox, prefix):
    """The keys that begin so in the gate's bucket."""
    found = sandbox.client("alice", "s3").list_objects_v2(Bucket="gated-artifacts", Prefix=prefix)
    return [item["Key"] for item in found.get("Contents", [])]


def voter(sandbox, **payload):
    """What the gate's voter answers to whoever invokes it."""
    answer = sandbox.client("alice", "lambda").invoke(FunctionName="gated-voter", Payload=json.dumps(payload).encode())
    return json.loads(answer["Payload"].read())


class PullRequest:
    """One pull request."""

    def __init__(self, sandbox, repository, number):
        self.sandbox, self.repository, self.id = sandbox, repository, number

    def _codecommit(self, user="alice"):
        return self.sandbox.client(user, "codecommit")

    @property
    def live(self):
        """The pull request as CodeCommit describes it now."""
        return self._codecommit().get_pull_request(pullRequestId=self.id)["pullRequest"]

    @property
    def revision(self):
        return self.live["revisionId"]

    @property
    def commit(self):
        """The source commit."""
        return self.live["pullRequestTargets"][0]["sourceCommit"]

    @property
    def project(self):
        """The name of its CodeBuild project."""
        plain = f"gated-{self.repository.name}-pr-{self.id}"
        if re.fullmatch(r"[\w-]+", plain, re.ASCII):
            return plain
        # A changed name has a hash in it: the number at its end is the pull request's, which is unique in the account.
        return next((name for name in self.projects() if name.endswith(f"-pr-{self.id}")), plain)

    def executions(self, revision=None):
        """Its executions, the newest first; those of one revision alone when it is given."""
        pages = self.sandbox.client("alice", "stepfunctions").get_paginator("list_executions")
        every = [e for page in pages.paginate(stateMachineArn=MACHINE) for e in page["executions"]]
        prefix = f"pr-{self.id}-" + (revision[:16] if revision else "")
        return [execution for execution in every if execution["name"].startswith(prefix)]

    def history(self, execution):
        """The names of the states that an execution entered, in their order."""
        client = self.sandbox.client("alice", "stepfunctions")
        pages = client.get_paginator("get_execution_history").paginate(executionArn=execution["executionArn"])
        events = [event for page in pages for event in page["events"]]
        return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]

    def builds(self):
        """Its builds, the newest first."""
        client = self.sandbox.client("alice", "codebuild")
        if self.project not in self.projects():
            return []
        ids = client.list_builds_for_project(projectName=self.project, sortOrder="DESCENDING")["ids"]
        return client.batch_get_builds(ids=ids)["builds"] if ids else []

    def projects(self):
        """The names of every CodeBuild project in the account."""
        pages = self.sandbox.client("alice", "codebuild").get_paginator("list_projects").paginate()
        return [name for page in pages for name in page["projects"]]

    def badge(self):
        """The parameters that are kept for its project."""
        path = f"/gated/projects/{self.project}"
        return self.sandbox.client("alice", "ssm").get_parameters_by_path(Path=path)["Parameters"]

    def comments(self):
        """Every comment, whoever wrote it."""
        data = self._codecommit().get_comments_for_pull_request(pullRequestId=self.id)["commentsForPullRequestData"]
        return [comment for group in data for comment in group["comments"]]

    def comment(self):
        """The gate's comment; None before there is one. A second one is a defect, whenever it is seen."""
        own = [comment for comment in self.comments() if comment["authorArn"] == VOTER]
        assert len(own) <= 1, f"the gate wrote {len(own)} comments on pull request {self.id}"
        return own[0]["content"] if own else None

    def votes(self, revision=None):
        """Who approves a revision, by default the live one."""
        answer = self._codecommit().get_pull_request_approval_states(
            pullRequestId=self.id, revisionId=revision or self.revision
        )
        return {a["userArn"] for a in answer["approvals"] if a["approvalState"] == "APPROVE"}

    def approved(self, revision=None):
        """Whether every approval rule is met."""
        answer = self._codecommit().evaluate_pull_request_approval_rules(
            pullRequestId=self.id, revisionId=revision or self.revision
        )
        return answer["evaluation"]["approved"]

    def vote(self, user, state="APPROVE"):
        """A person approves the live revision, or takes that back."""
        self._codecommit(user).update_pull_request_approval_state(
            pullRequestId=self.id, revisionId=self.revision, approvalState=state
        )

    def merge(self, user="bob"):
        return self._codecommit(user).merge_pull_request_by_squash(
            pullRequestId=self.id, repositoryName=self.repository.name
        )

    def close(self, user="alice"):
        self._codecommit(user).update_pull_request_status(pullRequestId=self.id, pullRequestStatus="CLOSED")

    def settled(self):
        """Waits until none of its executions is RUNNING."""
        until(f"the end of pull request {self.id}'s executions",
              lambda: all(execution["status"] != "RUNNING" for execution in self.executions()))

    def verdict(self, says="", seconds=30):
        """Waits until the gate's comment names the live commit, says so, and nothing runs for that revision; returns it."""
        def look():
            live = self.live
            commit, revision = live["pullRequestTargets"][0]["sourceCommit"], live["revisionId"]
            executions = self.executions(revision)
            text = self.comment()
            over = executions and all(execution["status"] != "RUNNING" for execution in executions)
            # What earlier gates of the pull request said stands below, and is no verdict on this revision.
            now = re.sub(r"### Earlier gate runs\n.*?(?=\nRun it again)", "", text or "", flags=re.DOTALL)
            return over and text and commit[:12] in text and says in now and text
        try:
            return until(f"the gate's verdict on pull request {self.id}", look, seconds)
        except AssertionError as error:
            states = [(e["name"], e["status"], self.history(e)) for e in self.executions()]
            raise AssertionError(f"{error}\nexecutions: {states}\ncomment: {self.comment()}") from None

    def building(self, hold, builds=1):
        """Waits until as many builds as said have reached their `hold`."""
        until(f"a build of pull request {self.id} that runs", lambda: hold.started() >= builds)
