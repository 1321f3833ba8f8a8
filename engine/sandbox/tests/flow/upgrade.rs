//! A deployment over one with an execution in flight, in the steps that CloudFormation takes for the stack: new versions of the
//! functions, a new version of the state machine that calls them, and the alias `live` moved to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::world::{ACCOUNT, Setup, World, function, machine_arn};

const DEFINITION: &str = include_str!("../../../../infra/gate.asl.json");

/// The gate's own file, calling the functions of a version by their ARNs as the stack has it. An older definition commented
/// last of all.
fn definition(version: u32) -> Value {
    let arn = |name: &str| format!("arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}:{version}");
    let text = DEFINITION.replace("${JudgeFunction}", &arn("judge")).replace("${VoterFunction}", &arn("voter"));
    let mut definition: Value = serde_json::from_str(&text).unwrap();
    if version == 1 {
        let states = &mut definition["States"];
        states["WhatNext"]["Choices"][0]["Next"] = json!("Vote");
        states["WasItCast"]["Default"] = json!("Comment");
        states["Comment"]["Next"] = json!("Answered");
    }
    definition
}

async fn publish(world: &World) -> Value {
    let input = json!({ "stateMachineArn": machine_arn() });
    world.call("states", "PublishStateMachineVersion", input).await.unwrap()["stateMachineVersionArn"].clone()
}

fn route(version: &Value) -> Value {
    json!([{ "stateMachineVersionArn": version, "weight": 100 }])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_in_flight_ends_with_the_definition_and_the_functions_that_it_began_with() {
    let (asked, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut functions = BTreeMap::new();
    for version in [1, 2] {
        let (asked, go) = (asked.clone(), go.clone());
        let judge = function(move |_| {
            let (asked, go) = (asked.clone(), go.clone());
            async move {
                if version == 1 {
                    asked.notify_one();
                    go.notified().await;
                }
                Ok(json!({ "next": "answer", "record": "the record" }))
            }
        });
        let told = told.clone();
        let voter = function(move |call| {
            told.lock().unwrap().push(format!("voter {version}: {}", call.payload["action"].as_str().unwrap()));
            async { Ok(json!({ "vote": "approve" })) }
        });
        functions.insert(format!("judge:{version}"), judge);
        functions.insert(format!("voter:{version}"), voter);
    }
    let world = World::new(Setup { definition: Some(definition(1)), functions, ..Setup::default() }).await;
    let first = publish(&world).await;
    let alias = json!({ "name": "live", "routingConfiguration": route(&first) });
    let alias = world.call("states", "CreateStateMachineAlias", alias).await.unwrap()["stateMachineAliasArn"].clone();
    let begin = async |name: &str| {
        let input =
            json!({ "stateMachineArn": alias, "name": name, "input": json!({ "action": "answer" }).to_string() });
        world.call("states", "StartExecution", input).await.unwrap()["executionArn"].as_str().unwrap().to_owned()
    };
    let in_flight = begin("in-flight").await;
    asked.notified().await;

    let update = json!({ "stateMachineArn": machine_arn(), "definition": definition(2).to_string() });
    world.call("states", "UpdateStateMachine", update).await.unwrap();
    let second = publish(&world).await;
    assert_ne!(first, second);
    let moved = json!({ "stateMachineAliasArn": alias, "routingConfiguration": route(&second) });
    world.call("states", "UpdateStateMachineAlias", moved).await.unwrap();
    let after = begin("after").await;
    assert_eq!(world.execution_end(&after).await["status"], "SUCCEEDED");
    go.notify_one();
    assert_eq!(world.execution_end(&in_flight).await["status"], "SUCCEEDED");

    let told = told.lock().unwrap().clone();
    assert_eq!(told, ["voter 2: comment", "voter 2: vote", "voter 1: vote", "voter 1: comment"]);
}
