//! The templates of what people read. Every value that a template shows is escaped unless a filter of ours took care of
//! it, so that nothing is shown unescaped by being forgotten. Nothing that a machine reads is made here.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};
use serde::Serialize;

use crate::{html, markdown};

/// A template that is shipped inside the program.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Template {
    Comment,
    Page,
    Running,
    Trouble,
}

/// How text from outside is shown.
#[derive(Debug, Clone, Copy)]
enum Form {
    Markdown,
    Html,
}

/// What the page is put together from.
const PARTS: [(&str, &str); 7] = [
    ("page/parts.html.j2", include_str!("templates/page/parts.html.j2")),
    ("page/style.css", include_str!("templates/page/style.css")),
    ("page/reasons.html.j2", include_str!("templates/page/reasons.html.j2")),
    ("page/build.html.j2", include_str!("templates/page/build.html.j2")),
    ("page/coverage.html.j2", include_str!("templates/page/coverage.html.j2")),
    ("page/policy.html.j2", include_str!("templates/page/policy.html.j2")),
    ("page/run.html.j2", include_str!("templates/page/run.html.j2")),
];

impl Template {
    fn text(self) -> &'static str {
        match self {
            Self::Comment => include_str!("templates/comment.md.j2"),
            Self::Running => include_str!("templates/running.md.j2"),
            Self::Trouble => include_str!("templates/trouble.md.j2"),
            Self::Page => include_str!("templates/page/page.html.j2"),
        }
    }

    fn form(self) -> Form {
        match self {
            Self::Comment | Self::Running | Self::Trouble => Form::Markdown,
            Self::Page => Form::Html,
        }
    }
}

/// Fills a template; strings are escaped as what it is made of, Markdown or HTML.
///
/// # Errors
/// When the template and `view` do not fit together, which tests rule out.
pub(crate) fn fill(template: Template, view: &impl Serialize) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("code", |text: String| Value::from_safe_string(markdown::code(&text)));
    environment.add_filter("cell", |text: String| Value::from_safe_string(markdown::cell(&text)));
    // Inside of a fence nothing acts.
    environment.add_filter("raw", |text: String| Value::from_safe_string(text));
    environment.add_filter("url", |text: String| Value::from_safe_string(url(&text)));
    let form = template.form();
    // What a macro of ours returns is not escaped again.
    environment.set_auto_escape_callback(move |_| match form {
        Form::Markdown => AutoEscape::None,
        Form::Html => AutoEscape::Html,
    });
    environment.set_formatter(move |out, _state, value| {
        let written = match value.kind() {
            ValueKind::None => Ok(()),
            ValueKind::String if !value.is_safe() => {
                let text = value.as_str().unwrap_or_default();
                out.write_str(&match form {
                    Form::Markdown => markdown::escape(text),
                    Form::Html => html::escape(text),
                })
            }
            _ => out.write_str(&value.to_string()),
        };
        written.map_err(Error::from)
    });
    environment.add_filter("href", |text: String| if is_web(&text) { text } else { "#".to_owned() });
    for (name, text) in PARTS {
        environment.add_template(name, text)?;
    }
    environment.render_str(template.text(), Serde(view))
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// A URL that cannot leave the `<…>` it stands in. Anything but http and https becomes `#`.
fn url(text: &str) -> String {
    if !is_web(text) {
        return "#".to_owned();
    }
    text.chars()
        .filter(|c| !c.is_control() && !c.is_whitespace())
        .map(|c| match c {
            '<' => "%3C".to_owned(),
            '>' => "%3E".to_owned(),
            '\\' => "%5C".to_owned(),
            '|' => "%7C".to_owned(),
            '&' => "&amp;".to_owned(),
            other => other.to_string(),
        })
        .collect()
}
