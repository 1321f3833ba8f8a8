//! The driver collects the reports that a policy names, tells what a judge must know of them, and takes nothing from outside
//! the checkout.

use gated_core::decision::Decision;
use gated_core::measured::ReportFile;
use gated_core::measured::StageOutcome::{Failed, NotRun};

use crate::harness::{Built, Checkout, build_commands, entries};
use crate::sample::{decision, report, stage};

/// One stage that runs this and has a report at these globs.
fn reporting(run: &str, globs: &[&str]) -> Decision {
    let mut test = stage("test", &[run]);
    test.reports = vec![report(globs)];
    decision(vec![test])
}

fn paths(built: &Built) -> Vec<&str> {
    built.record.reports.iter().map(|file| file.path.as_str()).collect()
}

#[test]
fn a_report_is_copied_beside_the_record_with_its_size_and_time() {
    let checkout = Checkout::of(&[]);
    let built =
        checkout.build(&reporting("mkdir -p target/a; printf '<x/>' >target/a/junit.xml", &["target/**/*.xml"]));
    let [file] = built.record.reports.as_slice() else { panic!("{}", built.log) };
    let ReportFile { stage, report, path, stored, size, modified, stale, tracked } = file;
    assert_eq!(
        (stage.as_str(), *report, path.as_str(), stored.as_str()),
        ("test", 0, "target/a/junit.xml", "reports/0001")
    );
    assert_eq!((*size, *stale, *tracked), (4, Some(false), false));
    assert!(*modified + 1 >= built.record.began, "a file system stamps with a coarser clock");
    assert_eq!(std::fs::read_to_string(checkout.out().join(stored)).unwrap(), "<x/>");
    assert_eq!(entries(&checkout.out().join("reports")), ["0001"]);
}

#[test]
fn reports_are_kept_also_when_their_stage_failed() {
    let built = Checkout::of(&[]).build(&reporting("echo x >junit.xml; exit 1", &["*.xml"]));
    assert_eq!((built.run("test").outcome, paths(&built)), (Failed, vec!["junit.xml"]));
}

#[test]
fn a_stage_that_was_tried_again_reports_only_what_its_last_try_wrote() {
    let first = "touch ../flag; echo x >first.xml; exit 1";
    let mut decision = reporting(&format!("test -e ../flag || {{ {first}; }}; echo x >second.xml"), &["*.xml"]);
    decision.stages[0].retry = 1;
    let built = Checkout::of(&[]).build(&decision);
    assert_eq!((built.run("test").attempts, paths(&built)), (2, vec!["second.xml"]), "{}", built.log);
}

#[test]
fn a_report_that_setup_wrote_right_before_the_first_stage_is_stale_and_one_of_the_stage_is_not() {
    for _ in 0..10 {
        let mut decision = reporting("echo x >stage.xml", &["*.xml"]);
        decision.setup = vec!["echo x >setup.xml".into()];
        let built = Checkout::of(&[]).build(&decision);
        let stale: Vec<_> = built.record.reports.iter().map(|file| (file.path.as_str(), file.stale)).collect();
        assert_eq!(stale, [("setup.xml", Some(true)), ("stage.xml", Some(false))], "{}", built.log);
    }
}

#[test]
fn a_report_of_a_stage_that_did_not_run_is_not_taken() {
    let mut decision = reporting("true", &["*.xml"]);
    decision.setup = vec!["echo x >junit.xml; false".into()];
    let built = Checkout::of(&[]).build(&decision);
    assert_eq!((built.run("test").outcome, paths(&built)), (NotRun, vec![]));
}

#[test]
fn a_report_that_lies_in_the_commit_is_told_apart_even_when_git_is_tampered_with() {
    let checkout = Checkout::of(&[("old.xml", "<old/>")]);
    let built = checkout.build(&reporting("rm -rf .git; echo x >new.xml; echo y >old.xml", &["*.xml"]));
    let tracked: Vec<_> = built.record.reports.iter().map(|file| (file.path.as_str(), file.tracked)).collect();
    assert_eq!(tracked, [("new.xml", false), ("old.xml", true)]);
}

#[test]
fn without_a_readable_commit_every_report_counts_as_committed() {
    let checkout = Checkout::of(&[]);
    std::fs::remove_dir_all(checkout.path().join(".git")).unwrap();
    let built = checkout.build(&reporting("echo x >new.xml", &["*.xml"]));
    assert!(built.record.reports[0].tracked);
    assert!(built.log.contains("gated: cannot read the commit"), "{}", built.log);
}

#[test]
fn a_report_from_before_the_first_stage_keeps_its_time() {
    let built = Checkout::of(&[]).build(&reporting("touch -d '2001-01-01T00:00:00Z' old.xml", &["*.xml"]));
    assert_eq!((built.record.reports[0].modified, built.record.reports[0].stale), (978_307_200, Some(true)));
    assert!(built.record.began > 978_307_200);
}

#[test]
fn links_and_everything_outside_the_checkout_are_left_alone() {
    let run = "mkdir ../outside; echo secret >../outside/a.xml; ln -s ../outside linked; ln -s ../outside/a.xml link.xml; \
               mkdir -p .git/x; echo x >.git/x/a.xml; mkfifo pipe.xml; echo real >real.xml";
    let built = Checkout::of(&[]).build(&reporting(run, &["**/*.xml", "../outside/*.xml", "linked/*.xml"]));
    assert_eq!(paths(&built), ["real.xml"], "{}", built.log);
}

