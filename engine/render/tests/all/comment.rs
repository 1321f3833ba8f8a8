//! The comment answers in ten seconds, within CodeCommit's limit, and shows text from outside as text.

use gated_core::decision::*;
use gated_core::layers::Problem;
use gated_core::matching::ArnGlobs;
use gated_core::measured::{StageOutcome, StageOutput};
use gated_core::names::{CommitId, PolicyName};
use gated_core::policy::Mode;
use gated_core::report::{Links, Report};
use gated_core::verdict::{Record, State, VerdictKind};
use gated_render::{COMMENT_LIMIT, Trouble, building, comment, ended, is_under_way, running, terminal, trouble};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::sample::{decision, record, requirement, stage};

/// A pull request whose tests and coverage fail.
fn red() -> Record {
    let decision = decision(vec![stage("lint", &["cargo fmt --check"]), stage("test", &["cargo test"])]);
    let mut tests = requirement("tests/test/0", State::Failed, "1 of 12 cases failed");
    tests.details =
        vec!["parser::reads_empty (src/parser.rs:12): assertion `left == right` failed\n left: 1\n right: 2".into()];
    let coverage = requirement("coverage/line", State::Failed, "79.99% of 10000 lines covered, below the 80% demanded");
    let requirements = vec![
        requirement("stage/lint", State::Passed, "exit code 0"),
        requirement("stage/test", State::Failed, "exit code 101"),
        tests,
        coverage,
        requirement("stage/cov", State::NotRun, "an earlier stage failed"),
    ];
    record(decision, VerdictKind::Fail, "stage test failed", requirements)
}

fn weakened() -> Record {
    let mut record = red();
    let side = |value: &str| Some(Side { value: value.into(), line: None });
    record.decision.delta = vec![Delta {
        path: "coverage.line".into(),
        kind: DeltaKind::Weaker,
        holds: Holds::Merged,
        destination: side("80"),
        source: side("70"),
    }];
    record
}

fn plain(record: &Record) -> String {
    comment(&Report::new(record.clone()))
}

#[test]
fn the_first_line_is_the_verdict_in_words() {
    for (kind, wanted) in [
        (VerdictKind::Pass, "## ✅ Approved: why"),
        (VerdictKind::Fail, "## ❌ Not approved: why"),
        (VerdictKind::Error, "## ❌ Not approved, error: why"),
        (VerdictKind::Waiting, "## ⏳ Waiting for an approval: why"),
        (VerdictKind::Superseded, "## ⏭️ Superseded: why"),
    ] {
        let text = plain(&record(decision(vec![]), kind, "why", vec![]));
        assert_eq!(text.lines().next(), Some(wanted), "{text}");
    }
}

#[test]
fn only_commands_that_can_be_pasted_as_they_are_shown_are_offered_to_try() {
    let tried = |run: &[&str]| {
        let failed = requirement("stage/test", State::Failed, "exit code 1");
        let text = plain(&record(decision(vec![stage("test", run)]), VerdictKind::Fail, "why", vec![failed]));
        text.lines().find(|line| line.contains("try it")).unwrap().trim().to_owned()
    };
    let elsewhere = "- try it: the commands at `stages.test.run` in the policy";
    assert_eq!(tried(&["make a", "make b\n"]), "- try it: `make a && make b`");
    assert_eq!(tried(&["make a\nmake b\n"]), elsewhere); // on one line it would be another command
    assert_eq!(tried(&["make it # all of it", "make b"]), elsewhere);
    assert_eq!(tried(&[&"make ".repeat(60)]), elsewhere); // cut, it would be another command too
}

#[test]
fn what_blocks_comes_first_with_the_way_to_mend_it() {
    let text = plain(&red());
    let wanted = "## ❌ Not approved: stage test failed\n\n### What blocks it, and how to mend it\n\n\
- **stage test** failed: exit code 101\n  - demanded by `stages.test` in the policy\n  - try it: `cargo test`\n\
- **tests test/0** failed: 1 of 12 cases failed\n  \
- parser::reads_empty (src/parser.rs:12): assertion \\`left == right\\` failed left: 1 right: 2\n  - demanded by `stages.test.reports` in the policy\n\
- **line coverage** failed: 79.99% of 10000 lines covered, below the 80% demanded\n  \
- demanded by `coverage.line` in the policy\n\
- not run because of this: stage cov\n\n### Stages\n";
    assert!(text.starts_with(wanted), "{text}");
    assert!(text.contains("| stage test | failed | 4.2 s | exit code 101 |\n"), "{text}");
    assert!(
        text.ends_with("Run it again: `gated rerun 42`\n") || text.ends_with("Run it again: `gated rerun 42`"),
        "{text}"
    );
}

