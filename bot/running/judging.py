"""What the rules say of a running server, and where it differs from the code that should have made it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.analysis.engine import run_rules
from bot.analysis.suppressions import judge
from bot.analysis.verify import Prover
from bot.documents.location import Unreadable
from bot.lazy import dataclass
from bot.report.outcome import ReadFile, ScanOutcome
from bot.repository import Repository
from bot.rules import vault_drift
from bot.running.remedies import command_of
from bot.snapshot import Project, Tree
from bot.vault.drift.comparison import Drift, DriftState
from bot.vault.drift.server_drift import drift_of, namespaces_in

if TYPE_CHECKING:
    import datetime as dt

    from bot.analysis.engine import RuleFailure
    from bot.analysis.policy import ReviewPolicy
    from bot.findings import Finding
    from bot.running.reading import ServerReading


@dataclass(frozen=True, slots=True)
class Code:
    """The repository that should have made the server, and what of it could not be read."""

    repository: Repository
    errors: tuple[Unreadable, ...] = ()


def audited(
    readings: list[ServerReading],
    organisation: ReviewPolicy,
    today: dt.date,
    code: Code | None = None,
    server: str = "",
    version: str = "",
    namespace: str = "",
) -> ScanOutcome:
    """Return what the rules say of each namespace, and how it compares with the code.

    `namespace`: the one that the first reading is of.
    """
    scopes = _scopes(readings, code, namespace)
    parts = [
        _judged(reading, organisation, today, code, scope, version)
        for reading, scope in zip(readings, scopes, strict=True)
    ]
    texts = {path: text for reading in readings for path, text in reading.files.items()}
    findings = [finding for part in parts for finding in part.findings]
    entries = frozenset(texts)
    of_code = code.repository.tree.files if code is not None else {}
    return ScanOutcome(
        findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
        files=tuple(
            ReadFile(path, entry.part.value)
            for reading in readings
            for path, entry in reading.entries.items()
        ),
        errors=tuple(error for part in parts for error in part.errors),
        notes=tuple(note for part in parts for note in part.notes),
        text=lambda path: texts.get(path) or of_code.get(path),
        server=server,
        entries=entries,
        drift=tuple(drift for part in parts for drift in part.drift),
        commands={name: command for part in parts for name, command in part.commands.items()},
    )


@dataclass(frozen=True, slots=True)
class _Scope:
    """What of the code one namespace is compared with: all of it where `namespaces` is None; `why_not`: nothing."""

    namespaces: frozenset[str] | None = None
    why_not: str = ""


def _scopes(readings: list[ServerReading], code: Code | None, own: str) -> list[_Scope]:
    """Code that names no namespace is for the first one; else each is compared with the code that names it."""
    if code is None:
        return [_Scope()] * len(readings)
    named = namespaces_in(code.repository.vault)
    scopes = [_Scope(frozenset({"", own}) if named else None)]
    for reading in readings[1:]:
        below = reading.namespace.strip("/")
        wanted = frozenset({below, f"{own}/{below}".strip("/")})
        found = bool(wanted & named)
        scopes.append(_Scope(wanted, "" if found else f"the code writes nothing for the namespace {below}"))
    return scopes


@dataclass(frozen=True, slots=True)
class _Comparison:
    """How one namespace compares with the code; empty where there is none to compare with."""

    findings: tuple[Finding, ...] = ()
    drift: tuple[Drift, ...] = ()
    failures: tuple[RuleFailure, ...] = ()
    notes: tuple[Unreadable, ...] = ()


def _judged(
    reading: ServerReading,
    organisation: ReviewPolicy,
    today: dt.date,
    code: Code | None,
    scope: _Scope,
    version: str,
) -> ScanOutcome:
    """Return what the rules say of one namespace, with what it compares to in the code."""
    unread = {error.path.removeprefix(reading.namespace): error.reason for error in reading.errors}
    repository = Repository(_tree(reading, unread, _project(reading, organisation, today, code, version)))
    result = run_rules(repository)
    proven = Prover(repository).all_proven(result.findings)
    compared = _compared(repository, code, scope, unread) if code is not None else _Comparison()
    judged = judge((*proven, *compared.findings), reading.files, organisation, today)
    of_code = code.errors if code is not None and not reading.namespace else ()
    failures = (*result.failures, *compared.failures)
    not_read = (each for each in result.unread if each.path not in unread)
    return ScanOutcome(
        findings=judged.findings,
        errors=(*reading.errors, *of_code, *(each.as_unreadable for each in failures)),
        notes=(*reading.notes, *compared.notes, *not_read, *judged.problems),
        drift=compared.drift,
        commands=_commands(judged.findings, reading),
    )


def _project(
    reading: ServerReading, organisation: ReviewPolicy, today: dt.date, code: Code | None, version: str
) -> Project:
    host = code.repository.tree.project.host if code is not None else ""
    project = organisation.shaping(Project(host=host, today=today))
    return replace(project, vault_server=reading.server, vault_version=version) if reading.server else project


def _tree(reading: ServerReading, unread: dict[str, str], project: Project) -> Tree:
    return Tree(
        reading.files, unread, entries=reading.entries, kv2_mounts=reading.kv2_mounts, project=project
    )


def _compared(repository: Repository, code: Code, scope: _Scope, unread: dict[str, str]) -> _Comparison:
    """Return how a namespace compares with its part of the code; `unread`: entries that the server did not show."""
    if scope.why_not:
        return _Comparison(notes=(Unreadable("--against", 0, f"not compared: {scope.why_not}"),))
    repository.code, repository.code_namespaces = code.repository, scope.namespaces
    result = run_rules(repository, (vault_drift.RULE,))
    drift = drift_of(repository.vault, code.repository.vault, unread, scope.namespaces)
    return _Comparison(result.findings, drift, result.failures, _not_compared(drift))


def _not_compared(drift: tuple[Drift, ...]) -> tuple[Unreadable, ...]:
    """A note for each part that was not compared; one for all of a kind that the code does not write."""
    notes: dict[Unreadable, None] = {}
    for each in drift:
        if each.standing is DriftState.NOT_COMPARED and each.code is not None:
            reason = f"{each.subject} was not compared: {each.reason}"
            notes[Unreadable(each.code.path, each.code.start_line, reason)] = None
        elif each.standing is DriftState.NOT_COMPARED:
            notes[Unreadable("--against", 0, f"not compared: {each.reason}")] = None
    return tuple(notes)


def _commands(findings: tuple[Finding, ...], reading: ServerReading) -> dict[str, str]:
    """Return the command that carries out a fix on the server, by the finding's fingerprint."""
    found = {}
    for finding in findings:
        command = command_of(finding.fix, reading.files, reading.entries) if finding.fix else None
        if command is not None:
            found[finding.fingerprint] = command
    return found
