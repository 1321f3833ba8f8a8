//! What the functions keep in the artifact bucket, and under which keys. Who may write where: `plans/` intake, judge and
//! sweeper, `evidence/` and `decisions/` the judge, `builds/` the builds. It never takes what it cannot read for what it knows.

use gated_aws::{Aws, StoredObject};
use gated_core::change::Change;
use gated_core::decision::Decision;
use gated_core::names::{RepositoryName, sha256_hex};
use gated_core::stored::{self, Unreadable};
use gated_core::verdict::{Evidence, Record};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::clock::in_days;
use crate::log::Log;
use crate::settings::GATE;
use crate::{Fault, Settings};

/// How often something is done again when others wrote what it rests on meanwhile.
pub(crate) const MOST_TRIES: u32 = 5;
/// How the keys of reports end.
const REPORT: &str = ".report.json";

/// The measurements of a revision's newest build, and the decision that it was planned under.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stored {
    pub(crate) planned: Decision,
    pub(crate) evidence: Evidence,
    /// The execution that built it; `None` where an earlier version wrote this.
    #[serde(default)]
    pub(crate) execution: Option<String>,
}

/// What the keys of every plan of one revision begin with.
pub(crate) fn plans_of(change: &Change) -> String {
    format!("plans/{}/", place(change))
}

/// Key of the name of the execution that builds a revision again.
pub(crate) fn again_key(change: &Change) -> String {
    format!("{}again.json", plans_of(change))
}

pub(crate) fn evidence_key(change: &Change) -> String {
    format!("evidence/{}.json", place(change))
}

/// Key of what was measured last for a branch.
pub(crate) fn branch_key(repository: &RepositoryName, branch: &str) -> String {
    format!("evidence/{repository}/branches/{branch}.json")
}

pub(crate) fn record_key(decision: &Decision, execution: &str) -> String {
    format!("{}{execution}.json", records_of(&decision.change))
}

/// What the keys of every decision record of one revision begin with.
pub(crate) fn records_of(change: &Change) -> String {
    format!("decisions/{}/", place(change))
}

/// What the keys of every decision record of a pull request begin with.
pub(crate) fn records_of_all(change: &Change) -> String {
    format!("decisions/{}/pr-{}/", change.repository, change.pull_request)
}

/// Whether an object beside decision records is one.
pub fn is_record(key: &str) -> bool {
    key.ends_with(".json") && !key.ends_with(REPORT)
}

/// Key of the report of a decision record, and of its page.
pub(crate) fn report_keys(record: &str) -> [String; 2] {
    let stem = record.strip_suffix(".json").unwrap_or(record);
    [format!("{stem}{REPORT}"), format!("{stem}.html")]
}

/// What the keys of the earlier gate runs begin with: of the pull request, and of the pull requests into its branch. The
/// branch is in it by its hash, since a branch's name may hold anything.
pub(crate) fn history_prefixes(change: &Change) -> [String; 2] {
    let branch = &sha256_hex(change.destination_reference.as_bytes())[..16];
    [
        format!("decisions/{}/history/pr-{}/", change.repository, change.pull_request),
        format!("decisions/{}/history/branch-{branch}/", change.repository),
    ]
}

/// Key of something that a build left: CodeBuild's layout for `namespaceType: BUILD_ID` and `packaging: NONE`, under the ARN
/// of its project, below which no other project's build may write. `build` is the build's ARN.
pub(crate) fn artifact_key(build: &str, file: &str) -> String {
    let (project, uuid) = build.rsplit_once(':').unwrap_or((build, ""));
    format!("builds/{}/{uuid}/gated/{file}", project.replacen(":build/", ":project/", 1))
}

fn place(change: &Change) -> String {
    format!("{}/pr-{}/{}", change.repository, change.pull_request, change.revision)
}

/// What lies under a key of measurements.
pub(crate) struct Found<T> {
    /// `None` when this version cannot read it.
    pub(crate) value: Option<T>,
    /// By which [`write_over`] knows it again.
    etag: String,
}

/// Measurements are a help that can be made anew: what another version of the gate wrote keeps nobody from an answer. The log
/// says so, and the caller does as if nothing had been measured.
pub(crate) async fn look<T: DeserializeOwned>(
    aws: &Aws,
    settings: &Settings,
    log: &Log,
    key: &str,
) -> Result<Option<Found<T>>, Fault> {
    let Some((bytes, etag)) = aws.get_object_and_etag(&settings.artifact_bucket, key).await? else { return Ok(None) };
    let value = serde_json::from_slice(&bytes);
    if let Err(error) = &value {
        log.error("cannot be read, and counts as not measured", json!({"key": key, "cause": error.to_string()}));
    }
    Ok(Some(Found { value: value.ok(), etag }))
}

/// What was measured last of a revision; `None` when nothing was that this version can read.
pub(crate) async fn measured(
    aws: &Aws,
    settings: &Settings,
    log: &Log,
    change: &Change,
) -> Result<Option<Stored>, Fault> {
    Ok(look(aws, settings, log, &evidence_key(change)).await?.and_then(|found| found.value))
}

