//! What `gated run` says at its end, for people and as JSON. It shows a verdict and makes none.

use std::fmt::Write as _;

use gated_core::decision::{Action, Decision, StageAction};
use gated_core::report::PolicyText;
use gated_core::verdict::{Evidence, Record, Verdict, VerdictKind};
use serde_json::json;

use crate::screen;

/// A finished run.
pub(super) struct Report {
    /// In a line: what was run.
    pub(super) built: String,
    /// What the gate would run and this run did not.
    pub(super) left_out: Vec<String>,
    pub(super) decision: Decision,
    pub(super) evidence: Option<Evidence>,
    pub(super) verdict: Verdict,
    /// The policies as they were read.
    pub(super) policies: Vec<PolicyText>,
    /// When the run ended: RFC 3339, UTC.
    pub(super) written_at: String,
}

impl Report {
    /// The gate's comment for a terminal, with the words of somebody who has no vote.
    pub(super) fn human(&self) -> String {
        let (sign, words) = gated_render::rehearsal(self.verdict.kind, !self.left_out.is_empty());
        let heading = format!("{sign} {words}: {}", self.verdict.headline.replace(char::is_control, " "));
        let kind = Some(self.verdict.kind).filter(|kind| self.left_out.is_empty() || *kind != VerdictKind::Pass);
        let mut text = screen::judged(&format!("{heading}\n{}\n", "═".repeat(heading.chars().count())), kind);
        if !self.left_out.is_empty() {
            let _ = writeln!(text, "\nnot run: {}", self.left_out.join(", "));
        }
        let comment = gated_render::whole_comment(&self.gates());
        // Its first line is the heading; behind its last rule stands what only a real pull request has.
        let body = comment.split_once('\n').map_or("", |(_, body)| body);
        let body = body.rsplit_once("\n---\n").map_or(body, |(body, _)| body);
        text.push('\n');
        text.push_str(gated_render::terminal(body).trim());
        text.push('\n');
        text
    }

    /// The gate's page.
    pub(super) fn page(&self) -> String {
        gated_render::rehearsal_page(&self.gates(), &self.left_out)
    }

    /// The report as the gate would write it.
    fn gates(&self) -> gated_core::report::Report {
        let record = Record {
            version: gated_core::stored::RECORD,
            decision: self.decision.clone(),
            evidence: self.evidence.clone(),
            verdict: self.verdict.clone(),
            built_under: None,
            attempt: 1,
            requested_by: None,
            written_at: self.written_at.clone(),
        };
        let mut report = gated_core::report::Report::new(record);
        report.policies.clone_from(&self.policies);
        report
    }

    /// One document: the verdict, what was run, decision and evidence as in the gate's record. Of a part that passed, the
    /// verdict's kind is `part`: whoever reads that alone must not find a pass.
    pub(super) fn json(&self) -> serde_json::Result<String> {
        let mut verdict = serde_json::to_value(&self.verdict)?;
        if !self.left_out.is_empty() && self.verdict.kind == VerdictKind::Pass {
            verdict["kind"] = json!("part");
            verdict["headline"] = json!(format!("only a part was run, which is not a pass: {}", self.verdict.headline));
        }
        serde_json::to_string_pretty(&json!({
            "version": 1,
            "verdict": verdict,
            "part": !self.left_out.is_empty(),
            "leftOut": self.left_out,
            "built": self.built,
            "decision": self.decision,
            "evidence": self.evidence,
        }))
    }
}

/// `--list`: every stage, what the gate would do with it, and why.
pub(super) fn list(decision: &Decision) -> String {
    let mut text = String::new();
    let width = decision.stages.iter().map(|stage| stage.name.as_str().len()).max().unwrap_or(0);
    for stage in &decision.stages {
        let _ = writeln!(text, "{:width$}  {:14}  {}", stage.name.as_str(), word(stage.action), stage.reason);
    }
    if decision.action != Action::Build {
        let _ = writeln!(text, "nothing is run: {}", decision.reasons.join("; "));
    }
    text
}

/// The same as one document.
pub(super) fn list_json(decision: &Decision) -> serde_json::Result<String> {
    let stages = decision.stages.iter().map(
        |stage| json!({"name": stage.name, "action": stage.action, "required": stage.required, "reason": stage.reason}),
    );
    document(decision, json!({"stages": stages.collect::<Vec<_>>()}))
}

/// `--dry-run` as one document.
pub(super) fn dry_run_json(decision: &Decision) -> serde_json::Result<String> {
    let stages = decision.running().map(|stage| json!({"name": stage.name, "dir": stage.dir, "run": stage.run}));
    document(decision, json!({"setup": decision.setup, "stages": stages.collect::<Vec<_>>()}))
}

fn document(decision: &Decision, mut what: serde_json::Value) -> serde_json::Result<String> {
    what["version"] = json!(1);
    what["action"] = json!(decision.action);
    what["reasons"] = json!(decision.reasons);
    Ok(serde_json::to_string_pretty(&what)? + "\n")
}

/// `--dry-run`: the commands, in their order.
pub(super) fn dry_run(decision: &Decision) -> String {
    if decision.action != Action::Build {
        return format!("nothing is run: {}\n", decision.reasons.join("; "));
    }
    let mut text = String::new();
    let mut stage = |name: &str, dir: &str, commands: &[String]| {
        let place = if dir.is_empty() || dir == "." { String::new() } else { format!(" (in {dir})") };
        let _ = writeln!(text, "{name}{place}");
        for line in commands.iter().flat_map(|command| command.lines()) {
            let _ = writeln!(text, "  {line}");
        }
    };
    if !decision.setup.is_empty() {
        stage("setup", "", &decision.setup);
    }
    for planned in decision.running() {
        stage(planned.name.as_str(), &planned.dir, &planned.run);
    }
    let _ = writeln!(text, "{}", super::environment::differences(decision));
    text
}

fn word(action: StageAction) -> &'static str {
    match action {
        StageAction::Run => "run",
        StageAction::Skip => "skipped",
        StageAction::NotApplicable => "not applicable",
    }
}
