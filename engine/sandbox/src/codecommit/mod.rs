//! CodeCommit: repositories, pull requests, comments, approvals and merges on real git repositories. It refuses every
//! operation that it does not emulate.

mod approvals;
mod associations;
mod branches;
mod comment;
mod comment_list;
mod commits;
mod conflicts;
mod differences;
mod files;
mod history;
mod inputs;
mod merge_branches;
mod merge_pull;
mod merging;
mod model;
mod moves;
mod notices;
mod pool;
mod pull_list;
mod pulls;
pub(crate) mod references;
mod repositories;
mod rules;
mod specifier;
mod tags;
mod templates;
mod write;
mod write_files;

use serde_json::Value;

pub(crate) use references::Locks as Running;

use crate::fields::Fields;
use crate::world::{Caller, Shared};
use crate::{AwsError, Store, StoreError};

/// Whether every record of this service can be read.
///
/// # Errors
/// The first that cannot.
pub(crate) fn check(store: &Store) -> Result<(), StoreError> {
    store.check::<model::Repository>("repositories")?;
    store.check::<String>("references")?;
    store.check::<references::Intent>("intents")?;
    store.check::<model::PullRequest>("pull_requests")?;
    store.check::<u64>("open_pull_requests")?;
    store.check::<history::Happened>("pull_request_events")?;
    store.check::<comment::Comment>("comments")?;
    store.check::<String>("comments_of")?;
    store.check::<(String, Value)>("tokens")?;
    store.check::<String>("approvals")?;
    store.check::<String>("overrides")?;
    store.check::<templates::Template>("templates")?;
    store.check::<String>("associations")
}

/// Installs the templates and takes up the repositories as the last run left them.
///
/// # Errors
/// When files cannot be read or written.
pub(crate) async fn start(world: &Shared) -> Result<(), AwsError> {
    templates::install(world)?;
    references::start(world).await
}

/// The operations, which a task may name.
pub(crate) const OPERATIONS: &[&str] = &[
    "CreateRepository",
    "GetRepository",
    "ListRepositories",
    "BatchGetRepositories",
    "DeleteRepository",
    "UpdateRepositoryDescription",
    "UpdateDefaultBranch",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
    "CreateBranch",
    "GetBranch",
    "ListBranches",
    "DeleteBranch",
    "GetCommit",
    "BatchGetCommits",
    "GetFile",
    "GetFolder",
    "GetBlob",
    "GetDifferences",
    "PutFile",
    "DeleteFile",
    "CreateCommit",
    "CreatePullRequest",
    "GetPullRequest",
    "UpdatePullRequestTitle",
    "UpdatePullRequestDescription",
    "UpdatePullRequestStatus",
    "ListPullRequests",
    "DescribePullRequestEvents",
    "PostCommentForPullRequest",
    "PostCommentReply",
    "UpdateComment",
    "DeleteCommentContent",
    "GetComment",
    "GetCommentsForPullRequest",
    "CreatePullRequestApprovalRule",
    "UpdatePullRequestApprovalRuleContent",
    "DeletePullRequestApprovalRule",
    "EvaluatePullRequestApprovalRules",
    "UpdatePullRequestApprovalState",
    "GetPullRequestApprovalStates",
    "OverridePullRequestApprovalRules",
    "GetPullRequestOverrideState",
    "CreateApprovalRuleTemplate",
    "GetApprovalRuleTemplate",
    "UpdateApprovalRuleTemplateContent",
    "UpdateApprovalRuleTemplateName",
    "UpdateApprovalRuleTemplateDescription",
    "DeleteApprovalRuleTemplate",
    "ListApprovalRuleTemplates",
    "AssociateApprovalRuleTemplateWithRepository",
    "BatchAssociateApprovalRuleTemplateWithRepositories",
    "DisassociateApprovalRuleTemplateFromRepository",
    "BatchDisassociateApprovalRuleTemplateFromRepositories",
    "ListAssociatedApprovalRuleTemplatesForRepository",
    "ListRepositoriesForApprovalRuleTemplate",
    "GetMergeOptions",
    "GetMergeConflicts",
    "CreateUnreferencedMergeCommit",
    "MergeBranchesByFastForward",
    "MergeBranchesBySquash",
    "MergeBranchesByThreeWay",
    "MergePullRequestByFastForward",
    "MergePullRequestBySquash",
    "MergePullRequestByThreeWay",
];

