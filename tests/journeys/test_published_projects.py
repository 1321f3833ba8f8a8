"""Published projects on the gate, exactly as their registries ship them, their own tests running for real."""

import re

import pytest

import rust_tools
from gate import VOTER
from local_run import assert_same
from published_archives import Archive, from_crates_io, from_npm, from_pypi, npm_packages, wheels
from published_gate import Answer, Published
from sandbox import until

SEMVER = Archive("semver", "1.0.26", "semver-1.0.26.crate",
                 "56e6fa9c48d24d85fb3de5ad847117517440f6beceb7798af16b4a87d616b8d0", from_crates_io)
TOOLZ = Archive("toolz", "1.0.0", "toolz-1.0.0.tar.gz",
                "2c86e3d9a04798ac556793bced838816296a2f085017664e4995cb40a1047a02", from_pypi)
PROXY_ADDR = Archive("@fastify/proxy-addr", "5.1.0", "fastify-proxy-addr-5.1.0.tgz",
                     "da23aa2f3bd9b3e1f5881287ac3e46363055b63d1add4c059f88515b35d26856", from_npm)


@pytest.fixture(scope="module")
def publish(shared, tmp_path_factory):
    def make(name, archive, **variables):
        return Published(shared, name, archive, tmp_path_factory.mktemp("published"), variables)
    return make


@pytest.fixture(scope="module")
def semver(publish, parameter):
    if reason := rust_tools.missing():
        pytest.skip(f"no published crate without its tools: {reason}")
    found = str(rust_tools.DIRECTORY)
    parameter("/ci/rust-tools", found)
    return publish("semver", SEMVER, RUST_TOOLS=found)


@pytest.fixture(scope="module")
def toolz(publish, parameter):
    found = str(wheels("coverage==7.17.3", "pytest==9.2.0"))
    parameter("/ci/wheels", found)
    return publish("toolz", TOOLZ, PIP_FIND_LINKS=found)


@pytest.fixture(scope="module")
def proxy_addr(publish, parameter):
    found = str(npm_packages("@fastify/forwarded@3.0.1", "ipaddr.js@2.3.0"))
    parameter("/ci/npm-packages", found)
    return publish("proxy-addr", PROXY_ADDR, NPM_PACKAGES=found)


@pytest.fixture(scope="module")
def parameter(shared):
    """Puts a place of the organisation's own into the Parameter Store, where builds read it."""
    def put(name, value):
        shared.aws("alice", "ssm", "put-parameter", "--name", name, "--value", value, "--type", "String")
    return put


def test_a_rust_crate_is_approved_with_its_tests_and_coverage_and_merges(semver):
    answer = Answer(semver.open("Tell pre-releases apart", {
        "src/lib.rs": ("}\n\nimpl VersionReq {", """
    /// Whether this is a pre-release, like `1.0.0-rc.1`.
    pub fn is_prerelease(&self) -> bool {
        !self.pre.is_empty()
    }
}

impl VersionReq {"""),
        "tests/test_version.rs": (None, """
#[test]
fn test_is_prerelease() {
    assert!(version("1.0.0-rc.1").is_prerelease());
    assert!(!version("1.0.0+build").is_prerelease());
}
"""),
    }))
    assert "100% of 3 changed lines covered, 90% demanded" in answer.comment, answer.comment
    # How many lines can be covered is the compiler's own affair.
    assert re.search(r"9\d(\.\d+)?% of 8\d\d lines covered, 90% demanded", answer.comment), answer.comment
    assert_merges(semver, answer, cases=35, brings=("src/lib.rs", "fn is_prerelease"))


def test_a_change_that_breaks_a_test_of_a_rust_crate_is_refused_and_the_test_is_named(semver):
    answer = Answer(semver.open("Accept leading zeros", {
        "src/parse.rs": ("if value == 0 && len > 0 {", "if false {"),
    }))
    assert_refused(semver, answer, "1 of 34 cases failed", "test_parse", "(tests/test_version.rs:54)",
                   "invalid leading zero in major version number")


def test_a_change_of_a_rust_crate_that_no_test_runs_is_refused_and_its_lines_are_named(semver):
    answer = Answer(semver.open("Tell whether a version is stable", {
        "src/lib.rs": ("}\n\nimpl VersionReq {", """
    /// Whether its interface is settled.
    pub fn is_stable(&self) -> bool {
        self.major > 0 && self.pre.is_empty()
    }
}

impl VersionReq {"""),
    }))
    assert_refused(semver, answer, "patch coverage: 0% of 3 changed lines covered, below the 90% demanded",
                   "src/lib.rs: 3 of 3 changed lines not covered: 483-485", "| 34 passed, 0 skipped |")


