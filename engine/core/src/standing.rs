//! Which of the three layers a pull request is judged under, and whether it can be judged at all. Never fewer layers by
//! accident: a layer that is there and cannot be read refuses, and every way past that is named here.

use crate::decision::{Adoption, Delta, DeltaKind, Holds, OwnersDemand, Side};
use crate::delta::delta;
use crate::delta::holds::{Sayers, holds};
use crate::effective::{Effective, Parties, effective};
use crate::facts::{ChangeKind, Facts};
use crate::layers::{Found, Layers, Places, Problem};
use crate::matching::{ArnGlobs, person};
use crate::policy::{Floor, Policy, RequirePolicy};
use crate::show;

/// Under what a pull request is judged.
pub(crate) enum Standing {
    /// It cannot be judged: why, and the faults at their places.
    Refuse(String, Vec<Problem>),
    /// Under these layers.
    Judge(Box<Ground>),
}

/// What the decision rests on.
pub(crate) struct Ground {
    pub(crate) effective: Effective,
    pub(crate) adoption: Option<Adoption>,
    pub(crate) delta: Vec<Delta>,
    pub(crate) owners: Option<OwnersDemand>,
    pub(crate) reasons: Vec<String>,
}

/// Looks at the layers as they were found.
pub(crate) fn standing(layers: &Layers, facts: &Facts) -> Standing {
    let floor = match &layers.floor.found {
        Found::Invalid(problems) => {
            return Standing::Refuse(
                "the organisation's floor cannot be read, so nothing can be judged until its owners mend it".to_owned(),
                problems.clone(),
            );
        }
        Found::Absent => None,
        Found::Valid(floor, _) => Some(floor),
    };
    match (&layers.destination.found, &layers.source.found) {
        (_, Found::Invalid(problems)) => {
            Standing::Refuse("the pull request's policy is not valid".to_owned(), problems.clone())
        }
        (Found::Absent, Found::Absent) => without_policy(floor, layers),
        (Found::Absent, Found::Valid(source, _)) => judge(Ground {
            effective: effective(&Parties::new(floor, None, Some(source))),
            adoption: Some(Adoption::First),
            delta: Vec::new(),
            owners: None,
            reasons: vec![format!(
                "the destination has no {}: this is its first adoption, judged under the floor and the pull request's \
                 policy without the grants that it gives itself",
                path(layers)
            )],
        }),
        (Found::Invalid(problems), Found::Valid(source, _)) if changes_policy(layers, facts) == Some(true) => {
            repair(floor, source, problems, facts)
        }
        (Found::Invalid(problems), Found::Valid(..) | Found::Absent) => Standing::Refuse(
            "the destination's policy cannot be read; only a pull request that changes it to a valid one can be judged"
                .to_owned(),
            problems.clone(),
        ),
        (Found::Valid(destination, places), source) => {
            let source = match source {
                Found::Valid(policy, places) => Some((policy, places)),
                Found::Absent | Found::Invalid(_) => None,
            };
            ratchet(layers, facts, floor, (destination, places), source)
        }
    }
}

fn judge(ground: Ground) -> Standing {
    Standing::Judge(Box::new(ground))
}

fn path(layers: &Layers) -> &str {
    let path = layers.source.origin.path.as_str();
    if path.is_empty() { ".gated.yml" } else { path }
}

/// Whether the pull request leaves another policy file than it found; `None` when that could not be seen.
fn changes_policy(layers: &Layers, facts: &Facts) -> Option<bool> {
    let file = facts.changed.files.iter().find(|file| file.path == path(layers));
    match file.map(|file| file.kind) {
        Some(ChangeKind::Added | ChangeKind::Modified | ChangeKind::Deleted) => Some(true),
        None => facts.changed.complete.then_some(false),
    }
}

/// Neither side has a policy: the floor says what that means.
fn without_policy(floor: Option<&Floor>, layers: &Layers) -> Standing {
    let missing = format!("the repository has no {}", path(layers));
    let Some(floor) = floor.filter(|floor| floor.require_policy == RequirePolicy::Default) else {
        return Standing::Refuse(
            format!("{missing}: add one, `version: 1` with one stage is enough to begin"),
            Vec::new(),
        );
    };
    let unconditional = |policy: &Policy| {
        policy.stages.iter().any(|stage| stage.required != Some(false) && stage.when.is_none() && stage.run.is_some())
    };
    if !unconditional(&floor.policy) {
        let fault = "and the floor, which stands in for it, has no required stage without a condition";
        return Standing::Refuse(format!("{missing}, {fault}: its owners must add one"), Vec::new());
    }
    judge(Ground {
        effective: effective(&Parties::new(Some(floor), None, None)),
        adoption: None,
        delta: Vec::new(),
        owners: None,
        reasons: vec![format!("{missing}; the floor stands in for it")],
    })
}

/// The destination's policy cannot be read and this pull request mends it.
fn repair(floor: Option<&Floor>, source: &Policy, problems: &[Problem], facts: &Facts) -> Standing {
    let effective = effective(&Parties::new(floor, None, Some(source)));
    let fault = problems.first().map(|problem| format!(" (line {}: {})", problem.line, problem.message));
    let mut reasons = vec![format!(
        "the destination's policy cannot be read{}; this pull request mends it and is judged like a first adoption",
        fault.unwrap_or_default()
    )];
    let owners = demand_owner(&effective.owners, facts);
    reasons.extend(owners.as_ref().map(owner_sentence));
    judge(Ground { effective, adoption: Some(Adoption::Repair), delta: Vec::new(), owners, reasons })
}

