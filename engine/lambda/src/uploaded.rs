//! What a build uploaded, and nothing else. Every build of a pull request may write where the results of the others lie, so each
//! object is held against the digests that CodeBuild keeps with the build itself. It measures nothing.

use std::collections::BTreeMap;

use gated_aws::{Aws, Build};
use gated_core::measured::StageRecord;
use gated_core::names::sha256_hex;
use gated_render::{DIGEST, DIGESTS};
use gated_results::{RECORD, limits};

use crate::Fault;
use crate::records::artifact_key;

/// Bytes that the list may have: more than its lines for the record and as many reports as the driver keeps.
const LIST_BYTES: u64 = 1 << 20;
/// Characters of a SHA-256.
const DIGITS: usize = 64;

/// The objects of one build.
pub(crate) struct Uploaded<'a> {
    aws: &'a Aws,
    bucket: &'a str,
    build: &'a Build,
    /// SHA-256 of each file, by its name; or why nobody knows them.
    digests: Result<BTreeMap<String, String>, String>,
}

impl<'a> Uploaded<'a> {
    /// Reads the list of what the build uploaded.
    ///
    /// # Errors
    /// When it is not the build's own, or S3 refuses or cannot be reached.
    pub(crate) async fn of(aws: &'a Aws, bucket: &'a str, build: &'a Build) -> Result<Self, Fault> {
        let mut uploaded = Self { aws, bucket, build, digests: Ok(BTreeMap::new()) };
        uploaded.digests = match build.exported.get(DIGEST).filter(|digest| !digest.is_empty()) {
            None => Err(format!(
                "the build told CodeBuild no {DIGEST}, without which what lies there may be another's: it was not begun by \
                 this version of the gate, it did not come to its end, or its image has no sha256sum, as its log says then"
            )),
            Some(digest) => match uploaded.fetch(DIGESTS, digest, LIST_BYTES).await? {
                None => Err(format!("{DIGESTS} was not uploaded")),
                Some(list) if is_longer(&list, LIST_BYTES) => {
                    Err(format!("{DIGESTS} has more than {LIST_BYTES} bytes"))
                }
                Some(list) => Ok(read(&list)),
            },
        };
        Ok(uploaded)
    }

    /// The driver's record, or in words for the verdict why there is none.
    ///
    /// # Errors
    /// When another than the build wrote it, or S3 refuses or cannot be reached.
    pub(crate) async fn record(&self) -> Result<Result<StageRecord, String>, Fault> {
        if let Err(why) = &self.digests {
            return Ok(Err(why.clone()));
        }
        Ok(match self.file(RECORD, limits::RECORD_BYTES).await? {
            Some(record) if is_longer(&record, limits::RECORD_BYTES) => {
                Err(format!("the build's stage record has more than {} bytes", limits::RECORD_BYTES))
            }
            record => gated_results::stage_record(record.as_deref()),
        })
    }

    /// A file that the build uploaded; `None` when it did not. Of one that has more than `most` bytes, which has to be refused,
    /// it is one byte more, and nobody knows whose.
    ///
    /// # Errors
    /// When another than the build wrote it, or S3 refuses or cannot be reached.
    pub(crate) async fn file(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, Fault> {
        match self.digests.as_ref().ok().and_then(|digests| digests.get(name)) {
            Some(digest) => self.fetch(name, digest, most).await,
            None => Ok(None),
        }
    }

    async fn fetch(&self, name: &str, digest: &str, most: u64) -> Result<Option<Vec<u8>>, Fault> {
        let key = artifact_key(&self.build.arn, name);
        let content = self.aws.get_object_up_to(self.bucket, &key, most + 1).await?;
        match content {
            Some(content) if !is_longer(&content, most) && sha256_hex(&content) != *digest => {
                Err(Fault::forged(format!(
                    "{key} is not what its build uploaded: its SHA-256 is not the one that the build told CodeBuild. Another build \
                 of this pull request, or whoever has the credentials of one, wrote over it: see what its earlier commits run"
                )))
            }
            content => Ok(content),
        }
    }
}

fn is_longer(content: &[u8], most: u64) -> bool {
    u64::try_from(content.len()).is_ok_and(|bytes| bytes > most)
}

/// The lines of `sha256sum`: digest, two spaces (or, of a file that was read as binary, a space and an asterisk), name.
fn read(list: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(list);
    let line = |line: &str| {
        let (digest, name) = line.split_at_checked(DIGITS)?;
        let name = name.strip_prefix("  ").or_else(|| name.strip_prefix(" *"))?;
        Some((name.to_owned(), digest.to_owned()))
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_as_sha256sum_writes_it_and_other_lines_say_nothing() {
        let (one, two) = ("1".repeat(DIGITS), "2".repeat(DIGITS));
        let list =
            format!("{one}  record.json\n{two} *reports/0001\n\\{one}  a\\nb\n{one}\nsha256sum: x: no such file\n");
        let wanted = [("record.json", one.clone()), ("reports/0001", two)];
        assert_eq!(read(list.as_bytes()), wanted.map(|(name, digest)| (name.to_owned(), digest)).into());
        assert_eq!(read(b"\xff"), BTreeMap::new());
    }
}
