//! Each finding of an image's scan, held against the policy: does it block, is it accepted, was it, or is it below what
//! fails. The verdict counts these, comment and page show them; nobody else compares a severity with a threshold.

use crate::decision::{Decision, PlannedContainer, StageAction};
use crate::policy::{Accept, FailOn};
use crate::scan::{ScanFinding, ScanOutcome, Severity};
use crate::verdict::Evidence;

/// A finding, and what it means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held<'a> {
    /// What the scan says.
    pub finding: &'a ScanFinding,
    /// What the policy says.
    pub stand: Stand<'a>,
}

/// What the policy says of a finding; in the order in which people read them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stand<'a> {
    /// It fails.
    Blocks,
    /// It was accepted, and fails again: the last day is over.
    Expired(&'a Accept),
    /// Somebody accepted it, until a day that is not over.
    Accepted(&'a Accept),
    /// It is less severe than what fails.
    Below,
}

impl Stand<'_> {
    /// Whether it keeps the scan from passing.
    pub fn blocks(&self) -> bool {
        match self {
            Self::Blocks | Self::Expired(_) => true,
            Self::Accepted(_) | Self::Below => false,
        }
    }

    fn order(&self) -> u8 {
        match self {
            Self::Blocks | Self::Expired(_) => 0,
            Self::Accepted(_) => 1,
            Self::Below => 2,
        }
    }
}

/// What fails where an image is built and its findings matter.
pub fn threshold(decision: &Decision) -> Option<&PlannedContainer> {
    let container = decision.container.as_ref()?;
    (container.action == StageAction::Run && container.fail_on != FailOn::Never).then_some(container)
}

/// Every finding of the image that was built, those that block first and the worst of them first; `None` where no image was
/// scanned, or another one.
pub fn held<'a>(decision: &'a Decision, evidence: &'a Evidence) -> Option<Vec<Held<'a>>> {
    let container = threshold(decision)?;
    let image = evidence.record.as_ref().ok()?.image.as_ref()?;
    match evidence.scan.as_ref()? {
        ScanOutcome::Scanned { digest, findings } if *digest == image.digest => {
            Some(all(container, findings, evidence.scanned_on.as_deref()))
        }
        ScanOutcome::Scanned { .. }
        | ScanOutcome::Unscannable { .. }
        | ScanOutcome::Unfinished { .. }
        | ScanOutcome::Unknown { .. } => None,
    }
}

/// The same of findings that are known to be this image's.
pub(super) fn all<'a>(
    container: &'a PlannedContainer,
    findings: &'a [ScanFinding],
    today: Option<&str>,
) -> Vec<Held<'a>> {
    let accepts = container.scan.accept.as_deref().unwrap_or_default();
    let stand = |finding: &ScanFinding| {
        if !fails(&finding.severity, container.fail_on) {
            return Stand::Below;
        }
        let accept = accepts.iter().filter(|accept| accept.id == finding.id).max_by(|a, b| a.until.cmp(&b.until));
        match accept {
            None => Stand::Blocks,
            Some(accept) if holds(accept, today) => Stand::Accepted(accept),
            Some(accept) => Stand::Expired(accept),
        }
    };
    let mut all: Vec<Held<'a>> = findings.iter().map(|finding| Held { finding, stand: stand(finding) }).collect();
    all.sort_by(|a, b| {
        let key = |it: &Held<'a>| (it.stand.order(), &it.finding.severity, &it.finding.id);
        key(a).cmp(&key(b))
    });
    all
}

/// Whether this severity fails. One that is not known is never a small one.
fn fails(severity: &Severity, fail_on: FailOn) -> bool {
    let worst_that_is_fine = match fail_on {
        FailOn::Never => return false,
        FailOn::Critical => Severity::High,
        FailOn::High => Severity::Medium,
        FailOn::Medium => Severity::Low,
        FailOn::Low => Severity::Informational,
    };
    *severity < worst_that_is_fine
}

/// Whether it is accepted on this day. Days are written alike, so that their text sorts as they do; without a day, or with
/// another form, nothing is accepted.
fn holds(accept: &Accept, today: Option<&str>) -> bool {
    let is_day = |text: &str| {
        text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() })
    };
    today.is_some_and(|today| is_day(today) && is_day(&accept.until) && today <= accept.until.as_str())
}

/// Findings of one severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count<'a> {
    /// Which.
    pub severity: &'a Severity,
    /// How many there are.
    pub findings: usize,
    /// How many of them have a fix.
    pub with_a_fix: usize,
}

/// Findings by severity, the worst first.
pub fn by_severity<'a>(findings: impl Iterator<Item = &'a ScanFinding>) -> Vec<Count<'a>> {
    let mut counts = std::collections::BTreeMap::<&Severity, (usize, usize)>::new();
    for finding in findings {
        let (all, fixes) = counts.entry(&finding.severity).or_default();
        *all += 1;
        *fixes += usize::from(finding.fix == Some(true));
    }
    let count = |(severity, (findings, with_a_fix))| Count { severity, findings, with_a_fix };
    counts.into_iter().map(count).collect()
}

/// `1 critical (1 with a fix), 2 high`
pub fn counted(counts: &[Count<'_>]) -> String {
    let one = |Count { severity, findings, with_a_fix }: &Count<'_>| match with_a_fix {
        0 => format!("{findings} {}", severity.word()),
        fixes => format!("{findings} {} ({fixes} with a fix)", severity.word()),
    };
    counts.iter().map(one).collect::<Vec<_>>().join(", ")
}
