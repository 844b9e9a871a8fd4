"""What Vault makes of a role's fields: the write of `auth/<mount>/role/<name>`.

Ported from hashicorp/vault-plugin-auth-jwt v0.26.1 path_role.go with its framework's field types and
tokenutil.go (read 2026-11); tests/oracle compares it with the plugin itself.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.lazy import dataclass
from bot.vault.claims.addresses import is_address
from bot.vault.durations import seconds_of
from bot.vault.reading import Unresolved
from bot.vault.servers import Server

if TYPE_CHECKING:
    from collections.abc import Mapping

Seconds: TypeAlias = "int | Unresolved"


@dataclass(frozen=True, slots=True)
class WriteRefusal:
    """The write fails with this reason; nothing is stored."""

    reason: str


@dataclass(frozen=True, slots=True)
class RoleTerms:
    """A stored role. Durations in seconds; 0 is "not set", as in Vault."""

    role_type: str = "oidc"
    user_claim: str = ""
    user_claim_json_pointer: bool = False
    groups_claim: str = ""
    bound_audiences: tuple[str, ...] = ()
    bound_subject: str = ""
    bound_claims_type: str = "string"
    bound_claims: Mapping[str, Any] = field(default_factory=dict)
    claim_mappings: Mapping[str, str] = field(default_factory=dict)
    allowed_redirect_uris: tuple[str, ...] = ()
    expiration_leeway: Seconds = 0
    not_before_leeway: Seconds = 0
    clock_skew_leeway: Seconds = 0
    verbose_oidc_logging: bool = False
    token_policies: tuple[str, ...] = ()
    token_bound_cidrs: tuple[str, ...] = ()
    token_ttl: Seconds = 0
    token_max_ttl: Seconds = 0
    token_explicit_max_ttl: Seconds = 0
    token_period: Seconds = 0
    token_num_uses: Seconds = 0
    token_type: str = ""
    token_no_default_policy: bool = False
    max_age: Seconds = 0
    oidc_scopes: tuple[str, ...] = ()
    # OpenBao's alone.
    oidc_disable_confirmation: bool = False
    callback_mode: str = "client"
    poll_interval: Seconds = 0
    oauth2_metadata: tuple[str, ...] = ()
    token_strictly_bind_ip: bool = False
    token_policies_template_claims: bool = False


_BATCH = "batch"


class _BadValueError(ValueError):
    """A field's value that Vault's framework cannot decode."""


def written(
    fields: Mapping[str, Any], before: RoleTerms | None = None, server: Server = Server.VAULT
) -> RoleTerms | WriteRefusal:
    """Return the role after writing `fields` over `before` (None: a new one), or why `server` refuses it.

    A field that is left out keeps its value, except `role_type` and `bound_claims_type`, which go back to
    their defaults. Names that Vault does not know are ignored.
    """
    try:
        values = _decoded(fields, server)
    except _BadValueError as bad:
        return WriteRefusal(str(bad))
    values.setdefault("role_type", "oidc")
    values.setdefault("bound_claims_type", "string")
    values["role_type"] = values["role_type"] or "oidc"
    terms = replace(before or RoleTerms(), **values)
    # The checks of tokens run before the old names are looked at.
    current = replace(
        before or RoleTerms(), **{name: value for name, value in values.items() if name in fields}
    )
    reason = _reason_to_refuse(terms, current, values, server)
    return WriteRefusal(reason) if reason else terms


# The old name of a token field; where both are written the new one counts.
ALIASES = {
    "policies": "token_policies",
    "bound_cidrs": "token_bound_cidrs",
    "num_uses": "token_num_uses",
    "ttl": "token_ttl",
    "max_ttl": "token_max_ttl",
    "period": "token_period",
}


def _decoded(fields: Mapping[str, Any], server: Server) -> dict[str, Any]:
    """Return the fields that `server` knows, decoded by their types, under their new names.

    A value of the wrong type is refused under an old name too, also where the new name is there.
    """
    decoders = _DECODERS | (_DECODERS_OF_OPENBAO if server is Server.OPENBAO else {})
    values: dict[str, Any] = {}
    for name, raw in fields.items():
        decode = decoders.get(ALIASES.get(name, name))
        if decode is None:
            continue
        try:
            decoded = decode(raw)
        except _BadValueError as bad:
            raise _BadValueError(f"{name}: {bad}") from None
        if decoded is not None and not (name in ALIASES and ALIASES[name] in fields):
            values[ALIASES.get(name, name)] = decoded
    return values


def _text(raw: Any) -> str:
    """Mapstructure's weak string."""
    if isinstance(raw, str):
        return raw
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "1" if raw else "0"
    if isinstance(raw, int | float):
        return repr(raw)
    raise _BadValueError("expected a string")


