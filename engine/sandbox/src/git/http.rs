//! git's smart HTTP protocol (gitprotocol-http(5), gitprotocol-v2(5)) on one repository: it carries bytes between a
//! request and a git process, and asks for no credentials.

use std::io::{Read, Seek, SeekFrom, Write};
use std::process::Stdio;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response, StatusCode, header};
use flate2::write::MultiGzDecoder;
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, Command};

use super::layout::push_log;
use super::{GitError, Repository};

/// A service of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pack {
    /// Fetch and clone.
    Upload,
    /// Push.
    Receive,
}

impl Pack {
    /// From `git-upload-pack` or `git-receive-pack`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "git-upload-pack" => Some(Self::Upload),
            "git-receive-pack" => Some(Self::Receive),
            _ => None,
        }
    }

    fn command(self) -> &'static str {
        match self {
            Self::Upload => "upload-pack",
            Self::Receive => "receive-pack",
        }
    }
}

/// `GET info/refs`: what the repository holds.
///
/// # Errors
/// When git does not start or fails.
pub(crate) async fn advertise(
    repository: &Repository,
    pack: Pack,
    headers: &HeaderMap,
) -> Result<Response<Body>, GitError> {
    let mut command = repository.command(&[pack.command(), "--stateless-rpc", "--http-backend-info-refs", "."]);
    protocol(&mut command, headers);
    let output = command.stdin(Stdio::null()).output().await.map_err(started)?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(GitError { code: output.status.code(), message });
    }
    let mut body = Vec::new();
    if !output.stdout.starts_with(b"000eversion 2\n") {
        let line = format!("# service=git-{}\n", pack.command());
        body.extend_from_slice(format!("{:04x}{line}0000", line.len() + 4).as_bytes());
    }
    body.extend_from_slice(&output.stdout);
    Ok(answer(pack, "advertisement", Body::from(body)))
}

/// `POST git-upload-pack`: the answer streams while git makes it.
///
/// # Errors
/// When git does not start.
pub(crate) fn upload(repository: &Repository, headers: &HeaderMap, body: Body) -> Result<Response<Body>, GitError> {
    let mut command = repository.command(&["upload-pack", "--stateless-rpc", "."]);
    protocol(&mut command, headers);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(started)?;
    if let Some(input) = child.stdin.take() {
        // The client sees a broken body by git's own words; nothing of ours depends on it.
        tokio::spawn(feed(body, is_gzip(headers), input));
    }
    let output = child.stdout.take();
    let stream = futures_util::stream::unfold((output, child), |(mut output, child)| async move {
        let mut bytes = vec![0; 64 * 1024];
        match output.as_mut()?.read(&mut bytes).await {
            Ok(0) => None, // dropping the child here reaps it
            Ok(read) => {
                bytes.truncate(read);
                Some((Ok(Bytes::from(bytes)), (output, child)))
            }
            Err(error) => Some((Err(error), (None, child))),
        }
    });
    Ok(answer(Pack::Upload, "result", Body::from_stream(stream)))
}

/// `POST git-receive-pack`: runs to its end and answers what git says to the client. The answer is held back so that
/// the caller can record the moved references before the client hears of its success.
///
/// # Errors
/// When git does not start.
pub(crate) async fn receive(repository: &Repository, headers: &HeaderMap, body: Body) -> Result<Vec<u8>, GitError> {
    let (path, mut log) = push_log(repository).map_err(started)?;
    let errors = log.try_clone().map_err(started)?;
    let mut command = repository.command(&["receive-pack", "--stateless-rpc", "."]);
    protocol(&mut command, headers);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::from(errors)).kill_on_drop(false);
    let mut child = command.spawn().map_err(started)?;
    let input = child.stdin.take();
    let gzip = is_gzip(headers);
    let feeding = tokio::spawn(async move {
        if let Some(input) = input {
            feed(body, gzip, input).await;
        }
    });
    let output = child.wait_with_output().await.map_err(started)?;
    feeding.abort();
    // That git has ended, so that no start has to wait for it. What stays all the same, the next start removes.
    let _ = std::fs::remove_file(path);
    let mut said = String::new();
    if log.seek(SeekFrom::Start(0)).is_ok() {
        // What it says matters only when it gave no answer at all.
        let _ = log.read_to_string(&mut said);
    }
    if output.stdout.is_empty() && !output.status.success() {
        return Err(GitError { code: output.status.code(), message: said.trim().to_owned() });
    }
    Ok(output.stdout)
}

/// The response to a push whose references are recorded.
pub(crate) fn received(output: Vec<u8>) -> Response<Body> {
    answer(Pack::Receive, "result", Body::from(output))
}

fn answer(pack: Pack, kind: &str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::OK;
    let value = format!("application/x-git-{}-{kind}", pack.command());
    if let Ok(value) = value.parse() {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-cache"));
    response
}

/// Copies a request's body into git, unpacked; ends git's input at its end, or early when the client breaks off.
async fn feed(body: Body, gzip: bool, mut input: ChildStdin) {
    let mut stream = body.into_data_stream();
    let mut unpack = gzip.then(|| MultiGzDecoder::new(Vec::new()));
    while let Some(Ok(chunk)) = stream.next().await {
        let written = match &mut unpack {
            None => input.write_all(&chunk).await,
            Some(decoder) => match decoder.write_all(&chunk) {
                Ok(()) => {
                    let bytes = std::mem::take(decoder.get_mut());
                    input.write_all(&bytes).await
                }
                Err(error) => Err(error),
            },
        };
        if written.is_err() {
            return; // git has its answer already, or the body is broken; its end of input tells it
        }
    }
    if let Some(decoder) = unpack
        && let Ok(rest) = decoder.finish()
    {
        let _ = input.write_all(&rest).await;
    }
    let _ = input.shutdown().await;
}

fn is_gzip(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_ENCODING).is_some_and(|v| v.as_bytes() == b"gzip" || v.as_bytes() == b"x-gzip")
}

/// Passes on the protocol version that the client asks for, and nothing else of what it says.
fn protocol(command: &mut Command, headers: &HeaderMap) {
    if let Some(version) = headers.get("git-protocol").and_then(|v| v.to_str().ok())
        && version.len() <= 100
        && version.bytes().all(|b| b.is_ascii_alphanumeric() || b"=:-_.".contains(&b))
    {
        command.env("GIT_PROTOCOL", version);
    }
}

fn started(error: std::io::Error) -> GitError {
    GitError { code: None, message: format!("git did not run: {error}") }
}
