"""The claims engine: whether a token with these claims logs in with this role, and what decides it.

Ported from hashicorp/vault-plugin-auth-jwt v0.26.1 (path_login.go, claims.go), hashicorp/cap v0.12.0 jwt.go
and mitchellh/pointerstructure v1.2.1 (read 2026-11); tests/oracle logs the same pairs in for real.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.lazy import dataclass
from bot.vault.claims.addresses import admits
from bot.vault.claims.globs import glob_matches
from bot.vault.servers import Server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.vault.claims.terms import RoleTerms


@dataclass(frozen=True, slots=True)
class LoginVerdict:
    """Whether the token logs in; `claim` is the one that decided a refusal, "" where no claim did."""

    accepted: bool
    reason: str = ""
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """When the login happens, in seconds since 1970."""

    now_seconds: float


# path_role.go and cap's jwt.go: what 0 stands for.
_LEEWAY_SECONDS = 150
_SKEW_SECONDS = 60

_ACCEPTED = LoginVerdict(accepted=True)


def login(
    terms: RoleTerms,
    claims: Mapping[str, Any],
    server: Server = Server.VAULT,
    *,
    bound_issuer: str = "",
    clock: Clock | None = None,
    address: str = "",
) -> LoginVerdict:
    """Return the verdict on a token with a valid signature.

    Times are compared only where `clock` is given, and the client's IP only where `address` is.
    """
    if terms.role_type == "oidc":
        return LoginVerdict(accepted=False, reason="role with oidc role_type is not allowed")
    return (
        _registered_refusal(terms, claims, bound_issuer)
        or (_time_refusal(terms, claims, clock.now_seconds) if clock else None)
        or _unbound_audience_refusal(terms, claims, server)
        or _identity_refusal(terms, claims)
        or _bound_refusal(terms, claims)
        or _alias_refusal(terms, claims)
        or _token_refusal(terms, address)
        or _ACCEPTED
    )


def _refuse(claim: str, reason: str) -> LoginVerdict:
    return LoginVerdict(accepted=False, reason=reason, claim=claim)


def _registered_refusal(
    terms: RoleTerms, claims: Mapping[str, Any], bound_issuer: str
) -> LoginVerdict | None:
    """The claims of RFC 7519: their types, and those that a role or a mount binds."""
    for name, kind in _REGISTERED.items():
        value = claims.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, kind)):
            return _refuse(name, f"the claim {name} has the wrong type")
    audiences = claims.get("aud")
    if not _is_audience(claims):
        return _refuse("aud", "the claim aud is neither a string nor a list of strings")
    offered = [audiences] if isinstance(audiences, str) else audiences or []
    if bound_issuer and bound_issuer != claims.get("iss"):
        return _refuse("iss", "invalid issuer (iss) claim")
    if terms.bound_subject and terms.bound_subject != claims.get("sub"):
        return _refuse("sub", "invalid subject (sub) claim")
    if terms.bound_audiences and not set(terms.bound_audiences) & set(offered):
        return _refuse("aud", "aud claim does not match any bound audience")
    return None


_REGISTERED = {"iss": str, "sub": str, "jti": str, "exp": int | float, "nbf": int | float, "iat": int | float}


def _is_audience(claims: Mapping[str, Any]) -> bool:
    """Whether `aud` is missing, a string or a list of strings; a null is none of them."""
    value = claims.get("aud", "")
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return isinstance(value, str)


def _time_refusal(terms: RoleTerms, claims: Mapping[str, Any], now: float) -> LoginVerdict | None:
    """exp, nbf and iat with their leeways."""
    expiry, start, issued = (_seconds(claims.get(name)) for name in ("exp", "nbf", "iat"))
    if not (expiry or start or issued):
        return _refuse(
            "exp", "no issued at (iat), not before (nbf), or expiration time (exp) claims in token"
        )
    if not expiry:
        expiry = max(start, issued) + _leeway(terms.expiration_leeway, _LEEWAY_SECONDS)
    if not start:
        start = issued or expiry - _leeway(terms.not_before_leeway, _LEEWAY_SECONDS)
    skew = _leeway(terms.clock_skew_leeway, _SKEW_SECONDS)
    if now + skew < start:
        return _refuse("nbf", "token not yet valid")
    if now - skew > expiry:
        return _refuse("exp", "token is expired")
    if now + skew < issued:
        return _refuse("iat", "token issued in the future")
    return None


def _seconds(value: Any) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _leeway(value: object, default: int) -> int:
    """0 stands for the default, a negative number for none."""
    if not isinstance(value, int) or value == 0:
        return default
    return max(value, 0)


def _unbound_audience_refusal(
    terms: RoleTerms, claims: Mapping[str, Any], server: Server
) -> LoginVerdict | None:
    """A token for some audience and a role for none: CVE-2024-5798. OpenBao counts an empty text as one."""
    offered = claims.get("aud")
    is_one = isinstance(offered, str) and (server is Server.OPENBAO or offered != "")
    if terms.bound_audiences or not (is_one or offered) or (is_one and server is Server.OLD_VAULT):
        return None
    return _refuse("aud", "audience claim found in JWT but no audiences bound to the role")


def _alias_refusal(terms: RoleTerms, claims: Mapping[str, Any]) -> LoginVerdict | None:
    """The core refuses an alias without a name."""
    user = (
        claim_value(claims, terms.user_claim)
        if terms.user_claim_json_pointer
        else claims.get(terms.user_claim)
    )
    return None if user else _refuse(terms.user_claim, "missing name in alias")


def _token_refusal(terms: RoleTerms, address: str) -> LoginVerdict | None:
    """The core refuses a token of root's, and a client at another address."""
    if any(name.strip().lower() == "root" for name in terms.token_policies):
        return LoginVerdict(accepted=False, reason="auth methods cannot create root tokens")
    if address and not admits(terms.token_bound_cidrs, address):
        return LoginVerdict(accepted=False, reason="the client's address is outside `token_bound_cidrs`")
    return None


