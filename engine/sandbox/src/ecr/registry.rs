//! How the registry scans: when, and with which of the two scanners. Nothing is scanned here: [`super::scan`] tells what a
//! scan would have found.

use std::fs;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::images::find;
use super::layout::{self, Image};
use super::repositories::must_exist;
use crate::AwsError;
use crate::events::wildcard;
use crate::fields::Fields;
use crate::world::{Shared, World};

const INVALID: &str = "InvalidParameterException";

/// What `PutRegistryScanningConfiguration` sets.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    scan_type: ScanType,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ScanType {
    Basic,
    Enhanced,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    scan_frequency: Frequency,
    repository_filters: Vec<Filter>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Frequency {
    ScanOnPush,
    ContinuousScan,
    Manual,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    filter: String,
    filter_type: FilterType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum FilterType {
    Wildcard,
}

impl Configuration {
    /// The configuration that was put last. Before the first, every image is scanned when it is pushed (*assumed*: as the
    /// gate's stack installs it).
    fn read(world: &World) -> Self {
        let kept = fs::read(layout::scanning(world)).ok().and_then(|text| serde_json::from_slice(&text).ok());
        kept.unwrap_or_else(|| Self {
            scan_type: ScanType::Basic,
            rules: vec![Rule {
                scan_frequency: Frequency::ScanOnPush,
                repository_filters: vec![Filter { filter: "*".to_owned(), filter_type: FilterType::Wildcard }],
            }],
        })
    }

    /// *Documented*: a repository that no rule matches is scanned by hand; `*` stands for any text.
    fn frequency(&self, repository: &str) -> Frequency {
        let matches = |rule: &&Rule| rule.repository_filters.iter().any(|filter| wildcard(&filter.filter, repository));
        self.rules.iter().find(matches).map_or(Frequency::Manual, |rule| rule.scan_frequency)
    }
}

pub(super) fn put(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let told = json!({
        "scanType": fields.value("scanType").unwrap_or(json!("BASIC")),
        "rules": fields.value("rules").unwrap_or(json!([])),
    });
    fields.finish()?;
    let invalid = |error: serde_json::Error| AwsError::client(INVALID, format!("Invalid parameter: {error}"));
    let configuration: Configuration = serde_json::from_value(told).map_err(invalid)?;
    let text = serde_json::to_vec(&configuration).map_err(|error| AwsError::internal(error.to_string()))?;
    let path = layout::scanning(world);
    fs::write(&path, text).map_err(|error| layout::io_fault(&path, &error))?;
    Ok(json!({ "registryScanningConfiguration": configuration }))
}

pub(super) fn get(world: &Shared, fields: Fields) -> Result<Value, AwsError> {
    fields.finish()?;
    Ok(json!({ "registryId": world.account, "scanningConfiguration": Configuration::read(world) }))
}

/// *Documented*: an image may be scanned once in 24 hours, and a scan at its push counts; a scan by hand is one of basic
/// scanning. *Assumed*: the words.
pub(super) fn start(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let name = fields.required_str("repositoryName", INVALID)?;
    let asked = fields.value("imageId").unwrap_or(Value::Null);
    fields.finish()?;
    must_exist(world, &name)?;
    let images = layout::images(world, &name)?;
    let image = find(world, &name, &images, &asked)?;
    if Configuration::read(world).scan_type == ScanType::Enhanced {
        return Err(AwsError::client("ValidationException", "This feature is disabled: the registry scans by itself"));
    }
    if is_scanned(world, &name, image) {
        let words = format!("The scan quota per image has been exceeded. Wait and try again: {}", image.digest);
        return Err(AwsError::client("LimitExceededException", words));
    }
    image.mark_scanned()?;
    Ok(json!({
        "registryId": world.account,
        "repositoryName": name,
        "imageId": { "imageDigest": image.digest, "imageTag": image.tag },
        "imageScanStatus": { "status": "IN_PROGRESS" },
    }))
}

/// Whether a scan of this image was begun: at its push, or by hand.
pub(super) fn is_scanned(world: &World, repository: &str, image: &Image) -> bool {
    Configuration::read(world).frequency(repository) != Frequency::Manual || image.was_marked_scanned()
}

/// The status of a scan that is over: enhanced scanning goes on for ever (*documented*).
pub(super) fn status_of_the_scanned(world: &World) -> &'static str {
    match Configuration::read(world).scan_type {
        ScanType::Basic => "COMPLETE",
        ScanType::Enhanced => "ACTIVE",
    }
}

#[cfg(test)]
mod tests {
    use super::wildcard;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name, expected) in
            [("*", "gated", true), ("g*d", "gated", true), ("g*x", "gated", false), ("gated", "gated2", false)]
        {
            assert_eq!(wildcard(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_are_answered_as_soon_as_one() {
        assert!(!wildcard(&"*a".repeat(60), &format!("{}b", "a".repeat(200))));
    }
}
