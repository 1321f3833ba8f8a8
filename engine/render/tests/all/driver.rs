//! The driver runs stages as the policy language promises, and its record never tells better than what happened.

use gated_core::decision::{PlannedContainer, StageAction};
use gated_core::measured::StageOutcome::{Failed, Interrupted, NotRun, Passed, TimedOut};
use gated_core::names::sha256_hex;
use gated_core::policy::{FailOn, Scan};
use gated_core::units::Seconds;
use gated_render::{DIGEST, DIGESTS};

use crate::harness::{BUILD_ID, Checkout, build_commands, entries};
use crate::sample::{decision, report, stage};

#[test]
fn a_green_build_succeeds_and_records_every_stage_once_in_order() {
    let checkout = Checkout::of(&[]);
    let built = checkout.build(&decision(vec![stage("lint", &["true"]), stage("test", &["echo one", "echo two"])]));
    assert!(built.succeeded, "{}", built.log);
    assert_eq!(built.outcomes(), [("lint", Passed), ("test", Passed)]);
    assert_eq!((built.record.version, built.record.build.as_str(), &built.record.setup), (2, BUILD_ID, &None));
    assert_eq!((built.run("test").exit, built.run("test").attempts), (0, 1));
    assert!(built.record.began > 0);
    assert_eq!(entries(&checkout.out()), ["record.json", "reports", "sha256sums"]);
    let wanted = "==> stage test\n$ echo one\none\n$ echo two\ntwo\n==> stage test: passed (exit 0, ";
    assert!(built.log.contains(wanted), "{}", built.log);
}

#[test]
fn a_failed_stage_fails_the_build_and_the_other_stages_still_run() {
    let built =
        Checkout::of(&[]).build(&decision(vec![stage("lint", &["exit 3", "echo never"]), stage("test", &["true"])]));
    assert!(!built.succeeded);
    assert_eq!(built.outcomes(), [("lint", Failed), ("test", Passed)]);
    assert_eq!(built.run("lint").exit, 3);
    assert!(!built.log.contains("\nnever"));
}

#[test]
fn an_advisory_stage_that_fails_does_not_fail_the_build() {
    let mut lint = stage("lint", &["false"]);
    lint.required = false;
    let mut decision = decision(vec![lint, stage("test", &["true"])]);
    decision.fail_fast = true;
    let built = Checkout::of(&[]).build(&decision);
    assert!(built.succeeded, "{}", built.log);
    assert_eq!(built.outcomes(), [("lint", Failed), ("test", Passed)]);
}

#[test]
fn a_retry_runs_a_failed_stage_once_more_and_only_once() {
    let mut flaky = stage("flaky", &["test -e ../flag || { touch ../flag; sleep 0.05; exit 1; }"]);
    let mut red = stage("red", &["echo x >>../tries; exit 1"]);
    (flaky.retry, red.retry) = (1, 1);
    let built = Checkout::of(&[]).build(&decision(vec![flaky, red]));
    assert_eq!(built.outcomes(), [("flaky", Passed), ("red", Failed)]);
    assert_eq!((built.run("flaky").attempts, built.run("red").attempts), (2, 2));
    let (last, all) = (built.run("flaky").last_milliseconds.unwrap(), built.run("flaky").milliseconds);
    assert!(last + 50 <= all, "{last} ms of {all} ms");
}

#[test]
fn a_stage_that_runs_out_of_time_is_ended_with_everything_it_started() {
    let mut slow = stage("slow", &["sleep 1000 & sleep 1000"]);
    slow.timeout = Some(Seconds(1));
    let built = Checkout::of(&[]).build(&decision(vec![slow, stage("test", &["true"])]));
    assert!(!built.succeeded);
    assert_eq!(built.outcomes(), [("slow", TimedOut), ("test", Passed)]);
}

#[test]
fn fail_fast_leaves_the_rest_unrun_after_a_required_failure() {
    let mut decision = decision(vec![stage("lint", &["false"]), stage("test", &["true"])]);
    decision.fail_fast = true;
    let built = Checkout::of(&[]).build(&decision);
    assert_eq!(built.outcomes(), [("lint", Failed), ("test", NotRun)]);
    assert_eq!(built.run("test").attempts, 0);
}

#[test]
fn an_injected_stage_that_fails_ends_the_build_at_once() {
    let built = Checkout::of(&[]).build(&decision(vec![stage("gated-licence", &["false"]), stage("test", &["true"])]));
    assert!(!built.succeeded);
    assert_eq!(built.outcomes(), [("gated-licence", Failed), ("test", NotRun)]);
}

