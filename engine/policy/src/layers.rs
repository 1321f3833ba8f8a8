//! From the three policy files to the three layers of a decision. The one door for the functions and the command line: a
//! floor's constraints are held against the source's policy here and nowhere else.

use gated_core::layers::{Found, Irregular, Layer, Layers, Origin, Problem};
use gated_core::names::{CommitId, sha256_hex};
use gated_core::policy::{Floor, Policy};

use crate::{check_constraints, read_floor, read_policy};

/// Where a repository's policy lies: a regular file at the root.
pub const POLICY_PATH: &str = ".gated.yml";

/// A policy file as it was found.
#[derive(Debug, Clone, Copy)]
pub struct PolicyText<'a> {
    /// How messages name it: [`POLICY_PATH`], or the file that somebody gave by hand.
    pub path: &'a str,
    /// The commit that it was read at.
    pub commit: &'a CommitId,
    /// What was there.
    pub content: Content<'a>,
}

/// What was found where a policy should be.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// Nothing.
    Absent,
    /// A regular file with these bytes.
    Regular(&'a [u8]),
    /// Something that is not read as a policy.
    Irregular(Irregular),
}

/// Reads all three. `floor` is the floor's path and bytes, when one was deployed.
pub fn read_layers(floor: Option<(&str, &[u8])>, destination: PolicyText<'_>, source: PolicyText<'_>) -> Layers {
    let floor = match floor {
        None => Layer { origin: Origin::default(), found: Found::Absent },
        Some((path, bytes)) => {
            let reading = read_floor(path, bytes);
            Layer {
                origin: Origin { path: path.to_owned(), commit: None, hash: Some(reading.hash) },
                found: reading.found,
            }
        }
    };
    let mut layers = Layers { destination: layer(destination), source: layer(source), floor };
    if let (Found::Valid(floor, _), Content::Regular(bytes)) = (&layers.floor.found, source.content) {
        constrain(&mut layers.source, floor, source.path, bytes);
    }
    layers
}

fn layer(text: PolicyText<'_>) -> Layer<Policy> {
    let origin = |hash| Origin { path: POLICY_PATH.to_owned(), commit: Some(text.commit.clone()), hash };
    match text.content {
        Content::Absent => Layer { origin: origin(None), found: Found::Absent },
        Content::Irregular(why) => {
            let message = why.to_string();
            let hash = Some(sha256_hex(message.as_bytes()));
            let problem = Problem { path: text.path.to_owned(), line: 0, column: 0, message };
            Layer { origin: origin(hash), found: Found::Invalid(vec![problem]) }
        }
        Content::Regular(bytes) => {
            let reading = read_policy(text.path, bytes);
            Layer { origin: origin(Some(reading.hash)), found: reading.found }
        }
    }
}

fn constrain(source: &mut Layer<Policy>, floor: &Floor, path: &str, bytes: &[u8]) {
    if matches!(source.found, Found::Valid(..)) {
        let problems = check_constraints(floor, path, bytes);
        if !problems.is_empty() {
            source.found = Found::Invalid(problems);
        }
    }
}
