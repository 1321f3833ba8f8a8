//! The variables of a build. Nothing of the host's own environment is passed on but what finds its tools.
//!
//! *Documented*: the `CODEBUILD_` variables and their meaning; a build has a HOME of its own. *Assumed*: the tools are
//! the host's, so `PATH` is, and what tells Rust, Java, Go, Python and Node where they are installed and how to reach
//! their registries; files in the host's HOME that may hold passwords are not. The project's variables win over the `AWS_` ones and never over the `CODEBUILD_` ones.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::build::{Build, Context};
use crate::AwsError;
use crate::service::{Service, dispatch};
use crate::world::{Caller, Shared};

/// Variables of the host that are passed on when they are set.
const HOST: &[&str] = &[
    "PATH",
    "RUSTUP_TOOLCHAIN",
    "RUSTUP_AUTO_INSTALL",
    "JAVA_HOME",
    "GOROOT",
    "PYENV_ROOT",
    "NVM_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "PIP_INDEX_URL",
    "PIP_FIND_LINKS",
    "npm_config_registry",
    "GOPROXY",
];

/// Directories of Rust's tools, which lie in the host's HOME unless a variable says otherwise.
const IN_HOME: &[(&str, &str)] = &[("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo")];

type Variables = BTreeMap<String, String>;

/// The environment that the build image would give. *Documented*: a Docker daemon is there in privileged mode alone.
pub(super) fn base(world: &Shared, build: &Build, home: &Path) -> Variables {
    let host = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let mut base: Variables = HOST.iter().filter_map(|name| Some(((*name).to_owned(), host(name)?))).collect();
    if let Some(real) = host("HOME") {
        for (name, directory) in IN_HOME {
            let place = host(name).unwrap_or_else(|| format!("{real}/{directory}"));
            base.insert((*name).to_owned(), place);
        }
    }
    let direct = "127.0.0.1,localhost"; // the sandbox itself is never behind a proxy
    for name in ["NO_PROXY", "no_proxy"] {
        let value = host(name).map_or_else(|| direct.to_owned(), |value| format!("{value},{direct}"));
        base.insert(name.to_owned(), value);
    }
    base.insert("HOME".to_owned(), home.display().to_string());
    if build.environment["privilegedMode"] == true {
        let path = crate::ecr::tools_path(world, base.get("PATH").map_or("", String::as_str));
        base.insert("PATH".to_owned(), path);
    }
    base
}

/// Variables of the project, of StartBuild, of AWS and of CodeBuild, and the values that no log may show.
///
/// # Errors
/// The context with which DOWNLOAD_SOURCE fails, when a parameter is missing.
pub(super) async fn variables(
    world: &Shared,
    build: &Build,
    resolved: Option<&str>,
    directory: &Path,
) -> Result<(Variables, Vec<String>), Context> {
    let (mut variables, mut masked) = (aws(world, build).map_err(|error| fault(&error))?, Vec::new());
    let caller = role_session(world, build);
    for variable in build.environment["environmentVariables"].as_array().into_iter().flatten() {
        let text = |field: &str| variable[field].as_str().unwrap_or_default().to_owned();
        let value = match variable["type"].as_str() {
            Some("PARAMETER_STORE") => {
                let value = parameter(world, &caller, &text("value")).await?;
                masked.push(value.clone());
                value
            }
            Some(_) | None => text("value"),
        };
        variables.insert(text("name"), value);
    }
    variables.extend(codebuild(world, build, resolved, directory));
    Ok((variables, masked))
}

/// The value of a parameter (*recorded*: code and words of the error).
pub(super) async fn parameter(world: &Shared, caller: &Caller, name: &str) -> Result<String, Context> {
    let input = json!({ "Name": name, "WithDecryption": true });
    let answer = dispatch(world, caller, Service::Ssm, "GetParameter", input).await;
    let value = answer.ok().and_then(|answer| answer["Parameter"]["Value"].as_str().map(str::to_owned));
    value.ok_or_else(|| {
        let message = format!("parameter does not exist: {name}");
        Context { code: "Decrypted Variables Error".to_owned(), message }
    })
}

/// The session in which a build calls other services (*documented*: `AWSCodeBuild-UUID`).
pub(super) fn role_session(world: &Shared, build: &Build) -> Caller {
    world.role_session(role_name(build), &session(build))
}

fn aws(world: &Shared, build: &Build) -> Result<Variables, AwsError> {
    let credentials = world.credentials_for(role_name(build), &session(build))?;
    Ok(BTreeMap::from([
        ("AWS_ACCESS_KEY_ID".to_owned(), credentials.access_key_id),
        ("AWS_SECRET_ACCESS_KEY".to_owned(), credentials.secret_access_key),
        ("AWS_SESSION_TOKEN".to_owned(), credentials.session_token),
        ("AWS_ENDPOINT_URL".to_owned(), world.endpoint_url.clone()),
        ("AWS_REGION".to_owned(), world.region.clone()),
        ("AWS_DEFAULT_REGION".to_owned(), world.region.clone()),
    ]))
}

fn codebuild(world: &Shared, build: &Build, resolved: Option<&str>, directory: &Path) -> Variables {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut variables = BTreeMap::from([
        ("CODEBUILD_BUILD_ID".to_owned(), build.id.clone()),
        ("CODEBUILD_BUILD_ARN".to_owned(), build.arn(world)),
        ("CODEBUILD_BUILD_IMAGE".to_owned(), text(&build.environment["image"])),
        ("CODEBUILD_BUILD_NUMBER".to_owned(), build.number.to_string()),
        ("CODEBUILD_CI".to_owned(), "true".to_owned()),
        ("CODEBUILD_INITIATOR".to_owned(), build.initiator.clone()),
        ("CODEBUILD_KMS_KEY_ID".to_owned(), build.shown.get("encryptionKey").map(text).unwrap_or_default()),
        ("CODEBUILD_SOURCE_REPO_URL".to_owned(), text(&build.source["location"])),
        ("CODEBUILD_SRC_DIR".to_owned(), directory.display().to_string()),
        ("CODEBUILD_START_TIME".to_owned(), build.started_ms.to_string()),
    ]);
    let optional = [
        ("CODEBUILD_RESOLVED_SOURCE_VERSION", resolved.map(str::to_owned)),
        ("CODEBUILD_SOURCE_VERSION", build.source_version.clone()),
        ("CODEBUILD_LOG_PATH", build.log_stream().map(|(_, stream)| stream)),
    ];
    variables.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    variables
}

fn role_name(build: &Build) -> &str {
    build.service_role.rsplit('/').next().unwrap_or_default()
}

fn session(build: &Build) -> String {
    format!("AWSCodeBuild-{}", build.uuid())
}

fn fault(error: &AwsError) -> Context {
    Context { code: "INTERNAL_SERVICE_ERROR".to_owned(), message: error.to_string() }
}
