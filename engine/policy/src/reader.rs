//! What every reading of a value shares: where it is, what was already told, and the sentences for a value of the wrong
//! kind. Reading never stops at a fault.

use std::collections::HashSet;

use crate::budget::MOST_FINDINGS;
use crate::diagnostic::Diagnostic;
use crate::guess::{listed, nearest, translated};
use crate::place::within_quotes;
use crate::rules::{self, Rule};
use crate::span::Span;
use crate::tree::{Entry, Key, Kind, Node};
use crate::written::elsewhere;

/// The state of one reading.
pub(crate) struct Reader<'t> {
    /// The text, for places inside quoted values.
    pub(crate) source: &'t str,
    /// Everything told so far.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Whether a part of the file could not be understood, so that what refers to it cannot be judged.
    pub(crate) incomplete: bool,
    /// How many findings were dropped.
    pub(crate) untold: usize,
    /// Globs and regular expressions compiled so far.
    pub(crate) globs: usize,
    pub(crate) regexes: usize,
    /// Where a key that is unknown at one place would be legal.
    pub(crate) elsewhere: fn(&str) -> Option<String>,
    /// Names of stages and rules that are at fault where they are given, so that references to them are not.
    pub(crate) bad_names: HashSet<String>,
    path: Vec<Step>,
}

/// A key on the way to what is being read.
enum Step {
    /// One of the language, by its Rust name.
    Field(&'static str),
    /// One that the author of the file chose.
    Chosen(String),
}

/// The entries of one mapping, by the keys that the language knows.
pub(crate) struct Fields<'n> {
    known: Vec<(&'static str, &'n Entry)>,
}

