"""How parts of a server and of the code are paired, and what comes of each pair."""

from __future__ import annotations

import re
from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

from bot.lazy import dataclass, regex
from bot.vault.reading import Unresolved, as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from bot.documents.location import Span

T = TypeVar("T")
Key = tuple[str, ...]
_FILLED_IN: Final = regex(r"\$\{[^}]*\}|\{\{[^}]*\}\}|\$\w+")
"""What the code leaves to a variable inside a name."""


class DriftState(StrEnum):
    """Where something is, and whether both sides agree."""

    ONLY_IN_VAULT = "only-in-vault"
    ONLY_IN_CODE = "only-in-code"
    DIFFERENT = "different"
    EQUAL = "equal"
    NOT_COMPARED = "not-compared"
    """the code does not say enough: a variable, a template"""


class Difference(NamedTuple):
    """One way in which the server is not what the code says.

    `accepts_more`: the server lets more in, or grants more, than the code; None where neither side does. `claims` is a
    token that one side accepts and the other refuses.
    """

    part: tuple[str, ...]
    text: str
    accepts_more: bool | None = None
    claims: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """How one role, policy, mount or device compares. `subject` is what findings call it ("role:jwt/prod-db")."""

    kind: str
    subject: str
    standing: DriftState
    server: Span | None = None
    code: Span | None = None
    differences: tuple[Difference, ...] = ()
    reason: str = ""
    """why it was not compared"""


@dataclass(frozen=True, slots=True)
class Comparison(Generic[T]):
    """How parts of one kind are compared.

    `key` is mount and name, or the path; `path` where the server's API has it; `place` where a finding about the part
    is shown; `differences` of the server's part and the code's; `why_not` says why a part of the code cannot be
    compared. A part of the code that `is_loose` is paired by its `nickname` too, where it alone has that. `is_partial`:
    code that writes none of the kind says nothing about it.
    """

    kind: str
    key: Callable[[T], Key]
    path: Callable[[T], str]
    place: Callable[[T], Span]
    subject: Callable[[T], str]
    differences: Callable[[T, T], Iterable[Difference]]
    why_not: Callable[[T], str] = lambda _part: ""
    is_loose: Callable[[T], bool] = lambda _part: False
    nickname: Callable[[T], str] = lambda _part: ""
    is_partial: bool = False
    is_built_in: Callable[[T], bool] = lambda _part: False

    def of(self, server: Sequence[T], code: Sequence[T], unread: Collection[str]) -> Iterator[Drift]:
        """Return how each part compares: the server's in their order, then what is only in the code.

        `unread` are the paths of the server that could not be read: what the code writes there may well be there.
        """
        exact: dict[Key, list[T]] = defaultdict(list)
        loose: dict[str, list[T]] = defaultdict(list)
        for part in code:
            if _is_known(self.key(part)):
                exact[self.key(part)].append(part)
            if self.is_loose(part):
                loose[self.nickname(part)].append(part)
        met: set[Key] = set()
        for part in server:
            key = self.key(part)
            nicknamed = loose.get(self.nickname(part), [])
            candidates = exact.get(key) or (nicknamed if len(nicknamed) == 1 else [])
            met.update(map(self.key, candidates))
            drift = self._best(part, candidates) if candidates else self._alone(part, code)
            if drift is not None:
                yield drift
        for key, parts in exact.items():
            if key not in met:
                yield self._only_written(parts[0], unread)

    def _only_written(self, part: T, unread: Collection[str]) -> Drift:
        subject, place = self.subject(part), self.place(part)
        if any(_covers(each, self.path(part)) for each in unread):
            reason = "it could not be read there"
            return Drift(self.kind, subject, DriftState.NOT_COMPARED, None, place, (), reason)
        return Drift(self.kind, subject, DriftState.ONLY_IN_CODE, None, place)

    def _best(self, part: T, candidates: list[T]) -> Drift:
        """The drift from the candidate that is equal, else from the first: code may have one for each environment."""
        every = [self._pair(part, other) for other in candidates]
        return next((drift for drift in every if drift.standing is DriftState.EQUAL), every[0])

    def _pair(self, part: T, other: T) -> Drift:
        reason = self.why_not(other)
        differences = () if reason else tuple(self.differences(part, other))
        standing = (
            DriftState.NOT_COMPARED if reason else DriftState.DIFFERENT if differences else DriftState.EQUAL
        )
        places = (self.place(part), self.place(other))
        return Drift(self.kind, self.subject(part), standing, *places, differences, reason)

    def _alone(self, part: T, code: Sequence[T]) -> Drift | None:
        """What comes of a part that the code does not write, as far as it says its names."""
        place, subject = self.place(part), self.subject(part)
        opened = next((each for each in code if _may_be(self.key(each), self.key(part))), None)
        if opened is not None:
            name = " ".join(self.key(opened))
            reason = f"the code may write it under a name that it fills in from elsewhere (`{name}`)"
            return Drift(self.kind, subject, DriftState.NOT_COMPARED, place, self.place(opened), (), reason)
        if self.is_built_in(part):
            return None
        if self.is_partial and not code:
            return Drift(
                self.kind, subject, DriftState.NOT_COMPARED, place, reason=f"the code writes no {self.kind}"
            )
        return Drift(self.kind, subject, DriftState.ONLY_IN_VAULT, place)


def _covers(unread: str, path: str) -> bool:
    """Whether `path` is, or is below, what could not be read: an entry, a list, or the list of all mounts."""
    if unread == "sys/auth":
        return path.startswith("auth/")
    if unread == "sys/mounts":
        return not path.startswith(("auth/", "sys/"))
    return path == unread or path.startswith(f"{unread}/")


def _is_known(key: Key) -> bool:
    return not any(isinstance(part, Unresolved) or _FILLED_IN.search(part) for part in key)


def _may_be(pattern: Key, key: Key) -> bool:
    """Whether a key that the code leaves open may become `key`."""
    if _is_known(pattern) or len(pattern) != len(key):
        return False
    return all(_may_become(part, name) for part, name in zip(pattern, key, strict=True))


def _may_become(part: str, name: str) -> bool:
    if isinstance(part, Unresolved) and _FILLED_IN.search(part) is None:
        return True
    literals = [re.escape(each) for each in _FILLED_IN.split(part)]
    return re.fullmatch(".*".join(literals), name, re.IGNORECASE) is not None


def shown(value: Any) -> str:
    """Return a value as a message says it."""
    if isinstance(value, list | tuple):
        return ", ".join(f"`{_plain(item)}`" for item in value) or "empty"
    if isinstance(value, dict):
        return ", ".join(f"`{key}: {_plain(item)}`" for key, item in value.items()) or "empty"
    return "not set" if value in {"", None} else f"`{_plain(value)}`"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else as_json(value)
