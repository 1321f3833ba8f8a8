//! A policy that is valid: what one layer says, after `extends` is resolved and before any default is filled in. What a
//! layer does not name is `None`: it says nothing about it. Reading YAML into these types is `gated-policy`'s work.

mod container;
mod floor;

use serde::{Deserialize, Serialize};

use crate::matching::{ArnGlobs, Globs, TitleForm};
pub use crate::mode::{Mode, Modes};
use crate::names::PolicyName;
pub use crate::profile::{Network, Profile, Proxy};
use crate::units::{Percent, Seconds};

pub use container::{Accept, Container, FailOn, Scan, Unscannable};
pub use floor::{Floor, RequirePolicy};

/// Key and value pairs in the order in which they were written.
pub type Pairs = Vec<(String, String)>;

/// What one layer says.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Policy {
    /// `gate`
    pub gate: Gate,
    /// `environment`
    pub environment: Environment,
    /// `setup`: commands before the stages.
    pub setup: Option<Vec<String>>,
    /// `stages`, in order. A stage that this layer itself removed (`name: false`) is gone.
    pub stages: Vec<Stage>,
    /// `container`
    pub container: Option<Container>,
    /// `coverage`
    pub coverage: Option<Coverage>,
    /// `skip`, in order.
    pub skip: Vec<SkipRule>,
}

/// How the gate itself behaves.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Gate {
    /// Stop at the first required stage that fails.
    pub fail_fast: Option<bool>,
    /// A pull request that touches nothing else passes without a build.
    pub ignore: Option<Globs>,
    /// Who may approve a weakened policy.
    pub policy_owners: Option<ArnGlobs>,
}

/// The CodeBuild environment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Environment {
    /// Image of the build container.
    pub image: Option<String>,
    /// Size of the machine.
    pub compute: Option<Compute>,
    /// Time-out of the whole build.
    pub timeout: Option<Seconds>,
    /// A build profile that the floor defines.
    pub profile: Option<PolicyName>,
    /// Whether the build gets a Docker daemon.
    pub docker: Option<bool>,
    /// Plain variables.
    pub variables: Option<Pairs>,
    /// Variable → name in the Parameter Store.
    pub parameters: Option<Pairs>,
    /// Variable → reference into Secrets Manager.
    pub secrets: Option<Pairs>,
    /// Runtime → version, as written.
    pub runtimes: Option<Pairs>,
    /// Directories kept between builds.
    pub cache: Option<Vec<String>>,
}

/// CodeBuild's machine sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Compute {
    /// `BUILD_GENERAL1_SMALL`
    #[serde(rename = "small")]
    Small,
    /// `BUILD_GENERAL1_MEDIUM`
    #[serde(rename = "medium")]
    Medium,
    /// `BUILD_GENERAL1_LARGE`
    #[serde(rename = "large")]
    Large,
    /// `BUILD_GENERAL1_XLARGE`
    #[serde(rename = "xlarge")]
    XLarge,
    /// `BUILD_GENERAL1_2XLARGE`
    #[serde(rename = "2xlarge")]
    XXLarge,
}

/// One stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Stage {
    /// Its name.
    pub name: PolicyName,
    /// Shell command lines or blocks. `None` in a layer that demands the stage and leaves its commands to another.
    pub run: Option<Vec<String>>,
    /// Working directory, relative to the checkout's root.
    pub dir: Option<String>,
    /// The reports it writes.
    pub reports: Option<Vec<Report>>,
    /// When it runs; `None` is always.
    pub when: Option<Condition>,
    /// Its own time-out.
    pub timeout: Option<Seconds>,
    /// `false` makes it advisory; `None` is required.
    pub required: Option<bool>,
    /// How often it is run again after a failure: 0 or 1.
    pub retry: Option<u8>,
    /// A green run shorter than this is an error.
    pub min_duration: Option<Seconds>,
}

/// A report that a stage writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// Its format.
    pub format: ReportFormat,
    /// Where it lies, relative to the checkout's root.
    pub files: Globs,
    /// What the paths inside it are relative to.
    pub root: Option<String>,
}

/// What a report tells about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ReportKind {
    /// Test cases.
    Tests,
    /// Covered lines and branches.
    Coverage,
}

/// A report's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // each is the name of a published format
pub enum ReportFormat {
    Junit,
    Nunit,
    Nunit3,
    Testng,
    Trx,
    Cucumber,
    Cobertura,
    Jacoco,
    Clover,
    Lcov,
    Simplecov,
}

impl ReportFormat {
    /// Whether it carries test cases or coverage.
    pub fn kind(self) -> ReportKind {
        match self {
            Self::Junit | Self::Nunit | Self::Nunit3 | Self::Testng | Self::Trx | Self::Cucumber => ReportKind::Tests,
            Self::Cobertura | Self::Jacoco | Self::Clover | Self::Lcov | Self::Simplecov => ReportKind::Coverage,
        }
    }
}

/// When something holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Some changed file matches.
    Paths(Globs),
    /// The source branch matches.
    Source(Globs),
    /// The destination branch matches.
    Destination(Globs),
    /// The title has one of these forms.
    Title(Vec<TitleForm>),
    /// The pull request's author matches.
    Author(ArnGlobs),
    /// All hold. Keys beside each other are read as this.
    All(Vec<Condition>),
    /// One holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
}

/// Demands on coverage.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Coverage {
    /// Lines.
    pub line: Option<Percent>,
    /// Branches.
    pub branch: Option<Percent>,
    /// Lines that the pull request adds or changes.
    pub patch: Option<Percent>,
    /// Below this many changed coverable lines, `patch` is not applicable.
    pub min_patch_lines: Option<u32>,
    /// Files that do not count.
    pub exclude: Option<Globs>,
    /// Targets of parts of the tree.
    pub paths: Vec<PathTarget>,
}

/// A target for the files that match one glob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PathTarget {
    /// Which files: a list with one glob.
    pub files: Globs,
    /// Lines.
    pub line: Option<Percent>,
    /// Branches.
    pub branch: Option<Percent>,
}

impl PathTarget {
    /// What it is called wherever it is told of: as its files are written.
    pub fn name(&self) -> String {
        self.files.written().join(",")
    }
}

/// A named rule that may leave stages out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SkipRule {
    /// Its name.
    pub name: PolicyName,
    /// When it applies; `None` is always.
    pub when: Option<Condition>,
    /// What may be left out.
    pub stages: Vec<PolicyName>,
    /// Who may ask; `None` is anyone.
    pub by: Option<ArnGlobs>,
    /// Who must grant it.
    pub approval: Option<Approval>,
}

/// An approval that something needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Approval {
    /// Who may give it.
    pub from: ArnGlobs,
    /// How many different people must.
    pub count: u32,
}
