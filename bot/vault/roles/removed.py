"""Fields that a change takes out of a role: where they were, and how to put them back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.vault.reading import known
from bot.vault.roles.jwt_role import RoleForm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.documents.location import Span
    from bot.fixes import Edit
    from bot.vault.roles.jwt_role import JwtRole


def place_of(role: JwtRole, old: JwtRole, route: tuple[str, ...]) -> Span:
    """Return where the part at `route` is, or where it was: its neighbour in `old` that is still there."""
    field = role.fields.get(route[0])
    if len(route) == 1:
        return field.span if field else _neighbour(role, old.fields, route[0])
    if field is None:
        return _neighbour(role, old.fields, route[0])
    claims, before = field.value, old.value(route[0])
    if not isinstance(claims, Mapping) or route[1] in claims or not isinstance(before, Mapping):
        return field.span_of(*route[1:])
    nearest = _nearest(before, route[1], claims)
    return field.span_of(nearest) if nearest else field.span


def _neighbour(role: JwtRole, before: Iterable[str], name: str) -> Span:
    nearest = _nearest(before, name, role.fields)
    return role.fields[nearest].span if nearest else role.head


def _nearest(before: Iterable[str], name: str, now: Iterable[str]) -> str:
    """The name in `now` that was nearest in front of `name`, else the first one behind it; "" for none."""
    names = list(before)
    if name not in names:
        return ""
    at = names.index(name)
    there = set(now)
    return next((each for each in (*reversed(names[:at]), *names[at + 1 :]) if each in there), "")


def put_back(role: JwtRole, old: JwtRole, route: tuple[str, ...]) -> tuple[Edit, ...] | None:
    """Return the edits that write the part at `route` as it was; None where that is not known or cannot be written.

    Where nothing is left of the field, all of it is written.
    """
    if len(route) > 1 and role.value(route[0]) == {}:
        route = route[:1]
    value = old.value(route[0])
    if len(route) > 1:
        value = value.get(route[1]) if isinstance(value, Mapping) else None
        if isinstance(value, list) and role.form in {RoleForm.TERRAFORM, RoleForm.TERRAFORM_JSON}:
            value = ",".join(map(str, value))
    if value is None or not known(value):
        return None
    return role.amend({route: value}, neighbour_of(role, old, route))


def neighbour_of(role: JwtRole, old: JwtRole, route: tuple[str, ...]) -> str:
    """Return the name of the entry beside which the part at `route` was, of those that are still there; "" for none."""
    before, now = (
        (old.fields, role.fields) if len(route) == 1 else (old.value(route[0]), role.value(route[0]))
    )
    return (
        _nearest(before, route[-1], now) if isinstance(before, Mapping) and isinstance(now, Mapping) else ""
    )
