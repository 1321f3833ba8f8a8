//! The approval rule template that demands the gate's vote, and which branches it stands for: both from the floor's
//! `gate.destinations`, so that policy and rule cannot disagree.

use serde_json::{Value, json};

use crate::matching::Globs;
use crate::policy::Floor;

/// References that a template may name (CodeCommit user guide, quotas).
const MOST_REFERENCES: usize = 100;
/// Characters of a template's content (CodeCommit user guide, quotas).
const LONGEST_CONTENT: usize = 3_000;

/// Why no approval rule template can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// CodeCommit knows only `*`, and not at the start.
    #[error(
        "the floor's gate.destinations has {glob:?}, which an approval rule template cannot say ({why}): name the branches \
         one by one, or with `*` at the end"
    )]
    Inexpressible {
        /// The glob.
        glob: String,
        /// What CodeCommit does not know.
        why: &'static str,
    },
    /// A quota of CodeCommit.
    #[error(
        "the floor's gate.destinations makes an approval rule template with {count} {what}, CodeCommit takes {most}: shorten it"
    )]
    TooLarge {
        /// How many.
        count: usize,
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        most: usize,
    },
}

/// The content of the gate's template: one approval, and the pool is exactly the voter.
///
/// # Errors
/// When a glob of `gate.destinations` cannot be said in a template, or the template would be too large.
pub fn approval_rule_template(floor: Option<&Floor>, voter_arn: &str) -> Result<Value, TemplateError> {
    let destinations = floor.and_then(|floor| floor.destinations.as_ref());
    approval_rule_content(destinations, &[voter_arn.to_owned()], 1)
}

/// The content of a template (version 2018-11-08) for these destinations; `None` stands for every branch. A glob may be
/// written as a full reference, `refs/heads/main`.
///
/// # Errors
/// When a glob cannot be said in a template, or the template would be too large.
pub fn approval_rule_content(
    destinations: Option<&Globs>,
    pool: &[String],
    approvals: u32,
) -> Result<Value, TemplateError> {
    let mut content = approval_rule(pool, approvals);
    // Without references the template stands for every branch.
    if let Some(references) = references(destinations)? {
        content["DestinationReferences"] = json!(references);
    }
    let count = content.to_string().chars().count();
    if count > LONGEST_CONTENT {
        return Err(TemplateError::TooLarge { count, what: "characters", most: LONGEST_CONTENT });
    }
    Ok(content)
}

/// The content of a rule on one pull request: as a template's, without destinations.
pub fn approval_rule(pool: &[String], approvals: u32) -> Value {
    let statements = json!([{"Type": "Approvers", "NumberOfApprovalsNeeded": approvals, "ApprovalPoolMembers": pool}]);
    json!({"Version": "2018-11-08", "Statements": statements})
}

/// Whether a rule of this content can be met by the voter alone: a pool with somebody else in it binds nobody.
pub fn demands_vote(content: &str, voter_arn: &str) -> bool {
    let content: Value = serde_json::from_str(content).unwrap_or_default();
    let [statement] = content["Statements"].as_array().map_or(&[][..], Vec::as_slice) else { return false };
    let needed = statement["NumberOfApprovalsNeeded"].as_u64();
    statement["ApprovalPoolMembers"] == json!([voter_arn]) && needed.is_some_and(|needed| needed > 0)
}

/// Whether pull requests into this reference are gated.
pub fn gates(floor: Option<&Floor>, destination_reference: &str) -> bool {
    let branch = destination_reference.strip_prefix("refs/heads/").unwrap_or(destination_reference);
    floor.and_then(|floor| floor.destinations.as_ref()).is_none_or(|globs| globs.matches(branch))
}

fn references(destinations: Option<&Globs>) -> Result<Option<Vec<String>>, TemplateError> {
    let Some(globs) = destinations else { return Ok(None) };
    let written: Vec<&str> =
        globs.written().iter().map(|glob| glob.strip_prefix("refs/heads/").unwrap_or(glob)).collect();
    // `*` alone also stands for branches with a `/` here: a rule too many gates, a rule too few does not.
    if written.iter().any(|glob| matches!(*glob, "*" | "**")) && written.iter().all(|glob| !glob.starts_with('!')) {
        return Ok(None);
    }
    let references = written.into_iter().map(reference).collect::<Result<Vec<_>, _>>()?;
    if references.len() > MOST_REFERENCES {
        return Err(TemplateError::TooLarge { count: references.len(), what: "references", most: MOST_REFERENCES });
    }
    Ok(Some(references))
}

fn reference(glob: &str) -> Result<String, TemplateError> {
    let fail = |why| Err(TemplateError::Inexpressible { glob: glob.to_owned(), why });
    if glob.starts_with('!') {
        return fail("it cannot take branches away");
    }
    if glob.starts_with('*') {
        return fail("a wildcard cannot stand at the start");
    }
    if glob.contains(['?', '[', ']', '{', '}', '\\']) {
        return fail("`*` is its only wildcard");
    }
    let mut text = glob.to_owned();
    while text.contains("**") {
        text = text.replace("**/", "*").replace("**", "*");
    }
    Ok(format!("refs/heads/{text}"))
}
