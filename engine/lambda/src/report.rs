//! What is kept beside a decision record for people: the report, its page, and a line for the gate runs that come after. No
//! vote rests on any of it.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use gated_aws::Aws;
use gated_core::change::Change;
use gated_core::decision::Decision;
use gated_core::names::execution_name;
use gated_core::report::{Links, PolicyText, Report, Summary};
use gated_core::stored;
use gated_core::verdict::Record;

use crate::clock::milliseconds;
use crate::console::{self, Console};
use crate::log::Log;
use crate::{Fault, Settings, records};

/// Most earlier gate runs that a report tells of.
const MOST_RUNS: usize = 30;
/// How many of the newest lists are read: so many gates of one branch may end at the same moment without missing another.
const LISTS: usize = 4;

/// What was kept of a gate run.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Key of its decision record.
    pub key: String,
    /// Its report; of the record alone when nothing else was kept.
    pub report: Report,
}

impl Kept {
    /// Its page, as it was written then; `None` when none was.
    ///
    /// # Errors
    /// When AWS refuses or cannot be reached.
    pub async fn page(&self, aws: &Aws, bucket: &str) -> Result<Option<Vec<u8>>, Fault> {
        let [_, key] = records::report_keys(&self.key);
        Ok(aws.get_object(bucket, &key).await?)
    }
}

/// The newest gate run of a pull request: of its revision now, or of an earlier one while there is none yet; `None` when
/// none has ended.
///
/// # Errors
/// When what is kept cannot be read, or AWS refuses or cannot be reached.
pub async fn newest(aws: &Aws, bucket: &str, change: &Change) -> Result<Option<Kept>, Fault> {
    let now = records::records_of(change);
    let objects = aws.list_objects(bucket, &records::records_of_all(change)).await?;
    let (of_now, before): (Vec<_>, Vec<_>) = objects.into_iter().partition(|object| object.key.starts_with(&now));
    let found = match records::newest(aws, bucket, of_now).await? {
        Some(found) => Some(found),
        None => records::newest(aws, bucket, before).await?,
    };
    let Some((key, record)) = found else { return Ok(None) };
    let record = record.map_err(|error| records::not_read(&key, &error))?;
    let [report_key, _] = records::report_keys(&key);
    let report = match aws.get_object(bucket, &report_key).await? {
        Some(bytes) => {
            stored::report(&bytes).map_err(|error| Fault::misconfigured(format!("{report_key}: {error}")))?
        }
        None => Report::new(record),
    };
    Ok(Some(Kept { report, key }))
}

/// The decision that an execution runs, when it was kept: executions bear the beginning of its hash.
///
/// # Errors
/// When it cannot be read, or AWS refuses or cannot be reached.
pub async fn planned(aws: &Aws, bucket: &str, change: &Change, execution: &str) -> Result<Option<Decision>, Fault> {
    let begin = execution_name(&change.pull_request, &change.revision, "", 0);
    let begin = begin.trim_end_matches("-0").trim_end_matches('-');
    let hash = execution.strip_prefix(begin).and_then(|rest| rest.split('-').nth(1)).unwrap_or_default();
    if hash.is_empty() {
        return Ok(None);
    }
    let prefix = format!("{}{hash}", records::plans_of(change));
    let Some(object) = aws.first_objects(bucket, &prefix, 1).await?.into_iter().next() else { return Ok(None) };
    let bytes = aws.get_object(bucket, &object.key).await?.unwrap_or_default();
    let plan = serde_json::from_slice(&bytes).map_err(|error| records::unreadable(&object.key, &error))?;
    Ok(Some(plan))
}

/// Keeps report and page of a record that was just written.
pub(crate) async fn keep(
    aws: &Aws,
    settings: &Settings,
    log: &Log,
    record: Record,
    policies: Vec<PolicyText>,
    key: &str,
    execution: &str,
) -> Result<(), Fault> {
    let [report_key, page_key] = records::report_keys(key);
    let [of_pull_request, of_branch] = records::history_prefixes(&record.decision.change);
    let summary = Summary::of(&record, execution);
    let (history, trend, path) = tokio::try_join!(
        earlier(aws, settings, log, &of_pull_request, execution),
        earlier(aws, settings, log, &of_branch, execution),
        async { aws.path(&settings.state_machine_arn, execution).await.map_err(Fault::from) },
    )?;
    let bare = Report::new(record);
    let links = Links { log: bare.links.log.clone(), ..links(aws, settings, &page_key, execution) };
    let report = Report { links, policies, path, history, trend, ..bare };
    let page = gated_render::page(&report);
    tokio::try_join!(
        records::write(aws, settings, &report_key, &report),
        async { aws.put_object(&settings.artifact_bucket, &page_key, page.as_bytes()).await.map_err(Fault::from) },
        add(aws, settings, &of_pull_request, &summary, &report.history),
        add(aws, settings, &of_branch, &summary, &report.trend),
    )?;
    Ok(())
}

/// The report of a record, as it was kept; one of the record alone when there is none. What it says of the record itself is
/// never believed.
pub(crate) async fn of(aws: &Aws, settings: &Settings, key: &str, record: Record) -> Result<Report, Fault> {
    let [report_key, _] = records::report_keys(key);
    let kept = aws.get_object(&settings.artifact_bucket, &report_key).await?;
    Ok(match kept.map(|bytes| stored::report(&bytes)) {
        Some(Ok(report)) => Report { record, ..report },
        Some(Err(_)) | None => Report::new(record),
    })
}

/// Earlier gate runs, newest first, without the execution's own.
async fn earlier(
    aws: &Aws,
    settings: &Settings,
    log: &Log,
    prefix: &str,
    execution: &str,
) -> Result<Vec<Summary>, Fault> {
    let lists = aws.first_objects(&settings.artifact_bucket, prefix, LISTS).await?;
    let lists = lists.iter().map(|object| records::look::<Vec<Summary>>(aws, settings, log, &object.key));
    let lists = try_join_all(lists).await?.into_iter().flatten().filter_map(|found| found.value);
    let mut runs: Vec<Summary> = lists.flatten().collect();
    runs.sort_by(|a, b| b.written_at.cmp(&a.written_at));
    let mut seen = BTreeSet::from([execution.to_owned()]);
    runs.retain(|run| seen.insert(run.execution.clone()));
    runs.truncate(MOST_RUNS);
    Ok(runs)
}

/// Adds a line in a new list, which sorts before the older ones.
async fn add(
    aws: &Aws,
    settings: &Settings,
    prefix: &str,
    summary: &Summary,
    earlier: &[Summary],
) -> Result<(), Fault> {
    let runs: Vec<&Summary> = std::iter::once(summary).chain(earlier).take(MOST_RUNS).collect();
    let key =
        format!("{prefix}{:013}-{}.json", 9_999_999_999_999_u64.saturating_sub(milliseconds()), summary.execution);
    records::write(aws, settings, &key, &runs).await
}

/// Addresses for a browser: of the endpoint that is called when it is not AWS's own, else of the console.
fn links(aws: &Aws, settings: &Settings, page_key: &str, execution: &str) -> Links {
    let bucket = &settings.artifact_bucket;
    if let Some(endpoint) = aws.endpoint_url() {
        return Links { page: Some(format!("{endpoint}/{bucket}/{page_key}")), ..Links::default() };
    }
    let page = Console::of(&settings.state_machine_arn).map(|console| console.object(bucket, page_key));
    Links { page, ..console::links(None, &settings.state_machine_arn, execution) }
}
