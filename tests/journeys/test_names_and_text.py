"""Text from outside, names and titles, stays text: on the page, in the shell, in names."""

import re

import pytest

from gate import VOTER
from project import GREEN, POLICY, suite
from sandbox import until


@pytest.mark.parametrize("name", ["a.repo", "r" * 100, "." + "x" * 98 + "y", "A_b-C.9"])
def test_a_repository_with_a_dot_or_a_hundred_characters_is_gated_like_any_other(sandbox, repository, name):
    made = repository(GREEN, name)
    pull = made.open({"a": "1"})
    assert "✅ Approved" in pull.verdict()
    project, = [p for p in pull.projects() if p.endswith(f"-pr-{pull.id}")]
    assert re.fullmatch(r"gated-[A-Za-z0-9_-]+-pr-\d+", project) and len(project) <= 150
    pull.merge()
    until("the end of the project", lambda: project not in pull.projects())


def test_a_dot_and_a_dash_in_a_name_are_two_projects(repository):
    one, two = (repository(GREEN, name).open({"a": "1"}) for name in ("twin.one", "twin-one"))
    one.verdict(), two.verdict()
    assert one.project != two.project and {one.project, two.project} <= set(one.projects())


def test_a_title_with_quotes_commands_newlines_and_emoji_is_text_on_the_page_and_never_reaches_the_shell(repository, scratch):
    canary = scratch / "c"
    title = f"it's \"$(touch {canary})\" `touch {canary}`; touch {canary}\n| a | 🎉 & <b>"
    assert len(title) <= 150
    save = scratch / "title"
    pull = repository(GREEN).open({"test.sh": suite().replace("exit 0", f"printf %s \"$GATED_TITLE\" > {save}")}, title=title)
    comment = pull.verdict()
    assert "✅ Approved" in comment and "🎉" in comment
    shown = next(line for line in comment.splitlines() if "🎉" in line)
    assert shown.replace("\\", "").count(f"touch {canary}") == 3 and "<b>" not in shown.replace("\\<", "")
    assert not canary.exists()
    assert save.read_text().startswith(f"it's \"$(touch {canary})\"")


def test_branches_files_and_people_with_odd_names_are_text_too(sandbox, repository, scratch):
    canary = scratch / "c"
    branch = f"x';touch${{IFS}}{canary};$(touch${{IFS}}{canary})`id`|&🎉"
    made = repository(GREEN)
    pull = made.open({"it's $(touch c) `x` 🎉.txt": "1\n", "-rf": "1\n"}, branch=branch, user="o.brien+x@example.com")
    assert "✅ Approved" in pull.verdict()
    assert pull.votes() == {VOTER} and not canary.exists()


def test_names_and_messages_of_failing_tests_cannot_break_out_of_the_comment(repository):
    failed = {"a | b\n## ✅ Approved: fooled": "<script>alert(1)</script> [x](http://evil.example) ![i](http://evil.example/p.png) @everyone\n# big"}
    comment = repository(GREEN).open({"test.sh": suite(failed=failed)}).verdict()
    assert comment.startswith("## ❌ Not approved")
    assert not re.search(r"^## ✅", comment, re.MULTILINE) and not re.search(r"^# big", comment, re.MULTILINE)
    assert "<script>" not in comment.replace("\\<", "")
    assert "](http://evil" not in comment.replace("\\]", "")


def test_a_failure_too_long_for_a_comment_is_cut_and_still_told(repository):
    failed = {f"case {n}": "x" * 3000 for n in range(300)}
    comment = repository(GREEN).open({"test.sh": suite(failed=failed)}).verdict("Not approved")
    assert len(comment.encode()) <= 10240 and "300 of 302 cases failed" in comment and "more" in comment


def test_commands_of_the_policy_run_as_they_are_written(repository, scratch):
    out = scratch / "out"
    policy = POLICY + f"""\
  odd:
    run: |
      # quotes ' " and `backticks` in a comment
      printf '%s\\n' "a  b" 'c"d' "$((1 + 1))" > {out}
      cat >> {out} <<'EOF'
      $HOME stays
      EOF
"""
    pull = repository({**GREEN, ".gated.yml": policy}).open({"a": "1"})
    assert "✅ Approved" in pull.verdict()
    assert out.read_text().split("\n")[:4] == ["a  b", "c\"d", "2", "$HOME stays"]
