//! Instants as the host gives them, and their text in the context object.
//! Never asks what time it is.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `millis` milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The instant `seconds` later; stays at the end of time instead of overflowing.
    pub fn after_seconds(self, seconds: f64) -> Self {
        // A float cast saturates, so an absurd back-off is merely very late.
        Self(self.0.saturating_add((seconds * 1000.0).round() as i64))
    }

    /// Text like `2019-03-26T20:14:13.192Z`, the form of `$$.State.EnteredTime`
    /// (developer guide, "Accessing execution data from the Context object").
    pub fn to_rfc3339(self) -> String {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .ok()
            .and_then(|instant| instant.format(&format).ok())
            .unwrap_or_else(|| format!("{}ms", self.0))
    }

    /// Reads the RFC 3339 profile of the States Language: an upper-case `T`, and an upper-case `Z` when there is no
    /// numeric offset. `None` for anything else. What is finer than a millisecond is dropped.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let millis = nanoseconds(text)?.div_euclid(1_000_000);
        i64::try_from(millis).ok().map(Self)
    }
}

/// Nanoseconds since the epoch, for comparisons that must not lose digits.
pub(crate) fn nanoseconds(text: &str) -> Option<i128> {
    if text.contains(['t', 'z', ' ']) {
        return None;
    }
    OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_form_of_the_context_object() {
        let instant = Timestamp::from_millis(1_553_631_253_192);
        assert_eq!(instant.to_rfc3339(), "2019-03-26T20:14:13.192Z");
        assert_eq!(Timestamp::parse_rfc3339("2019-03-26T20:14:13.192Z"), Some(instant));
    }

    #[test]
    fn refuses_times_outside_the_profile() {
        for text in ["2016-12-05 21:29:29Z", "2016-12-05t21:29:29Z", "2016-12-05T21:29:29z", "2016-12-05T21:29:29", ""]
        {
            assert_eq!(Timestamp::parse_rfc3339(text), None, "{text}");
        }
        assert_eq!(
            Timestamp::parse_rfc3339("2016-12-05T22:29:29+01:00"),
            Timestamp::parse_rfc3339("2016-12-05T21:29:29Z")
        );
    }
}
