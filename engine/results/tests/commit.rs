//! What is known of a commit beside its reports: which lines are new, and their text.

use std::collections::{BTreeMap, BTreeSet};

use gated_core::facts::{ChangeKind, ChangedFile, ChangedFiles};
use gated_core::measured::{PatchCoverage, ReportFile};
use gated_core::policy::ReportFormat;
use gated_results::{Commit, Contents, MOST_LENGTHS, attribute_files, measure_build};

use crate::support::Build;

/// A change set: path, content before, content after.
type Files<'a> = &'a [(&'a str, Option<&'a str>, Option<&'a str>)];

fn commit(files: Files<'_>) -> Commit {
    commit_with(files, "")
}

/// The same, where the destination has these attributes.
fn commit_with(files: Files<'_>, attributes: &str) -> Commit {
    let kind = |before: &Option<&str>, after: &Option<&str>| match (before, after) {
        (None, _) => ChangeKind::Added,
        (Some(_), None) => ChangeKind::Deleted,
        (Some(_), Some(_)) => ChangeKind::Modified,
    };
    let changed = files.iter().map(|(path, before, after)| ChangedFile {
        path: (*path).to_owned(),
        kind: kind(before, after),
        before: before.map(|_| "b".repeat(40)),
        after: after.map(|_| "a".repeat(40)),
    });
    let changed = ChangedFiles { files: changed.collect(), complete: true };
    let bytes = |text: &Option<&str>| text.map(|text| Ok(text.as_bytes().to_vec()));
    let contents: Vec<Contents> = files.iter().map(|(_, before, after)| [bytes(before), bytes(after)]).collect();
    let attributes = BTreeMap::from([(".gitattributes".to_owned(), attributes.as_bytes().to_vec())]);
    Commit::new(None, &changed, contents, &attributes)
}

/// LCOV of a file in which these lines were run so often.
fn lcov(path: &str, lines: impl IntoIterator<Item = (u32, u64)>) -> String {
    let lines: String = lines.into_iter().map(|(line, hits)| format!("DA:{line},{hits}\n")).collect();
    format!("SF:{path}\n{lines}end_of_record\n")
}

fn patch(reports: &str, commit: &Commit) -> PatchCoverage {
    let build = Build::new(ReportFormat::Lcov).file("out/lcov.info", reports);
    let read = |file: &ReportFile| Ok(build.contents[&file.stored].clone());
    measure_build(&build.decision, &Ok(build.record.clone()), commit, None, &read).0.coverage.unwrap().patch.unwrap()
}

#[test]
fn changed_lines_keep_their_text_whether_or_not_they_can_be_run() {
    let after = "one\n\tif two {\n\n  // \u{202e}three\nfour\n";
    let patch =
        patch(&lcov("src/a.rs", [(1, 3), (2, 0), (5, 1)]), &commit(&[("src/a.rs", Some("one\nfour\n"), Some(after))]));
    let [file] = &patch.files[..] else { panic!("{patch:?}") };
    let shown: Vec<(u32, &str)> = file.source.lines.iter().map(|line| (line.line, line.text.as_str())).collect();
    assert_eq!(shown, [(2, "\tif two {"), (3, ""), (4, "  // ⟨U+202E⟩three")]);
    assert_eq!((file.lines.covered, file.lines.total, file.source.left_out), (0, 1, 0));
}

#[test]
fn of_a_large_change_the_first_lines_of_each_file_keep_their_text_and_the_rest_is_counted() {
    let text = "let x = 1;\n".repeat(1_000);
    let names: Vec<String> = (0..8).map(|n| format!("src/{n}.rs")).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), None, Some(text.as_str()))).collect();
    let reports: String = names.iter().map(|name| lcov(name, (1..=1_000).map(|line| (line, 1)))).collect();
    let patch = patch(&reports, &commit(&files));
    let kept: Vec<(usize, u64)> = patch.files.iter().map(|f| (f.source.lines.len(), f.source.left_out)).collect();
    assert_eq!(kept, [[(400, 600); 5].as_slice(), &[(0, 1_000); 3]].concat());
    assert_eq!(patch.lines.total, 8_000);
}

