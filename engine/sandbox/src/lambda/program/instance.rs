//! One process of a function, from its start to its end. It never serves two calls at a time.

use std::io;
use std::net::Ipv4Addr;
use std::process::Stdio;
use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use super::api::{Ends, Given, Said, router};
use crate::clock::now_ms;
use crate::logs::put_lines;
use crate::world::Shared;
use crate::{FunctionError, Invocation, Program};

/// Lambda's longest time-out, in milliseconds: what a call may think it has.
const LONGEST_MS: u64 = 15 * 60 * 1000;

/// A running process. Dropping it kills the process.
pub(super) struct Instance {
    child: Child,
    calls: UnboundedSender<Given>,
    answers: UnboundedReceiver<Said>,
    arn: String,
    /// Its runtime API.
    server: JoinHandle<()>,
}

/// The process ended, or said that it cannot begin, before it answered.
pub(super) struct Ended {
    pub(super) error_type: String,
    pub(super) error_message: String,
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Instance {
    /// Starts a process under the function's role, with a runtime API of its own.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub(super) async fn start(world: &Shared, program: &Program, invocation: &Invocation) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?.to_string();
        let group = format!("/aws/lambda/{}", invocation.function);
        let stream = format!("$LATEST-{}", uuid::Uuid::new_v4().simple());
        let mut child = Command::new(&program.path)
            .env_clear()
            .envs(variables(invocation, &address, &group, &stream))
            .envs(&program.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let log = |output| keep_log(world.clone(), group.clone(), stream.clone(), output);
        if let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) {
            tokio::spawn(log(Box::new(stdout) as Output));
            tokio::spawn(log(Box::new(stderr) as Output));
        }
        let (calls, given) = unbounded_channel();
        let (said, answers) = unbounded_channel();
        let router = router(Arc::new(Ends { given: Mutex::new(given), said }));
        let server = tokio::spawn(async {
            let _ = axum::serve(listener, router).await; // never ends with an error
        });
        let arn = world.arn("lambda", &format!("function:{}", invocation.function));
        Ok(Self { child, calls, answers, arn, server })
    }

    /// Whether the process still runs.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Hands a call over and waits for what comes of it.
    pub(super) async fn call(&mut self, invocation: Invocation) -> Result<Result<Value, FunctionError>, Ended> {
        let request_id = invocation.request_id;
        let given = Given {
            request_id: request_id.clone(),
            deadline_ms: now_ms() + LONGEST_MS,
            arn: self.arn.clone(),
            payload: invocation.payload,
        };
        let _ = self.calls.send(given); // the API lives as long as this
        loop {
            let said = tokio::select! {
                biased; // an answer that came before the end counts
                said = self.answers.recv() => said,
                status = self.child.wait() => {
                    let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                    // *Recorded*: the error's name and words.
                    let error_message = format!("RequestId: {request_id} Error: Runtime exited with error: {status}");
                    return Err(Ended { error_type: "Runtime.ExitError".to_owned(), error_message });
                }
            };
            match said {
                Some(Said::Outcome(id, outcome)) if id == request_id => return Ok(outcome),
                Some(Said::Outcome(..)) => {} // of a call that nobody waits for
                Some(Said::InitError(FunctionError { error_type, error_message })) => {
                    return Err(Ended { error_type, error_message });
                }
                None => {
                    let error_message = format!("RequestId: {request_id} Error: the runtime API has ended");
                    return Err(Ended { error_type: "Runtime.ExitError".to_owned(), error_message });
                }
            }
        }
    }
}

/// *Documented*: Lambda developer guide, "Defined runtime environment variables"; the endpoint is AWS's own variable of
/// its clients.
fn variables(invocation: &Invocation, api: &str, group: &str, stream: &str) -> Vec<(&'static str, String)> {
    let credentials = &invocation.credentials;
    vec![
        ("AWS_LAMBDA_RUNTIME_API", api.to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", invocation.function.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", group.to_owned()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", stream.to_owned()),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023".to_owned()),
        ("_HANDLER", "bootstrap".to_owned()),
        ("TZ", ":UTC".to_owned()),
        ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
        ("AWS_REGION", invocation.region.clone()),
        ("AWS_DEFAULT_REGION", invocation.region.clone()),
        ("AWS_ACCESS_KEY_ID", credentials.access_key_id.clone()),
        ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key.clone()),
        ("AWS_SESSION_TOKEN", credentials.session_token.clone()),
        ("AWS_ENDPOINT_URL", invocation.endpoint_url.clone()),
    ]
}

type Output = Box<dyn AsyncRead + Send + Unpin>;

/// Every line that the process writes becomes one of its log stream.
async fn keep_log(world: Shared, group: String, stream: String, output: Output) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        put_lines(&world, &group, &stream, &[line]).ok(); // the call matters more than its log
    }
}
