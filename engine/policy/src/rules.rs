//! The register of everything that can be wrong with a file: one stable code and one stable name each. A code that was
//! published is never given to anything else.

use crate::diagnostic::{Class, Severity};
use crate::guess::nearest;

/// One kind of defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// `GT101`
    pub code: &'static str,
    /// `unknown-key`
    pub name: &'static str,
    /// Which question it belongs to.
    pub class: Class,
    /// How much weight a finding has.
    pub severity: Severity,
    /// What it means, in a line.
    pub summary: &'static str,
}

macro_rules! rules {
    ($($constant:ident $code:literal $name:literal $class:ident $($severity:ident)? $summary:literal)*) => {
        $(pub(crate) const $constant: Rule = Rule {
            code: $code,
            name: $name,
            class: Class::$class,
            severity: weight(&[$(Severity::$severity)?]),
            summary: $summary,
        };)*
        /// Every rule, by code.
        pub const RULES: &[Rule] = &[$($constant),*];
    };
}

/// The weight that a rule names, else an error's.
const fn weight(named: &[Severity]) -> Severity {
    match named {
        [named, ..] => *named,
        [] => Severity::Error,
    }
}

/// The rule of a code or a name, without regard to case: `GT101`, `unknown-key`.
pub fn rule(code_or_name: &str) -> Option<&'static Rule> {
    let wanted =
        |rule: &&Rule| rule.code.eq_ignore_ascii_case(code_or_name) || rule.name.eq_ignore_ascii_case(code_or_name);
    RULES.iter().find(wanted)
}

/// The code or name that was meant by a misspelt one.
pub fn nearest_rule(code_or_name: &str) -> Option<&'static str> {
    nearest(code_or_name, RULES.iter().flat_map(|rule| [rule.name, rule.code]))
}

