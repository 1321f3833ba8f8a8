//! The verdict: fail, error, waiting, pass, the first that applies, and never a pass by falling through.

use gated_core::decision::Decision;
use gated_core::measured::{BuildStatus, StageOutcome};
use gated_core::verdict::{Evidence, FailureClass, State, VerdictKind};
use gated_core::{judge, superseded};
use serde_json::json;

use crate::support::evidence::*;
use crate::support::*;

fn tested() -> Decision {
    let junit = json!([{"format": "junit", "files": ["junit.xml"], "root": null}]);
    plan(json!({"stages": [stage("lint"), stage_with("test", json!({"reports": junit}))]}))
}

#[test]
fn everything_green_passes() {
    let verdict = judged(&tested(), |_| {});
    assert_eq!((verdict.kind, verdict.class), (VerdictKind::Pass, None));
    assert!(verdict.requirements.iter().all(|it| it.state == State::Passed));
}

#[test]
fn a_failed_stage_fails_and_tells_its_failing_cases() {
    let decision = tested();
    let verdict = judged(&decision, |evidence| {
        fail(evidence, "test");
        evidence.measured.reports[0].tests = Some(two_failures());
    });
    assert_eq!((verdict.kind, verdict.class), (VerdictKind::Fail, Some(FailureClass::Code)));
    assert_eq!(state(&verdict, "build"), State::Passed, "the build is not a second failure");
    let tests = requirement(&verdict, "tests/test/0");
    assert_eq!(tests.state, State::Failed);
    assert_eq!(tests.details, ["suite › adds: 1 is not 2 (src/a.rs:12)", "suite › takes"]);
    assert!(!tests.reason.contains("hid"));
}

#[test]
fn failed_cases_under_a_green_exit_fail_and_the_reason_says_that_the_exit_code_hid_them() {
    let verdict = judged(&tested(), |evidence| evidence.measured.reports[0].tests = Some(two_failures()));
    assert_eq!(verdict.kind, VerdictKind::Fail);
    assert_eq!(state(&verdict, "stage/test"), State::Passed);
    assert!(requirement(&verdict, "tests/test/0").reason.contains("exit code hid them"));
}

#[test]
fn a_compile_failure_without_a_report_is_one_failure_of_the_stage() {
    let verdict = judged(&tested(), |evidence| {
        fail(evidence, "test");
        evidence.measured.reports[0].faults = vec!["missing".to_owned()];
        evidence.measured.reports[0].tests = None;
    });
    assert_eq!(verdict.kind, VerdictKind::Fail);
    assert!(verdict.headline.starts_with("stage test: exit code 1"), "{}", verdict.headline);
    assert_eq!(state(&verdict, "tests/test/0"), State::NotRun);
}

#[test]
fn a_report_that_is_faulty_or_not_measured_or_without_cases_is_an_error() {
    for change in [
        (|evidence| evidence.measured.reports[0].faults = vec!["truncated".to_owned()]) as fn(&mut Evidence),
        |evidence| evidence.measured.reports.clear(),
        |evidence| evidence.measured.reports[0].tests = None,
        |evidence| evidence.measured.reports[0].tests = Some(Default::default()),
        |evidence| evidence.measured.reports[0].report = 5,
        |evidence| evidence.measured.reports[0].format = gated_core::policy::ReportFormat::Trx,
    ] {
        let verdict = judged(&tested(), change);
        assert_eq!((verdict.kind, verdict.class), (VerdictKind::Error, Some(FailureClass::Report)));
        assert_eq!(state(&verdict, "tests/test/0"), State::Error);
    }
}

#[test]
fn several_faults_of_a_report_are_told_a_line_each_beside_the_cases_that_failed() {
    let verdict = judged(&tested(), |evidence| {
        let report = &mut evidence.measured.reports[0];
        report.faults = ["a.xml: the file is empty", "b.xml: the file is empty"].map(str::to_owned).to_vec();
        report.tests = Some(two_failures());
    });
    let tests = requirement(&verdict, "tests/test/0");
    assert_eq!((tests.state, tests.reason.as_str()), (State::Error, "a.xml: the file is empty (and 1 more)"));
    assert_eq!((tests.details[0].as_str(), tests.details.len()), ("b.xml: the file is empty", 3));
}

