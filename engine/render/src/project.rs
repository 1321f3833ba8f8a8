//! The CodeBuild project of a pull request, as the parameters of `CreateProject` in the notation of Step Functions' SDK
//! integrations (PascalCase), and the variables of its builds. Values are data here, never part of a command.

use gated_core::decision::Decision;
use gated_core::names::project_name;
use gated_core::policy::{Compute, Network, Proxy};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The build image when no layer names one.
pub const DEFAULT_IMAGE: &str = "aws/codebuild/amazonlinux-x86_64-standard:5.0";

/// What encrypts artifacts when no layer names a key: AWS's own for S3 (API reference, `encryptionKey`).
const DEFAULT_KEY: &str = "alias/aws/s3";

/// Longest time that a build may wait in CodeBuild's queue, in minutes: its default and longest.
pub const QUEUE_MINUTES: u64 = 480;

/// Longest value of a build's variable, in bytes; CodeBuild refuses more than 4,096 characters.
const LONGEST_VALUE: usize = 4_096;

/// What a project contains if somebody starts it without the gate. A project without a buildspec would take the branch's.
const NO_BUILDSPEC: &str = "version: 0.2\nphases:\n  build:\n    commands:\n      - echo 'builds of this project are started by gated only'; exit 1\n";

/// What a deployed stack knows and a decision does not: the JSON in the Parameter Store parameter `/gated/config`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StackConfig {
    /// Bucket that builds upload their record and reports to.
    pub artifact_bucket: String,
    /// ARN of the role that builds run with.
    pub build_role: String,
    /// CloudWatch log group of every build.
    pub log_group: String,
    /// ARN of a project without its name: `arn:aws:codebuild:eu-central-1:111122223333:project/`.
    pub project_arn_prefix: String,
    /// Clone URL without the repository: `https://git-codecommit.eu-central-1.amazonaws.com/v1/repos/`.
    pub source_url_prefix: String,
    /// URI of the ECR repository that takes images: `111122223333.dkr.ecr.eu-central-1.amazonaws.com/gated`. Without one,
    /// images are built and not pushed, and so not scanned.
    #[serde(default)]
    pub image_repository: Option<String>,
}

/// The part of `CreateProject` (and `UpdateProject`) that follows from the decision and the stack's build role (CodeBuild
/// API reference). Every key is always there, so that an update takes back what an earlier decision gave. `service` is the
/// deployment's name.
pub fn project(service: &str, decision: &Decision, role: &str) -> Value {
    let change = &decision.change;
    let environment = &decision.environment;
    let curated = environment.image.starts_with("aws/codebuild/");
    let [kind, size] = machine(&environment.image, environment.compute);
    // CodeBuild takes 5 minutes to 36 hours.
    let minutes = environment.timeout.0.div_ceil(60).clamp(5, 2_160);
    let profile = environment.profile.as_ref();
    let proxy = profile.and_then(|profile| profile.proxy.as_ref()).map(Proxy::variables).unwrap_or_default();
    let tag = |key: &str, value: &str| json!({"Key": format!("gated:{key}"), "Value": tag_value(value)});
    json!({
        "Name": project_name(service, &change.repository, &change.pull_request),
        "Description": format!("Builds pull request {} of {}; made and deleted by gated", change.pull_request, change.repository),
        "Source": {"Type": "CODECOMMIT", "GitCloneDepth": 0, "Buildspec": NO_BUILDSPEC},
        "ServiceRole": build_role(decision, role),
        "VpcConfig": vpc(decision),
        "EncryptionKey": profile.and_then(|profile| profile.key.as_deref()).unwrap_or(DEFAULT_KEY),
        "Environment": {
            "Type": kind,
            "Image": environment.image,
            "ComputeType": size,
            "PrivilegedMode": environment.privileged,
            "ImagePullCredentialsType": if curated { "CODEBUILD" } else { "SERVICE_ROLE" },
            "EnvironmentVariables": plaintext(&proxy),
        },
        "Cache": cache(decision),
        "TimeoutInMinutes": minutes,
        "QueuedTimeoutInMinutes": QUEUE_MINUTES,
        "BadgeEnabled": true,
        "Tags": [
            tag("repository", change.repository.as_str()),
            tag("pull-request", change.pull_request.as_str()),
            tag("source", change.source_branch()),
            tag("destination", change.destination_branch()),
        ],
    })
}

/// The role that builds run with: the build profile's, else the stack's.
pub fn build_role<'a>(decision: &'a Decision, stack: &'a str) -> &'a str {
    decision.environment.profile.as_ref().and_then(|profile| profile.role.as_deref()).unwrap_or(stack)
}

