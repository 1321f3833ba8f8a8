//! How long the buildspec of a policy can become, before any pull request is known. It renders nothing that anybody runs.

use gated_core::change::Change;
use gated_core::decide;
use gated_core::facts::{ChangedFiles, Facts};
use gated_core::layers::{Found, Layer, Layers, Origin, Places};
use gated_core::names::{CommitId, NameError, PullRequestId, RepositoryName, RevisionId};
use gated_core::policy::{Environment, Floor, Policy, Report, Stage};

use crate::buildspec::{BUILDSPEC_LIMIT, RenderFault, buildspec};

/// Characters of a buildspec that are there whatever the policy says, and those of an image's build.
const FIXED: usize = 8_000;
/// Characters that a stage, a command, a report or a variable has besides its own text.
const FOR_EACH: usize = 70;
/// Characters that one of a name or of a glob can become: a glob becomes a regular expression, which is quoted twice.
const FOR_A_CHARACTER: usize = 12;

/// Characters of the buildspec in which every stage of the policy, and of the floor, runs; `None` where so short a policy
/// surely fits, or where something else is wrong with it.
pub fn longest_buildspec(policy: &Policy, floor: Option<&Floor>) -> Option<usize> {
    if floor.is_none() && at_most(policy) <= BUILDSPEC_LIMIT {
        return None;
    }
    let policy = unconditional(policy);
    let floor = floor.map(|floor| Floor { policy: unconditional(&floor.policy), ..floor.clone() });
    let same = || Layer { origin: Origin::default(), found: Found::Valid(policy.clone(), Places::new()) };
    let floor = floor.map_or(Found::Absent, |floor| Found::Valid(floor, Places::new()));
    let floor = Layer { origin: Origin::default(), found: floor };
    let decision = decide(&Layers { floor, destination: same(), source: same() }, &facts().ok()?, "");
    match buildspec(&decision) {
        Ok(text) => Some(text.chars().count()),
        Err(RenderFault::TooLong { length, .. }) => Some(length),
        Err(_) => None,
    }
}

/// More characters than the buildspec has. Most policies are far below the limit, and `gated lint` need not render theirs.
fn at_most(policy: &Policy) -> usize {
    let Environment { variables, parameters, secrets, runtimes, cache, .. } = &policy.environment;
    let pairs = [variables, parameters, secrets, runtimes].into_iter().flatten().flatten();
    let kept = cache.iter().flatten().map(|directory| other(directory));
    let image = policy.container.iter().flat_map(|container| [&container.dockerfile, &container.context]).flatten();
    FIXED
        + policy.setup.iter().flatten().map(|text| command(text)).sum::<usize>()
        + policy.stages.iter().map(stage).sum::<usize>()
        + pairs.map(|(name, value)| other(name) + other(value)).sum::<usize>()
        + kept.chain(image.map(|path| other(path))).sum::<usize>()
}

fn stage(stage: &Stage) -> usize {
    let globs = |report: &Report| report.files.written().iter().map(|glob| other(glob)).sum::<usize>() + FOR_EACH;
    other(stage.name.as_str())
        + other(stage.dir.as_deref().unwrap_or_default())
        + stage.run.iter().flatten().map(|text| command(text)).sum::<usize>()
        + stage.reports.iter().flatten().map(|report| globs(report) + other(stage.name.as_str())).sum::<usize>()
}

/// Commands stand in a quoted here-document, as they are but for what YAML escapes.
fn command(text: &str) -> usize {
    let width = |c: char| match c {
        '"' | '\\' | '\n' => 2,
        ' '..='~' => 1,
        _ => FOR_A_CHARACTER,
    };
    FOR_EACH + text.chars().map(width).sum::<usize>()
}

fn other(text: &str) -> usize {
    FOR_EACH + FOR_A_CHARACTER * text.chars().count()
}

/// The same policy with nothing that could leave a stage out.
fn unconditional(policy: &Policy) -> Policy {
    let mut policy = policy.clone();
    policy.gate.ignore = None;
    policy.skip.clear();
    policy.stages.iter_mut().for_each(|stage| stage.when = None);
    if let Some(container) = &mut policy.container {
        container.when = None;
    }
    policy
}

/// A pull request about which nothing is known.
fn facts() -> Result<Facts, NameError> {
    let commit = || CommitId::new("0".repeat(40));
    Ok(Facts {
        change: Change {
            repository: RepositoryName::new("any")?,
            pull_request: PullRequestId::new("1")?,
            revision: RevisionId::new("0".repeat(64))?,
            source_reference: "refs/heads/any".to_owned(),
            destination_reference: "refs/heads/main".to_owned(),
            source_commit: commit()?,
            destination_commit: commit()?,
            merge_base: commit()?,
        },
        title: String::new(),
        author: String::new(),
        changed: ChangedFiles { files: Vec::new(), complete: true },
        approvals: Vec::new(),
        overridden_by: None,
        bound: false,
    })
}

#[cfg(test)]
mod tests {
    use gated_policy::read_policy;

    use super::*;

    fn policy(text: &str) -> Policy {
        match read_policy(".gated.yml", text.as_bytes()).found {
            Found::Valid(policy, _) => policy,
            other => panic!("{other:?}"),
        }
    }

    /// Each is so long that its buildspec is rendered, whatever is estimated.
    fn rendered(policy: &Policy) -> usize {
        let floor = Floor { policy: Policy::default(), ..Floor::default() };
        longest_buildspec(policy, Some(&floor)).unwrap()
    }

    #[test]
    fn no_buildspec_is_longer_than_what_is_estimated() {
        let each = |line: &dyn Fn(usize) -> String| (0..30).map(line).collect::<String>();
        let stages = |line: &dyn Fn(usize) -> String| format!("version: 1\nstages:\n{}", each(line));
        for text in [
            stages(&|n| format!("  a{n}: x\n")),
            stages(&|n| format!("  a{n}: {{run: [x, y, z, x, y, z], timeout: 10m, retry: 1}}\n")),
            stages(&|n| format!("  a{n}: '\"\\\"\\\"\\\"\\'\n")),
            stages(&|n| format!("  a{n}: echo \u{e4}\u{10348}\u{e4}\u{10348}\n")),
            stages(&|n| format!("  a{n}:\n    run: |\n      one\n      two\n    dir: \"it's/{{a}}/\u{e4}\"\n")),
            stages(&|n| {
                format!("  a{n}: {{run: x, reports: [{{format: junit, files: ['**/?[a-z]*.{{x,y}}', '!q.*']}}]}}\n")
            }),
            "version: 1\nenvironment: {variables: {A: \"'\\\"\\u00e4\"}}\nstages: {a: x}\ncontainer: true\n".to_owned(),
            "version: 1\nextends: [rust, node, python, maven, gradle, go, dotnet, make]\ncontainer: true\n".to_owned(),
        ] {
            let policy = policy(&text);
            let (length, estimated) = (rendered(&policy), at_most(&policy));
            assert!(length <= estimated, "{length} > {estimated}: {text}");
        }
    }
}
