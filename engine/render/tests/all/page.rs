//! The page is one file that needs nothing, and shows text from outside as text.

use gated_core::report::Report;
use gated_render::page;

use crate::page_sample::{huge, red};

/// The largest page, in bytes.
const MOST_BYTES: usize = 8 << 20;

/// Keeps a page for the browser that looks at it afterwards (`tests/journeys/test_page.py`).
fn keep(name: &str, report: &Report) -> String {
    let text = page(report);
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/pages");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join(name), &text).unwrap();
    text
}

#[test]
fn the_first_heading_answers_and_every_section_is_there() {
    let text = keep("red.html", &red());
    assert!(
        text.contains("Not approved: <bdi>stage test: exit code 100 after 12.4 s (and 3 more)</bdi></h1>"),
        "{text}"
    );
}

#[test]
fn changed_lines_are_shown_with_their_text_and_whether_they_were_run() {
    let text = page(&red());
    let row = |number: u32| {
        let at = format!("<span class=\"at\">{number}</span>");
        text.lines().find(|line| line.contains(&at)).unwrap_or_else(|| panic!("{number}: {text}")).to_owned()
    };
    assert!(row(14).contains("class=\"bad\"") && row(14).contains("not run"), "{}", row(14));
    assert!(row(14).contains("// &lt;b&gt;no&lt;/b&gt; nodes &amp; no text"), "{}", row(14));
    assert!(row(12).contains("class=\"good\"") && row(12).contains("4×"), "{}", row(12));
    assert!(row(11).contains("nothing to run") && !row(11).contains("good"), "{}", row(11));
    assert!(row(20).contains("class=\"good gap\""), "{}", row(20));
}

#[test]
fn a_huge_and_hostile_report_makes_a_page_that_a_phone_can_open() {
    let text = keep("huge.html", &huge());
    assert!(text.len() < MOST_BYTES, "{} bytes", text.len());
    assert!(!text.contains("<script") && !text.contains("<img") && !text.contains('\u{1b}') && !text.contains('\0'));
    for rest in ["more failed cases", "more files", "more findings"] {
        assert!(text.contains(rest), "what is left out is counted: {rest}");
    }
}
