//! Which files are meant, and what they hold. It judges nothing.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::exit::WrongUse;

/// The one name that the gate reads.
const NAME: &str = ".gated.yml";
/// How much of a file is read: one byte over the most that a policy may have is enough to say so.
const MOST_READ: u64 = gated_policy::LARGEST as u64 + 1;
/// Folders below which nobody writes a policy of their own.
const SKIPPED: [&str; 3] = [".git", "target", "node_modules"];

/// Something to judge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Input {
    File(PathBuf),
    /// Standard input, under the name it goes by.
    Stdin(String),
}

impl Input {
    /// As it is shown.
    pub(super) fn name(&self) -> String {
        match self {
            Self::File(path) => {
                path.strip_prefix("./").ok().filter(|rest| *rest != Path::new("")).unwrap_or(path).display().to_string()
            }
            Self::Stdin(name) => name.clone(),
        }
    }

    /// # Errors
    /// When the file cannot be read: its path is in the error.
    pub(super) fn read(&self) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::File(path) => read(path),
            Self::Stdin(_) => read(Path::new("-")),
        }
    }
}

/// What arguments name: files, folders with policies in or below them, `-`; without any, the policy of the repository one
/// stands in. Each once, in the order of the arguments, a folder's by path.
///
/// # Errors
/// [`WrongUse`] when nothing is there to judge.
pub(super) fn inputs(arguments: &[PathBuf], stdin_name: Option<&str>) -> anyhow::Result<Vec<Input>> {
    if arguments.is_empty() {
        return Ok(vec![Input::File(own_policy()?)]);
    }
    let mut inputs = Vec::new();
    for argument in arguments {
        if argument == Path::new("-") {
            inputs.push(Input::Stdin(stdin_name.unwrap_or("<stdin>").to_owned()));
        } else if argument.is_dir() {
            let mut found = Vec::new();
            below(argument, &mut found)?;
            if found.is_empty() {
                return Err(WrongUse(format!("there is no {NAME} in or below {}", argument.display())).into());
            }
            found.sort();
            inputs.extend(found.into_iter().map(Input::File));
        } else {
            inputs.push(Input::File(argument.clone()));
        }
    }
    let mut seen = BTreeSet::new();
    inputs.retain(|input| seen.insert(input.clone()));
    Ok(inputs)
}

/// The policy of the repository one stands in, as a path from here. No process is started to find it.
pub(super) fn own_policy() -> anyhow::Result<PathBuf> {
    let here = std::env::current_dir().context("the current directory")?;
    let Some(up) = here.ancestors().position(|folder| folder.join(".git").exists()) else {
        bail!(WrongUse("not in a git repository: name the files to check".to_owned()));
    };
    let root: PathBuf = std::iter::repeat_n("..", up).collect();
    let path = root.join(NAME);
    if path.exists() {
        return Ok(path);
    }
    let shown = here.ancestors().nth(up).unwrap_or(&here).display();
    if root.join(".gated.yaml").exists() {
        bail!(WrongUse(format!("{shown} has a .gated.yaml, which the gate does not read: rename it to {NAME}")));
    }
    bail!(WrongUse(format!("{shown} has no {NAME}: write one with `gated init`, or name the files to check")))
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let entry = entry.with_context(|| folder.display().to_string())?;
        let kind = entry.file_type().with_context(|| entry.path().display().to_string())?;
        let name = entry.file_name();
        // Links are not followed: what they lead to is judged where it is, and no loop is walked.
        if kind.is_dir() && !SKIPPED.iter().any(|skipped| name == *skipped) {
            below(&entry.path(), found)?;
        } else if kind.is_file() && name == NAME {
            found.push(entry.path());
        }
    }
    Ok(())
}

/// A file's bytes, or standard input's for `-`: all of them, unless there are more than a policy may have.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().take(MOST_READ).read_to_end(&mut bytes).context("standard input")?;
        return Ok(bytes);
    }
    let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    // In one read, where the system knows how much there is.
    let size = file.metadata().map_or(0, |about| about.len());
    bytes.reserve(size.saturating_add(1).min(MOST_READ) as usize);
    file.take(MOST_READ).read_to_end(&mut bytes).with_context(|| path.display().to_string())?;
    Ok(bytes)
}
