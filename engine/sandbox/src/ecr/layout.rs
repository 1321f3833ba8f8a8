//! Where images lie: `ecr/repositories/NAME/TAG/` holds `digest` and `image/`, an OCI image layout whose layers are not
//! compressed. A slash in a name is written `%2F`. Presence is the state: a push and a deletion are one rename each.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::AwsError;
use crate::world::World;

/// An image under one of its tags.
#[derive(Debug, Clone)]
pub(super) struct Image {
    pub(super) tag: String,
    /// `sha256:…`
    pub(super) digest: String,
    place: PathBuf,
}

/// The directory of the registry.
pub(super) fn root(world: &World) -> PathBuf {
    world.data.join("ecr")
}

/// The file with how the registry scans.
pub(super) fn scanning(world: &World) -> PathBuf {
    root(world).join("scanning.json")
}

/// Makes a repository; tells whether it is new.
pub(super) fn create(world: &World, name: &str) -> Result<bool, AwsError> {
    let place = place(world, name);
    let new = !place.exists();
    fs::create_dir_all(&place).map_err(|error| io_fault(&place, &error))?;
    Ok(new)
}

/// The names of every repository, in order.
pub(super) fn repositories(world: &World) -> Result<Vec<String>, AwsError> {
    names(&root(world).join("repositories")).map(|names| names.iter().map(|name| name.replace("%2F", "/")).collect())
}

/// Whether there is a repository of this name.
pub(super) fn exists(world: &World, name: &str) -> bool {
    place(world, name).is_dir()
}

/// The images of a repository, by tag.
pub(super) fn images(world: &World, name: &str) -> Result<Vec<Image>, AwsError> {
    let directory = place(world, name);
    let tags = names(&directory)?;
    Ok(tags
        .into_iter()
        .filter_map(|tag| {
            let place = directory.join(&tag);
            let digest = fs::read_to_string(place.join("digest")).ok()?.trim().to_owned();
            Some(Image { tag, digest, place })
        })
        .collect())
}

/// Takes an image away, so that no half of it is left to be seen.
pub(super) fn delete(world: &World, image: &Image) -> Result<(), AwsError> {
    let trash = root(world).join(format!("deleted-{}", uuid::Uuid::new_v4()));
    match fs::rename(&image.place, &trash) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        moved => moved.map_err(|error| io_fault(&image.place, &error))?,
    }
    fs::remove_dir_all(&trash).map_err(|error| io_fault(&trash, &error))
}

impl Image {
    /// The image's manifest and configuration (OCI image specification 1.0).
    pub(super) fn config(&self) -> Result<(Value, Value), AwsError> {
        let manifest = self.json(&self.digest)?;
        let config = self.json(manifest["config"]["digest"].as_str().unwrap_or_default())?;
        Ok((manifest, config))
    }

    /// Whether a layer holds a file of this path.
    pub(super) fn holds(&self, manifest: &Value, paths: &[&str]) -> Result<bool, AwsError> {
        for layer in manifest["layers"].as_array().into_iter().flatten() {
            let blob = self.blob(layer["digest"].as_str().unwrap_or_default());
            if tar_holds(&blob, paths).map_err(|error| io_fault(&blob, &error))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// When it was pushed, in seconds since the epoch.
    pub(super) fn pushed_at(&self) -> u64 {
        let time = fs::metadata(self.place.join("digest")).and_then(|meta| meta.modified());
        time.ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok()).map_or(0, |since| since.as_secs())
    }

    /// Its manifest, byte for byte.
    pub(super) fn manifest(&self) -> Result<String, AwsError> {
        let path = self.blob(&self.digest);
        fs::read_to_string(&path).map_err(|error| io_fault(&path, &error))
    }

    /// Notes that somebody began a scan of it.
    pub(super) fn mark_scanned(&self) -> Result<(), AwsError> {
        let path = self.place.join("scanned");
        fs::write(&path, "").map_err(|error| io_fault(&path, &error))
    }

    /// Whether [`Image::mark_scanned`] was.
    pub(super) fn was_marked_scanned(&self) -> bool {
        self.place.join("scanned").exists()
    }

    fn json(&self, digest: &str) -> Result<Value, AwsError> {
        let path = self.blob(digest);
        let text = fs::read(&path).map_err(|error| io_fault(&path, &error))?;
        serde_json::from_slice(&text).map_err(|error| AwsError::internal(format!("{}: {error}", path.display())))
    }

    fn blob(&self, digest: &str) -> PathBuf {
        let hex: String = digest.trim_start_matches("sha256:").chars().filter(char::is_ascii_hexdigit).collect();
        self.place.join("image/blobs/sha256").join(hex)
    }
}

fn place(world: &World, name: &str) -> PathBuf {
    root(world).join("repositories").join(name.replace('/', "%2F"))
}

fn names(directory: &Path) -> Result<Vec<String>, AwsError> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| io_fault(directory, &error))?,
    };
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}

pub(super) fn io_fault(path: &Path, error: &io::Error) -> AwsError {
    AwsError::internal(format!("{}: {error}", path.display()))
}

/// Walks over the headers of a tar archive (POSIX ustar). Names over 255 characters are not looked for.
fn tar_holds(path: &Path, wanted: &[&str]) -> io::Result<bool> {
    const BLOCK: u64 = 512;
    let mut file = File::open(path)?;
    let mut header = [0_u8; 512];
    while file.read_exact(&mut header).is_ok() && header[0] != 0 {
        let text = |range: std::ops::Range<usize>| {
            let bytes = &header[range];
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            String::from_utf8_lossy(&bytes[..end]).into_owned()
        };
        let (name, prefix) = (text(0..100), text(345..500));
        let name = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        if wanted.contains(&name.trim_start_matches("./").trim_start_matches('/')) {
            return Ok(true);
        }
        let Ok(size) = u64::from_str_radix(text(124..136).trim(), 8) else { return Ok(false) };
        let padded = size.div_ceil(BLOCK).saturating_mul(BLOCK);
        file.seek(SeekFrom::Current(i64::try_from(padded).unwrap_or(i64::MAX)))?;
    }
    Ok(false)
}
