//! SimpleCov's `.resultset.json` (simplecov 0.11 and later; before 0.18 a file was its array of lines alone). The formatters'
//! `coverage.json` is another format and refused.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::coverage::{Coverage, FileLines, Hits, Name};
use crate::fault::{Fault, limits};

const FORMAT: &str = "simplecov";

/// One test command's result.
#[derive(Deserialize)]
struct Run {
    coverage: BTreeMap<String, File>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    Lines(Vec<Value>),
    Full {
        #[serde(default)]
        lines: Vec<Value>,
        #[serde(default)]
        branches: BTreeMap<String, BTreeMap<String, Value>>,
    },
}

/// Reads one file.
///
/// # Errors
/// When it is not a result set.
pub(super) fn read(text: &str) -> Result<Coverage, Fault> {
    let runs: BTreeMap<String, Run> = serde_json::from_str(text).map_err(|error| Fault::json(FORMAT, &error))?;
    let mut coverage = Coverage::default();
    for run in runs.into_values() {
        for (path, file) in run.coverage {
            let (lines, branches) = match file {
                File::Lines(lines) => (lines, BTreeMap::new()),
                File::Full { lines, branches } => (lines, branches),
            };
            let target = coverage.file(FORMAT, Name::Path(path))?;
            add_lines(target, &lines);
            add_branches(target, &branches);
        }
    }
    Ok(coverage)
}

/// `null` is no code, `"ignored"` is between `:nocov:` marks.
fn add_lines(target: &mut FileLines, lines: &[Value]) {
    for (line, hits) in (1..=limits::LINE).zip(lines) {
        if hits.is_number() {
            target.line(line, Hits::of(&hits.to_string()));
        }
    }
}

/// `"[:if, 0, 3, 4, 8, 7]": {"[:then, 1, 4, 6, 4, 10]": 1, …}`: kind, id, first line, first column, last line, last column.
fn add_branches(target: &mut FileLines, branches: &BTreeMap<String, BTreeMap<String, Value>>) {
    for (condition, sides) in branches {
        let line = condition.split(',').nth(2).and_then(|field| field.trim().parse().ok()).unwrap_or(0);
        if !(1..=limits::LINE).contains(&line) {
            continue;
        }
        for (side, hits) in sides {
            // A side's own number and place tell it from those of other conditions.
            target.branch(line, side.clone(), Hits::of(&hits.to_string()).any());
        }
    }
}
