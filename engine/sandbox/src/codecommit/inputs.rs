//! Inputs that many operations share, with the errors that the model lists for them. It changes nothing.

use super::model::{PullRequest, Repository};
use crate::AwsError;
use crate::fields::Fields;
use crate::git::is_object_id;
use crate::paging::Page;
use crate::world::Shared;

/// Reads `repositoryName` and finds the repository.
///
/// # Errors
/// `RepositoryNameRequiredException`, `InvalidRepositoryNameException`, `RepositoryDoesNotExistException`.
pub(super) fn repository(world: &Shared, f: &mut Fields) -> Result<Repository, AwsError> {
    find_repository(world, &repository_name(f)?)
}

/// Reads `repositoryName`.
///
/// # Errors
/// `RepositoryNameRequiredException`, `InvalidRepositoryNameException`.
pub(super) fn repository_name(f: &mut Fields) -> Result<String, AwsError> {
    let name = f.required_str("repositoryName", "RepositoryNameRequiredException")?;
    check_repository_name(&name)?;
    Ok(name)
}

/// *Documented*: user guide, "Quotas": 1 to 100 of letters, digits, `.`, `_`, `-`, and not ending in `.git`.
///
/// # Errors
/// `InvalidRepositoryNameException`.
pub(super) fn check_repository_name(name: &str) -> Result<(), AwsError> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.is_empty() || name.len() > 100 || !name.chars().all(legal) || name.ends_with(".git") {
        let text = format!(
            "The repository name {name:?} is not valid: 1 to 100 letters, digits, periods, underscores and dashes, not ending in .git"
        );
        return Err(AwsError::client("InvalidRepositoryNameException", text));
    }
    Ok(())
}

/// Finds a repository by its name.
///
/// # Errors
/// `RepositoryDoesNotExistException`.
pub(super) fn find_repository(world: &Shared, name: &str) -> Result<Repository, AwsError> {
    world
        .store
        .get("repositories", name)
        .ok_or_else(|| AwsError::client("RepositoryDoesNotExistException", format!("{name} does not exist")))
}

/// Reads a branch's short name.
///
/// # Errors
/// `BranchNameRequiredException`, `InvalidBranchNameException`.
pub(super) fn branch_name(f: &mut Fields, field: &str) -> Result<String, AwsError> {
    let name = f.required_str(field, "BranchNameRequiredException")?;
    if is_branch_name(&name) {
        return Ok(name);
    }
    Err(AwsError::client("InvalidBranchNameException", format!("{name:?} is not a valid branch name")))
}

/// git-check-ref-format(1), for the part after `refs/heads/`.
pub(super) fn is_branch_name(name: &str) -> bool {
    let part_ok = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    let forbidden = |c: char| c.is_ascii_control() || " ~^:?*[\\".contains(c);
    name.len() <= 256
        && !name.starts_with('-')
        && name.split('/').all(part_ok)
        && !name.contains(forbidden)
        && !name.contains("..")
        && !name.contains("@{")
        && !name.ends_with('.')
        && name != "@"
        && name != "HEAD"
}

/// Reads a full commit id.
///
/// # Errors
/// `missing`, `InvalidCommitIdException`.
pub(super) fn commit_id(f: &mut Fields, field: &str, missing: &str) -> Result<String, AwsError> {
    let id = f.required_str(field, missing)?;
    check_commit_id(id)
}

/// # Errors
/// `InvalidCommitIdException`.
pub(super) fn check_commit_id(id: String) -> Result<String, AwsError> {
    if is_object_id(&id) {
        return Ok(id);
    }
    Err(AwsError::client("InvalidCommitIdException", format!("{id:?} is not a full commit ID")))
}

/// Reads `pullRequestId`.
///
/// # Errors
/// `PullRequestIdRequiredException`, `InvalidPullRequestIdException`.
pub(super) fn pull_request_number(f: &mut Fields) -> Result<u64, AwsError> {
    let text = f.required_str("pullRequestId", "PullRequestIdRequiredException")?;
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| plain).ok_or_else(|| {
        AwsError::client("InvalidPullRequestIdException", format!("{text:?} is not the ID of a pull request"))
    })
}

/// The error for a pull request that is not there.
pub(super) fn no_pull_request(number: u64) -> AwsError {
    AwsError::client("PullRequestDoesNotExistException", format!("the pull request {number} does not exist"))
}

/// Finds a pull request.
///
/// # Errors
/// `PullRequestDoesNotExistException`.
pub(super) fn find_pull_request(world: &Shared, number: u64) -> Result<PullRequest, AwsError> {
    world.store.get("pull_requests", &PullRequest::key(number)).ok_or_else(|| no_pull_request(number))
}

/// Reads `revisionId`.
///
/// # Errors
/// `RevisionIdRequiredException`, `InvalidRevisionIdException`.
pub(super) fn revision(f: &mut Fields) -> Result<String, AwsError> {
    let id = f.required_str("revisionId", "RevisionIdRequiredException")?;
    if id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(id);
    }
    Err(AwsError::client("InvalidRevisionIdException", format!("{id:?} is not a revision ID")))
}

/// Reads `nextToken` and `maxResults`.
///
/// # Errors
/// `InvalidContinuationTokenException`, `InvalidMaxResultsException`.
pub(super) fn page(f: &mut Fields, default: u64, most: u64) -> Result<Page, AwsError> {
    let (token, size) = ("InvalidContinuationTokenException", "InvalidMaxResultsException");
    Page::read(f, "nextToken", "maxResults", default, most, token, size)
}

/// Reads an idempotency token.
///
/// # Errors
/// `InvalidClientRequestTokenException`.
pub(super) fn token(f: &mut Fields) -> Result<Option<String>, AwsError> {
    let token = f.str("clientRequestToken")?;
    if token.as_ref().is_some_and(|token| token.is_empty() || token.len() > 64) {
        return Err(AwsError::client(
            "InvalidClientRequestTokenException",
            "a client request token has 1 to 64 characters",
        ));
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_branch_names_that_git_refuses() {
        for good in ["main", "feature/x", "a.b", "ünï", "release-1.0", "a@b"] {
            assert!(is_branch_name(good), "{good}");
        }
        for bad in
            ["", "a//b", "/a", "a/", ".a", "a..b", "a b", "a~1", "x.lock", "a.", "@", "a@{b", "-x", "a\nb", "a:b"]
        {
            assert!(!is_branch_name(bad), "{bad}");
        }
    }

    #[test]
    fn takes_names_of_a_hundred_characters_with_dots_and_no_more() {
        assert!(check_repository_name(&"a.b_c-d".repeat(14)).is_ok());
        assert!(check_repository_name(&"a".repeat(101)).is_err());
        assert!(check_repository_name("a/b").is_err());
        assert!(check_repository_name("a.git").is_err());
    }
}
