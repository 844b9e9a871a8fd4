"""Credentials in the settings files that jobs read: `.env`, `.netrc`, `.pgpass`, properties, XML, keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.credentials.command_lines import sightings_in_script
from bot.credentials.texts import Sighting, is_value_of, named, sightings_in
from bot.documents.shell import parse_shell
from bot.facts.secret_names import Promise, promise_of
from bot.facts.secret_values import is_literal_secret
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

# man 5 netrc: `machine HOST login USER password PASSWORD`, on one line or several (2026-11).
_NETRC: Final = regex(r"\bpassword\s+(?P<value>\S+)")
# postgresql.org/docs/current/libpq-pgpass.html (2026-11): host, port, database, user, password.
_PGPASS: Final = regex(r"^(?!#)(?:(?:[^:\\\n]|\\.)+:){4}(?P<value>\S+)$", re.MULTILINE)
# httpd.apache.org/docs/2.4/misc/password_encryptions.html (2026-11): all but bcrypt are quickly guessed.
_HTPASSWD: Final = regex(
    r"^[\w.@-]+:(?P<value>\{(?:SHA|SSHA|PLAIN)\}\S+|\$apr1\$\S+|(?![\${])\S{8,})\s*$", re.MULTILINE
)
# curl(1), -K: `user = "name:password"` (2026-11).
_CURLRC: Final = regex(
    r"^[ \t]*(?:-u|(?:--)?(?:proxy-)?user)[ \t]*[=: \t][ \t]*\"?[^:\"\s]*:(?P<value>[^\"\s]+)", re.MULTILINE
)
_LINE: Final = regex(
    r"^[ \t]*(?:export[ \t]+|set[ \t]+)?(?P<name>[\w./:@-]{1,120}+)[ \t]*(?:=|:(?=[ \t]))[ \t]*"
    r"""(?P<quote>["']?)(?P<value>[^\n]+?)(?P=quote)[ \t]*(?:[ \t]#[^\n]*)?\r?$""",
    re.MULTILINE,
)
_DIRECTIVE: Final = regex(
    r"""^[ \t]*(?P<name>[\w.-]{1,80}+)[ \t]+(?P<quote>["']?)(?P<value>[^\s"']+)(?P=quote)[ \t]*\r?$""",
    re.MULTILINE,
)
_WHOLE: Final = regex(
    r"(?:^|/)\.?(?:vault[-_]pass(?:word)?|vault-token|password|secret)(?:\.txt)?$", re.IGNORECASE
)
_RECIPE: Final = regex(r"^\t[@+-]*(?P<line>(?:[^\n]*\\\n)*[^\n]+)", re.MULTILINE)
_INSTRUCTION: Final = regex(
    r"^[ \t]*(?P<word>ENV|ARG|RUN|CMD|ENTRYPOINT|HEALTHCHECK)[ \t]+", re.IGNORECASE | re.MULTILINE
)
_CONTINUED: Final = regex(r"(?:[^\n]*\\[ \t]*\r?\n(?:[ \t]*#[^\n]*\n)*)*[^\n]*")
_OLD_ENV: Final = regex(r"(?P<name>\w+)[ \t]+(?P<value>[^\s=]+)\s*$")


def sightings_in_settings(path: str, text: str) -> Iterator[Sighting]:
    """Every credential in a settings file; its name says how it is written."""
    name = path.rsplit("/", 1)[-1].lower()
    if name.endswith("netrc"):
        yield from _values(_NETRC, text, "the password of a netrc entry", "password")
    elif "pgpass" in name:
        yield from _values(_PGPASS, text, "the password of a pgpass entry", "password")
    elif "htpasswd" in name:
        for match in _HTPASSWD.finditer(text):
            yield Sighting(
                "the password of a user, or its quickly guessed hash",
                "password",
                match["value"],
                *match.span("value"),
            )
    elif "curlrc" in name or name.startswith("curl."):
        yield from _values(_CURLRC, text, "the password of a user", "user")
        yield from _of_lines(text)
    elif name.startswith("makefile") or name.endswith(".mk"):
        yield from _of_recipes(text)
        yield from _of_lines(text)
    elif "lftp" in name:
        yield from sightings_in_script(parse_shell(text))
    elif _WHOLE.search(path):
        body = text.strip()
        if "\n" not in body and is_literal_secret(body):
            start = text.index(body)
            yield Sighting("the content of this file", name, body, start, start + len(body))
    else:
        yield from _of_lines(text)


def _values(pattern: re.Pattern[str], text: str, what: str, name: str) -> Iterator[Sighting]:
    for match in pattern.finditer(text):
        if is_literal_secret(match["value"]):
            yield Sighting(what, name, match["value"], *match.span("value"))


def _of_recipes(text: str) -> Iterator[Sighting]:
    """The command lines of a Makefile: they begin with a tab."""
    for match in _RECIPE.finditer(text):
        for found in sightings_in_script(parse_shell(match["line"])):
            start = match.start("line")
            yield Sighting(found.what, found.name, found.value, start + found.start, start + found.end)


def _of_lines(text: str) -> Iterator[Sighting]:
    for pattern, least in ((_LINE, Promise.PERHAPS), (_DIRECTIVE, Promise.SECRET)):
        for match in pattern.finditer(text):
            promise = promise_of(match["name"])
            if promise >= least and is_value_of(match["name"], match["value"], promise):
                yield named(
                    match["name"].rsplit("/:", 1)[-1].lstrip(":"), match["value"], *match.span("value")
                )
    yield from sightings_in(text)


def instructions_in(text: str) -> Iterator[tuple[str, int, str]]:
    """The instructions of a Dockerfile that hold values or commands: word, offset and text of what follows it."""
    for match in _INSTRUCTION.finditer(text):
        rest = _CONTINUED.match(text, match.end())
        yield match["word"].upper(), match.end(), rest[0] if rest else ""


def sightings_in_dockerfile(text: str) -> Iterator[Sighting]:
    """Every credential in a Dockerfile: variables of the image, defaults of build arguments, commands."""
    for word, start, body in instructions_in(text):
        if word == "ENV" and (old := _OLD_ENV.fullmatch(body)):
            if is_value_of(old["name"], old["value"], promise_of(old["name"])):
                yield named(old["name"], old["value"], start + old.start("value"), start + old.end("value"))
            continue
        for found in sightings_in_script(parse_shell(body)):
            yield Sighting(found.what, found.name, found.value, start + found.start, start + found.end)
