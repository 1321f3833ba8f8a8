//! Reads the members of one object and remembers which were asked for; whatever is left over is a fault.
//! Never fails early: a faulty member is reported and read as absent.

use std::cell::RefCell;

use serde_json::{Map, Value};

use crate::fault::{Faults, member};
use crate::path::{Path, Root};
use crate::template::Template;

pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    pub(super) pointer: &'a str,
    pub(super) faults: &'a Faults,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Fields<'a> {
    /// `None`, with a fault, when `value` is no object.
    pub(super) fn open(value: &'a Value, pointer: &'a str, faults: &'a Faults) -> Option<Self> {
        let Some(object) = value.as_object() else {
            faults.add(pointer, "must be an object");
            return None;
        };
        Some(Self { object, pointer, faults, known: RefCell::default() })
    }

    pub(super) fn raw(&self, name: &'static str) -> Option<&'a Value> {
        self.known.borrow_mut().push(name);
        self.object.get(name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    pub(super) fn place(&self, name: &str) -> String {
        member(self.pointer, name)
    }

    pub(super) fn fault(&self, name: &str, message: impl Into<String>) {
        self.faults.add(&self.place(name), message);
    }

    pub(super) fn text(&self, name: &'static str) -> Option<&'a str> {
        let value = self.raw(name)?;
        if value.as_str().is_none() {
            self.fault(name, "must be a string");
        }
        value.as_str()
    }

    pub(super) fn required_text(&self, name: &'static str) -> Option<&'a str> {
        self.require(name);
        self.text(name)
    }

    pub(super) fn require(&self, name: &'static str) {
        if !self.has(name) {
            self.faults.add(self.pointer, format!("{name} is missing"));
        }
    }

    pub(super) fn array(&self, name: &'static str) -> Option<&'a [Value]> {
        let value = self.raw(name)?;
        if value.as_array().is_none() {
            self.fault(name, "must be an array");
        }
        value.as_array().map(Vec::as_slice)
    }

    /// An integer from `least` to 99,999,999, the largest that Step Functions takes.
    pub(super) fn integer(&self, name: &'static str, least: u64) -> Option<u64> {
        let value = self.raw(name)?;
        let number = value.as_u64().filter(|number| (least..=99_999_999).contains(number));
        if number.is_none() {
            self.fault(name, format!("must be an integer from {least} to 99999999"));
        }
        number
    }

    pub(super) fn path(&self, name: &'static str) -> Option<Path> {
        let text = self.text(name)?;
        Path::parse(text).map_err(|what| self.fault(name, what)).ok()
    }

    /// A path into the input: where something is put, or a number is taken from.
    pub(super) fn input_path(&self, name: &'static str) -> Option<Path> {
        let path = self.path(name)?;
        if path.root == Root::Context {
            self.fault(name, "must begin with a single $: the context object cannot be used here");
        }
        Some(path)
    }

    /// A payload template, which is an object.
    pub(super) fn template(&self, name: &'static str) -> Option<Template> {
        let value = self.raw(name)?;
        if !value.is_object() {
            self.fault(name, "must be an object");
            return None;
        }
        Some(Template::load(value, &self.place(name), self.faults))
    }

    /// At most one of two members may be written.
    pub(super) fn exclusive(&self, one: &str, other: &str) {
        if self.has(one) && self.has(other) {
            self.fault(other, format!("{one} and {other} exclude each other"));
        }
    }

    /// Reports every member that nobody asked for; `owner` says of what.
    pub(super) fn close(self, owner: &str) {
        let known = self.known.borrow();
        for name in self.object.keys().filter(|name| !known.contains(&name.as_str())) {
            self.faults.add(&member(self.pointer, name), unknown(name, owner));
        }
    }
}

fn unknown(name: &str, owner: &str) -> String {
    let hint = match name {
        "Assign" | "Arguments" | "Output" | "Items" | "Condition" => "; variables and JSONata are not emulated",
        "Iterator" => "; write ItemProcessor",
        "ItemReader"
        | "ItemBatcher"
        | "ResultWriter"
        | "Label"
        | "ToleratedFailureCount"
        | "ToleratedFailurePercentage" => "; distributed maps are not emulated",
        _ => "",
    };
    format!("{owner} has no field {name:?}{hint}")
}
