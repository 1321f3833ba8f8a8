//! The comments that come without a verdict: while a build runs, when the pull request ended meanwhile, and when the gate
//! itself failed. None can approve.

use gated_core::change::Change;
use gated_core::decision::Decision;
use gated_core::report::{Links, Report};
use serde_json::json;

use crate::comment::{COMMENT_LIMIT, comment};
use crate::markdown::{escape, line};
use crate::templates::{Template, fill};

/// How the headings begin while nothing is decided: of a build without an earlier verdict, and of one with.
const RUNNING: &str = "## ⏳ Running";
const BUILDING: &str = "## ⏳ Building commit";

/// What is known when the gate itself failed, which may be very little.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trouble {
    /// The pull request's number.
    pub pull_request: String,
    /// Its revision id.
    pub revision: String,
    /// The source commit, when it is known.
    pub commit: Option<String>,
    /// What failed, in our words: "the build could not be started".
    pub what: String,
    /// What the failing side said.
    pub cause: String,
    /// Which try this was, from 1.
    pub attempt: u32,
    /// How many tries the gate makes by itself.
    pub attempts: u32,
    /// Where more is to be seen.
    pub links: Links,
}

/// The comment when the gate itself failed: what, that no approval was given, and what to do. At most
/// [`COMMENT_LIMIT`] bytes.
pub fn trouble(trouble: &Trouble) -> String {
    let view = json!({
        "what": line(&trouble.what, 300),
        "cause": line(&trouble.cause, 1_000),
        "number": line(&trouble.pull_request, 20),
        "revision": id(&trouble.revision),
        "commit": trouble.commit.as_deref().map(id),
        "attempt": trouble.attempt,
        "attempts": trouble.attempts,
        "will_retry": trouble.attempt < trouble.attempts,
        "log_url": link(&trouble.links.log),
        "console": link(&trouble.links.execution),
    });
    filled(Template::Trouble, &view, "## ⚠️ Not approved: the gate itself failed\n")
}

/// The comment while a build runs; the verdict's comment takes its place. At most [`COMMENT_LIMIT`] bytes.
pub fn running(decision: &Decision, links: &Links, attempt: u32) -> String {
    let names: Vec<&str> = decision.running().map(|stage| stage.name.as_str()).collect();
    let view = json!({
        "heading": RUNNING,
        "headline": line(&names.join(", "), 300),
        "number": decision.change.pull_request,
        "title": line(&decision.title, 200),
        "revision": id(decision.change.revision.as_str()),
        "commit": id(decision.change.source_commit.as_str()),
        "attempt": attempt,
        "log_url": link(&links.log),
    });
    filled(Template::Running, &view, &format!("{RUNNING}\n"))
}

/// Whether a comment of the gate's tells of a build that runs, and so is no answer yet.
pub fn is_under_way(comment: &str) -> bool {
    [RUNNING, BUILDING].iter().any(|heading| comment.starts_with(heading))
}

/// The comment while a newer revision is built: that first, and below it what the comment said of the earlier one. At most
/// [`COMMENT_LIMIT`] bytes: where both are too long together, the earlier verdict's first line alone is kept.
pub fn building(decision: &Decision, before: &str, attempt: u32) -> String {
    let commit = id(decision.change.source_commit.as_str());
    let names: Vec<&str> = decision.running().map(|stage| stage.name.as_str()).collect();
    let first = format!("{BUILDING} `{commit}`: {}", escape(&line(&names.join(", "), 300)));
    let (heading, rest) = before.split_once('\n').unwrap_or((before, ""));
    // A build of an earlier revision that ended in no verdict.
    if heading.starts_with(RUNNING) {
        return running(decision, &Links::default(), attempt);
    }
    let (of, was, body) = if heading.starts_with(BUILDING) {
        // It was said already, of this revision or of one in between.
        let rest = rest.trim_start();
        let (said, body) = rest.split_once('\n').unwrap_or((rest, ""));
        let (whose, was) = said.split_once(" was: ").unwrap_or(("", said));
        (if whose.ends_with(" on it") { commit_in(heading) } else { commit_in(whose) }, was, body)
    } else {
        // Behind its last rule stands what is our own.
        let of = before.rsplit_once("\n---\n").and_then(|(_, end)| commit_in(end.split_once(" · commit")?.1));
        (of, heading.strip_prefix("## ").unwrap_or(heading), rest)
    };
    let earlier = match of {
        Some(of) if of == commit => format!("The verdict on it was: {was}"),
        Some(of) => format!("The verdict on the earlier commit `{of}` was: {was}"),
        None => format!("The verdict before was: {was}"),
    };
    let short = format!("{first}\n\n{earlier}\n");
    limited(format!("{short}{body}"), &short)
}

/// The comment of a pull request that was merged or closed while a build ran: that nothing is built any more, and below it the
/// last verdict, if there was one. At most [`COMMENT_LIMIT`] bytes: what is too long keeps of the verdict its first line alone.
pub fn ended(change: &Change, merged: bool, last: Option<&Report>) -> String {
    let how = if merged { "Merged" } else { "Closed" };
    let commit = id(change.source_commit.as_str());
    let first =
        format!("## ⏹️ {how}: nothing is built any more\n\nCommit `{commit}` was being built, and gets no verdict.\n");
    let Some(last) = last else { return first };
    let (text, of) = (comment(last), id(last.record.decision.change.source_commit.as_str()));
    let (heading, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let was = heading.strip_prefix("## ").unwrap_or(heading);
    let short = format!("{first}\nThe last verdict was that on commit `{of}`: {was}\n");
    limited(format!("{short}{rest}"), &short)
}

/// The first thing that a line of ours shows as code.
fn commit_in(text: &str) -> Option<String> {
    text.split('`').nth(1).map(id).filter(|commit| !commit.is_empty())
}

fn limited(text: String, otherwise: &str) -> String {
    if text.len() <= COMMENT_LIMIT { text } else { otherwise.to_owned() }
}

fn filled(template: Template, view: &serde_json::Value, otherwise: &str) -> String {
    match fill(template, view) {
        Ok(text) if text.len() <= COMMENT_LIMIT => text,
        // Nothing that these views can hold leads here.
        Ok(_) | Err(_) => otherwise.to_owned(),
    }
}

fn id(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).take(12).collect()
}

fn link(url: &Option<String>) -> Option<&str> {
    url.as_deref().filter(|url| url.len() <= 1_000)
}
