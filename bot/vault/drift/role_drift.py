"""Roles: whom the server lets log in, beside whom the code does."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from bot.vault.claims.bounds import terms_of
from bot.vault.claims.loosened import loosened
from bot.vault.claims.terms import RoleTerms, WriteRefusal
from bot.vault.drift.comparison import Comparison, Difference, shown
from bot.vault.reading import Unresolved, known
from bot.vault.roles.jwt_role import RoleForm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.vault.roles.jwt_role import JwtRole


def _has_free_mount(role: JwtRole) -> bool:
    """Whether the code does not say on which mount the role is: a payload file, a variable."""
    return isinstance(role.mount, Unresolved) or role.form in {RoleForm.JSON, RoleForm.YAML}


def _why_not_compared(role: JwtRole) -> str:
    if not role.complete:
        return "the code does not show the whole role"
    unknown = [name for name, field in role.fields.items() if not (field.complete and known(field.value))]
    return f"the code fills in {', '.join(unknown)} from elsewhere" if unknown else ""


def _of_role(server: JwtRole, code: JwtRole) -> Iterator[Difference]:
    running, meant = terms_of(server, as_jwt=False), terms_of(code, as_jwt=False)
    for terms, whose in ((meant, "the code's role"), (running, "the role of Vault")):
        if isinstance(terms, WriteRefusal):
            yield Difference((), f"a server refuses {whose}: {terms.reason}")
            return
    reported: set[str] = set()
    for looser, more, whose in (
        (loosened(code, server), True, "Vault"),
        (loosened(server, code), False, "the code"),
    ):
        for change in looser:
            reported |= _ALIKE.get(change.part[0], {change.part[0]})
            yield Difference(change.part, f"{whose} {change.beside}", more, change.claims)
    for field in fields(RoleTerms):
        ours, theirs = getattr(running, field.name), getattr(meant, field.name)
        if field.name not in reported and _plain(ours) != _plain(theirs):
            text = f"{field.name} is {shown(ours)} in Vault and {shown(theirs)} in the code"
            yield Difference((field.name,), text)


_LIFE: Final = {"token_ttl", "token_max_ttl", "token_explicit_max_ttl", "token_period", "token_type"}
_POLICIES: Final = {"token_policies", "policies"}
_ALIKE: Final = {"token_ttl": _LIFE, "token_policies": _POLICIES, "policies": _POLICIES}
"""Fields that one difference speaks of."""


def _plain(value: Any) -> Any:
    """The value without the order of its lists; a claim bound to one value is bound to a list of it."""
    if isinstance(value, list | tuple):
        return sorted(repr(_plain(item)) for item in value)
    if isinstance(value, dict):
        return {
            key: _plain(item if isinstance(item, list | tuple) else [item]) for key, item in value.items()
        }
    return "default" if value == "" else value


ROLES: Final[Comparison[JwtRole]] = Comparison(
    "role",
    key=lambda role: (role.mount, role.name),
    path=lambda role: f"auth/{role.mount}/role/{role.name}",
    place=lambda role: role.head,
    subject=lambda role: role.subject,
    differences=_of_role,
    why_not=_why_not_compared,
    is_loose=_has_free_mount,
    nickname=lambda role: role.name,
)
