//! Which execution builds a revision again. Its name is kept before it starts: meanwhile nobody takes what an earlier build
//! left for an answer, and an attempt that died is noticed. It starts nothing.

use gated_aws::{Aws, ExecutionState};
use gated_core::change::Change;
use gated_core::verdict::Again;
use serde::{Deserialize, Serialize};

use crate::log::Log;
use crate::records::{self, Stored};
use crate::{Fault, Settings};

/// The newest attempt at a revision that was answered, or built, before.
#[derive(Debug, Serialize, Deserialize)]
struct Newest {
    execution: String,
}

/// Says that an execution is about to build a revision again.
///
/// # Errors
/// When S3 refuses or cannot be reached.
pub(crate) async fn announce(aws: &Aws, settings: &Settings, change: &Change, execution: &str) -> Result<(), Fault> {
    let newest = Newest { execution: execution.to_owned() };
    records::write(aws, settings, &records::again_key(change), &newest).await
}

/// How the newest attempt stands, beside what was measured last.
///
/// # Errors
/// When AWS refuses or cannot be reached.
pub(crate) async fn again(
    aws: &Aws,
    settings: &Settings,
    change: &Change,
    measured: Option<&Stored>,
) -> Result<Again, Fault> {
    let newest: Option<Newest> = records::read(aws, settings, &records::again_key(change)).await?;
    let Some(Newest { execution }) = newest else { return Ok(Again::Never) };
    if measured.is_some_and(|stored| stored.execution.as_ref() == Some(&execution)) {
        return Ok(Again::Measured);
    }
    Ok(match aws.execution(&settings.state_machine_arn, &execution).await? {
        Some(ExecutionState::Running) => Again::Runs,
        // It found a newer one, which was measured, or the pull request as it need not be built any more.
        Some(ExecutionState::Succeeded) => Again::Measured,
        // It was announced and never started, or it ended before it could tell anything.
        Some(ExecutionState::Failed) | None => Again::Lost,
    })
}

/// [`again`] for an execution that builds: `Never` unless a newer one took its place.
///
/// # Errors
/// When AWS refuses or cannot be reached.
pub(crate) async fn instead_of(
    aws: &Aws,
    settings: &Settings,
    log: &Log,
    change: &Change,
    own: &str,
) -> Result<Again, Fault> {
    let newest: Option<Newest> = records::read(aws, settings, &records::again_key(change)).await?;
    if newest.is_none_or(|newest| newest.execution == own) {
        return Ok(Again::Never);
    }
    let stored = records::measured(aws, settings, log, change).await?;
    again(aws, settings, change, stored.as_ref()).await
}
