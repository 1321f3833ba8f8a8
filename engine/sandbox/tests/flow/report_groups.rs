//! The reports of builds, in groups that a buildspec names: what is there, what is missing, and what fails a build.

use serde_json::{Value, json};

use crate::world::{Setup, World, failure};

/// A buildspec with these reports; its build leaves `out/a.xml` and has an artifact.
fn buildspec(reports: Value) -> Value {
    json!({
        "version": 0.2,
        "phases": { "build": { "commands": ["mkdir out", "echo x > out/a.xml"] } },
        "reports": reports,
        "artifacts": { "files": ["out/a.xml"] },
    })
}

fn arn(group: &str) -> String {
    format!("arn:aws:codebuild:us-east-1:111122223333:report-group/{group}")
}

async fn group(world: &World, name: &str, kind: &str) {
    let input = json!({ "name": name, "type": kind, "exportConfig": { "exportConfigType": "NO_EXPORT" } });
    world.call("codebuild", "CreateReportGroup", input).await.unwrap();
}

/// The build, and group and status of each of its reports.
async fn built(world: &World, project: &str, reports: Value) -> (Value, Vec<(String, String)>) {
    world.project(project, buildspec(reports)).await;
    let id = world.start_build(project).await;
    let build = world.build_end(&id).await;
    let mut told = Vec::new();
    for arn in build["reportArns"].as_array().unwrap() {
        let answer = world.call("codebuild", "BatchGetReports", json!({ "reportArns": [arn] })).await.unwrap();
        let report = &answer["reports"][0];
        assert_eq!(report["executionId"], build["arn"]);
        let text = |name: &str| report[name].as_str().unwrap().to_owned();
        told.push((text("reportGroupArn"), text("status")));
    }
    (build, told)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_lies_in_the_group_of_its_arn_or_in_one_that_is_made_by_its_name_and_survives_a_restart() {
    let mut world = World::new(Setup::default()).await;
    world.repository(&[("a", "a")]).await;
    group(&world, "shared", "CODE_COVERAGE").await;
    let here = |format: &str| json!({ "files": ["out/*.xml"], "file-format": format });
    let reports = json!({ arn("shared"): here("JACOCOXML"), "own": here("JUNITXML") });
    let (build, told) = built(&world, "demo", reports).await;
    assert_eq!(build["buildStatus"], "SUCCEEDED", "{build:#}");
    let succeeded = |group: &str| (arn(group), "SUCCEEDED".to_owned());
    assert_eq!(told, [succeeded("shared"), succeeded("demo-own")]);
    world.restart().await;
    let groups = world.call("codebuild", "ListReportGroups", json!({})).await.unwrap();
    assert_eq!(groups["reportGroups"], json!([arn("demo-own"), arn("shared")]));
    let listed = json!({ "reportGroupArn": arn("shared") });
    let listed = world.call("codebuild", "ListReportsForReportGroup", listed).await.unwrap();
    assert_eq!(listed["reports"], json!([build["reportArns"][0]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_cannot_be_left_fails_the_build_and_the_artifacts_are_there_all_the_same() {
    let world = World::new(Setup::default()).await;
    world.repository(&[("a", "a")]).await;
    group(&world, "tests", "TEST").await;
    let entry = |files: &str, format: &str| json!({ "files": [files], "file-format": format });
    let six: serde_json::Map<String, Value> = (1..=6).map(|n| (format!("n{n}"), entry("out/*", "JUNITXML"))).collect();
    let cases = [
        (
            "none",
            json!({ arn("tests"): entry("nowhere/*", "JUNITXML") }),
            "no matching report paths",
            Some("INCOMPLETE"),
        ),
        ("gone", json!({ arn("gone"): entry("out/*", "JUNITXML") }), "there is no such report group", None),
        ("other", json!({ arn("tests"): entry("out/*", "CLOVERXML") }), "its report group is of type TEST", None),
        ("many", Value::Object(six), "a project has at most 5 report groups", None),
    ];
    for (project, reports, words, status) in cases {
        let (build, told) = built(&world, project, reports).await;
        assert_eq!(build["buildStatus"], "FAILED", "{project}");
        assert!(failure(&build).contains(words), "{project}: {}", failure(&build));
        let told: Vec<&str> = told.iter().map(|(_, status)| status.as_str()).collect();
        assert_eq!(told, status.into_iter().collect::<Vec<_>>(), "{project}");
        assert!(world.log(&build).await.contains("Found 1 file(s)"), "{project}");
    }
}
