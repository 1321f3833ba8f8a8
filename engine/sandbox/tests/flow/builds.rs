//! Builds, driven over HTTP and git, on real processes.

use crate::world::{Setup, World, commands, failure, git, http, phases, project};
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
    assert_eq!(http(&world.url, "s3", "GET", &path, "", "").await, (200, "hello".to_owned()));
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

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_build_ends_with_all_its_processes_and_stays_stopped() {
    let world = World::new(Setup::default()).await;
    world.repository(&[("a", "a")]).await;
    let fifo = world.directory.join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let command = format!("sleep 600 & echo $! > {} ; wait", fifo.display());
    world.project("demo", commands(&[&command])).await;
    let id = world.start_build("demo").await;
    let pid = tokio::task::spawn_blocking(move || std::fs::read_to_string(fifo).unwrap()).await.unwrap();
    let stopped = world.call("codebuild", "StopBuild", json!({ "id": id })).await.unwrap();
    let build = &stopped["build"];
    assert_eq!((build["buildStatus"].as_str(), build["currentPhase"].as_str()), (Some("STOPPED"), Some("COMPLETED")));
    assert!(phases(build).contains(&("BUILD".to_owned(), "STOPPED".to_owned())), "{build:#}");
    let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "{state}");
    let again = world.call("codebuild", "StopBuild", json!({ "id": id })).await.unwrap();
    assert_eq!(again["build"], *build);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_ends_leaves_no_process_of_a_build_in_another_session() {
    let mut world = World::new(Setup::default()).await;
    world.repository(&[("a", "a")]).await;
    let fifo = world.directory.join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    // The second command runs in a shell of its own, younger than what the first one left.
    let away = "setsid sleep 600 & echo $! > pid; exit 0";
    let second = format!("setsid sleep 600 & echo $(cat pid) $! > {}; wait", fifo.display());
    world.project("demo", commands(&[away, &second])).await;
    world.start_build("demo").await;
    let pids = tokio::task::spawn_blocking(move || std::fs::read_to_string(fifo).unwrap()).await.unwrap();
    world.end().await;
    let alive =
        |pid: &&str| std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
    let alive: Vec<&str> = pids.split_whitespace().filter(alive).collect();
    assert_eq!((alive.len(), pids.split_whitespace().count()), (0, 2), "{alive:?} of {pids}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_with_the_same_token_finds_its_build_at_the_limit() {
    let world = World::new(Setup::default()).await;
    world.repository(&[("a", "a")]).await;
    let mut input = project("demo", &world.url, commands(&["sleep 600"]));
    input["concurrentBuildLimit"] = json!(1);
    world.call("codebuild", "CreateProject", input).await.unwrap();
    let start = async |token: &str| {
        let input = json!({ "projectName": "demo", "idempotencyToken": token });
        world.call("codebuild", "StartBuild", input).await.map(|answer| answer["build"]["id"].clone())
    };
    let first = start("one").await.unwrap();
    assert_eq!(start("two").await.unwrap_err().0, "AccountLimitExceededException");
    assert_eq!(start("one").await.unwrap(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buildspec_that_asks_for_secrets_manager_fails_the_download_and_says_so() {
    let world = World::new(Setup::default()).await;
    world.repository(&[("a", "a")]).await;
    let mut spec = commands(&["true"]);
    spec["env"] = json!({ "secrets-manager": { "KEY": "app:key" } });
    world.project("demo", spec).await;
    let id = world.start_build("demo").await;
    let build = world.build_end(&id).await;
    assert_eq!(build["buildStatus"], "FAILED", "{build:#}");
    assert!(phases(&build).contains(&("DOWNLOAD_SOURCE".to_owned(), "FAILED".to_owned())), "{build:#}");
    let said = "CLIENT_ERROR: the sandbox does not emulate env.secrets-manager, which the variable KEY comes from";
    assert_eq!(failure(&build), said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_runs_the_version_that_was_asked_for() {
    let world = World::new(Setup::default()).await;
    let first = world.repository(&[("a", "one")]).await;
    let work = world.directory.join("work");
    let url = format!("{}/v1/repos/demo", world.url);
    std::fs::write(work.join("a"), "two").unwrap();
    git(&work, &["commit", "--quiet", "--all", "--message", "second"]);
    git(&work, &["tag", "--annotate", "v2", "--message", "two"]);
    let second = git(&work, &["rev-parse", "HEAD"]);
    git(&work, &["push", "--quiet", &url, "main", "v2", &format!("{first}:refs/heads/feature/old")]);
    world.project("demo", commands(&["cat a"])).await;
    for (version, commit) in [
        (first.as_str(), &first),
        ("feature/old", &first),
        ("main", &second),
        ("v2", &second),
        ("refs/heads/main", &second),
    ] {
        let input = json!({ "projectName": "demo", "sourceVersion": version });
        let answer = world.call("codebuild", "StartBuild", input).await.unwrap();
        let build = world.build_end(answer["build"]["id"].as_str().unwrap()).await;
        assert_eq!(build["buildStatus"], "SUCCEEDED", "{version}: {build:#}");
        assert_eq!(
            (build["sourceVersion"].as_str(), build["resolvedSourceVersion"].as_str()),
            (Some(version), Some(commit.as_str()))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_or_a_buildspec_that_cannot_be_read_fails_the_download() {
    let world = World::new(Setup::default()).await;
    world.repository(&[("a", "a")]).await;
    world.project("demo", commands(&["true"])).await;
    let missing = "0123456789".repeat(4);
    let cases = [
        (
            json!({ "sourceVersion": "gone" }),
            "CLIENT_ERROR: reference not found for primary source and source version gone",
        ),
        (
            json!({ "sourceVersion": missing }),
            "CLIENT_ERROR: reference not found for primary source and source version 0123456789012345678901234567890123456789",
        ),
        (json!({ "buildspecOverride": "ci/build.yml" }), "YAML_FILE_ERROR: YAML file does not exist"),
        (
            json!({ "environmentVariablesOverride": [{ "name": "A", "value": "/none", "type": "PARAMETER_STORE" }] }),
            "Decrypted Variables Error: parameter does not exist: /none",
        ),
    ];
    for (mut input, expected) in cases {
        input["projectName"] = json!("demo");
        let answer = world.call("codebuild", "StartBuild", input).await.unwrap();
        let build = world.build_end(answer["build"]["id"].as_str().unwrap()).await;
        assert_eq!(build["buildStatus"], "FAILED");
        assert_eq!(failure(&build), expected);
        assert!(phases(&build).contains(&("DOWNLOAD_SOURCE".to_owned(), "FAILED".to_owned())));
        let log = world.log(&build).await;
        assert!(log.contains("Phase complete: DOWNLOAD_SOURCE State: FAILED"), "{log}");
    }
    let input =
        json!({ "projectName": "demo", "buildspecOverride": "version: 0.2\nphases:\n  build: {commands: [a: b]}\n" });
    let answer = world.call("codebuild", "StartBuild", input).await.unwrap();
    let build = world.build_end(answer["build"]["id"].as_str().unwrap()).await;
    assert!(failure(&build).starts_with("YAML_FILE_ERROR: "), "{}", failure(&build));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buildspec_can_lie_in_a_bucket_and_a_checkout_can_be_shallow() {
    let world = World::new(Setup::default()).await;
    world.repository(&[("a", "one")]).await;
    let work = world.directory.join("work");
    std::fs::write(work.join("a"), "two").unwrap();
    git(&work, &["commit", "--quiet", "--all", "--message", "second"]);
    git(&work, &["push", "--quiet", &format!("{}/v1/repos/demo", world.url), "main"]);
    let spec = commands(&["echo \"$(git rev-list --count HEAD) commit(s)\""]).to_string();
    assert_eq!(http(&world.url, "s3", "PUT", "/artifacts/spec.json", "", &spec).await.0, 200);
    for (depth, expected) in [(0, "\n2 commit(s)\n"), (1, "\n1 commit(s)\n")] {
        let mut project = project(&format!("depth-{depth}"), &world.url, Value::Null);
        project["source"]["buildspec"] = json!("arn:aws:s3:::artifacts/spec.json");
        project["source"]["gitCloneDepth"] = json!(depth);
        world.call("codebuild", "CreateProject", project).await.unwrap();
        let id = world.start_build(&format!("depth-{depth}")).await;
        let build = world.build_end(&id).await;
        let log = world.log(&build).await;
        assert!(log.contains(expected), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_of_the_request_win_over_the_projects_and_those_over_the_buildspecs() {
    let world = World::new(Setup::default()).await;
    world.repository(&[("a", "a")]).await;
    let spec = json!({
        "version": 0.2,
        "env": { "variables": { "A": "spec", "B": "spec", "C": "spec" }, "parameter-store": { "D": "/gated/secret" } },
        "phases": { "build": { "commands": ["echo \"$A $B $C\"", "test \"$D\" = hush-hush", "echo \"told $D\"", "echo \"at $HOME\""] } },
    });
    let mut project = project("demo", &world.url, spec);
    project["environment"]["environmentVariables"] =
        json!([{ "name": "B", "value": "project" }, { "name": "C", "value": "project" }]);
    world.call("codebuild", "CreateProject", project).await.unwrap();
    let overrides = json!([{ "name": "C", "value": "request" }]);
    let input = json!({ "projectName": "demo", "environmentVariablesOverride": overrides });
    let answer = world.call("codebuild", "StartBuild", input).await.unwrap();
    let build = world.build_end(answer["build"]["id"].as_str().unwrap()).await;
    let log = world.log(&build).await;
    assert_eq!(build["buildStatus"], "SUCCEEDED", "{log}");
    assert!(log.contains("\nspec project request\n"), "{log}");
    assert!(log.contains("told ***"), "{log}");
    assert!(!log.contains("told hush-hush"), "{log}");
    let home = format!("at {}", world.data().join("builds").display());
    assert!(log.contains(&home), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn artifacts_that_are_not_there_fail_the_build_and_a_failed_install_uploads_nothing() {
    let world = World::new(Setup::default()).await;
    world.repository(&[("a", "a")]).await;
    let spec = |install: &str| {
        json!({
            "version": 0.2,
            "phases": { "install": { "commands": [install] }, "build": { "commands": ["true"] } },
            "artifacts": { "files": ["none/*"] },
        })
    };
    world.project("empty", spec("true")).await;
    let id = world.start_build("empty").await;
    let build = world.build_end(&id).await;
    assert_eq!(build["buildStatus"], "FAILED");
    assert_eq!(failure(&build), "CLIENT_ERROR: no matching artifact paths found");
    world.project("broken", spec("exit 3")).await;
    let id = world.start_build("broken").await;
    let build = world.build_end(&id).await;
    assert_eq!(build["buildStatus"], "FAILED");
    let names: Vec<String> = phases(&build).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names[4..], ["INSTALL", "FINALIZING", "COMPLETED"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_cannot_change_the_repository_through_its_checkout() {
    let world = World::new(Setup::default()).await;
    let commit = world.repository(&[("a", "a")]).await;
    let spec = commands(&[
        "git -c user.name=x -c user.email=x@x commit --quiet --allow-empty --message mine",
        "git update-ref refs/heads/main HEAD",
        "git gc --quiet --prune=now",
        "git fsck --no-dangling",
    ]);
    world.project("demo", spec).await;
    let id = world.start_build("demo").await;
    let build = world.build_end(&id).await;
    assert_eq!(build["buildStatus"], "SUCCEEDED", "{}", world.log(&build).await);
    let branch = json!({ "repositoryName": "demo", "branchName": "main" });
    let answer = world.call("codecommit", "GetBranch", branch).await.unwrap();
    assert_eq!(answer["branch"]["commitId"], commit);
    let id = world.start_build("demo").await;
    assert_eq!(world.build_end(&id).await["buildStatus"], "SUCCEEDED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_acts_in_a_session_of_its_role() {
    let world = World::new(Setup::default()).await;
    world.repository(&[("a", "a")]).await;
    let call = "printf 'POST / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\
                Content-Type: application/x-www-form-urlencoded\\r\\n\
                Authorization: AWS4-HMAC-SHA256 Credential=%s/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=00\\r\\n\
                X-Amz-Security-Token: %s\\r\\nContent-Length: 43\\r\\n\\r\\nAction=GetCallerIdentity&Version=2011-06-15' \
                \"$AWS_ACCESS_KEY_ID\" \"$AWS_SESSION_TOKEN\" >&3; cat <&3";
    let open = "address=${AWS_ENDPOINT_URL#http://}; exec 3<>/dev/tcp/${address%:*}/${address#*:}";
    let mut spec = commands(&[open, call]);
    spec["env"] = json!({ "shell": "bash" });
    world.project("demo", spec).await;
    let id = world.start_build("demo").await;
    let build = world.build_end(&id).await;
    let log = world.log(&build).await;
    let uuid = id.split_once(':').unwrap().1;
    assert!(log.contains(&format!("assumed-role/builder/AWSCodeBuild-{uuid}")), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_events_of_a_build_have_the_documented_shape() {
    let world = World::new(Setup::default()).await;
    world.repository(&[("a", "a")]).await;
    let spec = json!({
        "version": 0.2,
        "phases": { "build": { "commands": ["exit 101"] }, "post_build": { "commands": ["true"] } },
    });
    let mut project = project("demo", &world.url, spec);
    project["environment"]["environmentVariables"] = json!([{ "name": "GATED_PULL_REQUEST_ID", "value": "42" }]);
    project["sourceVersion"] = json!("main");
    world.call("codebuild", "CreateProject", project).await.unwrap();
    world.start_build("demo").await;
    let (mut started, mut failed, mut phase) = (None, None, None);
    while started.is_none() || failed.is_none() || phase.is_none() {
        let event = world.event(|event| (event["source"] == "aws.codebuild").then(|| event.clone())).await;
        let detail = &event["detail"];
        match (detail["build-status"].as_str(), detail["completed-phase"].as_str()) {
            (Some("IN_PROGRESS"), _) => started = Some(event),
            (Some("FAILED"), _) => failed = Some(event),
            (_, Some("BUILD")) => phase = Some(event),
            _ => {}
        }
    }
    same_shape(&fixture("codebuildBuildStateChange.failed"), &failed.unwrap(), "failed");
    same_shape(&fixture("codebuildBuildPhaseChange.build_failed"), &phase.unwrap(), "phase");
    let (mut expected, mut started) = (fixture("codebuildBuildStateChange.in_progress"), started.unwrap());
    for event in [&mut expected, &mut started] {
        // The sample is of the moment before the queue; this event comes with it.
        event["detail"]["additional-information"]["phases"] = Value::Null;
    }
    same_shape(&expected, &started, "started");
}

fn fixture(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The same fields at every place, with values of the same type.
fn same_shape(expected: &Value, actual: &Value, place: &str) {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            let names = |object: &serde_json::Map<String, Value>| {
                let mut names: Vec<String> = object.keys().cloned().collect();
                names.sort();
                names
            };
            assert_eq!(names(expected), names(actual), "{place}");
            for (name, value) in expected {
                same_shape(value, &actual[name], &format!("{place}.{name}"));
            }
        }
        (Value::Array(expected), Value::Array(actual)) => {
            assert_eq!(expected.len(), actual.len(), "{place}: {actual:?}");
            for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                same_shape(expected, actual, &format!("{place}[{index}]"));
            }
        }
        (Value::Number(expected), Value::Number(actual)) => assert_eq!(expected.is_f64(), actual.is_f64(), "{place}"),
        _ => assert_eq!(std::mem::discriminant(expected), std::mem::discriminant(actual), "{place}"),
    }
}
