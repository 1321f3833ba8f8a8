//! Whether a stack that was made without knowing the floor, from the published template, has the permissions that the floor
//! takes. It has none: every build that uses one of these would fail for want of it.

use gated_core::policy::Floor;

use crate::Fault;

/// # Errors
/// When the floor takes permissions, with the keys that do.
pub(super) fn for_nothing_of(floor: &Floor) -> Result<(), Fault> {
    let mut keys = Vec::new();
    if !floor.secrets_allowed.is_empty() {
        keys.push("secrets-allowed".to_owned());
    }
    for profile in &floor.profiles {
        let taken =
            [("role", profile.role.is_some()), ("key", profile.key.is_some()), ("vpc", profile.network.is_some())];
        keys.extend(
            taken.iter().filter(|(_, there)| *there).map(|(key, _)| format!("profiles.{}.{key}", profile.name)),
        );
    }
    if keys.is_empty() {
        return Ok(());
    }
    Err(Fault::misconfigured(format!(
        "the floor says {}, and the roles of the published template know nothing of it: leave it out of the floor, or deploy \
         with CDK",
        keys.join(", ")
    )))
}
