//! Values out of a short list, numbers, and booleans.

use gated_core::policy::{Compute, FailOn, Mode, ReportFormat, RequirePolicy, Unscannable};
use gated_core::units::Percent;
use schemars::json_schema;

use super::scalars::{scalar, scalar_of};
use crate::diagnostic::Diagnostic;
use crate::guess::{listed, nearest};
use crate::reader::{Reader, shortened};
use crate::rules;
use crate::tree::{Meaning, Node};

/// Declares a value out of a list of words.
macro_rules! choice {
    ($(#[doc = $doc:literal])* $name:ident($inner:ty), $what:literal, {$($word:literal => $value:expr),* $(,)?}) => {
        scalar!($(#[doc = $doc])* $name($inner), $what, {"enum": [$($word),*]}, |node, what, to| {
            let word = one_of(node, what, &[$($word),*], to)?;
            match word.as_str() {
                $($word => Some($value),)*
                _ => None,
            }
        });
    };
}
pub(crate) use choice;

choice!(
    /// CodeBuild's machine sizes.
    Size(Compute), "a machine size", {
        "small" => Compute::Small, "medium" => Compute::Medium, "large" => Compute::Large,
        "xlarge" => Compute::XLarge, "2xlarge" => Compute::XXLarge,
    }
);
choice!(
    /// The format of a report: tests (junit to cucumber) or coverage (cobertura to simplecov).
    Format(ReportFormat), "a report format", {
        "junit" => ReportFormat::Junit, "nunit" => ReportFormat::Nunit, "nunit3" => ReportFormat::Nunit3,
        "testng" => ReportFormat::Testng, "trx" => ReportFormat::Trx, "cucumber" => ReportFormat::Cucumber,
        "cobertura" => ReportFormat::Cobertura, "jacoco" => ReportFormat::Jacoco, "clover" => ReportFormat::Clover,
        "lcov" => ReportFormat::Lcov, "simplecov" => ReportFormat::Simplecov,
    }
);
choice!(
    /// The lowest severity of a finding that fails.
    Severity(FailOn), "a severity", {
        "critical" => FailOn::Critical, "high" => FailOn::High, "medium" => FailOn::Medium, "low" => FailOn::Low,
        "never" => FailOn::Never,
    }
);
choice!(
    /// What an image that cannot be scanned means.
    Blind(Unscannable), "`fail` or `allow`", { "fail" => Unscannable::Fail, "allow" => Unscannable::Allow }
);
choice!(
    /// What a repository without a `.gated.yml` means.
    Requirement(RequirePolicy), "`reject`, `default` or `ignore`", {
        "reject" => RequirePolicy::Reject, "default" => RequirePolicy::Default, "ignore" => RequirePolicy::Ignore,
    }
);
choice!(
    /// `observe` comments what the gate would have done; `enforce` votes.
    ModeWord(Mode), "`observe` or `enforce`", { "observe" => Mode::Observe, "enforce" => Mode::Enforce }
);
choice!(
    /// Commands are taken from the destination branch, never from the pull request.
    CommandsFrom(()), "`destination`", { "destination" => () }
);
choice!(
    /// Whether comments may hide findings of `gated lint`.
    Ignoring(bool), "`allow` or `forbid`", { "allow" => false, "forbid" => true }
);
scalar!(
    /// `true` or `false`.
    Bool(bool), "`true` or `false`", {"type": "boolean"}, boolean
);
scalar!(
    /// A percentage from 0 to 100; decimals are allowed and compared exactly.
    Rate(Percent), "a percentage from 0 to 100", {"type": "number", "minimum": 0, "maximum": 100},
    |node, what, to| {
        let (text, _) = number(node, what, |n| (0.0..=100.0).contains(&n), to)?;
        let read = Percent::parse(&text).ok();
        notation(read, node, "plain digits with at most six decimals", to)
    }
);
scalar!(
    /// A count from 1 to 100.
    Count(u32), "a whole number from 1 to 100", {"type": "integer", "minimum": 1, "maximum": 100},
    |node, what, to| whole(node, what, |n| n.fract() == 0.0 && (1.0..=100.0).contains(&n), to)
);
scalar!(
    /// A number of lines.
    Lines(u32), "a whole number from 0 to 1000000", {"type": "integer", "minimum": 0, "maximum": 1_000_000},
    |node, what, to| whole(node, what, |n| n.fract() == 0.0 && (0.0..=1_000_000.0).contains(&n), to)
);
scalar!(
    /// How often a stage is run again after a failure.
    Retries(u32), "0 or 1", {"enum": [0, 1]},
    |node, what, to| whole(node, what, |n| n == 0.0 || n == 1.0, to)
);
scalar!(
    /// The version of the language.
    Version(()), "1", {"const": 1}, version
);

/// A word out of `words`.
pub(crate) fn one_of(node: &Node, what: &str, words: &[&str], to: &mut Reader<'_>) -> Option<String> {
    let found = super::scalars::text(node, what, to)?;
    if words.contains(&found.as_str()) {
        return Some(found);
    }
    let message = format!("`{}` is not {what} in {}", shortened(&found), to.here());
    let help = match nearest(&found, words.iter().copied()) {
        Some(guess) => format!("did you mean `{guess}`?"),
        None => format!("write one of {}", listed(words.iter().copied())),
    };
    let fault = Diagnostic::error(rules::UNKNOWN_VALUE, node.span, message).help(help);
    to.tell(match nearest(&found, words.iter().copied()) {
        Some(guess) => fault.written("write the word that was meant", guess),
        None => fault,
    });
    None
}

fn boolean(node: &Node, what: &str, to: &mut Reader<'_>) -> Option<bool> {
    let Some(scalar) = scalar_of(node).filter(|scalar| scalar.meaning() != Meaning::Null) else {
        to.wrong(node, what);
        return None;
    };
    let lower = scalar.text.to_ascii_lowercase();
    let told = |to: &mut Reader<'_>, rule, value: bool| {
        let message = format!("`{}` is not a boolean in this language", shortened(&scalar.text));
        let fault = Diagnostic::error(rule, node.span, message).help(format!("write `{value}`"));
        to.tell(fault.written("write a boolean", value.to_string()));
        None
    };
    match (scalar.meaning(), lower.as_str()) {
        (Meaning::Bool(value), _) if scalar.text == value.to_string() => Some(value),
        (Meaning::Bool(value), _) => told(to, rules::NOTATION, value),
        (_, "yes" | "on" | "y") => told(to, rules::NOT_BOOLEAN, true),
        (_, "no" | "off" | "n") => told(to, rules::NOT_BOOLEAN, false),
        (_, "true" | "false") => {
            let message = format!("{} must be {what}, and quotes make this text", to.here());
            let fault = Diagnostic::error(rules::WRONG_TYPE, node.span, message).help("take the quotes away");
            to.tell(fault.written("take the quotes away", lower));
            None
        }
        _ => {
            to.wrong(node, what);
            None
        }
    }
}

