//! Ways through a file's tree to what the lints look at: stages, rules, commands, globs and titles, as they were written.

use super::Subject;
use crate::tree::{Entry, Kind, Node, Scalar};

/// What a list of globs is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// A condition on changed files.
    Paths,
    /// A condition on a branch.
    Branches,
    /// `gate.ignore`
    Ignore,
    /// `coverage.exclude`
    Exclude,
    /// The files of a report.
    Reports,
    /// The branches that a floor gates.
    Gated,
}

/// One list of globs.
pub(super) struct GlobList<'s> {
    pub(super) of: Use,
    pub(super) node: &'s Node,
    pub(super) globs: Vec<(&'s Node, &'s Scalar)>,
}

/// The entries of a mapping; none of anything else.
pub(crate) fn entries(node: Option<&Node>) -> &[Entry] {
    match node.map(|node| &node.kind) {
        Some(Kind::Map(entries)) => entries,
        Some(Kind::Scalar(_) | Kind::List(_) | Kind::Fault) | None => &[],
    }
}

/// A scalar, or the scalars of a list.
pub(super) fn texts(node: Option<&Node>) -> Vec<(&Node, &Scalar)> {
    match node {
        Some(Node { kind: Kind::List(items), .. }) => items.iter().filter_map(|item| text(Some(item))).collect(),
        node => text(node).into_iter().collect(),
    }
}

/// A scalar.
pub(super) fn text(node: Option<&Node>) -> Option<(&Node, &Scalar)> {
    match node {
        Some(node @ Node { kind: Kind::Scalar(scalar), .. }) => Some((node, scalar)),
        Some(_) | None => None,
    }
}

/// The node at a dotted path of keys.
pub(super) fn at<'n>(file: &'n Node, path: &str) -> Option<&'n Node> {
    path.split('.').try_fold(file, |node, key| node.get(key))
}

/// Every list of commands: `setup`, and each stage's `run`.
pub(super) fn commands(file: &Node) -> impl Iterator<Item = &Node> {
    let stages = entries(file.get("stages")).iter().filter_map(|stage| stage.value.get("run"));
    file.get("setup").into_iter().chain(stages)
}

/// Every condition, those inside others too.
pub(super) fn conditions(file: &Node) -> Vec<&Node> {
    let stages = entries(file.get("stages")).iter();
    let rules = entries(file.get("skip")).iter();
    let mut open: Vec<&Node> = stages.chain(rules).filter_map(|entry| entry.value.get("when")).collect();
    open.extend(at(file, "container.when"));
    let mut found = Vec::new();
    while let Some(condition) = open.pop() {
        found.push(condition);
        open.extend(condition.get("not"));
        for list in ["all", "any"].into_iter().filter_map(|key| condition.get(key)) {
            if let Kind::List(items) = &list.kind {
                open.extend(items);
            }
        }
    }
    found
}

/// Every title that is recognised by `form`, with its entry.
pub(super) fn titles<'n>(file: &'n Node, form: &str) -> Vec<(&'n Entry, &'n Scalar)> {
    let entries = all_titles(file).filter_map(|title| title.entry(form));
    entries.filter_map(|entry| text(Some(&entry.value)).map(|(_, scalar)| (entry, scalar))).collect()
}

/// Every title that is one text.
pub(super) fn short_titles(file: &Node) -> impl Iterator<Item = (&Node, &Scalar)> {
    all_titles(file).filter_map(|title| text(Some(title)))
}

fn all_titles(file: &Node) -> impl Iterator<Item = &Node> {
    let short = entries(file.get("skip")).iter().filter_map(|rule| rule.value.get("title"));
    conditions(file).into_iter().filter_map(|condition| condition.get("title")).chain(short)
}

/// Every list of globs.
pub(super) fn glob_lists<'s>(subject: &Subject<'s>) -> Vec<GlobList<'s>> {
    let file = subject.file;
    let mut nodes: Vec<(Use, &Node)> = Vec::new();
    for condition in conditions(file) {
        nodes.extend(condition.get("paths").map(|node| (Use::Paths, node)));
        nodes.extend(condition.get("source").map(|node| (Use::Branches, node)));
        nodes.extend(condition.get("destination").map(|node| (Use::Branches, node)));
    }
    nodes.extend(at(file, "gate.ignore").map(|node| (Use::Ignore, node)));
    nodes.extend(at(file, "gate.destinations").map(|node| (Use::Gated, node)));
    nodes.extend(at(file, "coverage.exclude").map(|node| (Use::Exclude, node)));
    for (_, report) in reports(file) {
        nodes.extend(report.get("files").map(|node| (Use::Reports, node)));
    }
    nodes.into_iter().map(|(of, node)| GlobList { of, node, globs: texts(Some(node)) }).collect()
}

/// Every report, with the stage that writes it.
pub(super) fn reports(file: &Node) -> impl Iterator<Item = (&Entry, &Node)> {
    entries(file.get("stages")).iter().flat_map(|stage| match stage.value.get("reports").map(|node| &node.kind) {
        Some(Kind::List(items)) => items.iter().map(|report| (stage, report)).collect::<Vec<_>>(),
        Some(Kind::Scalar(_) | Kind::Map(_) | Kind::Fault) | None => Vec::new(),
    })
}
