//! Questions to IAM: what a principal may do, and who may take a role. It changes nothing. Source: AWS IAM API
//! (`SimulatePrincipalPolicy`, `GetRole`), of the query protocol, by hand-signed requests.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::signed::{Request, escape, part, refused};
use crate::{Aws, Fault, partitions};

/// A thing that somebody might do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed<'a> {
    /// Actions: `codecommit:PutFile`.
    pub actions: &'a [&'a str],
    /// ARN of what they are done to; `*` for actions that know no resource.
    pub resource: &'a str,
    /// The value of `codecommit:References`, for actions that know it.
    pub reference: Option<&'a str>,
}

impl Aws {
    /// Those of the actions that a user's or role's policies allow. A session stands for its role.
    ///
    /// # Errors
    /// When IAM refuses, knows no such principal, or cannot be reached.
    pub async fn allowed(&self, principal: &str, deed: &Deed<'_>) -> Result<Vec<String>, Fault> {
        const CALL: &str = "iam:SimulatePrincipalPolicy";
        let mut form = vec![
            ("PolicySourceArn".to_owned(), self.policy_source(principal).await),
            ("MaxItems".to_owned(), "1000".to_owned()),
        ];
        form.push(("ResourceArns.member.1".to_owned(), deed.resource.to_owned()));
        for (index, action) in deed.actions.iter().enumerate() {
            form.push((format!("ActionNames.member.{}", index + 1), (*action).to_owned()));
        }
        if let Some(reference) = deed.reference {
            let entry = "ContextEntries.member.1";
            form.push((format!("{entry}.ContextKeyName"), "codecommit:References".to_owned()));
            form.push((format!("{entry}.ContextKeyType"), "stringList".to_owned()));
            form.push((format!("{entry}.ContextKeyValues.member.1"), reference.to_owned()));
        }
        let text = self.iam(CALL, "SimulatePrincipalPolicy", &form).await?;
        let mut found = Vec::new();
        for result in text.split("<EvalActionName>").skip(1) {
            let result = format!("<EvalActionName>{result}");
            let (Some(action), Some(decision)) = (part(&result, "EvalActionName"), part(&result, "EvalDecision"))
            else {
                return Err(Fault::odd_answer(CALL, "decision"));
            };
            if decision == "allowed" {
                found.push(action);
            }
        }
        Ok(found)
    }

    /// Who may take a role: its trust policy.
    ///
    /// # Errors
    /// When IAM refuses, knows no such role, or cannot be reached.
    pub async fn trust_policy(&self, role: &str) -> Result<Value, Fault> {
        const CALL: &str = "iam:GetRole";
        let text = self.iam(CALL, "GetRole", &[("RoleName".to_owned(), role.to_owned())]).await?;
        let document =
            part(&text, "AssumeRolePolicyDocument").ok_or_else(|| Fault::odd_answer(CALL, "trust policy"))?;
        let document = percent_decode_str(&document).decode_utf8_lossy().into_owned();
        serde_json::from_str(&document).map_err(|_| Fault::odd_answer(CALL, "trust policy in JSON"))
    }

    /// Whose policies speak for a principal: a session's role, whose path the session's ARN leaves out.
    async fn policy_source(&self, principal: &str) -> String {
        let plain = role_of(principal);
        if plain == principal {
            return plain;
        }
        let role = plain.rsplit('/').next().unwrap_or_default().to_owned();
        let told = self.iam("iam:GetRole", "GetRole", &[("RoleName".to_owned(), role)]).await;
        told.ok().and_then(|text| part(&text, "Arn")).unwrap_or(plain)
    }

    async fn iam(&self, call: &'static str, action: &str, form: &[(String, String)]) -> Result<String, Fault> {
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
            (200, body) => Ok(String::from_utf8_lossy(&body).into_owned()),
            (status, body) => Err(refused(call, status, &body)),
        }
    }
}

/// `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION` → `arn:aws:iam::111122223333:role/ROLE`
fn role_of(arn: &str) -> String {
    match arn.split_once(":assumed-role/") {
        Some((account, session)) => {
            let role = session.split('/').next().unwrap_or(session);
            format!("{}:role/{role}", account.replacen(":sts:", ":iam:", 1))
        }
        None => arn.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::role_of;

    #[test]
    fn a_session_stands_for_its_role_in_every_partition() {
        let session = "arn:aws-cn:sts::111122223333:assumed-role/Dev/alice";
        assert_eq!(role_of(session), "arn:aws-cn:iam::111122223333:role/Dev");
        assert_eq!(role_of("arn:aws:iam::111122223333:user/alice"), "arn:aws:iam::111122223333:user/alice");
    }
}
