//! Cobertura XML (`coverage-04.dtd`) as Cobertura, coverage.py, `cargo llvm-cov`, istanbul, gcovr and coverlet write it.
//! Never trusts its rates.

use crate::coverage::{Coverage, Name};
use crate::fault::Fault;
use crate::xml::{Node, Walker};

const FORMAT: &str = "cobertura";

/// Reads one file.
///
/// # Errors
/// When it is not a whole Cobertura document.
pub(super) fn read(text: &str) -> Result<Coverage, Fault> {
    let mut walker = Walker::new(text, FORMAT, &["coverage"]);
    let mut coverage = Coverage::default();
    let mut source = String::new();
    // A file may have several classes; a method's lines are its class's again.
    let mut file = String::new();
    while let Some(node) = walker.next()? {
        match node {
            Node::Open(tag) => match tag.name() {
                "project" if walker.depth() == 2 => return Err(walker.unreadable("it looks like clover")),
                "source" => source.clear(),
                "class" => match tag.filled("filename") {
                    Some(name) => file = name,
                    None => return Err(walker.unreadable("a class names no file")),
                },
                "line" if !file.is_empty() => {
                    let Some(line) = tag.line("number") else {
                        return Err(walker.unreadable("a line has no number"));
                    };
                    let lines = coverage.file(FORMAT, Name::Path(file.clone()))?;
                    lines.line(line, tag.hits("hits"));
                    if let Some((covered, total)) = tag.get("condition-coverage").as_deref().and_then(conditions) {
                        lines.counted_branches(line, covered, total);
                    }
                }
                _ => {}
            },
            Node::Text(text) if walker.here() == "source" => source.push_str(&text),
            Node::Text(_) => {}
            Node::Close => match walker.closed() {
                "source" if !source.trim().is_empty() => coverage.sources.push(source.trim().to_owned()),
                "class" => file.clear(),
                _ => {}
            },
        }
    }
    Ok(coverage)
}

/// 1 and 2 of `50% (1/2)`.
fn conditions(text: &str) -> Option<(u64, u64)> {
    let (covered, total) = text.split_once('(')?.1.split_once(')')?.0.split_once('/')?;
    Some((covered.trim().parse().ok()?, total.trim().parse::<u32>().ok()?.into()))
}
