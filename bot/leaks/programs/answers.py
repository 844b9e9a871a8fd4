"""Answers to requests with credentials: the token in them is a new secret, which the runner does not mask."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.findings import Confidence
from bot.leaks.model import Holds, Origin, Source
from bot.leaks.values import Flow, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.leaks.program import Call

# RFC 6749 (access_token), Vault (client_token), GitHub (token), AWS STS (SecretAccessKey), Kubernetes (token), 2026-11
_TOKEN_FIELD: Final = re.compile(
    r"access_?token|client_token|id_?token|refresh_?token|auth_?token|session_?token|secret_?access_?key|SecretString"
    r"|\.token\b|\[?[\"']token[\"']\]?|\btoken[\"\\]*\s*:|\.jwt\b|\.password\b|\.secret\b|private_?key|api_?key",
    re.IGNORECASE,
)


def answer(call: Call) -> None:
    """Write the answer of a request: nothing is known of it until a token is taken out of it."""
    source = Source(
        call.name,
        Origin.ANSWER,
        Holds.VALUE,
        masked=False,
        confidence=Confidence.HIGH,
        span=call.state.span(),
    )
    call.write(Value(None, (Flow(source),)))


def token_in(call: Call, flows: Iterable[Flow], program: str) -> list[Flow]:
    """The flows after `program`, a filter's code, has taken something out of them."""
    if not _TOKEN_FIELD.search(program):
        return list(flows)
    taken: list[Flow] = []
    for flow in flows:
        if flow.source.origin is Origin.ANSWER:
            call.context.reports.contents[flow.source.name] = "the token that it gets"
            source = replace(flow.source, origin=Origin.FETCHED)
            taken.append(replace(flow, source=source))
        else:
            taken.append(flow)
    return taken
