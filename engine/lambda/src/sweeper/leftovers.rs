//! What closed pull requests left behind, and all those of a repository that left the stack: projects, badge parameters,
//! images. The state machine deletes, as it does when a pull request closes; here is only found what it missed.

use std::collections::BTreeMap;

use gated_aws::{ExecutionState, Started};
use gated_core::names::{PullRequestId, RepositoryName, badges, project_name, project_prefix};
use gated_core::scan::image_tag_prefix;

use super::{Sweep, Swept, Work};
use crate::Fault;
use crate::start::{close_name, start_close};

/// Most times that a deletion is started without a person looking.
const MOST_DELETIONS: u32 = 20;

/// Tags that the gate gives its projects.
const REPOSITORY: &str = "gated:repository";
const PULL_REQUEST: &str = "gated:pull-request";

/// What was found of one pull request.
#[derive(Debug, Default)]
struct Left {
    /// Projects with its number at the end, by name: its own, and perhaps somebody else's that is called much alike. Each has
    /// its tags, or none when only its badge is there.
    projects: BTreeMap<String, Option<BTreeMap<String, String>>>,
    /// Whether there are images of it.
    images: bool,
}

impl Sweep<'_> {
    /// Starts the deletion of every closed pull request's leftovers.
    pub(super) async fn delete_leftovers(&self, swept: &mut Swept) {
        let found = match self.find_leftovers().await {
            Ok(found) => found,
            Err(fault) => return swept.fail(self.log, "the list of leftovers", &fault),
        };
        for (id, left) in found {
            let done = self.delete_leftover(&id, &left).await;
            swept.take(&self.log.pull_request(id.as_str()), &format!("leftovers of pull request {id}"), done);
        }
    }

    /// Pull requests of which something is there.
    async fn find_leftovers(&self) -> Result<BTreeMap<PullRequestId, Left>, Fault> {
        let mut found: BTreeMap<PullRequestId, Left> = BTreeMap::new();
        let prefix = badges(&self.settings.service);
        let badges = self.aws.parameter_names(&prefix).await?;
        let badges =
            badges.iter().filter_map(|name| name.strip_prefix(&prefix)?.trim_start_matches('/').split('/').next());
        let mut projects = self.aws.projects().await?;
        projects.retain(|project| of_project(&self.settings.service, project).is_some());
        let mut tags = self.aws.project_tags(&projects).await?;
        for project in projects.iter().map(String::as_str).chain(badges) {
            if let Some(id) = of_project(&self.settings.service, project) {
                let known = &mut found.entry(id).or_default().projects;
                known.entry(project.to_owned()).or_insert_with(|| tags.remove(project));
            }
        }
        let tags = match &self.settings.image_repository {
            Some(uri) => self.aws.image_tags(uri).await?,
            None => Vec::new(),
        };
        for id in tags.iter().filter_map(|tag| of_image(tag)) {
            found.entry(id).or_default().images = true;
        }
        Ok(found)
    }

    async fn delete_leftover(&self, id: &PullRequestId, left: &Left) -> Result<Vec<Work>, Fault> {
        let given_up = self.given_up(id, left);
        let live = match &given_up {
            Some(_) => None,
            None => match self.aws.pull_request(id).await {
                // Nothing can be built there any more, whatever CodeCommit would say to those whom it answers.
                Err(fault) if fault.is("AccessDeniedException") && left.projects.values().all(Option::is_none) => None,
                live => live?,
            },
        };
        let (repository, project) = match (live, given_up) {
            (_, Some(given_up)) => given_up,
            (Some(live), None) if live.open => return Ok(Vec::new()),
            (Some(live), None) => {
                let own = project_name(&self.settings.service, &live.change.repository, id);
                if !left.images && !left.projects.contains_key(&own) {
                    return Ok(Vec::new());
                }
                (live.change.repository.to_string(), own)
            }
            // A pull request goes with its repository: then what a project says of itself is all there is.
            (None, None) => match (own_project(id, left), left.images) {
                (Some(project), _) => (String::new(), project),
                (None, true) => (String::new(), format!("{}gone-pr-{id}", project_prefix(&self.settings.service))),
                (None, false) => return Ok(Vec::new()),
            },
        };
        for attempt in 1..=MOST_DELETIONS {
            let name = close_name(id, attempt);
            match self.aws.execution(&self.settings.state_machine_arn, &name).await? {
                Some(ExecutionState::Running) => return Ok(Vec::new()),
                Some(ExecutionState::Succeeded | ExecutionState::Failed) => {}
                None => {
                    let begun = start_close(self.aws, self.settings, &repository, id, &project, attempt).await?;
                    let new = begun.started == Started::New;
                    return Ok(if new { vec![Work::Deleting(begun.execution)] } else { Vec::new() });
                }
            }
        }
        let mend = format!("delete the CodeBuild project {project} by hand, and see why {} failed", close_name(id, 1));
        Err(Fault::misconfigured(format!("its deletion was started {MOST_DELETIONS} times in vain: {mend}")))
    }
}

impl Sweep<'_> {
    /// Repository and project of a pull request, open or not, whose repository the stack no longer names. CodeCommit tells the
    /// gate nothing of it any more, so that its project's tags have to.
    fn given_up(&self, id: &PullRequestId, left: &Left) -> Option<(String, String)> {
        let tagged =
            left.projects.iter().filter_map(|(project, tags)| Some((project, tags.as_ref()?.get(REPOSITORY)?)));
        let own = |repository: &str| {
            RepositoryName::new(repository).ok().map(|name| project_name(&self.settings.service, &name, id))
        };
        let mut given_up = tagged.filter(|(project, repository)| {
            !self.settings.repositories.matches(repository) && own(repository).as_ref() == Some(*project)
        });
        given_up.next().map(|(project, repository)| (repository.clone(), project.clone()))
    }
}

/// A project that bears the gate's tag with this number, or that is gone, so that its badge alone is left.
fn own_project(id: &PullRequestId, left: &Left) -> Option<String> {
    let number = |tags: &BTreeMap<String, String>| tags.get(PULL_REQUEST).is_some_and(|number| number == id.as_str());
    let mut own = left.projects.iter().filter(|(_, tags)| tags.as_ref().is_none_or(number));
    own.next().map(|(project, _)| project.clone())
}

/// `gated-demo-pr-3` → 3, in the deployment `gated`.
fn of_project(service: &str, name: &str) -> Option<PullRequestId> {
    let (_, number) = name.strip_prefix(&project_prefix(service))?.rsplit_once("-pr-")?;
    PullRequestId::new(number).ok()
}

/// The pull request whose images bear tags like this.
fn of_image(tag: &str) -> Option<PullRequestId> {
    let number: String = tag.strip_prefix("pr-")?.chars().take_while(char::is_ascii_digit).collect();
    let id = PullRequestId::new(number).ok()?;
    tag.starts_with(&image_tag_prefix(&id)).then_some(id)
}
