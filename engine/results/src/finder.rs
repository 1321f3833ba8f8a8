//! Where the paths of a coverage report lie in the checkout. Whatever a report writes, only paths inside the checkout come
//! out, without `.` and `..`. Nothing is looked up but in the `tree` that the caller gives.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::coverage::Name;
use crate::paths::{absolute, below, forward, inside};

/// The files of the commit that was built.
pub type Tree<'a> = &'a BTreeSet<String>;

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

/// How many names are looked at to find out where a report was written.
const ENOUGH: usize = 500;

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
    /// Directory of the report.
    beside: String,
    tree: Option<Tree<'a>>,
    /// The files of the tree by their last part.
    by_name: OnceCell<BTreeMap<&'a str, Vec<&'a str>>>,
}

impl<'a> Finder<'a> {
    /// `root` is what the policy says that the report's paths are relative to, `dir` the stage's working directory, `report`
    /// the report's own path. Without `root`, a path may start from the stage's directory, from any directory that the
    /// report lies in, the nearest first, or from the checkout.
    pub(crate) fn new(
        checkout: Option<&str>,
        tree: Option<Tree<'a>>,
        root: Option<&str>,
        dir: &str,
        report: &str,
        sources: &[String],
    ) -> Self {
        let report = inside(report).unwrap_or_default();
        let mut bases: Vec<String> = match root {
            Some(root) => inside(root).into_iter().collect(),
            None => {
                let above =
                    std::iter::successors(Some(parent(&report)), |path| (!path.is_empty()).then(|| parent(path)));
                let dir = inside(dir).filter(|dir| !dir.is_empty() || tree.is_none());
                dir.into_iter().chain(above.map(str::to_owned)).collect()
            }
        };
        if tree.is_none() {
            // Nothing could tell which of them is meant.
            bases.truncate(1);
        }
        Self {
            checkout: checkout.and_then(absolute),
            bases,
            rooted: root.is_some(),
            sources: sources.iter().map(|source| forward(source)).collect(),
            beside: parent(&report).to_owned(),
            tree,
            by_name: OnceCell::new(),
        }
    }

    /// Finds out from a report's names where its relative paths start, and where the checkout was when nobody told, or
    /// when no absolute path lies there.
    pub(crate) fn learn(&mut self, names: &[&Name]) {
        let Some(tree) = self.tree else { return };
        let names = &names[..names.len().min(ENOUGH)];
        self.find_base(tree, names);
        self.find_checkout(tree, names);
    }

    /// Directories from which more of the paths exist come first.
    fn find_base(&mut self, tree: Tree<'_>, names: &[&Name]) {
        let found = |base: &String| {
            let exists = |name: &&&Name| match name {
                Name::Path(path) => self.relative(base, &forward(path)).any(|path| tree.contains(&path)),
                Name::Package { module, path } => {
                    in_package(base, module.as_deref(), &forward(path)).any(|path| tree.contains(&path))
                }
            };
            Reverse(names.iter().filter(exists).count())
        };
        let mut bases = self.bases.clone();
        bases.sort_by_cached_key(found);
        self.bases = bases;
    }

    fn find_checkout(&mut self, tree: Tree<'_>, names: &[&Name]) {
        let mut paths: Vec<String> = Vec::new();
        for name in names {
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
            if let Some(at) = starts.into_iter().find(|at| tree.contains(&path[at + 1..])) {
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
        match candidates.iter().position(|path| tree.contains(path)) {
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
        found.extend(self.bases.iter().flat_map(|base| self.relative(base, path)));
        found
    }

    /// Where a relative path may lie when it starts from `base`.
    fn relative(&self, base: &str, path: &str) -> impl Iterator<Item = String> {
        let sources = self.sources.iter().filter(|source| absolute(source).is_none());
        let places = sources.map(move |source| format!("{base}/{source}/{path}")).chain([format!("{base}/{path}")]);
        places.filter_map(|place| inside(&place))
    }

    fn package_candidates(&self, module: Option<&str>, path: &str) -> Vec<String> {
        if self.tree.is_none() && !self.rooted {
            // The usual directory is the best guess.
            let usual = if path.ends_with(".kt") { "src/main/kotlin" } else { "src/main/java" };
            let module = module.unwrap_or_default();
            let guess = |base: &String| inside(&format!("{base}/{module}/{usual}/{path}"));
            return self.bases.first().and_then(guess).into_iter().collect();
        }
        let of = |path| self.bases.iter().flat_map(move |base| in_package(base, module, path));
        // Kotlin sources may leave the packages' common beginning out of their directories.
        let shorter = path.match_indices('/').map(|(at, _)| &path[at + 1..]);
        of(path).chain(self.only(path)).chain(shorter.flat_map(of)).collect()
    }

    /// The file of the tree that ends in a package path, wherever it lies: the only one, or the one nearest to the report.
    fn only(&self, path: &str) -> Option<String> {
        let tree = self.tree?;
        let by_name = self.by_name.get_or_init(|| {
            let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for file in tree {
                files.entry(last(file)).or_default().push(file);
            }
            files
        });
        let ends = |file: &&&str| file.strip_suffix(path).is_some_and(|rest| rest.ends_with('/'));
        let allowed = |file: &&&str| !self.rooted || self.bases.iter().any(|base| shared(base, file) == depth(base));
        let mut found: Vec<&str> = by_name.get(last(path))?.iter().filter(ends).filter(allowed).copied().collect();
        found.sort_by_cached_key(|file| Reverse(shared(&self.beside, file)));
        match found[..] {
            [file] => Some(file.to_owned()),
            [first, second, ..] if shared(&self.beside, first) > shared(&self.beside, second) => Some(first.to_owned()),
            _ => None,
        }
    }
}

/// Where a file of a package may lie when its module, or its source directory, starts from `base`.
fn in_package(base: &str, module: Option<&str>, path: &str) -> impl Iterator<Item = String> {
    let modules = module.into_iter().chain([""]);
    let directories = modules.flat_map(|module| SOURCE_DIRS.iter().map(move |dir| (module, dir)));
    directories.filter_map(move |(module, dir)| inside(&format!("{base}/{module}/{dir}/{path}")))
}

/// The directory that a path lies in; `""` is the checkout.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, last)| last)
}

/// How many directories two paths have in common, from the checkout on.
fn shared(one: &str, other: &str) -> usize {
    one.split('/').zip(other.split('/')).take_while(|(one, other)| !one.is_empty() && one == other).count()
}

fn depth(path: &str) -> usize {
    path.split('/').filter(|part| !part.is_empty()).count()
}