#[test]
fn an_empty_section_leaves_no_trace() {
    let text = plain(&record(decision(vec![stage("test", &["true"])]), VerdictKind::Pass, "all met", vec![]));
    assert!(!text.contains("###") && !text.contains("\n\n\n"), "{text}");
}

#[test]
fn the_second_line_tells_what_becomes_of_a_weakened_policy() {
    let mut record = weakened();
    let second = |record: &Record| plain(record).lines().nth(2).unwrap().to_owned();
    assert!(
        second(&record)
            .contains("judged by the old one; the change binds from the next pull request on: coverage.line")
    );
    let command = Delta { path: "stages.test.run".into(), holds: Holds::Now, ..record.decision.delta[0].clone() };
    record.decision.delta.push(command);
    assert!(
        second(&record).contains("is its own at once: coverage.line; at once: stages.test.run"),
        "{}",
        second(&record)
    );
    record.decision.delta.remove(0);
    assert!(second(&record).contains("is already built as it proposes: stages.test.run"), "{}", second(&record));
    let owners = ArnGlobs::new(vec!["arn:aws:iam::*:user/olga".into()]).unwrap();
    record.decision.owners = Some(OwnersDemand { owners, granted_by: None });
    assert!(
        second(&record)
            .contains("waits for an approval of this revision by one of its owners: arn:aws:iam::\\*:user/olga")
    );
    record.decision.owners.as_mut().unwrap().granted_by = Some("arn:aws:iam::111122223333:user/olga".into());
    assert!(second(&record).contains("an owner approved it: arn:aws:iam::111122223333:user/olga"));
    record.decision.owners = None;
    record.decision.adoption = Some(Adoption::First);
    assert!(second(&record).contains("brings the first one"));
}

#[test]
fn a_pass_without_a_build_says_why() {
    let mut decision = decision(vec![]);
    decision.action = Action::Pass;
    decision.reasons = vec!["every changed file matches gate.ignore (docs/**)".into()];
    let mut record =
        record(decision, VerdictKind::Pass, "1 requirement met", vec![requirement("policy", State::Passed, "x")]);
    record.evidence = None;
    let text = plain(&record);
    assert!(text.contains("\n\nNo build was needed: every changed file matches gate.ignore (docs/\\*\\*)\n"), "{text}");
}

#[test]
fn a_gate_that_observes_does_not_claim_a_vote() {
    let mut record = record(decision(vec![]), VerdictKind::Pass, "all met", vec![]);
    record.decision.mode = Mode::Observe;
    let text = plain(&record);
    assert!(text.starts_with("## ✅ Would approve: all met\n\nThe gate only observes: it does not vote.\n"), "{text}");
}

#[test]
fn faults_of_the_policy_are_told_with_line_and_column() {
    let mut record = record(
        decision(vec![]),
        VerdictKind::Error,
        "the policy has errors",
        vec![requirement("policy", State::Error, "x")],
    );
    record.decision.problems = vec![
        Problem {
            path: ".gated.yml".into(),
            line: 3,
            column: 5,
            message: "unknown key `stage`, did you mean `stages`?".into(),
        },
        Problem { path: ".gated.yml".into(), line: 0, column: 0, message: "it is a symbolic link".into() },
    ];
    let text = plain(&record);
    assert!(text.contains("\n- `.gated.yml:3:5` unknown key \\`stage\\`, did you mean \\`stages\\`?\n"), "{text}");
    assert!(text.contains("\n- `.gated.yml` it is a symbolic link\n"), "{text}");
    assert!(!text.contains("**policy**"), "told twice: {text}");
}

