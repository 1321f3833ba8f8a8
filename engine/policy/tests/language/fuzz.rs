//! Texts that nobody wrote: linting ends, points into the text, and what it mends stays mended. `GATED_FUZZ_CASES` makes
//! the search longer.

use gated_core::matching::{Globs, Pattern};
use gated_policy::{Class, FileKind, RULES, apply_fixes, compose, explanation, lint};

use crate::told::explain;
use proptest::prelude::*;

/// Lines that are right or wrong in one way each, to be put together.
fn lines() -> Vec<String> {
    let examples = RULES.iter().filter_map(|rule| explanation(rule.code)).flat_map(|about| {
        let fails =
            Some(&about.fails).into_iter().filter(|example| example.made.is_empty()).map(|example| example.shown);
        fails.chain([about.passes.shown]).collect::<Vec<_>>()
    });
    let mut lines: Vec<String> = examples.flat_map(str::lines).map(str::to_owned).collect();
    lines.sort();
    lines.dedup();
    lines
}

fn config() -> ProptestConfig {
    // A longer run is asked for by hand; nothing else depends on the environment.
    #[allow(clippy::disallowed_methods)]
    let cases = std::env::var("GATED_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn fixes_never_break_a_file_and_always_come_to_rest(picks in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..8)) {
        thread_local! {
            static LINES: Vec<String> = lines();
        }
        let mut text = "version: 1\n".to_owned();
        for (pick, cut) in picks {
            LINES.with(|lines| {
                let line = &lines[usize::from(pick) % lines.len()];
                let kept = if cut < 40 { line.chars().take(usize::from(cut)).collect() } else { line.clone() };
                text += &(kept + "\n");
            });
        }
        for round in 0.. {
            let told = lint(text.as_bytes(), FileKind::Policy, None);
            for one in &told {
                prop_assert!(text.get(one.span.start..one.span.end).is_some(), "{one:?}\n{text}");
            }
            let fixed = apply_fixes(&text, &told, true);
            if fixed.applied == 0 {
                break;
            }
            prop_assert!(round < 40, "no end\n{text}");
            let read = |text: &str| compose(text.as_bytes()).document.is_some();
            prop_assert!(!read(&text) || read(&fixed.text), "{}\n{}", explain(&told, "p", &text), fixed.text);
            text = fixed.text;
        }
    }

    #[test]
    fn every_fix_alone_removes_its_finding(pick in any::<usize>(), other in any::<usize>()) {
        let abouts: Vec<_> = RULES.iter().filter_map(|rule| explanation(rule.code)).collect();
        let shown = |pick: usize| Some(&abouts[pick % abouts.len()].fails).filter(|one| one.made.is_empty()).map(|one| one.shown);
        let (Some(first), Some(second)) = (shown(pick), shown(other)) else { return Ok(()) };
        // The same twice: the finding of the second copy comes to light when the first is mended.
        prop_assume!(first != second);
        let text = format!("{first}{}", second.trim_start_matches("version: 1\n"));
        let told = lint(text.as_bytes(), FileKind::Policy, None);
        for one in told.iter().filter(|one| one.fix.is_some()) {
            let fixed = apply_fixes(&text, std::slice::from_ref(one), true);
            let after = lint(fixed.text.as_bytes(), FileKind::Policy, None);
            let count = |told: &[gated_policy::Diagnostic]| told.iter().filter(|two| (two.code, &two.message) == (one.code, &one.message)).count();
            prop_assert!(count(&after) < count(&told) || one.class == Class::Yaml, "{}\n{}", explain(&after, "p", &fixed.text), text);
        }
    }

    #[test]
    fn no_glob_and_no_pattern_makes_the_linter_panic(glob in r"[!*?{}\[\],/.^$a-c\\() |+-]{1,24}", value in "[a-c/.]{0,12}") {
        let text = format!("version: 1\ngate: {{ignore: [{0}, a]}}\nstages: {{a: {{run: b, when: {{title: {{matches: {0}}}}}}}}}\n", serde_json::Value::from(glob.as_str()));
        lint(text.as_bytes(), FileKind::Policy, None);
        if let Ok(globs) = Globs::new(vec![glob.clone()]) {
            prop_assert_eq!(globs.matches(&value), globs.matches(&value.clone()));
            let not = Globs::new(vec!["**".to_owned(), format!("!{glob}")]);
            if let Ok(not) = not && !glob.starts_with('!') && !value.is_empty() {
                prop_assert!(!(globs.matches(&value) && not.matches(&value)), "{glob} {value}");
            }
        }
        let _ = Pattern::new(glob);
    }
}
