"""Managed policies of the deployment that people have: IAM deletes none of them, so that `gated teardown` refuses first."""

import urllib.parse

import pytest

from account import Account

ARN = "arn:aws:iam::111122223333:policy/"
KINDS = {"role": ("PolicyRoles", "RoleName"), "group": ("PolicyGroups", "GroupName"), "user": ("PolicyUsers", "UserName")}


class Attached(Account):
    """An account with managed policies: `holders` of each, as kind, name and usage. It answers one of a list a page."""

    holders = {}

    def answer(self, request, body):
        form = dict(urllib.parse.parse_qsl(body.decode(errors="replace")))
        if form.get("Action") == "ListPolicies":
            assert form["Scope"] == "Local"
            policies = [f"<PolicyName>{name}</PolicyName><Arn>{ARN}{name}</Arn>" for name in self.holders]
            return self.page(form, [("Policies", policy) for policy in policies])
        if form.get("Action") == "ListEntitiesForPolicy":
            held = [(KINDS[kind], name) for kind, name, usage in self.holders[form["PolicyArn"].removeprefix(ARN)]
                    if usage == form["PolicyUsageFilter"]]
            return self.page(form, [(listed, f"<{tag}>{name}</{tag}>") for (listed, tag), name in held])
        return super().answer(request, body)

    @staticmethod
    def page(form, members):
        at = int(form.get("Marker", "0"))
        shown = "".join(f"<{listed}><member>{member}</member></{listed}>" for listed, member in members[at:at + 1])
        more = f"<IsTruncated>true</IsTruncated><Marker>{at + 1}</Marker>" if at + 1 < len(members) else "<IsTruncated>false</IsTruncated>"
        name = form["Action"]
        xml = f"<{name}Response><{name}Result>{shown}{more}</{name}Result></{name}Response>"
        return 200, [("content-type", "text/xml")], xml.encode()


OURS = {
    "gated-build-boundary-us-east-1": [("role", "gated-build-us-east-1", "PermissionsBoundary"),
                                       ("role", "gated-build-0a1b2c3d-us-east-1", "PermissionsBoundary")],
    "gated-guard-branches-us-east-1": [],
    "gated-guard-builds-2-us-east-1": [],
}
THEIRS = {
    "somebody-elses": [("role", "Developers", "PermissionsPolicy")],
    "gated-guard-branches-eu-west-1": [("role", "Developers", "PermissionsPolicy")],
    "gated-guard-guard-branches-us-east-1": [("role", "Developers", "PermissionsPolicy")],
}


@pytest.fixture
def account(own):
    made = Attached(own())
    made.holders = OURS | THEIRS
    return made


def teardown(account, *arguments):
    return account.sandbox.gated("alice", "teardown", "--endpoint-url", account.endpoint, *arguments)


@pytest.mark.parametrize("policy, kind, name, usage, command", [
    ("guard-branches", "role", "Developers", "PermissionsPolicy", "aws iam detach-role-policy --role-name Developers --policy-arn"),
    ("guard-builds-2", "group", "People", "PermissionsPolicy", "aws iam detach-group-policy --group-name People --policy-arn"),
    ("guard-branches", "user", "bob", "PermissionsBoundary", "aws iam delete-user-permissions-boundary --user-name bob"),
    ("build-boundary", "role", "profile", "PermissionsBoundary", "aws iam delete-role-permissions-boundary --role-name profile"),
])
def test_teardown_deletes_nothing_while_somebody_has_a_policy_of_the_deployment(account, policy, kind, name, usage, command):
    whole = f"gated-{policy}-us-east-1"
    account.holders = account.holders | {whole: [*OURS[whole], (kind, name, usage)]}
    for arguments in ["--yes"], ["--dry-run"]:
        refused = teardown(account, *arguments)
        assert refused.returncode == 1 and "nothing was deleted" in refused.stdout, refused
        [told] = [line for line in refused.stdout.splitlines() if " has " in line and "aws iam" in line]
        assert f"the {kind} {name} has {whole}" in told and command in told
    rules = account.sandbox.client("alice", "events").list_rules(NamePrefix="gated-")["Rules"]
    assert {rule["State"] for rule in rules} == {"ENABLED"}


def test_teardown_goes_on_where_only_the_deployments_own_roles_have_them(account):
    done = teardown(account, "--yes")
    assert done.returncode == 0 and "now cdk destroy" in done.stdout and "policies" not in done.stderr, done


def test_teardown_says_when_iam_does_not_tell_who_has_them(own):
    done = own().gated("alice", "teardown", "--yes")
    assert done.returncode == 0 and "nobody knows whether somebody has the policies gated-guard-" in done.stderr, done