#[test]
fn a_pass_needs_a_succeeded_build() {
    let class = |status, phase: &str, code: &str| {
        let verdict = judged(&tested(), |evidence| end(evidence, status, phase, code));
        assert_ne!(verdict.kind, VerdictKind::Pass, "{status:?}");
        (verdict.kind, verdict.class.unwrap())
    };
    use BuildStatus::{Failed, Fault, InProgress, NotStarted, Stopped, TimedOut};
    use FailureClass::{Infrastructure, Interrupted, Policy, Report, Timeout};
    use VerdictKind::{Error, Fail};
    assert_eq!(class(Fault, "BUILD", "x"), (Error, Infrastructure));
    assert_eq!(class(NotStarted, "StartBuild", "AccountLimitExceededException"), (Error, Infrastructure));
    assert_eq!(class(NotStarted, "StartBuild", "ThrottlingException"), (Error, Infrastructure));
    assert_eq!(class(NotStarted, "RENDER", "TooLong"), (Error, Policy), "it would be too long again");
    assert_eq!(class(InProgress, "BUILD", "x"), (Error, Infrastructure));
    assert_eq!(class(Stopped, "BUILD", "x"), (Error, Interrupted));
    assert_eq!(class(TimedOut, "BUILD", "x"), (Fail, Timeout));
    assert_eq!(class(TimedOut, "QUEUED", "x"), (Error, Infrastructure));
    assert_eq!(class(Failed, "DOWNLOAD_SOURCE", "CLIENT_ERROR"), (Error, Infrastructure));
    assert_eq!(class(Failed, "PROVISIONING", "BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE"), (Error, Infrastructure));
    assert_eq!(class(Failed, "DOWNLOAD_SOURCE", "YAML_FILE_ERROR"), (Error, Policy));
    assert_eq!(class(Failed, "UPLOAD_ARTIFACTS", "CLIENT_ERROR"), (Error, Infrastructure));
    assert_eq!(class(Failed, "BUILD", "COMMAND_EXECUTION_ERROR"), (Error, Report), "no stage explains it");
}

#[test]
fn a_build_that_was_stopped_tells_which_stage_ran_and_which_came_no_more() {
    let verdict = judged(&tested(), |evidence| {
        end(evidence, BuildStatus::Stopped, "BUILD", "x");
        let record = evidence.record.as_mut().unwrap();
        let last = record.stages.len() - 1;
        for run in &mut record.stages {
            (run.outcome, run.exit, run.attempts) = (StageOutcome::NotRun, -1, 0);
        }
        let run = &mut record.stages[last];
        (run.outcome, run.exit, run.milliseconds, run.attempts) = (StageOutcome::Interrupted, 143, 3200, 1);
    });
    assert_eq!((verdict.kind, verdict.class), (VerdictKind::Error, Some(FailureClass::Interrupted)));
    let stages: Vec<_> = verdict.requirements.iter().filter(|it| it.id.starts_with("stage/")).collect();
    let (last, before) = stages.split_last().unwrap();
    assert_eq!(last.reason, "interrupted: it had run for 3.2 s when the build was asked to end");
    assert_eq!(last.state, State::Error);
    for stage in before {
        assert_eq!((stage.state, stage.reason.as_str()), (State::NotRun, "the build was ended before it"));
    }
}

