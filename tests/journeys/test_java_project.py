"""A Java project that is built with Debian's packages alone: JUnit's console launcher, JaCoCo's agent and its library."""

import pathlib
import shutil

import pytest

from local_run import assert_same
from sandbox import ROOT

PROJECT = ROOT / "tests" / "fixtures" / "java"
JARS = ["junit-platform-console-standalone", "org.jacoco.agent.rt", "org.jacoco.report"]
missing = [jar for jar in JARS if not pathlib.Path(f"/usr/share/java/{jar}.jar").exists()]
pytestmark = pytest.mark.skipif(
    bool(missing) or not shutil.which("javac"),
    reason="no Java project without Debian's packages: apt-get install default-jdk-headless junit5 libjacoco-java")

DOUBLED = """
    public Price doubled() {
        return plus(this);
    }
}
"""


@pytest.fixture
def project(repository):
    files = {str(path.relative_to(PROJECT)): path.read_text() for path in PROJECT.rglob("*") if path.is_file()}
    files[".gated.yml"] = files.pop("gated.yml")
    return repository({**files, ".gitignore": "build/\n"})


def with_more(project, path, more):
    """The text of a Java file whose class has more in it."""
    return (project.clone / path).read_text().rstrip().removesuffix("}") + more.lstrip("\n")


def test_it_is_approved_with_its_tests_and_coverage_and_the_local_run_says_the_same(project):
    pull = project.open({
        "src/main/shop/Price.java": with_more(project, "src/main/shop/Price.java", DOUBLED),
        "src/test/shop/PriceTest.java": with_more(project, "src/test/shop/PriceTest.java", """
    @Test
    void doubles() {
        assertEquals("2.10", new Price(105).doubled().toString());
    }
}
"""),
    })
    comment = pull.verdict("✅ Approved", seconds=60)
    assert "5 passed, 0 skipped" in comment and "100% of 1 changed lines covered" in comment, comment
    measured = assert_same(pull)["evidence"]["measured"]
    assert [file["path"] for file in measured["coverage"]["files"]] == ["src/main/shop/Price.java"]


def test_a_change_without_a_test_is_refused_and_the_local_run_says_the_same(project):
    pull = project.open({"src/main/shop/Price.java": with_more(project, "src/main/shop/Price.java", DOUBLED)})
    comment = pull.verdict("❌ Not approved", seconds=60)
    assert "0% of 1 changed lines covered, below the 80% demanded" in comment, comment
    assert_same(pull)