#[test]
fn a_failed_setup_leaves_every_stage_unrun() {
    let mut decision = decision(vec![stage("test", &["true"])]);
    decision.setup = vec!["echo preparing".into(), "false".into()];
    let built = Checkout::of(&[]).build(&decision);
    assert!(!built.succeeded);
    assert_eq!(built.record.setup.as_ref().unwrap().outcome, Failed);
    assert_eq!(built.outcomes(), [("test", NotRun)]);
    assert_eq!(built.record.began, 0);
}

#[test]
fn an_unbalanced_quote_swallows_neither_the_next_command_nor_the_next_stage() {
    let stages = vec![stage("open", &["echo 'never closed", "echo reached"]), stage("test", &["echo fine"])];
    let built = Checkout::of(&[]).build(&decision(stages));
    assert_eq!(built.outcomes(), [("open", Failed), ("test", Passed)]);
    assert!(!built.log.contains("\nreached"), "{}", built.log);
}

#[test]
fn a_stage_can_neither_leave_the_driver_nor_kill_it_by_its_parent() {
    let mut stopped = stage("stopped", &["kill -STOP $$"]);
    stopped.timeout = Some(Seconds(1));
    let stages = vec![
        stage("exit", &["exit 0", "false"]),
        stage("killed", &["kill -9 $$"]),
        stage("parent", &["kill -9 $PPID; sleep 1000"]),
        stopped,
        stage("trap", &["trap 'exit 0' EXIT; false"]),
        stage("test", &["true"]),
    ];
    let built = Checkout::of(&[]).build(&decision(stages));
    assert!(!built.succeeded);
    let outcomes = built.outcomes();
    assert_eq!(outcomes[1..4], [("killed", Failed), ("parent", Failed), ("stopped", TimedOut)]);
    assert_eq!(outcomes[5], ("test", Passed));
}

#[test]
fn what_a_stage_leaves_in_the_background_neither_holds_the_build_nor_survives_it() {
    let stages = vec![
        stage("server", &["sleep 1000 & echo $! >../pid"]),
        // A killed process may be a zombie for a while.
        stage("test", &["! grep -qs '^State:.[RSDT]' \"/proc/$(cat ../pid)/status\""]),
    ];
    let built = Checkout::of(&[]).build(&decision(stages));
    assert_eq!(built.outcomes(), [("server", Passed), ("test", Passed)], "{}", built.log);
}

#[test]
fn a_process_that_leaves_its_group_cannot_hold_the_build_by_its_output() {
    let stages = vec![
        stage("daemon", &["setsid sleep 1000 & echo $! >../pid; echo started"]),
        stage("survived", &["kill -KILL \"$(cat ../pid)\""]),
    ];
    let built = Checkout::of(&[]).build(&decision(stages));
    assert_eq!(built.outcomes(), [("daemon", Passed), ("survived", Passed)], "{}", built.log);
    assert!(built.log.contains("\nstarted\n"), "{}", built.log);
}

#[test]
fn a_stage_that_ends_what_reads_its_output_neither_ends_the_build_nor_silences_the_next() {
    let vandal = [
        "driver=$(awk '/^PPid:/ {print $2}' /proc/$PPID/status)",
        "for pid in $(cat /proc/$driver/task/*/children); do test $(cat /proc/$pid/comm) != cat || kill -KILL $pid; done",
        "while echo spam; do :; done",
    ];
    let built = Checkout::of(&[]).build(&decision(vec![stage("vandal", &vandal), stage("test", &["echo heard"])]));
    assert_eq!(built.outcomes(), [("vandal", Failed), ("test", Passed)], "{}", built.log);
    assert!(built.log.contains("\nheard\n==> stage test: passed"), "{}", built.log);
}

#[test]
fn a_build_that_is_asked_to_end_still_says_how_far_it_came() {
    // The driver is the parent of the process that stands before the stage.
    let ask = "kill -TERM \"$(awk '/^PPid:/ {print $2}' /proc/$PPID/status)\"; trap 'echo last words; exit 1' TERM; \
               kill -TERM $$; sleep 1000";
    let mut red = stage("long", &[ask]);
    red.retry = 1;
    let built = Checkout::of(&[]).build(&decision(vec![stage("lint", &["true"]), red, stage("test", &["true"])]));
    assert!(!built.succeeded);
    assert_eq!(built.outcomes(), [("lint", Passed), ("long", Interrupted), ("test", NotRun)], "{}", built.log);
    assert_eq!((built.run("long").attempts, built.run("test").attempts), (1, 0));
    assert!(built.log.contains("\nlast words\n==> stage long: interrupted"), "{}", built.log);
    assert!(built.log.contains("==> stage test\nnot run: the build was interrupted\n"), "{}", built.log);
    assert!(!built.log.contains("gated_script"), "bash's own words about a job that ended: {}", built.log);
}

