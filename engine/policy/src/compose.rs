//! Text → tree, strictly. The only file that names the YAML parser; it never resolves an alias, so that no input makes
//! more values than it has characters.

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, options};

use crate::budget::{DEEPEST, MOST_NODES, readable};
use crate::diagnostic::Diagnostic;
use crate::place::within_quotes;
use crate::rules;
use crate::span::{Span, clamp};
use crate::tree::{Comment, Document, Entry, Key, Kind, Meaning, Node, Scalar, Style};
use crate::words::{self, Cause};

/// What became of a text.
#[derive(Debug)]
pub struct Composed {
    /// The document; `None` when the text is not YAML at all. Faulty parts of it are [`Kind::Fault`].
    pub document: Option<Document>,
    /// Every breach of strict YAML, in the order of the text; after one of syntax there is none.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads one YAML document.
pub fn compose(bytes: &[u8]) -> Composed {
    let text = match readable(bytes) {
        Ok(text) => text,
        Err(fault) => return Composed { document: None, diagnostics: vec![*fault] },
    };
    let options = options! {
        disallow_directives: true,
        block_scalar_eof_without_line_feed: true,
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        max_buffered_comment_events: MOST_NODES,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    let mut composer = Composer::new(text);
    for next in Parser::new_from_str_with_options(text, options) {
        let step = match next {
            Ok((event, span)) => composer.event(event, span),
            Err(error) => Err(composer.scan_error(&error)),
        };
        if let Err(fault) = step {
            composer.stop(*fault);
            return Composed { document: None, diagnostics: composer.diagnostics };
        }
    }
    let nothing = Node { span: Span::TOP, kind: Kind::Scalar(Scalar { text: String::new(), style: Style::Plain }) };
    let document = Document { root: composer.root.unwrap_or(nothing), comments: composer.comments };
    Composed { document: Some(document), diagnostics: composer.diagnostics }
}

/// After this many aliases a file is not read on.
const MOST_ALIASES: usize = 8;

struct Composer<'t> {
    text: &'t str,
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    documents: usize,
    comments: Vec<Comment>,
    diagnostics: Vec<Diagnostic>,
}

/// A collection that is not closed yet.
enum Open {
    List { span: Span, items: Vec<Node> },
    Map { span: Span, entries: Vec<Entry>, key: Pending },
}

/// Where an open mapping stands.
enum Pending {
    /// A key comes next.
    Key,
    /// This key's value comes next.
    Value(Key),
    /// The value of a faulty key comes next, and is dropped.
    Dropped,
}

type Step = Result<(), Box<Diagnostic>>;

impl<'t> Composer<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            open: Vec::new(),
            root: None,
            nodes: 0,
            documents: 0,
            comments: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    fn event(&mut self, event: Event<'_>, raw: granit_parser::Span) -> Step {
        let span = place(raw.start, raw.end);
        let tag = raw.tag_span().map(|tag| place(tag.start, tag.end));
        match event {
            Event::DocumentStart(..) => self.document_start(span),
            Event::Scalar(text, style, _, _) => {
                // The parser calls a value that is not there `~`.
                let text = if span.start == span.end { String::new() } else { text.into_owned() };
                let scalar = Scalar { text, style: style_of(style) };
                self.scalar(scalar, span, tag)
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let written = self.text.get(span.start..span.end).unwrap_or("*");
                self.diagnostics.push(words::alias(self.text, written, span));
                self.aliases()?;
                self.node(Node { span, kind: Kind::Fault })
            }
            Event::Anchor(_, name) => {
                let message = format!("anchors are not part of this language: `&{name}`");
                let fault = Diagnostic::error(rules::ANCHOR, span, message);
                self.diagnostics.push(fault.help("write the value out where it is needed"));
                Ok(())
            }
            Event::SequenceStart(..) => {
                let span = self.at_its_dash(span);
                self.begin(span, tag)?;
                self.open.push(Open::List { span, items: Vec::new() });
                Ok(())
            }
            Event::MappingStart(..) => {
                self.begin(span, tag)?;
                self.open.push(Open::Map { span, entries: Vec::new(), key: Pending::Key });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Comment(text, _) => {
                self.comments.push(Comment { text: text.into_owned(), span });
                Ok(())
            }
            // The remaining events frame the stream; a new one of a later parser would say nothing about values.
            _ => Ok(()),
        }
    }

    fn document_start(&mut self, span: Span) -> Step {
        self.documents += 1;
        if self.documents < 2 {
            return Ok(());
        }
        let fault = Diagnostic::error(rules::DOCUMENTS, span, "a second document begins here");
        Err(Box::new(fault.help("keep one document in the file and remove `---`")))
    }

    /// A file with many aliases is a bomb, or one of another language: one finding, at the first, says all there is to say.
    fn aliases(&mut self) -> Step {
        let mut told = self.diagnostics.iter().filter(|told| told.code == rules::ALIAS.code);
        let first = told.next().map(|told| told.span);
        let Some(span) = first.filter(|_| told.count() >= MOST_ALIASES) else { return Ok(()) };
        self.diagnostics.retain(|told| told.code != rules::ALIAS.code && told.code != rules::ANCHOR.code);
        let fault = Diagnostic::error(rules::ALIAS, span, "aliases are not part of this language, and here they begin");
        Err(Box::new(fault.help("write the values out where they are needed")))
    }

    /// A block list begins at its first dash, which the parser's span leaves out when the list is not indented.
    fn at_its_dash(&self, span: Span) -> Span {
        let before = self.text.get(..span.start).unwrap_or_default();
        let dash = before.trim_end_matches(' ');
        if !dash.ends_with('-') || self.text[span.start..].starts_with(['-', '[']) {
            return span;
        }
        let back = before.len() - dash.len() + 1;
        Span { start: span.start - back, column: span.column.saturating_sub(clamp(back)).max(1), ..span }
    }

    /// Counts a collection that begins, and checks what stands before it.
    fn begin(&mut self, span: Span, tag: Option<Span>) -> Step {
        self.count(span)?;
        if self.open.len() >= DEEPEST {
            return Err(Box::new(words::too_deep(span)));
        }
        self.indentation(span);
        if let Some(tag) = tag {
            self.diagnostics.push(words::tag(self.text, tag));
        }
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar, span: Span, tag: Option<Span>) -> Step {
        self.indentation(span);
        if let Some(tag) = tag {
            self.diagnostics.push(words::tag(self.text, tag));
            return self.node(Node { span: tag, kind: Kind::Fault });
        }
        let strange = |c: &char| c.is_whitespace() && !c.is_ascii();
        if let Some(blank) = scalar.text.chars().next().filter(strange).filter(|_| scalar.style == Style::Plain) {
            return Err(Box::new(words::strange_blank(span, blank)));
        }
        if scalar.style == Style::Plain && scalar.text.starts_with('?') {
            self.diagnostics.push(words::question_mark(span, &scalar.text));
            return self.node(Node { span, kind: Kind::Fault });
        }
        if scalar.text.contains('\0') {
            let fault = Diagnostic::error(rules::CONTROL_CHARACTER, span, "this text holds a NUL character");
            self.diagnostics.push(fault.help("remove the escape `\\0`: no command and no variable can carry it"));
            return self.node(Node { span, kind: Kind::Fault });
        }
        self.node(Node { span, kind: Kind::Scalar(scalar) })
    }

    fn end(&mut self, end: Span) -> Step {
        let node = match self.open.pop() {
            Some(Open::List { span, items }) => {
                let last = items.last().map(|item| item.span);
                Node { span: closed(span, last, end), kind: Kind::List(items) }
            }
            Some(Open::Map { span, mut entries, .. }) => {
                let last = entries.last().map(|entry| entry.value.span.max_end(entry.key.span));
                once_each(self.text, &mut entries, &mut self.diagnostics);
                Node { span: closed(span, last, end), kind: Kind::Map(entries) }
            }
            None => return Ok(()),
        };
        self.nodes = self.nodes.saturating_sub(1); // it was counted when it began
        self.node(node)
    }

    /// Puts a finished node where it belongs.
    fn node(&mut self, node: Node) -> Step {
        self.count(node.span)?;
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match open {
            Open::List { items, .. } => items.push(node),
            Open::Map { entries, key, .. } => match std::mem::replace(key, Pending::Key) {
                Pending::Key => *key = next_key(node, &mut self.diagnostics),
                Pending::Value(key) => entries.push(Entry { key, value: node }),
                Pending::Dropped => {}
            },
        }
        Ok(())
    }

    fn count(&mut self, span: Span) -> Step {
        self.nodes += 1;
        if self.nodes <= MOST_NODES {
            return Ok(());
        }
        let message = format!("the file holds more than {MOST_NODES} keys and values");
        Err(Box::new(Diagnostic::error(rules::TOO_MANY_NODES, span, message)))
    }

    /// A tab between the start of a line and its first value.
    fn indentation(&mut self, span: Span) {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = before.trim_end_matches([' ', '\t']);
        let indent = &before[line.len()..];
        if (line.is_empty() || line.ends_with(['\n', '\r'])) && indent.contains('\t') {
            self.diagnostics.push(words::tab(Span::at(self.text, line.len() + indent.find('\t').unwrap_or(0))));
        }
    }

    fn scan_error(&self, error: &ScanError) -> Box<Diagnostic> {
        let mark = error.marker();
        let at = mark.byte_offset().unwrap_or(0).min(self.text.len());
        let span = Span::at(self.text, at);
        let open = self.open.last().map(|open| match open {
            Open::List { span, .. } | Open::Map { span, .. } => *span,
        });
        let bracket = |open: &Span| self.text[open.start..].starts_with(['[', '{']) && open.line < span.line;
        Box::new(words::syntax(self.text, span, cause(error.kind()), open.filter(bracket)))
    }

    /// Adds the fault that ends the reading, unless what was told on the same line already caused it.
    fn stop(&mut self, fault: Diagnostic) {
        for open in &mut self.open {
            if let Open::Map { entries, .. } = open {
                once_each(self.text, entries, &mut self.diagnostics);
            }
        }
        let caused = |told: &Diagnostic| {
            told.span.line == fault.span.line && (told.code == rules::UNQUOTED_GLOB.code || told.code == fault.code)
        };
        if !self.diagnostics.iter().any(caused) {
            self.diagnostics.push(fault);
        }
    }
}

fn next_key(node: Node, diagnostics: &mut Vec<Diagnostic>) -> Pending {
    let span = node.span;
    let scalar = match node.kind {
        Kind::Scalar(scalar) => scalar,
        Kind::Fault => return Pending::Dropped,
        Kind::List(_) | Kind::Map(_) => {
            diagnostics.push(words::key_not_text(span, "a collection"));
            return Pending::Dropped;
        }
    };
    if scalar.style == Style::Plain && scalar.text == "<<" {
        let fault = Diagnostic::error(rules::MERGE_KEY, span, "merge keys are not part of this language");
        diagnostics.push(fault.help("write the keys out; presets are shared with `extends`"));
        return Pending::Dropped;
    }
    let kind = match scalar.meaning() {
        Meaning::Text => None,
        Meaning::Null => Some("nothing"),
        Meaning::Bool(_) => Some("a boolean"),
        Meaning::Number(_) => Some("a number"),
    };
    if let Some(kind) = kind {
        diagnostics.push(words::key_not_text(span, kind));
        return Pending::Dropped;
    }
    Pending::Value(Key { text: scalar.text, span })
}

/// Keeps the first entry of each key, and tells the others.
fn once_each(text: &str, entries: &mut Vec<Entry>, diagnostics: &mut Vec<Diagnostic>) {
    let mut by_key: Vec<&Key> = entries.iter().map(|entry| &entry.key).collect();
    by_key.sort_by(|a, b| a.text.cmp(&b.text)); // equal ones stay in order
    let mut again = Vec::new();
    for same in by_key.chunk_by(|a, b| a.text == b.text) {
        let [first, others @ ..] = same else { continue };
        for other in others {
            let fault = Diagnostic::error(rules::DUPLICATE_KEY, other.span, format!("`{}` is there twice", other.text));
            let fault = fault.beside(first.span, "it is first").help("keep one of the two");
            diagnostics.push(within_quotes(text, fault));
            again.push(other.span.start);
        }
    }
    if !again.is_empty() {
        again.sort_unstable();
        entries.retain(|entry| again.binary_search(&entry.key.span.start).is_err());
    }
}

/// The span of a collection: up to its bracket in flow style, up to its last value in block style.
fn closed(start: Span, last: Option<Span>, end: Span) -> Span {
    if end.end > end.start {
        return start.to(end);
    }
    last.map_or(start, |last| start.to(last))
}

fn place(start: Marker, end: Marker) -> Span {
    Span {
        start: start.byte_offset().unwrap_or(0),
        end: end.byte_offset().unwrap_or(0),
        line: clamp(start.line()),
        column: clamp(start.col() + 1),
        end_line: clamp(end.line()),
        end_column: clamp(end.col() + 1),
    }
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    }
}

/// The parser's kinds of error, as far as people need different words for them.
fn cause(kind: &ErrorKind) -> Cause {
    match kind {
        ErrorKind::RecursionLimitExceeded => Cause::Depth,
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => Cause::Tab,
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => Cause::Quote,
        ErrorKind::InvalidQuotedScalarIndent => Cause::Quote,
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping => Cause::Bracket,
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            Cause::AfterQuote
        }
        ErrorKind::UnknownQuotedScalarEscape | ErrorKind::InvalidQuotedScalarHexEscape => Cause::Escape,
        ErrorKind::DirectiveDisallowed => Cause::Directive,
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => Cause::Colon,
        ErrorKind::BomInsideDocument => Cause::ByteOrderMark,
        ErrorKind::SimpleKeyExpected => Cause::Key,
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::ExpectedBlockSequenceEntry | ErrorKind::InvalidIndentation => {
            Cause::Block
        }
        _ => Cause::Other,
    }
}
