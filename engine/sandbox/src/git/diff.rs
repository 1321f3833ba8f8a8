//! What differs between two trees, file by file, without renames.

use super::{GitError, Repository};

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// `A`, `M`, `D`
    pub(crate) status: char,
    /// The path, with `/`; its names may be any bytes.
    pub(crate) path: Vec<u8>,
    /// Mode and blob id before, unless added.
    pub(crate) before: Option<(String, String)>,
    /// Mode and blob id after, unless deleted.
    pub(crate) after: Option<(String, String)>,
}

/// git's well-known id of the tree without entries.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// Compares two commits or trees by path, in the order of their paths; no `before` means an empty one.
///
/// # Errors
/// When one of them is not there.
pub(crate) async fn differences(
    repository: &Repository,
    before: Option<&str>,
    after: &str,
) -> Result<Vec<Change>, GitError> {
    let before = before.unwrap_or(EMPTY_TREE);
    let output =
        repository.run(&["diff-tree", "-r", "--raw", "-z", "--no-renames", "--no-abbrev", before, after]).await?;
    Ok(parse(&output))
}

fn parse(output: &[u8]) -> Vec<Change> {
    let mut parts = output.split(|b| *b == 0);
    let mut changes = Vec::new();
    while let (Some(info), Some(path)) = (parts.next(), parts.next()) {
        let info = String::from_utf8_lossy(info);
        let words: Vec<&str> = info.trim_start_matches(':').split(' ').collect();
        let [mode_before, mode_after, id_before, id_after, status] = words[..] else { continue };
        let side = |mode: &str, id: &str| (mode != "000000").then(|| (mode.to_owned(), id.to_owned()));
        let (before, after) = (side(mode_before, id_before), side(mode_after, id_after));
        let status = match status {
            "A" => 'A',
            "D" => 'D',
            _ => 'M', // also T: a file that became a link is a modification to CodeCommit
        };
        changes.push(Change { status, path: path.to_vec(), before, after });
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_paths_with_any_character_and_a_change_of_type_as_a_modification() {
        let a = "1".repeat(40);
        let b = "2".repeat(40);
        let zero = super::super::ZERO;
        let raw = format!(
            ":000000 100644 {zero} {a} A\0sp ace\n\"x\"\0:100644 120000 {a} {b} T\0link\0:100755 000000 {a} {zero} D\0gone\0"
        );
        let found = parse(raw.as_bytes());
        assert_eq!(found.len(), 3);
        assert_eq!((found[0].status, &found[0].path[..], &found[0].before), ('A', &b"sp ace\n\"x\""[..], &None));
        assert_eq!((found[1].status, found[1].after.clone()), ('M', Some(("120000".to_owned(), b))));
        assert_eq!((found[2].status, found[2].before.clone()), ('D', Some(("100755".to_owned(), a))));
    }
}
