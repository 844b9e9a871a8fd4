"""What a script holds while it runs: texts as far as they are known, and the secrets that flow in them."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from bot.lazy import dataclass
from bot.leaks.model import LeakedForm, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.documents.location import Span
    from bot.leaks.model import LeakSource, Sink, ValueStep


@dataclass(frozen=True, slots=True)
class Flow:
    """A secret in a value.

    `is_path`: the value is the path of a file that contains the secret. `is_answer`: it is a server's answer to a
    request that carried a secret, and no secret itself until a command takes a token out of it. `via`: the command
    that put it there prints secrets by itself (an environment dump, a tool). `env_name`: the variable that a dump
    shows; `dumped_at`: the command that dumps it.
    """

    source: LeakSource
    form: LeakedForm = LeakedForm.WHOLE
    is_path: bool = False
    is_answer: bool = False
    via: Sink | None = None
    env_name: str = ""
    steps: tuple[ValueStep, ...] = ()
    dumped_at: Span | None = None

    @property
    def key(self) -> tuple[str, str, LeakedForm, bool, bool, str]:
        """Equal for flows that differ in their way only."""
        return self.source.name, self.source.origin, self.form, self.is_path, self.is_answer, self.env_name

    @property
    def is_value(self) -> bool:
        """Whether it carries the value of a secret."""
        return not (self.is_path or self.is_answer)

    def became(self, form: LeakedForm) -> Flow:
        """This flow after a command made `form` of it: what could be read before still can.

        A part of an ID token stays a part, whatever is made of it: nobody can log in with it.
        """
        if self.form is LeakedForm.PART and self.source.origin is Origin.ID_TOKEN:
            return self
        if self.form is LeakedForm.FORMER_LINES and form is LeakedForm.LINES:
            return self  # of a value of one line there is still nothing
        return replace(self, form=form) if form.rank > self.form.rank else self


Piece: TypeAlias = "str | tuple[Flow, ...]"
"""Known characters, or a text that is not known, with the secrets in it."""


@dataclass(slots=True)
class Value:
    """A text (None where it is not known) and the secrets in it. Nobody changes one.

    It is not frozen: every word of every script makes one, and a frozen one takes three times as long to make.
    """

    text: str | None = None
    flows: tuple[Flow, ...] = ()
    parts: tuple[Piece, ...] = ()
    """the pieces of a text that is not known as a whole; empty where not even these are known"""

    @property
    def prefix(self) -> str:
        """What is known of the start of a text that is not known as a whole."""
        first = self.parts[0] if self.parts and self.text is None else ""
        return first if isinstance(first, str) else ""

    @property
    def start(self) -> str:
        """The text as far as it is known from its start."""
        return self.prefix if self.text is None else self.text

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The text as pieces; one of unknown structure is a single one."""
        if self.text is not None:
            return (self.text,)
        return self.parts or (self.flows,)

    @property
    def literal(self) -> str:
        """The known characters of the text, `?` for each unknown piece."""
        return "".join(piece if isinstance(piece, str) else "?" for piece in self.pieces)

    @property
    def secrets(self) -> tuple[Flow, ...]:
        """The flows that carry a value, not a path."""
        return tuple(flow for flow in self.flows if flow.is_value) if self.flows else ()

    @property
    def paths(self) -> tuple[Flow, ...]:
        """The flows that carry the path of a secret's file."""
        return tuple(flow for flow in self.flows if flow.is_path) if self.flows else ()


UNKNOWN: Final = Value()
EMPTY: Final = Value("")


def merged(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """The flows, each key once, the first way kept."""
    known: dict[tuple[str, str, LeakedForm, bool, bool, str], Flow] = {}
    for flow in flows:
        known.setdefault(flow.key, flow)
    return tuple(known.values())


def either(left: Value, right: Value) -> Value:
    """A value that is one of the two."""
    if left == right:
        return left
    return Value(left.text if left.text == right.text else None, merged((*left.flows, *right.flows)))


def joined(values: Iterable[Value], separator: str = "") -> Value:
    """The values one after another."""
    values = list(values)
    if len(values) == 1:
        return values[0]
    texts = [value.text for value in values]
    flows = merged(flow for value in values for flow in value.flows)
    if None not in texts:
        return Value(separator.join(text for text in texts if text is not None), flows)
    pieces: list[Piece] = []
    for index, value in enumerate(values):
        if index:
            pieces.append(separator)
        pieces += value.pieces
    return of_pieces(pieces, flows)


def of_pieces(pieces: Iterable[Piece], flows: Iterable[Flow] = ()) -> Value:
    """The text made of `pieces`; `flows` are all that is in it, where the pieces do not say it."""
    parts: list[Piece] = []
    for piece in pieces:
        last = parts[-1] if parts else None
        if isinstance(piece, str) and isinstance(last, str):
            parts[-1] = last + piece
        elif piece != "":
            parts.append(piece)
    secret = [flow for piece in parts if not isinstance(piece, str) for flow in piece]
    if all(isinstance(piece, str) for piece in parts):
        return Value("".join(piece for piece in parts if isinstance(piece, str)), tuple(flows))
    every = merged((*flows, *secret))
    if any(flow.form is LeakedForm.LINE for flow in secret) and any(
        isinstance(piece, str) and piece.strip("\n") for piece in parts
    ):
        parts = [piece if isinstance(piece, str) else _beside(piece) for piece in parts]
        every = merged(_beside(every))
    return Value(None, every, tuple(parts))


def _beside(flows: tuple[Flow, ...]) -> tuple[Flow, ...]:
    """The flows with other text beside them: the lines of a value are no longer together."""
    return tuple(flow.became(LeakedForm.LINES) if flow.form is LeakedForm.LINE else flow for flow in flows)


def changed(flows: Iterable[Flow], form: LeakedForm) -> tuple[Flow, ...]:
    """The flows after a command made `form` of them."""
    return merged(flow.became(form) for flow in flows)


def flows_of(values: Iterable[Value]) -> tuple[Flow, ...]:
    """All flows of the values."""
    return merged(flow for value in values for flow in value.flows)


@dataclass(slots=True, eq=False)
class Stream:
    """Where output goes. Only a log shows it; a file and a capture keep it."""

    kind: str
    path: str = ""
    kept: list[Value] = field(default_factory=list)

    def captured(self) -> Value:
        """What was written to a capture, as a command substitution gives it."""
        if not self.kept:
            return EMPTY
        value = joined(self.kept)
        if value.text is not None:
            return Value(value.text.rstrip("\n"), value.flows)
        *before, last = value.pieces
        end = last.rstrip("\n") if isinstance(last, str) else last
        return Value(None, value.flows, (*before, end) if end != "" else tuple(before))


LOG: Final = Stream("log")
NULL: Final = Stream("null")


@dataclass(slots=True, eq=False)
class Streams:
    """The open file descriptors of a command: what stdin and other inputs hold, and where each output goes."""

    stdin: Value
    outputs: dict[int, Stream]
    inputs: dict[int, Value] = field(default_factory=dict)

    @property
    def out(self) -> Stream:
        """Standard output."""
        return self.outputs.get(1, NULL)

    @property
    def err(self) -> Stream:
        """Standard error."""
        return self.outputs.get(2, NULL)

    def copy(self) -> Streams:
        """The same descriptors, to redirect on their own."""
        return Streams(self.stdin, dict(self.outputs), dict(self.inputs))
