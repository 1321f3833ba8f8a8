//! A floor as an organisation writes it: a policy, and the keys that only it may use.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::choices::{Bool, CommandsFrom, Ignoring, Requirement, Version};
use super::collections::{Keyed, OneOrMany, PolicyNameKey};
use super::platform::{Profile, Voting};
use super::policy::{Environment, SkipRule};
use super::scalars::{Arn, Command, Name, Text, Words};
use super::short::{ContainerEntry, CoverageEntry, StageEntry};
use super::{Written, mapping};
use crate::presets::PresetName;
use crate::reader::Reader;
use crate::tree::{Kind, Meaning, Node};

mapping!(
    /// What an organisation demands of every repository.
    #[schemars(title = "a floor for .gated.yml, version 1")]
    WrittenFloor, "a mapping that begins with `version: 1`", 0 {
        /// The version of the language.
        #[expect(dead_code, reason = "whether it is known is all that is asked")]
        version: Version [required],
        /// Presets to start from; later ones win, this file wins over all.
        #[expect(dead_code, reason = "presets are merged on the tree, before this is read")]
        extends: OneOrMany<PresetName, 0>,
        /// How the gate itself behaves.
        gate: FloorGate,
        /// The CodeBuild environment; a value written here is final.
        environment: Environment,
        /// Commands before the stages, for repositories that name none.
        setup: OneOrMany<Command, 0>,
        /// Stages that every repository has; `gated-` ones are injected and run first.
        stages: Keyed<PolicyNameKey, StageEntry>,
        /// The container image; `true` is short for `{build: true}`.
        container: ContainerEntry,
        /// Demands on coverage; `80` is short for `{line: 80}`.
        coverage: CoverageEntry,
        /// Named rules that may leave stages out.
        skip: Keyed<PolicyNameKey, SkipRule>,
        /// Stages that no rule may leave out.
        unskippable: OneOrMany<Name, 0>,
        /// What a repository without a `.gated.yml` means. Default: reject.
        require_policy: Requirement,
        /// Name prefixes of the secrets and parameters that builds may read.
        secrets_allowed: OneOrMany<Words, 0>,
        /// Commands are taken from the destination branch, never from the pull request.
        commands: CommandsFrom,
        /// `observe` comments what the gate would have done; `enforce` votes. Default: enforce.
        mode: Voting,
        /// Build profiles (network, role, keys) that repositories choose with `environment.profile`.
        profiles: Keyed<PolicyNameKey, Profile>,
        /// A JSON Schema that every repository's policy must satisfy, with presets and defaults resolved.
        constraints: AnySchema,
        /// Whether comments may hide findings of `gated lint`. Default: allow.
        lint_ignores: Ignoring,
    }
);

mapping!(
    /// How the gate itself behaves.
    FloorGate, "a mapping", 0 {
        /// Stop at the first required stage that fails.
        fail_fast: Bool,
        /// A pull request that touches nothing else passes without a build.
        ignore: OneOrMany<Text, 1>,
        /// Who may approve a weakened policy.
        policy_owners: OneOrMany<Arn, 0>,
        /// Which branches are gated, as globs. Default: all.
        destinations: OneOrMany<Text, 1>,
    }
);

/// A JSON Schema; whether it is one is asked later.
#[derive(Debug)]
pub(crate) struct AnySchema(pub(crate) Value);

impl Written for AnySchema {
    fn expected() -> String {
        "a JSON Schema: a mapping, or a boolean".to_owned()
    }
    fn read(node: &Node, to: &mut Reader<'_>) -> Option<Self> {
        let schema = match &node.kind {
            Kind::Map(_) => true,
            Kind::Scalar(scalar) => matches!(scalar.meaning(), Meaning::Bool(_)),
            Kind::List(_) | Kind::Fault => false,
        };
        if !schema {
            to.wrong(node, &Self::expected());
            return None;
        }
        Some(Self(node.json()))
    }
}

impl JsonSchema for AnySchema {
    fn schema_name() -> Cow<'static, str> {
        "AnySchema".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["object", "boolean"]})
    }
}
