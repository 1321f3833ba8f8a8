//! The clock, and the ways in which AWS writes a moment. It never compares moments.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use time::OffsetDateTime;
use time::macros::format_description;

/// Now, in milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// A timestamp as the JSON protocols carry it: a number of seconds, to the millisecond.
pub(crate) fn epoch_seconds(ms: u64) -> Value {
    #[allow(clippy::cast_precision_loss)] // exact until the year 287396
    let seconds = ms as f64 / 1000.0;
    Value::from(seconds)
}

/// `2026-01-15T10:20:30Z`: an event's envelope.
pub(crate) fn iso_seconds(ms: u64) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    moment(ms).format(&format).unwrap_or_default()
}

/// `2026-01-15T10:20:30.123Z`: REST and query protocols.
pub(crate) fn iso_millis(ms: u64) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    moment(ms).format(&format).unwrap_or_default()
}

/// `Thu, 15 Jan 2026 10:20:30 GMT`: HTTP headers.
pub(crate) fn http_date(ms: u64) -> String {
    let format =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    moment(ms).format(&format).unwrap_or_default()
}

/// `Thu Jan 15 10:18:42 UTC 2026`: dates inside CodeCommit's events (*documented*: awsdocs, monitoring-events).
pub(crate) fn codecommit_event_date(ms: u64) -> String {
    let format =
        format_description!("[weekday repr:short] [month repr:short] [day] [hour]:[minute]:[second] UTC [year]");
    moment(ms).format(&format).unwrap_or_default()
}

/// `Jan 15, 2026 10:21:00 AM`: dates inside CodeBuild's events (*documented*: awsdocs, sample-build-notifications).
pub(crate) fn codebuild_event_date(ms: u64) -> String {
    let format = format_description!(
        "[month repr:short] [day padding:none], [year] [hour repr:12 padding:none]:[minute]:[second] [period]"
    );
    moment(ms).format(&format).unwrap_or_default()
}

fn moment(ms: u64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_each_form_as_aws_does() {
        let ms = 1_768_472_430_123;
        assert_eq!(iso_seconds(ms), "2026-01-15T10:20:30Z");
        assert_eq!(iso_millis(ms), "2026-01-15T10:20:30.123Z");
        assert_eq!(http_date(ms), "Thu, 15 Jan 2026 10:20:30 GMT");
        assert_eq!(codecommit_event_date(ms), "Thu Jan 15 10:20:30 UTC 2026");
        assert_eq!(codebuild_event_date(ms), "Jan 15, 2026 10:20:30 AM");
        assert_eq!(epoch_seconds(ms), serde_json::json!(1_768_472_430.123));
    }
}
