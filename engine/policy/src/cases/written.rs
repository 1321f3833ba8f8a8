//! The tests of a policy as people write them. The published schema and the reader are both made from these types.

use std::borrow::Cow;

use gated_core::decision::{Action, DeltaKind, SkipState, StageAction};
use gated_core::measured::StageOutcome;
use gated_core::verdict::VerdictKind;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::reader::Reader;
use crate::tree::{Kind, Node};
use crate::written::choices::{Bool, Rate, Version, choice, one_of};
use crate::written::collections::{KeyForm, Keyed, OneOrMany, PolicyNameKey};
use crate::written::scalars::{Arn, Text, Words, scalar};
use crate::written::{At, Written, mapping};

mapping!(
    /// Tests of a policy: what the gate must do with pull requests that are described here.
    #[schemars(title = ".gated.test.yml, version 1")]
    WrittenCases, "a mapping that begins with `version: 1`", 0 {
        /// The version of this file's language.
        #[expect(dead_code, reason = "whether it is known is all that is asked")]
        version: Version [required],
        /// The policy under test, relative to this file. Default: the nearest `.gated.yml`, here or in a folder above.
        policy: Words,
        /// The organisation's floor, relative to this file. Default: none.
        floor: Words,
        /// What is tested: a sentence for each pull request, and what it is about.
        cases: Keyed<SentenceKey, WrittenCase> [required],
    }
);

mapping!(
    /// One pull request, and what the gate must do with it.
    WrittenCase, "a mapping with `changed` and `expect`", 0 {
        /// The title. Default: empty.
        title: Text,
        /// The source branch. Default: `feature`.
        source: Words,
        /// The destination branch. Default: `main`.
        destination: Words,
        /// ARN of who opens it. Default: the user `author` of account 111122223333.
        author: Arn,
        /// Paths of the files that it changes.
        changed: OneOrMany<Words, 1> [required],
        /// ARNs of who approved it.
        approvals: OneOrMany<Arn, 0>,
        /// A policy file, relative to this one, that it proposes in place of the policy under test.
        proposes: Words,
        /// How its build ends: stages (`container` is the image) that do not pass.
        outcomes: Keyed<PolicyNameKey, Ending>,
        /// What its reports say of coverage; `79.9` is short for `{line: 79.9}`. What is not named is covered whole.
        coverage: CoverageSeen,
        /// What the gate must do.
        expect: Expect [required],
    }
);

mapping!(
    /// Covered parts, in percent.
    #[schemars(extend("minProperties" = 1))]
    Rates, "a mapping with `line`, `branch`, `patch` or `files`", 1 {
        /// Lines.
        line: Rate,
        /// Branches.
        branch: Rate,
        /// Lines that the pull request adds or changes.
        patch: Rate,
        /// Files by path, for the targets of `coverage.paths`; `94.9` is short for `{line: 94.9}`.
        files: Keyed<FileKey, FileSeen>,
    }
);

mapping!(
    /// Covered parts of a file, in percent.
    #[schemars(extend("minProperties" = 1))]
    FileRates, "a mapping with `line` or `branch`", 1 {
        /// Lines.
        line: Rate,
        /// Branches.
        branch: Rate,
    }
);

mapping!(
    /// What the gate must do. What is not named is not asked.
    #[schemars(extend("minProperties" = 1))]
    Expect, "a mapping with what the gate must do", 0 {
        /// `build`, `pass` without a build, or `refuse`.
        action: Acts,
        /// Stages: whether each runs, and whether it is required.
        stages: Keyed<PolicyNameKey, ExpectedStage>,
        /// Whether the container image is built.
        container: Runs,
        /// Whether coverage is judged.
        coverage: Runs,
        /// Skip rules: what becomes of each.
        skips: Keyed<PolicyNameKey, Skips>,
        /// Keys that the proposed policy changes (`coverage.line`), and how.
        delta: Keyed<DottedKey, Differs>,
        /// Whether the proposed policy is weaker, or changed, in any key.
        weakens: Bool,
        /// The verdict, after the build ended as `outcomes` and `coverage` say.
        verdict: Says,
    }
);

mapping!(
    /// Both questions about a stage.
    #[schemars(extend("minProperties" = 1))]
    StageDemand, "a mapping with `action` or `required`", 1 {
        /// Whether it runs.
        action: Runs,
        /// Whether it blocks.
        required: Bool,
    }
);

