//! How the proposal differs from the destination, key by key. Every key has a declared direction; a key of the language
//! that is not listed here does not compile. Values are compared with their defaults filled in, so that writing a
//! default down is no difference.

mod direction;
pub(crate) mod holds;
mod narrower;
mod rows;
mod rules;
mod stages;
mod terms;

pub use narrower::is_narrower;

use crate::decision::{Delta, DeltaKind};
use crate::defaults;
use crate::layers::Places;
use crate::policy::{Container, Coverage, Environment, Gate, PathTarget, Policy, Scan};
use crate::show;
use direction::{changed, changed_entries, fewer_is_stricter, higher_is_stricter, lower_is_stricter, on_is_changed};
use narrower::{fewer_globs, fewer_owners};
use rows::Rows;

/// The differences of `source` against `destination`, in the order of the language.
pub fn delta(destination: (&Policy, &Places), source: (&Policy, &Places)) -> Vec<Delta> {
    let mut rows = Rows::new(destination.1, source.1);
    let Policy { gate, environment, setup, stages, container, coverage, skip } = destination.0;
    let proposed = source.0;
    gate_rows(&mut rows, gate, &proposed.gate);
    environment_rows(&mut rows, environment, &proposed.environment);
    rows.key("setup", setup.as_ref(), proposed.setup.as_ref(), changed, |commands| show::commands(commands));
    stages::compare(&mut rows, stages, &proposed.stages);
    container_rows(&mut rows, container.as_ref(), proposed.container.as_ref());
    let none = Coverage::default();
    coverage_rows(&mut rows, coverage.as_ref().unwrap_or(&none), proposed.coverage.as_ref().unwrap_or(&none));
    rules::compare(&mut rows, skip, &proposed.skip);
    rows.done()
}

fn gate_rows(rows: &mut Rows<'_>, old: &Gate, new: &Gate) {
    let Gate { fail_fast, ignore, policy_owners } = old;
    rows.filled("gate.fail-fast", *fail_fast, new.fail_fast, false, changed);
    rows.text("gate.ignore", ignore.as_ref(), new.ignore.as_ref(), fewer_globs);
    rows.text("gate.policy-owners", policy_owners.as_ref(), new.policy_owners.as_ref(), fewer_owners);
}

fn environment_rows(rows: &mut Rows<'_>, old: &Environment, new: &Environment) {
    let Environment { image, compute, timeout, profile, docker, variables, parameters, secrets, runtimes, cache } = old;
    let text = |value: &Option<String>, default: &str| value.clone().unwrap_or_else(|| default.to_owned());
    let (image, new_image) = (text(image, defaults::IMAGE), text(&new.image, defaults::IMAGE));
    rows.text("environment.image", Some(&image), Some(&new_image), changed);
    rows.filled("environment.compute", *compute, new.compute, defaults::COMPUTE, changed);
    rows.filled("environment.timeout", *timeout, new.timeout, defaults::TIMEOUT, lower_is_stricter);
    rows.text("environment.profile", profile.as_ref(), new.profile.as_ref(), changed);
    rows.filled("environment.docker", *docker, new.docker, false, on_is_changed);
    for (path, old, new) in
        [("environment.variables", variables, &new.variables), ("environment.runtimes", runtimes, &new.runtimes)]
    {
        rows.key(path, old.as_ref(), new.as_ref(), changed_entries, show::pairs);
    }
    for (path, old, new) in
        [("environment.parameters", parameters, &new.parameters), ("environment.secrets", secrets, &new.secrets)]
    {
        rows.key(path, old.as_ref(), new.as_ref(), fewer_is_stricter, show::pairs);
    }
    rows.key("environment.cache", cache.as_ref(), new.cache.as_ref(), changed_entries, |list| show::list(list));
}

