//! A floor's `constraints`: an organisation's own JSON Schema over every repository's policy, held against it with presets
//! and defaults resolved; and the build profile and the secrets that a policy asks of the floor. Nothing is fetched: a
//! schema that refers elsewhere is a fault of the floor.

use gated_core::defaults::filled;
use gated_core::layers::Problem;
use gated_core::policy::{Floor, Policy};
use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::guess::listed;
use crate::place::within_quotes;
use crate::read::{Trees, read_with_trees};
use crate::reader::shortened;
use crate::rules;
use crate::shape::shape;
use crate::span::Span;
use crate::tree::{Kind, Node};
use crate::valid::unknown_profile;

/// Holds a repository's policy against the floor's constraints: no problem, no breach. A policy that cannot be read has
/// its own problems, and they are returned: it satisfies nothing.
pub fn check_constraints(floor: &Floor, policy_path: &str, policy_bytes: &[u8]) -> Vec<Problem> {
    constraint_diagnostics(floor, policy_bytes).iter().map(|told| told.problem(policy_path)).collect()
}

/// The same as [`check_constraints`], as diagnostics of the policy's text, by place.
pub fn constraint_diagnostics(floor: &Floor, policy_bytes: &[u8]) -> Vec<Diagnostic> {
    let read = read_with_trees(policy_bytes);
    let source = std::str::from_utf8(policy_bytes).unwrap_or_default();
    match read.valid() {
        Some(policy) => {
            breaches(floor, policy, &read.trees).into_iter().map(|told| within_quotes(source, told)).collect()
        }
        None => read.diagnostics,
    }
}

/// What in a valid policy the floor does not allow: a build profile that it does not define, and breaches of its schema.
pub(crate) fn breaches(floor: &Floor, policy: &Policy, trees: &Trees) -> Vec<Diagnostic> {
    let at = |pointer: &str| trees.whole().map_or(Span::TOP, |root| place(root, pointer));
    let mut told = Vec::new();
    if let Some(name) = &policy.environment.profile {
        told.extend(unknown_profile(name, at("/environment/profile"), &floor.profiles));
    }
    let environment = &policy.environment;
    for (key, pairs) in [("secrets", &environment.secrets), ("parameters", &environment.parameters)] {
        for (variable, name) in pairs.iter().flatten().filter(|(_, name)| !floor.allows_secret(name)) {
            let message = format!("`{variable}` reads `{}`, which the floor does not give builds", shortened(name));
            let fault =
                Diagnostic::error(rules::FORBIDDEN_SECRET, at(&format!("/environment/{key}/{variable}")), message);
            let allowed = listed(floor.secrets_allowed.iter().map(String::as_str));
            told.push(fault.help(format!("it gives what begins with {allowed} (`secrets-allowed`)")));
        }
    }
    let Some(schema) = &floor.constraints else { return told };
    let validator = match compiled(schema) {
        Ok(validator) => validator,
        Err(error) => {
            let message = format!("the floor's `constraints` is not a JSON Schema: {error}");
            return vec![Diagnostic::error(rules::CONSTRAINTS, Span::TOP, message)];
        }
    };
    let instance = shape(&filled(policy));
    told.extend(validator.iter_errors(&instance).map(|error| {
        let pointer = error.instance_path().to_string();
        let message = format!("{}: {}", named(&pointer), shortened_message(&error.to_string()));
        Diagnostic::error(rules::CONSTRAINT, at(&pointer), message).help("the organisation's floor demands this")
    }));
    told.sort_by(|a, b| (a.span, &a.message).cmp(&(b.span, &b.message)));
    told
}

/// The schema, ready to use. Patterns are linear-time only.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub(crate) fn compiled(schema: &Value) -> Result<Validator, String> {
    jsonschema::options()
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .map_err(|error| format!("{} (at `{}`)", shortened_message(&error.to_string()), error.instance_path()))
}

/// The deepest node on the way of a JSON pointer; a default that nobody wrote stands where it would be written.
fn place(root: &Node, pointer: &str) -> Span {
    let mut node = root;
    let mut span = match &root.kind {
        Kind::Map(entries) => entries.first().map_or(root.span, |entry| entry.key.span),
        Kind::Scalar(_) | Kind::List(_) | Kind::Fault => root.span,
    };
    for part in pointer.split('/').skip(1) {
        let key = part.replace("~1", "/").replace("~0", "~");
        let next = match &node.kind {
            Kind::Map(_) => node.entry(&key).map(|entry| (&entry.value, entry.key.span)),
            Kind::List(items) => key.parse::<usize>().ok().and_then(|at| items.get(at)).map(|item| (item, item.span)),
            Kind::Scalar(_) | Kind::Fault => None,
        };
        let Some((below, at)) = next else { return span };
        node = below;
        span = at;
    }
    match &node.kind {
        Kind::Scalar(_) => node.span,
        Kind::List(_) | Kind::Map(_) | Kind::Fault => span,
    }
}

fn named(pointer: &str) -> String {
    let path = pointer.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~");
    if path.is_empty() { "this policy".to_owned() } else { format!("`{}`", shortened(&path)) }
}

fn shortened_message(message: &str) -> String {
    match message.char_indices().nth(300) {
        Some((cut, _)) => format!("{}…", &message[..cut]),
        None => message.to_owned(),
    }
}
