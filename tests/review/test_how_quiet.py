"""What ten long lives of a merge request cost its readers and its GitLab, as docs/how-quiet.md says.

The table is written anew with SEALCHECK_GOLDEN=write; read the difference before you commit it.
"""

import os
import re
from pathlib import Path

from tests.gitlab_double import GitLabDouble
from tests.review.long_stories import LONG_STORIES
from tests.review.reviewing import Bot, a_project
from tests.review.story import Story

PAGE = Path(__file__).parents[2] / "docs" / "how-quiet.md"
TABLE = re.compile(r"(?<=<!-- counted: begin -->\n).*(?=<!-- counted: end -->)", re.DOTALL)
HEAD = "| What happens | Looks | E-mails | Writes | Reads |\n|---|--:|--:|--:|--:|\n"


def row(tell):
    with GitLabDouble() as double:
        story = Story(double, Bot(double), a_project(double))
        story.second_look = False
        tell(story)
        looks = len(story.steps)
        counted = f"{looks} | {story.mails} | {story.writes} | {story.reads}"
        double.faults.clear()
        story.review()
        assert double.log.writes == [], "something was left to say"
        assert double.refused == []
        assert double.quick_actions_run == []
    return f"| {tell.__doc__} | {counted} |\n"


def test_the_page_says_what_ten_long_stories_cost():
    page = PAGE.read_text(encoding="utf-8")
    table = HEAD + "".join(row(tell) for tell in LONG_STORIES)
    if os.environ.get("SEALCHECK_GOLDEN") == "write":
        page = TABLE.sub(lambda _: table, page)
        PAGE.write_text(page, encoding="utf-8")
    assert TABLE.search(page)[0] == table
