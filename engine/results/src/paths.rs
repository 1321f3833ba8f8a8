//! Where the paths of a coverage report lie in the checkout. Whatever a report writes, only paths inside the checkout come
//! out, without `.` and `..`. Nothing is looked up but through the `tree` that the caller gives.

use std::collections::BTreeMap;

use crate::coverage::Name;

/// Whether a file of this path exists in the commit that was built.
pub type Tree<'a> = &'a dyn Fn(&str) -> bool;

/// Source directories of the build tools that write package paths.
const SOURCE_DIRS: [&str; 10] = [
    "",
    "src/main/java",
    "src/main/kotlin",
    "src/main/scala",
    "src/main/groovy",
    "src",
    "app/src/main/java",
    "app/src/main/kotlin",
    "src/commonMain/kotlin",
    "java",
];

/// The longest path that is believed, in bytes (`PATH_MAX` of Linux).
const LONGEST: usize = 4_096;

/// What a report's path came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the checkout, normalised.
    Inside(String),
    /// In the checkout, if it existed there.
    Missing(String),
    /// Outside, or nobody can say where.
    Outside,
}

/// Finds the places of one report file's paths.
pub(crate) struct Finder<'a> {
    /// Absolute path of the checkout, told or found out.
    checkout: Option<String>,
    /// Directories in the checkout that relative paths may start from, the best first.
    bases: Vec<String>,
    /// Whether the policy says what paths are relative to.
    rooted: bool,
    /// Directories that the report names.
    sources: Vec<String>,
    tree: Option<Tree<'a>>,
}

impl<'a> Finder<'a> {
    /// `root` is what the policy says that the report's paths are relative to, `dir` the stage's working directory, `report`
    /// the report's own path. Without `root`, a path may start from the stage's directory, from the checkout, or from
    /// any directory that the report lies in.
    pub(crate) fn new(
        checkout: Option<&str>,
        tree: Option<Tree<'a>>,
        root: Option<&str>,
        dir: &str,
        report: &str,
        sources: &[String],
    ) -> Self {
        let mut bases: Vec<String> = Vec::new();
        let mut add = |base: Option<String>| {
            if let Some(base) = base.filter(|base| !bases.contains(base)) {
                bases.push(base);
            }
        };
        match root {
            Some(root) => add(inside(root)),
            None => {
                add(inside(dir));
                add(Some(String::new()));
                let mut above = inside(report).unwrap_or_default();
                while let Some((parent, _)) = above.rsplit_once('/') {
                    above = parent.to_owned();
                    add(Some(above.clone()));
                }
            }
        }
        if tree.is_none() {
            // Nothing could tell which of them is meant.
            bases.truncate(1);
        }
        let checkout = checkout.and_then(absolute);
        let sources = sources.iter().map(|source| forward(source)).collect();
        Self { checkout, bases, rooted: root.is_some(), sources, tree }
    }

