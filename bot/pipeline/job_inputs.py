"""`${{ job.inputs.name }}` in the scripts of a job, which the runner fills in before the shell reads them.

GitLab 18.10 with Runner 18.9 (docs.gitlab.com/ci/jobs/job_inputs, read 2026-11). Anyone who runs or retries a job by
hand may choose other values; a value that is not known is kept as a variable that nobody has set.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.nodes import Mapping, Node, Scalar, is_null
from bot.lazy import regex
from bot.pipeline.specs import written
from bot.pipeline.substitution import substituted

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXPRESSION: Final = regex(r"\$\{\{(?P<body>.{0,2000}?)\}\}", re.DOTALL)
_INPUT: Final = regex(r"\s*job\.inputs\.(?P<name>\w+)\s*")
_UNKNOWN: Final = "${JOB_INPUT}"


def with_inputs(line: Scalar, inputs: Node | None) -> Scalar:
    """The script line with the defaults of the job's inputs filled in; the same where nothing is."""
    if not isinstance(inputs, Mapping) or "${{" not in line.text:
        return line
    parts = list(_parts(line.text, inputs))
    return substituted(line, parts, line.tag) if parts else line


def _parts(text: str, inputs: Mapping) -> Iterator[tuple[int, int, str]]:
    for match in _EXPRESSION.finditer(text):
        named = _INPUT.fullmatch(match["body"])
        default = inputs.get(named["name"], "default") if named else None
        value = written(default) if default is not None and not is_null(default) else _UNKNOWN
        yield match.start(), match.end(), value
