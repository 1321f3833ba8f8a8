//! Lists, single values that stand for a list of one, and mappings whose keys people choose.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{At, Written};
use crate::diagnostic::Diagnostic;
use crate::reader::{Reader, shortened};
use crate::rules::{self, Rule};
use crate::tree::{Key, Kind, Node};

/// One value, or a list of at least `LEAST`. What could not be read is told and left out, so that a list that was written
/// is never taken for one that was not.
#[derive(Debug)]
pub(crate) struct OneOrMany<T, const LEAST: usize>(pub(crate) Vec<At<T>>);

/// A list of at least `LEAST`.
#[derive(Debug)]
pub(crate) struct Items<T, const LEAST: usize>(pub(crate) Vec<At<T>>);

/// A mapping from keys of one form to values.
#[derive(Debug)]
pub(crate) struct Keyed<K, V> {
    /// Every key that was written, whether its value could be read or not.
    pub(crate) keys: Vec<Key>,
    pub(crate) entries: Vec<(Key, At<V>)>,
    form: PhantomData<K>,
}

/// The form of a key.
pub(crate) trait KeyForm: std::fmt::Debug {
    /// As a regular expression for the whole key.
    const PATTERN: &'static str;
    /// What it is, for "is not …".
    const EXPECTED: &'static str;
    /// What to tell when it is not.
    const RULE: Rule = rules::NAME;

    /// Whether a key has it.
    fn fits(key: &str) -> bool;
}

/// The name of a stage or a skip rule.
#[derive(Debug)]
pub(crate) struct PolicyNameKey;

/// The name of an environment variable.
#[derive(Debug)]
pub(crate) struct VariableKey;

/// The name of a runtime: `nodejs`.
#[derive(Debug)]
pub(crate) struct RuntimeKey;

/// A glob; whether it is one is asked later.
#[derive(Debug)]
pub(crate) struct GlobKey;

impl KeyForm for PolicyNameKey {
    const PATTERN: &'static str = "^[a-z][a-z0-9-]{0,39}$";
    const EXPECTED: &'static str = "a name (a lower-case letter, then up to 39 lower-case letters, digits and `-`)";
    fn fits(key: &str) -> bool {
        super::scalars::policy_name(key)
    }
}

impl KeyForm for VariableKey {
    const PATTERN: &'static str = "^[A-Za-z_][A-Za-z0-9_]*$";
    const EXPECTED: &'static str = "a variable's name (a letter or `_`, then letters, digits and `_`)";
    fn fits(key: &str) -> bool {
        key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    }
}

impl KeyForm for RuntimeKey {
    const PATTERN: &'static str = "^[a-z][a-z0-9_-]*$";
    const EXPECTED: &'static str = "a runtime's name such as `nodejs`";
    fn fits(key: &str) -> bool {
        key.starts_with(|c: char| c.is_ascii_lowercase())
            && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b))
    }
}

impl KeyForm for GlobKey {
    const PATTERN: &'static str = "";
    const EXPECTED: &'static str = "a glob";
    fn fits(_: &str) -> bool {
        true
    }
}

fn items<T: Written>(items: &[Node], node: &Node, least: usize, to: &mut Reader<'_>) -> Vec<At<T>> {
    if items.len() < least {
        let fault = Diagnostic::error(rules::EMPTY, node.span, format!("{} is an empty list", to.here()));
        to.tell(fault.help(format!("give it {}, or remove the key", T::expected())));
    }
    items.iter().filter_map(|item| At::read(item, to)).collect()
}

impl<T: Written, const LEAST: usize> Written for OneOrMany<T, LEAST> {
    fn expected() -> String {
        format!("{}, or a list of them", T::expected())
    }
    fn read(node: &Node, to: &mut Reader<'_>) -> Option<Self> {
        match &node.kind {
            Kind::List(list) => Some(Self(items(list, node, LEAST, to))),
            Kind::Scalar(_) | Kind::Map(_) | Kind::Fault => Some(Self(At::read(node, to).into_iter().collect())),
        }
    }
}

impl<T: Written, const LEAST: usize> Written for Items<T, LEAST> {
    fn expected() -> String {
        "a list".to_owned()
    }
    fn read(node: &Node, to: &mut Reader<'_>) -> Option<Self> {
        let Kind::List(list) = &node.kind else {
            to.wrong(node, &format!("a list, of which each entry is {}", T::expected()));
            return None;
        };
        Some(Self(items(list, node, LEAST, to)))
    }
}

impl<K: KeyForm, V: Written> Written for Keyed<K, V> {
    fn expected() -> String {
        "a mapping".to_owned()
    }
    fn read(node: &Node, to: &mut Reader<'_>) -> Option<Self> {
        let Kind::Map(map) = &node.kind else {
            to.wrong(node, "a mapping");
            return None;
        };
        let mut entries = Vec::new();
        for entry in map {
            let key = &entry.key;
            if !K::fits(&key.text) {
                to.fault(K::RULE, key.span, format!("`{}` is not {}", shortened(&key.text), K::EXPECTED));
                to.bad_names.insert(key.text.clone());
            }
            let value = to.below(&key.text, |to| At::read(&entry.value, to));
            if let Some(value) = value.filter(|_| K::fits(&key.text)) {
                entries.push((key.clone(), value));
            }
        }
        Some(Self { keys: map.iter().map(|entry| entry.key.clone()).collect(), entries, form: PhantomData })
    }
}

fn list_schema<T: JsonSchema>(least: usize, generator: &mut SchemaGenerator) -> Schema {
    let item = generator.subschema_for::<T>();
    match least {
        0 => json_schema!({"type": "array", "items": item}),
        least => json_schema!({"type": "array", "items": item, "minItems": least}),
    }
}

impl<T: JsonSchema, const LEAST: usize> JsonSchema for OneOrMany<T, LEAST> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMany{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        let many = list_schema::<T>(LEAST, generator);
        json_schema!({"anyOf": [one, many]})
    }
}

impl<T: JsonSchema, const LEAST: usize> JsonSchema for Items<T, LEAST> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("ListOf{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        list_schema::<T>(LEAST, generator)
    }
}

impl<K: KeyForm, V: JsonSchema> JsonSchema for Keyed<K, V> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("MappingTo{}", V::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<V>();
        match K::PATTERN {
            "" => json_schema!({"type": "object", "additionalProperties": value}),
            pattern => json_schema!({
                "type": "object", "propertyNames": {"pattern": pattern}, "additionalProperties": value
            }),
        }
    }
}
