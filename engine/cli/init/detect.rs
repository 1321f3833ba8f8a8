//! Which preset fits a repository: told by the files at its root, and by nothing else.

use std::path::Path;

/// A preset, and the file that speaks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sign {
    pub(super) preset: &'static str,
    pub(super) file: String,
}

/// Preset → names that speak for it; `*.x` is an ending. The first one that is found decides: a Makefile beside a
/// `Cargo.toml` is somebody's shorthand.
const SIGNS: [(&str, &[&str]); 8] = [
    ("rust", &["Cargo.toml"]),
    ("maven", &["pom.xml"]),
    ("gradle", &["build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"]),
    ("go", &["go.mod"]),
    ("dotnet", &["*.sln", "*.slnx", "*.csproj", "*.fsproj", "*.vbproj"]),
    ("python", &["pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "requirements-dev.txt"]),
    ("node", &["package.json"]),
    ("make", &["Makefile", "makefile", "GNUmakefile"]),
];

/// Every preset that something speaks for, the likeliest first.
pub(super) fn signs(names: &[String]) -> Vec<Sign> {
    let found = |pattern: &str| match pattern.strip_prefix('*') {
        Some(ending) => names.iter().find(|name| name.ends_with(ending)),
        None => names.iter().find(|name| *name == pattern),
    };
    SIGNS
        .iter()
        .filter_map(|(preset, patterns)| {
            let file = patterns.iter().find_map(|pattern| found(pattern))?;
            Some(Sign { preset, file: file.clone() })
        })
        .collect()
}

/// Names of the files in a folder, sorted; none when it cannot be read.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
