//! Conditions against facts: evidence, unknown lists, renames, titles; and what the hash of a decision covers.

use gated_core::conditions::{Truth, evaluate};
use gated_core::decide;
use gated_core::decision::StageAction;
use gated_core::facts::Facts;
use gated_core::layers::{Found, Layers};
use gated_core::names::CommitId;
use gated_core::policy::{Condition, Floor, Mode};
use serde_json::{Value, json};

use crate::support::*;

fn truth(condition: Value, facts: &Facts) -> Truth {
    evaluate(&serde_json::from_value::<Condition>(condition).unwrap(), facts).truth
}

#[test]
fn each_condition_is_held_against_its_own_fact() {
    let facts = Facts { title: "[hotfix] db".to_owned(), ..facts() };
    for (condition, expected) in [
        (json!({"paths": ["src/**"]}), Truth::Yes),
        (json!({"paths": ["docs/**"]}), Truth::No),
        (json!({"source": ["feat*"]}), Truth::Yes),
        (json!({"destination": ["release/*"]}), Truth::No),
        (json!({"title": [{"starts-with": "[HOTFIX]"}]}), Truth::Yes),
        (json!({"title": [{"matches": "hotfix"}]}), Truth::No),
        (json!({"author": ["arn:aws:iam::*:user/alice"]}), Truth::Yes),
        (json!({"all": [{"paths": ["src/**"]}, {"source": ["main"]}]}), Truth::No),
        (json!({"any": [{"paths": ["docs/**"]}, {"source": ["feature"]}]}), Truth::Yes),
        (json!({"not": {"paths": ["docs/**"]}}), Truth::Yes),
        (json!({"any": []}), Truth::No),
    ] {
        assert_eq!(truth(condition.clone(), &facts), expected, "{condition}");
    }
}

#[test]
fn what_rests_on_an_incomplete_list_is_unknown_however_it_is_wrapped() {
    let facts = incomplete(facts());
    for condition in [
        json!({"paths": ["docs/**"]}),
        json!({"paths": ["src/**"]}),
        json!({"not": {"paths": ["src/**"]}}),
        json!({"not": {"not": {"paths": ["src/**"]}}}),
        json!({"all": [{"source": ["feature"]}, {"paths": ["src/**"]}]}),
        json!({"any": [{"source": ["main"]}, {"not": {"paths": ["src/**"]}}]}),
    ] {
        assert_eq!(truth(condition.clone(), &facts), Truth::Unknown, "{condition}");
    }
    assert_eq!(truth(json!({"all": [{"source": ["main"]}, {"paths": ["**"]}]}), &facts), Truth::No);
    assert_eq!(truth(json!({"any": [{"source": ["feature"]}, {"paths": ["x"]}]}), &facts), Truth::Yes);
}

#[test]
fn an_incomplete_list_leaves_no_stage_out_and_the_decision_says_so() {
    for condition in [json!({"paths": ["docs/**"]}), json!({"not": {"paths": ["src/**"]}})] {
        let both = policy(json!({"stages": [stage("lint"), stage_with("test", json!({"when": condition}))]}));
        assert_eq!(planned(&decided(&both, &both, &facts()), "test").action, StageAction::NotApplicable);
        let decision = decided(&both, &both, &incomplete(facts()));
        assert_eq!(planned(&decision, "test").action, StageAction::Run);
        assert!(planned(&decision, "test").required);
        assert!(decision.reasons.iter().any(|reason| reason.contains("could not be read whole")));
    }
}

#[test]
fn a_rename_out_of_a_guarded_folder_still_counts() {
    let both =
        policy(json!({"stages": [stage("lint"), stage_with("test", json!({"when": {"paths": ["critical/**"]}}))]}));
    let decision = decided(&both, &both, &touching(&["critical/a.rs", "harmless/a.rs"]));
    assert_eq!(planned(&decision, "test").action, StageAction::Run);
}

fn hash(layers: &Layers, facts: &Facts) -> String {
    decide(layers, facts, "1").hash
}

#[test]
fn the_hash_covers_what_the_decision_rests_on_and_nothing_else() {
    let of = |destination, source| layers(Found::Absent, valid(destination), valid(source));
    let base = of(plain(), plain());
    let same = hash(&base, &facts());
    let mut moved = facts();
    moved.change.destination_commit = CommitId::new("d".repeat(40)).unwrap();
    assert_eq!(hash(&base, &moved), same, "every merge moves the destination");
    let twice = approved_by(&[MANAGER, OTHER_MANAGER]);
    assert_eq!(hash(&base, &twice), hash(&base, &approved_by(&[OTHER_MANAGER, MANAGER])), "approvals have no order");

    let mut pushed = facts();
    pushed.change.source_commit = CommitId::new("d".repeat(40)).unwrap();
    let mut other_base = facts();
    other_base.change.merge_base = CommitId::new("d".repeat(40)).unwrap();
    let overridden = Facts { overridden_by: Some(MANAGER.to_owned()), ..facts() };
    let author = Facts { author: MANAGER.to_owned(), ..facts() };
    for other in [
        pushed,
        other_base,
        overridden,
        author,
        titled("other"),
        approved_by(&[MANAGER]),
        touching(&["a"]),
        incomplete(facts()),
    ] {
        assert_ne!(hash(&base, &other), same, "{other:?}");
    }
    let lint = policy(json!({"stages": [stage("test"), stage("lint")]}));
    assert_ne!(hash(&of(lint.clone(), plain()), &facts()), same);
    assert_ne!(hash(&of(plain(), lint), &facts()), same);
    assert_ne!(decide(&base, &facts(), "2").hash, same);
    let mut text = base.clone();
    text.destination.origin.hash = Some("0".repeat(64));
    assert_ne!(hash(&text, &facts()), same);
}

#[test]
fn a_hostile_title_stays_a_value() {
    let title = "\"$(reboot)` \n\u{202E}'; DROP 🚀 ${x}";
    let decision = decided(&plain(), &plain(), &titled(title));
    assert_eq!(decision.title, title);
    assert!(!decision.stages.iter().any(|stage| stage.run.iter().any(|command| command.contains("reboot"))));
}

#[test]
fn an_override_is_told_and_changes_nothing() {
    let decision = decided(&plain(), &plain(), &Facts { overridden_by: Some(MANAGER.to_owned()), ..facts() });
    assert_eq!(decision.action, gated_core::decision::Action::Build);
    assert!(decision.reasons.iter().any(|reason| reason.contains(MANAGER)));
}

#[test]
fn a_pull_request_that_waits_for_the_gates_vote_gets_it_also_where_the_floor_only_observes() {
    let only = |mode| valid(floor(json!({"mode": {"mode": mode, "only": null}, "stages": [stage("note")]})));
    let of = |floor: Found<Floor>, bound| {
        decide(&layers(floor, valid(plain()), valid(plain())), &Facts { bound, ..facts() }, "1")
    };
    let (free, bound) = (of(only("observe"), false), of(only("observe"), true));
    assert_eq!((free.mode, bound.mode), (Mode::Observe, Mode::Enforce));
    assert_ne!(free.hash, bound.hash, "a rule that comes upon it is a reason to judge again");
    assert_eq!(of(only("enforce"), false).hash, of(only("enforce"), true).hash, "and here it changes nothing");
}
