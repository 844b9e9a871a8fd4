"""What a server answers to a request: a secret of Vault, a token, or something of which nothing is known yet."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.findings import Confidence
from bot.lazy import regex
from bot.leaks.hosts import body_of
from bot.leaks.values import Flow, Stream, Value

if TYPE_CHECKING:
    from bot.leaks.program import Invocation

_API: Final = regex(r"/v1/(?P<path>[^\s?\"']+)")
_NAMES_VAULT: Final = regex(
    r"X-Vault-\w+:|[^\s\"']*(?:vault|bao|stronghold)[^\s\"']*/v1/|/v1/auth/[^\s\"'?]+/login\b", re.IGNORECASE
)
"""in the command as it is written: a header, an address or the variable with it, a login"""
_LOGIN: Final = regex(r"auth/.+/login(?:/.*)?$|auth/token/(?:create|renew|lookup)")
# developer.hashicorp.com/vault/api-docs, 2026-11: answers with no secret in them.
_WITHOUT_SECRET: Final = regex(
    r"sys/(?!wrapping/unwrap)|auth/|[^/]+/(?:metadata|config|roles?|subkeys|delete|undelete|destroy)(?:/|$)|identity/(?!oidc/token)"
)
_NEW: Final = regex(r"/(?:creds|issue|sign|sts|generate|datakey|decrypt|export|otp)(?:/|$)|wrapping/unwrap")
# Where tokens are given out, whatever the request carries: OAuth, GitLab and GitHub apps, metadata of clouds (their
# manuals, 2026-11).
_GIVES_TOKENS: Final = regex(
    r"/oauth2?(?:/v\d[\d.]*)?/(?:access_)?token\b|/openid-connect/token\b|/connect/token\b|/login/oauth/access_token\b"
    r"|/access_tokens\b|/computeMetadata/\S*/(?:token|identity)\b|/latest/api/token\b|:generate(?:AccessToken|IdToken)\b"
    r"|sts\.(?:[\w-]+\.)?(?:amazonaws|googleapis)\.com\b"
)
_SENDS: Final = regex(
    r"-d|--data(?:-\w+)?|--json|-F|--form|-T|--upload-file|--post-(?:data|file)|--body-data"
)
_METHOD: Final = regex(r"(?:-X|--request|--method)[= ]?\"?(?P<name>[A-Z]+)")
_ADDRESS: Final = regex(r"://|^\?/|localhost|^[\w.-]+\.\w+(?:[:/]|$)")


class GuessedAnswer(NamedTuple):
    """What the answer is, in words; `is_sure` where it is a secret as it is."""

    contents: str
    is_sure: bool


def write_answer(call: Invocation) -> None:
    """Write the answer to where the request puts it."""
    answer = _answer(call)
    to = _output(call)
    if answer is None:
        return
    stream = Stream("file", call.state.resolve(to)) if to else None
    if answer.is_sure:
        call.fetched(call.name, answer.contents, to=stream)
        return
    source = call.source(call.name, answer.contents, Confidence.MEDIUM)
    call.write(Value(None, (Flow(source, is_answer=True),)), stream)


def _answer(call: Invocation) -> GuessedAnswer | None:
    code = call.state.unit.code(call.command.start, call.command.end)
    for value in call.arguments:
        literal = value.literal
        if not _ADDRESS.search(literal):
            continue
        api = _API.search(literal)
        if api is not None and _NAMES_VAULT.search(code):
            contents = _of_vault(api["path"], call, code)
            return GuessedAnswer(contents, is_sure=True) if contents else None
        if _GIVES_TOKENS.search(literal):
            return GuessedAnswer("a new token", is_sure=True)
    if _carries_secret(call):
        return GuessedAnswer("a new token", is_sure=False)
    return None


def _of_vault(path: str, call: Invocation, code: str) -> str:
    """What Vault answers at `path`; "" where there is no secret in it."""
    if _LOGIN.match(path):
        return "the Vault token"
    if _NEW.search(f"/{path}"):
        return "the new credential"
    method = _METHOD.search(code)
    is_write = any(_SENDS.match(text) for text in call.texts) or (method and method["name"] != "GET")
    return "" if is_write or _WITHOUT_SECRET.match(path) else "the secret"


def _carries_secret(call: Invocation) -> bool:
    return any(value.secrets for value in (*call.arguments, *body_of(call)))


def _output(call: Invocation) -> str:
    """The file into which the answer goes; "" for standard output."""
    if call.name in {"http", "https"}:
        return _option(call, r"-o|--output", r"--output=")
    if call.name == "curl":
        named = _option(call, r"-\w*o|--output", r"--output=|-o(?=.)")
        return named or (_file_name(call) if call.has_option(r"-\w*O\w*|--remote-name") else "")
    named = _option(call, r"-\w*O|--output-document", r"--output-document=|-\w*O(?=.)")
    return "" if named == "-" else named or _file_name(call)


def _option(call: Invocation, apart: str, joined: str) -> str:
    for before, value in call.pairs():
        text = value.text or ""
        if re.fullmatch(apart, before) and text:
            return "" if text == "-" and call.name != "wget" else text
        found = re.match(joined, text)
        if found is not None:
            return text[found.end() :]
    return ""


def _file_name(call: Invocation) -> str:
    """The last part of the address."""
    address = next((value.literal for value in call.arguments if _ADDRESS.search(value.literal)), "")
    return posixpath.basename(address.lstrip("?").partition("?")[0]) or "index.html"
