"""The words of a shell script: quotes, expansions, substitutions, here-documents."""

from __future__ import annotations

import re
from typing import Final

from bot.documents.shell_nodes import (
    Arithmetic,
    Block,
    Expansion,
    Literal,
    Part,
    ProcessSubstitution,
    Redirect,
    Substitution,
    Word,
)
from bot.lazy import regex

_BLANK: Final = " \t\r\\"
_BLANKS: Final = regex(r"(?:[ \t\r]|\\\r?\n)+")
_COMMENT: Final = regex(r"#[^\n]*")
_RUN: Final = regex(r"[^\s;&|<>()$`\"'\\]+")
_ENDS: Final = " \n\t;|&)"
"""characters that end a word wherever they are unquoted"""
_RUN_IN_QUOTES: Final = regex(r'[^"$`\\]+')
_RUN_IN_HEREDOC: Final = regex(r"[^$`\\]+")
_RUN_IN_BRACES: Final = regex(r"[^}$`\"'\\]+")
_PLAIN_NAME: Final = regex(r"[A-Za-z_]\w*|[0-9@*#?$!-]")
_BRACED_NAME: Final = regex(r"[A-Za-z_]\w*|[0-9]+|[@*#?$!-]")
_OPERATOR: Final = regex(r":[-=?+]|##|%%|//|/#|/%|\^\^|,,|~~|@[A-Za-z]|[-=?+#%/^,~:]")
_ANSI_C: Final = regex(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}
_ESCAPE: Final = regex(r"\\(x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|[0-7]{1,3}|.)", re.DOTALL)


class Trouble(Exception):
    """The text at `pos` is not what the grammar wants."""

    def __init__(self, pos: int) -> None:
        super().__init__(f"not understood at character {pos}")
        self.pos = pos


