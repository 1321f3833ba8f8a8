//! The CodeBuild environment: limits of CodeBuild, and variables that a policy may not set.

use std::collections::HashMap;

use gated_core::names::PolicyName;
use gated_core::policy::{Environment, Pairs};
use gated_core::units::Seconds;

use crate::diagnostic::Diagnostic;
use crate::reader::Reader;
use crate::rules;
use crate::span::Span;
use crate::written::collections::{Keyed, VariableKey};
use crate::written::scalars::Duration;
use crate::written::{At, policy};

/// The shortest and the longest time-out of a build (CodeBuild API, `timeoutInMinutes`: 5 to 2160).
const BUILD_TIMEOUT: (Seconds, Seconds) = (Seconds(5 * 60), Seconds(36 * 60 * 60));

/// Variables with a meaning to the shell, the loader or the gate.
const PROTECTED: &[&str] = &[
    "PATH",
    "HOME",
    "BASH_ENV",
    "BASH_FUNC",
    "BASHOPTS",
    "CDPATH",
    "ENV",
    "GLOBIGNORE",
    "IFS",
    "POSIXLY_CORRECT",
    "PROMPT_COMMAND",
    "PS4",
    "SHELL",
    "SHELLOPTS",
];
/// Beginnings of such variables.
const PROTECTED_PREFIXES: &[&str] = &["LD_", "DYLD_", "AWS_", "CODEBUILD_", "GATED_", "BASH_"];

/// The environment.
pub(crate) fn environment(written: policy::Environment, to: &mut Reader<'_>) -> Environment {
    let sources = [
        written.variables.as_ref().map(|map| &map.value.keys),
        written.parameters.as_ref().map(|map| &map.value.keys),
        written.secrets.as_ref().map(|map| &map.value.keys),
    ];
    variables(sources.into_iter().flatten().flatten(), to);
    Environment {
        image: written.image.map(|image| image.value.0),
        compute: written.compute.map(|compute| compute.value.0),
        timeout: written.timeout.and_then(|timeout| duration(&timeout, BUILD_TIMEOUT, "CodeBuild's", to)),
        profile: written.profile.and_then(|profile| PolicyName::new(profile.value.0).ok()),
        docker: written.docker.map(|docker| docker.value.0),
        variables: written.variables.map(|map| pairs(map.value, |text| text.0)),
        parameters: written.parameters.map(|map| pairs(map.value, |text| text.0)),
        secrets: written.secrets.map(|map| pairs(map.value, |text| text.0)),
        runtimes: written.runtimes.map(|map| {
            let entries = map.value.entries.into_iter();
            entries.map(|(key, value)| (key.text, value.value.0)).collect()
        }),
        cache: written.cache.map(|list| list.value.0.into_iter().map(|path| path.value.0).collect()),
    }
}

/// A duration between two limits.
pub(crate) fn duration(
    written: &At<Duration>,
    (least, most): (Seconds, Seconds),
    whose: &str,
    to: &mut Reader<'_>,
) -> Option<Seconds> {
    let read = Seconds::parse(&written.value.0).ok().filter(|time| (least..=most).contains(time));
    if read.is_none() {
        let message = format!("`{}` is outside {whose} limits", crate::reader::shortened(&written.value.0));
        let fault = Diagnostic::error(rules::DURATION, written.span, message);
        to.tell(fault.help(format!("give it from {least} to {most}")));
    }
    read
}

fn variables<'k>(keys: impl Iterator<Item = &'k crate::tree::Key>, to: &mut Reader<'_>) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for key in keys {
        let name = key.text.as_str();
        let protected = PROTECTED.contains(&name) || PROTECTED_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        if protected {
            let message = format!("a policy cannot set `{name}`");
            let fault = Diagnostic::error(rules::PROTECTED_VARIABLE, key.span, message);
            to.tell(fault.help("it has a meaning to the shell, the loader or the gate; set it inside a command"));
        }
        match seen.get(name) {
            Some(first) => {
                let fault = Diagnostic::error(rules::VARIABLE_TWICE, key.span, format!("`{name}` is set twice"));
                to.tell(fault.beside(*first, "it is set first").help("keep one of the two"));
            }
            None => _ = seen.insert(name, key.span),
        }
    }
}

fn pairs<T>(map: Keyed<VariableKey, T>, text: fn(T) -> String) -> Pairs {
    map.entries.into_iter().map(|(key, value)| (key.text, text(value.value))).collect()
}
