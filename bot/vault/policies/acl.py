"""Vault's access control as Vault decides it: which rule of which policy counts for a path, and what it says.

Ported from vault/acl.go and vault/policy.go (hashicorp/vault 1.21.4; OpenBao differs in the newest words
alone), read 2026-11; tests/oracle asks a real server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from bot.lazy import dataclass
from bot.vault.servers import Server

if TYPE_CHECKING:
    from collections.abc import Iterable

DENY = "deny"
SUDO = "sudo"
READS = frozenset({"read", "list"})
WRITES = frozenset({"create", "update", "patch", "delete"})
# `subscribe` and `recover` are Vault's alone, `scan` is OpenBao's alone.
CAPABILITIES = frozenset({DENY, SUDO, "subscribe", "recover", "scan"}) | READS | WRITES
CAPABILITIES_OF = {
    Server.VAULT: CAPABILITIES - {"scan"},
    Server.OPENBAO: CAPABILITIES - {"subscribe", "recover"},
}
# What the `policy = "..."` of the time before capabilities stands for.
LEGACY = {
    "deny": (DENY,),
    "read": ("read", "list"),
    "write": ("create", "read", "update", "delete", "list"),
    "sudo": ("create", "read", "update", "delete", "list", SUDO),
}

_FILLER = "x"


class AclGrant(Protocol):
    """A path and what may be done there; the leading slash is already off."""

    @property
    def path(self) -> str:
        """The pattern."""

    @property
    def capabilities(self) -> frozenset[str]:
        """What it allows."""


class PathPattern(NamedTuple):
    """A policy's path, taken apart. `is_prefix`: it ends in `*`, which is not part of `text`."""

    text: str
    is_prefix: bool
    has_segment_wildcards: bool


def pattern_of(path: str) -> PathPattern:
    """How Vault reads a policy's path: `*` counts at the very end alone, `+` where it is a whole segment.

    One leading slash is already off; a second one counts.
    """
    wild = path == "+" or "/+" in path or path.startswith("+/")
    if path.endswith("*"):
        return PathPattern(path[:-1], is_prefix=True, has_segment_wildcards=wild)
    return PathPattern(path, is_prefix=False, has_segment_wildcards=wild)


def matches(path_pattern: str, path: str) -> bool:
    """Whether the policy path admits the request path, priorities left aside."""
    pattern = pattern_of(path_pattern)
    if not pattern.has_segment_wildcards:
        return path.startswith(pattern.text) if pattern.is_prefix else path == pattern.text
    return _segments_match(pattern.text.split("/"), path.split("/"), is_prefix=pattern.is_prefix)


def _segments_match(wanted: list[str], given: list[str], *, is_prefix: bool) -> bool:
    if len(given) < len(wanted) or (not is_prefix and len(given) != len(wanted)):
        return False
    last = len(wanted) - 1
    for index, segment in enumerate(wanted):
        there = given[index]
        if segment not in {"+", there}:
            return is_prefix and index == last and there.startswith(segment)
    return True


@dataclass(frozen=True, slots=True)
class Decision:
    """What a path may be used for, and the pattern that decided it; "" where none does."""

    capabilities: frozenset[str]
    pattern: str


