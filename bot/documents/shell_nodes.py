"""A shell script as nodes with places: our own small syntax tree, free of the parser that fills it.

Offsets count characters from 0 in the text that was parsed; the end is the first one behind.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


@dataclass(slots=True, eq=False)
class Literal:
    """Characters that the shell passes on as they are. `text` is after unquoting."""

    text: str
    start: int
    end: int
    quoted: bool = False


@dataclass(slots=True, eq=False)
class Expansion:
    """`$NAME`, `${NAME}`, `${NAME:-word}`, `${#NAME}`, `${!NAME}`, `${NAME[0]}`, `${NAME%%:*}`, `${NAME:0:4}`.

    `operator` is "" where there is none, "#" as a prefix is `length`, "!" as a prefix is `indirect`; `argument` is
    what follows the operator. `subscript` is the text between brackets.
    """

    name: str
    start: int
    end: int
    quoted: bool = False
    operator: str = ""
    argument: Word | None = None
    length: bool = False
    indirect: bool = False
    subscript: str | None = None


@dataclass(slots=True, eq=False)
class Substitution:
    """`$(...)` or backticks; `$(< file)` is a body of one command without words."""

    body: Block
    start: int
    end: int
    quoted: bool = False


@dataclass(slots=True, eq=False)
class ProcessSubstitution:
    """`<(...)` (`direction` "<") or `>(...)` (`direction` ">")."""

    body: Block
    direction: str
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Arithmetic:
    """`$((...))`: a number; `inner` contains the expansions in it."""

    inner: tuple[Part, ...]
    start: int
    end: int


Part: TypeAlias = "Literal | Expansion | Substitution | ProcessSubstitution | Arithmetic"


@dataclass(slots=True, eq=False)
class Word:
    """One word of a command, quoting resolved into parts."""

    parts: tuple[Part, ...]
    start: int
    end: int

    @property
    def literal(self) -> str | None:
        """The word's text where no expansion is in it, else None."""
        text = ""
        for part in self.parts:
            if not isinstance(part, Literal):
                return None
            text += part.text
        return text

    @property
    def prefix(self) -> str:
        """The literal characters that the word starts with, up to its first expansion."""
        text = ""
        for part in self.parts:
            if not isinstance(part, Literal):
                break
            text += part.text
        return text


@dataclass(slots=True, eq=False)
class Assignment:
    """`NAME=value`, `NAME+=value`, `NAME[i]=value`, `NAME=(a b)`. `elements` is None but for an array."""

    name: str
    value: Word | None
    start: int
    end: int
    append: bool = False
    subscript: str | None = None
    elements: tuple[Word, ...] | None = None


@dataclass(slots=True, eq=False)
class Redirect:
    """One redirection. `operator` as written (">", ">>", "2>" is fd 2 with ">", "<<", "<<<", ">&", "&>", ...).

    `target` is the word behind it; of a here-document it is the body, and `expands` shows whether its delimiter
    was unquoted.
    """

    operator: str
    target: Word | None
    start: int
    end: int
    fd: int | None = None
    expands: bool = True
    variable: str = ""
    """`{log}>file`: the variable that gets the number of a new descriptor"""


@dataclass(slots=True, eq=False)
class Command:
    """A simple command: leading assignments, words (the name first), redirections.

    `declared` contains the assignments among the arguments of `export`, `declare`, `local`, `readonly`, `typeset`.
    """

    words: tuple[Word, ...]
    start: int
    end: int
    assignments: tuple[Assignment, ...] = ()
    declared: tuple[Assignment, ...] = ()
    redirects: tuple[Redirect, ...] = ()

    @property
    def name(self) -> str:
        """The literal name of the command without its folder; "" where there is none or it is computed."""
        literal = self.words[0].literal if self.words else None
        return literal.rsplit("/", 1)[-1] if literal else ""

    @property
    def heredoc(self) -> Redirect | None:
        """The here-document or here-string that feeds it, the last one winning."""
        found = [r for r in self.redirects if r.operator in {"<<", "<<-", "<<<"} and r.fd in {None, 0}]
        return found[-1] if found else None


@dataclass(slots=True, eq=False)
class ShellPipeline:
    """Commands joined by `|`; `both[i]` says that the i-th pipe is `|&`."""

    commands: tuple[Statement, ...]
    both: tuple[bool, ...]
    start: int
    end: int


@dataclass(slots=True, eq=False)
class AndOr:
    """`first && second || third`: `rest` pairs each operator with its statement."""

    first: Statement
    rest: tuple[tuple[str, Statement], ...]
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Negation:
    """`! statement`."""

    statement: Statement
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Block:
    """Statements one after another; `background` contains the indices of those that end in `&`."""

    statements: tuple[Statement, ...]
    start: int
    end: int
    background: frozenset[int] = frozenset()


