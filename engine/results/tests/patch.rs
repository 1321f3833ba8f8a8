//! Which lines of a change are new: added and changed ones, not renamed or moved ones.

use std::collections::BTreeMap;

use gated_results::{ChangedText, NewLines, changed_lines, patch_lines};

const OLD: &str = "one\ntwo\nthree\nfour\nfive\nsix\n";

fn text<'a>(path: &'a str, before: Option<&'a str>, after: Option<&'a str>) -> ChangedText<'a> {
    ChangedText { path, before: before.map(str::as_bytes), after: after.map(str::as_bytes), renamed_from: None }
}

fn of(path: &str, lines: &[u32]) -> BTreeMap<String, NewLines> {
    BTreeMap::from([(path.to_owned(), NewLines::Some(lines.to_vec()))])
}

#[test]
fn added_and_changed_lines_are_new_and_deleted_ones_leave_no_trace() {
    let lines = |after: &str| changed_lines(Some(OLD.as_bytes()), after.as_bytes());
    assert_eq!(lines("zero\none\ntwo\nthree\nFOUR\nfive\nsix\nseven\n"), [1, 5, 8]);
    assert_eq!(lines("one\nsix\n"), [0_u32; 0]);
    assert_eq!(lines(OLD), [0_u32; 0]);
    assert_eq!(changed_lines(None, b"a\nb"), [1, 2]);
    assert_eq!(changed_lines(None, b""), [0_u32; 0]);
}

#[test]
fn line_endings_are_no_change() {
    assert_eq!(changed_lines(Some(OLD.as_bytes()), OLD.replace('\n', "\r\n").as_bytes()), [0_u32; 0]);
    assert_eq!(changed_lines(Some(OLD.as_bytes()), OLD.trim_end().as_bytes()), [0_u32; 0]);
}

#[test]
fn a_zero_byte_hides_no_line() {
    assert_eq!(changed_lines(None, b"one\0\ntwo\n"), [1, 2]);
    let files = [text("a.rs", Some("one\n"), Some("one\n\0\ntwo\n"))];
    assert_eq!(patch_lines(&files), of("a.rs", &[2, 3]));
}

#[test]
fn in_a_file_whose_lines_tools_count_differently_every_line_is_new_unless_nothing_was_changed() {
    for after in ["one\rtwo\nthree\n", "one\n// \u{2028}two\n", "one\n// \u{85}two\n"] {
        let found = patch_lines(&[text("a.js", Some("one\n"), Some(after))]);
        assert!(matches!(found["a.js"], NewLines::All(_)), "{found:?}");
        assert_eq!(patch_lines(&[text("a.js", Some(after), Some(after))]), BTreeMap::new());
        assert_eq!(patch_lines(&[text("a.js", Some(after), None), text("b.js", None, Some(after))]), BTreeMap::new());
    }
    assert_eq!(patch_lines(&[text("a.py", Some("one\rtwo\r"), Some("one\ntwo\n"))]), of("a.py", &[1, 2]));
}

#[test]
fn a_renamed_file_has_only_the_lines_that_differ() {
    let after = OLD.replace("four", "FOUR");
    let files = [text("old.rs", Some(OLD), None), text("new.rs", None, Some(&after))];
    assert_eq!(patch_lines(&files), of("new.rs", &[4]));
    let same = [text("new.rs", None, Some(OLD)), text("old.rs", Some(OLD), None)];
    assert_eq!(patch_lines(&same), BTreeMap::new());
}

#[test]
fn a_told_rename_is_believed_over_likeness() {
    let mut moved = text("new.rs", None, Some("one\nother\n"));
    moved.renamed_from = Some("old.rs");
    assert_eq!(patch_lines(&[text("old.rs", Some(OLD), None), moved]), of("new.rs", &[2]));
}

#[test]
fn each_deleted_file_is_the_former_self_of_one_file_only() {
    let files =
        [text("old.rs", Some("a\nb\n"), None), text("x.rs", None, Some("a\nb\n")), text("y.rs", None, Some("a\nb\n"))];
    assert_eq!(patch_lines(&files), of("y.rs", &[1, 2]));
}

