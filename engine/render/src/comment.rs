//! The gate's one comment on a pull request, in Markdown: first the verdict in words, then what blocks and how to mend it,
//! then the rest. It is made from a stored report alone, and never longer than CodeCommit takes.

mod caps;
mod rows;
mod view;

use gated_core::report::Report;

use crate::templates::{Template, fill};
use crate::words;
pub(crate) use caps::{Caps, Rows};
pub(crate) use rows::{Blocker, Change, Problem, Skip};
use view::View;
pub(crate) use view::{Note, blockers, notes};

/// Longest comment that CodeCommit takes (`CommentContentSizeLimitExceededException`). Held in bytes, so that it holds
/// whichever kind of character is counted.
pub const COMMENT_LIMIT: usize = 10_240;

/// The comment for a report: at most [`COMMENT_LIMIT`] bytes whatever is in it. What is too much is left out by whole rows, the
/// least important first, and counted.
pub fn comment(report: &Report) -> String {
    let mut caps = Caps::default();
    loop {
        match fill(Template::Comment, &View::of(report, &caps)) {
            Ok(text) if text.len() <= COMMENT_LIMIT => return text,
            // The longer, the more steps before it is tried again.
            Ok(text) if (0..text.len() / COMMENT_LIMIT).filter(|_| caps.tighten()).count() > 0 => {}
            // Nothing a record can hold leads here; the verdict is told all the same.
            Ok(_) | Err(_) => return shortest(report),
        }
    }
}

/// The same for who has room for it, whatever its length: what blocks and what ran is told whole; only texts of more than 2,000
/// characters are cut, and of earlier runs the newest ten are told.
pub fn whole_comment(report: &Report) -> String {
    fill(Template::Comment, &View::of(report, &Caps::none())).unwrap_or_else(|_| shortest(report))
}

/// The verdict and nothing else.
fn shortest(report: &Report) -> String {
    let record = &report.record;
    let (sign, words) = words::verdict(record.verdict.kind, record.decision.mode);
    let change = &record.decision.change;
    format!("## {sign} {words}\n\nPull request {} · revision `{}`\n", change.pull_request, change.revision)
}