/// A number for which `fits` holds, as written and as read.
fn number(node: &Node, what: &str, fits: fn(f64) -> bool, to: &mut Reader<'_>) -> Option<(String, f64)> {
    let Some(scalar) = scalar_of(node) else {
        to.wrong(node, what);
        return None;
    };
    let Meaning::Number(value) = scalar.meaning() else {
        let bare = crate::tree::Scalar {
            text: scalar.text.trim_end_matches('%').to_owned(),
            style: crate::tree::Style::Plain,
        };
        match bare.meaning() {
            Meaning::Number(_) => {
                let message = format!("{} must be {what}, and this is text", to.here());
                let help = format!("write {}", bare.text);
                let fault = Diagnostic::error(rules::WRONG_TYPE, node.span, message).help(help);
                to.tell(fault.written("write a number", bare.text));
            }
            Meaning::Null | Meaning::Bool(_) | Meaning::Text => to.wrong(node, what),
        }
        return None;
    };
    if !fits(value) {
        let message = format!("{} must be {what}, and this is {}", to.here(), shortened(&scalar.text));
        to.fault(rules::OUT_OF_RANGE, node.span, message);
        return None;
    }
    // Some readers take 010 for eight, some for ten, some for text.
    if scalar.text.starts_with('0') && scalar.text.as_bytes().get(1).is_some_and(u8::is_ascii_digit) {
        to.fault(rules::NOTATION, node.span, "write this number without a leading zero");
        return None;
    }
    Some((scalar.text.clone(), value))
}

fn whole(node: &Node, what: &str, fits: fn(f64) -> bool, to: &mut Reader<'_>) -> Option<u32> {
    let (text, _) = number(node, what, fits, to)?;
    notation(text.parse().ok(), node, "plain digits", to)
}

fn notation<T>(read: Option<T>, node: &Node, how: &str, to: &mut Reader<'_>) -> Option<T> {
    if read.is_none() {
        to.fault(rules::NOTATION, node.span, format!("write this number in {how}"));
    }
    read
}

fn version(node: &Node, _: &str, to: &mut Reader<'_>) -> Option<()> {
    let Some(scalar) = scalar_of(node).filter(|scalar| scalar.meaning() != Meaning::Null) else {
        to.wrong(node, "1");
        return None;
    };
    let fault = |rule, message: String| Diagnostic::error(rule, node.span, message);
    match scalar.meaning() {
        Meaning::Number(1.0) if scalar.text == "1" => return Some(()),
        Meaning::Number(1.0) => to.tell(fault(rules::NOTATION, "the version is written `1`".to_owned())),
        _ if scalar.text == "1" => {
            let told = fault(rules::WRONG_TYPE, "the version is a number, and quotes make this text".to_owned());
            to.tell(told.help("write `version: 1`").written("write a number", "1"));
        }
        _ => {
            let message = format!("version `{}` of the language does not exist", shortened(&scalar.text));
            to.tell(fault(rules::VERSION, message).help("the known versions are: 1"));
        }
    }
    None
}
