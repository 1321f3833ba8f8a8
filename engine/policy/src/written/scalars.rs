//! The single values of the language: text, names, numbers, durations. Each says in its schema exactly what its reader
//! takes.

use schemars::json_schema;

use crate::diagnostic::Diagnostic;
use crate::reader::{Reader, shortened};
use crate::rules::{self, Rule};
use crate::span::Span;
use crate::tree::{Kind, Meaning, Node, Scalar};

/// Declares a single value: documentation, Rust type inside, what it is called, JSON Schema, and reader.
macro_rules! scalar {
    ($(#[doc = $doc:literal])* $name:ident($inner:ty), $what:literal, $schema:tt, $read:expr) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone)]
        pub(crate) struct $name(pub(crate) $inner);

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut schema: schemars::Schema = json_schema!($schema);
                schema.insert("description".to_owned(), concat!($($doc),*).trim().into());
                schema
            }
        }

        impl $crate::written::Written for $name {
            fn expected() -> String {
                $what.to_owned()
            }
            fn read(node: &$crate::tree::Node, to: &mut $crate::reader::Reader<'_>) -> Option<Self> {
                let read: fn(&Node, &str, &mut Reader<'_>) -> Option<$inner> = $read;
                read(node, $what, to).map(Self)
            }
        }
    };
}
pub(crate) use scalar;

scalar!(
    /// Text, taken as it is written: 3.10 stays 3.10.
    Text(String), "text", {"type": ["string", "number", "boolean"]}, text
);
scalar!(
    /// One shell command line or block, run by `bash -euo pipefail`.
    Command(String), "a command",
    {"type": ["string", "number", "boolean"], "pattern": VISIBLE},
    |node, what, to| match &node.kind {
        Kind::Map(_) => unquoted_command(node, to),
        Kind::Scalar(_) | Kind::List(_) | Kind::Fault => visible(node, what, to),
    }
);
scalar!(
    /// A part of a title, or a regular expression for the whole of it. Case makes no difference.
    TitleText(String), "text in quotes",
    {"type": ["string", "number", "boolean"], "pattern": VISIBLE},
    |node, what, to| match &node.kind {
        Kind::List(_) => title_list(node, to),
        Kind::Scalar(_) | Kind::Map(_) | Kind::Fault => visible(node, what, to),
    }
);
scalar!(
    /// Text that is not blank.
    Words(String), "text that is not blank",
    {"type": ["string", "number", "boolean"], "pattern": VISIBLE}, visible
);
scalar!(
    /// An image's name, without blanks.
    Image(String), "an image's name",
    {"type": ["string", "number", "boolean"], "pattern": "^[^ \t\r\n]+$"},
    |node, what, to| {
        let fits = |t: &str| !t.is_empty() && !t.contains([' ', '\t', '\r', '\n']);
        text(node, what, to).and_then(|t| form(rules::FORM, node, t, what, fits, to))
    }
);
scalar!(
    /// A path inside the checkout, relative to its root.
    Path(String), "a path inside the checkout",
    {"type": ["string", "number", "boolean"], "not": {"type": "string", "pattern": "^$|^/|(^|/)\\.\\.(/|$)"}},
    |node, what, to| text(node, what, to).and_then(|t| form(rules::PATH, node, t, what, stays_inside, to))
);
scalar!(
    /// A glob for files inside the checkout: `*` stays inside one path part, `**` crosses them, a leading `!` takes away.
    FileGlob(String), "a glob for files inside the checkout",
    {"type": ["string", "number", "boolean"], "not": {"type": "string", "pattern": "^!?$|^!?/|(^!?|/)\\.\\.(/|$)"}},
    |node, what, to| {
        let fits = |t: &str| stays_inside(t.strip_prefix('!').unwrap_or(t));
        text(node, what, to).and_then(|t| form(rules::PATH, node, t, what, fits, to))
    }
);
scalar!(
    /// A length of time: `45s`, `30m`, `1h30m`.
    Duration(String), "a duration such as 45s, 30m or 1h30m",
    {"type": "string", "pattern": "^([0-9]+h([0-9]+m)?([0-9]+s)?|[0-9]+m([0-9]+s)?|[0-9]+s)$"},
    |node, what, to| match scalar_of(node) {
        Some(scalar) if !scalar.text.is_empty() && scalar.text.bytes().all(|b| b.is_ascii_digit()) => {
            let fault = Diagnostic::error(rules::FORM, node.span, format!("`{}` is not {what}", shortened(&scalar.text)));
            to.tell(fault.help(format!("give it a unit: {0}s or {0}m", shortened(&scalar.text))));
            None
        }
        Some(_) | None => string(rules::FORM, node, what, duration_form, to),
    }
);
scalar!(
    /// A day: `2027-01-31`.
    Date(String), "a day such as 2027-01-31",
    {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"},
    |node, what, to| string(rules::FORM, node, what, date_form, to)
);
scalar!(
    /// A glob for ARNs, in which `*` never crosses `:` or `/`: `arn:aws:sts::*:assumed-role/OnCall/*`.
    Arn(String), "an ARN such as arn:aws:iam::111122223333:user/alice or arn:aws:sts::*:assumed-role/Role/*",
    {"type": "string", "pattern": "^arn:([^:]*:){4}"},
    |node, what, to| string(rules::FORM, node, what, |t| t.starts_with("arn:") && t.split(':').count() >= 6, to)
);
scalar!(
    /// The name of a stage.
    Name(String), "a name (a lower-case letter, then up to 39 lower-case letters, digits and `-`)",
    {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,39}$"},
    |node, what, to| match scalar_of(node) {
        Some(scalar) if to.bad_names.contains(&scalar.text) => None,
        Some(_) | None => string(rules::NAME, node, what, policy_name, to),
    }
);
scalar!(
    /// The name of a build profile of the organisation's floor.
    ProfileName(String), "a name (a lower-case letter, then up to 39 lower-case letters, digits and `-`)",
    {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,39}$"},
    |node, what, to| string(rules::NAME, node, what, policy_name, to)
);
scalar!(
    /// The id of a finding: `CVE-2026-1`.
    FindingId(String), "the id of a finding such as CVE-2026-1",
    {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9._:-]*$"},
    |node, what, to| string(rules::FORM, node, what, |t| {
        t.starts_with(|c: char| c.is_ascii_alphabetic())
            && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b))
    }, to)
);