def _identity_refusal(terms: RoleTerms, claims: Mapping[str, Any]) -> LoginVerdict | None:
    """The alias, its metadata and its groups must be made of strings."""
    if terms.user_claim_json_pointer:
        user = claim_value(claims, terms.user_claim)
    else:
        user = claims.get(terms.user_claim)
    if user is None:
        return _refuse(terms.user_claim, f'claim "{terms.user_claim}" not found in token')
    if not isinstance(user, str):
        return _refuse(terms.user_claim, f'claim "{terms.user_claim}" could not be converted to string')
    for source in terms.claim_mappings:
        value = claim_value(claims, source)
        if not isinstance(value, str | None):
            return _refuse(source, f"error converting claim '{source}' to string")
    return _groups_refusal(terms, claims) if terms.groups_claim else None


def _groups_refusal(terms: RoleTerms, claims: Mapping[str, Any]) -> LoginVerdict | None:
    groups = _as_list(claim_value(claims, terms.groups_claim))
    if groups is None:
        return _refuse(
            terms.groups_claim, f'"{terms.groups_claim}" claim could not be converted to string list'
        )
    if not all(isinstance(group, str) for group in groups):
        return _refuse(terms.groups_claim, "a value in the groups claim could not be parsed as string")
    return None


def _bound_refusal(terms: RoleTerms, claims: Mapping[str, Any]) -> LoginVerdict | None:
    """Every bound claim must be there and match: AND over names, OR over the values of each."""
    for claim, bound in terms.bound_claims.items():
        value = claim_value(claims, claim)
        if value is None:
            return _refuse(claim, f'claim "{claim}" is missing')
        actual, expected = _as_list(value), _as_list(_as_number(bound))
        if actual is None or expected is None:
            return _refuse(claim, f'claim "{claim}" is not a string, bool, int or list')
        if not _any_match(expected, actual, globs=terms.bound_claims_type == "glob"):
            return _refuse(claim, f'claim "{claim}" does not match any associated bound claim values')
    return None


@dataclass(frozen=True, slots=True)
class Number:
    """A JSON number as Go's json.Number: equal texts are equal numbers, and no text is one."""

    text: str


def _as_number(value: Any) -> Any:
    """Numbers of a stored role, which Vault keeps as their text."""
    if isinstance(value, list):
        return [_as_number(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Number(repr(value))
    return value


def claim_value(claims: Mapping[str, Any], name: str) -> Any:
    """What Vault takes for the claim `name`: a JSON pointer where it begins with "/", else a top-level name.

    None where it is missing or null; a number is cut to a whole one.
    """
    found = _pointed(claims, name) if name.startswith("/") else claims.get(name)
    if isinstance(found, int | float) and not isinstance(found, bool):
        return Number(str(int(float(found))))
    return found


def _pointed(value: Any, pointer: str) -> Any:
    for raw in pointer.split("/")[1:]:
        part = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list):
            index = _index(part)
            value = value[index] if index is not None and index < len(value) else None
        else:
            return None
    return value


def _index(part: str) -> int | None:
    """An index as Go's strconv.ParseInt with base 0 reads it; the empty one is 0."""
    try:
        index = (
            int(part or "0", 0) if not part.lstrip("0").isdigit() else int(part, 8 if part[0] == "0" else 10)
        )
    except ValueError:
        return None
    return index if index >= 0 else None


def _as_list(value: Any) -> list[Any] | None:
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, str | bool | Number) else None


def _any_match(expected: list[Any], actual: list[Any], *, globs: bool) -> bool:
    return any(_matches(bound, value, globs=globs) for bound in expected for value in actual)


def _matches(bound: Any, value: Any, *, globs: bool) -> bool:
    """Type and value must be equal; a glob matches plain strings only."""
    if globs:
        return isinstance(value, str) and isinstance(bound, str) and glob_matches(bound, value)
    kinds = {str if isinstance(item, str) else type(item) for item in (bound, value)}
    return len(kinds) == 1 and kinds <= {str, bool, Number} and bool(bound == value)