fn a_skip() -> PlannedSkip {
    PlannedSkip {
        rule: PolicyName::new("hotfix").unwrap(),
        state: SkipState::Granted,
        reason: "the title starts with [hotfix]".into(),
        stages: vec![PolicyName::new("lint").unwrap()],
        asked_by: "arn:aws:iam::111122223333:user/alice".into(),
        granted_by: vec!["arn:aws:iam::111122223333:user/rita".into()],
        approval: None,
    }
}

#[test]
fn a_skip_is_told_with_rule_asker_granter_and_what_it_left_out() {
    let mut record = red();
    record.decision.skips = vec![a_skip()];
    let wanted = "- rule **hotfix** granted: the title starts with [hotfix]; asked by `arn:aws:iam::111122223333:user/alice`, \
                  granted by `arn:aws:iam::111122223333:user/rita`; left out: lint\n";
    assert!(plain(&record).contains(wanted), "{}", plain(&record));
}

#[test]
fn two_tries_of_a_stage_and_a_rerun_are_told() {
    let mut record = red();
    let evidence = record.evidence.as_mut().unwrap().record.as_mut().unwrap();
    let run = &mut evidence.stages[1];
    (run.outcome, run.exit, run.milliseconds, run.attempts) = (StageOutcome::Failed, 101, 200_000, 2);
    (record.attempt, record.requested_by) = (2, Some("arn:aws:iam::111122223333:user/alice".into()));
    let text = plain(&record);
    assert!(text.contains("| 3 min 20 s (2 tries) |"), "{text}");
    assert!(text.contains("attempt 2, asked for by `arn:aws:iam::111122223333:user/alice`"), "{text}");
}

#[test]
fn a_hostile_title_is_shown_as_it_is_and_acts_nowhere() {
    let mut record = red();
    record.decision.title =
        "it's \"$(id)\" `rm -rf` \n# x\n| a | b |\n|---|---|\n[l](http://x) <img src=x> @all 🦀 ![i](u) </table>"
            .into();
    let text = plain(&record);
    let parser = Parser::new_ext(&text, Options::ENABLE_TABLES | Options::ENABLE_GFM);
    let mut shown = String::new();
    for event in parser {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => panic!("{html} in {text}"),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                assert_eq!(&*dest_url, "https://console.example/log?a=1&b=2");
            }
            Event::Text(text) => shown.push_str(&text),
            _ => {}
        }
    }
    let wanted =
        "“it's \"$(id)\" `rm -rf` # x | a | b | |---|---| [l](http://x) <img src=x> @\u{200B}all 🦀 ![i](u) </table>”";
    assert!(shown.contains(wanted), "{shown}");
}

#[test]
fn only_web_links_become_links() {
    let links = Links {
        log: Some("javascript:alert(1)".into()),
        execution: Some("https://x.example/a b>c".into()),
        ..Links::default()
    };
    let text = comment(&Report { links, ..Report::new(red()) });
    assert!(!text.contains("javascript") && text.contains("[console](<https://x.example/ab%3Ec>)"), "{text}");
}

