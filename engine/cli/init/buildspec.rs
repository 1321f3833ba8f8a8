//! A CodeBuild buildspec (reference: docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html) as a policy. What
//! a gate has no counterpart for is lost, and every loss is named.

mod environment;
mod reports;

use anyhow::bail;
use gated_policy::{Entry, Kind, Node, compose};

use super::Draft;
use super::yaml::item;

/// What was read so far, and what could not be kept.
#[derive(Default)]
struct Carried {
    setup: Vec<String>,
    stages: Vec<(&'static str, Vec<String>)>,
    reports: Vec<String>,
    environment: Vec<(&'static str, Vec<String>)>,
    losses: Vec<String>,
}

impl Carried {
    fn lose(&mut self, what: &str, why: &str) {
        self.losses.push(format!("lost: {what}: {why}"));
    }
}

/// The policy that does what a buildspec does.
///
/// # Errors
/// When the file is no YAML mapping, or has no commands to run.
pub(super) fn carried_over(path: &str, bytes: &[u8]) -> anyhow::Result<Draft> {
    let composed = compose(bytes);
    if let Some(fault) = composed.diagnostics.first() {
        bail!("{path}:{}:{}: {}", fault.span.line, fault.span.column, fault.message);
    }
    let Some(document) = composed.document else { bail!("{path} is empty") };
    let mut carried = Carried::default();
    for entry in entries(&document.root) {
        let (key, value) = (entry.key.text.as_str(), &entry.value);
        match key {
            "version" => {}
            "phases" => phases(value, &mut carried),
            "env" => environment::env(value, &mut carried),
            "reports" => reports::reports(value, &mut carried),
            "cache" => environment::cache(value, &mut carried),
            "artifacts" => carried.lose("artifacts", "a gate publishes nothing"),
            "batch" => carried.lose("batch", "a pull request is built once, stage by stage"),
            "proxy" => carried.lose("proxy", "a build profile of the organisation's floor can set it"),
            "run-as" => carried.lose("run-as", "commands run as the image's user"),
            other => carried.lose(other, "no counterpart"),
        }
    }
    if carried.stages.is_empty() && !carried.setup.is_empty() {
        carried.stages.push(("build", std::mem::take(&mut carried.setup)));
    }
    if carried.stages.is_empty() {
        let why: String = carried.losses.iter().map(|loss| format!("\n{loss}")).collect();
        bail!("{path} has no commands that a policy can run{why}");
    }
    Ok(Draft { body: body(path, &carried), notes: carried.losses })
}

fn phases(phases: &Node, carried: &mut Carried) {
    for phase in entries(phases) {
        let name = phase.key.text.as_str();
        for part in entries(&phase.value) {
            match part.key.text.as_str() {
                "commands" => {
                    let commands = commands(&part.value, &format!("phases.{name}.commands"), carried);
                    match name {
                        "install" | "pre_build" => carried.setup.extend(commands),
                        "build" if !commands.is_empty() => carried.stages.push(("build", commands)),
                        "post_build" if !commands.is_empty() => carried.stages.push(("post-build", commands)),
                        "build" | "post_build" => {}
                        other => carried.lose(&format!("phases.{other}"), "CodeBuild has no such phase"),
                    }
                }
                "runtime-versions" => environment::runtimes(&part.value, carried),
                "finally" => carried.lose(&format!("phases.{name}.finally"), "what is built is thrown away afterwards"),
                "on-failure" => {
                    carried.lose(
                        &format!("phases.{name}.on-failure"),
                        "every stage runs; `gate: {fail-fast: true}` stops at the first failure",
                    );
                }
                other => carried.lose(&format!("phases.{name}.{other}"), "no counterpart"),
            }
        }
    }
}

fn commands(list: &Node, place: &str, carried: &mut Carried) -> Vec<String> {
    let mut commands = Vec::new();
    for (at, one) in items(list).iter().enumerate() {
        match text(one) {
            Some(command) => commands.push(command.to_owned()),
            None => carried.lose(&format!("{place}[{at}]"), "not text: a colon in it needs quotes, for CodeBuild too"),
        }
    }
    commands
}

fn body(path: &str, carried: &Carried) -> String {
    let mut out = format!("# Carried over from {path}.\n");
    out.extend(carried.losses.iter().map(|loss| format!("# {loss}\n")));
    out += "version: 1\n";
    let written: Vec<_> = carried.environment.iter().filter(|(_, lines)| !lines.is_empty()).collect();
    if !written.is_empty() {
        out += "\nenvironment:\n";
        for (key, lines) in written {
            out += &format!("  {key}:\n");
            out.extend(lines.iter().map(|line| format!("    {line}\n")));
        }
    }
    if !carried.setup.is_empty() {
        out += "\n# The phases install and pre_build: when one fails, no stage runs.\nsetup:\n";
        out.extend(carried.setup.iter().map(|command| item(command, 2)));
    }
    out += "\n# Each stage runs in a shell of its own and says by itself whether it passed.\nstages:\n";
    for (at, (name, commands)) in carried.stages.iter().enumerate() {
        out += &format!("  {name}:\n    run:\n");
        out.extend(commands.iter().map(|command| item(command, 6)));
        if at == 0 && !carried.reports.is_empty() {
            out += "    reports:\n";
            out.extend(carried.reports.iter().map(|report| format!("      - {report}\n")));
        }
    }
    out
}

/// The entries of a mapping; none for anything else.
fn entries(node: &Node) -> &[Entry] {
    match &node.kind {
        Kind::Map(entries) => entries,
        Kind::Scalar(_) | Kind::List(_) | Kind::Fault => &[],
    }
}

/// The items of a list; one for a value by itself.
fn items(node: &Node) -> &[Node] {
    match &node.kind {
        Kind::List(items) => items,
        Kind::Scalar(_) | Kind::Map(_) | Kind::Fault => std::slice::from_ref(node),
    }
}

fn text(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar(scalar) => Some(&scalar.text),
        Kind::List(_) | Kind::Map(_) | Kind::Fault => None,
    }
}
