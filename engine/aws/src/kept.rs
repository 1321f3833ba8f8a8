//! What a warm function need not ask for again: policies by commit and by blob. An id of git names its content, so that what
//! is kept is never out of date; only the newest few are kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::PolicyFile;

/// How many are kept, and how large one may be, in bytes: together at most 2 MiB.
const MOST: usize = 64;
const LARGEST: usize = 32 << 10;

/// Policies by repository and id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<VecDeque<(String, PolicyFile)>>>);

impl Kept {
    pub(crate) fn get(&self, repository: &str, id: &str) -> Option<PolicyFile> {
        let name = format!("{repository}/{id}");
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(known, _)| *known == name).map(|(_, policy)| policy.clone())
    }

    pub(crate) fn put(&self, repository: &str, id: &str, policy: &PolicyFile) {
        if matches!(policy, PolicyFile::Regular(bytes) if bytes.len() > LARGEST) || self.get(repository, id).is_some() {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == MOST {
            kept.pop_front();
        }
        kept.push_back((format!("{repository}/{id}"), policy.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_and_large_ones_never() {
        let kept = Kept::default();
        let policy = PolicyFile::Regular(b"version: 1".to_vec());
        for number in 0..=MOST {
            kept.put("demo", &number.to_string(), &policy);
        }
        assert_eq!((kept.get("demo", "0"), kept.get("demo", "64")), (None, Some(policy.clone())));
        assert_eq!(kept.get("other", "64"), None);
        kept.put("demo", "large", &PolicyFile::Regular(vec![b'#'; LARGEST + 1]));
        assert_eq!(kept.get("demo", "large"), None);
    }
}
