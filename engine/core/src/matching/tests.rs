//! What globs and patterns match, and which are refused.

use super::*;

fn globs(list: &[&str]) -> Globs {
    Globs::new(list.iter().map(|t| (*t).to_owned()).collect()).unwrap()
}

#[test]
fn one_star_stays_inside_a_path_part_and_two_cross_them() {
    assert!(globs(&["src/*"]).matches("src/a.rs"));
    assert!(!globs(&["src/*"]).matches("src/a/b.rs"));
    assert!(globs(&["src/**"]).matches("src/a/b.rs"));
    assert!(globs(&["**/*.md"]).matches("README.md"));
}

#[test]
fn a_leading_exclamation_mark_takes_away() {
    let list = globs(&["docs/**", "!docs/api/**"]);
    assert!(list.matches("docs/a.md"));
    assert!(!list.matches("docs/api/a.md"));
}

proptest::proptest! {
    #[test]
    fn what_is_not_parsed_to_be_checked_is_always_a_glob(text in "[*?!a,/. \\-^$~é]{1,30}") {
        let body = text.strip_prefix('!').unwrap_or(&text);
        assert!(body.contains(MAY_BE_FAULTY) || Sets::new(std::slice::from_ref(&text)).is_ok(), "{text}");
    }
}

#[test]
fn two_hundred_nested_braces_are_refused_not_a_panic() {
    let nested = "{a,".repeat(200) + &"}".repeat(200);
    let _ = Globs::new(vec![nested]);
}

#[test]
fn the_largest_list_that_is_compiled_late_compiles() {
    for unit in ["?", "*a", "**/", "\u{10FFFF}", "\\*", "a?*"] {
        let longest = unit.repeat(LONGEST_PATTERN / unit.len());
        let list: Vec<String> =
            (0..SURELY_COMPILES / LONGEST_PATTERN).map(|n| format!("{n}{}", &longest[unit.len() * 4..])).collect();
        assert!(Sets::new(&list).is_ok(), "{unit}");
    }
}

#[test]
fn a_star_in_an_arn_never_crosses_a_colon_or_a_slash() {
    let of = |glob: &str| ArnGlobs::new(vec![glob.to_owned()]).unwrap();
    let arn = "arn:aws:sts::111122223333:assumed-role/OnCall/ann";
    assert!(of("arn:aws:sts::*:assumed-role/OnCall/*").find(arn).is_some());
    assert!(of("arn:aws:sts::*:assumed-role/*").find(arn).is_none());
    assert!(of("arn:aws:sts::111122223333:assumed-role/*Call/a*n").find(arn).is_some());
}

#[test]
fn a_title_is_compared_without_case_after_invisible_characters_are_gone() {
    let hotfix = TitleForm::StartsWith("[hotfix]".to_owned());
    assert!(hotfix.matches("[HotFix] db"));
    assert!(hotfix.matches("\u{202E}[hot\u{200B}fix] db"));
    assert!(!hotfix.matches("re: [hotfix] db"));
}

#[test]
fn a_regular_expression_matches_whole_titles_only() {
    let form = TitleForm::Matches(Pattern::new("fix|feat").unwrap());
    assert!(form.matches("FIX"));
    assert!(!form.matches("prefix"));
    assert!(Pattern::new("a)(b").is_err());
    assert!(Pattern::new("(?=a)").is_err());
}
