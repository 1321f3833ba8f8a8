//! What is known of CodeBuild's own images and their runtimes, as of April 2026 (CodeBuild user guide, "EC2 compute images"
//! and "Available runtimes"; the images' own `runtimes.yml`). Nothing here is fetched, so what CodeBuild brings later is
//! unknown here, which is why the findings are warnings.

/// A runtime and its versions, the newest first.
type Runtime = (&'static str, &'static [&'static str]);

const JAVA: Runtime = ("java", &["corretto25", "corretto21", "corretto17", "corretto11", "corretto8"]);

/// The runtimes of the older of the two maintained generations.
const OLDER: &[Runtime] = &[
    JAVA,
    ("golang", &["1.26", "1.25", "1.24", "1.23", "1.22", "1.21", "1.20"]),
    ("python", &["3.14", "3.13", "3.12", "3.11", "3.10", "3.9"]),
    ("php", &["8.5", "8.4", "8.3", "8.2"]),
    ("ruby", &["4.0", "3.4", "3.3", "3.2", "3.1"]),
    ("nodejs", &["24", "22", "20", "18"]),
    ("dotnet", &["10.0", "8.0", "6.0"]),
];

/// What that one has on ARM besides.
const OLDER_ON_ARM: &[Runtime] = &[("rust", &["1.94"]), ("php", &["8.1"]), ("docker", &["23"])];

/// The runtimes of the newer one.
const NEWER: &[Runtime] = &[
    JAVA,
    ("golang", &["1.26", "1.25", "1.24"]),
    ("rust", &["1.94", "1.93"]),
    ("python", &["3.14", "3.13", "3.12", "3.11", "3.10"]),
    ("php", &["8.5", "8.4", "8.3", "8.2"]),
    ("ruby", &["4.0", "3.4", "3.3"]),
    ("nodejs", &["24", "22"]),
    ("dotnet", &["10.0", "8.0"]),
];

/// The images that CodeBuild maintains for builds on Linux, with their runtimes. The names with `amazonlinux2` are older
/// ones of the same images.
pub(super) const CURATED: &[(&str, &[&[Runtime]])] = &[
    ("aws/codebuild/amazonlinux-x86_64-standard:5.0", &[OLDER]),
    ("aws/codebuild/amazonlinux-x86_64-standard:6.0", &[NEWER]),
    ("aws/codebuild/amazonlinux-aarch64-standard:3.0", &[OLDER, OLDER_ON_ARM]),
    ("aws/codebuild/amazonlinux-aarch64-standard:4.0", &[NEWER]),
    ("aws/codebuild/amazonlinux2-x86_64-standard:5.0", &[OLDER]),
    ("aws/codebuild/amazonlinux2-aarch64-standard:3.0", &[OLDER, OLDER_ON_ARM]),
    ("aws/codebuild/standard:7.0", &[OLDER]),
    ("aws/codebuild/standard:8.0", &[NEWER]),
];

const FOR_UBUNTU: &str = "aws/codebuild/standard:7.0";
const FOR_AMAZON: &str = "aws/codebuild/amazonlinux-x86_64-standard:5.0";
const FOR_ARM: &str = "aws/codebuild/amazonlinux-aarch64-standard:3.0";

/// Images that it no longer maintains, and what took their place.
pub(super) const RETIRED: &[(&str, &str)] = &[
    ("aws/codebuild/standard:1.0", FOR_UBUNTU),
    ("aws/codebuild/standard:2.0", FOR_UBUNTU),
    ("aws/codebuild/standard:3.0", FOR_UBUNTU),
    ("aws/codebuild/standard:4.0", FOR_UBUNTU),
    ("aws/codebuild/standard:5.0", FOR_UBUNTU),
    ("aws/codebuild/standard:6.0", FOR_UBUNTU),
    ("aws/codebuild/amazonlinux2-x86_64-standard:1.0", FOR_AMAZON),
    ("aws/codebuild/amazonlinux2-x86_64-standard:2.0", FOR_AMAZON),
    ("aws/codebuild/amazonlinux2-x86_64-standard:3.0", FOR_AMAZON),
    ("aws/codebuild/amazonlinux2-x86_64-standard:4.0", FOR_AMAZON),
    ("aws/codebuild/amazonlinux-x86_64-standard:4.0", FOR_AMAZON),
    ("aws/codebuild/amazonlinux2-aarch64-standard:1.0", FOR_ARM),
    ("aws/codebuild/amazonlinux2-aarch64-standard:2.0", FOR_ARM),
    ("aws/codebuild/amazonlinux-aarch64-standard:2.0", FOR_ARM),
];

/// What people call runtimes elsewhere.
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

/// The name without the release of a minor version: `…standard:5.0-25.03.03` is `…standard:5.0`.
pub(super) fn without_release(image: &str) -> &str {
    let release = |text: &str| text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    match image.rsplit_once('-') {
        Some((name, tail)) if name.contains(':') && release(tail) => name,
        Some(_) | None => image,
    }
}

/// The runtimes of a maintained image: each with all its versions.
pub(super) fn runtimes(image: &str) -> Option<Vec<(&'static str, Vec<&'static str>)>> {
    let (_, groups) = CURATED.iter().find(|(name, _)| *name == without_release(image))?;
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, versions) in groups.iter().flat_map(|group| group.iter()) {
        match all.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => known.extend(*versions),
            None => all.push((name, versions.to_vec())),
        }
    }
    Some(all)
}

/// Whether a runtime's version is one of these, as CodeBuild takes it: as it is, with `.x` for the newest minor one, or
/// `latest`.
pub(super) fn has_version(versions: &[&str], wanted: &str) -> bool {
    wanted == "latest"
        || versions.contains(&wanted)
        || wanted.strip_suffix(".x").is_some_and(|major| {
            let of_major =
                |version: &&str| *version == major || version.strip_prefix(major).is_some_and(|r| r.starts_with('.'));
            !major.is_empty() && versions.iter().any(of_major)
        })
}
