//! Which approval rule templates apply to which repositories. An association counts for pull requests that are made
//! after it (*documented*).

use serde_json::{Value, json};

use super::model::Repository;
use super::templates::{self, Template};
use super::{inputs, notices, repositories};
use crate::fields::Fields;
use crate::paging::with_token;
use crate::world::{Caller, Shared, World};
use crate::{AwsError, Transaction};

const CREATED: &str = "approvalRuleTemplateAssociatedWithRepository";
const REMOVED: &str = "approvalRuleTemplateDisassociatedWithRepository";

/// `AssociateApprovalRuleTemplateWithRepository`; a second time is no error.
pub(super) fn associate(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let name = templates::name(&mut f, "approvalRuleTemplateName")?;
    let repository = inputs::repository(world, &mut f)?;
    f.finish()?;
    let template = templates::find(world, &name)?;
    world.store.transact(|tx| put(world, tx, &template, &repository, &caller.arn).map(|()| Value::Null))
}

/// `DisassociateApprovalRuleTemplateFromRepository`; a missing association is no error.
pub(super) fn disassociate(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let name = templates::name(&mut f, "approvalRuleTemplateName")?;
    let repository = inputs::repository(world, &mut f)?;
    f.finish()?;
    let template = templates::find(world, &name)?;
    world.store.transact(|tx| {
        remove(world, tx, &template, &repository, &caller.arn);
        Ok(Value::Null)
    })
}

/// Both batch operations: what fails is listed, the rest happens.
pub(super) fn batch(world: &Shared, caller: &Caller, mut f: Fields, add: bool) -> Result<Value, AwsError> {
    let name = templates::name(&mut f, "approvalRuleTemplateName")?;
    let names = repositories::names(&mut f)?;
    f.finish()?;
    let template = templates::find(world, &name)?;
    let (mut done, mut errors) = (Vec::new(), Vec::new());
    for name in names {
        let outcome = inputs::find_repository(world, &name).and_then(|repository| {
            world.store.transact(|tx| {
                if add {
                    return put(world, tx, &template, &repository, &caller.arn);
                }
                remove(world, tx, &template, &repository, &caller.arn);
                Ok(())
            })
        });
        match outcome {
            Ok(()) => done.push(name),
            Err(error) => {
                errors.push(json!({ "repositoryName": name, "errorCode": error.code, "errorMessage": error.message }))
            }
        }
    }
    let key = if add { "associatedRepositoryNames" } else { "disassociatedRepositoryNames" };
    let mut shown = json!({ "errors": errors });
    shown[key] = json!(done);
    Ok(shown)
}

/// `ListAssociatedApprovalRuleTemplatesForRepository`
pub(super) fn for_repository(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    let page = inputs::page(&mut f, 100, 500)?;
    f.finish()?;
    let found = world.store.scan::<String>("associations", &format!("{}/", repository.name));
    let (names, next) = page.cut(found.into_iter().map(|(_, name)| name).collect());
    Ok(with_token(json!({ "approvalRuleTemplateNames": names }), "nextToken", next))
}

/// `ListRepositoriesForApprovalRuleTemplate`
pub(super) fn for_template(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let name = templates::name(&mut f, "approvalRuleTemplateName")?;
    let page = inputs::page(&mut f, 100, 500)?;
    f.finish()?;
    templates::find(world, &name)?;
    let found = world.store.scan::<String>("associations", "");
    let ours = found.into_iter().filter(|(_, other)| *other == name);
    let (names, next) = page.cut(ours.map(|(key, _)| key[..key.len() - name.len() - 1].to_owned()).collect());
    Ok(with_token(json!({ "repositoryNames": names }), "nextToken", next))
}

/// Associates the installation's templates with a new repository (*assumed*: in AWS the stack's own resource does
/// that).
pub(super) fn associate_installed(world: &World, tx: &mut Transaction<'_>, repository: &Repository, actor: &str) {
    for wanted in world.installation.templates.iter().filter(|wanted| (wanted.covers)(&repository.name)) {
        if let Some(template) = tx.get::<Template>("templates", &wanted.name) {
            // The bound on templates cannot be reached on a new repository.
            let _ = put(world, tx, &template, repository, actor);
        }
    }
}

fn put(
    world: &World,
    tx: &mut Transaction<'_>,
    template: &Template,
    repository: &Repository,
    actor: &str,
) -> Result<(), AwsError> {
    let key = format!("{}/{}", repository.name, template.name);
    if tx.get::<String>("associations", &key).is_some() {
        return Ok(());
    }
    if tx.scan::<String>("associations", &format!("{}/", repository.name)).len() >= 25 {
        let text = "a repository has at most 25 templates";
        return Err(AwsError::client("MaximumRuleTemplatesAssociatedWithRepositoryException", text));
    }
    tx.put("associations", &key, &template.name);
    world.emit(tx, notices::template(world, template, repository, actor, CREATED));
    Ok(())
}

fn remove(world: &World, tx: &mut Transaction<'_>, template: &Template, repository: &Repository, actor: &str) {
    let key = format!("{}/{}", repository.name, template.name);
    if tx.get::<String>("associations", &key).is_some() {
        tx.delete("associations", &key);
        world.emit(tx, notices::template(world, template, repository, actor, REMOVED));
    }
}