/// Answers one operation.
pub(crate) async fn call(world: &Shared, caller: &Caller, operation: &str, input: Value) -> Result<Value, AwsError> {
    let f = Fields::new(operation, input)?;
    match operation {
        "CreateRepository" => repositories::create(world, caller, f).await,
        "GetRepository" => repositories::get(world, f),
        "ListRepositories" => repositories::list(world, f),
        "BatchGetRepositories" => repositories::batch_get(world, f),
        "DeleteRepository" => repositories::delete(world, f).await,
        "UpdateRepositoryDescription" => repositories::update_description(world, f),
        "UpdateDefaultBranch" => repositories::update_default_branch(world, f).await,
        "ListTagsForResource" => tags::list(world, f),
        "TagResource" => tags::tag(world, f),
        "UntagResource" => tags::untag(world, f),
        "CreateBranch" => branches::create(world, caller, f).await,
        "GetBranch" => branches::get(world, f),
        "ListBranches" => branches::list(world, f),
        "DeleteBranch" => branches::delete(world, caller, f).await,
        "GetCommit" => commits::get(world, f).await,
        "BatchGetCommits" => commits::batch_get(world, f).await,
        "GetFile" => files::get_file(world, f).await,
        "GetFolder" => files::get_folder(world, f).await,
        "GetBlob" => files::get_blob(world, f).await,
        "GetDifferences" => differences::get(world, f).await,
        "PutFile" => write_files::put_file(world, caller, f).await,
        "DeleteFile" => write_files::delete_file(world, caller, f).await,
        "CreateCommit" => write_files::create_commit(world, caller, f).await,
        "CreatePullRequest" => pulls::create(world, caller, f).await,
        "GetPullRequest" => pulls::get(world, f),
        "UpdatePullRequestTitle" => pulls::update_title(world, f),
        "UpdatePullRequestDescription" => pulls::update_description(world, f),
        "UpdatePullRequestStatus" => pulls::update_status(world, caller, f),
        "ListPullRequests" => pull_list::list(world, f),
        "DescribePullRequestEvents" => pull_list::describe_events(world, f),
        "PostCommentForPullRequest" => comment::post(world, caller, f).await,
        "PostCommentReply" => comment::reply(world, caller, f),
        "UpdateComment" => comment::update(world, caller, f),
        "DeleteCommentContent" => comment::delete(world, caller, f),
        "GetComment" => comment::get(world, f),
        "GetCommentsForPullRequest" => comment_list::for_pull_request(world, f).await,
        "CreatePullRequestApprovalRule" => rules::create(world, caller, f),
        "UpdatePullRequestApprovalRuleContent" => rules::update(world, caller, f),
        "DeletePullRequestApprovalRule" => rules::delete(world, caller, f),
        "EvaluatePullRequestApprovalRules" => approvals::evaluate(world, f),
        "UpdatePullRequestApprovalState" => approvals::update_state(world, caller, f),
        "GetPullRequestApprovalStates" => approvals::get_states(world, f),
        "OverridePullRequestApprovalRules" => approvals::override_rules(world, caller, f),
        "GetPullRequestOverrideState" => approvals::get_override(world, f),
        "CreateApprovalRuleTemplate" => templates::create(world, caller, f),
        "GetApprovalRuleTemplate" => templates::get(world, f),
        "UpdateApprovalRuleTemplateContent" => templates::update_content(world, caller, f),
        "UpdateApprovalRuleTemplateName" => templates::update_name(world, caller, f),
        "UpdateApprovalRuleTemplateDescription" => templates::update_description(world, caller, f),
        "DeleteApprovalRuleTemplate" => templates::delete(world, f),
        "ListApprovalRuleTemplates" => templates::list(world, f),
        "AssociateApprovalRuleTemplateWithRepository" => associations::associate(world, caller, f),
        "BatchAssociateApprovalRuleTemplateWithRepositories" => associations::batch(world, caller, f, true),
        "DisassociateApprovalRuleTemplateFromRepository" => associations::disassociate(world, caller, f),
        "BatchDisassociateApprovalRuleTemplateFromRepositories" => associations::batch(world, caller, f, false),
        "ListAssociatedApprovalRuleTemplatesForRepository" => associations::for_repository(world, f),
        "ListRepositoriesForApprovalRuleTemplate" => associations::for_template(world, f),
        "GetMergeOptions" => conflicts::options(world, f).await,
        "GetMergeConflicts" => conflicts::conflicts(world, f).await,
        "CreateUnreferencedMergeCommit" => merge_branches::unreferenced(world, caller, f).await,
        "MergeBranchesByFastForward" => merge_branches::merge(world, caller, f, model::MergeOption::FastForward).await,
        "MergeBranchesBySquash" => merge_branches::merge(world, caller, f, model::MergeOption::Squash).await,
        "MergeBranchesByThreeWay" => merge_branches::merge(world, caller, f, model::MergeOption::ThreeWay).await,
        "MergePullRequestByFastForward" => merge_pull::merge(world, caller, f, model::MergeOption::FastForward).await,
        "MergePullRequestBySquash" => merge_pull::merge(world, caller, f, model::MergeOption::Squash).await,
        "MergePullRequestByThreeWay" => merge_pull::merge(world, caller, f, model::MergeOption::ThreeWay).await,
        _ => Err(AwsError::not_emulated(format!("the operation {operation} of CodeCommit"))),
    }
}
