//! A buildspec's `env`, `runtime-versions` and `cache` as a policy's `environment`.

use gated_policy::{FileKind, Node};

use super::super::yaml::scalar;
use super::{Carried, entries, items, text};

/// `env`: variables of three kinds; the rest has no counterpart.
pub(super) fn env(env: &Node, carried: &mut Carried) {
    for part in entries(env) {
        let key = part.key.text.as_str();
        match key {
            "variables" => pairs("variables", &part.value, carried),
            "parameter-store" => pairs("parameters", &part.value, carried),
            "secrets-manager" => pairs("secrets", &part.value, carried),
            "shell" if text(&part.value) == Some("bash") => {}
            "shell" => carried.lose("env.shell", "commands run in bash"),
            "exported-variables" => carried.lose("env.exported-variables", "no pipeline reads a gate's variables"),
            other => carried.lose(&format!("env.{other}"), "no counterpart"),
        }
    }
}

fn pairs(kind: &'static str, map: &Node, carried: &mut Carried) {
    let mut lines = Vec::new();
    for entry in entries(map) {
        let (name, value) = (&entry.key.text, text(&entry.value).unwrap_or_default());
        match refusal(kind, name, value) {
            Some(why) => carried.lose(&format!("{kind} {name}"), &why),
            None => lines.push(format!("{name}: {}", scalar(value))),
        }
    }
    carried.environment.push((kind, lines));
}

/// Why a policy cannot have a variable, in the linter's own words.
fn refusal(kind: &str, name: &str, value: &str) -> Option<String> {
    let text =
        format!("version: 1\nenvironment: {{{kind}: {{{}: {}}}}}\nstages: {{a: b}}\n", scalar(name), scalar(value));
    let faults = gated_policy::lint(text.as_bytes(), FileKind::Policy, None);
    faults.into_iter().find(|told| told.severity == gated_policy::Severity::Error).map(|told| told.message)
}

/// `runtime-versions`.
pub(super) fn runtimes(map: &Node, carried: &mut Carried) {
    let lines = entries(map).iter().filter_map(|e| Some(format!("{}: {}", e.key.text, version(text(&e.value)?))));
    let lines: Vec<String> = lines.collect();
    carried.environment.push(("runtimes", lines));
}

/// A version stays as it was written: 3.10 is no number here.
fn version(text: &str) -> String {
    if text.chars().all(|c| c.is_ascii_digit() || c == '.') { text.to_owned() } else { scalar(text) }
}

/// `cache`: its folders; a policy keeps whole folders.
pub(super) fn cache(cache: &Node, carried: &mut Carried) {
    for part in entries(cache) {
        match part.key.text.as_str() {
            "paths" => {
                let folders = items(&part.value).iter().filter_map(text).map(|path| {
                    let folder = path.trim_end_matches("/*").trim_end_matches("/**").trim_end_matches('/');
                    format!("- {}", scalar(folder))
                });
                let folders = folders.collect();
                carried.environment.push(("cache", folders));
            }
            other => carried.lose(&format!("cache.{other}"), "no counterpart"),
        }
    }
}
