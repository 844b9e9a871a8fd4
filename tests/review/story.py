"""The life of one merge request, step by step: what its reader sees in the end, and what it cost."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from bot.comments.answers import page_of
from bot.review.slash_commands import run_command
from bot.rules import ALL_RULES
from tests.gitlab_double import notes
from tests.review.reviewing import LEAKY, TODAY, Bot, forge_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.gitlab_double import GitLabDouble
    from tests.gitlab_double.model import Discussion, MergeRequest, Note, Project, User

ROOT_FILE = ".gitlab-ci.yml"
_MERGE_REQUEST = "/projects/:project/merge_requests/:iid"


class Story:
    """A merge request whose life is reported.

    Every review is followed by a second one, which must write nothing: whatever happened, all is said already. A long
    story leaves it out (`second_look`) and is looked at once more at its end.
    """

    def __init__(
        self, double: GitLabDouble, bot: Bot, project: Project, files: Mapping[str, str] | None = None
    ) -> None:
        self.double, self.bot, self.project = double, bot, project
        self.merge_request: MergeRequest = double.open_merge_request(project, files or {ROOT_FILE: LEAKY})
        self.steps: list[str] = []
        self.second_look = True
        self.reads = self.writes = 0

    # What happens

    def review(self, step: str = "review") -> None:
        self.bot.review(self.merge_request)
        self.count(step)
        if self.second_look:
            self.bot.review(self.merge_request)
            assert self.bot.writes == 0, "a second look wrote something"

    def push(self, text: str | None, path: str = ROOT_FILE) -> None:
        self.push_files({path: text})

    def push_files(self, files: Mapping[str, str | None]) -> None:
        """Several files in one commit; None deletes one."""
        self.double.push(self.project, self.merge_request.source_branch, files)
        self.review("push")

    def command(self, user: User, text: str, thread: Discussion | None = None) -> Note:
        """Somebody comments, and the bot obeys."""
        note = self.double.comment(user, self.merge_request, text, thread)
        assert note is not None
        self.obey(note)
        self.count("command")
        return note

    def obey(self, note: Note) -> None:
        self.double.log.clear()
        project_id, iid = self.project.id, self.merge_request.iid
        run_command(forge_of(self.double), project_id, iid, note.id, self.bot.terms, TODAY)

    def reply(self, user: User, text: str) -> None:
        self.double.comment(user, self.merge_request, text, self.thread)

    def delete(self, note: Note) -> None:
        notes.delete(self.double.world, note)

    # What there is to see

    @property
    def threads(self) -> list[Discussion]:
        """The threads of findings, oldest first."""
        by_bot = self.double.threads(self.merge_request, by=self.double.bot)
        return [each for each in by_bot if "sealcheck:finding" in each.first.body]

    @property
    def thread(self) -> Discussion:
        return self.threads[0]

    @property
    def mails(self) -> int:
        """How many e-mails the bot has caused."""
        iid, name = self.merge_request.iid, self.double.bot.username
        return sum(mail.author == name and mail.merge_request == iid for mail in self.double.mails)

    def reported(self) -> str:
        """The conversation as a reader sees it, and what the bot asked of GitLab."""
        text = self.double.conversation(self.merge_request)
        text = re.sub(r"`[0-9a-f]{8}`", "`SHA`", text)
        for rule in ALL_RULES:  # a page's words are not what a story is about
            page = "\n".join(f"   | {line}".rstrip() for line in (page_of(rule.id) or "").split("\n"))
            text = text.replace(page, f"   | (the page of `{rule.id}`)")
        asked = "\n".join(self.steps)
        return f"{text}\n{self.mails} e-mails, {self.writes} writes, {self.reads} reads\n{asked}\n"

    def count(self, step: str) -> None:
        """Adds what the bot asked since the log was cleared."""
        log: Any = self.double.log
        self.reads += len(log.reads)
        self.writes += len(log.writes)
        written = Counter(f"{each.method} {_short(each.route)}" for each in log.writes)
        listed = ", ".join(line if n == 1 else f"{line} ×{n}" for line, n in written.items())
        self.steps.append(f"- {step}: {len(log.reads)} reads, writes {listed or 'nothing'}")


def _short(route: str) -> str:
    """A route of the merge request without the beginning that all of them have."""
    return route.removeprefix(_MERGE_REQUEST) or "merge request"