#[test]
fn a_parameter_or_secret_that_cannot_be_read_is_the_policys_fault_and_throttling_is_not() {
    let role = "arn:aws:sts::111122223333:assumed-role/build/AWSCodeBuild-1 is not authorized to perform";
    for (code, message, class) in [
        ("Decrypted Variables Error", "parameter does not exist: /team/token".to_owned(), FailureClass::Policy),
        (
            "Decrypted Variables Error",
            format!("AccessDeniedException: User: {role}: ssm:GetParameters on resource: x"),
            FailureClass::Policy,
        ),
        (
            "Secrets Manager Error",
            format!("AccessDeniedException: User: {role}: secretsmanager:GetSecretValue on resource: x"),
            FailureClass::Policy,
        ),
        (
            "Secrets Manager Error",
            "ResourceNotFoundException: Secrets Manager can't find the specified secret.".to_owned(),
            FailureClass::Policy,
        ),
        ("Decrypted Variables Error", "ThrottlingException: Rate exceeded".to_owned(), FailureClass::Infrastructure),
        ("CLIENT_ERROR", "the branch does not exist".to_owned(), FailureClass::Infrastructure),
    ] {
        let verdict = judged(&tested(), |evidence| {
            without_record(evidence);
            end(evidence, BuildStatus::Failed, "DOWNLOAD_SOURCE", code);
            evidence.outcome.failure.as_mut().unwrap().message = message.clone();
        });
        assert_eq!((verdict.kind, verdict.class), (VerdictKind::Error, Some(class)), "{code}: {message}");
        let reason = &requirement(&verdict, "build").reason;
        assert!(reason.contains(&message), "{reason}");
        assert_eq!(reason.contains("mend its name, create it, or allow it"), class == FailureClass::Policy, "{reason}");
    }
}

#[test]
fn an_image_that_is_not_there_is_the_policys_fault_and_a_registry_that_does_not_answer_is_not() {
    use FailureClass::{Infrastructure, Policy};
    let daemon = "Unable to pull customer's container image. CannotPullContainerError: Error response from daemon:";
    for (message, class) in [
        ("manifest for me/build:typo not found: manifest unknown: manifest unknown", Policy),
        (
            "pull access denied for 1.dkr.ecr.eu-west-1.amazonaws.com/x, repository does not exist or may require",
            Policy,
        ),
        ("Head \"https://registry-1.docker.io/v2/a/b/manifests/1\": unauthorized: incorrect username", Policy),
        ("Get \"https://registry.exmaple.com/v2/\": dial tcp: lookup registry.exmaple.com: no such host", Policy),
        ("invalid reference format", Policy),
        (
            "Get \"https://1.dkr.ecr.eu-west-1.amazonaws.com/v2/\": dial tcp: lookup 1.dkr.ecr.eu-west-1.amazonaws.com \
             on 10.0.0.2:53: no such host",
            Infrastructure,
        ),
        ("dial tcp: lookup 1.dkr.ecr.cn-north-1.amazonaws.com.cn: no such host", Infrastructure),
        ("dial tcp: lookup public.ecr.aws: no such host", Infrastructure),
        ("dial tcp: lookup registry-1.docker.io on 10.0.0.2:53: no such host", Infrastructure),
        ("dial tcp: lookup auth.docker.io: no such host", Infrastructure),
        ("dial tcp: lookup registry-1.docker.io.exmaple.com: no such host", Policy),
        ("toomanyrequests: You have reached your unauthenticated pull rate limit.", Infrastructure),
        ("Get \"https://registry-1.docker.io/v2/\": dial tcp 10.0.3.17:443: i/o timeout", Infrastructure),
        ("received unexpected HTTP status: 503 Service Unavailable", Infrastructure),
        ("Get \"https://registry-1.docker.io/v2/\": read: connection reset by peer", Infrastructure),
    ] {
        let verdict = judged(&tested(), |evidence| {
            without_record(evidence);
            end(evidence, BuildStatus::Failed, "PROVISIONING", "BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE");
            evidence.outcome.failure.as_mut().unwrap().message = format!("{daemon} {message}");
        });
        assert_eq!((verdict.kind, verdict.class), (VerdictKind::Error, Some(class)), "{message}");
        let reason = &requirement(&verdict, "build").reason;
        assert!(reason.contains(message), "{reason}");
        assert_eq!(reason.contains("mend environment.image"), class == Policy, "{reason}");
    }
}

