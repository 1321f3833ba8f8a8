//! Runs the gate's buildspec in a checkout and measures what it left. What is known of the commit comes from git, and is read
//! before any code of the commit runs.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use gated_core::decision::Decision;
use gated_core::facts::ChangedFiles;
use gated_core::measured::{BuildOutcome, BuildStatus, PhaseFailure, ReportFile};
use gated_core::verdict::Evidence;
use gated_results::{Commit, Contents};
use gated_runner::{Buildspec, Outcome, cancellation};

use super::checkout::Checkout;
use super::environment;
use super::interrupts::{Interrupts, Running};
use super::progress::{Progress, now_ms};
use crate::{git, screen};

/// Builds and measures.
///
/// # Errors
/// When this machine refused something; a build that fails is evidence.
pub(super) async fn gather(
    decision: &Decision,
    place: &mut Checkout,
    interrupts: &Interrupts,
) -> anyhow::Result<Evidence> {
    let text = match gated_render::buildspec(decision) {
        Ok(text) => text,
        Err(fault) => return Ok(Evidence::not_started("RENDER", "TooLong", &fault.to_string())),
    };
    let began = now_ms();
    let build = format!("gated-run:{}-{began}", std::process::id());
    let mut spec = Buildspec::parse(&text)?;
    let place_of_build = environment::environment(decision, &build, &mut spec, place);
    let mut progress = Progress::new(&spec);
    let (live, shell) = (progress.live(), progress.shell());
    let (handle, cancel) = cancellation();
    // The shell starts while git lays out the files.
    place.begin(&decision.change.source_commit)?;
    let calm = interrupts.calmly();
    let prepared = gated_runner::prepare(&spec, &place_of_build, &mut progress, cancel).await?;
    drop(calm);
    place.check_out(&decision.change.source_commit)?;
    screen::tell(&environment::differences(decision));
    let lacks = place.lacks();
    if !lacks.is_empty() {
        screen::tell(&format!("as in the gate: {}", lacks.join("; ")));
    }
    let mut commit = known(decision, &place.directory)?;
    let limit = Duration::from_secs(decision.environment.timeout.0);
    interrupts.begin(Running { handle, shell, is_asked: false });
    let outcome = tokio::select! {
        outcome = prepared.run(Some(limit)) => outcome,
        () = live => bail!("the live line ended"),
    };
    interrupts.end();
    let outcome = told(outcome?, build, now_ms().saturating_sub(began));
    let left = place.left();
    let record = gated_results::stage_record(std::fs::read(left.join(gated_results::RECORD)).ok().as_deref());
    let checkout = place.directory.display().to_string();
    let read = |file: &ReportFile| report(&left, file);
    let (mut measured, reach) = gated_results::measure_build(decision, &record, &commit, Some(&checkout), &read);
    let unknown = reach.unknown(&commit.lengths);
    let wanted: Vec<_> = unknown.iter().map(|path| Some(format!("{}:{path}", decision.change.source_commit))).collect();
    // For a note alone: what git cannot tell of them costs no verdict.
    for (path, text) in unknown.into_iter().zip(objects(&place.directory, &wanted).unwrap_or_default()) {
        text.iter().for_each(|text| commit.learn(path.clone(), text));
    }
    reach.note(&commit.lengths, &mut measured);
    let last = progress.last();
    let unexplained = gated_results::unexplained(&record, &measured);
    let outputs = unexplained.iter().filter_map(|stage| gated_results::output(&last, stage)).collect();
    Ok(Evidence { outcome, record, measured, outputs, scan: None, scanned_on: None })
}

fn report(left: &Path, file: &ReportFile) -> Result<Vec<u8>, String> {
    if !gated_results::is_stored_report(&file.stored) {
        return Err(format!("{} was not kept", file.path));
    }
    std::fs::read(left.join(&file.stored)).map_err(|error| format!("{}: {error}", file.path))
}

