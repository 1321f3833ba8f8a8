//! What is explained is what happens.

use gated_core::layers::Found;
use gated_policy::{Diagnostic, Example, Explanation, RULES, explanation, lint_measured, read_floor, reference};

use crate::told::explain;

fn told(about: &Explanation, example: &Example) -> Vec<Diagnostic> {
    let floor = about.floor.map(|text| match read_floor("floor.yml", text.as_bytes()).found {
        Found::Valid(floor, _) => floor,
        Found::Invalid(_) | Found::Absent => panic!("{}: not a floor", about.rule.code),
    });
    // Nothing is rendered here, and a buildspec is longer than its policy.
    let bytes = example.bytes();
    lint_measured(&bytes, example.kind, floor.as_ref(), &|_, _| Some(bytes.len()), 25_600)
}

#[test]
fn every_rule_is_explained_by_an_example_that_breaks_only_it_and_one_that_is_clean() {
    let mut wrong = String::new();
    for rule in RULES {
        let Some(about) = explanation(rule.code) else { panic!("{} is not explained", rule.code) };
        let clean = told(about, &about.passes);
        if !clean.is_empty() {
            wrong += &format!("{} passes:\n{}\n", rule.code, explain(&clean, "p", about.passes.shown));
        }
        let told = told(about, &about.fails);
        let only = told.iter().all(|one| one.code == rule.code) || rule.name == "too-many-findings";
        if !only || !told.iter().any(|one| one.code == rule.code) {
            let codes: Vec<_> = told.iter().take(5).map(|one| (one.code, &one.message)).collect();
            wrong += &format!("{} fails with {codes:?}\n", rule.code);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_rule_is_found_by_its_name_too() {
    assert_eq!(explanation("unknown-key"), explanation("gt101"));
    assert!(explanation("GT999").is_none());
}

#[test]
fn the_published_reference_is_made_from_the_same_text() {
    let published = include_str!("../../../../policies/LINTS.md");
    assert!(published == reference(), "run: cargo run -p gated-policy --example lints > policies/LINTS.md");
}
