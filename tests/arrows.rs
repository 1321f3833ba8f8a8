//! The arrows of the house: which room may import which. Everything that is not listed is refused.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// Room → the rooms that it may import, as `engine/README.md` draws them.
const ARROWS: [(&str, &[&str]); 10] = [
    ("gated-core", &[]),
    ("gated-asl", &[]),
    ("gated-runner", &[]),
    ("gated-policy", &["gated-core"]),
    ("gated-results", &["gated-core"]),
    ("gated-render", &["gated-core", "gated-policy", "gated-results"]),
    ("gated-aws", &["gated-core", "gated-render"]),
    ("gated-sandbox", &["gated-asl", "gated-runner"]),
    ("gated-lambda", &["gated-core", "gated-policy", "gated-results", "gated-render", "gated-aws"]),
    (
        "gated",
        &[
            "gated-asl",
            "gated-aws",
            "gated-core",
            "gated-lambda",
            "gated-policy",
            "gated-render",
            "gated-results",
            "gated-runner",
            "gated-sandbox",
        ],
    ),
];

/// Rooms whose tests stay instant: no AWS SDK, no async runtime.
const PURE: [&str; 5] = ["gated-core", "gated-policy", "gated-results", "gated-render", "gated-asl"];

fn metadata() -> Value {
    // Of this platform alone: what was built here is on this machine, other platforms' crates may not be.
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", "host-tuple"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Package → names of what it depends on at run time.
fn dependencies(metadata: &Value) -> BTreeMap<String, Vec<String>> {
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let names = package["dependencies"].as_array().unwrap().iter();
            let names = names.filter(|d| d["kind"].is_null()).map(|d| d["name"].as_str().unwrap().to_owned());
            (package["name"].as_str().unwrap().to_owned(), names.collect())
        })
        .collect()
}

#[test]
fn no_room_imports_another_against_an_arrow() {
    let all = dependencies(&metadata());
    let rooms: Vec<&String> = all.keys().filter(|name| *name == "gated" || name.starts_with("gated-")).collect();
    assert_eq!(rooms.len(), ARROWS.len(), "a room is missing from the arrows, or from the house: {rooms:?}");
    for (room, allowed) in ARROWS {
        for dependency in all[room].iter().filter(|name| name.starts_with("gated")) {
            assert!(allowed.contains(&dependency.as_str()), "{room} imports {dependency}: no arrow leads there");
        }
    }
}

#[test]
fn the_pure_rooms_never_reach_an_aws_sdk_or_an_async_runtime() {
    let metadata = metadata();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let name = |id: &str| -> String {
        let packages = metadata["packages"].as_array().unwrap();
        packages.iter().find(|p| p["id"] == id).unwrap()["name"].as_str().unwrap().to_owned()
    };
    let reached_by = |room: &str| -> Vec<String> {
        let start = nodes.iter().map(|n| n["id"].as_str().unwrap()).find(|id| name(id) == room).unwrap();
        let (mut seen, mut todo) = (vec![start], vec![start]);
        while let Some(id) = todo.pop() {
            let node = nodes.iter().find(|n| n["id"] == id).unwrap();
            for dependency in node["deps"].as_array().unwrap() {
                let normal = dependency["dep_kinds"].as_array().unwrap().iter().any(|k| k["kind"].is_null());
                let id = dependency["pkg"].as_str().unwrap();
                if normal && !seen.contains(&id) {
                    seen.push(id);
                    todo.push(id);
                }
            }
        }
        seen.into_iter().map(name).collect()
    };
    for room in PURE {
        for reached in reached_by(room) {
            assert!(reached != "tokio" && !reached.starts_with("aws-"), "{room} reaches {reached}");
        }
    }
}
