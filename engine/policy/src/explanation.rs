//! Why each rule is there and how its findings are mended, with an example that fails and one that passes: the one text
//! that the command line, the reference and the tests read. It stands in `explanations/`, a page for each class of rules.

use std::sync::LazyLock;

use crate::lint::FileKind;
use crate::rules::{RULES, Rule, rule};

/// The pages, in the order of the codes.
const PAGES: &[&str] = &[
    include_str!("explanations/yaml.md"),
    include_str!("explanations/structure.md"),
    include_str!("explanations/meaning.md"),
    include_str!("explanations/sense.md"),
    include_str!("explanations/safety.md"),
    include_str!("explanations/comment.md"),
];

static ALL: LazyLock<Vec<Explanation>> = LazyLock::new(|| {
    let sections = PAGES.iter().flat_map(|page| page.split("## ").skip(1));
    sections.filter_map(read).collect()
});

/// What there is to say about a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The rule.
    pub rule: &'static Rule,
    /// Why it matters.
    pub why: &'static str,
    /// How a finding is mended.
    pub mend: &'static str,
    /// A file that breaks the rule.
    pub fails: Example,
    /// A file that does not.
    pub passes: Example,
    /// The text of the floor that the two files are read beside.
    pub floor: Option<&'static str>,
}

/// A file, as it is shown and as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What is shown.
    pub shown: &'static str,
    /// What is done with it before it is read: `bytes` decodes `\xNN`, `lines=N` repeats the last line with its number for
    /// `{n}`, `fill=N` writes N letters for `{fill}`.
    pub made: &'static str,
    /// Which language it is.
    pub kind: FileKind,
}

/// The explanation of a rule, by its code or its name.
pub fn explanation(code_or_name: &str) -> Option<&'static Explanation> {
    let wanted = rule(code_or_name)?;
    ALL.iter().find(|explanation| explanation.rule.code == wanted.code)
}

/// The reference of all rules, as Markdown.
pub fn reference() -> String {
    let mut page = "# The rules of `gated lint`\n\nMade from the texts that `gated explain CODE` prints.\n".to_owned();
    for rule in RULES {
        let Some(explanation) = explanation(rule.code) else { continue };
        page += &format!("\n## {} `{}`\n\n{}", rule.code, rule.name, explanation.markdown());
    }
    page
}

impl Explanation {
    /// For people: summary, why, both examples, how to mend.
    pub fn markdown(&self) -> String {
        let severity = match self.rule.severity {
            crate::Severity::Error => "error",
            crate::Severity::Warning => "warning",
            crate::Severity::Info => "info",
        };
        let mut text = format!("{} ({severity}).\n\n{}\n", capital(self.rule.summary), self.why);
        if let Some(floor) = self.floor {
            text += &format!("\nBeside this floor:\n\n```yaml\n{floor}```\n");
        }
        text += &format!("\nFails{}:\n\n```yaml\n{}```\n", self.fails.how(), self.fails.shown);
        text += &format!("\nPasses:\n\n```yaml\n{}```\n\n{}\n", self.passes.shown, self.mend);
        text
    }
}

impl Example {
    /// The file itself.
    pub fn bytes(&self) -> Vec<u8> {
        match self.made.split_once('=') {
            Some(("lines", times)) => self.lines(times.parse().unwrap_or(1)).into_bytes(),
            Some(("fill", times)) => self.shown.replace("{fill}", &"x".repeat(times.parse().unwrap_or(1))).into_bytes(),
            Some(_) => self.shown.as_bytes().to_vec(),
            None if self.made == "bytes" => decoded(self.shown),
            None => self.shown.as_bytes().to_vec(),
        }
    }

    fn lines(&self, times: usize) -> String {
        let body = self.shown.trim_end();
        let (head, last) = body.rsplit_once('\n').unwrap_or(("", body));
        let repeated = (0..times).map(|n| last.replace("{n}", &n.to_string()) + "\n");
        format!("{head}\n{}", repeated.collect::<String>())
    }

    fn how(&self) -> String {
        match self.made.split_once('=') {
            Some(("lines", times)) => format!(", with the last line {times} times"),
            Some(("fill", times)) => format!(", with {times} letters for `{{fill}}`"),
            Some(_) => String::new(),
            None if self.made == "bytes" => ", with the bytes that are named".to_owned(),
            None => String::new(),
        }
    }
}

/// `a\xe9b` → three bytes.
fn decoded(shown: &str) -> Vec<u8> {
    let mut parts = shown.split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        bytes.extend(u8::from_str_radix(code, 16));
        bytes.extend(rest.as_bytes());
    }
    bytes
}

fn read(section: &'static str) -> Option<Explanation> {
    let (head, body) = section.split_once('\n')?;
    let rule = rule(head.split(' ').next()?)?;
    let (prose, _) = body.split_once("```")?;
    let (why, mend) = prose.trim().split_once("\n\n")?;
    let mut blocks = body.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'));
    let block = |role: &str| {
        blocks.clone().find_map(|(info, shown)| {
            let made = info.strip_prefix("yaml ")?.strip_prefix(role)?.trim();
            let kind = if made == "floor" { FileKind::Floor } else { FileKind::Policy };
            Some(Example { shown, made, kind })
        })
    };
    let (fails, passes) = (block("fails")?, block("passes")?);
    let floor = blocks.find(|(info, _)| *info == "yaml beside").map(|(_, shown)| shown);
    Some(Explanation { rule, why, mend, fails, passes, floor })
}

fn capital(summary: &str) -> String {
    let mut rest = summary.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}