class WordReader:
    """Reads words of `text` between `pos` and `end` (0-based, end excluded). Statements are its subclass's business."""

    max_depth = 60

    def __init__(self, text: str, pos: int, end: int, depth: int = 0) -> None:
        self.text = text
        self.pos = pos
        self.end = end
        self.depth = depth
        self.pending: list[tuple[Redirect, str]] = []
        self.is_cut = False
        """something that `end` ended would go on behind it: a here-document, what is in single quotes"""

    def block(self) -> Block:
        """Statements up to a closing word or `)`, which stays unread."""
        raise NotImplementedError

    def peek(self) -> str:
        """The next character, "" at the end."""
        return self.text[self.pos] if self.pos < self.end else ""

    def expect(self, wanted: str) -> None:
        """Read `wanted`, or raise."""
        if not self.text.startswith(wanted, self.pos) or self.pos + len(wanted) > self.end:
            raise Trouble(self.pos)
        self.pos += len(wanted)

    def skip_blanks(self) -> None:
        """Skip blanks and continued lines."""
        # Asked for at every token: most have no blank, or one.
        if self.text[self.pos : self.pos + 1] not in _BLANK:
            return
        if self.text[self.pos + 1 : self.pos + 2] not in _BLANK and self.text[self.pos] == " ":
            self.pos = min(self.pos + 1, self.end)
            return
        found = _BLANKS.match(self.text, self.pos, self.end)
        if found:
            self.pos = found.end()

    def skip_newlines(self) -> None:
        """Skip blanks, comments and newlines, reading the here-documents that wait for them."""
        while True:
            self.skip_blanks()
            char = self.peek()
            if char == "#":
                found = _COMMENT.match(self.text, self.pos, self.end)
                self.pos = found.end() if found else self.pos
            elif char == "\n":
                self.pos += 1
                if self.pending:
                    self._read_heredocs()
            else:
                return

    def skip_separators(self) -> None:
        """Skip newlines, comments and single semicolons."""
        while True:
            self.skip_newlines()
            if self.peek() == ";" and not self.text.startswith((";;", ";&"), self.pos):
                self.pos += 1
            else:
                return

    def _read_heredocs(self) -> None:
        pending, self.pending = self.pending, []
        for redirect, delimiter in pending:
            start, at = self.pos, self.pos
            strip = redirect.operator == "<<-"
            while at < self.end:
                stop = self.text.find("\n", at, self.end)
                stop = self.end if stop < 0 else stop
                line = self.text[at:stop].rstrip("\r")
                if (line.lstrip("\t") if strip else line) == delimiter:
                    break
                at = min(stop + 1, self.end)
            else:
                stop = self.end
                self.is_cut = True
            redirect.target = self._heredoc_body(start, at, strip=strip, expands=redirect.expands)
            self.pos = min(stop + 1, self.end) if at < self.end else self.end

    def _heredoc_body(self, start: int, end: int, *, strip: bool, expands: bool) -> Word:
        if not expands:
            text = self.text[start:end]
            parts: tuple[Part, ...] = (
                Literal(re.sub(r"(?m)^\t+", "", text) if strip else text, start, end, quoted=True),
            )
            return Word(parts, start, end)
        reader = type(self)(self.text, start, end, self.depth + 1)
        found = reader.quoted_parts(_RUN_IN_HEREDOC, "$`\\")
        if strip:
            found = [
                Literal(re.sub(r"(?m)^\t+", "", part.text), part.start, part.end, quoted=True)
                if isinstance(part, Literal)
                else part
                for part in found
            ]
        return Word(tuple(found), start, end)

    def word(self, *, in_test: bool = False) -> Word:  # noqa: C901 - one branch for each case
        """The word that starts here; an empty one where none does."""
        start, text, end = self.pos, self.text, self.end
        parts: list[Part] = []
        while self.pos < end:
            at = self.pos
            found = _RUN.match(text, at, end)
            if found:
                self.pos = found.end()
                parts.append(Literal(found[0], at, self.pos))
                if text[self.pos : self.pos + 1] in _ENDS:  # as most words end
                    break
                continue
            char = text[at]
            if char == '"':
                parts += self._double_quoted()
            elif char == "'":
                parts.append(self._single_quoted())
            elif char == "$":
                parts.append(self.dollar(quoted=False))
            elif char == "\\":
                if text.startswith(("\\\n", "\\\r\n"), at):
                    self.pos = text.index("\n", at) + 1
                    continue
                self.pos = min(at + 2, end)
                parts.append(Literal(text[at + 1 : self.pos], at, self.pos, quoted=True))
            elif char == "`":
                parts.append(self._backticks(quoted=False))
            elif char in "<>" and text.startswith("(", at + 1) and not in_test:
                self.pos = at + 2
                body = self.nested_block()
                parts.append(ProcessSubstitution(body, char, at, self.pos))
            elif char == "(" and at > start and (in_test or text[at - 1] in "?*+@!"):
                self._skip_parenthesised()
                parts.append(Literal(text[at : self.pos], at, self.pos))
            else:
                break
        return Word(tuple(parts), start, self.pos)

    def _skip_parenthesised(self) -> None:
        """Skip an extended pattern such as `@(a|b)`."""
        depth = 0
        while self.pos < self.end:
            char = self.text[self.pos]
            if char == "\n":
                break
            depth += (char == "(") - (char == ")")
            self.pos += 1
            if depth == 0:
                return
        raise Trouble(self.pos)

    def nested_block(self) -> Block:
        """A block and the `)` behind it."""
        body = self.block()
        self.expect(")")
        return body

    def _single_quoted(self) -> Literal:
        start = self.pos
        closing = self.text.find("'", start + 1, self.end)
        if closing < 0:
            raise Trouble(start)
        self.pos = closing + 1
        return Literal(self.text[start + 1 : closing], start, self.pos, quoted=True)

    def _double_quoted(self) -> list[Part]:
        start = self.pos
        self.pos += 1
        parts = self.quoted_parts(_RUN_IN_QUOTES, '$`"\\')
        if self.peek() != '"':
            raise Trouble(start)
        self.pos += 1
        return parts or [Literal("", start, self.pos, quoted=True)]

    def quoted_parts(self, run: re.Pattern[str], escapable: str) -> list[Part]:
        """Parts up to a character that `run` refuses and that starts no expansion; backslash escapes `escapable`."""
        parts: list[Part] = []
        text, end = self.text, self.end
        while self.pos < end:
            at = self.pos
            found = run.match(text, at, end)
            if found:
                self.pos = found.end()
                parts.append(Literal(found[0], at, self.pos, quoted=True))
                continue
            char = text[at]
            if char == "$":
                parts.append(self.dollar(quoted=True))
            elif char == "`":
                parts.append(self._backticks(quoted=True))
            elif char == "\\":
                follower = text[at + 1 : at + 2]
                self.pos = min(at + 2, end)
                if follower != "\n":
                    parts.append(
                        Literal(
                            follower if follower in escapable else "\\" + follower, at, self.pos, quoted=True
                        )
                    )
            else:
                break
        return parts

    def _backticks(self, *, quoted: bool) -> Substitution:
        start = self.pos
        at = start + 1
        while at < self.end and self.text[at] != "`":
            at += 2 if self.text[at] == "\\" else 1
        if at >= self.end:
            raise Trouble(start)
        inner = self.text[start + 1 : at]
        plain = re.sub(r"\\([$`\\])", r"\1", inner)
        text = self.text if plain == inner else self.text[: start + 1] + plain
        reader = type(self)(text, start + 1, start + 1 + len(plain), self.depth + 1)
        body = reader.block()
        if reader.pos < reader.end:
            raise Trouble(start)
        self.pos = at + 1
        return Substitution(body, start, self.pos, quoted)

    def dollar(self, *, quoted: bool) -> Part:  # noqa: PLR0911 - one branch for each case
        """What starts with a dollar sign here; a lone one is a literal."""
        text, at = self.text, self.pos
        follower = text[at + 1 : at + 2] if at + 1 < self.end else ""
        if follower == "(":
            if text.startswith("((", at + 1):
                closing = self.arithmetic_end(at + 3)
                if closing is not None:
                    return self.arithmetic(at, 3, closing)
            self.pos = at + 2
            return Substitution(self.nested_block(), at, self.pos, quoted)
        if follower == "{":
            return self._braces(at, quoted=quoted)
        if follower == "'" and not quoted:
            found = _ANSI_C.match(text, at, self.end)
            if found is None:
                raise Trouble(at)
            self.pos = found.end()
            return Literal(_ESCAPE.sub(_unescaped, found[1]), at, self.pos, quoted=True)
        if follower == '"' and not quoted:
            self.pos += 1
            return Literal("", at, self.pos, quoted=True)
        name = _PLAIN_NAME.match(text, at + 1, self.end)
        if name is None:
            self.pos += 1
            return Literal("$", at, self.pos, quoted)
        self.pos = name.end()
        return Expansion(name[0], at, self.pos, quoted)

    def _braces(self, start: int, *, quoted: bool) -> Expansion:
        self.pos = start + 2
        text = self.text
        length = indirect = False
        if (
            self.peek() == "#"
            and _BRACED_NAME.match(text, self.pos + 1, self.end)
            and text[self.pos + 1] != "}"
        ):
            length, self.pos = True, self.pos + 1
        elif (
            self.peek() == "!"
            and _BRACED_NAME.match(text, self.pos + 1, self.end)
            and text[self.pos + 1] != "}"
        ):
            indirect, self.pos = True, self.pos + 1
        found = _BRACED_NAME.match(text, self.pos, self.end)
        if found is None:
            raise Trouble(start)
        self.pos = found.end()
        subscript = None
        if self.peek() == "[":
            closing = text.find("]", self.pos, self.end)
            if closing < 0:
                raise Trouble(start)
            subscript, self.pos = text[self.pos + 1 : closing], closing + 1
        operator, argument = "", None
        if self.peek() != "}":
            sign = _OPERATOR.match(text, self.pos, self.end)
            if sign is None:
                if indirect and text.startswith(("@}", "*}"), self.pos):
                    sign = re.compile("[@*]").match(text, self.pos)
                if sign is None:
                    raise Trouble(start)
            operator, self.pos = sign[0], sign.end()
            argument = self._argument()
        self.expect("}")
        return Expansion(found[0], start, self.pos, quoted, operator, argument, length, indirect, subscript)

    def _argument(self) -> Word:
        """What is behind the operator, up to the closing brace."""
        start = self.pos
        parts: list[Part] = []
        text, end = self.text, self.end
        while self.pos < end and text[self.pos] != "}":
            at = self.pos
            found = _RUN_IN_BRACES.match(text, at, end)
            if found:
                self.pos = found.end()
                parts.append(Literal(found[0], at, self.pos))
                continue
            match text[at]:
                case '"':
                    parts += self._double_quoted()
                case "'":
                    closing = text.find("'", at + 1, end)
                    self.pos = at + 1 if closing < 0 else closing + 1
                    self.is_cut = self.is_cut or closing < 0
                    parts.append(
                        Literal(text[at + 1 : closing] if closing >= 0 else "'", at, self.pos, quoted=True)
                    )
                case "$":
                    parts.append(self.dollar(quoted=False))
                case "`":
                    parts.append(self._backticks(quoted=False))
                case _:
                    self.pos = min(at + 2, end)
                    parts.append(Literal(text[at + 1 : self.pos], at, self.pos, quoted=True))
        return Word(tuple(parts), start, self.pos)

    def arithmetic_end(self, start: int) -> int | None:
        """The index of the `))` that closes an arithmetic expression whose inside starts at `start`, or None."""
        depth, at = 0, start
        while at < self.end:
            char = self.text[at]
            if char == "(":
                depth += 1
            elif char == ")":
                if depth == 0:
                    return at if self.text.startswith("))", at) else None
                depth -= 1
            elif char in ";`\n" and depth == 0 and self.text[start - 1] != "(":
                return None
            at += 1
        return None

    def arithmetic(self, start: int, width: int, closing: int) -> Arithmetic:
        """The arithmetic expression from `start` (its opening is `width` long) to the `))` at `closing`."""
        reader = type(self)(self.text, start + width, closing, self.depth + 1)
        inner = reader.quoted_parts(_RUN_IN_HEREDOC, "$`\\")
        self.pos = closing + 2
        return Arithmetic(tuple(part for part in inner if not isinstance(part, Literal)), start, self.pos)


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] in "xu" and len(code) > 1:
        return chr(int(code[1:], 16))
    if code[0] in "01234567":
        return chr(int(code, 8) & 255)
    return _ESCAPES.get(code, code)
