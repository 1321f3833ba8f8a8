//! Cobertura XML (`coverage-04.dtd`) as Cobertura, coverage.py, `cargo llvm-cov`, istanbul, gcovr and coverlet write it.
//! Never trusts its rates.

use crate::coverage::{Coverage, FileLines, Name};
use crate::fault::{Fault, limits};
use crate::xml::{Node, Walker};

const FORMAT: &str = "cobertura";

/// A class while it is being read.
#[derive(Default)]
struct Class {
    file: String,
    /// Its own lines. istanbul gives methods lines that are none of the class's, so a method's lines only count in a class
    /// that has no others.
    own: FileLines,
    of_methods: FileLines,
}

/// Reads one file.
///
/// # Errors
/// When it is not a whole Cobertura document.
pub(super) fn read(text: &str) -> Result<Coverage, Fault> {
    let mut walker = Walker::new(text, FORMAT, &["coverage"]);
    let mut coverage = Coverage::default();
    let mut source = String::new();
    let mut class: Option<Class> = None;
    let mut in_method = false;
    while let Some(node) = walker.next()? {
        match node {
            Node::Open(tag) => match tag.name() {
                "project" if walker.depth() == 2 => return Err(walker.unreadable("it looks like clover")),
                "source" => source.clear(),
                "method" => in_method = true,
                "class" => {
                    let Some(file) = tag.filled("filename") else {
                        return Err(walker.unreadable("a class names no file"));
                    };
                    class = Some(Class { file, ..Class::default() });
                }
                "line" => {
                    let (Some(class), Some(line)) = (&mut class, tag.line("number")) else {
                        return Err(walker.unreadable("a line has no number or no class"));
                    };
                    let lines = if in_method { &mut class.of_methods } else { &mut class.own };
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
                "source" if !source.trim().is_empty() => {
                    if coverage.sources.len() >= limits::SOURCE_DIRECTORIES {
                        let most = limits::SOURCE_DIRECTORIES;
                        return Err(walker.unreadable(&format!("it names more than {most} source directories")));
                    }
                    if source.trim().len() > limits::PATH {
                        let longest = limits::PATH;
                        return Err(walker.unreadable(&format!("a source directory has more than {longest} bytes")));
                    }
                    coverage.sources.push(source.trim().to_owned());
                }
                "method" => in_method = false,
                "class" => {
                    if let Some(Class { file, own, of_methods }) = class.take() {
                        let lines = if own.lines.is_empty() { of_methods } else { own };
                        coverage.file(FORMAT, Name::Path(file))?.merge(lines);
                    }
                }
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
