//! A walk over an XML report: elements opened, text, elements closed. It never resolves entities or fetches anything, and
//! it tells a truncated file from a faulty one.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::{BytesStart, Event};

use crate::coverage::Hits;
use crate::fault::{Fault, limits};

/// One step of the walk. An empty element is opened and closed.
pub(crate) enum Node<'x> {
    Open(Tag<'x>),
    Text(Cow<'x, str>),
    Close,
}

/// An element's name and attributes.
pub(crate) struct Tag<'x> {
    start: BytesStart<'x>,
}

/// Walks over one document. Names are without prefixes: no report format needs them.
pub(crate) struct Walker<'x> {
    reader: Reader<&'x [u8]>,
    text: &'x str,
    format: &'static str,
    roots: &'static [&'static str],
    open: Vec<String>,
    closed: Option<String>,
    finished: bool,
}

impl<'x> Walker<'x> {
    /// A walk over `text`, whose outermost element must be one of `roots`.
    pub(crate) fn new(text: &'x str, format: &'static str, roots: &'static [&'static str]) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, text, format, roots, open: Vec::new(), closed: None, finished: false }
    }

    /// The next step; `None` after the outermost element was closed and nothing but space and comments followed.
    pub(crate) fn next(&mut self) -> Result<Option<Node<'x>>, Fault> {
        loop {
            match self.reader.read_event().map_err(|error| self.fault(&error))? {
                Event::Start(start) => return self.opened(Tag { start }).map(Some),
                // Cannot come, since empty elements are expanded.
                Event::Empty(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::End(_) => {
                    self.closed = self.open.pop();
                    self.finished = self.open.is_empty();
                    return Ok(Some(Node::Close));
                }
                Event::Text(text) => {
                    if !self.open.is_empty() {
                        return Ok(Some(Node::Text(text.into_inner())));
                    }
                    if !text.trim().is_empty() {
                        return Err(self.unreadable("there is text outside of its outermost element"));
                    }
                }
                Event::CData(text) => return self.inside(Node::Text(text.into_inner())).map(Some),
                Event::GeneralRef(name) => {
                    let text = unescape(&format!("&{};", &*name)).into_owned();
                    return self.inside(Node::Text(Cow::Owned(text))).map(Some);
                }
                Event::DocType(doctype) => {
                    if doctype.contains('[') {
                        return Err(Fault::Entities);
                    }
                }
                Event::Eof if self.finished => return Ok(None),
                Event::Eof if self.open.is_empty() => return Err(self.unreadable("there is no element in it")),
                Event::Eof => return Err(Fault::Truncated("its outermost element is closed")),
            }
        }
    }

    /// The name of the element that the walk is inside of; empty outside of all. After [`Node::Open`] the opened one.
    pub(crate) fn here(&self) -> &str {
        self.open.last().map_or("", String::as_str)
    }

    /// The name of the element around [`Walker::here`].
    pub(crate) fn parent(&self) -> &str {
        self.open.len().checked_sub(2).map_or("", |index| &self.open[index])
    }

    /// The name of the element that was closed last.
    pub(crate) fn closed(&self) -> &str {
        self.closed.as_deref().unwrap_or("")
    }

    /// How many elements the walk is inside of.
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The fault of this place, with its line.
    pub(crate) fn unreadable(&self, why: &str) -> Fault {
        let at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.text.len());
        let line = 1 + self.text.as_bytes()[..at].iter().filter(|b| **b == b'\n').count();
        Fault::unreadable(self.format, format!("line {line}: {}", crate::text::clean_line(why, limits::NAME)))
    }

    fn opened(&mut self, tag: Tag<'x>) -> Result<Node<'x>, Fault> {
        if self.finished {
            return Err(self.unreadable("something follows its outermost element"));
        }
        let name = tag.name().to_owned();
        if self.open.is_empty() && !self.roots.contains(&name.as_str()) {
            let roots = self.roots.join("> or <");
            return Err(self.unreadable(&format!("its outermost element is <{name}>, not <{roots}>")));
        }
        if self.open.len() >= limits::DEPTH {
            return Err(Fault::TooDeep);
        }
        self.open.push(name);
        Ok(Node::Open(tag))
    }

    fn inside(&self, node: Node<'x>) -> Result<Node<'x>, Fault> {
        if self.open.is_empty() {
            return Err(self.unreadable("there is text outside of its outermost element"));
        }
        Ok(node)
    }

    fn fault(&self, error: &Error) -> Fault {
        match error {
            // Every other syntax error of the reader says that the input ended inside something.
            Error::Syntax(SyntaxError::InvalidBangMarkup) => self.unreadable("it is not well formed"),
            Error::Syntax(_) => Fault::Truncated("its outermost element is closed"),
            other => self.unreadable(&other.to_string()),
        }
    }
}

impl Tag<'_> {
    /// The name without its prefix.
    pub(crate) fn name(&self) -> &str {
        let whole = self.start.name().into_inner();
        let at = whole.rfind(':').map_or(0, |colon| colon + 1);
        &self.start[at..whole.len()]
    }

    /// An attribute's value; `None` when there is none of this name, or it cannot be read.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let mut attributes = self.start.attributes();
        attributes.with_checks(false);
        let found = attributes.flatten().find(|attribute| attribute.key.into_inner() == name)?;
        Some(unescape(&found.value).into_owned())
    }

    /// [`Tag::get`] of a name or an id, cut where nobody reads on: it may be kept for every case of a suite.
    pub(crate) fn brief(&self, name: &str) -> String {
        let mut value = self.get(name).unwrap_or_default();
        crate::text::cut(&mut value);
        value
    }

    /// [`Tag::get`], where an empty value is none.
    pub(crate) fn filled(&self, name: &str) -> Option<String> {
        self.get(name).filter(|value| !value.trim().is_empty())
    }

    /// An attribute as a number; `None` when it is absent or none.
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.trim().parse().ok()
    }

    /// An attribute as a line number.
    pub(crate) fn line(&self, name: &str) -> Option<u32> {
        self.number(name).filter(|line| (1..=limits::LINE).contains(line))
    }

    /// An attribute as a count; without it, never.
    pub(crate) fn hits(&self, name: &str) -> Hits {
        self.get(name).map_or(Hits::Never, |text| Hits::of(&text))
    }
}