/// A key of a mapping: its Rust name (`fail_fast` is `fail-fast`), and whether it must be there.
pub(crate) type FieldName = (&'static str, bool);

impl<'t> Reader<'t> {
    pub(crate) fn new(source: &'t str, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            source,
            diagnostics,
            incomplete: false,
            untold: 0,
            globs: 0,
            regexes: 0,
            elsewhere,
            bad_names: HashSet::new(),
            path: Vec::new(),
        }
    }

    pub(crate) fn tell(&mut self, diagnostic: Diagnostic) {
        match self.has_told_enough() {
            true => self.untold += 1,
            false => self.diagnostics.push(within_quotes(self.source, diagnostic)),
        }
    }

    /// Whether what is found from here on is only counted; far more than are shown, so that the first by place are.
    pub(crate) fn has_told_enough(&self) -> bool {
        self.diagnostics.len() >= 5 * MOST_FINDINGS
    }

    pub(crate) fn fault(&mut self, rule: Rule, span: Span, message: impl Into<String>) {
        self.tell(Diagnostic::error(rule, span, message));
    }

    /// The dotted path of what is being read, for a sentence.
    pub(crate) fn here(&self) -> String {
        if self.path.is_empty() {
            return "the file".to_owned();
        }
        let text = |step: &Step| match step {
            Step::Field(name) => key_of(name),
            Step::Chosen(key) => key.clone(),
        };
        format!("`{}`", self.path.iter().map(text).collect::<Vec<_>>().join("."))
    }

    /// Reads below a key of the language, by its Rust name.
    pub(crate) fn below_field<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.within(Step::Field(name), read)
    }

    /// Reads below a key that the author chose.
    pub(crate) fn below<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.within(Step::Chosen(key.to_owned()), read)
    }

    fn within<T>(&mut self, step: Step, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let value = read(self);
        self.path.pop();
        value
    }

    /// Says that `node` is not what is due. Silent about what was told before.
    pub(crate) fn wrong(&mut self, node: &Node, expected: &str) {
        let here = self.here();
        match node.described() {
            "a fault" => {}
            "nothing" if self.path.is_empty() => {
                let fault = Diagnostic::error(rules::EMPTY, node.span, "the file is empty");
                self.tell(fault.help("begin it with `version: 1`"));
            }
            "nothing" => {
                let fault = Diagnostic::error(rules::EMPTY, node.span, format!("{here} has no value"));
                self.tell(fault.help(format!("give it {expected}, or remove it")));
            }
            found => {
                let message = format!("{here} must be {expected}, and this is {found}");
                let fault = Diagnostic::error(rules::WRONG_TYPE, node.span, message);
                self.tell(match &node.kind {
                    Kind::Scalar(scalar) if scalar.text.contains(':') && expected.contains("a mapping") => {
                        fault.help("a key needs a space after its colon")
                    }
                    Kind::List(_) if expected.contains("a mapping") => fault.help("write `name: value` without dashes"),
                    Kind::Scalar(_) | Kind::List(_) | Kind::Map(_) | Kind::Fault => fault,
                });
            }
        }
    }

    /// The entries of a mapping, after every unknown and every missing key was told.
    pub(crate) fn fields<'n>(
        &mut self,
        node: &'n Node,
        expected: &str,
        names: &'static [FieldName],
        least: usize,
    ) -> Option<Fields<'n>> {
        let Kind::Map(entries) = &node.kind else {
            self.wrong(node, expected);
            return None;
        };
        if entries.len() < least {
            let message = format!("{} is an empty mapping", self.here());
            self.tell(Diagnostic::error(rules::EMPTY, node.span, message).help(format!("give it {expected}")));
        }
        let mut known: Vec<(&'static str, &Entry)> = Vec::new();
        let mut misspelled = Vec::new();
        for entry in entries {
            match names.iter().find(|(name, _)| is_key(name, &entry.key.text)) {
                Some((name, _)) => known.push((name, entry)),
                None => misspelled.push(entry),
            }
        }
        let mut glued: Vec<&str> = Vec::new();
        for entry in misspelled {
            if let Some(name) = self.glued(&entry.key, names) {
                glued.push(name);
                continue;
            }
            let taken: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            match self.unknown(&entry.key, &taken, names) {
                Some(name) => known.push((name, entry)),
                None if self.path.is_empty() => self.incomplete = true,
                None => {}
            }
        }
        for (name, _) in names
            .iter()
            .filter(|(name, required)| *required && !glued.contains(name) && !known.iter().any(|(k, _)| k == name))
        {
            let key = key_of(name);
            let message = match self.path.is_empty() {
                true => format!("`{key}` is missing"),
                false => format!("`{key}` is missing from {}", self.here()),
            };
            let fault = Diagnostic::error(rules::MISSING_KEY, node.span, message);
            self.tell(if key == "version" { fault.help("begin the file with `version: 1`") } else { fault });
        }
        Some(Fields { known })
    }

    /// Says that the space after a key's colon is missing (`format:junit` in braces), and which key it is.
    fn glued(&mut self, key: &Key, names: &'static [FieldName]) -> Option<&'static str> {
        let (name, value) = key.text.split_once(':')?;
        let (name, _) = names.iter().find(|(known, _)| is_key(known, name))?;
        let message = format!("a key needs a space after its colon: `{}`", shortened(&key.text));
        let meant = format!("{}: {value}", key_of(name));
        let fault = Diagnostic::error(rules::UNKNOWN_KEY, key.span, message);
        self.tell(fault.help(format!("write `{}`", shortened(&meant))).written("put a space after the colon", meant));
        Some(name)
    }

    /// Says that a key is unknown, and gives the field that was meant, when one that is not `taken` is near enough.
    pub(crate) fn unknown(&mut self, key: &Key, taken: &[&str], names: &'static [FieldName]) -> Option<&'static str> {
        if self.has_told_enough() {
            self.untold += 1;
            return None;
        }
        let keys: Vec<(String, &'static str)> = names.iter().map(|(name, _)| (key_of(name), *name)).collect();
        let free = || keys.iter().filter(|(_, name)| !taken.contains(name));
        let guess = nearest(&key.text, free().map(|(key, _)| key.as_str()));
        let place = match self.path.is_empty() {
            true => "at the top of the file".to_owned(),
            false => format!("in {}", self.here()),
        };
        let help = match (guess, (self.elsewhere)(&key.text)) {
            (Some(guess), _) => format!("did you mean `{guess}`?"),
            (None, Some(home)) => format!("`{}` belongs {home}", key.text),
            (None, None) => translated(&key.text).map_or_else(
                || format!("the keys here are {}", listed(keys.iter().map(|(key, _)| key.as_str()))),
                str::to_owned,
            ),
        };
        let message = format!("unknown key `{}` {place}", shortened(&key.text));
        let fault = Diagnostic::error(rules::UNKNOWN_KEY, key.span, message).help(help);
        self.tell(match guess {
            Some(guess) => fault.written("write the key that was meant", guess),
            None => fault,
        });
        free().find(|(key, _)| Some(key.as_str()) == guess).map(|(_, name)| *name)
    }
}

impl<'n> Fields<'n> {
    /// The entry of a field.
    pub(crate) fn take(&self, name: &str) -> Option<&'n Entry> {
        self.known.iter().find(|(known, _)| *known == name).map(|(_, entry)| *entry)
    }
}

/// Whether `key` is how the name of a field is written: `fail-fast` is `fail_fast`.
pub(crate) fn is_key(name: &str, key: &str) -> bool {
    let written = name.bytes().map(|byte| if byte == b'_' { b'-' } else { byte });
    name.len() == key.len() && written.eq(key.bytes())
}

/// `fail_fast` → `fail-fast`
pub(crate) fn key_of(name: &str) -> String {
    name.replace('_', "-")
}

/// At most sixty characters of something that a file says, on one line.
pub(crate) fn shortened(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match line.char_indices().nth(60) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}

/// The same file with its misspelled top-level keys as they were meant, each told: whatever is read next, short forms and
/// presets among it, goes by the right word.
pub(crate) fn respelled(mut root: Node, names: &'static [FieldName], to: &mut Reader<'_>) -> Node {
    let Kind::Map(entries) = &mut root.kind else { return root };
    let name_of = |key: &str| names.iter().find(|(name, _)| is_key(name, key)).map(|(name, _)| *name);
    let mut taken: Vec<&str> = entries.iter().filter_map(|entry| name_of(&entry.key.text)).collect();
    for entry in entries {
        if name_of(&entry.key.text).is_some() || to.has_told_enough() {
            continue;
        }
        let keys: Vec<String> =
            names.iter().map(|(name, _)| *name).filter(|n| !taken.contains(n)).map(key_of).collect();
        if nearest(&entry.key.text, keys.iter().map(String::as_str)).is_some()
            && let Some(name) = to.unknown(&entry.key, &taken, names)
        {
            taken.push(name);
            entry.key.text = key_of(name);
        }
    }
    root
}
