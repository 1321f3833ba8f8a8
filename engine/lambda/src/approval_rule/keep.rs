//! Creates, updates and deletes the template. Every step may be repeated, since CloudFormation repeats requests.

use std::collections::BTreeSet;

use gated_aws::{ApprovalRuleTemplate, Aws};
use gated_core::layers::Found;
use gated_core::matching::Globs;
use gated_core::names::RepositoryName;
use gated_core::policy::{Floor, Mode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, Request, RequestType, prepared};
use crate::{Fault, Settings};

/// What stands after the name of a template that was not created. No template can be called so, and its deletion, with
/// which CloudFormation follows a failed creation, must not delete somebody else's template of that name.
pub(super) const NOT_CREATED: &str = "#not-created";

/// IAM's refusal, as CodeCommit names it.
const DENIED: &str = "AccessDeniedException";

/// The properties of the resource. CloudFormation makes every scalar a text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    template_name: String,
    description: Option<String>,
    /// Exactly who may approve.
    pool: Vec<String>,
    #[serde(default = "one")]
    number_of_approvals: String,
    /// Globs or full references; none: what the floor says, else every branch.
    #[serde(default)]
    destinations: Vec<String>,
    /// Names and globs.
    #[serde(default)]
    repositories: Vec<String>,
    /// Globs alone.
    #[serde(default)]
    repository_patterns: Vec<String>,
    #[serde(default)]
    mode: Option<String>,
    /// `true`: the stack was made without knowing the floor that lies beside this program, from the published template.
    #[serde(default)]
    floor_unknown: Option<String>,
}

fn one() -> String {
    "1".to_owned()
}

/// Why a request was refused, and the id of the resource all the same.
pub(super) struct Refused {
    pub(super) id: String,
    pub(super) why: Fault,
}

pub(super) async fn carry_out(aws: &Aws, settings: &Settings, request: &Request) -> Result<Outcome, Refused> {
    let known = request.physical_resource_id.clone();
    if request.request_type == RequestType::Delete {
        let id = known.unwrap_or_default();
        return match delete(aws, &id).await {
            Ok(told) => Ok(Outcome { id, told, by_hand: String::new() }),
            Err(why) => Err(Refused { id, why }),
        };
    }
    let properties: Properties = match serde_json::from_value(request.resource_properties.clone()) {
        Ok(properties) => properties,
        Err(error) => {
            let why = Fault::misconfigured(format!("the resource's properties: {error}"));
            return Err(Refused { id: known.unwrap_or_else(|| NOT_CREATED.to_owned()), why });
        }
    };
    if request.request_type == RequestType::Create
        && let Err(why) = named_alike(&request.stack_id, &settings.service)
    {
        return Err(Refused { id: known.unwrap_or_else(|| NOT_CREATED.to_owned()), why });
    }
    let name = properties.template_name.clone();
    // Another name is another resource: CloudFormation deletes the old one, by its id, when everything has gone well.
    let exists = known.as_ref() == Some(&name);
    match keep(aws, settings, &properties, exists).await {
        Ok((told, beyond)) => Ok(Outcome { by_hand: by_hand(&name, &beyond), id: name, told }),
        Err(why) => Err(Refused { id: if exists { name } else { known.unwrap_or(name + NOT_CREATED) }, why }),
    }
}

/// Guards, and `gated doctor`, know the stack by the name of its service.
fn named_alike(stack_id: &str, service: &str) -> Result<(), Fault> {
    let name = stack_id.split_once(":stack/").and_then(|(_, rest)| rest.split('/').next());
    match name.filter(|name| *name != service) {
        None => Ok(()),
        Some(name) => Err(Fault::misconfigured(format!(
            "the stack is called {name} and its serviceName is {service}: give it the same name, by which policies know it"
        ))),
    }
}

