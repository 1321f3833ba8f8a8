//! Whether Lambda lets a function's rules call it: a rule that is on and points right hands nothing over without that. It grants
//! nothing.

use gated_aws::EventRule;
use gated_core::matching::ArnGlobs;
use gated_lambda::Function;
use serde_json::Value;

use super::check::Check;
use super::deployment::Deployment;

/// Who calls when a rule does.
const EVENTS: &str = "events.amazonaws.com";
const ACTION: &str = "lambda:InvokeFunction";

/// Looks for each rule in the policy of the alias that it calls.
pub(super) async fn check(deployment: &Deployment<'_>, function: Function, rules: &[&EventRule]) -> Check {
    const ID: &str = "event-permissions";
    let (name, arn) = (function.live_name(&deployment.service), deployment.live(function));
    let policy = match deployment.aws.function_policy(&name).await {
        Err(fault) => return Check::fault(ID, &fault).about(&name),
        Ok(policy) => policy.unwrap_or_default(),
    };
    let of = |wanted: Lets| {
        let said = |rule: &&EventRule| lets(&policy, &arn, &rule.arn, &deployment.account) == wanted;
        rules.iter().copied().filter(said).collect::<Vec<_>>()
    };
    let names = |rules: &[&EventRule]| rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>().join(", ");
    let look = format!(
        "take what denies it out of the policy, which this shows: aws lambda get-policy --function-name {} --qualifier live",
        function.deployed_name(&deployment.service)
    );
    match (of(Lets::No).as_slice(), of(Lets::Denied).as_slice(), of(Lets::Unclear).as_slice()) {
        ([], [], []) => Check::ok(ID, format!("{name} lets its rules call it")),
        ([], [], unclear) => {
            let found =
                format!("whether {name} denies {} to call it depends on what is not known here", names(unclear));
            Check::unknown(ID, found, look)
        }
        ([], denied, _) => Check::failed(ID, format!("{name} denies {} to call it", names(denied)), look),
        (refused, ..) => {
            let grants: Vec<String> = refused.iter().map(|rule| grant(deployment, function, rule)).collect();
            Check::failed(ID, format!("{name} does not let {} call it", names(refused)), grants.join(" && "))
        }
    }
}

/// What a policy says to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lets {
    Yes,
    /// Nothing allows it.
    No,
    Denied,
    /// Something denies it, or not.
    Unclear,
}

fn grant(deployment: &Deployment<'_>, function: Function, rule: &EventRule) -> String {
    format!(
        "aws lambda add-permission --function-name {} --qualifier live --statement-id {} --action {ACTION} --principal \
         {EVENTS} --source-arn {} --source-account {}",
        function.deployed_name(&deployment.service),
        rule.name,
        rule.arn,
        deployment.account
    )
}

/// Whether the policy lets EventBridge call for this rule. A statement that is not understood here allows nothing, and may deny.
fn lets(policy: &Value, function: &str, rule: &str, account: &str) -> Lets {
    let statements = match &policy["Statement"] {
        Value::Array(many) => many.as_slice(),
        one => std::slice::from_ref(one),
    };
    let condition = |operator: &str, key: &str, value: &Value| match (operator, key.to_ascii_lowercase().as_str()) {
        ("ArnLike" | "ArnEquals" | "StringEquals" | "StringLike", "aws:sourcearn") => {
            ArnGlobs::new(texts(value).map(str::to_owned).collect()).ok().map(|globs| globs.find(rule).is_some())
        }
        ("StringEquals" | "StringLike", "aws:sourceaccount") => names(value, &[account]),
        _ => None,
    };
    let conditions = |statement: &Value| match &statement["Condition"] {
        Value::Null => Some(true),
        Value::Object(operators) => all(operators.iter().flat_map(|(operator, keys)| {
            let keys = keys.as_object().into_iter().flatten();
            keys.map(|(key, value)| condition(operator, key, value))
        })),
        _ => None,
    };
    let fits = |statement: &Value| {
        let principal = &statement["Principal"];
        let service = if principal.is_object() { &principal["Service"] } else { principal };
        let caller = match principal.get("AWS") {
            // Everybody may be meant.
            Some(others) if names(others, &[]).is_none() => None,
            Some(_) if service.is_null() => Some(false),
            _ => names(service, &[EVENTS, "*"]),
        };
        all([
            caller,
            names(&statement["Action"], &[ACTION, "lambda:*", "*"]),
            names(&statement["Resource"], &[function]),
            conditions(statement),
        ])
    };
    let said = |effect: &str| -> Vec<Option<bool>> {
        statements.iter().filter(|statement| statement["Effect"] == effect).map(fits).collect()
    };
    let denials = said("Deny");
    match said("Allow").contains(&Some(true)) {
        _ if denials.contains(&Some(true)) => Lets::Denied,
        false => Lets::No,
        true if denials.contains(&None) => Lets::Unclear,
        true => Lets::Yes,
    }
}

