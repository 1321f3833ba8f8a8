//! Which files are generated, as the destination says it in its `.gitattributes` (`linguist-generated`, gitattributes(5)).
//! The attributes of the proposal never count: a pull request must not exempt its own files.

use std::collections::{BTreeMap, BTreeSet};

use gated_core::facts::{ChangeKind, ChangedFiles};
use gated_core::matching::Globs;

/// The file that says it, in any directory.
const NAME: &str = ".gitattributes";
const ATTRIBUTE: &str = "linguist-generated";
/// Most such files that are read; what the others say does not count.
const MOST_FILES: usize = 50;
/// Longest of them, in bytes, and most lines of one.
const LONGEST: usize = 256 << 10;
const MOST_LINES: usize = 2_000;

/// Paths of the files at the destination that may speak of a changed file: those that the merge base has above one. `tree` has
/// the paths of the source; where they are not known, the root's is asked for.
pub fn attribute_files(tree: Option<&BTreeSet<String>>, changed: &ChangedFiles) -> Vec<String> {
    if changed.files.is_empty() {
        return Vec::new();
    }
    // Whoever asks for them may do so line by line.
    let is_one = |path: &str| path.rsplit('/').next() == Some(NAME) && !path.contains(char::is_control);
    let Some(tree) = tree else { return vec![NAME.to_owned()] };
    let mut found: BTreeSet<&str> = tree.iter().map(String::as_str).filter(|path| is_one(path)).collect();
    for file in changed.files.iter().filter(|file| is_one(&file.path)) {
        match file.kind {
            ChangeKind::Added => found.remove(file.path.as_str()),
            ChangeKind::Modified | ChangeKind::Deleted => found.insert(&file.path),
        };
    }
    let speaks = |path: &&str| changed.files.iter().any(|file| file.path.starts_with(directory(path)));
    found.into_iter().filter(speaks).take(MOST_FILES).map(str::to_owned).collect()
}

/// What the destination's files say.
#[derive(Debug, Default)]
pub(crate) struct Generated {
    /// Rules of each directory, the root first; the last one that speaks of a path decides.
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    directory: String,
    globs: Globs,
    generated: bool,
}

impl Generated {
    /// Of attribute files by path. Patterns that are not understood exempt nothing.
    pub(crate) fn new(files: &BTreeMap<String, Vec<u8>>) -> Self {
        let mut sorted: Vec<(&str, &[u8])> =
            files.iter().map(|(path, text)| (directory(path), text.as_slice())).collect();
        sorted.sort_by_key(|(directory, _)| (directory.matches('/').count(), *directory));
        let rules = sorted.into_iter().filter(|(_, text)| text.len() <= LONGEST).flat_map(|(directory, text)| {
            let text = String::from_utf8_lossy(text).into_owned();
            let rules: Vec<Rule> = text.lines().take(MOST_LINES).filter_map(|line| rule(directory, line)).collect();
            rules
        });
        Self { rules: rules.collect() }
    }

    pub(crate) fn is(&self, path: &str) -> bool {
        let speaks = |rule: &&Rule| path.strip_prefix(&rule.directory).is_some_and(|rest| rule.globs.matches(rest));
        self.rules.iter().rev().find(speaks).is_some_and(|rule| rule.generated)
    }
}

/// The directory of a file with the slash behind it; empty for the root.
fn directory(path: &str) -> &str {
    path.rfind('/').map_or("", |slash| &path[..=slash])
}

/// A line that says something of the attribute.
fn rule(directory: &str, line: &str) -> Option<Rule> {
    let line = line.trim();
    // Comments, macros, quoted patterns and those with escapes are left out: they exempt nothing.
    if line.starts_with(['#', '[', '"', '!']) || line.contains('\\') {
        return None;
    }
    let mut words = line.split_ascii_whitespace();
    let pattern = words.next()?;
    let generated = words.filter_map(state).next_back()?;
    let anchored = pattern.trim_start_matches('/');
    // A pattern with a slash that is not at its end is held against the whole path; a directory matches no file.
    if pattern.ends_with('/') {
        return None;
    }
    let glob = if pattern.contains('/') { anchored.to_owned() } else { format!("**/{anchored}") };
    let globs = Globs::new(vec![glob.replace('{', "[{]").replace('}', "[}]")]).ok()?;
    Some(Rule { directory: directory.to_owned(), globs, generated })
}

/// What a word of the line says: `linguist-generated`, `-linguist-generated`, `linguist-generated=false`.
fn state(word: &str) -> Option<bool> {
    let bare = word.trim_start_matches(['-', '!']);
    match (bare.strip_prefix(ATTRIBUTE)?, bare.len() == word.len()) {
        ("", plain) => Some(plain),
        ("=true", true) => Some(true),
        (value, _) if value.starts_with('=') => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(files: &[(&str, &str)], path: &str) -> bool {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
        Generated::new(&files).is(path)
    }

    #[test]
    fn patterns_are_gits_own() {
        let root = |line: &str, path: &str| is(&[(".gitattributes", line)], path);
        assert!(root("*.pb.go linguist-generated", "a/b/x.pb.go"));
        assert!(root("*.pb.go text linguist-generated=true diff", "x.pb.go"));
        assert!(
            root("/gen/** linguist-generated", "gen/a/b.rs") && !root("/gen/** linguist-generated", "src/gen/b.rs")
        );
        assert!(root("src/*.rs linguist-generated", "src/a.rs") && !root("src/*.rs linguist-generated", "src/x/a.rs"));
        assert!(!root("gen/ linguist-generated", "gen/a.rs") && !root("gen linguist-generated", "gen/a.rs"));
        assert!(!root("{a,b}.rs linguist-generated", "a.rs") && root("{a,b}.rs linguist-generated", "{a,b}.rs"));
        assert!(!root("# *.rs linguist-generated", "a.rs") && !root("*.rs -diff binary linguist-generatedx", "a.rs"));
        for off in ["-linguist-generated", "!linguist-generated", "linguist-generated=false"] {
            assert!(!root(&format!("*.rs linguist-generated\n*.rs {off}\n"), "a.rs"), "{off}");
        }
    }

    #[test]
    fn the_last_line_of_the_nearest_directory_decides() {
        let files =
            [(".gitattributes", "*.rs linguist-generated\n"), ("src/.gitattributes", "*.rs -linguist-generated\n")];
        assert!(is(&files, "a.rs") && !is(&files, "src/a.rs") && !is(&files, "src/x/a.rs"));
        let deeper = [("src/.gitattributes", "/out/*.rs linguist-generated")];
        assert!(is(&deeper, "src/out/a.rs") && !is(&deeper, "out/a.rs"));
    }
}