/// Makes the template what the properties say. `ours`: whether this resource has made it before. Answers what it did, and the
/// repositories that it could not reach: one that has left the stack is no longer in this role's policy.
async fn keep(aws: &Aws, settings: &Settings, wanted: &Properties, ours: bool) -> Result<(Value, Vec<String>), Fault> {
    let bound = bound(aws, settings, wanted).await?;
    let (name, template) = (&wanted.template_name, template(settings, wanted)?);
    match aws.template(name).await? {
        None => aws.create_template(name, &template).await?,
        Some(found) if ours || same_pool(&found.content, &template.content) => {
            if found != template {
                aws.update_template(name, &template).await?;
            }
        }
        Some(_) => {
            return Err(Fault::misconfigured(format!(
                "an approval rule template {name} is there already, and its pool is not this gate's voter: delete it, or \
                 deploy under another serviceName"
            )));
        }
    }
    let associated: BTreeSet<String> = aws.repositories_of_template(name).await?.into_iter().collect();
    let bound: BTreeSet<String> = bound.iter().map(ToString::to_string).collect();
    let missing: Vec<String> = bound.difference(&associated).cloned().collect();
    let wrong: Vec<String> = associated.difference(&bound).cloned().collect();
    let mut refused = aws.associate(name, &missing).await?;
    let (beyond, kept) = take_off(aws, name, &wrong).await?;
    refused.extend(kept);
    let (gone, refused): (Vec<_>, Vec<_>) =
        refused.into_iter().partition(|(_, code)| code == "RepositoryDoesNotExistException");
    if let Some((repository, code)) = refused.first() {
        return Err(Fault::misconfigured(format!("the template cannot be associated with {repository}: {code}")));
    }
    // The sweeper associates a repository that is created later.
    let gone: Vec<String> = gone.into_iter().map(|(name, _)| name).collect();
    let off: Vec<&String> = wrong.iter().filter(|name| !beyond.contains(name)).collect();
    let told = json!({ "associated": missing, "disassociated": off, "notThere": gone, "outOfReach": beyond });
    Ok((told, beyond))
}

/// Takes the template off repositories. Answers those that this role cannot reach, and those where CodeCommit refused it
/// with its reason. IAM refuses a call as a whole for one repository: then each is tried by itself.
async fn take_off(
    aws: &Aws,
    name: &str,
    from: &[String],
) -> Result<(Vec<String>, Vec<(String, String)>), gated_aws::Fault> {
    match aws.disassociate(name, from).await {
        Err(fault) if fault.is(DENIED) => {}
        done => {
            let (beyond, refused): (Vec<_>, Vec<_>) = done?.into_iter().partition(|(_, code)| code == DENIED);
            return Ok((beyond.into_iter().map(|(repository, _)| repository).collect(), refused));
        }
    }
    let (mut beyond, mut refused) = (Vec::new(), Vec::new());
    for repository in from {
        match aws.disassociate(name, std::slice::from_ref(repository)).await {
            Err(fault) if fault.is(DENIED) => beyond.push(repository.clone()),
            done => refused.extend(done?),
        }
    }
    Ok((beyond, refused))
}

/// What somebody has to do whose reach is longer; nothing where everything was reached.
fn by_hand(name: &str, beyond: &[String]) -> String {
    let commands = beyond.iter().map(|repository| {
        format!(
            "aws codecommit disassociate-approval-rule-template-from-repository --approval-rule-template-name {name} \
             --repository-name {repository}"
        )
    });
    match beyond.len() {
        0 => String::new(),
        _ => format!(
            "the template {name} stays on what this deployment does not reach any more; take it off: {}",
            commands.collect::<Vec<_>>().join("; ")
        ),
    }
}

fn template(settings: &Settings, wanted: &Properties) -> Result<ApprovalRuleTemplate, Fault> {
    let wrong = |error: &dyn std::fmt::Display| Fault::misconfigured(error.to_string());
    let approvals: u32 = wanted.number_of_approvals.parse().map_err(|_| {
        Fault::misconfigured(format!("NumberOfApprovals {:?} is no number", wanted.number_of_approvals))
    })?;
    let content = |destinations: Option<&Globs>| {
        gated_core::approval_rule_content(destinations, &wanted.pool, approvals).map_err(|error| wrong(&error))
    };
    let floor = readable_floor(settings)?;
    let unknown = wanted.floor_unknown.as_deref() == Some("true");
    if let Some(floor) = floor.as_ref().filter(|_| unknown) {
        prepared::for_nothing_of(floor)?;
    }
    let floor = floor.and_then(|floor| floor.destinations);
    let said = content(floor.as_ref())?;
    let content = if wanted.destinations.is_empty() {
        said
    } else {
        let stack = Globs::new(wanted.destinations.clone()).map_err(|error| wrong(&error))?;
        let stack = content(Some(&stack))?;
        if (floor.is_some() || unknown) && stack != said {
            let branches = &said["DestinationReferences"];
            let parameter = match (unknown, branches.as_array()) {
                (false, _) => String::new(),
                (true, None) => ": give the parameter DestinationReferences=refs/heads/*".to_owned(),
                (true, Some(all)) => {
                    let all: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
                    format!(": give the parameter DestinationReferences={}", all.join(","))
                }
            };
            return Err(Fault::misconfigured(format!(
                "the stack gates the branches {:?} and the floor's gate.destinations says {}: policy and rule must name the \
                 same{parameter}",
                wanted.destinations,
                if branches.is_null() { "every branch".to_owned() } else { branches.to_string() },
            )));
        }
        stack
    };
    Ok(ApprovalRuleTemplate {
        description: wanted.description.clone().unwrap_or_default(),
        content: content.to_string(),
    })
}

