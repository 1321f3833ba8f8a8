//! `GetCommentsForPullRequest`.

use serde_json::{Value, json};

use super::comment::{Comment, Place, not_associated};
use super::inputs;
use super::model::PullRequest;
use crate::AwsError;
use crate::fields::Fields;
use crate::git::{Objects, objects::header};
use crate::paging::with_token;
use crate::world::Shared;

/// Comments in the order of their posting, those about the same place together; without commit ids, all of them
/// (*assumed*: the model makes the ids optional and does not say).
pub(super) async fn for_pull_request(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let number = inputs::pull_request_number(&mut f)?;
    let repository = match f.str("repositoryName")? {
        Some(name) => {
            inputs::check_repository_name(&name)?;
            Some(inputs::find_repository(world, &name)?)
        }
        None => None,
    };
    let before = f.str("beforeCommitId")?.map(inputs::check_commit_id).transpose()?;
    let after = f.str("afterCommitId")?.map(inputs::check_commit_id).transpose()?;
    let page = inputs::page(&mut f, 100, 500)?;
    f.finish()?;
    let pull = inputs::find_pull_request(world, number)?;
    if let Some(other) = repository.filter(|repository| repository.name != pull.repository) {
        return Err(not_associated(&other.name, number));
    }
    let ids = world.store.scan::<String>("comments_of", &format!("{}/", PullRequest::key(number)));
    let mut places: Vec<(Place, Vec<Comment>)> = Vec::new();
    for comment in ids.into_iter().filter_map(|(_, id)| world.store.get::<Comment>("comments", &id)) {
        let place = comment.place.clone();
        let other = |wanted: &Option<String>, found: &str| wanted.as_ref().is_some_and(|wanted| wanted != found);
        if other(&before, &place.before) || other(&after, &place.after) {
            continue;
        }
        match places.iter_mut().find(|(known, _)| *known == place) {
            Some((_, comments)) => comments.push(comment),
            None => places.push((place, vec![comment])),
        }
    }
    let (places, next) = page.cut(places);
    let mut shown = Vec::new();
    for (place, comments) in &places {
        shown.push(show(world, place, comments).await?);
    }
    Ok(with_token(json!({ "commentsForPullRequestData": shown }), "nextToken", next))
}

/// `CommentsForPullRequest`, with the blobs of the file that it is about.
async fn show(world: &Shared, place: &Place, comments: &[Comment]) -> Result<Value, AwsError> {
    let mut shown = json!({
        "pullRequestId": place.pull_request.to_string(),
        "repositoryName": place.repository,
        "beforeCommitId": place.before,
        "afterCommitId": place.after,
        "comments": comments.iter().map(Comment::show).collect::<Vec<_>>(),
    });
    if let Some(location) = &place.location {
        shown["location"] = json!(location);
        let repository = inputs::find_repository(world, &place.repository)?;
        let mut objects = Objects::open(&repository.git(world))?;
        for (name, commit) in [("beforeBlobId", &place.before), ("afterBlobId", &place.after)] {
            let Some((_, bytes)) = objects.commit(commit).await? else { continue };
            let tree = header(&bytes, "tree").unwrap_or_default();
            if let Some(entry) = objects.find(&tree, &location.file_path).await? {
                shown[name] = json!(entry.id);
            }
        }
    }
    Ok(shown)
}
