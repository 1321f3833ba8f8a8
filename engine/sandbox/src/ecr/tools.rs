//! The commands `docker` and `aws` of builds that have a Docker daemon: small scripts in the data directory, found before
//! the host's own, since an image must go to the sandbox's registry and not to AWS.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::layout;
use crate::AwsError;
use crate::world::World;

const DOCKER: &str = include_str!("docker.sh");
const AWS: &str = include_str!("aws.sh");
/// Images are built here and nowhere else verified.
const POLICY: &str = r#"{"default": [{"type": "insecureAcceptAnything"}]}"#;

/// Writes them. Pushes and deletions that a kill cut short are cleared away.
pub(super) fn write(world: &World) -> Result<(), AwsError> {
    let root = layout::root(world);
    write_all(&root).map_err(|error| AwsError::internal(format!("{}: {error}", root.display())))
}

/// `PATH` of a build that has a Docker daemon, from the host's.
pub(crate) fn path(world: &World, host: &str) -> String {
    let root = layout::root(world);
    let has_aws = std::env::split_paths(host).any(|directory| directory.join("aws").is_file());
    let tools = root.join("docker").display().to_string();
    if has_aws { format!("{tools}:{host}") } else { format!("{tools}:{}:{host}", root.join("aws").display()) }
}

fn write_all(root: &Path) -> std::io::Result<()> {
    fs::create_dir_all(root.join("repositories"))?;
    for entry in fs::read_dir(root)?.flatten() {
        let name = entry.file_name();
        if ["incoming-", "deleted-"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    fs::write(root.join("policy.json"), POLICY)?;
    let quoted = format!("'{}'", root.display().to_string().replace('\'', r"'\''"));
    script(root.join("docker"), "docker", &DOCKER.replace("@REGISTRY@", &quoted))?;
    script(root.join("aws"), "aws", AWS)
}

fn script(directory: PathBuf, name: &str, text: &str) -> std::io::Result<()> {
    fs::create_dir_all(&directory)?;
    // Whoever runs the old one goes on with it.
    let (fresh, place) = (directory.join(format!("{name}.new")), directory.join(name));
    fs::write(&fresh, text)?;
    fs::set_permissions(&fresh, fs::Permissions::from_mode(0o755))?;
    fs::rename(fresh, place)
}
