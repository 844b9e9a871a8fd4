"""PowerShell scripts as statements with places, as far as the analysis of secrets needs them.

Built on tree-sitter's PowerShell grammar, which is loaded on first use. Offsets count characters from 0.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    import tree_sitter

_MAX_CHARACTERS: Final = 500_000
_BLOCKS: Final = frozenset(
    {"statement_list", "program", "statement_block", "script_block", "script_block_body"}
)


@dataclass(slots=True, eq=False)
class Stage:
    """One element of a pipeline: a command with its name in lower case, or an expression (the name is "").

    `variables` are the variables in it as written, without the dollar sign and braces, in lower case; `words` are
    its arguments as written; `redirected`: its output goes to a file.
    """

    name: str
    variables: tuple[str, ...]
    words: tuple[str, ...]
    redirected: bool = False


@dataclass(slots=True, eq=False)
class PowerShellStatement:
    """A statement: its pipeline, and the variable that it assigns (None where it prints)."""

    stages: tuple[Stage, ...]
    assigned: str | None
    start: int
    end: int


@lru_cache(maxsize=128)
def parse_powershell(text: str) -> tuple[PowerShellStatement, ...]:
    """The statements of `text` in order, those in blocks too. What cannot be read is left out, never a crash."""
    if len(text) > _MAX_CHARACTERS:
        return ()
    import tree_sitter  # noqa: PLC0415 - heavy, and seldom needed
    import tree_sitter_powershell  # noqa: PLC0415 - the same

    language = tree_sitter.Language(tree_sitter_powershell.language())
    source = text.encode(errors="replace")
    tree = tree_sitter.Parser(language).parse(source)
    return tuple(_lines(tree.root_node, source))


def _lines(root: tree_sitter.Node, source: bytes) -> Iterator[PowerShellStatement]:
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type == "pipeline":
            yield _line(node, source)
            continue
        inner = [
            child
            for child in node.children
            if node.field_name_for_child(node.children.index(child)) != "condition"
        ]
        stack.extend(reversed(inner))


def _line(node: tree_sitter.Node, source: bytes) -> PowerShellStatement:
    start = len(source[: node.start_byte].decode(errors="replace"))
    end = start + len(source[node.start_byte : node.end_byte].decode(errors="replace"))
    first = node.children[0] if node.children else node
    if first.type == "assignment_expression":
        target = first.children[0]
        value = first.children[-1]
        stage = Stage("", _variables(value, source), ())
        return PowerShellStatement((stage,), _name(_text(target, source)), start, end)
    stages = [_stage(child, source) for child in first.children if child.is_named]
    return PowerShellStatement(tuple(stages), None, start, end)


def _stage(node: tree_sitter.Node, source: bytes) -> Stage:
    name, words, redirected = "", [], False
    if node.type == "command":
        for child in node.children:
            if child.type == "command_name":
                name = _text(child, source).lower()
            elif child.type == "command_elements":
                redirected = redirected or any(
                    part.type in {"redirection", "redirections"} for part in child.children
                )
                words += [
                    _text(part, source) for part in child.children if part.type != "command_argument_sep"
                ]
    return Stage(name, _variables(node, source), tuple(words), redirected)


def _variables(node: tree_sitter.Node, source: bytes) -> tuple[str, ...]:
    found: list[str] = []
    stack = [node]
    while stack:
        inner = stack.pop()
        if inner.type in {"variable", "braced_variable"}:
            found.append(_name(_text(inner, source)))
            continue
        stack.extend(reversed(inner.children))
    return tuple(found)


def _name(text: str) -> str:
    return text.strip().lstrip("$@").strip("{}").lower()


def _text(node: tree_sitter.Node, source: bytes) -> str:
    return source[node.start_byte : node.end_byte].decode(errors="replace")