/// Whether one of these is named. What is not written, or with a wildcard, is not told here.
fn names(value: &Value, wanted: &[&str]) -> Option<bool> {
    if texts(value).any(|text| wanted.contains(&text)) {
        return Some(true);
    }
    let unclear = value.is_null() || texts(value).any(|text| text.contains(['*', '?']));
    (!unclear).then_some(false)
}

/// Whether all of it is so: not when one is not, whatever the others are.
fn all(parts: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let parts: Vec<Option<bool>> = parts.into_iter().collect();
    if parts.contains(&Some(false)) { Some(false) } else { parts.into_iter().collect::<Option<Vec<_>>>().map(|_| true) }
}

/// IAM writes one text without a list.
pub(super) fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let many = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    many.iter().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FUNCTION: &str = "arn:aws:lambda:us-east-1:111122223333:function:gated-intake:live";
    const RULE: &str = "arn:aws:events:us-east-1:111122223333:rule/gated-pull-requests";

    fn policy(change: impl FnOnce(&mut Value)) -> Value {
        let mut statement = json!({
            "Effect": "Allow",
            "Principal": {"Service": EVENTS},
            "Action": ACTION,
            "Resource": FUNCTION,
            "Condition": {
                "StringEquals": {"AWS:SourceAccount": "111122223333"},
                "ArnLike": {"AWS:SourceArn": RULE},
            },
        });
        change(&mut statement);
        json!({"Version": "2012-10-17", "Statement": [statement]})
    }

    #[test]
    fn a_rule_may_call_only_by_a_statement_of_its_own() {
        let may = |policy: Value| lets(&policy, FUNCTION, RULE, "111122223333") == Lets::Yes;
        assert!(may(policy(|_| ())) && may(policy(|it| it["Condition"] = Value::Null)));
        assert!(may(policy(
            |it| it["Condition"]["ArnLike"]["AWS:SourceArn"] = json!([RULE.replace("pull-requests", "*")])
        )));
        assert!(!may(Value::Null));
        assert!(!may(policy(|it| it["Condition"]["ArnLike"]["AWS:SourceArn"] = json!(format!("{RULE}-2")))));
        assert!(!may(policy(|it| it["Condition"]["StringEquals"]["AWS:SourceAccount"] = json!("999999999999"))));
        assert!(!may(policy(|it| it["Condition"]["StringEquals"]["aws:PrincipalOrgID"] = json!("o-1"))));
        assert!(!may(policy(|it| it["Principal"] = json!({"Service": "s3.amazonaws.com"}))));
        assert!(!may(policy(|it| it["Resource"] = json!(FUNCTION.trim_end_matches(":live")))));
        assert!(!may(policy(|it| it["Effect"] = json!("Deny"))));
    }

    #[test]
    fn what_denies_a_call_under_a_condition_that_is_not_known_may_deny_it() {
        let with = |change: fn(&mut Value)| {
            let mut whole = policy(|_| ());
            let mut denial = json!({"Effect": "Deny", "Principal": "*", "Action": "lambda:*", "Resource": FUNCTION});
            change(&mut denial);
            whole["Statement"].as_array_mut().unwrap().push(denial);
            lets(&whole, FUNCTION, RULE, "111122223333")
        };
        assert_eq!(with(|_| ()), Lets::Denied);
        assert_eq!(with(|it| it["Condition"] = json!({"ArnLike": {"aws:SourceArn": RULE}})), Lets::Denied);
        assert_eq!(with(|it| it["Condition"] = json!({"Bool": {"aws:SecureTransport": "false"}})), Lets::Unclear);
        assert_eq!(with(|it| it["Action"] = json!("lambda:Invoke*")), Lets::Unclear);
        assert_eq!(with(|it| it["Resource"] = json!("*")), Lets::Unclear);
        assert_eq!(with(|it| it["Principal"] = json!({"AWS": "*"})), Lets::Unclear);
        assert_eq!(with(|it| it["Principal"] = Value::Null), Lets::Unclear);
        assert_eq!(with(|it| it["Action"] = json!("lambda:AddPermission")), Lets::Yes);
        assert_eq!(with(|it| it["Principal"] = json!({"AWS": "arn:aws:iam::1:root"})), Lets::Yes);
        assert_eq!(
            with(|it| it["Condition"] = json!({
                "Bool": {"aws:SecureTransport": "false"},
                "StringEquals": {"aws:SourceAccount": "999999999999"},
            })),
            Lets::Yes
        );
    }
}
