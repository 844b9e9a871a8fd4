"""Safe forms of leaking commands, as edits of whole lines. Every one is a candidate: the proof of fixes decides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.lines import split_lines
from bot.documents.shell import parse_shell
from bot.documents.shell_nodes import Command, Expansion, Literal, Substitution, Word, commands_in
from bot.fixes import Edit, Fix
from bot.lazy import regex
from bot.leaks.model import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.documents.shell_nodes import Part
    from bot.leaks.model import Leak
    from bot.pipeline.model import Job

_INDENT: Final = regex(r"[ \t]*(-[ \t]+)?")
"""what is in front of a command: blanks, and the dash of a list's item"""
_FEW_COMMANDS: Final = 3
_NOT_SHELL: Final = regex(
    r"\.(?:py|[cm]?[jt]s|rb|pl|php|mk|json)$|(?:^|/)(?:(?:GNUm|M|m)akefile|\.?[jJ]ustfile|[tT]askfile[\w.]*)$"
)
_ITEM: Final = regex(r"^(\s*-\s+)(.*?)(\s*(?:#.*)?)$")


def removed(leak: Leak, files: Mapping[str, str], job: Job, title: str) -> Fix | None:
    """The line that contains nothing but the command goes; the last line of a script becomes `true`."""
    lines = split_lines(files.get(leak.span.path, ""))
    start, end = leak.span.start_line, leak.span.end_line
    if not 1 <= start <= end <= len(lines) or not _is_shell(leak):
        return None
    text = lines[start - 1]
    body = text.strip()
    item = _ITEM.match(text.rstrip("\r\n"))
    alone = start == end and (
        re.sub(r"\s+#.*$", "", body) == leak.code or (item is not None and _unquoted(item[2]) == leak.code)
    )
    if not alone:
        return None
    others = [line for line in job.scripts if line.section.value == leak.section]
    if item is not None and len(others) <= 1:
        # YAML reads a plain `true` as a boolean, which GitLab refuses in a script.
        return rewritten(leak, files, "'true'" if item[2] == leak.code else "true", title)
    if item is None and _stands_alone(lines, start):
        return rewritten(leak, files, "true", title)
    return Fix(title, (Edit(leak.span.path, start, end, ""),))


def _is_shell(leak: Leak) -> bool:
    """Whether the leak is in shell code as it is written: programs of other languages and recipes are not repaired."""
    return _NOT_SHELL.search(leak.span.path) is None


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _stands_alone(lines: list[str], line: int) -> bool:
    """Whether the line is the only one of its block."""
    indent = len(lines[line - 1]) - len(lines[line - 1].lstrip())
    around = [lines[i] for i in (line - 2, line) if 0 <= i < len(lines) and lines[i].strip()]
    return not any(len(other) - len(other.lstrip()) == indent for other in around)


def rewritten(leak: Leak, files: Mapping[str, str], code: str, title: str, *, cost: str = "") -> Fix | None:
    """The command as `code`, where it is in the file exactly as the shell reads it."""
    lines = split_lines(files.get(leak.span.path, ""))
    start, end = leak.span.start_line, leak.span.end_line
    if not leak.code or code == leak.code or not 1 <= start <= end <= len(lines) or not _is_shell(leak):
        return None
    text = "".join(lines[start - 1 : end])
    at = leak.span.start_column - 1
    if not text.startswith(leak.code, at):
        if text.count(leak.code) != 1:
            return None
        at = text.index(leak.code)
    new = text[:at] + code + text[at + len(leak.code) :]
    return Fix(title, (Edit(leak.span.path, start, end, new),), cost=cost)


def without_value(leak: Leak) -> str | None:
    """An `echo` with the name of the secret instead of its value."""
    command = _only_command(leak.code)
    if command is None or leak.source is None or "<<" in leak.code:
        return None
    name = leak.steps[-1].text if leak.source.origin is Origin.FETCHED and leak.steps else leak.source.name
    if command.name == "cat":
        return f'echo "{name} is set"'
    if command.name not in {"echo", "printf"}:
        return None
    tail = leak.code[command.words[-1].end :]
    carriers = [
        (word, part) for word in command.words[1:] for part in word.parts if not isinstance(part, Literal)
    ]
    if command.name == "printf" or len(carriers) < 2:  # noqa: PLR2004 - nothing else in it varies
        return f'echo "{name} is set"{tail}'
    code = leak.code
    for word, part in reversed(carriers):
        if _carries(part, leak):
            code = code[: part.start] + (f"({name})" if _quoted(word, part) else name) + code[part.end :]
    return code if code != leak.code else None


