//! Images of a repository: which there are, and taking them away.

use serde_json::{Value, json};

use super::layout::{self, Image};
use super::repositories::must_exist;
use crate::AwsError;
use crate::fields::Fields;
use crate::paging::{Page, with_token};
use crate::world::Shared;

const INVALID: &str = "InvalidParameterException";
const OCI: &str = "application/vnd.oci.image.manifest.v1+json";

pub(super) fn list(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let name = fields.required_str("repositoryName", INVALID)?;
    let untagged = only_untagged(&mut fields)?;
    let page = Page::read(&mut fields, "nextToken", "maxResults", 100, 1000, INVALID, INVALID)?;
    fields.finish()?;
    must_exist(world, &name)?;
    let images = if untagged { Vec::new() } else { layout::images(world, &name)? };
    let (images, next) = page.cut(images);
    let ids: Vec<Value> = images.iter().map(id).collect();
    Ok(with_token(json!({ "imageIds": ids }), "nextToken", next))
}

pub(super) fn describe(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let name = fields.required_str("repositoryName", INVALID)?;
    let wanted = fields.list("imageIds")?;
    let untagged = only_untagged(&mut fields)?;
    let page = Page::read(&mut fields, "nextToken", "maxResults", 100, 1000, INVALID, INVALID)?;
    fields.finish()?;
    must_exist(world, &name)?;
    let images = layout::images(world, &name)?;
    for asked in wanted.iter().flatten() {
        find(world, &name, &images, asked)?;
    }
    let asked = |image: &Image| wanted.as_ref().is_none_or(|ids| ids.iter().any(|asked| is(image, asked)));
    let is_wanted = |image: &Image| !untagged && asked(image);
    let mut details: Vec<Value> = Vec::new();
    for image in images.iter().filter(|image| is_wanted(image)) {
        if details.iter().any(|detail| detail["imageDigest"] == image.digest.as_str()) {
            continue;
        }
        let tags: Vec<&str> = images.iter().filter(|i| i.digest == image.digest).map(|i| i.tag.as_str()).collect();
        let (manifest, _) = image.config()?;
        let size: u64 = manifest["layers"].as_array().into_iter().flatten().filter_map(|l| l["size"].as_u64()).sum();
        details.push(json!({
            "registryId": world.account, "repositoryName": name, "imageDigest": image.digest, "imageTags": tags,
            "imageSizeInBytes": size, "imagePushedAt": image.pushed_at(), "imageManifestMediaType": manifest["mediaType"],
        }));
    }
    let (details, next) = page.cut(details);
    Ok(with_token(json!({ "imageDetails": details }), "nextToken", next))
}

/// Whether `filter` leaves nothing: an image whose last tag is gone is deleted here, so that none is untagged.
fn only_untagged(fields: &mut Fields) -> Result<bool, AwsError> {
    let Some(mut filter) = fields.object("filter")? else { return Ok(false) };
    let status = filter.str("tagStatus")?;
    filter.finish()?;
    match status.as_deref() {
        None | Some("TAGGED" | "ANY") => Ok(false),
        Some("UNTAGGED") => Ok(true),
        Some(other) => Err(AwsError::client(INVALID, format!("{other} is not a tagStatus: TAGGED, UNTAGGED, ANY"))),
    }
}

/// Manifests, byte for byte. What is not there is a failure beside the others (*documented*).
pub(super) fn get(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let name = fields.required_str("repositoryName", INVALID)?;
    let asked = fields.list("imageIds")?.unwrap_or_default();
    let accepted = fields.strings("acceptedMediaTypes")?.unwrap_or_else(|| vec![OCI.to_owned()]);
    fields.finish()?;
    if !accepted.iter().any(|kind| kind == OCI) {
        return Err(AwsError::not_emulated(format!("acceptedMediaTypes without {OCI}: every image here is one")));
    }
    must_exist(world, &name)?;
    let all = layout::images(world, &name)?;
    let (mut images, mut failures) = (Vec::new(), Vec::new());
    for asked in asked {
        match all.iter().find(|image| is(image, &asked)) {
            Some(image) => images.push(json!({
                "registryId": world.account, "repositoryName": name, "imageId": id(image),
                "imageManifest": image.manifest()?, "imageManifestMediaType": image.config()?.0["mediaType"],
            })),
            None => failures.push(json!({
                "imageId": asked, "failureCode": "ImageNotFound", "failureReason": "Requested image not found",
            })),
        }
    }
    Ok(json!({ "images": images, "failures": failures }))
}

/// *Documented*: by tag it takes the tag away, and the image with its last tag; by digest it takes the image with all its
/// tags. What is not there is a failure beside the others.
pub(super) fn delete(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let name = fields.required_str("repositoryName", INVALID)?;
    let asked = fields.list("imageIds")?.unwrap_or_default();
    fields.finish()?;
    must_exist(world, &name)?;
    if !(1..=100).contains(&asked.len()) {
        return Err(AwsError::client(INVALID, format!("imageIds has {} members, not 1 to 100", asked.len())));
    }
    let (mut deleted, mut failures) = (Vec::new(), Vec::new());
    for asked in asked {
        let images = layout::images(world, &name)?;
        let found: Vec<&Image> = images.iter().filter(|image| is(image, &asked)).collect();
        if found.is_empty() {
            failures.push(json!({
                "imageId": asked, "failureCode": "ImageNotFound", "failureReason": "Requested image not found",
            }));
        }
        for image in found {
            layout::delete(world, image)?;
            deleted.push(id(image));
        }
    }
    Ok(json!({ "imageIds": deleted, "failures": failures }))
}

/// The image of this identifier.
pub(super) fn find<'a>(world: &Shared, name: &str, images: &'a [Image], asked: &Value) -> Result<&'a Image, AwsError> {
    images.iter().find(|image| is(image, asked)).ok_or_else(|| {
        let account = &world.account;
        AwsError::client(
            "ImageNotFoundException",
            format!("The image with imageId {asked} does not exist within the repository with name '{name}' in the registry with id '{account}'"),
        )
    })
}

fn is(image: &Image, asked: &Value) -> bool {
    let same = |name: &str, value: &str| asked[name].as_str().map(|asked| asked == value);
    match (same("imageTag", &image.tag), same("imageDigest", &image.digest)) {
        (None, None) => false,
        (tag, digest) => tag.unwrap_or(true) && digest.unwrap_or(true),
    }
}

fn id(image: &Image) -> Value {
    json!({ "imageTag": image.tag, "imageDigest": image.digest })
}
