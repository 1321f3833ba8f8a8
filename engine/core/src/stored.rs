//! Reading stored documents of this and of earlier versions. What a newer gate wrote is refused, never half understood.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::report::Report;
use crate::verdict::Record;

/// Newest version of a decision record. Version 1 had no phases of the build and no hits of changed lines, and up to version 2
/// nobody wrote how long a stage's last try took, and which reports are stale: readers find none.
pub const RECORD: u32 = 3;
/// Newest version of a report.
pub const REPORT: u32 = 1;

/// Why a stored document cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// A newer gate wrote it.
    #[error("the {what} has version {found}, and this gated reads up to version {newest}: update gated")]
    Newer {
        /// `decision record`, `report`.
        what: &'static str,
        /// The version it says.
        found: u32,
        /// The newest that is known.
        newest: u32,
    },
    /// It is no such document.
    #[error("the {what} is not one that gated wrote: {error}")]
    Malformed {
        /// `decision record`, `report`.
        what: &'static str,
        /// The reader's words.
        error: serde_json::Error,
    },
}

/// Reads a decision record of version 1 to 3.
///
/// # Errors
/// When a newer gate wrote it, or no gate.
pub fn record(bytes: &[u8]) -> Result<Record, Unreadable> {
    read(bytes, "decision record", RECORD)
}

/// Reads a report of version 1.
///
/// # Errors
/// When a newer gate wrote it, or no gate.
pub fn report(bytes: &[u8]) -> Result<Report, Unreadable> {
    let report: Report = read(bytes, "report", REPORT)?;
    let found = report.record.version;
    if found > RECORD {
        return Err(Unreadable::Newer { what: "decision record", found, newest: RECORD });
    }
    Ok(report)
}

fn read<T: DeserializeOwned>(bytes: &[u8], what: &'static str, newest: u32) -> Result<T, Unreadable> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let malformed = |error| Unreadable::Malformed { what, error };
    let Versioned { version: found } = serde_json::from_slice(bytes).map_err(malformed)?;
    if found > newest {
        return Err(Unreadable::Newer { what, found, newest });
    }
    serde_json::from_slice(bytes).map_err(malformed)
}
