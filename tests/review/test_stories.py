"""Whole conversations as a reader sees them, against golden texts, with what they cost.

A golden text is written anew with SEALCHECK_GOLDEN=write; read the difference before you commit it.
"""

import os
import re
from pathlib import Path

import pytest

from tests.review.reviewing import FIXED, LEAKY
from tests.review.test_commands import ask, finding_threads

GOLDEN = Path(__file__).parent / "golden"


class Story:
    """A merge request whose life is told; `cost` counts what its reviews asked of GitLab."""

    def __init__(self, double, bot, project, text=LEAKY):
        self.double, self.bot, self.project = double, bot, project
        self.merge_request = double.open_merge_request(project, {".gitlab-ci.yml": text})
        self.reads = self.writes = 0

    def review(self):
        self.bot.review(self.merge_request)
        self.reads += self.bot.reads
        self.writes += self.bot.writes
        self.bot.review(self.merge_request)
        assert self.bot.writes == 0, "a second look wrote something"

    def push(self, text, path=".gitlab-ci.yml"):
        self.double.push(self.project, self.merge_request.source_branch, {path: text})
        self.review()

    @property
    def thread(self):
        return finding_threads(self.double, self.merge_request)[0]

    def told(self):
        mails = sum(mail.author == self.double.bot.username for mail in self.double.mails)
        text = self.double.conversation(self.merge_request)
        text = re.sub(r"`[0-9a-f]{8}`", "`SHA`", text)
        return f"{text}\n{mails} e-mails, {self.writes} writes, {self.reads} reads\n"


def fixed_and_back_again(story):
    story.review()
    story.push(FIXED)
    story.push(LEAKY)


def moved_down_and_rebased(story):
    story.review()
    story.push("# a line\n" * 50 + LEAKY)
    story.double.rebase(story.merge_request)
    story.review()


def a_person_resolves_until_the_code_changes(story):
    story.review()
    story.double.resolve(story.double.dev, story.thread)
    story.push("x\n", "other.txt")
    story.push(LEAKY.replace('echo "$API_KEY"', 'echo "key $API_KEY"'))


def a_person_answers_and_closes_it_himself(story):
    story.review()
    story.double.comment(story.double.dev, story.merge_request, "It is a test key.", story.thread)
    story.push(FIXED)


def ignored_and_taken_back(story):
    story.review()
    mia = story.double.user("mia", role=40, projects=(story.project,))
    ask(story.bot, story.merge_request, mia, "/sealcheck ignore a test account, SEC-7", story.thread)
    ask(story.bot, story.merge_request, mia, "/sealcheck unignore", story.thread)
    story.review()


def the_threads_first_note_is_deleted(story):
    from tests.gitlab_double import notes

    story.review()
    notes.delete(story.double.world, story.thread.first)
    story.review()


STORIES = (
    fixed_and_back_again,
    moved_down_and_rebased,
    a_person_resolves_until_the_code_changes,
    a_person_answers_and_closes_it_himself,
    ignored_and_taken_back,
    the_threads_first_note_is_deleted,
)


@pytest.mark.parametrize("tell", STORIES, ids=lambda tell: tell.__name__)
def test_the_conversation_reads_like_this(double, bot, project, tell):
    story = Story(double, bot, project)
    tell(story)
    told = story.told()
    golden = GOLDEN / f"{tell.__name__}.txt"
    if os.environ.get("SEALCHECK_GOLDEN") == "write":
        golden.write_text(told, encoding="utf-8")
    assert told == golden.read_text(encoding="utf-8")
