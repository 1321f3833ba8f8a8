//! Approval rules as text and as meaning: who may approve, how many must (*documented*: user guide, "Create an
//! approval rule template"). It decides nothing about a pull request's state.

use serde::Deserialize;

use crate::AwsError;

/// The content of a rule or a template, version 2018-11-08.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Content {
    version: String,
    #[serde(default)]
    destination_references: Option<Vec<String>>,
    statements: Vec<Statement>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    r#type: String,
    number_of_approvals_needed: usize,
    #[serde(default)]
    approval_pool_members: Option<Vec<String>>,
}

impl Content {
    /// Reads the JSON text of a rule, or of a template, which alone may name destinations.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(text: &str, template: bool) -> Result<Self, String> {
        if text.chars().count() > 3000 {
            return Err("the content has more than 3000 characters".to_owned());
        }
        let content: Self = serde_json::from_str(text).map_err(|e| format!("the content is not valid: {e}"))?;
        if content.version != "2018-11-08" {
            return Err(format!("the version is {:?}, not 2018-11-08", content.version));
        }
        if !template && content.destination_references.is_some() {
            return Err("only a template names DestinationReferences".to_owned());
        }
        if content.destination_references.iter().flatten().count() > 100 {
            return Err("more than 100 DestinationReferences".to_owned());
        }
        let [statement] = &content.statements[..] else { return Err("there is not exactly one statement".to_owned()) };
        if statement.r#type != "Approvers" || statement.number_of_approvals_needed == 0 {
            return Err("a statement has Type Approvers and NumberOfApprovalsNeeded from 1".to_owned());
        }
        if statement.approval_pool_members.iter().flatten().count() > 50 {
            return Err("more than 50 ApprovalPoolMembers".to_owned());
        }
        Ok(content)
    }

    /// Whether a template applies to a destination: full reference names, `*` for any characters.
    pub(super) fn covers(&self, destination: &str) -> bool {
        match &self.destination_references {
            None => true,
            Some(patterns) => patterns.iter().any(|pattern| matches(pattern, destination)),
        }
    }

    /// Whether these approvers, each an ARN, are enough. Without a pool everyone counts (*documented*).
    pub(super) fn satisfied_by(&self, approvers: &[String], account: &str) -> bool {
        self.statements.iter().all(|statement| {
            let counts = |arn: &&String| match &statement.approval_pool_members {
                None => true,
                Some(members) => members.iter().any(|member| is_member(member, arn, account)),
            };
            approvers.iter().filter(counts).count() >= statement.number_of_approvals_needed
        })
    }
}

/// The error of CodeCommit for a rule's content.
pub(super) fn invalid(code: &str, what: String) -> AwsError {
    AwsError::client(code, what)
}

/// `CodeCommitApprovers:ACCOUNT:NAME` is the IAM user NAME, the federated user NAME, or, as `ROLE/SESSION` with `*`
/// allowed in the session, a role session; a full ARN is that identity, `*` allowed in the session.
fn is_member(member: &str, arn: &str, account: &str) -> bool {
    let Some(rest) = member.strip_prefix("CodeCommitApprovers:") else { return matches_arn(member, arn) };
    let Some((owner, name)) = rest.split_once(':') else { return false };
    if owner != account {
        return false;
    }
    let identity = arn.split_once(&format!("::{account}:")).map_or("", |(_, identity)| identity);
    match identity.split_once('/') {
        Some(("user" | "federated-user", user)) => user.rsplit('/').next() == Some(name) || user == name,
        Some(("assumed-role", session)) => (name.contains('/') || name.starts_with('*')) && matches(name, session),
        _ => false,
    }
}

/// A wildcard counts in the session part of a role session only.
fn matches_arn(member: &str, arn: &str) -> bool {
    match member.split_once(":assumed-role/").and_then(|(_, rest)| rest.split_once('/')) {
        Some((_, session)) => {
            let head = &member[..member.len() - session.len()];
            arn.strip_prefix(head).is_some_and(|rest| matches(session, rest))
        }
        None => member == arn,
    }
}

/// `*` stands for any characters, also none.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return text.is_empty() };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "111122223333";
    const VOTER: &str = "arn:aws:sts::111122223333:assumed-role/voter/voter";
    const ALICE: &str = "arn:aws:iam::111122223333:user/alice";

    fn counts(member: &str, arn: &str) -> bool {
        is_member(member, arn, ACCOUNT)
    }

    #[test]
    fn a_plain_name_is_a_user_and_never_a_role_session() {
        assert!(counts("CodeCommitApprovers:111122223333:alice", ALICE));
        assert!(!counts("CodeCommitApprovers:111122223333:voter", VOTER));
        assert!(!counts("CodeCommitApprovers:999900001111:alice", ALICE));
        assert!(!counts("CodeCommitApprovers:111122223333:ali*", ALICE));
    }

    #[test]
    fn role_sessions_match_with_wildcards_in_the_session() {
        for member in ["voter/voter", "voter/*", "*voter"] {
            assert!(counts(&format!("CodeCommitApprovers:{ACCOUNT}:{member}"), VOTER), "{member}");
        }
        assert!(counts("arn:aws:sts::111122223333:assumed-role/voter/vo*", VOTER));
        assert!(counts(VOTER, VOTER));
        assert!(!counts("arn:aws:sts::111122223333:assumed-role/*/voter", VOTER));
        assert!(!counts("arn:aws:sts::111122223333:assumed-role/voter/other", VOTER));
        assert!(!counts("arn:aws:iam::111122223333:user/*", ALICE));
    }

    #[test]
    fn counts_only_members_of_the_pool() {
        let text = format!(
            r#"{{"Version":"2018-11-08","Statements":[{{"Type":"Approvers","NumberOfApprovalsNeeded":1,"ApprovalPoolMembers":["{VOTER}"]}}]}}"#
        );
        let content = Content::read(&text, false).unwrap();
        assert!(!content.satisfied_by(&[ALICE.to_owned()], ACCOUNT));
        assert!(content.satisfied_by(&[ALICE.to_owned(), VOTER.to_owned()], ACCOUNT));
    }

    #[test]
    fn a_template_covers_the_destinations_that_it_names() {
        let text = r#"{"Version":"2018-11-08","DestinationReferences":["refs/heads/main","refs/heads/rel-*"],"Statements":[{"Type":"Approvers","NumberOfApprovalsNeeded":1}]}"#;
        let content = Content::read(text, true).unwrap();
        assert!(content.covers("refs/heads/main") && content.covers("refs/heads/rel-1"));
        assert!(!content.covers("refs/heads/maintenance"));
        assert!(Content::read(text, false).is_err());
    }
}
