//! A pull request as it would be, made from the git repository one stands in and from flags. It decides with the same
//! `decide` as the functions, without a network.

use std::path::{Path, PathBuf};

use gated_core::change::Change;
use gated_core::decide;
use gated_core::decision::{Decision, LayerName};
use gated_core::facts::{ChangeKind, ChangedFile, ChangedFiles, Facts};
use gated_core::names::{CommitId, PullRequestId, RepositoryName, RevisionId};
use gated_core::report;
use gated_policy::{Content, POLICY_PATH, PolicyText, read_layers};

use crate::args::SubjectArgs;
use crate::exit::WrongUse;
use crate::git::{self, Objects, PolicyFile};
use crate::lint;

const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

/// A decision, and where its facts came from when nobody said.
pub(crate) struct Local {
    pub(crate) decision: Decision,
    /// Sentences: `title from the last commit: "…"`.
    pub(crate) assumed: Vec<String>,
    /// The policies as they were read.
    pub(crate) policies: Vec<report::PolicyText>,
    /// What the proposal was compared with; `None` where there is no such branch, or no commit.
    pub(crate) compared: Option<String>,
    /// A first policy lies in the working tree, and is in no commit that a pull request is made of.
    pub(crate) is_policy_uncommitted: bool,
}

/// A commit that is proposed in place of HEAD: of the uncommitted state, or of a merge.
pub(crate) struct Proposed<'a> {
    /// A repository that has it, and everything of the one that one stands in.
    pub(crate) repository: &'a Path,
    /// Its id.
    pub(crate) commit: &'a CommitId,
}

/// Decides about the pull request that flags and repository describe.
pub(crate) fn decide_locally(args: &SubjectArgs) -> anyhow::Result<Local> {
    decide_about(args, Objects::open(Path::new("."))?, None)
}

/// The same, of a proposed commit when there is one, with the objects of the repository one stands in.
pub(crate) fn decide_about(
    args: &SubjectArgs,
    objects: Objects,
    proposed: Option<&Proposed<'_>>,
) -> anyhow::Result<Local> {
    let mut here = Here::look(objects, proposed)?;
    let mut assumed = Vec::new();
    let mut compared = None;
    let mut facts = facts(args, here.as_mut(), proposed, &mut assumed, &mut compared)?;
    let mut at = |given: &Option<PathBuf>, commit: &CommitId| -> anyhow::Result<PolicyFile> {
        match (given, &mut here) {
            (Some(path), _) => Ok(Ok(Some(lint::read(path)?))),
            // A policy given by hand is held against the repository's only when one stands in it.
            (None, Some(here)) if commit.as_str() != NO_COMMIT => here.store().policy(commit),
            (None, _) => Ok(Ok(None)),
        }
    };
    let source = at(&args.policy, &facts.change.source_commit)?;
    let destination = at(&args.destination_policy, &facts.change.destination_commit)?;
    let floor = match &args.floor {
        Some(path) => Some((path.display().to_string(), lint::read(path)?)),
        None => None,
    };
    if args.policy.is_some() && source != destination {
        // A policy given by hand is what the pull request proposes: the file is among what it changes.
        facts.changed.files.retain(|file| file.path != POLICY_PATH);
        facts.changed.files.extend(by_hand(&[POLICY_PATH.to_owned()]).files);
    }
    let is_absent = |file: &PolicyFile| matches!(file, Ok(None));
    let is_policy_uncommitted = is_absent(&source)
        && is_absent(&destination)
        && here.as_ref().is_some_and(|here| here.standing.root.join(POLICY_PATH).is_file());
    let (source_path, destination_path) = (shown(&args.policy), shown(&args.destination_policy));
    let layers = read_layers(
        floor.as_ref().map(|(path, bytes)| (path.as_str(), bytes.as_slice())),
        PolicyText {
            path: &destination_path,
            commit: &facts.change.destination_commit,
            content: content(&destination),
        },
        PolicyText { path: &source_path, commit: &facts.change.source_commit, content: content(&source) },
    );
    let decision = decide(&layers, &facts, gated_lambda::GATE);
    let floor = floor.as_ref().map(|(_, bytes)| bytes.as_slice());
    let policies = report::PolicyText::of_layers(&layers, |layer| match layer {
        LayerName::Floor => floor,
        LayerName::Destination => bytes(&destination),
        LayerName::Source => bytes(&source),
    });
    Ok(Local { decision, assumed, policies, compared, is_policy_uncommitted })
}

/// The repository one stands in.
struct Here {
    standing: git::Standing,
    objects: Objects,
    /// Those of a proposed commit, which lie elsewhere.
    proposed: Option<Objects>,
}

impl Here {
    /// `None` outside a repository.
    fn look(objects: Objects, proposed: Option<&Proposed<'_>>) -> anyhow::Result<Option<Self>> {
        let Ok(standing) = git::standing() else { return Ok(None) };
        let proposed = proposed.map(|proposed| Objects::open(proposed.repository)).transpose()?;
        Ok(Some(Self { standing, objects, proposed }))
    }

