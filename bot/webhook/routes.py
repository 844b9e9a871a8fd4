"""HTTP: routes and statuses. `event` says what a delivery means, `signature` whether GitLab sent it."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from flask import Blueprint, Response, jsonify, request

from bot.errors import SealcheckError
from bot.lazy import dataclass
from bot.observability import logs, metrics
from bot.webhook.event import (
    CommandWanted,
    Event,
    IgnoredEvent,
    Malformed,
    ProjectCreated,
    ReviewWanted,
    parse,
)
from bot.webhook.signature import authentic, token_matches

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask.typing import ResponseReturnValue

log = logging.getLogger(__name__)
MAX_BODY_BYTES = 25 * 1024 * 1024
"""GitLab sends no larger payload (WebHookService, checked 2026-11)."""
MAX_DELIVERY_ID_CHARS = 200


class Inbox(Protocol):
    """Where wanted reviews go. Each method may raise SealcheckError: the database does not answer."""

    def accept(self, event: ReviewWanted | CommandWanted | ProjectCreated, delivery: str | None) -> bool:
        """Whether it is now durably queued; False where this delivery was seen before."""
        ...

    def bot_id(self) -> int | None:
        """The bot's own user id in GitLab, where it is known already."""
        ...

    def unready(self) -> str | None:
        """Why the service is not ready, or None. Raises where the database does not answer."""
        ...

    def gauges(self) -> dict[str, tuple[str, float]]:
        """Name -> (meaning, value) of what the metrics show of the queue."""
        ...


@dataclass(frozen=True, slots=True)
class Receiver:
    """The settings that the routes need, and where wanted reviews go."""

    inbox: Inbox
    secrets: Sequence[str]
    signing_tokens: Sequence[str]
    now: Callable[[], float] = time.time
    more_gauges: Callable[[], dict[str, tuple[str, float]]] = dict
    """what the metrics show beside the queue's; may raise SealcheckError"""


def blueprint(receiver: Receiver) -> Blueprint:
    """The routes: /hooks/gitlab, /healthz, /readyz, /metrics."""
    routes = Blueprint("sealcheck", __name__)

    @routes.post("/hooks/gitlab")
    def hook() -> ResponseReturnValue:
        with metrics.ACKNOWLEDGED.time(), logs.bind(delivery=_delivery_id() or "none"):
            status, result, event = _receive(receiver)
            metrics.DELIVERIES.labels(event, result).inc()
            return jsonify(result=result), status

    @routes.get("/healthz")
    def health() -> ResponseReturnValue:
        return jsonify(result="alive")

    @routes.get("/readyz")
    def ready() -> ResponseReturnValue:
        try:
            reason = receiver.inbox.unready()
        except SealcheckError:
            log.exception("not ready")
            reason = "the database does not answer"
        return (jsonify(result="not ready", reason=reason), 503) if reason else jsonify(result="ready")

    @routes.get("/metrics")
    def show_metrics() -> ResponseReturnValue:
        return Response(
            metrics.exposition(lambda: _gauges(receiver)), content_type="text/plain; version=0.0.4"
        )

    return routes


def _receive(receiver: Receiver) -> tuple[int, str, str]:  # noqa: PLR0911 - one status a line
    """Status, result and event kind of this delivery."""
    headers = {name.title(): value for name, value in request.headers.items()}
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return 413, "too large", "unread"
    if not receiver.signing_tokens and not token_matches(headers, receiver.secrets):
        return _unauthorized("the secret token is wrong or missing")  # before reading what a stranger sends
    body = request.get_data(cache=False)
    if len(body) > MAX_BODY_BYTES:  # chunked: Flask stops reading at its limit, which is one byte over ours
        return 413, "too large", "unread"
    if not authentic(
        headers,
        body,
        secrets=receiver.secrets,
        signing_tokens=receiver.signing_tokens,
        now=receiver.now(),
    ):
        return _unauthorized("the signature is wrong, missing or too old")
    try:
        return _accept(receiver.inbox, parse(body, bot_id=receiver.inbox.bot_id()))
    except Malformed as problem:
        log.warning("%s", problem)
        return 400, "malformed", "unknown"
    except SealcheckError:
        log.exception("the queue cannot be written")
        return 503, "queue unavailable", "unqueued"


def _accept(inbox: Inbox, event: Event) -> tuple[int, str, str]:
    if isinstance(event, IgnoredEvent):
        log.debug("ignored: %s", event.reason)
        return 200, f"ignored: {event.reason}", "ignored"
    with logs.bind(project_id=event.project_id, iid=getattr(event, "iid", 0)):
        queued = inbox.accept(event, _delivery_id())
        log.info("%s", "queued" if queued else "seen before", extra={"fields": _fields(event)})
    return 202, "queued" if queued else "seen before", type(event).__name__


def _fields(event: ReviewWanted | CommandWanted | ProjectCreated) -> dict[str, str | int]:
    if isinstance(event, ProjectCreated):
        return {"cause": "project"}
    if isinstance(event, ReviewWanted):
        return {"cause": event.cause, "head": event.head}
    return {"cause": "command", "note_id": event.note_id}


def _unauthorized(reason: str) -> tuple[int, str, str]:
    log.warning("refused a delivery: %s", reason)
    return 401, "unauthorized", "unread"


def _delivery_id() -> str | None:
    """GitLab's id of this delivery, the same when it is sent again; None before GitLab 17.4.

    Under a signing token `webhook-id` is the one that is signed.
    """
    given = request.headers.get("webhook-id") or request.headers.get("Idempotency-Key") or ""
    return given if 0 < len(given) <= MAX_DELIVERY_ID_CHARS and given.isascii() else None


def _gauges(receiver: Receiver) -> dict[str, tuple[str, float]]:
    try:
        found = receiver.inbox.gauges()
    except SealcheckError:
        return {"sealcheck_queue_up": ("Whether the queue's database answers.", 0.0)}
    with suppress(SealcheckError):  # the same database: the next scrape has them again
        found |= receiver.more_gauges()
    return found
