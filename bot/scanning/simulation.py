"""Would this job's token log in with that role, and which claim decides?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.facts.gitlab_claims import CLAIMS
from bot.lazy import dataclass
from bot.vault.claims.bounds import terms_of
from bot.vault.claims.login import Clock, LoginVerdict, Number, claim_value, login
from bot.vault.claims.terms import RoleTerms, WriteRefusal
from bot.vault.reading import as_json, known
from bot.vault.servers import SUPPORTED, Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.pipeline.model import Job
    from bot.vault.model import VaultModel
    from bot.vault.roles.jwt_role import JwtRole

_DECIDING = frozenset(
    {
        "role_type", "bound_audiences", "bound_subject", "bound_claims", "bound_claims_type", "user_claim",
        "user_claim_json_pointer", "groups_claim", "claim_mappings",
    }
)  # fmt: skip
_NO_VERDICT = "no verdict: what it binds is not all known here (variables, templates)"
_NAMES = {Server.VAULT: "Vault", Server.OPENBAO: "OpenBao", Server.OLD_VAULT: "Vault before 1.17"}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where a job runs: what a pipeline file does not say. Empty or None: not known."""

    ref: str
    is_tag: bool = False
    is_protected: bool = False
    project_path: str = ""
    project_id: int | None = None
    host: str = ""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What came of one role. `accepted` is None where it cannot be decided; `lines` say why."""

    role: str
    accepted: bool | None
    lines: tuple[str, ...]


def claims_of(job: Job, where: Circumstances) -> dict[str, Any]:
    """The claims that GitLab would put into the ID token of `job`, as far as they are known.

    Source: docs.gitlab.com/ci/secrets/id_token_authentication, "Token payload" (2026-11).
    """
    kind = "tag" if where.is_tag else "branch"
    claims: dict[str, Any] = {
        "ref": where.ref,
        "ref_type": kind,
        "ref_path": f"refs/{'tags' if where.is_tag else 'heads'}/{where.ref}",
        "ref_protected": str(where.is_protected).lower(),
    }
    if where.host:
        claims["iss"] = f"https://{where.host}"
    if where.project_path:
        claims["project_path"] = where.project_path
        claims["namespace_path"] = where.project_path.rpartition("/")[0]
        claims["sub"] = f"project_path:{where.project_path}:ref_type:{kind}:ref:{where.ref}"
    if where.project_id is not None:
        claims["project_id"] = str(where.project_id)
    if job.environment and "$" not in job.environment:
        claims["environment"] = job.environment
    audiences = [name for token in job.id_tokens.values() for name in token.audiences]
    if audiences:
        claims["aud"] = audiences[0] if len(audiences) == 1 else audiences
    return claims


def simulate(
    role: JwtRole,
    vault: VaultModel,
    claims: Mapping[str, Any],
    *,
    partial: bool,
    now_seconds: float | None = None,
) -> Simulated:
    """The verdict on `claims` of the servers that the policy names; of Vault and OpenBao where it names none.

    `partial`: the claims are not all that the token has, so one that is missing decides nothing. `now_seconds` (since
    1970): when the login happens; `exp`, `nbf` and `iat` are compared with it where the token has one of them.
    """
    terms = terms_of(role, as_jwt=False)
    if isinstance(terms, WriteRefusal):
        return Simulated(role.subject, accepted=False, lines=(f"Vault refuses to store it: {terms.reason}",))
    deciding = {name: field.value for name, field in role.fields.items() if name in _DECIDING}
    if not known(deciding) or not role.complete:
        return Simulated(role.subject, accepted=None, lines=(_NO_VERDICT,))
    mount = vault.mount(role.mount)
    issuer = mount.value("bound_issuer") if mount is not None else None
    bound_issuer = issuer if isinstance(issuer, str) and known(issuer) else ""
    bindings = list(_bindings(terms, claims, bound_issuer))
    lines = [_line(binding, claims) for binding in bindings]
    clock = Clock(now_seconds) if now_seconds is not None and _has_times(claims) else None
    verdicts = {
        _NAMES[server]: login(terms, claims, server, bound_issuer=bound_issuer, clock=clock)
        for server in _shown(role.servers)
    }
    open_question = next((v.claim for v in verdicts.values() if partial and _is_open(v, claims)), None)
    refuted = any(not each.matches and claim_value(claims, each.claim) is not None for each in bindings)
    if open_question is not None and not refuted:
        lines.append(f"not decided: the token's {open_question} is not known here")
        return Simulated(role.subject, accepted=None, lines=tuple(lines))
    if open_question is not None:
        return Simulated(role.subject, accepted=False, lines=tuple(lines))
    lines += [f"{name}: {_outcome(verdict)}" for name, verdict in verdicts.items()]
    is_accepted = all(verdict.accepted for verdict in verdicts.values())
    return Simulated(role.subject, accepted=is_accepted, lines=tuple(lines))


def _shown(servers: tuple[Server, ...]) -> tuple[Server, ...]:
    """The judged servers; of all of them those that still get fixes."""
    return SUPPORTED if len(servers) == len(Server) else servers


def _has_times(claims: Mapping[str, Any]) -> bool:
    return any(claims.get(name) is not None for name in ("exp", "nbf", "iat"))


def _is_open(verdict: LoginVerdict, claims: Mapping[str, Any]) -> bool:
    """Whether the refusal rests on a claim that every token has and that is only not known here."""
    claim = verdict.claim
    return not verdict.accepted and claim not in claims and claim in CLAIMS and CLAIMS[claim].always


def _outcome(verdict: LoginVerdict) -> str:
    return "logs in" if verdict.accepted else f"refused: {verdict.reason}"


@dataclass(frozen=True, slots=True)
class _Binding:
    """One thing that the role asks of a token."""

    claim: str
    wanted: object
    matches: bool


def _bindings(terms: RoleTerms, claims: Mapping[str, Any], bound_issuer: str) -> Iterator[_Binding]:
    """Each binding on its own."""
    if bound_issuer:
        yield _Binding("iss", bound_issuer, bound_issuer == claims.get("iss"))
    if terms.bound_subject:
        yield _Binding("sub", terms.bound_subject, terms.bound_subject == claims.get("sub"))
    if terms.bound_audiences:
        offered = claims.get("aud")
        names = [offered] if isinstance(offered, str) else offered or []
        wanted = list(terms.bound_audiences)
        yield _Binding("aud", wanted, not set(wanted).isdisjoint(names))
    # Everything else that a role may ask is met, so that this one claim decides.
    alone = RoleTerms(role_type="jwt", user_claim="sub", bound_claims_type=terms.bound_claims_type)
    for claim, bound in terms.bound_claims.items():
        token = {"sub": "x", **{name: claims[name] for name in claims if name not in {"aud", "iss"}}}
        if claim in {"aud", "iss"} and claim in claims:
            token[claim] = claims[claim]
        one = replace(alone, bound_claims={claim: bound})
        yield _Binding(claim, bound, login(one, token, Server.OLD_VAULT).accepted)


def shown(value: object) -> str:
    """A claim's value as JSON: how roles and tokens are written."""
    return value.text if isinstance(value, Number) else as_json(value)


def _line(binding: _Binding, claims: Mapping[str, Any]) -> str:
    has = claim_value(claims, binding.claim)
    given = "no value is given" if has is None else f"the token has {shown(claims.get(binding.claim, has))}"
    verdict = "ok  " if binding.matches else "FAIL" if has is not None else "?   "
    return f"{verdict} {binding.claim}: the role binds {shown(binding.wanted)}, {given}"
