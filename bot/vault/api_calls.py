"""What commands say to Vault, as calls of its API: `vault`, `bao`, `stronghold`, and `curl` and `wget` to `/v1/`.

The command line turns its words into such calls too (developer.hashicorp.com/vault/docs/commands, 2026-11).
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import field
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.documents.location import Span
from bot.documents.nodes import Scalar, Style
from bot.documents.shell import parse_shell
from bot.documents.shell_nodes import Command, ShellPipeline, nodes_in
from bot.documents.source import SourceText
from bot.lazy import dataclass, regex
from bot.vault.command_words import moved, namespace_named, part_of, prefixed, without_options
from bot.vault.http_clients import API, HTTP_PROGRAMS
from bot.vault.scripts import scripts_of
from bot.vault.values import UnknownValue
from bot.vault.word_scalars import scalar_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.documents import Documents
    from bot.documents.shell_nodes import Redirect, Script
    from bot.vault.http_clients import HttpProgram
    from bot.vault.scripts import ShellText

CLIENTS: Final = frozenset({"vault", "bao", "stronghold"})
# What only shows or looks for the words behind it.
_SPEAKERS = frozenset({"echo", "printf", "grep", "egrep", "fgrep", "rg", "man", "alias"})
_VERBS: Final = frozenset({"write", "delete", "policy", "audit", "secrets"})
_NAMESPACE_HEADER: Final = regex(r"(?i)^(?:-H)?X-Vault-Namespace:\s*(?P<name>\S+)")


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
    namespace: str = ""
    """the namespace that the command names beside the path, "" for none or one that is not known"""

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
        commands = list(parsed.commands())
        reader = _VaultCommandReader(documents, script, _feeders(parsed), [c for c in commands if _writes(c)])
        for command in commands:
            yield from reader.calls(command)


def _writes(command: Command) -> bool:
    """Whether it writes a file whose text may be in the script: `cat <<EOF > role.json`, `tee`, `echo`."""
    is_redirected = any(redirect.operator in {">", ">|"} for redirect in command.redirects)
    return command.name == "tee" or (is_redirected and command.name in {"cat", "echo", "printf"})


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

    def __init__(
        self, documents: Documents, script: ShellText, feeders: dict[int, Command], writers: list[Command]
    ) -> None:
        self._documents = documents
        self._script = script
        self._feeders = feeders
        self._writers = writers

    def calls(self, command: Command) -> Iterator[VaultCall]:
        """Yield the calls that a command makes."""
        if command.name in _SPEAKERS:
            return
        words = [scalar_of(word, self._script) for word in command.words]
        if command.name in HTTP_PROGRAMS:
            yield from self._http(HTTP_PROGRAMS[command.name], words[1:], command)
            return
        for index, word in enumerate(words[:-1]):
            if word.text.rsplit("/", 1)[-1] in CLIENTS:
                options, plain = without_options(words[index + 1 :])
                if plain and plain[0].text in _VERBS:
                    for call in self._client(plain, options, command):
                        call.namespace = _namespace_of(options, command)
                        yield call
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
            call = self._call("write", prefixed("sys/policies/acl/", rest[1]), command)
            key = Scalar("policy", "policy", rest[2].span)
            call.words.append((key, self._into(call, rest[2], command, bare=True)))
            yield call
        elif verb.text == "policy" and action == "delete" and len(rest) > 1:
            yield self._call("delete", prefixed("sys/policies/acl/", rest[1]), command)
        elif verb.text == "audit" and action == "disable" and len(rest) > 1:
            yield self._call("delete", prefixed("sys/audit/", rest[1]), command)
        elif verb.text == "audit" and action == "enable" and len(rest) > 1:
            where = options.get("path", rest[1])
            call = self._write(prefixed("sys/audit/", where), rest[2:], command)
            call.words.append((Scalar("type", "type", rest[1].span), rest[1]))
            yield call
        elif verb.text == "secrets" and action == "enable" and len(rest) > 1:
            call = self._call("write", prefixed("sys/mounts/", options.get("path", rest[1])), command)
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
        place = moved(word.place, len(key) + 1)
        return Scalar(key, key, head), kind(value if known else None, value, span, Style.PLAIN, None, place)

    def _http(self, program: HttpProgram, words: list[Scalar], command: Command) -> Iterator[VaultCall]:
        request = program.read(words)
        found = API.search(request.url.text) if request.url is not None else None
        if request.url is None or found is None:
            return
        path = part_of(request.url, found.start("path"), found["path"])
        method = request.method.upper()
        header = next((each for word in words if (each := _NAMESPACE_HEADER.search(word.text))), None)
        if method == "DELETE":
            yield self._call("delete", path, command)
        elif request.body is not None or request.file is not None or method in {"POST", "PUT"}:
            call = self._call("write", path, command)
            if request.file is not None:
                call.body = self._into(call, request.file, command, bare=True)
            elif request.body is not None:
                call.body = self._into(call, request.body, command)
            call.namespace = namespace_named(header["name"]) if header else ""
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
        return self._file(text.removeprefix("@"), word, command)

    def _file(self, name: str, word: Scalar, command: Command) -> _Content:
        name = name.removeprefix("./")
        made = self._made_before(name, command)
        if made is not None:
            return made
        for path in (posixpath.join(posixpath.dirname(self._script.path), name), name):
            normal = posixpath.normpath(path)
            found = self._documents.text(normal)
            if found is not None:
                place = SourceText(normal, found).place
                span = Span(normal, 1, 1, *place(len(found)))
                return _Content(Scalar(found, found, span, Style.LITERAL, None, place), normal)
        return _Content(UnknownValue(None, "", word.span), missing=name)

    def _made_before(self, name: str, command: Command) -> _Content | None:
        """Return the text of a file that the script itself writes in front of the command."""
        for writer in reversed(self._writers):
            if writer.end <= command.start and name in self._targets(writer):
                return self._fed(writer) if writer.name == "tee" else self._printed(writer)
        return None

    def _targets(self, writer: Command) -> list[str]:
        words = [redirect.target for redirect in writer.redirects if redirect.operator in {">", ">|"}]
        words += writer.words[1:] if writer.name == "tee" else []
        return [scalar_of(word, self._script).text.removeprefix("./") for word in words if word is not None]

    def _fed(self, command: Command) -> _Content | None:
        """Return what reaches the command's standard input; None where that is not known."""
        heredoc = command.heredoc
        if heredoc is not None and heredoc.target is not None:
            return _Content(scalar_of(heredoc.target, self._script))
        source = next((each for each in reversed(command.redirects) if _is_input(each)), None)
        if source is not None and source.target is not None:
            target = scalar_of(source.target, self._script)
            return self._file(target.text, target, command)
        feeder = self._feeders.get(id(command))
        return self._printed(feeder) if feeder is not None else None

    def _printed(self, feeder: Command) -> _Content | None:
        """Return what `cat`, `echo` or `printf` in front of the pipe prints; None of any other command."""
        words = [scalar_of(word, self._script) for word in feeder.words[1:]]
        texts = [word for word in words if word.text not in {"-n", "%s", "%s\\n"}]
        if feeder.name == "cat" and not words:
            return self._fed(feeder)
        if len(texts) != 1 or texts[0].text.startswith("-"):
            return None
        if feeder.name == "cat":
            return self._file(texts[0].text, texts[0], feeder)
        return _Content(texts[0]) if feeder.name in {"echo", "printf"} else None


def _is_input(redirect: Redirect) -> bool:
    return redirect.operator == "<" and redirect.fd in {None, 0} and redirect.target is not None


def _namespace_of(options: dict[str, Scalar], command: Command) -> str:
    """The namespace of `-namespace`, `-ns` or a variable in front of the command."""
    for name in ("namespace", "ns"):
        if name in options:
            return namespace_named(options[name].text)
    for assignment in command.assignments:
        if assignment.name in {"VAULT_NAMESPACE", "BAO_NAMESPACE"} and assignment.value is not None:
            return namespace_named(assignment.value.literal or "")
    return ""
