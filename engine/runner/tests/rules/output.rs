//! What reaches the log, and in which order.

use gated_runner::{BuildStatus, MAX_LINE};

use crate::support::Bench;

#[tokio::test]
async fn standard_output_and_standard_error_are_logged_in_the_order_in_which_they_were_written() {
    let spec = r#"
version: 0.2
phases: {build: {commands: ['for i in 1 2 3 4 5 6 7 8 9; do echo "> out $i"; echo "> err $i" >&2; done']}}
"#;
    let (_, heard) = Bench::new().run(spec).await;
    let expected: Vec<String> = (1..=9).flat_map(|i| [format!("out {i}"), format!("err {i}")]).collect();
    assert_eq!(heard.output(), expected);
}

#[tokio::test]
async fn output_of_a_command_is_logged_before_the_line_that_follows_it() {
    let spec = r#"
version: 0.2
phases: {build: {commands: ['seq 1 20000; printf end', 'false']}}
"#;
    let (_, heard) = Bench::new().run(spec).await;
    let at = |wanted: &str| heard.lines.iter().position(|line| line == wanted.as_bytes());
    let next = heard.lines.iter().position(|line| line.ends_with(b"Running command false"));
    assert!(at("20000").is_some() && at("20000") < at("end") && at("end") < next, "{:?}", at("end"));
}

#[tokio::test]
async fn ten_megabytes_on_one_line_arrive_in_bounded_pieces() {
    let spec = "{version: 0.2, phases: {build: {commands: [\"head -c 10485760 /dev/zero | tr '\\\\0' x; echo\"]}}}";
    let (outcome, heard) = Bench::new().run(spec).await;
    assert_eq!(outcome.status, BuildStatus::Succeeded, "{}", heard.lines.len());
    assert!(heard.lines.iter().all(|line| line.len() <= MAX_LINE));
    let written: usize = heard.lines.iter().filter(|line| line.starts_with(b"x")).map(Vec::len).sum();
    assert_eq!(written, 10 * 1024 * 1024);
}

#[tokio::test]
async fn bytes_that_are_not_utf_8_arrive_as_they_are() {
    let spec = "{version: 0.2, phases: {build: {commands: [\"printf '\\\\377\\\\000\\\\376\\\\n'\"]}}}";
    let (_, heard) = Bench::new().run(spec).await;
    assert!(heard.lines.contains(&vec![0xff, 0, 0xfe]), "{}", heard.log());
}

#[tokio::test]
async fn secrets_never_appear_in_the_log() {
    let mut bench = Bench::new();
    bench.build.resolved.insert("KEY".to_owned(), "s3cr3t".to_owned());
    bench.build.masked.push("other-secret".to_owned());
    let spec = r#"
version: 0.2
env: {secrets-manager: {KEY: app}}
phases: {build: {commands: ['echo "> $KEY"', 'printf s3c; sleep 0; printf r3t', 'echo other-secret; exit 1']}}
"#;
    let (outcome, heard) = bench.run(spec).await;
    assert_eq!(heard.output(), ["***"]);
    assert_eq!(outcome.status, BuildStatus::Failed);
    assert!(!heard.log().contains("s3cr3t") && !heard.log().contains("other-secret"), "{}", heard.log());
    assert!(
        outcome
            .phases
            .iter()
            .flat_map(|phase| &phase.contexts)
            .all(|context| !context.message.contains("other-secret"))
    );
}

#[tokio::test]
async fn runtime_versions_are_accepted_and_named_in_the_log() {
    let spec = "{version: 0.2, phases: {install: {runtime-versions: {nodejs: 18.x}}}}";
    let (outcome, heard) = Bench::new().run(spec).await;
    assert_eq!(outcome.status, BuildStatus::Succeeded);
    assert!(heard.log().contains("nodejs 18.x"), "{}", heard.log());
}
