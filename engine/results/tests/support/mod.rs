//! A decision with the stages and reports that a test names, and a record of the files that its build left. Measures nothing.

use std::collections::{BTreeMap, BTreeSet};

use gated_core::change::Change;
use gated_core::decision::{Action, Decision, PlannedCoverage, PlannedEnvironment, PlannedStage, StageAction, VERSION};
use gated_core::matching::Globs;
use gated_core::measured::{Measured, ReportFile, StageRecord};
use gated_core::names::{CommitId, PolicyName, PullRequestId, RepositoryName, RevisionId};
use gated_core::policy::{Compute, Mode, PathTarget, Report, ReportFormat};
use gated_core::units::{Percent, Seconds};
use gated_results::{Input, NewLines, measure};

/// When the first stage of every test's build began.
pub(crate) const BEGAN: u64 = 1_000;

/// A build with one stage `test` and the files of its first report.
pub(crate) struct Build {
    pub(crate) decision: Decision,
    pub(crate) record: StageRecord,
    pub(crate) contents: BTreeMap<String, Vec<u8>>,
    pub(crate) changed: Option<BTreeMap<String, NewLines>>,
    pub(crate) tree: Option<BTreeSet<String>>,
    pub(crate) checkout: Option<&'static str>,
    pub(crate) lengths: BTreeMap<String, u32>,
    pub(crate) steps: Option<u64>,
}

impl Build {
    /// A stage `test` that must write one report of `format` at `out/*`.
    pub(crate) fn new(format: ReportFormat) -> Self {
        let decision = decision(vec![stage("test", vec![report(format, None)])]);
        let record = StageRecord {
            version: StageRecord::VERSION,
            build: "gated-demo-pr-1:0".to_owned(),
            setup: None,
            stages: Vec::new(),
            reports: Vec::new(),
            began: BEGAN,
            image: None,
        };
        Self {
            decision,
            record,
            contents: BTreeMap::new(),
            changed: None,
            tree: None,
            checkout: None,
            lengths: BTreeMap::new(),
            steps: None,
        }
    }

    pub(crate) fn file(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let stored = format!("reports/{:04}", self.record.reports.len());
        self.record.reports.push(ReportFile {
            stage: PolicyName::new("test").unwrap(),
            report: 0,
            path: path.to_owned(),
            stored: stored.clone(),
            size: content.as_ref().len() as u64,
            modified: BEGAN,
            stale: Some(false),
            tracked: false,
        });
        self.contents.insert(stored, content.as_ref().to_vec());
        self
    }

    /// Changes what the record says of the last file.
    pub(crate) fn told(mut self, change: impl FnOnce(&mut ReportFile)) -> Self {
        change(self.record.reports.last_mut().unwrap());
        self
    }

    pub(crate) fn root(mut self, root: &str) -> Self {
        self.decision.stages[0].reports[0].root = Some(root.to_owned());
        self
    }

    pub(crate) fn dir(mut self, dir: &str) -> Self {
        self.decision.stages[0].dir = dir.to_owned();
        self
    }

