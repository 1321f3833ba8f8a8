//! Constructs that have a short form. A reader sees the long form only: `crate::long` writes the short ones out before.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::Written;
use super::choices::{Bool, Rate};
use super::collections::Items;
use super::policy::{Container, Coverage, Stage};
use super::scalars::Command;
use crate::diagnostic::Diagnostic;
use crate::reader::Reader;
use crate::rules;
use crate::tree::{Kind, Meaning, Node};

/// A stage, or `false` for one that a preset has and this file does not want.
#[derive(Debug)]
pub(crate) enum StageEntry {
    Removed,
    Stage(Box<Stage>),
}

impl Written for StageEntry {
    fn expected() -> String {
        "a command, a list of commands, a mapping, or `false`".to_owned()
    }
    fn read(node: &Node, to: &mut Reader<'_>) -> Option<Self> {
        let meaning = match &node.kind {
            Kind::Map(_) => return Box::read(node, to).map(Self::Stage),
            Kind::Scalar(scalar) => scalar.meaning(),
            Kind::List(_) | Kind::Fault => Meaning::Text,
        };
        let here = to.here();
        match meaning {
            Meaning::Bool(false) => return Some(Self::Removed),
            Meaning::Bool(true) => {
                let message = format!("{here} cannot be `true`");
                let help = "remove it to keep a preset's stage, or write `run: true` for the shell's `true`";
                to.tell(Diagnostic::error(rules::WRONG_TYPE, node.span, message).help(help));
            }
            Meaning::Null | Meaning::Number(_) | Meaning::Text => to.wrong(node, &Self::expected()),
        }
        None
    }
}

impl JsonSchema for StageEntry {
    fn schema_name() -> Cow<'static, str> {
        "StageEntry".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let long = generator.subschema_for::<Stage>();
        let list = generator.subschema_for::<Items<Command, 1>>();
        json_schema!({
            "description": "A stage; a command or a list of them is short for `{run: …}`; `false` removes a preset's stage.",
            "anyOf": [long, {"type": "string", "pattern": "[^ \t\r\n]"}, list, {"const": false}]
        })
    }
}

/// Declares a construct of which a single value is short for one of its keys.
macro_rules! short {
    ($name:ident, $long:ident, $single:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug)]
        pub(crate) struct $name(pub(crate) $long);

        impl Written for $name {
            fn expected() -> String {
                format!("{} or a mapping", $single::expected())
            }
            fn read(node: &Node, to: &mut Reader<'_>) -> Option<Self> {
                match &node.kind {
                    Kind::Map(_) => $long::read(node, to).map(Self),
                    Kind::Scalar(_) | Kind::List(_) | Kind::Fault => {
                        to.wrong(node, &Self::expected());
                        None
                    }
                }
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let (long, single) = (generator.subschema_for::<$long>(), generator.subschema_for::<$single>());
                json_schema!({"description": $doc, "anyOf": [single, long]})
            }
        }
    };
}

short!(CoverageEntry, Coverage, Rate, "Demands on coverage; a percentage alone is short for `{line: …}`.");
short!(ContainerEntry, Container, Bool, "The container image; `true` is short for `{build: true}`.");
