//! Cucumber's JSON report (`cucumber-jvm`, `cucumber-js`, `cucumber-ruby`, `behave`'s cucumber formatter). A scenario is a
//! case; it fails when one of its steps or hooks did, or a step has no definition or several.

use serde::Deserialize;

use crate::cases::{Case, Cases, Outcome};
use crate::fault::{Fault, limits};
use crate::text::cut;

#[derive(Deserialize)]
struct Feature {
    #[serde(default)]
    name: String,
    #[serde(default)]
    uri: Option<String>,
    #[serde(default)]
    elements: Vec<Element>,
}

#[derive(Deserialize)]
struct Element {
    #[serde(default)]
    name: String,
    #[serde(default)]
    line: Option<u32>,
    /// behave's place: `features/a.feature:6`.
    #[serde(default)]
    location: Option<String>,
    /// behave's word for the whole scenario.
    #[serde(default)]
    status: Option<String>,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    before: Vec<Step>,
    #[serde(default)]
    steps: Vec<Step>,
    #[serde(default)]
    after: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    #[serde(default)]
    keyword: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    before: Vec<Step>,
    #[serde(default)]
    after: Vec<Step>,
    #[serde(default)]
    result: Option<StepResult>,
}

#[derive(Deserialize)]
struct StepResult {
    #[serde(default)]
    status: String,
    #[serde(default)]
    error_message: Option<Message>,
}

/// behave writes long messages line by line.
#[derive(Deserialize)]
#[serde(untagged)]
enum Message {
    Text(String),
    Lines(Vec<String>),
}

/// What the steps of an element came to.
#[derive(Default)]
struct Seen {
    passed: bool,
    unfinished: bool,
    /// The first step that failed: its text and message.
    failed: Option<(String, String)>,
}

/// Reads one file.
///
/// # Errors
/// When it is not a Cucumber JSON report.
pub(super) fn read(text: &str) -> Result<Cases, Fault> {
    // Each becomes many times as large when it is read.
    if text.bytes().filter(|byte| *byte == b'{').count() > limits::OBJECTS {
        return Err(Fault::unreadable("cucumber", format!("it has more than {} objects", limits::OBJECTS)));
    }
    let features: Vec<Feature> = serde_json::from_str(text).map_err(|error| Fault::json("cucumber", &error))?;
    let mut cases = Cases::default();
    for mut feature in features {
        // Each of its scenarios keeps them.
        cut(&mut feature.name);
        feature.uri.iter_mut().for_each(cut);
        // A background is an element of its own before the scenarios that it belongs to.
        let mut background = Seen::default();
        for element in feature.elements {
            if element.kind == "background" {
                background = Seen::default();
                background.look(&element);
                continue;
            }
            let mut seen = Seen { failed: background.failed.clone(), ..Seen::default() };
            seen.look(&element);
            cases.add(seen.outcome(), case(&feature.name, feature.uri.as_deref(), element, seen.failed));
        }
    }
    Ok(cases)
}

fn case(feature: &str, uri: Option<&str>, element: Element, failed: Option<(String, String)>) -> Case {
    let location = element.location.as_deref().and_then(|place| place.rsplit_once(':'));
    let (headline, body) = failed.unwrap_or_default();
    Case {
        suite: feature.to_owned(),
        name: element.name,
        file: uri.or(location.map(|(file, _)| file)).map(str::to_owned),
        line: element.line.or_else(|| location?.1.parse().ok()),
        headline,
        body,
    }
}

impl Seen {
    fn look(&mut self, element: &Element) {
        for step in element.before.iter().chain(&element.steps).chain(&element.after) {
            for part in step.before.iter().chain([step]).chain(&step.after) {
                self.look_at(part);
            }
        }
        // A hook of behave may fail without a step that did.
        if let Some(status @ ("failed" | "error" | "hook_error" | "cleanup_error")) = element.status.as_deref() {
            self.failed.get_or_insert((format!("the scenario ended with status {status}"), String::new()));
        }
    }

    fn look_at(&mut self, step: &Step) {
        let Some(result) = &step.result else { return };
        match result.status.as_str() {
            "passed" => self.passed = true,
            "skipped" | "pending" => self.unfinished = true,
            // failed, undefined, ambiguous, and every word that is not known
            status => {
                let mut message = match &result.error_message {
                    Some(Message::Text(text)) => text.clone(),
                    Some(Message::Lines(lines)) => lines.join("\n"),
                    None => String::new(),
                };
                let mut text = format!("{} {}: {status}", step.keyword.trim(), step.name);
                // A background's failure is one of every scenario.
                cut(&mut text);
                cut(&mut message);
                self.failed.get_or_insert((text, message));
            }
        }
    }

    /// A scenario passed when something of it ran and nothing was left out.
    fn outcome(&self) -> Outcome {
        match (&self.failed, self.passed, self.unfinished) {
            (Some(_), _, _) => Outcome::Failed,
            (None, true, false) => Outcome::Passed,
            (None, _, _) => Outcome::Skipped,
        }
    }
}
