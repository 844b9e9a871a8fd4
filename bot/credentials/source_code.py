"""Credentials in the source of other languages: Python, JavaScript, Ruby, PHP, Go, Java, Groovy, Perl.

No language is read here: only a literal in quotes under a clear name counts, and logins whose form is the same in all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.credentials.command_lines import sightings_in_shell
from bot.credentials.texts import Sighting, addresses_in, headers_in, logins_in, named
from bot.facts.secret_names import Promise, promise_of
from bot.facts.secret_values import is_literal_secret, looks_generated
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUOTES: Final = frozenset("\"'`")
_TOKEN: Final = regex(r"[\w.~+/=-]+")
_VALUE: Final = r"""(?P<quote>["'`])(?P<value>[^"'`\s\\{}]{6,400})(?P=quote)"""
# `name = "..."`, `"name": "..."`, `name => "..."`, `environ["NAME"] = "..."`.
_PAIR: Final = regex(
    r"""(?<![\w:.-])(?P<name>[A-Za-z_][\w.-]{0,80}+)["'`]?\]?(?:[ \t]*:[ \t]*[sS]tr(?:ing)?)?"""
    rf"""[ \t]*(?:=>|:?=(?!=)|:)[ \t]*{_VALUE}"""
)
# `define("NAME", "...")` of PHP
_DEFINED: Final = regex(r"""\bdefine\([ \t]*["'](?P<name>\w+)["'][ \t]*,[ \t]*""" + _VALUE)
# `.withPassword("...")`, `setSecretKey("...")`
_CALL: Final = regex(r"(?P<name>\b[A-Za-z_]\w{0,80}+)\([ \t]*" + _VALUE + r"[ \t]*\)")
# Steps of a Jenkins pipeline (jenkins.io/doc/pipeline/steps, 2026-11).
_STEP: Final = regex(
    r"""\b(?:sh|bat)\b\s*\(?\s*(?:script:\s*)?(?P<quote>\"{3}|'{3}|"|')(?P<code>.+?)(?P=quote)""", re.DOTALL
)


def sightings_in_source(text: str) -> Iterator[Sighting]:
    """Every credential in source code."""
    yield from addresses_in(text)
    for found in headers_in(text):
        if text[found.end : found.end + 1] in _QUOTES and _TOKEN.fullmatch(found.value):
            yield found
    yield from logins_in(text)
    for match in (*_PAIR.finditer(text), *_DEFINED.finditer(text)):
        if _is_credential(match["name"], match["value"]):
            yield named(match["name"], match["value"], *match.span("value"))
    for match in _CALL.finditer(text):
        if promise_of(match["name"]) >= Promise.SECRET and looks_generated(match["value"]):
            yield named(match["name"], match["value"], *match.span("value"))
    for match in _STEP.finditer(text):
        start = match.start("code")
        for found in sightings_in_shell(match["code"]):
            yield Sighting(found.what, found.name, found.value, start + found.start, start + found.end)


def _is_credential(name: str, value: str) -> bool:
    promise = promise_of(name)
    return promise >= Promise.SECRET and is_literal_secret(value, promise)
