//! What only a platform says: its build profiles, and which repositories the gate votes on.

use std::borrow::Cow;

use gated_core::policy::Mode;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::choices::{Bool, ModeWord};
use super::collections::OneOrMany;
use super::scalars::{Text, Words, form, scalar, text};
use super::{At, Written, mapping};
use crate::diagnostic::Diagnostic;
use crate::reader::Reader;
use crate::rules;
use crate::tree::{Kind, Node};

mapping!(
    /// A build profile: network, role and keys that the platform owns.
    #[schemars(extend("dependentRequired" = {
        "vpc": ["subnets", "security-groups"],
        "subnets": ["vpc", "security-groups"],
        "security-groups": ["vpc", "subnets"],
    }))]
    Profile, "a mapping with `vpc`, `subnets`, `security-groups`, `proxy`, `role`, `key` or `docker`", 0 {
        /// The VPC that builds are in. It brings `subnets` and `security-groups` along.
        vpc: Vpc,
        /// Subnets of the VPC. They need a way to AWS: a NAT gateway or VPC endpoints.
        subnets: OneOrMany<Subnet, 1>,
        /// Security groups of the VPC.
        security_groups: OneOrMany<SecurityGroup, 1>,
        /// The proxy that builds go through.
        proxy: Proxy,
        /// ARN of the role that builds run with, in place of the stack's.
        role: Role,
        /// ARN or alias of the KMS key that encrypts what builds leave.
        key: KmsKey,
        /// Whether builds get a Docker daemon (privileged mode). Default: as the policies say.
        docker: Bool,
    }
);

mapping!(
    /// An explicit proxy.
    #[schemars(extend("minProperties" = 1))]
    Proxy, "a mapping with `http`, `https` or `no-proxy`", 1 {
        /// `HTTP_PROXY` of builds.
        http: Url,
        /// `HTTPS_PROXY` of builds.
        https: Url,
        /// Hosts that are reached without the proxy: `NO_PROXY` of builds.
        no_proxy: OneOrMany<Words, 1>,
    }
);

mapping!(
    /// Names of repositories, as globs, that have this mode; the other repositories have the other one.
    #[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
    ModeOfSome, "a mapping with `observe` or `enforce`", 1 {
        /// The gate only comments on these repositories, and votes on the others.
        observe: OneOrMany<Text, 1>,
        /// The gate votes on these repositories, and only comments on the others.
        enforce: OneOrMany<Text, 1>,
    }
);

/// Whether the gate votes: everywhere the same, or by repository.
#[derive(Debug)]
pub(crate) enum Voting {
    Everywhere(Mode),
    Some(ModeOfSome),
}

/// Declares a text that begins like an identifier of AWS: its form as a pattern, and the same as a function.
macro_rules! identifier {
    ($(#[doc = $doc:literal])* $name:ident, $what:literal, $pattern:literal, $fits:expr) => {
        scalar!($(#[doc = $doc])* $name(String), $what, {"type": "string", "pattern": $pattern}, |node, what, to| {
            let fits: fn(&str) -> bool = $fits;
            text(node, what, to).and_then(|found| form(rules::FORM, node, found, what, fits, to))
        });
    };
}

identifier!(
    /// A VPC: `vpc-0a1b2c3d`.
    Vpc, "a VPC such as vpc-0a1b2c3d", "^vpc-[0-9a-z]+$", |id| id_of(id, "vpc-")
);
identifier!(
    /// A subnet: `subnet-0a1b2c3d`.
    Subnet, "a subnet such as subnet-0a1b2c3d", "^subnet-[0-9a-z]+$", |id| id_of(id, "subnet-")
);
identifier!(
    /// A security group: `sg-0a1b2c3d`.
    SecurityGroup, "a security group such as sg-0a1b2c3d", "^sg-[0-9a-z]+$", |id| id_of(id, "sg-")
);
identifier!(
    /// A role: `arn:aws:iam::111122223333:role/Build`.
    Role, "the ARN of a role such as arn:aws:iam::111122223333:role/Build", "^arn:[a-z-]+:iam::[0-9]{12}:role/[^ \t\r\n]+$",
    |arn| {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, resource] = parts[..] else { return false };
        !partition.is_empty() && partition.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
            && account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())
            && resource.strip_prefix("role/").is_some_and(|path| !path.is_empty() && !blank_in(path))
    }
);
identifier!(
    /// A KMS key: its ARN, or `alias/…`.
    KmsKey, "the ARN or alias of a KMS key such as alias/builds", "^(alias/|arn:[a-z-]+:kms:)[^ \t\r\n]+$",
    |key| {
        let after_partition = |rest: &str| {
            let (partition, rest) = rest.split_once(':')?;
            let named = !partition.is_empty() && partition.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            rest.strip_prefix("kms:").filter(|_| named).map(str::to_owned)
        };
        let id = key.strip_prefix("alias/").map(str::to_owned);
        let id = id.or_else(|| key.strip_prefix("arn:").and_then(after_partition));
        id.is_some_and(|id| !id.is_empty() && !blank_in(&id))
    }
);
identifier!(
    /// The address of a proxy: `http://proxy.example.com:3128`.
    Url, "an address such as http://proxy.example.com:3128", "^https?://[^ \t\r\n]+$",
    |url| {
        let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
        host.is_some_and(|host| !host.is_empty() && !blank_in(host))
    }
);

fn id_of(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

fn blank_in(text: &str) -> bool {
    text.contains([' ', '\t', '\r', '\n'])
}

impl Written for Voting {
    fn expected() -> String {
        "`observe`, `enforce`, or a mapping with one of them".to_owned()
    }
    fn read(node: &Node, to: &mut Reader<'_>) -> Option<Self> {
        match &node.kind {
            Kind::Scalar(_) | Kind::Fault => ModeWord::read(node, to).map(|word| Self::Everywhere(word.0)),
            Kind::List(_) => {
                to.wrong(node, &Self::expected());
                None
            }
            Kind::Map(_) => {
                let some = ModeOfSome::read(node, to)?;
                if let (Some(observe), Some(enforce)) = (&some.observe, &some.enforce) {
                    let (first, second) = match observe.span < enforce.span {
                        true => (observe, enforce),
                        false => (enforce, observe),
                    };
                    let message = "`observe` and `enforce` are both here, and each leaves the rest to the other";
                    let fault = Diagnostic::error(rules::CONFLICT, second.span, message);
                    to.tell(fault.beside(first.span, "the other one").help("keep the shorter list"));
                }
                Some(Self::Some(some))
            }
        }
    }
}

impl JsonSchema for Voting {
    fn schema_name() -> Cow<'static, str> {
        "Voting".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (word, some) = (generator.subschema_for::<ModeWord>(), generator.subschema_for::<ModeOfSome>());
        json_schema!({
            "description": "Whether the gate votes: one word for every repository, or the names of those it holds for.",
            "anyOf": [word, some]
        })
    }
}

/// Where the values of a profile that belong together stand, for the fault that one of them is missing.
impl Profile {
    /// The keys of the network that are there, and those that are not.
    pub(crate) fn network_keys(&self) -> (Vec<&'static str>, Vec<&'static str>) {
        fn named<T>(there: &Option<At<T>>, key: &'static str) -> (bool, &'static str) {
            (there.is_some(), key)
        }
        let all =
            [named(&self.vpc, "vpc"), named(&self.subnets, "subnets"), named(&self.security_groups, "security-groups")];
        let of = |wanted: bool| all.iter().filter(|(there, _)| *there == wanted).map(|(_, key)| *key).collect();
        (of(true), of(false))
    }
}