    /// Finds out where the checkout was from absolute paths in the report, when nobody told, or none of them lies there.
    pub(crate) fn find_checkout<'n>(&mut self, names: impl Iterator<Item = &'n Name>) {
        const ENOUGH: usize = 500;
        let Some(tree) = self.tree else { return };
        let mut paths: Vec<String> = Vec::new();
        for name in names.take(ENOUGH) {
            let Name::Path(path) = name else { continue };
            let path = forward(path);
            match absolute(&path) {
                Some(path) => paths.push(path),
                None => paths.extend(self.sources.iter().filter_map(|source| absolute(&format!("{source}/{path}")))),
            }
        }
        if let Some(checkout) = &self.checkout
            && (paths.is_empty() || paths.iter().any(|path| below(checkout, path).is_some()))
        {
            return;
        }
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for path in &paths {
            let starts = path.match_indices('/').map(|(at, _)| at);
            if let Some(at) = starts.into_iter().find(|at| tree(&path[at + 1..])) {
                *votes.entry(&path[..at]).or_default() += 1;
            }
        }
        let most = votes.values().max().copied();
        let best = votes.into_iter().find(|(_, count)| Some(*count) == most);
        if let Some((prefix, _)) = best {
            self.checkout = Some(prefix.to_owned());
        }
    }

    /// Where a path of the report lies.
    pub(crate) fn place(&self, name: &Name) -> Place {
        let candidates = match name {
            Name::Path(path) => self.candidates(&forward(path)),
            Name::Package { module, path } => self.package_candidates(module.as_deref(), &forward(path)),
        };
        let Some(tree) = self.tree else {
            return candidates.into_iter().next().map_or(Place::Outside, Place::Inside);
        };
        match candidates.iter().position(|path| tree(path)) {
            Some(index) => candidates.into_iter().nth(index).map_or(Place::Outside, Place::Inside),
            None => candidates.into_iter().next().map_or(Place::Outside, Place::Missing),
        }
    }

    /// Whether it can tell which files exist.
    pub(crate) fn knows_tree(&self) -> bool {
        self.tree.is_some()
    }

    fn candidates(&self, path: &str) -> Vec<String> {
        if let Some(path) = absolute(path) {
            return self.checkout.as_deref().and_then(|checkout| below(checkout, &path)).into_iter().collect();
        }
        let mut found = Vec::new();
        for source in &self.sources {
            let Some(whole) = absolute(&format!("{source}/{path}")) else { continue };
            found.extend(self.checkout.as_deref().and_then(|checkout| below(checkout, &whole)));
        }
        for base in &self.bases {
            let relative = self.sources.iter().filter(|source| absolute(source).is_none());
            found.extend(relative.filter_map(|source| inside(&format!("{base}/{source}/{path}"))));
            found.extend(inside(&format!("{base}/{path}")));
        }
        found
    }

    fn package_candidates(&self, module: Option<&str>, path: &str) -> Vec<String> {
        let module = module.unwrap_or("");
        if self.tree.is_none() && !self.rooted {
            // The usual directory is the best guess.
            let usual = if path.ends_with(".kt") { "src/main/kotlin" } else { "src/main/java" };
            return self
                .bases
                .first()
                .and_then(|base| inside(&format!("{base}/{module}/{usual}/{path}")))
                .into_iter()
                .collect();
        }
        // Kotlin sources may leave the packages' common beginning out of their directories.
        let shorter = path.match_indices('/').map(|(at, _)| &path[at + 1..]);
        let mut found = Vec::new();
        for path in std::iter::once(path).chain(shorter) {
            for base in &self.bases {
                for module in [module, ""] {
                    let within = |dir: &&str| inside(&format!("{base}/{module}/{dir}/{path}"));
                    found.extend(SOURCE_DIRS.iter().filter_map(within));
                }
            }
        }
        found
    }
}

/// `path` relative to `checkout`, both absolute and normalised.
pub(crate) fn below(checkout: &str, path: &str) -> Option<String> {
    let rest = path.strip_prefix(checkout.trim_end_matches('/'))?.strip_prefix('/')?;
    (!rest.is_empty()).then(|| rest.to_owned())
}

/// A relative path without `.`, `..` and empty parts; `None` when it is absolute or leaves where it starts.
pub(crate) fn inside(path: &str) -> Option<String> {
    if absolute(path).is_some() && !path.starts_with('/') {
        return None;
    }
    normal(path)
}

/// An absolute path without `.`, `..` and empty parts; `None` when it is relative or leaves its root. A drive letter
/// counts as a directory.
pub(crate) fn absolute(path: &str) -> Option<String> {
    let drive = path.as_bytes();
    let has_drive = drive.len() > 2 && drive[0].is_ascii_alphabetic() && drive[1] == b':' && drive[2] == b'/';
    (has_drive || path.starts_with('/')).then(|| normal(path).map(|path| format!("/{path}")))?
}

/// Forward slashes, no `file:` or `file://`.
pub(crate) fn forward(path: &str) -> String {
    let path = path.trim().replace('\\', "/");
    let bare = path.strip_prefix("file://").or_else(|| path.strip_prefix("file:"));
    bare.unwrap_or(&path).to_owned()
}

fn normal(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part if part.chars().any(char::is_control) => return None,
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    (path.len() <= LONGEST).then_some(path)
}