    pub(crate) fn tree<P: ToString>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.tree = Some(paths.into_iter().map(|path| path.to_string()).collect());
        self
    }

    /// How much may be looked up.
    pub(crate) fn steps(mut self, steps: u64) -> Self {
        self.steps = Some(steps);
        self
    }

    /// Demands 95 percent of the lines of each of these globs.
    pub(crate) fn targets(self, globs: &[&str]) -> Self {
        let mut build = if self.decision.coverage.is_some() { self } else { self.exclude(&[]) };
        let target = |glob: &&str| PathTarget {
            files: Globs::new(vec![(*glob).to_owned()]).unwrap(),
            line: Some(Percent::parse("95").unwrap()),
            branch: None,
        };
        build.decision.coverage.as_mut().unwrap().paths = globs.iter().map(target).collect();
        build
    }

    pub(crate) fn checkout(mut self, path: &'static str) -> Self {
        self.checkout = Some(path);
        self
    }

    pub(crate) fn lengths(mut self, lengths: &[(&str, u32)]) -> Self {
        self.lengths = lengths.iter().map(|(path, length)| ((*path).to_owned(), *length)).collect();
        self
    }

    pub(crate) fn changed(mut self, path: &str, lines: &[u32]) -> Self {
        self.changed.get_or_insert_default().insert(path.to_owned(), NewLines::Some(lines.to_vec()));
        self
    }

    pub(crate) fn exclude(mut self, lists: &[&[&str]]) -> Self {
        let globs = |list: &&[&str]| Globs::new(list.iter().map(|glob| (*glob).to_owned()).collect()).unwrap();
        self.decision.coverage = Some(PlannedCoverage {
            action: StageAction::Run,
            reason: String::new(),
            line: None,
            branch: None,
            patch: None,
            min_patch_lines: 0,
            exclude: lists.iter().map(globs).collect(),
            paths: Vec::new(),
        });
        self
    }

    pub(crate) fn measure(&self) -> Measured {
        let files = |file: &ReportFile| self.contents.get(&file.stored).cloned().ok_or("no such object".to_owned());
        let mut input = Input::new(&self.decision, &self.record, &files);
        input.changed_lines = self.changed.as_ref();
        input.tree = self.tree.as_ref();
        input.checkout = self.checkout;
        input.steps = self.steps.unwrap_or(input.steps);
        let (mut measured, reach) = measure(&input);
        reach.note(&self.lengths, &mut measured);
        measured
    }

    /// The faults of the only report.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.measure().reports.remove(0).faults
    }
}

pub(crate) fn report(format: ReportFormat, root: Option<&str>) -> Report {
    Report { format, files: Globs::new(vec!["out/*".to_owned()]).unwrap(), root: root.map(str::to_owned) }
}

pub(crate) fn stage(name: &str, reports: Vec<Report>) -> PlannedStage {
    PlannedStage {
        name: PolicyName::new(name).unwrap(),
        action: StageAction::Run,
        required: true,
        reason: String::new(),
        run: Vec::new(),
        dir: ".".to_owned(),
        timeout: None,
        retry: 0,
        min_duration: None,
        reports,
    }
}

pub(crate) fn decision(stages: Vec<PlannedStage>) -> Decision {
    Decision {
        version: VERSION,
        gate: "0".to_owned(),
        hash: "0".repeat(64),
        change: Change {
            repository: RepositoryName::new("demo").unwrap(),
            pull_request: PullRequestId::new("1").unwrap(),
            revision: RevisionId::new("a".repeat(64)).unwrap(),
            source_reference: "refs/heads/feature".to_owned(),
            destination_reference: "refs/heads/main".to_owned(),
            source_commit: CommitId::new("a".repeat(40)).unwrap(),
            destination_commit: CommitId::new("b".repeat(40)).unwrap(),
            merge_base: CommitId::new("b".repeat(40)).unwrap(),
        },
        title: String::new(),
        author: String::new(),
        approvals: Vec::new(),
        overridden_by: None,
        mode: Mode::Enforce,
        action: Action::Build,
        reasons: Vec::new(),
        problems: Vec::new(),
        layers: Vec::new(),
        delta: Vec::new(),
        adoption: None,
        owners: None,
        environment: PlannedEnvironment {
            image: String::new(),
            compute: Compute::Small,
            timeout: Seconds(60),
            profile: None,
            privileged: false,
            variables: Vec::new(),
            parameters: Vec::new(),
            secrets: Vec::new(),
            runtimes: Vec::new(),
            cache: Vec::new(),
        },
        setup: Vec::new(),
        fail_fast: false,
        stages,
        container: None,
        coverage: None,
        skips: Vec::new(),
    }
}

/// `covered/total` of each file, by path.
pub(crate) fn lines(measured: &Measured) -> Vec<String> {
    let files = measured.coverage.iter().flat_map(|coverage| &coverage.files);
    files.map(|file| format!("{} {}/{}", file.path, file.lines.covered, file.lines.total)).collect()
}

/// A file of `tests/fixtures`.
#[allow(clippy::disallowed_methods)] // the fixtures are files
pub(crate) fn fixture(path: &str) -> Vec<u8> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    std::fs::read(format!("{root}/{path}")).unwrap_or_else(|error| panic!("{path}: {error}"))
}
