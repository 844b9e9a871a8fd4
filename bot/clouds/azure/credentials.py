"""Federated identity credentials: what one accepts of GitLab's tokens.

learn.microsoft.com/entra/workload-id/workload-identity-federation, "Important considerations", 2026-11: issuer,
subject and audience are compared as they are; a subject with a wildcard is stored and never matches.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.clouds.azure.flexible import Term, parse_expression
from bot.clouds.edits import replaced, subject_edits
from bot.clouds.issuers import host_of, looks_like_gitlab
from bot.clouds.model import Cloud, Defect, Hint, Stricter, Trust
from bot.clouds.texts import can_be_subject, why_not_a_subject
from bot.clouds.values import UnknownValue
from bot.clouds.wildcards import has_wildcard
from bot.documents.location import Span, Unreadable
from bot.facts.cloud_trust import AZURE_FLEXIBLE_CLAIMS, AZURE_UNDECIDED_CLAIMS, GITLAB_COM
from bot.facts.gitlab_subjects import parse_subject
from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bot.documents.nodes import Scalar
    from bot.fixes import Edit

# The issuers of GitLab that flexible credentials accept (the page above, 2026-11).
_FLEXIBLE_HOST = regex(r"gitlab\.[\w-]+\.(?:com|ca)", re.IGNORECASE)


@dataclass(slots=True, eq=False)
class Credential:
    """One credential as it is written. Exactly one of `subject` and `expression` is used."""

    name: str
    kind: str
    span: Span
    issuer: Scalar | None
    subject: Scalar | None
    expression: Scalar | None
    audiences: tuple[Scalar, ...] = ()
    references: tuple[str, ...] = ()


def trusts_of(credential: Credential, own_host: str) -> Iterator[Trust | Unreadable]:
    """Yield what the credential accepts, where it is for GitLab; what is not known as `Unreadable`."""
    compared = credential.expression or credential.subject
    if compared is None:
        return
    host = _host(credential)
    if host is None:
        if _is_for_gitlab("", compared, own_host) or "gitlab" in credential.name.lower():
            yield _unknown(credential, "its issuer")
        return
    if not _is_for_gitlab(host, compared, own_host):
        return
    if isinstance(compared, UnknownValue):
        yield _unknown(credential, "its expression" if credential.expression else "its subject")
        return
    if credential.expression is None:
        yield _classic(credential, host)
        return
    parsed = parse_expression(compared.text)
    undecided = (
        () if isinstance(parsed, str) else [t.claim for t in parsed if t.claim in AZURE_UNDECIDED_CLAIMS]
    )
    if undecided:
        yield Unreadable(
            compared.span.path,
            compared.span.start_line,
            f"the federated credential {credential.name} was not checked: whether Azure reads {undecided[0]} of"
            " GitLab's tokens is not known here; compare project_id",
        )
        return
    yield _flexible(credential, host)


def _host(credential: Credential) -> str | None:
    issuer = credential.issuer
    return None if issuer is None or isinstance(issuer, UnknownValue) else host_of(issuer.text)


def _is_for_gitlab(host: str, compared: Scalar, own_host: str) -> bool:
    return looks_like_gitlab(host, own_host, (re.sub(r"^.*?'\s*\]\s*\w+\s*'", "", compared.text),))


def _unknown(credential: Credential, part: str) -> Unreadable:
    return Unreadable(
        credential.span.path,
        credential.span.start_line,
        f"the federated credential {credential.name} was not checked: {part} is not known here; give its variable a"
        " default",
    )


def _classic(credential: Credential, host: str) -> Trust:
    subject = credential.subject
    assert subject is not None  # noqa: S101 - for the type checker
    text = subject.text
    defects = list(_slash(credential))
    if parse_subject(text) is None:
        why = (
            f"a subject is compared as it is, and the wildcard in `{text}` is a plain character"
            if has_wildcard(text)
            else why_not_a_subject(text)
        )
        defects.append(Defect(subject.span, "subject", why, blocks=True))
    return _trust(
        credential,
        host,
        lambda claims: not defects and claims["sub"] == text,
        (Hint("sub", text),),
        tuple(defects),
        lambda _claims: subject.span,
    )


def _flexible(credential: Credential, host: str) -> Trust:
    expression = credential.expression
    assert expression is not None  # noqa: S101 - for the type checker
    parsed = parse_expression(expression.text)
    terms = () if isinstance(parsed, str) else parsed
    defects = [*_slash(credential), *_refusals(expression, parsed, host)]

    def accepts(claims: Mapping[str, str]) -> bool:
        return not defects and all(term.is_met(claims) for term in terms)

    hints = tuple(Hint(term.claim, term.text, wildcards=term.operator == "matches") for term in terms)
    return _trust(credential, host, accepts, hints, tuple(defects), lambda _claims: expression.span)


def _refusals(expression: Scalar, parsed: tuple[Term, ...] | str, host: str) -> Iterator[Defect]:
    def defect(why: str) -> Defect:
        return Defect(expression.span, "claimsMatchingExpression", why, blocks=True)

    if isinstance(parsed, str):
        yield defect(f"Azure refuses the expression, {parsed}")
        return
    if host.lower() != GITLAB_COM and not _FLEXIBLE_HOST.fullmatch(host):
        yield defect(
            f"flexible credentials accept gitlab.com and hosts like gitlab.NAME.com alone, and not {host}"
        )
    for term in parsed:
        allowed = AZURE_FLEXIBLE_CLAIMS.get(term.claim)
        if allowed is None:
            yield defect(f"Azure reads `sub` and `project_id` of GitLab's tokens, and not `{term.claim}`")
        elif term.operator not in allowed:
            yield defect(f"Azure compares `{term.claim}` with eq alone")
        elif term.claim != "sub":
            continue
        elif not can_be_subject(term.text, wildcards=term.operator == "matches"):
            wild = has_wildcard(term.text) and term.operator == "eq"
            why = (
                f"under eq the wildcard in `{term.text}` is a plain character"
                if wild
                else why_not_a_subject(term.text)
            )
            yield defect(why)


def _slash(credential: Credential) -> Iterator[Defect]:
    issuer = credential.issuer
    if issuer is not None and issuer.text.endswith("/"):
        why = "the issuer is compared as it is, and GitLab's has no slash at its end"
        yield Defect(issuer.span, "issuer", why, blocks=True)


def _trust(
    credential: Credential,
    host: str,
    accepts: Callable[[Mapping[str, str]], bool],
    hints: tuple[Hint, ...],
    defects: tuple[Defect, ...],
    place: Callable[[Mapping[str, str]], Span],
) -> Trust:
    known = [each for each in credential.audiences if not isinstance(each, UnknownValue)]
    return Trust(
        cloud=Cloud.AZURE,
        kind=credential.kind,
        name=credential.name,
        span=credential.span,
        issuer=host,
        accepts=accepts,
        hints=hints,
        defects=defects,
        place=place,
        audiences=tuple(each.text for each in known),
        references=credential.references,
        stricter=Stricter(
            lambda claim, text_of: _stricter(credential, claim, text_of),
            reads=frozenset({"project_id"} if credential.expression is not None else ()),
        ),
    )


def _stricter(
    credential: Credential, claim: tuple[str, str], text_of: Callable[[str], str | None]
) -> tuple[Edit, ...] | None:
    """Return the edits after which the credential also checks the claim: in the subject, or in its expression."""
    name, value = claim
    written = credential.expression or credential.subject
    text = text_of(written.span.path) if written is not None else None
    if written is None or text is None:
        return None
    if credential.expression is None:
        return subject_edits(text, (written,), f":{name}:{value}")
    end = len(written.text)
    if name in AZURE_FLEXIBLE_CLAIMS:
        edit = replaced(text, written, end, end, f" and claims['{name}'] eq '{value}'")
        return (edit,) if edit is not None else None
    parsed = parse_expression(written.text)
    subjects = [] if isinstance(parsed, str) else [term for term in parsed if term.claim == "sub"]
    if len(subjects) != 1 or ":ref:" not in subjects[0].text or f":{name}:" in subjects[0].text:
        return None
    edit = replaced(text, written, subjects[0].end, subjects[0].end, f":{name}:{value}")
    return (edit,) if edit is not None else None
