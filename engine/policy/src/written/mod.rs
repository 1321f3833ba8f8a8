//! The language as people write it: one type per construct, each with the text that editors show. The published JSON
//! Schema and the reader are both made from these types, so a key that one knows the other knows. Whether what is
//! written holds together is not asked here.

pub(crate) mod choices;
pub(crate) mod collections;
pub(crate) mod condition;
pub(crate) mod floor;
pub(crate) mod platform;
pub(crate) mod policy;
pub(crate) mod scalars;
pub(crate) mod short;

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::reader::{FieldName, Reader, is_key};
use crate::span::Span;
use crate::tree::Node;

/// Something that can be read from a node, and that the schema describes.
pub(crate) trait Written: JsonSchema + Sized {
    /// What it is, for "must be …".
    fn expected() -> String;

    /// Reads it, and tells every fault; `None` when nothing usable is there.
    fn read(node: &Node, to: &mut Reader<'_>) -> Option<Self>;
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

impl<T: Written> At<T> {
    pub(crate) fn read(node: &Node, to: &mut Reader<'_>) -> Option<Self> {
        T::read(node, to).map(|value| Self { value, span: node.span })
    }
}

/// The place makes no difference to the schema.
impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Declares a mapping: its documentation, what it is called in a sentence, how many keys it has at least, and its keys.
/// A key marked `[required]` must be there.
macro_rules! mapping {
    ($(#[$meta:meta])* $name:ident, $what:literal, $least:literal {
        $($(#[$doc:meta])* $field:ident: $type:ty $([$required:ident])?,)*
    }) => {
        #[derive(Debug, schemars::JsonSchema)]
        $(#[$meta])*
        #[schemars(deny_unknown_fields, rename_all = "kebab-case")]
        pub(crate) struct $name {
            $($(#[$doc])* $(#[schemars($required)])? pub(crate) $field: Option<$crate::written::At<$type>>,)*
        }

        impl $name {
            /// The keys that may be written here.
            pub(crate) const KEYS: &'static [$crate::reader::FieldName] =
                &[$((stringify!($field), $crate::written::flag(&[$(stringify!($required))?])),)*];
        }

        impl $crate::written::Written for $name {
            fn expected() -> String {
                $what.to_owned()
            }
            fn read(node: &$crate::tree::Node, to: &mut $crate::reader::Reader<'_>) -> Option<Self> {
                let fields = to.fields(node, $what, Self::KEYS, $least)?;
                Some(Self {
                    $($field: fields.take(stringify!($field)).and_then(|entry| {
                        to.below_field(stringify!($field), |to| $crate::written::At::read(&entry.value, to))
                    }),)*
                })
            }
        }
    };
}
pub(crate) use mapping;

/// Whether a key was marked.
pub(crate) const fn flag(marks: &[&str]) -> bool {
    !marks.is_empty()
}

/// Where a key that is unknown here would be legal.
pub(crate) fn elsewhere(key: &str) -> Option<String> {
    let has = |names: &[FieldName]| names.iter().any(|(name, _)| is_key(name, key));
    let homes: [(&'static str, &[FieldName]); 13] = [
        ("at the top of the file", policy::WrittenPolicy::KEYS),
        ("under `gate`", policy::Gate::KEYS),
        ("under `environment`", policy::Environment::KEYS),
        ("under a stage", policy::Stage::KEYS),
        ("under `coverage`", policy::Coverage::KEYS),
        ("under `container`", policy::Container::KEYS),
        ("under `container.scan`", policy::Scan::KEYS),
        ("under a rule of `skip`", policy::SkipRule::KEYS),
        ("under `when`", condition::Condition::KEYS),
        ("under an entry of a stage's `reports`", policy::Report::KEYS),
        ("in the organisation's floor, not in a repository", floor::WrittenFloor::KEYS),
        ("under a profile of the organisation's floor", platform::Profile::KEYS),
        ("under `proxy` of a profile of the organisation's floor", platform::Proxy::KEYS),
    ];
    let all: Vec<&str> = homes.iter().filter(|(_, names)| has(names)).map(|(home, _)| *home).collect();
    // The floor has most keys of a policy, so that it is named only where nothing else is.
    let all = if all.len() > 1 { all.into_iter().filter(|home| !home.contains("floor")).collect() } else { all };
    (!all.is_empty()).then(|| all.join(" or "))
}
