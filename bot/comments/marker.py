"""The hidden lines at the end of the bot's notes, by which it knows them again.

    <!-- sealcheck:finding v1 ID MAC -->

The MAC is bound to the merge request, so a copied marker is worth nothing elsewhere, and a marker is believed only in
notes of the bot's own user: nobody can silence a finding by writing one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from enum import StrEnum
from typing import Any

from bot.lazy import dataclass, regex

_MARKER = regex(r"<!-- sealcheck:(?P<kind>[a-z]+) v1 (?P<value>[A-Za-z0-9_.=-]+) (?P<mac>[0-9a-f]{32}) -->")
_LABEL = b"sealcheck marker v1"


class MarkerKind(StrEnum):
    """What a marker says of its note."""

    FINDING = "finding"
    """the first note of a thread; the value is the finding's fingerprint"""
    RULE = "rule"
    """beside it; the value is the finding's rule"""
    SUMMARY = "summary"
    """the summary; the value is the reviewed commit"""
    FOLDED = "folded"
    """further fingerprints that a finding's thread stands for, joined by dots"""
    FIXED = "fixed"
    """a reply: the finding of this thread is gone"""
    BACK = "back"
    """a reply: the finding of this thread is there again"""
    MOVED = "moved"
    """a reply: the finding has a thread at its new place"""
    IGNORE = "ignore"
    """a reply to an ignore command; the value holds who and why (`pack`)"""
    EDIT = "edit"
    """a reply to a command that an edit brought into the note whose id is the value"""
    ANSWER = "answer"
    """a reply to the command in the note whose id is the value"""


@dataclass(frozen=True, slots=True)
class Mark:
    """One believed marker."""

    kind: MarkerKind
    value: str


class Marker:
    """Writes and believes the markers of one merge request. `keys`: the first signs, all are believed."""

    def __init__(self, keys: tuple[bytes, ...], project_id: int, iid: int) -> None:
        self._keys = [hmac.digest(key, _LABEL, hashlib.sha256) for key in keys]
        self._place = f"{project_id}!{iid}"

    def line(self, kind: MarkerKind, value: str) -> str:
        """The marker's line."""
        return f"<!-- sealcheck:{kind} v1 {value} {self._mac(self._keys[0], kind, value)} -->"

    def marks(self, body: str) -> tuple[Mark, ...]:
        """The believed markers among the last lines of a note, the last one first."""
        found = []
        for line in reversed(body.rstrip().split("\n")):
            match = _MARKER.fullmatch(line.strip())
            if match is None:
                break
            kind, value = match["kind"], match["value"]
            if kind in set(MarkerKind) and any(
                hmac.compare_digest(self._mac(key, kind, value), match["mac"]) for key in self._keys
            ):
                found.append(Mark(MarkerKind(kind), value))
        return tuple(found)

    def find(self, body: str, kind: MarkerKind) -> str | None:
        """The value of the note's believed marker of that kind, or None."""
        return next((mark.value for mark in self.marks(body) if mark.kind is kind), None)

    def _mac(self, key: bytes, kind: str, value: str) -> str:
        said = f"{self._place} {kind} {value}".encode()
        return hmac.digest(key, said, hashlib.sha256).hex()[:32]


def pack(content: dict[str, Any]) -> str:
    """`content` as a marker's value."""
    raw = json.dumps(content, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode()


def unpack(value: str) -> dict[str, Any] | None:
    """What `pack` packed, or None."""
    try:
        content = json.loads(base64.urlsafe_b64decode(value))
    except (ValueError, binascii.Error):
        return None
    return content if isinstance(content, dict) else None