#[test]
fn what_the_destination_calls_generated_is_not_new_and_is_named() {
    let files = [("src/a.rs", None, Some("one\n")), ("src/b.pb.rs", None, Some("two\n"))];
    let reports = lcov("src/a.rs", [(1, 1)]) + &lcov("src/b.pb.rs", [(1, 0)]);
    let told = patch(&reports, &commit_with(&files, "*.pb.rs linguist-generated\n"));
    assert_eq!((told.lines.covered, told.lines.total), (1, 1));
    assert_eq!(told.generated, ["src/b.pb.rs"]);
    assert_eq!(patch(&reports, &commit(&files)).lines.total, 2);
}

#[test]
fn a_pull_request_exempts_nothing_by_attributes_of_its_own() {
    let own = (".gitattributes", None, Some("* linguist-generated\n"));
    let files = [own, ("src/a.rs", None, Some("one\n"))];
    assert_eq!(patch(&lcov("src/a.rs", [(1, 0)]), &commit(&files)).lines.total, 1);
}

fn changes(files: &[(&str, Option<&str>, Option<&str>)]) -> ChangedFiles {
    let of = |(path, before, after): &(&str, Option<&str>, Option<&str>)| ChangedFile {
        path: (*path).to_owned(),
        kind: if before.is_none() { ChangeKind::Added } else { ChangeKind::Modified },
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    };
    ChangedFiles { files: files.iter().map(of).collect(), complete: true }
}

fn told(changed: &ChangedFiles, contents: Vec<Contents>, reports: &str) -> PatchCoverage {
    patch(reports, &Commit::new(None, changed, contents, &BTreeMap::new()))
}

#[test]
fn a_file_that_cannot_be_read_is_unknown_where_it_is_measured_and_nothing_where_it_is_not() {
    let changed =
        changes(&[("data.bin", None, Some("1")), ("src/a.rs", None, Some("2")), ("src/b.rs", None, Some("3"))]);
    let large = vec![b'\n'; gated_results::LARGEST_BLOB + 1];
    let contents =
        || vec![[None, Some(Err("too large"))], [None, Some(Ok(b"x\n".to_vec()))], [None, Some(Ok(large.clone()))]];
    let fine = told(&changed, contents(), &lcov("src/a.rs", [(1, 1)]));
    assert_eq!((fine.lines.covered, fine.lines.total, fine.unknown.len()), (1, 1, 0));
    assert_eq!(fine.unmeasured, ["data.bin", "src/b.rs"]);
    let measured = lcov("src/a.rs", [(1, 1)]) + &lcov("data.bin", [(1, 1)]) + &lcov("src/b.rs", [(1, 1)]);
    assert_eq!(told(&changed, contents(), &measured).unknown, ["data.bin (too large)", "src/b.rs (more than 2 MB)"]);
}

#[test]
fn a_large_file_that_only_moved_or_changed_its_mode_has_no_new_lines() {
    let unread = || [Some(Err("too large")), Some(Err("too large"))];
    let changed = changes(&[("a.rs", Some("1"), Some("1")), ("b.rs", Some("2"), None), ("c.rs", None, Some("2"))]);
    let contents = vec![unread(), [Some(Err("too large")), None], [None, Some(Err("too large"))]];
    let measured = lcov("a.rs", [(1, 0)]) + &lcov("c.rs", [(1, 0)]);
    let patch = told(&changed, contents, &measured);
    assert_eq!((patch.lines.total, patch.unknown.len(), patch.unmeasured.len()), (0, 0, 0));
}

#[test]
fn submodules_and_symbolic_links_have_no_lines() {
    let changed = changes(&[("lib", Some("1"), None), ("src/a.rs", None, Some("2"))]);
    let patch = told(&changed, vec![[None, None], [None, Some(Ok(b"x\n".to_vec()))]], &lcov("src/a.rs", [(1, 1)]));
    assert_eq!((patch.lines.total, patch.unknown.len(), patch.unmeasured.len()), (1, 0, 0));
}

#[test]
fn files_that_were_not_read_any_more_are_unknown() {
    let changed =
        changes(&[("src/a.rs", None, Some("1")), ("src/b.rs", None, Some("2")), ("src/c.rs", Some("3"), None)]);
    let reports = lcov("src/a.rs", [(1, 1)]) + &lcov("src/b.rs", [(1, 1)]) + &lcov("src/c.rs", [(1, 1)]);
    let patch = told(&changed, vec![[None, Some(Ok(b"x\n".to_vec()))]], &reports);
    assert_eq!(
        (patch.lines.total, patch.unknown.join("")),
        (1, "src/b.rs (the changed files before it have 96 MB)".to_owned())
    );
}

