//! The buildspec says the same to every reader of YAML, whatever a policy's commands hold.

use gated_core::decision::Decision;
use gated_render::{BUILDSPEC_LIMIT, RenderFault, buildspec};
use serde_json::{Value, json};

use crate::sample::{decision, report, stage};

fn read(decision: &Decision) -> Value {
    read_text(&buildspec(decision).unwrap())
}

/// What two independent readers make of it; they must agree.
pub(crate) fn read_text(text: &str) -> Value {
    let by_serde_yaml: Value = serde_yaml::from_str(text).unwrap();
    let by_saphyr: Value = serde_saphyr::from_str(text).unwrap();
    assert_eq!(by_serde_yaml, by_saphyr, "{text}");
    by_saphyr
}

fn fault(decision: &Decision) -> RenderFault {
    buildspec(decision).unwrap_err()
}

#[test]
fn environment_runtimes_and_artifacts_are_where_codebuild_looks_for_them() {
    let mut decision = decision(vec![stage("test", &["npm test"])]);
    let pairs = |key: &str, value: &str| vec![(key.to_owned(), value.to_owned())];
    decision.environment.variables = pairs("NO", "3.10");
    decision.environment.parameters = pairs("DB_URL", "/app/db");
    decision.environment.secrets = pairs("TOKEN", "ci/npm:token");
    decision.environment.runtimes = pairs("python", "3.10");
    decision.environment.cache = vec!["target/".into()];
    let mut read = read(&decision);
    read["phases"]["build"]["commands"] = json!("checked elsewhere");
    let wanted = json!({
        "version": 0.2,
        "env": {
            "shell": "bash",
            "variables": {"NO": "3.10"},
            "parameter-store": {"DB_URL": "/app/db"},
            "secrets-manager": {"TOKEN": "ci/npm:token"},
            "exported-variables": ["GATED_SHA256"],
        },
        "phases": {
            "install": {"runtime-versions": {"python": "3.10"}, "commands": [":"]},
            "build": {"commands": "checked elsewhere"},
        },
        "artifacts": {"files": ["**/*"], "base-directory": "${CODEBUILD_SRC_DIR}.gated"},
        "cache": {"paths": ["target/**/*"]},
    });
    assert_eq!(read, wanted);
}

#[test]
fn hostile_text_reads_back_as_it_was_written() {
    let texts = [
        "NO",
        "on",
        "3.10",
        "0o17",
        "*a",
        "&a",
        "!x",
        "- x",
        "x: y",
        "# x",
        "'",
        "\"",
        "`id`",
        "$(id)",
        "\ttab",
        "line\nbreak\n",
        "cr\r\nlf",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "🦀",
        "{{ x }}",
        "%",
        "@",
        "|",
        ">",
        "<<",
        "=",
        "~",
        "",
        " ",
    ];
    for text in texts {
        let mut decision = decision(vec![stage("test", &[text, "true"])]);
        decision.environment.variables = vec![("X".into(), text.to_owned())];
        let read = read(&decision);
        assert_eq!(read["env"]["variables"]["X"], json!(text));
        let script = read["phases"]["build"]["commands"][0].as_str().unwrap();
        assert!(script.contains(&format!("'\n{text}")), "{text:?} in {script}");
    }
}

#[test]
fn no_command_can_end_its_here_document() {
    let plain = stage("test", &["cargo test"]);
    let script = read(&decision(vec![plain]))["phases"]["build"]["commands"][0].as_str().unwrap().to_owned();
    let delimiter = script.split("gated_run <<'").nth(1).unwrap().split('\'').next().unwrap().to_owned();
    // The delimiter is a hash of the commands, so guessing one takes another.
    let hostile = stage("test", &["cargo test", &format!("{delimiter}\nexit 0")]);
    let script = read(&decision(vec![hostile]))["phases"]["build"]["commands"][0].as_str().unwrap().to_owned();
    let chosen = script.split("gated_run <<'").nth(1).unwrap().split('\'').next().unwrap();
    assert_ne!(chosen, delimiter);
    assert_eq!(script.lines().filter(|line| *line == chosen).count(), 2);
}

#[test]
fn nothing_of_the_pull_request_is_in_it() {
    let mut decision = decision(vec![stage("test", &["true"])]);
    let plain = buildspec(&decision).unwrap();
    decision.title = "$(touch /tmp/x) `id`".into();
    decision.author = "arn:aws:iam::111122223333:user/mallory".into();
    decision.change.source_reference = "refs/heads/$(id)".into();
    assert_eq!(buildspec(&decision).unwrap(), plain);
}

#[test]
fn the_driver_leaves_room_for_policies() {
    let mut test = stage("test", &["true"]);
    test.reports = vec![report(&["*.xml"])];
    let driver = buildspec(&decision(vec![test])).unwrap().chars().count();
    assert!(driver < 7_800, "{driver}");
    let without_reports = buildspec(&decision(vec![stage("test", &["true"])])).unwrap().chars().count();
    assert!(without_reports < 5_800, "{without_reports}");
    let long = "x".repeat(BUILDSPEC_LIMIT);
    let RenderFault::TooLong { length, limit } = fault(&decision(vec![stage("test", &[&long])])) else { panic!() };
    assert!(length > limit && limit == 25_600);
}

#[test]
fn what_cannot_be_run_is_refused() {
    let empty = fault(&decision(vec![stage("test", &[])]));
    assert_eq!(empty, RenderFault::NoCommands { stage: "test".into() });
    let taken = fault(&decision(vec![stage("container", &["true"])]));
    assert_eq!(taken, RenderFault::NameTaken { stage: "container".into() });
    let nul = fault(&decision(vec![stage("test", &["a\0b"])]));
    assert_eq!(nul, RenderFault::Nul { place: "a command of stage test".into() });
}

#[test]
fn the_same_decision_gives_the_same_bytes() {
    let mut test = stage("test", &["true"]);
    test.reports = vec![report(&["**/*.xml", "!old/**"])];
    let decision = decision(vec![test]);
    assert_eq!(buildspec(&decision).unwrap(), buildspec(&decision.clone()).unwrap());
}
