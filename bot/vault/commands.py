"""What scripts, CI jobs and Markdown tell Vault: `vault write`, `policy` and `audit`, and `curl` to its API.

All of them come as calls of the API, because that is what the command line makes of them
(developer.hashicorp.com/vault/docs/commands, 2026-11).
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.documents.kinds import Kind
from bot.documents.location import Place, Span, Unreadable
from bot.documents.nodes import Mapping, Node, Scalar, Sequence, Style
from bot.documents.shell import parse_shell
from bot.documents.shell_nodes import Literal, Word
from bot.vault.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.documents.documents import Documents
    from bot.documents.shell_nodes import Command

_PROGRAMS = frozenset({"vault", "bao"})
_VERBS = frozenset({"write", "delete", "policy", "audit"})
# Options of the command line that take the next word as their value where no `=` follows.
_VALUED = frozenset(
    {"address", "namespace", "ns", "format", "field", "path", "description", "ca-cert", "header"}
)
_CURL_BODY = frozenset({"-d", "--data", "--data-raw", "--data-binary", "--json"})
_CURL_VALUED = frozenset({"-H", "--header", "-o", "--output", "-u", "--user", "--cacert", "-w", "-m", "-A"})
_API = re.compile(r"(?:^|/)v1/(?P<path>[^?\s]+)")
_FENCE = re.compile(
    r"^(?P<mark>```+|~~~+)[ \t]*(?P<language>[\w+-]*)[^\n]*\n(?P<body>.*?)^(?P=mark)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_SHELL_FENCES = frozenset({"", "sh", "bash", "shell", "console", "shell-session", "zsh", "terminal"})
_PROMPT = re.compile(r"^[ \t]*[$#>] (?=\S)", re.MULTILINE)
_SCRIPTS = ("before_script", "script", "after_script")


@dataclass(slots=True, eq=False)
class Call:
    """One call of Vault's API.

    `fields` are the `key=value` words (of `key=@file` the text of the file); `body` is the JSON text of
    a payload, where one is given whole.
    """

    method: str
    """write or delete"""
    path: Scalar
    span: Span
    fields: dict[str, Scalar] = field(default_factory=dict)
    body: Scalar | None = None
    named_file: str = ""
    """the file of the tree that the payload stands in, "" where it stands in the command"""

    @property
    def address(self) -> str:
        """The path without slashes at its ends."""
        return self.path.text.strip("/")


def calls_of(documents: Documents) -> Iterator[Call]:
    """Every call in the scripts, CI files and Markdown of the tree, in the order of the files."""
    for path in documents.paths(Kind.SHELL, Kind.MARKDOWN, Kind.GITLAB_CI):
        text = documents.text(path) or ""
        if not _may_call(text):
            continue
        for script, place in _scripts(documents, path, text):
            if not _may_call(script):
                continue
            reader = _Reader(documents, path, script, place)
            for command in parse_shell(script).commands():
                yield from reader.calls(command)


def _may_call(text: str) -> bool:
    """Whether it names a program or an address of Vault: what does not is not parsed."""
    return "/v1/" in text or any(program in text for program in _PROGRAMS)


def _scripts(documents: Documents, path: str, text: str) -> Iterator[tuple[str, Callable[[int], Place]]]:
    kind = documents.kind(path)
    if kind is Kind.GITLAB_CI:
        nodes = documents.yaml(path)
        for node in () if isinstance(nodes, Unreadable) else nodes:
            yield from ((scalar.text, scalar.place) for scalar in _script_lines(node))
        return
    place = _places(text)
    if kind is Kind.SHELL:
        yield text, place
        return
    for fence in _FENCE.finditer(text):
        if fence["language"].lower() in _SHELL_FENCES:
            body = _PROMPT.sub(lambda found: " " * len(found[0]), fence["body"])
            yield body, _moved(place, fence.start("body"))


def _script_lines(root: Node) -> Iterator[Scalar]:
    for job in root if isinstance(root, Mapping) else ():
        for key in _SCRIPTS:
            found = job.value.get(key) if isinstance(job.value, Mapping) else None
            yield from _scalars(job.value if job.key.text == key else found)


def _scalars(node: Node | None) -> Iterator[Scalar]:
    if isinstance(node, Sequence):
        for item in node:
            yield from _scalars(item)
    elif isinstance(node, Scalar) and isinstance(node.value, str):
        yield node


class _Reader:
    """Turns the commands of one script into calls."""

    def __init__(self, documents: Documents, path: str, text: str, place: Callable[[int], Place]) -> None:
        self.documents = documents
        self.path = path
        self.text = text
        self.place = place

    def calls(self, command: Command) -> Iterator[Call]:
        """The calls that a command makes."""
        words = [self._scalar(word) for word in command.words]
        span = self._span(command.start, command.end)
        heredoc = command.heredoc
        stdin = self._scalar(heredoc.target) if heredoc is not None and heredoc.target is not None else None
        if command.name == "curl":
            yield from self._curl(words, span, stdin)
            return
        for index, word in enumerate(words[:-1]):
            if word.text.rsplit("/", 1)[-1] in _PROGRAMS and words[index + 1].text in _VERBS:
                yield from self._vault(words[index + 1 :], span, stdin)
                return

    def _vault(self, words: list[Scalar], span: Span, stdin: Scalar | None) -> Iterator[Call]:
        verb, *rest = words
        options, plain = _without_options(rest)
        if verb.text == "delete" and plain:
            yield Call("delete", plain[0], span)
        elif verb.text == "write" and plain:
            yield self._write(plain[0], plain[1:], span, stdin)
        elif verb.text == "policy" and len(plain) > 2 and plain[0].text == "write":  # noqa: PLR2004 - name, source
            call = Call("write", _prefixed("sys/policies/acl/", plain[1]), span)
            call.fields["policy"] = self._content(plain[2], stdin, call, bare=True)
            yield call
        elif verb.text == "policy" and len(plain) > 1 and plain[0].text == "delete":
            yield Call("delete", _prefixed("sys/policies/acl/", plain[1]), span)
        elif verb.text == "audit" and len(plain) > 1:
            yield from self._audit(plain, options, span)

    def _audit(self, plain: list[Scalar], options: dict[str, Scalar], span: Span) -> Iterator[Call]:
        if plain[0].text == "disable":
            yield Call("delete", _prefixed("sys/audit/", plain[1]), span)
        elif plain[0].text == "enable":
            where = options.get("path", plain[1])
            call = self._write(_prefixed("sys/audit/", where), plain[2:], span, None)
            call.fields["type"] = plain[1]
            yield call

    def _write(self, path: Scalar, words: list[Scalar], span: Span, stdin: Scalar | None) -> Call:
        call = Call("write", path, span)
        for word in words:
            key, separator, value = word.text.partition("=")
            if separator and not word.text.startswith("@"):
                call.fields[key] = self._content(_part(word, len(key) + 1, value), stdin, call)
            else:
                call.body = self._content(word, stdin, call)
        return call

    def _curl(self, words: list[Scalar], span: Span, stdin: Scalar | None) -> Iterator[Call]:
        method, body, url = "", None, None
        rest = iter(words[1:])
        for word in rest:
            text = word.text
            if text in {"-X", "--request"}:
                method = getattr(next(rest, None), "text", "")
            elif text.startswith("-X"):
                method = text[2:]
            elif text in _CURL_BODY:
                body = next(rest, None)
            elif text in _CURL_VALUED:
                next(rest, None)
            elif _API.search(text):
                url = word
        found = _API.search(url.text) if url is not None else None
        if url is None or found is None:
            return
        call = Call("write", _part(url, found.start("path"), found["path"]), span)
        if method.upper() == "DELETE":
            call.method = "delete"
            yield call
        elif body is not None or method.upper() in {"POST", "PUT"}:
            call.body = None if body is None else self._content(body, stdin, call)
            yield call

    def _content(self, word: Scalar, stdin: Scalar | None, call: Call, *, bare: bool = False) -> Scalar:
        """What the word stands for: itself, what is piped in (`-`), or a file (`@name`; `bare`: `name`)."""
        text = word.text
        if text in {"-", "@-"}:
            return stdin or Unknown(None, "", word.span)
        if not bare and not text.startswith("@"):
            return word
        name = text.removeprefix("@").removeprefix("./")
        for path in (posixpath.join(posixpath.dirname(self.path), name), name):
            normal = posixpath.normpath(path)
            found = self.documents.text(normal)
            if found is not None:
                call.named_file = normal
                end = _places(found)(len(found))
                return Scalar(found, found, Span(normal, 1, 1, *end), Style.LITERAL, None, _places(found))
        return Unknown(None, "", word.span)

    def _scalar(self, word: Word) -> Scalar:
        """The word's text, with places; unknown where the shell fills something in."""
        texts: list[str] = []
        offsets: list[int] = []
        sources: list[int] = []
        length = 0
        for part in word.parts:
            text = part.text if isinstance(part, Literal) else self.text[part.start : part.end]
            offsets.append(length)
            sources.append(part.start)
            texts.append(text)
            length += len(text)

        def locate(offset: int) -> Place:
            run = max(bisect_right(offsets, offset) - 1, 0)
            return self.place(sources[run] + offset - offsets[run] if sources else word.start)

        text = "".join(texts)
        span = self._span(word.start, word.end)
        if word.literal is None:
            return Unknown(None, text, span, Style.PLAIN, None, locate)
        return Scalar(text, text, span, Style.PLAIN, None, locate)

    def _span(self, start: int, end: int) -> Span:
        return Span(self.path, *self.place(start), *self.place(end))


