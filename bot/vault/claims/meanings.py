"""What was probably meant by a bound value that no token of GitLab's has."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from bot.facts.gitlab_claims import Type
from bot.facts.gitlab_values import form_of
from bot.vault.claims.solver import is_possible, type_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def meant(claim: str, item: Any, *, globs: bool) -> Any:
    """Return what was probably meant by a value that no token meets: another value or a list; None where unclear."""
    kind = type_of(claim)
    if kind is Type.NUMBER:
        return int(item) if isinstance(item, str) and item.isdigit() else None
    if isinstance(item, bool | int | float):
        text = json.dumps(int(item) if isinstance(item, float) and item.is_integer() else item)
        return text if is_possible(claim, text, globs=globs) else None
    if not isinstance(item, str):
        return None
    return next((each for each in _readings(claim, item) if _all_possible(claim, each, globs=globs)), None)


def _all_possible(claim: str, value: Any, *, globs: bool) -> bool:
    return all(
        is_possible(claim, each, globs=globs) for each in (value if isinstance(value, list) else [value])
    )


_SPOKEN: Final[Mapping[str, str]] = {
    "yes": "true",
    "1": "true",
    "on": "true",
    "no": "false",
    "0": "false",
    "off": "false",
}


def _readings(claim: str, text: str) -> Iterator[Any]:
    """What a person may mean by `text`, likeliest first."""
    yield text.strip()
    yield text.strip().lower()
    yield _SPOKEN.get(text.strip().lower(), text)
    if "," in text:
        yield [part.strip() for part in text.split(",")]
    yield re.sub(r"^refs/(?:heads|tags)/", "", text)
    if claim == "ref_path":
        yield f"refs/heads/{text}"
    if claim == "iss":
        yield f"https://{text}"
    if claim.endswith(("project_path", "namespace_path")):
        yield text.strip("/")
    form = form_of(claim)
    yield from (word for word in (form.words if form else ()) if text and word.startswith(text.lower()))
