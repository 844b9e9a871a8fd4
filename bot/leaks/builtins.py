"""What the shell itself carries out: `echo`, `read`, `set`, `export`, `trap` and the like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.leaks.fields import lines_of, read_into, without_signature, words_of
from bot.leaks.model import LeakedForm, Origin
from bot.leaks.paths import repository_path
from bot.leaks.printf import formatted
from bot.leaks.state import SOURCED, stepped
from bot.leaks.values import EMPTY, UNKNOWN, Stream, Value, changed, joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.location import Span
    from bot.leaks.program import Invocation

_NAME: Final = regex(r"[A-Za-z_]\w*")
_IF_SET: Final = regex(r"\$\{\w+:?\+")
"""`set ${TRACE:+-x}`"""
_SURE: Final = frozenset({Origin.SECRETS, Origin.ID_TOKEN})
"""secrets that are never empty"""


def _echo(call: Invocation) -> bool:
    rest = list(call.arguments)
    while rest and rest[0].text is not None and re.fullmatch(r"-[neE]+", rest[0].text):
        rest.pop(0)
    call.write(joined([joined(rest, " ") if rest else EMPTY, Value("\n")]))
    return True


def _printf(call: Invocation) -> bool:
    rest = list(call.arguments)
    target = None
    if len(rest) > 1 and rest[0].text == "-v":
        target, rest = rest[1].text, rest[2:]
    if rest and rest[0].text == "--":
        rest.pop(0)
    value = formatted(rest)
    if target:
        call.state.assign(target, value, _place(call))
    else:
        call.write(value)
    return True


def _cd(call: Invocation) -> None:
    """`cd FOLDER`; one that is not known is taken for the current one."""
    for folder in call.arguments[-1:]:
        call.context.reports.used_as_file(folder, call.streams.err)
    target = call.arguments[-1].text or "." if call.arguments else None
    call.state.change_folder(call.state.shell.former_cwd if target == "-" else target)


def _pushd(call: Invocation) -> None:
    call.state.shell.folders += (call.state.shell.cwd,)
    _cd(call)


def _popd(call: Invocation) -> None:
    *rest, last = call.state.shell.folders or (".",)
    call.state.shell.folders = tuple(rest)
    call.state.change_folder(last)


def _exit(call: Invocation) -> None:
    call.state.shell.stopped = "return" if call.name == "return" else "exit"


def _exec(call: Invocation) -> bool:
    call.outer.stdin = call.streams.stdin
    call.outer.inputs.update(call.streams.inputs)
    call.outer.outputs.clear()
    call.outer.outputs.update(call.streams.outputs)
    return True


def _eval(call: Invocation) -> bool | None:
    value = joined(call.arguments, " ") if call.arguments else EMPTY
    if value.text is not None:
        return call.context.runner.run_text(value.text, call.streams)
    code = call.state.unit.text[call.command.start : call.command.end]
    if value.secrets:
        call.context.runner.run_opaque(call, value)
    elif re.search(r"\\\$\{?\$|\\\$\\?\{\$", code) and re.search(r"\beval\s+[\"']?(?:echo|printf)", code):
        call.write(Value(None, call.state.environment()))
    return None


def _trap(call: Invocation) -> bool:
    arguments = [value for value in call.arguments if value.text != "--"]
    texts = [value.text for value in arguments]
    if len(texts) < 2:  # noqa: PLR2004 - an action and a signal
        return True
    action = texts[0]
    if action is None:
        call.context.runner.run_opaque(call, arguments[0])
        return True
    for signal in texts[1:]:
        if signal in {"EXIT", "0"}:
            call.state.shell.traps["EXIT"] = "" if action == "-" else action
        elif action != "-":
            outer, call.state.shell = call.state.shell, call.state.shell.copy()
            call.context.runner.run_text(action, call.streams)
            call.state.shell = outer
    return True


def _source(call: Invocation) -> bool | None:
    if not call.arguments:
        return None
    state, operand = call.state, call.arguments[0]
    call.context.reports.used_as_file(operand, call.streams.err)
    if operand.text is not None:
        target = state.resolve(operand.text)
        path = repository_path(target) if operand.text else None
        if path and state.scripts(path) is not None:
            return call.context.runner.run_script(path, call, call.arguments[1:], sourced=True)
        if target in state.files.texts:
            return call.context.runner.run_text(state.files.texts[target], call.streams)
    flows = state.read(operand).secrets
    if flows:
        state.assign(SOURCED, Value(None, flows))
    return None


# -- options of the shell -----------------------------------------------------------------------------


def _set(call: Invocation) -> bool:
    if not call.arguments:
        call.write(Value(None, changed(call.state.environment(everything=True), LeakedForm.QUOTED)))
        return True
    texts = list(call.texts)
    if any(re.fullmatch(r"-\w*a\w*", text) for text in texts) or texts[:2] == ["-o", "allexport"]:
        call.state.shell.exports_all = True
    at = 0
    while at < len(texts):
        text = texts[at]
        if text == "--" or not text.startswith(("-", "+")):
            if text:
                call.state.shell.positional = tuple(call.arguments[at + (text == "--") :])
            break
        at += _option(call, text, texts[at + 1] if at + 1 < len(texts) else "")
    return True


def _option(call: Invocation, text: str, following: str) -> int:
    """Carry out one option of `set`; return how many words it is."""
    named = re.fullmatch(r"[-+]\w*o", text) is not None
    if "x" in text or (named and following == "xtrace"):
        _switch_tracing(call, on=text.startswith("-"))
    return 2 if named else 1


def _shopt(call: Invocation) -> None:
    """`shopt -so xtrace` is `set -o xtrace`."""
    options = "".join(text[1:] for text in call.texts if text.startswith("-"))
    if "o" in options and "xtrace" in call.texts and set(options) & {"s", "u"}:
        _switch_tracing(call, on="s" in options)


def _switch_tracing(call: Invocation, *, on: bool) -> None:
    state = call.state
    state.shell.trace = (state.unit, call.command) if on else None
    if not on:
        call.context.reports.untraces = True
    else:
        code = state.unit.code(call.command.start, call.command.end)
        is_conditional = state.undecided > 0 or _IF_SET.search(code) is not None
        call.context.reports.switch_trace(state.unit, call.command, conditional=is_conditional)
        call.context.output.trace([], call.outer)


# -- variables ----------------------------------------------------------------------------------------


def _declare(call: Invocation) -> bool:
    options = "".join(text[1:] for text in call.texts if text.startswith("-"))
    operands = [text for text in call.texts if not text.startswith("-")]
    names = [text for text in operands if _NAME.fullmatch(text)]
    if set(options) & {"f", "F"} or len(operands) > len(names):
        return True
    exports = call.name == "export" or "x" in options
    if "p" in options or (not names and not call.command.declared):
        _print_variables(call, names, exported_only=exports)
    elif "n" in options and not exports:
        _name_references(call)
    elif exports:
        declared = {assignment.name for assignment in call.command.declared} | set(names)
        if "n" in options:
            call.state.shell.unexported |= declared
        else:
            call.state.shell.unexported -= declared
    return True


def _name_references(call: Invocation) -> None:
    """`declare -n REFERENCE=NAME`: from then on it is the variable of that name."""
    for declared in call.command.declared:
        name = declared.value.literal if declared.value is not None else None
        if name:
            call.state.assign(declared.name, call.state.lookup(name))


def _print_variables(call: Invocation, names: list[str], *, exported_only: bool) -> None:
    """`export -p`, `declare -p NAME`."""
    if names:
        arrays = call.state.shell.arrays
        held = [v for name in names for v in (call.state.lookup(name), *arrays.get(name, {}).values())]
        flows = [flow for value in held for flow in value.secrets]
        call.write(Value(None, changed(flows, LeakedForm.QUOTED)))
    elif call.name != "local":
        flows = list(call.state.environment(everything=not exported_only))
        call.write(Value(None, changed(flows, LeakedForm.QUOTED)))


def _compgen(call: Invocation) -> None:
    """`compgen -v` prints names of variables: which ones is not known."""
    call.write(UNKNOWN)


def _unset(call: Invocation) -> bool:
    shell = call.state.shell
    for text in call.texts:
        shell.variables.pop(text, None)
        shell.arrays.pop(text, None)
        shell.functions.pop(text, None)
        shell.unset |= {text}
    return True


def _read(call: Invocation) -> None:
    names, to_array = _read_names(call)
    state = call.state
    for name, value in zip(
        names or ["REPLY"], _read_values(call, len(names), to_array=to_array), strict=False
    ):
        state.assign(name, value, _place(call))
        if to_array:
            items = words_of(state.shell.variables.pop(name), _separators(call))
            numbered = {str(index): item for index, item in enumerate(items)}
            state.shell.arrays[name] = numbered if len(items) > 1 else {"?": items[0]}


def _read_values(call: Invocation, count: int, *, to_array: bool) -> list[Value]:
    """What `read` puts into its variables."""
    value = call.stdin
    if call.state.reads_lines and _lacks_newline(value):
        value = lines_of(value, LeakedForm.FORMER_LINES)
    if call.has_option(r"-\w*[nN]\d*"):  # so many characters
        value = lines_of(value, LeakedForm.CHANGED if call.state.reads_lines else LeakedForm.PART)
    separators = _separators(call)
    if count > 1:
        return read_into(value, count, separators)
    if value.text is not None:
        return [Value(value.text.strip("\n") if value.text.count("\n") <= 1 else None, value.flows)]
    read = lines_of(Stream("capture", kept=[value]).captured(), LeakedForm.LINE)
    return [without_signature(read, separators)] if to_array else [read]


def _lacks_newline(value: Value) -> bool:
    """Whether nothing but a secret is at the end of the text: `read` fails on that line, though it reads it."""
    last = value.pieces[-1]
    return value.text is None and not isinstance(last, str) and any(not flow.via for flow in last)


def _read_names(call: Invocation) -> tuple[list[str], bool]:
    """The variables that `read` fills, and whether they are one array."""
    names: list[str] = []
    to_array = skip = False
    for text in call.texts:
        if skip:
            skip = False
        elif text.startswith("-"):
            to_array = to_array or "a" in text[1:]
            skip = text[-1] in "dnNptiu" and len(text) > 1
        else:
            names.append(text)
    return names, to_array


def _separators(call: Invocation) -> str:
    """The characters between which `read` finds fields."""
    own = [a.value.literal for a in call.command.assignments if a.name == "IFS" and a.value is not None]
    return own[0] if own and own[0] else call.state.shell.variables.get("IFS", EMPTY).text or " \t\n"


def _mapfile(call: Invocation) -> bool:
    last = call.arguments[-1].text or "-" if call.arguments else "-"
    name = "MAPFILE" if last.startswith("-") else last
    value = stepped(Value(None, call.stdin.flows), _place(call), name)
    call.state.shell.arrays[name] = {"?": value}
    return True


def _shift(call: Invocation) -> bool:
    text = call.texts[0] if call.arguments else ""
    count = int(text) if text.isdigit() else 1
    call.state.shell.positional = call.state.shell.positional[count:]
    return True


def _place(call: Invocation) -> Span:
    return call.state.unit.span(call.command.start, call.command.end)


# -- conditions ---------------------------------------------------------------------------------------


def _true(_: Invocation) -> bool:
    return True


def _false(_: Invocation) -> bool:
    return False


def _test(call: Invocation) -> bool | None:
    return tested([value for value in call.arguments if value.text != "]"])


def tested(values: list[Value]) -> bool | None:
    """The result of a test, None where it is not known: secrets of the job are never empty."""
    if values and values[0].text == "!":
        status = tested(values[1:])
        return None if status is None else not status
    match values:
        case [value]:
            return _filled(value)
        case [Value(text="-n"), value]:
            return _filled(value)
        case [Value(text="-z"), value]:
            filled = _filled(value)
            return None if filled is None else not filled
        case [left, Value(text="=" | "==" | "!=" as operator), right]:
            return _compared(left, right, equal=operator != "!=")
    return None


def _compared(left: Value, right: Value, *, equal: bool) -> bool | None:
    if left.text is None or right.text is None or set(right.text) & set("*?[") or left.flows:
        return None
    return (left.text == right.text) is equal


def _filled(value: Value) -> bool | None:
    """Whether a text is not empty, where that is known."""
    if value.text is not None:
        return value.text != ""
    sure = any(
        f.source.origin in _SURE and not f.steps and f.form.rank < LeakedForm.PART.rank for f in value.secrets
    )
    return True if sure else None


BUILTINS: Final[dict[str, Callable[[Invocation], bool | None]]] = {
    "echo": _echo, "printf": _printf, "print": _echo, "cd": _cd, "pushd": _pushd, "popd": _popd, "exit": _exit,
    "return": _exit, "exec": _exec, "set": _set, "export": _declare, "declare": _declare, "typeset": _declare,
    "local": _declare, "readonly": _declare, "unset": _unset, "read": _read, "mapfile": _mapfile,
    "readarray": _mapfile, "shift": _shift, "eval": _eval, "trap": _trap, "source": _source, ".": _source,
    "true": _true, ":": _true, "false": _false, "test": _test, "shopt": _shopt, "compgen": _compgen,
    "[": _test,
}  # fmt: skip
