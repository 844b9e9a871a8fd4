"""Which programs of the repository its jobs run: those that their scripts, or the scripts that these run, name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.kinds import FileKind
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.documents.documents import Documents
    from bot.pipeline.model import Pipeline

_PROGRAM: Final = regex(r"[\w.-]+\.(?:py|[cm]?js|ts|rb|php|go|java|groovy|gradle|pl|kts)\b")
_MODULE: Final = regex(r"\s-m[ \t]+(?P<name>[\w.]+)")
# They name themselves: other programs look for files of these names.
_KNOWN: Final = regex(r"(?:^|/)(?:Jenkinsfile[\w.-]*|Vagrantfile|wp-config\.php)$")
_CALLERS: Final = (FileKind.SHELL, FileKind.POWERSHELL, FileKind.DOCKERFILE)


def is_run(path: str, named: frozenset[str]) -> bool:
    """Whether a job runs the program at `path`: it is among those `named`, or programs find it by its own name."""
    names = {path.rsplit("/", 1)[-1], path.rpartition(".")[0].replace("/", ".")}
    return _KNOWN.search(path) is not None or not named.isdisjoint(names)


def programs_named(pipelines: Iterable[Pipeline], documents: Documents) -> frozenset[str]:
    """The names of files, and of modules behind `python -m`, in all scripts."""
    texts = [
        line.text
        for pipeline in pipelines
        for job in (*pipeline.jobs.values(), *pipeline.hidden_jobs.values())
        for line in job.scripts
    ]
    texts += [documents.text(path) or "" for path in documents.paths(*_CALLERS)]
    texts += [
        documents.text(path) or ""
        for path in documents.paths(FileKind.SETTINGS)
        if "makefile" in path.lower()
    ]
    return frozenset(
        found
        for text in texts
        for found in (*_PROGRAM.findall(text), *(match["name"] for match in _MODULE.finditer(text)))
    )
