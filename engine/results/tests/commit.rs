//! What is known of a commit beside its reports: which lines are new, and their text.

use gated_core::facts::{ChangeKind, ChangedFile, ChangedFiles};
use gated_core::measured::{PatchCoverage, ReportFile};
use gated_core::policy::ReportFormat;
use gated_results::{Commit, Contents, measure_build};

use crate::support::Build;

/// A change set: path, content before, content after.
type Files<'a> = &'a [(&'a str, Option<&'a str>, Option<&'a str>)];

fn commit(files: Files<'_>) -> Commit {
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
    Commit::new(None, &changed, contents)
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
