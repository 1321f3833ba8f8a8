//! Rules and targets of EventBridge, functions and the empty registry, as their APIs show them.

use std::collections::BTreeMap;

use crate::world::{ACCOUNT, Setup, World, failed, function, http};
use serde_json::{Value, json};

fn arn(name: &str) -> String {
    format!("arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}")
}

fn echo() -> Setup {
    let echo = function(|call| async move {
        match call.payload["fail"].as_bool() {
            Some(true) => Err(failed("Sour", "as asked")),
            _ => Ok(call.payload),
        }
    });
    Setup { functions: BTreeMap::from([("echo".to_owned(), echo)]), ..Setup::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_made_given_targets_switched_off_and_deleted() {
    let (sender, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let ear = function(move |call| {
        sender.send(call.payload["detail"]["n"].clone()).ok();
        async { Ok(Value::Null) }
    });
    let functions = BTreeMap::from([("ear".to_owned(), ear)]);
    let world = World::new(Setup { functions, ..Setup::default() }).await;
    let pattern = json!({ "source": ["shop"] }).to_string();
    world.call("events", "PutRule", json!({ "Name": "mine", "EventPattern": pattern })).await.unwrap();
    let targets = json!({ "Rule": "mine", "Targets": [{ "Id": "1", "Arn": arn("ear") }] });
    world.call("events", "PutTargets", targets).await.unwrap();
    let put = async |n: u64| {
        let entry = json!({ "Source": "shop", "DetailType": "t", "Detail": json!({ "n": n }).to_string() });
        world.call("events", "PutEvents", json!({ "Entries": [entry] })).await.unwrap();
        world.event(|event| (event["detail"]["n"] == n).then_some(())).await;
    };
    put(1).await;
    assert_eq!(heard.recv().await, Some(json!(1)));
    world.call("events", "DisableRule", json!({ "Name": "mine" })).await.unwrap();
    put(2).await;
    world.call("events", "EnableRule", json!({ "Name": "mine" })).await.unwrap();
    put(3).await;
    assert_eq!(heard.recv().await, Some(json!(3)), "what came while it was off is not heard");
    let listed = world.call("events", "ListTargetsByRule", json!({ "Rule": "mine" })).await.unwrap();
    assert_eq!(listed, json!({ "Targets": [{ "Id": "1", "Arn": arn("ear") }] }));
    let delete = json!({ "Name": "mine" });
    assert_eq!(world.call("events", "DeleteRule", delete.clone()).await.unwrap_err().0, "ValidationException");
    world.call("events", "RemoveTargets", json!({ "Rule": "mine", "Ids": ["1"] })).await.unwrap();
    world.call("events", "DeleteRule", delete.clone()).await.unwrap();
    assert_eq!(world.call("events", "DescribeRule", delete).await.unwrap_err().0, "ResourceNotFoundException");
    let rules = world.call("events", "ListRules", json!({})).await.unwrap();
    assert_eq!(rules["Rules"].as_array().unwrap().len(), 1);
    assert_eq!(rules["Rules"][0]["Name"], "everything");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_rule_is_shown_switched_off_and_refused_when_it_is_none() {
    let world = World::new(echo()).await;
    let put = |expression: &str| json!({ "Name": "tick", "ScheduleExpression": expression });
    world.call("events", "PutRule", put("rate(1 hour)")).await.unwrap();
    world.call("events", "DisableRule", json!({ "Name": "tick" })).await.unwrap();
    let shown = world.call("events", "DescribeRule", json!({ "Name": "tick" })).await.unwrap();
    assert_eq!((&shown["ScheduleExpression"], &shown["State"]), (&json!("rate(1 hour)"), &json!("DISABLED")));
    assert_eq!(shown.get("EventPattern"), None);
    for wrong in [put("rate(1 hours)"), json!({ "Name": "tick" })] {
        assert_eq!(world.call("events", "PutRule", wrong).await.unwrap_err().0, "ValidationException");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_entry_that_is_put_succeeds_or_fails_on_its_own() {
    let world = World::new(Setup::default()).await;
    let entries = json!([
        { "Source": "shop", "DetailType": "t", "Detail": "{}" },
        { "Source": "shop", "DetailType": "t", "Detail": "[" },
        { "Source": "aws.codecommit", "DetailType": "t", "Detail": "{}" },
        { "DetailType": "t", "Detail": "{}" },
    ]);
    let answer = world.call("events", "PutEvents", json!({ "Entries": entries })).await.unwrap();
    assert_eq!(answer["FailedEntryCount"], 3);
    assert!(answer["Entries"][0]["EventId"].is_string());
    let codes: Vec<&str> = (1..4).map(|i| answer["Entries"][i]["ErrorCode"].as_str().unwrap()).collect();
    assert_eq!(codes, ["MalformedDetail", "NotAuthorizedForSourceException", "InvalidArgument"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pattern_can_be_tried_and_a_broken_one_is_refused() {
    let world = World::new(Setup::default()).await;
    let event = json!({
        "id": "1", "detail-type": "t", "source": "shop", "account": ACCOUNT, "time": "2026-01-15T10:20:30Z",
        "region": "us-east-1", "resources": [], "detail": { "n": 5 },
    });
    let mut tried = Vec::new();
    for bound in [4, 5] {
        let pattern = json!({ "detail": { "n": [{ "numeric": [">", bound] }] } });
        let input = json!({ "EventPattern": pattern.to_string(), "Event": event.to_string() });
        tried.push(world.call("events", "TestEventPattern", input).await.unwrap()["Result"].clone());
    }
    assert_eq!(tried, [json!(true), json!(false)]);
    let broken = json!({ "Name": "mine", "EventPattern": "{\"source\": \"shop\"}" });
    let (code, message) = world.call("events", "PutRule", broken).await.unwrap_err();
    assert_eq!(code, "InvalidEventPatternException");
    assert!(message.contains("source: must be an object or an array"), "{message}");
    let schedule =
        json!({ "Name": "mine", "EventPattern": "{\"source\": [\"a\"]}", "ScheduleExpression": "cron(0 8 * * ? *)" });
    let (code, message) = world.call("events", "PutRule", schedule).await.unwrap_err();
    assert_eq!(code, "NotImplementedException");
    assert!(message.contains("the schedule cron(0 8"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_answers_fails_and_is_missing_as_lambda_says() {
    let world = World::new(echo()).await;
    let path = "/2015-03-31/functions/echo/invocations";
    assert_eq!(http(&world.url, "lambda", "POST", path, "", "{\"a\":1}").await, (200, "{\"a\":1}".to_owned()));
    let (status, body) = http(&world.url, "lambda", "POST", path, "", "{\"fail\":true}").await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, body), (200, json!({ "errorType": "Sour", "errorMessage": "as asked" })));
    let log = json!({ "logGroupName": "/aws/lambda/echo", "logStreamName": "$LATEST", "startFromHead": true });
    let log = world.call("logs", "GetLogEvents", log).await.unwrap();
    assert!(log["events"][0]["message"].as_str().unwrap().starts_with("[ERROR] Sour: as asked"), "{log}");
    let missing = "/2015-03-31/functions/none/invocations";
    let (status, body) = http(&world.url, "lambda", "POST", missing, "", "").await;
    assert_eq!(status, 404);
    assert!(body.contains("Function not found: ") && body.contains(&arn("none")), "{body}");
    let event = "x-amz-invocation-type: Event\r\n";
    assert_eq!(http(&world.url, "lambda", "POST", path, event, "{}").await.0, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registry_says_what_is_not_there() {
    let world = World::new(Setup::default()).await;
    let all = world.call("ecr", "DescribeRepositories", json!({})).await.unwrap();
    assert_eq!(all, json!({ "repositories": [] }));
    let image = json!({ "repositoryName": "app", "imageId": { "imageTag": "pr-1" } });
    let (code, message) = world.call("ecr", "DescribeImageScanFindings", image).await.unwrap_err();
    assert_eq!(code, "RepositoryNotFoundException");
    assert!(message.contains("'app'") && message.contains(ACCOUNT), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_registry_does_not_emulate_is_refused_by_name() {
    let world = World::new(Setup::default()).await;
    let plain = json!({
        "repositoryName": "app", "imageTagMutability": "MUTABLE", "imageScanningConfiguration": { "scanOnPush": false },
        "encryptionConfiguration": { "encryptionType": "AES256" },
    });
    world.call("ecr", "CreateRepository", plain).await.unwrap();
    let cases = [
        ("CreateRepository", "imageTagMutability", json!("IMMUTABLE")),
        ("CreateRepository", "imageScanningConfiguration", json!({ "scanOnPush": true })),
        ("CreateRepository", "encryptionConfiguration", json!({ "encryptionType": "KMS" })),
        ("ListImages", "filter", json!({ "imageStatus": "ACTIVE" })),
        ("DescribeImages", "filter", json!({ "imageStatus": "ACTIVE" })),
        ("BatchGetImage", "acceptedMediaTypes", json!(["application/vnd.docker.distribution.manifest.v2+json"])),
        ("GetAuthorizationToken", "registryIds", json!(["999988887777"])),
    ];
    for (operation, field, value) in cases {
        let mut input = json!({ "repositoryName": "app", field: value });
        if operation == "GetAuthorizationToken" {
            input.as_object_mut().unwrap().remove("repositoryName");
        }
        let (code, message) = world.call("ecr", operation, input).await.unwrap_err();
        let inner = value.as_object().and_then(|object| object.keys().next()).map_or(field, String::as_str);
        assert_eq!(code, "NotImplementedException", "{operation} {field}");
        assert!(message.contains(field) || message.contains(inner), "{operation} {field}: {message}");
    }
    let status = json!({ "repositoryName": "app", "filter": { "tagStatus": "SOME" } });
    let (code, _) = world.call("ecr", "ListImages", status).await.unwrap_err();
    assert_eq!(code, "InvalidParameterException");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_and_their_targets_are_listed_in_pages_of_the_size_that_was_asked_for() {
    let world = World::new(Setup::default()).await;
    let target = |id: &str| json!({ "Id": id, "Arn": arn("listener") });
    for name in ["one", "three", "two"] {
        let rule = json!({ "Name": name, "EventPattern": "{\"source\":[\"a\"]}" });
        world.call("events", "PutRule", rule).await.unwrap();
    }
    let targets = json!({ "Rule": "one", "Targets": [target("a"), target("b"), target("c")] });
    world.call("events", "PutTargets", targets).await.unwrap();
    for (operation, field, mut input, all) in [
        ("ListRules", "Rules", json!({ "Limit": 3 }), 4), // with the test's own rule
        ("ListTargetsByRule", "Targets", json!({ "Rule": "one", "Limit": 2 }), 3),
    ] {
        let first = world.call("events", operation, input.clone()).await.unwrap();
        assert_eq!(first[field].as_array().unwrap().len(), all - 1, "{first}");
        input["NextToken"] = first["NextToken"].clone();
        let rest = world.call("events", operation, input.clone()).await.unwrap();
        assert_eq!((rest[field].as_array().unwrap().len(), &rest["NextToken"]), (1, &Value::Null), "{rest}");
        input["Limit"] = json!(101);
        assert_eq!(world.call("events", operation, input).await.unwrap_err().0, "ValidationException");
    }
}
