//! The approval rule template that demands the gate's vote, and which branches it stands for: both from the floor's
//! `gate.destinations`, so that policy and rule cannot disagree.

use serde_json::{Value, json};

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

/// The content of the template (version 2018-11-08): one approval, and the pool is exactly the voter.
///
/// # Errors
/// When a glob of `gate.destinations` cannot be said in a template, or the template would be too large.
pub fn approval_rule_template(floor: Option<&Floor>, voter_arn: &str) -> Result<Value, TemplateError> {
    let statements = json!([{
        "Type": "Approvers",
        "NumberOfApprovalsNeeded": 1,
        "ApprovalPoolMembers": [voter_arn],
    }]);
    let content = match references(floor)? {
        // Without references the template stands for every branch.
        None => json!({"Version": "2018-11-08", "Statements": statements}),
        Some(references) => {
            json!({"Version": "2018-11-08", "DestinationReferences": references, "Statements": statements})
        }
    };
    let count = content.to_string().chars().count();
    if count > LONGEST_CONTENT {
        return Err(TemplateError::TooLarge { count, what: "characters", most: LONGEST_CONTENT });
    }
    Ok(content)
}

/// Whether pull requests into this reference are gated.
pub fn gates(floor: Option<&Floor>, destination_reference: &str) -> bool {
    let branch = destination_reference.strip_prefix("refs/heads/").unwrap_or(destination_reference);
    floor.and_then(|floor| floor.destinations.as_ref()).is_none_or(|globs| globs.matches(branch))
}

fn references(floor: Option<&Floor>) -> Result<Option<Vec<String>>, TemplateError> {
    let Some(globs) = floor.and_then(|floor| floor.destinations.as_ref()) else { return Ok(None) };
    // `*` alone also stands for branches with a `/` here: a rule too many gates, a rule too few does not.
    if globs.written().iter().any(|glob| glob == "*" || glob == "**")
        && globs.written().iter().all(|glob| !glob.starts_with('!'))
    {
        return Ok(None);
    }
    let references = globs.written().iter().map(|glob| reference(glob)).collect::<Result<Vec<_>, _>>()?;
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
