"""Webhooks out: who gets which event, with which headers; delivered once, later, in any order, never retried."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import queue
import threading
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.gitlab_double import payloads
from tests.gitlab_double.world import VERSION, World

if TYPE_CHECKING:
    from tests.gitlab_double.model import Hook, MergeRequest, Note, Project

TIMEOUT_SECONDS = 10
MAX_PAYLOAD_BYTES = 25 * 1024 * 1024
FAILURES_TO_BACK_OFF, FAILURES_TO_DISABLE = 4, 40
HEADERS = {"merge_request": "Merge Request Hook", "note": "Note Hook", "push": "Push Hook"}


@dataclass(eq=False)
class Delivery:
    """One attempt to deliver one event to one hook. `status` is None until it is over; 0 is no answer at all."""

    id: int
    hook: Hook
    event: str
    body: bytes
    headers: dict[str, str]
    status: int | None = None
    answer: str = ""
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def payload(self) -> Any:
        return json.loads(self.body)


def sign(token: str, message_id: str, timestamp: str, body: bytes) -> str:
    """The `webhook-signature` of Standard Webhooks."""
    key = base64.b64decode(token.removeprefix("whsec_"))
    mac = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode()


class Deliverer:
    """Sends events to hooks from threads of its own. `hold()` keeps them back until `release()`."""

    def __init__(self, world: World, *, threads: int = 2) -> None:
        self.world = world
        self.deliveries: list[Delivery] = []
        self.twice = False
        """GitLab's double hooks: a second one follows each push, without oldrev (xanzy/go-gitlab#457)."""
        self.lost = False
        """Drops everything, as a GitLab whose bot is down (or that is over its limit) does."""
        self.auto_disable = True
        self._queue: queue.Queue[Delivery | None] = queue.Queue()
        self._open = threading.Event()
        self._open.set()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()
        world.announce = self.announce

    def close(self) -> None:
        self._open.set()
        for _ in self._threads:
            self._queue.put(None)

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def settle(self, timeout_seconds: float = 30) -> None:
        """Waits until everything announced so far has been delivered; raises TimeoutError."""
        until = time.monotonic() + timeout_seconds
        for delivery in list(self.deliveries):
            if not delivery.done.wait(max(0.0, until - time.monotonic())):
                raise TimeoutError(f"{delivery.event} is still on its way to {delivery.hook.url}")

    def announce(self, event: str, **what: Any) -> None:
        """Called by the world, under its lock: makes the payload now and delivers it later."""
        if event == "merge_request":
            merge_request: MergeRequest = what.pop("merge_request")
            body = payloads.merge_request(self.world, merge_request, **what)
            self._spread(event, "merge_requests_events", merge_request.project, body)
            if self.twice and what.get("oldrev"):
                again = payloads.merge_request(self.world, merge_request, **{**what, "oldrev": None})
                self._spread(event, "merge_requests_events", merge_request.project, again)
        elif event == "note":
            note: Note = what["note"]
            key = "confidential_note_events" if note.internal else "note_events"
            body = payloads.note(self.world, note, action=what["action"])
            self._spread(event, key, note.discussion.merge_request.project, body, system=False)
        elif event == "push":
            body = payloads.push(self.world, **what)
            self._spread(event, "push_events", what["project"], body)
        else:
            for hook in self.world.system_hooks:
                self.send(hook, event, payloads.project_event(self.world, what["project"], event))

    def _spread(self, event: str, setting: str, project: Project, body: Any, *, system: bool = True) -> None:
        group = project.namespace
        hooks = [*project.hooks]
        while group:
            hooks += self.world.group_hooks.get(group, [])
            group = group.rpartition("/")[0]
        if system:
            hooks += self.world.system_hooks
        for hook in hooks:
            if hook.settings.get(setting):
                self.send(hook, event, body)

    def send(self, hook: Hook, event: str, payload: Any, *, key: str | None = None) -> Delivery | None:
        """Queues one delivery; None where GitLab would not send it (disabled hook, body over 25 MB, lost)."""
        body = json.dumps(payload).encode()
        if self.lost or hook.disabled or len(body) > MAX_PAYLOAD_BYTES:
            return None
        message_id = key or str(uuid.uuid4())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"GitLab/{VERSION}",
            "Idempotency-Key": message_id,
            "X-Gitlab-Event": "System Hook" if hook.kind == "system" else HEADERS.get(event, "System Hook"),
            "X-Gitlab-Webhook-UUID": str(uuid.uuid4()),
            "X-Gitlab-Event-UUID": str(uuid.uuid4()),
            "X-Gitlab-Instance": self.world.url,
        }
        if hook.token:
            headers["X-Gitlab-Token"] = hook.token
        if hook.signing_token:
            timestamp = str(int(time.time()))
            headers |= {
                "webhook-id": message_id,
                "webhook-timestamp": timestamp,
                "webhook-signature": sign(hook.signing_token, message_id, timestamp, body),
            }
        delivery = Delivery(self.world.next_id("delivery"), hook, event, body, headers)
        self.deliveries.append(delivery)
        hook.deliveries.append(delivery)
        self._queue.put(delivery)
        return delivery

    def resend(self, delivery: Delivery) -> Delivery | None:
        """The same event again, with the same Idempotency-Key."""
        return self.send(
            delivery.hook, delivery.event, delivery.payload, key=delivery.headers["Idempotency-Key"]
        )

    def _work(self) -> None:
        while (delivery := self._queue.get()) is not None:
            self._open.wait()
            try:
                delivery.status, delivery.answer = _post(delivery)
            except (OSError, http.client.HTTPException) as problem:
                delivery.status, delivery.answer = 0, type(problem).__name__
            self._count(delivery)
            delivery.done.set()

    def _count(self, delivery: Delivery) -> None:
        """Auto-disabling, of project and group hooks only: backing off is recognised by the count, which tests read."""
        hook = delivery.hook
        with self.world.lock:
            if delivery.status is not None and 200 <= delivery.status < 400:
                hook.failures, hook.disabled = 0, False
                return
            hook.failures += 1
            if self.auto_disable and hook.kind != "system" and hook.failures >= FAILURES_TO_BACK_OFF:
                hook.disabled = True


def _post(delivery: Delivery) -> tuple[int, str]:
    target = urllib.parse.urlsplit(delivery.hook.url)
    kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = kind(target.hostname or "", target.port, timeout=TIMEOUT_SECONDS)
    try:
        path = target.path or "/"
        connection.request(
            "POST", f"{path}?{target.query}" if target.query else path, delivery.body, delivery.headers
        )
        answer = connection.getresponse()
        return answer.status, answer.read(8192).decode(errors="replace")
    finally:
        connection.close()
