//! The data directory: who may use it, what another version's looks like, how it is emptied.

use std::collections::BTreeMap;

use gated_sandbox::{Status, reset, status};
use serde_json::{Value, json};

use crate::client::{Bench, authorization};

#[test]
fn another_layout_version_is_refused_by_name_and_left_as_it_is() {
    let mut bench = Bench::new();
    bench.stop();
    let path = bench.data().join("journal.jsonl");
    let other = "{\"version\":99}\n[[\"repositories\",\"demo\",{}]]\n";
    std::fs::write(&path, other).unwrap();
    let error = bench.try_start().unwrap_err();
    assert!(error.contains("layout version 99"), "{error}");
    assert_eq!(std::fs::read_to_string(path).unwrap(), other);
}

#[test]
fn a_damaged_record_in_the_middle_is_refused_by_line_and_left_as_it_is() {
    let mut bench = Bench::new();
    bench.codecommit("CreateRepository", json!({ "repositoryName": "demo" })).unwrap();
    bench.stop();
    let path = bench.data().join("journal.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let damaged = format!("{first}\nnot json\n{rest}");
    std::fs::write(&path, &damaged).unwrap();
    let error = bench.try_start().unwrap_err();
    assert!(error.contains("journal.jsonl:2: damaged record"), "{error}");
    assert_eq!(std::fs::read_to_string(path).unwrap(), damaged);
}

#[test]
fn a_record_that_cannot_be_read_stops_the_start_and_deletes_nothing() {
    let mut bench = Bench::new();
    bench.demo();
    let pull = bench.open();
    bench.approve(&pull);
    let s3 = authorization("alice", "s3");
    assert_eq!(bench.http("PUT", "/box1", &[("authorization", &s3)], b"").status, 200);
    assert_eq!(bench.http("PUT", "/box1/a", &[("authorization", &s3)], b"bytes").status, 200);
    let put = json!({ "Name": "/a", "Value": "1", "Type": "String" });
    bench.json("alice", "ssm", "AmazonSSM.PutParameter", &put).unwrap();
    let group = json!({ "logGroupName": "g" });
    bench.json("alice", "logs", "Logs_20140328.CreateLogGroup", &group).unwrap();
    let reports = json!({ "name": "tests", "type": "TEST", "exportConfig": { "exportConfigType": "NO_EXPORT" } });
    bench.json("alice", "codebuild", "CodeBuild_20161006.CreateReportGroup", &reports).unwrap();
    bench.stop();
    let path = bench.data().join("journal.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines = text.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
    let records = lines.flat_map(|line| line.as_array().unwrap().clone()).filter(|record| record[2] != Value::Null);
    // The last write of each table; the outbox holds what other programs would read, in any form.
    let last: BTreeMap<String, Value> = records.map(|r| (r[0].as_str().unwrap().to_owned(), r)).collect();
    assert!(["objects", "pull_requests", "references", "repositories"].iter().all(|table| last.contains_key(*table)));
    for (table, record) in last.iter().filter(|(table, _)| *table != "outbox") {
        std::fs::write(&path, format!("{text}{}\n", json!([[table, record[1], { "of": ["another program"] }]])))
            .unwrap();
        let error = bench.try_start().expect_err(table);
        assert!(error.contains(&format!("the record {} of {table}", record[1].as_str().unwrap())), "{error}");
        for folder in ["repositories", "s3"] {
            assert_eq!(std::fs::read_dir(bench.data().join(folder)).unwrap().count(), 1, "{table}: {folder}");
        }
    }
    std::fs::write(&path, text).unwrap();
    bench.start();
    assert_eq!(bench.http("GET", "/box1/a", &[("authorization", &s3)], b"").text(), "bytes");
}

#[test]
fn a_second_sandbox_on_the_same_data_is_refused_while_the_first_runs() {
    let mut bench = Bench::new();
    let error = bench.try_start().unwrap_err();
    assert!(error.contains("in use by another sandbox"), "{error}");
    assert!(matches!(reset(&bench.data()), Err(gated_sandbox::StoreError::InUse { .. })));
}

#[test]
fn tells_whether_a_sandbox_runs_and_where() {
    let mut bench = Bench::new();
    let running = Status::Running { endpoint_url: bench.endpoint() };
    assert_eq!(status(&bench.data()).unwrap(), running);
    bench.stop();
    assert_eq!(status(&bench.data()).unwrap(), Status::Stopped);
    assert_eq!(status(&bench.data().join("elsewhere")).unwrap(), Status::Absent);
}

#[test]
fn nothing_stored_holds_the_port() {
    let mut bench = Bench::new();
    bench.demo();
    bench.open();
    let port = bench.endpoint().rsplit(':').next().unwrap().to_owned();
    bench.stop();
    let journal = std::fs::read_to_string(bench.data().join("journal.jsonl")).unwrap();
    assert!(!journal.contains(&format!(":{port}")), "{journal}");
}

#[test]
fn reset_empties_a_sandboxs_directory_and_no_other() {
    let mut bench = Bench::new();
    bench.demo();
    bench.stop();
    std::fs::write(bench.data().join("notes.txt"), "mine").unwrap();
    reset(&bench.data()).unwrap();
    assert_eq!(std::fs::read_to_string(bench.data().join("notes.txt")).unwrap(), "mine");
    assert_eq!(status(&bench.data()).unwrap(), Status::Absent);
    bench.start();
    assert_eq!(bench.codecommit("ListRepositories", json!({})).unwrap()["repositories"], json!([]));
    let other = bench.data().parent().unwrap().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("file"), "mine").unwrap();
    assert!(reset(&other).unwrap_err().to_string().contains("not a sandbox's data directory"));
    assert!(other.join("file").exists());
}
