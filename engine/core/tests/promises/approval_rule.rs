//! The approval rule template and the branches that are gated, from one list.

use gated_core::{ErrorName, approval_rule_template, gates};
use serde_json::json;

use crate::support::floor;

const VOTER: &str = "arn:aws:sts::111122223333:assumed-role/gated-voter/gated-voter";

#[test]
fn the_pool_is_exactly_the_voter_and_without_destinations_every_branch_is_meant() {
    let content = approval_rule_template(None, VOTER).unwrap();
    assert_eq!(
        content.to_string(),
        format!(
            r#"{{"Version":"2018-11-08","Statements":[{{"Type":"Approvers","NumberOfApprovalsNeeded":1,"ApprovalPoolMembers":["{VOTER}"]}}]}}"#
        )
    );
    let all = floor(json!({"destinations": ["**"]}));
    assert_eq!(approval_rule_template(Some(&all), VOTER).unwrap(), content);
}

#[test]
fn destinations_become_references() {
    let floor = floor(json!({"destinations": ["main", "release/*", "team/**/stable"]}));
    let content = approval_rule_template(Some(&floor), VOTER).unwrap();
    let expected = json!(["refs/heads/main", "refs/heads/release/*", "refs/heads/team/*stable"]);
    assert_eq!(content["DestinationReferences"], expected);
}

#[test]
fn a_glob_that_codecommit_cannot_say_is_refused_by_name() {
    for glob in ["*-stable", "!wip/**", "release/{1,2}", "v[0-9]", "v?"] {
        let floor = floor(json!({"destinations": [glob]}));
        let error = approval_rule_template(Some(&floor), VOTER).unwrap_err().to_string();
        assert!(error.contains(&format!("{glob:?}")), "{error}");
    }
    let all_but = floor(json!({"destinations": ["**", "!wip/**"]}));
    assert!(approval_rule_template(Some(&all_but), VOTER).is_err(), "it is not every branch");
}

#[test]
fn more_than_codecommit_takes_is_refused() {
    let many: Vec<String> = (0..101).map(|n| format!("b{n}")).collect();
    assert!(approval_rule_template(Some(&floor(json!({"destinations": many}))), VOTER).is_err());
    let long: Vec<String> = (0..20).map(|n| format!("{n}{}", "b".repeat(200))).collect();
    assert!(approval_rule_template(Some(&floor(json!({"destinations": long}))), VOTER).is_err());
}

#[test]
fn a_branch_is_gated_by_the_same_list() {
    let floor = floor(json!({"destinations": ["main", "release/*"]}));
    assert!(gates(None, "refs/heads/anything"));
    assert!(gates(Some(&floor), "refs/heads/main") && gates(Some(&floor), "refs/heads/release/1"));
    assert!(!gates(Some(&floor), "refs/heads/feature"));
}

#[test]
fn error_names_are_distinct_and_ours() {
    let names: std::collections::BTreeSet<&str> = ErrorName::ALL.iter().map(|name| name.as_str()).collect();
    assert_eq!(names.len(), ErrorName::ALL.len());
    assert!(names.iter().all(|name| name.starts_with("Gated.")));
}
