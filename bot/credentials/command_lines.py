"""Credentials on command lines: options of each program, values in words, here-documents, pipes into a login."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bot.credentials.texts import Sighting, is_value_of, sightings_in
from bot.documents.shell import parse_shell
from bot.documents.shell_nodes import Command, Literal
from bot.facts.password_options import BY_PROGRAM, FROM_INPUT, READS_PAIRS
from bot.facts.secret_names import Promise, promise_of, speaks_of_secrets
from bot.facts.secret_values import decoded, is_literal_secret, password_behind
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.documents.shell_nodes import Assignment, Redirect, Script, ShellPipeline, Word
    from bot.facts.password_options import PasswordOption

_WRAPPERS: Final = frozenset(
    {
        "sudo",
        "env",
        "time",
        "nice",
        "nohup",
        "command",
        "exec",
        "timeout",
        "doas",
        "retry",
        "xvfb-run",
        "then",
        "stdbuf",
        "setsid",
    }
)
_LONG: Final = regex(r"--?(?P<name>[A-Za-z][\w.-]*[A-Za-z])\d?(?:=(?P<value>.+))?", re.DOTALL)
_HEADER_OPTIONS: Final = frozenset({"-H", "--header", "--proxy-header"})
_ATTACHED: Final = regex(r"(?P<name>[A-Za-z][\w.-]*):[ \t]*(?P<value>\S+)")
# `s/@@DB_PASSWORD@@/.../`, `s|{{ token }}|...|`
_SUBSTITUTION: Final = regex(
    r"(?:^|;\s*)s(?P<sign>[/|#,@!~])(?:(?!(?P=sign))\W|_)*(?P<name>[A-Za-z][\w.-]*)(?:(?!(?P=sign))\W)*(?P=sign)(?P<value>(?:(?!(?P=sign)).)+)(?P=sign)"
)
_PRINTERS: Final = frozenset({"echo", "printf"})
_PAIR_OF_USER: Final = regex(r"[\w.@-]{1,40}:(?P<password>\S+)")
# What these say is text for people or patterns, no argument of a login.
_REQUESTERS: Final = frozenset({"http", "https", "xh", "xhs"})
_RUN_WORDS: Final = frozenset({"ssh", "eval", "watch"})
_INNER: Final = frozenset({"-c", "-lc", "-ec", "-xc", "-exc", "-e", "--command", "--rsh"})
_SHELLS: Final = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", "su", "lftp", "rsync", "runuser"})
_INNER_GLUED: Final = ("--rsh=", "--command=")
_SPEAKERS: Final = frozenset({"grep", "egrep", "fgrep", "rg", "git-grep", "test", "["})
# What the shell takes away: a name may be written in pieces.
_TAKEN_AWAY: Final = regex(r"\\\n|[\"'\\${}]")
# An address with a user, a line of a pgpass file, something given to a program's standard input.
_GIVES: Final = regex(r"://[^\s/]*@|:(?:\d+|\*):|<<<|base64")
_NAMES: Final = regex(r"[\w.-]+")
_ESCAPES: Final = "$'"
"""opens a word in which any letter may be written by its number"""


@lru_cache(maxsize=2048)
def sightings_in_shell(text: str) -> tuple[Sighting, ...]:
    """Every credential in the text of a shell script, which is read as one only if it may hold any."""
    return tuple(sightings_in_script(parse_shell(text))) if _may_hold(text) else ()


def _may_hold(script: str) -> bool:
    """Whether a script may hold a credential: a secret's name is in it, or a program with a password option."""
    if _ESCAPES in script or ("|" in script and any(printer in script for printer in _PRINTERS)):
        return True
    text = _TAKEN_AWAY.sub("", script)
    if speaks_of_secrets(text) or _GIVES.search(text):
        return True
    # One pattern of all 171 programs takes fifteen times as long.
    return not BY_PROGRAM.keys().isdisjoint(_NAMES.findall(text.casefold()))


def sightings_in_script(script: Script) -> Iterator[Sighting]:
    """Every credential in a shell script; offsets count in its text."""
    for node in script.runs():
        if isinstance(node, Command):
            yield from _of_command(node, script.text)
        else:
            yield from _of_pipeline(node)


