"""The way to the server that a call names: its address, namespace, certificates and login."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bot.errors import WrongCall
from bot.running.answers import ServerAccess

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.running.client import ServerClient
    from bot.running.options import AuditCall

ID_TOKEN_VARIABLE: Final = "VAULT_ID_TOKEN"  # noqa: S105 - the name of a variable
"""Where GitLab's own integration looks for the ID token too (docs.gitlab.com/ci/secrets, 2026-11)."""


def address_in(environment: Mapping[str, str]) -> str:
    """The server's URL as the environment names it; "" where it names none."""
    return environment.get("VAULT_ADDR") or environment.get("BAO_ADDR") or ""


def own_namespace(call: AuditCall, environment: Mapping[str, str]) -> str:
    """The namespace that is audited, without slashes at its ends; "" for the server's root."""
    named = call.namespace or environment.get("VAULT_NAMESPACE") or environment.get("BAO_NAMESPACE") or ""
    return named.strip("/")


def connected(call: AuditCall, environment: Mapping[str, str]) -> ServerClient:
    """Return a client of the server that answers there, logged in where the call names a role.

    Raises:
        WrongCall: an address, a certificate or a token is missing or malformed.
        ServerUnusable: no server answers there, or it refuses the login.
    """
    address = address_in(environment).rstrip("/")
    if not address:
        raise WrongCall("VAULT_ADDR is missing; takes the server's URL, like https://vault.example.com:8200")
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise WrongCall("VAULT_ADDR takes a URL like https://vault.example.com:8200, without user and query")
    pair = environment.get("VAULT_CLIENT_CERT"), environment.get("VAULT_CLIENT_KEY")
    from bot.running.client import ServerClient  # noqa: PLC0415 - needs the extra `audit`, as a wrong call does not

    access = ServerAccess(
        address,
        own_namespace(call, environment),
        _certificates(environment),
        (pair[0], pair[1]) if pair[0] and pair[1] else None,
    )
    if call.jwt_role is not None:
        jwt = _jwt(call, environment)
        client = ServerClient(access)
        client.health()
        client.log_in(call.jwt_mount.strip("/").removeprefix("auth/"), call.jwt_role, jwt)
        return client
    client = ServerClient(access, _token(environment))
    client.health()
    return client


def _certificates(environment: Mapping[str, str]) -> str | None:
    name = environment.get("VAULT_CACERT") or environment.get("BAO_CACERT")
    if name and not Path(name).is_file():
        raise WrongCall(f"VAULT_CACERT: there is no file {name}")
    return name or None


def _jwt(call: AuditCall, environment: Mapping[str, str]) -> str:
    if call.jwt_file is None:
        jwt = environment.get(ID_TOKEN_VARIABLE, "").strip()
        if not jwt:
            raise WrongCall(
                f"--jwt-role needs a token: the variable {ID_TOKEN_VARIABLE} (`id_tokens:` of the job), or --jwt-file"
            )
        return jwt
    try:
        return Path(call.jwt_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongCall(f"--jwt-file {call.jwt_file}: cannot be read ({type(error).__name__})") from error


def _token(environment: Mapping[str, str]) -> str:
    token = environment.get("VAULT_TOKEN") or environment.get("BAO_TOKEN") or ""
    if not token:
        with suppress(OSError, UnicodeDecodeError, RuntimeError):
            token = (Path.home() / ".vault-token").read_text(encoding="utf-8")
    if not token.strip():
        raise WrongCall(
            "VAULT_TOKEN is missing; or log in with --jwt-role and a job's ID token. `sealcheck audit --policy` prints "
            "the policy that it needs"
        )
    if not token.strip().isprintable() or " " in token.strip():
        raise WrongCall("VAULT_TOKEN takes a token of Vault, without blanks")
    return token.strip()
