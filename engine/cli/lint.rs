//! `gated lint`: every fault of a policy at its place, without a network.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use gated_policy::{Diagnostic, Severity};
use serde_json::json;

use crate::args::{Format, LintArgs};
use crate::exit::{Exit, WrongUse};
use crate::git;

/// Largest file that is read: a policy has 256 KiB at most, and the fault should say so.
const LARGEST: u64 = 64 << 20;

pub(crate) fn run(args: &LintArgs) -> anyhow::Result<Exit> {
    let files = if args.files.is_empty() { vec![own_policy()?] } else { args.files.clone() };
    let mut found: Vec<(String, Vec<u8>, Vec<Diagnostic>)> = Vec::new();
    for file in files {
        let bytes = read(&file)?;
        let path = file.display().to_string();
        let diagnostics = if args.floor {
            gated_policy::read_floor(&path, &bytes).diagnostics
        } else {
            gated_policy::read_policy(&path, &bytes).diagnostics
        };
        found.push((path, bytes, diagnostics));
    }
    let count = found.iter().map(|(_, _, diagnostics)| diagnostics.len()).sum::<usize>();
    match args.format {
        Format::Human => {
            for (path, bytes, diagnostics) in &found {
                print!("{}", gated_policy::explain(diagnostics, path, &String::from_utf8_lossy(bytes)));
            }
            match (count, found.len()) {
                (0, 1) => println!("clean: {}", found[0].0),
                (0, files) => println!("clean: {files} files"),
                (1, _) => println!("1 finding"),
                (count, _) => println!("{count} findings"),
            }
        }
        Format::Json => {
            let findings: Vec<_> = found.iter().flat_map(|(path, _, ds)| ds.iter().map(|d| finding(path, d))).collect();
            println!("{}", json!({"version": 1, "findings": findings}));
        }
    }
    let blocks =
        found.iter().flat_map(|(_, _, ds)| ds).any(|d| matches!(d.severity, Severity::Error | Severity::Warning));
    Ok(if blocks { Exit::No } else { Exit::Yes })
}

fn finding(path: &str, diagnostic: &Diagnostic) -> serde_json::Value {
    let span = &diagnostic.span;
    json!({
        "code": diagnostic.code,
        "name": diagnostic.name,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "path": path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "help": diagnostic.help,
        "fix": null,
    })
}

/// The policy of the repository one stands in.
fn own_policy() -> anyhow::Result<PathBuf> {
    let root = git::root().map_err(|_| WrongUse("not in a git repository: name the files to check".to_owned()))?;
    let path = root.join(".gated.yml");
    if path.exists() {
        return Ok(path);
    }
    Err(WrongUse(format!("{} has no .gated.yml: name the files to check", root.display())).into())
}

/// A file's bytes, or standard input's for `-`.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().take(LARGEST).read_to_end(&mut bytes).context("standard input")?;
        return Ok(bytes);
    }
    let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    file.take(LARGEST).read_to_end(&mut bytes).with_context(|| path.display().to_string())?;
    Ok(bytes)
}
