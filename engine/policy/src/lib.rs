//! READS: the text of a `.gated.yml` or of a floor → a valid policy, or every fault in it at its place. Pure functions over
//! bytes: no files, no clock, no network, and nothing is decided about a pull request here.

mod broken;
mod budget;
mod cases;
mod compose;
mod constraints;
mod diagnostic;
mod explanation;
mod extends;
mod fixes;
mod guess;
mod ignores;
mod layers;
mod lint;
mod lints;
mod long;
mod place;
mod presets;
mod read;
mod reader;
mod rules;
mod schema;
mod shape;
mod span;
mod tree;
mod valid;
mod words;
mod written;

pub use budget::{DEEPEST, LARGEST, MOST_FINDINGS, MOST_GLOBS, MOST_NODES, MOST_REGEXES};
pub use cases::{Cases, Checked, CheckedCase, Failure, Texts, Unseen, check_cases, read_cases};
pub use compose::{Composed, compose};
pub use constraints::{check_constraints, constraint_diagnostics};
pub use diagnostic::{Class, Diagnostic, Edit, Fix, Related, Severity};
pub use explanation::{Example, Explanation, explanation, reference};
pub use fixes::{Fixed, apply_fixes};
pub use layers::{Content, POLICY_PATH, PolicyText, read_layers};
pub use lint::{FileKind, Measure, lint, lint_measured};
pub use presets::presets;
pub use read::{Reading, read_floor, read_policy};
pub use rules::{RULES, Rule, nearest_rule, rule};
pub use schema::{decision_schema, floor_schema, record_schema, report_schema, schema, test_schema};
pub use span::Span;
pub use tree::{Comment, Document, Entry, Key, Kind, Meaning, Node, Scalar, Style};
