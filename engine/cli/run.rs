//! `gated run`: will my pull request pass? The gate's own buildspec on a clean checkout on this machine, then the same
//! measuring and verdict. It never writes into the working tree, and never calls a part of the stages a pass.

mod checkout;
mod choice;
mod environment;
mod evidence;
mod interrupts;
mod junit;
mod memory;
mod output;
mod progress;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use gated_core::decision::{Action, Decision};
use gated_core::names::CommitId;
use gated_core::verdict::VerdictKind;

use crate::args::SubjectArgs;
use crate::exit::{Exit, WrongUse};
use crate::git::{self, Standing};
use crate::local::{Local, Proposed, decide_about};
use crate::{page, screen};
use checkout::{Checkout, Conflict};
use choice::Choice;
use interrupts::Interrupts;
use output::Report;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 it would pass, 1 it would not, 2 wrong use, 3 the tool could not do its work, 4 \
                        only a part was run, or an approval is missing, 130 and the like where an interrupt left \
                        nothing to report (128 and the signal's number). What a stage gets of your environment: \
                        everything but AWS_*, CODEBUILD_*, GATED_*, what steers git and bash, and names that speak of \
                        a secret (TOKEN, SECRET, PASSWORD …). A parameter or secret of the policy is taken from the \
                        variable of its name."
)]
pub(crate) struct RunArgs {
    /// Run these stages alone
    #[arg(value_name = "STAGE", conflicts_with_all = ["from", "failed"])]
    stages: Vec<String>,
    /// Run this stage and those after it
    #[arg(long, value_name = "STAGE", conflicts_with = "failed")]
    from: Option<String>,
    /// Run what did not pass last time
    #[arg(long)]
    failed: bool,
    /// Run the working tree as it is, with what is not committed
    #[arg(long, conflicts_with_all = ["merge", "source"])]
    dirty: bool,
    /// Run the merge into the destination
    #[arg(long)]
    merge: bool,
    /// List the stages and what would happen with each, and run nothing
    #[arg(long, conflicts_with_all = ["html", "open"])]
    list: bool,
    /// Print the commands that would run, and run nothing
    #[arg(long, conflicts_with_all = ["list", "html", "open"])]
    dry_run: bool,
    /// Form of the output; the build's log goes to standard error
    #[arg(long, value_enum, default_value_t = RunFormat::Human)]
    format: RunFormat,
    /// Write the report page here: one HTML file with everything inside
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Open the report page in the browser
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    subject: SubjectArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RunFormat {
    /// Text for people
    Human,
    /// One JSON document
    Json,
    /// JUnit XML: a case for each thing that is demanded
    Junit,
}

pub(crate) async fn run(args: &RunArgs) -> anyhow::Result<Exit> {
    let mut interrupts = Interrupts::listen()?;
    let done = walk(args, &interrupts).await;
    if done.is_err() {
        interrupts.settle().await;
    }
    match done {
        Err(error) => match error.downcast::<Conflict>() {
            Ok(conflict) => {
                screen::tell(&conflict.to_string());
                Ok(Exit::No)
            }
            Err(error) => Err(error),
        },
        done => done,
    }
}

async fn walk(args: &RunArgs, interrupts: &Interrupts) -> anyhow::Result<Exit> {
    // Processes that need no answer of each other start at once. Counting reads every file's time and takes longest.
    let here = Path::new(".");
    let left_out = (!args.dirty && !args.list && !args.dry_run).then(|| std::thread::spawn(|| git::uncommitted(here)));
    let references = std::thread::spawn(|| git::references(here));
    let mut objects = git::Objects::open(here)?;
    let standing = git::standing().map_err(|error| match error.downcast::<WrongUse>() {
        Ok(known) => known,
        Err(error) => WrongUse(format!("{error:#}: `gated run` needs the repository it stands in")),
    })?;
    let mut place = Checkout::new(&standing, references, interrupts)?;
    let proposed = propose(args, &standing, &mut place)?;
    if proposed.is_none() && !args.list && !args.dry_run {
        // Deciding takes as long as a small checkout. Without a commit there is an answer below that says so.
        if let Ok(commit) = objects.commit(args.subject.source.as_deref().unwrap_or("HEAD")) {
            place.begin(&commit)?;
        }
    }
    let proposal = proposed.as_ref().map(|commit| Proposed { repository: &place.directory, commit });
    let Local { decision: whole, policies, compared, is_policy_uncommitted, .. } =
        match decide_about(&args.subject, objects, proposal.as_ref()) {
            Ok(local) => local,
            Err(error) => return Err(head(args, &standing).err().unwrap_or(error)),
        };
    if whole.change.source_commit.as_str().bytes().all(|byte| byte == b'0') {
        head(args, &standing)?; // a policy by hand can be planned without a commit, not run
    }
    let memory = memory::path(&standing);
    let choice = if args.failed {
        Choice::Named(memory::read(&memory)?)
    } else {
        Choice::of(&args.stages, args.from.as_deref(), &whole)?
    };
    let chosen = choice::derive(&whole, &choice)?;
    if args.list || args.dry_run {
        let decision = &chosen.decision;
        screen::print(&match (args.list, args.format) {
            (_, RunFormat::Junit) => {
                return Err(WrongUse("nothing is run, so that JUnit has no case to tell".to_owned()).into());
            }
            (true, RunFormat::Human) => output::list(decision),
            (true, RunFormat::Json) => output::list_json(decision)?,
            (false, RunFormat::Human) => output::dry_run(decision),
            (false, RunFormat::Json) => output::dry_run_json(decision)?,
        })?;
        return Ok(if decision.action == Action::Refuse { Exit::No } else { Exit::Yes });
    }
    if args.failed && chosen.decision.running().next().is_none() && whole.action == Action::Build {
        screen::print("nothing that runs now failed last time; `gated run` runs everything\n")?;
        return Ok(Exit::Waiting);
    }
    let left_out = left_out.and_then(|counting| counting.join().ok()).transpose()?;
    let built = built(args, left_out.unwrap_or(0), &chosen.decision, compared.as_deref(), is_policy_uncommitted);
    screen::tell(&built);
    let evidence = match chosen.decision.action {
        Action::Build => Some(evidence::gather(&chosen.decision, &mut place, interrupts).await?),
        Action::Pass | Action::Refuse => None,
    };
    let verdict = gated_core::judge(&chosen.decision, evidence.as_ref());
    if let Err(error) = memory::write(&memory, &whole, &chosen.decision, &verdict) {
        screen::tell(&format!("warning: what failed is not remembered for --failed: {error:#}"));
    }
    let exit = match (verdict.kind, chosen.left_out.is_empty()) {
        (VerdictKind::Pass, true) => Exit::Yes,
        (VerdictKind::Pass, false) | (VerdictKind::Waiting, _) => Exit::Waiting,
        (VerdictKind::Fail | VerdictKind::Error | VerdictKind::Superseded, _) => Exit::No,
    };
    let (decision, left_out) = (chosen.decision, chosen.left_out);
    let report = Report { built, left_out, decision, evidence, verdict, policies, written_at: gated_lambda::now() };
    if args.html.is_some() || args.open {
        // The verdict is known, and is told also where its page cannot be kept.
        let path = args.html.clone().unwrap_or_else(|| memory.with_file_name("last-run.html"));
        if let Err(error) = page::show(report.page().as_bytes(), &path, args.open) {
            screen::tell(&format!("warning: {error:#}"));
        }
    }
    match args.format {
        RunFormat::Human => {
            // Between what the stages said and the answer; standard output begins with the answer.
            screen::tell("\n");
            screen::print(&report.human())?;
        }
        RunFormat::Json => screen::print(&format!("{}\n", report.json()?))?,
        RunFormat::Junit => screen::print(&junit::document(&report))?,
    }
    Ok(exit)
}

/// The commit that is proposed.
fn head(args: &RunArgs, standing: &Standing) -> anyhow::Result<CommitId> {
    match args.subject.source.as_deref() {
        Some(source) => git::commit(&standing.root, source),
        None => {
            let mut objects = git::Objects::open(&standing.root)?;
            if objects.get("HEAD^{commit}")?.is_none() {
                let message = "nothing is committed here yet: commit first, a pull request is made of commits";
                return Err(WrongUse(message.to_owned()).into());
            }
            objects.commit("HEAD")
        }
    }
}

/// The commit that is made for `--dirty` or `--merge`, in the checkout's own repository; `None` when HEAD itself is run.
fn propose(args: &RunArgs, standing: &Standing, place: &mut Checkout) -> anyhow::Result<Option<CommitId>> {
    if !args.dirty && !args.merge {
        return Ok(None);
    }
    let head = head(args, standing)?;
    if args.dirty {
        return place.commit_working_tree(&head).map(Some);
    }
    let branch = match &args.subject.destination {
        Some(branch) => Some(branch.clone()),
        None => standing.default_destination(&mut git::Objects::open(&standing.root)?),
    };
    let branch = branch.ok_or_else(|| WrongUse("into which branch? give --destination BRANCH".to_owned()))?;
    let tip = git::Objects::open(&standing.root)?.destination(&branch)?;
    place.merge(&tip.commit, &head).map(Some)
}

/// In a line: what is run, what it is compared with, and what is not in it.
fn built(
    args: &RunArgs,
    left_out: usize,
    decision: &Decision,
    compared: Option<&str>,
    policy_left_out: bool,
) -> String {
    let short = &decision.change.source_commit.as_str()[..12];
    let compared = compared.unwrap_or("nothing: no destination is known");
    let what = match (args.dirty, args.merge, &args.subject.source) {
        (true, _, _) => {
            return format!("run: the working tree with everything that is not committed, compared with {compared}");
        }
        (false, true, None) => format!("run: the merge of HEAD into {compared}"),
        (false, true, Some(branch)) => format!("run: the merge of {branch} into {compared}"),
        (false, false, None) => format!("run: HEAD at {short}, compared with {compared}"),
        (false, false, Some(branch)) => format!("run: {branch} at {short}, compared with {compared}"),
    };
    let dirty_helps = !args.merge && args.subject.source.is_none();
    let (one, more) = match (policy_left_out, dirty_helps) {
        (true, true) => (", .gated.yml (--dirty runs it)", ", .gated.yml among them (--dirty runs it)"),
        (true, false) => (", .gated.yml", ", .gated.yml among them"),
        (false, true) => (" (--dirty takes it along)", " (--dirty takes them along)"),
        (false, false) => ("", ""),
    };
    match left_out {
        0 => what,
        1 => format!("{what}, without 1 file that is not committed{one}"),
        count => format!("{what}, without {count} files that are not committed{more}"),
    }
}
