//! What a deployed function says of itself: its version, its settings and its floor, so that `gated doctor` compares what
//! runs with what should. It holds nothing secret and calls nobody.

use gated_core::defaults;
use gated_core::layers::Found;
use gated_core::names::{RepositoryName, sha256_hex};
use gated_core::policy::Mode;
use serde_json::{Value, json};

use crate::settings::GATE;
use crate::{Function, Settings};

/// The answer to `{"about": {"repositories": ["demo"]}}`; the repositories are those whose mode is asked for.
pub(crate) fn about(function: Function, settings: &Settings, asked: &Value) -> Value {
    let names = asked["repositories"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let names = names.filter_map(|name| RepositoryName::new(name).ok());
    let observed: Vec<String> =
        names.filter(|name| settings.mode(name) == Mode::Observe).map(|name| name.to_string()).collect();
    json!({
        "function": function.name(),
        "version": GATE,
        "service": settings.service,
        "repositories": settings.repositories.written(),
        "observed": observed,
        "approvalRuleTemplate": settings.rule_template,
        "stateMachine": settings.state_machine_arn,
        "artifactBucket": settings.artifact_bucket,
        "voter": settings.voter_arn,
        "buildRole": settings.build_role,
        "buildRoles": settings.build_roles(),
        "machine": machine(settings),
        "imageRepository": settings.image_repository,
        "reportGroups": settings.report_groups,
        "floor": floor(settings),
    })
}

/// What a build runs on where no policy says it: kind of environment, and size of machine.
fn machine(settings: &Settings) -> [&'static str; 2] {
    let said = settings.valid_floor().map(|floor| floor.policy.environment).unwrap_or_default();
    gated_render::machine(said.image.as_deref().unwrap_or(defaults::IMAGE), said.compute.unwrap_or(defaults::COMPUTE))
}

fn floor(settings: &Settings) -> Value {
    let Some(file) = &settings.floor else { return Value::Null };
    let (destinations, problems) = match gated_policy::read_floor(&file.path, &file.bytes).found {
        Found::Absent => (None, Vec::new()),
        Found::Valid(floor, _) => (floor.destinations.map(|globs| globs.written().to_vec()), Vec::new()),
        Found::Invalid(problems) => (None, problems),
    };
    let problems: Vec<String> =
        problems.iter().map(|p| format!("{}:{}:{}: {}", p.path, p.line, p.column, p.message)).collect();
    json!({
        "path": file.path,
        "sha256": sha256_hex(&file.bytes),
        "destinations": destinations,
        "problems": problems,
    })
}
