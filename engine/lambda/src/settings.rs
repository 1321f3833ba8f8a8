//! What a deployment tells the functions. It holds no secret.

use gated_core::layers::Found;
use gated_core::matching::Globs;
use gated_core::names::{RepositoryName, sha256_hex};
use gated_core::policy::{Floor, Mode};
use gated_policy::Reading;

/// Version of the gate: part of every decision's hash.
pub const GATE: &str = env!("CARGO_PKG_VERSION");

/// A deployment's constants.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The deployment's name: the first part of its resources' names, and a dimension of its metrics.
    pub service: String,
    /// Which repositories are gated, by name.
    pub repositories: Globs,
    /// Name of the approval rule template that demands the gate's vote.
    pub rule_template: String,
    /// ARN of the state machine.
    pub state_machine_arn: String,
    /// Bucket of artifacts and records.
    pub artifact_bucket: String,
    /// ARN of the voter's session: the only one whose vote the gate's rule counts.
    pub voter_arn: String,
    /// ARN of the role that builds run under, where their repository has none of its own.
    pub build_role: String,
    /// Repositories whose builds have a role of their own: the first eight digits of the SHA-256 of each name.
    pub own_build_roles: Vec<String>,
    /// Days that nobody may delete a decision record, in a bucket with object lock.
    pub lock_days: Option<u32>,
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

    /// ARN of the role that this repository's builds run under: `…role/gated-build-us-east-1`, or, with a role of its own,
    /// `…role/gated-build-<hash>-us-east-1`.
    pub fn build_role(&self, repository: &RepositoryName) -> String {
        let hash = &sha256_hex(repository.as_str().as_bytes())[..8];
        if !self.own_build_roles.iter().any(|own| own == hash) {
            return self.build_role.clone();
        }
        let shared = format!("/{}-build", self.service);
        self.build_role.replacen(&shared, &format!("{shared}-{hash}"), 1)
    }

    /// Whether the gate's rule belongs on pull requests of this repository: the deployment gates it, and does not only
    /// observe.
    pub fn binds(&self, repository: &RepositoryName) -> bool {
        self.repositories.matches(repository.as_str()) && self.mode(repository) == Mode::Enforce
    }

    /// A valid floor; `None` when there is none or it cannot be read.
    pub(crate) fn valid_floor(&self) -> Option<Floor> {
        match self.read_floor()?.found {
            Found::Valid(floor, _) => Some(floor),
            Found::Absent | Found::Invalid(_) => None,
        }
    }

    /// The floor, read; `None` when none was deployed.
    pub fn read_floor(&self) -> Option<Reading<Floor>> {
        self.floor.as_ref().map(|floor| gated_policy::read_floor(&floor.path, &floor.bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_with_a_build_role_of_its_own_gets_it_and_no_other_does() {
        let name = |name: &str| RepositoryName::new(name).unwrap();
        let role = |role: &str| format!("arn:aws:iam::111122223333:role/{role}");
        let settings = Settings {
            service: "payments".to_owned(),
            repositories: Globs::everything(),
            rule_template: "payments".to_owned(),
            state_machine_arn: String::new(),
            artifact_bucket: String::new(),
            voter_arn: String::new(),
            build_role: role("payments-build-eu-west-1"),
            own_build_roles: vec![sha256_hex(b"ledger")[..8].to_owned()],
            lock_days: None,
            image_repository: None,
            floor: None,
        };
        let own = format!("payments-build-{}-eu-west-1", &sha256_hex(b"ledger")[..8]);
        assert_eq!(settings.build_role(&name("ledger")), role(&own));
        assert_eq!(settings.build_role(&name("other")), role("payments-build-eu-west-1"));
    }
}
