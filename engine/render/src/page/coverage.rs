//! Coverage by file, with the changed lines and how often each was run. It compares nothing with a threshold.

use gated_core::measured::{FileCoverage, LineHits, MeasuredCoverage, PatchCoverage, PatchFile, SourceLine};
use gated_core::report::Report;
use gated_core::units::Ratio;
use serde::Serialize;

use super::tone::{BAD, GOOD};
use crate::comment::Rows;
use crate::markdown::line;

/// Most files that are shown.
const FILES: usize = 400;
/// Most runs of changed lines that are shown of one file.
const RUNS: usize = 400;

/// Coverage, by file.
#[derive(Serialize)]
pub(super) struct Coverage {
    files: Rows<File>,
    unmeasured: Vec<String>,
    generated: Vec<String>,
}

#[derive(Serialize)]
struct File {
    path: String,
    lines: Share,
    branches: Option<Share>,
    changed: Option<Changed>,
}

/// A ratio as text, and as a bar of 100.
#[derive(Serialize)]
struct Share {
    percent: String,
    covered: u64,
    total: u64,
    bar: u64,
}

#[derive(Serialize)]
struct Changed {
    lines: Share,
    source: Vec<Line>,
    /// Changed lines whose text is not kept.
    left_out: u64,
    /// What is known of the coverable ones among them.
    runs: Rows<Run>,
}

/// A changed line with its text.
#[derive(Serialize)]
struct Line {
    number: u32,
    text: String,
    class: &'static str,
    sign: &'static str,
    /// `not run`, `4×`; empty where nothing can be run.
    hits: String,
    /// Whether lines that did not change stand between it and the one above.
    gap: bool,
}

/// Neighbouring changed lines that were run equally often.
#[derive(Serialize)]
struct Run {
    first: u32,
    last: u32,
    missed: bool,
    hits: Option<u64>,
}

/// `None` when no coverage was measured. Files with uncovered changed lines come first.
pub(super) fn coverage(report: &Report) -> Option<Coverage> {
    let MeasuredCoverage { files, absent: _, patch, before: _ } =
        report.record.evidence.as_ref()?.measured.coverage.as_ref()?;
    let changed = patch.as_ref().map_or(&[][..], |patch| &patch.files);
    let of = |path: &str| changed.iter().find(|file| file.path == path);
    let mut rows: Vec<(&FileCoverage, Option<&PatchFile>)> = files.iter().map(|file| (file, of(&file.path))).collect();
    rows.sort_by_key(|(file, changed)| {
        let open = |ratio: Ratio| std::cmp::Reverse(ratio.total.saturating_sub(ratio.covered));
        (changed.map_or(open(Ratio::default()), |changed| open(changed.lines)), changed.is_none(), file.path.as_str())
    });
    let paths =
        |of: fn(&PatchCoverage) -> &Vec<String>| patch.iter().flat_map(of).map(|path| line(path, 300)).collect();
    Some(Coverage {
        files: Rows::new(rows, FILES, |(file, changed)| row(file, changed)),
        unmeasured: paths(|patch| &patch.unmeasured),
        generated: paths(|patch| &patch.generated),
    })
}

fn row(file: &FileCoverage, changed: Option<&PatchFile>) -> File {
    File {
        path: line(&file.path, 300),
        lines: share(file.lines),
        branches: file.branches.map(share),
        changed: changed.map(of_changed),
    }
}

fn of_changed(file: &PatchFile) -> Changed {
    let PatchFile { path: _, lines, hits, source } = file;
    let last = source.lines.last().map_or(0, |line| line.line);
    let rest = hits.iter().copied().filter(|it| it.line > last);
    Changed {
        lines: share(*lines),
        source: view(&source.lines, hits),
        left_out: source.left_out,
        runs: Rows::new(runs(rest), RUNS, |run| run),
    }
}

/// The lines with what the reports say of each.
fn view(lines: &[SourceLine], hits: &[LineHits]) -> Vec<Line> {
    let mut before = 0;
    let one = |SourceLine { line, text }: &SourceLine| {
        let known = hits.binary_search_by_key(line, |it| it.line).ok().and_then(|at| hits.get(at));
        let (class, sign, hits) = match known.map(|it| it.hits) {
            None => ("", "·", String::new()),
            Some(Some(0)) => (BAD, "✗", "not run".to_owned()),
            Some(Some(times)) => (GOOD, "✓", format!("{times}×")),
            Some(None) => (GOOD, "✓", "run".to_owned()),
        };
        let gap = before != 0 && *line != before + 1;
        before = *line;
        Line { number: *line, text: text.clone(), class, sign, hits, gap }
    };
    lines.iter().map(one).collect()
}

fn runs(hits: impl Iterator<Item = LineHits>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for LineHits { line, hits } in hits {
        match runs.last_mut() {
            Some(run) if run.last.checked_add(1) == Some(line) && run.hits == hits => run.last = line,
            Some(_) | None => {
                runs.push(Run { first: line, last: line, missed: hits == Some(0), hits });
            }
        }
    }
    runs
}

fn share(ratio: Ratio) -> Share {
    let Ratio { covered, total } = ratio;
    let bar = (u128::from(covered) * 100).checked_div(u128::from(total)).unwrap_or(0);
    Share { percent: percent(ratio), covered, total, bar: u64::try_from(bar).unwrap_or(100).min(100) }
}

/// `79.99%`, or `–` of nothing.
pub(super) fn percent(ratio: Ratio) -> String {
    if ratio.total == 0 { "–".to_owned() } else { format!("{}%", ratio.display_against(None)) }
}
