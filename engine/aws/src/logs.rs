//! Reads logs, by hand-signed requests. Source: Amazon CloudWatch Logs API (`FilterLogEvents`, `GetLogEvents`). It writes none.

use serde_json::{Value, json};

use crate::json::Service;
use crate::{Aws, Fault};

const LOGS: Service = Service { name: "logs", host: "logs", target: "Logs_20140328", version: "1.1" };
/// Most pages of a log that are read.
const MOST_PAGES: usize = 50;
/// Most pages that are read from its end.
const MOST_LAST_PAGES: usize = 4;

impl Aws {
    /// The lines of a log stream in which a word stands, in order; none when there is no such log yet.
    ///
    /// # Errors
    /// When CloudWatch Logs refuses or cannot be reached.
    pub async fn log_lines(&self, group: &str, stream: &str, word: &str) -> Result<Vec<String>, Fault> {
        let (mut lines, mut token) = (Vec::new(), None::<String>);
        for _ in 0..MOST_PAGES {
            let mut input = json!({"logGroupName": group, "logStreamNames": [stream], "filterPattern": word});
            if let Some(token) = &token {
                input["nextToken"] = json!(token);
            }
            let Some(answer) = self.log_page("logs:FilterLogEvents", "FilterLogEvents", &input).await? else { break };
            let events = answer["events"].as_array().into_iter().flatten();
            lines.extend(events.filter_map(|event| event["message"].as_str()).map(|line| line.trim_end().to_owned()));
            token = answer["nextToken"].as_str().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        Ok(lines)
    }

    /// The last lines of a log stream, in order: page by page towards its beginning until they are enough, or four pages (of
    /// at most 1 MB each) are read; none when there is no such log.
    ///
    /// # Errors
    /// When CloudWatch Logs refuses or cannot be reached.
    pub async fn last_log_lines(
        &self,
        group: &str,
        stream: &str,
        enough: &(dyn Fn(&[String]) -> bool + Sync),
    ) -> Result<Vec<String>, Fault> {
        let (mut lines, mut token) = (Vec::new(), None::<String>);
        for _ in 0..MOST_LAST_PAGES {
            let mut input = json!({"logGroupName": group, "logStreamName": stream, "startFromHead": false});
            if let Some(token) = &token {
                input["nextToken"] = json!(token);
            }
            let Some(answer) = self.log_page("logs:GetLogEvents", "GetLogEvents", &input).await? else { break };
            let events = answer["events"].as_array().into_iter().flatten();
            let texts = events.filter_map(|event| event["message"].as_str());
            let mut page: Vec<String> = texts.flat_map(|text| text.lines().map(str::to_owned)).collect();
            page.append(&mut lines);
            lines = page;
            // At the beginning the token stays the same.
            let next = answer["nextBackwardToken"].as_str().map(str::to_owned);
            if enough(&lines) || next.is_none() || next == token {
                break;
            }
            token = next;
        }
        Ok(lines)
    }

    /// A page of a log; `None` where there is no such log.
    async fn log_page(&self, call: &'static str, operation: &str, input: &Value) -> Result<Option<Value>, Fault> {
        match self.json(call, &LOGS, operation, input).await {
            Err(fault) if fault.is("ResourceNotFoundException") => Ok(None),
            answer => answer.map(Some),
        }
    }
}
