"""The real review against the stand-in for GitLab, in this process: what most tests here need."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.analysis.policy import ReviewPolicy
from bot.comments.plan import Caps
from bot.errors import ForgeBusy
from bot.gitlab.client import Client
from bot.gitlab.doubt import Doubts, Forgetful
from bot.gitlab.forge import GitLabForge
from bot.review.run import Memory, ReviewOutcome, ReviewSettings, review
from tests.gitlab_double import GitLabDouble
from tests.gitlab_double.model import MergeRequest, Project

KEYS = (b"a key of the tests",)
TODAY = dt.date(2026, 11, 23)


@dataclass
class Bot:
    """A bot at a stand-in. `requests` contains what the last review asked, as (method, path)."""

    double: GitLabDouble
    terms: ReviewSettings = ReviewSettings(KEYS)
    requests: list[Any] = field(default_factory=list)
    facts: Forgetful = field(default_factory=Forgetful)
    seconds: float = 0.0
    """this bot's clock"""
    timeout_seconds: float = 5.0

    def ping(self) -> None:
        """The least that a request costs here."""
        self._client.read("/version")

    @property
    def _client(self) -> Client:
        return Client(self.double.url, self.double.BOT_TOKEN, timeout_seconds=5, pauses_seconds=(0.0,))

    def review(
        self,
        merge_request: MergeRequest,
        *,
        spoken: bool = True,
        before_note: Callable[[], None] = lambda: None,
    ) -> ReviewOutcome:
        doubts = Doubts(self.facts, lambda: self.seconds)
        forge = forge_of(self.double, before_note, doubts, self.timeout_seconds)
        self.double.log.clear()
        project_id, iid = merge_request.project.id, merge_request.iid
        return review(forge, project_id, iid, self.terms, TODAY, memory=Memory(spoken))

    def insist(
        self, merge_request: MergeRequest, *, meanwhile: Callable[[], object] = tuple
    ) -> ReviewOutcome:
        """As the queue does it: again and again, after the pause that is asked for, until it comes to its end."""
        for _ in range(100):
            try:
                return self.review(merge_request)
            except ForgeBusy as busy:
                self.seconds += busy.retry_after_seconds
                meanwhile()
        raise AssertionError("it does not come to an end")

    @property
    def reads(self) -> int:
        return len(self.double.log.reads)

    @property
    def writes(self) -> int:
        return len(self.double.log.writes)


def forge_of(
    double: GitLabDouble,
    before_note: Callable[[], None] = lambda: None,
    doubts: Doubts | None = None,
    timeout_seconds: float = 5.0,
) -> GitLabForge:
    client = Client(double.url, double.BOT_TOKEN, timeout_seconds=timeout_seconds, pauses_seconds=(0.0,))
    return GitLabForge(
        client, max_file_bytes=1 << 20, bot_id=double.bot.id, before_note=before_note, doubts=doubts
    )


def with_terms(
    bot: Bot, *, threads: int = 20, per_rule: int = 5, organisation: ReviewPolicy | None = None
) -> Bot:
    return Bot(bot.double, ReviewSettings(KEYS, organisation or ReviewPolicy(), Caps(threads, per_rule)))


def a_project(
    double: GitLabDouble, files: dict[str, str] | None = None, path: str = "platform/payments"
) -> Project:
    project = double.project(path, files or {"README.md": "# Payments\n"})
    project.members[double.bot.id] = 30
    return project


CLEAN = """\
build:
  script:
    - make
"""
LEAKY = """\
deploy:
  id_tokens:
    VAULT_ID_TOKEN:
      aud: https://vault.example.com
  secrets:
    API_KEY:
      vault: app/staging/api/key@secret
      file: false
      token: $VAULT_ID_TOKEN
  script:
    - echo "$API_KEY"
    - ./deploy.sh
"""
FIXED = LEAKY.replace('    - echo "$API_KEY"\n', "")
