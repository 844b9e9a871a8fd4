"""One job as the worker runs it, with a defect planted: `python -m tests.service.broken rule|reader PROJECT IID`.

The defect raises with the whole file in its message, from a function that contains it in variables: the worst that a
defect of ours can do."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from unittest.mock import patch

from bot.jobs.isolation import run
from bot.jobs.lease import Lease
from bot.jobs.port import REVIEW, Key
from bot.rules.secret_in_log import RULE
from bot.work import open_handler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(_subject: object, repository: Repository) -> Iterator[None]:
    held = dict(repository.tree.files)
    try:
        {}[str(held)]
    except KeyError as cause:
        raise ValueError(held) from cause
    yield None


def judge(*_arguments: object) -> None:
    next(check(None, _arguments[0].head))  # type: ignore[attr-defined]


def main(place: str, project_id: str, iid: str) -> None:
    object.__setattr__(RULE, "check", check) if place == "rule" else None
    planted = patch("bot.review.run.judge_snapshot", judge) if place == "reader" else patch.dict({}, {})
    with planted:
        key = Key(REVIEW, int(project_id), int(iid))
        print(run(open_handler, key, Lease().hold(key)))


if __name__ == "__main__":
    main(*sys.argv[1:])
    import sentry_sdk

    sentry_sdk.flush()
