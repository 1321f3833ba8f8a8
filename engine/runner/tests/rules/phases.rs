use gated_runner::BuildStatus;

use crate::support::Bench;

#[tokio::test]
async fn state_of_the_shell_survives_from_one_command_and_phase_to_the_next() {
    let bench = Bench::new();
    let (outcome, heard) = bench
        .run(
            r#"
version: 0.2
phases:
  install:
    commands:
      - mkdir -p sub && cd sub
      - export EXPORTED=1; plain=2
      - "greet() { echo \"> hello $1\"; }"
  build:
    commands:
      - 'echo "> $EXPORTED $plain ${PWD##*/}"'
      - greet you
"#,
        )
        .await;
    assert_eq!(outcome.status, BuildStatus::Succeeded, "{}", heard.log());
    assert_eq!(heard.output(), ["1 2 sub", "hello you"]);
    assert_eq!(heard.shells.len(), 1);
}
