//! The context object (developer guide, "Accessing execution data from the Context object"). Never made unless a path
//! asks for it.

use serde_json::{Value, json};

use super::strand::{Item, Visit};
use super::{Head, TaskToken};

/// What `$$` names while a state runs; `token` only for a task that answers by it.
pub(super) fn context(head: &Head, visit: &Visit, item: Option<&Item>, token: Option<&TaskToken>) -> Value {
    let mut context = json!({
        "Execution": {
            "Id": head.context.execution_arn,
            "Input": head.input,
            "Name": head.context.execution_name,
            "RoleArn": head.context.role_arn,
            "StartTime": head.started.to_rfc3339(),
            "RedriveCount": 0,
        },
        "StateMachine": {
            "Id": head.context.state_machine_arn,
            "Name": head.context.state_machine_name,
        },
        "State": {
            "Name": visit.state,
            "EnteredTime": visit.entered.to_rfc3339(),
            "RetryCount": visit.retry_count,
        },
    });
    if let Some(item) = item {
        context["Map"] = json!({"Item": {"Index": item.index, "Value": item.value.0}});
    }
    if let Some(token) = token {
        context["Task"] = json!({"Token": token.as_str()});
    }
    context
}
