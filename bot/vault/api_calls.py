"""What commands tell Vault, as calls of its API: `vault`, `bao`, `stronghold`, and `curl` and `wget` to `/v1/`.

The command line turns its words into such calls too (developer.hashicorp.com/vault/docs/commands, 2026-11).
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from dataclasses import field
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.documents.location import Place, Span
from bot.documents.nodes import Scalar, Style
from bot.documents.shell import parse_shell
from bot.documents.shell_nodes import Command, Literal, ShellPipeline, nodes_in
from bot.documents.source import SourceText
from bot.lazy import dataclass, regex
from bot.vault.scripts import scripts_of
from bot.vault.values import UnknownValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.documents.documents import Documents
    from bot.documents.shell_nodes import Part, Redirect, Script, Word
    from bot.vault.scripts import ShellText

CLIENTS: Final = frozenset({"vault", "bao", "stronghold"})
# What only shows or looks for the words behind it.
_SPEAKERS = frozenset({"echo", "printf", "grep", "egrep", "fgrep", "rg", "man", "alias"})
_VERBS: Final = frozenset({"write", "delete", "policy", "audit", "secrets"})
# Options of the client without a value (`vault write -h`, `vault policy -h`, `vault audit enable -h`, `vault secrets
# enable -h`, 2026-11); every other one takes the next word where no `=` follows.
_SWITCHES: Final = frozenset(
    {
        "force", "f", "local", "non-interactive", "tls-skip-verify", "output-curl-string", "output-policy",
        "disable-redirects", "policy-override", "help", "h", "no-print", "detailed", "seal-wrap",
        "external-entropy-access", "force-no-cache",
    }
)  # fmt: skip
_API: Final = regex(r"(?:^|/)v1/(?P<path>[^?\s]+)")


@dataclass(slots=True, eq=False)
class VaultCall:
    """One call of Vault's API.

    `words` are the `key=value` words (of `key=@file` the value is the text of the file); `body` is the JSON text of a
    payload, where one is given whole. Both can be there: the words then add to the payload.
    """

    method: str
    """write or delete"""
    path: Scalar
    span: Span
    whole: Span
    """with the here-document that feeds it"""
    script: ShellText
    words: list[tuple[Scalar, Scalar]] = field(default_factory=list)
    body: Scalar | None = None
    named_file: str = ""
    """the file of the tree that the payload is in, "" where it is in the command"""
    missing_file: str = ""
    """the file that the payload is in by the command, where the tree does not contain it"""

    @property
    def address(self) -> str:
        """The path without slashes at its ends."""
        return self.path.text.strip("/")

    @property
    def fields(self) -> dict[str, Scalar]:
        """The words by key; of a key that is repeated the last."""
        return {key.text: value for key, value in self.words}


def calls_of(documents: Documents) -> tuple[VaultCall, ...]:
    """Return every call in the scripts, CI files, YAML and Markdown of the tree, in the order of the files."""
    return documents.worked_out(_every_call)


def _every_call(documents: Documents) -> tuple[VaultCall, ...]:
    return tuple(_calls(documents))


def _calls(documents: Documents) -> Iterator[VaultCall]:
    for script in scripts_of(documents):
        parsed = parse_shell(script.text)
        reader = _VaultCommandReader(documents, script, _feeders(parsed))
        for command in parsed.commands():
            yield from reader.calls(command)


def _feeders(script: Script) -> dict[int, Command]:
    """The command in front of a pipe, by the id of the one behind it."""
    found: dict[int, Command] = {}
    for node in nodes_in(script.body):
        if isinstance(node, ShellPipeline):
            for left, right in zip(node.commands, node.commands[1:], strict=False):
                if isinstance(left, Command) and isinstance(right, Command):
                    found[id(right)] = left
    return found


class _Content(NamedTuple):
    """What a word stands for, and the file that it comes from."""

    text: Scalar
    file: str = ""
    missing: str = ""


class _VaultCommandReader:
    """Turns the commands of one script into calls."""

    def __init__(self, documents: Documents, script: ShellText, feeders: dict[int, Command]) -> None:
        self._documents = documents
        self._script = script
        self._feeders = feeders

    def calls(self, command: Command) -> Iterator[VaultCall]:
        """Yield the calls that a command makes."""
        if command.name in _SPEAKERS:
            return
        words = [self._scalar(word) for word in command.words]
        if command.name in _HTTP:
            yield from self._http(_HTTP[command.name], words[1:], command)
            return
        for index, word in enumerate(words[:-1]):
            if word.text.rsplit("/", 1)[-1] in CLIENTS:
                options, plain = _without_options(words[index + 1 :])
                if plain and plain[0].text in _VERBS:
                    yield from self._client(plain, options, command)
                    return

    def _client(
        self, plain: list[Scalar], options: dict[str, Scalar], command: Command
    ) -> Iterator[VaultCall]:
        verb, *rest = plain
        action = rest[0].text if rest else ""
        if verb.text == "delete" and rest:
            yield self._call("delete", rest[0], command)
        elif verb.text == "write" and rest:
            yield self._write(rest[0], rest[1:], command)
        elif verb.text == "policy" and action == "write" and len(rest) > 2:  # noqa: PLR2004 - name, source
            call = self._call("write", _prefixed("sys/policies/acl/", rest[1]), command)
            key = Scalar("policy", "policy", rest[2].span)
            call.words.append((key, self._into(call, rest[2], command, bare=True)))
            yield call
        elif verb.text == "policy" and action == "delete" and len(rest) > 1:
            yield self._call("delete", _prefixed("sys/policies/acl/", rest[1]), command)
        elif verb.text == "audit" and action == "disable" and len(rest) > 1:
            yield self._call("delete", _prefixed("sys/audit/", rest[1]), command)
        elif verb.text == "audit" and action == "enable" and len(rest) > 1:
            where = options.get("path", rest[1])
            call = self._write(_prefixed("sys/audit/", where), rest[2:], command)
            call.words.append((Scalar("type", "type", rest[1].span), rest[1]))
            yield call
        elif verb.text == "secrets" and action == "enable" and len(rest) > 1:
            call = self._call("write", _prefixed("sys/mounts/", options.get("path", rest[1])), command)
            call.words.append((Scalar("type", "type", rest[1].span), rest[1]))
            if "version" in options:
                call.words.append((Scalar("version", "version", rest[1].span), options["version"]))
            yield call

    def _write(self, path: Scalar, words: list[Scalar], command: Command) -> VaultCall:
        call = self._call("write", path, command)
        for word in words:
            key, separator, value = word.text.partition("=")
            if separator and not word.text.startswith("@"):
                name, content = self._pair(word, key, value)
                call.words.append((name, self._into(call, content, command, is_field=True)))
            else:
                call.body = self._into(call, word, command)
        return call

    def _pair(self, word: Scalar, key: str, value: str) -> tuple[Scalar, Scalar]:
        """Key and value of a word, with the quotes around the value in its span."""
        at, start = word.place(len(key)), word.span
        known = not isinstance(word, UnknownValue) or not re.search(r"[$`]", value)
        kind = Scalar if known else UnknownValue
        span = Span(start.path, at.line, at.column + 1, start.end_line, start.end_column)
        head = Span(start.path, start.start_line, start.start_column, at.line, at.column)
        place = _moved(word.place, len(key) + 1)
        return Scalar(key, key, head), kind(value if known else None, value, span, Style.PLAIN, None, place)

    def _http(self, program: _HttpProgram, words: list[Scalar], command: Command) -> Iterator[VaultCall]:
        request = program.read(words)
        found = _API.search(request.url.text) if request.url is not None else None
        if request.url is None or found is None:
            return
        path = _part(request.url, found.start("path"), found["path"])
        method = request.method.upper()
        if method == "DELETE":
            yield self._call("delete", path, command)
        elif request.body is not None or request.file is not None or method in {"POST", "PUT"}:
            call = self._call("write", path, command)
            if request.file is not None:
                call.body = self._into(call, request.file, command, bare=True)
            elif request.body is not None:
                call.body = self._into(call, request.body, command)
            yield call

    def _call(self, method: str, path: Scalar, command: Command) -> VaultCall:
        ends = [redirect.target.end for redirect in command.redirects if redirect.target]
        script = self._script
        return VaultCall(
            method,
            path,
            script.span(command.start, command.end),
            script.span(command.start, max(command.end, *ends, 0)),
            script,
        )

    def _into(
        self, call: VaultCall, word: Scalar, command: Command, *, bare: bool = False, is_field: bool = False
    ) -> Scalar:
        """Return what the word stands for, and note in `call` the file that it comes from."""
        content = self._content(word, command, bare=bare)
        if not is_field or content.file:
            call.named_file = content.file or call.named_file
        if not is_field:
            call.missing_file = content.missing or call.missing_file
        return content.text

    def _content(self, word: Scalar, command: Command, *, bare: bool) -> _Content:
        """What the word stands for: itself, what is fed in (`-`), or a file (`@name`; `bare`: `name`)."""
        text = word.text
        if text in {"-", "@-", "/dev/stdin", "@/dev/stdin"}:
            return self._fed(command) or _Content(UnknownValue(None, "", word.span))
        if not bare and not text.startswith("@"):
            return _Content(word)
        return self._file(text.removeprefix("@"), word)

    def _file(self, name: str, word: Scalar) -> _Content:
        name = name.removeprefix("./")
        for path in (posixpath.join(posixpath.dirname(self._script.path), name), name):
            normal = posixpath.normpath(path)
            found = self._documents.text(normal)
            if found is not None:
                place = SourceText(normal, found).place
                span = Span(normal, 1, 1, *place(len(found)))
                return _Content(Scalar(found, found, span, Style.LITERAL, None, place), normal)
        return _Content(UnknownValue(None, "", word.span), missing=name)

    def _fed(self, command: Command) -> _Content | None:
        """Return what reaches the command's standard input; None where that is not known."""
        heredoc = command.heredoc
        if heredoc is not None and heredoc.target is not None:
            return _Content(self._scalar(heredoc.target))
        source = next((each for each in reversed(command.redirects) if _is_input(each)), None)
        if source is not None and source.target is not None:
            return self._file(self._scalar(source.target).text, self._scalar(source.target))
        feeder = self._feeders.get(id(command))
        return self._printed(feeder) if feeder is not None else None

    def _printed(self, feeder: Command) -> _Content | None:
        """Return what `cat`, `echo` or `printf` in front of the pipe prints; None of any other command."""
        words = [self._scalar(word) for word in feeder.words[1:]]
        texts = [word for word in words if word.text not in {"-n", "%s", "%s\\n"}]
        if feeder.name == "cat" and not words:
            return self._fed(feeder)
        if len(texts) != 1 or texts[0].text.startswith("-"):
            return None
        if feeder.name == "cat":
            return self._file(texts[0].text, texts[0])
        return _Content(texts[0]) if feeder.name in {"echo", "printf"} else None

    def _scalar(self, word: Word) -> Scalar:
        """Return the text that the shell makes of the word, expansions as written, with the way back to the file."""
        starts, sources, texts = [0], [0], []
        for part in word.parts:
            for text, source in _aligned(part, self._script.text):
                texts.append(text)
                sources.append(source)
                starts.append(starts[-1] + len(text))
        sources = sources[1:] or [word.start]

        def place(offset: int) -> Place:
            index = min(max(bisect_right(starts, offset) - 1, 0), len(sources) - 1)
            return self._script.place(sources[index] + offset - starts[index])

        text = "".join(texts)
        span = self._script.span(word.start, word.end)
        if word.literal is None:
            return UnknownValue(None, text, span, Style.PLAIN, None, place)
        return Scalar(text, text, span, Style.PLAIN, None, place)


