//! Builds, driven over HTTP and git, on real processes.

mod flow;

use flow::{Setup, World, commands, failure, phases};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_build_runs_the_buildspec_on_the_pushed_commit_and_uploads_its_artifacts() {
    let world = World::new(Setup::default()).await;
    let commit = world.repository(&[("hello.txt", "hello")]).await;
    let spec = json!({
        "version": 0.2,
        "env": { "exported-variables": ["GREETING"] },
        "phases": {
            "install": { "commands": ["echo \"version $CODEBUILD_RESOLVED_SOURCE_VERSION\""] },
            "build": { "commands": ["export GREETING=$(cat hello.txt)", "mkdir out", "cp hello.txt out/copy.txt"] },
            "post_build": { "commands": ["git rev-parse HEAD", "git remote get-url origin"] },
        },
        "artifacts": { "base-directory": "out", "files": ["**/*"] },
    });
    world.project("demo", spec).await;
    let id = world.start_build("demo").await;
    let build = world.build_end(&id).await;
    let ended: Vec<(String, String)> = phases(&build);
    let names: Vec<&str> = ended.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "SUBMITTED",
            "QUEUED",
            "PROVISIONING",
            "DOWNLOAD_SOURCE",
            "INSTALL",
            "PRE_BUILD",
            "BUILD",
            "POST_BUILD",
            "UPLOAD_ARTIFACTS",
            "FINALIZING",
            "COMPLETED"
        ]
    );
    assert_eq!(build["buildStatus"], "SUCCEEDED", "{build:#}");
    assert_eq!(build["currentPhase"], "COMPLETED");
    assert_eq!(build["buildComplete"], true);
    assert_eq!(build["buildNumber"], 1);
    assert_eq!(build["initiator"], "alice");
    assert_eq!(build["resolvedSourceVersion"], commit);
    assert_eq!(build["exportedEnvironmentVariables"], json!([{ "name": "GREETING", "value": "hello" }]));
    let uuid = id.split_once(':').unwrap().1;
    assert_eq!(build["artifacts"]["location"], format!("arn:aws:s3:::artifacts/builds/{uuid}/out"));
    let path = format!("/artifacts/builds/{uuid}/out/copy.txt");
    assert_eq!(flow::http(&world.url, "s3", "GET", &path, "", "").await, (200, "hello".to_owned()));
    let log = world.log(&build).await;
    assert!(log.contains(&format!("version {commit}")), "{log}");
    assert!(log.contains(&format!("\n{commit}\n")), "{log}");
    assert!(log.contains(&format!("{}/v1/repos/demo", world.url)), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_command_fails_the_build_and_is_named() {
    let world = World::new(Setup::default()).await;
    world.repository(&[("a", "a")]).await;
    world.project("demo", commands(&["echo before", "false", "echo after"])).await;
    let id = world.start_build("demo").await;
    let build = world.build_end(&id).await;
    assert_eq!(build["buildStatus"], "FAILED");
    assert_eq!(failure(&build), "COMMAND_EXECUTION_ERROR: Error while executing command: false. Reason: exit status 1");
    assert!(phases(&build).contains(&("UPLOAD_ARTIFACTS".to_owned(), "SUCCEEDED".to_owned())), "{build:#}");
}