#[test]
fn file_names_are_data_and_the_impossible_ones_are_named_in_the_log() {
    let run = r#"touch -- 'a b.xml' '-x.xml' $'quote\'s "q".xml' 'back\slash.xml' '$(id).xml' 'é🦀.xml' ' lead.xml' $'line\nbreak.xml' $'tab\t.xml' $'bad\xff.xml'"#;
    let checkout = Checkout::of(&[]);
    let built = checkout.build(&reporting(run, &["*.xml"]));
    let wanted = [" lead.xml", "$(id).xml", "-x.xml", "a b.xml", "back\\slash.xml", "quote's \"q\".xml", "é🦀.xml"];
    assert_eq!(paths(&built), wanted, "{}", built.log);
    assert_eq!(built.log.matches("gated: report left out").count(), 3, "{}", built.log);
    assert!(built.record.reports.iter().all(|file| !file.stored.is_empty() && !file.tracked));
}

#[test]
fn whatever_a_report_is_called_it_is_known_whether_it_lies_in_the_commit() {
    let names = ["@.xml", "a b.xml", "a]b.xml", "back\\slash.xml", "$(id).xml", "*.xml", "[x].xml", "é.xml"];
    let files: Vec<_> = names.iter().step_by(2).map(|name| (*name, "<old/>")).collect();
    let built = Checkout::of(&files).build(&reporting(
        r#"for name in @ 'a b' 'a]b' 'back\slash' '$(id)' '*' '[x]' é; do echo x >"$name.xml"; done"#,
        &["*.xml"],
    ));
    let committed = built.record.reports.iter().filter(|file| file.tracked).map(|file| file.path.as_str());
    let committed: Vec<_> = committed.collect();
    assert_eq!((built.record.reports.len(), committed), (8, vec!["$(id).xml", "@.xml", "[x].xml", "a]b.xml"]));
}

#[test]
fn small_reports_are_copied_byte_by_byte_and_cost_no_process_each() {
    let text = "é\n\n  <x/>\r\n\\ %s\n\n".repeat(400);
    let files =
        [("text", text.as_str()), ("binary", "a\0b\0"), ("nul", "\0"), ("empty", ""), ("large", &text.repeat(20))];
    let copy = "for n in {1..40}; do for f in text binary nul empty large; do cp $f $n-$f.xml; done; done";
    let checkout = Checkout::of(&files);
    let counted = |tool: &str| format!("echo {tool} >>\"$TOOLS/calls\"; PATH=${{PATH#*:}} exec {tool} \"$@\"");
    let tools = ["cp", "grep", "iconv", "mkdir"].map(|tool| (tool, counted(tool)));
    let tools: Vec<_> = tools.iter().map(|(tool, body)| (*tool, body.as_str())).collect();
    let built = checkout.build_with(&reporting(copy, &["*.xml"]), &tools, &[]);
    assert_eq!(built.record.reports.len(), 200, "{}", built.log);
    for file in &built.record.reports {
        let kind = file.path.split(['-', '.']).nth(1).unwrap();
        let wanted = files.iter().find(|(name, _)| *name == kind).unwrap().1;
        assert!(std::fs::read(checkout.out().join(&file.stored)).unwrap() == wanted.as_bytes(), "{}", file.path);
    }
    let calls = std::fs::read_to_string(checkout.out().with_file_name("tools").join("calls")).unwrap();
    // 200 are the stage's own.
    assert_eq!(
        calls.lines().count() - 200,
        3 * 40 + 3,
        "those with a NUL and the large ones have a process each:\n{calls}"
    );
}

#[test]
fn a_report_over_the_limit_is_recorded_and_not_kept() {
    let checkout = Checkout::of(&[]);
    let built = checkout.build(&reporting("truncate -s 8388608 a.xml; truncate -s 8388609 b.xml", &["*.xml"]));
    let kept: Vec<_> = built.record.reports.iter().map(|file| (file.size, file.stored.as_str())).collect();
    assert_eq!(kept, [(gated_render::MAX_REPORT_SIZE, "reports/0001"), (gated_render::MAX_REPORT_SIZE + 1, "")]);
    assert_eq!(entries(&checkout.out().join("reports")), ["0001"]);
}

#[test]
fn more_report_files_than_the_limit_fail_the_build() {
    let checkout = Checkout::of(&[]);
    let decision = reporting("touch {1..4}.xml", &["*.xml"]);
    // The driver's own text with a limit that a test can reach.
    let limit = gated_render::MAX_REPORT_FILES.to_string();
    let text = build_commands(&decision).join("\n").replace(&format!("== {limit}"), "== 3");
    let built = checkout.run(&text);
    assert_eq!((built.succeeded, paths(&built)), (false, vec!["1.xml", "2.xml", "3.xml"]));
    assert!(built.log.contains("gated: more than 10000 report files"), "{}", built.log);
    assert!(checkout.build(&decision).succeeded);
}

#[test]
fn several_reports_of_several_stages_keep_their_numbers() {
    let mut unit = stage("unit", &["echo u >u.xml; echo c >c.info"]);
    unit.reports = vec![report(&["u.xml"]), report(&["*.info", "!x.info"])];
    let mut api = stage("api", &["echo a >a.xml"]);
    api.dir = "services".into();
    api.reports = vec![report(&["services/*.xml"])];
    let built = Checkout::of(&[("services/x", "")]).build(&decision(vec![unit, api]));
    let told: Vec<_> = built
        .record
        .reports
        .iter()
        .map(|file| (file.stage.as_str(), file.report, file.path.as_str(), file.stored.as_str()))
        .collect();
    let wanted = [
        ("unit", 0, "u.xml", "reports/0001"),
        ("unit", 1, "c.info", "reports/0002"),
        ("api", 0, "services/a.xml", "reports/0003"),
    ];
    assert_eq!(told, wanted);
}
