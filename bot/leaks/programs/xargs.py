"""`xargs`, `parallel` and `find -exec`: they run another command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.leaks.model import LeakedForm
from bot.leaks.program import Program
from bot.leaks.values import EMPTY, Streams, Value, changed, flows_of, joined

if TYPE_CHECKING:
    from bot.leaks.program import Invocation

_OPTIONS_WITH_VALUE: Final = frozenset({"-I", "-n", "-P", "-L", "-d", "-s", "-E", "-a"})
_PRINTING: Final = frozenset(
    {"cat", "tac", "sort", "uniq", "nl", "paste", "column", "less", "more", "tee", "head", "tail", "grep", "egrep",
     "fgrep", "cut", "awk", "sed", "strings", "base64", "xxd", "od", "hexdump", "jq", "yq", "rev", "tr", "perl"}
)  # fmt: skip
"""commands behind `-exec` that write what is in the file"""


def _xargs(call: Invocation) -> bool | None:
    rest = list(call.arguments)
    mark = ""
    is_shown = False
    stdin = call.stdin
    while rest and (rest[0].text or "").startswith("-"):
        option = rest.pop(0).text or ""
        given_to = rest.pop(0) if option in _OPTIONS_WITH_VALUE and rest else EMPTY
        if option.startswith("-I"):
            mark = option[2:] or given_to.text or ""
        if option == "-a":
            stdin = Value(None, flows_of(call.contents([given_to])))
        is_shown = is_shown or option in {"-t", "-p", "--verbose"}
    if not rest:
        call.write(Value(None, stdin.flows))
        return None
    given = Value(stdin.text.strip() if stdin.text else stdin.text, changed(stdin.flows, LeakedForm.LINES))
    mark = mark or "{}"
    replaced = [_filled(value, mark, given) for value in rest]
    words = replaced if replaced != rest else [*rest, given]
    if is_shown:
        call.write(Value(None, flows_of(words)), call.streams.err)
    return call.context.runner.run_words(call, words, Streams(EMPTY, call.streams.outputs))


def _filled(word: Value, mark: str, given: Value) -> Value:
    """The word with what was read in the place of each mark."""
    if word.text is None or mark not in word.text:
        return word
    pieces = [piece for text in word.text.split(mark) for piece in (given, Value(text))]
    return joined([piece for piece in pieces[1:] if piece.text != ""])


def _find(call: Invocation) -> None:
    texts = call.texts
    at = texts.index("-exec") + 1 if "-exec" in texts else len(texts)
    if at < len(texts) and texts[at] in _PRINTING:
        folder = texts[0] if not texts[0].startswith("-") else "."
        call.write(Value(None, call.state.files.folder(call.state.resolve(folder))))


PROGRAMS = (Program(names=("xargs", "parallel"), run=_xargs), Program(names=("find",), run=_find))
