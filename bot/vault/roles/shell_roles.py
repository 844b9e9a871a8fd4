"""Roles and mounts written by commands: `vault write`, and `curl` to the API, in scripts and Markdown."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.documents.json import parse_json
from bot.documents.lines import split_lines
from bot.documents.location import Place, Span, Unreadable
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence, Style
from bot.documents.shell import parse_shell
from bot.documents.shell_nodes import Literal, Part
from bot.vault.reading import Unresolved
from bot.vault.roles.jwt_role import Form
from bot.vault.roles.payloads import API_PATH, Found, PayloadReader
from bot.vault.values import unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.documents.shell_nodes import Command, Word

CLIS = frozenset({"vault", "bao", "stronghold"})
# Flags of `vault write` that take their value as the next word (`vault write -h`, 2026-11).
_FLAGS_WITH_VALUE = frozenset(
    {"-address", "-namespace", "-ns", "-field", "-format", "-ca-cert", "-wrap-ttl", "-mfa"}
)
_CURL_BODY = frozenset({"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"})
_FENCE = re.compile(
    r"^(?P<indent>[ \t]*)(?P<fence>```+|~~~+)[ \t]*(?:bash|sh|shell|shell-session|console|zsh|text)?[^\n`]*\n"
    r"(?P<body>.*?)^(?P=indent)(?P=fence)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class ShellText:
    """Shell code somewhere in a file: `place` maps an offset in `text` to its place in `path`."""

    path: str
    text: str
    place: Callable[[int], Place]

    def span(self, start: int, end: int) -> Span:
        """The characters from `start` up to `end`."""
        first, last = self.place(start), self.place(max(end - 1, start))
        return Span(self.path, first.line, first.column, last.line, last.column + 1)


def fences(whole: str) -> Iterator[tuple[str, Callable[[int], int]]]:
    """The fenced blocks of a Markdown text that hold commands, without indentation and prompts.

    With each comes the way from an offset in it to one in `whole`.
    """
    for match in _FENCE.finditer(whole):
        if API_PATH_HINT in match["body"]:
            yield _dedented(match["body"], match.start("body"))


def unprompted(whole: str) -> tuple[str, Callable[[int], int]]:
    """A script as commands: a transcript with prompts (`$ vault write ...`) loses them."""
    return _dedented(whole, 0) if _TRANSCRIPT.search(whole) else (whole, lambda offset: offset)


def _dedented(body: str, start: int) -> tuple[str, Callable[[int], int]]:
    lines = split_lines(body)
    indent = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    texts, offsets, starts = [], [], []
    at, length = start, 0
    for line in lines:
        cut = min(indent, len(line) - len(line.lstrip(" ")))
        text = line[cut:]
        prompt = _PROMPT.match(text)
        if prompt:
            cut += prompt.end()
            text = text[prompt.end() :]
        texts.append(text)
        starts.append(length)
        offsets.append(at + cut)
        at, length = at + len(line), length + len(text)

    def outer(offset: int) -> int:
        index = max(bisect_right(starts, offset) - 1, 0)
        return offsets[index] + offset - starts[index]

    return "".join(texts), outer


_TRANSCRIPT = re.compile(r"^[ \t]*\$ (?:vault|bao|stronghold) ", re.MULTILINE)
_PROMPT = re.compile(r"[$#>] (?=\w)")
API_PATH_HINT = "auth/"


def read_commands(shell: ShellText, whole: str, found: Found) -> None:
    """Collects the roles and mounts that the commands in `shell` write. `whole` is the text of the file."""
    for command in parse_shell(shell.text).commands():
        _CommandReader(shell, whole, found, command).read()


class _CommandReader:
    """Reads one command."""

    def __init__(self, shell: ShellText, whole: str, found: Found, command: Command) -> None:
        self.shell = shell
        self.whole = whole
        self.found = found
        self.command = command

    def read(self) -> None:
        """Collects what the command writes, if it writes a role or a mount."""
        if self.command.name in CLIS:
            self._vault_write()
        elif self.command.name == "curl":
            self._curl()

    def _vault_write(self) -> None:
        words = list(_without_flags(self.command.words[1:]))
        if len(words) < 2 or words[0].literal != "write":  # noqa: PLR2004 - the verb and the path
            return
        path = self._text(words[1])
        api = API_PATH.search("/" + path.lstrip("/"))
        if api is None:
            return
        body = self._body_of(words[2:], api)
        if body is not None:
            self._add(api, *body)

    def _body_of(self, words: list[Word], api: re.Match[str]) -> tuple[Mapping, Form] | None:
        pairs = [word for word in words if "=" in word.prefix]
        if pairs:
            return self._pairs(pairs), Form.ARGUMENTS
        for word in words:
            if word.prefix.startswith("@"):
                self._remember(self._text(word)[1:], api)
        if any(word.literal == "-" for word in words):
            return self._stdin(api)
        return None

    def _stdin(self, api: re.Match[str]) -> tuple[Mapping, Form] | None:
        heredoc = self.command.heredoc
        if heredoc is not None and heredoc.target is not None:
            return self._json(heredoc.target)
        for redirect in self.command.redirects:
            if redirect.operator == "<" and redirect.target is not None:
                self._remember(self._text(redirect.target), api)
                return None
        self._tell(self.command.start, "the role is piped into this command; what it holds was not checked")
        return None

    def _curl(self) -> None:
        words = self.command.words[1:]
        api = next(
            (
                found
                for word in words
                if (found := API_PATH.search(self._text(word))) and "/v1/" in self._text(word)
            ),
            None,
        )
        if api is None:
            return
        for flag, word in pairwise(words):
            if flag.literal in _CURL_BODY:
                text = self._text(word)
                if text in {"@-", "@/dev/stdin"}:
                    body = self._stdin(api)
                elif text.startswith("@"):
                    self._remember(text[1:], api)
                    continue
                else:
                    body = self._json(word)
                if body is not None:
                    self._add(api, *body)

    def _json(self, word: Word) -> tuple[Mapping, Form] | None:
        text, place = self._joined(word)
        node = parse_json(self.shell.path, text, place)
        if isinstance(node, Unreadable):
            self.found.unread.append(Unreadable(node.path, node.line, f"the role's {node.reason}"))
        return (node, Form.HEREDOC) if isinstance(node, Mapping) else None

    def _joined(self, word: Word) -> tuple[str, Callable[[int], Place]]:
        """The text that the shell makes of the word, expansions as written, and the way back to the file."""
        starts, sources, texts = [0], [0], []
        for part in word.parts:
            for text, source in _aligned(part, self.shell.text):
                texts.append(text)
                sources.append(source)
                starts.append(starts[-1] + len(text))
        sources = sources[1:] or [word.start]

        def place(offset: int) -> Place:
            index = min(max(bisect_right(starts, offset) - 1, 0), len(sources) - 1)
            return self.shell.place(sources[index] + offset - starts[index])

        return "".join(texts), place

    def _text(self, word: Word) -> str:
        return self._joined(word)[0]

    def _pairs(self, words: list[Word]) -> Mapping:
        """`key=value` words as a mapping; a repeated key makes a list, as in Vault's CLI (kv-builder)."""
        entries: dict[str, Entry] = {}
        for word in words:
            key, _, value = self._text(word).partition("=")
            start = word.start + self.shell.text[word.start : word.end].find("=") + 1
            span = self.shell.span(start, word.end)
            literal = word.literal is not None and not value.startswith("@")
            scalar = Scalar(value, value, span, Style.PLAIN) if literal else unknown(value, span)
            name = Scalar(key, key, self.shell.span(word.start, start - 1))
            earlier = entries.get(key)
            node: Node = scalar
            if earlier is not None:
                node = Sequence((*_items(earlier.value), scalar), span)
            entries[key] = Entry(name, node)
        return Mapping(entries, self.shell.span(self.command.start, self.command.end))

    def _add(self, api: re.Match[str], body: Mapping, form: Form) -> None:
        mount, name = _known(api["mount"]), _known(api["name"] or "")
        reader = PayloadReader(self.shell.path, self.whole, form, self.found)
        end = max(
            self.command.end,
            *(redirect.target.end for redirect in self.command.redirects if redirect.target),
            0,
        )
        span = self.shell.span(self.command.start, end)
        if api["kind"] == "role":
            self.found.roles.append(reader.role(body, mount, name, span=span))
        else:
            self.found.mounts.append(reader.mount(body, mount, span=span))

    def _remember(self, path: str, api: re.Match[str]) -> None:
        """A payload file is read as a document of its own, under the name that this command gives it."""
        if api["kind"] != "role":
            return
        folder = posixpath.dirname(self.shell.path)
        candidates = (posixpath.normpath(posixpath.join(folder, path)), posixpath.normpath(path))
        for candidate in candidates:
            self.found.files.setdefault(candidate, (_known(api["mount"]), _known(api["name"])))
        line = self.shell.place(self.command.start).line
        reason = f"the role {api['name']} is written from {path}, which is not in the repository: not checked"
        self.found.named.append((candidates, Unreadable(self.shell.path, line, reason)))

    def _tell(self, offset: int, reason: str) -> None:
        self.found.unread.append(Unreadable(self.shell.path, self.shell.place(offset).line, reason))


def _aligned(part: Part, source: str) -> Iterator[tuple[str, int]]:
    """The runs of the part's text, each with the offset in `source` where it stands.

    Quotes, backslashes and the tabs that `<<-` strips stand in the source and not in the text.
    """
    if not isinstance(part, Literal):
        yield source[part.start : part.end], part.start
        return
    at, start, run = part.start, part.start, 0
    for index, char in enumerate(part.text):
        if source[at : at + 1] != char:
            if index > run:
                yield part.text[run:index], start
            skipped = source.find(char, at, part.end)
            at = start = skipped if skipped >= 0 else at
            run = index
        at += 1
    if run < len(part.text):
        yield part.text[run:], start


def _without_flags(words: tuple[Word, ...]) -> Iterator[Word]:
    skip = False
    for word in words:
        text = word.literal or word.prefix
        if skip:
            skip = False
        elif text.startswith("-") and text != "-":
            skip = text in _FLAGS_WITH_VALUE
        else:
            yield word


def _items(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else (node,)


def _known(text: str) -> str:
    return Unresolved(text) if "$" in text or "`" in text or "{{" in text else text
