//! What the tests of builds, executions, events and functions share: a sandbox on a free port, a client that speaks its
//! JSON protocols, git, and a function that hands every event to the test. Nothing here sleeps: tests wait for events.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use gated_sandbox::{
    Function, FunctionError, Installation, Invocation, Rule, Sandbox, Settings, StateMachine, Trigger, start,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const BUILD_ROLE: &str = "arn:aws:iam::111122223333:role/builder";

/// A running sandbox with its data directory, and the events it has sent.
pub(crate) struct World {
    pub(crate) directory: PathBuf,
    _temporary: Option<TempDir>,
    pub(crate) url: String,
    sandbox: Option<Sandbox>,
    installation: Installation,
    events: Mutex<UnboundedReceiver<Value>>,
}

/// What a test installs: a state machine called `machine`, functions, and a rule that hears everything.
#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) definition: Option<Value>,
    pub(crate) functions: BTreeMap<String, Function>,
    pub(crate) rules: Vec<Rule>,
}

impl World {
    pub(crate) async fn new(setup: Setup) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let mut world = Self::at(temporary.path(), setup).await;
        world._temporary = Some(temporary);
        world
    }

    /// A sandbox on the data that `directory` has, or will have.
    pub(crate) async fn at(directory: &Path, setup: Setup) -> Self {
        let (sender, events) = unbounded_channel();
        let mut functions = setup.functions;
        functions.insert("listener".to_owned(), listener(sender));
        let pattern = json!({ "source": [{ "prefix": "" }] });
        let mut rules = setup.rules;
        rules.push(Rule {
            name: "everything".to_owned(),
            trigger: Trigger::Pattern(pattern),
            function: "listener".to_owned(),
        });
        let machine = |definition: Value| StateMachine {
            name: "machine".to_owned(),
            definition: definition.to_string(),
            role: "conductor".to_owned(),
        };
        let installation = Installation {
            state_machines: setup.definition.map(machine).into_iter().collect(),
            rules,
            functions,
            buckets: vec!["artifacts".to_owned()],
            parameters: vec![("/gated/secret".to_owned(), "hush-hush".to_owned())],
            ..Installation::default()
        };
        let sandbox = launch(directory, &installation).await;
        let url = sandbox.endpoint_url().to_owned();
        let (directory, events) = (directory.to_owned(), Mutex::new(events));
        Self { directory, _temporary: None, url, sandbox: Some(sandbox), installation, events }
    }

    /// Ends the sandbox as its command does.
    pub(crate) async fn end(&mut self) {
        self.sandbox.take().unwrap().stop().await;
    }

    /// Ends the sandbox and starts it again on the same data.
    pub(crate) async fn restart(&mut self) {
        self.end().await;
        let sandbox = launch(&self.directory, &self.installation).await;
        self.url = sandbox.endpoint_url().to_owned();
        self.sandbox = Some(sandbox);
    }

    /// The next event for which `wanted` gives something.
    pub(crate) async fn event<T>(&self, mut wanted: impl FnMut(&Value) -> Option<T>) -> T {
        let mut events = self.events.lock().await;
        loop {
            let event = events.recv().await.expect("the listener lives as long as the sandbox");
            if let Some(found) = wanted(&event) {
                return found;
            }
        }
    }

    /// Waits until a build has ended and answers it.
    pub(crate) async fn build_end(&self, id: &str) -> Value {
        let ended = |event: &Value| {
            let detail = &event["detail"];
            let own = detail["build-id"].as_str().is_some_and(|arn| arn.ends_with(id));
            let state = event["detail-type"] == "CodeBuild Build State Change";
            (own && state && detail["build-status"] != "IN_PROGRESS").then_some(())
        };
        self.event(ended).await;
        self.build(id).await
    }

    /// Waits until a build has entered a phase.
    pub(crate) async fn build_phase(&self, id: &str, phase: &str) {
        let entered = |event: &Value| {
            let detail = &event["detail"];
            let own = detail["build-id"].as_str().is_some_and(|arn| arn.ends_with(id));
            let phases = detail["additional-information"]["phases"].as_array()?;
            (own && phases.iter().any(|entry| entry["phase-type"] == phase)).then_some(())
        };
        self.event(entered).await;
    }

    pub(crate) async fn build(&self, id: &str) -> Value {
        let answer = self.call("codebuild", "BatchGetBuilds", json!({ "ids": [id] })).await.unwrap();
        answer["builds"][0].clone()
    }

    /// Waits until an execution has ended and describes it.
    pub(crate) async fn execution_end(&self, arn: &str) -> Value {
        let ended = |event: &Value| {
            let detail = &event["detail"];
            (detail["executionArn"] == arn && detail["status"] != "RUNNING").then_some(())
        };
        self.event(ended).await;
        self.call("states", "DescribeExecution", json!({ "executionArn": arn })).await.unwrap()
    }

    /// Starts an execution of `machine` and answers its ARN.
    pub(crate) async fn execute(&self, name: &str, input: Value) -> String {
        let input = json!({ "stateMachineArn": machine_arn(), "name": name, "input": input.to_string() });
        let answer = self.call("states", "StartExecution", input).await.unwrap();
        answer["executionArn"].as_str().unwrap().to_owned()
    }

    /// The types of an execution's history, in order.
    pub(crate) async fn history(&self, arn: &str) -> Vec<String> {
        let answer = self.call("states", "GetExecutionHistory", json!({ "executionArn": arn })).await.unwrap();
        answer["events"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap().to_owned()).collect()
    }

    /// Calls an operation as the user alice; a refusal is its error code and message.
    pub(crate) async fn call(&self, service: &str, operation: &str, input: Value) -> Result<Value, (String, String)> {
        call(&self.url, service, operation, input).await
    }

    /// A project that builds the repository `demo` with this buildspec.
    pub(crate) async fn project(&self, name: &str, buildspec: Value) -> Value {
        self.call("codebuild", "CreateProject", project(name, &self.url, buildspec)).await.unwrap()
    }

    /// Starts a build and answers its id.
    pub(crate) async fn start_build(&self, project: &str) -> String {
        let answer = self.call("codebuild", "StartBuild", json!({ "projectName": project })).await.unwrap();
        answer["build"]["id"].as_str().unwrap().to_owned()
    }

    /// Makes the repository `demo` with one commit of these files, pushed with git; answers the commit's id.
    pub(crate) async fn repository(&self, files: &[(&str, &str)]) -> String {
        self.call("codecommit", "CreateRepository", json!({ "repositoryName": "demo" })).await.unwrap();
        let work = self.directory.join("work");
        std::fs::create_dir_all(&work).unwrap();
        git(&work, &["init", "--quiet", "--initial-branch", "main"]);
        for (name, text) in files {
            std::fs::write(work.join(name), text).unwrap();
        }
        git(&work, &["add", "--all"]);
        git(&work, &["commit", "--quiet", "--message", "begin"]);
        let url = format!("{}/v1/repos/demo", self.url);
        tokio::task::block_in_place(|| git(&work, &["push", "--quiet", &url, "main"]));
        git(&work, &["rev-parse", "HEAD"])
    }

    /// The lines of a build's log.
    pub(crate) async fn log(&self, build: &Value) -> String {
        let input = json!({
            "logGroupName": build["logs"]["groupName"],
            "logStreamName": build["logs"]["streamName"],
            "startFromHead": true,
        });
        let answer = self.call("logs", "GetLogEvents", input).await.unwrap();
        let messages = answer["events"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap());
        messages.collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }
}

