//! Writes short forms out, so that files merge key by key whichever form they use: `lint: make lint` is `{run: make lint}`.
//! The long form stands where the short one stood.

use crate::tree::{Entry, Key, Kind, Meaning, Node};

/// The same document in long form.
pub(crate) fn long_form(mut root: Node) -> Node {
    if let Some(stages) = value_mut(&mut root, "stages")
        && let Kind::Map(entries) = &mut stages.kind
    {
        for entry in entries {
            let short = match &entry.value.kind {
                Kind::Scalar(scalar) => scalar.meaning() == Meaning::Text,
                Kind::List(_) => true,
                Kind::Map(_) | Kind::Fault => false,
            };
            if short {
                wrap(&mut entry.value, "run");
            }
        }
    }
    for (construct, key) in [("coverage", "line"), ("container", "build")] {
        if let Some(value) = value_mut(&mut root, construct)
            && matches!(&value.kind, Kind::Scalar(scalar) if scalar.meaning() != Meaning::Null)
        {
            wrap(value, key);
        }
    }
    root
}

fn value_mut<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    match &mut node.kind {
        Kind::Map(entries) => entries.iter_mut().find(|entry| entry.key.text == key).map(|entry| &mut entry.value),
        Kind::Scalar(_) | Kind::List(_) | Kind::Fault => None,
    }
}

/// `value` → `{key: value}`
fn wrap(value: &mut Node, key: &str) {
    let span = value.span;
    let inner = std::mem::replace(value, Node { span, kind: Kind::Fault });
    let entry = Entry { key: Key { text: key.to_owned(), span }, value: inner };
    value.kind = Kind::Map(vec![entry]);
}
