//! Questions to IAM: who is there, and who may take a role. It changes nothing. Source: AWS IAM API (`GetRole`, `ListRoles`,
//! `ListUsers`), of the query protocol, by hand-signed requests.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::signed::{Request, escape, refused};
use crate::xml::Element;
use crate::{Aws, Fault, partitions};

impl Aws {
    /// Who may take a role: its trust policy.
    ///
    /// # Errors
    /// When IAM refuses, knows no such role, or cannot be reached.
    pub async fn trust_policy(&self, role: &str) -> Result<Value, Fault> {
        const CALL: &str = "iam:GetRole";
        let answer = self.iam(CALL, "GetRole", &[("RoleName".to_owned(), role.to_owned())]).await?;
        let document = answer.child("Role").and_then(|role| role.text("AssumeRolePolicyDocument"));
        let document = document.ok_or_else(|| Fault::odd_answer(CALL, "trust policy"))?;
        let document = percent_decode_str(document).decode_utf8_lossy().into_owned();
        serde_json::from_str(&document).map_err(|_| Fault::odd_answer(CALL, "trust policy in JSON"))
    }

    /// Whose policies speak for a principal: a session's role, whose path the session's ARN leaves out.
    ///
    /// # Errors
    /// When IAM refuses, knows no such role, or cannot be reached.
    pub async fn policy_source(&self, principal: &str) -> Result<String, Fault> {
        const CALL: &str = "iam:GetRole";
        let Some(role) = role_of(principal) else { return Ok(principal.to_owned()) };
        let answer = self.iam(CALL, "GetRole", &[("RoleName".to_owned(), role.to_owned())]).await?;
        let arn = answer.child("Role").and_then(|role| role.text("Arn"));
        arn.map(str::to_owned).ok_or_else(|| Fault::odd_answer(CALL, "ARN"))
    }

    /// ARNs of all users and roles of the account. Roles that only AWS's own services have (service-linked ones) are left out.
    ///
    /// # Errors
    /// When IAM refuses or cannot be reached.
    pub async fn users_and_roles(&self) -> Result<Vec<String>, Fault> {
        let mut found = Vec::new();
        for (call, action, list) in [("iam:ListUsers", "ListUsers", "Users"), ("iam:ListRoles", "ListRoles", "Roles")] {
            for page in self.iam_pages(call, action, &[]).await? {
                for member in page.members(list) {
                    let arn = member.text("Arn").ok_or_else(|| Fault::odd_answer(call, "ARN"))?;
                    if !arn.contains(":role/aws-service-role/") {
                        found.push(arn.to_owned());
                    }
                }
            }
        }
        Ok(found)
    }

    /// The results of all pages of a list.
    pub(crate) async fn iam_pages(
        &self,
        call: &'static str,
        action: &str,
        form: &[(String, String)],
    ) -> Result<Vec<Element>, Fault> {
        let mut form = form.to_vec();
        form.push(("MaxItems".to_owned(), "1000".to_owned()));
        let (plain, mut pages) = (form.len(), Vec::new());
        loop {
            let page = self.iam(call, action, &form).await?;
            let more = page.text("IsTruncated").is_some_and(|truncated| truncated == "true");
            let marker = page.text("Marker").map(str::to_owned);
            pages.push(page);
            if !more {
                return Ok(pages);
            }
            // Without one, or with that of the page before, the rest cannot be had: what is left out must not count as nothing.
            let next = ("Marker".to_owned(), marker.ok_or_else(|| Fault::odd_answer(call, "marker of the next page"))?);
            if form.get(plain) == Some(&next) {
                return Err(Fault::odd_answer(call, "marker of another page"));
            }
            form.truncate(plain);
            form.push(next);
        }
    }

    /// One call; answers what its `…Result` element holds.
    async fn iam(&self, call: &'static str, action: &str, form: &[(String, String)]) -> Result<Element, Fault> {
        let mut body = format!("Action={action}&Version=2010-05-08");
        for (name, value) in form {
            body += &format!("&{name}={}", escape(value).replace('/', "%2F"));
        }
        let (host, region) = partitions::iam(self.region());
        let host = self.signed.endpoint_url.clone().unwrap_or(host);
        let request = Request {
            method: "POST",
            url: format!("{host}/"),
            content_type: Some("application/x-www-form-urlencoded"),
            target: None,
            body: body.as_bytes(),
            further: &[],
        };
        match self.signed.send_in(call, "iam", region, request).await? {
            (200, body) => {
                let mut answer = Element::read(&String::from_utf8_lossy(&body));
                let result = answer.as_mut().and_then(|answer| answer.take(&format!("{action}Result")));
                result.ok_or_else(|| Fault::odd_answer(call, "result"))
            }
            (status, body) => Err(refused(call, status, &body)),
        }
    }
}

/// `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION` → `ROLE`
fn role_of(arn: &str) -> Option<&str> {
    arn.split_once(":assumed-role/").and_then(|(_, session)| session.split('/').next())
}

#[cfg(test)]
mod tests {
    use super::role_of;

    #[test]
    fn a_session_stands_for_its_role_in_every_partition() {
        assert_eq!(role_of("arn:aws-cn:sts::111122223333:assumed-role/Dev/alice"), Some("Dev"));
        assert_eq!(role_of("arn:aws:iam::111122223333:user/alice"), None);
    }
}
