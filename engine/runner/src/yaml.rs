//! Turns YAML (or JSON, which is nearly a part of it) into a tree in which every value keeps its line and column.
//! It never interprets a value: what is a number elsewhere is the text that was written here.

use std::collections::HashMap;
use std::rc::Rc;

use granit_parser::{Event, Options, Parser, ScalarStyle, Span, StrInput};

/// Longest text that is read, in bytes. CodeBuild takes 25,600 characters inline; a file may be larger (*assumed*).
const MAX_BYTES: usize = 1024 * 1024;
/// Most nodes a document may have once its aliases are expanded, so that a small text cannot ask for a large tree.
const MAX_NODES: usize = 50_000;
/// Deepest nesting. The grammar needs seven levels.
const MAX_DEPTH: usize = 32;

/// Line and column of a value, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A value and where it was written.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
    /// Nodes in this tree, aliases counted each time.
    size: usize,
}

/// What can be written; a plain empty scalar, `~` and `null` are [`Value::Null`].
#[derive(Debug)]
pub(crate) enum Value {
    Null,
    Scalar(String),
    List(Vec<Rc<Node>>),
    Map(Vec<Entry>),
}

/// One key of a mapping with its value.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) at: Place,
    pub(crate) value: Rc<Node>,
}

/// Why a text is no tree.
#[derive(Debug)]
pub(crate) struct YamlFault {
    pub(crate) place: Place,
    pub(crate) message: String,
}

/// Reads the one document of `text`.
pub(crate) fn read(text: &str) -> Result<Rc<Node>, YamlFault> {
    let start = Place { line: 1, column: 1 };
    if text.len() > MAX_BYTES {
        return Err(fault(start, format!("the buildspec has {} bytes, more than {MAX_BYTES}", text.len())));
    }
    match read_yaml(text) {
        Ok(node) => Ok(node),
        // JSON that YAML refuses, such as an escaped surrogate pair; its values have no place of their own.
        Err(first) if text.trim_start().starts_with('{') => match serde_json::from_str(text) {
            Ok(value) => Ok(from_json(value, start)),
            Err(_) => Err(first),
        },
        Err(first) => Err(first),
    }
}

fn read_yaml(text: &str) -> Result<Rc<Node>, YamlFault> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let mut reader = Reader { events: Parser::new_from_str_with_options(text, options), anchors: HashMap::new() };
    let mut document = None;
    while let Some((event, place)) = reader.next()? {
        match event {
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd | Event::Comment(..) => {}
            Event::StreamEnd => break,
            _ if document.is_some() => return Err(fault(place, "a second document; a buildspec is one document")),
            event => document = Some(reader.node(event, place)?),
        }
    }
    document.ok_or_else(|| fault(Place { line: 1, column: 1 }, "the buildspec is empty"))
}

struct Reader<'t> {
    events: Parser<'t, StrInput<'t>>,
    anchors: HashMap<usize, Rc<Node>>,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Option<(Event<'t>, Place)>, YamlFault> {
        match self.events.next() {
            None => Ok(None),
            Some(Ok((event, span))) => Ok(Some((event, place(&span)))),
            Some(Err(error)) => {
                let place = Place { line: error.marker().line(), column: error.marker().col() + 1 };
                Err(fault(place, error.info()))
            }
        }
    }

    /// The node that begins with `event`, whose children are still unread.
    fn node(&mut self, event: Event<'t>, at: Place) -> Result<Rc<Node>, YamlFault> {
        let (value, anchor, size) = match event {
            Event::Alias(id) => {
                let target = self.anchors.get(&id).cloned();
                return target.ok_or_else(|| fault(at, "an alias of a value that contains it"));
            }
            Event::Scalar(text, style, anchor, _) => (scalar(&text, style), anchor, 1),
            Event::SequenceStart(_, anchor, _) => {
                let (items, size) = self.items(at)?;
                (Value::List(items), anchor, size + 1)
            }
            Event::MappingStart(_, anchor, _) => {
                let (entries, size) = self.entries(at)?;
                (Value::Map(entries), anchor, size + 1)
            }
            _ => return Err(fault(at, "a value is missing")),
        };
        let node = Rc::new(Node { place: at, value, size });
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        Ok(node)
    }

    fn items(&mut self, at: Place) -> Result<(Vec<Rc<Node>>, usize), YamlFault> {
        let (mut items, mut size) = (Vec::new(), 0);
        while let Some((event, place)) = self.next()? {
            if matches!(event, Event::SequenceEnd) {
                return Ok((items, size));
            }
            let node = self.node(event, place)?;
            size = grown(size, &node, place)?;
            items.push(node);
        }
        Err(fault(at, "a list without an end"))
    }

    fn entries(&mut self, at: Place) -> Result<(Vec<Entry>, usize), YamlFault> {
        let (mut entries, mut size) = (Vec::<Entry>::new(), 0);
        while let Some((event, place)) = self.next()? {
            let key = match event {
                Event::MappingEnd => return Ok((entries, size)),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return Err(fault(place, "a key must be plain text")),
            };
            if let Some(first) = entries.iter().find(|entry| entry.key == key) {
                return Err(fault(place, format!("key `{key}` is already set at line {}", first.at.line)));
            }
            let Some((event, value_place)) = self.next()? else { break };
            let value = self.node(event, value_place)?;
            size = grown(size, &value, place)?;
            entries.push(Entry { key, at: place, value });
        }
        Err(fault(at, "a mapping without an end"))
    }
}

fn grown(size: usize, child: &Node, at: Place) -> Result<usize, YamlFault> {
    let size = size + child.size;
    if size > MAX_NODES {
        return Err(fault(at, format!("more than {MAX_NODES} values once aliases are expanded")));
    }
    Ok(size)
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    match (style, text) {
        (ScalarStyle::Plain, "" | "~" | "null" | "Null" | "NULL") => Value::Null,
        _ => Value::Scalar(text.to_owned()),
    }
}

fn from_json(value: serde_json::Value, at: Place) -> Rc<Node> {
    let value = match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::String(text) => Value::Scalar(text),
        serde_json::Value::Array(items) => Value::List(items.into_iter().map(|item| from_json(item, at)).collect()),
        serde_json::Value::Object(map) => {
            Value::Map(map.into_iter().map(|(key, value)| Entry { key, at, value: from_json(value, at) }).collect())
        }
        other => Value::Scalar(other.to_string()),
    };
    Rc::new(Node { place: at, value, size: 1 })
}

fn place(span: &Span) -> Place {
    Place { line: span.start.line(), column: span.start.col() + 1 }
}

fn fault(place: Place, message: impl Into<String>) -> YamlFault {
    YamlFault { place, message: message.into() }
}
