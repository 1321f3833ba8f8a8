//! `gated init`: writes the first `.gated.yml` of a repository, from what lies in it or from a CodeBuild buildspec. It
//! overwrites nothing unless told to, and what it writes it has linted.

mod buildspec;
mod detect;
mod preset;
mod yaml;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use gated_policy::{FileKind, POLICY_PATH, Severity};
use gated_render::findings::{Judged, concise};

use crate::exit::{Exit, WrongUse};
use crate::{diff, git, lint, screen};

/// Where the schema lies for editors: beside the policy, so that every clone has it without a network.
const SCHEMA: &str = ".gated.schema.json";

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Root of the repository; default: of the one one stands in
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Start from this preset, whatever lies in the repository
    #[arg(long, value_name = "PRESET", conflicts_with = "from")]
    preset: Option<String>,
    /// Carry this CodeBuild buildspec over; what has no counterpart is named
    #[arg(long, value_name = "BUILDSPEC")]
    from: Option<PathBuf>,
    /// Replace a policy that is there
    #[arg(long)]
    force: bool,
    /// Show what would be written, and write nothing
    #[arg(long)]
    diff: bool,
    /// Where editors find the schema; default: a copy beside the policy
    #[arg(long, value_name = "URL")]
    schema: Option<String>,
}

/// A policy to write, and what a person should know about it.
struct Draft {
    /// Everything below the lines that every policy begins with.
    body: String,
    /// One sentence each, for standard error.
    notes: Vec<String>,
}

pub(crate) fn run(args: &InitArgs) -> anyhow::Result<Exit> {
    let root = match &args.directory {
        Some(directory) => directory.clone(),
        None => git::root().or_else(|_| std::env::current_dir())?,
    };
    let draft = match &args.from {
        Some(path) => buildspec::carried_over(&path.display().to_string(), &lint::read(path)?)?,
        None => preset::draft(&root, args.preset.as_deref())?,
    };
    let text = text(args.schema.as_deref().unwrap_or(SCHEMA), &draft);
    let path = root.join(POLICY_PATH);
    let before = existing(&path)?;
    if args.diff {
        screen::print(&diff::unified(POLICY_PATH, before.as_deref(), &text))?;
    } else {
        write(args, &path, before.is_some(), &text)?;
    }
    for note in &draft.notes {
        screen::tell(note);
    }
    tell(&text)
}

/// The policy that a folder would get, and what a person should know about it.
///
/// # Errors
/// [`WrongUse`] when no preset fits.
pub(crate) fn first_policy(root: &Path, preset: Option<&str>) -> anyhow::Result<(String, Vec<String>)> {
    let draft = preset::draft(root, preset)?;
    Ok((text(SCHEMA, &draft), draft.notes))
}

fn text(schema: &str, draft: &Draft) -> String {
    format!(
        "# yaml-language-server: $schema={schema}\n# What a pull request must pass before it can merge. `gated lint` checks this \
         file, `gated plan` says what it does.\n{}",
        draft.body
    )
}

fn existing(path: &Path) -> anyhow::Result<Option<String>> {
    if !path.exists() {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&lint::read(path)?).into_owned()))
}

fn write(args: &InitArgs, path: &Path, exists: bool, text: &str) -> anyhow::Result<()> {
    if exists && !args.force {
        let path = path.display();
        bail!(WrongUse(format!("{path} is there already: --diff shows what would change, --force replaces it")));
    }
    std::fs::write(path, text).with_context(|| path.display().to_string())?;
    if args.schema.is_none() {
        let schema = path.with_file_name(SCHEMA);
        let text = serde_json::to_string_pretty(&gated_policy::schema())? + "\n";
        std::fs::write(&schema, text).with_context(|| schema.display().to_string())?;
        screen::print(&format!("wrote {}\n", schema.display()))?;
    }
    screen::print(&format!("wrote {}\n", path.display()))
}

/// What the linter says of a policy that was just made: nothing, unless a buildspec said something that it does not take.
fn tell(text: &str) -> anyhow::Result<Exit> {
    let findings = gated_policy::lint(text.as_bytes(), FileKind::Policy, None);
    let blocks = findings.iter().any(|told| matches!(told.severity, Severity::Error | Severity::Warning));
    let judged = Judged { path: POLICY_PATH.to_owned(), bytes: text.as_bytes().to_vec(), findings };
    screen::tell(&concise(&[judged]));
    Ok(if blocks { Exit::No } else { Exit::Yes })
}
