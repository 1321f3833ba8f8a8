//! Reads `States.Name(argument, …)`. Accepts nothing around or between that it would have to guess about.

use serde_json::Value;

use super::{Argument, Call, Function, NESTING_LIMIT};
use crate::path::Path;

/// Reads one whole call.
pub(super) fn call(text: &str) -> Result<Call, String> {
    let mut reader = Reader { text, at: 0 };
    let call = reader.call(1)?;
    reader.skip_spaces();
    if reader.rest().is_empty() {
        return Ok(call);
    }
    Err(format!("{:?} follows the end of the expression", reader.rest()))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn call(&mut self, depth: usize) -> Result<Call, String> {
        if depth > NESTING_LIMIT {
            return Err(format!("intrinsic functions nest deeper than {NESTING_LIMIT}"));
        }
        let end = self.rest().find('(').ok_or_else(|| {
            format!("{:?} is neither a path nor an intrinsic function such as States.Format('{{}}', $.a)", self.rest())
        })?;
        let name = self.rest()[..end].to_owned();
        let function = Function::named(&name).ok_or_else(|| format!("{name:?} is no intrinsic function"))?;
        self.at += end + 1;
        let mut arguments = self.arguments(depth)?;
        for (index, argument) in arguments.iter_mut().enumerate() {
            // The template of States.Format reads its own escapes: there \{ differs from {.
            if let Argument::Literal(Value::String(text)) = argument
                && !(function == Function::Format && index == 0)
            {
                *text = unescaped(text);
            }
        }
        function.check(&arguments)?;
        Ok(Call { function, arguments })
    }

    fn arguments(&mut self, depth: usize) -> Result<Vec<Argument>, String> {
        let mut arguments = Vec::new();
        self.skip_spaces();
        if self.take(')') {
            return Ok(arguments);
        }
        loop {
            self.skip_spaces();
            arguments.push(self.argument(depth)?);
            self.skip_spaces();
            if self.take(')') {
                return Ok(arguments);
            }
            if !self.take(',') {
                return Err(format!("expected , or ) before {:?}", self.rest()));
            }
        }
    }

    fn argument(&mut self, depth: usize) -> Result<Argument, String> {
        match self.rest().chars().next() {
            None => Err("the argument list does not end".to_owned()),
            Some('\'') => self.string().map(|text| Argument::Literal(Value::String(text))),
            Some('$') => {
                let text = self.path_text();
                Path::parse(&text).map(Argument::Path)
            }
            Some('S') => self.call(depth + 1).map(Argument::Call),
            Some(_) => {
                let end = self.rest().find([',', ')', ' ']).unwrap_or(self.rest().len());
                let word = &self.rest()[..end];
                let value: Value = serde_json::from_str(word)
                    .map_err(|_| format!("{word:?} is no argument; strings are written in single quotes"))?;
                match value {
                    Value::Null | Value::Bool(_) | Value::Number(_) => {
                        self.at += end;
                        Ok(Argument::Literal(value))
                    }
                    Value::String(_) | Value::Array(_) | Value::Object(_) => {
                        Err(format!("{word:?} is no argument; strings are written in single quotes"))
                    }
                }
            }
        }
    }

    /// A path ends at a comma, a parenthesis or a space outside quotes. Brackets are not counted: of what a path has in
    /// them, a quoted name alone may hold one of these.
    fn path_text(&mut self) -> String {
        let mut quote = None;
        let mut end = self.rest().len();
        for (index, c) in self.rest().char_indices() {
            match (quote, c) {
                (None, '\'' | '"') => quote = Some(c),
                (Some(open), c) if c == open => quote = None,
                (None, ',' | ')' | ' ') => {
                    end = index;
                    break;
                }
                _ => {}
            }
        }
        let text = self.rest()[..end].to_owned();
        self.at += end;
        text
    }

    /// A quoted string. `\'`, `\{`, `\}` and `\\` are the escapes (specification, "Intrinsic Functions"); all but the
    /// first stay as they are for [`unescaped`].
    fn string(&mut self) -> Result<String, String> {
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((index, c)) = chars.next() {
            match c {
                '\'' => {
                    self.at += index + 1;
                    return Ok(text);
                }
                '\\' => match chars.next() {
                    Some((_, '\'')) => text.push('\''),
                    Some((_, escaped @ ('{' | '}' | '\\'))) => text.extend(['\\', escaped]),
                    Some((_, other)) => {
                        return Err(format!("\\{other} is no escape in a string; \\' \\\\ \\{{ \\}} are"));
                    }
                    None => break,
                },
                c => text.push(c),
            }
        }
        Err("a string does not end".to_owned())
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn skip_spaces(&mut self) {
        while self.take(' ') {}
    }
}

/// The text with `\x` replaced by `x`.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    plain
}