/// The ordinary case: the destination has a policy, and the source can only tighten it.
fn ratchet(
    layers: &Layers,
    facts: &Facts,
    floor: Option<&Floor>,
    destination: (&Policy, &Places),
    source: Option<(&Policy, &Places)>,
) -> Standing {
    let parties = Parties::new(floor, Some(destination.0), source.map(|(policy, _)| policy));
    let mut ground =
        Ground { effective: effective(&parties), adoption: None, delta: Vec::new(), owners: None, reasons: Vec::new() };
    if changes_policy(layers, facts) == Some(false) {
        // A merge keeps the destination's file where the source did not touch it, so nothing is proposed: an older branch
        // does not weaken anything.
        let same = source.is_some_and(|(policy, _)| policy == destination.0);
        ground.reasons.extend((!same).then(|| {
            format!(
                "this branch does not change {}, the destination's has moved on since; both are demanded",
                path(layers)
            )
        }));
        return judge(ground);
    }
    ground.delta = match source {
        Some(source) => delta(destination, source),
        None => vec![deleted(path(layers))],
    };
    if !ground.delta.iter().any(Delta::weakens) {
        tell_when(&mut ground.delta, parties, false);
        return judge(ground);
    }
    ground.owners = demand_owner(&ground.effective.owners, facts);
    let granted = ground.owners.as_ref().is_some_and(|owners| owners.granted_by.is_some());
    tell_when(&mut ground.delta, parties, granted);
    ground.reasons.push(match &ground.owners {
        Some(owners) => owner_sentence(owners),
        None => unowned_sentence(&ground.delta),
    });
    if granted {
        apply_owned(&mut ground, parties, layers);
    }
    judge(ground)
}

/// An owner approved: the proposal's own values hold, never below the floor. A deletion has no values of its own; where
/// the floor does not stand in for a missing policy, the destination's go on holding for this revision.
fn apply_owned(ground: &mut Ground, parties: Parties<'_>, layers: &Layers) {
    let floor_stands_in = parties.floor.is_some_and(|floor| floor.require_policy == RequirePolicy::Default);
    if parties.source.is_some() || floor_stands_in {
        ground.effective = effective(&parties.owned());
    } else {
        ground
            .reasons
            .push(format!("{} goes away; this revision is still judged under the destination's", path(layers)));
    }
}

/// Tells of each difference from when the proposal's side holds. Without a proposal the destination's does.
fn tell_when(delta: &mut [Delta], parties: Parties<'_>, owned: bool) {
    let Some(source) = parties.source else { return };
    let held = if owned { parties.owned() } else { parties };
    let docker_is_set = effective(&held).environment.profile.is_some_and(|profile| profile.docker.is_some());
    for row in delta {
        row.holds = holds(row, Sayers { floor: parties.floor, source, owned, docker_is_set });
    }
}

/// Nobody is named who could approve a weakening: what it means for this pull request and for the next.
fn unowned_sentence(delta: &[Delta]) -> String {
    let keys = |when: Holds| {
        let paths = delta.iter().filter(|row| row.weakens() && row.holds == when).map(|row| row.path.as_str());
        paths.collect::<Vec<_>>().join(", ")
    };
    let parts = [
        (Holds::Merged, "from the next pull request on, and until then as the destination says"),
        (Holds::Now, "at once, since a pull request is built as it proposes"),
        (Holds::Never, "never, since the floor says otherwise"),
    ];
    let told = parts.into_iter().map(|(when, words)| (keys(when), words)).filter(|(keys, _)| !keys.is_empty());
    let told: Vec<String> = told.map(|(keys, words)| format!("{keys} {words}")).collect();
    let count = delta.iter().filter(|row| row.weakens()).count();
    let are = if count == 1 { "is" } else { "are" };
    format!(
        "{} of the proposed policy {are} weaker or changed, which binds: {}",
        show::count(count, "key"),
        told.join("; ")
    )
}

fn deleted(path: &str) -> Delta {
    Delta {
        path: path.to_owned(),
        kind: DeltaKind::Weaker,
        holds: Holds::Merged,
        destination: Some(Side { value: "a policy".to_owned(), line: None }),
        source: None,
    }
}

/// The first owner among the approvers who is not the author as a person.
fn demand_owner(owners: &ArnGlobs, facts: &Facts) -> Option<OwnersDemand> {
    if owners.is_empty() {
        return None;
    }
    let other = |arn: &&String| person(arn) != person(&facts.author) && owners.find(arn).is_some();
    Some(OwnersDemand { owners: owners.clone(), granted_by: facts.approvals.iter().find(other).cloned() })
}

fn owner_sentence(owners: &OwnersDemand) -> String {
    match &owners.granted_by {
        Some(owner) => {
            format!("{owner}, a policy owner, approved this revision: the proposed policy holds, never below the floor")
        }
        None => format!(
            "the proposed policy is weaker or changed: it waits for the approval of a policy owner other than the author \
             ({})",
            owners.owners
        ),
    }
}
