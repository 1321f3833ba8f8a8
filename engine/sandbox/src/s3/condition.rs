//! On what condition an object is written: only when there is none, or only over the one that the writer has read. It
//! writes nothing. *Documented*: Amazon S3, "How to prevent object overwrites with conditional writes".

use super::Object;
use crate::AwsError;

/// What must be there for a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Anything or nothing.
    None,
    /// Nothing: `If-None-Match: *`.
    Absent,
    /// The object of this ETag: `If-Match`.
    Etag(String),
}

impl Condition {
    /// Reads the headers `If-Match` and `If-None-Match`. An ETag may stand in quotes or not.
    ///
    /// # Errors
    /// When they say something that S3 does not document.
    pub(crate) fn read(if_match: Option<&str>, if_none_match: Option<&str>) -> Result<Self, AwsError> {
        match (if_match, if_none_match) {
            (None, None) => Ok(Self::None),
            (None, Some("*")) => Ok(Self::Absent),
            (Some(etag), None) if etag != "*" => Ok(Self::Etag(etag.trim_matches('"').to_owned())),
            (_, _) => {
                Err(AwsError::not_emulated("PutObject with another If-Match than an ETag, or If-None-Match than *"))
            }
        }
    }

    /// Whether it holds for what is there.
    ///
    /// # Errors
    /// `PreconditionFailed`, or `NoSuchKey` when an object of an ETag is asked for and there is none.
    pub(crate) fn check(&self, there: Option<&Object>) -> Result<(), AwsError> {
        match (self, there) {
            (Self::None, _) | (Self::Absent, None) => Ok(()),
            (Self::Etag(etag), Some(object)) if object.etag == *etag => Ok(()),
            (Self::Etag(_), None) => Err(super::no_such_key()),
            (Self::Absent | Self::Etag(_), Some(_)) => {
                let text = "At least one of the pre-conditions you specified did not hold";
                Err(AwsError::client("PreconditionFailed", text).with_status(412))
            }
        }
    }
}

/// What a condition says that held when the upload began: another request was faster. An object that was deleted meanwhile
/// is missed as before.
pub(super) fn meanwhile(error: AwsError) -> AwsError {
    if error.status != 412 {
        return error;
    }
    let text = "The conditional request cannot succeed due to a conflicting operation against this resource.";
    AwsError::client("ConditionalRequestConflict", text).with_status(409)
}
