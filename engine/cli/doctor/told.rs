//! What the doctor found, as a person reads it: the answer, then what it rests on, what is open first. What holds of several
//! repositories alike is said once.

use serde_json::Value;

use super::check::{Check, State};

/// Repositories that are named one by one where nothing is to be mended.
const NAMED: usize = 3;

pub(super) fn human(checks: &[Check], verdicts: &[Value], holds: bool, width: usize) -> String {
    let of = |state: State| checks.iter().filter(|check| check.state == state).count();
    let (ok, failed, unknown) = (of(State::Ok), of(State::Failed), of(State::Unknown));
    let word = match (holds, unknown) {
        (true, 0) => "the gate binds",
        (true, _) => "the gate binds as far as could be checked",
        (false, _) => "the gate is not proven to bind",
    };
    let mut out = format!("{word}: {ok} ok, {failed} failed, {unknown} unknown\n");
    let column = checks.iter().map(|check| check.id.len()).max().unwrap_or_default() + 10;
    for state in [State::Failed, State::Unknown, State::Ok] {
        let rows = rows(checks, state);
        for (index, row) in rows.iter().enumerate() {
            let head = format!("{:<8} {}", row.check.word(), row.check.id);
            out += &format!("{head:<column$} {}\n", wrapped(&row.found(), column + 1, width));
            let mend = &row.check.mend;
            // What mends several is said below the last of them, and never broken: it may be a line to be copied.
            if !mend.is_empty() && rows.get(index + 1).is_none_or(|next| next.check.mend != *mend) {
                out += &format!("{:column$} mend: {mend}\n", "");
            }
        }
    }
    let judged = |told: &&Value| told["pullRequests"] != 0;
    for told in verdicts.iter().filter(judged) {
        let stopped = if told["observed"] == true { "would have been stopped" } else { "are or were stopped" };
        let (name, of) = (told["repository"].as_str().unwrap_or_default(), &told["pullRequests"]);
        out += &format!("{name}: {} of {of} judged pull requests {stopped}\n", told["stopped"]);
    }
    match verdicts.len() - verdicts.iter().filter(judged).count() {
        0 => {}
        1 => out += "1 repository has no pull request that was judged\n",
        more => out += &format!("{more} repositories have no pull request that was judged\n"),
    }
    out
}

/// A check, and the repositories of which it holds alike.
struct Row<'a> {
    check: &'a Check,
    repositories: Vec<&'a str>,
}

fn rows(checks: &[Check], state: State) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for check in checks.iter().filter(|check| check.state == state) {
        let alike = |row: &&mut Row<'_>| {
            row.repositories.is_empty() == check.repository.is_none()
                && (row.check.id, &row.check.found, &row.check.mend) == (check.id, &check.found, &check.mend)
        };
        match (check.repository.as_deref(), rows.iter_mut().find(alike)) {
            (None, Some(_)) => {}
            (Some(repository), Some(row)) if row.repositories.contains(&repository) => {}
            (Some(repository), Some(row)) => row.repositories.push(repository),
            (repository, None) => rows.push(Row { check, repositories: repository.into_iter().collect() }),
        }
    }
    rows
}

impl Row<'_> {
    fn found(&self) -> String {
        let found = &self.check.found;
        match self.repositories.len() {
            0 => found.clone(),
            count if count > NAMED && self.check.state == State::Ok => format!("{count} repositories: {found}"),
            _ => format!("{}: {found}", self.repositories.join(", ")),
        }
    }
}

/// Words in lines of this width, the first of which begins after an indent that the others get.
fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let (mut out, mut at) = (String::new(), indent);
    for word in text.split(' ') {
        let long = word.chars().count();
        if at > indent && at + 1 + long > width {
            out += &format!("\n{:indent$}", "");
            at = indent;
        } else if at > indent {
            out.push(' ');
            at += 1;
        }
        out += word;
        at += long;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_comes_first_and_what_holds_alike_is_said_once() {
        let checks = [
            Check::ok("versions", "all of version 1"),
            Check::ok("mode", "the gate votes").of("a"),
            Check::failed("associated", "the gate's template is not", "associate a").of("a"),
            Check::unknown("direct-push", "nothing answers", "ask AWS").of("a"),
            Check::unknown("direct-push", "nothing answers", "ask AWS").of("a"),
            Check::unknown("rule-edits", "nothing answers", "ask AWS").of("a"),
            Check::unknown("quotas", "nothing answers", "ask AWS"),
            Check::unknown("quotas", "nothing answers", "ask AWS"),
            Check::ok("mode", "the gate votes").of("b"),
        ];
        let told = human(&checks, &[], false, 34);
        let wanted = "\
the gate is not proven to bind: 3 ok, 1 failed, 5 unknown
failed   associated   a: the
                      gate's
                      template is
                      not
                      mend: associate a
unknown  direct-push  a: nothing
                      answers
unknown  rule-edits   a: nothing
                      answers
unknown  quotas       nothing
                      answers
                      mend: ask AWS
ok       versions     all of
                      version 1
ok       mode         a, b: the
                      gate votes
";
        assert_eq!(told, wanted);
    }

    #[test]
    fn repositories_without_pull_requests_are_counted_together() {
        let of = |name: &str, judged: u32| serde_json::json!({"repository": name, "pullRequests": judged, "stopped": judged});
        let told = human(&[], &[of("a", 0), of("b", 2), of("c", 0)], true, 120);
        let lines: Vec<&str> = told.lines().skip(1).collect();
        let wanted = [
            "b: 2 of 2 judged pull requests are or were stopped",
            "2 repositories have no pull request that was judged",
        ];
        assert_eq!(lines, wanted);
    }

    #[test]
    fn of_many_sound_repositories_the_number_is_told() {
        let checks: Vec<Check> = ["a", "b", "c", "d"].map(|name| Check::ok("mode", "the gate votes").of(name)).to_vec();
        let told = human(&checks, &[], true, 120);
        assert_eq!(told, "the gate binds: 4 ok, 0 failed, 0 unknown\nok       mode  4 repositories: the gate votes\n");
    }
}
