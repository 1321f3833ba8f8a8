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
    let allowed = |rule: &EventRule| lets(&policy, &arn, &rule.arn, &deployment.account);
    let refused: Vec<&EventRule> = rules.iter().copied().filter(|rule| !allowed(rule)).collect();
    if refused.is_empty() {
        return Check::ok(ID, format!("{name} lets its rules call it"));
    }
    let grants: Vec<String> = refused.iter().map(|rule| grant(deployment, function, rule)).collect();
    let names: Vec<&str> = refused.iter().map(|rule| rule.name.as_str()).collect();
    Check::failed(ID, format!("{name} does not let {} call it", names.join(", ")), grants.join(" && "))
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

/// Whether a statement of the policy lets EventBridge call for this rule. A condition that is not known here is not met.
fn lets(policy: &Value, function: &str, rule: &str, account: &str) -> bool {
    let statements = match &policy["Statement"] {
        Value::Array(many) => many.as_slice(),
        one => std::slice::from_ref(one),
    };
    let names = |value: &Value, wanted: &[&str]| texts(value).any(|text| wanted.contains(&text));
    let conditions = |statement: &Value| {
        let Value::Object(operators) = &statement["Condition"] else { return statement["Condition"].is_null() };
        operators
            .iter()
            .flat_map(|(operator, keys)| keys.as_object().into_iter().flatten().map(move |it| (operator, it)))
            .all(|(operator, (key, value))| match (operator.as_str(), key.to_ascii_lowercase().as_str()) {
                ("ArnLike" | "ArnEquals" | "StringEquals" | "StringLike", "aws:sourcearn") => {
                    let globs = ArnGlobs::new(texts(value).map(str::to_owned).collect());
                    globs.is_ok_and(|globs| globs.find(rule).is_some())
                }
                ("StringEquals" | "StringLike", "aws:sourceaccount") => names(value, &[account]),
                _ => false,
            })
    };
    let fits = |statement: &&Value| {
        let principal = &statement["Principal"];
        names(&statement["Action"], &[ACTION, "lambda:*", "*"])
            && names(&statement["Resource"], &[function])
            && (names(&principal["Service"], &[EVENTS]) || principal == "*")
            && conditions(statement)
    };
    let says = |effect: &str| statements.iter().filter(|statement| statement["Effect"] == effect).any(|one| fits(&one));
    says("Allow") && !says("Deny")
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
        let may = |policy: Value| lets(&policy, FUNCTION, RULE, "111122223333");
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
}
