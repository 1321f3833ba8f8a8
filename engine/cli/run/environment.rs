//! What a stage finds here in place of CodeBuild's container: the user's own environment without what steers bash, git and
//! AWS clients and without what speaks of a secret. No value is ever an argument of a program.

use std::collections::BTreeMap;

use gated_core::decision::Decision;
use gated_runner::{BuildEnvironment, Buildspec};

use super::checkout::Checkout;
use crate::git;

/// Beginnings of names that are not passed on: another account, another build, functions of the user's shell.
const PREFIXES: [&str; 4] = ["AWS_", "CODEBUILD_", "GATED_", "BASH_FUNC_"];
/// Names that change how bash reads scripts.
const SHELL: [&str; 7] = ["BASH_ENV", "ENV", "SHELLOPTS", "BASHOPTS", "POSIXLY_CORRECT", "CDPATH", "GLOBIGNORE"];
/// Parts of names that speak of a secret, whatever the case, with `_` left out.
const SECRET: [&str; 9] =
    ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "APIKEY", "PRIVATEKEY", "ACCESSKEY"];
/// Words that do so behind another one, as in `GITHUB_PAT` and `DOCKER_AUTH_CONFIG`.
const SECRET_WORDS: [&str; 4] = ["_PAT_", "_AUTH_", "_PASS_", "_PWD_"];
/// A socket's path, which only sounds like one.
const NO_SECRET: &str = "SSH_AUTH_SOCK";
/// Time between asking a build to end and making it.
const GRACE: std::time::Duration = std::time::Duration::from_secs(5);

/// Where and with what the build runs. A parameter or secret that the user's environment has no variable for is taken out
/// of `spec`, so that a stage that needs it says so.
pub(super) fn environment(
    decision: &Decision,
    build: &str,
    spec: &mut Buildspec,
    place: &Checkout,
) -> BuildEnvironment {
    let own: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let mut resolved = BTreeMap::new();
    for wanted in [&mut spec.env.parameter_store, &mut spec.env.secrets_manager] {
        wanted.retain(|(name, _)| match own.get(name) {
            Some(value) => {
                resolved.insert(name.clone(), value.clone());
                true
            }
            None => false,
        });
    }
    let mut base: BTreeMap<String, String> = own.into_iter().filter(|(name, _)| is_passed_on(name)).collect();
    base.insert("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned());
    let (directory, scratch) = (place.directory.clone(), place.scratch());
    let variables = variables(decision, build);
    BuildEnvironment { directory, scratch, base, resolved, variables, masked: Vec::new(), grace: GRACE }
}

/// In a line: what differs from CodeBuild; `None` when nothing does that the policy names.
pub(super) fn differences(decision: &Decision) -> String {
    let environment = &decision.environment;
    let mut parts = vec![format!("this machine in place of the image {}", environment.image)];
    if !environment.runtimes.is_empty() {
        let names: Vec<String> =
            environment.runtimes.iter().map(|(name, version)| format!("{name} {version}")).collect();
        parts.push(format!("{} as PATH offers it", names.join(", ")));
    }
    let missing: Vec<&str> = environment
        .parameters
        .iter()
        .chain(&environment.secrets)
        .map(|(name, _)| name.as_str())
        .filter(|name| std::env::var_os(name).is_none())
        .collect();
    if !missing.is_empty() {
        parts.push(format!("{} not set (export it to have it)", missing.join(", ")));
    }
    if !environment.cache.is_empty() {
        parts.push("no cache".to_owned());
    }
    format!("differs from CodeBuild: {}", parts.join("; "))
}

fn is_passed_on(name: &str) -> bool {
    !(PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || SHELL.contains(&name)
        || git::LOCAL.contains(&name)
        || speaks_of_a_secret(name))
}

fn speaks_of_a_secret(name: &str) -> bool {
    let upper = format!("{}_", name.to_ascii_uppercase());
    let flat = upper.replace('_', "");
    let speaks = SECRET.iter().any(|part| flat.contains(part)) || SECRET_WORDS.iter().any(|word| upper.contains(word));
    speaks && name != NO_SECRET
}

/// What the gate and CodeBuild tell a build of itself.
fn variables(decision: &Decision, build: &str) -> BTreeMap<String, String> {
    let told = gated_render::variables(decision);
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let told = told.as_array().into_iter().flatten().map(|pair| (text(&pair["Name"]), text(&pair["Value"])));
    let commit = decision.change.source_commit.to_string();
    let own = [
        ("CODEBUILD_BUILD_ID", build.to_owned()),
        ("CODEBUILD_BUILD_IMAGE", decision.environment.image.clone()),
        ("CODEBUILD_CI", "true".to_owned()),
        ("CODEBUILD_INITIATOR", "gated run".to_owned()),
        ("CODEBUILD_RESOLVED_SOURCE_VERSION", commit.clone()),
        ("CODEBUILD_SOURCE_VERSION", commit),
    ];
    told.chain(own.map(|(name, value)| (name.to_owned(), value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_on_what_finds_tools_and_nothing_that_speaks_of_a_secret() {
        let passed = "PATH HOME PWD OLDPWD CARGO_HOME LD_LIBRARY_PATH npm_config_registry GIT_AUTHOR_NAME SSH_AUTH_SOCK \
                      XAUTHORITY PYTHONPATH COMPATIBLE";
        for name in passed.split_whitespace() {
            assert!(is_passed_on(name), "{name}");
        }
        let kept = "AWS_PROFILE GITHUB_TOKEN npm_config__authToken DB_PASSWORD BASH_ENV GIT_DIR GITHUB_PAT npm_config__auth \
                    DOCKER_AUTH_CONFIG STRIPE_APIKEY OPENAI_API_KEY MYSQL_PWD ALIBABA_CLOUD_ACCESS_KEY_ID DB_PASS \
                    azure_client_secret GOOGLE_APPLICATION_CREDENTIALS";
        for name in kept.split_whitespace() {
            assert!(!is_passed_on(name), "{name}");
        }
    }
}
