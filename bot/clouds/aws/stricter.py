"""Edits that make an IAM trust policy check one more claim, written as its other conditions are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.clouds.edits import subject_edits
from bot.documents.splice import File
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.clouds.aws.policy import Condition, Statement
    from bot.fixes import Edit

_PLAIN = frozenset({"stringequals", "stringlike"})
"""Operators under which a text without wildcards is compared as it is."""
_COMMENT = regex(r"[ \t]*(?:#|//)[^\n]*")


def stricter_policy(
    statements: list[Statement],
    issuer: str,
    keys: frozenset[str],
    claim: tuple[str, str],
    text_of: Callable[[str], str | None],
) -> tuple[Edit, ...] | None:
    """Return the edits after which every statement that accepts tokens also checks `claim` (name and value).

    As a condition key where AWS offers one for the issuer, else as a component of the subject; None where a statement
    is not written so that it can be extended.
    """
    name, value = claim
    edits: list[Edit] = []
    for statement in statements:
        if not statement.allows or not statement.for_web_identity:
            continue
        subjects = [
            each for each in statement.conditions if _is_plain(each) and each.claim_of(issuer) == "sub"
        ]
        if not subjects:
            return None
        condition = subjects[0]
        text = text_of(condition.span.path)
        if text is None:
            return None
        if name in keys:
            edit = _beside(text, condition, name, value)
            made: tuple[Edit, ...] | None = (edit,) if edit is not None else None
        else:
            made = subject_edits(text, condition.values, f":{name}:{value}") if len(subjects) == 1 else None
        if made is None:
            return None
        edits += made
    return tuple(dict.fromkeys(edits)) or None


def _is_plain(condition: Condition) -> bool:
    operator = condition.operator
    return operator.base in _PLAIN and not operator.if_exists and condition.is_known


def _beside(text: str, condition: Condition, name: str, value: str) -> Edit | None:
    """Return the edit that writes another condition in front of this one, in its style."""
    file = File(condition.span.path, text)
    start, end = file.indices(condition.span)
    old = text[start:end]
    written = _rewritten(file, condition, start, old, name, value)
    indent = text[text.rfind("\n", 0, start) + 1 : start]
    own_line = not indent.strip()
    before = text[:start].rstrip()[-1:]
    if written is None or "\\" in old:
        return None
    is_hcl = old.startswith("condition") or re.match(r"[^\n]*?\"\s*\)?\s*=", old) is not None
    comma = "" if is_hcl and own_line else "," if before in {"{", ","} or is_hcl else ""
    if not own_line and not comma:
        return None
    between = f"{comma}{file.newline}{indent}" if own_line else f"{comma} "
    return file.splice(start, start, written + between)


def _rewritten(file: File, condition: Condition, start: int, old: str, name: str, value: str) -> str | None:
    """Return the text of the condition with another claim and value; None where that is not plain."""
    first, last = condition.values[0], condition.values[-1]
    begin, _ = file.indices(first.span)
    _, end = file.indices(last.span)
    begin, end = begin - start, end - start
    if not 0 <= begin <= end <= len(old):
        return None
    quote = old[begin] if old[begin] in {'"', "'"} else '"'
    head, tail = old[:begin], old[end:]
    if old.startswith("condition"):  # a comment belongs to the condition that it was written for
        tail = _COMMENT.sub("", tail)
    claim = condition.key.rpartition(":")[2]
    keys = list(re.finditer(rf":{re.escape(claim)}(?=[\"'\s:)])", head, re.IGNORECASE))
    if len(keys) != 1:
        return None
    at = keys[0]
    return f"{head[: at.start()]}:{name}{head[at.end() :]}{quote}{value}{quote}{tail}"
