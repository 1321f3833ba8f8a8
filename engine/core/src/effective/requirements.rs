//! Container and coverage, joined: the strictest of every layer; where a file is left out, all must leave it out.

use super::stages::Demand;
use super::{granted, left_out};
use crate::decision::LayerName;
use crate::defaults;
use crate::matching::Globs;
use crate::policy::{Accept, Container, Coverage, FailOn, PathTarget, Scan, Unscannable};
use crate::trio::{Trio, keys};
use crate::units::Percent;

/// The container image as all layers together demand it.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectiveContainer {
    /// Each layer that demands a build; none when the image is only described.
    pub demands: Vec<Demand>,
    /// Path of the Dockerfile.
    pub dockerfile: String,
    /// The build context.
    pub context: String,
    /// The lowest severity that fails.
    pub fail_on: FailOn,
    /// What an image that cannot be scanned means.
    pub unscannable: Unscannable,
    /// Findings that are accepted.
    pub accept: Vec<Accept>,
}

/// Demands on coverage of all layers together.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectiveCoverage {
    /// Lines.
    pub line: Option<Percent>,
    /// Branches.
    pub branch: Option<Percent>,
    /// Changed lines.
    pub patch: Option<Percent>,
    /// Below this many changed coverable lines, `patch` is not applicable.
    pub min_patch_lines: u32,
    /// A file is left out when every one of these lists matches it; none when there is no list.
    pub exclude: Vec<Globs>,
    /// Every per-path target, each glob once.
    pub paths: Vec<PathTarget>,
}

pub(super) fn container(layers: Trio<&Container>) -> Option<EffectiveContainer> {
    layers.newest()?;
    keys!(layers => Container { build, dockerfile, context, when, scan });
    keys!(scan => Scan { fail_on, unscannable, accept });
    let _ = (build, when); // of one layer they belong together: see `demand`
    Some(EffectiveContainer {
        demands: layers.said().filter_map(|(layer, container)| demand(layer, container)).collect(),
        dockerfile: dockerfile.unless_floor().cloned().unwrap_or_else(|| defaults::DOCKERFILE.to_owned()),
        context: context.unless_floor().cloned().unwrap_or_else(|| defaults::DIRECTORY.to_owned()),
        fail_on: demanded(fail_on, layers, &defaults::FAIL_ON).highest().unwrap_or(defaults::FAIL_ON),
        unscannable: demanded(unscannable, layers, &defaults::UNSCANNABLE).highest().unwrap_or(defaults::UNSCANNABLE),
        accept: granted(accept, |entry| &entry.id),
    })
}

/// The key, in which a destination that has the whole thing and leaves this key to its default demands the default: a
/// proposal must not get below it by writing it down. Where the floor writes the key, silence means the floor's value.
fn demanded<'a, T, U>(key: Trio<&'a T>, whole: Trio<&U>, default: &'a T) -> Trio<&'a T> {
    let silent = whole.destination.is_some() && key.floor.is_none();
    Trio { destination: key.destination.or(silent.then_some(default)), ..key }
}

/// A repository that describes its image wants it built; a floor that only limits scans does not.
fn demand(layer: LayerName, container: &Container) -> Option<Demand> {
    let builds = container.build.unwrap_or(layer != LayerName::Floor);
    builds.then(|| Demand { layer, required: true, when: container.when.clone() })
}

pub(super) fn coverage(layers: Trio<&Coverage>) -> Option<EffectiveCoverage> {
    layers.newest()?;
    keys!(layers => Coverage { line, branch, patch, min_patch_lines, exclude } { paths });
    let joined = EffectiveCoverage {
        line: line.highest(),
        branch: branch.highest(),
        patch: patch.highest(),
        min_patch_lines: demanded(min_patch_lines, layers, &defaults::MIN_PATCH_LINES)
            .lowest()
            .unwrap_or(defaults::MIN_PATCH_LINES),
        exclude: left_out(exclude),
        paths: targets(paths),
    };
    let demands = joined.line.is_some() || joined.branch.is_some() || joined.patch.is_some();
    (demands || !joined.paths.is_empty()).then_some(joined)
}

/// Every target of every layer; where two name the same glob, the higher percentage of each.
fn targets(layers: Trio<&Vec<PathTarget>>) -> Vec<PathTarget> {
    let mut all: Vec<PathTarget> = Vec::new();
    for target in layers.values().flatten() {
        match all.iter_mut().find(|other| other.files == target.files) {
            Some(same) => {
                same.line = same.line.max(target.line);
                same.branch = same.branch.max(target.branch);
            }
            None => all.push(target.clone()),
        }
    }
    all
}