    /// Where the commits of the pull request are.
    fn store(&mut self) -> &mut Objects {
        self.proposed.as_mut().unwrap_or(&mut self.objects)
    }
}

fn facts(
    args: &SubjectArgs,
    mut here: Option<&mut Here>,
    proposed: Option<&Proposed<'_>>,
    assumed: &mut Vec<String>,
    compared: &mut Option<String>,
) -> anyhow::Result<Facts> {
    let none = || CommitId::new(NO_COMMIT);
    let (mut source, mut destination) = (args.source.clone(), args.destination.clone());
    let (mut source_commit, mut destination_commit, mut merge_base) = (none()?, none()?, none()?);
    let mut title = args.title.clone();
    let mut changed = by_hand(&args.changed);
    if let Some(here) = &mut here
        && let Ok(head) = here.objects.commit(args.source.as_deref().unwrap_or("HEAD"))
    {
        let head = proposed.map_or(head, |proposed| proposed.commit.clone());
        let root = here.standing.root.clone();
        let store = proposed.map_or(root.as_path(), |proposed| proposed.repository);
        source_commit = head.clone();
        source = source.or_else(|| Some(here.standing.branch.clone()));
        if destination.is_none() {
            destination = here.standing.default_destination(&mut here.objects);
        }
        if title.is_none() {
            let subject = here.store().subject(&head)?;
            assumed.push(format!("title from the last commit: {subject:?}"));
            title = Some(subject);
        }
        let tip = destination.as_deref().map(|branch| here.objects.destination(branch));
        match tip {
            Some(Ok(tip)) => {
                assumed.push(format!("destination: {tip}"));
                *compared = Some(tip.to_string());
                let tip = tip.commit;
                merge_base = match git::merge_base(store, &tip, &head) {
                    Ok(base) => base,
                    Err(error) if args.changed.is_empty() => return Err(error),
                    Err(_) => tip.clone(),
                };
                if args.changed.is_empty() {
                    changed = git::changed(store, &merge_base, &head)?;
                    assumed.push(format!(
                        "changed files since the merge base {}: {}",
                        &merge_base.as_str()[..12],
                        changed.files.len()
                    ));
                }
                destination_commit = tip;
            }
            Some(Err(error))
                if args.destination.is_some() && args.destination_policy.is_none() && args.policy.is_none() =>
            {
                return Err(error);
            }
            None if args.destination_policy.is_none() && args.policy.is_none() => {
                let message = "no destination: origin has no HEAD here, and there is neither main nor master; name the \
                               branch with --destination";
                return Err(WrongUse(message.to_owned()).into());
            }
            Some(Err(_)) | None => {}
        }
    } else if let (Some(here), Some(source), None) = (&mut here, &args.source, &args.policy) {
        here.objects.commit(source)?; // says that it is not there
    } else if args.policy.is_none() {
        if let Some(known) = git::standing().err().and_then(|error| error.downcast::<WrongUse>().ok()) {
            return Err(known.into());
        }
        let message = "not in a git repository with a commit: give --policy FILE, and --changed PATH for what the pull request touches";
        return Err(WrongUse(message.to_owned()).into());
    }
    let root = here.as_ref().and_then(|here| here.standing.root.file_name());
    let name = root.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let change = Change {
        repository: RepositoryName::new(name).or_else(|_| RepositoryName::new("repository"))?,
        pull_request: PullRequestId::new("0")?,
        revision: RevisionId::new("0".repeat(64))?,
        source_reference: format!("refs/heads/{}", source.as_deref().unwrap_or("feature")),
        destination_reference: format!("refs/heads/{}", destination.as_deref().unwrap_or("main")),
        source_commit,
        destination_commit,
        merge_base,
    };
    let author = args.author.clone().unwrap_or_else(|| "arn:aws:iam::111122223333:user/you".to_owned());
    let approvals = args.approved_by.clone();
    Ok(Facts {
        change,
        title: title.unwrap_or_default(),
        author,
        changed,
        approvals,
        overridden_by: None,
        bound: false,
    })
}

fn by_hand(paths: &[String]) -> ChangedFiles {
    let file =
        |path: &String| ChangedFile { path: path.clone(), kind: ChangeKind::Modified, before: None, after: None };
    ChangedFiles { files: paths.iter().map(file).collect(), complete: !paths.is_empty() }
}

fn bytes(file: &PolicyFile) -> Option<&[u8]> {
    file.as_ref().ok().and_then(|found| found.as_deref())
}

/// How messages name a policy.
fn shown(given: &Option<PathBuf>) -> String {
    given.as_ref().map_or_else(|| POLICY_PATH.to_owned(), |path| path.display().to_string())
}

fn content(file: &PolicyFile) -> Content<'_> {
    match file {
        Ok(None) => Content::Absent,
        Ok(Some(bytes)) => Content::Regular(bytes),
        Err(why) => Content::Irregular(*why),
    }
}
