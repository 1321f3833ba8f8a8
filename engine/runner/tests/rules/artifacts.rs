//! Which files artifacts and reports take along.

use std::collections::BTreeMap;

use gated_runner::{Buildspec, CollectFault, CollectedFile, collect_artifacts, collect_report};

use crate::support::Bench;

fn project() -> Bench {
    let bench = Bench::new();
    for name in ["a.txt", ".hidden", "build1/one.txt", "build2/two.txt", "build2/sub/three.txt", "build2/sub/skip.log"]
    {
        bench.write(name, name);
    }
    bench
}

fn chosen(bench: &Bench, artifacts: &str) -> Result<Vec<String>, CollectFault> {
    let spec = format!("{{version: 0.2, phases: {{build: {{commands: [ls]}}}}, artifacts: {artifacts}}}");
    let spec = Buildspec::parse(&spec).unwrap();
    let directory = &bench.build.directory;
    let variables = BTreeMap::from([("CODEBUILD_SRC_DIR".to_owned(), directory.to_string_lossy().into_owned())]);
    let files = collect_artifacts(&spec.artifacts.unwrap(), directory, &variables)?;
    assert!(files.iter().all(|file| file.path.is_absolute() && file.path.is_file()));
    Ok(files.into_iter().map(|file| file.name).collect())
}

#[test]
fn two_stars_are_every_file_below_and_one_star_stays_in_its_directory() {
    let bench = project();
    let all = [".hidden", "a.txt", "build1/one.txt", "build2/sub/skip.log", "build2/sub/three.txt", "build2/two.txt"];
    assert_eq!(chosen(&bench, "{files: ['**/*']}").unwrap(), all);
    assert_eq!(chosen(&bench, "{files: ['build2/*']}").unwrap(), ["build2/two.txt"]);
    assert_eq!(chosen(&bench, "{files: ['build2/**/*']}").unwrap(), &all[3..]);
    assert_eq!(
        chosen(&bench, "{files: [./a.txt, 'build2/sub/three.txt']}").unwrap(),
        ["a.txt", "build2/sub/three.txt"]
    );
    assert_eq!(chosen(&bench, "{files: ['*/*.txt']}").unwrap(), ["build1/one.txt", "build2/two.txt"]);
}

#[test]
fn the_base_directory_is_not_part_of_the_names_and_may_be_a_pattern_or_name_variables() {
    let bench = project();
    assert_eq!(chosen(&bench, "{base-directory: build2, files: ['*/three.txt']}").unwrap(), ["sub/three.txt"]);
    assert_eq!(
        chosen(&bench, "{base-directory: 'build*', files: ['**/*'], discard-paths: yes}").unwrap(),
        ["one.txt", "skip.log", "three.txt", "two.txt"]
    );
    for base in ["$CODEBUILD_SRC_DIR/build1", "${CODEBUILD_SRC_DIR}/build1", "./build1/", "build2/../build1"] {
        assert_eq!(chosen(&bench, &format!("{{base-directory: '{base}', files: ['**/*']}}")).unwrap(), ["one.txt"]);
    }
    assert_eq!(chosen(&bench, "{files: ['$CODEBUILD_SRC_DIR/build1/*']}").unwrap(), ["build1/one.txt"]);
}

#[test]
fn excluded_paths_are_left_out() {
    let bench = project();
    let set = "{base-directory: build2, files: ['**/*'], exclude-paths: '**/*.log'}";
    assert_eq!(chosen(&bench, set).unwrap(), ["sub/three.txt", "two.txt"]);
    let set = "{files: ['**/*'], exclude-paths: ['build2/**/*', '.*']}";
    assert_eq!(chosen(&bench, set).unwrap(), ["a.txt", "build1/one.txt"]);
}

#[test]
fn no_link_leads_out_of_the_base_directory() {
    let bench = project();
    std::fs::write(bench.root().join("outside"), "secret").unwrap();
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, bench.path(name)).unwrap();
    link("../outside", "build1/out.txt");
    link("../..", "build1/up");
    link("one.txt", "build1/inside.txt");
    link("nowhere", "build1/dangling");
    link("..", "build1/loop");
    let set = |files: &str| format!("{{base-directory: build1, files: [{files}]}}");
    assert_eq!(chosen(&bench, &set("'**/*'")).unwrap(), ["inside.txt", "one.txt"]);
    for way_out in
        ["out.txt", "up/outside", "'up/*'", "../../outside", "'../**/*'", "/etc/passwd", "'/etc/*'", "'loop/*.txt'"]
    {
        assert_eq!(chosen(&bench, &set(way_out)), Err(CollectFault::NoFiles("artifact")), "{way_out}");
    }
}

#[test]
fn no_matching_file_is_the_error_that_code_build_gives() {
    let bench = project();
    let error = chosen(&bench, "{files: ['*.jar', build1]}").unwrap_err();
    assert_eq!(error.to_string(), "no matching artifact paths found");
    for base in ["dist", "dist*", "a.txt", "no/dist*"] {
        let error = chosen(&bench, &format!("{{base-directory: '{base}', files: ['**/*']}}")).unwrap_err();
        assert_eq!(error.to_string(), format!("no matching base directory path found for {base}"));
    }
    assert!(matches!(chosen(&bench, "{files: ['[']}"), Err(CollectFault::Pattern { pattern, .. }) if pattern == "["));
}

#[test]
fn report_files_are_found_like_artifacts() {
    let bench = project();
    let spec = "{version: 0.2, phases: {build: {commands: [ls]}}, reports: {unit: {files: ['*.txt'], base-directory: build1}, none: {files: [x]}}}";
    let spec = Buildspec::parse(spec).unwrap();
    let collect = |index: usize| collect_report(&spec.reports[index], &bench.build.directory, &BTreeMap::new());
    let expected = CollectedFile { path: bench.path("build1/one.txt"), name: "one.txt".to_owned() };
    assert_eq!(collect(0), Ok(vec![expected]));
    assert_eq!(collect(1).unwrap_err().to_string(), "no matching report paths found");
}
