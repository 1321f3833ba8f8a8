//! Report groups: made, looked up, listed, removed. It reads no report.
//!
//! *Documented*: name, type and export of a group; a group with reports goes only with `deleteReports`. *Assumed*: the texts
//! of the errors, and that deleting a group that is not there is no error, as with projects.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::page;
use super::reports::{self, REPORTS};
use super::shape::{Field, Shape, invalid, read};
use crate::AwsError;
use crate::clock::{epoch_seconds, now_ms};
use crate::fields::Fields;
use crate::world::{Shared, World};

pub(super) const GROUPS: &str = "report_groups";
const MAX_ARNS: usize = 100; // *documented*: BatchGetReportGroups

const GROUP: &[Field] = &[
    ("name", Shape::Text),
    ("type", Shape::OneOf(&["TEST", "CODE_COVERAGE"], &[])),
    ("exportConfig", Shape::Object(&[("exportConfigType", Shape::OneOf(&["NO_EXPORT"], &["S3"]))])),
    ("tags", Shape::List(&Shape::Object(&[("key", Shape::Text), ("value", Shape::Text)]))),
];

/// A report group, by name in the table `report_groups`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Group {
    /// `TEST` or `CODE_COVERAGE`.
    kind: String,
    tags: Value,
    created_ms: u64,
}

/// Makes those of the installation that are not there.
pub(super) fn install(world: &Shared) -> Result<(), AwsError> {
    world.store.transact(|tx| {
        for (name, kind) in &world.installation.report_groups {
            if tx.get::<Group>(GROUPS, name).is_none() {
                tx.put(GROUPS, name, &Group::new(kind, json!([])));
            }
        }
        Ok(())
    })
}

/// `CreateReportGroup`
pub(super) fn create(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let fields = read("CreateReportGroup", GROUP, input)?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let (name, kind) = (text("name"), text("type"));
    if !(2..=128).contains(&name.len()) || kind.is_empty() || !fields.contains_key("exportConfig") {
        return Err(invalid("CreateReportGroup needs a name of 2 to 128 characters, a type and an exportConfig"));
    }
    let group = Group::new(kind, fields.get("tags").cloned().unwrap_or_else(|| json!([])));
    world.store.transact(|tx| {
        if tx.get::<Group>(GROUPS, name).is_some() {
            let message = format!("Report group already exists: {}", arn(world, name));
            return Err(AwsError::client("ResourceAlreadyExistsException", message));
        }
        tx.put(GROUPS, name, &group);
        Ok(())
    })?;
    Ok(json!({ "reportGroup": group.shape(world, name) }))
}

/// `BatchGetReportGroups`
pub(super) fn batch_get(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let (mut groups, mut missing) = (Vec::new(), Vec::new());
    for arn in arns("BatchGetReportGroups", "reportGroupArns", input)? {
        match find(world, &arn) {
            Some((name, group)) => groups.push(group.shape(world, &name)),
            None => missing.push(arn),
        }
    }
    Ok(json!({ "reportGroups": groups, "reportGroupsNotFound": missing }))
}

/// `ListReportGroups`: ARNs, by name, 100 a page.
pub(super) fn list(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("ListReportGroups", input)?;
    let descending = page::descending(fields.str("sortOrder")?, false)?;
    let token = fields.str("nextToken")?;
    fields.finish()?;
    let groups = world.store.scan::<Group>(GROUPS, "");
    page::answer("reportGroups", groups.iter().map(|(name, _)| arn(world, name)).collect(), descending, token)
}

/// `DeleteReportGroup`
pub(super) fn delete(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("DeleteReportGroup", input)?;
    let arn = fields.required_str("arn", "InvalidInputException")?;
    let with_reports = fields.bool("deleteReports")?.unwrap_or(false);
    fields.finish()?;
    let Some((name, _)) = find(world, &arn) else { return Ok(json!({})) };
    world.store.transact(|tx| {
        let reports = tx.scan::<Value>(REPORTS, &reports::prefix(&name));
        if !reports.is_empty() && !with_reports {
            return Err(invalid(format!("Report group has reports: {arn}")));
        }
        reports.iter().for_each(|(id, _)| tx.delete(REPORTS, id));
        tx.delete(GROUPS, &name);
        Ok(json!({}))
    })
}

/// The group of this ARN, with its name.
pub(super) fn find(world: &World, given: &str) -> Option<(String, Group)> {
    let name = given.strip_prefix(&arn(world, ""))?;
    Some((name.to_owned(), world.store.get(GROUPS, name)?))
}

/// Name and type of the group that a buildspec names: by ARN, or by a name within the project, whose group is made when it
/// is not there (*documented*).
pub(super) fn named(
    world: &World,
    written: &str,
    project: &str,
    kind: &str,
) -> Result<Option<(String, String)>, AwsError> {
    if written.starts_with("arn:") {
        return Ok(find(world, written).map(|(name, group)| (name, group.kind)));
    }
    let name = format!("{project}-{written}");
    world.store.transact(|tx| {
        if let Some(group) = tx.get::<Group>(GROUPS, &name) {
            return Ok(Some((name.clone(), group.kind)));
        }
        tx.put(GROUPS, &name, &Group::new(kind, json!([])));
        Ok(Some((name.clone(), kind.to_owned())))
    })
}

pub(super) fn arn(world: &World, name: &str) -> String {
    world.arn("codebuild", &format!("report-group/{name}"))
}

/// The ARNs of a batch.
pub(super) fn arns(operation: &str, field: &str, input: Value) -> Result<Vec<String>, AwsError> {
    let mut fields = Fields::new(operation, input)?;
    let arns = fields.strings(field)?.unwrap_or_default();
    fields.finish()?;
    match (1..=MAX_ARNS).contains(&arns.len()) {
        true => Ok(arns),
        false => Err(invalid(format!("{field} must have 1 to {MAX_ARNS} members"))),
    }
}

impl Group {
    fn new(kind: &str, tags: Value) -> Self {
        Self { kind: kind.to_owned(), tags, created_ms: now_ms() }
    }

    fn shape(&self, world: &World, name: &str) -> Value {
        json!({
            "arn": arn(world, name),
            "name": name,
            "type": self.kind,
            "exportConfig": { "exportConfigType": "NO_EXPORT" },
            "created": epoch_seconds(self.created_ms),
            "lastModified": epoch_seconds(self.created_ms),
            "tags": self.tags,
            "status": "ACTIVE",
        })
    }
}