/// Resolves XML's five names and numeric references; everything else stays as it is.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        result.push_str(&rest[..at]);
        rest = &rest[at..];
        let known =
            rest.bytes().take(12).position(|b| b == b';').and_then(|end| Some((end, reference(&rest[1..end])?)));
        let (length, meant) = known.map_or((1, '&'), |(end, c)| (end + 1, c));
        result.push(meant);
        rest = &rest[length..];
    }
    result.push_str(rest);
    Cow::Owned(result)
}

fn reference(name: &str) -> Option<char> {
    let number =
        |text: &str, radix| u32::from_str_radix(text, radix).ok().map(|n| char::from_u32(n).unwrap_or('\u{fffd}'));
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let body = name.strip_prefix('#')?;
            match body.strip_prefix(['x', 'X']) {
                Some(digits) => number(digits, 16),
                None => number(body, 10),
            }
        }
    }
}

/// The text of a report's bytes: UTF-8, UTF-16 with a byte-order mark, or what an XML declaration of a one-byte encoding
/// announces (read as Latin-1). Bytes that fit nothing become U+FFFD.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let units = |from: fn([u8; 2]) -> u16| -> Vec<u16> {
        bytes[2..].chunks_exact(2).map(|pair| from([pair[0], pair[1]])).collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => return Cow::Owned(String::from_utf16_lossy(&units(u16::from_le_bytes))),
        [0xfe, 0xff, ..] => return Cow::Owned(String::from_utf16_lossy(&units(u16::from_be_bytes))),
        _ => {}
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(100)]).to_ascii_lowercase();
    if head.contains("iso-8859") || head.contains("windows-125") || head.contains("latin") {
        return Cow::Owned(bytes.iter().map(|b| char::from(*b)).collect());
    }
    String::from_utf8_lossy(bytes)
}
