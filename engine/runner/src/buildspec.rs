//! A valid buildspec of version 0.2, as data. It keeps what the build and its host need and never what is not emulated:
//! that is refused by [`Buildspec::parse`]. Grammar: CodeBuild user guide, "Build specification reference".

mod fields;
mod read;

pub use fields::{BuildspecFault, FaultKind};

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buildspec {
    /// `env`.
    pub env: Environment,
    /// `phases`, only those that are written, in the order in which they run.
    pub phases: Vec<PhaseSpec>,
    /// `reports`, by the name or ARN that was written.
    pub reports: Vec<Report>,
    /// `artifacts`.
    pub artifacts: Option<Artifacts>,
    /// `cache`: accepted, nothing is cached here.
    pub cache: Option<Cache>,
}

impl Buildspec {
    /// Reads YAML or JSON.
    ///
    /// # Errors
    /// The first thing that CodeBuild refuses, or that is not emulated, with its key, line and column.
    pub fn parse(text: &str) -> Result<Self, BuildspecFault> {
        read::buildspec(text)
    }

    /// The phase of that name, when it is written.
    pub fn phase(&self, phase: Phase) -> Option<&PhaseSpec> {
        self.phases.iter().find(|spec| spec.phase == phase)
    }
}

/// `env`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment {
    /// `shell`; `/bin/sh` when absent.
    pub shell: ShellKind,
    /// `variables`: name and literal value.
    pub variables: Vec<(String, String)>,
    /// `parameter-store`: variable and name of the parameter. The host resolves it.
    pub parameter_store: Vec<(String, String)>,
    /// `secrets-manager`: variable and `secret-id:json-key:version-stage:version-id`. The host resolves it.
    pub secrets_manager: Vec<(String, String)>,
    /// `exported-variables`.
    pub exported_variables: Vec<String>,
    /// `git-credential-helper`: accepted, without effect here.
    pub git_credential_helper: bool,
}

/// Which shell runs the commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShellKind {
    /// `/bin/sh`.
    #[default]
    Sh,
    /// `bash`.
    Bash,
}

/// The four phases a buildspec can fill, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// `install`.
    Install,
    /// `pre_build`.
    PreBuild,
    /// `build`.
    Build,
    /// `post_build`.
    PostBuild,
}

impl Phase {
    /// Every phase, in the order in which they run.
    pub const ALL: [Self; 4] = [Self::Install, Self::PreBuild, Self::Build, Self::PostBuild];

    /// The key in the buildspec.
    pub fn key(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::PreBuild => "pre_build",
            Self::Build => "build",
            Self::PostBuild => "post_build",
        }
    }

    /// CodeBuild's `phaseType`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Install => "INSTALL",
            Self::PreBuild => "PRE_BUILD",
            Self::Build => "BUILD",
            Self::PostBuild => "POST_BUILD",
        }
    }
}

/// One phase as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseSpec {
    /// Which phase.
    pub phase: Phase,
    /// `commands`, run until one fails.
    pub commands: Vec<String>,
    /// `finally`, run whatever `commands` did.
    pub finally: Vec<String>,
    /// `on-failure`; without it the documented transitions apply.
    pub on_failure: Option<OnFailure>,
    /// `runtime-versions`, name and version: named in the log, without effect here.
    pub runtime_versions: Vec<(String, String)>,
}

/// `on-failure`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// No later phase runs.
    Abort,
    /// The next phase runs.
    Continue,
}

/// Files chosen below a directory: what `artifacts`, a secondary artifact and a report have in common.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileSet {
    /// `files`: paths and globs relative to the base directory.
    pub files: Vec<String>,
    /// `base-directory`: relative to the checkout or absolute, may name variables and match several directories.
    pub base_directory: Option<String>,
    /// `discard-paths`: keep only the name of each file.
    pub discard_paths: bool,
    /// `exclude-paths`: globs relative to the base directory.
    pub exclude_paths: Vec<String>,
}

/// One entry of `reports`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Name or ARN of the report group, as written; may name variables.
    pub group: String,
    /// Which files.
    pub set: FileSet,
    /// `file-format` in capitals; `JUNITXML` when absent.
    pub file_format: String,
}

/// `artifacts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifacts {
    /// Which files.
    pub set: FileSet,
    /// `name`, unexpanded.
    pub name: Option<String>,
    /// `s3-prefix`, unexpanded.
    pub s3_prefix: Option<String>,
    /// `secondary-artifacts` by identifier.
    pub secondary: Vec<(String, Artifacts)>,
}

/// `cache`, as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cache {
    /// `key`.
    pub key: Option<String>,
    /// `fallback-keys`.
    pub fallback_keys: Vec<String>,
    /// `action`: `restore` or `save`.
    pub action: Option<String>,
    /// `paths`.
    pub paths: Vec<String>,
}