#[test]
fn what_the_driver_says_stands_in_the_order_in_which_it_happened() {
    let stages: Vec<_> = ["a", "b"].map(|name| stage(name, &[&format!("seq 20000 | sed s/^/{name}/")])).to_vec();
    let built = Checkout::of(&[]).build(&decision(stages));
    let at = |text: &str| built.log.find(text).unwrap_or_else(|| panic!("{text}"));
    let wanted = [
        "==> stage a\n",
        "\na1\n",
        "\na20000\n==> stage a: passed",
        "\n==> stage b\n",
        "\nb20000\n==> stage b: passed",
    ];
    assert!(wanted.map(at).is_sorted());
}

#[test]
fn one_stage_is_one_shell_and_the_next_begins_clean() {
    let stages = vec![
        stage("first", &["cd sub; export X=1; set -- a b", "test \"$X\" = 1; test -e here; shopt -s nullglob"]),
        stage("second", &["test -z \"${X-}\"; test -e sub/here"]),
        stage("strict", &["echo \"$UNSET_VARIABLE\""]),
        stage("pipes", &["false | true"]),
    ];
    let built = Checkout::of(&[("sub/here", "")]).build(&decision(stages));
    assert_eq!(built.outcomes(), [("first", Passed), ("second", Passed), ("strict", Failed), ("pipes", Failed)]);
}

#[test]
fn a_stage_runs_in_its_directory_and_a_missing_one_fails_it() {
    let in_dir = |name: &str, dir: &str| {
        let mut stage = stage(name, &["test -e here"]);
        stage.dir = dir.to_owned();
        stage
    };
    let checkout = Checkout::of(&[("services/a b/here", ""), ("-x/here", "")]);
    let stages = vec![in_dir("spaces", "services/a b"), in_dir("dash", "-x"), in_dir("missing", "nowhere")];
    assert_eq!(
        checkout.build(&decision(stages)).outcomes(),
        [("spaces", Passed), ("dash", Passed), ("missing", Failed)]
    );
}

#[test]
fn stages_see_no_variable_of_the_driver_and_no_input() {
    let stages = vec![stage("env", &["! env | grep -i '^gated_'", "! read -r line", "test ! -t 0"])];
    let built = Checkout::of(&[]).build(&decision(stages));
    assert!(built.succeeded, "{}", built.log);
}

#[test]
fn hostile_commands_reach_the_stage_as_they_were_written() {
    let texts = [
        "it's \"$(echo no)\" `id`",
        "GATED_00000000",
        "tab\there\r",
        "emoji 🦀 \u{2028} \u{85}",
        "NO",
        "\\ & | ; <<EOF",
    ];
    let compare = |text: &&str| {
        format!("cat >../got <<'E'\n{text}\nE\nprintf '%s\\n' '{}' | cmp - ../got", text.replace('\'', r"'\''"))
    };
    let run: Vec<String> = texts.iter().map(compare).collect();
    let run: Vec<&str> = run.iter().map(String::as_str).collect();
    let built = Checkout::of(&[]).build(&decision(vec![stage("text", &run)]));
    assert!(built.succeeded, "{}", built.log);
}

