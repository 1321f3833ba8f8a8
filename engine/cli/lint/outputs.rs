//! The forms of the output, and where each goes: one to standard output, any number to files, in one run.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context;
use gated_render::findings::{Judged, Look, concise, human, json, junit, sarif, summary};

use crate::screen;

/// `FORM` or `FORM=FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    form: Form,
    file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Human,
    Concise,
    Json,
    Sarif,
    Junit,
}

impl Output {
    /// What is printed when nobody asks for anything else.
    pub(super) const DEFAULT: Self = Self { form: Form::Human, file: None };

    pub(super) fn to_stdout(&self) -> bool {
        self.file.is_none()
    }

    /// Writes the findings to where they belong; to standard error when standard output is `taken`.
    ///
    /// # Errors
    /// When the file or standard output cannot be written.
    pub(super) fn write(&self, files: &[Judged], colour: bool, taken: bool) -> anyhow::Result<()> {
        let text = self.text(files, colour && self.to_stdout() && !taken);
        match &self.file {
            Some(path) => std::fs::write(path, text).with_context(|| path.display().to_string()),
            None if taken => {
                screen::tell(&text);
                Ok(())
            }
            None => screen::print(&text),
        }
    }

    fn text(&self, files: &[Judged], colour: bool) -> String {
        match self.form {
            Form::Human => human(files, Look { colour, width: screen::width() }) + &summary(files),
            Form::Concise => concise(files),
            Form::Json => json(files),
            Form::Sarif => sarif(files, env!("CARGO_PKG_VERSION")),
            Form::Junit => junit(files),
        }
    }
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (form, file) = match text.split_once('=') {
            Some((_, "")) => return Err(format!("no file stands behind {text:?}")),
            Some((form, file)) => (form, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let form = match form {
            "human" => Form::Human,
            "concise" => Form::Concise,
            "json" => Form::Json,
            "sarif" => Form::Sarif,
            "junit" => Form::Junit,
            other => return Err(format!("{other:?} is none of human, concise, json, sarif, junit")),
        };
        Ok(Self { form, file })
    }
}
