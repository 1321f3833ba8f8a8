//! Chooses the files that artifacts and reports name. It reads directories and never a file, and follows no link out
//! of the base directory.
//!
//! *Documented*: `**/*` is every file below; `*` stays within one name; the base directory may be a glob over the
//! top-level directories and is not part of the names. *Recorded*: the two error texts for artifacts; variables are
//! expanded. *Assumed*: files whose name begins with a dot are matched, a directory alone is not, a link to a
//! directory is not entered, and of two files with one name after `discard-paths` the first counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::buildspec::{Artifacts, FileSet, Report};

/// One file to take along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectedFile {
    /// Where it is, absolute.
    pub path: PathBuf,
    /// Its name in the artifact: relative to the base directory, or its last part with `discard-paths`.
    pub name: String,
}

/// Why no file was chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CollectFault {
    /// The base directory does not exist.
    #[error("no matching base directory path found for {0}")]
    NoBaseDirectory(String),
    /// No file matches.
    #[error("no matching {0} paths found")]
    NoFiles(&'static str),
    /// A pattern is no glob.
    #[error("`{pattern}` is no pattern of paths: {reason}")]
    Pattern {
        /// As written, variables expanded.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl CollectFault {
    /// CodeBuild's status code of the UPLOAD_ARTIFACTS context (*recorded*).
    pub const STATUS_CODE: &'static str = "CLIENT_ERROR";
}

/// The files of `artifacts` (or of one of its secondary artifacts), sorted by name.
///
/// # Errors
/// [`CollectFault`]; CodeBuild then fails UPLOAD_ARTIFACTS with its text.
pub fn collect_artifacts(
    artifacts: &Artifacts,
    directory: &Path,
    variables: &BTreeMap<String, String>,
) -> Result<Vec<CollectedFile>, CollectFault> {
    collect_files(&artifacts.set, directory, variables, "artifact")
}

/// The files of a report, sorted by name.
///
/// # Errors
/// [`CollectFault`]; the wording for reports is *assumed*.
pub fn collect_report(
    report: &Report,
    directory: &Path,
    variables: &BTreeMap<String, String>,
) -> Result<Vec<CollectedFile>, CollectFault> {
    collect_files(&report.set, directory, variables, "report")
}

/// The files that `set` chooses below `directory`; `what` names them in the error.
///
/// # Errors
/// [`CollectFault`] when there is none.
pub fn collect_files(
    set: &FileSet,
    directory: &Path,
    variables: &BTreeMap<String, String>,
    what: &'static str,
) -> Result<Vec<CollectedFile>, CollectFault> {
    let excluded = globs(set.exclude_paths.iter().map(|pattern| expand(pattern, variables)))?;
    let patterns: Vec<String> = set.files.iter().map(|pattern| expand(pattern, variables)).collect();
    let mut found = BTreeMap::new();
    for base in base_directories(set, directory, variables)? {
        for path in matching(&base, &patterns)? {
            let Ok(relative) = path.strip_prefix(&base) else { continue };
            if excluded.is_match(relative) {
                continue;
            }
            let name = if set.discard_paths { path.file_name().map(Path::new).unwrap_or(relative) } else { relative };
            found.entry(name.to_string_lossy().into_owned()).or_insert(path);
        }
    }
    if found.is_empty() {
        return Err(CollectFault::NoFiles(what));
    }
    Ok(found.into_iter().map(|(name, path)| CollectedFile { path, name }).collect())
}

/// The base directories, canonical, so that links can be compared with them.
fn base_directories(
    set: &FileSet,
    directory: &Path,
    variables: &BTreeMap<String, String>,
) -> Result<Vec<PathBuf>, CollectFault> {
    let written = set.base_directory.as_ref().map_or_else(|| ".".to_owned(), |base| expand(base, variables));
    let none = || CollectFault::NoBaseDirectory(written.clone());
    let (prefix, is_glob) = literal_prefix(&written);
    let root = directory.join(&prefix).canonicalize().map_err(|_| none())?;
    if !is_glob {
        return if root.is_dir() { Ok(vec![root]) } else { Err(none()) };
    }
    let rest = written.strip_prefix(prefix.to_string_lossy().as_ref()).unwrap_or(&written).trim_start_matches('/');
    let glob = globs(std::iter::once(rest.to_owned()))?;
    let entries = fs::read_dir(&root).map_err(|_| none())?;
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name())).filter(|name| glob.is_match(name));
    let mut found: Vec<PathBuf> = names
        .map(|name| root.join(name))
        .filter(|path| fs::symlink_metadata(path).is_ok_and(|it| it.is_dir()))
        .collect();
    found.sort();
    if found.is_empty() { Err(none()) } else { Ok(found) }
}

