"""Secrets that a command sends to a host that has no business with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.leaks.model import Origin, Sink
from bot.leaks.program import Exposure
from bot.leaks.values import Flow, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.program import Invocation
    from bot.leaks.sources import Sources

# Places where people fetch what a job of others sent: collectors, tunnels, paste bins, chat hooks (2026-11).
_COLLECTORS: Final = regex(
    r"webhook\.site|requestbin|pipedream\.net|ngrok(?:-free)?\.(?:io|app|dev)|interact\.sh|oast(?:ify)?\.\w+|burpcollaborator"
    r"|pastebin\.com|transfer\.sh|0x0\.st|file\.io|termbin\.com|beeceptor\.com|hookbin|discord(?:app)?\.com/api/webhooks"
    r"|api\.telegram\.org|trycloudflare\.com|requestcatcher\.com|paste\.rs|ix\.io|://\d{1,3}(?:\.\d{1,3}){3}(?![\d.])",
    re.IGNORECASE,
)
_PRIVATE: Final = regex(r"://(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.)")
_HOST: Final = regex(r"https?://(?:[^/@\s]*@)?([A-Za-z0-9.-]+)")
_JOB_TOKENS: Final = frozenset({"CI_JOB_TOKEN", "CI_BUILD_TOKEN", "CI_REGISTRY_PASSWORD"})
_BODY: Final = regex(r"-d|--data(?:-\w+)?|-F|--form(?:-string)?|--json|--post-data|--body-data")
_BODY_JOINED: Final = regex(
    r"(?:-d|-F|--data(?:-\w+)?=|--form=|--json=|--post-data=|--body-data=)\S?.*", re.DOTALL
)
_FILE: Final = regex(r"(?:[\w-]+=)?@(.*)", re.DOTALL)
# `client_secret=...` is how a service gets its own key: nothing can be said of that from here.
_OWN_KEY: Final = regex(
    r"(?:token|key|secret|passw(?:or)?d|pass|credentials?|assertion|jwt|auth)[\"'\\]*\s*[:=]\s*[\"'\\]*$",
    re.IGNORECASE,
)
# Where cloud providers take an ID token in exchange, whatever its audience is called (their manuals, 2026-11).
_EXCHANGES: Final = regex(r"(?:^|\.)(?:amazonaws\.com|googleapis\.com|microsoftonline\.com|sigstore\.dev)$")


def is_collector(host: str) -> bool:
    """Whether the host is one that shows a stranger what was sent to it."""
    return _COLLECTORS.search(f"://{host}") is not None


def sent(call: Invocation) -> Iterator[Exposure]:
    """The secret that the command sends to a host that has no business with it."""
    body = body_of(call)
    flows = [flow for value in (*call.arguments, *body) for flow in value.secrets]
    if not flows:
        return
    yield from _to_strangers(call, body, flows)


def _to_strangers(call: Invocation, body: list[Value], flows: list[Flow]) -> Iterator[Exposure]:
    target = re.sub(r"^(n(?:c|cat) (?:-\S+ )*)(?=\d)", r"\1://", call.line)
    is_private = _PRIVATE.search(target) is not None
    found = _COLLECTORS.search(target)
    if found and not is_private:
        yield Exposure(Sink.FOREIGN_HOST, flows[0], found[0].removeprefix("://"))
        return
    host = _host(call.arguments)
    job_token = next((flow for flow in flows if flow.source.name in _JOB_TOKENS), None)
    if job_token and job_token.source.origin is Origin.PREDEFINED and _foreign_to_gitlab(host):
        yield Exposure(Sink.FOREIGN_HOST, job_token, host)
    elif "." in host and not is_private:
        stranger = _stranger(call, host, body)
        if stranger is not None:
            yield Exposure(Sink.FOREIGN_HOST, stranger, host)


def _stranger(call: Invocation, host: str, body: list[Value]) -> Flow | None:
    """The first secret in the body or the query of a request that does not belong to the host."""
    query = [value for value in call.arguments if "?" in value.prefix and _HOST.search(value.prefix)]
    shown = ((flow, value) for value in (*body, *query) for flow in value.secrets)
    sources = call.state.sources
    return next((flow for flow, value in shown if _is_stranger(host, flow, value, sources)), None)


def _host(values: list[Value]) -> str:
    """The host of the first URL, "" where a variable makes a part of it."""
    for value in values:
        found = _HOST.search(value.start)
        if found is not None:
            is_whole = value.text is not None or found.end() < len(value.start)
            return found[1].lower().rstrip(".") if is_whole else ""
    return ""


def body_of(call: Invocation) -> list[Value]:
    """What the request carries: texts, files, and standard input."""
    found = [call.stdin] if call.name in {"nc", "ncat", "telnet"} else []
    read = call.state.read
    for before, value in call.pairs():
        is_data = _BODY.fullmatch(before) is not None
        if is_data or _BODY_JOINED.fullmatch(value.start):
            found += _data(call, value, value.start if is_data else value.start.lstrip("-dF"))
        elif before in {"-T", "--upload-file", "--post-file", "--body-file"}:
            found.append(call.stdin if value.text == "-" else read(value))
        elif value.start.startswith("--post-file=") and value.text is not None:
            found.append(read(Value(value.text.partition("=")[2], value.flows)))
    return found


def _data(call: Invocation, value: Value, text: str) -> list[Value]:
    """The data of `-d`: a text, or a file where it starts with `@`."""
    file = _FILE.fullmatch(text)
    if file is None:
        return [value]
    if value.text is None:
        return []
    return [call.stdin if file[1] == "-" else call.state.read(Value(file[1], value.flows))]


def _is_stranger(host: str, flow: Flow, value: Value, sources: Sources) -> bool:
    """Whether nothing in the job says that the secret belongs to this host."""
    source = flow.source
    if source.origin is Origin.ID_TOKEN:
        meant = {
            found[1].lower()
            for a in sources.job.id_tokens[source.name].audiences
            if (found := _HOST.match(a))
        }
        known = meant | sources.hosts
        return (
            bool(meant) and not _EXCHANGES.search(host) and _domain(host) not in {_domain(k) for k in known}
        )
    if source.origin not in {Origin.SECRETS, Origin.FETCHED} or _OWN_KEY.search(value.prefix):
        return False
    words = {word for word in re.split(r"[^a-z]+", source.name.lower()) if len(word) > 3}  # noqa: PLR2004 - "db", "key" say little
    return not any(word in host for word in words) and _domain(host) not in {
        _domain(k) for k in sources.hosts
    }


def _domain(host: str) -> str:
    return ".".join(host.split(".")[-2:])


def _foreign_to_gitlab(host: str) -> bool:
    return (
        "." in host
        and "gitlab" not in host
        and not host.startswith(("git.", "ci.", "registry.", "localhost", "127."))
    )
