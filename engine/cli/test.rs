//! `gated test`: runs the tests of a policy. It finds the files and prints what became of them; what holds is asked of
//! `gated-policy`.

mod print;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use gated_core::layers::{Found, Problem};
use gated_policy::{Cases, Checked, POLICY_PATH, Texts, check_cases, read_cases};

use crate::exit::{Exit, WrongUse};
use crate::{git, lint, screen};

/// The tests beside a policy.
const BESIDE: &str = ".gated.test.yml";
/// How the name of every other file with tests ends.
const ENDING: &str = ".gated-test.yml";

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Files with tests, or folders that have some in them or below; default: the repository one stands in
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = TestFormat::Human)]
    format: TestFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TestFormat {
    /// Text for people
    Human,
    /// JUnit XML, one suite a file
    Junit,
    /// One JSON document
    Json,
}

/// A file with tests, and what became of it.
struct Tested {
    path: String,
    /// The faults of a file that could not be used: its own, or those of the policy that it names.
    outcome: Result<Checked, Vec<Problem>>,
}

impl Tested {
    fn holds(&self) -> bool {
        self.outcome.as_ref().is_ok_and(Checked::holds)
    }
}

pub(crate) fn run(args: &TestArgs) -> anyhow::Result<Exit> {
    let paths = match args.paths.is_empty() {
        true => vec![git::root().or_else(|_| std::env::current_dir())?],
        false => args.paths.clone(),
    };
    let mut files = Vec::new();
    for path in &paths {
        find(path, &mut files)?;
    }
    if files.is_empty() {
        let places: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        let message = format!("no {BESIDE} and no *{ENDING} in {}: nothing was tested", places.join(", "));
        return Err(WrongUse(message).into());
    }
    let tested = files.iter().map(|file| test(file)).collect::<anyhow::Result<Vec<Tested>>>()?;
    match args.format {
        TestFormat::Human => screen::print(&print::human(&tested))?,
        TestFormat::Junit => screen::print(&print::junit(&tested))?,
        TestFormat::Json => screen::print(&format!("{}\n", serde_json::to_string_pretty(&print::json(&tested))?))?,
    }
    Ok(if tested.iter().all(Tested::holds) { Exit::Yes } else { Exit::No })
}

/// The files with tests at a path: itself, or those in a folder and below it, in order. Folders that git or a build own
/// are not searched.
fn find(path: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let about = std::fs::metadata(path).with_context(|| path.display().to_string())?;
    if !about.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(path).with_context(|| path.display().to_string())? {
        entries.push(entry.with_context(|| path.display().to_string())?.path());
    }
    entries.sort();
    for entry in entries {
        let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_folder = std::fs::symlink_metadata(&entry).is_ok_and(|about| about.is_dir());
        if is_folder && !matches!(name.as_str(), ".git" | "node_modules" | "target") {
            find(&entry, files)?;
        } else if !is_folder && (name == BESIDE || name.ends_with(ENDING)) {
            files.push(entry);
        }
    }
    Ok(())
}

fn test(file: &Path) -> anyhow::Result<Tested> {
    let path = shown(file);
    let outcome = match read_cases(&path, &lint::read(file)?).found {
        Found::Valid(cases, _) => check(file, &cases)?,
        Found::Invalid(problems) => Err(problems),
        Found::Absent => Err(Vec::new()),
    };
    Ok(Tested { path, outcome })
}

fn check(file: &Path, cases: &Cases) -> anyhow::Result<Result<Checked, Vec<Problem>>> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let read = |path: &Path| lint::read(path).with_context(|| format!("{} names it", file.display()));
    let policy = match cases.policy() {
        Some(path) => folder.join(path),
        None => nearest(folder)?,
    };
    let policy_bytes = read(&policy)?;
    let floor = match cases.floor().map(|path| folder.join(path)) {
        Some(path) => Some((shown(&path), read(&path)?)),
        None => None,
    };
    let mut proposals = BTreeMap::new();
    for path in cases.proposals() {
        proposals.insert(path.to_owned(), read(&folder.join(path))?);
    }
    let texts = Texts {
        policy: (&shown(&policy), &policy_bytes),
        floor: floor.as_ref().map(|(path, bytes)| (path.as_str(), bytes.as_slice())),
        proposals: &proposals,
    };
    Ok(check_cases(cases, &texts, gated_lambda::GATE))
}

/// How messages name a file: from where one stands.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(&here).or_else(|_| path.strip_prefix("./")).unwrap_or(path);
    path.display().to_string()
}

/// The policy in this folder, or in the nearest one above it.
fn nearest(folder: &Path) -> anyhow::Result<PathBuf> {
    let beside = folder.join(POLICY_PATH);
    if beside.exists() {
        return Ok(beside);
    }
    let whole = std::path::absolute(folder).with_context(|| folder.display().to_string())?;
    let above = whole.ancestors().map(|folder| folder.join(POLICY_PATH)).find(|path| path.exists());
    above.ok_or_else(|| {
        let message = format!("no {POLICY_PATH} in {} or above it: name the policy with `policy`", whole.display());
        WrongUse(message).into()
    })
}
