//! What is known of a commit beside its reports: which lines are new, and their text.

use std::collections::{BTreeMap, BTreeSet};

use gated_core::facts::{ChangeKind, ChangedFile, ChangedFiles};
use gated_core::measured::{PatchCoverage, ReportFile};
use gated_core::policy::ReportFormat;
use gated_results::{Commit, Contents, attribute_files, measure_build};

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
    let bytes = |text: &Option<&str>| text.map(|text| text.as_bytes().to_vec());
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
    measure_build(&build.decision, &Ok(build.record.clone()), commit, None, &read).coverage.unwrap().patch.unwrap()
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
