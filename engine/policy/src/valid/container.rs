//! The container image and coverage.

use gated_core::policy::{Accept, Container, Coverage, PathTarget, Scan};

use super::patterns::{condition, globs};
use crate::reader::{Reader, shortened};
use crate::rules;
use crate::tree::Key;
use crate::written::scalars::{Date, Text};
use crate::written::{At, policy};

/// The container image.
pub(crate) fn container(written: policy::Container, to: &mut Reader<'_>) -> Container {
    Container {
        build: written.build.map(|flag| flag.value.0),
        dockerfile: written.dockerfile.map(|path| path.value.0),
        context: written.context.map(|path| path.value.0),
        when: written.when.and_then(|when| condition(when.value, to)),
        scan: written.scan.map(|scan| Scan {
            fail_on: scan.value.fail_on.map(|severity| severity.value.0),
            unscannable: scan.value.unscannable.map(|blind| blind.value.0),
            accept: scan
                .value
                .accept
                .map(|list| list.value.0.into_iter().filter_map(|one| accept(one.value, to)).collect()),
        }),
    }
}

fn accept(written: policy::Accept, to: &mut Reader<'_>) -> Option<Accept> {
    let until = written.until?;
    if !in_the_calendar(&until) {
        to.fault(rules::DATE, until.span, format!("{} is not in the calendar", until.value.0));
    }
    Some(Accept {
        id: written.id?.value.0,
        until: until.value.0,
        owner: written.owner?.value.0,
        reason: written.reason?.value.0,
    })
}

fn in_the_calendar(date: &At<Date>) -> bool {
    let mut parts = date.value.0.split('-').map(|part| part.parse::<u32>().unwrap_or(0));
    let (year, month, day) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (1..=days).contains(&day)
}

/// Demands on coverage.
pub(crate) fn coverage(written: policy::Coverage, to: &mut Reader<'_>) -> Coverage {
    let targets = written.paths.map(|map| map.value.entries).unwrap_or_default();
    Coverage {
        line: written.line.map(|rate| rate.value.0),
        branch: written.branch.map(|rate| rate.value.0),
        patch: written.patch.map(|rate| rate.value.0),
        min_patch_lines: written.min_patch_lines.map(|lines| lines.value.0),
        exclude: written.exclude.and_then(|list| globs(&list.value.0, |text| &text.0, to)),
        paths: targets.into_iter().filter_map(|(key, target)| path_target(key, target.value, to)).collect(),
    }
}

fn path_target(key: Key, written: policy::PathDemand, to: &mut Reader<'_>) -> Option<PathTarget> {
    if key.text.starts_with('!') {
        let message = format!("`{}` takes away, and a target needs files", shortened(&key.text));
        to.fault(rules::GLOB, key.span, message);
        return None;
    }
    let glob = At { value: Text(key.text), span: key.span };
    let files = globs(&[glob], |text| &text.0, to)?;
    Some(PathTarget {
        files,
        line: written.line.map(|rate| rate.value.0),
        branch: written.branch.map(|rate| rate.value.0),
    })
}
