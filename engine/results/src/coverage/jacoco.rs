//! JaCoCo XML (`report.dtd`, JaCoCo documentation). Lines come from `<sourcefile>`; its counters are never trusted. A line is
//! covered when an instruction of it was run.

use crate::coverage::{Coverage, FileLines, Hits, Name};
use crate::fault::Fault;
use crate::xml::{Node, Walker};

const FORMAT: &str = "jacoco";

/// Reads one file.
///
/// # Errors
/// When it is not a whole JaCoCo document.
pub(super) fn read(text: &str) -> Result<Coverage, Fault> {
    let mut walker = Walker::new(text, FORMAT, &["report"]);
    let mut coverage = Coverage::default();
    let mut groups: Vec<String> = Vec::new();
    let mut package = String::new();
    let mut file: Option<(Name, FileLines)> = None;
    while let Some(node) = walker.next()? {
        match node {
            Node::Open(tag) => match tag.name() {
                "group" => groups.push(tag.brief("name")),
                "package" => package = tag.brief("name"),
                "sourcefile" => {
                    let name = tag.get("name").unwrap_or_default();
                    let path = if package.is_empty() { name } else { format!("{package}/{name}") };
                    file = Some((Name::Package { module: groups.last().cloned(), path }, FileLines::default()));
                }
                "line" => {
                    let (Some((_, lines)), Some(line)) = (&mut file, tag.line("nr")) else {
                        return Err(walker.unreadable("a line has no number or no file"));
                    };
                    if tag.get("ci").is_none() {
                        // gcovr writes such lines: whether they were run is not said.
                        return Err(walker.unreadable("a line has no instruction counter (ci)"));
                    }
                    // It counts instructions, not runs.
                    lines.line(line, if tag.hits("ci").any() { Hits::Uncounted } else { Hits::Never });
                    let count = |name| tag.number::<u32>(name).map_or(0, u64::from);
                    let (missed, covered) = (count("mb"), count("cb"));
                    if missed + covered > 0 {
                        lines.counted_branches(line, covered, covered + missed);
                    }
                }
                _ => {}
            },
            Node::Text(_) => {}
            Node::Close => match walker.closed() {
                "group" => {
                    groups.pop();
                }
                "package" => package.clear(),
                "sourcefile" => {
                    if let Some((name, lines)) = file.take().filter(|(_, lines)| !lines.lines.is_empty()) {
                        coverage.file(FORMAT, name)?.merge(lines);
                    }
                }
                _ => {}
            },
        }
    }
    Ok(coverage)
}
