//! The report of one gate run: its record, and what people want to see around it. Comment and page are made from it. It
//! carries no right: the voter votes by the record alone.

use serde::{Deserialize, Serialize};

use crate::decision::LayerName;
use crate::layers::{Found, Layers, Origin, Places};
use crate::names::{CommitId, PullRequestId, RevisionId};
use crate::stored;
use crate::units::Ratio;
use crate::verdict::{Record, VerdictKind};

/// Longest policy text that a report keeps, in bytes.
const LONGEST_POLICY: usize = 64 << 10;

/// Everything that is shown of one gate run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The version of this report: 1.
    pub version: u32,
    /// What was decided, what the build left, what the gate says.
    pub record: Record,
    /// Where more is to be seen.
    pub links: Links,
    /// The policies as they were read, with their text.
    pub policies: Vec<PolicyText>,
    /// The states of the state machine that the execution entered until the verdict, in order.
    pub path: Vec<Step>,
    /// Earlier gate runs of this pull request, newest first.
    pub history: Vec<Summary>,
    /// Earlier gate runs of the pull requests into the same branch, newest first.
    pub trend: Vec<Summary>,
}

/// Where more is to be seen. Each is an address for a browser.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Links {
    /// The build's log.
    pub log: Option<String>,
    /// The report page, in the console.
    pub page: Option<String>,
    /// The execution, in the console.
    pub execution: Option<String>,
}

/// A policy's text, and where its keys stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PolicyText {
    /// Whose it is.
    pub layer: LayerName,
    /// Its file.
    pub path: String,
    /// The commit it was read at; `None` for the floor.
    pub commit: Option<CommitId>,
    /// Its text; one that is very long is cut.
    pub text: String,
    /// Line (from 1) of each key that the file names, by its dotted path; empty when it cannot be read.
    pub places: Places,
}

/// A state of the state machine that was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Its name.
    pub state: String,
    /// When it was entered, in milliseconds since the epoch.
    pub entered_ms: u64,
}

/// A gate run in a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The execution that made it.
    pub execution: String,
    /// The pull request.
    pub pull_request: PullRequestId,
    /// Its title then.
    pub title: String,
    /// Its revision.
    pub revision: RevisionId,
    /// The commit that was built.
    pub commit: CommitId,
    /// Which try it was.
    pub attempt: u32,
    /// What the gate said.
    pub verdict: VerdictKind,
    /// What decided, in a sentence.
    pub headline: String,
    /// When: RFC 3339, UTC.
    pub written_at: String,
    /// How long the build took, in milliseconds; `None` when none ran.
    pub duration_ms: Option<u64>,
    /// Lines covered; `None` when nothing was measured.
    pub lines: Option<Ratio>,
    /// Test cases that passed, and that failed; `None` when no report had any.
    pub tests: Option<[u64; 2]>,
}

impl Report {
    /// A report of a record alone.
    pub fn new(record: Record) -> Self {
        let log = record.evidence.as_ref().and_then(|evidence| evidence.outcome.log_url.clone());
        Self {
            version: stored::REPORT,
            record,
            links: Links { log, ..Links::default() },
            policies: Vec::new(),
            path: Vec::new(),
            history: Vec::new(),
            trend: Vec::new(),
        }
    }
}

impl PolicyText {
    /// The policies that are there, the floor first; `text` gives the bytes that a layer was read from.
    pub fn of_layers<'a>(layers: &Layers, text: impl Fn(LayerName) -> Option<&'a [u8]>) -> Vec<Self> {
        let Layers { floor, destination, source } = layers;
        let all = [
            (LayerName::Floor, &floor.origin, places(&floor.found)),
            (LayerName::Destination, &destination.origin, places(&destination.found)),
            (LayerName::Source, &source.origin, places(&source.found)),
        ];
        let one = |(layer, origin, places): (LayerName, &Origin, Places)| {
            Some(Self::new(layer, &origin.path, origin.commit.clone(), text(layer)?, places))
        };
        all.into_iter().filter_map(one).collect()
    }

    /// A policy's text, cut when it is very long.
    pub fn new(layer: LayerName, path: &str, commit: Option<CommitId>, bytes: &[u8], places: Places) -> Self {
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST_POLICY)]).into_owned();
        Self { layer, path: path.to_owned(), commit, text, places }
    }
}

impl Summary {
    /// The line of one record.
    pub fn of(record: &Record, execution: &str) -> Self {
        let Record { decision, evidence, verdict, attempt, written_at, .. } = record;
        let measured = evidence.as_ref().map(|evidence| &evidence.measured);
        let counts = measured.iter().flat_map(|measured| &measured.reports).filter_map(|report| report.tests.as_ref());
        let tests = counts.map(|counts| [counts.passed, counts.failed]).reduce(|a, b| [a[0] + b[0], a[1] + b[1]]);
        let lines = measured
            .and_then(|measured| measured.coverage.as_ref())
            .and_then(|coverage| coverage.files.iter().map(|file| file.lines).reduce(Ratio::plus));
        Self {
            execution: execution.to_owned(),
            pull_request: decision.change.pull_request.clone(),
            title: cut(&decision.title, 200),
            revision: decision.change.revision.clone(),
            commit: decision.change.source_commit.clone(),
            attempt: *attempt,
            verdict: verdict.kind,
            headline: cut(&verdict.headline, 300),
            written_at: written_at.clone(),
            duration_ms: evidence.as_ref().and_then(|evidence| evidence.outcome.duration_ms),
            lines,
            tests,
        }
    }
}

fn places<T>(found: &Found<T>) -> Places {
    match found {
        Found::Valid(_, places) => places.clone(),
        Found::Absent | Found::Invalid(_) => Places::new(),
    }
}

fn cut(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}
