//! A policy as people write it.

use super::choices::{Blind, Bool, Count, Format, Lines, Rate, Retries, Severity, Size, Version};
use super::collections::{GlobKey, Items, Keyed, OneOrMany, PolicyNameKey, RuntimeKey, VariableKey};
use super::condition::{Condition, Title};
use super::mapping;
use super::scalars::{Arn, Command, Date, Duration, FileGlob, FindingId, Image, Name, Path, ProfileName, Text, Words};
use super::short::{ContainerEntry, CoverageEntry, StageEntry};
use crate::presets::PresetName;

mapping!(
    /// What a pull request to this repository must pass before it can merge.
    #[schemars(title = ".gated.yml, version 1")]
    WrittenPolicy, "a mapping that begins with `version: 1`", 0 {
        /// The version of the language.
        #[expect(dead_code, reason = "whether it is known is all that is asked")]
        version: Version [required],
        /// Presets to start from; later ones win, this file wins over all. Mappings merge, scalars and lists replace.
        #[expect(dead_code, reason = "presets are merged on the tree, before this is read")]
        extends: OneOrMany<PresetName, 0>,
        /// How the gate itself behaves.
        gate: Gate,
        /// The CodeBuild environment; every key has a default.
        environment: Environment,
        /// Commands before the stages; when one fails, no stage is run.
        setup: OneOrMany<Command, 0>,
        /// What is run, in this order. `name: false` removes a preset's stage.
        stages: Keyed<PolicyNameKey, StageEntry>,
        /// The container image; `true` is short for `{build: true}`.
        container: ContainerEntry,
        /// Demands on coverage; `80` is short for `{line: 80}`.
        coverage: CoverageEntry,
        /// Named rules that may leave stages out.
        skip: Keyed<PolicyNameKey, SkipRule>,
    }
);

mapping!(
    /// How the gate itself behaves.
    Gate, "a mapping", 0 {
        /// Stop at the first required stage that fails. Default: false, so that one push shows every failure.
        fail_fast: Bool,
        /// A pull request that touches nothing else passes without a build.
        ignore: OneOrMany<Text, 1>,
        /// Who may approve a weakened policy.
        policy_owners: OneOrMany<Arn, 0>,
    }
);

mapping!(
    /// The CodeBuild environment.
    Environment, "a mapping", 0 {
        /// Image of the build container.
        image: Image,
        /// Size of the machine.
        compute: Size,
        /// Time-out of the whole build, from 5m to 36h.
        timeout: Duration,
        /// A build profile that the floor defines (network, role, keys).
        profile: ProfileName,
        /// Whether the build gets a Docker daemon (privileged mode). `container` brings it along.
        docker: Bool,
        /// Plain environment variables.
        variables: Keyed<VariableKey, Text>,
        /// Environment variables from the SSM Parameter Store: variable → parameter.
        parameters: Keyed<VariableKey, Words>,
        /// Environment variables from Secrets Manager: variable → `secret:key`.
        secrets: Keyed<VariableKey, Words>,
        /// Runtimes of the standard image: name → version, as written.
        runtimes: Keyed<RuntimeKey, Words>,
        /// Directories kept between builds.
        cache: OneOrMany<Words, 0>,
    }
);

mapping!(
    /// One stage: a process of its own with a clean copy of the environment.
    Stage, "a mapping", 0 {
        /// Shell command lines or blocks, run by `bash -euo pipefail`.
        run: OneOrMany<Command, 1>,
        /// Working directory, relative to the checkout's root.
        dir: Path,
        /// The reports it writes.
        reports: Items<Report, 0>,
        /// When it runs. Default: always.
        when: Condition,
        /// Its own time-out.
        timeout: Duration,
        /// `false` makes it advisory: shown, never blocking.
        required: Bool,
        /// How often it is run again after a failure.
        retry: Retries,
        /// A green run shorter than this is an error.
        min_duration: Duration,
    }
);

mapping!(
    /// A report that a stage writes.
    Report, "a mapping with `format` and `files`", 0 {
        /// Its format.
        format: Format [required],
        /// Where it lies, relative to the checkout's root.
        files: OneOrMany<FileGlob, 1> [required],
        /// What the paths inside the report are relative to; without it, the directory from which they exist is found.
        root: Path,
    }
);

mapping!(
    /// The container image.
    Container, "a mapping", 0 {
        /// Whether it is built.
        build: Bool,
        /// Path of the Dockerfile. Default: Dockerfile.
        dockerfile: Path,
        /// The build context. Default: the checkout's root.
        context: Path,
        /// When it is built. Default: always.
        when: Condition,
        /// What its scan must show.
        scan: Scan,
    }
);

mapping!(
    /// What the scan of the image must show.
    Scan, "a mapping", 0 {
        /// The lowest severity that fails.
        fail_on: Severity,
        /// What an image that cannot be scanned means. Default: fail.
        unscannable: Blind,
        /// Findings that are accepted for a while.
        accept: Items<Accept, 0>,
    }
);

mapping!(
    /// An accepted finding.
    Accept, "a mapping with `id`, `until`, `owner` and `reason`", 0 {
        /// `CVE-2026-1`
        id: FindingId [required],
        /// The last day on which it is accepted.
        until: Date [required],
        /// Who answers for it.
        owner: Words [required],
        /// Why.
        reason: Words [required],
    }
);

mapping!(
    /// Demands on coverage, in percent, compared exactly.
    Coverage, "a mapping", 0 {
        /// Lines.
        line: Rate,
        /// Branches.
        branch: Rate,
        /// Lines that the pull request adds or changes.
        patch: Rate,
        /// Below this many changed coverable lines, `patch` is not applicable.
        min_patch_lines: Lines,
        /// Files that do not count.
        exclude: OneOrMany<Text, 1>,
        /// Targets of parts of the tree: glob → demands.
        paths: Keyed<GlobKey, PathDemand>,
    }
);

mapping!(
    /// Demands on the files that match a glob.
    #[schemars(extend("minProperties" = 1))]
    PathDemand, "a mapping with `line` or `branch`", 1 {
        /// Lines.
        line: Rate,
        /// Branches.
        branch: Rate,
    }
);

mapping!(
    /// A rule that may leave stages out.
    #[schemars(extend("not" = {"required": ["title", "when"]}))]
    SkipRule, "a mapping with `when` and `stages`", 0 {
        /// Short for `when: {title: {starts-with: …}}`.
        title: Title,
        /// When it applies.
        when: Condition,
        /// What may be left out; never all of them.
        stages: OneOrMany<Name, 1> [required],
        /// Who may ask: who opened the pull request. Default: anyone.
        by: OneOrMany<Arn, 1>,
        /// Granted only with these approvals.
        approval: Approval,
    }
);

mapping!(
    /// Approvals that something needs.
    Approval, "a mapping with `from`", 0 {
        /// Who may give one.
        from: OneOrMany<Arn, 1> [required],
        /// How many different people must. Default: 1.
        count: Count,
    }
);
