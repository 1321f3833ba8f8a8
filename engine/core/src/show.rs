//! Values of the language in one line of text, for reasons and differences. Never for machines.

use std::fmt;

use crate::matching::{ArnGlobs, Globs, TitleForm};
use crate::policy::{Approval, Compute, Condition, FailOn, Pairs, Report, Unscannable};

/// `[a, b]`
pub(crate) fn list<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    format!("[{}]", items.join(", "))
}

/// Commands, one after the other.
pub(crate) fn commands(commands: &[String]) -> String {
    commands.iter().map(|command| command.trim_end().replace('\n', " ⏎ ")).collect::<Vec<_>>().join("; ")
}

/// `{A: 1, B: 2}`
pub(crate) fn pairs(pairs: &Pairs) -> String {
    let items: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    format!("{{{}}}", items.join(", "))
}

/// `junit target/junit.xml, cobertura coverage.xml (root .)`
pub(crate) fn reports(reports: &[Report]) -> String {
    let one = |report: &Report| {
        let format = format!("{:?}", report.format).to_lowercase();
        let files = report.files.written().join(" ");
        match &report.root {
            Some(root) => format!("{format} {files} (root {root})"),
            None => format!("{format} {files}"),
        }
    };
    reports.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// `1 stage`, `2 stages`
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

impl fmt::Display for Globs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&list(self.written()))
    }
}

impl fmt::Display for ArnGlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&list(self.written()))
    }
}

impl fmt::Display for Compute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
            Self::XLarge => "xlarge",
            Self::XXLarge => "2xlarge",
        })
    }
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Never => "never",
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        })
    }
}

impl fmt::Display for Unscannable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "allow",
            Self::Fail => "fail",
        })
    }
}

impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.count, self.from)
    }
}

impl fmt::Display for TitleForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StartsWith(text) => write!(f, "starts with {text:?}"),
            Self::Contains(text) => write!(f, "contains {text:?}"),
            Self::Matches(pattern) => write!(f, "matches {:?}", pattern.written()),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |members: &[Self], word: &str| {
            members.iter().map(|member| format!("({member})")).collect::<Vec<_>>().join(word)
        };
        match self {
            Self::Paths(globs) => write!(f, "paths {globs}"),
            Self::Source(globs) => write!(f, "source {globs}"),
            Self::Destination(globs) => write!(f, "destination {globs}"),
            Self::Title(forms) => {
                let forms: Vec<String> = forms.iter().map(ToString::to_string).collect();
                write!(f, "title {}", forms.join(" or "))
            }
            Self::Author(globs) => write!(f, "author {globs}"),
            Self::All(members) => f.write_str(&joined(members, " and ")),
            Self::Any(members) => f.write_str(&joined(members, " or ")),
            Self::Not(member) => write!(f, "not ({member})"),
        }
    }
}