/// Writes what follows from what was found, if that is still what lies there; answers whether it did.
pub(crate) async fn write_over<F, T: Serialize>(
    aws: &Aws,
    settings: &Settings,
    key: &str,
    found: Option<&Found<F>>,
    value: &T,
) -> Result<bool, Fault> {
    let etag = found.map(|found| found.etag.as_str());
    Ok(aws.put_object_over(&settings.artifact_bucket, key, etag, &text(value)?).await?)
}

/// A plan, which nothing can stand in for.
pub(crate) async fn read<T: DeserializeOwned>(aws: &Aws, settings: &Settings, key: &str) -> Result<Option<T>, Fault> {
    let Some(bytes) = aws.get_object(&settings.artifact_bucket, key).await? else { return Ok(None) };
    Ok(Some(serde_json::from_slice(&bytes).map_err(|error| unreadable(key, &error))?))
}

/// A fault of the deployment's, not of a forger: versions of the gate write what others cannot read.
pub(crate) fn unreadable(key: &str, error: &serde_json::Error) -> Fault {
    Fault::misconfigured(format!(
        "{key} is not what gated {GATE} writes there ({error}): another version did. `gated rerun` of its pull request \
         writes it anew"
    ))
}

pub(crate) async fn read_record(aws: &Aws, settings: &Settings, key: &str) -> Result<Record, Fault> {
    if !key.starts_with("decisions/") {
        return Err(Fault::forged(format!("{key:?} is no decision record's key")));
    }
    record_at(aws, &settings.artifact_bucket, key).await
}

/// The decision record of a key, of this or of an earlier version.
///
/// # Errors
/// When there is none or it cannot be read, or AWS refuses or cannot be reached.
pub async fn record_at(aws: &Aws, bucket: &str, key: &str) -> Result<Record, Fault> {
    stored::record(&bytes_at(aws, bucket, key).await?).map_err(|error| not_read(key, &error))
}

/// Why a decision record cannot be read, with its key.
pub(crate) fn not_read(key: &str, error: &Unreadable) -> Fault {
    Fault::misconfigured(format!("{key}: {error}"))
}

async fn bytes_at(aws: &Aws, bucket: &str, key: &str) -> Result<Vec<u8>, Fault> {
    let bytes = aws.get_object(bucket, key).await?;
    bytes.ok_or_else(|| Fault::misconfigured(format!("there is no decision record {key:?}")))
}

/// The newest of the decision records among these objects, or why this version cannot read it. S3 tells whole seconds: what
/// was written within one is told apart by what it says.
///
/// # Errors
/// When AWS refuses or cannot be reached.
pub(crate) async fn newest(
    aws: &Aws,
    bucket: &str,
    objects: Vec<StoredObject>,
) -> Result<Option<(String, Result<Record, Unreadable>)>, Fault> {
    let records: Vec<StoredObject> = objects.into_iter().filter(|object| is_record(&object.key)).collect();
    let last = records.iter().map(|object| object.modified.clone()).max();
    let mut newest = None;
    for object in records.into_iter().filter(|object| Some(&object.modified) == last.as_ref()) {
        let record = stored::record(&bytes_at(aws, bucket, &object.key).await?);
        let age = |record: &Result<Record, Unreadable>| {
            record.as_ref().ok().map(|record| (record.written_at.clone(), record.attempt))
        };
        if newest.as_ref().is_none_or(|(_, other)| age(&record) >= age(other)) {
            newest = Some((object.key, record));
        }
    }
    Ok(newest)
}

/// Keeps a plan, and answers its key: what a build runs under is never replaced. Plans of one hash may differ, for it does not
/// cover the destination's tip, and an event may come again after that has moved.
pub(crate) async fn keep_plan(aws: &Aws, settings: &Settings, decision: &Decision) -> Result<String, Fault> {
    let bytes = text(decision)?;
    let key = format!("{}{}-{}.json", plans_of(&decision.change), decision.hash, &sha256_hex(&bytes)[..16]);
    aws.put_object(&settings.artifact_bucket, &key, &bytes).await?;
    Ok(key)
}

pub(crate) async fn read_plan(aws: &Aws, settings: &Settings, key: &str) -> Result<Decision, Fault> {
    if !key.starts_with("plans/") {
        return Err(Fault::forged(format!("{key:?} is no plan's key")));
    }
    let plan = read(aws, settings, key).await?;
    plan.ok_or_else(|| Fault::misconfigured(format!("there is no plan {key:?}")))
}

pub(crate) async fn write<T: Serialize>(aws: &Aws, settings: &Settings, key: &str, value: &T) -> Result<(), Fault> {
    Ok(aws.put_object(&settings.artifact_bucket, key, &text(value)?).await?)
}

/// Writes a decision record: the only thing that is kept for good, and locked where the deployment says so.
pub(crate) async fn write_record(aws: &Aws, settings: &Settings, key: &str, record: &Record) -> Result<(), Fault> {
    let (bucket, bytes) = (&settings.artifact_bucket, text(record)?);
    match settings.lock_days {
        Some(days) => Ok(aws.put_locked_object(bucket, key, &bytes, &in_days(days)).await?),
        None => Ok(aws.put_object(bucket, key, &bytes).await?),
    }
}

fn text<T: Serialize>(value: &T) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|error| Fault::misconfigured(error.to_string()))
}
