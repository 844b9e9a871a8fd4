"""The report in the format that is asked for, and where it goes. Each format is imported only when it is used."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from bot.report.text import render_concise, render_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from bot.report.outcome import ScanOutcome
    from bot.report.text import Look

TEXT: Final = "text"
CONCISE: Final = "concise"
FOR_PEOPLE: Final = (TEXT, CONCISE)
_RENDERERS: Final = {
    "json": "bot.report.json:render_json",
    "sarif": "bot.report.sarif:render_sarif",
    "codequality": "bot.report.codequality:render_codequality",
    "gitlab-sast": "bot.report.gitlab_sast:render_gitlab_sast",
    "junit": "bot.report.junit:render_junit",
}
FORMATS: Final = (*FOR_PEOPLE, *_RENDERERS)


def stamp(moment: dt.datetime) -> str:
    """Return a moment in UTC as `ScanOutcome` has it: 2026-11-23T07:00:00."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def rendered(form: str, outcome: ScanOutcome, look: Look) -> str:
    """Return the outcome in the format `form`, one of FORMATS."""
    if form == TEXT:
        return render_text(outcome, look)
    if form == CONCISE:
        return render_concise(outcome, look)
    module, _, name = _RENDERERS[form].partition(":")
    render: Callable[[ScanOutcome], str] = getattr(importlib.import_module(module), name)
    return render(outcome)


def write_report(path: str | None, report: str, out: TextIO) -> None:
    """Write to the file, in one step, or to `out`. File names need not be UTF-8, and terminals are not always.

    Raises:
        OSError: the file cannot be written.
    """
    if path is not None:
        from bot.scanning.writing import write_whole  # noqa: PLC0415 - most reports go to the terminal

        write_whole(Path(path), report.encode(errors="backslashreplace"))
        return
    encoding = out.encoding or "utf-8"
    out.write(report.encode(encoding, errors="backslashreplace").decode(encoding))
    out.flush()
