"""What the analysis of a script says: a secret, its way, and the place where it comes out."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.lazy import dataclass

if TYPE_CHECKING:
    from bot.documents.location import Span
    from bot.findings import Confidence


class Holds(StrEnum):
    """What a variable holds: a secret's value, or the path of a file that contains the value."""

    VALUE = "value"
    PATH = "path"


class Origin(StrEnum):
    """Where a secret comes from."""

    SECRETS = "secrets"
    ID_TOKEN = "id_token"  # noqa: S105 - the name of a kind, not a value
    PREDEFINED = "predefined"
    FETCHED = "fetched"
    """printed by a command of the script (`vault kv get`, `aws sts ...`): the runner's masking does not know it"""
    NAMED = "named"
    """only its name looks secret: one level of confidence lower"""


class LeakedForm(StrEnum):
    """What comes out of a secret's value: the runner masks the whole value only (`docs/oracles/runner.md`).

    In the order of `rank`, from masked to readable.
    """

    WHOLE = "whole"
    LINE = "line"
    """each line by itself, unchanged: as long as nothing is put beside it, the lines together are the whole"""
    FIELD = "field"
    """the whole value, unless the separator or the pattern that the command looks for is in it"""
    QUOTED = "quoted"
    """the whole value, unless it has characters that must be escaped, or several lines"""
    FORMER_LINES = "former-lines"
    """each line but the last one, which has no newline: nothing of a value of one line"""
    LINES = "lines"
    """each line with something beside it: the whole value where it is one line"""
    SOME_LINES = "some-lines"
    """lines that the command chooses: the whole value where it is one line"""
    PART = "part"
    CHANGED = "changed"

    @property
    def rank(self) -> int:
        """How much of the value can be read."""
        return _RANKS[self]


_RANKS: Final = {form: rank for rank, form in enumerate(LeakedForm)}


class Sink(StrEnum):
    """Where a secret comes out; one rule speaks of each."""

    LOG = "log"
    DUMP = "dump"
    TRACE = "trace"
    TRANSFORMED = "transformed"
    DERIVED = "derived"
    TOOL = "tool"
    VERBOSE = "verbose"
    ARGUMENT = "argument"
    URL = "url"
    IMAGE = "image"
    UPLOAD = "upload"
    OPEN_FILE = "open-file"
    TERRAFORM = "terraform"
    FOREIGN_HOST = "foreign-host"
    CLEAR_TEXT = "clear-text"
    PATH_AS_VALUE = "path-as-value"
    VALUE_AS_PATH = "value-as-path"


@dataclass(frozen=True, slots=True)
class LeakSource:
    """A secret that a script holds. `masked`: the runner masks its exact value in the log."""

    name: str
    origin: Origin
    holds: Holds
    masked: bool
    confidence: Confidence
    span: Span | None
    has_lines: bool = False
    """by its name it has several lines: a key, a certificate"""
    contents: str = ""
    """what it is where the script fetched it, in words: "the new Vault token", or nothing"""


@dataclass(frozen=True, slots=True)
class ValueStep:
    """One step on a value's way: "URL" (line 12)."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret reaching a sink.

    `span` is the command (or the part of it) that a person would change; `command` its first word; `code` the
    command's text as written, no secret's value in it (it holds names, not values).
    """

    sink: Sink
    source: LeakSource | None
    span: Span
    command: str
    code: str
    section: str
    steps: tuple[ValueStep, ...] = ()
    detail: str = ""
    form: LeakedForm = LeakedForm.WHOLE
    """what comes out of the value"""
    is_conditional: bool = False
    """it depends on a condition of the script that is not known here"""
    scope: tuple[Span, ...] = ()
    """of a trace that shows other commands too: the commands that must not be traced"""
