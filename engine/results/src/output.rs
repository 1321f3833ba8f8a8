//! How the output of a stage ended, read out of the build's log for the eye of whoever has to mend it. No verdict comes from
//! it: code under test can write whatever it likes into its log.

use gated_core::measured::{Measured, StageOutcome, StageOutput, StageRecord};

use crate::fault::limits;
use crate::text::clean;

/// What stands before a stage's name where it begins, and where a try of it ended.
const MARK: &str = "==> stage ";

/// The stages whose output explains why they did not pass: those without a failed test case. `build` when there is no record.
pub fn unexplained(record: &Result<StageRecord, String>, measured: &Measured) -> Vec<String> {
    let Ok(record) = record else { return vec!["build".to_owned()] };
    let explained = |stage: &str| {
        let mut reports = measured.reports.iter().filter(|report| report.stage.as_str() == stage);
        reports.any(|report| report.tests.as_ref().is_some_and(|tests| !tests.failures.is_empty()))
    };
    let runs = record.setup.iter().chain(&record.stages);
    let failed = runs.filter(|run| match run.outcome {
        StageOutcome::Failed | StageOutcome::TimedOut | StageOutcome::Interrupted => !explained(&run.name),
        StageOutcome::Passed | StageOutcome::NotRun => false,
    });
    failed.map(|run| run.name.clone()).take(limits::OUTPUTS).collect()
}

/// Whether these lines, the end of a log, hold all that [`output`] looks for.
pub fn is_enough(lines: &[String], stages: &[String]) -> bool {
    stages.iter().all(|stage| {
        let begin = format!("{MARK}{stage}");
        lines.len() > limits::OUTPUT_LINES && (stage == "build" || lines.contains(&begin))
    })
}

/// The end of a stage's last try, or of the whole log for `build`; `None` when it is not among these lines, or wrote none.
pub fn output(lines: &[String], stage: &str) -> Option<StageOutput> {
    let own = if stage == "build" { lines.iter().map(String::as_str).collect() } else { last_try(lines, stage)? };
    let end = own.iter().rposition(|line| !line.trim().is_empty())? + 1;
    let left_out = end.saturating_sub(limits::OUTPUT_LINES);
    let shown = own[left_out..end].iter().map(|line| {
        let indent: String =
            line.chars().take_while(|c| matches!(c, ' ' | '\t')).take(limits::OUTPUT_LINE / 4).collect();
        // A progress bar draws over itself: what stood there last is what people saw.
        let seen = line.trim_end().rsplit('\r').next().unwrap_or_default();
        format!("{indent}{}", clean(seen, limits::OUTPUT_LINE)).replace('\t', "    ")
    });
    Some(StageOutput { stage: stage.to_owned(), lines: shown.collect(), left_out: left_out as u64 })
}

fn last_try<'l>(lines: &'l [String], stage: &str) -> Option<Vec<&'l str>> {
    let ends = format!("{MARK}{stage}: ");
    // Output that ends without a line feed stands before it.
    let last = |(at, line): (usize, &'l String)| {
        let (before, rest) = line.rsplit_once(&ends)?;
        (before.is_empty() || is_an_end(rest)).then_some((at, before))
    };
    let (end, before) = lines.iter().enumerate().rev().find_map(last)?;
    let is_mark =
        |line: &String| line.starts_with(MARK) || line.rsplit_once(MARK).is_some_and(|(_, rest)| is_an_end(rest));
    let begin = lines[..end].iter().rposition(is_mark).map_or(0, |at| at + 1);
    Some(lines[begin..end].iter().map(String::as_str).chain([before]).collect())
}

/// Whether this is how the driver says that a stage ended: `failed (exit 1, 5 ms)`, or with the stage's name before it.
fn is_an_end(text: &str) -> bool {
    let ended = |rest: &str| {
        let (_, rest) = rest.split_once(" (exit ")?;
        let (code, took) = rest.strip_suffix(" ms)")?.split_once(", ")?;
        Some(code.parse::<i32>().is_ok() && took.parse::<u64>().is_ok())
    };
    ended(text).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_last_try_of_a_stage_is_told_without_colours_and_trailing_blanks() {
        let lines =
            log("==> stage a\nfirst\n==> stage a: failed (exit 1, 5 ms)\n$ make\n  \u{1b}[31mno rule\u{1b}[0m\n\n\
                         ==> stage a: failed (exit 2, 5 ms)\n\n==> stage b\nother\n==> stage b: passed (exit 0, 5 ms)");
        let told = output(&lines, "a").unwrap();
        assert_eq!((told.lines, told.left_out), (vec!["$ make".to_owned(), "  no rule".to_owned()], 0));
        assert_eq!(output(&lines, "c"), None);
    }

    #[test]
    fn output_that_ends_without_a_line_feed_is_told_as_well() {
        let lines = log(
            "==> stage a\n$ x\none==> stage a: failed (exit 1, 5 ms)\ntwo\nthree==> stage a: failed (exit 2, 5 ms)",
        );
        assert_eq!(output(&lines, "a").unwrap().lines, ["two", "three"]);
    }

    #[test]
    fn long_output_is_told_by_its_end_and_counted() {
        let lines = log(&(0..100).map(|n| format!("{n} {}\n", "x".repeat(500))).collect::<String>());
        let told = output(&lines, "build").unwrap();
        assert_eq!((told.lines.len(), told.left_out), (15, 85));
        assert!(told.lines[14].starts_with("99 x") && told.lines[14].chars().count() == 200);
    }

    #[test]
    fn a_progress_bar_is_told_as_it_stood_last() {
        assert_eq!(output(&log("1 %\r99 %\r100 %\r"), "build").unwrap().lines, ["100 %"]);
    }
}
