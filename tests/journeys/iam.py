"""IAM in place of AWS's: what its policy simulator answers, in AWS's order and form, and its lists of users and roles. Facts:
`tests/fixtures/iam`. It evaluates no policies: a test says what is allowed."""

import json
import urllib.parse

ACCOUNT = "arn:aws:iam::111122223333:"
STATEMENT = """<member><SourcePolicyId>{}</SourcePolicyId><EndPosition><Column>84</Column><Line>1</Line></EndPosition>
<SourcePolicyType>IAM Policy</SourcePolicyType><StartPosition><Column>38</Column><Line>1</Line></StartPosition></member>"""


class Iam:
    """`allowed`: the actions that all people may call, `allowed_on`: on one branch, `allowed_to`: one user or role;
    `administrators`: who may call all. `missing`: the
    condition keys that people's policies ask for; `guard`: the policy that denies; `lost`: actions that are not answered.
    `asked`: the questions about people, `asked_of_builds`: those about roles of builds.
    `organization`: whether a service control policy with conditions is there, which the simulator takes for a denial of all;
    `page`: results in an answer; `busy`: how many of the next calls are throttled; `trust`: who may take a role, where
    that is not its service alone."""

    def __init__(self):
        self.allowed, self.allowed_on, self.allowed_to, self.administrators = set(), {}, {}, set()
        self.missing, self.guard, self.lost, self.page, self.busy = [], None, set(), 1000, 0
        self.trust, self.organization = {}, False
        self.users, self.roles = [f"{ACCOUNT}user/alice"], []
        self.asked, self.asked_of_builds, self.calls = [], [], []

    def answer(self, form):
        action = form["Action"]
        self.calls.append(action)
        if self.busy:
            self.busy -= 1
            error = "<Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error>"
            return 400, f'<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">{error}</ErrorResponse>'
        result = getattr(self, action)(form)
        return 200, f"""<{action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><{action}Result>{result}</{action}Result>
<ResponseMetadata><RequestId>896e97bd-ff20-47d0-9f91-5d696EXAMPLE</RequestId></ResponseMetadata></{action}Response>"""

    def paged(self, form, name, members):
        """The page of a list that `Marker` asks for, with what AWS says of the next one."""
        first = int(form.get("Marker", 0))
        last = first + min(self.page, int(form.get("MaxItems", 100)))
        more = f"<IsTruncated>true</IsTruncated><Marker>{last}</Marker>" if last < len(members) else "<IsTruncated>false</IsTruncated>"
        return f"{more}<{name}>{''.join(f'<member>{text}</member>' for text in members[first:last])}</{name}>"

    def SimulatePrincipalPolicy(self, form):
        who = form["PolicySourceArn"]
        builds = "/gated-build" in who
        if "Marker" not in form:
            (self.asked_of_builds if builds else self.asked).append(form)
        actions, resources = ([v for k, v in form.items() if k.startswith(f"{kind}.member.")] for kind in ("ActionNames", "ResourceArns"))
        values = {v for k, v in form.items() if k.startswith("ContextEntries.") and "Values" in k}
        of_people = () if builds else (self.allowed, *(actions for branch, actions in self.allowed_on.items() if branch in values))
        allowed = set().union(self.allowed_to.get(who, ()), *of_people)
        guard, missing = (None, ()) if builds else (self.guard, self.missing)
        results = [self.result(action, resources, who in self.administrators or action in allowed, guard, missing)
                   + (self.ceilings(builds) if self.organization else "") for action in actions if action not in self.lost]
        return self.paged(form, "EvaluationResults", results)

    @staticmethod
    def result(action, resources, allowed, guard, missing):
        decision = "allowed" if allowed else "explicitDeny" if guard else "implicitDeny"
        by = "user_mateo_Everything" if allowed else guard
        matched = f"<MatchedStatements>{STATEMENT.format(by) if by else ''}</MatchedStatements>"
        keys = "".join(f"<member>{key}</member>" for key in missing)
        each = "".join(
            f"<member>{matched}<EvalResourceDecision>{decision}</EvalResourceDecision><MissingContextValues>{keys}"
            f"</MissingContextValues><EvalResourceName>{resource}</EvalResourceName></member>" for resource in resources if resource != "*")
        return (f"<EvalDecisionDetails/>{matched}<MissingContextValues>{'' if each else keys}</MissingContextValues>"
                f"<EvalResourceName>{resources[0]}</EvalResourceName><EvalDecision>{decision}</EvalDecision>"
                f"<EvalActionName>{action}</EvalActionName><ResourceSpecificResults>{each}</ResourceSpecificResults>")

    @staticmethod
    def ceilings(bounded):
        """What stands above policies: the organisation, and the boundary that roles of builds have."""
        boundary = "<AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary>"
        return ("<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations></OrganizationsDecisionDetail>"
                + (f"<PermissionsBoundaryDecisionDetail>{boundary}</PermissionsBoundaryDecisionDetail>" if bounded else ""))

    def GetRole(self, form):
        name = form["RoleName"]
        service = "codebuild" if "-build" in name or name == "theirs" else "states" if "-states" in name else "lambda"
        principal = self.trust.get(name, {"Service": f"{service}.amazonaws.com"})
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}
        document = urllib.parse.quote(json.dumps(policy), safe="")
        return f"""<Role><Path>/team/</Path><AssumeRolePolicyDocument>{document}</AssumeRolePolicyDocument>
<RoleName>{form['RoleName']}</RoleName><Arn>{ACCOUNT}role/team/{form['RoleName']}</Arn></Role>"""

    def ListUsers(self, form):
        return self.paged(form, "Users", [f"<Path>/</Path><Arn>{arn}</Arn>" for arn in self.users])

    def ListRoles(self, form):
        return self.paged(form, "Roles", [f"<Path>/</Path><Arn>{arn}</Arn>" for arn in self.roles])
