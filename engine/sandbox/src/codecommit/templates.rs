//! Approval rule templates, and the rules that they put on new pull requests.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::inputs;
use super::model::{Repository, Rule, add, sha256};
use super::pool::{Content, invalid};
use crate::clock::{epoch_seconds, now_ms};
use crate::fields::Fields;
use crate::paging::with_token;
use crate::world::{Caller, Shared};
use crate::{AwsError, Transaction};

/// Table `templates`, by name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Template {
    /// A UUID.
    pub(super) id: String,
    /// Unique in the account.
    pub(super) name: String,
    /// What it is for.
    pub(super) description: Option<String>,
    /// JSON text.
    pub(super) content: String,
    /// When it was made.
    pub(super) created_ms: u64,
    /// When it was changed last.
    pub(super) modified_ms: u64,
    /// By whom, as an ARN.
    pub(super) modified_by: String,
}

impl Template {
    /// `ApprovalRuleTemplate`
    fn show(&self) -> Value {
        let mut shown = json!({
            "approvalRuleTemplateId": self.id,
            "approvalRuleTemplateName": self.name,
            "approvalRuleTemplateContent": self.content,
            "ruleContentSha256": sha256(&self.content),
            "lastModifiedDate": epoch_seconds(self.modified_ms),
            "creationDate": epoch_seconds(self.created_ms),
            "lastModifiedUser": self.modified_by,
        });
        add(&mut shown, "approvalRuleTemplateDescription", self.description.as_deref());
        shown
    }
}

