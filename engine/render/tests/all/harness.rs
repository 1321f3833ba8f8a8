//! Runs a buildspec's build commands as CodeBuild documents it: one bash for all of them, in a git checkout.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gated_core::decision::Decision;
use gated_core::measured::{StageOutcome, StageRecord, StageRun};
use serde_json::Value;

/// The build that the harness pretends to be.
pub(crate) const BUILD_ID: &str = "gated-demo-pr-42:11111111-2222-3333-4444-555555555555";

/// A checkout, before and after its build.
pub(crate) struct Checkout {
    home: tempfile::TempDir,
}

/// What a build left.
pub(crate) struct Built {
    /// Whether every command succeeded.
    pub(crate) succeeded: bool,
    /// Both output streams.
    pub(crate) log: String,
    /// The record that the driver wrote.
    pub(crate) record: StageRecord,
}

impl Checkout {
    /// A repository with one commit that holds these files.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let checkout = Self { home: tempfile::tempdir().unwrap() };
        std::fs::create_dir(checkout.path()).unwrap();
        checkout.git(&["init", "-q", "-b", "main"]);
        for (path, text) in files {
            let path = checkout.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        checkout.git(&["add", "-A"]);
        checkout.git(&["commit", "-q", "--allow-empty", "-m", "first"]);
        checkout
    }

    /// `CODEBUILD_SRC_DIR`, with a name that the shell must not trip over.
    pub(crate) fn path(&self) -> PathBuf {
        self.home.path().join("a 'src' $dir")
    }

    /// Where the record and the reports are left.
    pub(crate) fn out(&self) -> PathBuf {
        self.home.path().join("a 'src' $dir.gated")
    }

    /// Runs the decision's buildspec.
    pub(crate) fn build(&self, decision: &Decision) -> Built {
        self.run(&build_commands(decision).join("\n"))
    }

    /// Runs this text as the build's commands.
    pub(crate) fn run(&self, text: &str) -> Built {
        let output = self.bash(text);
        let log = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let text =
            std::fs::read(self.out().join("record.json")).unwrap_or_else(|error| panic!("no record ({error}): {log}"));
        let record =
            serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&text)));
        Built { succeeded: output.status.success(), log, record }
    }

    /// Runs the decision's buildspec with these programs before the machine's own, and with these variables. Each is a
    /// script's body; they lie in `$TOOLS`.
    pub(crate) fn build_with(&self, decision: &Decision, tools: &[(&str, &str)], variables: &[(&str, &str)]) -> Built {
        use std::os::unix::fs::PermissionsExt;
        let place = self.home.path().join("tools");
        std::fs::create_dir(&place).unwrap();
        for (name, body) in tools {
            std::fs::write(place.join(name), format!("#!/usr/bin/env bash\n{body}\n")).unwrap();
            std::fs::set_permissions(place.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let mut text = format!("export TOOLS='{0}' PATH='{0}':\"$PATH\"\n", place.display());
        for (name, value) in variables {
            text.push_str(&format!("export {name}='{value}'\n"));
        }
        self.run(&(text + &build_commands(decision).join("\n")))
    }

    fn bash(&self, text: &str) -> std::process::Output {
        let script = self.home.path().join("script");
        std::fs::write(&script, text).unwrap();
        Command::new("bash")
            .arg(script)
            .current_dir(self.path())
            .env("CODEBUILD_SRC_DIR", self.path())
            .env("CODEBUILD_BUILD_ID", BUILD_ID)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn git(&self, arguments: &[&str]) {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
        let status = Command::new("git").args(identity).args(arguments).current_dir(self.path()).status().unwrap();
        assert!(status.success(), "git {arguments:?}");
    }
}

impl Built {
    /// Name and end of every stage, in order.
    pub(crate) fn outcomes(&self) -> Vec<(&str, StageOutcome)> {
        self.record.stages.iter().map(|run| (run.name.as_str(), run.outcome)).collect()
    }

    /// The run of a stage, which must be there once.
    pub(crate) fn run(&self, name: &str) -> &StageRun {
        let runs: Vec<_> = self.record.stages.iter().filter(|run| run.name == name).collect();
        assert_eq!(runs.len(), 1, "{name} in {:?}", self.record);
        runs[0]
    }
}

/// The commands of the build phase, as a YAML reader finds them.
pub(crate) fn build_commands(decision: &Decision) -> Vec<String> {
    let text = gated_render::buildspec(decision).unwrap();
    let value: Value = serde_yaml::from_str(&text).unwrap();
    let commands = value["phases"]["build"]["commands"].as_array().unwrap();
    commands.iter().map(|command| command.as_str().unwrap().to_owned()).collect()
}

/// The entries of a directory, by name.
pub(crate) fn entries(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
