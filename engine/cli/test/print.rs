//! What became of tests, for people and for machines. It prints what was found and judges nothing.

use std::fmt::Write as _;

use gated_core::layers::Problem;
use gated_policy::{Checked, CheckedCase, Failure, Unseen};
use gated_render::xml_text as escaped;
use serde_json::{Value, json};

use super::Tested;

/// One line a case; below it what was expected, with its place.
pub(super) fn human(tested: &[Tested]) -> String {
    let mut out = String::new();
    let (mut cases, mut failed, mut unseen) = (0, 0, 0);
    for file in tested {
        let _ = writeln!(out, "{}", shown(&file.path));
        let checked = match &file.outcome {
            Ok(checked) => checked,
            Err(problems) => {
                failed += 1;
                for problem in problems {
                    let _ = writeln!(out, "  error  {}", shown(&at(problem)));
                }
                continue;
            }
        };
        cases += checked.cases.len();
        failed += checked.cases.iter().filter(|case| !case.failures.is_empty()).count();
        unseen += checked.unseen.len();
        for case in &checked.cases {
            let word = if case.failures.is_empty() { "ok   " } else { "FAIL " };
            let _ = writeln!(out, "  {word}  {}", shown(&case.name));
            for Failure { line, column, message } in &case.failures {
                let _ = writeln!(out, "         {}:{line}:{column} {}", shown(&file.path), shown(message));
            }
        }
        for Unseen { message, .. } in &checked.unseen {
            let _ = writeln!(out, "  FAIL   {}", shown(message));
        }
    }
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let never = if unseen == 0 { String::new() } else { format!(", {} never seen", plural(unseen, "side")) };
    let _ = writeln!(out, "{}, {failed} failed{never}", plural(cases, "case"));
    out
}

/// One document for all files; empty lists where there is nothing to tell.
pub(super) fn json(tested: &[Tested]) -> Value {
    let failure = |it: &Failure| json!({"line": it.line, "column": it.column, "message": it.message});
    let case = |it: &CheckedCase| {
        let failures: Vec<Value> = it.failures.iter().map(failure).collect();
        json!({"name": it.name, "line": it.line, "passed": failures.is_empty(), "failures": failures})
    };
    let unseen = |it: &Unseen| json!({"path": it.path, "side": it.side, "policy_line": it.line, "message": it.message});
    let file = |it: &Tested| {
        let (problems, checked) = match &it.outcome {
            Ok(checked) => (&[][..], Some(checked)),
            Err(problems) => (&problems[..], None),
        };
        json!({
            "path": it.path,
            "passed": it.holds(),
            "problems": problems,
            "cases": checked.iter().flat_map(|checked| checked.cases.iter().map(case)).collect::<Vec<_>>(),
            "unseen": checked.iter().flat_map(|checked| checked.unseen.iter().map(unseen)).collect::<Vec<_>>(),
        })
    };
    json!({"version": 1, "files": tested.iter().map(file).collect::<Vec<_>>()})
}

/// One suite a file. What is wrong with a file as a whole, and every side that was not seen, is a case of its own.
pub(super) fn junit(tested: &[Tested]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let suites: Vec<(String, Vec<Row>)> = tested.iter().map(|file| (file.path.clone(), rows(file))).collect();
    let (tests, failures) = counts(suites.iter().flat_map(|(_, rows)| rows));
    let _ = writeln!(out, "<testsuites name=\"gated test\" tests=\"{tests}\" failures=\"{failures}\">");
    for (path, rows) in &suites {
        let (tests, failures) = counts(rows);
        let path = escaped(path);
        let _ = writeln!(out, "  <testsuite name=\"{path}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">");
        for (name, line, failure) in rows {
            let name = escaped(name);
            let _ = write!(out, "    <testcase classname=\"{path}\" name=\"{name}\" file=\"{path}\" line=\"{line}\"");
            match failure {
                None => out.push_str("/>\n"),
                Some(text) => {
                    let first = escaped(text.lines().next().unwrap_or_default());
                    let _ = writeln!(out, ">\n      <failure message=\"{first}\">{}</failure>", escaped(text));
                    out.push_str("    </testcase>\n");
                }
            }
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// Name, line, and what failed.
type Row = (String, u32, Option<String>);

fn rows(file: &Tested) -> Vec<Row> {
    let Checked { cases, unseen } = match &file.outcome {
        Ok(checked) => checked,
        Err(problems) => {
            let text: Vec<String> = problems.iter().map(at).collect();
            let line = problems.first().map_or(0, |problem| problem.line);
            return vec![("the file can be used".to_owned(), line, Some(text.join("\n")))];
        }
    };
    let case = |case: &CheckedCase| {
        let told = case.failures.iter().map(|it| format!("{}:{}:{} {}", file.path, it.line, it.column, it.message));
        let text = told.collect::<Vec<_>>().join("\n");
        (case.name.clone(), case.line, (!text.is_empty()).then_some(text))
    };
    let side = |it: &Unseen| (format!("{} is seen {}", it.path, it.side), 0, Some(it.message.clone()));
    cases.iter().map(case).chain(unseen.iter().map(side)).collect()
}

fn counts<'a>(rows: impl IntoIterator<Item = &'a Row>) -> (usize, usize) {
    rows.into_iter().fold((0, 0), |(all, bad), (_, _, failure)| (all + 1, bad + usize::from(failure.is_some())))
}

fn at(problem: &Problem) -> String {
    format!("{}:{}:{} {}", problem.path, problem.line, problem.column, problem.message)
}

/// Text on one line, without what could move a terminal's cursor.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
