//! Projects and the lists of builds, driven over HTTP.

use crate::world::{Setup, World, commands, project};
use serde_json::{Value, json};

/// A project without a source, so that no repository is needed.
fn bare(name: &str) -> Value {
    let mut project = project(name, "http://127.0.0.1:1", commands(&["true"]));
    project["source"] = json!({ "type": "NO_SOURCE", "buildspec": commands(&["true"]).to_string() });
    project["artifacts"] = json!({ "type": "NO_ARTIFACTS" });
    project
}

async fn refused(world: &World, operation: &str, input: Value) -> (String, String) {
    world.call("codebuild", operation, input).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_comes_back_as_it_was_made() {
    let world = World::new(Setup::default()).await;
    let mut input = project("gated-demo-pr-1", "https://git-codecommit.us-east-1.amazonaws.com", commands(&["true"]));
    input["description"] = json!("pull request 1 of demo");
    input["badgeEnabled"] = json!(true);
    input["timeoutInMinutes"] = json!(30);
    input["queuedTimeoutInMinutes"] = json!(60);
    input["concurrentBuildLimit"] = json!(4);
    input["cache"] = json!({ "type": "LOCAL", "modes": ["LOCAL_CUSTOM_CACHE"] });
    input["tags"] = json!([{ "key": "gated", "value": "pr 1" }]);
    input["vpcConfig"] = json!({ "vpcId": "vpc-1", "subnets": ["subnet-1"], "securityGroupIds": ["sg-1"] });
    input["logsConfig"] =
        json!({ "cloudWatchLogs": { "status": "ENABLED", "groupName": "gated", "streamName": "demo" } });
    input["environment"]["privilegedMode"] = json!(true);
    input["environment"]["environmentVariables"] = json!([{ "name": "A", "value": "b", "type": "PLAINTEXT" }]);
    let made = world.call("codebuild", "CreateProject", input.clone()).await.unwrap()["project"].clone();
    for (name, value) in input.as_object().unwrap().iter().filter(|(name, _)| *name != "badgeEnabled") {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(field, value)| assert_eq!(made[name][field], *value)),
            value => assert_eq!(made[name], *value, "{name}"),
        }
    }
    assert_eq!(made["arn"], "arn:aws:codebuild:us-east-1:111122223333:project/gated-demo-pr-1");
    assert!(made["badge"]["badgeRequestUrl"].as_str().unwrap().starts_with("https://codebuild.us-east-1"));
    let names = json!({ "names": ["gated-demo-pr-1", "other"] });
    let found = world.call("codebuild", "BatchGetProjects", names).await.unwrap();
    assert_eq!(found, json!({ "projects": [made], "projectsNotFound": ["other"] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_made_once_changed_by_its_fields_and_deleted_as_often_as_one_likes() {
    let world = World::new(Setup::default()).await;
    world.call("codebuild", "CreateProject", bare("demo")).await.unwrap();
    assert_eq!(refused(&world, "CreateProject", bare("demo")).await.0, "ResourceAlreadyExistsException");
    let change = json!({ "name": "demo", "description": "new" });
    let changed = world.call("codebuild", "UpdateProject", change).await.unwrap();
    assert_eq!(
        (&changed["project"]["description"], &changed["project"]["timeoutInMinutes"]),
        (&json!("new"), &json!(60))
    );
    for _ in 0..2 {
        world.call("codebuild", "DeleteProject", json!({ "name": "demo" })).await.unwrap();
    }
    let (code, message) = refused(&world, "UpdateProject", json!({ "name": "demo" })).await;
    assert_eq!(code, "ResourceNotFoundException");
    assert!(message.ends_with("arn:aws:codebuild:us-east-1:111122223333:project/demo"), "{message}");
    for operation in ["StartBuild", "ListBuildsForProject"] {
        assert_eq!(refused(&world, operation, json!({ "projectName": "demo" })).await.0, "ResourceNotFoundException");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_codebuild_refuses_is_refused() {
    let world = World::new(Setup::default()).await;
    let with = |pointer: &str, value: Value| {
        let mut project = bare("demo");
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        project.pointer_mut(parent).unwrap()[name] = value;
        project
    };
    let source = json!({ "type": "CODECOMMIT", "location": "https://example.com/x" });
    let invalid = [
        with("/name", json!("-demo")),
        with("/name", json!("a")),
        with("/name", json!("a.b")),
        with("/timeoutInMinutes", json!(4)),
        with("/timeoutInMinutes", json!(2161)),
        with("/queuedTimeoutInMinutes", json!(481)),
        with("/source/buildspec", json!("x".repeat(25_601))),
        with("/source", source),
        with("/artifacts", json!({ "type": "S3" })),
        with("/environment/environmentVariables", json!([{ "name": "A-B", "value": "" }])),
        with("/environment/environmentVariables", json!([{ "name": "A", "value": "x".repeat(4_097) }])),
        with("/environment/image", json!("")),
        with("/environment/computeType", json!("HUGE")),
        with("/serviceRole", json!("arn:aws:iam::999999999999:role/r")),
        with("/tags", json!([{ "key": "a", "value": "\u{1f980}" }])),
    ];
    for input in invalid {
        let (code, message) = refused(&world, "CreateProject", input).await;
        assert_eq!(code, "InvalidInputException", "{message}");
        assert!(!message.is_empty());
    }
    world.call("codebuild", "CreateProject", with("/source/buildspec", json!(" ".repeat(25_600)))).await.unwrap();
    let (_, message) =
        refused(&world, "StartBuild", json!({ "projectName": "demo", "buildspecOverride": "x".repeat(25_601) })).await;
    assert!(message.ends_with("Max buildspec length is 25600"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_emulated_is_refused_by_name() {
    let world = World::new(Setup::default()).await;
    world.call("codebuild", "CreateProject", bare("demo")).await.unwrap();
    for (operation, input, named) in [
        ("StartBuild", json!({ "projectName": "demo", "debugSessionEnabled": true }), "debugSessionEnabled"),
        ("StartBuild", json!({ "projectName": "demo", "sourceTypeOverride": "S3" }), "sourceTypeOverride"),
        ("CreateFleet", json!({}), "CreateFleet"),
    ] {
        let (code, message) = refused(&world, operation, input).await;
        assert_eq!(code, "NotImplementedException");
        assert!(message.contains(named), "{message}");
    }
    let mut zipped = bare("zipped");
    zipped["artifacts"] = json!({ "type": "S3", "location": "artifacts", "packaging": "ZIP" });
    assert!(refused(&world, "CreateProject", zipped).await.1.contains("ZIP"));
}

#[tokio::test(flavor = "multi_thread")]
async fn builds_are_numbered_listed_repeated_and_forgotten() {
    let world = World::new(Setup::default()).await;
    for name in ["one", "two"] {
        world.call("codebuild", "CreateProject", bare(name)).await.unwrap();
    }
    let mut ids = Vec::new();
    for name in ["one", "two", "one"] {
        let id = world.start_build(name).await;
        world.build_end(&id).await;
        ids.push(id);
    }
    let all = world.call("codebuild", "ListBuilds", json!({})).await.unwrap();
    assert_eq!(all["ids"], json!([ids[2], ids[1], ids[0]]));
    let own = json!({ "projectName": "one", "sortOrder": "ASCENDING" });
    let own = world.call("codebuild", "ListBuildsForProject", own).await.unwrap();
    assert_eq!(own["ids"], json!([ids[0], ids[2]]));
    assert_eq!(world.build(&ids[2]).await["buildNumber"], 2);
    let again = world.call("codebuild", "RetryBuild", json!({ "id": ids[2] })).await.unwrap();
    let again = again["build"]["id"].as_str().unwrap().to_owned();
    assert_eq!(world.build_end(&again).await["buildNumber"], 3);
    let deleted = world.call("codebuild", "BatchDeleteBuilds", json!({ "ids": [ids[0], "gone:1"] })).await.unwrap();
    assert_eq!(deleted["buildsDeleted"].as_array().unwrap().len(), 1);
    assert_eq!(deleted["buildsNotDeleted"][0]["id"], "gone:1");
    let found = world.call("codebuild", "BatchGetBuilds", json!({ "ids": [ids[0]] })).await.unwrap();
    assert_eq!(found, json!({ "builds": [], "buildsNotFound": [ids[0]] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_makes_the_same_request_one_build() {
    let world = World::new(Setup::default()).await;
    world.call("codebuild", "CreateProject", bare("demo")).await.unwrap();
    let input = json!({ "projectName": "demo", "idempotencyToken": "t" });
    let first = world.call("codebuild", "StartBuild", input.clone()).await.unwrap();
    let again = world.call("codebuild", "StartBuild", input).await.unwrap();
    assert_eq!(first["build"]["id"], again["build"]["id"]);
    let other = json!({ "projectName": "demo", "idempotencyToken": "t", "imageOverride": "other" });
    assert_eq!(refused(&world, "StartBuild", other).await.0, "InvalidInputException");
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_are_listed_a_hundred_a_page() {
    let world = World::new(Setup::default()).await;
    for number in 0..101 {
        world.call("codebuild", "CreateProject", bare(&format!("p{number:03}"))).await.unwrap();
    }
    let first = world.call("codebuild", "ListProjects", json!({})).await.unwrap();
    assert_eq!(first["projects"].as_array().unwrap().len(), 100);
    let next = json!({ "nextToken": first["nextToken"] });
    let second = world.call("codebuild", "ListProjects", next).await.unwrap();
    assert_eq!(second, json!({ "projects": ["p100"] }));
}
