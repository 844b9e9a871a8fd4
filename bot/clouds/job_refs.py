"""Refs that a trust names, or could accept by mistake: branches, tags, another case, protected or not."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from bot.clouds.hint_pieces import variants
from bot.clouds.reaches import TrustReach
from bot.clouds.wildcards import has_wildcard
from bot.facts.gitlab_subjects import is_ref
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.clouds.hint_pieces import HintPieces
    from bot.clouds.model import Hint

_FREE_REF = "feature-x"
_REF_RUNS = ("-x", "not-", "x", "", "/x", "feature-x", "1.0", "x/")


@dataclass(frozen=True, slots=True)
class JobRef:
    """A branch or tag."""

    name: str
    kind: str
    is_protected: bool


class RefParts:
    """The refs of candidates."""

    def __init__(self, pieces: HintPieces) -> None:
        self._pieces = pieces

    @cached_property
    def _reads_refs(self) -> bool:
        return self._pieces.reads("ref", "ref_type", "ref_path", "ref_protected", "sub", "")

    @cached_property
    def literal_refs(self) -> tuple[str, ...]:
        """The refs that are written in full; the default branch where there is none."""
        named = (
            text
            for text, hint in self._reftexts()
            if is_ref(text) and not (hint.wildcards and has_wildcard(text))
        )
        return tuple(dict.fromkeys(named)) or ("main",)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """What the literal refs are: branch or tag, as far as the trust says it."""
        written = {text for text, _ in self._pieces.texts("ref_type")}
        if any(text.startswith("refs/tags/") for text, _ in self._pieces.texts("ref_path")):
            written.add("tag")
        return ("tag",) if "tag" in written and "branch" not in written else ("branch",)

    def _reftexts(self) -> Iterator[tuple[str, Hint]]:
        for text, hint in self._pieces.texts("ref", "ref_path"):
            yield re.sub(r"^\^?refs/(?:heads|tags)/", "", text), hint

    @cached_property
    def own_refs(self) -> dict[TrustReach, tuple[JobRef, ...]]:
        """Refs of the named projects, by the reach that they show."""
        names = self.literal_refs
        free = dict.fromkeys([_FREE_REF])
        for text, hint in self._reftexts():
            free.update(dict.fromkeys(variants(text, hint, _REF_RUNS, ("x", "9"))))
        others = sorted((n for n in free if is_ref(n) and n not in names), key=lambda name: "/-" in name)
        kind = self.kinds[0]
        other_kind = "tag" if kind == "branch" else "branch"
        upper = [name.swapcase() for name in names if name.swapcase() not in names]
        return {
            TrustReach.PUSHER: tuple(
                JobRef(name, each, is_protected=False) for name in others for each in (kind, other_kind)
            ),
            TrustReach.TAG: tuple(JobRef(name, other_kind, is_protected=False) for name in names),
            TrustReach.CASE: tuple(JobRef(name, kind, is_protected=False) for name in upper),
            TrustReach.NAMED: tuple(JobRef(name, kind, is_protected=False) for name in names),
            TrustReach.PROTECTED: tuple(
                JobRef(name, each, is_protected=True) for name in others for each in (kind, other_kind)
            ),
            TrustReach.EXACT: tuple(
                JobRef(name, each, is_protected=True) for name in names for each in (kind, other_kind)
            ),
        }

    @cached_property
    def refs_of_owner(self) -> dict[JobRef, None]:
        """Refs in a project of one's own: any name and kind, protected or not."""
        if not self._reads_refs:
            return {JobRef("main", "branch", is_protected=True): None}
        own = self.own_refs
        found = [
            *own[TrustReach.EXACT],
            *own[TrustReach.PROTECTED][:20],
            JobRef("main", "branch", is_protected=True),
        ]
        if any(text == "false" for text, _ in self._pieces.texts("ref_protected")):
            found += [*own[TrustReach.NAMED], *own[TrustReach.PUSHER][:10]]
        return dict.fromkeys(found)
