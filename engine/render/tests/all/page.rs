//! The page is one file that needs nothing, and shows text from outside as text.

use gated_core::report::Report;
use gated_render::page;

use crate::page_sample::red;

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
