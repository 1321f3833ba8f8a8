//! Repositories of several packages: whatever way a real tool writes its paths, the file that was measured is the one meant.

use gated_core::policy::ReportFormat::{Clover, Cobertura, Lcov};

use crate::support::{Build, fixture, lines};

const RUST: &[&str] = &["crates/api/src/lib.rs", "crates/core/src/lib.rs", "src/lib.rs", "Cargo.toml"];
const PYTHON: &[&str] =
    &["src/shop/__init__.py", "src/shop/price.py", "shop/price.py", "price.py", "tests/test_price.py"];
const JEST: &[&str] = &["packages/a/src/index.js", "packages/b/src/index.js", "src/index.js", "index.js"];

#[test]
fn files_of_a_package_are_found_as_every_tool_writes_them() {
    let rust: &[&str] = &["crates/api/src/lib.rs 6/6", "crates/core/src/lib.rs 6/9"];
    let python: &[&str] = &["src/shop/price.py 3/4"];
    let both: &[&str] = &["packages/a/src/index.js 3/4", "packages/b/src/index.js 3/4"];
    let one: &[&str] = &["packages/a/src/index.js 3/4"];
    let cases = [
        (Lcov, "lcov.info", "rust-workspace.info", RUST, rust),
        (Cobertura, "target/coverage.xml", "rust-workspace.xml", RUST, rust),
        (Cobertura, "reports/coverage.xml", "python-src.xml", PYTHON, python),
        (Lcov, "coverage.lcov", "python-src.info", PYTHON, python),
        (Lcov, "coverage/lcov.info", "jest-root.info", JEST, both),
        (Cobertura, "coverage/cobertura-coverage.xml", "jest-root.xml", JEST, both),
        (Clover, "coverage/clover.xml", "jest-root-clover.xml", JEST, both),
        (Lcov, "packages/a/coverage/lcov.info", "jest-package.info", JEST, one),
        (Cobertura, "packages/a/coverage/cobertura-coverage.xml", "jest-package.xml", JEST, one),
        (Clover, "packages/a/coverage/clover.xml", "jest-package-clover.xml", JEST, one),
    ];
    for (format, at, file, tree, expected) in cases {
        let build = || Build::new(format).file(at, fixture(&format!("layouts/{file}"))).tree(tree);
        assert_eq!(lines(&build().measure()), expected, "{file}, nobody knows where the checkout was");
        let checkout = if file.starts_with("rust") { "/home/ann/rs" } else { "/home/ann/js" };
        assert_eq!(lines(&build().checkout(checkout).measure()), expected, "{file}");
        let built = build().checkout("/codebuild/output/src1/src/git-codecommit/v1/repos/shop");
        assert_eq!(lines(&built.measure()), expected, "{file}, built elsewhere than where it was measured");
    }
}
