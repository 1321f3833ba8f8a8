//! What a deployment tells the functions. It holds no secret.

use gated_core::decision::Decision;
use gated_core::layers::Found;
use gated_core::matching::Globs;
use gated_core::names::{RepositoryName, sha256_hex};
use gated_core::policy::{Floor, Mode};
use gated_policy::Reading;
use gated_render::RenderFault;

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
    /// Whether builds leave their reports in the deployment's report groups too.
    pub report_groups: bool,
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
        match self.own_build_roles.iter().any(|own| own == hash) {
            true => self.own_build_role(hash),
            false => self.build_role.clone(),
        }
    }

    fn own_build_role(&self, hash: &str) -> String {
        let shared = format!("/{}-build", self.service);
        self.build_role.replacen(&shared, &format!("{shared}-{hash}"), 1)
    }

    /// ARN of every role that a build may run under: the shared one, those of repositories, those of the floor's profiles.
    pub(crate) fn build_roles(&self) -> Vec<String> {
        let floor = self.valid_floor();
        let profiles = floor.iter().flat_map(|floor| &floor.profiles).filter_map(|profile| profile.role.clone());
        let own = self.own_build_roles.iter().map(|hash| self.own_build_role(hash));
        std::iter::once(self.build_role.clone()).chain(own).chain(profiles).collect()
    }

    /// ARN of every report group of the deployment, up to the format that ends it: `…:report-group/gated-`.
    pub(crate) fn report_group_arns(&self) -> String {
        match self.state_machine_arn.splitn(6, ':').collect::<Vec<_>>().as_slice() {
            [arn, partition, _, region, account, _] => {
                format!("{arn}:{partition}:codebuild:{region}:{account}:report-group/{}-", self.service)
            }
            _ => String::new(),
        }
    }

    /// What this deployment builds a decision with.
    pub(crate) fn buildspec(&self, decision: &Decision) -> Result<String, RenderFault> {
        match self.report_groups {
            true => gated_render::buildspec_with_reports(decision, &self.report_group_arns()),
            false => gated_render::buildspec(decision),
        }
    }

    /// Whether a build of the decision may have had this buildspec. With report groups and without them it runs and
    /// measures the same, so that a build is still the planned one when that switch was turned after it.
    pub(crate) fn is_buildspec(&self, decision: &Decision, text: &str) -> Result<bool, RenderFault> {
        Ok(text == gated_render::buildspec(decision)?
            || text == gated_render::buildspec_with_reports(decision, &self.report_group_arns())?)
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

    fn settings() -> Settings {
        Settings {
            service: "payments".to_owned(),
            repositories: Globs::everything(),
            rule_template: "payments".to_owned(),
            state_machine_arn: "arn:aws-cn:states:cn-north-1:111122223333:stateMachine:payments:live".to_owned(),
            artifact_bucket: String::new(),
            voter_arn: String::new(),
            build_role: "arn:aws-cn:iam::111122223333:role/payments-build-cn-north-1".to_owned(),
            own_build_roles: vec![sha256_hex(b"ledger")[..8].to_owned()],
            lock_days: None,
            image_repository: None,
            report_groups: false,
            floor: None,
        }
    }

    #[test]
    fn a_repository_with_a_build_role_of_its_own_gets_it_and_no_other_does() {
        let role = |name: &str| settings().build_role(&RepositoryName::new(name).unwrap());
        let own = format!("payments-build-{}-cn-north-1", &sha256_hex(b"ledger")[..8]);
        assert_eq!(role("ledger"), format!("arn:aws-cn:iam::111122223333:role/{own}"));
        assert_eq!(role("other"), settings().build_role);
    }

    #[test]
    fn builds_run_under_the_shared_role_those_of_repositories_and_those_of_profiles() {
        let theirs = "arn:aws-cn:iam::111122223333:role/theirs";
        let floor = format!("version: 1\nprofiles:\n  a: {{role: '{theirs}'}}\n  b: {{docker: true}}\n");
        let floor = FloorFile { path: "floor.yml".to_owned(), bytes: floor.into_bytes() };
        let settings = Settings { floor: Some(floor), ..settings() };
        let own = settings.build_role(&RepositoryName::new("ledger").unwrap());
        assert_eq!(settings.build_roles(), [settings.build_role.clone(), own, theirs.to_owned()]);
    }

    #[test]
    fn the_report_groups_are_where_the_state_machine_is() {
        let wanted = "arn:aws-cn:codebuild:cn-north-1:111122223333:report-group/payments-";
        assert_eq!(settings().report_group_arns(), wanted);
    }
}
