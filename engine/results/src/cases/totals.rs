//! What the suites of a report claim to have failed, held against the failed cases that they list. Totals never make
//! anything pass: what they claim beyond the listed cases is counted as failed, once, where it is claimed.

use crate::cases::{Case, Cases, Outcome};
use crate::xml::Tag;

/// The suites that are open, the outermost first.
#[derive(Default)]
pub(super) struct Totals {
    open: Vec<Suite>,
}

/// A suite, and what was seen in it so far, in the suites inside of it too.
struct Suite {
    /// Failures that its attributes claim.
    claimed: u64,
    /// Failures that are listed.
    listed: u64,
    /// Its name, and its own words on why it failed.
    case: Case,
}

impl Totals {
    /// A suite begins, of which this many failures are claimed.
    pub(super) fn open(&mut self, name: String, claimed: u64) {
        let case = Case { suite: name, name: "(no case of it)".to_owned(), ..Case::default() };
        self.open.push(Suite { claimed, listed: 0, case });
    }

    /// Failures are listed inside of the suite that was opened last.
    pub(super) fn list(&mut self, failures: u64) {
        if let Some(suite) = self.open.last_mut() {
            suite.listed += failures;
        }
    }

    /// The outermost suite claims fewer failures than it says.
    pub(super) fn lower_outermost(&mut self, by: u64) {
        if let Some(suite) = self.open.first_mut() {
            suite.claimed = suite.claimed.saturating_sub(by);
        }
    }

    /// The suite that was opened last claims this many failures at least.
    pub(super) fn claim(&mut self, failures: u64) {
        if let Some(suite) = self.open.last_mut() {
            suite.claimed = suite.claimed.max(failures);
        }
    }

    /// The name of the suite that was opened last; empty without one.
    pub(super) fn name(&self) -> &str {
        self.open.last().map_or("", |suite| &suite.case.suite)
    }

    /// Where the suite that was opened last says why it failed.
    pub(super) fn words(&mut self) -> Option<&mut Case> {
        self.open.last_mut().map(|suite| &mut suite.case)
    }

    /// The suite that was opened last ends: what it claims beyond what it lists is counted.
    pub(super) fn close(&mut self, cases: &mut Cases) {
        let Some(Suite { claimed, listed, mut case }) = self.open.pop() else { return };
        if claimed > listed {
            let missing = claimed - listed;
            let failures = if missing == 1 { "a failure" } else { &format!("{missing} failures") };
            let own = std::mem::take(&mut case.headline);
            case.body = format!("{own}\n{}", case.body);
            let suite = if case.suite.is_empty() { "the report" } else { "the suite" };
            case.headline = format!("{suite} claims {failures} that it lists no failed case for");
            cases.failed += missing - 1;
            cases.add(Outcome::Failed, case);
        }
        self.list(claimed.max(listed));
    }
}

/// The sum of these counts of an element. One that is too large to be believed still counts.
pub(super) fn claimed(tag: &Tag<'_>, names: &[&str]) -> u64 {
    let count = |name: &&str| {
        let text = tag.get(name)?;
        let digits = text.trim();
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| digits.parse::<u32>().unwrap_or(u32::MAX))
    };
    names.iter().filter_map(count).map(u64::from).sum()
}
