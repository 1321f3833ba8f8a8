//! What a deployment tells the functions. It holds no secret.

use gated_core::layers::Found;
use gated_core::names::RepositoryName;
use gated_core::policy::{Floor, Mode};
use gated_policy::Reading;

/// Version of the gate: part of every decision's hash.
pub const GATE: &str = env!("CARGO_PKG_VERSION");

/// A deployment's constants.
#[derive(Debug, Clone)]
pub struct Settings {
    /// ARN of the state machine.
    pub state_machine_arn: String,
    /// Bucket of artifacts and records.
    pub artifact_bucket: String,
    /// ARN of the voter's session: the only one whose vote the gate's rule counts.
    pub voter_arn: String,
    /// ARN of the role that builds run under.
    pub build_role: String,
    /// URI of the ECR repository that takes images; without one they are not pushed.
    pub image_repository: Option<String>,
    /// The organisation's floor, as it was deployed.
    pub floor: Option<FloorFile>,
}

/// The floor's file.
#[derive(Debug, Clone)]
pub struct FloorFile {
    /// Its name, for messages.
    pub path: String,
    /// Its text.
    pub bytes: Vec<u8>,
}

impl Settings {
    /// Whether the gate votes on this repository, as a valid floor says; without one it does.
    pub fn mode(&self, repository: &RepositoryName) -> Mode {
        match self.read_floor().map(|reading| reading.found) {
            Some(Found::Valid(floor, _)) => floor.mode.of(repository),
            Some(Found::Absent | Found::Invalid(_)) | None => Mode::default(),
        }
    }

    /// The floor, read; `None` when none was deployed.
    pub fn read_floor(&self) -> Option<Reading<Floor>> {
        self.floor.as_ref().map(|floor| gated_policy::read_floor(&floor.path, &floor.bytes))
    }
}
