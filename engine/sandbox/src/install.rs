//! What a caller installs in a sandbox before it answers: the resources that a deployed stack would hold. The sandbox
//! does not know what they are for.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;

/// Everything that is there from the start. It is applied again at every start, by name, so that a newer version of
/// the program replaces an older one's resources.
#[derive(Clone, Default)]
pub struct Installation {
    /// State machines, by name.
    pub state_machines: Vec<StateMachine>,
    /// EventBridge rules on the default bus.
    pub rules: Vec<Rule>,
    /// Approval rule templates. Each is associated with every repository that it covers, also with those created later.
    pub templates: Vec<ApprovalRuleTemplate>,
    /// Parameters of the Parameter Store: name and value (type `String`).
    pub parameters: Vec<(String, String)>,
    /// S3 buckets.
    pub buckets: Vec<String>,
    /// CodeBuild's report groups: name and type (`TEST`, `CODE_COVERAGE`).
    pub report_groups: Vec<(String, &'static str)>,
    /// ECR repositories.
    pub image_repositories: Vec<String>,
    /// Lambda functions, by name (`intake`) or by name and version or alias (`intake:live`). Each runs under the role of the
    /// same name, in a session of the same name.
    pub functions: BTreeMap<String, Function>,
}

/// A state machine to create or update.
#[derive(Debug, Clone)]
pub struct StateMachine {
    /// Its name; the ARN follows.
    pub name: String,
    /// The Amazon States Language text.
    pub definition: String,
    /// Name of the role that its tasks run under.
    pub role: String,
}

/// A rule on the default event bus with one Lambda function as its target.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// What it waits for.
    pub trigger: Trigger,
    /// Name of the function that is invoked with the whole event, with a version or alias or without.
    pub function: String,
}

/// What a rule waits for.
#[derive(Debug, Clone)]
pub enum Trigger {
    /// Events that this pattern matches.
    Pattern(Value),
    /// The clock: `rate(15 minutes)`.
    Schedule(String),
}

/// An approval rule template.
#[derive(Clone)]
pub struct ApprovalRuleTemplate {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The rule's content, as JSON text (version 2018-11-08).
    pub content: String,
    /// Whether it is associated with the repository of this name.
    pub covers: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

/// A Lambda function.
#[derive(Clone)]
pub enum Function {
    /// It runs in this process.
    InProcess(Handler),
    /// It is a program of its own.
    Program(Program),
}

/// A program that speaks the Lambda runtime API, such as a custom runtime's `bootstrap`.
#[derive(Debug, Clone)]
pub struct Program {
    /// The executable.
    pub path: PathBuf,
    /// Environment variables beside those that Lambda sets.
    pub environment: BTreeMap<String, String>,
}

/// A function as a value.
pub type Handler =
    Arc<dyn Fn(Invocation) -> Pin<Box<dyn Future<Output = Result<Value, FunctionError>> + Send>> + Send + Sync>;

/// One call of a function.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The event or the payload.
    pub payload: Value,
    /// The function's name.
    pub function: String,
    /// Unique for each try.
    pub request_id: String,
    /// Where the AWS services answer, such as `http://127.0.0.1:4600`.
    pub endpoint_url: String,
    /// The region, such as `us-east-1`.
    pub region: String,
    /// Credentials of the function's role session.
    pub credentials: Credentials,
    /// The function's log.
    pub log: LogLines,
}

/// Takes lines for a function's log group, as Lambda takes a process's standard output.
#[derive(Clone)]
pub struct LogLines(pub(crate) Arc<dyn Fn(&str) + Send + Sync>);

impl LogLines {
    /// Writes one line.
    pub fn write(&self, line: &str) {
        (self.0)(line);
    }
}

impl std::fmt::Debug for LogLines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogLines")
    }
}

/// Temporary credentials of a role session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `ASIA…`
    pub access_key_id: String,
    /// Any text: the sandbox reads who calls, and does not verify signatures.
    pub secret_access_key: String,
    /// The session token.
    pub session_token: String,
}

/// A function's failure, as Lambda reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// `errorType`: the error name that a state machine's `Catch` sees.
    pub error_type: String,
    /// `errorMessage`
    pub error_message: String,
}
