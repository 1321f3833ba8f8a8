//! What stands in for AWS's console, for a person with a browser: the log of a build, as text. It serves no AWS client, and
//! changes nothing.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::text;
use crate::logs;
use crate::world::{Shared, World};

const LOG: &str = "/cloudwatch/home";
/// All but what may stand in a query as it is (RFC 3986, section 3.4).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'/');

/// Where a stream's lines are read while the sandbox runs.
pub(crate) fn log_address(world: &World, group: &str, stream: &str) -> String {
    let escaped = |name: &str| utf8_percent_encode(name, ESCAPED).to_string();
    format!("{}{LOG}?group={}&stream={}", world.endpoint_url, escaped(group), escaped(stream))
}

/// The page that a person asks for; `None` when it is none of these.
pub(super) fn page(world: &Shared, request: &Request) -> Option<Response> {
    if request.uri().path() == "/" {
        return Some(text(StatusCode::OK, "this is a gated sandbox: it answers AWS clients and git\n"));
    }
    let query = request.uri().query().filter(|_| request.uri().path() == LOG)?;
    let (group, stream) = query.strip_prefix("group=")?.split_once("&stream=")?;
    let name = |escaped: &str| percent_decode_str(escaped).decode_utf8_lossy().into_owned();
    let (group, stream) = (name(group), name(stream));
    Some(match logs::lines(world, &group, &stream) {
        Ok(Some(lines)) => text(StatusCode::OK, &lines),
        Ok(None) => text(StatusCode::NOT_FOUND, &format!("there is no log {stream:?} in the group {group:?}\n")),
        Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, &format!("{}\n", error.message)),
    })
}
