//! LCOV trace files (geninfo(1), "FILES") as lcov, istanbul, c8, `cargo llvm-cov` and coverage.py write them. Only `SF`, `DA`,
//! `BRDA` and `end_of_record` count; totals are never trusted and records that are not known are passed over.

use crate::coverage::{Coverage, FileLines, Hits, Name};
use crate::fault::{Fault, limits};

const FORMAT: &str = "lcov";

/// Reads one file.
///
/// # Errors
/// When it has no record, or a record is open at its end.
pub(super) fn read(text: &str) -> Result<Coverage, Fault> {
    let mut coverage = Coverage::default();
    let mut file: Option<(Name, FileLines)> = None;
    let mut records = 0_u64;
    for (index, row) in text.lines().enumerate() {
        let fault = |why: &str| Fault::unreadable(FORMAT, format!("line {}: {why}", index + 1));
        let row = row.trim();
        if row == "end_of_record" {
            if let Some((name, lines)) = file.take() {
                coverage.file(FORMAT, name)?.merge(lines);
            }
            continue;
        }
        let Some((kind, value)) = row.split_once(':') else { continue };
        match kind {
            "SF" => {
                records += 1;
                if let Some((name, lines)) = file.replace((Name::Path(value.trim().to_owned()), FileLines::default())) {
                    coverage.file(FORMAT, name)?.merge(lines);
                }
            }
            "DA" | "BRDA" => {
                let Some((_, lines)) = &mut file else { return Err(fault("a line without a file before it")) };
                let mut fields = value.split(',');
                let line = fields.next().and_then(|field| field.trim().parse().ok()).unwrap_or(0);
                if !(1..=limits::LINE).contains(&line) {
                    return Err(fault("no line number"));
                }
                if kind == "DA" {
                    let Some(hits) = fields.next() else { return Err(fault("a line without a count")) };
                    lines.line(line, Hits::of(hits));
                } else {
                    // The branch's name may have commas of its own; the count is the last field.
                    let Some((name, taken)) = value.rsplit_once(',') else {
                        return Err(fault("a branch without a count"));
                    };
                    lines.branch(line, name.to_owned(), Hits::of(taken).any());
                }
            }
            _ => {}
        }
    }
    match (records, file) {
        (0, _) => Err(Fault::unreadable(FORMAT, "there is no record (SF:) in it")),
        (_, Some(_)) => Err(Fault::Truncated("its last end_of_record")),
        (_, None) => Ok(coverage),
    }
}