class Acl:
    """The rules of all policies of one token, as `server` applies them."""

    def __init__(self, grants: Iterable[AclGrant], server: Server = Server.VAULT) -> None:
        self._server = server
        self._exact: dict[str, frozenset[str]] = {}
        self._prefixes: dict[str, frozenset[str]] = {}
        self._wild: dict[str, frozenset[str]] = {}
        self._taken_apart: dict[str, tuple[PathPattern, list[str]]] = {}
        for grant in grants:
            self._add(grant)

    def _add(self, grant: AclGrant) -> None:
        pattern = pattern_of(grant.path)
        if pattern.has_segment_wildcards:
            where, key = self._wild, grant.path
            self._taken_apart[key] = pattern, pattern.text.split("/")
        else:
            where, key = (self._prefixes if pattern.is_prefix else self._exact), pattern.text
        own = frozenset({DENY}) if DENY in grant.capabilities else grant.capabilities
        known = where.get(key)
        if known is None:
            where[key] = own
        elif DENY in known or DENY in own:
            where[key] = frozenset({DENY})
        else:
            where[key] = known | own

    def decide(self, path: str) -> Decision:
        """What Vault answers for `sys/capabilities` with this path: the most specific rule alone counts.

        A path that ends in a slash is a listing: it is looked up without the slash too. Vault does that
        first, OpenBao after it (2.6.0).
        """
        path = path.lstrip("/")
        bare = path.removesuffix("/")
        for candidate in (path, bare):
            if candidate in self._exact:
                return _decision(self._exact[candidate], candidate)
        order = (path, bare) if self._server is Server.OPENBAO else (bare, path)
        for candidate in dict.fromkeys(order):
            found = self._non_exact(candidate)
            if found is not None:
                return found
        return Decision(frozenset({DENY}), "")

    def _non_exact(self, path: str) -> Decision | None:
        candidates: list[tuple[tuple[int, bool, int, int, bytes], str, frozenset[str]]] = []
        prefix = self._longest_prefix(path)
        if prefix is not None:
            rank = _rank(len(prefix.encode()), is_prefix=True, wildcards=0, text=prefix)
            candidates.append((rank, prefix + "*", self._prefixes[prefix]))
        given = path.split("/")
        for written, (pattern, wanted) in self._taken_apart.items():
            if _segments_match(wanted, given, is_prefix=pattern.is_prefix):
                first = len(written[: written.index("+")].encode())
                wildcards = wanted.count("+")
                rank = _rank(first, is_prefix=pattern.is_prefix, wildcards=wildcards, text=pattern.text)
                candidates.append((rank, written, self._wild[written]))
        if not candidates:
            return None
        _, written, capabilities = max(candidates, key=lambda candidate: candidate[0])
        return _decision(capabilities, written)

    def _longest_prefix(self, path: str) -> str | None:
        lengths = range(len(path), -1, -1)
        return next((path[:length] for length in lengths if path[:length] in self._prefixes), None)


def _rank(
    first_wildcard: int, *, is_prefix: bool, wildcards: int, text: str
) -> tuple[int, bool, int, int, bytes]:
    """Greater wins: the later first wildcard, no trailing `*`, fewer `+`, the longer, the greater text."""
    encoded = text.encode()
    return first_wildcard, not is_prefix, -wildcards, len(encoded), encoded


def _decision(capabilities: frozenset[str], pattern: str) -> Decision:
    return Decision(capabilities or frozenset({DENY}), pattern)


def example_path(pattern: str, other: str) -> str | None:
    """A concrete path that both patterns admit, None where there is none."""
    one, two = pattern_of(pattern), pattern_of(other)
    left, right = one.text.split("/"), two.text.split("/")
    if len(left) > len(right):
        one, two, left, right = two, one, right, left
    if len(left) < len(right) and not one.is_prefix:
        return None
    made: list[str] = []
    for index, segment in enumerate(left):
        last_left = one.is_prefix and index == len(left) - 1
        last_right = two.is_prefix and index == len(right) - 1
        joint = _segment(segment, right[index], open_left=last_left, open_right=last_right)
        if joint is None:
            return None
        made.append(joint)
    made += [_FILLER if part == "+" else part for part in right[len(left) :]]
    if len(right) > len(left) and two.is_prefix:
        made[-1] = made[-1] or _FILLER
    return "/".join(made)


def _segment(left: str, right: str, *, open_left: bool, open_right: bool) -> str | None:
    """A segment that both admit; an open one is the start of a segment."""
    if left == "+" and not open_left:
        return _filled(right, is_open=open_right)
    if right == "+" and not open_right:
        return _filled(left, is_open=open_left)
    if open_left and open_right:
        longer, shorter = (left, right) if len(left) > len(right) else (right, left)
        return _filled(longer, is_open=True) if longer.startswith(shorter) else None
    if open_left:
        return right if right.startswith(left) else None
    if open_right:
        return left if left.startswith(right) else None
    return left if left == right else None


def _filled(segment: str, *, is_open: bool) -> str:
    if segment == "+":
        return _FILLER
    return segment or _FILLER if is_open else segment
