"""Mutated payloads at the receiver: every authenticated JSON object gets 2xx, everything else 400; never a 5xx.

GitLab disables a hook after a few 5xx. 2,000 in the ordinary run, 20,000 with SEALCHECK_ORACLE=full.
"""

from __future__ import annotations

import copy
import json
import logging
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask

from bot.webhook.routes import Receiver, blueprint

if TYPE_CHECKING:
    import pytest

PAYLOADS = [
    json.loads(path.read_text())
    for path in sorted((Path(__file__).parent.parent / "payloads").glob("*.json"))
]
COUNT = 20_000 if os.environ.get("SEALCHECK_ORACLE") == "full" else 2_000
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 1.5, 1e308, 1 << 70, "", " ", "0", "opened", "update", "/sealcheck recheck", "\ud800", "\0",
    "x" * 5000, [], [[]], [None], [{}], [[{"id": 7}]], {}, {"id": 7}, {"id": []}, {"previous": [], "current": {}}, {"": 0},
)  # fmt: skip
SECRET = "a-hook-secret"


class Inbox:
    """Takes everything, as long as it could be stored."""

    def accept(self, event: Any, delivery: str | None) -> bool:
        for number in (event.project_id, getattr(event, "iid", 1), getattr(event, "note_id", 1)):
            assert type(number) is int
            assert 0 < number < 1 << 63
        return True

    def bot_id(self) -> int | None:
        return 7

    def unready(self) -> str | None:
        return None

    def gauges(self) -> dict[str, tuple[str, float]]:
        return {}


def places(value: Any, route: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The routes to every value below this one, and to itself."""
    found = [route]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        found += places(below, (*route, key))
    return found


def mutated(chance: random.Random) -> Any:
    """A payload with a few values replaced, dropped, swapped or added."""
    payload = copy.deepcopy(chance.choice(PAYLOADS))
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        route = chance.choice(places(payload))
        if not route:
            if chance.random() < 0.1:
                return chance.choice(ODD)
            continue
        within = payload
        for key in route[:-1]:
            within = within[key]
        what = chance.random()
        if what < 0.1:
            del within[route[-1]]
        elif what < 0.2:
            within[route[-1]] = copy.deepcopy(chance.choice(PAYLOADS))
        else:
            within[route[-1]] = copy.deepcopy(chance.choice(ODD))
        if isinstance(payload, dict) and chance.random() < 0.2:
            payload.setdefault("changes", {})
            if isinstance(payload["changes"], dict):
                name = chance.choice(("reviewers", "draft", "target_branch", "labels"))
                payload["changes"][name] = copy.deepcopy(chance.choice(ODD))
    return payload


def test_no_payload_is_answered_with_a_failure_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    flask = Flask("mutated")
    flask.register_blueprint(blueprint(Receiver(Inbox(), (SECRET,), ())))
    client, chance = flask.test_client(), random.Random(15)
    statuses: dict[int, int] = {}
    for number in range(COUNT):
        payload = mutated(chance)
        body = json.dumps(payload).encode()
        if number % 50 == 0:  # and bytes that are no JSON any more
            body = body[: chance.randrange(len(body) + 1)] + chance.randbytes(3)
        answer = client.post("/hooks/gitlab", data=body, headers={"X-Gitlab-Token": SECRET})
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        wanted = {200, 202} if number % 50 and isinstance(payload, dict) else {200, 202, 400}
        assert answer.status_code in wanted, payload
    assert set(statuses) == {200, 202, 400}
    assert [record for record in caplog.records if record.exc_info] == []
