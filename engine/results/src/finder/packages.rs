//! Where files lie that a report names by their package. Nothing is looked up but in the commit's files.

use std::cmp::Reverse;

use super::Finder;
use crate::paths::inside;

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

impl Finder<'_> {
    /// The file of the commit that a package path means. Only Kotlin's sources may leave the packages' common beginning out
    /// of their directories.
    pub(super) fn found_in_package(&self, module: Option<&str>, path: &str) -> Option<String> {
        let of = |path: &str| {
            let exists = self.files.have(path) || !self.files.ending(&format!("/{path}")).is_empty();
            let mut places = self.bases.iter().filter(|_| exists).flat_map(|base| in_package(base, module, path));
            places.find(|path| self.files.have(path))
        };
        let whole = of(path).or_else(|| self.only(path));
        let is_kotlin = path.ends_with(".kt");
        let mut shorter = path.match_indices('/').filter(|_| is_kotlin).map(|(at, _)| &path[at + 1..]);
        whole.or_else(|| shorter.find_map(of))
    }

    /// Where a file of a package most likely lies.
    pub(super) fn guess(&self, module: Option<&str>, path: &str) -> Option<String> {
        let base = self.bases.first()?;
        if self.files.are_known() || self.rooted {
            return in_package(base, module, path).next();
        }
        let usual = if path.ends_with(".kt") { "src/main/kotlin" } else { "src/main/java" };
        inside(&format!("{base}/{}/{usual}/{path}", module.unwrap_or_default()))
    }

    /// The file of the tree that ends in a package path, wherever it lies: the only one, or the one nearest to the report.
    fn only(&self, path: &str) -> Option<String> {
        let allowed = |file: &&&str| !self.rooted || self.bases.iter().any(|base| shared(base, file) == depth(base));
        let ending = self.files.ending(&format!("/{path}")).iter().filter(|file| self.files.spend(file));
        let mut found: Vec<&str> = ending.filter(allowed).copied().collect();
        found.sort_by_cached_key(|file| Reverse(shared(&self.beside, file)));
        match found[..] {
            [file] => Some(file.to_owned()),
            [first, second, ..] if shared(&self.beside, first) > shared(&self.beside, second) => Some(first.to_owned()),
            _ => None,
        }
    }
}

/// Where a file of a package may lie when its module, or its source directory, starts from `base`.
pub(super) fn in_package(base: &str, module: Option<&str>, path: &str) -> impl Iterator<Item = String> {
    let modules = module.into_iter().chain([""]);
    let directories = modules.flat_map(|module| SOURCE_DIRS.iter().map(move |dir| (module, dir)));
    directories.filter_map(move |(module, dir)| inside(&format!("{base}/{module}/{dir}/{path}")))
}

/// How many directories two paths have in common, from the checkout on.
fn shared(one: &str, other: &str) -> usize {
    one.split('/').zip(other.split('/')).take_while(|(one, other)| !one.is_empty() && one == other).count()
}

fn depth(path: &str) -> usize {
    path.split('/').filter(|part| !part.is_empty()).count()
}
