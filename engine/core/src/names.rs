//! Names that cross borders: pull requests, commits, CodeBuild projects, Step Functions executions. A value of these
//! types is well formed; none of them is ever put into a shell command.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {expected}")]
pub struct NameError {
    /// What was given.
    pub text: String,
    /// What it should be, with an article: "a commit id (40 hexadecimal digits)".
    pub expected: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the form.
            ///
            /// # Errors
            #[doc = concat!("When the text is not ", $expected, ".")]
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) { Ok(Self(text)) } else { Err(NameError { text, expected: $expected }) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
    };
}

name!(
    /// A CodeCommit repository's name: 1 to 100 of `[A-Za-z0-9_.-]` (CodeCommit user guide, quotas).
    RepositoryName,
    "a repository name (1 to 100 letters, digits, `.`, `_`, `-`)",
    |t| (1..=100).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
);
name!(
    /// A pull request's number, unique in an account and region.
    PullRequestId,
    "a pull request id (a number)",
    |t| (1..=18).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit())
);
name!(
    /// A full commit id.
    CommitId,
    "a commit id (40 hexadecimal digits)",
    |t| t.len() == 40 && t.bytes().all(|b| b.is_ascii_hexdigit())
);
name!(
    /// A pull request's revision id, as CodeCommit gives it (64 hexadecimal digits).
    RevisionId,
    "a revision id",
    |t| (16..=128).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_alphanumeric())
);
name!(
    /// The name of a stage or a skip rule: `[a-z][a-z0-9-]{0,39}`.
    PolicyName,
    "a name (a lower-case letter, then up to 39 lower-case letters, digits and `-`)",
    |t| t.len() <= 40
        && t.starts_with(|c: char| c.is_ascii_lowercase())
        && t.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
);

impl PolicyName {
    /// Whether the organisation injected it: the prefix `gated-` is reserved for floors.
    pub fn is_reserved(&self) -> bool {
        self.0.starts_with("gated-")
    }
}

/// What the names of a deployment's CodeBuild projects begin with: `gated-`. The first `-` ends the deployment's own name,
/// whose dashes become `_`, so that neither `gated` nor `gated-2` gets at what the other has.
pub fn project_prefix(service: &str) -> String {
    format!("{}-", service.replace('-', "_"))
}

/// Where a deployment keeps the badges of its projects in the Parameter Store: `/gated/projects`.
pub fn badges(service: &str) -> String {
    format!("/{service}/projects")
}

/// The CodeBuild project of a pull request: `gated-<repository>-pr-<n>`, in the deployment `gated`. Characters that CodeBuild
/// refuses become `-`; when anything changed, a short hash of the repository's name keeps two repositories apart.
pub fn project_name(service: &str, repository: &RepositoryName, pull_request: &PullRequestId) -> String {
    // CodeBuild takes 150 characters; a deployment's name has 20 at most, and a pull request's number 18.
    const ROOM_BESIDE_HASH: usize = 98;
    let prefix = project_prefix(service);
    let raw = repository.as_str();
    let legal: String =
        raw.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' }).collect();
    // What begins with `<prefix><repository>-pr-` is that repository's alone, and roles are granted by it: no other name may.
    let mut legal = format!("{legal}-");
    while legal.contains("-pr-") {
        legal = legal.replace("-pr-", "_pr-");
    }
    legal.pop();
    if legal == raw {
        return format!("{prefix}{legal}-pr-{pull_request}");
    }
    let hash = &sha256_hex(raw.as_bytes())[..8];
    let cut = &legal[..legal.len().min(ROOM_BESIDE_HASH)];
    format!("{prefix}{cut}-{hash}-pr-{pull_request}")
}

/// The name of the execution that gates one revision: `pr-<n>-<revision, 16>-<decision hash, 8>-<attempt>`.
pub fn execution_name(
    pull_request: &PullRequestId,
    revision: &RevisionId,
    decision_hash: &str,
    attempt: u32,
) -> String {
    let hash = &decision_hash[..decision_hash.len().min(8)];
    format!("{}{hash}-{attempt}", revision_prefix(pull_request, revision))
}

/// What the names of every execution of one revision begin with: `pr-<n>-<revision, 16>-`.
pub fn revision_prefix(pull_request: &PullRequestId, revision: &RevisionId) -> String {
    format!("pr-{pull_request}-{}-", &revision.as_str()[..16])
}

/// Lower-case hexadecimal SHA-256.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_repositorys_projects_begin_as_those_of_another() {
        let name =
            |raw: &str| project_name("gated", &RepositoryName::new(raw).unwrap(), &PullRequestId::new("7").unwrap());
        for other in ["a-pr", "a-pr-5", "a-pr-5-pr-6", "a-pr-pr", "a.pr.5", "a-pr-pr-pr-1"] {
            assert!(!name(other).starts_with("gated-a-pr-"), "{}", name(other));
        }
        assert_eq!(name("a-print"), "gated-a-print-pr-7");
    }

    #[test]
    fn no_deployments_projects_begin_as_those_of_another() {
        let services = ["gated", "gated-2", "gated2", "gated-2-demo", "gated-gated"];
        for service in services {
            let repository = RepositoryName::new("2-demo").unwrap();
            let name = project_name(service, &repository, &PullRequestId::new("7").unwrap());
            let of: Vec<_> = services.into_iter().filter(|other| name.starts_with(&project_prefix(other))).collect();
            assert_eq!(of, [service], "{name}");
        }
    }

    #[test]
    fn a_plain_repository_names_its_project_plainly() {
        let name = project_name("gated", &RepositoryName::new("demo").unwrap(), &PullRequestId::new("42").unwrap());
        assert_eq!(name, "gated-demo-pr-42");
    }

    #[test]
    fn a_dot_is_replaced_and_does_not_collide_with_a_dash() {
        let pr = PullRequestId::new("7").unwrap();
        let dotted = project_name("gated", &RepositoryName::new("my.repo").unwrap(), &pr);
        let dashed = project_name("gated", &RepositoryName::new("my-repo").unwrap(), &pr);
        assert!(dotted.starts_with("gated-my-repo-"), "{dotted}");
        assert_ne!(dotted, dashed);
    }

    #[test]
    fn a_hundred_characters_stay_within_what_codebuild_takes() {
        let pr = PullRequestId::new("123456789012345678").unwrap();
        for repository in ["r".repeat(100), ".".repeat(100)] {
            let name = project_name(&"s".repeat(20), &RepositoryName::new(repository).unwrap(), &pr);
            assert!(name.len() <= 150, "{name}");
        }
    }
}
