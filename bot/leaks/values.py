"""What a script holds while it runs: texts as far as they are known, and the secrets that flow in them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.leaks.model import Sink, Source, Step


class Form(StrEnum):
    """What has become of a secret's value: masking knows the exact value only."""

    EXACT = "exact"
    PART = "part"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Flow:
    """A secret in a value.

    `is_path`: the value is the path of a file that holds the secret. `via`: the command that put it there prints
    secrets by itself (an environment dump, a tool). `env_name`: the variable that a dump shows.
    """

    source: Source
    form: Form = Form.EXACT
    is_path: bool = False
    via: Sink | None = None
    env_name: str = ""
    steps: tuple[Step, ...] = ()

    @property
    def key(self) -> tuple[str, str, Form, bool, str]:
        """Equal for flows that differ in their way only."""
        return self.source.name, self.source.origin, self.form, self.is_path, self.env_name

    def became(self, form: Form) -> Flow:
        """This flow after a command made `form` of it; what was changed stays changed."""
        if form is Form.EXACT or self.form is Form.CHANGED:
            return self
        return replace(self, form=form)


@dataclass(slots=True)
class Value:
    """A text (None where it is not known) and the secrets in it. Nobody changes one.

    It is not frozen: every word of every script makes one, and a frozen one takes three times as long to make.
    """

    text: str | None = None
    flows: tuple[Flow, ...] = ()
    prefix: str = ""
    """what is known of the start of a text that is not known as a whole"""

    @property
    def start(self) -> str:
        """The text as far as it is known from its start."""
        return self.prefix if self.text is None else self.text

    @property
    def secrets(self) -> tuple[Flow, ...]:
        """The flows that carry a value, not a path."""
        return tuple(flow for flow in self.flows if not flow.is_path) if self.flows else ()

    @property
    def paths(self) -> tuple[Flow, ...]:
        """The flows that carry the path of a secret's file."""
        return tuple(flow for flow in self.flows if flow.is_path) if self.flows else ()


UNKNOWN: Final = Value()
EMPTY: Final = Value("")


def merged(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """The flows, each key once, the first way kept."""
    known: dict[tuple[str, str, Form, bool, str], Flow] = {}
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
    text = None if None in texts else separator.join(text for text in texts if text is not None)
    prefix = ""
    if text is None:
        starts = []
        for value in values:
            starts.append(value.start)
            if value.text is None:
                break
        prefix = separator.join(starts)
    return Value(text, merged(flow for value in values for flow in value.flows), prefix)


def changed(flows: Iterable[Flow], form: Form) -> tuple[Flow, ...]:
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
        return Value(None if value.text is None else value.text.rstrip("\n"), value.flows)


LOG: Final = Stream("log")
NULL: Final = Stream("null")


@dataclass(slots=True, eq=False)
class Streams:
    """The open file descriptors of a command: what stdin holds, and where each output goes."""

    stdin: Value
    outputs: dict[int, Stream]

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
        return Streams(self.stdin, dict(self.outputs))
