//! A buildspec's `reports` as the reports of a stage.

use gated_policy::Node;

use super::super::yaml::scalar;
use super::{Carried, entries, items, text};

/// CodeBuild's name of a format → the policy's (build-spec-ref, `file-format`).
const FORMATS: [(&str, &str); 10] = [
    ("JUNITXML", "junit"),
    ("NUNITXML", "nunit"),
    ("NUNIT3XML", "nunit3"),
    ("TESTNGXML", "testng"),
    ("VISUALSTUDIOTRX", "trx"),
    ("CUCUMBERJSON", "cucumber"),
    ("COBERTURAXML", "cobertura"),
    ("JACOCOXML", "jacoco"),
    ("CLOVERXML", "clover"),
    ("SIMPLECOV", "simplecov"),
];

/// Every group with its files. The group's name is lost: the gate keeps reports by pull request.
pub(super) fn reports(groups: &Node, carried: &mut Carried) {
    for group in entries(groups) {
        let name = &group.key.text;
        let (mut files, mut base, mut format) = (Vec::new(), "", "JUNITXML");
        for part in entries(&group.value) {
            match part.key.text.as_str() {
                "files" => files = items(&part.value).iter().filter_map(text).collect(),
                "base-directory" => base = text(&part.value).unwrap_or_default(),
                "file-format" => format = text(&part.value).unwrap_or_default(),
                "discard-paths" => {}
                other => carried.lose(&format!("reports.{name}.{other}"), "no counterpart"),
            }
        }
        let Some((_, format)) = FORMATS.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(format)) else {
            carried.lose(&format!("reports.{name}"), &format!("the format {format} is none that CodeBuild documents"));
            continue;
        };
        if files.is_empty() {
            carried.lose(&format!("reports.{name}"), "it names no files");
            continue;
        }
        carried.lose(&format!("the group {name} of its reports"), "the gate reads the files, and keeps no group");
        let files: Vec<String> = files.iter().map(|file| scalar(&under(base, file))).collect();
        carried.reports.push(format!("{{format: {format}, files: [{}]}}", files.join(", ")));
    }
}

/// A file of a base directory, relative to the checkout.
fn under(base: &str, file: &str) -> String {
    match base.trim_start_matches("./").trim_end_matches('/') {
        "" | "." => file.to_owned(),
        base => format!("{base}/{file}"),
    }
}
