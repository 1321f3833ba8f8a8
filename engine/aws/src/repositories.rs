//! Reads files of a repository at a commit: the policy at its root, and blobs.

use std::collections::BTreeMap;

use aws_sdk_codecommit::operation::get_folder::GetFolderOutput;
use futures_util::future::{TryFutureExt, try_join};
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use gated_core::layers::Irregular;
use gated_core::names::{CommitId, RepositoryName};

use crate::{Aws, Fault};

/// How many files are asked for at once.
const FILES_AT_ONCE: usize = 8;
/// How many pairs of blobs are asked for at once.
const PAIRS_AT_ONCE: usize = 4;

/// What there is of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blob {
    /// Its content.
    Content(Vec<u8>),
    /// It is larger than the API gives (6 MB).
    TooLarge,
    /// The repository does not have it.
    Missing,
}

/// What lies at a commit's root where the policy should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyFile {
    /// There is no such file.
    Absent,
    /// A regular file with this content.
    Regular(Vec<u8>),
    /// Something that is not read as a policy.
    Irregular(Irregular),
}

impl Aws {
    /// The policy at a commit: `.gated.yml`, a regular file at the root. The commit is named in full, since CodeCommit
    /// reads the default branch when none is named.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn policy_file(&self, repository: &RepositoryName, commit: &CommitId) -> Result<PolicyFile, Fault> {
        if let Some(kept) = self.kept.get(repository.as_str(), commit.as_str()) {
            return Ok(kept);
        }
        let policy = self.read_policy_file(repository, commit).await?;
        self.kept.put(repository.as_str(), commit.as_str(), &policy);
        Ok(policy)
    }

    /// What lies at the root of a commit.
    pub(crate) async fn root_folder(
        &self,
        repository: &RepositoryName,
        commit: &CommitId,
    ) -> Result<GetFolderOutput, Fault> {
        let request = self
            .codecommit
            .get_folder()
            .repository_name(repository.as_str())
            .commit_specifier(commit.as_str())
            .folder_path("/");
        request.send().await.map_err(Fault::of("codecommit:GetFolder"))
    }

    async fn read_policy_file(&self, repository: &RepositoryName, commit: &CommitId) -> Result<PolicyFile, Fault> {
        const NAME: &str = ".gated.yml";
        const OTHER: &str = ".gated.yaml";
        let irregular = |why| Ok(PolicyFile::Irregular(why));
        let root = self.root_folder(repository, commit).await?;
        let is = |path: Option<&str>, name: &str| path.is_some_and(|path| path.trim_start_matches('/') == name);
        if root.files().iter().any(|f| is(f.relative_path(), OTHER))
            || root.symbolic_links().iter().any(|f| is(f.relative_path(), OTHER))
        {
            return irregular(Irregular::OtherName);
        }
        if root.symbolic_links().iter().any(|link| is(link.relative_path(), NAME)) {
            return irregular(Irregular::SymbolicLink);
        }
        if root.sub_modules().iter().any(|module| is(module.relative_path(), NAME)) {
            return irregular(Irregular::Submodule);
        }
        if root.sub_folders().iter().any(|folder| is(folder.relative_path(), NAME)) {
            return irregular(Irregular::Directory);
        }
        let Some(entry) = root.files().iter().find(|file| is(file.relative_path(), NAME)) else {
            return Ok(PolicyFile::Absent);
        };
        // Most commits leave the policy as it is: then its blob is known.
        if let Some(kept) = entry.blob_id().and_then(|blob| self.kept.get(repository.as_str(), blob)) {
            return Ok(kept);
        }
        let request = self
            .codecommit
            .get_file()
            .repository_name(repository.as_str())
            .commit_specifier(commit.as_str())
            .file_path(NAME);
        match request.send().await.map_err(Fault::of("codecommit:GetFile")) {
            Ok(file) => {
                let policy = PolicyFile::Regular(file.file_content.into_inner());
                self.kept.put(repository.as_str(), &file.blob_id, &policy);
                Ok(policy)
            }
            Err(fault) if fault.is("FileTooLargeException") => irregular(Irregular::TooLarge),
            Err(fault) => Err(fault),
        }
    }

    /// Names of the account's repositories in this region, all pages.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn repositories(&self) -> Result<Vec<RepositoryName>, Fault> {
        let mut pages = self.codecommit.list_repositories().into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(Fault::of("codecommit:ListRepositories"))?;
            let listed =
                page.repositories.unwrap_or_default().into_iter().filter_map(|repository| repository.repository_name);
            names.extend(listed.filter_map(|name| RepositoryName::new(name).ok()));
        }
        Ok(names)
    }

    /// The files of a commit that are at these paths, by path; what is not there, or too large for the API, is left out.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn files(
        &self,
        repository: &RepositoryName,
        commit: &CommitId,
        paths: Vec<String>,
    ) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
        let file = async |path: String| {
            let request = self
                .codecommit
                .get_file()
                .repository_name(repository.as_str())
                .commit_specifier(commit.as_str())
                .file_path(&path);
            match request.send().await.map_err(Fault::of("codecommit:GetFile")) {
                Ok(file) => Ok(Some((path, file.file_content.into_inner()))),
                Err(fault) if fault.is("FileDoesNotExistException") || fault.is("FileTooLargeException") => Ok(None),
                Err(fault) => Err(fault),
            }
        };
        let found: Vec<_> = stream::iter(paths).map(file).buffered(FILES_AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Pairs of blobs, in the order of their ids; `None` where there is no id. Those that nobody takes are not asked for.
    pub fn blobs<'a>(
        &'a self,
        repository: &'a RepositoryName,
        ids: Vec<[Option<String>; 2]>,
    ) -> BoxStream<'a, Result<[Option<Blob>; 2], Fault>> {
        let pair = move |[before, after]: [Option<String>; 2]| {
            try_join(self.blob(repository, before), self.blob(repository, after)).map_ok(|(b, a)| [b, a])
        };
        stream::iter(ids).map(pair).buffered(PAIRS_AT_ONCE).boxed()
    }

    async fn blob(&self, repository: &RepositoryName, id: Option<String>) -> Result<Option<Blob>, Fault> {
        let Some(id) = id else { return Ok(None) };
        let request = self.codecommit.get_blob().repository_name(repository.as_str()).blob_id(id);
        match request.send().await.map_err(Fault::of("codecommit:GetBlob")) {
            Ok(answer) => Ok(Some(Blob::Content(answer.content.into_inner()))),
            Err(fault) if fault.is("FileTooLargeException") => Ok(Some(Blob::TooLarge)),
            Err(fault) if fault.is("BlobIdDoesNotExistException") => Ok(Some(Blob::Missing)),
            Err(fault) => Err(fault),
        }
    }
}
