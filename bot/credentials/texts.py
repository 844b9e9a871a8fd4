"""Credentials in a text of whatever kind: names with values, headers, addresses, elements of XML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.facts.credentials import passwords_in_urls
from bot.facts.hosts import is_this_machine
from bot.facts.secret_names import Promise, promise_of
from bot.facts.secret_values import is_literal_secret, password_behind
from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Sighting:
    """A credential in a text: from `start` to `end` (0-based), and the name under which it is written.

    `what` describes it ("the value of `DB_PASSWORD`", "a password in the address of git.example.com"), without any part
    of the value.
    """

    what: str
    name: str
    value: str
    start: int
    end: int

    @property
    def is_named(self) -> bool:
        """Whether it is the value of a variable, a key or an option."""
        return self.what.startswith("the value of `")


# Bounded, as a name is tried again behind each of its dots and digits.
_PAIR: Final = regex(
    r"""(?<![\w$%{(<-])(?P<name>[A-Za-z_][\w.-]{0,80}+)\\?["']?\]?[ \t]*(?::?=|=>|\?=|:(?=[ \t\\"']))[ \t]*
    (?:\\?"(?P<double>[^"\\\n]{1,4000})|'(?P<single>[^'\n]{1,4000})'|(?P<bare>[^\s"'`,;&|)\]}<>\\]{1,1000}))""",
    re.VERBOSE,
)
_ELEMENT: Final = regex(
    r"<(?P<name>[\w.:-]{2,60})(?:\s[^<>]{0,400})?>\s*(?:<!\[CDATA\[)?(?P<value>[^<\s][^<\n]{0,1000}?)\s*(?:\]\]>)?\s*</"
)
# `<add key="Password" value="...">`, `{"name": "DB_PASSWORD", "value": "..."}`, in one line.
_NAMED_VALUE: Final = regex(
    r"""\b(?:key|name)["']?\s*[:=]\s*["'](?P<name>[\w.-]+)["'][\s,]+["']?value["']?\s*[:=]\s*["'](?P<value>[^"'\n]+)["']"""
)
# A variable that .NET sets (learn.microsoft.com/dotnet/api/system.environment, 2026-11).
_SET_VARIABLE: Final = regex(
    r"""SetEnvironmentVariable\([ \t]*["'](?P<name>\w+)["'][ \t]*,[ \t]*["'](?P<value>[^"'\n]+)["']""",
    re.IGNORECASE,
)
_HEADER: Final = regex(
    r"""(?<![A-Za-z0-9:])(?i:authorization)["']?\s*(?:[:=]|=>)\s*\\?["']?(?:(?P<scheme>[A-Za-z][\w-]{2,20})\s+)?(?P<value>[^\s"'\\,;]{8,})"""
)
# CREATE USER and ALTER ROLE of the databases' SQL.
_SQL: Final = regex(
    r"\b(?:identified\s+(?:with\s+\w+\s+)?by|(?:user|role)\b[^;\n]{1,80}?\bpassword)\s+\\?'(?P<value>(?!\*|md5)[^'\\\n]+)'",
    re.IGNORECASE,
)
# man 5 netrc; postgresql.org/docs/current/libpq-pgpass.html (2026-11).
_NETRC: Final = regex(r"\blogin\s+\S+\s+password\s+(?P<value>[^\s\"']+)")
_PGPASS: Final = regex(r"^[\w.*-]+:(?:\d+|\*):[\w.*-]+:[\w.*-]+:(?P<value>\S+)$", re.MULTILINE)
# `auth=("ci", "...")`, `HTTPBasicAuth("ci", "...")`, `basic_auth("ci", "...")` of HTTP libraries.
_AUTH: Final = regex(
    r"""\b(?:HTTP(?:Basic|Digest)Auth|NetworkCredential|(?:set|with)?_?[bB]asic_?[aA]uth|auth[ \t]*=|\.auth)[ \t]*"""
    r"""\([ \t]*(?P<one>["'])[^"'\s]+(?P=one),[ \t]*(?P<two>["'])(?P<value>[^"'\s]+)(?P=two)"""
)
# learn.microsoft.com/powershell/module/microsoft.powershell.security/convertto-securestring (2026-11).
_SECURE_STRING: Final = regex(
    r"""ConvertTo-SecureString[ \t]+(?:-String[ \t]+)?\\?["'](?P<value>[^"'\n]+)["']""", re.IGNORECASE
)
# `expect "password:"; send "...\\r"` (man 1 expect, 2026-11).
_EXPECTED: Final = regex(
    r"""(?i:pass(?:word|phrase|wort)?)[^"\n]{0,40}"\}?\s*;?\s*\{?\s*send\s+(?:--\s+)?"(?P<value>[^"\\\n]+)(?:\\[rn])+\""""
)
_LOGINS: Final = (
    (_EXPECTED, ("send",), "what `expect` types as a password"),
    (_AUTH, ("auth", "networkcredential"), "the password of a login"),
    (_SECURE_STRING, ("convertto-",), "the value of a secure string"),
)
_OTHERS: Final = (
    (_SQL, ("identified", "password"), "a password in SQL"),
    (_NETRC, ("login",), "the password of a netrc entry"),
    (_PGPASS, (":",), "the password of a pgpass entry"),
)
"""patterns, words of which one is in lower case wherever they match, and what they find"""


def sightings_in(text: str) -> Iterator[Sighting]:
    """Every credential in the text that its name, its header or its address gives away."""
    yield from addresses_in(text)
    if "uthorization" in text or "UTHORIZATION" in text:
        yield from headers_in(text)
    yield from pairs_in(text)
    yield from _in_their_places(_OTHERS, text)
    yield from logins_in(text)
    if "</" in text:
        yield from _of_matches(_ELEMENT, text)
    if "SetEnvironmentVariable" in text:
        yield from _of_matches(_SET_VARIABLE, text)
    if "value" in text:
        yield from _of_matches(_NAMED_VALUE, text)


def logins_in(text: str) -> Iterator[Sighting]:
    """Passwords that are given to a login in code."""
    yield from _in_their_places(_LOGINS, text)


def _in_their_places(
    patterns: Iterable[tuple[re.Pattern[str], tuple[str, ...], str]], text: str
) -> Iterator[Sighting]:
    lower = text.lower()
    for pattern, hints, what in patterns:
        for match in pattern.finditer(text) if any(hint in lower for hint in hints) else ():
            if is_literal_secret(match["value"]):
                yield Sighting(what, "password", match["value"], *match.span("value"))


def addresses_in(text: str) -> Iterator[Sighting]:
    """Passwords in addresses."""
    for match in passwords_in_urls(text):
        host, value = match["host"], match["password"]
        if is_literal_secret(value) and not is_this_machine(host):
            yield Sighting(
                f"a password in the address of {host}", "a password in a URL", value, *match.span("password")
            )


def headers_in(text: str) -> Iterator[Sighting]:
    """What is sent as `Authorization:`."""
    for match in _HEADER.finditer(text):
        value = match["value"]
        behind = password_behind(value) if (match["scheme"] or "").lower() == "basic" else None
        found = is_literal_secret(behind) if behind is not None else is_literal_secret(value, Promise.SECRET)
        if found:
            yield Sighting(
                "the credential of an `Authorization` header", "Authorization", value, *match.span("value")
            )


def pairs_in(text: str) -> Iterator[Sighting]:
    """Literals under names that promise a secret."""
    at = 0
    while match := _PAIR.search(text, at):
        name = match["name"]
        group = "double" if match["double"] else "single" if match["single"] else "bare"
        at = match.start(group)  # a value may hold pairs itself: `connection="Server=...;Password=..."`
        # `UID=app;PWD=...` of a connection string is no variable of the shell.
        follows = text[match.start() - 1] in ";\"'" if match.start() else False
        promise = Promise.PASSWORD if name.lower() == "pwd" and follows else promise_of(name)
        if promise is Promise.NOTHING:
            continue
        if is_value_of(name, match[group], promise):
            at = match.end()
            yield named(name, match[group], *match.span(group))


def _of_matches(pattern: re.Pattern[str], text: str) -> Iterator[Sighting]:
    for match in pattern.finditer(text):
        if is_value_of(match["name"], match["value"], promise_of(match["name"])):
            yield named(match["name"], match["value"], *match.span("value"))


def is_value_of(_name: str, value: str, promise: Promise) -> bool:
    """Whether the value under a name with that promise is a credential."""
    if promise is Promise.NOTHING:
        return False
    behind = password_behind(value) if ":" not in value else None
    if behind is not None:
        return is_literal_secret(behind)
    return is_literal_secret(value, promise)


def named(name: str, value: str, start: int, end: int) -> Sighting:
    """The sighting of a value under its name."""
    return Sighting(f"the value of `{name}`", name, value, start, end)