def _of_command(command: Command, text: str) -> Iterator[Sighting]:
    for assignment in (*command.assignments, *command.declared):
        yield from _of_assignment(assignment)
    words = unwrapped(command.words)
    shown = [text_of(word) for word in words]
    for redirect in command.redirects:
        yield from _of_redirect(redirect, text)
        value = (
            redirect.target.literal if redirect.operator == "<<<" and redirect.target is not None else None
        )
        if value and FROM_INPUT.search(" ".join(shown)) and is_literal_secret(value):
            yield Sighting(
                f"what `{command.name}` reads as its password",
                command.name,
                value,
                redirect.start,
                redirect.end,
            )
    if not words or shown[0].rsplit("/", 1)[-1] in _SPEAKERS:
        return
    for at, word in enumerate(words):
        yield from _in_word(word, shown[at])
    yield from _of_options(words, shown)
    name = shown[0].rsplit("/", 1)[-1].lower()
    yield from _of_inner_scripts(name, words, shown)
    if name == "sed":
        yield from _of_substitutions(words, shown)
    if name in _REQUESTERS:
        yield from _of_attached_headers(words, shown)
    for row in BY_PROGRAM.get(name, ()):
        yield from _of_row(row, name, words, shown)


def _of_assignment(assignment: Assignment) -> Iterator[Sighting]:
    value = assignment.value.literal if assignment.value is not None else None
    if not value:
        return
    if is_value_of(assignment.name, value, promise_of(assignment.name)):
        what = f"the value of `{assignment.name}`"
        yield Sighting(what, assignment.name, value, assignment.start, assignment.end)
        return
    for found in sightings_in(value):
        yield Sighting(found.what, found.name, found.value, assignment.start, assignment.end)


def _of_redirect(redirect: Redirect, text: str) -> Iterator[Sighting]:
    """What a here-document holds: a settings file, most often."""
    target = redirect.target
    if target is None or not redirect.operator.startswith("<<"):
        return
    for found in sightings_in(text[target.start : target.end]):
        yield Sighting(
            found.what, found.name, found.value, target.start + found.start, target.start + found.end
        )


def _in_word(word: Word, shown: str) -> Iterator[Sighting]:
    """What a word says by itself: `--from-literal=password=...`, a header, an address, JSON."""
    if len(shown) > _LONGEST_WORD or not any(char in shown for char in "=: "):
        return
    for found in sightings_in(shown):
        yield Sighting(found.what, found.name, found.value, word.start, word.end)


def _of_inner_scripts(program: str, words: Sequence[Word], shown: list[str]) -> Iterator[Sighting]:
    """Commands in short: `sh -c "..."`, `ssh host "..."`, `rsync --rsh="sshpass -p ..."`."""
    for at, text in enumerate(shown[1:], 1):
        code = text.partition("=")[2] if text.startswith(_INNER_GLUED) else text
        is_shell = at > 1 and shown[at - 2].rsplit("/", 1)[-1] in _SHELLS
        is_code = (
            program in _RUN_WORDS
            or (shown[at - 1] in _INNER and (is_shell or program in _SHELLS))
            or code is not text
        )
        if is_code and " " in code and len(code) <= _LONGEST_WORD:
            for found in sightings_in_shell(code):
                yield Sighting(found.what, found.name, found.value, *_extent(words[at]))


def _of_attached_headers(words: Sequence[Word], shown: list[str]) -> Iterator[Sighting]:
    """HTTPie's headers are operands: `X-Api-Key:...`."""
    for word, text in zip(words[1:], shown[1:], strict=True):
        match = _ATTACHED.fullmatch(text)
        if match and is_value_of(match["name"], match["value"], promise_of(match["name"])):
            yield Sighting(f"the header `{match['name']}`", match["name"], match["value"], *_extent(word))


def _of_options(words: Sequence[Word], shown: list[str]) -> Iterator[Sighting]:
    """Options whose own name promises a secret, of whatever program, and headers."""
    for at, text in enumerate(shown[1:], 1):
        following = shown[at + 1] if at + 1 < len(shown) else ""
        if text in _HEADER_OPTIONS:
            match = _ATTACHED.fullmatch(following)
            if match and is_value_of(match["name"], match["value"], promise_of(match["name"])):
                yield Sighting(
                    f"the header `{match['name']}`", match["name"], match["value"], *_extent(words[at + 1])
                )
            continue
        match = _LONG.fullmatch(text)
        promise = promise_of(match["name"]) if match else Promise.NOTHING
        if match is None or promise < Promise.SECRET or len(match["name"]) < _SHORTEST_OPTION:
            continue
        value = match["value"] or following
        own = words[at] if match["value"] else words[min(at + 1, len(words) - 1)]
        if value and not value.startswith("-") and is_value_of(match["name"], value, promise):
            dashes = text[: match.start("name")]
            yield Sighting(f"the value of `{dashes}{match['name']}`", match["name"], value, *_extent(own))