#[test]
fn what_is_too_much_is_left_out_by_whole_rows_and_counted() {
    let mut record = weakened();
    let mut many = requirement("tests/test/0", State::Failed, "many");
    many.details = (0..100).map(|i| format!("case_{i}: {}", "message ".repeat(40))).collect();
    record.verdict.requirements.push(many);
    record.decision.delta = vec![record.decision.delta[0].clone(); 200];
    let text = plain(&record);
    assert!(text.len() <= COMMENT_LIMIT && text.len() > COMMENT_LIMIT / 2, "{}", text.len());
    assert!(
        text.contains("- **stage test** failed") && text.contains("case\\_0: message")
            || text.contains("case_0: message")
    );
    assert!(text.contains("| … and 160 more | | | |"), "{text}");
    assert!(text.contains("Run it again: `gated rerun 42`"));
    let rows = text.lines().filter(|line| line.starts_with('|'));
    assert!(rows.clone().count() > 5 && rows.into_iter().all(|row| row.ends_with('|')), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(12) })]

    #[test]
    fn no_record_makes_a_comment_that_codecommit_refuses(
        count in 0_usize..120, length in 0_usize..1_500, unit in prop::sample::select(&["x", "é", "🦀", "|", "`", "<a>", "\n", "@a "][..])
    ) {
        let text = unit.repeat(length);
        let mut record = weakened();
        let mut one = requirement("coverage/paths/**", State::Error, &text);
        (one.name, one.details) = (text.clone(), vec![text.clone(); count]);
        record.verdict.headline = text.clone();
        record.verdict.requirements = vec![one; count.min(100)];
        record.decision.title = text.clone();
        record.decision.delta = vec![Delta { path: text.clone(), ..record.decision.delta[0].clone() }; count];
        record.decision.problems = vec![Problem { path: text.clone(), line: 1, column: 1, message: text.clone() }; count];
        record.requested_by = Some(text.clone());
        let links = Links { log: Some(format!("https://{text}")), page: Some(text.clone()), execution: Some(text.clone()) };
        let comment = comment(&Report { links: links.clone(), ..Report::new(record) });
        prop_assert!(comment.len() <= COMMENT_LIMIT, "{}", comment.len());
        prop_assert!(comment.starts_with("## ❌ Not approved"));
        prop_assert!(comment.contains("Pull request 42"));
        let trouble = trouble(&Trouble { what: text.clone(), cause: text, links, ..Trouble::default() });
        prop_assert!(trouble.len() <= COMMENT_LIMIT && trouble.contains("No approval was given"));
    }
}

#[test]
fn trouble_says_what_failed_that_nothing_was_approved_and_what_to_do() {
    let mut what = Trouble {
        pull_request: "42".into(),
        revision: "ab".repeat(32),
        commit: None,
        what: "the build could not be started".into(),
        cause: "AccountLimitExceededException: Cannot have more than 1 builds in queue".into(),
        attempt: 1,
        attempts: 3,
        links: Links::default(),
    };
    let text = trouble(&what);
    assert!(
        text.starts_with("## ⚠️ Not approved: the gate itself failed\n\nthe build could not be started: AccountLimit"),
        "{text}"
    );
    assert!(
        text.contains("No approval was given") && text.contains("tries again by itself (attempt 1 of 3 failed)"),
        "{text}"
    );
    what.attempt = 3;
    what.links.execution = Some("https://console.example/x".into());
    let text = trouble(&what);
    assert!(text.contains("`gated rerun 42`") && text.contains("[console](<https://console.example/x>)"), "{text}");
}

#[test]
fn a_running_build_names_its_stages() {
    let text = running(&red().decision, &Links::default(), 1);
    assert!(text.starts_with("## ⏳ Running: lint, test\n"), "{text}");
}

#[test]
fn while_a_revision_is_built_the_comment_says_whose_verdict_stands_below() {
    let (before, mut next) = (plain(&red()), red().decision);
    let again = building(&next, &before, 2);
    let commit = next.change.source_commit.as_str()[..12].to_owned();
    let wanted = format!("## ⏳ Building commit `{commit}`: lint, test\n\nThe verdict on it was: ❌ Not approved: ");
    assert!(again.starts_with(&wanted), "{again}");
    next.change.source_commit = CommitId::new("c".repeat(40)).unwrap();
    let newer = building(&next, &before, 1);
    assert!(
        newer.contains(&format!("\n\nThe verdict on the earlier commit `{commit}` was: ❌ Not approved: ")),
        "{newer}"
    );
    assert_eq!(building(&next, &newer, 1), newer);
}

#[test]
fn while_revisions_are_built_one_after_the_other_the_verdict_stays_that_of_its_commit() {
    let (before, mut next) = (plain(&red()), red().decision);
    let commit = next.change.source_commit.as_str()[..12].to_owned();
    let again = building(&next, &before, 2);
    next.change.source_commit = CommitId::new("c".repeat(40)).unwrap();
    let newer = building(&next, &again, 1);
    assert!(newer.contains(&format!("The verdict on the earlier commit `{commit}` was: ❌ Not approved: ")), "{newer}");
    assert_eq!(newer, building(&next, &before, 1));
    next.change.source_commit = CommitId::new("d".repeat(40)).unwrap();
    let newest = building(&next, &newer, 1);
    assert_eq!(newest, building(&next, &before, 1));
    // A comment of the greatest length that there is.
    let (heading, rest) = before.split_once('\n').unwrap();
    let long = format!("{heading}\n{}{rest}", "x".repeat(COMMENT_LIMIT - before.len()));
    let short = building(&next, &long, 1);
    let first_two: Vec<&str> = newest.lines().take(3).collect();
    assert_eq!(short, format!("{}\n", first_two.join("\n")));
    let names = "x".repeat(COMMENT_LIMIT - short.len());
    let filled = building(&next, &format!("{short}{names}"), 1);
    assert_eq!(filled, format!("{short}{names}"), "as long as a comment may be");
    next.stages[0].name = PolicyName::new("longer-name").unwrap();
    let cut = building(&next, &filled, 1);
    assert_eq!(cut.lines().skip(1).collect::<Vec<_>>(), first_two[1..], "{cut}");
}

