//! The comment answers in ten seconds, within CodeCommit's limit, and shows text from outside as text.

use gated_core::verdict::{State, VerdictKind};
use gated_render::{Links, comment, terminal};

use crate::sample::{decision, record, requirement, stage};

#[test]
fn the_first_line_is_the_verdict_in_words() {
    let decision = decision(vec![stage("test", &["cargo test"])]);
    let record = record(
        decision,
        VerdictKind::Pass,
        "everything demanded was reached",
        vec![requirement("stage/test", State::Passed, "exit code 0")],
    );
    let text = comment(&record, &Links::default());
    assert_eq!(text.lines().next(), Some("## ✅ Approved: everything demanded was reached"), "{text}");
    println!("{text}\n{}", terminal(&text));
}
