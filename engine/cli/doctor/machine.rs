//! Whether the state machine that executions begin with is this version's, and calls nothing but what of this deployment it
//! should. It starts nothing.

use std::collections::BTreeSet;

use gated_lambda::{Function, GATE};
use serde_json::Value;

use super::check::Check;
use super::deployment::{DEPLOY, Deployment, ask};
use crate::install;

const ID: &str = "state-machine";

pub(super) async fn check(deployment: &Deployment<'_>) -> Check {
    let texts = match deployment.aws.definitions(&deployment.state_machine).await {
        Err(fault) => return Check::fault(ID, &fault),
        Ok(texts) => texts,
    };
    if texts.is_empty() {
        return Check::failed(ID, format!("there is no {}", deployment.state_machine), DEPLOY);
    }
    let mut named = BTreeSet::new();
    for text in &texts {
        match filled_in(text, &deployment.partition) {
            None => return Check::failed(ID, "its definition is not the one of this version", DEPLOY),
            Some(names) => named.extend(names),
        }
    }
    for (place, name) in &named {
        if let Some(fault) = wrong(deployment, place, name).await {
            return fault;
        }
    }
    if named.iter().map(|(place, _)| place).collect::<BTreeSet<_>>().len() < named.len() {
        let names: Vec<&str> = named.iter().map(|(_, name)| name.as_str()).collect();
        return Check::failed(ID, format!("its states do not all call the same: {}", names.join(", ")), DEPLOY);
    }
    Check::ok(ID, "it is the one of this version, and calls this deployment's judge and voter of this version")
}

/// What is wrong with a name that a deployment filled in.
async fn wrong(deployment: &Deployment<'_>, place: &str, name: &str) -> Option<Check> {
    let function = match place {
        "${JudgeFunction}" => Function::Judge,
        "${VoterFunction}" => Function::Voter,
        _ if name == deployment.configuration() => return None,
        _ => return Some(Check::failed(ID, format!("it reads {name}, not {}", deployment.configuration()), DEPLOY)),
    };
    let own = deployment.arn("lambda", &format!("function:{}:", function.deployed_name(&deployment.service)));
    let is_legal = |version: &str| version.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if !name.strip_prefix(&own).is_some_and(|version| !version.is_empty() && is_legal(version)) {
        return Some(Check::failed(ID, format!("it calls {name}, which is no version of {own}…"), DEPLOY));
    }
    let found = match ask(deployment.aws, name, &[]).await {
        Err(fault) if fault.is("ResourceNotFoundException") => format!("it calls {name}, which is not there"),
        Err(fault) => return Some(Check::fault(ID, &fault).about(name)),
        Ok(told) if told["version"] != GATE => format!("it calls {name}, which is of version {}", told["version"]),
        Ok(told) if told["function"] != function.name() => {
            format!("it calls {name}, which is the {}", told["function"])
        }
        Ok(told) if !deployment.is_current(&told) => {
            format!("it calls {name}, which was told other settings than intake: it is of another deployment")
        }
        Ok(_) => return None,
    };
    Some(Check::failed(ID, found, DEPLOY))
}

/// What a deployment filled into this version's definition: place and name of each. `None` when it differs in anything else.
fn filled_in(text: &str, partition: &str) -> Option<Vec<(String, String)>> {
    // The file is of the partition `aws`; a deployment calls the integrations by its own.
    let ours = install::DEFINITION.replace("\"arn:aws:states:::", &format!("\"{partition}:states:::"));
    let (ours, theirs) = (serde_json::from_str(&ours).ok()?, serde_json::from_str(text).ok()?);
    let mut found = Vec::new();
    same(&ours, &theirs, &mut found).then_some(found)
}

fn same(ours: &Value, theirs: &Value, found: &mut Vec<(String, String)>) -> bool {
    match (ours, theirs) {
        (Value::String(ours), Value::String(theirs)) if ours.starts_with("${") => {
            found.push((ours.clone(), theirs.clone()));
            true
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|(key, value)| theirs.get(key).is_some_and(|other| same(value, other, found)))
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs, found))
        }
        (ours, theirs) => ours == theirs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_may_differ_in_the_names_that_a_deployment_fills_in_and_in_nothing_else() {
        let judge = "arn:aws:lambda:x:1:function:payments-judge:7";
        let deployed = install::DEFINITION.replace("${JudgeFunction}", judge);
        let named = filled_in(&deployed, "arn:aws").unwrap();
        let of = |place| named.iter().filter(move |(key, _)| key == place).map(|(_, name)| name.as_str());
        assert!(of("${JudgeFunction}").count() == 2 && of("${JudgeFunction}").all(|name| name == judge));
        assert_eq!((of("${VoterFunction}").count(), of("${ConfigurationParameter}").count()), (6, 1));
        assert!(filled_in(&deployed.replacen("\"Gated.Forged\"", "\"Gated.Other\"", 1), "arn:aws").is_none());
        assert!(filled_in("{}", "arn:aws").is_none());
    }

    #[test]
    fn a_definition_calls_the_integrations_of_its_own_partition() {
        for partition in ["arn:aws-cn", "arn:aws-us-gov"] {
            let deployed = install::DEFINITION.replace("arn:aws:states:::", &format!("{partition}:states:::"));
            assert!(deployed != install::DEFINITION && filled_in(&deployed, partition).is_some());
            assert!(filled_in(&deployed, "arn:aws").is_none(), "of another partition it would call nothing");
        }
    }
}
