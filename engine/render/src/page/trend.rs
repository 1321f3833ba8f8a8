//! The last gate runs of the branch as a picture: line coverage over time, each run with its verdict; and the same as rows.

use gated_core::policy::Mode;
use gated_core::report::{Report, Summary};
use gated_core::units::Ratio;
use serde::Serialize;

use super::coverage::percent;
use super::tone::{self, Tone};
use crate::markdown::line;
use crate::words;

/// Most runs that are shown.
const RUNS: usize = 30;
/// The picture's size, in its own units, and the room around the curve.
const SIZE: [u32; 2] = [640, 150];
const MARGIN: u32 = 14;

/// The picture and its rows.
#[derive(Serialize)]
pub(super) struct Trend {
    size: [u32; 2],
    /// The curve's corners, `x,y x,y`; empty when fewer than two runs measured coverage.
    curve: String,
    /// Marks of the scale: height and label.
    marks: Vec<(u32, String)>,
    dots: Vec<Dot>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Dot {
    x: u32,
    y: u32,
    tone: Tone,
    label: String,
}

/// A gate run as a row, the newest first.
#[derive(Serialize)]
pub(super) struct Row {
    tone: Tone,
    sign: &'static str,
    words: &'static str,
    headline: String,
    pull_request: String,
    title: String,
    revision: String,
    commit: String,
    attempt: u32,
    when: String,
    lines: String,
    tests: String,
    time: String,
    is_this: bool,
}

/// A run as a row.
pub(super) fn row(run: &Summary, mode: Mode, is_this: bool) -> Row {
    let (tone, sign) = tone::verdict(run.verdict);
    Row {
        tone,
        sign,
        words: words::verdict(run.verdict, mode).1,
        headline: line(&run.headline, 200),
        pull_request: run.pull_request.to_string(),
        title: line(&run.title, 120),
        revision: run.revision.as_str().chars().take(12).collect(),
        commit: run.commit.as_str().chars().take(12).collect(),
        attempt: run.attempt,
        when: words::moment(&run.written_at),
        lines: run.lines.map(percent).unwrap_or_default(),
        tests: run.tests.map(|[passed, failed]| format!("{passed} passed, {failed} failed")).unwrap_or_default(),
        time: run.duration_ms.map(words::time).unwrap_or_default(),
        is_this,
    }
}

/// `None` when there was no earlier run.
pub(super) fn trend(report: &Report) -> Option<Trend> {
    if report.trend.is_empty() {
        return None;
    }
    let mode = report.record.decision.mode;
    let this = Summary::of(&report.record, "");
    let newest_first: Vec<&Summary> = std::iter::once(&this).chain(&report.trend).take(RUNS).collect();
    let rows = newest_first.iter().enumerate().map(|(at, run)| row(run, mode, at == 0)).collect();
    let scale = Scale::of(newest_first.iter().filter_map(|run| run.lines));
    let count = u32::try_from(newest_first.len()).unwrap_or(1).max(2);
    let dots: Vec<(Dot, bool)> = (0..)
        .zip(newest_first.iter().rev())
        .map(|(at, run)| {
            let x = MARGIN + at * (SIZE[0] - 2 * MARGIN) / (count - 1);
            let known = run.lines.is_some();
            let y = run.lines.map_or(SIZE[1] - MARGIN, |lines| scale.height(lines));
            let what = if known {
                format!("{} of lines", run.lines.map(percent).unwrap_or_default())
            } else {
                "nothing measured".to_owned()
            };
            let label = format!("pull request {}: {}, {what}", run.pull_request, words::verdict(run.verdict, mode).1);
            (Dot { x, y, tone: tone::verdict(run.verdict).0, label }, known)
        })
        .collect();
    let corners: Vec<String> =
        dots.iter().filter(|(_, known)| *known).map(|(dot, _)| format!("{},{}", dot.x, dot.y)).collect();
    Some(Trend {
        size: SIZE,
        curve: if corners.len() > 1 { corners.join(" ") } else { String::new() },
        marks: scale.marks(),
        dots: dots.into_iter().map(|(dot, _)| dot).collect(),
        rows,
    })
}

/// From hundredths of a percent to heights of the picture.
struct Scale {
    low: u32,
    high: u32,
}

impl Scale {
    fn of(ratios: impl Iterator<Item = Ratio> + Clone) -> Self {
        let low = ratios.clone().map(hundredths).min().unwrap_or(0);
        let high = ratios.map(hundredths).max().unwrap_or(10_000);
        // A flat curve runs through the middle, and two values that hardly differ do not fill the picture.
        let pad = (500_u32.saturating_sub(high - low)) / 2;
        Self { low: low.saturating_sub(pad), high: (high + pad).min(10_000).max(low.saturating_sub(pad) + 1) }
    }

    fn height(&self, ratio: Ratio) -> u32 {
        let room = SIZE[1] - 2 * MARGIN;
        SIZE[1] - MARGIN - (hundredths(ratio) - self.low).min(self.high - self.low) * room / (self.high - self.low)
    }

    fn marks(&self) -> Vec<(u32, String)> {
        let mark = |value: u32| format!("{}.{:02}%", value / 100, value % 100);
        vec![(MARGIN, mark(self.high)), (SIZE[1] - MARGIN, mark(self.low))]
    }
}

fn hundredths(ratio: Ratio) -> u32 {
    let value = (u128::from(ratio.covered) * 10_000).checked_div(u128::from(ratio.total)).unwrap_or(0);
    u32::try_from(value).unwrap_or(10_000).min(10_000)
}