/// Writes the installation's templates, by name, and associates each with every repository that it covers.
///
/// # Errors
/// When a template's content is not valid, or the state cannot be written.
pub(super) fn install(world: &Shared) -> Result<(), AwsError> {
    let by = format!("arn:aws:iam::{}:root", world.account);
    for wanted in &world.installation.templates {
        check(&wanted.content)?;
        world.store.transact(|tx| -> Result<(), AwsError> {
            let known = tx.get::<Template>("templates", &wanted.name);
            let now = now_ms();
            let template = Template {
                id: known.as_ref().map_or_else(|| uuid::Uuid::new_v4().to_string(), |known| known.id.clone()),
                name: wanted.name.clone(),
                description: Some(wanted.description.clone()).filter(|text| !text.is_empty()),
                content: wanted.content.clone(),
                created_ms: known.as_ref().map_or(now, |known| known.created_ms),
                modified_ms: now,
                modified_by: by.clone(),
            };
            if known.as_ref().is_none_or(|known| known.content != template.content) {
                tx.put("templates", &wanted.name, &template);
            }
            if known.is_none() {
                let repositories = tx.scan::<Repository>("repositories", "");
                for (name, _) in repositories.into_iter().filter(|(name, _)| (wanted.covers)(name)) {
                    tx.put("associations", &format!("{name}/{}", wanted.name), &wanted.name);
                }
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// The rules that the templates associated with a repository put on a new pull request.
pub(super) fn rules_for(tx: &Transaction<'_>, repository: &Repository, destination: &str) -> Vec<Rule> {
    let associated = tx.scan::<String>("associations", &format!("{}/", repository.name));
    let templates = associated.into_iter().filter_map(|(_, name)| tx.get::<Template>("templates", &name));
    let applies = |template: &Template| Content::read(&template.content, true).is_ok_and(|c| c.covers(destination));
    templates.filter(applies).map(|template| rule_from(&template)).collect()
}

/// The destinations of a template are not part of its rules (*documented*).
fn rule_from(template: &Template) -> Rule {
    let mut content: Value = serde_json::from_str(&template.content).unwrap_or_default();
    if let Some(members) = content.as_object_mut() {
        members.shift_remove("DestinationReferences");
    }
    let now = now_ms();
    Rule {
        id: uuid::Uuid::new_v4().to_string(),
        name: template.name.clone(),
        content: content.to_string(),
        created_ms: now,
        modified_ms: now,
        modified_by: template.modified_by.clone(),
        template: Some((template.id.clone(), template.name.clone())),
    }
}

/// `CreateApprovalRuleTemplate`
pub(super) fn create(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let name = name(&mut f, "approvalRuleTemplateName")?;
    let content = content(&mut f, "approvalRuleTemplateContent")?;
    let description = description(&mut f)?;
    f.finish()?;
    let now = now_ms();
    let (id, by) = (uuid::Uuid::new_v4().to_string(), caller.arn.clone());
    let template = Template { id, name, description, content, created_ms: now, modified_ms: now, modified_by: by };
    world.store.transact(|tx| {
        if tx.get::<Template>("templates", &template.name).is_some() {
            return Err(taken(&template.name));
        }
        tx.put("templates", &template.name, &template);
        Ok(json!({ "approvalRuleTemplate": template.show() }))
    })
}

/// `GetApprovalRuleTemplate`
pub(super) fn get(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let name = name(&mut f, "approvalRuleTemplateName")?;
    f.finish()?;
    Ok(json!({ "approvalRuleTemplate": find(world, &name)?.show() }))
}

/// `UpdateApprovalRuleTemplateContent`: for pull requests made from now on (*documented*).
pub(super) fn update_content(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let name = name(&mut f, "approvalRuleTemplateName")?;
    let content = content(&mut f, "newRuleContent")?;
    let before = f.str("existingRuleContentSha256")?;
    f.finish()?;
    if before.is_some_and(|before| find(world, &name).is_ok_and(|known| sha256(&known.content) != before)) {
        let text = "existingRuleContentSha256 does not match the template's content";
        return Err(AwsError::client("InvalidRuleContentSha256Exception", text));
    }
    change(world, caller, &name, |template| template.content = content)
}

/// `UpdateApprovalRuleTemplateDescription`
pub(super) fn update_description(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let name = name(&mut f, "approvalRuleTemplateName")?;
    let description = description(&mut f)?;
    f.finish()?;
    change(world, caller, &name, |template| template.description = description)
}

/// `UpdateApprovalRuleTemplateName`
pub(super) fn update_name(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let old = name(&mut f, "oldApprovalRuleTemplateName")?;
    let new = name(&mut f, "newApprovalRuleTemplateName")?;
    f.finish()?;
    world.store.transact(|tx| {
        let mut template = tx.get::<Template>("templates", &old).ok_or_else(|| missing(&old))?;
        if tx.get::<Template>("templates", &new).is_some() {
            return Err(taken(&new));
        }
        for (key, name) in tx.scan::<String>("associations", "") {
            if name == old {
                tx.delete("associations", &key);
                tx.put("associations", &format!("{}/{new}", &key[..key.len() - old.len() - 1]), &new);
            }
        }
        template.name.clone_from(&new);
        template.modified_ms = now_ms();
        template.modified_by.clone_from(&caller.arn);
        tx.delete("templates", &old);
        tx.put("templates", &new, &template);
        Ok(json!({ "approvalRuleTemplate": template.show() }))
    })
}

/// `DeleteApprovalRuleTemplate`: not while it is associated (*documented*).
pub(super) fn delete(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let name = name(&mut f, "approvalRuleTemplateName")?;
    f.finish()?;
    world.store.transact(|tx| {
        if tx.scan::<String>("associations", "").iter().any(|(_, other)| *other == name) {
            let text = "the template is associated with a repository; disassociate it first";
            return Err(AwsError::client("ApprovalRuleTemplateInUseException", text));
        }
        let id = tx.get::<Template>("templates", &name).map(|template| template.id).unwrap_or_default();
        tx.delete("templates", &name);
        Ok(json!({ "approvalRuleTemplateId": id }))
    })
}

/// `ListApprovalRuleTemplates`
pub(super) fn list(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let page = inputs::page(&mut f, 100, 500)?;
    f.finish()?;
    let names = world.store.scan::<Template>("templates", "").into_iter().map(|(name, _)| name).collect();
    let (names, next) = page.cut(names);
    Ok(with_token(json!({ "approvalRuleTemplateNames": names }), "nextToken", next))
}

/// Reads a template's name.
///
/// # Errors
/// `ApprovalRuleTemplateNameRequiredException`, `InvalidApprovalRuleTemplateNameException`.
pub(super) fn name(f: &mut Fields, field: &str) -> Result<String, AwsError> {
    let name = f.required_str(field, "ApprovalRuleTemplateNameRequiredException")?;
    if name.chars().count() > 100 {
        let text = "a template's name has at most 100 characters";
        return Err(AwsError::client("InvalidApprovalRuleTemplateNameException", text));
    }
    Ok(name)
}

/// Finds a template.
///
/// # Errors
/// `ApprovalRuleTemplateDoesNotExistException`.
pub(super) fn find(world: &Shared, name: &str) -> Result<Template, AwsError> {
    world.store.get("templates", name).ok_or_else(|| missing(name))
}

fn change(world: &Shared, caller: &Caller, name: &str, change: impl FnOnce(&mut Template)) -> Result<Value, AwsError> {
    world.store.transact(|tx| {
        let mut template = tx.get::<Template>("templates", name).ok_or_else(|| missing(name))?;
        change(&mut template);
        template.modified_ms = now_ms();
        template.modified_by.clone_from(&caller.arn);
        tx.put("templates", name, &template);
        Ok(json!({ "approvalRuleTemplate": template.show() }))
    })
}

fn content(f: &mut Fields, field: &str) -> Result<String, AwsError> {
    let content = f.required_str(field, "ApprovalRuleTemplateContentRequiredException")?;
    check(&content)?;
    Ok(content)
}

fn check(content: &str) -> Result<(), AwsError> {
    let code = "InvalidApprovalRuleTemplateContentException";
    Content::read(content, true).map(drop).map_err(|what| invalid(code, what))
}

fn description(f: &mut Fields) -> Result<Option<String>, AwsError> {
    let text = f.str("approvalRuleTemplateDescription")?;
    if text.as_ref().is_some_and(|text| text.chars().count() > 1000) {
        let what = "a template's description has at most 1000 characters";
        return Err(AwsError::client("InvalidApprovalRuleTemplateDescriptionException", what));
    }
    Ok(text)
}

fn missing(name: &str) -> AwsError {
    let text = format!("the approval rule template {name} does not exist");
    AwsError::client("ApprovalRuleTemplateDoesNotExistException", text)
}

fn taken(name: &str) -> AwsError {
    let text = format!("an approval rule template named {name} exists already");
    AwsError::client("ApprovalRuleTemplateNameAlreadyExistsException", text)
}
