//! Approval rules: templates, what they are associated with, and the rule on one pull request. It decides nothing about
//! who belongs into a pool. Source: AWS CodeCommit API.

use gated_core::names::{PullRequestId, RepositoryName};

use crate::{Aws, Fault};

/// Repositories that one call associates at most (CodeCommit API, `BatchAssociateApprovalRuleTemplateWithRepositories`).
const MOST_AT_ONCE: usize = 100;

/// An approval rule template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalRuleTemplate {
    /// Its description.
    pub description: String,
    /// Its content: JSON text of version 2018-11-08.
    pub content: String,
}

impl Aws {
    /// A template by its name; `None` when there is none.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn template(&self, name: &str) -> Result<Option<ApprovalRuleTemplate>, Fault> {
        let request = self.codecommit.get_approval_rule_template().approval_rule_template_name(name);
        match request.send().await.map_err(Fault::of("codecommit:GetApprovalRuleTemplate")) {
            Ok(answer) => Ok(answer.approval_rule_template.map(|template| ApprovalRuleTemplate {
                description: template.approval_rule_template_description.unwrap_or_default(),
                content: template.approval_rule_template_content.unwrap_or_default(),
            })),
            Err(fault) if fault.is("ApprovalRuleTemplateDoesNotExistException") => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Creates a template.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn create_template(&self, name: &str, template: &ApprovalRuleTemplate) -> Result<(), Fault> {
        let request = self
            .codecommit
            .create_approval_rule_template()
            .approval_rule_template_name(name)
            .approval_rule_template_description(&template.description)
            .approval_rule_template_content(&template.content);
        request.send().await.map(drop).map_err(Fault::of("codecommit:CreateApprovalRuleTemplate"))
    }

    /// Writes a template's content and description anew. Pull requests that are open keep the rule they were opened with.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn update_template(&self, name: &str, template: &ApprovalRuleTemplate) -> Result<(), Fault> {
        let content = self
            .codecommit
            .update_approval_rule_template_content()
            .approval_rule_template_name(name)
            .new_rule_content(&template.content);
        content.send().await.map_err(Fault::of("codecommit:UpdateApprovalRuleTemplateContent"))?;
        let description = self
            .codecommit
            .update_approval_rule_template_description()
            .approval_rule_template_name(name)
            .approval_rule_template_description(&template.description);
        description.send().await.map(drop).map_err(Fault::of("codecommit:UpdateApprovalRuleTemplateDescription"))
    }

    /// Deletes a template; one that is not there is done. It must be associated with no repository.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn delete_template(&self, name: &str) -> Result<(), Fault> {
        let request = self.codecommit.delete_approval_rule_template().approval_rule_template_name(name);
        request.send().await.map(drop).map_err(Fault::of("codecommit:DeleteApprovalRuleTemplate"))
    }

    /// Repositories that a template is associated with; none when there is no such template.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn repositories_of_template(&self, name: &str) -> Result<Vec<String>, Fault> {
        let request = self.codecommit.list_repositories_for_approval_rule_template().approval_rule_template_name(name);
        let mut pages = request.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            match page.map_err(Fault::of("codecommit:ListRepositoriesForApprovalRuleTemplate")) {
                Ok(page) => found.extend(page.repository_names.unwrap_or_default()),
                Err(fault) if fault.is("ApprovalRuleTemplateDoesNotExistException") => return Ok(Vec::new()),
                Err(fault) => return Err(fault),
            }
        }
        Ok(found)
    }

    /// Associates a template with repositories; answers those that could not be, each with AWS's error name.
    ///
    /// # Errors
    /// When CodeCommit refuses the whole or cannot be reached.
    pub async fn associate(&self, template: &str, repositories: &[String]) -> Result<Vec<(String, String)>, Fault> {
        let mut refused = Vec::new();
        for hundred in repositories.chunks(MOST_AT_ONCE) {
            let request = self
                .codecommit
                .batch_associate_approval_rule_template_with_repositories()
                .approval_rule_template_name(template)
                .set_repository_names(Some(hundred.to_vec()));
            let answer = request.send().await;
            let answer = answer.map_err(Fault::of("codecommit:BatchAssociateApprovalRuleTemplateWithRepositories"))?;
            refused.extend(answer.errors.into_iter().map(|error| of(error.repository_name, error.error_code)));
        }
        Ok(refused)
    }

    /// Takes a template away from repositories; answers those where that failed, each with AWS's error name.
    ///
    /// # Errors
    /// When CodeCommit refuses the whole or cannot be reached.
    pub async fn disassociate(&self, template: &str, repositories: &[String]) -> Result<Vec<(String, String)>, Fault> {
        let mut refused = Vec::new();
        for hundred in repositories.chunks(MOST_AT_ONCE) {
            let request = self
                .codecommit
                .batch_disassociate_approval_rule_template_from_repositories()
                .approval_rule_template_name(template)
                .set_repository_names(Some(hundred.to_vec()));
            let answer = request.send().await;
            let answer =
                answer.map_err(Fault::of("codecommit:BatchDisassociateApprovalRuleTemplateFromRepositories"))?;
            refused.extend(answer.errors.into_iter().map(|error| of(error.repository_name, error.error_code)));
        }
        Ok(refused)
    }

    /// Templates that a repository is associated with.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn templates_of_repository(&self, repository: &RepositoryName) -> Result<Vec<String>, Fault> {
        let request = self
            .codecommit
            .list_associated_approval_rule_templates_for_repository()
            .repository_name(repository.as_str());
        let mut pages = request.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(Fault::of("codecommit:ListAssociatedApprovalRuleTemplatesForRepository"))?;
            found.extend(page.approval_rule_template_names.unwrap_or_default());
        }
        Ok(found)
    }

    /// Puts a rule on one pull request; answers whether it is new.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn create_rule(&self, id: &PullRequestId, name: &str, content: &str) -> Result<bool, Fault> {
        let request = self
            .codecommit
            .create_pull_request_approval_rule()
            .pull_request_id(id.as_str())
            .approval_rule_name(name)
            .approval_rule_content(content);
        match request.send().await.map_err(Fault::of("codecommit:CreatePullRequestApprovalRule")) {
            Ok(_) => Ok(true),
            Err(fault) if fault.is("ApprovalRuleNameAlreadyExistsException") => Ok(false),
            Err(fault) if fault.is("PullRequestAlreadyClosedException") => Ok(false),
            Err(fault) => Err(fault),
        }
    }
}

/// A repository and why the template's change was refused there.
fn of(repository: Option<String>, code: Option<String>) -> (String, String) {
    (repository.unwrap_or_default(), code.unwrap_or_default())
}
