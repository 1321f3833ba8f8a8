//! Safe fixes, on every file of these tests that has a fault: they come to rest, keep comments, and do the same whatever ends
//! a line.

use gated_policy::{FileKind, RULES, apply_fixes, explanation, lint};

use crate::faults;

/// Faulty files: those of the explanations, and those of the tests.
fn faulty() -> impl Iterator<Item = String> {
    let about = RULES.iter().filter_map(|rule| explanation(rule.code));
    let shown = about.filter(|about| about.fails.made.is_empty()).map(|about| about.fails.shown);
    shown.chain(faults::texts()).map(|text| text.replace("\r\n", "\n"))
}

/// The text when no safe fix is left, and how many there were.
fn mended(mut text: String) -> (String, usize) {
    let mut count = 0;
    for _ in 0..20 {
        let fixed = apply_fixes(&text, &lint(text.as_bytes(), FileKind::Policy, None), false);
        if fixed.applied == 0 {
            return (text, count);
        }
        count += fixed.applied;
        text = fixed.text;
    }
    panic!("no end of fixes: {text}");
}

#[test]
fn fixes_are_the_same_with_every_end_of_a_line_and_without_the_last_one() {
    let mut tried = 0;
    for text in faulty() {
        let (unix, count) = mended(text.clone());
        let (windows, _) = mended(text.replace('\n', "\r\n"));
        assert_eq!(windows, unix.replace('\n', "\r\n"), "{text}");
        let (open, _) = mended(text.trim_end().to_owned());
        assert_eq!(open, unix.trim_end(), "{text}");
        tried += count;
    }
    assert!(tried > 20, "only {tried} fixes were tried");
}

#[test]
fn fixes_keep_comments_and_mend_several_findings_of_one_line() {
    let text = "# first\nversion: 1 # one\n\ngate: {fail_fast: yes, ignore: [/docs/**,  ./a, **/*.md]}   # two\n# last";
    let (now, count) = mended(text.to_owned());
    let whole =
        "# first\nversion: 1 # one\n\ngate: {fail-fast: true, ignore: [docs/**,  a, \"**/*.md\"]}   # two\n# last";
    assert_eq!((now.as_str(), count), (whole, 5));
}

#[test]
fn a_command_that_ends_with_a_colon_is_quoted_with_it() {
    for (written, quoted) in [("echo a:", "\"echo a:\""), ("echo a :", "\"echo a :\""), ("echo a: b", "\"echo a: b\"")]
    {
        let text = |command: &str| format!("version: 1\nsetup:\n  - {command}\nstages:\n  test: make\n");
        assert_eq!(mended(text(written)), (text(quoted), 1));
    }
}