/// The build's end in CodeBuild's words, without the text of the command: that is the gate's own driver.
fn told(outcome: Outcome, id: String, duration_ms: u64) -> BuildOutcome {
    let status = match outcome.status {
        gated_runner::BuildStatus::Succeeded => BuildStatus::Succeeded,
        gated_runner::BuildStatus::Failed => BuildStatus::Failed,
        gated_runner::BuildStatus::TimedOut => BuildStatus::TimedOut,
        gated_runner::BuildStatus::Stopped => BuildStatus::Stopped,
    };
    let failure = outcome.phases.iter().find_map(|phase| {
        let context = phase.contexts.first()?;
        let message = context.message.rsplit("Reason: ").next().unwrap_or_default().to_owned();
        Some(PhaseFailure { phase: phase.phase.name().to_owned(), code: context.code.to_owned(), message })
    });
    BuildOutcome { id: Some(id), status, failure, log_url: None, duration_ms: Some(duration_ms), phases: Vec::new() }
}

/// What the commit holds, and what it changes since the merge base, where a coverage report is held against that.
fn known(decision: &Decision, checkout: &Path) -> anyhow::Result<Commit> {
    if !gated_results::needs_commit(decision) {
        return Ok(Commit::default());
    }
    let change = &decision.change;
    let names = git::git(checkout, &["ls-tree", "-r", "-z", "--name-only", change.source_commit.as_str()])?;
    let tree: BTreeSet<String> = String::from_utf8_lossy(&names).split_terminator('\0').map(str::to_owned).collect();
    let has_base = change.merge_base.as_str().bytes().any(|byte| byte != b'0');
    let changed = match has_base {
        true => git::changed(checkout, &change.merge_base, &change.source_commit)?,
        false => ChangedFiles::default(),
    };
    let files = &changed.files[..changed.files.len().min(gated_results::MOST_BLOBS)];
    // The destination says what is generated: the proposal must not exempt its own files.
    let attributes = gated_results::attribute_files(Some(&tree), &changed);
    let at_destination = attributes.iter().map(|path| format!("{}:{path}", change.destination_commit));
    let sides = files.iter().flat_map(|file| [file.before.clone(), file.after.clone()]);
    let wanted: Vec<Option<String>> = sides.chain(at_destination.map(Some)).collect();
    let mut found = objects(checkout, &wanted)?.into_iter();
    let mut side = |id: &Option<String>| {
        let text = found.next().flatten();
        id.as_ref().map(|_| text.ok_or("the repository does not have it"))
    };
    let contents: Vec<Contents> = files.iter().map(|file| [side(&file.before), side(&file.after)]).collect();
    let attributes = attributes.into_iter().zip(found).filter_map(|(path, text)| Some((path, text?))).collect();
    Ok(Commit::new(Some(tree), &changed, contents, &attributes))
}

/// Objects by their names, in the same order, from one git process; `None` where there is no name, or no such object.
fn objects(checkout: &Path, names: &[Option<String>]) -> anyhow::Result<Vec<Option<Vec<u8>>>> {
    let wanted: Vec<&str> = names.iter().flatten().map(String::as_str).collect();
    if wanted.is_empty() {
        return Ok(names.iter().map(|_| None).collect());
    }
    let mut git = git::command(checkout)
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context(git::MISSING)?;
    let (input, list) = (git.stdin.take(), wanted.join("\n") + "\n");
    // Both pipes are small: one side writes while the other reads.
    let writer = std::thread::spawn(move || input.map(|mut input| input.write_all(list.as_bytes())));
    let output = git.wait_with_output()?;
    drop(writer.join());
    // Every name has an answer, also one that is not there, unless git could not go on.
    if !output.status.success() {
        bail!("git cat-file ended before it had told all that changes");
    }
    let mut rest = output.stdout.as_slice();
    let next = |id: &Option<String>| -> Option<Vec<u8>> {
        id.as_ref()?;
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let head = String::from_utf8_lossy(&rest[..end]).into_owned();
        rest = &rest[end + 1..];
        let size: usize = head.rsplit_once(' ')?.1.parse().ok()?;
        let content = rest.get(..size)?.to_vec();
        rest = rest.get(size + 1..)?;
        Some(content)
    };
    Ok(names.iter().map(next).collect())
}
