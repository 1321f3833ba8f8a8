//! Commits that the API writes onto a branch.

use std::collections::BTreeMap;

use super::branches::missing;
use super::inputs::{self, branch_name};
use super::merging::{Words, tree_of};
use super::model::Repository;
use super::references::{Held, Intent, change, list, lock, tip};
use crate::AwsError;
use crate::fields::Fields;
use crate::git::{self, Objects, TreeChange};
use crate::world::{Caller, Shared};

/// A branch that a commit goes onto, held until then.
pub(super) struct Target {
    /// The repository.
    pub(super) repository: Repository,
    branch: String,
    /// The tip; none for the first commit of an empty repository.
    pub(super) parent: Option<String>,
    held: Held,
}

/// A commit that is on its branch.
pub(super) struct Written {
    /// Its id.
    pub(super) commit: String,
    /// Its tree.
    pub(super) tree: String,
}

impl Target {
    /// Reads `repositoryName`, `branchName`, `parentCommitId`. A branch that is not there is made only by the first
    /// commit of an empty repository (*documented*: PutFile).
    ///
    /// # Errors
    /// `BranchDoesNotExistException`, `ParentCommitIdRequiredException`, `ParentCommitIdOutdatedException` and those
    /// of the fields.
    pub(super) async fn read(world: &Shared, f: &mut Fields) -> Result<Self, AwsError> {
        let repository = inputs::repository(world, f)?;
        let branch = branch_name(f, "branchName")?;
        let parent = f.str("parentCommitId")?;
        if parent.as_ref().is_some_and(|id| !git::is_object_id(id)) {
            return Err(AwsError::client("InvalidParentCommitIdException", "parentCommitId is not a full commit ID"));
        }
        let held = lock(world, &repository).await;
        let tip = tip(world, &repository, &format!("refs/heads/{branch}"));
        match (&tip, &parent) {
            (None, _) if !list(world, &repository, "refs/heads/").is_empty() => return Err(missing(&branch)),
            (None, Some(_)) => {
                let text = "the repository is empty: its first commit has no parent";
                return Err(AwsError::client("ParentCommitDoesNotExistException", text));
            }
            (Some(_), None) => {
                let text = "parentCommitId is required when the branch has commits";
                return Err(AwsError::client("ParentCommitIdRequiredException", text));
            }
            (Some(tip), Some(parent)) if tip != parent => {
                let text = format!("the parent commit ID is outdated: the tip of {branch} is {tip}");
                return Err(AwsError::client("ParentCommitIdOutdatedException", text));
            }
            (None, None) | (Some(_), Some(_)) => {}
        }
        Ok(Self { repository, branch, parent: tip, held })
    }

    /// The tree of the tip, and a reader.
    ///
    /// # Errors
    /// When git fails.
    pub(super) async fn tree(&self, world: &Shared) -> Result<(Option<String>, Objects), AwsError> {
        let mut objects = Objects::open(&self.repository.git(world))?;
        let tree = match &self.parent {
            Some(parent) => Some(tree_of(&mut objects, parent).await?),
            None => None,
        };
        Ok((tree, objects))
    }

    /// Commits changes and moves the branch; `unchanged` when nothing differs.
    ///
    /// # Errors
    /// `unchanged`, or `ParentCommitIdOutdatedException` when a push came first.
    pub(super) async fn commit(
        self,
        world: &Shared,
        caller: &Caller,
        words: &Words,
        changes: &BTreeMap<String, TreeChange>,
        default_message: &str,
        unchanged: AwsError,
    ) -> Result<Written, AwsError> {
        let git = self.repository.git(world);
        let (before, mut objects) = self.tree(world).await?;
        let changes = changes.iter().map(|(path, change)| (path.as_bytes(), change));
        let tree = git::write_tree(&git, &mut objects, before.as_deref(), changes).await?;
        if before.as_ref() == Some(&tree) {
            return Err(unchanged);
        }
        let parents: Vec<&str> = self.parent.iter().map(String::as_str).collect();
        let commit = words.commit(&git, &tree, &parents, default_message)?;
        let intent = Intent {
            reference: format!("refs/heads/{}", self.branch),
            old: self.parent.clone(),
            new: Some(commit.clone()),
            actor: caller.arn.clone(),
            merge: None,
        };
        let outdated = AwsError::client("ParentCommitIdOutdatedException", "the branch was updated meanwhile");
        change(world, &self.held, &self.repository, intent, &outdated, |_| Ok(())).await?;
        Ok(Written { commit, tree })
    }
}
