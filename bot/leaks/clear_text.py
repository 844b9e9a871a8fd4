"""Secrets that a command sends without encryption to a host that is not near."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.facts.hosts import NOT_CALLING, is_near
from bot.lazy import regex
from bot.leaks.hosts import body_of
from bot.leaks.model import Sink
from bot.leaks.program import Exposure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.program import Invocation

_ADDRESS: Final = regex(
    r"(?:^|[\s;,\"'])(?:--?[\w-]+=)?(?:http|ftp|ws|ldap|smtp|imap|pop3|mqtt|telnet)://(?:[^/@\s]*@)?(?P<host>[A-Za-z0-9.-]+)(?=[:/\s;,\"'?]|$)"
)
_DOMAIN: Final = regex(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
# Programs whose protocol has no encryption unless an option asks for it, and the options behind which the host is, none
# where it is an operand (their manuals, 2026-11).
_IN_CLEAR: Final = {
    "nc": ("", r"--ssl\S*"),
    "ncat": ("", r"--ssl\S*"),
    "telnet": ("", r"-z.*ssl.*"),
    "ftp": ("", r"--?ssl\S*"),
    "ncftpput": ("", r"\0"),
    "ncftpget": ("", r"\0"),
    "mosquitto_pub": (r"-h|--host", r"--cafile|--capath|--tls-\S+|--psk|8883|mqtts:.*"),
    "mosquitto_sub": (r"-h|--host", r"--cafile|--capath|--tls-\S+|--psk|8883|mqtts:.*"),
    "swaks": (r"-s|--server", r"--?tls\S*"),
}
_ENCRYPTS: Final = regex(r"-ZZ?|--ssl(?:-reqd)?|--ftp-ssl(?:-reqd)?")
"""options that switch encryption on for an address of any scheme"""
# Vault's address is `vault-tls-off`'s.
_TO_VAULT: Final = regex(r"/v1/auth/|X-Vault-Token", re.IGNORECASE)


def sent_in_clear_text(call: Invocation) -> Iterator[Exposure]:
    """The first secret that the command sends so, and the host that gets it."""
    if call.name in NOT_CALLING:
        return
    host = _host(call)
    if not host or is_near(host):
        return
    flows = [flow for value in (*call.arguments, *body_of(call)) for flow in value.secrets]
    code = call.state.unit.code(call.command.start, call.command.end)
    if flows and not ("/v1/" in code and _TO_VAULT.search(code)):
        yield Exposure(Sink.CLEAR_TEXT, flows[0], host)


def _host(call: Invocation) -> str:
    """The host to which the command speaks without encryption; "" for none."""
    option, encrypted = _IN_CLEAR.get(call.name, ("", ""))
    if encrypted:
        if call.has_option(encrypted):
            return ""
        behind = (v.start for before, v in call.pairs() if not option or re.fullmatch(option, before))
        return next((text for text in behind if _DOMAIN.fullmatch(text)), "")
    shown = (value.literal for value in call.arguments)
    found = (_ADDRESS.search(text) for text in shown if "://" in text)
    host = next((match["host"] for match in found if match is not None), "")
    return "" if host and any(_ENCRYPTS.fullmatch(text) for text in call.texts) else host
