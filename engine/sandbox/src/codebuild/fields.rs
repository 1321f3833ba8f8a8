//! The fields of projects and builds that are accepted, stored and echoed (*documented*: CreateProject, StartBuild).
//! Every other field of the model is refused by name.

use super::shape::{Field, Shape};
use Shape::{Flag, List, Object, OneOf, Text, Whole};

const COMPUTE: Shape = OneOf(
    &[
        "BUILD_GENERAL1_SMALL",
        "BUILD_GENERAL1_MEDIUM",
        "BUILD_GENERAL1_LARGE",
        "BUILD_GENERAL1_XLARGE",
        "BUILD_GENERAL1_2XLARGE",
    ],
    &[
        "BUILD_LAMBDA_1GB",
        "BUILD_LAMBDA_2GB",
        "BUILD_LAMBDA_4GB",
        "BUILD_LAMBDA_8GB",
        "BUILD_LAMBDA_10GB",
        "ATTRIBUTE_BASED_COMPUTE",
        "CUSTOM_INSTANCE_TYPE",
    ],
);

const SOURCE: &[Field] = &[
    (
        "type",
        OneOf(
            &["CODECOMMIT", "NO_SOURCE"],
            &["CODEPIPELINE", "GITHUB", "GITLAB", "GITLAB_SELF_MANAGED", "S3", "BITBUCKET", "GITHUB_ENTERPRISE"],
        ),
    ),
    ("location", Text),
    ("gitCloneDepth", Whole),
    ("gitSubmodulesConfig", Object(&[("fetchSubmodules", Flag)])),
    ("buildspec", Text),
    ("reportBuildStatus", Flag),
    ("insecureSsl", Flag),
];

const ARTIFACTS: &[Field] = &[
    ("type", OneOf(&["NO_ARTIFACTS", "S3"], &["CODEPIPELINE"])),
    ("location", Text),
    ("path", Text),
    ("namespaceType", OneOf(&["NONE", "BUILD_ID"], &[])),
    ("name", Text),
    ("packaging", OneOf(&["NONE"], &["ZIP"])),
    ("overrideArtifactName", Flag),
    ("encryptionDisabled", Flag),
    ("bucketOwnerAccess", OneOf(&["NONE", "READ_ONLY", "FULL"], &[])),
];

const VARIABLES: Shape = List(&Object(&[
    ("name", Text),
    ("value", Text),
    ("type", OneOf(&["PLAINTEXT", "PARAMETER_STORE"], &["SECRETS_MANAGER"])),
]));

const ENVIRONMENT: &[Field] = &[
    (
        "type",
        OneOf(
            &["LINUX_CONTAINER", "ARM_CONTAINER"],
            &[
                "WINDOWS_CONTAINER",
                "LINUX_GPU_CONTAINER",
                "WINDOWS_SERVER_2019_CONTAINER",
                "WINDOWS_SERVER_2022_CONTAINER",
                "LINUX_LAMBDA_CONTAINER",
                "ARM_LAMBDA_CONTAINER",
                "LINUX_EC2",
                "ARM_EC2",
                "WINDOWS_EC2",
                "MAC_ARM",
            ],
        ),
    ),
    ("image", Text),
    ("computeType", COMPUTE),
    ("environmentVariables", VARIABLES),
    ("privilegedMode", Flag),
    ("imagePullCredentialsType", OneOf(&["CODEBUILD", "SERVICE_ROLE"], &[])),
];

const CACHE: &[Field] = &[
    ("type", OneOf(&["NO_CACHE", "LOCAL"], &["S3"])),
    ("modes", List(&OneOf(&["LOCAL_DOCKER_LAYER_CACHE", "LOCAL_SOURCE_CACHE", "LOCAL_CUSTOM_CACHE"], &[]))),
];

const LOGS: &[Field] = &[
    (
        "cloudWatchLogs",
        Object(&[("status", OneOf(&["ENABLED", "DISABLED"], &[])), ("groupName", Text), ("streamName", Text)]),
    ),
    ("s3Logs", Object(&[("status", OneOf(&["DISABLED"], &["ENABLED"])), ("encryptionDisabled", Flag)])),
];

/// `CreateProject` and `UpdateProject`.
pub(super) const PROJECT: &[Field] = &[
    ("name", Text),
    ("description", Text),
    ("source", Object(SOURCE)),
    ("sourceVersion", Text),
    ("artifacts", Object(ARTIFACTS)),
    ("cache", Object(CACHE)),
    ("environment", Object(ENVIRONMENT)),
    ("serviceRole", Text),
    ("timeoutInMinutes", Whole),
    ("queuedTimeoutInMinutes", Whole),
    ("encryptionKey", Text),
    ("tags", List(&Object(&[("key", Text), ("value", Text)]))),
    ("vpcConfig", Object(&[("vpcId", Text), ("subnets", List(&Text)), ("securityGroupIds", List(&Text))])),
    ("badgeEnabled", Flag),
    ("logsConfig", Object(LOGS)),
    ("concurrentBuildLimit", Whole),
];

/// `StartBuild`.
pub(super) const START: &[Field] = &[
    ("projectName", Text),
    ("sourceVersion", Text),
    ("buildspecOverride", Text),
    ("environmentVariablesOverride", VARIABLES),
    ("imageOverride", Text),
    ("computeTypeOverride", COMPUTE),
    ("privilegedModeOverride", Flag),
    ("timeoutInMinutesOverride", Whole),
    ("queuedTimeoutInMinutesOverride", Whole),
    ("artifactsOverride", Object(ARTIFACTS)),
    ("logsConfigOverride", Object(LOGS)),
    ("idempotencyToken", Text),
];