/// Files below `base` that match a pattern. Only the directories that a pattern names are walked.
fn matching(base: &Path, patterns: &[String]) -> Result<BTreeSet<PathBuf>, CollectFault> {
    let mut found = BTreeSet::new();
    for pattern in patterns {
        let Some(pattern) = below(base, pattern) else { continue };
        let (prefix, is_glob) = literal_prefix(&pattern);
        let start = base.join(&prefix);
        // A link on the way there may lead out of the base directory.
        if !start.canonicalize().is_ok_and(|real| real.starts_with(base)) {
            continue;
        }
        if is_glob {
            let glob = globs(std::iter::once(pattern))?;
            walk(start, &mut |path| {
                if path.strip_prefix(base).is_ok_and(|relative| glob.is_match(relative)) && is_file(base, &path) {
                    found.insert(path);
                }
            });
        } else if is_file(base, &start) {
            found.insert(start);
        }
    }
    Ok(found)
}

/// The pattern relative to the base directory, without `.`; `None` when it leads out of it.
fn below(base: &Path, pattern: &str) -> Option<String> {
    let path = Path::new(pattern);
    let relative = if path.is_absolute() { path.strip_prefix(base).ok()? } else { path };
    let mut parts = Vec::new();
    for part in relative.components() {
        match part {
            Component::Normal(name) => parts.push(name.to_str()?),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

fn walk(start: PathBuf, visit: &mut dyn FnMut(PathBuf)) {
    let mut directories = vec![start];
    while let Some(directory) = directories.pop() {
        let Ok(entries) = fs::read_dir(&directory) else { continue };
        for entry in entries.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => directories.push(entry.path()),
                Ok(_) => visit(entry.path()),
                Err(_) => {}
            }
        }
    }
}

/// A regular file, or a link to one that lies in the base directory.
fn is_file(base: &Path, path: &Path) -> bool {
    path.canonicalize().is_ok_and(|real| real.starts_with(base) && real.is_file())
}

/// The leading parts of a pattern that are plain names, and whether anything else follows.
fn literal_prefix(pattern: &str) -> (PathBuf, bool) {
    let is_plain = |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{', '\\']);
    let prefix: PathBuf = Path::new(pattern).components().take_while(is_plain).collect();
    let is_glob = Path::new(pattern).components().any(|part| !is_plain(&part));
    (prefix, is_glob)
}

fn globs(patterns: impl Iterator<Item = String>) -> Result<GlobSet, CollectFault> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let fault =
            |error: globset::Error| CollectFault::Pattern { pattern: pattern.clone(), reason: error.to_string() };
        let trimmed = pattern.strip_prefix("./").unwrap_or(&pattern);
        set.add(GlobBuilder::new(trimmed).literal_separator(true).build().map_err(fault)?);
    }
    let fault = |error: globset::Error| CollectFault::Pattern { pattern: String::new(), reason: error.to_string() };
    set.build().map_err(fault)
}

/// `$NAME` and `${NAME}` replaced; a variable that is not set is empty, any other `$` stays.
fn expand(text: &str, variables: &BTreeMap<String, String>) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, skipped) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((name, _)) => (name, name.len() + 2),
            None => {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                (&after[..end], end)
            }
        };
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        match is_name {
            true => out.push_str(variables.get(name).map_or("", String::as_str)),
            false => out.push_str(&rest[at..at + 1 + skipped]),
        }
        rest = &after[skipped..];
    }
    out + rest
}
