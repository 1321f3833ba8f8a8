//! The project is what `CreateProject` takes, and follows from decision and stack alone.

use gated_core::names::PolicyName;
use gated_core::policy::{Compute, Network, Profile, Proxy};
use gated_core::units::Seconds;
use gated_render::{StackConfig, buildspec, full_project, project, variables};
use serde_json::{Value, json};

use crate::sample::{decision, stage};

const ROLE: &str = "arn:aws:iam::111122223333:role/gated-build";

fn stack() -> StackConfig {
    let json = json!({
        "artifactBucket": "gated-artifacts",
        "buildRole": ROLE,
        "logGroup": "/gated/builds",
        "projectArnPrefix": "arn:aws:codebuild:eu-central-1:111122223333:project/",
        "sourceUrlPrefix": "https://git-codecommit.eu-central-1.amazonaws.com/v1/repos/",
    });
    serde_json::from_value(json).unwrap()
}

#[test]
fn the_whole_project_has_what_codebuild_requires() {
    let whole = full_project("gated", &decision(vec![stage("test", &["true"])]), &stack());
    assert_eq!(whole["Name"], json!("gated-demo-pr-42"));
    assert_eq!(whole["ServiceRole"], json!(ROLE));
    assert_eq!(whole["Source"]["Type"], json!("CODECOMMIT"));
    assert_eq!(whole["Source"]["Location"], json!("https://git-codecommit.eu-central-1.amazonaws.com/v1/repos/demo"));
    assert_eq!(
        whole["Environment"],
        json!({
            "Type": "LINUX_CONTAINER", "Image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            "ComputeType": "BUILD_GENERAL1_SMALL", "PrivilegedMode": false, "ImagePullCredentialsType": "CODEBUILD",
            "EnvironmentVariables": [],
        })
    );
    assert_eq!(
        whole["Artifacts"],
        json!({
            "Type": "S3", "Location": "gated-artifacts", "NamespaceType": "BUILD_ID", "Name": "gated", "Packaging": "NONE",
            "Path": "builds/arn:aws:codebuild:eu-central-1:111122223333:project/gated-demo-pr-42",
        })
    );
    assert_eq!(
        whole["LogsConfig"]["CloudWatchLogs"],
        json!({"Status": "ENABLED", "GroupName": "/gated/builds", "StreamName": "gated-demo-pr-42"})
    );
    assert_eq!((&whole["Cache"], &whole["BadgeEnabled"]), (&json!({"Type": "NO_CACHE"}), &json!(true)));
}

#[test]
fn a_build_that_nobody_of_the_gate_started_fails() {
    let project = project("gated", &decision(vec![]), ROLE);
    let spec: Value = serde_yaml::from_str(project["Source"]["Buildspec"].as_str().unwrap()).unwrap();
    let command = spec["phases"]["build"]["commands"][0].as_str().unwrap();
    let status = std::process::Command::new("sh").args(["-c", command]).output().unwrap().status;
    assert!(!status.success());
}

#[test]
fn docker_arm_size_and_time_out_follow_the_decision() {
    let mut decision = decision(vec![]);
    decision.environment.image = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/ci-aarch64:1".into();
    decision.environment.privileged = true;
    decision.environment.compute = Compute::XXLarge;
    decision.environment.cache = vec!["target".into()];
    for (seconds, minutes) in [(1, 5), (301, 6), (1_800, 30), (10_000_000, 2_160)] {
        decision.environment.timeout = Seconds(seconds);
        assert_eq!(project("gated", &decision, ROLE)["TimeoutInMinutes"], json!(minutes));
    }
    let project = project("gated", &decision, ROLE);
    let environment = &project["Environment"];
    assert_eq!((&environment["Type"], &environment["PrivilegedMode"]), (&json!("ARM_CONTAINER"), &json!(true)));
    assert_eq!(environment["ComputeType"], json!("BUILD_GENERAL1_2XLARGE"));
    assert_eq!(environment["ImagePullCredentialsType"], json!("SERVICE_ROLE"));
    assert_eq!(project["Cache"], json!({"Type": "LOCAL", "Modes": ["LOCAL_CUSTOM_CACHE"]}));
}

