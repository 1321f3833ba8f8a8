//! What the READMEs show is what happens.

use gated_policy::{Diagnostic, check_constraints, presets, read_floor, read_policy};

use crate::told::explain;

const POLICIES: &str = include_str!("../../../../policies/README.md");
const SCHEMA: &str = include_str!("../../../../schema/README.md");

/// The fenced blocks of a page: what stands behind the fence, and what is inside.
fn blocks(page: &str) -> Vec<(&str, String)> {
    let mut blocks: Vec<(&str, String)> = Vec::new();
    let mut open = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(info) if !open => blocks.push((info, String::new())),
            Some(_) => {}
            None if open => blocks.last_mut().unwrap().1 += &format!("{line}\n"),
            None => {}
        }
        open ^= line.starts_with("```");
    }
    blocks
}

fn clean(told: &[Diagnostic], text: &str) {
    assert!(told.is_empty(), "{}\n{text}", explain(told, "README.md", text));
}

#[test]
fn every_example_does_what_the_text_beside_it_says() {
    let mut checked = 0;
    for (info, text) in [blocks(POLICIES), blocks(SCHEMA)].concat() {
        checked += 1;
        match info {
            "yaml" => clean(&read_policy(".gated.yml", text.as_bytes()).diagnostics, &text),
            "yaml floor" => clean(&read_floor("floor.yml", text.as_bytes()).diagnostics, &text),
            "yaml wrong" | "text" | "sh" => {} // executed by the command line's tests
            other => panic!("nothing checks a block of {other:?}"),
        }
    }
    assert!(checked >= 5);
}

#[test]
fn every_preset_is_named_on_the_page() {
    for (name, _) in presets() {
        assert!(POLICIES.contains(&format!("| `{name}` |")), "{name}");
    }
}

#[test]
fn the_strict_floor_demands_what_its_comment_says() {
    use gated_core::layers::Found;
    let text = include_str!("../../../../policies/floors/strict.yml");
    let Found::Valid(floor, _) = read_floor("strict.yml", text.as_bytes()).found else { panic!("invalid") };
    let bare = check_constraints(&floor, ".gated.yml", b"version: 1\nstages: {test: make}\n");
    assert_eq!(bare.len(), 1, "{bare:#?}");
    let timed = "version: 1\nenvironment: {image: mine}\nstages: {test: {run: make, timeout: 5m}}\n";
    let problems = check_constraints(&floor, ".gated.yml", timed.as_bytes());
    assert_eq!((problems[0].line, problems[0].column), (2, 22));
}