def test_a_python_package_is_approved_with_its_tests_and_coverage_and_merges(toolz):
    answer = Answer(toolz.open("Leave keys out", {
        "toolz/dicttoolz.py": (None, """

def omit(keys, d, factory=dict):
    \"\"\" The items of a dictionary whose keys are not among those given

    >>> omit(['x'], {'x': 1, 'y': 2})
    {'y': 2}
    \"\"\"
    keys = set(keys)
    return keyfilter(lambda key: key not in keys, d, factory)
"""),
        "toolz/tests/test_dicttoolz.py": (None, """

def test_omit():
    from toolz.dicttoolz import omit
    assert omit(['x'], {'x': 1, 'y': 2}) == {'y': 2}
    assert omit([], {}) == {}
"""),
    }))
    assert "96.10% of 1181 lines covered, 95% demanded" in answer.comment
    assert "100% of 3 changed lines covered, 80% demanded" in answer.comment
    assert_merges(toolz, answer, cases=181, brings=("toolz/dicttoolz.py", "def omit"))


def test_a_change_that_breaks_a_test_of_a_python_package_is_refused_and_the_test_is_named(toolz):
    answer = Answer(toolz.open("Filter by value the other way round", {
        "toolz/dicttoolz.py": ("if predicate(v):", "if not predicate(v):"),
    }))
    assert_refused(toolz, answer, "4 of 180 cases failed", "test_valfilter")
    assert "not run because of this: coverage report of test, line coverage, patch coverage" in answer.comment


def test_untested_code_that_takes_a_python_package_below_its_coverage_is_refused(toolz):
    untested = "".join(f"def nth{n}(items):\n    return list(items)[{n}]\n\n\n" for n in range(20))
    answer = Answer(toolz.open("Positions by name", {"toolz/positions.py": (None, untested)}))
    assert_refused(toolz, answer, "line coverage: 92.93% of 1218 lines covered, below the 95% demanded",
                   "toolz/positions.py: 40 of 40 lines not covered", "| 180 passed, 0 skipped |")


def test_an_npm_package_is_approved_with_the_count_of_its_own_tests_and_merges(proxy_addr):
    answer = Answer(proxy_addr.open("Know the addresses of examples", {
        "index.js": ("const IP_RANGES = {", "const IP_RANGES = {\n  documentation: ['192.0.2.0/24', '2001:db8::/32'],"),
        "test/compile.test.js": (None, """
test('should accept the addresses of examples', function (t) {
  const trust = proxyaddr.compile('documentation')
  t.assert.strictEqual(trust('192.0.2.7', 0), true)
  t.assert.strictEqual(trust('192.0.3.7', 0), false)
})
"""),
    }))
    assert_merges(proxy_addr, answer, cases=71, brings=("index.js", "documentation"))


def test_a_change_that_breaks_a_test_of_an_npm_package_is_refused_and_the_test_is_named(proxy_addr):
    answer = Answer(proxy_addr.open("Reword an error", {
        "index.js": ("'unsupported trust argument'", "'trust must be a list or a text'"),
    }))
    assert_refused(proxy_addr, answer, "2 of 70 cases failed", "trust should reject a number",
                   "The input did not match the regular expression")


def assert_merges(project, answer, cases, brings):
    """Approved on the revision that was built, for every case of the project's own tests, and by `gated run` on a machine of
    one's own; then merged and cleaned up."""
    assert_same(answer.pull, **project.variables)
    pull, aws = answer.pull, project.sandbox.aws
    assert answer.comment.startswith("## ✅ Approved")
    assert f"| {cases} passed, 0 skipped |" in answer.comment
    assert (answer.approved, pull.votes()) == (True, {VOTER})
    build, = aws("alice", "codebuild", "batch-get-builds", "--ids", pull.builds()[0]["id"])["builds"]
    assert (build["buildStatus"], build["sourceVersion"]) == ("SUCCEEDED", pull.commit)
    merged = answer.merge()["pullRequest"]
    assert merged["pullRequestStatus"] == "CLOSED"
    assert merged["pullRequestTargets"][0]["mergeMetadata"]["isMerged"] is True
    path, text = brings
    assert text in project.on_main(path)
    until("the end of its project", lambda: pull.project not in aws("alice", "codebuild", "list-projects")["projects"])


def assert_refused(project, answer, *words):
    """Judged by a build that ran, not approved, also by `gated run`, told why in these words, and not mergeable."""
    assert_same(answer.pull, **project.variables)
    assert answer.comment.startswith("## ❌ Not approved")
    for word in words:
        assert word in answer.comment, answer.comment
    assert (answer.approved, answer.pull.votes()) == (False, set())
    assert answer.refusal() == "PullRequestApprovalRulesNotSatisfiedException"