#[test]
fn a_file_with_little_in_common_is_new() {
    let files = [text("old.rs", Some("a\nb\nc\nd\n"), None), text("new.rs", None, Some("a\nx\ny\nz\n"))];
    assert_eq!(patch_lines(&files), of("new.rs", &[1, 2, 3, 4]));
}

#[test]
fn a_block_that_moves_to_another_file_is_not_new() {
    let rest = "a\nb\nc\nd\ne\nf\ng\nh\n";
    let before = format!("{rest}fn moved() {{\n    work();\n\n    more();\n}}\n");
    let after = "head\nfn moved() {\n    work();\n\n    more();\n}\ntail\n";
    let files = [text("a.rs", Some(&before), Some(rest)), text("b.rs", None, Some(after))];
    assert_eq!(patch_lines(&files), of("b.rs", &[1, 7]));
}

#[test]
fn a_block_that_moves_inside_a_file_is_not_new() {
    let block = "let a = 1;\nlet b = 2;\nlet c = 3;\n";
    let rest: String = (0..20).map(|n| format!("line {n}\n")).collect();
    let files = [("a.rs", format!("{block}{rest}"), format!("{rest}{block}"))];
    let files: Vec<_> = files.iter().map(|(path, before, after)| text(path, Some(before), Some(after))).collect();
    assert_eq!(patch_lines(&files), BTreeMap::new());
}

#[test]
fn two_equal_lines_are_no_moved_block_and_a_copy_is_new() {
    let pair = [text("a.rs", Some("x\ny\nkeep\n"), Some("keep\n")), text("b.rs", Some("k\n"), Some("k\nx\ny\n"))];
    assert_eq!(patch_lines(&pair), of("b.rs", &[2, 3]));
    let block = "x\ny\nz\n";
    let twice = format!("k\n{block}k\n{block}");
    let before = format!("{block}keep\n");
    let copied = [text("a.rs", Some(&before), Some("keep\n")), text("b.rs", Some("k\nk\n"), Some(&twice))];
    assert_eq!(patch_lines(&copied), of("b.rs", &[6, 7, 8]));
    let unremoved = [text("a.rs", Some(block), Some(block)), text("b.rs", None, Some(block))];
    assert_eq!(patch_lines(&unremoved), of("b.rs", &[1, 2, 3]));
}

#[test]
fn huge_and_hostile_texts_are_compared_all_the_same() {
    let lines = |n: u32, f: fn(u32) -> u32| (0..n).map(|i| format!("{}\n", f(i))).collect::<String>();
    let shuffled = lines(100_000, |i| i.wrapping_mul(2_654_435_761) % 1_000);
    let reversed = lines(100_000, |i| (100_000 - i).wrapping_mul(40_503) % 1_000);
    assert!(!changed_lines(Some(shuffled.as_bytes()), reversed.as_bytes()).is_empty());
    let equal = "}\n".repeat(200_000);
    let other = "}\n{\n".repeat(100_000);
    assert_eq!(patch_lines(&[text("a", Some(&equal), Some(&other)), text("b", None, Some(&equal))]).len(), 2);
    let large = lines(1_500_000, |i| i);
    assert!(large.len() > 8 << 20);
    let changed = large.replacen("\n700000\n", "\nchanged\n", 1);
    assert_eq!(changed_lines(Some(large.as_bytes()), changed.as_bytes()), [700_001]);
}

#[test]
fn several_changes_of_a_long_file_are_found_apart() {
    let line = |n: u32| format!("let value_{n} = {n};\n}}\n");
    let before: String = (0..20_000).map(line).collect();
    let after = before.replacen("let value_5 =", "let VALUE_5 =", 1).replacen(
        "let value_19000 = 19000;\n",
        "a\nb\nlet value_19000 = 19000;\n",
        1,
    );
    assert_eq!(changed_lines(Some(before.as_bytes()), after.as_bytes()), [11, 38_001, 38_002]);
}
