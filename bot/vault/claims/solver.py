"""Do a role and GitLab's tokens meet: which claims that GitLab can send log in, and what is in the way.

The role's side is `bot.vault.claims.login`, GitLab's side `bot.facts.gitlab_values`. What the repository does not say
(`Unresolved`) excludes nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from bot.facts.cloud_trust import DEFAULT_SUBJECT
from bot.facts.gitlab_claims import CLAIMS, Type
from bot.facts.gitlab_subjects import parse_subject, write_subject
from bot.facts.gitlab_values import can_write, form_of, text_matching
from bot.lazy import dataclass, regex
from bot.vault.claims.login import login
from bot.vault.claims.terms import RoleTerms
from bot.vault.reading import Unresolved, known
from bot.vault.servers import Server

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

INFIX: Final = "other"
"""what a witness puts in the place of a wildcard"""
_STRUCTURED = frozenset({Type.OBJECT, Type.STRINGS, Type.AUDIENCE})
_MOST_JOBS: Final = 5_000
# Claims that say the same thing in several ways: they must agree in one token.
_LINKED: Final = ("ref", "ref_type", "ref_path", "project_path", "namespace_path", "sub", "pipeline_source")


class Obstacle(StrEnum):
    """What keeps every token out."""

    TYPE = "type"
    """a value of another JSON type than GitLab sends"""
    WILDCARD = "wildcard"
    """a `*`, or a regular expression's sign, that is compared letter by letter"""
    VALUE = "value"
    """a text that GitLab never writes into this claim"""
    CLAIM = "claim"
    """a claim that GitLab's tokens do not have"""
    TOGETHER = "together"
    """claims that can be met one by one, and not in one token"""
    LOGIN = "login"
    """a field beside the bound claims by which Vault refuses every login"""


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason for which no token of GitLab's logs in.

    `route`: the field or the bound claim. `reason` continues "no token logs in: ".
    """

    route: tuple[str, ...]
    obstacle: Obstacle
    reason: str


def blockers(terms: RoleTerms) -> tuple[Blocker, ...]:
    """Return every reason for which no token of GitLab's can log in; empty where one can."""
    globs = terms.bound_claims_type == "glob"
    found = [
        *bound_blockers(terms.bound_claims, globs=globs, subject=terms.bound_subject),
        *_login_blockers(terms),
    ]
    if not found and _together(terms) is None:
        names = [name for name in _LINKED if name in terms.bound_claims]
        names += ["bound_subject"] * bool(terms.bound_subject)
        route = ("bound_claims", names[0]) if names[0] in terms.bound_claims else (names[0],)
        found.append(Blocker(route, Obstacle.TOGETHER, f"no token matches {_listed(names)} at once"))
    return tuple(found)


def satisfying(terms: RoleTerms) -> dict[str, Any] | None:
    """Return claims that GitLab can send and that meet every binding of `terms`; None where there are none."""
    if blockers(terms):
        return None
    claims: dict[str, Any] = {}
    for claim, bound in terms.bound_claims.items():
        values = possible_values(claim, bound, globs=terms.bound_claims_type == "glob")
        if values:
            claims[claim] = values[0]
    claims |= _together(terms) or {}
    if terms.bound_subject:
        claims["sub"] = terms.bound_subject
    if terms.bound_audiences:
        claims["aud"] = terms.bound_audiences[0]
    return claims


def possible_values(claim: str, bound: Any, *, globs: bool) -> list[Any]:
    """Return one value that GitLab can send for each value that the role binds and that can be met at all."""
    return [
        value
        for item in (bound if isinstance(bound, list) else [bound])
        if (value := _possible(claim, item, globs=globs)) is not None
    ]


def can_send(claims: Mapping[str, Any]) -> bool:
    """Whether these can be claims of one token of GitLab's: each by itself, and all that say the same thing agree."""
    return all(_can_be(claim, value) for claim, value in claims.items()) and _agree(claims)