@dataclass(slots=True, eq=False)
class Group:
    """`{ ...; }`, or `( ... )` where `subshell`."""

    body: Block
    start: int
    end: int
    subshell: bool = False


@dataclass(slots=True, eq=False)
class Redirected:
    """A compound statement with redirections behind it."""

    statement: Statement
    redirects: tuple[Redirect, ...]
    start: int
    end: int


@dataclass(slots=True, eq=False)
class If:
    """`if`/`elif`/`else`: conditions with their bodies in order, and what runs otherwise."""

    branches: tuple[tuple[Block, Block], ...]
    otherwise: Block | None
    start: int
    end: int


@dataclass(slots=True, eq=False)
class While:
    """`while` or, where `until`, `until`."""

    condition: Block
    body: Block
    start: int
    end: int
    until: bool = False


@dataclass(slots=True, eq=False)
class For:
    """`for NAME in words`; `words` is None where `in` is missing (then: the arguments)."""

    name: str
    words: tuple[Word, ...] | None
    body: Block
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Case:
    """`case word in pattern) body ;; esac`."""

    subject: Word | None
    items: tuple[tuple[tuple[Word, ...], Block], ...]
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Function:
    """`name() { ...; }`."""

    name: str
    body: Statement
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Test:
    """`[[ ... ]]`, `(( ... ))`: the words in it, operators left as literals."""

    words: tuple[Word, ...]
    start: int
    end: int


Statement: TypeAlias = (
    "Command | ShellPipeline | AndOr | Negation | Block | Group | Redirected "
    "| If | While | For | Case | Function | Test"
)


@dataclass(slots=True, eq=False)
class SyntaxTrouble:
    """A part that the parser did not understand; what is around it was read all the same."""

    start: int
    end: int


@dataclass(slots=True, eq=False)
class Script:
    """A whole script. `troubles` are parts that were not understood: reported, never a crash.

    `goes_on`: text behind it would be a part of its last statement (a here-document without its end, a backslash).
    """

    text: str
    body: Block
    troubles: tuple[SyntaxTrouble, ...] = ()
    goes_on: bool = False
    _runs: tuple[Command | ShellPipeline, ...] | None = field(default=None, init=False, repr=False)
    _commands: tuple[Command, ...] | None = field(default=None, init=False, repr=False)

    def runs(self) -> tuple[Command | ShellPipeline, ...]:
        """Every simple command and pipeline, in the order of the text, also those in functions and substitutions."""
        if self._runs is None:  # many rules ask
            found = (node for node in nodes_in(self.body) if isinstance(node, (Command, ShellPipeline)))
            self._runs = tuple(found)
        return self._runs

    def commands(self) -> tuple[Command, ...]:
        """The simple commands among them."""
        if self._commands is None:
            self._commands = tuple(node for node in self.runs() if isinstance(node, Command))
        return self._commands


def commands_in(statement: Statement) -> Iterator[Command]:
    """Every simple command in `statement`, in the order of the text, also those in substitutions."""
    for node in nodes_in(statement):
        if isinstance(node, Command):
            yield node


def nodes_in(statement: Statement) -> Iterator[object]:
    """`statement` and every node below it, in the order of the text: words and their parts too."""
    stack: list[object] = [statement]
    while stack:
        node = stack.pop()
        yield node
        inside = _INSIDE.get(type(node))
        if inside is not None:
            stack.extend(reversed(inside(node)))


_INSIDE: Final[Mapping[type, Callable[[Any], Sequence[object]]]] = {
    Command: lambda node: [*node.assignments, *node.words, *node.declared, *node.redirects],
    Word: lambda node: node.parts,
    Expansion: lambda node: [node.argument] if node.argument else (),
    Arithmetic: lambda node: node.inner,
    Assignment: lambda node: [*(node.elements or ()), *([node.value] if node.value else ())],
    Redirect: lambda node: [node.target] if node.target else (),
    ShellPipeline: lambda node: node.commands,
    AndOr: lambda node: [node.first, *(statement for _, statement in node.rest)],
    Block: lambda node: node.statements,
    Redirected: lambda node: [node.statement, *node.redirects],
    Negation: lambda node: [node.statement],
    If: lambda node: [
        *(block for pair in node.branches for block in pair),
        *([node.otherwise] if node.otherwise else ()),
    ],
    While: lambda node: [node.condition, node.body],
    For: lambda node: [*(node.words or ()), node.body],
    Case: lambda node: [
        *([node.subject] if node.subject else ()),
        *(part for words, block in node.items for part in (*words, block)),
    ],
    Test: lambda node: node.words,
    Group: lambda node: [node.body],
    Function: lambda node: [node.body],
    Substitution: lambda node: [node.body],
    ProcessSubstitution: lambda node: [node.body],
}
"""The nodes directly inside a node, in the order of the text, by its type; literals have none."""