choice!(
    /// What the gate does.
    Acts(Action), "`build`, `pass` or `refuse`", {
        "build" => Action::Build, "pass" => Action::Pass, "refuse" => Action::Refuse,
    }
);
choice!(
    /// Whether something runs: a granted rule `skip`s it, its own condition makes it `not-applicable`.
    Runs(StageAction), "`run`, `skip` or `not-applicable`", {
        "run" => StageAction::Run, "skip" => StageAction::Skip, "not-applicable" => StageAction::NotApplicable,
    }
);
choice!(
    /// What becomes of a skip rule.
    Skips(SkipState), "`granted`, `waiting-for-approval` or `not-applicable`", {
        "granted" => SkipState::Granted, "waiting-for-approval" => SkipState::WaitingForApproval,
        "not-applicable" => SkipState::NotApplicable,
    }
);
choice!(
    /// How a key of the proposal differs.
    Differs(DeltaKind), "`stricter`, `weaker` or `changed`", {
        "stricter" => DeltaKind::Stricter, "weaker" => DeltaKind::Weaker, "changed" => DeltaKind::Changed,
    }
);
choice!(
    /// The gate's verdict.
    Says(VerdictKind), "`pass`, `fail`, `error` or `waiting`", {
        "pass" => VerdictKind::Pass, "fail" => VerdictKind::Fail, "error" => VerdictKind::Error,
        "waiting" => VerdictKind::Waiting,
    }
);
choice!(
    /// How a stage ends.
    Ending(StageOutcome), "`passed`, `failed`, `timed-out` or `not-run`", {
        "passed" => StageOutcome::Passed, "failed" => StageOutcome::Failed, "timed-out" => StageOutcome::TimedOut,
        "not-run" => StageOutcome::NotRun,
    }
);

/// What a case is called: a sentence.
#[derive(Debug)]
pub(crate) struct SentenceKey;

impl KeyForm for SentenceKey {
    const PATTERN: &'static str = "[^ \t\r\n]";
    const EXPECTED: &'static str = "a sentence that says what is tested";
    fn fits(key: &str) -> bool {
        key.contains(|c: char| !matches!(c, ' ' | '\t' | '\r' | '\n'))
    }
}

/// The dotted path of a key: `coverage.line`.
#[derive(Debug)]
pub(crate) struct DottedKey;

impl KeyForm for DottedKey {
    const PATTERN: &'static str = "";
    const EXPECTED: &'static str = "the path of a key such as `coverage.line`";
    fn fits(_: &str) -> bool {
        true
    }
}

/// The path of a file.
#[derive(Debug)]
pub(crate) struct FileKey;

impl KeyForm for FileKey {
    const PATTERN: &'static str = "^[^/]";
    const EXPECTED: &'static str = "a file's path from the root of the repository";
    fn fits(key: &str) -> bool {
        !key.is_empty() && !key.starts_with('/')
    }
}

/// What is asked of a stage; a word alone is short for `{action: …}`.
#[derive(Debug)]
pub(crate) struct ExpectedStage(pub(crate) StageDemand);

impl Written for ExpectedStage {
    fn expected() -> String {
        "`run`, `skip`, `not-applicable`, or a mapping".to_owned()
    }
    fn read(node: &Node, to: &mut Reader<'_>) -> Option<Self> {
        match &node.kind {
            Kind::Map(_) => StageDemand::read(node, to).map(Self),
            Kind::Scalar(_) | Kind::List(_) | Kind::Fault => {
                At::read(node, to).map(|action| Self(StageDemand { action: Some(action), required: None }))
            }
        }
    }
}

impl JsonSchema for ExpectedStage {
    fn schema_name() -> Cow<'static, str> {
        "ExpectedStage".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (long, short) = (generator.subschema_for::<StageDemand>(), generator.subschema_for::<Runs>());
        json_schema!({"description": "Whether a stage runs and blocks.", "anyOf": [short, long]})
    }
}

/// Declares what was covered, of which a percentage alone is short for `{line: …}`.
macro_rules! seen {
    ($name:ident, $long:ident, $doc:literal, $lines:expr) => {
        #[doc = $doc]
        #[derive(Debug)]
        pub(crate) struct $name(pub(crate) $long);

        impl Written for $name {
            fn expected() -> String {
                format!("a percentage, or {}", $long::expected())
            }
            fn read(node: &Node, to: &mut Reader<'_>) -> Option<Self> {
                let lines: fn(At<Rate>) -> $long = $lines;
                match &node.kind {
                    Kind::Map(_) => $long::read(node, to).map(Self),
                    Kind::Scalar(_) | Kind::List(_) | Kind::Fault => At::read(node, to).map(|line| Self(lines(line))),
                }
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let (long, short) = (generator.subschema_for::<$long>(), generator.subschema_for::<Rate>());
                json_schema!({"description": $doc, "anyOf": [short, long]})
            }
        }
    };
}

seen!(CoverageSeen, Rates, "What the reports say of coverage.", |line| Rates {
    line: Some(line),
    branch: None,
    patch: None,
    files: None,
});
seen!(FileSeen, FileRates, "What they say of one file.", |line| FileRates { line: Some(line), branch: None });
