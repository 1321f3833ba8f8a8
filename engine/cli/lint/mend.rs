//! `--fix`: a file as it is when everything that a program can mend is mended. A file is replaced whole or not at all.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use gated_policy::apply_fixes;
use gated_render::findings::Judged;

use super::Judge;

/// How often a mended file is looked at again: fixes that touch each other come one after the other.
const ROUNDS: usize = 20;

/// The file after all fixes, with what is still wrong with it, and how many findings were mended.
pub(super) fn mended(file: &Judged, judge: &Judge, unsafe_too: bool) -> (Judged, usize) {
    let mut now = file.clone();
    let mut count = 0;
    for _ in 0..ROUNDS {
        let Ok(text) = std::str::from_utf8(&now.bytes) else { break };
        let fixed = apply_fixes(text, &now.findings, unsafe_too);
        if fixed.applied == 0 {
            break;
        }
        count += fixed.applied;
        now = judge.judge(now.path, fixed.text.into_bytes());
    }
    (now, count)
}

/// Replaces a file: who reads it at the same time sees the old or the new one. A link stays one, permissions stay.
///
/// # Errors
/// When the file or its folder cannot be written.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let name = || path.display().to_string();
    let path = fs::canonicalize(path).with_context(name)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder).with_context(name)?;
    new.write_all(bytes).with_context(name)?;
    fs::set_permissions(new.path(), fs::metadata(&path).with_context(name)?.permissions()).with_context(name)?;
    new.persist(&path).with_context(name)?;
    Ok(())
}