/// The floor; a deployment with one that cannot be read fails, since its functions would refuse every pull request.
fn readable_floor(settings: &Settings) -> Result<Option<Floor>, Fault> {
    let Some(reading) = settings.read_floor() else { return Ok(None) };
    match reading.found {
        Found::Valid(floor, _) => Ok(Some(floor)),
        Found::Absent => Ok(None),
        Found::Invalid(problems) => {
            let first = problems.first().map(|problem| format!("line {}: {}", problem.line, problem.message));
            let first = first.unwrap_or_default();
            Err(Fault::misconfigured(format!(
                "the floor cannot be read ({first}): `gated lint --floor FILE` tells what to mend"
            )))
        }
    }
}

/// The repositories that the template belongs on: those that the properties name, and those that match their globs now; of
/// them the ones on which the gate votes, as the floor says.
async fn bound(aws: &Aws, settings: &Settings, wanted: &Properties) -> Result<BTreeSet<RepositoryName>, Fault> {
    let mut named: BTreeSet<RepositoryName> = BTreeSet::new();
    let mut globs = wanted.repository_patterns.clone();
    for name in &wanted.repositories {
        match RepositoryName::new(name.clone()) {
            Ok(name) => drop(named.insert(name)),
            Err(_) => globs.push(name.clone()),
        }
    }
    if !globs.is_empty() {
        let globs = Globs::new(globs).map_err(|error| Fault::misconfigured(error.to_string()))?;
        named.extend(aws.repositories().await?.into_iter().filter(|name| globs.matches(name.as_str())));
    }
    named.retain(|name| settings.mode(name) == Mode::Enforce);
    match wanted.mode.as_deref() {
        None | Some("enforce") => Ok(named),
        Some("observe") => match named.first() {
            None => Ok(named),
            // The floor is what the functions obey: else a vote would be cast that nothing demands.
            Some(name) => Err(Fault::misconfigured(format!(
                "the stack says observe, and the floor that the functions read says enforce for {name}: write `mode: observe` \
                 into the floor"
            ))),
        },
        Some(other) => Err(Fault::misconfigured(format!("the mode {other:?} is neither observe nor enforce"))),
    }
}

async fn delete(aws: &Aws, name: &str) -> Result<Value, Fault> {
    if name.is_empty() || name.ends_with(NOT_CREATED) {
        return Ok(json!({ "deleted": false }));
    }
    let associated = aws.repositories_of_template(name).await?;
    let (beyond, refused) = take_off(aws, name, &associated).await?;
    if !beyond.is_empty() {
        // A template that is on a repository cannot be deleted.
        return Err(Fault::misconfigured(by_hand(name, &beyond)));
    }
    if let Some((repository, code)) = refused
        .iter()
        .find(|(_, code)| code != "RepositoryDoesNotExistException" && !code.contains("TemplateDoesNotExist"))
    {
        return Err(Fault::misconfigured(format!(
            "the template {name} cannot be taken away from {repository}: {code}"
        )));
    }
    aws.delete_template(name).await?;
    Ok(json!({ "deleted": true, "disassociated": associated }))
}

fn same_pool(found: &str, wanted: &str) -> bool {
    let pool = |content: &str| -> Option<Value> {
        let content: Value = serde_json::from_str(content).ok()?;
        Some(content["Statements"][0]["ApprovalPoolMembers"].clone())
    };
    pool(found).is_some() && pool(found) == pool(wanted)
}