def _of_substitutions(words: Sequence[Word], shown: list[str]) -> Iterator[Sighting]:
    """`sed "s/@@PASSWORD@@/.../"`: what takes the place of a name."""
    for word, text in zip(words[1:], shown[1:], strict=True):
        for match in _SUBSTITUTION.finditer(text):
            name = match["name"].strip("_")
            if is_value_of(name, match["value"], promise_of(name)):
                yield Sighting(f"what `sed` writes for `{name}`", name, match["value"], *_extent(word))


def _of_row(row: PasswordOption, program: str, words: Sequence[Word], shown: list[str]) -> Iterator[Sighting]:
    """What the program's own options say."""
    for at, start in row.places(shown[1:]):
        before, text = shown[at], shown[at + 1]
        option = f" {text[:start]}" if start else f" {before}" if before in row.apart.split() else ""
        yield from _value(row, f"`{program}{option}`", text[start:], words[at + 1])


def _value(row: PasswordOption, where: str, text: str, word: Word) -> Iterator[Sighting]:
    match = re.fullmatch(row.within, text) if row.within else None
    if row.within and match is None:
        return
    value = match[1] if match else text
    if is_literal_secret(value):
        yield Sighting(f"the password of {where}", where.strip("`"), value, *_extent(word))


def _of_pipeline(pipeline: ShellPipeline) -> Iterator[Sighting]:
    """`echo PASSWORD | docker login --password-stdin`, `echo root:PASSWORD | chpasswd`, `echo BASE64 | base64 -d`."""
    for first, second in zip(pipeline.commands, pipeline.commands[1:], strict=False):
        if not isinstance(first, Command) or not isinstance(second, Command) or first.name not in _PRINTERS:
            continue
        words = unwrapped(second.words)
        reader = [text_of(word) for word in words] or [""]
        name = reader[0].rsplit("/", 1)[-1]
        whole = " ".join([text_of(word) for word in second.words])
        for word in first.words[1:]:
            value = word.literal or ""
            if _is_piped_secret(value, name, whole):
                yield Sighting(f"what `{name}` reads as its password", name, value, *_extent(word))


def _is_piped_secret(value: str, reader: str, line: str) -> bool:
    if reader in READS_PAIRS:
        match = _PAIR_OF_USER.fullmatch(value.strip())
        return match is not None and is_literal_secret(match["password"])
    if reader in {"base64", "openssl"} and re.search(r"(?:^|\s)(?:-d|-D|--decode)", line):
        text = password_behind(value) or decoded(value) or ""
        return is_literal_secret(text.strip())
    return FROM_INPUT.search(line) is not None and is_literal_secret(value.replace("\\n", ""))


def unwrapped(words: Sequence[Word]) -> Sequence[Word]:
    """The words of the command that is run in the end: behind `sudo -u app`, `env A=b`, `timeout 5`."""
    while words:
        name = (words[0].literal or "").rsplit("/", 1)[-1]
        if name not in _WRAPPERS:
            return words
        at = 1
        while at < len(words):
            text = text_of(words[at])
            if text in {"-u", "-g", "-n", "-k", "-s"}:
                at += 1
            elif not (text.startswith("-") or re.fullmatch(r"\w+=.*|[\d.]+[smhd]?", text, re.DOTALL)):
                break
            at += 1
        if at >= len(words):
            return words
        # What `env` sets stays in sight: the words before the program are looked at as well.
        words = (*words[at:], *(word for word in words[1:at] if "=" in text_of(word)))
    return words


def text_of(word: Word) -> str:
    """The word's text; `$` stands for what the shell puts in."""
    return "".join(
        part.text if isinstance(part, Literal) else f"${getattr(part, 'name', '')}" for part in word.parts
    )


def _extent(word: Word) -> tuple[int, int]:
    return word.start, word.end


_LONGEST_WORD: Final = 20_000
_SHORTEST_OPTION: Final = 4
