//! Where the paths of a coverage report lie in the checkout. Whatever a report writes, only paths inside the checkout come
//! out, without `.` and `..`. Nothing is looked up but in the `tree` that the caller gives.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::coverage::Name;
use crate::fault::limits;
use crate::files::Files;
use crate::paths::{absolute, below, forward, inside};

mod packages;

/// The files of the commit that was built.
pub type Tree<'a> = &'a BTreeSet<String>;

/// How many names are looked at to find out where a report was written.
const ENOUGH: usize = 500;
/// How many paths they may become, where a report names many directories that each may start from.
const MOST_TRIED: usize = 10_000;

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
    files: &'a Files<'a>,
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
    /// All directories that a relative path may start from: the report's, and the bases.
    starts: Starts,
}

impl<'a> Finder<'a> {
    /// `root` is what the policy says that the report's paths are relative to, `dir` the stage's working directory, `report`
    /// the report's own path. Without `root`, a path may start from the stage's directory, from any directory that the
    /// report lies in, the nearest first, or from the checkout.
    pub(crate) fn new(
        checkout: Option<&str>,
        files: &'a Files<'a>,
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
                let dir = inside(dir).filter(|dir| !dir.is_empty() || !files.are_known());
                dir.into_iter().chain(above.take(limits::DEPTH).map(str::to_owned)).collect()
            }
        };
        if !files.are_known() {
            // Nothing could tell which of them is meant.
            bases.truncate(1);
        }
        let mut finder = Self {
            files,
            checkout: checkout.and_then(absolute),
            bases,
            rooted: root.is_some(),
            sources: sources.iter().map(|source| forward(source)).collect(),
            beside: parent(&report).to_owned(),
            starts: Starts::default(),
        };
        finder.starts = finder.starts();
        finder
    }

    /// Finds out from a report's names where its relative paths start, and where the checkout was when nobody told, or
    /// when no absolute path lies there.
    pub(crate) fn learn(&mut self, names: &[&Name]) {
        if self.files.are_known() {
            let names = &names[..names.len().min(ENOUGH)];
            self.find_base(names);
            self.find_checkout(names);
            self.starts = self.starts();
        }
    }

    /// Directories from which more of the paths exist come first.
    fn find_base(&mut self, names: &[&Name]) {
        if self.bases.len() > 1 {
            let names = &names[..names.len().min(1 + MOST_TRIED / (1 + self.sources.len()))];
            let found = |base: &String| {
                let exists = |name: &&&Name| match name {
                    Name::Path(path) => self.relative(base, &forward(path)).any(|path| self.files.have(&path)),
                    Name::Package { module, path } => {
                        packages::in_package(base, module.as_deref(), &forward(path)).any(|path| self.files.have(&path))
                    }
                };
                Reverse(names.iter().filter(exists).count())
            };
            let mut bases = self.bases.clone();
            bases.sort_by_cached_key(found);
            self.bases = bases;
        }
    }

    fn find_checkout(&mut self, names: &[&Name]) {
        let mut paths: Vec<String> = Vec::new();
        for name in names {
            let Name::Path(path) = name else { continue };
            let path = forward(path);
            match absolute(&path) {
                Some(path) => paths.push(path),
                None => paths.extend(self.sources.iter().filter_map(|source| absolute(&format!("{source}/{path}")))),
            }
            if paths.len() > MOST_TRIED {
                break;
            }
        }
        if let Some(checkout) = &self.checkout
            && (paths.is_empty() || paths.iter().any(|path| below(checkout, path).is_some()))
        {
            return;
        }
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for path in paths.iter().filter(|path| self.files.have_name_of(path)) {
            let mut starts = path.match_indices('/').map(|(at, _)| at);
            if let Some(at) = starts.find(|at| self.files.have(&path[at + 1..])) {
                *votes.entry(&path[..at]).or_default() += 1;
            }
        }
        let most = votes.values().max().copied();
        let best = votes.into_iter().find(|(_, count)| Some(*count) == most);
        if let Some((prefix, _)) = best {
            self.checkout = Some(prefix.to_owned());
        }
    }

    /// The report's absolute directories as far as they lie in the checkout, then those of each base.
    fn starts(&self) -> Starts {
        let mut starts = Starts::default();
        let checkout = self.checkout.as_deref();
        for source in self.sources.iter().filter_map(|source| absolute(source)) {
            match checkout {
                Some(checkout) if source == checkout => starts.add(String::new()),
                Some(checkout) => match below(checkout, &source) {
                    Some(source) => starts.add(source),
                    None => starts.outer.push(source),
                },
                None => {}
            }
        }
        for base in &self.bases {
            let relative = self.sources.iter().filter(|source| absolute(source).is_none());
            for start in relative.map(|source| format!("{base}/{source}")).chain([base.clone()]) {
                if self.files.spend(&start) {
                    inside(&start).into_iter().for_each(|start| starts.add(start));
                }
            }
        }
        starts
    }

    /// Where a path of the report lies.
    pub(crate) fn place(&self, name: &Name) -> Place {
        let (Name::Path(path) | Name::Package { path, .. }) = name;
        let path = forward(path);
        let found = match name {
            Name::Path(_) => self.found(&path),
            Name::Package { module, .. } => self.found_in_package(module.as_deref(), &path),
        };
        let missing = || match name {
            Name::Path(_) => self.candidates(&path).next(),
            Name::Package { module, .. } => self.guess(module.as_deref(), &path),
        };
        match found {
            Some(path) => Place::Inside(path),
            None => {
                missing().map_or(Place::Outside, if self.files.are_known() { Place::Missing } else { Place::Inside })
            }
        }
    }

    /// Whether it can tell which files exist.
    pub(crate) fn knows_tree(&self) -> bool {
        self.files.are_known()
    }

    /// The file of the commit that a path means.
    fn found(&self, path: &str) -> Option<String> {
        if !self.files.have_name_of(path) {
            return None;
        }
        let ending = self.files.ending(&format!("/{path}"));
        let is_plain = absolute(path).is_none() && inside(path).as_deref() == Some(path);
        if !is_plain || !self.starts.outer.is_empty() || self.starts.order.len() <= ending.len() {
            return self.candidates(path).find(|path| self.files.have(path));
        }
        // It lies in few places, and may start from many: the files are tried, not the directories.
        let directory = |file: &&str| file.strip_suffix(path).map(|start| start.trim_end_matches('/').to_owned());
        let own = self.files.have(path).then(String::new);
        let directories = ending.iter().filter(|file| self.files.spend(file)).filter_map(directory).chain(own);
        let best = directories.filter_map(|start| Some((self.starts.rank.get(&start)?, start))).min()?.1;
        inside(&format!("{best}/{path}"))
    }

    /// Where a path may lie, the likeliest first.
    fn candidates(&self, path: &str) -> impl Iterator<Item = String> {
        let whole = absolute(path);
        let below = |whole: &str| self.checkout.as_deref().and_then(|checkout| below(checkout, whole));
        let relative = whole.is_none().then(|| {
            let outer = self.starts.outer.iter().map(move |source| format!("{source}/{path}"));
            let outer = outer.filter_map(move |path| below(&absolute(&path)?));
            outer.chain(self.starts.order.iter().filter_map(move |start| inside(&format!("{start}/{path}"))))
        });
        let absolute = whole.as_deref().and_then(below);
        let tried = move |path: &String| self.files.spend(path);
        absolute.into_iter().chain(relative.into_iter().flatten()).take_while(tried)
    }

    /// Where a relative path may lie when it starts from `base`.
    fn relative(&self, base: &str, path: &str) -> impl Iterator<Item = String> {
        let sources = self.sources.iter().filter(|source| absolute(source).is_none());
        let places = sources.map(move |source| format!("{base}/{source}/{path}")).chain([format!("{base}/{path}")]);
        places.take_while(|place| self.files.spend(place)).filter_map(|place| inside(&place))
    }
}

/// Directories of the checkout that a relative path may start from.
#[derive(Default)]
struct Starts {
    /// Each once, the best first.
    order: Vec<String>,
    /// Its place in that order.
    rank: HashMap<String, usize>,
    /// Absolute directories that the report names and that do not lie in the checkout; a path may lead from them into it.
    outer: Vec<String>,
}

impl Starts {
    fn add(&mut self, start: String) {
        if !self.rank.contains_key(&start) {
            self.rank.insert(start.clone(), self.order.len());
            self.order.push(start);
        }
    }
}

/// The directory that a path lies in; `""` is the checkout.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}
