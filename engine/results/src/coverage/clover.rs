//! Clover XML as OpenClover, PHPUnit and istanbul write it (`clover.xsd` of OpenClover). Lines of type `method` are no lines
//! of their own: the method's statements have theirs.

use std::collections::BTreeMap;

use crate::coverage::{Coverage, FileLines, Hits, Name};
use crate::fault::Fault;
use crate::xml::{Node, Tag, Walker};

const FORMAT: &str = "clover";

/// A file while it is being read: conditions are read in the end, when it is known what they mean.
#[derive(Default)]
struct Open {
    path: String,
    lines: FileLines,
    /// Line, true count, false count.
    conditions: Vec<(u32, u64, u64)>,
    /// The file's own totals, which only choose how its conditions are read: branches, covered ones.
    totals: Option<(u64, u64)>,
}

/// Reads one file.
///
/// # Errors
/// When it is not a whole Clover document.
pub(super) fn read(text: &str) -> Result<Coverage, Fault> {
    let mut walker = Walker::new(text, FORMAT, &["coverage"]);
    let mut coverage = Coverage::default();
    let mut open: Option<Open> = None;
    // OpenClover tells the tests' own files apart, and leaves them out of its totals.
    let mut in_tests = false;
    while let Some(node) = walker.next()? {
        match node {
            Node::Open(tag) => match tag.name() {
                "packages" | "sources" if walker.depth() == 2 => {
                    return Err(walker.unreadable("it looks like cobertura"));
                }
                "testproject" => in_tests = true,
                _ if in_tests => {}
                "file" => {
                    // OpenClover has the bare name in `name` and the path in `path`.
                    let path = tag.filled("path").or_else(|| tag.filled("name"));
                    let Some(path) = path else { return Err(walker.unreadable("a file has no name")) };
                    open = Some(Open { path, ..Open::default() });
                }
                "metrics" if walker.parent() == "file" => {
                    if let Some(open) = &mut open {
                        open.totals = tag.number("conditionals").zip(tag.number("coveredconditionals"));
                    }
                }
                "line" => {
                    let Some(open) = &mut open else { return Err(walker.unreadable("a line has no file")) };
                    let Some(line) = tag.line("num") else { return Err(walker.unreadable("a line has no number")) };
                    open.line(&tag, line);
                }
                _ => {}
            },
            Node::Text(_) => {}
            Node::Close => {
                if walker.closed() == "testproject" {
                    in_tests = false;
                }
                if walker.closed() == "file"
                    && let Some(open) = open.take()
                {
                    open.close(&mut coverage)?;
                }
            }
        }
    }
    Ok(coverage)
}

impl Open {
    fn line(&mut self, tag: &Tag<'_>, line: u32) {
        match tag.get("type").as_deref() {
            Some("method") => {}
            Some("cond") => {
                let count = |name| tag.number::<u32>(name).map_or(0, u64::from);
                let (yes, no) = (count("truecount"), count("falsecount"));
                // OpenClover's conditions have no count of their own.
                let hits = match tag.get("count") {
                    Some(count) => Hits::of(&count),
                    None if yes + no > 0 => Hits::Times(yes + no),
                    None => Hits::Never,
                };
                self.lines.line(line, hits);
                self.conditions.push((line, yes, no));
            }
            Some(_) | None => self.lines.line(line, tag.hits("count")),
        }
    }

    /// OpenClover counts how often a condition was true and how often false: two branches. istanbul writes the covered
    /// branches of the line into the one and the missed ones into the other. The file's totals tell which it is.
    fn close(mut self, coverage: &mut Coverage) -> Result<(), Fault> {
        let sums = self.conditions.iter().fold((0, 0), |(all, covered), (_, yes, no)| (all + yes + no, covered + yes));
        let by_istanbul = self.totals == Some(sums);
        // A line may have several conditions, each with an element of its own.
        let mut of_lines: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
        for (line, yes, no) in self.conditions {
            let (covered, total) = of_lines.entry(line).or_default();
            *covered += if by_istanbul { yes } else { u64::from(yes > 0) + u64::from(no > 0) };
            *total += if by_istanbul { yes + no } else { 2 };
        }
        for (line, (covered, total)) in of_lines {
            self.lines.counted_branches(line, covered, total);
        }
        coverage.file(FORMAT, Name::Path(self.path))?.merge(self.lines);
        Ok(())
    }
}
