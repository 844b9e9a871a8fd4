"""What a rule says, and what the engine makes of it."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.documents.location import Span
    from bot.fixes import Fix


class Severity(StrEnum):
    """How bad it is, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for critical to 4 for info: sorts worst first."""
        return list(Severity).index(self)

    def lowered(self, steps: int = 1) -> Severity:
        """This severity, `steps` levels milder, at least info."""
        return list(Severity)[min(self.rank + steps, len(Severity) - 1)]


class Confidence(StrEnum):
    """How sure it is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Effect(StrEnum):
    """What kind of wrong: open to somebody, weaker than it should be, or failing closed."""

    EXPOSES = "exposes"
    WEAKENS = "weakens"
    BREAKS = "breaks"


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to a finding: `note` says what it is ("the secret is declared here")."""

    span: Span
    note: str


@dataclass(frozen=True, slots=True)
class Witness:
    """Proof by example.

    `kind` "claims": `accepts` are token claims that log in and should not. `kind` "pipeline": `accepts` describes a
    pipeline in which the job runs. `story` is one sentence, who can do it.
    """

    kind: str
    accepts: Mapping[str, object]
    story: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule yields: what is true of this file, where, and how to mend it.

    `subject` names the thing it is about ("job:deploy", "role:jwt/prod-db", "policy:app"), `construct` the
    part of it that stays the same when lines move ("secrets.DATABASE_URL", "bound_claims.ref"); together
    with `text` (the normalised code, no secret's value) they identify the finding for ever. `message` is
    one sentence on what is wrong, `attack` one on what somebody does with it; neither contains a secret's
    value. `fix` is a candidate: the engine proves it or drops it. `way` are the places through which a
    value comes to `span`, in order. `severity`, `confidence`, `effect` and `remedy` override the rule's
    own where given.
    """

    span: Span
    subject: str
    construct: str
    message: str
    attack: str = ""
    text: str = ""
    fix: Fix | None = None
    witness: Witness | None = None
    related: tuple[Related, ...] = ()
    severity: Severity | None = None
    confidence: Confidence | None = None
    effect: Effect | None = None
    way: tuple[Related, ...] = ()
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit with its rule, its settled severity and its fingerprint (32 hex digits: 8 of the path, 24 of the rest).

    `title` is that of the rule's page. `remedy` says in prose what to do, for a reader who gets no `fix`.
    """

    rule: str
    severity: Severity
    confidence: Confidence
    effect: Effect
    span: Span
    subject: str
    message: str
    attack: str
    fingerprint: str
    fix: Fix | None = None
    witness: Witness | None = None
    related: tuple[Related, ...] = ()
    ignored: str | None = None
    construct: str = field(default="", repr=False)
    way: tuple[Related, ...] = ()
    title: str = field(default="", repr=False)
    remedy: str = field(default="", repr=False)

    @property
    def sort_key(self) -> tuple[int, int, str, int, int, str]:
        """Worst first, surest first, then by place."""
        return (
            self.severity.rank,
            list(Confidence).index(self.confidence),
            self.span.path,
            self.span.start_line,
            self.span.start_column,
            self.rule,
        )
