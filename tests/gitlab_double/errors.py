"""Refusals, with GitLab's own status and words."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """An answer other than 2xx. `body` is what GitLab would send."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


def not_found(what: str = "") -> Refused:
    return Refused(404, {"message": f"404 {what} Not Found" if what else "404 Not found"})


def forbidden(why: str = "") -> Refused:
    return Refused(403, {"message": f"403 Forbidden - {why}" if why else "403 Forbidden"})


def bad_request(why: str) -> Refused:
    return Refused(400, {"message": f"400 Bad request - {why}"})


def invalid(parameter: str, what: str = "is invalid") -> Refused:
    """What Grape, the API's framework, answers before GitLab's own code runs."""
    return Refused(400, {"error": f"{parameter} {what}"})