#[test]
fn the_gate_holds_in_a_shell_that_exports_everything_and_ends_on_errors() {
    let checkout = Checkout::of(&[]);
    let built = decision(vec![stage("test", &["! env | grep -i '^gated_'"]), stage("red", &["false"])]);
    let text = format!("set -aeu\n{}\necho reached", build_commands(&built).join("\n"));
    let output = std::process::Command::new("bash")
        .args(["-c", &text])
        .env("CODEBUILD_SRC_DIR", checkout.path())
        .env("CODEBUILD_BUILD_ID", BUILD_ID)
        .output()
        .unwrap();
    assert!(!output.status.success());
    let record = std::fs::read_to_string(checkout.out().join("record.json")).unwrap();
    assert!(record.contains(r#"{"name":"test","outcome":"passed""#), "{record}");
}

#[test]
fn a_build_tells_the_digest_of_a_list_of_all_that_it_leaves_whether_it_passed_or_not() {
    for command in ["mkdir out; echo a >out/a.xml; echo b >out/b.xml", "echo a >a.xml; false", "true"] {
        let checkout = Checkout::of(&[]);
        let mut test = stage("test", &[command]);
        test.reports = vec![report(&["**/*.xml"])];
        let text = build_commands(&decision(vec![test])).join("\n");
        let built = checkout.run(&format!("{text}\ncode=$?; printenv {DIGEST} >../told; exit $code"));
        assert_eq!(built.succeeded, !command.contains("false"), "{}", built.log);
        let list = std::fs::read(checkout.out().join(DIGESTS)).unwrap();
        let told = std::fs::read_to_string(checkout.out().with_file_name("told")).unwrap();
        assert_eq!(told, format!("{}\n", sha256_hex(&list)));
        let reports = built.record.reports.iter().map(|report| report.stored.clone());
        let line =
            |file: String| format!("{}  {file}\n", sha256_hex(&std::fs::read(checkout.out().join(&file)).unwrap()));
        let wanted: String = std::iter::once("record.json".to_owned()).chain(reports).map(line).collect();
        assert_eq!(String::from_utf8(list).unwrap(), wanted);
    }
}

#[test]
fn an_image_without_sha256sum_tells_no_digest_and_says_what_is_missing() {
    let checkout = Checkout::of(&[]);
    let missing = [("sha256sum", "exec sha256sum-is-not-there")];
    let mut test = decision(vec![stage("test", &["true"])]);
    let built = checkout.build_with(&test, &missing, &[]);
    let says = "gated: the image has no sha256sum: the gate takes nothing from it";
    assert!(built.succeeded && built.log.contains(says), "a local run goes on without: {}", built.log);
    test.stages[0].run = vec!["false".into()];
    assert!(!Checkout::of(&[]).build_with(&test, &missing, &[]).succeeded);
}

fn with_image(dockerfile: &str) -> gated_core::decision::Decision {
    let mut decision = decision(vec![stage("test", &["true"])]);
    decision.container = Some(PlannedContainer {
        action: StageAction::Run,
        reason: String::new(),
        dockerfile: dockerfile.into(),
        context: ".".into(),
        fail_on: FailOn::High,
        scan: Scan::default(),
    });
    decision
}

/// Writes down how it was called, and what a login was told.
const DOCKER: &str = r#"echo "$*" >>"$TOOLS/calls"
case $1 in
login) cat >"$TOOLS/password" ;;
image) printf 'elsewhere.example/gated@sha256:0\nregistry.example/team/gated@sha256:abc\n\n' ;;
esac"#;
const PUSHING: [(&str, &str); 3] = [
    ("GATED_IMAGE_REPOSITORY", "registry.example/team/gated"),
    ("GATED_PULL_REQUEST", "42"),
    ("GATED_SOURCE_COMMIT", "0123456789abcdef0123456789abcdef01234567"),
];

#[test]
fn the_image_is_pushed_and_its_digest_recorded_and_no_command_line_holds_the_password() {
    let (checkout, decision) = (Checkout::of(&[]), with_image("Dockerfile"));
    let built = checkout.build_with(&decision, &[("docker", DOCKER), ("aws", "echo hush-hush")], &PUSHING);
    assert!(built.succeeded, "{}", built.log);
    let image = built.record.image.unwrap();
    assert_eq!((image.repository.as_str(), image.digest.as_str()), ("registry.example/team/gated", "sha256:abc"));
    let commit = gated_core::names::CommitId::new(PUSHING[2].1).unwrap();
    assert_eq!(image.tag, gated_core::scan::image_tag(&decision.change.pull_request, &commit, BUILD_ID));
    let tools = checkout.out().with_file_name("tools");
    let calls = std::fs::read_to_string(tools.join("calls")).unwrap();
    assert!(calls.contains("login --username AWS --password-stdin registry.example\n"), "{calls}");
    assert!(calls.contains(&format!("push registry.example/team/gated:{}\n", image.tag)), "{calls}");
    assert!(!calls.contains("hush-hush") && !built.log.contains("hush-hush"), "{calls}{}", built.log);
    assert_eq!(std::fs::read_to_string(tools.join("password")).unwrap(), "hush-hush\n");
}

#[test]
fn an_image_that_cannot_be_pushed_fails_its_step_and_is_not_recorded() {
    for (docker, aws) in [("[ $1 != push ]", "echo secret"), ("[ $1 != build ]", "echo secret"), ("true", "exit 1")] {
        let built =
            Checkout::of(&[]).build_with(&with_image("Dockerfile"), &[("docker", docker), ("aws", aws)], &PUSHING);
        assert!(!built.succeeded, "{}", built.log);
        assert_eq!((built.run("container").outcome, &built.record.image), (Failed, &None), "{}", built.log);
    }
}

#[test]
fn without_a_repository_the_image_is_built_and_not_pushed() {
    let built = Checkout::of(&[]).build_with(&with_image("Dockerfile"), &[("docker", "[ $1 = build ]")], &[]);
    assert_eq!((built.run("container").outcome, &built.record.image), (Passed, &None), "{}", built.log);
}

#[test]
fn the_container_is_the_last_step_and_gets_paths_that_are_no_options() {
    let decision = with_image("-f it's");
    let commands = build_commands(&decision).join("\n");
    assert!(commands.contains(r#"docker build --tag "$image" --file './-f it'\''s' ./."#), "{commands}");
    let (before, _) = commands.split_once("docker build").unwrap();
    assert!(before.contains("docker login"), "an image may be built from one of the same registry: {commands}");
    let built = Checkout::of(&[]).build(&decision);
    assert_eq!(built.outcomes()[0], ("test", Passed));
    assert_eq!(built.outcomes()[1].0, "container");
}
