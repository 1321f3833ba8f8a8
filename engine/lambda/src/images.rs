//! The image of a build: where its scan stands, and taking a closed pull request's images away. It holds no finding against
//! a policy.

use gated_aws::Aws;
use gated_core::decision::Decision;
use gated_core::judge::held;
use gated_core::names::PullRequestId;
use gated_core::scan::{ScanOutcome, image_tag, image_tag_prefix};
use gated_core::verdict::Evidence;

use crate::clock::now;
use crate::{Fault, Settings};

/// How often a scan that has not ended is looked at; the state machine waits 15 seconds between two looks.
pub(crate) const MOST_LOOKS: u32 = 40;

/// Adds to the evidence where the scan of its image stands now, when the decision asks for one.
pub(crate) async fn with_scan(
    aws: &Aws,
    settings: &Settings,
    decision: &Decision,
    mut evidence: Evidence,
) -> Result<Evidence, Fault> {
    let wanted = held::threshold(decision).is_some();
    let image = evidence.record.as_ref().ok().and_then(|record| record.image.as_ref());
    let (true, Some(image), Some(build)) = (wanted, image, &evidence.outcome.id) else { return Ok(evidence) };
    let tag = image_tag(&decision.change.pull_request, &decision.change.source_commit, build);
    // What a build says of its image is a claim: only the image that it was told to push is looked at.
    evidence.scan = Some(if settings.image_repository.as_ref() != Some(&image.repository) || image.tag != tag {
        ScanOutcome::Unknown {
            status: format!("the build names {}:{}, not the image of this build", image.repository, image.tag),
        }
    } else {
        match aws.scan(image).await {
            Err(fault) if fault.is("ImageNotFoundException") || fault.is("RepositoryNotFoundException") => {
                ScanOutcome::Unknown { status: fault.message }
            }
            scan => scan?,
        }
    });
    evidence.scanned_on = Some(now().chars().take(10).collect());
    Ok(evidence)
}

/// Whether it is worth to look again later.
pub(crate) fn still_scanning(evidence: &Evidence, looks: u32) -> bool {
    matches!(evidence.scan, Some(ScanOutcome::Unfinished { .. })) && looks < MOST_LOOKS
}

/// Deletes the images of a closed pull request, and tells how many there were.
pub(crate) async fn delete(aws: &Aws, settings: &Settings, pull_request: &PullRequestId) -> Result<usize, Fault> {
    match &settings.image_repository {
        Some(uri) => Ok(aws.delete_images(uri, &image_tag_prefix(pull_request)).await?),
        None => Ok(0),
    }
}
