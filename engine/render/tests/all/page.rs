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
