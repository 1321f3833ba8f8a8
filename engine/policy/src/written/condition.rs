//! Conditions and titles as people write them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::collections::{Items, OneOrMany};
use super::scalars::{Arn, Text, TitleText, title_list};
use super::{At, Written, mapping};
use crate::reader::Reader;
use crate::tree::{Kind, Node};

mapping!(
    /// When something holds. Keys beside each other mean *and*; values in a list mean *or*.
    #[schemars(extend("minProperties" = 1))]
    Condition, "a condition with `paths`, `source`, `destination`, `title`, `author`, `all`, `any` or `not`", 1 {
        /// Some changed file matches one of these globs. A rename counts as both paths.
        paths: OneOrMany<Text, 1>,
        /// The source branch matches one of these globs.
        source: OneOrMany<Text, 1>,
        /// The destination branch matches one of these globs.
        destination: OneOrMany<Text, 1>,
        /// The pull request's title has this form.
        title: Title,
        /// Who opened the pull request.
        author: OneOrMany<Arn, 1>,
        /// All of these hold.
        all: Items<Condition, 1>,
        /// One of these holds.
        any: Items<Condition, 1>,
        /// This does not hold.
        not: Box<Condition>,
    }
);

mapping!(
    /// Forms of a title; written beside each other, all of them must fit.
    #[schemars(extend("minProperties" = 1))]
    TitleForms, "`starts-with`, `contains` or `matches`", 1 {
        /// The title begins with this text.
        starts_with: TitleText,
        /// The title has this text somewhere.
        contains: TitleText,
        /// The whole title matches this regular expression.
        matches: TitleText,
    }
);

/// How a title is recognised: a text alone is short for `starts-with`.
#[derive(Debug)]
pub(crate) enum Title {
    Short(At<TitleText>),
    Forms(TitleForms),
}

impl Written for Title {
    fn expected() -> String {
        "text, or a mapping with `starts-with`, `contains` or `matches`".to_owned()
    }
    fn read(node: &Node, to: &mut Reader<'_>) -> Option<Self> {
        match &node.kind {
            Kind::List(_) => title_list(node, to),
            Kind::Map(_) => TitleForms::read(node, to).map(Self::Forms),
            Kind::Scalar(_) | Kind::Fault => At::read(node, to).map(Self::Short),
        }
    }
}

impl JsonSchema for Title {
    fn schema_name() -> Cow<'static, str> {
        "Title".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (short, forms) = (generator.subschema_for::<TitleText>(), generator.subschema_for::<TitleForms>());
        json_schema!({
            "description": "How a title is recognised: a text alone is short for `starts-with`.",
            "anyOf": [short, forms]
        })
    }
}

impl<T: Written> Written for Box<T> {
    fn expected() -> String {
        T::expected()
    }
    fn read(node: &Node, to: &mut Reader<'_>) -> Option<Self> {
        T::read(node, to).map(Self::new)
    }
}
