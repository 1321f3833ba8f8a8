//! A report page on this machine: written to a file, and shown in a browser.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::{browser, screen};

/// Writes a page, with the folders above it, says where it lies, and opens it when that was asked for.
///
/// # Errors
/// When the file cannot be written, or no browser can be started.
pub(crate) fn show(page: &[u8], path: &Path, open: bool) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or(Ok(()), std::fs::create_dir_all);
    folder.and_then(|()| std::fs::write(path, page)).with_context(|| path.display().to_string())?;
    screen::tell(&format!("report page: {}", path.display()));
    if open { browser::open(&std::path::absolute(path)?) } else { Ok(()) }
}

/// A file of its own among the temporary ones, for a page that nobody named a place for.
///
/// # Errors
/// When none can be made.
pub(crate) fn temporary() -> anyhow::Result<PathBuf> {
    let file = tempfile::Builder::new().prefix("gated-").suffix(".html").tempfile().context("a temporary file")?;
    Ok(file.keep()?.1)
}