#[test]
fn a_build_profile_gives_network_proxy_role_and_key_and_an_update_takes_them_back() {
    let mut decision = decision(vec![stage("test", &["true"])]);
    let plain = project("gated", &decision, ROLE);
    assert_eq!((&plain["VpcConfig"], &plain["EncryptionKey"]), (&json!({}), &json!("alias/aws/s3")));
    assert!(!buildspec(&decision).unwrap().contains("proxy"));
    decision.environment.cache = vec!["target".into()];
    decision.environment.profile = Some(Profile {
        name: PolicyName::new("vpc-java").unwrap(),
        network: Some(Network {
            vpc: "vpc-1".into(),
            subnets: vec!["subnet-1".into(), "subnet-2".into()],
            security_groups: vec!["sg-1".into()],
        }),
        proxy: Some(Proxy {
            http: Some("http://proxy:3128".into()),
            https: None,
            no_proxy: vec!["localhost".into(), ".example.com".into()],
        }),
        role: Some("arn:aws:iam::111122223333:role/JavaBuilds".into()),
        key: Some("alias/builds".into()),
        docker: None,
    });
    let whole = full_project("gated", &decision, &stack());
    assert_eq!(whole["ServiceRole"], json!("arn:aws:iam::111122223333:role/JavaBuilds"));
    assert_eq!(whole["EncryptionKey"], json!("alias/builds"));
    let network = json!({"VpcId": "vpc-1", "Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]});
    assert_eq!((&whole["VpcConfig"], &whole["Cache"]), (&network, &json!({"Type": "NO_CACHE"})));
    let variables = whole["Environment"]["EnvironmentVariables"].as_array().unwrap();
    let pairs: Vec<_> = variables.iter().map(|v| (v["Name"].as_str().unwrap(), v["Value"].as_str().unwrap())).collect();
    assert_eq!(
        pairs,
        [
            ("HTTP_PROXY", "http://proxy:3128"),
            ("http_proxy", "http://proxy:3128"),
            ("NO_PROXY", "localhost,.example.com"),
            ("no_proxy", "localhost,.example.com"),
        ]
    );
    let spec: Value = serde_yaml::from_str(&buildspec(&decision).unwrap()).unwrap();
    assert_eq!(spec["proxy"], json!({"upload-artifacts": true, "logs": true}));
}

#[test]
fn tags_hold_only_what_aws_takes() {
    let mut decision = decision(vec![]);
    decision.change.source_reference = format!("refs/heads/{}", "$(x)'é\n".repeat(100));
    for tag in project("gated", &decision, ROLE)["Tags"].as_array().unwrap() {
        let (key, value) = (tag["Key"].as_str().unwrap(), tag["Value"].as_str().unwrap());
        assert!(key.len() <= 127 && value.len() <= 255);
        assert!(value.chars().all(|c| c.is_ascii_alphanumeric() || " _.:/=+-@".contains(c)), "{value}");
    }
}

#[test]
fn titles_and_branches_reach_the_build_as_values_that_are_never_empty_or_too_long() {
    let mut decision = decision(vec![]);
    decision.title = "é".repeat(5_000);
    decision.author = String::new();
    let variables = variables(&decision);
    let of = |name: &str| {
        let variables = variables.as_array().unwrap();
        variables.iter().find(|v| v["Name"] == json!(name)).unwrap()["Value"].as_str().unwrap().to_owned()
    };
    assert_eq!(of("GATED_TITLE"), "é".repeat(2_048));
    assert_eq!(of("GATED_AUTHOR"), "-");
    assert_eq!(of("GATED_SOURCE_BRANCH"), "feature/x");
    assert_eq!(of("GATED_PULL_REQUEST"), "42");
    assert!(variables.as_array().unwrap().iter().all(|v| v["Type"] == json!("PLAINTEXT")));
}
