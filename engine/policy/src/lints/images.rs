//! What is known of CodeBuild's own images and their runtimes (CodeBuild user guide, "Docker images provided by
//! CodeBuild" and "Available runtimes"). Nothing here is fetched.

/// Images that CodeBuild maintains.
pub(super) const CURATED: &[&str] = &[
    "aws/codebuild/amazonlinux-x86_64-standard:5.0",
    "aws/codebuild/amazonlinux-aarch64-standard:3.0",
    "aws/codebuild/amazonlinux2-x86_64-standard:4.0",
    "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
    "aws/codebuild/amazonlinux2-aarch64-standard:2.0",
    "aws/codebuild/amazonlinux2-aarch64-standard:3.0",
    "aws/codebuild/standard:5.0",
    "aws/codebuild/standard:6.0",
    "aws/codebuild/standard:7.0",
    "aws/codebuild/standard:8.0",
    "aws/codebuild/windows-base:2019-3.0",
    "aws/codebuild/windows-base:2022-1.0",
];

/// Images that it once had, and what took their place.
pub(super) const RETIRED: &[(&str, &str)] = &[
    ("aws/codebuild/standard:1.0", "aws/codebuild/standard:7.0"),
    ("aws/codebuild/standard:2.0", "aws/codebuild/standard:7.0"),
    ("aws/codebuild/standard:3.0", "aws/codebuild/standard:7.0"),
    ("aws/codebuild/standard:4.0", "aws/codebuild/standard:7.0"),
    ("aws/codebuild/amazonlinux2-x86_64-standard:1.0", "aws/codebuild/amazonlinux-x86_64-standard:5.0"),
    ("aws/codebuild/amazonlinux2-x86_64-standard:2.0", "aws/codebuild/amazonlinux-x86_64-standard:5.0"),
    ("aws/codebuild/amazonlinux2-x86_64-standard:3.0", "aws/codebuild/amazonlinux-x86_64-standard:5.0"),
    ("aws/codebuild/amazonlinux2-aarch64-standard:1.0", "aws/codebuild/amazonlinux-aarch64-standard:3.0"),
];

/// Runtimes that the standard images can be told to use.
pub(super) const RUNTIMES: &[&str] =
    &["android", "docker", "dotnet", "golang", "java", "nodejs", "php", "python", "ruby"];

/// What people call them elsewhere.
pub(super) const NICKNAMES: &[(&str, &str)] = &[
    ("node", "nodejs"),
    ("node-js", "nodejs"),
    ("go", "golang"),
    ("jdk", "java"),
    ("openjdk", "java"),
    ("corretto", "java"),
    ("python3", "python"),
    ("dotnetcore", "dotnet"),
];

/// Whether an image's name is one of CodeBuild's own.
pub(super) fn is_codebuild(image: &str) -> bool {
    image.starts_with("aws/codebuild/")
}
