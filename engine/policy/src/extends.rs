//! `extends`: a file over its presets. Mappings merge, scalars and lists replace, a preset's keys keep their place and new
//! ones come after. What comes from a preset stands at the word that names it.

use crate::compose::compose;
use crate::diagnostic::Diagnostic;
use crate::long::long_form;
use crate::presets::preset;
use crate::reader::Reader;
use crate::rules;
use crate::span::Span;
use crate::tree::{Entry, Kind, Meaning, Node};

/// `file`, which is in long form, over the presets that it names; `None` where it names none. An unknown preset is left to the
/// reading of `extends`.
pub(crate) fn resolve(file: &Node, to: &mut Reader<'_>) -> Option<Node> {
    let mut base: Option<Node> = None;
    to.incomplete |= file.get("extends").is_some_and(|node| matches!(node.kind, Kind::Map(_) | Kind::Fault));
    for (name, span) in named(file) {
        let Some(text) = preset(&name) else {
            to.incomplete = true;
            continue;
        };
        let Some(document) = compose(text.as_bytes()).document else { continue };
        let next = moved(without(long_form(document.root), &["version", "extends"]), span);
        base = Some(match base {
            Some(earlier) => merged(earlier, next),
            None => next,
        });
    }
    removals(file, base.as_ref(), to);
    base.map(|base| merged(base, file.clone()))
}

/// The names under `extends`, with their places.
fn named(file: &Node) -> Vec<(String, Span)> {
    let of = |node: &Node| match &node.kind {
        Kind::Scalar(scalar) => Some((scalar.text.clone(), node.span)),
        Kind::List(_) | Kind::Map(_) | Kind::Fault => None,
    };
    match file.get("extends") {
        None => Vec::new(),
        Some(node) => match &node.kind {
            Kind::List(items) => items.iter().filter_map(of).collect(),
            Kind::Scalar(_) | Kind::Map(_) | Kind::Fault => of(node).into_iter().collect(),
        },
    }
}

/// Every `stage: false` must take away something.
fn removals(file: &Node, base: Option<&Node>, to: &mut Reader<'_>) {
    let Some(Node { kind: Kind::Map(stages), .. }) = file.get("stages") else { return };
    let inherited = base.and_then(|base| base.get("stages"));
    for stage in stages {
        let removed = matches!(&stage.value.kind, Kind::Scalar(s) if s.meaning() == Meaning::Bool(false));
        if removed && !to.incomplete && inherited.is_none_or(|stages| stages.get(&stage.key.text).is_none()) {
            let message = format!("no preset has a stage `{}` that could be removed", stage.key.text);
            let fault = Diagnostic::error(rules::NOTHING_TO_REMOVE, stage.key.span, message);
            to.tell(fault.help("remove this line; `false` takes away a stage that `extends` brings"));
        }
    }
}

fn merged(base: Node, over: Node) -> Node {
    let span = over.span;
    match (base.kind, over.kind) {
        (Kind::Map(base), Kind::Map(mut over)) => {
            let mut entries: Vec<Entry> = Vec::new();
            for old in base {
                match over.iter().position(|new| new.key.text == old.key.text) {
                    Some(at) => {
                        let new = over.remove(at);
                        entries.push(Entry { key: new.key, value: merged(old.value, new.value) });
                    }
                    None => entries.push(old),
                }
            }
            entries.append(&mut over);
            Node { span, kind: Kind::Map(entries) }
        }
        (_, kind) => Node { span, kind },
    }
}

fn without(mut node: Node, keys: &[&str]) -> Node {
    if let Kind::Map(entries) = &mut node.kind {
        entries.retain(|entry| !keys.contains(&entry.key.text.as_str()));
    }
    node
}

/// The same values, all at one place.
fn moved(node: Node, span: Span) -> Node {
    let kind = match node.kind {
        Kind::List(items) => Kind::List(items.into_iter().map(|item| moved(item, span)).collect()),
        Kind::Map(entries) => {
            let entry = |mut entry: Entry| {
                entry.key.span = span;
                Entry { key: entry.key, value: moved(entry.value, span) }
            };
            Kind::Map(entries.into_iter().map(entry).collect())
        }
        other @ (Kind::Scalar(_) | Kind::Fault) => other,
    };
    Node { span, kind }
}