def _flag(raw: Any) -> bool | Unresolved:
    """Mapstructure's weak bool, which takes what Go's strconv.ParseBool takes."""
    if isinstance(raw, bool | Unresolved):
        return raw
    if raw is None or raw == "":
        return False
    if isinstance(raw, int | float):
        return raw != 0
    if isinstance(raw, str) and raw in {"1", "t", "T", "TRUE", "true", "True"}:
        return True
    if isinstance(raw, str) and raw in {"0", "f", "F", "FALSE", "false", "False"}:
        return False
    raise _BadValueError("expected true or false")


def _count(raw: Any) -> Seconds:
    if isinstance(raw, Unresolved):
        return raw
    if isinstance(raw, bool):
        return int(raw)
    if isinstance(raw, int):
        return raw
    if raw is None or raw == "":
        return 0
    try:
        return int(raw, 0) if isinstance(raw, str) else int(str(raw))
    except ValueError:
        raise _BadValueError("expected a whole number") from None


def _seconds(raw: Any) -> Seconds | None:
    signed = _signed_seconds(raw)
    if isinstance(signed, int) and signed < 0:
        raise _BadValueError("cannot be negative")
    return signed


def _signed_seconds(raw: Any) -> Seconds | None:
    if raw is None or isinstance(raw, Unresolved):
        return raw
    seconds = seconds_of(raw)
    if seconds is None:
        raise _BadValueError("not a duration")
    return seconds


def _list(raw: Any) -> tuple[str, ...]:
    """A list, or a string split on commas; blanks around the parts go."""
    if isinstance(raw, Unresolved):
        return (raw,)
    if raw is None or raw in ("", {}):
        return ()
    if isinstance(raw, str):
        return tuple(_trimmed(part) for part in raw.split(","))
    items = raw if isinstance(raw, list | tuple) else [raw]
    return tuple(_trimmed(_text(item)) for item in items)


def _trimmed(text: str) -> str:
    return text if isinstance(text, Unresolved) else text.strip()


def _map(raw: Any) -> dict[str, Any]:
    if raw is None or raw == []:
        return {}
    if isinstance(raw, dict):
        return raw
    if isinstance(raw, list) and all(isinstance(item, dict) for item in raw):
        return {key: value for item in raw for key, value in item.items()}
    raise _BadValueError("expected a map; it cannot be written as one key=value word")


def _pairs(raw: Any) -> dict[str, str]:
    if isinstance(raw, list) and not all(isinstance(item, dict) for item in raw):
        return _pairs_of([_text(item) for item in raw])
    if isinstance(raw, str):
        return _pairs_of([raw])
    return {key: _text(value) for key, value in _map(raw).items()}


def _pairs_of(words: list[str]) -> dict[str, str]:
    pairs = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise _BadValueError("expected a map or key=value pairs")
        pairs[key] = value
    return pairs


_DECODERS: dict[str, Any] = {
    "role_type": _text,
    "user_claim": _text,
    "user_claim_json_pointer": _flag,
    "groups_claim": _text,
    "bound_audiences": _list,
    "bound_subject": _text,
    "bound_claims_type": _text,
    "bound_claims": _map,
    "claim_mappings": _pairs,
    "allowed_redirect_uris": _list,
    "expiration_leeway": _signed_seconds,
    "not_before_leeway": _signed_seconds,
    "clock_skew_leeway": _signed_seconds,
    "verbose_oidc_logging": _flag,
    "token_policies": _list,
    "token_bound_cidrs": _list,
    "token_ttl": _seconds,
    "token_max_ttl": _seconds,
    "token_explicit_max_ttl": _seconds,
    "token_period": _seconds,
    "token_num_uses": _count,
    "token_type": _text,
    "token_no_default_policy": _flag,
    "max_age": _seconds,
    "oidc_scopes": _list,
}
# As OpenBao 2.6.2 took them (asked 2026-11).
_DECODERS_OF_OPENBAO: dict[str, Any] = {
    "oidc_disable_confirmation": _flag,
    "callback_mode": _text,
    "poll_interval": _count,
    "oauth2_metadata": _list,
    "token_strictly_bind_ip": _flag,
    "token_policies_template_claims": _flag,
}
_CALLBACK_MODES = frozenset({"client", "direct", "device"})
_OAUTH2_METADATA = frozenset({"access_token", "id_token", "refresh_token"})
_MAX_LEASE_SECONDS = 768 * 3600


