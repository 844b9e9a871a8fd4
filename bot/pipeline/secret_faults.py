"""What is wrong with an entry of `secrets:`, as GitLab and the runner read it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.documents.nodes import Mapping, Scalar, text_of
from bot.lazy import regex
from bot.pipeline.model import SecretProvider

if TYPE_CHECKING:
    from bot.documents.location import Span
    from bot.pipeline.model import Secret, VaultPath

# docs.gitlab.com/ci/yaml/#secretsvault, 2026-11
_ENGINES: Final = ("kv-v1", "kv-v2", "generic")
_OF_VAULT: Final = ("engine", "path", "field")
_OF_ENGINE: Final = ("name", "path")
# Where the short form without `@mount` reads (the same page).
_DEFAULT_MOUNT: Final = "kv-v2"
# What mounts are called; a KV path that begins so was meant to name one.
_MOUNTS: Final = frozenset({"secret", "secrets", "kv", "kv1", "kv2", "kv-v1"})
_VERSION_1: Final = frozenset({"kv1", "kv-v1"})
# Engines whose answer the runner takes as it is (GitLab Runner 19.4 with Vault 1.21, tried 2026-11).
_PLAIN_ENGINES: Final = frozenset({"generic", "kv-v1"})
_NAME: Final = regex(r"[A-Za-z_]\w*")
# What people write for true and false (YAML 1.1).
_YES: Final = frozenset({"true", "yes", "on", "1"})
_NO: Final = frozenset({"false", "no", "off", "0"})
_OF_SECRET: Final = frozenset(
    {"file", "token", *(p.value for p in SecretProvider if p is not SecretProvider.UNKNOWN)}
)
_NAMES_DATA: Final = "the path names `data`, which the runner adds itself"


class SecretFault(NamedTuple):
    """What is wrong, where, and the right value of the scalar there where it is known."""

    text: str
    span: Span
    meant: str | bool | None = None
    scalar: Scalar | None = None


def fault_of(secret: Secret) -> SecretFault | None:
    """The first thing that is wrong with the entry, None where nothing is seen."""
    body = secret.entry.value
    place = secret.entry.key.span
    if not isinstance(body, Mapping):
        return SecretFault("a secret is a mapping; write `vault:` and the path below it", place)
    if secret.name == "id_tokens":
        return SecretFault("ID tokens belong beside `secrets:`, not inside it", place)
    named = [provider.value for provider in SecretProvider if provider.value in body]
    if len(named) > 1:
        return SecretFault(f"it names {len(named)} providers, and GitLab wants one", place)
    return (
        (_unknown_provider(body, place) if not named else None)
        or _mistyped(body)
        or _of_provider(secret, body)
    )


def _of_provider(secret: Secret, body: Mapping) -> SecretFault | None:
    if secret.provider is SecretProvider.AKEYLESS:
        fault = "runners since 18.3 do not know Akeyless: the job runs on, and the variable is empty"
        return SecretFault(fault, body.entries[SecretProvider.AKEYLESS.value].key.span)
    beside = next((entry for entry in body if entry.key.text not in _OF_SECRET), None)
    if beside is not None and secret.provider is SecretProvider.VAULT and beside.key.text in _OF_VAULT:
        return SecretFault(f"`{beside.key.text}` belongs inside `vault`, not beside it", beside.key.span)
    if beside is not None:
        return _unknown_key(beside.key, "a secret")
    written = body.get("vault")
    if isinstance(written, Mapping):
        return _long(written, secret.entry.key.span)
    vault = secret.vault
    if vault is None or not isinstance(written, Scalar) or written.value is None or "$" in written.text:
        return None
    return _address(vault, written) or _path(vault, written)


def _unknown_key(key: Scalar, where: str) -> SecretFault:
    return SecretFault(f"GitLab knows no key `{key.text}` in {where}, and refuses the file", key.span)


def _mistyped(body: Mapping) -> SecretFault | None:
    """A `token` that is a name, a `file` that is text."""
    token, file = body.get("token"), body.get("file")
    if isinstance(token, Scalar) and isinstance(token.value, str) and _NAME.fullmatch(token.text):
        fault = f"`token` is the text `{token.text}`, which no server accepts; write `${token.text}`"
        return SecretFault(fault, token.span, f"${token.text}", token)
    if isinstance(file, Scalar) and isinstance(file.value, str) and "$" not in file.text:
        fault = "`file` is true or false, not text: GitLab refuses the file"
        word = file.text.lower()
        return SecretFault(fault, file.span, word in _YES if word in _YES | _NO else None, file)
    return None


def _unknown_provider(body: Mapping, place: Span) -> SecretFault:
    """Return what is wrong with a secret whose keys are no provider (GitLab Runner 19.4, tried 2026-11)."""
    named = next((entry for entry in body if entry.key.text not in {"file", "token"}), None)
    if named is None:
        return SecretFault("it names no provider, such as `vault`", place)
    if named.key.text in _OF_VAULT:
        return SecretFault(f"`{named.key.text}` belongs below `vault:`", named.key.span)
    fault = f"GitLab and the runner know no provider `{named.key.text}`: the variable is empty if the job runs at all"
    return SecretFault(fault, named.key.span)


# -- the long form ------------------------------------------------------------------------------------


def _long(written: Mapping, place: Span) -> SecretFault | None:
    inside = next((written.entries[key] for key in ("file", "token") if key in written), None)
    if inside is not None:
        return SecretFault(f"`{inside.key.text}` belongs beside `vault`, not inside it", inside.key.span)
    missing = [key for key in _OF_VAULT if _is_empty(written, key)]
    if missing:
        return SecretFault(f"`vault` lacks {' and '.join(f'`{key}`' for key in missing)}", place)
    unknown = next((entry for entry in written if entry.key.text not in _OF_VAULT), None)
    if unknown is not None:
        return _unknown_key(unknown.key, "`vault`")
    return _engine(written) or _data(written)


def _is_empty(mapping: Mapping, key: str) -> bool:
    value = mapping.get(key)
    return value is None or (isinstance(value, Scalar) and not value.text.strip())


def _engine(written: Mapping) -> SecretFault | None:
    engine = written.get("engine")
    if not isinstance(engine, Mapping):
        fault = "`engine` is a mapping with `name` and `path`"
        return SecretFault(fault, written.entries["engine"].key.span)
    missing = [key for key in _OF_ENGINE if _is_empty(engine, key)]
    if missing:
        fault = f"`engine` lacks {' and '.join(f'`{key}`' for key in missing)}"
        return SecretFault(fault, written.entries["engine"].key.span)
    unknown = next((entry for entry in engine if entry.key.text not in _OF_ENGINE), None)
    if unknown is not None:
        return _unknown_key(unknown.key, "`engine`")
    name = text_of(engine.get("name"))
    if name is not None and name not in _ENGINES and "$" not in name:
        return SecretFault(
            f"the engine must be one of {', '.join(_ENGINES)}", engine.entries["name"].value.span
        )
    return None


def _data(written: Mapping) -> SecretFault | None:
    """`data` in a path: the runner adds it for KV version 2, and does not look inside of it for other engines."""
    path = written.get("path")
    name, mount = text_of(written.get("engine", "name")), text_of(written.get("engine", "path")) or ""
    text = (text_of(path) or "").lstrip("/")
    if not isinstance(path, Scalar):
        return None
    if name in _PLAIN_ENGINES and text.startswith("data/"):
        fault = (
            f"the engine `{name}` does not look inside `data`, where KV version 2 has the fields; use `kv-v2`"
        )
        return SecretFault(fault, path.span)
    prefix = next((p for p in ("data/", f"{mount.strip('/')}/data/") if text.startswith(p)), None)
    if name == _DEFAULT_MOUNT and prefix is not None:
        return SecretFault(_NAMES_DATA, path.span, text.removeprefix(prefix), path)
    return None


# -- the short form -----------------------------------------------------------------------------------


def _address(vault: VaultPath, written: Scalar) -> SecretFault | None:
    """What is wrong with the text as a whole, or with its mount."""
    path, mount = vault.path.strip("/"), vault.mount.strip("/")
    at = f"@{mount}"
    if path and not vault.secret_field:
        without = f"{path}{at}" if "@" in written.text else path
        return SecretFault("the slash at the end of the path leaves no field", written.span, without, written)
    if re.search(r"\s@|@\s", written.text):
        meant = re.sub(r"\s*@\s*", "@", written.text)
        return SecretFault("the blank beside `@` becomes part of a name", written.span, meant, written)
    if mount.endswith("/data"):
        meant = f"{path}/{vault.secret_field}@{mount.removesuffix('/data')}"
        return SecretFault(
            "the mount ends with `/data`, which the runner adds itself", written.span, meant, written
        )
    if "#" in vault.secret_field:
        stored, _, key = vault.secret_field.partition("#")
        meant = f"{path}/{stored}/{key}".lstrip("/") + (at if "@" in written.text else "")
        return SecretFault(
            "`#` is how AWS names a field; write path/field@mount", written.span, meant, written
        )
    return None


def _path(vault: VaultPath, written: Scalar) -> SecretFault | None:
    path, mount = vault.path.strip("/"), vault.mount.strip("/")
    at = f"@{mount}"
    for prefix in ("data/", f"{mount}/data/", f"v1/{mount}/data/"):
        if f"{path}/".startswith(prefix):
            rest = path.removeprefix(prefix.rstrip("/")).lstrip("/")
            meant = f"{rest}/{vault.secret_field}{at}" if rest else None
            return SecretFault(_NAMES_DATA, written.span, meant, written)
    first, _, rest = path.partition("/")
    if "@" not in written.text and first in {*_MOUNTS, _DEFAULT_MOUNT}:
        rest = rest.removeprefix("data/")
        meant = f"{rest}/{vault.secret_field}@{first}" if rest else None
        fault = f"without `@mount` it is read from the mount `{_DEFAULT_MOUNT}`"
        other = f", not from `{first}`" if first != _DEFAULT_MOUNT else ", whose name is no part of the path"
        return SecretFault(f"{fault}{other}", written.span, meant, written)
    if not path:
        return SecretFault("the path has no field; write path/field@mount", written.span)
    if mount in _VERSION_1:
        return SecretFault(
            "the short form reads KV version 2 only; name the engine in the long form", written.span
        )
    return None
