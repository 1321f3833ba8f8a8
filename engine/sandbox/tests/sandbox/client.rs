//! A sandbox in a temporary directory with clients for it: raw HTTP, and the git program.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gated_sandbox::{ApprovalRuleTemplate, Function, Installation, Rule, Sandbox, Settings, Trigger, start};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The rule that most tests install: `main` needs the approval of the role session `voter/voter`.
pub(crate) const VOTER_RULE: &str = r#"{"Version":"2018-11-08","DestinationReferences":["refs/heads/main"],"Statements":[{"Type":"Approvers","NumberOfApprovalsNeeded":1,"ApprovalPoolMembers":["arn:aws:sts::111122223333:assumed-role/voter/voter"]}]}"#;

/// A running sandbox, a place for working copies, and the events that it emitted.
pub(crate) struct Bench {
    runtime: Runtime,
    sandbox: Option<Sandbox>,
    home: TempDir,
    events: Mutex<(Receiver<Value>, Vec<Value>)>,
    installation: Installation,
}

/// An answer over HTTP.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Bench {
    /// A sandbox with the voter's rule.
    pub(crate) fn new() -> Self {
        let template = ApprovalRuleTemplate {
            name: "gated".to_owned(),
            description: "the gate's vote".to_owned(),
            content: VOTER_RULE.to_owned(),
            covers: Arc::new(|_| true),
        };
        Self::with(Installation { templates: vec![template], ..Installation::default() })
    }

    /// A sandbox with this and a rule that catches every CodeCommit event.
    pub(crate) fn with(mut installation: Installation) -> Self {
        let (sender, receiver) = channel();
        let sender = Arc::new(Mutex::new(sender));
        installation.rules.push(Rule {
            name: "catch".to_owned(),
            trigger: Trigger::Pattern(json!({ "source": ["aws.codecommit"] })),
            function: "catcher".to_owned(),
        });
        installation.functions.insert(
            "catcher".to_owned(),
            Function::InProcess(Arc::new(move |invocation| {
                let _ = sender.lock().unwrap().send(invocation.payload);
                Box::pin(async { Ok(Value::Null) })
            })),
        );
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let home = TempDir::new().unwrap();
        let mut bench = Self { runtime, sandbox: None, home, events: Mutex::new((receiver, Vec::new())), installation };
        bench.start();
        bench
    }

    /// Starts it on the same data.
    pub(crate) fn start(&mut self) {
        self.try_start().unwrap();
    }

    /// Starts it on the same data, which may fail.
    pub(crate) fn try_start(&mut self) -> Result<(), String> {
        let settings = Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            data: self.data(),
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            minute: std::time::Duration::from_secs(60),
            faults: None,
        };
        let started = self.runtime.block_on(start(settings, self.installation.clone()));
        self.sandbox = Some(started.map_err(|e| e.to_string())?);
        Ok(())
    }

    pub(crate) fn stop(&mut self) {
        if let Some(sandbox) = self.sandbox.take() {
            self.runtime.block_on(sandbox.stop());
        }
    }

    /// Ends it as a kill would: nothing is written from here on.
    pub(crate) fn drop_sandbox(&mut self) {
        let _entered = self.runtime.enter();
        drop(self.sandbox.take());
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    pub(crate) fn endpoint(&self) -> String {
        self.sandbox.as_ref().unwrap().endpoint_url().to_owned()
    }

    /// The next event with this name. Events may come in another order than their causes.
    pub(crate) fn event(&self, name: &str) -> Value {
        let mut events = self.events.lock().unwrap();
        let (receiver, seen) = &mut *events;
        loop {
            if let Some(at) = seen.iter().position(|event| event["detail"]["event"] == name) {
                return seen.remove(at);
            }
            let event = receiver.recv_timeout(Duration::from_secs(20));
            seen.push(event.unwrap_or_else(|_| panic!("no event {name}")));
        }
    }

    /// One CodeCommit call as IAM user alice.
    pub(crate) fn codecommit(&self, operation: &str, input: Value) -> Result<Value, String> {
        self.codecommit_as("alice", operation, input)
    }

    /// One CodeCommit call; an error is its code.
    pub(crate) fn codecommit_as(&self, who: &str, operation: &str, input: Value) -> Result<Value, String> {
        self.json(who, "codecommit", &format!("CodeCommit_20150413.{operation}"), &input)
    }

    /// One call in an AWS JSON protocol; an error is its code.
    pub(crate) fn json(&self, who: &str, service: &str, target: &str, input: &Value) -> Result<Value, String> {
        let authorization = authorization(who, service);
        let headers = [
            ("authorization", authorization.as_str()),
            ("x-amz-target", target),
            ("content-type", "application/x-amz-json-1.1"),
        ];
        let answer = self.http("POST", "/", &headers, input.to_string().as_bytes());
        let body = if answer.body.is_empty() { Value::Null } else { serde_json::from_slice(&answer.body).unwrap() };
        if answer.status == 200 { Ok(body) } else { Err(body["__type"].as_str().unwrap().to_owned()) }
    }

    /// The access key id of a session of a role.
    pub(crate) fn assume(&self, role: &str, session: &str) -> String {
        let form = format!(
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2F{role}&RoleSessionName={session}"
        );
        let headers = [
            ("authorization", authorization("alice", "sts")),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = self.http("POST", "/", &headers, form.as_bytes()).text();
        between(&answer, "<AccessKeyId>", "</AccessKeyId>").to_owned()
    }

    /// One HTTP request on a connection of its own.
    pub(crate) fn http(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let address = self.endpoint().trim_start_matches("http://").to_owned();
        let mut stream = TcpStream::connect(address).unwrap();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            line.clear();
            reader.read_line(&mut line).unwrap();
            match line.trim_end().split_once(": ") {
                Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
                None => break,
            }
        }
        let mut body = Vec::new();
        reader.read_to_end(&mut body).unwrap();
        Answer { status, headers, body }
    }

    /// The URL of a repository.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("{}/v1/repos/{name}", self.endpoint())
    }

    /// A working copy with a remote `origin`, on branch `main`, without commits.
    pub(crate) fn working_copy(&self, repository: &str) -> WorkingCopy {
        let folder = tempfile::tempdir_in(self.home.path()).unwrap().keep();
        let copy = WorkingCopy { folder };
        copy.git(&["init", "-q", "-b", "main"]);
        copy.git(&["remote", "add", "origin", &self.url(repository)]);
        copy
    }

    /// A repository `demo` with one commit on `main` and a branch `feature` that adds a file, both pushed.
    pub(crate) fn demo(&self) -> WorkingCopy {
        self.codecommit("CreateRepository", json!({ "repositoryName": "demo" })).unwrap();
        let copy = self.working_copy("demo");
        copy.commit("readme", "hello\n", "first");
        copy.git(&["push", "-q", "origin", "main"]);
        copy.git(&["checkout", "-q", "-b", "feature"]);
        copy.commit("feature.txt", "new\n", "add a feature");
        copy.git(&["push", "-q", "origin", "feature"]);
        copy
    }

    /// Opens a pull request from `feature` to `main` of `demo` and answers it.
    pub(crate) fn open(&self) -> Value {
        let target = json!({ "repositoryName": "demo", "sourceReference": "feature", "destinationReference": "main" });
        let input = json!({ "title": "add a feature", "targets": [target] });
        self.codecommit("CreatePullRequest", input).unwrap()["pullRequest"].clone()
    }

    /// A pull request as it is now.
    pub(crate) fn pull_request(&self, id: &Value) -> Value {
        self.codecommit("GetPullRequest", json!({ "pullRequestId": id })).unwrap()["pullRequest"].clone()
    }

    /// Approves a pull request's current revision as the voter.
    pub(crate) fn approve(&self, pull: &Value) {
        let voter = self.assume("voter", "voter");
        let pull = self.pull_request(&pull["pullRequestId"]);
        let input = json!({
            "pullRequestId": pull["pullRequestId"], "revisionId": pull["revisionId"], "approvalState": "APPROVE",
        });
        self.codecommit_as(&voter, "UpdatePullRequestApprovalState", input).unwrap();
    }
}

