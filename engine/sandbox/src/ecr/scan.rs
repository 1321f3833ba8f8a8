//! Scans. Nothing is scanned for real: an image without an operating system cannot be scanned (*documented*: images made
//! from scratch are not supported), every other has the findings that its label `sandbox.scan` tells, or none, at once.
//!
//! The label is JSON: `{"status": …, "description": …, "findings": […], "enhancedFindings": […]}`, each part as ECR tells
//! it and each optional. It wins over what the image is, so that a Dockerfile alone can play every outcome.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::images::find;
use super::layout;
use super::registry;
use super::repositories::must_exist;
use crate::AwsError;
use crate::fields::Fields;
use crate::paging::{Page, with_token};
use crate::world::Shared;

const INVALID: &str = "InvalidParameterException";
const LABEL: &str = "sandbox.scan";
/// Where a Linux distribution says what it is (*assumed*: this is what makes an image one that can be scanned).
const SYSTEM: [&str; 2] = ["etc/os-release", "usr/lib/os-release"];

pub(super) fn findings(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let name = fields.required_str("repositoryName", INVALID)?;
    let asked = fields.value("imageId").unwrap_or(Value::Null);
    let page = Page::read(&mut fields, "nextToken", "maxResults", 100, 1000, INVALID, INVALID)?;
    fields.finish()?;
    must_exist(world, &name)?;
    let images = layout::images(world, &name)?;
    let image = find(world, &name, &images, &asked)?;
    if !registry::is_scanned(world, &name, image) {
        // *Assumed*: the words.
        let words = format!(
            "Image scan does not exist for the image with '{asked}' in the repository with name '{name}' in the registry with id '{}'",
            world.account
        );
        return Err(AwsError::client("ScanNotFoundException", words));
    }
    let (manifest, config) = image.config()?;
    let label = match config["config"]["Labels"][LABEL].as_str() {
        Some(text) => serde_json::from_str(text).map_err(|error| {
            AwsError::client("ValidationException", format!("the image's label {LABEL} is not JSON: {error}"))
        })?,
        None => Value::Null,
    };
    let supported = !label.is_null() || image.holds(&manifest, &SYSTEM)?;
    // *Recorded*, in threads of AWS's own roadmap: what cannot be scanned has failed in basic scanning, and has a status of
    // its own in enhanced scanning.
    let usual = match (registry::status_of_the_scanned(world), supported) {
        (status, true) => status,
        ("ACTIVE", false) => "UNSUPPORTED_IMAGE",
        (_, false) => "FAILED",
    };
    let status = label["status"].as_str().unwrap_or(usual);
    let usual = match status {
        "COMPLETE" => "The scan was completed successfully.",
        "ACTIVE" => "Continuous scan is selected for image.",
        "UNSUPPORTED_IMAGE" | "FAILED" if !supported => {
            "UnsupportedImageError: The operating system and/or package manager are not supported."
        }
        _ => "",
    };
    let description = label["description"].as_str().unwrap_or(usual);
    let list = |name: &str| label[name].as_array().cloned().unwrap_or_default();
    let all: Vec<(&str, Value)> = list("findings")
        .into_iter()
        .map(|finding| ("findings", finding))
        .chain(list("enhancedFindings").into_iter().map(|finding| ("enhancedFindings", finding)))
        .collect();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (_, finding) in &all {
        *counts.entry(finding["severity"].as_str().unwrap_or("UNDEFINED").to_owned()).or_default() += 1;
    }
    let (shown, next) = page.cut(all);
    let mut told =
        json!({ "findings": [], "findingSeverityCounts": counts, "imageScanCompletedAt": image.pushed_at() });
    for (kind, finding) in shown {
        match told[kind].as_array_mut() {
            Some(list) => list.push(finding),
            None => told[kind] = json!([finding]),
        }
    }
    let mut answer = json!({
        "registryId": world.account,
        "repositoryName": name,
        "imageId": { "imageDigest": image.digest, "imageTag": image.tag },
        "imageScanStatus": { "status": status, "description": description },
    });
    if matches!(status, "COMPLETE" | "ACTIVE") {
        answer["imageScanFindings"] = told;
    }
    Ok(with_token(answer, "nextToken", next))
}
