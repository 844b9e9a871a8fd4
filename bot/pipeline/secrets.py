"""`secrets:` and `id_tokens:` of a job, of every provider, in short and long form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence, text_of
from bot.pipeline.model import IdToken, Secret, SecretProvider, VaultPath

if TYPE_CHECKING:
    from bot.pipeline.model import Job

_PROVIDERS: Final = tuple(p for p in SecretProvider if p is not SecretProvider.UNKNOWN)
_DEFAULT_ENGINE: Final = "kv-v2"
"""Engine and mount of the short form without `@mount` (docs.gitlab.com/ci/yaml/#secretsvault, 2026-11)."""


def secrets_of(node: Node | None) -> dict[str, Secret]:
    """The secrets of a job's `secrets:`, by variable name."""
    if not isinstance(node, Mapping):
        return {}
    return {name: _secret(name, entry) for name, entry in node.entries.items()}


def id_tokens_of(node: Node | None, *, from_default: bool) -> dict[str, IdToken]:
    """The ID tokens of `id_tokens:`, by variable name."""
    if not isinstance(node, Mapping):
        return {}
    found = {}
    for name, entry in node.entries.items():
        aud = entry.value.get("aud") if isinstance(entry.value, Mapping) else None
        items = aud.items if isinstance(aud, Sequence) else (aud,)
        audiences = tuple(text for text in map(text_of, items) if text is not None)
        found[name] = IdToken(name, audiences, entry, from_default)
    return found


def held_by(job: Job) -> str:
    """What a job holds, in words: "secrets", else "an ID token" or "ID tokens"; "" where neither."""
    if job.secrets or not job.id_tokens:
        return "secrets" if job.secrets else ""
    return "an ID token" if len(job.id_tokens) == 1 else "ID tokens"


def _secret(name: str, entry: Entry) -> Secret:
    body = entry.value
    if not isinstance(body, Mapping):
        return Secret(name, SecretProvider.UNKNOWN, is_file=True, token=None, entry=entry)
    provider = next((p for p in _PROVIDERS if p.value in body), SecretProvider.UNKNOWN)
    file = body.get("file")
    token = text_of(body.get("token"))
    return Secret(
        name,
        provider,
        is_file=not (isinstance(file, Scalar) and file.value is False),
        token=token.lstrip("$").strip("{}") if token else None,
        entry=entry,
        vault=_vault_path(body.get("vault")),
    )


def _vault_path(node: Node | None) -> VaultPath | None:
    if isinstance(node, Scalar) and node.value is not None:
        route, at, mount = node.text.rpartition("@")
        if not at:
            route, mount = node.text, _DEFAULT_ENGINE
        path, _, key = route.rpartition("/")
        return VaultPath(_DEFAULT_ENGINE, mount, path, key, node)
    if isinstance(node, Mapping):
        engine = text_of(node.get("engine", "name")) or _DEFAULT_ENGINE
        mount = text_of(node.get("engine", "path")) or engine
        return VaultPath(
            engine, mount, text_of(node.get("path")) or "", text_of(node.get("field")) or "", node
        )
    return None