#[test]
fn what_could_not_be_uploaded_is_infrastructure_and_what_was_never_written_is_the_builds_fault() {
    let class = |message: &str| {
        let verdict = judged(&tested(), |evidence| {
            without_record(evidence);
            end(evidence, BuildStatus::Failed, "UPLOAD_ARTIFACTS", "CLIENT_ERROR");
            evidence.outcome.failure.as_mut().unwrap().message = message.to_owned();
        });
        assert_eq!(verdict.kind, VerdictKind::Error);
        verdict.class.unwrap()
    };
    let slow = "Error in UPLOAD_ARTIFACTS phase: SlowDown: Please reduce your request rate. status code: 503";
    assert_eq!(class(slow), FailureClass::Infrastructure);
    assert_eq!(class("no matching artifact paths found"), FailureClass::Report);
    assert_eq!(class("no matching base directory path found for ../gated"), FailureClass::Report);
}

#[test]
fn a_build_that_never_reached_the_stages_tells_one_reason() {
    let verdict = judged(&tested(), |evidence| {
        without_record(evidence);
        end(evidence, BuildStatus::Failed, "PROVISIONING", "INTERNAL_SERVICE_ERROR");
    });
    assert_eq!((verdict.kind, verdict.class), (VerdictKind::Error, Some(FailureClass::Infrastructure)));
    assert!(verdict.headline.starts_with("build:"), "{}", verdict.headline);
    assert_eq!(state(&verdict, "stage/test"), State::NotRun);
    assert_eq!(state(&verdict, "tests/test/0"), State::NotRun);
}

#[test]
fn a_pass_needs_a_record_of_this_build_that_names_every_stage_once() {
    let record = |change: fn(&mut gated_core::measured::StageRecord)| {
        judged(&tested(), |evidence| change(evidence.record.as_mut().unwrap()))
    };
    for verdict in [
        judged(&tested(), without_record),
        record(|record| record.version = 0),
        record(|record| record.version = gated_core::measured::StageRecord::VERSION + 1),
        record(|record| record.build = "gated-demo-pr-8:0f0f".to_owned()),
        record(|record| record.stages.truncate(1)),
        record(|record| record.stages.push(record.stages[0].clone())),
        record(|record| record.setup = Some(record.stages[0].clone())),
    ] {
        assert_eq!((verdict.kind, verdict.class), (VerdictKind::Error, Some(FailureClass::Report)));
        assert_eq!(state(&verdict, "build"), State::Error);
    }
}

#[test]
fn an_outcome_against_the_plan_is_an_error() {
    for change in [
        (|evidence| run_of(evidence, "test").exit = 3) as fn(&mut Evidence),
        |evidence| run_of(evidence, "test").attempts = 2,
        |evidence| run_of(evidence, "test").attempts = 0,
        |evidence| run_of(evidence, "test").outcome = StageOutcome::Failed,
        |evidence| run_of(evidence, "test").outcome = StageOutcome::NotRun,
        |evidence| not_run(evidence, "test"),
    ] {
        let verdict = judged(&tested(), change);
        assert_eq!(verdict.kind, VerdictKind::Error);
        assert_eq!(state(&verdict, "stage/test"), State::Error);
    }
}

#[test]
fn a_second_try_is_told_where_the_plan_allows_it() {
    let decision = plan(json!({"stages": [stage_with("test", json!({"retry": 1}))]}));
    let verdict = judged(&decision, |evidence| run_of(evidence, "test").attempts = 2);
    assert_eq!(verdict.kind, VerdictKind::Pass);
    let stage = requirement(&verdict, "stage/test");
    assert!(stage.flaky && stage.reason.starts_with("flaky: failed at first, and passed in try 2"), "{stage:?}");
    assert!(verdict.headline.ends_with(", 1 flaky"), "{}", verdict.headline);
    let steady = judged(&decision, |_| {});
    assert!(!requirement(&steady, "stage/test").flaky && !steady.headline.contains("flaky"));
}

