//! Globs, ARN globs, regular expressions and conditions: compiled once, so that a value is always usable. The place of a
//! fault inside a pattern is told when it is known.

use gated_core::matching::{ArnGlobs, Globs, LONGEST_PATTERN, Pattern, TitleForm};
use gated_core::policy::Condition;

use crate::budget::{MOST_GLOBS, MOST_REGEXES};
use crate::diagnostic::Diagnostic;
use crate::place::inside;
use crate::reader::Reader;
use crate::rules::{self, Rule};
use crate::span::Span;
use crate::written::At;
use crate::written::condition::{Condition as WrittenCondition, Title};
use crate::written::scalars::{Arn, Text, TitleText};

/// Compiles a list of globs; every faulty one is told.
pub(crate) fn globs<T>(list: &[At<T>], text: fn(&T) -> &String, to: &mut Reader<'_>) -> Option<Globs> {
    let before = to.globs;
    to.globs += list.len();
    if to.globs > MOST_GLOBS {
        let beyond = list.get(MOST_GLOBS.saturating_sub(before)).filter(|_| before <= MOST_GLOBS);
        if let Some(first) = beyond {
            let message = format!("the file holds more than {MOST_GLOBS} globs");
            to.fault(rules::TOO_MANY_PATTERNS, first.span, message);
        }
        return None;
    }
    let all = Globs::new(list.iter().map(|glob| text(&glob.value).clone()).collect());
    let error = match all {
        Ok(globs) => return (!list.is_empty()).then_some(globs),
        Err(error) => error,
    };
    let mut told = false;
    for glob in list {
        if let Err(error) = Globs::new(vec![text(&glob.value).clone()]) {
            told = true;
            to.fault(rule_for(text(&glob.value), rules::GLOB), glob.span, error.message);
        }
    }
    if !told {
        let span = list.get(error.index).map_or(Span::TOP, |glob| glob.span);
        to.fault(rules::GLOB, span, error.message);
    }
    None
}

/// Checks a list of ARN globs.
pub(crate) fn arns(list: &[At<Arn>], to: &mut Reader<'_>) -> Option<ArnGlobs> {
    match ArnGlobs::new(list.iter().map(|arn| arn.value.0.clone()).collect()) {
        Ok(arns) => Some(arns),
        Err(error) => {
            let span = list.get(error.index).map_or(Span::TOP, |arn| arn.span);
            to.fault(rules::TOO_LONG, span, error.message);
            None
        }
    }
}

/// A condition; `None` after a fault.
pub(crate) fn condition(written: WrittenCondition, to: &mut Reader<'_>) -> Option<Condition> {
    let mut parts = Vec::new();
    let texts = |list: &[At<Text>], to: &mut Reader<'_>| globs(list, |text| &text.0, to);
    if let Some(list) = written.paths {
        parts.push(texts(&list.value.0, to).map(Condition::Paths));
    }
    if let Some(list) = written.source {
        parts.push(texts(&list.value.0, to).map(Condition::Source));
    }
    if let Some(list) = written.destination {
        parts.push(texts(&list.value.0, to).map(Condition::Destination));
    }
    if let Some(written) = written.title {
        parts.push(title(written.value, to));
    }
    if let Some(list) = written.author {
        parts.push(arns(&list.value.0, to).map(Condition::Author));
    }
    if let Some(list) = written.all {
        parts.push(conditions(list.value.0, to).map(Condition::All));
    }
    if let Some(list) = written.any {
        parts.push(conditions(list.value.0, to).map(Condition::Any));
    }
    if let Some(inner) = written.not {
        parts.push(condition(*inner.value, to).map(|inner| Condition::Not(Box::new(inner))));
    }
    all(parts)
}

fn conditions(list: Vec<At<WrittenCondition>>, to: &mut Reader<'_>) -> Option<Vec<Condition>> {
    let read: Vec<Option<Condition>> = list.into_iter().map(|one| condition(one.value, to)).collect();
    read.into_iter().collect()
}

/// The forms of a title; written beside each other, all must fit.
pub(crate) fn title(written: Title, to: &mut Reader<'_>) -> Option<Condition> {
    let one = |form: TitleForm| Condition::Title(vec![form]);
    let forms = match written {
        Title::Short(text) => return Some(one(TitleForm::StartsWith(text.value.0))),
        Title::Forms(forms) => forms,
    };
    let mut parts = Vec::new();
    if let Some(text) = forms.starts_with {
        parts.push(Some(one(TitleForm::StartsWith(text.value.0))));
    }
    if let Some(text) = forms.contains {
        parts.push(Some(one(TitleForm::Contains(text.value.0))));
    }
    if let Some(text) = forms.matches {
        parts.push(regex(&text, to).map(|pattern| one(TitleForm::Matches(pattern))));
    }
    all(parts)
}

/// Keys beside each other mean *and*; a single one needs no word for it.
fn all(parts: Vec<Option<Condition>>) -> Option<Condition> {
    let mut read: Vec<Condition> = parts.into_iter().collect::<Option<_>>()?;
    match read.len() {
        0 => None,
        1 => read.pop(),
        _ => Some(Condition::All(read)),
    }
}

fn regex(text: &At<TitleText>, to: &mut Reader<'_>) -> Option<Pattern> {
    let written = &text.value.0;
    to.regexes += 1;
    if to.regexes > MOST_REGEXES {
        if to.regexes == MOST_REGEXES + 1 {
            let message = format!("the file holds more than {MOST_REGEXES} regular expressions");
            to.fault(rules::TOO_MANY_PATTERNS, text.span, message);
        }
        return None;
    }
    let error = match Pattern::new(written.clone()) {
        Ok(pattern) => return Some(pattern),
        Err(error) => error,
    };
    let syntax = if written.len() > LONGEST_PATTERN { None } else { syntax_error(written) };
    let (offset, message) = match syntax {
        Some((offset, message)) => (Some(offset), message),
        None => (error.offset, error.message),
    };
    let span = offset.map_or(text.span, |offset| inside(to.source, text.span, written, offset));
    to.tell(Diagnostic::error(rule_for(written, rules::REGEX), span, message));
    None
}

fn rule_for(pattern: &str, otherwise: Rule) -> Rule {
    if pattern.len() > LONGEST_PATTERN { rules::TOO_LONG } else { otherwise }
}

/// Where a regular expression breaks, and why.
fn syntax_error(pattern: &str) -> Option<(usize, String)> {
    use regex_syntax::ast::ErrorKind;
    match regex_syntax::Parser::new().parse(pattern) {
        Ok(_) => None,
        Err(regex_syntax::Error::Parse(error)) => {
            let message = match error.kind() {
                ErrorKind::UnsupportedLookAround => {
                    "look-around needs more than linear time and is not taken".to_owned()
                }
                ErrorKind::UnsupportedBackreference => {
                    "back-references need more than linear time and are not taken".to_owned()
                }
                kind => format!("not a regular expression: {kind}"),
            };
            Some((error.span().start.offset, message))
        }
        Err(regex_syntax::Error::Translate(error)) => {
            Some((error.span().start.offset, format!("not a regular expression: {}", error.kind())))
        }
        Err(_) => None,
    }
}
