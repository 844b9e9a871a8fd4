"""Whether a delivery comes from our GitLab: its secret token, its Standard Webhooks signature.

Pure; time is an input. Header names are title-cased (X-Gitlab-Token, Webhook-Id): HTTP itself knows no case.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOLERANCE_SECONDS = 300
"""Standard Webhooks' own tolerance, in both directions (standardwebhooks.com, checked 2026-11)."""


def token_matches(headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
    """Whether X-Gitlab-Token equals one of the secrets; takes the same time whichever it is."""
    given = headers.get("X-Gitlab-Token", "").encode(errors="replace")
    matches = [hmac.compare_digest(given, each.encode()) for each in secrets]
    return any(matches)


def signature_matches(headers: Mapping[str, str], body: bytes, tokens: Sequence[str], now: float) -> bool:
    """Whether `webhook-signature` signs this body by one of the tokens, at most 5 minutes from `now` (Unix seconds).

    `v1,` and base64 of HMAC-SHA256 over "id.timestamp.body"; the header may contain several, separated by
    spaces. The library `standardwebhooks` decodes the body as text and raises ValueError on odd headers, so
    the algorithm is written out here, checked in the tests against the public vector and against that library.
    """
    name, timestamp = headers.get("Webhook-Id", ""), headers.get("Webhook-Timestamp", "")
    if not name or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:  # noqa: PLR2004 - year 33658
        return False
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    given = [each for each in headers.get("Webhook-Signature", "").split(" ") if each.startswith("v1,")]
    matches = [
        hmac.compare_digest(each.encode(errors="replace"), sign(token, name, timestamp, body).encode())
        for each in given
        for token in tokens
    ]
    return any(matches)


def sign(token: str, name: str, timestamp: str, body: bytes) -> str:
    """The `webhook-signature` of a body: what GitLab 19.0 and later sends (MR !230944, checked 2026-11)."""
    try:
        key = base64.b64decode(token.removeprefix("whsec_"), validate=True)
    except binascii.Error as problem:
        raise ValueError("a signing token is whsec_ and a key in base64") from problem
    mac = hmac.new(key, f"{name}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode()


def authentic(
    headers: Mapping[str, str],
    body: bytes,
    *,
    secrets: Sequence[str],
    signing_tokens: Sequence[str],
    now: float,
) -> bool:
    """Whether the delivery is GitLab's. With signing tokens a signature is required: a secret is not enough."""
    if signing_tokens:
        return signature_matches(headers, body, signing_tokens, now)
    return token_matches(headers, secrets)