#[test]
fn flaky_cases_are_counted_and_named() {
    let verdict = judged(&tested(), |evidence| {
        let report = &mut evidence.measured.reports[0];
        report.tests.as_mut().unwrap().flaky = 2;
        report.notes = vec!["flaky cases, which passed only when run again: 2 (a, b)".to_owned()];
    });
    let tests = requirement(&verdict, "tests/test/0");
    assert_eq!((tests.reason.as_str(), tests.flaky), ("10 passed (2 of them flaky), 0 skipped", true));
    assert!(tests.details[0].ends_with("2 (a, b)"));
}

#[test]
fn after_a_failed_setup_the_stages_are_not_run_and_one_reason_is_told() {
    let decision = plan(json!({"setup": ["npm ci"], "stages": [stage("lint"), stage("test")]}));
    let verdict = judged(&decision, |evidence| {
        not_run(evidence, "lint");
        not_run(evidence, "test");
        let setup = evidence.record.as_mut().unwrap().setup.as_mut().unwrap();
        (setup.outcome, setup.exit) = (StageOutcome::Failed, 1);
        end(evidence, BuildStatus::Failed, "BUILD", "COMMAND_EXECUTION_ERROR");
    });
    assert_eq!(verdict.kind, VerdictKind::Fail);
    assert_eq!(verdict.headline, "setup: exit code 1 after 5.0 s");
    assert_eq!(state(&verdict, "stage/test"), State::NotRun);
    assert_eq!(requirement(&verdict, "stage/test").reason, "setup failed");
}

#[test]
fn a_stage_that_fail_fast_left_unrun_never_counts_as_passed() {
    let decision = plan(json!({"gate": {"fail-fast": true}, "stages": [stage("lint"), stage("test")]}));
    let verdict = judged(&decision, |evidence| {
        fail(evidence, "lint");
        not_run(evidence, "test");
    });
    assert_eq!(verdict.kind, VerdictKind::Fail);
    assert_eq!(state(&verdict, "stage/test"), State::NotRun);
    let advisory = plan(json!({
        "gate": {"fail-fast": true},
        "stages": [stage_with("lint", json!({"required": false})), stage("test")],
    }));
    let verdict = judged(&advisory, |evidence| {
        fail(evidence, "lint");
        not_run(evidence, "test");
    });
    assert_eq!(state(&verdict, "stage/test"), State::Error, "an advisory failure never triggers fail-fast");
}

#[test]
fn an_advisory_failure_is_shown_and_never_blocks() {
    let decision = plan(json!({"stages": [stage("test"), stage_with("lint", json!({"required": false}))]}));
    let verdict = judged(&decision, |evidence| {
        let run = run_of(evidence, "lint");
        (run.outcome, run.exit) = (StageOutcome::Failed, 1);
    });
    assert_eq!(verdict.kind, VerdictKind::Pass);
    assert_eq!(state(&verdict, "stage/lint"), State::Failed);
    assert!(!requirement(&verdict, "stage/lint").required);
    assert!(verdict.headline.contains("1 advisory"), "{}", verdict.headline);
}

#[test]
fn a_stage_that_ran_out_of_time_is_a_time_out_and_a_too_quick_green_is_an_error() {
    let verdict = judged(&tested(), |evidence| {
        fail(evidence, "test");
        run_of(evidence, "test").outcome = StageOutcome::TimedOut;
    });
    assert_eq!((verdict.kind, verdict.class), (VerdictKind::Fail, Some(FailureClass::Timeout)));
    let decision = plan(json!({"stages": [stage_with("test", json!({"min-duration": 5}))]}));
    assert_eq!(judged(&decision, |_| {}).kind, VerdictKind::Pass);
    let verdict = judged(&decision, |evidence| run_of(evidence, "test").last_milliseconds = Some(4_999));
    assert_eq!((verdict.kind, state(&verdict, "stage/test")), (VerdictKind::Error, State::Error));
}

