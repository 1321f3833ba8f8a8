//! git's door, `/v1/repos/NAME`: finds the repository, and has what a push moved recorded before git is told of its
//! success.

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::Response;

use super::text;
use crate::AwsError;
use crate::codecommit::references;
use crate::git::GitError;
use crate::git::http::{Pack, advertise, receive, received, upload};
use crate::world::Shared;

/// Answers one request; `path` is what follows `/v1/repos/`.
pub(super) async fn serve(world: &Shared, path: &str, request: Request) -> Response {
    let Some((name, action)) = path.split_once('/') else {
        return text(StatusCode::NOT_FOUND, "this is a git repository of a gated sandbox; use git clone\n");
    };
    let Some(record) = references::repository_by_name(world, name) else {
        // git shows a plain text body to its user.
        let message = format!(
            "the repository {name} does not exist in this sandbox; create it with aws codecommit create-repository\n"
        );
        return text(StatusCode::NOT_FOUND, &message);
    };
    let repository = record.git(world);
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    let asked = query.split('&').find_map(|part| part.strip_prefix("service=")).and_then(Pack::named);
    let answer = match (&parts.method, action) {
        (&Method::GET, "info/refs") => match asked {
            Some(pack) => advertise(&repository, pack, &parts.headers).await,
            None => {
                return text(StatusCode::FORBIDDEN, "this git speaks only the old dumb protocol; use a newer one\n");
            }
        },
        (&Method::POST, "git-upload-pack") => upload(&repository, &parts.headers, body),
        (&Method::POST, "git-receive-pack") => {
            let world = world.clone();
            // A task of its own: what git accepted is recorded even when the client hangs up meanwhile.
            let push = tokio::spawn(async move {
                let output = receive(&repository, &parts.headers, body).await;
                references::reconcile(&world, &record.name).await?;
                Ok::<_, AwsError>(received(output?))
            });
            return match push.await {
                Ok(Ok(response)) => response,
                Ok(Err(error)) => text(StatusCode::INTERNAL_SERVER_ERROR, &format!("{}\n", error.message)),
                Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, &format!("the push was interrupted: {error}\n")),
            };
        }
        _ => {
            return text(
                StatusCode::NOT_FOUND,
                "a git repository answers info/refs, git-upload-pack, git-receive-pack\n",
            );
        }
    };
    answer.unwrap_or_else(|GitError { message, .. }| text(StatusCode::INTERNAL_SERVER_ERROR, &format!("{message}\n")))
}
