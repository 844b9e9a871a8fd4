"""Faults on demand: what a test wants to go wrong, and at which request."""

from __future__ import annotations

import fnmatch
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.gitlab_double.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(eq=False)
class Fault:
    """What happens to a request. `after`: the request is carried out first, and its answer lost."""

    kind: str
    """answer, hang, reset or slow"""
    pattern: str = "*"
    """a glob over "METHOD /route", e.g. "POST */draft_notes" """
    number: int | None = None
    times: int | None = 1
    after: bool = False
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def matches(self, number: int, what: str) -> bool:
        if self.times is not None and self.times <= 0:
            return False
        if self.number is not None and number != self.number:
            return False
        return fnmatch.fnmatchcase(what, self.pattern)


class Faults:
    """The faults that wait for their request.

    `before_request(number, method, path)` runs before anything else and may block; if it returns False, the request
    is dropped without effect (as if its sender had died first). `after_request` runs when the request has taken
    effect and its answer has not been sent yet. Both run outside the world's lock.
    """

    def __init__(self) -> None:
        self.before_request: Callable[[int, str, str], object] | None = None
        self.after_request: Callable[[int, str, str], object] | None = None
        self.closing = threading.Event()
        self.happened: list[tuple[int, str, str]] = []
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def answer(
        self,
        status: int,
        on: str = "*",
        *,
        number: int | None = None,
        times: int | None = 1,
        after: bool = False,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Answers with `status`, before or after the request took effect."""
        self._waiting.append(Fault("answer", on, number, times, after, status, headers or {}))

    def too_many(self, on: str = "*", *, retry_after: int | None = None, times: int | None = 1) -> None:
        """429, with or without Retry-After."""
        self.answer(
            429, on, times=times, headers={"Retry-After": str(retry_after)} if retry_after is not None else {}
        )

    def hang(
        self, on: str = "*", *, number: int | None = None, after: bool = False, seconds: float = 600
    ) -> None:
        """No answer for so long (or until the stand-in closes), then the connection ends."""
        self._waiting.append(Fault("hang", on, number, 1, after, seconds=seconds))

    def reset(
        self, on: str = "*", *, number: int | None = None, after: bool = False, times: int | None = 1
    ) -> None:
        """The connection is reset instead of an answer."""
        self._waiting.append(Fault("reset", on, number, times, after))

    def slow(self, seconds: float, on: str = "*", *, times: int | None = None) -> None:
        """Every matching answer takes so much longer."""
        self._waiting.append(Fault("slow", on, None, times, seconds=seconds))

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, number: int, what: str) -> Fault | None:
        """The fault for this request, used up by it."""
        with self._lock:
            for fault in self._waiting:
                if fault.matches(number, what):
                    if fault.times is not None:
                        fault.times -= 1
                    self.happened.append((number, what, fault.kind))
                    return fault
        return None


def refusal(fault: Fault) -> Refused:
    """The answer of an `answer` fault, in GitLab's words where it has some."""
    words = {
        401: {"message": "401 Unauthorized"},
        403: {"message": "403 Forbidden"},
        429: {"message": {"error": "This endpoint has been requested too many times. Try again later."}},
    }
    return Refused(
        fault.status,
        words.get(fault.status, {"message": f"{fault.status} Internal Server Error"}),
        fault.headers,
    )
