"""The one module that speaks to a running server, through hvac: GET, and the login. There is no way to write.

developer.hashicorp.com/vault/api-docs, openbao.org/api-docs and hvac 2.4, read 2026-11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import hvac
import requests
from hvac import exceptions
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from bot.gitlab.network import network_cause
from bot.running.answers import AT_ONCE, AnswerRefused, ServerAccess, ServerUnusable

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

_TIMEOUT_SECONDS: Final = 30
_TRIES: Final = 6
_LONGEST_PAUSE_SECONDS: Final = 30.0
"""however long Retry-After asks: a command must end"""
_NOTHING: Final = "nothing is there"
_AGAIN: Final = frozenset({429, 502, 504})
# Answers of health that say nothing about reading become 200 (api-docs/system/health, 2026-11).
_HEALTH: Final = (
    "sys/health?standbyok=true&perfstandbyok=true&sealedcode=200&uninitcode=200&drsecondarycode=200"
    "&removedcode=200"
)


class ServerClient:
    """A server, as one token sees it. May be shared by threads."""

    def __init__(self, access: ServerAccess, token: str = "") -> None:
        self.address = access.address
        session = requests.Session()
        adapter = HTTPAdapter(pool_connections=AT_ONCE, pool_maxsize=AT_ONCE, max_retries=_Patience())
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        session.verify = access.certificates or session.verify
        session.cert = access.client_certificate
        self._client = hvac.Client(
            access.address,
            token=token or "none",  # with none hvac looks for one in the home folder
            session=session,
            timeout=_TIMEOUT_SECONDS,
            namespace=access.namespace or None,
            allow_redirects=False,
            strict_http=True,  # `GET ?list=true`: some proxies refuse the method LIST
        )
        self._followed = ""
        self.version = ""
        """what `health` has learnt"""

    def health(self) -> None:
        """Learn what the server says of itself.

        A server behind a proxy may not answer this; whether it answers anything shows later.

        Raises:
            ServerUnusable: it is not reached, not initialised or sealed, or a replica that serves nothing.
        """
        answer = self._ask(_HEALTH)
        if isinstance(answer, AnswerRefused):
            return
        if not answer.get("initialized", True):
            raise ServerUnusable(f"{self.address}: this Vault is not initialised: nothing is there to check")
        if answer.get("sealed"):
            raise ServerUnusable(f"{self.address}: this Vault is sealed: unseal it, then run the audit again")
        if answer.get("replication_dr_mode") == "secondary":
            raise ServerUnusable(
                f"{self.address}: a secondary for disaster recovery answers nothing: audit its primary"
            )
        self.version = str(answer.get("version", ""))

    def log_in(self, mount: str, role: str, jwt: str) -> None:
        """Log in with a JWT: a job's ID token, or a service account's at a `kubernetes` mount.

        Raises:
            ServerUnusable: the server refuses it.
        """
        # A standby may answer a login with the address of the active node: a GET learns it first.
        self.read("auth/token/lookup-self")
        try:
            self._client.auth.jwt.jwt_login(role=role, jwt=jwt, path=mount)
        except exceptions.VaultError as error:
            why = "; ".join(map(str, error.errors or ())) or type(error).__name__
            raise ServerUnusable(
                f"{self.address}: the login as `{role}` at auth/{mount} fails: {_without(jwt, why)}"
            ) from None
        except requests.RequestException as error:
            raise ServerUnusable(f"{self.address}: {network_cause(error)}") from None

    def read(self, path: str) -> dict[str, Any] | AnswerRefused:
        """Return the data at `path` (without `v1/`), or why there is none."""
        answer = self._ask(quote(path, safe="/"))
        if isinstance(answer, AnswerRefused):
            return answer
        data = answer.get("data")
        return data if isinstance(data, dict) else answer

    def listed(self, path: str) -> list[str] | AnswerRefused:
        """Return the names below `path`; none where there is nothing."""
        answer = self._ask(quote(path.rstrip("/"), safe="/") + "?list=true")
        if isinstance(answer, AnswerRefused):
            return [] if answer.reason == _NOTHING else answer
        data = answer.get("data")
        keys = data.get("keys") if isinstance(data, dict) else None
        return [str(key) for key in keys] if isinstance(keys, list) else []

    def _ask(self, path: str) -> dict[str, Any] | AnswerRefused:
        try:
            answer = self._client.adapter.get(f"/v1/{path}")
            if isinstance(answer, requests.Response) and answer.is_redirect:
                self._follow(answer)
                answer = self._client.adapter.get(f"/v1/{path}")
        except exceptions.VaultError as error:
            return _refused(error)
        except requests.RequestException as error:
            raise ServerUnusable(f"{self.address}: {network_cause(error)}") from None
        return (
            answer if isinstance(answer, dict) else AnswerRefused("it answered with something else than JSON")
        )

    def _follow(self, answer: requests.Response) -> None:
        """Go on with the active node that a standby names, once, and never from TLS to plain text."""
        target = urlsplit(answer.headers.get("Location", ""))
        if self._followed or (self.address.startswith("https:") and target.scheme != "https"):
            raise ServerUnusable(f"{self.address}: a standby that names no active node: audit that one")
        self._followed = f"{target.scheme}://{target.netloc}"
        self._client.adapter.base_uri = self._followed


class _Patience(Retry):
    """Tries again what the server limits (429) or a proxy cut, after the pause that it asks for, within bounds."""

    def __init__(self, **given: Any) -> None:
        super().__init__(
            **{
                "total": _TRIES,
                "connect": 1,
                "backoff_factor": 0.5,
                "status_forcelist": _AGAIN,
                "allowed_methods": {"GET"},
                "raise_on_status": False,
                **given,
            }
        )

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        asked = super().get_retry_after(response)
        return None if asked is None else min(asked, _LONGEST_PAUSE_SECONDS)


def _refused(error: exceptions.VaultError) -> AnswerRefused:
    """Return why, in words that contain nothing of what was asked."""
    said = "; ".join(map(str, error.errors or ()))
    if isinstance(error, exceptions.InvalidPath):
        # An empty list is a 404 without errors; a path that no mount answers has one.
        return AnswerRefused("the server has no such path" if said else _NOTHING, unknown=True)
    if isinstance(error, exceptions.Forbidden):
        return AnswerRefused("the token may not read it (permission denied)", denied=True)
    if isinstance(error, exceptions.RateLimitExceeded):
        return AnswerRefused("the server limits the rate (429), also after several pauses")
    if isinstance(error, exceptions.VaultDown):
        return AnswerRefused("the server is sealed or in maintenance (503)", is_down=True)
    if "unsupported" in said:
        return AnswerRefused("the server has no such path", unknown=True)
    return AnswerRefused(f"the server fails ({type(error).__name__})")


def _without(secret: str, text: str) -> str:
    return text.replace(secret, "[the token]")