/// [`project`] with what the stack adds: source location, artifacts, logs. This is the whole `CreateProject` input.
pub fn full_project(service: &str, decision: &Decision, stack: &StackConfig) -> Value {
    let mut whole = project(service, decision, &stack.build_role);
    let name = whole["Name"].clone();
    whole["Source"]["Location"] = json!(format!("{}{}", stack.source_url_prefix, decision.change.repository));
    whole["Artifacts"] = json!({
        "Type": "S3",
        "Location": stack.artifact_bucket,
        "Path": format!("builds/{}{}", stack.project_arn_prefix, name.as_str().unwrap_or_default()),
        "NamespaceType": "BUILD_ID",
        "Name": "gated",
        "Packaging": "NONE",
    });
    whole["LogsConfig"] =
        json!({"CloudWatchLogs": {"Status": "ENABLED", "GroupName": stack.log_group, "StreamName": name}});
    whole
}

/// `EnvironmentVariablesOverride` of `StartBuild`: what a build may know of its pull request. This is the only way in
/// which titles, branches and authors reach a build.
pub fn variables(decision: &Decision) -> Value {
    let change = &decision.change;
    let pairs: [(&str, &str); 10] = [
        ("GATED_PULL_REQUEST", change.pull_request.as_str()),
        ("GATED_REPOSITORY", change.repository.as_str()),
        ("GATED_REVISION", change.revision.as_str()),
        ("GATED_SOURCE_BRANCH", change.source_branch()),
        ("GATED_DESTINATION_BRANCH", change.destination_branch()),
        ("GATED_SOURCE_COMMIT", change.source_commit.as_str()),
        ("GATED_DESTINATION_COMMIT", change.destination_commit.as_str()),
        ("GATED_MERGE_BASE", change.merge_base.as_str()),
        ("GATED_TITLE", &decision.title),
        ("GATED_AUTHOR", &decision.author),
    ];
    plaintext(&pairs)
}

fn plaintext<T: AsRef<str>>(pairs: &[(T, T)]) -> Value {
    let one = |(name, value): &(T, T)| json!({"Name": name.as_ref(), "Value": variable_value(value.as_ref()), "Type": "PLAINTEXT"});
    pairs.iter().map(one).collect()
}

/// Empty is CodeBuild's own network.
fn vpc(decision: &Decision) -> Value {
    match network(decision) {
        None => json!({}),
        Some(Network { vpc, subnets, security_groups }) => {
            json!({"VpcId": vpc, "Subnets": subnets, "SecurityGroupIds": security_groups})
        }
    }
}

fn network(decision: &Decision) -> Option<&Network> {
    decision.environment.profile.as_ref()?.network.as_ref()
}

/// Kind of environment and size of machine that a build runs on: `LINUX_CONTAINER` and `BUILD_GENERAL1_SMALL`.
pub fn machine(image: &str, compute: Compute) -> [&'static str; 2] {
    let kind = if image.contains("aarch64") { "ARM_CONTAINER" } else { "LINUX_CONTAINER" };
    let size = match compute {
        Compute::Small => "BUILD_GENERAL1_SMALL",
        Compute::Medium => "BUILD_GENERAL1_MEDIUM",
        Compute::Large => "BUILD_GENERAL1_LARGE",
        Compute::XLarge => "BUILD_GENERAL1_XLARGE",
        Compute::XXLarge => "BUILD_GENERAL1_2XLARGE",
    };
    [kind, size]
}

/// Local only: a cache in S3 would carry what one pull request put into it to the next. CodeBuild keeps none in a VPC.
fn cache(decision: &Decision) -> Value {
    if decision.environment.cache.is_empty() || network(decision).is_some() {
        json!({"Type": "NO_CACHE"})
    } else {
        json!({"Type": "LOCAL", "Modes": ["LOCAL_CUSTOM_CACHE"]})
    }
}

/// A tag's value: at most 255 characters of those that CodeBuild takes; others become `_`.
fn tag_value(text: &str) -> String {
    let legal = |c: char| if c.is_ascii_alphanumeric() || " _.:/=@+-".contains(c) { c } else { '_' };
    text.chars().take(255).map(legal).collect()
}

/// A variable's value: cut at a character, without NUL, and never empty, which reads as "not set".
fn variable_value(text: &str) -> String {
    let cut = text[..text.floor_char_boundary(LONGEST_VALUE)].replace('\0', "");
    if cut.is_empty() { "-".to_owned() } else { cut }
}
