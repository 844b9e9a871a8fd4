"""Texts in which commands may talk to Vault or a cloud: scripts, CI jobs, YAML, fenced blocks of Markdown."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from bot.documents.kinds import FileKind
from bot.documents.lines import split_lines
from bot.documents.location import Place, Span, Unreadable
from bot.documents.nodes import Scalar, walk
from bot.documents.source import SourceText
from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bot.documents.documents import Documents

KINDS = (FileKind.SHELL, FileKind.MARKDOWN, FileKind.GITLAB_CI, FileKind.VAULT_YAML)
_COMMAND = regex(
    r"\b(?:vault|bao|stronghold)\b(?:[^\n]|\\\n){0,300}?\s(?:write|delete|policy|audit|secrets\s+enable)\b|/v1/"
)
_WORDS = ("vault", "bao", "stronghold", "/v1/")
"""One of these is in whatever matches: looking for them first is many times as fast."""
_FENCE = regex(r"^(?P<indent>[ \t]*)(?P<mark>```+|~~~+)", re.MULTILINE)
_INFO = regex(r"[ \t]*(?P<language>[\w+-]*)[^\n`]*\n")
_SHELL_FENCES = frozenset({"", "sh", "bash", "shell", "console", "shell-session", "zsh", "terminal", "text"})
_TRANSCRIPT = regex(r"^[ \t]*\$ (?:vault|bao|stronghold|curl|wget) ", re.MULTILINE)
_PROMPT = regex(r"[ \t]*[$#>] (?=\S)")
_MAX_EXAMPLE_CHARACTERS: Final = 50_000
"""of commands in one document: some thousand, which are examples to nobody and take a second to judge"""


@dataclass(frozen=True, slots=True)
class ShellText:
    """Shell code somewhere in a file: `place` maps an offset in `text` (0-based) to its place in `path`.

    `is_example`: a document shows it to people; nothing runs it.
    """

    path: str
    text: str
    place: Callable[[int], Place]
    is_example: bool = False

    def span(self, start: int, end: int) -> Span:
        """Return the characters from `start` up to `end`."""
        first, last = self.place(start), self.place(max(end - 1, start))
        return Span(self.path, first.line, first.column, last.line, last.column + 1)


def may_command(text: str) -> bool:
    """Return whether the text may contain a command for Vault."""
    return any(word in text for word in _WORDS) and _COMMAND.search(text) is not None


def scripts_of(
    documents: Documents, may: Callable[[str], bool] = may_command, kinds: tuple[FileKind, ...] = KINDS
) -> Iterator[ShellText]:
    """Yield every text that may contain a command (without `may`: for Vault), in the order of the files."""
    for path in documents.paths(*kinds):
        text = documents.text(path) or ""
        if not may(text):
            continue
        kind = documents.kind(path)
        if kind is FileKind.SHELL:
            yield _script(path, text)
        elif kind is FileKind.MARKDOWN:
            examples = list(_fences(path, text, may))
            if not _are_crowded(examples):
                yield from examples
        else:
            for root in documents.roots(path):
                for node in walk(root):
                    if isinstance(node, Scalar) and node.span.path and may(node.text):
                        yield ShellText(node.span.path, node.text, node.place)


def crowded(
    documents: Documents, may: Callable[[str], bool] = may_command, kinds: tuple[FileKind, ...] = KINDS
) -> Iterator[Unreadable]:
    """Yield each document of which `scripts_of` leaves out the commands: they are too many for examples."""
    if FileKind.MARKDOWN not in kinds:
        return
    for path in documents.paths(FileKind.MARKDOWN):
        text = documents.text(path) or ""
        if len(text) > _MAX_EXAMPLE_CHARACTERS and may(text) and _are_crowded(_fences(path, text, may)):
            reason = (
                f"not checked: its code blocks contain more than {_MAX_EXAMPLE_CHARACTERS:,} characters of commands; "
                "split the document, or keep the commands in scripts"
            )
            yield Unreadable(path, 0, reason)


def _are_crowded(examples: Iterable[ShellText]) -> bool:
    return sum(len(each.text) for each in examples) > _MAX_EXAMPLE_CHARACTERS


def _script(path: str, text: str) -> ShellText:
    """A script; a transcript with prompts (`$ vault write ...`) loses them."""
    if not _TRANSCRIPT.search(text):
        return ShellText(path, text, SourceText(path, text).place)
    return _dedented(SourceText(path, text), text, 0)


def _fences(path: str, whole: str, may: Callable[[str], bool]) -> Iterator[ShellText]:
    """The fenced blocks that hold commands, without indentation and prompts."""
    source = SourceText(path, whole)
    for language, start, end in fenced(whole):
        body = whole[start:end]
        if language.lower() in _SHELL_FENCES and may(body):
            yield _dedented(source, body, start, is_example=True)


def fenced(whole: str) -> Iterator[tuple[str, int, int]]:
    """The language of each fenced block of Markdown, and where its body is (0-based, end excluded)."""
    fences = list(_FENCE.finditer(whole))
    ends = _ends_of(fences)
    number = 0
    while number < len(fences):
        info = _INFO.match(whole, fences[number].end()) if number in ends else None
        if info is not None:
            number = ends[number]
            yield info["language"], info.end(), fences[number].start()
        number += 1


def _ends_of(fences: list[re.Match[str]]) -> dict[int, int]:
    """Which fence ends the block that each begins: the next one as far from the margin and at least as long."""
    ends: dict[int, int] = {}
    begun: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, fence in enumerate(fences):
        waiting = begun[fence["indent"], fence["mark"][0]]
        while waiting and len(fences[waiting[-1]]["mark"]) <= len(fence["mark"]):
            ends[waiting.pop()] = number
        waiting.append(number)
    return ends


def _dedented(source: SourceText, body: str, start: int, *, is_example: bool = False) -> ShellText:
    """The part of a file that begins at `start` (0-based), without the indentation of all its lines and prompts."""
    lines = split_lines(body)
    indent = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    texts, offsets, starts = [], [], []
    at, length = start, 0
    for line in lines:
        cut = min(indent, len(line) - len(line.lstrip(" ")))
        prompt = _PROMPT.match(line[cut:])
        cut += prompt.end() if prompt else 0
        texts.append(line[cut:])
        starts.append(length)
        offsets.append(at + cut)
        at, length = at + len(line), length + len(line) - cut

    def place(offset: int) -> Place:
        index = max(bisect_right(starts, offset) - 1, 0)
        return source.place(offsets[index] + offset - starts[index])

    return ShellText(source.path, "".join(texts), place, is_example)
