//! The composer against another YAML reader, and against texts that nobody meant to write.

use gated_policy::{compose, read_floor, read_policy};

use crate::told::explain;
use proptest::prelude::*;
use serde_json::Value;

const SEEDS: &[&str] = &[
    include_str!("../fixtures/everything.yml"),
    include_str!("../fixtures/short.yml"),
    include_str!("../fixtures/floor.yml"),
    "a: |\n  x\n   y\n\nb: >-\n  folded\n  text\nc: 'it''s'\nd: \"\\t\\u00e9\\x41\"\ne:\n- 1\n- [a, {b: c}]\n",
];

/// Pieces that change what the text around them means.
const PIECES: &[&str] = &[
    "\n", " ", "  ", "\t", ":", ": ", "- ", "#", "'", "\"", "[", "]", "{", "}", ",", "&a", "*a", "!t", "|", ">", "%",
    "@", "?", "<<: ", "---\n", "\r\n", "é", "😀", "\\", "7", "null", "~", "\u{85}", "\u{2028}", "\u{feff}", "\0",
];

fn mutated(seed: usize, edits: &[(u16, u16, u8)]) -> String {
    let mut text: Vec<char> = SEEDS[seed % SEEDS.len()].chars().collect();
    for (at, piece, cut) in edits {
        let at = usize::from(*at) % text.len().max(1);
        let end = (at + usize::from(*cut)).min(text.len());
        text.splice(at..end, PIECES[usize::from(*piece) % PIECES.len()].chars());
    }
    text.into_iter().collect()
}

fn edits() -> impl Strategy<Value = Vec<(u16, u16, u8)>> {
    proptest::collection::vec((any::<u16>(), any::<u16>(), 0u8..4), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_a_reader_panic_and_every_place_lies_in_the_text(seed in 0usize..8, edits in edits()) {
        let text = mutated(seed, &edits);
        for diagnostics in
            [read_policy("p", text.as_bytes()).diagnostics, read_floor("f", text.as_bytes()).diagnostics]
        {
            for told in &diagnostics {
                prop_assert!(text.get(told.span.start..told.span.end).is_some(), "{told:?}");
                prop_assert!(told.span.line >= 1 && told.span.column >= 1, "{told:?}");
            }
            prop_assert!(diagnostics.is_sorted_by_key(|told| told.span));
            explain(&diagnostics, "p", &text);
        }
    }

    #[test]
    fn what_two_readers_take_they_read_the_same(seed in 0usize..8, edits in edits()) {
        let text = mutated(seed, &edits);
        let ours = compose(text.as_bytes());
        let Some(document) = ours.document.filter(|_| ours.diagnostics.is_empty()) else { return Ok(()) };
        let Ok(theirs) = serde_yaml::from_str::<Value>(&text) else { return Ok(()) };
        prop_assert_eq!(document.root.json(), theirs, "{}", text);
    }

    #[test]
    fn every_plain_scalar_stands_where_its_place_says(seed in 0usize..8, edits in edits()) {
        use gated_policy::{Kind, Node, Span, Style};
        fn walk(node: &Node, text: &str) -> Result<(), TestCaseError> {
            match &node.kind {
                Kind::Scalar(scalar) => {
                    let written = text.get(node.span.start..node.span.end);
                    if scalar.style == Style::Plain && !scalar.text.contains([' ', '\n']) {
                        prop_assert_eq!(written, Some(scalar.text.as_str()));
                    }
                    let counted = Span::at(text, node.span.start);
                    prop_assert_eq!((node.span.line, node.span.column), (counted.line, counted.column));
                }
                Kind::List(items) => items.iter().try_for_each(|item| walk(item, text))?,
                Kind::Map(entries) => entries.iter().try_for_each(|entry| walk(&entry.value, text))?,
                Kind::Fault => {}
            }
            Ok(())
        }
        let text = mutated(seed, &edits);
        if let Some(document) = compose(text.as_bytes()).document {
            walk(&document.root, &text)?;
        }
    }
}