/// The phases of a build and how each ended.
pub(crate) fn phases(build: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    build["phases"].as_array().unwrap().iter().map(|p| (text(&p["phaseType"]), text(&p["phaseStatus"]))).collect()
}

/// The context of the phase that failed.
pub(crate) fn failure(build: &Value) -> String {
    let failed = build["phases"]
        .as_array()
        .unwrap()
        .iter()
        .find(|phase| phase["contexts"].as_array().is_some_and(|contexts| !contexts.is_empty()));
    let context = &failed.unwrap()["contexts"][0];
    format!("{}: {}", context["statusCode"].as_str().unwrap(), context["message"].as_str().unwrap())
}

/// A buildspec of one phase.
pub(crate) fn commands(commands: &[&str]) -> Value {
    json!({ "version": 0.2, "phases": { "build": { "commands": commands } } })
}

/// The input of `CreateProject`.
pub(crate) fn project(name: &str, url: &str, buildspec: Value) -> Value {
    json!({
        "name": name,
        "source": { "type": "CODECOMMIT", "location": format!("{url}/v1/repos/demo"), "buildspec": buildspec.to_string() },
        "artifacts": {
            "type": "S3", "location": "artifacts", "path": "builds", "namespaceType": "BUILD_ID", "name": "out",
            "packaging": "NONE",
        },
        "environment": {
            "type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL",
        },
        "serviceRole": BUILD_ROLE,
    })
}

