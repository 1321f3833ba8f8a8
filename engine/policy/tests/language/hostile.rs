//! Files that someone made to hurt a reader: one finding at its place, at once.

use gated_policy::{Diagnostic, MOST_NODES, read_policy};

fn only(bytes: &[u8]) -> Diagnostic {
    let mut told = read_policy(".gated.yml", bytes).diagnostics;
    assert_eq!(told.len(), 1, "{told:#?}");
    told.remove(0)
}

fn place(told: &Diagnostic) -> (&'static str, u32, u32) {
    (told.code, told.span.line, told.span.column)
}

#[test]
fn ten_thousand_nested_lists_are_refused_where_they_become_too_deep() {
    let flow = format!("version: 1\nstages: {}", "[".repeat(10_000));
    let told = only(flow.as_bytes());
    assert_eq!((told.code, told.span.line), ("GT007", 2));
    assert!((9 + 31..=9 + 32).contains(&told.span.column), "{told:?}");
    let block = format!("version: 1\nstages:\n  {}x\n", "- ".repeat(10_000));
    let told = only(block.as_bytes());
    assert_eq!((told.code, told.span.line), ("GT007", 3));
    let mappings: String = (0..500).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert_eq!(only(mappings.as_bytes()).code, "GT007");
}

#[test]
fn thirty_two_collections_inside_each_other_are_not_too_deep() {
    let text = format!("version: 1\nx: {}{}", "[".repeat(31), "]".repeat(31));
    assert_eq!(only(text.as_bytes()).name, "unknown-key");
    let text = format!("version: 1\nx: {}{}", "[".repeat(32), "]".repeat(32));
    assert_eq!(only(text.as_bytes()).name, "too-deep");
}

#[test]
fn an_alias_bomb_is_never_expanded_and_told_once_where_its_aliases_begin() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let below = format!("*a{}, ", level - 1).repeat(9);
        bomb += &format!("a{level}: &a{level} [{}]\n", below.trim_end_matches(", "));
    }
    assert_eq!(place(&only(bomb.as_bytes())), ("GT011", 2, 10));
}

#[test]
fn a_few_anchors_and_aliases_are_each_told_where_they_stand() {
    let text = b"version: 1\nstages: {a: &x make, b: *x, c: *x}\n";
    let told: Vec<_> = read_policy(".gated.yml", text).diagnostics.iter().map(place).collect();
    assert_eq!(told, [("GT010", 2, 13), ("GT011", 2, 25), ("GT011", 2, 32)]);
}

#[test]
fn more_values_than_the_budget_are_refused_at_the_first_one_beyond() {
    let text = format!("[{}]", "1,".repeat(MOST_NODES));
    let told = only(text.as_bytes());
    assert_eq!(place(&told), ("GT008", 1, 2 + 2 * (u32::try_from(MOST_NODES).unwrap() - 1)));
}

#[test]
fn a_nul_is_told_where_it_stands_and_so_is_one_behind_an_escape() {
    assert_eq!(place(&only(b"version: 1\nsetup: a\0b\n")), ("GT004", 2, 9));
    assert_eq!(place(&only(b"version: 1\nsetup: \"a\\0b\"\n")), ("GT004", 2, 8));
}

#[test]
fn latin_1_and_utf_16_are_not_utf_8() {
    assert_eq!(place(&only(b"version: 1\nsetup: caf\xe9\n")), ("GT002", 2, 11));
    assert_eq!(place(&only(b"\xff\xfev\0e\0r\0")), ("GT002", 1, 1));
    assert_eq!(place(&only(b"\xef\xbb\xbfversion: 1\n")), ("GT003", 1, 1));
}

#[test]
fn ten_megabytes_are_refused_without_being_parsed() {
    let lines = "version: 1\n".repeat(1_000_000);
    assert_eq!(place(&only(lines.as_bytes())), ("GT001", 262_144 / 11 + 1, 262_144 % 11 + 1));
    let line = vec![b'x'; 10 * 1024 * 1024];
    assert_eq!(place(&only(&line)), ("GT001", 1, 262_145));
}

#[test]
fn of_nine_thousand_faults_two_hundred_are_told_and_the_others_counted() {
    let keys: String = (0..9_000).map(|n| format!("k{n}: 1\n")).collect();
    let told = read_policy(".gated.yml", format!("version: 1\n{keys}").as_bytes()).diagnostics;
    assert_eq!(told.len(), 201);
    assert!(told[..200].iter().zip(2..).all(|(one, line)| one.name == "unknown-key" && one.span.line == line));
    let last = told.last().unwrap();
    assert_eq!((last.code, last.message.as_str()), ("GT021", "8800 more findings are not listed"));
}

#[test]
fn thousands_of_stages_references_and_variables_are_looked_up_not_searched() {
    let many = |of: &dyn Fn(usize) -> String| (0..3_500).map(of).collect::<Vec<_>>().join(", ");
    let text = format!(
        "version: 1\nstages: {{{}}}\nskip: {{h: {{title: x, stages: [{}]}}}}\nenvironment: {{variables: {{{}}}}}\n",
        many(&|n| format!("s{n}: x")),
        many(&|n| format!("t{n}")),
        many(&|n| format!("V{n}: x")),
    );
    let told = read_policy(".gated.yml", text.as_bytes()).diagnostics;
    assert!(told.iter().take(200).all(|one| one.name == "unknown-stage" && one.message.len() < 500));
}

#[test]
fn patterns_are_counted_before_they_are_compiled() {
    let globs = format!("version: 1\ngate: {{ignore: [{}]}}\n", vec!["a"; 501].join(", "));
    assert_eq!(place(&only(globs.as_bytes())), ("GT216", 2, 18 + 3 * 500 - 1));
    let titles = vec!["{title: {matches: a}}"; 17].join(", ");
    let regexes = format!("version: 1\nstages: {{a: {{run: b, when: {{any: [{titles}]}}}}}}\n");
    assert_eq!(only(regexes.as_bytes()).code, "GT216");
}

#[test]
fn a_pattern_over_a_thousand_bytes_is_refused_before_it_is_compiled() {
    let long = "a".repeat(1_001);
    for text in [
        format!("version: 1\ngate: {{ignore: {long}}}\n"),
        format!("version: 1\ngate: {{policy-owners: 'arn:aws:iam::1:user/{long}'}}\n"),
        format!("version: 1\nstages: {{a: {{run: b, when: {{title: {{matches: {long}}}}}}}}}\n"),
    ] {
        let told = read_policy("p", text.as_bytes()).diagnostics;
        assert_eq!((told.len(), told[0].code), (1, "GT212"), "{told:?}");
    }
}
