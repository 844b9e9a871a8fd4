"""What a repository says to a cloud about GitLab's tokens: trusts, and what could not be read."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bot.documents.location import Span, Unreadable
    from bot.fixes import Edit, Fix

T = TypeVar("T")


class Cloud(StrEnum):
    """Whose trust it is."""

    AWS = "aws"
    GOOGLE = "google"
    AZURE = "azure"


@dataclass(frozen=True, slots=True)
class Hint:
    """A text that a trust compares a claim with; candidates for tokens are made of it.

    `claim` "": any claim. `wildcards`: `*` and `?` match more than themselves. `partial`: only a part of the claim has
    to be equal (a prefix, a substring, a regular expression). `ignores_case`: case does not matter.
    """

    claim: str
    text: str
    wildcards: bool = False
    partial: bool = False
    ignores_case: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Defect:
    """A part of a trust that does not do what it seems to.

    `blocks`: it can never be met, so that nobody gets in by the statement that contains it; else it restricts nothing.
    `message` is a clause about the part ("AWS has no key ... for this issuer").
    """

    span: Span
    construct: str
    message: str
    blocks: bool
    fix: Fix | None = None
    decisive: bool = True
    """Whether it decides the whole trust: no other statement or value lets the intended job in"""


@dataclass(frozen=True, slots=True)
class Stricter:
    """How a trust is made to check one more claim.

    `edits` takes name and value of the claim and the texts by path, and returns None where the trust is not written so
    that it can be extended. `reads` are the claims that the cloud compares by themselves; any other has to become a
    part of the subject, which the project's settings decide.
    """

    edits: Callable[[tuple[str, str], Callable[[str], str | None]], tuple[Edit, ...] | None]
    reads: frozenset[str] | None = None
    """None: every claim"""


@dataclass(slots=True, eq=False)
class Trust:
    """Who accepts which tokens: an IAM role, a Google binding with its providers, an Azure credential."""

    cloud: Cloud
    kind: str
    """what it is, in the cloud's own word: role, service account, application, identity, ..."""
    name: str
    span: Span
    issuer: str
    """host and path of the issuer, "" where it is not known"""
    accepts: Callable[[Mapping[str, str]], bool] = field(repr=False)
    hints: tuple[Hint, ...] = ()
    defects: tuple[Defect, ...] = ()
    place: Callable[[Mapping[str, str]], Span] | None = field(default=None, repr=False)
    """the part that accepts a token; None: the first line"""
    tenant: str = ""
    """the top-level group that the issuer itself pins, "" where it pins none"""
    audiences: tuple[str, ...] = ()
    """the audiences that it accepts, empty where any or where they are not known"""
    references: tuple[str, ...] = ()
    """names by which a job can ask for it: an ARN, a client id, `pool/provider`"""
    half: bool = False
    """only one half of it is in the repository (Google): its conditions are judged, its reach is not"""
    member_span: Span | None = None
    """the member of a Google binding"""
    rivals: tuple[tuple[str, str, Span], ...] = ()
    """other providers of the same pool that map the same attribute: name, issuer, place"""
    extras: tuple[dict[str, str], ...] = ()
    """claims of somebody else's project that the trust may take for those of the project that is meant"""
    stricter: Stricter | None = field(default=None, repr=False)
    """the edits after which it also checks a claim"""
    kept: dict[str, object] = field(default_factory=dict, repr=False)

    @property
    def subject(self) -> str:
        """The name under which findings mention it."""
        return f"trust:{self.cloud}/{self.name}"

    @property
    def head(self) -> Span:
        """The first line."""
        return self.span._replace(end_line=self.span.start_line, end_column=1 << 30)

    def place_of(self, claims: Mapping[str, str]) -> Span:
        """Return the part that accepts a token with these claims."""
        return self.place(claims) if self.place is not None else self.head

    def reads(self, claim: str) -> bool:
        """Return whether the trust compares this claim."""
        return any(hint.claim in {claim, ""} for hint in self.hints)


@dataclass(slots=True, eq=False)
class CloudModel:
    """Every trust of one side of a repository, in the order of the files."""

    trusts: tuple[Trust, ...] = ()
    unread: tuple[Unreadable, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found, and nothing left unread."""
        return not self.trusts and not self.unread

    def subjects(self, kind: type[T]) -> Iterator[T]:
        """Yield every part of the type `kind`, in order; the model itself for `CloudModel`."""
        if kind is CloudModel:
            yield self  # type: ignore[misc]
            return
        yield from (trust for trust in self.trusts if isinstance(trust, kind))