#[test]
fn the_least_duration_is_held_against_the_last_try_and_in_an_old_record_against_all_of_them() {
    let decision = plan(json!({"stages": [stage_with("test", json!({"min-duration": 5, "retry": 1}))]}));
    let told = |last| {
        judged(&decision, |evidence| {
            let run = run_of(evidence, "test");
            (run.attempts, run.milliseconds, run.last_milliseconds) = (2, 60_000, last);
            evidence.record.as_mut().unwrap().version = if last.is_some() { 2 } else { 1 };
        })
    };
    assert_eq!(told(Some(5_000)).kind, VerdictKind::Pass);
    assert_eq!(told(None).kind, VerdictKind::Pass);
    let quick = told(Some(40));
    assert_eq!(quick.kind, VerdictKind::Error);
    let reason = &requirement(&quick, "stage/test").reason;
    assert_eq!(reason, "it was green after 40 ms, sooner than its min-duration of 5s");
}

#[test]
fn a_failure_goes_before_an_error_and_an_error_before_waiting() {
    let old = policy(json!({"gate": {"policy-owners": [MANAGERS]}, "stages": [stage("lint"), stage("test")]}));
    let decision = decided(&old, &plain(), &facts());
    assert_eq!(judged(&decision, |_| {}).kind, VerdictKind::Waiting);
    assert_eq!(judged(&decision, without_record).kind, VerdictKind::Error);
    let verdict = judged(&decision, |evidence| {
        run_of(evidence, "lint").exit = 3;
        fail(evidence, "test");
    });
    assert_eq!(verdict.kind, VerdictKind::Fail);
    assert_eq!(state(&verdict, "owners"), State::Waiting);
}

#[test]
fn what_a_rule_left_out_is_skipped_and_what_a_condition_left_out_is_not_applicable() {
    let mut docs = stage("docs");
    docs["when"] = json!({"paths": ["docs/**"]});
    let both = policy(json!({
        "stages": [stage("lint"), cov(), docs],
        "coverage": {"line": "80", "paths": []},
        "skip": [hotfix(&["cov"])],
    }));
    let decision = decided(&both, &both, &titled("[hotfix] db"));
    let verdict = judged(&decision, |_| {});
    assert_eq!(verdict.kind, VerdictKind::Pass);
    for id in ["stage/cov", "report/cov/0", "coverage/line"] {
        assert_eq!(state(&verdict, id), State::Skipped, "{id}");
        assert!(requirement(&verdict, id).reason.contains("hotfix"), "{id}");
    }
    assert_eq!(state(&verdict, "stage/docs"), State::NotApplicable);
}

#[test]
fn the_container_is_a_stage_of_the_record() {
    let decision = plan(json!({"stages": [stage("test")], "container": {"build": true, "scan": {"fail-on": "never"}}}));
    assert_eq!(judged(&decision, |_| {}).kind, VerdictKind::Pass);
    let verdict = judged(&decision, |evidence| fail(evidence, "container"));
    assert_eq!((verdict.kind, state(&verdict, "container")), (VerdictKind::Fail, State::Failed));
    let verdict = judged(&decision, |evidence| evidence.record.as_mut().unwrap().stages.truncate(1));
    assert_eq!(verdict.kind, VerdictKind::Error);
}

#[test]
fn a_refused_decision_is_an_error_with_line_and_column() {
    let layers = layers(gated_core::layers::Found::Absent, valid(plain()), invalid());
    let verdict = judge(&gated_core::decide(&layers, &facts(), "1"), None);
    assert_eq!((verdict.kind, verdict.class), (VerdictKind::Error, Some(FailureClass::Policy)));
    assert_eq!(requirement(&verdict, "policy").details, [".gated.yml:3:5: unknown key `coverrage`"]);
}

#[test]
fn no_evidence_is_no_pass() {
    let verdict = judge(&tested(), None);
    assert_eq!((verdict.kind, verdict.class), (VerdictKind::Error, Some(FailureClass::Infrastructure)));
}

#[test]
fn a_decision_that_ran_nothing_required_never_passes_even_if_someone_forged_it() {
    let mut decision = tested();
    decision.stages.clear();
    let verdict = judged(&decision, |_| {});
    assert_eq!((verdict.kind, verdict.headline.as_str()), (VerdictKind::Error, "nothing required ran"));
}

#[test]
fn an_older_revision_is_superseded() {
    assert_eq!(superseded(&tested()).kind, VerdictKind::Superseded);
}
