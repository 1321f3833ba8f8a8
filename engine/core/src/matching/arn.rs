//! Globs against ARNs, and who an ARN stands for. They are held against whole ARNs, never parts.

use serde::{Deserialize, Serialize};

use super::{LONGEST_PATTERN, PatternError};

/// Globs against ARNs: `*` never crosses `:` or `/`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ArnGlobs {
    written: Vec<String>,
}

impl ArnGlobs {
    /// Checks a list of ARN globs.
    ///
    /// # Errors
    /// The first one that does not begin with `arn:`, has fewer than six parts, or is too long.
    pub fn new(written: Vec<String>) -> Result<Self, PatternError> {
        for (index, text) in written.iter().enumerate() {
            let fail = |message: &str| PatternError { index, offset: None, message: message.to_owned() };
            if text.len() > LONGEST_PATTERN {
                return Err(fail("an ARN may have 1000 bytes at most"));
            }
            if !text.starts_with("arn:") || text.split(':').count() < 6 {
                return Err(fail(
                    "not an ARN such as arn:aws:iam::111122223333:user/alice or arn:aws:sts::*:assumed-role/Role/*",
                ));
            }
        }
        Ok(Self { written })
    }

    /// As written.
    pub fn written(&self) -> &[String] {
        &self.written
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// Both lists, each entry once.
    pub fn plus(mut self, more: &Self) -> Self {
        for glob in &more.written {
            if !self.written.contains(glob) {
                self.written.push(glob.clone());
            }
        }
        self
    }

    /// The glob that `arn` matches as a whole, if any.
    pub fn find(&self, arn: &str) -> Option<&str> {
        self.written.iter().map(String::as_str).find(|glob| arn_matches(glob.as_bytes(), arn.as_bytes()))
    }
}

/// `*` stands for any run of characters but `:` and `/`. Linear: only the last `*` is ever tried again.
fn arn_matches(glob: &[u8], arn: &[u8]) -> bool {
    let (mut g, mut a) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while a < arn.len() {
        if g < glob.len() && glob[g] == b'*' {
            last_star = Some((g, a));
            g += 1;
        } else if g < glob.len() && glob[g] == arn[a] {
            g += 1;
            a += 1;
        } else if let Some((star, from)) = last_star
            && arn[from] != b':'
            && arn[from] != b'/'
        {
            last_star = Some((star, from + 1));
            g = star + 1;
            a = from + 1;
        } else {
            return false;
        }
    }
    glob[g..].iter().all(|b| *b == b'*')
}

/// Who an ARN stands for: the user's or the session's name. Two ARNs with the same name are one person.
pub fn person(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_in_an_arn_never_crosses_a_colon_or_a_slash() {
        let of = |glob: &str| ArnGlobs::new(vec![glob.to_owned()]).unwrap();
        let arn = "arn:aws:sts::111122223333:assumed-role/OnCall/ann";
        assert!(of("arn:aws:sts::*:assumed-role/OnCall/*").find(arn).is_some());
        assert!(of("arn:aws:sts::*:assumed-role/*").find(arn).is_none());
        assert!(of("arn:aws:sts::111122223333:assumed-role/*Call/a*n").find(arn).is_some());
    }
}
