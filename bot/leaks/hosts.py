"""Secrets that a command sends to a host that has no business with them."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

from bot.leaks.model import Origin, Sink
from bot.leaks.values import Flow, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.leaks.sources import Sources
    from bot.leaks.values import Streams

# Places where people fetch what a job of others sent: collectors, tunnels, paste bins, chat hooks (2026-11).
_COLLECTORS: Final = re.compile(
    r"webhook\.site|requestbin|pipedream\.net|ngrok(?:-free)?\.(?:io|app|dev)|interact\.sh|oast(?:ify)?\.\w+|burpcollaborator"
    r"|pastebin\.com|transfer\.sh|0x0\.st|file\.io|termbin\.com|beeceptor\.com|hookbin|discord(?:app)?\.com/api/webhooks"
    r"|api\.telegram\.org|trycloudflare\.com|requestcatcher\.com|paste\.rs|ix\.io|://\d{1,3}(?:\.\d{1,3}){3}(?![\d.])",
    re.IGNORECASE,
)
_PRIVATE: Final = re.compile(r"://(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.)")
SENDERS: Final = frozenset({"curl", "wget", "http", "https", "nc", "ncat", "dig", "nslookup", "host"})
_HOST: Final = re.compile(r"https?://(?:[^/@\s]*@)?([A-Za-z0-9.-]+)")
_JOB_TOKENS: Final = frozenset({"CI_JOB_TOKEN", "CI_BUILD_TOKEN", "CI_REGISTRY_PASSWORD"})
_BODY: Final = re.compile(r"-d|--data(?:-\w+)?|-F|--form(?:-string)?|--json|--post-data|--body-data")
_BODY_JOINED: Final = re.compile(
    r"(?:-d|-F|--data(?:-\w+)?=|--form=|--json=|--post-data=|--body-data=)\S?.*", re.DOTALL
)
_FILE: Final = re.compile(r"(?:[\w-]+=)?@(.*)", re.DOTALL)
# `client_secret=...` is how a service is told its own key: nothing can be said of that from here.
_OWN_KEY: Final = re.compile(
    r"(?:token|key|secret|passw(?:or)?d|pass|credentials?|assertion|jwt|auth)[\"'\\]*\s*[:=]\s*[\"'\\]*$",
    re.IGNORECASE,
)
# Where cloud providers take an ID token in exchange, whatever its audience is called (their manuals, 2026-11).
_EXCHANGES: Final = re.compile(
    r"(?:^|\.)(?:amazonaws\.com|googleapis\.com|microsoftonline\.com|sigstore\.dev)$"
)


def is_collector(host: str) -> bool:
    """Whether the host is one that shows a stranger what was sent to it."""
    return _COLLECTORS.search(f"://{host}") is not None


def sent(
    line: str, values: list[Value], streams: Streams, read: Callable[[Value], Value], sources: Sources
) -> Iterator[tuple[Sink, Flow, str]]:
    """The secret that the command line sends away, and the host."""
    name = line.split(" ", 1)[0]
    if name not in SENDERS:
        return
    body = _body(name, values, streams, read)
    flows = [flow for value in (*values[1:], *body) for flow in value.secrets]
    if not flows:
        return
    target = re.sub(r"^(n(?:c|cat) (?:-\S+ )*)(?=\d)", r"\1://", line)
    found = _COLLECTORS.search(target)
    if found and not _PRIVATE.search(target):
        yield Sink.FOREIGN_HOST, flows[0], found[0].removeprefix("://")
        return
    host = _host(values)
    job_token = next((f for f in flows if f.source.name in _JOB_TOKENS), None)
    if job_token and job_token.source.origin is Origin.PREDEFINED and _foreign_to_gitlab(host):
        yield Sink.FOREIGN_HOST, job_token, host
    elif "." in host and not _PRIVATE.search(target):
        query = [value for value in values[1:] if "?" in value.prefix and _HOST.search(value.prefix)]
        shown = ((flow, value) for value in (*body, *query) for flow in value.secrets)
        stranger = next((flow for flow, value in shown if _is_stranger(host, flow, value, sources)), None)
        if stranger is not None:
            yield Sink.FOREIGN_HOST, stranger, host


def _host(values: list[Value]) -> str:
    """The host of the first URL, "" where a variable makes a part of it."""
    for value in values[1:]:
        found = _HOST.search(value.start)
        if found is not None:
            is_whole = value.text is not None or found.end() < len(value.start)
            return found[1].lower().rstrip(".") if is_whole else ""
    return ""


def _body(name: str, values: list[Value], streams: Streams, read: Callable[[Value], Value]) -> list[Value]:
    """What the request carries: texts, files, and standard input."""
    found = [streams.stdin] if name in {"nc", "ncat"} else []
    for before, value in itertools.pairwise(values):
        if _BODY.fullmatch(before.start) or _BODY_JOINED.fullmatch(value.start):
            file = _FILE.fullmatch(
                value.start if _BODY.fullmatch(before.start) else value.start.lstrip("-dF")
            )
            if file is None:
                found.append(value)
            elif value.text is not None:
                found.append(streams.stdin if file[1] == "-" else read(Value(file[1], value.flows)))
        elif before.start in {"-T", "--upload-file", "--post-file", "--body-file"}:
            found.append(streams.stdin if value.text == "-" else read(value))
        elif value.start.startswith("--post-file=") and value.text is not None:
            found.append(read(Value(value.text.partition("=")[2], value.flows)))
    return found


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