def _without_options(words: list[Scalar]) -> tuple[dict[str, Scalar], list[Scalar]]:
    """The options by name, and the words that are none."""
    options: dict[str, Scalar] = {}
    plain: list[Scalar] = []
    rest = iter(words)
    for word in rest:
        if not word.text.startswith("-") or word.text == "-":
            plain.append(word)
            continue
        name, separator, value = word.text.lstrip("-").partition("=")
        if separator:
            options[name] = _part(word, len(word.text) - len(value), value)
        elif name in _VALUED:
            following = next(rest, None)
            if following is not None:
                options[name] = following
    return options, plain


def _part(word: Scalar, start: int, text: str) -> Scalar:
    """A part of a word, from `start` on."""
    at = word.place(start)
    span = Span(word.span.path, *at, word.span.end_line, word.span.end_column)
    known = not isinstance(word, Unknown) or not re.search(r"[$`]", text)
    kind = Scalar if known else Unknown
    return kind(text if known else None, text, span, Style.PLAIN, None, _moved(word.place, start))


def _prefixed(prefix: str, word: Scalar) -> Scalar:
    kind = type(word)
    text = prefix + word.text
    return kind(None if isinstance(word, Unknown) else text, text, word.span)


def _moved(place: Callable[[int], Place], by: int) -> Callable[[int], Place]:
    return lambda offset: place(offset + by)


def _places(text: str) -> Callable[[int], Place]:
    starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def place(offset: int) -> Place:
        line = bisect_right(starts, offset)
        return Place(line, offset - starts[line - 1] + 1)

    return place
