//! Which line of which policy demands a requirement. The requirement's id tells the key, the reader's places tell where it
//! stands; nothing is read here.

use gated_core::decision::{DeltaKind, LayerName};
use gated_core::report::{PolicyText, Report};

/// A line of a policy.
pub(crate) struct Place<'a> {
    pub(crate) path: &'a str,
    pub(crate) layer: LayerName,
    /// From 1.
    pub(crate) line: usize,
}

/// The key that a requirement comes from, by its dotted path; `None` for what every policy demands.
pub(crate) fn key(id: &str) -> Option<String> {
    Some(match id.split_once('/') {
        Some(("coverage", what)) => format!("coverage.{}", what.replacen('/', ".", 1)),
        Some(("stage", stage)) => format!("stages.{stage}"),
        Some(("tests" | "report", rest)) => format!("stages.{}.reports", rest.split('/').next().unwrap_or(rest)),
        Some(("container", _)) => "container.scan".to_owned(),
        None if id == "owners" => "gate.policy-owners".to_owned(),
        None if id == "setup" || id == "container" => id.to_owned(),
        Some(_) | None => return None,
    })
}

/// The lines that demand a requirement: those of floor and destination, and the proposal's where it is stricter or alone.
pub(crate) fn places<'a>(id: &str, report: &'a Report) -> Vec<Place<'a>> {
    let place = |text: &'a PolicyText| Some(Place { path: &text.path, layer: text.layer, line: line_of(id, text)? });
    let mut places: Vec<Place<'a>> = told(report).filter_map(place).collect();
    let stricter = key(id).is_some_and(|key| {
        let mut delta = report.record.decision.delta.iter();
        delta.any(|it| it.kind == DeltaKind::Stricter && below(&it.path, &key))
    });
    if !stricter && places.iter().any(|place| place.layer != LayerName::Source) {
        places.retain(|place| place.layer != LayerName::Source);
    }
    places
}

/// The policies that were read; one that is the same on both sides is told once.
pub(crate) fn told(report: &Report) -> impl Iterator<Item = &PolicyText> {
    let texts = &report.policies;
    texts.iter().filter(|it| {
        let twin = texts.iter().find(|other| other.layer == LayerName::Destination && other.text == it.text);
        it.layer != LayerName::Source || twin.is_none()
    })
}

/// What a layer is called.
pub(crate) fn layer(layer: LayerName) -> &'static str {
    match layer {
        LayerName::Floor => "floor",
        LayerName::Destination => "destination",
        LayerName::Source => "proposal",
    }
}

/// The line of the key that a requirement comes from.
pub(crate) fn line_of(id: &str, text: &PolicyText) -> Option<usize> {
    let key = key(id)?;
    // A scan that nobody wrote down is demanded by the image.
    first(text, &key).or_else(|| key.strip_suffix(".scan").and_then(|image| first(text, image)))
}

/// The first line of a key, or of what stands below it.
pub(crate) fn first(text: &PolicyText, key: &str) -> Option<usize> {
    let lines = text.places.iter().filter(|(path, _)| below(path, key)).map(|(_, line)| *line);
    lines.min().and_then(|line| usize::try_from(line).ok())
}

fn below(path: &str, key: &str) -> bool {
    path.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
