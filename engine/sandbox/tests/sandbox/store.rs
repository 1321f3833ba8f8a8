//! The data directory: who may use it, what another version's looks like, how it is emptied.

use gated_sandbox::{Status, reset, status};
use serde_json::json;

use crate::client::Bench;

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