def _is_input(redirect: Redirect) -> bool:
    return redirect.operator == "<" and redirect.fd in {None, 0} and redirect.target is not None


def _aligned(part: Part, source: str) -> Iterator[tuple[str, int]]:
    """The runs of the part's text, each with the offset in `source` where it is written.

    Quotes, backslashes and the tabs that `<<-` strips are in the source and not in the text.
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


@dataclass(slots=True)
class _Request:
    """What an HTTP client is reported."""

    method: str = ""
    url: Scalar | None = None
    body: Scalar | None = None
    file: Scalar | None = None


@dataclass(frozen=True, slots=True)
class _HttpProgram:
    """The options of an HTTP client that matter here. `letters`: its short options with a value."""

    method: frozenset[str]
    body: frozenset[str]
    file: frozenset[str]
    letters: str
    valued: frozenset[str]

    def read(self, words: list[Scalar]) -> _Request:
        """Return method, address and payload."""
        request = _Request()
        rest = iter(words)
        for word in rest:
            name, value = self._option(word)
            if not name:
                request.url = word if _API.search(word.text) else request.url
                continue
            takes_value = (
                name in self.method | self.body | self.file | self.valued or name[1:] in self.letters
            )
            if value is None and takes_value:
                value = next(rest, None)
            if value is not None:
                self._take(request, name, value)
        return request

    def _take(self, request: _Request, name: str, value: Scalar) -> None:
        if name in self.method:
            request.method = value.text
        elif name in self.body:
            request.body = value
        elif name in self.file:
            request.file = value
        elif name == "--url":
            request.url = value

    def _option(self, word: Scalar) -> tuple[str, Scalar | None]:
        """The option that a word is, "" for none, and the value that is joined to it."""
        text = word.text
        if text.startswith("--"):
            name, equals, value = text.partition("=")
            return name, _part(word, len(name) + 1, value) if equals else None
        if not text.startswith("-") or text == "-":
            return "", None
        for index, letter in enumerate(text[1:], 1):
            if letter in self.letters:
                value = text[index + 1 :]
                return f"-{letter}", _part(word, index + 1, value) if value else None
        return text[:2], None


# curl(1) 8.x and wget(1) 1.25, 2026-11: options whose value is the next word.
_CURL_VALUED = frozenset(
    {
        "--header", "--output", "--user", "--cacert", "--capath", "--cert", "--key", "--write-out", "--max-time",
        "--user-agent", "--retry", "--retry-delay", "--retry-max-time", "--connect-timeout", "--url", "--proxy",
        "--resolve", "--unix-socket", "--data-urlencode", "--form", "--cookie", "--cookie-jar", "--referer",
        "--config", "--range", "--interface", "--aws-sigv4", "--ciphers", "--connect-to", "--limit-rate",
    }
)  # fmt: skip
_HTTP: Final = {
    "curl": _HttpProgram(
        frozenset({"-X", "--request"}),
        frozenset({"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"}),
        frozenset({"-T", "--upload-file"}),
        "AbcCdDeEFhHKmoPQrtTuUwxXyYz",
        _CURL_VALUED,
    ),
    "wget": _HttpProgram(
        frozenset({"--method"}),
        frozenset({"--post-data", "--body-data"}),
        frozenset({"--post-file", "--body-file"}),
        "aBDeGiIlOoPQRStTUwX",
        frozenset(
            {
                "--header",
                "--output-document",
                "--ca-certificate",
                "--timeout",
                "--tries",
                "--user",
                "--password",
            }
        ),
    ),
}


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
        elif name not in _SWITCHES:
            following = next(rest, None)
            if following is not None:
                options[name] = following
    return options, plain


def _part(word: Scalar, start: int, text: str) -> Scalar:
    """A part of a word, from `start` on."""
    at = word.place(start)
    span = Span(word.span.path, *at, word.span.end_line, word.span.end_column)
    known = not isinstance(word, UnknownValue) or not re.search(r"[$`]", text)
    kind = Scalar if known else UnknownValue
    return kind(text if known else None, text, span, Style.PLAIN, None, _moved(word.place, start))


def _prefixed(prefix: str, word: Scalar) -> Scalar:
    kind = type(word)
    text = prefix + word.text
    return kind(None if isinstance(word, UnknownValue) else text, text, word.span)


def _moved(place: Callable[[int], Place], by: int) -> Callable[[int], Place]:
    return lambda offset: place(offset + by)
