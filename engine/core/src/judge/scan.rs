//! The image's scan, held against the policy. An image that was only built is never a pass where its findings matter, and
//! a severity that is not known is never a small one.

use super::held::{self, Held, Stand};
use super::{Finding, Told};
use crate::decision::{Decision, PlannedContainer};
use crate::measured::StageOutcome;
use crate::policy::{Accept, Unscannable};
use crate::scan::{PushedImage, ScanFinding, ScanOutcome};
use crate::verdict::{Evidence, FailureClass, State};

/// How many findings are named.
const MOST_NAMED: usize = 30;

/// The requirement `container/scan`; none where no image is built or no finding would matter.
pub(super) fn finding(decision: &Decision, told: &Told<'_>, evidence: &Evidence) -> Option<Finding> {
    let container = held::threshold(decision)?;
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
        Some(StageOutcome::Failed | StageOutcome::TimedOut | StageOutcome::NotRun | StageOutcome::Interrupted)
        | None => of(State::NotRun, "there is no image to scan".to_owned()),
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
        ScanOutcome::Scanned { findings, .. } => judged(container, findings, today),
    }
}

/// Findings against the threshold, without those that are accepted today.
fn judged(container: &PlannedContainer, findings: &[ScanFinding], today: Option<&str>) -> Finding {
    let all = held::all(container, findings, today);
    let blocking: Vec<&Held<'_>> = all.iter().filter(|it| it.stand.blocks()).collect();
    let accepted: Vec<(&ScanFinding, &Accept)> = all.iter().filter_map(accepted).collect();
    let below = all.len() - blocking.len() - accepted.len();
    let threshold = container.fail_on.to_string();
    let mut reason = if findings.is_empty() {
        "no findings".to_owned()
    } else if blocking.is_empty() {
        format!("no finding of {threshold} or worse that is not accepted")
    } else {
        let counts = held::by_severity(blocking.iter().map(|it| it.finding));
        format!("{}, where {threshold} or worse fails", held::counted(&counts))
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
    let mut details: Vec<String> = blocking.iter().take(MOST_NAMED).map(|it| blocking_line(it)).collect();
    if blocking.len() > MOST_NAMED {
        details.push(format!("… and {} more", blocking.len() - MOST_NAMED));
    }
    details.extend(accepted.iter().take(MOST_NAMED).map(|(finding, accept)| accepted_line(finding, accept)));
    let state = if blocking.is_empty() { State::Passed } else { State::Failed };
    let judged = of(state, reason).details(details);
    if state == State::Failed { judged.class(FailureClass::Code) } else { judged }
}

fn accepted<'a>(held: &Held<'a>) -> Option<(&'a ScanFinding, &'a Accept)> {
    match held.stand {
        Stand::Accepted(accept) => Some((held.finding, accept)),
        Stand::Blocks | Stand::Expired(_) | Stand::Below => None,
    }
}

fn blocking_line(held: &Held<'_>) -> String {
    let Held { finding, stand } = held;
    let package = finding.package.as_ref().map_or_else(String::new, |package| format!(" in {package}"));
    let fix = match finding.fix {
        Some(true) => match &finding.fixed_in {
            Some(version) => format!(", fixed in {version}"),
            None => ", a fix is available".to_owned(),
        },
        Some(false) => ", no fix yet".to_owned(),
        None => String::new(),
    };
    let expired = match stand {
        Stand::Expired(accept) => {
            format!(", was accepted by {} until {} ({})", accept.owner, accept.until, accept.reason)
        }
        Stand::Blocks | Stand::Accepted(_) | Stand::Below => String::new(),
    };
    format!("{} {}{package}{fix}{expired}", finding.severity.word(), finding.id)
}

fn accepted_line(finding: &ScanFinding, accept: &Accept) -> String {
    let Accept { id, until, owner, reason } = accept;
    format!("{} {id} is accepted by {owner} until {until} ({reason})", finding.severity.word())
}