def _can_be(claim: str, value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    if type_of(claim) is Type.NUMBER:
        return all(isinstance(each, int) for each in values)
    return all(
        isinstance(each, Unresolved) or (isinstance(each, str) and can_write(claim, each)) for each in values
    )


def _agree(claims: Mapping[str, Any]) -> bool:
    kind, ref = claims.get("ref_type", "branch"), claims.get("ref")
    path, namespace = claims.get("project_path"), claims.get("namespace_path")
    implied = {
        "ref_path": ref and f"refs/{'tags' if kind == 'tag' else 'heads'}/{ref}",
        "namespace_path": path and path.rpartition("/")[0],
        **(parse_subject(claims.get("sub", "")) or {}),
    }
    if kind == "tag" and claims.get("pipeline_source") == "merge_request_event":
        return False
    if not known([value for value in (ref, path, namespace, claims.get("sub")) if value]):
        return True
    return all(claims.get(name, value) == value for name, value in implied.items() if value)


def is_possible(claim: str, item: Any, *, globs: bool) -> bool:
    """Whether a token of GitLab's can meet this one value of the claim."""
    return _possible(claim, item, globs=globs) is not None


def _possible(claim: str, item: Any, *, globs: bool) -> Any:
    if isinstance(item, Unresolved) or isinstance(claim, Unresolved):
        return item
    kind = type_of(claim)
    if kind is None:
        return None
    if kind is Type.NUMBER:
        is_number = isinstance(item, int) and not isinstance(item, bool)
        return item if is_number and not globs else None
    if not isinstance(item, str) or kind is Type.OBJECT:
        return None
    name = claim.removeprefix("/")
    if globs:
        text = text_matching(name, item, INFIX)
    else:
        text = item if can_write(name, item) and ("*" not in item or name == "aud") else None
    return [text] if text is not None and kind is Type.STRINGS else text


def type_of(claim: str) -> Type | None:
    """Return the claim's JSON type; of a pointer into a structured claim: text. None where no token has it."""
    if not claim.startswith("/"):
        return CLAIMS[claim].type if claim in CLAIMS else None
    name, *below = claim[1:].split("/")
    if name not in CLAIMS:
        return None
    return Type.STRING if below and CLAIMS[name].type in _STRUCTURED else CLAIMS[name].type


def bound_blockers(bound_claims: Mapping[str, Any], *, globs: bool, subject: str = "") -> Iterator[Blocker]:
    """Yield each bound claim that no token of GitLab's meets by itself."""
    for claim, bound in bound_claims.items():
        if isinstance(claim, Unresolved) or isinstance(bound, Unresolved):
            continue
        items = bound if isinstance(bound, list) else [bound]
        if not any(is_possible(claim, item, globs=globs) for item in items):
            yield Blocker(("bound_claims", claim), *_why(claim, items, globs=globs))
    if subject and known(subject) and not can_write("sub", subject):
        if "*" in subject:
            yield Blocker(("bound_subject",), Obstacle.WILDCARD, "`bound_subject` has no wildcards")
        else:
            yield Blocker(("bound_subject",), Obstacle.VALUE, _never_writes("sub"))


def void_values(bound_claims: Mapping[str, Any], *, globs: bool) -> Iterator[tuple[Blocker, list[Any]]]:
    """Yield of each bound claim that some token meets the values that none meets, and why."""
    for claim, bound in bound_claims.items():
        items = bound if isinstance(bound, list) else [bound]
        if isinstance(claim, Unresolved) or not known(items):
            continue
        void = [item for item in items if not is_possible(claim, item, globs=globs)]
        if void and len(void) < len(items):
            yield Blocker(("bound_claims", claim), *_why(claim, void, globs=globs)), void


def _why(claim: str, items: list[Any], *, globs: bool) -> tuple[Obstacle, str]:
    kind = type_of(claim)
    if kind is None:
        return Obstacle.CLAIM, f"GitLab's tokens have no claim `{claim}`"
    if not items:
        return Obstacle.VALUE, f"an empty list of values for `{claim}` matches nothing"
    texts = [item for item in items if isinstance(item, str)]
    if len(texts) < len(items) or kind in {Type.NUMBER, Type.OBJECT}:
        return Obstacle.TYPE, f"`{claim}` is a {kind.value} in GitLab's tokens"
    if not globs and all("*" in text for text in texts):
        return Obstacle.WILDCARD, "`bound_claims_type` is not `glob`"
    if any(LIKE_A_REGEX.search(text) for text in texts):
        return (
            Obstacle.WILDCARD,
            "in a glob only `*` is special" if globs else "the value is compared letter by letter",
        )
    return Obstacle.VALUE, _never_writes(claim)


# ryanuber/go-glob knows `*` alone (source read 2026-11).
LIKE_A_REGEX = regex(r"\.\*|\.\+|\\[dwsb.]|^\^|\$$|\[[^\]]+\]|\(.*\)|\{[^}]*,[^}]*\}|\?|(?<=\w)\|(?=\w)")


def _never_writes(claim: str) -> str:
    form = form_of(claim.removeprefix("/"))
    return f"GitLab writes {form.describes} into `{claim}`" if form else f"GitLab never sends this `{claim}`"


def _login_blockers(terms: RoleTerms) -> Iterator[Blocker]:
    """Fields by which Vault refuses every token of GitLab's, whatever is bound."""
    for source in terms.claim_mappings:
        kind = type_of(source)
        is_always_there = kind is not None and CLAIMS[source.lstrip("/").partition("/")[0]].always
        if kind is not None and kind not in {Type.STRING, Type.AUDIENCE} and is_always_there:
            reason = (
                f"`claim_mappings` copies `{source}`, which is a {kind.value}; only a string can be copied"
            )
            yield Blocker(("claim_mappings", source), Obstacle.LOGIN, reason)
    user = terms.user_claim
    is_name = terms.user_claim_json_pointer or not user.startswith("/")
    if known(user) and not (is_name and type_of(user) in {Type.STRING, Type.AUDIENCE}):
        yield Blocker(("user_claim",), Obstacle.LOGIN, f"no token names its user by `{user}`")
    groups = type_of(terms.groups_claim)
    if terms.groups_claim and known(terms.groups_claim) and groups in {None, Type.NUMBER, Type.OBJECT}:
        reason = f"`groups_claim` is `{terms.groups_claim}`, which is no list of texts in GitLab's tokens"
        yield Blocker(("groups_claim",), Obstacle.LOGIN, reason)
    if any(known(name) and name.strip().lower() == "root" for name in terms.token_policies):
        yield Blocker(("token_policies",), Obstacle.LOGIN, "no auth method may give the policy `root`")


def accepts_value(terms: RoleTerms, claim: str, value: str) -> bool:
    """Whether what `terms` binds of this one claim accepts `value`."""
    narrowed = replace(
        RoleTerms(), role_type="jwt", user_claim="sub", bound_claims_type=terms.bound_claims_type
    )
    narrowed = replace(
        narrowed, bound_claims={claim: terms.bound_claims[claim]} if claim in terms.bound_claims else {}
    )
    return login(narrowed, {"sub": "x", claim: value}, Server.OLD_VAULT).accepted


def _together(terms: RoleTerms) -> dict[str, Any] | None:
    """Return the linked claims that `terms` binds, as one token has them; None where they contradict each other."""
    bound = {name: terms.bound_claims[name] for name in _LINKED if name in terms.bound_claims}
    values = [item for each in bound.values() for item in (each if isinstance(each, list) else [each])]
    if not (bound or terms.bound_subject) or not known([*values, terms.bound_subject]):
        return {}
    narrowed = replace(
        RoleTerms(), role_type="jwt", user_claim="sub", bound_claims_type=terms.bound_claims_type
    )
    narrowed = replace(narrowed, bound_claims=bound, bound_subject=terms.bound_subject)
    for tried, claims in enumerate(_jobs(terms)):
        if tried > _MOST_JOBS:
            return {}
        if login(narrowed, claims, Server.OLD_VAULT).accepted:
            return {name: claims[name] for name in (*bound, *(["sub"] if terms.bound_subject else []))}
    # A subject with wildcards can have components that were not tried.
    return {} if _has_glob(terms, "sub") else None


@dataclass(frozen=True, slots=True)
class RefToken:
    """The part of a token that a pipeline decides. `ref` None: of many names; `source` None: of any source."""

    kind: str
    """branch or tag"""
    ref: str | None
    source: str | None


def ref_tokens(terms: RoleTerms) -> frozenset[RefToken] | None:
    """Return of which pipelines a token can meet what `terms` binds of the ref; None where that is not known."""
    bound = {name: terms.bound_claims[name] for name in _LINKED if name in terms.bound_claims}
    named = [bound[name] for name in ("ref", "ref_path") if name in bound]
    is_open = not (named or "sub" in bound or terms.bound_subject) or _has_glob(
        terms, "ref", "ref_path", "sub"
    )
    others = [value for name, value in bound.items() if name not in {"ref", "ref_path"}]
    if not known([*others, terms.bound_subject]):
        return None
    narrowed = replace(
        RoleTerms(), role_type="jwt", user_claim="sub", bound_claims_type=terms.bound_claims_type
    )
    narrowed = replace(narrowed, bound_claims=bound, bound_subject=terms.bound_subject)
    found = set()
    for tried, claims in enumerate(_jobs(terms)):
        if tried > _MOST_JOBS:
            return None
        if login(narrowed, claims, Server.OLD_VAULT).accepted:
            ref = None if is_open or not known(named) else claims["ref"]
            found.add(
                RefToken(
                    claims["ref_type"], ref, claims["pipeline_source"] if "pipeline_source" in bound else None
                )
            )
    return frozenset(found) if found or not _has_glob(terms, "sub") else None


def _has_glob(terms: RoleTerms, *claims: str) -> bool:
    values = [terms.bound_claims.get(claim) for claim in claims]
    texts = [text for value in values for text in (value if isinstance(value, list) else [value])]
    return terms.bound_claims_type == "glob" and any(isinstance(text, str) and "*" in text for text in texts)


def _jobs(terms: RoleTerms) -> Iterator[dict[str, Any]]:
    """Jobs made of the texts that the role compares: their linked claims, which agree."""
    subjects = [parsed for text in _texts(terms, "sub") if (parsed := parse_subject(text))]
    refs = [*_texts(terms, "ref"), *(text.split("/", 2)[-1] for text in _texts(terms, "ref_path"))]
    refs += [parsed["ref"] for parsed in subjects if "ref" in parsed]
    paths = [*_texts(terms, "project_path")]
    paths += [parsed["project_path"] for parsed in subjects if "project_path" in parsed]
    paths += [f"{text}/x" for text in _texts(terms, "namespace_path")]
    refs += _blends(
        "ref", [*_patterns(terms, "ref"), *_patterns(terms, "ref_path"), *_patterns(terms, "sub", "ref:")]
    )
    paths += _blends(
        "project_path", [*_patterns(terms, "project_path"), *_patterns(terms, "sub", "project_path:")]
    )
    sources = _texts(terms, "pipeline_source")
    written = [_text for _text in _texts(terms, "sub") if parse_subject(_text)]
    for ref, kind, path, source, subject in product(
        _some(refs, "x"),
        ("branch", "tag"),
        _some(paths, "someone-else/app"),
        _some(sources, "push"),
        (*written, ""),
    ):
        claims: dict[str, Any] = {
            "ref": ref,
            "ref_type": kind,
            "ref_path": f"refs/{'tags' if kind == 'tag' else 'heads'}/{ref}",
            "project_path": path,
            "namespace_path": path.rpartition("/")[0],
            "pipeline_source": source,
        }
        if source == "merge_request_event" and kind == "tag":
            continue
        if subject and any(
            claims.get(name, value) != value for name, value in (parse_subject(subject) or {}).items()
        ):
            continue
        yield {**claims, "sub": subject or write_subject(DEFAULT_SUBJECT, claims)}


def _patterns(terms: RoleTerms, claim: str, component: str = "") -> list[str]:
    """The globs that are bound to a claim, or the parts of them behind the name of a component."""
    bound = terms.bound_claims.get(claim) if terms.bound_claims_type == "glob" else None
    texts = [
        each
        for each in (bound if isinstance(bound, list) else [bound])
        if isinstance(each, str) and "*" in each
    ]
    if component:
        texts = [text.partition(component)[2].partition(":")[0] for text in texts if component in text]
    return [re.sub(r"^refs/(?:heads|tags)/", "", text) for text in texts]


def _blends(claim: str, patterns: list[str]) -> list[str]:
    """Texts that begin as one of the globs and end as another."""
    starts = {pattern.partition("*")[0] for pattern in patterns}
    ends = {pattern.rpartition("*")[2] for pattern in patterns}
    if len(patterns) < 2:  # noqa: PLR2004 - a blend is of two
        return []
    blends = (
        f"{start}{fill}{end}" for start, fill, end in product(sorted(starts), ("", "x", "x/x"), sorted(ends))
    )
    return [text for text in blends if can_write(claim, text)][:_MOST_BLENDS]


_MOST_BLENDS: Final = 24


def _some(texts: Iterable[str], otherwise: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts)) or (otherwise,)


def _texts(terms: RoleTerms, claim: str) -> list[str]:
    """The texts of the claim that the role accepts, one for each value; of the subject also the bound one."""
    bound = terms.bound_claims.get(claim)
    found = (
        possible_values(claim, bound, globs=terms.bound_claims_type == "glob") if bound is not None else []
    )
    if claim == "sub" and terms.bound_subject:
        found.append(terms.bound_subject)
    return [text for text in found if isinstance(text, str)]


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
