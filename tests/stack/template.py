"""A CloudFormation template, read: resources by type, and the statements of its policies. It judges nothing."""

from dataclasses import dataclass


@dataclass
class Statement:
    owner: str
    sid: str
    effect: str
    actions: list
    resources: list
    condition: dict
    reason: str


def text(value):
    """A value with its references in braces: `arn:{AWS::Partition}:iam::{AWS::AccountId}:role/x`."""
    if isinstance(value, dict) and len(value) == 1:
        [(name, inside)] = value.items()
        if name == "Fn::Join":
            return inside[0].join(map(text, several(inside[1])))
        if name == "Ref":
            return "{" + inside + "}"
        if name == "Fn::Split":
            # Only to be joined again: what a parameter's dashes become is told by the program's own tests.
            return text(inside[1])
        if name == "Fn::GetAtt":
            return "{" + ".".join(inside) + "}"
        if name == "Fn::Sub":
            return inside
    return value if isinstance(value, str) else str(value)


def several(value):
    return value if isinstance(value, list) else [value]


class Template:
    def __init__(self, body):
        self.body = body
        self.resources = body["Resources"]

    def of_type(self, kind):
        """Logical id → properties."""
        return {name: r.get("Properties", {}) for name, r in self.resources.items() if r["Type"] == kind}

    def one(self, kind):
        [(name, properties)] = self.of_type(kind).items()
        return name, properties

    def role(self, part):
        """The role whose name is `<service>-<part>-<region>`."""
        found = [p for p in self.of_type("AWS::IAM::Role").values() if role_part(p) == part]
        assert len(found) == 1, f"{len(found)} roles are named {part}"
        return found[0]

    def roles(self):
        return sorted(map(role_part, self.of_type("AWS::IAM::Role").values()))

    def statements(self, part=None):
        """The statements of one role, or of every policy of the template, those on resources too."""
        found = []
        for name, resource in self.resources.items():
            properties = resource.get("Properties", {})
            if resource["Type"] == "AWS::IAM::Role":
                owner = role_part(properties)
                documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
            elif resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"):
                owner, documents = name, [properties["PolicyDocument"]]
            else:
                continue
            if part is None or owner == part:
                reasons = resource.get("Metadata", {}).get("gated", {})
                for statement in (s for document in documents for s in document["Statement"]):
                    found.append(Statement(
                        owner, statement.get("Sid", ""), statement["Effect"], several(statement["Action"]),
                        list(map(text, several(statement["Resource"]))), statement.get("Condition", {}),
                        reasons.get(statement.get("Sid"), "")))
        return found


def role_part(properties):
    """`judge` of `gated-judge-{AWS::Region}`, whatever the service is called."""
    name = text(properties["RoleName"]).removesuffix("-{AWS::Region}")
    for service in ("{ServiceName}-", "gate-2-", "gated-", "s" * 20 + "-"):
        if name.startswith(service):
            return name.removeprefix(service)
    raise AssertionError(f"{name} is no role of the stack")