const VISIBLE: &str = "[^ \t\r\n]";

pub(crate) fn policy_name(text: &str) -> bool {
    gated_core::names::PolicyName::new(text).is_ok()
}

fn stays_inside(path: &str) -> bool {
    !path.is_empty() && !path.starts_with('/') && !path.split('/').any(|part| part == "..")
}

fn duration_form(text: &str) -> bool {
    let mut rest = text;
    for unit in ['h', 'm', 's'] {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 && rest[digits..].starts_with(unit) {
            rest = &rest[digits + 1..];
        }
    }
    rest.is_empty() && !text.is_empty()
}

fn date_form(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    digits(year, 4)
        && digits(month, 2)
        && digits(day, 2)
        && ("01"..="12").contains(&month)
        && ("01"..="31").contains(&day)
}

/// Text as it was written, whatever YAML makes of it.
pub(crate) fn text(node: &Node, what: &str, to: &mut Reader<'_>) -> Option<String> {
    match &node.kind {
        Kind::Scalar(scalar) if scalar.meaning() != Meaning::Null => Some(scalar.text.clone()),
        Kind::Scalar(_) | Kind::List(_) | Kind::Map(_) | Kind::Fault => {
            to.wrong(node, what);
            None
        }
    }
}

fn visible(node: &Node, what: &str, to: &mut Reader<'_>) -> Option<String> {
    let found = text(node, what, to)?;
    if found.contains(|c: char| !matches!(c, ' ' | '\t' | '\r' | '\n')) {
        return Some(found);
    }
    let message = format!("{} must be {what}, and this is blank", to.here());
    to.fault(rules::EMPTY, node.span, message);
    None
}

/// Text of a form that no number and no boolean has.
fn string(rule: Rule, node: &Node, what: &str, fits: fn(&str) -> bool, to: &mut Reader<'_>) -> Option<String> {
    let found = text(node, what, to)?;
    let is_text = matches!(&node.kind, Kind::Scalar(scalar) if scalar.meaning() == Meaning::Text);
    if !is_text && fits(&found) {
        let fault =
            Diagnostic::error(rule, node.span, format!("{} must be text, and this is {}", to.here(), node.described()));
        to.tell(fault.help(format!("write \"{found}\" in quotes")));
        return None;
    }
    form(rule, node, found, what, fits, to)
}

pub(crate) fn form(
    rule: Rule,
    node: &Node,
    found: String,
    what: &str,
    fits: fn(&str) -> bool,
    to: &mut Reader<'_>,
) -> Option<String> {
    if fits(&found) {
        return Some(found);
    }
    let message = format!("`{}` is not {what}", shortened(&found));
    to.fault(rule, node.span, message);
    None
}

/// `- echo a: b` is a mapping for YAML, and so is `- echo a:`, whose colon is part of the command as well.
fn unquoted_command(node: &Node, to: &mut Reader<'_>) -> Option<String> {
    let span = with_colon(node.span, to.source);
    let whole = to.source.get(span.start..span.end).unwrap_or_default();
    let line = whole.lines().next().unwrap_or_default();
    let quoted = crate::words::quoted(line.trim_matches(['{', '}', ' ']));
    let one_line = span.line == span.end_line && !whole.starts_with('{') && !whole.contains('#');
    let message = format!("{} must be a command, and a colon makes this one a mapping", to.here());
    let fault =
        Diagnostic::error(rules::UNQUOTED_COMMAND, span, message).help(format!("quote the whole command: {quoted}"));
    to.tell(if one_line { fault.written("quote the whole command", quoted) } else { fault });
    None
}

/// A mapping whose last value is empty ends before the colon, when it ends with one on the same line.
fn with_colon(span: Span, source: &str) -> Span {
    let rest = source.get(span.end..).unwrap_or_default();
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    if !rest[blanks..].starts_with(':') {
        return span;
    }
    let more = blanks + 1;
    let columns = u32::try_from(more).unwrap_or_default();
    Span { end: span.end + more, end_column: span.end_column + columns, ..span }
}

/// `title: [hotfix]` is a list for YAML.
pub(crate) fn title_list<T>(node: &Node, to: &mut Reader<'_>) -> Option<T> {
    let written = to.source.get(node.span.start..node.span.end).unwrap_or_default();
    let message = format!("{} must be text, and without quotes this is a list", to.here());
    let fault = Diagnostic::error(rules::TITLE_LIST, node.span, message);
    let one_flow_line = written.starts_with('[') && !written.contains('\n');
    let quoted = crate::words::quoted(written);
    to.tell(match one_flow_line {
        true => fault.help(format!("quote it: {quoted}")).written("quote the title", quoted),
        false => fault.help("give one text; several titles are written with `any`"),
    });
    None
}

/// A scalar's parts, for numbers and booleans.
pub(crate) fn scalar_of(node: &Node) -> Option<&Scalar> {
    match &node.kind {
        Kind::Scalar(scalar) => Some(scalar),
        Kind::List(_) | Kind::Map(_) | Kind::Fault => None,
    }
}
