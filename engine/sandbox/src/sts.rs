//! STS: who calls, and role sessions. It knows one trust policy, that of a function's role, which trusts Lambda alone
//! (*documented*); otherwise any caller may take any role of this account (*assumed*).

use serde_json::{Value, json};

use crate::AwsError;
use crate::clock::{iso_seconds, now_ms};
use crate::fields::Fields;
use crate::world::{Caller, Shared};

/// The operations, which a task may name.
pub(crate) const OPERATIONS: &[&str] = &["GetCallerIdentity", "AssumeRole"];

/// Answers one operation.
pub(crate) async fn call(world: &Shared, caller: &Caller, operation: &str, input: Value) -> Result<Value, AwsError> {
    let fields = Fields::new(operation, input)?;
    match operation {
        "GetCallerIdentity" => {
            fields.finish()?;
            Ok(json!({ "UserId": caller.user_id, "Account": world.account, "Arn": caller.arn }))
        }
        "AssumeRole" => assume_role(world, caller, fields),
        _ => Err(AwsError::not_emulated(format!("the operation {operation} of STS"))),
    }
}

/// *Documented*: STS API reference, AssumeRole. The role need not exist (*assumed*: the sandbox has no IAM).
fn assume_role(world: &Shared, caller: &Caller, mut fields: Fields) -> Result<Value, AwsError> {
    let invalid = |what: String| AwsError::client("ValidationError", what);
    let role_arn = fields.required_str("RoleArn", "ValidationError")?;
    let session = fields.required_str("RoleSessionName", "ValidationError")?;
    let seconds: u64 = match fields.str("DurationSeconds")? {
        None => 3600,
        Some(text) => text
            .parse()
            .ok()
            .filter(|s| (900..=43200).contains(s))
            .ok_or_else(|| invalid(format!("DurationSeconds {text} is not between 900 and 43200")))?,
    };
    fields.finish()?;
    let prefix = format!("arn:aws:iam::{}:role/", world.account);
    let role = role_arn
        .strip_prefix(&prefix)
        .and_then(|path| path.rsplit('/').next()) // a session's ARN leaves out the role's path
        .filter(|role| !role.is_empty())
        .ok_or_else(|| invalid(format!("{role_arn} is not the ARN of a role in account {}", world.account)))?;
    if world.installation.functions.contains_key(role) {
        let text = format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {role_arn}", caller.arn);
        return Err(AwsError::client("AccessDenied", text).with_status(403));
    }
    let legal = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if !(2..=64).contains(&session.len()) || !session.chars().all(legal) {
        return Err(invalid(format!("RoleSessionName {session:?} does not match [\\w+=,.@-]{{2,64}}")));
    }
    let credentials = world.credentials_for(role, &session)?;
    let assumed = world.role_session(role, &session);
    Ok(json!({
        "Credentials": {
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key,
            "SessionToken": credentials.session_token,
            "Expiration": iso_seconds(now_ms() + seconds * 1000),
        },
        "AssumedRoleUser": { "AssumedRoleId": assumed.user_id, "Arn": assumed.arn },
        "PackedPolicySize": 0,
    }))
}