def _reason_to_refuse(
    terms: RoleTerms, current: RoleTerms, values: Mapping[str, Any], server: Server
) -> str | None:
    """Why `server` refuses to store `terms`, or None.

    `values` are the fields of this write; `current` leaves out those under an old name.
    """
    return (
        _type_refused(terms)
        or _token_refused(current)
        or _addresses_refused(terms)
        or _lifetime_refused(terms)
        or (_openbao_refused(terms) if server is Server.OPENBAO else None)
        or _claims_refused(terms, values)
        or _mappings_refused(terms)
        or _use_refused(terms)
    )


def _type_refused(terms: RoleTerms) -> str | None:
    if not isinstance(terms.role_type, Unresolved) and terms.role_type not in {"jwt", "oidc"}:
        return f"invalid 'role_type': {terms.role_type}"
    if not isinstance(terms.bound_claims_type, Unresolved) and terms.bound_claims_type not in {
        "string",
        "glob",
    }:
        return f"invalid 'bound_claims_type': {terms.bound_claims_type}"
    return None


def _token_refused(terms: RoleTerms) -> str | None:
    if not isinstance(terms.token_type, Unresolved):
        if terms.token_type not in {"", "default", "service", "batch"}:
            return f"invalid 'token_type' value \"{terms.token_type}\""
        if terms.token_type == _BATCH and (terms.token_period or terms.token_num_uses):
            return "'token_type' cannot be 'batch' when set to generate periodic tokens or limited use count"
    ttl, cap = terms.token_ttl, terms.token_max_ttl
    if isinstance(terms.token_num_uses, int) and terms.token_num_uses < 0:
        return "'token_num_uses' cannot be negative"
    if isinstance(ttl, int) and isinstance(cap, int) and 0 < cap < ttl:
        return "'token_ttl' cannot be greater than 'token_max_ttl'"
    return None


def _addresses_refused(terms: RoleTerms) -> str | None:
    for address in terms.token_bound_cidrs:
        if not isinstance(address, Unresolved) and not is_address(address):
            return f'error parsing address "{address}"'
    return None


def _lifetime_refused(terms: RoleTerms) -> str | None:
    """Lifetimes against each other, and against the longest lease of a mount that nobody has tuned."""
    ttl, cap, period = terms.token_ttl, terms.token_max_ttl, terms.token_period
    if isinstance(period, int) and period > _MAX_LEASE_SECONDS:
        return f"'period' of {period} s is greater than the mount's maximum lease of {_MAX_LEASE_SECONDS} s"
    if isinstance(ttl, int) and isinstance(cap, int) and 0 < cap < ttl:
        return "ttl should not be greater than max_ttl"
    return None


def _openbao_refused(terms: RoleTerms) -> str | None:
    if terms.callback_mode not in _CALLBACK_MODES and not isinstance(terms.callback_mode, Unresolved):
        return f"invalid 'callback_mode': {terms.callback_mode}"
    for name in terms.oauth2_metadata:
        if name not in _OAUTH2_METADATA and not isinstance(name, Unresolved):
            return f"Unrecognized oauth2 metadata name {name}"
    if terms.token_strictly_bind_ip and terms.token_bound_cidrs:
        return "'token_strictly_bind_ip' conflicts with 'token_bound_cidrs'; set only one"
    return None


def _claims_refused(terms: RoleTerms, values: Mapping[str, Any]) -> str | None:
    if terms.bound_claims_type != "glob" or "bound_claims" not in values:
        return None
    for claim, bound in terms.bound_claims.items():
        if bound is None or isinstance(bound, dict):
            return f"claim is not a string or list: {claim}"
        for item in bound if isinstance(bound, list) else [bound]:
            if not isinstance(item, str):
                return f"claim is not a string: {claim}"
    return None


def _mappings_refused(terms: RoleTerms) -> str | None:
    targets = list(terms.claim_mappings.values())
    if "role" in targets:
        return 'metadata key "role" is reserved and may not be a mapping destination'
    if len(set(targets)) < len(targets):
        return "multiple keys are mapped to one metadata key"
    return None


def _use_refused(terms: RoleTerms) -> str | None:
    if not terms.user_claim:
        return "a user claim must be defined on the role"
    if terms.role_type == "oidc" and not terms.allowed_redirect_uris:
        return "'allowed_redirect_uris' must be set if 'role_type' is 'oidc' or unspecified."
    bound = (terms.bound_audiences, terms.token_bound_cidrs, terms.bound_subject, terms.bound_claims)
    if terms.role_type == "jwt" and not any(bound):
        return "must have at least one bound constraint when creating/updating a role"
    return None
