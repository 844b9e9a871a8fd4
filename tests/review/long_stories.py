"""Ten long lives of a merge request, each recognised by its first line: what they cost is in docs/how-quiet.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.review.reviewing import FIXED, LEAKY

if TYPE_CHECKING:
    from tests.review.story import Story

POLICY = 'ignore:\n  - rule: secret-in-log\n    reason: "moving, SEC-1"\n'
SECOND = LEAKY.replace("deploy:", "staging:")
THIRD = LEAKY.replace("deploy:", "production:")


def twenty_pushes_that_change_nothing_here(story: Story) -> None:
    """One finding, then twenty pushes to other files."""
    story.review()
    for number in range(20):
        story.push(f"{number}\n", "src/main.c")


def rebased_ten_times(story: Story) -> None:
    """Three findings; the target moves on and the branch is rebased, ten times."""
    story.push(LEAKY + SECOND + THIRD)
    for number in range(10):
        story.double.push(story.project, "main", {"other.txt": f"{number}\n"})
        story.double.rebase(story.merge_request)
        story.review()


def fixed_and_broken_again_five_times(story: Story) -> None:
    """One finding, fixed and brought back in turn, five times."""
    story.review()
    for _ in range(5):
        story.push(FIXED)
        story.push(LEAKY)


def eight_findings_fixed_one_by_one(story: Story) -> None:
    """Eight findings in eight files, one fixed in each push."""
    files = {f"ci/part-{n}.gitlab-ci.yml": LEAKY.replace("deploy", f"deploy{n}") for n in range(7)}
    story.push_files(files)
    for path, text in files.items():
        story.push(text.replace('    - echo "$API_KEY"\n', ""), path)
    story.push(FIXED)


def dismissed_and_pushed_over_ten_times(story: Story) -> None:
    """A person resolves the only thread; ten pushes change other lines of the file."""
    story.review()
    story.double.resolve(story.double.dev, story.thread)
    for number in range(10):
        story.push(f"# {number}\n" * (number + 1) + LEAKY)


def every_first_answer_is_lost(story: Story) -> None:
    """Five pushes bring and fix findings; the answer to each review's first write is lost on its way."""
    for text in (LEAKY + SECOND, LEAKY, LEAKY + SECOND + THIRD, FIXED, LEAKY):
        story.double.faults.answer(502, "POST *", after=True)
        story.push(text)


def a_conversation_of_commands(story: Story) -> None:
    """Eight commands of a Maintainer and a Developer, one mistyped, one not allowed."""
    story.review()
    mia = story.double.user("mia", role=40, projects=(story.project,))
    story.command(story.double.dev, "/sealcheck help")
    story.command(story.double.dev, "/sealcheck explain", story.thread)
    story.command(story.double.dev, "/sealcheck ignore it is a test", story.thread)
    story.command(mia, "/sealcheck ignroe a test account", story.thread)
    story.command(mia, "/sealcheck ignore a test account", story.thread)
    story.command(story.double.dev, "/sealcheck recheck")
    story.command(mia, "/sealcheck unignore", story.thread)
    story.command(story.double.dev, "/sealcheck explain secret-in-log")


def a_policy_that_comes_and_goes(story: Story) -> None:
    """The target's policy ignores the rule, no longer, and again; a push in between each time."""
    story.review()
    for number, text in enumerate([POLICY, "ignore: []\n"] * 3):
        story.double.push(story.project, "main", {".sealcheck.yml": text})
        story.push(f"{number}\n", "src/main.c")


def a_file_that_is_renamed_five_times(story: Story) -> None:
    """One finding in a file that is renamed and indented anew, five times."""
    path = ".gitlab-ci.yml"
    story.review()
    for number in range(5):
        new = f"ci/stage-{number}.gitlab-ci.yml"
        story.push_files({path: None, new: LEAKY.replace("    - ", " " * (number + 3) + "- ")})
        path = new


def many_hands(story: Story) -> None:
    """Three findings; one answered, one dismissed, one ignored; rebased, renamed, brought back, fixed."""
    mia = story.double.user("mia", role=40, projects=(story.project,))
    story.push(LEAKY + SECOND + THIRD)
    first, second, third = story.threads
    story.double.comment(story.double.dev, story.merge_request, "On purpose?", first)
    story.double.resolve(story.double.dev, second)
    story.command(mia, "/sealcheck ignore a test account, SEC-7", third)
    story.double.push(story.project, "main", {"other.txt": "x\n"})
    story.double.rebase(story.merge_request)
    story.review()
    story.push("# a line\n" * 50 + LEAKY + SECOND + THIRD)
    story.push_files({".gitlab-ci.yml": None, "ci/all.gitlab-ci.yml": LEAKY + SECOND + THIRD})
    story.push(SECOND + THIRD, "ci/all.gitlab-ci.yml")
    story.push(LEAKY + SECOND + THIRD, "ci/all.gitlab-ci.yml")
    story.command(story.double.dev, "/sealcheck explain", first)
    story.push(FIXED, "ci/all.gitlab-ci.yml")


LONG_STORIES = (
    twenty_pushes_that_change_nothing_here,
    rebased_ten_times,
    fixed_and_broken_again_five_times,
    eight_findings_fixed_one_by_one,
    dismissed_and_pushed_over_ten_times,
    every_first_answer_is_lost,
    a_conversation_of_commands,
    a_policy_that_comes_and_goes,
    a_file_that_is_renamed_five_times,
    many_hands,
)
