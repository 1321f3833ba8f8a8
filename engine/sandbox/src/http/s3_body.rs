//! The body of an upload: plain, or in the `aws-chunked` framing that AWS clients use for signed or checksummed
//! streams (*documented*: S3, "Signature calculations: transferring payload in multiple chunks").

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName};

use super::header_text;
use super::s3_checksum::verify;
use crate::AwsError;

/// The bytes of an upload, which are what its headers and trailers say.
///
/// # Errors
/// `IncompleteBody`, `InvalidDigest`, `BadDigest`.
pub(super) fn uploaded(headers: &HeaderMap, body: Bytes) -> Result<Bytes, AwsError> {
    let (body, trailers) = parts(headers, body)?;
    for name in headers.keys().map(HeaderName::as_str) {
        verify(name, header_text(headers, name).unwrap_or_default(), &body)?;
    }
    for line in trailers.lines() {
        let (name, value) = line.split_once(':').unwrap_or_default();
        verify(&name.trim().to_ascii_lowercase(), value.trim(), &body)?;
    }
    Ok(body)
}

/// Takes the framing off, when there is one. Chunk signatures are not verified.
///
/// # Errors
/// `IncompleteBody` when the framing is broken.
pub(super) fn unframe(headers: &HeaderMap, body: Bytes) -> Result<Bytes, AwsError> {
    parts(headers, body).map(|(body, _)| body)
}

/// The bytes, and the lines that trail them.
fn parts(headers: &HeaderMap, body: Bytes) -> Result<(Bytes, String), AwsError> {
    let encoded = header_text(headers, "content-encoding").is_some_and(|value| value.contains("aws-chunked"));
    let streaming = header_text(headers, "x-amz-content-sha256").is_some_and(|value| value.starts_with("STREAMING-"));
    if !encoded && !streaming {
        return Ok((body, String::new()));
    }
    let broken = || AwsError::client("IncompleteBody", "the aws-chunked body ends early, or its framing is broken");
    let mut plain = Vec::with_capacity(body.len());
    let mut rest = &body[..];
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n").ok_or_else(broken)?;
        let line = std::str::from_utf8(&rest[..end]).map_err(|_| broken())?;
        let size = line.split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size, 16).map_err(|_| broken())?;
        rest = &rest[end + 2..];
        if size == 0 {
            return Ok((plain.into(), String::from_utf8_lossy(rest).into_owned()));
        }
        let after = size.checked_add(2).filter(|after| rest.len() >= *after).ok_or_else(broken)?;
        plain.extend_from_slice(&rest[..size]);
        rest = &rest[after..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_chunks_with_signatures_and_trailers_apart() {
        let mut headers = HeaderMap::new();
        headers.insert("content-encoding", "aws-chunked".parse().unwrap());
        let body = "3;chunk-signature=00\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n";
        assert_eq!(unframe(&headers, Bytes::from(body)).unwrap(), "abcde");
        assert_eq!(unframe(&headers, Bytes::from("ff\r\nabc")).unwrap_err().code, "IncompleteBody");
        assert_eq!(unframe(&HeaderMap::new(), Bytes::from("3\r\nabc")).unwrap(), "3\r\nabc");
    }
}
