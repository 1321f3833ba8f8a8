//! The hash of a decision: the same while nothing that it rests on changed. The commit at the destination's tip is left
//! out on purpose: every merge moves it, and only a new text of the policy there can change what is decided. The merge base
//! is in it: the changed lines are counted from there, and it moves only where the destination took a part of the source.

use serde_json::{Value, json};

use crate::decide::mode;
use crate::decision::VERSION;
use crate::facts::{ChangeKind, Facts};
use crate::layers::{Found, Layer, Layers};
use crate::names::sha256_hex;

/// SHA-256 over the gate's version, the three layers' texts and the facts used, as JSON with a fixed order of keys.
pub(crate) fn fingerprint(layers: &Layers, facts: &Facts, gate: &str) -> String {
    let change = &facts.change;
    let mut approvals = facts.approvals.clone();
    approvals.sort_unstable();
    approvals.dedup();
    let mut files: Vec<Value> = facts.changed.files.iter().map(|file| json!([file.path, kind(file.kind)])).collect();
    files.sort_by_key(Value::to_string);
    let content = json!([
        VERSION,
        gate,
        [layer(&layers.floor), layer(&layers.destination), layer(&layers.source)],
        [change.repository, change.pull_request, change.revision, change.source_commit, change.merge_base],
        [change.source_reference, change.destination_reference],
        facts.title,
        facts.author,
        approvals,
        facts.overridden_by,
        [json!(facts.changed.complete), json!(files)],
        mode(layers, facts),
    ]);
    sha256_hex(content.to_string().as_bytes())
}

/// The layer's text by its hash; a value that came without a text, by itself.
fn layer<T: serde::Serialize>(layer: &Layer<T>) -> Value {
    let value = match &layer.found {
        Found::Absent => json!("absent"),
        Found::Invalid(problems) => json!(["invalid", problems]),
        Found::Valid(value, _) if layer.origin.hash.is_none() => json!(["valid", value]),
        Found::Valid(..) => json!("valid"),
    };
    json!([layer.origin.hash, value])
}

fn kind(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "added",
        ChangeKind::Modified => "modified",
        ChangeKind::Deleted => "deleted",
    }
}
