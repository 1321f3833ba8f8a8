"""What each role of a stack has to be allowed, and no more: actions by the calls of its code, the tasks of the state machine and
what services do for it by their documents; resources by the names of one deployment. It reads nothing of the stack's sources."""

import functools
import hashlib
import json
import re
from dataclasses import dataclass

from policy_sentry.querying.actions import get_action_data

from calls import function_calls, iam, machine_calls
from template import role_part, text

FUNCTIONS = ["intake", "judge", "voter", "sweeper", "approval-rule"]
# Lambda developer guide: execution role (logs), X-Ray, dead-letter queues of what is called without waiting.
LAMBDA = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}
DEAD_LETTERS = {name: {"sqs:SendMessage"} for name in ("intake", "sweeper", "approval-rule")}
# Step Functions developer guide: "Logging using CloudWatch Logs" (delivery), "IAM policies for X-Ray".
MACHINE = {
    "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
    "xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments",
}
# S3 decrypts for whoever reads what a build of a profile with a key has left (KMS developer guide, S3).
KEYS_OF_FUNCTIONS = {"judge": {"kms:Decrypt"}}
# What a build does: the words of the program that make it do so, where they stand, and the actions that this takes by the user
# guides of CodeBuild (service role, VPC, test report permissions, private images) and ECR ("IAM permissions for pushing an image").
PROJECT, SCRIPT = "engine/render/src/project.rs", "engine/render/src/script.rs"
BUILD = {
    "source": ('"Source": {"Type": "CODECOMMIT"', PROJECT, {"codecommit:GitPull"}),
    "log": ('"LogsConfig"] =', PROJECT, {"logs:CreateLogStream", "logs:PutLogEvents"}),
    "results": ('"Artifacts"] = json!({', PROJECT, {"s3:PutObject"}),
    "bucket": ('"Artifacts"] = json!({', PROJECT, {"s3:GetBucketAcl", "s3:GetBucketLocation"}),
    "login": ("aws ecr get-login-password | docker login", SCRIPT, {"ecr:GetAuthorizationToken"}),
    "push": ('docker push "$image"', SCRIPT, {
        "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload",
        "ecr:PutImage", "ecr:UploadLayerPart"}),
    "images": ('else { "SERVICE_ROLE" }', PROJECT, {
        "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}),
    "reports": ("fn report_groups", "engine/render/src/report_groups.rs", {
        "codebuild:BatchPutCodeCoverages", "codebuild:BatchPutTestCases", "codebuild:CreateReport", "codebuild:UpdateReport"}),
    "parameters": ("parameter_store: Map", "engine/render/src/buildspec.rs", {"ssm:GetParameters"}),
    "secrets": ("secrets_manager: Map", "engine/render/src/buildspec.rs", {"secretsmanager:GetSecretValue"}),
    "keys": ('"EncryptionKey"', PROJECT, {"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"}),
    "look": ('"VpcConfig"', PROJECT, {
        "ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
        "ec2:DescribeVpcs"}),
    "join": ('"VpcConfig"', PROJECT, {"ec2:CreateNetworkInterface"}),
    "leave": ('"VpcConfig"', PROJECT, {"ec2:DeleteNetworkInterface"}),
    "lend": ('"VpcConfig"', PROJECT, {"ec2:CreateNetworkInterfacePermission"}),
}
# Beginnings of the keys that a function reads and writes (`engine/lambda/src/records.rs` says what lies there).
READS = {"intake": ["plans", "evidence"], "judge": ["builds", "plans", "evidence", "decisions"],
         "voter": ["plans", "evidence", "decisions"], "sweeper": ["plans", "evidence", "decisions"]}
WRITES = {"intake": ["plans"], "judge": ["plans", "evidence", "decisions"], "sweeper": ["plans"]}


@dataclass(frozen=True)
class Deployment:
    """What a stack was asked for."""

    service: str
    repositories: tuple = ()
    patterns: tuple = ()
    images: tuple = ()
    secrets: tuple = ()
    aliases: tuple = ()
    roles: tuple = ()
    reports: tuple = ()
    # Subnets and security groups, of profiles without and with a role of their own.
    network: tuple = ()
    others: tuple = ()

    def prefix(self, repository="*"):
        """What the names of a repository's projects begin with, see `gated_core::names::project_name`."""
        own = self.service.replace("-", "_") + "-"
        if re.search(r"[*?{]", repository):
            return own
        legal = re.sub("-pr(?=-|$)", "_pr", re.sub("[^A-Za-z0-9_-]", "-", repository))
        return f"{own}{legal}-pr-" if legal == repository else f"{own}{legal[:98]}-{sha(repository)}-pr-"


def sha(name):
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def short(arn):
    """An ARN of this account and region without what they are called: `codecommit:demo`."""
    found = text(arn).replace("arn:{AWS::Partition}:", "").replace("111122223333", "{AWS::AccountId}")
    return found.replace(":{AWS::Region}:{AWS::AccountId}:", ":").replace(":{AWS::Region}:*:", ":*:")


def granted(template, owner):
    """`(action, resource, condition)` of all that a role, or the boundary, allows."""
    found = set()
    for statement in template.statements(owner):
        condition = json.dumps(shortened(statement.condition), sort_keys=True) if statement.condition else ""
        for action in statement.actions:
            found |= {(action if statement.effect == "Allow" else f"{statement.effect} {action}", short(resource), condition)
                      for resource in statement.resources}
    return found


def shortened(condition):
    if isinstance(condition, dict) and not (len(condition) == 1 and next(iter(condition)).startswith(("Fn::", "Ref"))):
        return {name: shortened(inside) for name, inside in condition.items()}
    return [short(one) for one in condition] if isinstance(condition, list) else short(condition)


def needed(template, asked, owner):
    """The same, of all that it has to do."""
    of_stack = Stack(template, asked)
    if owner in FUNCTIONS:
        return of_stack.function(owner)
    if owner == "states":
        return of_stack.machine()
    if owner == boundary(template):
        return of_stack.build([*asked.repositories, *asked.patterns], ["*"], asked.network + asked.others)
    if owner == "build":
        own = list(asked.patterns or asked.repositories[:1])
    else:
        own = [name for name in asked.repositories if owner == f"build-{sha(name)}"]
    return of_stack.build(own, own, asked.network)


def boundary(template):
    [name] = [name for name in template.of_type("AWS::IAM::ManagedPolicy") if "Boundary" in name]
    return name


def faults(template, asked, owner):
    """What is too much in a role's policy, and what is missing."""
    have, want = granted(template, owner), needed(template, asked, owner)
    return [f"{owner} may {' '.join(one)}, and needs it for nothing" for one in sorted(have - want)] + \
        [f"{owner} needs {' '.join(one)}, and may not" for one in sorted(want - have)]


@functools.cache
def calls(owner):
    return iam(machine_calls()) if owner == "states" else iam(function_calls(owner.replace("-", "_")))


@functools.cache
def knows_no_resource(action):
    [rows] = get_action_data(*action.split(":")).values()
    return {row["resource_arn_format"] for row in rows} == {"*"}


class Stack:
    """The resources of one template, by what they are."""

    def __init__(self, template, asked):
        self.template, self.asked = template, asked
        self.bucket, self.images = (f"{{{template.one(kind)[0]}.Arn}}" for kind in ("AWS::S3::Bucket", "AWS::ECR::Repository"))
        self.repositories = [f"codecommit:{name}" for name in (*asked.repositories, *asked.patterns)]
        self.projects = f"codebuild:project/{asked.prefix()}*"

    def named(self, kind, part):
        """The logical id of the one of this type that has this in its id."""
        [name] = [name for name in self.template.of_type(kind) if re.fullmatch(f"{part}[0-9A-F]{{8}}", name)]
        return name

    def streams(self, group, begin=""):
        return f"logs:log-group:{{{self.named('AWS::Logs::LogGroup', group)}}}:log-stream:{begin}*"

    def under(self, prefixes):
        return [f"{self.bucket}/{prefix}/*" for prefix in prefixes]

    def function(self, name):
        service = self.asked.service
        executions, machine = f"states:execution:{service}:*", f"states:stateMachine:{service}"
        to = {
            "logs": [self.streams(f"Functions{name.replace('-', '')}log")],
            "logs:GetLogEvents": [self.streams("StorageBuildLogs")],
            "sqs": [f"{{{self.named('AWS::SQS::Queue', 'FunctionsFailed')}.Arn}}"],
            "codecommit": self.repositories,
            "codebuild": [self.projects],
            "ecr": [self.images],
            "s3:GetObject": self.under(READS.get(name, [])),
            "s3:PutObject": self.under(WRITES.get(name, [])),
            "s3:PutObjectRetention": self.under(["decisions"]),
            "s3:ListBucket": [self.bucket],
            "states": [executions],
            "states:StartExecution": [machine, f"{machine}:live"],
            "states:ListExecutions": [machine],
            "ssm:GetParametersByPath": [f"ssm:parameter/{service}/projects"],
        }
        return allowed(calls(name) | LAMBDA | DEAD_LETTERS.get(name, set()), to) | self.keys(KEYS_OF_FUNCTIONS.get(name, set()))

    def machine(self):
        badges = [f"ssm:parameter/{self.asked.service}/projects/*"]
        roles = [f"{{{name}.Arn}}" for name, role in self.template.of_type("AWS::IAM::Role").items()
                 if role_part(role).startswith("build")]
        to = {
            "lambda": [f"{{{self.named('AWS::Lambda::Function', f'Functions{name}')}.Arn}}:*" for name in ("judge", "voter")],
            "ssm:GetParameter": [f"ssm:parameter{{{self.template.one('AWS::SSM::Parameter')[0]}}}"],
            "ssm:PutParameter": badges,
            "ssm:DeleteParameter": badges,
            "codecommit": self.repositories,
            "codebuild": [self.projects],
            "events": ["events:rule/StepFunctionsGetEventForCodeBuildStartBuildRule"],
        }
        lent = {"StringEquals": {"iam:PassedToService": "codebuild.amazonaws.com"}}
        return allowed((calls("states") | MACHINE) - {"iam:PassRole"}, to) | \
            allowed({"iam:PassRole"}, {"iam": [*roles, *self.asked.roles]}, lent)

    def build(self, repositories, projects, network):
        asked = self.asked
        prefixes = sorted({asked.prefix(name) for name in projects})
        to = {
            "source": ([f"codecommit:{name}" for name in repositories], None),
            "log": ([self.streams("StorageBuildLogs", prefix) for prefix in prefixes], None),
            "results": (self.under(["builds/${codebuild:projectArn}"]), None),
            "bucket": ([self.bucket], None),
            "login": (None, None),
            "push": ([self.images], None),
        }
        if asked.images:
            to["images"] = (list(asked.images), None)
        if asked.reports:
            to["reports"] = ([f"codebuild:report-group/{asked.service}-{name}" for name in asked.reports], None)
        if asked.secrets:
            to["parameters"] = ([f"ssm:parameter/{name.removeprefix('/')}*" for name in asked.secrets], None)
            to["secrets"] = ([f"secretsmanager:secret:{name.removeprefix('/')}*" for name in asked.secrets], None)
        if network:
            subnets = [f"ec2:*:{one}" for one in network if one.startswith("subnet/")]
            interface, inside = ["ec2:network-interface/*"], {"ArnLike": {"ec2:Subnet": subnets}}
            lent = {"StringEquals": {"ec2:AuthorizedService": "codebuild.amazonaws.com"}} | inside
            to |= {"look": (None, None), "join": (interface + [f"ec2:*:{one}" for one in network], None),
                   "leave": (interface, inside), "lend": (interface, lent)}
        found = self.keys(BUILD["keys"][2])
        for part, (resources, condition) in to.items():
            found |= allowed(BUILD[part][2], {action.split(":")[0]: resources for action in BUILD[part][2]}, condition)
        return found

    def keys(self, actions):
        """A policy names a key's alias by a condition."""
        named = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": list(self.asked.aliases)}}
        return allowed(actions, {"kms": ["kms:key/*"]}, named) if self.asked.aliases else set()


def allowed(actions, to, condition=None):
    """Each action on what it is needed for: `to` says so for an action, else for its service."""
    said = json.dumps(condition, sort_keys=True) if condition else ""
    found = set()
    for action in actions:
        resources = ["*"] if knows_no_resource(action) else to.get(action) or to.get(action.split(":")[0])
        assert resources, f"nobody has said on what {action} is needed"
        found |= {(action, resource, said) for resource in resources}
    return found
