//! `gated lint`: every fault of a policy at its place, without a network. It finds the files, asks `gated-policy` about
//! each, and writes the answers in the forms that were asked for.

mod inputs;
mod mend;
mod outputs;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::bail;
use clap::{Args, ValueEnum};
use gated_core::layers::Found;
use gated_core::policy::Floor;
use gated_policy::{FileKind, Severity};
use gated_render::findings::Judged;
use gated_render::{BUILDSPEC_LIMIT, longest_buildspec};

use crate::diff;
use crate::exit::{Exit, WrongUse};
use crate::screen::{self, Color};

use inputs::{Input, inputs};
use outputs::Output;

pub(crate) use inputs::read;

/// From how many files on a second thread is worth its start.
const MANY: usize = 16;

#[derive(Debug, Args)]
pub(crate) struct LintArgs {
    /// Policies to check, folders that have some in them or below, or `-`; default: the one of the repository one stands in
    #[arg(value_name = "PATH")]
    files: Vec<PathBuf>,
    /// Read the files as floors
    #[arg(long)]
    floor: bool,
    /// Hold the policies against this floor too, and against its constraints
    #[arg(long, value_name = "FILE", conflicts_with = "floor")]
    floor_policy: Option<PathBuf>,
    /// Mend what a program can mend without changing what the file means
    #[arg(long)]
    fix: bool,
    /// Mend what may change the meaning too
    #[arg(long)]
    unsafe_fixes: bool,
    /// Show what --fix would change as a unified diff, and write nothing
    #[arg(long, conflicts_with = "format")]
    diff: bool,
    /// Form of the output: human, concise, json, sarif or junit, each alone or as FORM=FILE; may be repeated
    #[arg(long, value_name = "FORM[=FILE]")]
    format: Vec<Output>,
    /// What makes the answer no (exit code 1)
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOn::Warning)]
    fail_on: FailOn,
    /// The name that standard input goes by
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<String>,
    /// Whether output has colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Errors alone
    Error,
    /// Errors and warnings
    Warning,
    /// Nothing
    Never,
}

impl FailOn {
    fn fails(self, severity: Severity) -> bool {
        match (self, severity) {
            (Self::Never, _) | (_, Severity::Info) | (Self::Error, Severity::Warning) => false,
            (Self::Error | Self::Warning, Severity::Error) | (Self::Warning, Severity::Warning) => true,
        }
    }
}

/// What files are held against.
struct Judge {
    kind: FileKind,
    floor: Option<Floor>,
}

impl Judge {
    fn judge(&self, path: String, bytes: Vec<u8>) -> Judged {
        let findings =
            gated_policy::lint_measured(&bytes, self.kind, self.floor.as_ref(), &longest_buildspec, BUILDSPEC_LIMIT);
        Judged { path, bytes, findings }
    }
}

pub(crate) fn run(args: &LintArgs) -> anyhow::Result<Exit> {
    let outputs = if args.format.is_empty() { vec![Output::DEFAULT] } else { args.format.clone() };
    if outputs.iter().filter(|output| output.to_stdout()).count() > 1 {
        bail!(WrongUse("two forms cannot both go to standard output: write one as FORM=FILE".to_owned()));
    }
    let judge = Judge {
        kind: if args.floor { FileKind::Floor } else { FileKind::Policy },
        floor: args.floor_policy.as_deref().map(floor).transpose()?,
    };
    let inputs = inputs(&args.files, args.stdin_filename.as_deref())?;
    let mut files = Vec::new();
    let mut unread = false;
    for (input, answer) in inputs.iter().zip(all(&inputs, &judge)) {
        match answer {
            Ok(judged) => files.push((input, judged)),
            // A file that cannot be read does not hide what is wrong with the others.
            Err(error) => {
                unread = true;
                screen::tell(&format!("error: {error:#}"));
            }
        }
    }
    let fails = if args.diff {
        show_mends(&files, &judge, args.unsafe_fixes)?
    } else {
        let files = if args.fix || args.unsafe_fixes { mend(files, &judge, args.unsafe_fixes)? } else { files };
        let files: Vec<Judged> = files.into_iter().map(|(_, file)| file).collect();
        // A mended standard input goes to standard output; what is left to say then goes to the other.
        let taken = (args.fix || args.unsafe_fixes) && inputs.iter().any(|input| matches!(input, Input::Stdin(_)));
        for output in outputs.iter().filter(|_| !files.is_empty()) {
            output.write(&files, args.color.wanted(), taken)?;
        }
        files.iter().flat_map(|file| &file.findings).any(|told| args.fail_on.fails(told.severity))
    };
    Ok(match (unread, fails) {
        (true, _) => Exit::Trouble,
        (false, true) => Exit::No,
        (false, false) => Exit::Yes,
    })
}

/// Mends files where they are, and standard input to standard output. Returns what is still wrong.
fn mend<'i>(
    files: Vec<(&'i Input, Judged)>,
    judge: &Judge,
    unsafe_too: bool,
) -> anyhow::Result<Vec<(&'i Input, Judged)>> {
    let mut left = Vec::new();
    let mut total = 0;
    for (input, file) in files {
        let (now, count) = mend::mended(&file, judge, unsafe_too);
        total += count;
        match input {
            Input::Stdin(_) => screen::print(&String::from_utf8_lossy(&now.bytes))?,
            Input::File(path) if count > 0 => mend::replace(path, &now.bytes)?,
            Input::File(_) => {}
        }
        left.push((input, now));
    }
    if total > 0 {
        screen::tell(&format!("mended: {total}"));
    }
    Ok(left)
}

/// Prints what mending would change; whether there is anything.
fn show_mends(files: &[(&Input, Judged)], judge: &Judge, unsafe_too: bool) -> anyhow::Result<bool> {
    let mut all = String::new();
    for (_, file) in files {
        let (now, _) = mend::mended(file, judge, unsafe_too);
        let (before, after) = (String::from_utf8_lossy(&file.bytes), String::from_utf8_lossy(&now.bytes));
        all += &diff::unified(&file.path, Some(&before), &after);
    }
    screen::print(&all)?;
    Ok(!all.is_empty())
}

/// Reads and judges every input, on as many threads as there are processors, and keeps their order.
fn all(inputs: &[Input], judge: &Judge) -> Vec<anyhow::Result<Judged>> {
    let one = |input: &Input| Ok(judge.judge(input.name(), input.read()?));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    if inputs.len() < MANY || threads == 1 {
        return inputs.iter().map(one).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some((at, input)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, inputs.get(at)?)))
        {
            done.push((at, one(input)));
        }
        done
    };
    let mut answers: Vec<(usize, anyhow::Result<Judged>)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in others {
            match other.join() {
                Ok(part) => done.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// The floor that policies are held against; it must itself be valid.
fn floor(path: &Path) -> anyhow::Result<Floor> {
    let bytes = read(path)?;
    let shown = path.display();
    match gated_policy::read_floor(&shown.to_string(), &bytes).found {
        Found::Valid(floor, _) => Ok(floor),
        Found::Invalid(_) | Found::Absent => {
            bail!("{shown} is no valid floor: `gated lint --floor {shown}` says why")
        }
    }
}