fn container_rows(rows: &mut Rows<'_>, old: Option<&Container>, new: Option<&Container>) {
    let is_new = old.is_none();
    let none = Container { build: Some(false), ..Container::default() };
    let (old, new) = (old.unwrap_or(&none), new.unwrap_or(&none));
    let Container { build, dockerfile, context, when, scan } = old;
    let (build, builds) = (build.unwrap_or(true), new.build.unwrap_or(true));
    if build && !builds {
        rows.push("container.build", DeltaKind::Weaker, Some(build.to_string()), Some(builds.to_string()));
    }
    rows.filled("container.build", Some(build), Some(build || builds), build, on_is_changed);
    if build == builds {
        let text = |value: &Option<String>, default: &str| value.clone().unwrap_or_else(|| default.to_owned());
        for (path, old, new, default) in [
            ("container.dockerfile", dockerfile, &new.dockerfile, defaults::DOCKERFILE),
            ("container.context", context, &new.context, defaults::DIRECTORY),
        ] {
            rows.text(path, Some(&text(old, default)), Some(&text(new, default)), changed);
        }
        rows.text("container.when", when.as_ref(), new.when.as_ref(), direction::demanded_when);
    }
    let none = Scan::default();
    scan_rows(rows, scan.as_ref().unwrap_or(&none), new.scan.as_ref().unwrap_or(&none), is_new);
}

/// An image that nobody demanded had no scan to weaken; an acceptance is a grant all the same, for the day it is built.
fn scan_rows(rows: &mut Rows<'_>, old: &Scan, new: &Scan, is_new: bool) {
    let Scan { fail_on, unscannable, accept } = old;
    if !is_new {
        rows.filled("container.scan.fail-on", *fail_on, new.fail_on, defaults::FAIL_ON, higher_is_stricter);
        rows.filled(
            "container.scan.unscannable",
            *unscannable,
            new.unscannable,
            defaults::UNSCANNABLE,
            higher_is_stricter,
        );
    }
    rows.key("container.scan.accept", accept.as_ref(), new.accept.as_ref(), fewer_is_stricter, |list| {
        show::list(list.iter().map(|entry| format!("{} until {} ({})", entry.id, entry.until, entry.owner)))
    });
}

fn coverage_rows(rows: &mut Rows<'_>, old: &Coverage, new: &Coverage) {
    let Coverage { line, branch, patch, min_patch_lines, exclude, paths } = old;
    rows.text("coverage.line", line.as_ref(), new.line.as_ref(), higher_is_stricter);
    rows.text("coverage.branch", branch.as_ref(), new.branch.as_ref(), higher_is_stricter);
    rows.text("coverage.patch", patch.as_ref(), new.patch.as_ref(), higher_is_stricter);
    let least = defaults::MIN_PATCH_LINES;
    rows.filled("coverage.min-patch-lines", *min_patch_lines, new.min_patch_lines, least, lower_is_stricter);
    rows.text("coverage.exclude", exclude.as_ref(), new.exclude.as_ref(), fewer_globs);
    let find = |list: &'_ [PathTarget], target: &PathTarget| list.iter().position(|it| it.files == target.files);
    for target in paths {
        let proposed = find(&new.paths, target).map(|at| &new.paths[at]);
        target_rows(rows, Some(target), proposed);
    }
    for target in new.paths.iter().filter(|target| find(paths, target).is_none()) {
        target_rows(rows, None, Some(target));
    }
}

fn target_rows(rows: &mut Rows<'_>, old: Option<&PathTarget>, new: Option<&PathTarget>) {
    let Some(target) = old.or(new) else { return };
    let path = format!("coverage.paths.{}", target.name());
    let of = |read: fn(&PathTarget) -> Option<&crate::units::Percent>| (old.and_then(read), new.and_then(read));
    let (line, branch) = (of(|target| target.line.as_ref()), of(|target| target.branch.as_ref()));
    rows.text(&format!("{path}.line"), line.0, line.1, higher_is_stricter);
    rows.text(&format!("{path}.branch"), branch.0, branch.1, higher_is_stricter);
}
