"""Archives: what `tar`, `zip` and `7z` put into a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.leaks.model import LeakedForm
from bot.leaks.program import NEVER, Argument, Program
from bot.leaks.values import Flow, changed

if TYPE_CHECKING:
    from bot.leaks.program import Invocation

_GPG = "gpg with --passphrase-fd 0"


def _archive(call: Invocation) -> None:
    texts = call.texts
    if call.name == "tar" and not (texts and re.match(r"-{0,2}\w*[cru]", texts[0])):
        return
    operands = [value for value in call.arguments if not (value.text or "").startswith("-")]
    if call.name == "tar" and operands and not texts[0].startswith("-"):
        operands = operands[1:]
    if not operands or operands[0].text is None:
        return
    state = call.state
    flows: list[Flow] = []
    for operand in operands[1:]:
        flows += state.read(operand).flows
        if operand.text is not None:
            flows += state.files.folder(state.resolve(operand.text))
    state.files.flows[state.resolve(operands[0].text)] = changed(flows, LeakedForm.CHANGED)


PROGRAMS = (
    Program(names=("tar",), run=_archive),
    Program(names=("zip",), run=_archive, arguments=(Argument(r"-P", r"-P|--password", _GPG),)),
    Program(names=("7z", "7za", "7zr"), arguments=(Argument(r"-p", NEVER, _GPG),)),
)
