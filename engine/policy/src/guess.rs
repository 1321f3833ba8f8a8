//! Guesses at what a misspelled word was meant to be. A guess is only ever offered, or read in place of the word while
//! the word itself stays a fault.

/// How many words are compared: no file that a person wrote has more stages.
const MOST_CANDIDATES: usize = 200;

/// The word of `known` that is nearest to `word`, when one is near enough to be meant: two slips, or one in short words.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let folded = fold(word);
    if folded.len() > 64 {
        return None;
    }
    known
        .into_iter()
        .take(MOST_CANDIDATES)
        .filter_map(|candidate| {
            let distance = strsim::osa_distance(&folded, &fold(candidate));
            let shorter = folded.chars().count().min(candidate.chars().count());
            let most = match shorter {
                0..=2 => 0,
                3..=4 => 1,
                _ => 2,
            };
            (distance <= most).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// What a word of another CI's language is called in this one.
pub(crate) fn translated(word: &str) -> Option<&'static str> {
    match fold(word).as_str() {
        "script" | "scripts" | "steps" | "commands" | "command" | "cmd" | "exec" => Some("commands go under `run`"),
        "beforescript" | "install" | "before" => Some("what comes before the stages goes under `setup`"),
        "jobs" | "phases" | "tasks" | "pipeline" | "pipelines" => {
            Some("what a pull request must pass goes under `stages`")
        }
        "needs" | "dependson" | "dependencies" => Some("stages run in the order in which they are written"),
        "if" | "only" | "rules" | "on" => Some("a condition goes under `when`"),
        "env" | "envs" | "vars" => Some("variables go under `environment.variables`"),
        "continueonerror" | "allowfailure" | "optional" => Some("a stage that never blocks has `required: false`"),
        "workingdirectory" | "workdir" | "cwd" => Some("the working directory of a stage is `dir`"),
        "retries" | "attempts" => Some("a second try is `retry: 1`"),
        "artifacts" => Some("files that are measured go under a stage's `reports`"),
        _ => None,
    }
}

/// Case, `_` and `-` are the commonest slips and count for nothing.
fn fold(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// `a`, `b` and `c`, each in backquotes; of many, only the first.
pub(crate) fn listed<'k>(words: impl IntoIterator<Item = &'k str>) -> String {
    let mut words = words.into_iter();
    let mut quoted: Vec<String> = words.by_ref().take(20).map(|word| format!("`{word}`")).collect();
    match words.count() {
        0 => {}
        more => quoted.push(format!("{more} more")),
    }
    match quoted.split_last() {
        None => "none".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_slips_are_a_misspelling_and_three_are_another_word() {
        let known = ["coverage", "stages", "run", "fail-fast"];
        assert_eq!(nearest("covrage", known), Some("coverage"));
        assert_eq!(nearest("failFast", known), Some("fail-fast"));
        assert_eq!(nearest("fial_fast", known), Some("fail-fast"));
        assert_eq!(nearest("image", known), None);
        assert_eq!(nearest("ran", known), Some("run"));
        assert_eq!(nearest("", known), None);
    }
}
