"""What a rule is: a generator over one typed subject, and the page that its module's docstring makes."""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bot.findings import Confidence, Effect, Hit, Severity
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.repository import Repository

Subject = TypeVar("Subject")

_SECTIONS = ("What it finds", "Why it matters", "Fix", "Limits")


@dataclass(frozen=True, slots=True)
class Page:
    """A rule's page: the sections of its module's docstring, as Markdown paragraphs."""

    title: str
    what: str
    why: str
    fix: str
    limits: str

    @property
    def remedy(self) -> str:
        """What to do, and what that costs: the first paragraph of `fix` on one line."""
        return " ".join(self.fix.partition("\n\n")[0].split())


@dataclass(frozen=True, slots=True)
class Rule(Generic[Subject]):
    """A rule.

    `subject` is the type that `check` takes first; its second argument is the `Repository` that the subject belongs
    to (`repository.base` is the other side of the change, or None). `severity`, `confidence` and `effect` are the
    defaults of its hits; `others` are the further severities that its hits can have. `suppressible`: False for what
    no comment and no repository's file may silence.
    """

    id: str
    subject: type[Subject]
    check: Callable[[Subject, Repository], Iterator[Hit]]
    severity: Severity
    confidence: Confidence = Confidence.HIGH
    effect: Effect = Effect.EXPOSES
    suppressible: bool = True
    others: tuple[Severity, ...] = ()

    @property
    def severities(self) -> str:
        """The severities that a reader will see: "high", or "critical to low"."""
        worst, *_, mildest = sorted((self.severity, self.severity, *self.others), key=lambda each: each.rank)
        return worst.value if worst is mildest else f"{worst} to {mildest}"

    @property
    def page(self) -> Page:
        """Its page. Read when asked for: a scan that finds nothing needs none of the seventy."""
        return _page_of(self.check.__module__)


AnyRule = Rule[Any]
"""A rule of whatever subject: the type of a collection of rules."""


@cache
def _page_of(module: str) -> Page:
    import inspect  # noqa: PLC0415 - as above

    return parse_page(inspect.cleandoc(sys.modules[module].__doc__ or ""))


def parse_page(doc: str) -> Page:
    """The page in a rule module's docstring: its first line is the title, then the four sections in order.

    Raises:
        ValueError: a section is missing or empty.
    """
    title, _, rest = doc.partition("\n")
    parts = re.split(r"^(" + "|".join(_SECTIONS) + r")\n-+\n", rest, flags=re.MULTILINE)
    sections = {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}
    missing = [name for name in _SECTIONS if not sections.get(name)]
    if missing or not title.strip():
        raise ValueError(f"rule docstring {title!r}: no section {', '.join(missing) or 'title'}")
    return Page(title.strip().rstrip("."), *(sections[name] for name in _SECTIONS))
