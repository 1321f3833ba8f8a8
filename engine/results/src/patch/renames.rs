//! Which deleted file an added one was, by their texts. CodeCommit tells a rename as a deletion and an addition.

use std::collections::HashMap;

use super::ChangedText;
use super::lines::{Side, is_binary};

/// How many lines are looked up to find files that are alike; identical ones are found anyway.
const LOOKED_UP: usize = 20_000_000;

/// What a file was before.
#[derive(Clone, Copy)]
pub(super) struct Former<'t> {
    /// The text that it is compared with.
    pub(super) before: Option<&'t [u8]>,
}

/// What each of `files` was before, in the same order. A deleted file that lives on under another path has no text of its
/// own any more: nothing of it was removed but what its successor lacks.
pub(super) fn former_selves<'t>(files: &[ChangedText<'t>]) -> Vec<Former<'t>> {
    let mut former: Vec<Former<'t>> = files.iter().map(|file| Former { before: file.before }).collect();
    let mut added: Vec<usize> =
        (0..files.len()).filter(|i| files[*i].before.is_none() && files[*i].after.is_some()).collect();
    let mut deleted: Vec<usize> =
        (0..files.len()).filter(|i| files[*i].before.is_some() && files[*i].after.is_none()).collect();
    let mut pair = |new: usize, old: usize, added: &mut Vec<usize>, deleted: &mut Vec<usize>| {
        former[new].before = files[old].before;
        former[old].before = None;
        added.retain(|index| *index != new);
        deleted.retain(|index| *index != old);
    };
    for new in added.clone() {
        let told = files[new].renamed_from;
        if let Some(old) = deleted.iter().copied().find(|old| told == Some(files[*old].path)) {
            pair(new, old, &mut added, &mut deleted);
        }
    }
    for new in added.clone() {
        let same = |old: &usize| {
            files[*old].before == files[new].after && files[new].after.is_some_and(|text| !text.is_empty())
        };
        if let Some(old) = deleted.iter().copied().find(same) {
            pair(new, old, &mut added, &mut deleted);
        }
    }
    for (new, old) in by_likeness(files, &added, &deleted) {
        if added.contains(&new) && deleted.contains(&old) {
            pair(new, old, &mut added, &mut deleted);
        }
    }
    former
}

/// Pairs that share at least half of the longer one's lines, the most alike first.
fn by_likeness(files: &[ChangedText<'_>], added: &[usize], deleted: &[usize]) -> Vec<(usize, usize)> {
    let counts = |text: Option<&'_ [u8]>| -> Option<(HashMap<Vec<u8>, usize>, usize)> {
        let text = text.filter(|text| !text.is_empty() && !is_binary(text))?;
        let mut counts: HashMap<Vec<u8>, usize> = HashMap::new();
        for line in Side::new(text).lines.iter().filter(|line| !line.trim_ascii().is_empty()) {
            *counts.entry(line.to_vec()).or_default() += 1;
        }
        let all = counts.values().sum();
        Some((counts, all))
    };
    let olds: Vec<_> = deleted.iter().map(|old| (*old, counts(files[*old].before))).collect();
    let mut alike: Vec<(usize, usize, usize)> = Vec::new();
    let mut looked_up = 0;
    for new in added {
        let Some((new_counts, new_all)) = counts(files[*new].after) else { continue };
        for (old, old_counts) in &olds {
            let Some((old_counts, old_all)) = old_counts else { continue };
            let longer = new_all.max(*old_all);
            if new_all.min(*old_all) * 2 < longer || looked_up > LOOKED_UP {
                continue;
            }
            looked_up += new_counts.len();
            let shared: usize = new_counts.iter().map(|(line, n)| old_counts.get(line).map_or(0, |m| *n.min(m))).sum();
            if longer > 0 && shared * 2 >= longer {
                alike.push((shared * 1_000 / longer, *new, *old));
            }
        }
    }
    alike.sort_by_key(|(share, new, old)| (std::cmp::Reverse(*share), *new, *old));
    alike.into_iter().map(|(_, new, old)| (new, old)).collect()
}
