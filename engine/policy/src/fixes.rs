//! Mends a text with the fixes that its findings carry. Every other byte of it stays as it was.

use crate::diagnostic::{Diagnostic, Edit};

/// A text after some fixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The text now.
    pub text: String,
    /// How many findings were mended.
    pub applied: usize,
}

/// Applies the safe fixes, and the others too when `unsafe_too`. Of fixes that touch the same bytes only the first is
/// applied: the caller lints again, and repeats until nothing is applied.
pub fn apply_fixes(text: &str, findings: &[Diagnostic], unsafe_too: bool) -> Fixed {
    let mut fixed = Fixed { text: String::with_capacity(text.len()), applied: 0 };
    let mut taken: Vec<&Edit> = Vec::new();
    for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()).filter(|fix| fix.safe || unsafe_too) {
        let free = |edit: &Edit| {
            let legal = text.get(edit.span.start..edit.span.end).is_some();
            legal && !taken.iter().any(|other| touch(other, edit))
        };
        if fix.edits.iter().all(free) {
            taken.extend(&fix.edits);
            fixed.applied += 1;
        }
    }
    taken.sort_by_key(|edit| edit.span.start);
    let mut from = 0;
    for edit in taken {
        fixed.text += &text[from..edit.span.start];
        fixed.text += &edit.text;
        from = edit.span.end;
    }
    fixed.text += &text[from..];
    fixed
}

fn touch(a: &Edit, b: &Edit) -> bool {
    a.span.start <= b.span.end && b.span.start <= a.span.end
}
