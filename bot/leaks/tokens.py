"""Tokens that a command takes out of a server's answer: `jq -r .access_token`, `grep -o '"token":"[^"]*'`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.leaks.model import LeakedForm, Sink
from bot.leaks.values import Value, merged

if TYPE_CHECKING:
    from bot.leaks.values import Flow

# What tokens are called in the answers of OAuth servers, forges, clouds and Vault (their manuals, 2026-11).
_FIELD: Final = regex(
    r"(?<![\w-])(?:(?:access|id|refresh|client|auth|session|bearer|api|user|deploy|installation)[_-]?)?"
    r"(?:token|jwt)(?![\w-])|(?<!\w)(?:SecretAccessKey|SessionToken|secret_key|client_secret|private_key|api_?key)(?!\w)",
    re.IGNORECASE,
)


def taken(value: Value, line: str) -> Value:
    """The input of the command `line`: where that names the field of a token, the answer in it is one."""
    if not any(flow.is_answer for flow in value.flows) or _FIELD.search(line) is None:
        return value
    parts = tuple(piece if isinstance(piece, str) else merged(map(_as_token, piece)) for piece in value.parts)
    return Value(value.text, merged(map(_as_token, value.flows)), parts)


def _as_token(flow: Flow) -> Flow:
    return replace(flow, is_answer=False, form=LeakedForm.WHOLE, via=Sink.TOOL) if flow.is_answer else flow