#[test]
fn a_pull_request_that_ended_while_it_was_built_keeps_its_last_verdict_below() {
    let last = Report::new(red());
    let mut change = red().decision.change;
    let old = change.source_commit.as_str()[..12].to_owned();
    change.source_commit = CommitId::new("c".repeat(40)).unwrap();
    let text = ended(&change, true, Some(&last));
    let first =
        "## ⏹️ Merged: nothing is built any more\n\nCommit `cccccccccccc` was being built, and gets no verdict.\n";
    let verdict = format!("\nThe last verdict was that on commit `{old}`: ❌ Not approved: stage test failed\n");
    assert!(text.starts_with(&format!("{first}{verdict}")) && text.contains("### Stages"), "{text}");
    assert!(!is_under_way(&text), "so that it is ended once");
    assert_eq!(ended(&change, false, None), first.replace("Merged", "Closed"));
}

#[test]
fn the_end_of_a_pull_request_keeps_of_a_verdict_that_is_too_long_its_first_line() {
    let lengths = (128..138).map(|length| {
        let mut long = red();
        let more = (0..55).map(|_| requirement("stage/x", State::Passed, &"x".repeat(length)));
        long.verdict.requirements.extend(more);
        let text = ended(&long.decision.change, false, Some(&Report::new(long.clone())));
        assert!(text.len() <= COMMENT_LIMIT && text.contains(": ❌ Not approved: stage test failed\n"), "{text}");
        (plain(&long).len(), text.len())
    });
    assert!(lengths.filter(|(verdict, ended)| ended < verdict).count() > 0, "none was too long");
}

#[test]
fn a_comment_that_names_no_commit_is_called_a_verdict_before() {
    let next = red().decision;
    for before in
        ["## ✅ Approved\n\nPull request 7 · revision `abc`\n", "## ⚠️ Not approved: the gate itself failed\n"]
    {
        let text = building(&next, before, 1);
        let was = before.lines().next().unwrap().trim_start_matches("## ");
        assert!(text.contains(&format!("\n\nThe verdict before was: {was}\n")), "{text}");
        assert_eq!(building(&next, &text, 1), text);
    }
}

#[test]
fn the_terminal_shows_headings_lists_and_aligned_tables_without_markdown() {
    let text = terminal(&plain(&red()));
    let wanted = "❌ Not approved: stage test failed\n═";
    assert!(text.starts_with(wanted), "{text}");
    assert!(
        text.contains(
            "\n• stage test failed: exit code 101\n    demanded by stages.test in the policy\n    try it: cargo test\n"
        ),
        "{text}"
    );
    assert!(
        text.contains("\nwhat          result   time   why\nstage lint    passed   4.2 s  exit code 0\n"),
        "{text}"
    );
    assert!(text.contains("log: https://console.example/log?a=1&b=2"), "{text}");
    assert!(!text.contains("**") && !text.contains('`') || text.contains("`left == right`"), "{text}");
    assert!(!text.contains("\n#") && !text.contains("|---"), "{text}");
}

#[test]
fn earlier_gate_runs_stand_in_a_line_each_beside_badge_and_page() {
    let text = comment(&crate::page_sample::red());
    let past = "### Earlier gate runs\n\n- ❌ Not approved, error: the build failed before it ran anything · commit \
                `555555555555` · attempt 1 · 2026-11-20 09:01 UTC\n";
    assert!(text.contains(past), "{text}");
    let foot = "\n---\n\n`gated` `not approved` · [report page](<https://console.example/page>) · [log]";
    assert!(text.contains(foot), "{text}");
    assert!(text.contains("Change: lines −0.62 points, branches unchanged, since pull request 41\n"), "{text}");
}

