"""`jq` and `yq`: parts of their input, arguments and variables of the environment, as JSON or YAML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.leaks.model import LeakedForm, Origin
from bot.leaks.program import Program
from bot.leaks.programs.filtering import inputs
from bot.leaks.values import EMPTY, Flow, Value, changed, flows_of, merged

if TYPE_CHECKING:
    from bot.leaks.program import Invocation

_SHAPE_ONLY: Final = regex(
    r"\.?\s*\|?\s*(length|keys|type)|.*\|\s*(?:length|keys(?:_unsorted)?|type|has\([^|]*\))\s*\)?\s*\}?\s*",
    re.DOTALL,
)
"""programs that print the size or the keys of their input"""
# What else is in the answers of Vault, OAuth servers and clouds (their manuals, 2026-11).
_BESIDE_THE_SECRET: Final = regex(
    r"\s*(?:\.[A-Za-z_]\w*(?:\[\])?)*\.(?:version|metadata|created_time|deletion_time|destroyed|lease_id|lease_duration|renewable"
    r"|request_id|mount_type|warnings|expires_in|expires_at|expires_on|token_type|scope|Expiration|policies|token_policies|entity_id"
    r"|ttl|creation_time|expire_time|num_uses|username|user|login|status|message|errors?)(?:\.[A-Za-z_]\w*)*\s*"
)
_CHANGES: Final = regex(r"@(?:base64|uri|html|base32)|ascii_(?:up|down)case|\bexplode\b|\breverse\b|\btest\(")
_CUTS: Final = regex(r"\[-?\d*:-?\d*\]|\bsplits?\(|\b(?:l|r)trimstr\(|\bcapture\(|\bg?sub\(")
"""programs that cut a text"""
_TAKES_PART: Final = regex(r"[.\]]\s*\[|\.[A-Za-z_\"]|\bsplit\(|\bcapture\(|\bto_entries|\bselect\(|\.\.")
# jq 1.7 manual, yq 4 manual (2026-11): options with one word, with two
_ONE_WORD: Final = frozenset(
    {"-L", "--indent", "--tab", "-f", "--from-file", "-o", "-p", "--output-format", "--input-format", "-I"}
)
_TWO_WORDS: Final = frozenset({"--arg", "--argjson", "--slurpfile", "--rawfile"})
_YQ_COMMANDS: Final = frozenset({"eval", "e", "eval-all", "ea"})


def _jq(call: Invocation) -> None:
    operands, named, positional = _sorted(call)
    is_file = call.has_option(r"-\w*f|--from-file(=.*)?") and call.name == "jq"
    if operands and operands[0].text in _YQ_COMMANDS:
        operands.pop(0)
    program = operands.pop(0) if operands and not is_file else EMPTY
    code = program.text or program.literal
    form = _form(call, code)
    if _SHAPE_ONLY.fullmatch(code):
        return
    flows = [*program.flows, *_used(named, positional, code), *_environment(call, code)]
    if not call.has_option(r"-\w*n\w*|--null-input"):
        form_of_input = LeakedForm.PART if _TAKES_PART.search(code) else LeakedForm.WHOLE
        flows += changed(_read(call, operands, code), form_of_input)
    call.write(Value(None, changed(merged(flows), form)))


def _read(call: Invocation, operands: list[Value], code: str) -> tuple[Flow, ...]:
    """The secrets in the input, but those of an answer where the program takes something else out of it."""
    flows = flows_of(inputs(call, operands))
    if _BESIDE_THE_SECRET.fullmatch(code):
        return tuple(flow for flow in flows if flow.source.origin is not Origin.FETCHED)
    return flows


def _sorted(call: Invocation) -> tuple[list[Value], dict[str, Value], list[Value]]:
    """The operands, the arguments by their names, and those behind `--args`."""
    operands: list[Value] = []
    named: dict[str, Value] = {}
    positional: list[Value] = []
    rest = list(call.arguments)
    while rest:
        value = rest.pop(0)
        text = value.text or ""
        if text in _TWO_WORDS and len(rest) > 1:
            name, given = rest.pop(0).text or "", rest.pop(0)
            named[name] = call.state.read(given) if text.endswith("file") else given
        elif text in _ONE_WORD and rest and (call.name == "yq" or text not in {"-o", "-p", "-I"}):
            rest.pop(0)
        elif text in {"--args", "--jsonargs"}:
            # the first operand is the program, if there was none before
            split = 0 if operands else 1
            operands += rest[:split]
            positional, rest = rest[split:], []
        elif not text.startswith("-") or text == "-":
            operands.append(value)
    return operands, named, positional


def _form(call: Invocation, code: str) -> LeakedForm:
    """JSON escapes quotes, backslashes and line breaks; `-r` prints a text as it is."""
    if _CHANGES.search(code):
        return LeakedForm.CHANGED
    if _CUTS.search(code):
        return LeakedForm.PART
    is_raw = call.has_option(r"-\w*[rj]\w*|--(raw|join)-output\d?") or (call.name == "yq" and "{" not in code)
    return LeakedForm.WHOLE if is_raw else LeakedForm.QUOTED


def _used(named: dict[str, Value], positional: list[Value], code: str) -> list[Flow]:
    """The secrets among the arguments that the program uses."""
    flows = [
        flow
        for name, value in named.items()
        if re.search(r"\$(?:" + re.escape(name) + r"\b|ARGS|__prog_args)", code)
        for flow in value.secrets
    ]
    return [*flows, *(flows_of(positional) if re.search(r"\$(?:ARGS|__prog_args)", code) else ())]


def _environment(call: Invocation, code: str) -> list[Flow]:
    """The secrets of the environment that the program uses."""
    names = re.findall(
        r"(?:\$ENV|\benv)\s*\.\s*[\"\[]*(\w+)|(?:\$ENV|\benv)\s*\[\s*\"(\w+)|(?:str)?env\(\s*\$?\{?(\w+)",
        code,
    )
    if names:
        return [flow for one in names for flow in call.state.lookup("".join(one)).secrets]
    if re.search(r"(?<![\w.$\"])env\b(?!\()|\$ENV\b", code):
        return list(call.state.environment())
    return []


PROGRAMS = (Program(names=("jq", "yq"), run=_jq),)