pub(crate) fn machine_arn() -> String {
    format!("arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:machine")
}

/// A function of the test's own.
pub(crate) fn function<F>(body: impl Fn(Invocation) -> F + Send + Sync + 'static) -> Function
where
    F: Future<Output = Result<Value, FunctionError>> + Send + 'static,
{
    Function::InProcess(Arc::new(move |invocation| Box::pin(body(invocation))))
}

pub(crate) fn failed(error_type: &str, error_message: &str) -> FunctionError {
    FunctionError { error_type: error_type.to_owned(), error_message: error_message.to_owned() }
}

/// One call over HTTP, in the service's JSON protocol.
pub(crate) async fn call(url: &str, service: &str, operation: &str, input: Value) -> Result<Value, (String, String)> {
    let (target, version) = match service {
        "codecommit" => ("CodeCommit_20150413", "1.1"),
        "codebuild" => ("CodeBuild_20161006", "1.1"),
        "states" => ("AWSStepFunctions", "1.0"),
        "events" => ("AWSEvents", "1.1"),
        "logs" => ("Logs_20140328", "1.1"),
        "ssm" => ("AmazonSSM", "1.1"),
        "ecr" => ("AmazonEC2ContainerRegistry_V20150921", "1.1"),
        other => panic!("no JSON protocol known for {other}"),
    };
    let headers = format!("x-amz-target: {target}.{operation}\r\ncontent-type: application/x-amz-json-{version}\r\n");
    let (status, body) = http(url, service, "POST", "/", &headers, &input.to_string()).await;
    let answer: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    if status == 200 { Ok(answer) } else { Err((text("__type"), text("message"))) }
}

/// One HTTP request, signed by alice.
pub(crate) async fn http(
    url: &str,
    service: &str,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> (u16, String) {
    let address = url.strip_prefix("http://").unwrap();
    let scope = format!("alice/20260101/us-east-1/{service}/aws4_request");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\
         authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00\r\n{headers}\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), body.to_owned())
}

/// git with an identity of its own; answers what it printed.
pub(crate) fn git(directory: &Path, arguments: &[&str]) -> String {
    let identity = ["-c", "user.name=Alice", "-c", "user.email=alice@example.com"];
    let output = Command::new("git").args(identity).args(arguments).current_dir(directory).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

async fn launch(directory: &Path, installation: &Installation) -> Sandbox {
    let settings = Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        data: directory.join("data"),
        account: ACCOUNT.to_owned(),
        region: "us-east-1".to_owned(),
        minute: std::time::Duration::from_secs(60),
        faults: None,
    };
    start(settings, installation.clone()).await.unwrap()
}

fn listener(sender: UnboundedSender<Value>) -> Function {
    function(move |invocation| {
        sender.send(invocation.payload).ok();
        async { Ok(Value::Null) }
    })
}