rules! {
    TOO_LARGE          "GT001" "too-large"           Yaml "the file is over 256 KiB"
    NOT_UTF8           "GT002" "not-utf-8"           Yaml "the file is not UTF-8 text"
    BYTE_ORDER_MARK    "GT003" "byte-order-mark"     Yaml "the file begins with a byte-order mark"
    CONTROL_CHARACTER  "GT004" "control-character"   Yaml "a character that YAML does not allow"
    SYNTAX             "GT005" "syntax"              Yaml "not YAML"
    TAB                "GT006" "tab-indentation"     Yaml "a tab in the indentation"
    TOO_DEEP           "GT007" "too-deep"            Yaml "nested more than 32 deep"
    TOO_MANY_NODES     "GT008" "too-many-nodes"      Yaml "more than 20,000 values"
    DOCUMENTS          "GT009" "several-documents"   Yaml "a second document in the file"
    ANCHOR             "GT010" "anchor"              Yaml "an anchor (`&name`)"
    ALIAS              "GT011" "alias"               Yaml "an alias (`*name`)"
    TAG                "GT012" "tag"                 Yaml "a tag (`!name`)"
    MERGE_KEY          "GT013" "merge-key"           Yaml "a merge key (`<<`)"
    DUPLICATE_KEY      "GT014" "duplicate-key"       Yaml "a key that is there twice"
    KEY_NOT_TEXT       "GT015" "key-not-text"        Yaml "a key that is not text"
    UNQUOTED_GLOB      "GT016" "unquoted-glob"       Yaml "a glob that YAML reads as an alias or a tag"
    UNQUOTED_COLON     "GT017" "unquoted-colon"      Yaml "a colon that YAML reads as a mapping's"
    UNCLOSED           "GT018" "unclosed"            Yaml "a quote or bracket that is never closed"
    DIRECTIVE          "GT019" "directive"           Yaml "a directive (`%YAML`)"
    NOTATION           "GT020" "notation"            Yaml "a number or boolean written in an unusual way"
    TOO_MANY_FINDINGS  "GT021" "too-many-findings"   Yaml "more than 200 findings; the others are not listed"

    UNKNOWN_KEY        "GT101" "unknown-key"         Structure "a key that the language does not have here"
    MISSING_KEY        "GT102" "missing-key"         Structure "a key that must be there is not"
    WRONG_TYPE         "GT103" "wrong-type"          Structure "a value of another type than is due"
    UNKNOWN_VALUE      "GT104" "unknown-value"       Structure "a word that is none of the known ones"
    VERSION            "GT105" "unknown-version"     Structure "a version of the language that does not exist"
    NOT_BOOLEAN        "GT106" "not-a-boolean"       Structure "`yes`, `no`, `on`, `off` where true or false is due"
    NAME               "GT107" "bad-name"            Structure "a name that is not made as names are"
    OUT_OF_RANGE       "GT108" "out-of-range"        Structure "a number outside its range"
    FORM               "GT109" "bad-form"            Structure "text that has not the form that is due"
    EMPTY              "GT110" "empty"               Structure "nothing where a value is due"
    TITLE_LIST         "GT111" "title-list"          Structure "a list where a title is due"
    CONFLICT           "GT112" "conflicting-keys"    Structure "two keys that say the same thing"
    UNQUOTED_COMMAND   "GT113" "unquoted-command"    Structure "a command that YAML reads as a mapping"
    PATH               "GT114" "path-leaves-checkout" Structure "a path that is absolute or climbs out of the checkout"

    UNKNOWN_STAGE      "GT201" "unknown-stage"       Meaning "a stage that does not exist"
    SKIPS_EVERYTHING   "GT202" "skips-everything"    Meaning "a skip rule that leaves nothing to run"
    RESERVED_NAME      "GT203" "reserved-name"       Meaning "a name that is the gate's or the organisation's own"
    PROTECTED_VARIABLE "GT204" "protected-variable"  Meaning "a variable that a policy may not set"
    VARIABLE_TWICE     "GT205" "variable-twice"      Meaning "a variable that is set in two places"
    GLOB               "GT206" "bad-glob"            Meaning "not a glob"
    REGEX              "GT207" "bad-regex"           Meaning "not a regular expression that the gate takes"
    NO_RUN             "GT208" "stage-without-run"   Meaning "a stage that says nothing to run"
    NOTHING_TO_REMOVE  "GT209" "nothing-to-remove"   Meaning "`false` for a stage that no preset has"
    DURATION           "GT210" "bad-duration"        Meaning "a duration that CodeBuild does not take"
    DATE               "GT211" "no-such-date"        Meaning "a date that is not in the calendar"
    TOO_LONG           "GT212" "too-long"            Meaning "a pattern over 1,000 bytes"
    DEFAULT_FLOOR      "GT213" "default-floor-runs-nothing" Meaning "a floor that would let everything pass"
    CONSTRAINTS        "GT214" "bad-constraints"     Meaning "a floor's `constraints` that is no JSON Schema"
    CONSTRAINT         "GT215" "constraint"          Meaning "the organisation's constraints are not met"
    TOO_MANY_PATTERNS  "GT216" "too-many-patterns"   Meaning "more than 500 globs, or more than 16 regular expressions"
    UNKNOWN_PROFILE    "GT217" "unknown-profile"     Meaning "a build profile that the floor does not define"
    FORBIDDEN_SECRET   "GT218" "forbidden-secret"    Meaning "a secret or parameter that the floor does not give builds"

    GLOB_NOTHING       "GT301" "glob-matches-nothing"    Sense Warning "a glob that no path or branch can match"
    GLOB_EVERYTHING    "GT302" "glob-matches-everything" Sense Warning "a glob that matches everything where a choice is due"
    SHADOWED_GLOB      "GT303" "shadowed-glob"           Sense Warning "a glob that another one of the list makes useless"
    ANCHORED_TITLE     "GT304" "anchored-title"          Sense Warning "`^` or `$` in a pattern that is held against the whole title anyway"
    TITLE_NOTHING      "GT305" "title-matches-nothing"   Sense Warning "a pattern that no title can match"
    TITLE_EVERYTHING   "GT306" "title-matches-everything" Sense Warning "a pattern that every title matches"
    MISLEADING_TITLE   "GT307" "misleading-title"        Sense Warning "a regular expression that means something else than it looks like"
    NEVER_HOLDS        "GT308" "condition-never-holds"   Sense Warning "a condition that no pull request can meet"
    NOTHING_REQUIRED   "GT309" "nothing-required"        Sense "stages of which none is required"
    RULES_SKIP_ALL     "GT310" "rules-skip-everything"   Sense Warning "skip rules that together leave nothing to run"
    NO_COVERAGE_REPORT "GT311" "coverage-without-report" Sense "coverage is demanded and no stage reports it"
    NO_BRANCHES        "GT312" "format-without-branches" Sense Warning "branch coverage is demanded of reports that carry none"
    FORMAT_MISMATCH    "GT313" "report-format-mismatch"  Sense Warning "a report's file is not of its format"
    OVERRIDDEN         "GT314" "overridden-by-floor"     Sense Info "a value that the organisation's floor overrides"
    FEW_APPROVERS      "GT315" "approval-out-of-reach"   Sense "more approvals than there are people who may give them"
    OUT_OF_TIME        "GT316" "time-out-of-reach"       Sense Warning "a length of time that another one cuts short"
    WITHOUT_EFFECT     "GT317" "key-without-effect"      Sense Warning "a key that has no effect because of another one"

    SECRET             "GT401" "secret-in-clear"         Safety "a secret written into the file"
    UNPINNED_IMAGE     "GT402" "unpinned-image"          Safety Warning "an image whose contents can change"
    UNKNOWN_IMAGE      "GT403" "unknown-image"           Safety Warning "an image that CodeBuild does not have"
    RETIRED_IMAGE      "GT404" "retired-image"           Safety Warning "an image that CodeBuild no longer maintains"
    UNKNOWN_RUNTIME    "GT405" "unknown-runtime"         Safety Warning "a runtime that CodeBuild's images do not have"
    RUNTIME_ELSEWHERE  "GT406" "runtime-without-standard-image" Safety Warning "runtimes for an image that has none to choose from"
    COMMA              "GT407" "comma-splits-command"    Safety Warning "a comma in a flow list that cuts a command in two"
    OPEN_SKIP          "GT408" "open-skip-rule"          Safety Warning "a rule by which anyone may leave out a required stage"
    BUILDSPEC_SIZE     "GT409" "buildspec-too-large"     Safety "the buildspec of this policy is larger than CodeBuild takes"
    MISSING_SPACE      "GT410" "missing-space"           Safety Warning "a command that looks like a key or a list entry without its space"

    BARE_IGNORE        "GT501" "ignore-without-reason"   Comment Warning "an ignore comment that gives no reason"
    UNUSED_IGNORE      "GT502" "unused-ignore"           Comment Warning "an ignore comment that hides nothing"
    BAD_IGNORE         "GT503" "bad-ignore"              Comment Warning "an ignore comment for what is no lint"
    FORBIDDEN_IGNORE   "GT504" "forbidden-ignore"        Comment "an ignore comment where the floor forbids them"
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_misspelt_rule_is_guessed() {
        assert_eq!(nearest_rule("unknwon-key"), Some("unknown-key"));
        assert_eq!(nearest_rule("something-else"), None);
    }

    #[test]
    fn no_code_and_no_name_is_given_twice_and_the_codes_tell_the_class() {
        let codes: BTreeSet<_> = RULES.iter().map(|rule| rule.code).collect();
        let names: BTreeSet<_> = RULES.iter().map(|rule| rule.name).collect();
        assert_eq!((codes.len(), names.len()), (RULES.len(), RULES.len()));
        assert!(RULES.is_sorted_by_key(|rule| rule.code));
        for rule in RULES {
            let digit = match rule.class {
                Class::Yaml => "GT0",
                Class::Structure => "GT1",
                Class::Meaning => "GT2",
                Class::Sense => "GT3",
                Class::Safety => "GT4",
                Class::Comment => "GT5",
            };
            assert!(rule.code.starts_with(digit), "{}", rule.code);
        }
    }
}
