//! Sums over the files of a coverage result. Compares nothing with a threshold: that is the decision's work.

use gated_core::matching::Globs;
use gated_core::measured::FileCoverage;
use gated_core::units::Ratio;

/// Lines and branches of all `files` together, or of those that `only` matches. Branches are `None` when no file tells any.
pub fn totals(files: &[FileCoverage], only: Option<&Globs>) -> (Ratio, Option<Ratio>) {
    let chosen = || files.iter().filter(|file| only.is_none_or(|globs| globs.matches(&file.path)));
    let lines = chosen().map(|file| file.lines).fold(Ratio::default(), Ratio::plus);
    (lines, chosen().filter_map(|file| file.branches).reduce(Ratio::plus))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_add_up_the_chosen_files_only() {
        let file = |path: &str, covered, branches| FileCoverage {
            path: path.to_owned(),
            lines: Ratio { covered, total: 10 },
            branches,
        };
        let files = [file("src/a.rs", 5, None), file("src/core/b.rs", 10, Some(Ratio { covered: 1, total: 2 }))];
        assert_eq!(totals(&files, None), (Ratio { covered: 15, total: 20 }, Some(Ratio { covered: 1, total: 2 })));
        let only = Globs::new(vec!["src/*.rs".to_owned()]).unwrap();
        assert_eq!(totals(&files, Some(&only)), (Ratio { covered: 5, total: 10 }, None));
    }
}