def _quoted(word: Word, part: Part) -> bool:
    return bool(getattr(part, "quoted", False)) and word.start < part.start


def _carries(part: Part, leak: Leak) -> bool:
    """Whether this part brings the secret in: it names it, or a variable on its way."""
    names = {leak.source.name if leak.source else "", *(step.text for step in leak.steps)}
    if isinstance(part, Expansion):
        return part.name in names
    if isinstance(part, Substitution):
        text = leak.code[part.start : part.end]
        return any(re.search(rf"\b{re.escape(name)}\b", text) for name in names if name)
    return False


def _only_command(code: str) -> Command | None:
    """The one simple command that `code` is, without a pipe or a list."""
    statements = parse_shell(code).body.statements
    return statements[0] if len(statements) == 1 and isinstance(statements[0], Command) else None


def quiet(leak: Leak) -> str | None:
    """The command with its standard output thrown away."""
    if "\n" in leak.code or "<<" in leak.code or re.search(r">\s*&?\d|>", leak.code):
        return None
    return f"{leak.code} > /dev/null"


def reading_file(leak: Leak) -> str | None:
    """The command with the content of the secret's file instead of its path."""
    if leak.source is None:
        return None
    name = leak.source.name
    code = leak.code
    found: list[tuple[int, int, bool]] = []
    for command in commands_in(parse_shell(code).body):
        words = [
            *command.words,
            *(a.value for a in (*command.assignments, *command.declared) if a.value is not None),
        ]
        found += [
            (part.start, part.end, part.quoted)
            for word in words
            for part in word.parts
            if isinstance(part, Expansion) and part.name == name and not part.operator
        ]
    for start, end, quoted in sorted(found, reverse=True):
        if quoted:
            code = f'{code[:start]}$(cat "${name}"){code[end:]}'
        else:
            code = f'{code[:start]}"$(cat "${name}")"{code[end:]}'
    return code if code != leak.code else None


def untraced(leak: Leak) -> str | None:
    """`set -ex` as `set -e`, `bash -x f` as `bash f`; None where nothing is left of it."""
    code = re.sub(r"(?<=\s)-([A-Za-wyz]*)x([A-Za-wyz]*)(?=\s|$)", _without_x, leak.code)
    code = re.sub(r"\s+-o\s+xtrace\b", "", code)
    code = re.sub(r"\s{2,}", " ", code).rstrip()
    return None if code in {"set", "set -"} or code == leak.code else code


def scoped(leak: Leak, files: Mapping[str, str], title: str) -> Fix | None:
    """Tracing switched off round the commands that use a secret; None where they are in several files, or many."""
    lines = split_lines(files.get(leak.span.path, ""))
    if not 0 < len(leak.scope) <= _FEW_COMMANDS:
        return None
    edits: list[Edit] = []
    end = 0
    for place in sorted(leak.scope):
        if place.path != leak.span.path or not end < place.start_line <= place.end_line <= len(lines):
            return None
        end = place.end_line
        start = _INDENT.match(lines[place.start_line - 1])
        last = lines[end - 1]
        if start is None or (start[1] and not _is_whole_item(lines, place.start_line, end)):
            return None
        edits.append(Edit(place.path, place.start_line, place.start_line - 1, f"{start[0]}set +x\n"))
        behind = f"{start[0]}set -x\n"
        edits.append(
            Edit(place.path, end + 1, end, behind if last.endswith("\n") else f"\n{behind.rstrip()}")
        )
    return Fix(title, tuple(edits))


def _is_whole_item(lines: list[str], start: int, end: int) -> bool:
    """Whether the lines are one item of a list that does not go on."""
    first = lines[start - 1]
    indent = len(first) - len(first.lstrip())
    following = next((line for line in lines[end:] if line.strip()), "")
    return len(following) - len(following.lstrip()) <= indent and not re.search(r"-\s+[|>][-+\d]*\s*$", first)


def _without_x(found: re.Match[str]) -> str:
    rest = found[1] + found[2]
    return f"-{rest}" if rest else ""


def without_print(leak: Leak) -> str | None:
    """`... | tee FILE` with the printed copy thrown away."""
    if not re.search(r"\|\s*(?:sudo\s+)?tee\s[^|;&]*$", leak.code) or "/dev/" in leak.code:
        return None
    return quiet(leak)
