//! The image's scan, held against the policy. An image that was only built is never a pass where its findings matter, and
//! a severity that is not known is never a small one.

use super::{Finding, Told};
use crate::decision::{Decision, PlannedContainer, StageAction};
use crate::measured::StageOutcome;
use crate::policy::{Accept, FailOn, Unscannable};
use crate::scan::{PushedImage, ScanFinding, ScanOutcome, Severity};
use crate::verdict::{Evidence, FailureClass, State};

/// How many findings are named.
const MOST_NAMED: usize = 30;

/// The requirement `container/scan`; none where no image is built or no finding would matter.
pub(super) fn finding(decision: &Decision, told: &Told<'_>, evidence: &Evidence) -> Option<Finding> {
    let container = decision.container.as_ref().filter(|container| container.action == StageAction::Run)?;
    if container.fail_on == FailOn::Never {
        return None;
    }
    let error = |reason: String, class| of(State::Error, reason).class(class);
    Some(match told.run("container").map(|run| run.outcome) {
        Some(StageOutcome::Passed) => match told.record.and_then(|record| record.image.as_ref()) {
            None => error(
                "the image was built and not pushed, so nothing scanned it: the gate's stack must have an image \
                 repository (imageRepository)"
                    .to_owned(),
                FailureClass::Infrastructure,
            ),
            Some(image) => match &evidence.scan {
                None => error("nothing is known of the image's scan".to_owned(), FailureClass::Infrastructure),
                Some(scan) => scanned(container, image, scan, evidence.scanned_on.as_deref()),
            },
        },
        Some(StageOutcome::Failed | StageOutcome::TimedOut | StageOutcome::NotRun) | None => {
            of(State::NotRun, "there is no image to scan".to_owned())
        }
    })
}

fn of(state: State, reason: String) -> Finding {
    Finding::of("container/scan", "container scan", state, reason)
}

fn scanned(container: &PlannedContainer, image: &PushedImage, scan: &ScanOutcome, today: Option<&str>) -> Finding {
    let error = |reason: String| of(State::Error, reason).class(FailureClass::Infrastructure);
    match scan {
        ScanOutcome::Unfinished { status } => error(format!("the image's scan did not end in time ({status})")),
        ScanOutcome::Unknown { status } => error(format!("the image's scan tells nothing ({status})")),
        ScanOutcome::Unscannable { description } => match container.scan.unscannable {
            Some(Unscannable::Allow) => of(
                State::Passed,
                format!("ECR cannot scan this image ({description}), which the policy allows (unscannable: allow)"),
            ),
            Some(Unscannable::Fail) | None => of(
                State::Error,
                format!("ECR cannot scan this image ({description}); container: {{scan: {{unscannable: allow}}}} takes it unscanned"),
            )
            .class(FailureClass::Policy),
        },
        ScanOutcome::Scanned { digest, .. } if *digest != image.digest => of(
            State::Error,
            format!("the scan is of image {digest}, and the build pushed {}", image.digest),
        )
        .class(FailureClass::Report),
        ScanOutcome::Scanned { findings, .. } => held(container, findings, today),
    }
}

/// Findings against the threshold, without those that are accepted today.
fn held(container: &PlannedContainer, findings: &[ScanFinding], today: Option<&str>) -> Finding {
    let accepts = container.scan.accept.as_deref().unwrap_or_default();
    let (mut blocking, mut accepted, mut below) = (Vec::new(), Vec::new(), 0_usize);
    for finding in findings {
        if !counts(&finding.severity, container.fail_on) {
            below += 1;
            continue;
        }
        let acceptance = accepts.iter().filter(|accept| accept.id == finding.id).max_by(|a, b| a.until.cmp(&b.until));
        match acceptance {
            Some(accept) if holds(accept, today) => accepted.push((finding, accept)),
            expired => blocking.push((finding, expired)),
        }
    }
    blocking.sort_by(|(a, _), (b, _)| a.severity.cmp(&b.severity).then_with(|| a.id.cmp(&b.id)));
    let threshold = container.fail_on.to_string();
    let mut reason = if findings.is_empty() {
        "no findings".to_owned()
    } else if blocking.is_empty() {
        format!("no finding of {threshold} or worse that is not accepted")
    } else {
        format!("{}, where {threshold} or worse fails", by_severity(blocking.iter().map(|(finding, _)| *finding)))
    };
    if !accepted.is_empty() {
        let named = |(finding, accept): &(&ScanFinding, &Accept)| {
            format!("{} by {} until {}", finding.id, accept.owner, accept.until)
        };
        let named: Vec<String> = accepted.iter().map(named).collect();
        reason.push_str(&format!("; {} accepted ({})", accepted.len(), named.join(", ")));
    }
    if below > 0 {
        reason.push_str(&format!("; {below} below {threshold}"));
    }
    let mut details: Vec<String> =
        blocking.iter().take(MOST_NAMED).map(|(finding, expired)| blocking_line(finding, *expired)).collect();
    if blocking.len() > MOST_NAMED {
        details.push(format!("… and {} more", blocking.len() - MOST_NAMED));
    }
    details.extend(accepted.iter().take(MOST_NAMED).map(|(finding, accept)| accepted_line(finding, accept)));
    let state = if blocking.is_empty() { State::Passed } else { State::Failed };
    let judged = of(state, reason).details(details);
    if state == State::Failed { judged.class(FailureClass::Code) } else { judged }
}

/// Whether this severity fails.
fn counts(severity: &Severity, fail_on: FailOn) -> bool {
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

/// `1 critical (1 with a fix), 2 high`
fn by_severity<'a>(findings: impl Iterator<Item = &'a ScanFinding>) -> String {
    let mut counts: Vec<(&Severity, usize, usize)> = Vec::new();
    for finding in findings {
        let fix = usize::from(finding.fix == Some(true));
        match counts.last_mut() {
            Some((severity, count, fixes)) if **severity == finding.severity => {
                (*count, *fixes) = (*count + 1, *fixes + fix)
            }
            _ => counts.push((&finding.severity, 1, fix)),
        }
    }
    let one = |(severity, count, fixes): &(&Severity, usize, usize)| match fixes {
        0 => format!("{count} {}", severity.word()),
        _ => format!("{count} {} ({fixes} with a fix)", severity.word()),
    };
    counts.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn blocking_line(finding: &ScanFinding, expired: Option<&Accept>) -> String {
    let package = finding.package.as_ref().map_or_else(String::new, |package| format!(" in {package}"));
    let fix = match finding.fix {
        Some(true) => ", a fix is available",
        Some(false) => ", no fix yet",
        None => "",
    };
    let expired = expired.map_or_else(String::new, |accept| {
        format!(", was accepted by {} until {} ({})", accept.owner, accept.until, accept.reason)
    });
    format!("{} {}{package}{fix}{expired}", finding.severity.word(), finding.id)
}

fn accepted_line(finding: &ScanFinding, accept: &Accept) -> String {
    let Accept { id, until, owner, reason } = accept;
    format!("{} {id} is accepted by {owner} until {until} ({reason})", finding.severity.word())
}
