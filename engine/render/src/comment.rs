//! The gate's one comment on a pull request, in Markdown: first the verdict in words, then what blocks and how to mend it,
//! then the rest. It is made from a stored record alone, and never longer than CodeCommit takes.

mod caps;
mod rows;
mod view;

use gated_core::verdict::Record;

use crate::templates::{Template, fill};
use crate::words;
use caps::Caps;
use view::View;

/// Longest comment that CodeCommit takes (`CommentContentSizeLimitExceededException`). Held in bytes, so that it holds
/// whichever kind of character is counted.
pub const COMMENT_LIMIT: usize = 10_240;

/// Where more is to be seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links {
    /// The build's log.
    pub log_url: Option<String>,
    /// The execution in the console.
    pub console: Option<String>,
}

/// The comment for a record: at most [`COMMENT_LIMIT`] bytes whatever is in it. What is too much is left out by whole rows, the
/// least important first, and counted.
pub fn comment(record: &Record, links: &Links) -> String {
    let mut caps = Caps::default();
    loop {
        match fill(Template::Comment, &View::of(record, links, &caps)) {
            Ok(text) if text.len() <= COMMENT_LIMIT => return text,
            // The longer, the more steps before it is tried again.
            Ok(text) if (0..text.len() / COMMENT_LIMIT).filter(|_| caps.tighten()).count() > 0 => {}
            // Nothing a record can hold leads here; the verdict is told all the same.
            Ok(_) | Err(_) => return shortest(record),
        }
    }
}

/// The verdict and nothing else.
fn shortest(record: &Record) -> String {
    let (sign, words) = words::verdict(record.verdict.kind, record.decision.mode);
    let change = &record.decision.change;
    format!("## {sign} {words}\n\nPull request {} · revision `{}`\n", change.pull_request, change.revision)
}
