//! How much of a record a comment shows, and how it shows less when that is too long: least important rows first, never
//! half a row.

use serde::Serialize;

/// How many rows of each kind are shown, and how many characters a text may have.
pub(crate) struct Caps {
    pub(crate) problems: usize,
    pub(crate) blockers: usize,
    pub(crate) details: usize,
    pub(crate) output: usize,
    pub(crate) not_run: usize,
    pub(crate) stages: usize,
    pub(crate) coverage: usize,
    pub(crate) findings: usize,
    pub(crate) accepted: usize,
    pub(crate) skips: usize,
    pub(crate) delta: usize,
    pub(crate) history: usize,
    pub(crate) text: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            problems: 30,
            blockers: 30,
            details: 20,
            output: 15,
            not_run: 20,
            stages: 60,
            coverage: 40,
            findings: 20,
            accepted: 20,
            skips: 20,
            delta: 40,
            history: 10,
            text: 400,
        }
    }
}

impl Caps {
    /// Everything that is kept.
    pub(crate) fn none() -> Self {
        let all = usize::MAX;
        Self {
            problems: all,
            blockers: all,
            details: all,
            output: all,
            not_run: all,
            stages: all,
            coverage: all,
            findings: all,
            accepted: all,
            skips: all,
            delta: all,
            history: 10,
            text: 2_000,
        }
    }

    /// A page has room: only what nobody could read is left out.
    pub(crate) fn of_page() -> Self {
        Self {
            problems: 200,
            blockers: 200,
            details: 100,
            output: 15,
            not_run: 100,
            stages: 0,
            coverage: 0,
            findings: 500,
            accepted: 500,
            skips: 100,
            delta: 500,
            history: 0,
            text: 1_000,
        }
    }

    /// Shows less: each kind down to a useful number first, the least important kind first, then down to nearly nothing.
    /// `false` when nothing is left to leave out.
    pub(crate) fn tighten(&mut self) -> bool {
        self.down_to([3, 5, 3, 3, 5, 5, 5, 5, 3, 120, 5, 5, 5])
            || self.down_to([0, 0, 0, 0, 0, 0, 0, 1, 1, 60, 0, 1, 1])
    }

    /// Halves the first number that is above its floor.
    fn down_to(&mut self, floors: [usize; 13]) -> bool {
        let Self { problems, blockers, details, not_run, stages, coverage, findings, accepted, .. } = self;
        let Self { skips, delta, history, text, output, .. } = self;
        let caps = [
            history, delta, skips, accepted, coverage, stages, output, findings, details, text, not_run, blockers,
            problems,
        ];
        let above = caps.into_iter().zip(floors).find(|(cap, floor)| **cap > *floor);
        let found = above.is_some();
        if let Some((cap, floor)) = above {
            *cap = (*cap / 2).max(floor);
        }
        found
    }
}

/// Rows that are shown, and how many are not.
#[derive(Serialize)]
pub(crate) struct Rows<T> {
    shown: Vec<T>,
    left_out: usize,
}

impl<T> Rows<T> {
    /// Counts rows that were left out before.
    pub(crate) fn leave_out(&mut self, more: usize) {
        self.left_out += more;
    }

    /// The first of `rows`, made into what is shown; the others are only counted.
    pub(crate) fn new<S>(rows: impl IntoIterator<Item = S>, cap: usize, show: impl FnMut(S) -> T) -> Self {
        let mut rows = rows.into_iter();
        let shown = rows.by_ref().take(cap).map(show).collect();
        Self { shown, left_out: rows.count() }
    }
}
