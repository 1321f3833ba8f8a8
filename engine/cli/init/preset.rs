//! A first policy on a preset, fitted to what the repository has: a stage that it cannot run is taken away, and the file
//! says why.

use std::path::Path;

use anyhow::bail;
use serde_json::Value;

use super::Draft;
use super::detect::{Sign, names, signs};
use crate::exit::WrongUse;

/// Lines below `stages:` or at the top, and what a person has to do.
#[derive(Default)]
struct Fitting {
    setup: Option<String>,
    stages: Vec<String>,
    notes: Vec<String>,
}

/// The policy of a repository.
///
/// # Errors
/// [`WrongUse`] when no preset fits, or there is none of the name that was asked for.
pub(super) fn draft(root: &Path, wanted: Option<&str>) -> anyhow::Result<Draft> {
    let names = names(root);
    let known = || gated_policy::presets().iter().map(|(name, _)| *name).collect::<Vec<_>>();
    let (chosen, others) = match wanted {
        Some(name) => {
            let Some(preset) = known().into_iter().find(|known| *known == name) else {
                bail!(WrongUse(format!("there is no preset {name:?}: the known ones are {}", known().join(", "))));
            };
            (Sign { preset, file: "asked for".to_owned() }, Vec::new())
        }
        None => {
            let mut found = signs(&names).into_iter();
            let Some(first) = found.next() else {
                let (root, known) = (root.display(), known().join(", "));
                bail!(WrongUse(format!(
                    "nothing in {root} says how it is built: choose one of {known} with --preset, or carry a buildspec over with --from"
                )));
            };
            (first, found.collect())
        }
    };
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap_or_default();
    let fitting = match chosen.preset {
        "node" if wanted.is_none() => node(&read("package.json"), &names),
        "python" if wanted.is_none() => python(&names),
        "make" if wanted.is_none() => make(&read(&chosen.file)),
        "rust" => rust(root),
        _ => Fitting::default(),
    };
    let mut notes = fitting.notes.clone();
    notes.extend(others.iter().map(|sign| {
        format!("{} is there too: `extends: [{}, {}]` would add its preset", sign.file, sign.preset, chosen.preset)
    }));
    Ok(Draft { body: body(&chosen, &fitting, &notes, names.iter().any(|name| name == "Dockerfile")), notes })
}

fn body(chosen: &Sign, fitting: &Fitting, notes: &[String], dockerfile: bool) -> String {
    let mut out =
        format!("version: 1\nextends: {:<14} # {}: the stages lint, test and cov\n", chosen.preset, chosen.file);
    for note in notes {
        out += &format!("# {note}\n");
    }
    if let Some(setup) = &fitting.setup {
        out += &format!("\n# Runs before the stages.\nsetup: {setup}\n");
    }
    if fitting.stages.is_empty() {
        out += "\n# A stage named here replaces what the preset says of it; `name: false` takes one away.\n# stages:\n";
        out += "#   docs: make docs\n";
    } else {
        out += "\n# What is said here replaces what the preset says; `false` takes a stage away.\nstages:\n";
        out.extend(fitting.stages.iter().map(|line| format!("  {line}\n")));
    }
    if dockerfile {
        out += "\n# The Dockerfile is built, and its image is scanned.\ncontainer: true\n";
    }
    out += "\n# Percent of the lines, of the whole and of what a pull request changes. Take what is true today, then raise it.\n";
    out + "# coverage: {line: 80, patch: 90}\n"
}

fn rust(root: &Path) -> Fitting {
    let config = std::fs::read_to_string(root.join(".config/nextest.toml")).unwrap_or_default();
    if config.contains("profile.ci") {
        return Fitting::default();
    }
    let note = "the stage `test` needs a profile in .config/nextest.toml: [profile.ci.junit] path = \"junit.xml\"";
    Fitting { notes: vec![note.to_owned()], ..Fitting::default() }
}

fn node(package: &str, names: &[String]) -> Fitting {
    let package: Value = serde_json::from_str(package).unwrap_or_default();
    let script = |name: &str| package["scripts"][name].is_string();
    let depends = |name: &str| ["dependencies", "devDependencies"].iter().any(|kind| package[kind][name].is_string());
    let mut fitting = Fitting::default();
    if !names.iter().any(|name| name == "package-lock.json") {
        fitting.setup = Some("npm install".to_owned());
        fitting.notes.push("without a package-lock.json every build may install something else".to_owned());
    }
    if !script("lint") {
        fitting.stages.push("lint: false             # package.json has no script `lint`".to_owned());
    }
    if !depends("jest") {
        fitting.stages.push("test: {run: npm test, reports: []}   # without Jest nothing reports its cases".to_owned());
        fitting.stages.push("cov: false".to_owned());
    } else if !depends("jest-junit") {
        fitting.notes.push("the stage `test` needs the package jest-junit among the devDependencies".to_owned());
    }
    fitting
}

fn python(names: &[String]) -> Fitting {
    let has = |file: &str| names.iter().any(|name| name == file);
    if has("requirements-dev.txt") {
        return Fitting::default();
    }
    let itself = if has("pyproject.toml") || has("setup.py") { " --editable ." } else { "" };
    let needs = if has("requirements.txt") { " --requirement requirements.txt" } else { "" };
    let setup = format!("python -m pip install{itself}{needs} ruff pytest pytest-cov");
    let note = "versions of ruff, pytest and pytest-cov are not pinned: a requirements-dev.txt would do it";
    Fitting { setup: Some(setup), notes: vec![note.to_owned()], ..Fitting::default() }
}

fn make(makefile: &str) -> Fitting {
    let target =
        |name: &str| makefile.lines().any(|line| line.split(':').next().is_some_and(|head| targets(head, name)));
    let mut fitting = Fitting::default();
    let present: Vec<&str> = ["lint", "test", "cov"].into_iter().filter(|name| target(name)).collect();
    for name in ["lint", "test", "cov"].into_iter().filter(|name| !present.contains(name)) {
        match (name, present.is_empty()) {
            ("test", true) => {
                fitting.stages.push("test: {run: make, reports: []}   # no target lint, test or cov".to_owned())
            }
            (name, _) => fitting.stages.push(format!("{name}: false   # the Makefile has no target `{name}`")),
        }
    }
    if present.contains(&"test") {
        fitting
            .notes
            .push("`make test` should write JUnit to reports/**/*.xml; else say `test: {reports: []}`".to_owned());
    }
    fitting
}

/// Whether the part of a rule before its colon names a target.
fn targets(head: &str, name: &str) -> bool {
    !head.starts_with([' ', '\t', '#']) && head.split_whitespace().any(|word| word == name)
}
