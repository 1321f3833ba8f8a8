//! The presets that the gate ships. Each is a policy of the same language; nothing outside this list can be extended.

use schemars::json_schema;

use crate::reader::Reader;
use crate::tree::Node;
use crate::written::choices::one_of;
use crate::written::scalars::scalar;

macro_rules! presets {
    ($($name:literal)*) => {
        const PRESETS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../policies/presets/", $name, ".yml")))),*];

        scalar!(
            /// A preset that the gate ships.
            PresetName(()), "a preset", {"enum": [$($name),*]},
            |node, what, to| one_of(node, what, &[$($name),*], to).map(|_| ())
        );
    };
}

presets!("rust" "node" "python" "maven" "gradle" "go" "dotnet" "make");

/// Every preset: its name and its text.
pub fn presets() -> &'static [(&'static str, &'static str)] {
    PRESETS
}

/// The text of one preset.
pub(crate) fn preset(name: &str) -> Option<&'static str> {
    PRESETS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
