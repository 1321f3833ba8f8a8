//! What an image's scan found, for comment and page: counts by severity, what blocks with the fix, what is accepted by whom
//! and until when. What blocks was decided by the core; nothing is compared here.

use gated_core::judge::held::{self, Count, Held, Stand};
use gated_core::policy::Accept;
use gated_core::verdict::Record;
use serde::Serialize;

use crate::comment::Rows;
use crate::markdown::line;

/// The findings of an image.
#[derive(Serialize)]
pub(crate) struct Scan {
    /// `1 critical (1 with a fix), 2 low`
    counts: String,
    /// `high`
    threshold: String,
    by_severity: Vec<Severity>,
    findings: Rows<Finding>,
    accepted: Rows<Accepted>,
}

/// Findings of one severity.
#[derive(Serialize)]
struct Severity {
    name: String,
    all: usize,
    with_a_fix: usize,
    blocking: usize,
    accepted: usize,
}

/// A finding of the image's scan.
#[derive(Serialize)]
struct Finding {
    id: String,
    severity: String,
    /// `openssl 3.0.11 → 3.0.12`, installed and fixed.
    package: String,
    fix: &'static str,
    stand: &'static str,
    blocks: bool,
    accept: Option<Accepted>,
}

/// A finding that somebody accepted.
#[derive(Serialize)]
struct Accepted {
    id: String,
    severity: String,
    owner: String,
    until: String,
    reason: String,
}

/// How many rows are shown, how many characters of a text, and whether findings are shown that do not block.
pub(crate) struct Room {
    pub(crate) findings: usize,
    pub(crate) accepted: usize,
    pub(crate) text: usize,
    pub(crate) all: bool,
}

impl Scan {
    /// `None` where no image of this build was scanned.
    pub(crate) fn of(record: &Record, room: &Room) -> Option<Self> {
        let decision = &record.decision;
        let all = held::held(decision, record.evidence.as_ref()?)?;
        let count = |is: fn(&Stand<'_>) -> bool, count: &Count<'_>| {
            all.iter().filter(|it| it.finding.severity == *count.severity && is(&it.stand)).count()
        };
        let counts = held::by_severity(all.iter().map(|it| it.finding));
        let by_severity = counts.iter().map(|it| Severity {
            name: line(it.severity.word(), 40),
            all: it.findings,
            with_a_fix: it.with_a_fix,
            blocking: count(|stand| stand.blocks(), it),
            accepted: count(|stand| matches!(stand, Stand::Accepted(_)), it),
        });
        let shown = all.iter().filter(|it| room.all || it.stand.blocks());
        let accepted = all.iter().filter_map(|it| match it.stand {
            Stand::Accepted(accept) => Some((it, accept)),
            Stand::Blocks | Stand::Expired(_) | Stand::Below => None,
        });
        Some(Self {
            counts: held::counted(&counts),
            threshold: held::threshold(decision)?.fail_on.to_string(),
            by_severity: by_severity.collect(),
            findings: Rows::new(shown, room.findings, |it| Finding::of(it, room)),
            accepted: Rows::new(accepted, room.accepted, |(it, accept)| Accepted::of(it, accept, room)),
        })
    }
}

impl Finding {
    fn of(held: &Held<'_>, room: &Room) -> Self {
        let Held { finding, stand } = held;
        let installed = line(finding.package.as_deref().unwrap_or_default(), room.text.min(200));
        let fixed = finding.fixed_in.as_deref().map(|version| format!(" → {}", line(version, room.text.min(100))));
        let (words, accept) = match stand {
            Stand::Blocks => ("blocks", None),
            Stand::Expired(accept) => ("blocks: its acceptance has expired", Some(*accept)),
            Stand::Accepted(accept) => ("accepted", Some(*accept)),
            Stand::Below => ("below what fails", None),
        };
        Self {
            id: line(&finding.id, 100),
            severity: line(finding.severity.word(), 40),
            package: format!("{installed}{}", fixed.unwrap_or_default()),
            fix: match finding.fix {
                Some(true) => "available",
                Some(false) => "none yet",
                None => "not told",
            },
            stand: words,
            blocks: stand.blocks(),
            accept: accept.map(|accept| Accepted::of(held, accept, room)),
        }
    }
}

impl Accepted {
    fn of(held: &Held<'_>, accept: &Accept, room: &Room) -> Self {
        let Accept { id, until, owner, reason } = accept;
        Self {
            id: line(id, 100),
            severity: line(held.finding.severity.word(), 40),
            owner: line(owner, room.text.min(200)),
            until: line(until, 40),
            reason: line(reason, room.text),
        }
    }
}
