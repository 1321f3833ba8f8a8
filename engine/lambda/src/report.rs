//! What is kept beside a decision record for people: the report, its page, and a line for the gate runs that come after. No
//! vote rests on any of it.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use gated_aws::Aws;
use gated_core::report::{Links, PolicyText, Report, Summary};
use gated_core::stored;
use gated_core::verdict::Record;

use crate::clock::milliseconds;
use crate::console::Console;
use crate::{Fault, Settings, records};

/// Most earlier gate runs that a report tells of.
const MOST_RUNS: usize = 30;
/// How many of the newest lists are read: so many gates of one branch may end at the same moment without missing another.
const LISTS: usize = 4;

/// Keeps report and page of a record that was just written.
pub(crate) async fn keep(
    aws: &Aws,
    settings: &Settings,
    record: Record,
    policies: Vec<PolicyText>,
    key: &str,
    execution: &str,
) -> Result<(), Fault> {
    let [report_key, page_key] = records::report_keys(key);
    let [of_pull_request, of_branch] = records::history_prefixes(&record.decision.change);
    let summary = Summary::of(&record, execution);
    let (history, trend, path) = tokio::try_join!(
        earlier(aws, settings, &of_pull_request, execution),
        earlier(aws, settings, &of_branch, execution),
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
async fn earlier(aws: &Aws, settings: &Settings, prefix: &str, execution: &str) -> Result<Vec<Summary>, Fault> {
    let lists = aws.first_objects(&settings.artifact_bucket, prefix, LISTS).await?;
    let lists = lists.iter().map(|object| records::read::<Vec<Summary>>(aws, settings, &object.key));
    let mut runs: Vec<Summary> = try_join_all(lists).await?.into_iter().flatten().flatten().collect();
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
    let console = Console::of(&settings.state_machine_arn);
    Links {
        page: console.as_ref().map(|console| console.object(bucket, page_key)),
        execution: console.as_ref().map(|console| console.execution(&settings.state_machine_arn, execution)),
        log: None,
    }
}
