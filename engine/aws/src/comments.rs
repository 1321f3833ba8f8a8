//! The gate's one comment on a pull request: found by its author, written once, updated in place.

use gated_core::change::Change;
use gated_core::names::{PullRequestId, sha256_hex};

use crate::{Aws, Fault};

/// A general comment on a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: String,
    /// ARN of who wrote it.
    pub author: String,
    /// Its text.
    pub content: String,
}

impl Aws {
    /// The comments on a pull request that are no replies and not deleted, of every revision, oldest first.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn comments(&self, pull_request: &PullRequestId) -> Result<Vec<Comment>, Fault> {
        let request = self.codecommit.get_comments_for_pull_request().pull_request_id(pull_request.as_str());
        let mut pages = request.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(Fault::of("codecommit:GetCommentsForPullRequest"))?;
            let comments = page
                .comments_for_pull_request_data
                .unwrap_or_default()
                .into_iter()
                .flat_map(|d| d.comments.unwrap_or_default());
            for comment in comments.filter(|c| !c.deleted && c.in_reply_to.is_none()) {
                if let (Some(id), Some(author)) = (comment.comment_id, comment.author_arn) {
                    let written = comment.creation_date.map(|date| date.as_nanos());
                    found.push((written, Comment { id, author, content: comment.content.unwrap_or_default() }));
                }
            }
        }
        found.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
        Ok(found.into_iter().map(|(_, comment)| comment).collect())
    }

    /// Writes the comment: updates the first of `author`'s own when there is one, else posts it; answers whether it is there.
    /// Two calls at the same moment end in one comment, since both post under one token. A pull request of a repository's one
    /// and only commit gets none: CodeCommit compares two with each comment, and they must differ.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn write_comment(&self, change: &Change, author: &str, content: &str) -> Result<bool, Fault> {
        if let Some(own) =
            self.comments(&change.pull_request).await?.into_iter().find(|comment| comment.author == author)
        {
            return self.update_comment(&own, content).await.map(|()| true);
        }
        let Some(before) = self.compared_with(change).await? else { return Ok(false) };
        let request = self
            .codecommit
            .post_comment_for_pull_request()
            .pull_request_id(change.pull_request.as_str())
            .repository_name(change.repository.as_str())
            .before_commit_id(before)
            .after_commit_id(change.source_commit.as_str())
            .content(content)
            .client_request_token(token(&change.pull_request, author));
        match request.send().await.map_err(Fault::of("codecommit:PostCommentForPullRequest")) {
            Ok(_) => Ok(true),
            // Somebody posted under our token a moment ago, with another text or other commits: it is there now.
            Err(fault) if fault.is("IdempotencyParameterMismatchException") => {
                match self.comments(&change.pull_request).await?.into_iter().find(|comment| comment.author == author) {
                    Some(own) => self.update_comment(&own, content).await.map(|()| true),
                    None => Err(fault),
                }
            }
            Err(fault) => Err(fault),
        }
    }

    /// The commit that a new comment compares the source with: the destination's, or the source's first parent where both are
    /// one and there is nothing to merge (`BeforeCommitIdAndAfterCommitIdAreSameException`).
    async fn compared_with(&self, change: &Change) -> Result<Option<String>, Fault> {
        if change.destination_commit != change.source_commit {
            return Ok(Some(change.destination_commit.to_string()));
        }
        let request = self
            .codecommit
            .get_commit()
            .repository_name(change.repository.as_str())
            .commit_id(change.source_commit.as_str());
        let answer = request.send().await.map_err(Fault::of("codecommit:GetCommit"))?;
        let parents = answer.commit.and_then(|commit| commit.parents).unwrap_or_default();
        Ok(parents.into_iter().next())
    }

    async fn update_comment(&self, comment: &Comment, content: &str) -> Result<(), Fault> {
        if comment.content == content {
            return Ok(());
        }
        let request = self.codecommit.update_comment().comment_id(&comment.id).content(content);
        request.send().await.map(drop).map_err(Fault::of("codecommit:UpdateComment"))
    }
}

/// Under which a comment is posted once. Two deployments have two voters: neither may be answered with the other's comment.
fn token(pull_request: &PullRequestId, author: &str) -> String {
    sha256_hex(format!("comment of {author} on pull request {pull_request}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_voter_posts_its_comment_on_a_pull_request_under_one_token_that_no_other_has() {
        let [one, two] = ["1", "2"].map(|id| PullRequestId::new(id).unwrap());
        let [gate, other] =
            ["gated", "other"].map(|name| format!("arn:aws:sts::111122223333:assumed-role/{name}-voter/{name}-voter"));
        assert_eq!(token(&one, &gate), token(&one, &gate));
        assert_ne!(token(&one, &gate), token(&one, &other));
        assert_ne!(token(&one, &gate), token(&two, &gate));
    }
}
