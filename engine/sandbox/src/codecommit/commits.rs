//! Commits, as `GetCommit` shows them.

use serde_json::{Value, json};

use super::inputs;
use crate::AwsError;
use crate::fields::Fields;
use crate::git::{Objects, is_object_id, objects::header};
use crate::world::Shared;

/// `GetCommit`
pub(super) async fn get(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    let id = inputs::commit_id(&mut f, "commitId", "CommitIdRequiredException")?;
    f.finish()?;
    let mut objects = Objects::open(&repository.git(world))?;
    match objects.commit(&id).await? {
        Some((found, bytes)) if found == id => Ok(json!({ "commit": show(&id, &bytes) })),
        _ => Err(AwsError::client("CommitIdDoesNotExistException", format!("the commit {id} does not exist"))),
    }
}

/// `BatchGetCommits`
pub(super) async fn batch_get(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    let ids = f.strings("commitIds")?.unwrap_or_default();
    f.finish()?;
    match ids.len() {
        0 => return Err(AwsError::client("CommitIdsListRequiredException", "commitIds is required")),
        1..=100 => {}
        _ => return Err(AwsError::client("CommitIdsLimitExceededException", "commitIds holds at most 100 ids")),
    }
    let mut objects = Objects::open(&repository.git(world))?;
    let (mut commits, mut errors) = (Vec::new(), Vec::new());
    for id in ids {
        let found = if is_object_id(&id) { objects.commit(&id).await? } else { None };
        match found {
            Some((found, bytes)) if found == id => commits.push(show(&id, &bytes)),
            _ => errors.push(json!({
                "commitId": id,
                "errorCode": "CommitIdDoesNotExistException",
                "errorMessage": "the commit does not exist",
            })),
        }
    }
    Ok(json!({ "commits": commits, "errors": errors }))
}

fn show(id: &str, bytes: &[u8]) -> Value {
    let text = String::from_utf8_lossy(bytes);
    let (head, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let parents: Vec<&str> = head.lines().filter_map(|line| line.strip_prefix("parent ")).collect();
    json!({
        "commitId": id,
        "treeId": header(bytes, "tree").unwrap_or_default(),
        "parents": parents,
        "message": message,
        "author": person(header(bytes, "author")),
        "committer": person(header(bytes, "committer")),
        "additionalData": "",
    })
}

/// `Name <mail> SECONDS ZONE`
fn person(line: Option<String>) -> Value {
    let line = line.unwrap_or_default();
    let (name, rest) = line.split_once('<').unwrap_or((&line, ""));
    let (email, date) = rest.split_once('>').unwrap_or((rest, ""));
    json!({ "name": name.trim(), "email": email, "date": date.trim() })
}
