//! Whether the gate votes, repository by repository: how an organisation rolls a gate out without stopping anybody.

use serde::{Deserialize, Serialize};

use crate::matching::Globs;
use crate::names::RepositoryName;

/// Whether the gate votes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Comments what it would have done.
    Observe,
    /// Comments and votes.
    #[default]
    Enforce,
}

/// A floor's `mode`: one for every repository, or one for those whose names match and the other for the rest.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Modes {
    mode: Mode,
    only: Option<Globs>,
}

impl Modes {
    /// The same for every repository.
    pub fn everywhere(mode: Mode) -> Self {
        Self { mode, only: None }
    }

    /// `mode` for the repositories whose names match; the other one for the rest.
    pub fn only(mode: Mode, repositories: Globs) -> Self {
        Self { mode, only: Some(repositories) }
    }

    /// The mode of one repository.
    pub fn of(&self, repository: &RepositoryName) -> Mode {
        match (self.mode, self.only.as_ref().is_none_or(|names| names.matches(repository.as_str()))) {
            (mode, true) => mode,
            (Mode::Observe, false) => Mode::Enforce,
            (Mode::Enforce, false) => Mode::Observe,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repositories_that_are_not_named_have_the_other_mode() {
        let name = |text: &str| RepositoryName::new(text).unwrap();
        let globs = |list: &[&str]| Globs::new(list.iter().map(|glob| (*glob).to_owned()).collect()).unwrap();
        let observed = Modes::only(Mode::Observe, globs(&["legacy-*", "!legacy-core"]));
        assert_eq!(observed.of(&name("legacy-web")), Mode::Observe);
        assert_eq!(observed.of(&name("legacy-core")), Mode::Enforce);
        assert_eq!(observed.of(&name("web.legacy-x")), Mode::Enforce);
        let enforced = Modes::only(Mode::Enforce, globs(&["payments"]));
        assert_eq!((enforced.of(&name("payments")), enforced.of(&name("payments-2"))), (Mode::Enforce, Mode::Observe));
        assert_eq!(Modes::everywhere(Mode::Observe).of(&name("x")), Mode::Observe);
        assert_eq!(Modes::default().of(&name("x")), Mode::Enforce);
    }
}
