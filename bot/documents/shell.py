"""Shell scripts (sh, bash, busybox) read as bash reads them: left to right, quotes and here-documents included.

A recursive-descent reader of our own. The tree-sitter grammar was tried first (0.25.1, 2026-11) and lost: it joins
`X=$Y > f` with the command on the next line, takes `> f 2>&1 <<< "$K"` for an error, and drops blanks and escapes
of here-documents; each of these decides where a secret goes. What cannot be read is skipped by the line and reported.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from bot.documents.shell_nodes import (
    AndOr,
    Assignment,
    Block,
    Case,
    Command,
    For,
    Function,
    Group,
    If,
    Literal,
    Negation,
    Redirect,
    Redirected,
    Script,
    ShellPipeline,
    Statement,
    SyntaxTrouble,
    Test,
    While,
    Word,
)
from bot.documents.shell_words import Trouble, WordReader
from bot.lazy import regex

_RESERVED: Final = regex(
    r"(?:if|then|elif|else|fi|while|until|for|select|do|done|case|esac|function|coproc|time|\{|\}|!|\[\[)"
    r"(?=[\s;&|()<>]|$)"
)
_CLOSERS: Final = frozenset({"then", "elif", "else", "fi", "do", "done", "esac", "}"})
_FUNCTION: Final = regex(r"([^\s;&|<>()$`\"'\\=#]+)[ \t]*\([ \t]*\)")
_ASSIGNMENT: Final = regex(r"([A-Za-z_]\w*)(?:\[([^\]\n]*)\])?(\+?)=")
_ELEMENT: Final = regex(r"\[([^\]\n]*)\](\+?)=")
_REDIRECT: Final = regex(r"(\d+|\{\w+\})?(<<<|<<-|<<|<>|<&|>&|>>|>\||<(?!\()|>(?!\())|(&>>|&>)")
# Most words are one run of plain characters: taken at once, with the blanks behind it, parsing is a fifth faster.
_PLAIN_WORD: Final = regex(r"([^\s;&|<>()$`\"'\\#{0-9][^\s;&|<>()$`\"'\\]*)(?:[ \t]+|(?=[\n;&|)])|\Z)")
_NAME: Final = regex(r"[A-Za-z_]\w*")
_DECLARERS: Final = frozenset({"export", "declare", "local", "readonly", "typeset"})
_MAX_TROUBLES: Final = 50
MAX_SCRIPT_CHARACTERS: Final = 2_000_000
"""Longer scripts are not read: they are reported instead."""


@lru_cache(maxsize=512)
def parse_shell(text: str) -> Script:
    """The syntax tree of `text`. Never raises: what could not be read is in `troubles`."""
    if len(text) > MAX_SCRIPT_CHARACTERS:
        return Script(text, Block((), 0, 0), (SyntaxTrouble(0, len(text)),))
    return _ShellReader(text, 0, len(text)).script()


class _ShellReader(WordReader):
    """Reads statements; words are read by its base."""

    def script(self) -> Script:
        """Everything; after a trouble, reading goes on at the next line."""
        statements: list[Statement] = []
        troubles: list[SyntaxTrouble] = []
        background: set[int] = set()
        while True:
            start = self.pos
            try:
                self.skip_separators()  # reads the body of a here-document, which may be no shell either
                start = self.pos
                if start >= self.end:
                    break
                self.depth = 0
                statement = self._and_or()
                if self._ended_by_ampersand():
                    background.add(len(statements))
                else:
                    self._check_end_of_statement()
                statements.append(statement)
            except (Trouble, RecursionError):
                self.pending.clear()
                stop = self.text.find("\n", start)
                self.pos = self.end if stop < 0 else stop + 1
                troubles.append(SyntaxTrouble(start, self.pos))
                if len(troubles) >= _MAX_TROUBLES:
                    troubles.append(SyntaxTrouble(self.pos, self.end))
                    break
        body = Block(tuple(statements), 0, self.end, frozenset(background))
        goes_on = self.is_cut or bool(self.pending) or self.text.endswith(("\\", "\\\r"))
        return Script(self.text, body, tuple(troubles), goes_on)

    def block(self) -> Block:
        """Statements up to a closing word, `)` or `;;`, which stays unread."""
        self.depth += 1
        if self.depth > self.max_depth:
            raise Trouble(self.pos)
        statements: list[Statement] = []
        background: set[int] = set()
        self.skip_separators()
        start = self.pos
        while self.pos < self.end and not self._at_closer():
            statement = self._and_or()
            if self._ended_by_ampersand():
                background.add(len(statements))
            else:
                self._check_end_of_statement()
            statements.append(statement)
            self.skip_separators()
        self.depth -= 1
        return Block(tuple(statements), start, self.pos, frozenset(background))

    def _at_closer(self) -> bool:
        if self.text[self.pos] == ")" or self.text.startswith((";;", ";&"), self.pos):
            return True
        found = _RESERVED.match(self.text, self.pos, self.end)
        return found is not None and found[0] in _CLOSERS

    def _ended_by_ampersand(self) -> bool:
        self.skip_blanks()
        if self.peek() == "&" and not self.text.startswith(("&&", "&>"), self.pos):
            self.pos += 1
            return True
        return False

    def _check_end_of_statement(self) -> None:
        """What follows a statement on its line is a separator; anything else was not understood."""
        self.skip_blanks()
        if self.pos < self.end and self.text[self.pos] not in "\n;)#":
            found = _RESERVED.match(self.text, self.pos, self.end)
            if found is None or found[0] not in _CLOSERS:
                raise Trouble(self.pos)

    def _and_or(self) -> Statement:
        start = self.pos
        first = self._pipeline()
        rest: list[tuple[str, Statement]] = []
        while True:
            self.skip_blanks()
            operator = self.text[self.pos : self.pos + 2]
            if operator not in {"&&", "||"}:
                break
            self.pos += 2
            self.skip_newlines()
            rest.append((operator, self._pipeline()))
        return AndOr(first, tuple(rest), start, self.pos) if rest else first

    def _pipeline(self) -> Statement:
        self.skip_blanks()
        start = self.pos
        may_be = self.text.startswith(("!", "time"), start)
        found = _RESERVED.match(self.text, start, self.end) if may_be else None
        if found and found[0] == "!":
            self.pos = found.end()
            return Negation(self._pipeline(), start, self.pos)
        if found and found[0] == "time":
            self.pos = found.end()
            self.skip_blanks()
            if re.compile(r"-p(?=\s)").match(self.text, self.pos):
                self.pos += 2
            return self._pipeline()
        commands = [self._command()]
        both: list[bool] = []
        while True:
            self.skip_blanks()
            if self.peek() != "|" or self.text.startswith("||", self.pos):
                break
            both.append(self.text.startswith("|&", self.pos))
            self.pos += 2 if both[-1] else 1
            self.skip_newlines()
            commands.append(self._command())
        return ShellPipeline(tuple(commands), tuple(both), start, self.pos) if both else commands[0]

    def _command(self) -> Statement:
        self.skip_blanks()
        start = self.pos
        compound = self._compound()
        if compound is None:
            return self._simple()
        redirects = self._redirects()
        return Redirected(compound, tuple(redirects), start, self.pos) if redirects else compound

    def _compound(self) -> Statement | None:  # noqa: C901, PLR0911, PLR0912 - one branch for each case
        text, start = self.text, self.pos
        if text.startswith("((", start):
            closing = self.arithmetic_end(start + 2)
            if closing is not None:
                return Test((Word((self.arithmetic(start, 2, closing),), start, self.pos),), start, self.pos)
        if self.peek() == "(":
            self.pos += 1
            body = self.block()
            self.expect(")")
            return Group(body, start, self.pos, subshell=True)
        found = _RESERVED.match(text, start, self.end)
        if found is None:
            return self._function(_FUNCTION.match(text, start, self.end))
        word = found[0]
        if word in _CLOSERS:
            raise Trouble(start)
        self.pos = found.end()
        match word:
            case "{":
                body = self.block()
                self.expect("}")
                return Group(body, start, self.pos)
            case "if":
                return self._if(start)
            case "while" | "until":
                condition = self.block()
                return While(condition, self._do(), start, self.pos, until=word == "until")
            case "for" | "select":
                return self._for(start)
            case "case":
                return self._case(start)
            case "[[":
                return self._test(start)
            case "function":
                self.skip_blanks()
                name = self.word()
                self.skip_blanks()
                if text.startswith("(", self.pos):
                    self.pos = text.index(")", self.pos) + 1 if ")" in text[self.pos :] else self.end
                self.skip_newlines()
                return Function(name.literal or "", self._command(), start, self.pos)
        return self._command()

    def _function(self, found: re.Match[str] | None) -> Statement | None:
        if found is None:
            return None
        start = self.pos
        self.pos = found.end()
        self.skip_newlines()
        return Function(found[1], self._command(), start, self.pos)

    def _if(self, start: int) -> If:
        branches = []
        otherwise = None
        word = "if"
        while word in {"if", "elif"}:
            condition = self.block()
            self.expect("then")
            branches.append((condition, self.block()))
            word = self.closing_word(("elif", "else", "fi"))
        if word == "else":
            otherwise = self.block()
            self.expect("fi")
        return If(tuple(branches), otherwise, start, self.pos)

    def closing_word(self, words: tuple[str, ...]) -> str:
        """Read one of `words`."""
        for word in words:
            if self.text.startswith(word, self.pos):
                self.pos += len(word)
                return word
        raise Trouble(self.pos)

    def _do(self) -> Block:
        self.expect("do")
        body = self.block()
        self.expect("done")
        return body

    def _for(self, start: int) -> Statement:
        self.skip_blanks()
        if self.text.startswith("((", self.pos):
            closing = self.arithmetic_end(self.pos + 2)
            if closing is None:
                raise Trouble(self.pos)
            head = self.pos
            header = Test((Word((self.arithmetic(head, 2, closing),), head, self.pos),), head, self.pos)
            self.skip_separators()
            return While(Block((header,), head, self.pos), self._do(), start, self.pos)
        found = _NAME.match(self.text, self.pos, self.end)
        if found is None:
            raise Trouble(self.pos)
        self.pos = found.end()
        self.skip_newlines()
        words: tuple[Word, ...] | None = None
        if re.compile(r"in(?=[\s;])").match(self.text, self.pos):
            self.pos += 2
            words = tuple(self._words())
        self.skip_separators()
        return For(found[0], words, self._do(), start, self.pos)

    def _words(self) -> list[Word]:
        words: list[Word] = []
        while True:
            self.skip_blanks()
            if self.pos >= self.end or self.text[self.pos] in "\n;&|#":
                return words
            start = self.pos
            words.append(self.word())
            if self.pos == start:  # `for i in range(9):`, which is no shell
                raise Trouble(start)

    def _case(self, start: int) -> Case:
        self.skip_blanks()
        subject = self.word()
        self.skip_newlines()
        self.expect("in")
        items: list[tuple[tuple[Word, ...], Block]] = []
        while True:
            self.skip_separators()
            if re.compile(r"esac(?=[\s;&|)<>]|$)").match(self.text, self.pos, self.end):
                self.pos += 4
                return Case(subject, tuple(items), start, self.pos)
            if self.peek() == "(":
                self.pos += 1
            patterns: list[Word] = []
            while True:
                self.skip_blanks()
                patterns.append(self.word())
                self.skip_blanks()
                if self.peek() == "|":
                    self.pos += 1
                    continue
                self.expect(")")
                break
            items.append((tuple(patterns), self.block()))
            for ending in (";;&", ";;", ";&"):
                if self.text.startswith(ending, self.pos):
                    self.pos += len(ending)
                    break

    def _test(self, start: int) -> Test:
        words: list[Word] = []
        while True:
            self.skip_newlines()
            at = self.pos
            if at >= self.end:
                raise Trouble(start)
            if re.compile(r"\]\](?=[\s;&|()<>]|$)").match(self.text, at, self.end):
                self.pos += 2
                return Test(tuple(words), start, self.pos)
            char = self.text[at]
            if char in "&|()<>" and not self.text.startswith(("<(", ">("), at):
                width = 2 if self.text[at : at + 2] in {"&&", "||"} else 1
                self.pos += width
                words.append(Word((Literal(self.text[at : self.pos], at, self.pos),), at, self.pos))
            else:
                words.append(self.word(in_test=True))
            if self.pos == at:
                raise Trouble(at)

    def _redirects(self) -> list[Redirect]:
        redirects: list[Redirect] = []
        while True:
            self.skip_blanks()
            redirect = self._redirect()
            if redirect is None:
                return redirects
            redirects.append(redirect)

    def _redirect(self) -> Redirect | None:
        found = _REDIRECT.match(self.text, self.pos, self.end)
        if found is None:
            return None
        start = self.pos
        self.pos = found.end()
        operator = found[2] or found[3]
        fd = int(found[1]) if found[1] and found[1].isdigit() else None
        self.skip_blanks()
        if operator in {"<<", "<<-"}:
            delimiter = self.word()
            raw = self.text[delimiter.start : delimiter.end]
            quoted = any(char in raw for char in "'\"\\")
            redirect = Redirect(operator, None, start, self.pos, fd, not quoted)
            self.pending.append((redirect, delimiter.literal if delimiter.literal is not None else raw))
            return redirect
        target = self.word()
        if target.start == target.end:
            raise Trouble(start)
        variable = found[1][1:-1] if found[1] and fd is None else ""
        return Redirect(operator, target, start, self.pos, fd, variable=variable)

    def _simple(self) -> Command:
        start = self.pos
        words: list[Word] = []
        assignments: list[Assignment] = []
        declared: list[Assignment] = []
        redirects: list[Redirect] = []
        text = self.text
        declares = False
        last = start
        while True:
            self.skip_blanks()
            at = self.pos
            if at >= self.end or text[at] in "\n;|)#" or (text[at] == "&" and not text.startswith("&>", at)):
                break
            plain = _PLAIN_WORD.match(text, at, self.end)
            if plain and ((words and not declares) or not ("=" in plain[1] or "[" in plain[1])):
                declares = declares or (not words and plain[1] in _DECLARERS)
                last = plain.end(1)
                words.append(Word((Literal(plain[1], at, last),), at, last))
                self.pos = plain.end()
                continue
            redirect = self._redirect() if text[at] in "<>&{0123456789" else None
            if redirect is not None:
                redirects.append(redirect)
            elif text[at] == "(":
                raise Trouble(at)
            else:
                named = _ASSIGNMENT.match(text, at, self.end) if declares or not words else None
                if named:
                    (declared if words else assignments).append(self._assignment(named))
                else:
                    words.append(self.word())
                    declares = declares or (len(words) == 1 and words[0].literal in _DECLARERS)
            if self.pos == at:
                raise Trouble(at)
            last = self.pos
        if last == start:
            raise Trouble(start)
        return Command(tuple(words), start, last, tuple(assignments), tuple(declared), tuple(redirects))

    def _assignment(self, found: re.Match[str]) -> Assignment:
        start = self.pos
        self.pos = found.end()
        name, subscript, append = found[1], found[2], bool(found[3])
        if self.peek() != "(":
            value = self.word()
            return Assignment(name, value, start, self.pos, append, subscript)
        self.pos += 1
        elements: list[Word] = []
        while True:
            self.skip_newlines()
            if self.peek() == ")":
                self.pos += 1
                return Assignment(name, None, start, self.pos, append, subscript, tuple(elements))
            if self.pos >= self.end:
                raise Trouble(start)
            at = self.pos
            keyed = _ELEMENT.match(self.text, self.pos, self.end)
            if keyed:
                self.pos = keyed.end()
            elements.append(self.word())
            if self.pos == at:
                raise Trouble(at)
