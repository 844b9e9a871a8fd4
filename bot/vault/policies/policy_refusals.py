"""Which server refuses to store a rule of a policy, and why; and when a rule expires.

After what Vault 1.21.4 and OpenBao 2.6.2 answered to thousands of generated policies, 2026-11
(`tests/vault/test_server_tables.py`). Both store the whole policy or nothing of it.
"""

from __future__ import annotations

import re
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.documents.hcl_nodes import HclTemplate, ListValue, ObjectValue
from bot.documents.nodes import Scalar
from bot.lazy import dataclass, regex
from bot.vault.durations import seconds_of
from bot.vault.policies.acl import CAPABILITIES, CAPABILITIES_OF, DENY, LEGACY
from bot.vault.servers import SUPPORTED, Server
from bot.vault.values import UnknownValue

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bot.documents.hcl_nodes import Expression

_SHARED_KEYS = frozenset(
    {
        "comment", "policy", "capabilities", "allowed_parameters", "denied_parameters", "required_parameters",
        "min_wrapping_ttl", "max_wrapping_ttl", "mfa_methods",
    }
)  # fmt: skip
_KEYS = {
    Server.VAULT: _SHARED_KEYS | {"control_group", "subscribe_event_types"},
    Server.OPENBAO: _SHARED_KEYS | {"pagination_limit", "expiration", "list_scan_response_keys_filter_path"},
}
_LISTS = ("capabilities", "required_parameters", "mfa_methods", "subscribe_event_types")
_OBJECTS = ("allowed_parameters", "denied_parameters", "control_group")
_DURATIONS = ("min_wrapping_ttl", "max_wrapping_ttl")
_FILTER = "list_scan_response_keys_filter_path"
_INSTANT = regex(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class PolicyRefusals:
    """Why a server refuses the rule, by server; absent where it stores it.

    `expires` is when OpenBao stops to read the rule; `shape` is what it still refuses after that.
    """

    reasons: Mapping[Server, str] = field(default_factory=dict)
    expires: datetime | None = None
    shape: str = ""

    def reason(self, server: Server, now: datetime | None = None) -> str:
        """Return why `server` refuses the rule, "" where it does not. No `now`: nothing has expired."""
        if server is Server.OPENBAO and self.expired(now):
            return self.shape
        return self.reasons.get(server, "")

    def expired(self, now: datetime | None) -> bool:
        """Whether OpenBao no longer reads the rule."""
        return now is not None and self.expires is not None and self.expires <= now


def refusals_of(path: str, items: Mapping[str, Expression], repeated: Collection[str] = ()) -> PolicyRefusals:
    """Return who refuses a rule with these keys; `repeated`: keys written more than once."""
    expires, bad_expiration = _expiry(items.get("expiration"))
    reasons: dict[Server, str] = {}
    shape = ""
    for server in SUPPORTED:
        built = _built_wrongly(items, server)
        if server is Server.OPENBAO:
            shape = built
            built = built or bad_expiration
        elif repeated:
            built = built or f"`{min(repeated)}` is written twice"
        if "+*" in path:
            built = built or "`+*` is not allowed in a path"
        if _is_unbalanced(path):
            built = built or "`{{` and `}}` in a path must come in pairs"
        reason = built or _content_refused(items, server)
        if reason:
            reasons[server] = reason
    return PolicyRefusals(reasons, expires, shape)


def _built_wrongly(items: Mapping[str, Expression], server: Server) -> str:
    """Keys and their types."""
    strange = sorted(set(items) - _KEYS[server])
    if strange:
        known = any(strange[0] in keys for keys in _KEYS.values())
        return f"`{strange[0]}` is {'a key of another server' if known else 'no key of a path'}"
    for name in _LISTS:
        if isinstance(items.get(name), Scalar) and not isinstance(items[name], UnknownValue):
            return f"`{name}` must be a list"
    for name in _OBJECTS:
        if name in items and not _is_object(items[name]):
            return f"`{name}` must be an object"
    return ""


def _is_unbalanced(path: str) -> bool:
    """Whether the marks of templates do not fit together (vault/sdk helper/identitytpl, tried 2026-11)."""
    head, *pieces = path.split("{{")
    return "}}" in head or any(piece.count("}}") != 1 for piece in pieces)


def _is_object(value: Expression) -> bool:
    if isinstance(value, ListValue):
        return bool(value.items) and all(_is_object(item) for item in value.items)
    return isinstance(value, ObjectValue | UnknownValue) or not isinstance(value, Scalar)


def _content_refused(items: Mapping[str, Expression], server: Server) -> str:
    """What is checked in order; after a `deny` neither server looks at anything else in the rule."""
    legacy = items.get("policy")
    text = (
        legacy.text
        if isinstance(legacy, Scalar) and not isinstance(legacy, UnknownValue | HclTemplate)
        else ""
    )
    if text and text not in LEGACY and not _is_open(text):
        return f"`policy` takes {', '.join(LEGACY)}, not `{text}`"
    if text == DENY:
        return ""
    given = [*_texts(items.get("capabilities")), *LEGACY.get(text, ())]
    for name in given:
        if name == DENY:
            return ""
        if name not in CAPABILITIES_OF[server] and not _is_open(name):
            known = name in CAPABILITIES
            return f"`{name}` is {'a capability of another server' if known else 'no capability'}"
    return _lifetime_refused(items) or (_filter_refused(items, given) if server is Server.OPENBAO else "")


def _lifetime_refused(items: Mapping[str, Expression]) -> str:
    for name in _DURATIONS:
        value = items.get(name)
        if value is None or isinstance(value, UnknownValue):
            continue
        if isinstance(value, ListValue | ObjectValue):
            return f"`{name}` must be a duration"
        if isinstance(value, Scalar) and not _is_open(value.text) and seconds_of(value.value) is None:
            return f"`{name}` must be a duration"
    shortest, longest = (_wrapping_seconds(items.get(name)) for name in _DURATIONS)
    return "`max_wrapping_ttl` is less than `min_wrapping_ttl`" if 0 < longest < shortest else ""


def _wrapping_seconds(value: Expression | None) -> float:
    """0 where it is not written or not known, which is no limit."""
    if not isinstance(value, Scalar) or isinstance(value, UnknownValue) or _is_open(value.text):
        return 0
    return seconds_of(value.value) or 0


def _filter_refused(items: Mapping[str, Expression], given: list[str]) -> str:
    """OpenBao's template for the keys of a listing must distinguish two keys."""
    value = items.get(_FILTER)
    template = value.text if isinstance(value, Scalar) else ""
    if not template:
        return ""
    if "list" not in given:
        return f"`{_FILTER}` needs the capability `list`"
    return "" if ".key" in template else f"`{_FILTER}` makes one path of two keys"


def _expiry(value: Expression | None) -> tuple[datetime | None, str]:
    """When the rule expires, and why OpenBao does not understand that: RFC 3339 or seconds since 1970."""
    if not isinstance(value, Scalar) or isinstance(value, UnknownValue) or value.text == "":
        return None, ""
    if re.fullmatch(r"[+-]?\d+", value.text):
        return datetime.fromtimestamp(int(value.text), UTC), ""
    if _INSTANT.fullmatch(value.text):
        return datetime.fromisoformat(value.text), ""
    return None, "" if _is_open(value.text) else "`expiration` must be a date with a time"


def _texts(value: Expression | None) -> list[str]:
    items = value.items if isinstance(value, ListValue) else ()
    return [item.text for item in items if isinstance(item, Scalar) and item.value is not None]


def _is_open(text: str) -> bool:
    """Whether a program fills the text in before a server sees it."""
    return "${" in text or "{{" in text or "<%" in text or text.startswith("$")
