//! Who has a managed policy: as permissions, or as the boundary of them. It changes nothing. Source: AWS IAM API
//! (`ListPolicies`, `ListEntitiesForPolicy`), of the query protocol.

use crate::{Aws, Fault};

/// A managed policy that is the account's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
}

/// A user, group or role that has a managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// `user`, `group` or `role`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Whether it has the policy as its permissions boundary.
    pub as_boundary: bool,
}

/// Kinds of holders: the list that IAM answers, and what has the name in it.
const KINDS: [(&str, &str, &str); 3] =
    [("user", "PolicyUsers", "UserName"), ("group", "PolicyGroups", "GroupName"), ("role", "PolicyRoles", "RoleName")];

impl Aws {
    /// All managed policies that the account has made itself.
    ///
    /// # Errors
    /// When IAM refuses or cannot be reached.
    pub async fn managed_policies(&self) -> Result<Vec<ManagedPolicy>, Fault> {
        const CALL: &str = "iam:ListPolicies";
        let scope = [("Scope".to_owned(), "Local".to_owned())];
        let mut found = Vec::new();
        for page in self.iam_pages(CALL, "ListPolicies", &scope).await? {
            for policy in page.members("Policies") {
                let (Some(name), Some(arn)) = (policy.text("PolicyName"), policy.text("Arn")) else {
                    return Err(Fault::odd_answer(CALL, "name of a policy"));
                };
                found.push(ManagedPolicy { name: name.to_owned(), arn: arn.to_owned() });
            }
        }
        Ok(found)
    }

    /// Everybody who has a managed policy.
    ///
    /// # Errors
    /// When IAM refuses or cannot be reached.
    pub async fn holders(&self, policy: &ManagedPolicy) -> Result<Vec<Holder>, Fault> {
        const CALL: &str = "iam:ListEntitiesForPolicy";
        let mut found = Vec::new();
        // An answer says not as what: each is asked for by itself.
        for (usage, as_boundary) in [("PermissionsPolicy", false), ("PermissionsBoundary", true)] {
            let form =
                [("PolicyArn".to_owned(), policy.arn.clone()), ("PolicyUsageFilter".to_owned(), usage.to_owned())];
            for page in self.iam_pages(CALL, "ListEntitiesForPolicy", &form).await? {
                for (kind, list, tag) in KINDS {
                    for member in page.members(list) {
                        let name = member.text(tag).ok_or_else(|| Fault::odd_answer(CALL, "name of an entity"))?;
                        found.push(Holder { kind, name: name.to_owned(), as_boundary });
                    }
                }
            }
        }
        Ok(found)
    }
}