#[test]
fn findings_of_an_image_stand_in_a_section_of_their_own_with_fixes_and_acceptances() {
    let text = comment(&crate::page_sample::red());
    let section = "### Image scan\n\n1 critical (1 with a fix), 2 high, 1 medium (1 with a fix), 1 low; high or worse fails\n\n\
                   | finding | severity | package | fix | |\n|---|---|---|---|---|\n\
                   | CVE-2026-7 | critical | openssl 3.0.11 → 3.0.12 | available | blocks |\n\
                   | CVE-2026-8 | high | openssl 3.0.11 | not told | blocks: its acceptance has expired: carol, until \
                   2026-11-21, not reachable from our code |\n\n\
                   - CVE-2026-9 (high) accepted by carol until 2027-01-31: not reachable from our code\n\n###";
    assert!(text.contains(section), "{text}");
    assert_eq!(text.matches("CVE-2026-7").count(), 1, "told once: {text}");
}

#[test]
fn a_blocker_names_the_line_of_the_policy_that_demands_it() {
    let text = comment(&crate::page_sample::red());
    for (key, line) in [("stages.test", 5), ("stages.test.reports", 6), ("coverage.patch", 10), ("container.scan", 13)]
    {
        let wanted = format!("- demanded by `{key}`, `.gated.yml:{line}` of the destination\n");
        assert!(text.contains(&wanted), "{wanted}{text}");
    }
}

#[test]
fn the_sections_keep_their_order() {
    let mut report = crate::page_sample::red();
    let mut with_skip = a_skip();
    with_skip.reason = "why".into();
    report.record.decision.skips = vec![with_skip];
    let text = comment(&report);
    let order = [
        "## ❌ Not approved",
        "### What blocks it",
        "### Stages",
        "### Coverage",
        "Change: lines",
        "### Image scan",
        "### Skips",
        "### What this pull request changes in the policy",
        "[report page]",
        "[log]",
        "### Earlier gate runs",
        "Run it again:",
    ];
    let places: Vec<usize> =
        order.iter().map(|what| text.find(what).unwrap_or_else(|| panic!("{what}: {text}"))).collect();
    assert!(places.is_sorted(), "{places:?} {text}");
}

#[test]
fn the_end_of_a_failed_stages_output_stands_in_a_fence_that_nothing_in_it_closes() {
    let mut record = red();
    let lines =
        ["$ make", "    at line 3:   ^~~", "``` <img src=x onerror=alert(1)>", "````", "- **bold** @all \u{202e}"];
    record.evidence.as_mut().unwrap().outputs = vec![StageOutput {
        stage: "test".into(),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        left_out: 7,
    }];
    let text = plain(&record);
    let shown: Vec<String> = Parser::new_ext(&text, Options::ENABLE_TABLES | Options::ENABLE_GFM)
        .scan(false, |inside, event| {
            match &event {
                Event::Start(Tag::CodeBlock(_)) => *inside = true,
                Event::End(TagEnd::CodeBlock) => *inside = false,
                Event::Html(html) | Event::InlineHtml(html) => panic!("{html} in {text}"),
                _ => {}
            }
            Some(match event {
                Event::Text(text) if *inside => text.to_string(),
                _ => String::new(),
            })
        })
        .collect();
    assert_eq!(shown.concat(), lines.map(|line| format!("{line}\n")).concat().replace('\u{202e}', ""), "{text}");
    assert!(text.contains("  - the last lines of its output (of 12):\n    `````text\n    $ make\n"), "{text}");
    let told = terminal(&text);
    assert!(told.contains("        at line 3:   ^~~\n") && !told.contains("`````"), "{told}");
    record.decision.delta = vec![weakened().decision.delta.remove(0); 200];
    record.verdict.requirements[2].details = vec!["x".repeat(380); 60];
    let text = plain(&record);
    assert!(text.len() <= COMMENT_LIMIT && text.contains("- **bold** @all"), "the end stays the longest: {text}");
}