/// A git working copy.
pub(crate) struct WorkingCopy {
    pub(crate) folder: PathBuf,
}

impl WorkingCopy {
    /// Runs git, which must succeed, and answers its trimmed output.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = self.try_git(arguments);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {arguments:?}: {errors}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Runs git.
    pub(crate) fn try_git(&self, arguments: &[&str]) -> Output {
        git(&self.folder).args(arguments).output().unwrap()
    }

    /// Writes a file and commits it; answers the commit.
    pub(crate) fn commit(&self, file: &str, content: &str, message: &str) -> String {
        let path = self.folder.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self.git(&["add", "--", file]);
        self.git(&["commit", "-q", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }
}

/// git without the machine's configuration.
pub(crate) fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", "Ada")
        .env("GIT_AUTHOR_EMAIL", "ada@example.com")
        .env("GIT_COMMITTER_NAME", "Ada")
        .env("GIT_COMMITTER_EMAIL", "ada@example.com");
    command
}

/// A signature of the right form; nobody verifies it.
pub(crate) fn authorization(who: &str, service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={who}/20260115/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=00"
    )
}

/// The text between two marks.
pub(crate) fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let from = text.find(start).unwrap_or_else(|| panic!("{start} is not in {text}")) + start.len();
    let to = text[from..].find(end).unwrap() + from;
    &text[from..to]
}