#[test]
fn files_past_the_most_that_are_read_are_unknown_and_the_others_count() {
    let names: Vec<String> = (0..=gated_results::MOST_BLOBS).map(|n| format!("src/{n:05}.rs")).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), None, Some("1"))).collect();
    let contents: Vec<Contents> = names.iter().map(|_| [None, Some(Ok(b"x\n".to_vec()))]).collect();
    let last = names.last().unwrap();
    let patch = told(&changes(&files), contents, &(lcov(&names[0], [(1, 1)]) + &lcov(last, [(1, 1)])));
    assert_eq!(patch.lines.total, 1);
    assert_eq!(patch.unknown, [format!("{last} (the pull request changes more than 2000 files)")]);
}

#[test]
fn every_coverable_line_counts_where_tools_disagree_what_a_line_is_and_the_reason_is_kept() {
    let patch = patch(&lcov("a.py", [(1, 1), (2, 0), (9, 0)]), &commit(&[("a.py", Some("x\n"), Some("x\ry\n"))]));
    assert_eq!((patch.lines.covered, patch.lines.total), (1, 3));
    assert_eq!(patch.whole, ["a.py (tools disagree where its lines end)"]);
    let [file] = &patch.files[..] else { panic!("{patch:?}") };
    assert!(file.source.lines.is_empty(), "no text stands beside a number that may be another line's");
}

#[test]
fn an_image_that_nobody_measures_is_not_named_as_unmeasured() {
    let patch =
        patch(&lcov("a.rs", [(1, 1)]), &commit(&[("logo.png", None, Some("\0PNG\n")), ("b.md", None, Some("x"))]));
    assert_eq!(patch.unmeasured, ["b.md"]);
}

#[test]
fn the_attributes_that_are_asked_for_are_those_that_were_there_before_above_a_changed_file() {
    let change = |path: &str, kind| ChangedFile { path: path.to_owned(), kind, before: None, after: None };
    let changed = |files: Vec<ChangedFile>| ChangedFiles { files, complete: true };
    let tree = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<BTreeSet<String>>();
    let all = tree(&[".gitattributes", "a/.gitattributes", "b/.gitattributes", "a/x.rs", "b/x.rs"]);
    let one = changed(vec![change("a/x.rs", ChangeKind::Modified)]);
    assert_eq!(attribute_files(Some(&all), &one), [".gitattributes", "a/.gitattributes"]);
    let added = changed(vec![change("a/x.rs", ChangeKind::Modified), change("a/.gitattributes", ChangeKind::Added)]);
    assert_eq!(attribute_files(Some(&all), &added), [".gitattributes"]);
    let deleted = changed(vec![change("a/x.rs", ChangeKind::Modified), change(".gitattributes", ChangeKind::Deleted)]);
    assert_eq!(attribute_files(Some(&tree(&["a/x.rs"])), &deleted), [".gitattributes"]);
    assert!(attribute_files(Some(&all), &changed(Vec::new())).is_empty());
    assert_eq!(attribute_files(None, &one), [".gitattributes"]);
}

#[test]
fn of_files_that_are_not_changed_those_with_the_highest_lines_are_worth_reading() {
    let many: String = (1..=150).map(|n| lcov(&format!("src/{n}.rs"), [(1, 1), (n, 0)])).collect();
    let build = Build::new(ReportFormat::Lcov).file("out/lcov.info", many);
    let read = |file: &ReportFile| Ok(build.contents[&file.stored].clone());
    let mut commit = commit(&[("src/150.rs", None, Some("one\n"))]);
    let (mut measured, reach) = measure_build(&build.decision, &Ok(build.record.clone()), &commit, None, &read);
    let first = reach.unknown(&commit.lengths);
    assert_eq!((first.len(), first[0].as_str(), first[99].as_str()), (MOST_LENGTHS, "src/149.rs", "src/50.rs"));
    commit.learn("src/149.rs".to_owned(), b"one\ntwo\n");
    commit.learn("src/148.rs".to_owned(), b"tools\rdisagree\n");
    assert_eq!(reach.unknown(&commit.lengths)[0], "src/148.rs");
    reach.note(&commit.lengths, &mut measured);
    let note = "files with lines past their end, as if measured from other sources: 2 (src/149.rs: line 149 of 2, src/150.rs: line 150 of 1)";
    assert_eq!(measured.reports[0].notes, [note]);
}
