//! Paths as reports write them, normalised. Knows nothing of a checkout but its name, and looks nothing up.

use crate::fault::limits;

/// `path` relative to `checkout`, both absolute and normalised.
pub(crate) fn below(checkout: &str, path: &str) -> Option<String> {
    let rest = path.strip_prefix(checkout.trim_end_matches('/'))?.strip_prefix('/')?;
    (!rest.is_empty()).then(|| rest.to_owned())
}

/// A relative path without `.`, `..` and empty parts; `None` when it is absolute or leaves where it starts.
pub(crate) fn inside(path: &str) -> Option<String> {
    if absolute(path).is_some() && !path.starts_with('/') {
        return None;
    }
    normal(path)
}

/// An absolute path without `.`, `..` and empty parts; `None` when it is relative or leaves its root. A drive letter
/// counts as a directory.
pub(crate) fn absolute(path: &str) -> Option<String> {
    let drive = path.as_bytes();
    let has_drive = drive.len() > 2 && drive[0].is_ascii_alphabetic() && drive[1] == b':' && drive[2] == b'/';
    (has_drive || path.starts_with('/')).then(|| normal(path).map(|path| format!("/{path}")))?
}

/// Forward slashes, no `file:` or `file://`.
pub(crate) fn forward(path: &str) -> String {
    let path = path.trim().replace('\\', "/");
    let bare = path.strip_prefix("file://").or_else(|| path.strip_prefix("file:"));
    bare.unwrap_or(&path).to_owned()
}

fn normal(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part if part.chars().any(char::is_control) => return None,
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    (path.len() <= limits::PATH).then_some(path)
}
