"""One call of `sealcheck audit`, from its options to its exit status."""

from __future__ import annotations

import datetime as dt
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO
from urllib.parse import urlsplit

from bot import __version__
from bot.analysis.engine import run_rules
from bot.analysis.policy import ReviewPolicy, read_policy
from bot.analysis.suppressions import judge
from bot.analysis.verify import Prover
from bot.documents.location import Unreadable
from bot.errors import WrongCall
from bot.findings import Severity
from bot.lazy import dataclass
from bot.report.outcome import ReadFile, ScanOutcome
from bot.report.text import NARROWEST, Look
from bot.repository import Repository
from bot.rules import vault_drift
from bot.running.access import USUAL_MOUNTS, least_policy
from bot.running.answers import ServerAccess, ServerUnusable
from bot.running.reading import ServerReading, mounts_of, read_namespaces
from bot.running.remedies import command_of
from bot.scanning.baseline import apply_baseline
from bot.scanning.rendering import rendered, stamp, write_report
from bot.scanning.selection import targets
from bot.scanning.wish import project_of
from bot.snapshot import Project, Tree
from bot.vault.drift.comparison import Drift, DriftState
from bot.vault.drift.server_drift import drift_of, namespaces_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.findings import Finding
    from bot.running.client import ServerClient

ID_TOKEN_VARIABLE: Final = "VAULT_ID_TOKEN"  # noqa: S105 - the name of a variable
"""Where GitLab's own integration looks for the ID token too (docs.gitlab.com/ci/secrets, 2026-11)."""
_LISTS: Final = 3
"""mounts, secret mounts, policies: a token that may read none of these may read nothing"""


@dataclass(frozen=True, slots=True)
class AuditCall:
    """The options, as the command line names them."""

    against: str | None = None
    policy: bool = False
    form: str = "text"
    fail_on: str = "medium"
    namespace: str | None = None
    recursive: bool = False
    jwt_role: str | None = None
    jwt_mount: str = "jwt"
    jwt_file: str | None = None
    config: str | None = None
    baseline: str | None = None
    write_baseline: bool = False
    output: str | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """The repository that should have made the server, and what of it could not be read."""

    repository: Repository
    errors: tuple[Unreadable, ...] = ()


def run_audit(
    call: AuditCall,
    environment: Mapping[str, str],
    out: TextIO,
    code: Code | None = None,
    keep: Callable[[ScanOutcome], object] = lambda _outcome: None,
) -> int:
    """Return the exit status of the call, its report written.

    `code` is compared where the call names none by `--against`; `keep` gets what was found, whole.

    Raises:
        SealcheckError: the call is wrong, or the server could not be checked at all.
    """
    _check(call)
    if call.policy and not _address(environment):
        out.write(
            least_policy({"": USUAL_MOUNTS}, "The mounts are the usual ones: VAULT_ADDR names no server.")
        )
        return 0
    started = dt.datetime.now(dt.UTC)
    organisation = _configured(call.config)
    code = _code(call.against) or code
    client = _client(call, environment)
    if call.policy:
        out.write(_policy_for(client, recursive=call.recursive))
        return 0
    readings = read_namespaces(client, recursive=call.recursive)
    _check_usable(client.address, readings[0])
    own = _own_namespace(call, environment)
    outcome = audited(readings, organisation, started.date(), code, client.address, client.version, own)
    if call.baseline is not None:
        (outcome,) = apply_baseline(
            [outcome], Path(call.baseline), started.date(), rewrite=call.write_baseline, whole=True
        )
    outcome = replace(
        outcome, version=__version__, started=stamp(started), ended=stamp(dt.datetime.now(dt.UTC))
    )
    keep(outcome)
    _write(call, outcome, environment, out)
    if outcome.errors:
        return 2
    return int(call.fail_on != "never" and outcome.reaches(Severity(call.fail_on)))


def _check_usable(address: str, first: ServerReading) -> None:
    """Raise ServerUnusable where the first namespace shows no server, or a token that may read nothing."""
    if first.refused and not (first.denied or first.mounts or first.entries):
        raise ServerUnusable(f"{address}: nothing there answers as a Vault or an OpenBao does")
    if first.denied >= _LISTS and not first.mounts:
        raise ServerUnusable(
            f"{address}: the server refuses the token: it has expired, or its policies allow nothing that an "
            "audit reads (`sealcheck audit --policy` prints what it needs)"
        )


def _write(call: AuditCall, outcome: ScanOutcome, environment: Mapping[str, str], out: TextIO) -> None:
    """Write the report in the form that the call names, to its file or to `out`."""
    is_terminal = call.output is None and out.isatty()
    look = Look(
        colour=is_terminal and not environment.get("NO_COLOR"),
        quiet=call.quiet,
        width=max(NARROWEST, shutil.get_terminal_size().columns) if is_terminal else None,
    )
    try:
        write_report(call.output, rendered(call.form, outcome, look), out)
    except OSError as error:
        raise WrongCall(f"--output {call.output}: {error.strerror or error}") from error


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
        _namespace(reading, organisation, today, code, scope, version)
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


def _namespace(
    reading: ServerReading,
    organisation: ReviewPolicy,
    today: dt.date,
    code: Code | None,
    scope: _Scope,
    version: str,
) -> ScanOutcome:
    host = code.repository.tree.project.host if code is not None else ""
    project = organisation.shaping(Project(host=host, today=today))
    if reading.server:
        project = replace(project, vault_server=reading.server, vault_version=version)
    unread = {error.path.removeprefix(reading.namespace): error.reason for error in reading.errors}
    tree = Tree(
        reading.files, unread, entries=reading.entries, kv2_mounts=reading.kv2_mounts, project=project
    )
    repository = Repository(tree)
    result = run_rules(repository)
    findings = Prover(repository).all_proven(result.findings)
    drift: tuple[Drift, ...] = ()
    errors, notes = list(reading.errors), list(reading.notes)
    if code is not None and scope.why_not:
        notes.append(Unreadable("--against", 0, f"not compared: {scope.why_not}"))
    elif code is not None:
        repository.code, repository.code_namespaces = code.repository, scope.namespaces
        compared = run_rules(repository, (vault_drift.RULE,))
        findings = (*findings, *compared.findings)
        drift = drift_of(repository.vault, code.repository.vault, unread, scope.namespaces)
        errors += code.errors if not reading.namespace else ()
        notes += _not_compared(drift)
        result = replace(result, failures=(*result.failures, *compared.failures))
    errors += [
        Unreadable(
            failure.subject,
            0,
            f"the rule {failure.rule} failed ({failure.error}); this is a defect of Sealcheck, please report it",
        )
        for failure in result.failures
    ]
    judged = judge(findings, reading.files, organisation, today)
    return ScanOutcome(
        findings=judged.findings,
        errors=tuple(errors),
        notes=(*notes, *(each for each in result.unread if each.path not in unread), *judged.problems),
        drift=drift,
        commands=_commands(judged.findings, reading),
    )


def _not_compared(drift: tuple[Drift, ...]) -> list[Unreadable]:
    """A note for each part that was not compared; one for all of a kind that the code does not write."""
    notes: dict[Unreadable, None] = {}
    for each in drift:
        if each.standing is DriftState.NOT_COMPARED and each.code is not None:
            reason = f"{each.subject} was not compared: {each.reason}"
            notes[Unreadable(each.code.path, each.code.start_line, reason)] = None
        elif each.standing is DriftState.NOT_COMPARED:
            notes[Unreadable("--against", 0, f"not compared: {each.reason}")] = None
    return list(notes)


def _commands(findings: tuple[Finding, ...], reading: ServerReading) -> dict[str, str]:
    found = {}
    for finding in findings:
        command = command_of(finding.fix, reading.files, reading.entries) if finding.fix else None
        if command is not None:
            found[finding.fingerprint] = command
    return found


# --- the call -----------------------------------------------------------------------------------------------------


def _check(call: AuditCall) -> None:
    if call.write_baseline and call.baseline is None:
        raise WrongCall("--write-baseline needs --baseline FILE")
    if call.jwt_file and not call.jwt_role:
        raise WrongCall("--jwt-file holds the token of a login; --jwt-role says as which role")


def _address(environment: Mapping[str, str]) -> str:
    return environment.get("VAULT_ADDR") or environment.get("BAO_ADDR") or ""


def _own_namespace(call: AuditCall, environment: Mapping[str, str]) -> str:
    """The namespace that is audited, without slashes at its ends; "" for the server's root."""
    named = call.namespace or environment.get("VAULT_NAMESPACE") or environment.get("BAO_NAMESPACE") or ""
    return named.strip("/")


def _client(call: AuditCall, environment: Mapping[str, str]) -> ServerClient:
    address = _address(environment).rstrip("/")
    if not address:
        raise WrongCall("VAULT_ADDR is missing; takes the server's URL, like https://vault.example.com:8200")
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise WrongCall("VAULT_ADDR takes a URL like https://vault.example.com:8200, without user and query")
    pair = environment.get("VAULT_CLIENT_CERT"), environment.get("VAULT_CLIENT_KEY")
    from bot.running.client import ServerClient  # noqa: PLC0415 - needs the extra `audit`, as a wrong call does not

    access = ServerAccess(
        address,
        _own_namespace(call, environment),
        _certificates(environment),
        (pair[0], pair[1]) if pair[0] and pair[1] else None,
    )
    if call.jwt_role is not None:
        jwt = _jwt(call, environment)
        client = ServerClient(access)
        client.health()
        client.log_in(call.jwt_mount.strip("/").removeprefix("auth/"), call.jwt_role, jwt)
        return client
    client = ServerClient(access, _token(environment))
    client.health()
    return client


def _certificates(environment: Mapping[str, str]) -> str | None:
    name = environment.get("VAULT_CACERT") or environment.get("BAO_CACERT")
    if name and not Path(name).is_file():
        raise WrongCall(f"VAULT_CACERT: there is no file {name}")
    return name or None


def _jwt(call: AuditCall, environment: Mapping[str, str]) -> str:
    if call.jwt_file is None:
        jwt = environment.get(ID_TOKEN_VARIABLE, "").strip()
        if not jwt:
            raise WrongCall(
                f"--jwt-role needs a token: the variable {ID_TOKEN_VARIABLE} (`id_tokens:` of the job), or --jwt-file"
            )
        return jwt
    try:
        return Path(call.jwt_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongCall(f"--jwt-file {call.jwt_file}: cannot be read ({type(error).__name__})") from error


def _token(environment: Mapping[str, str]) -> str:
    token = environment.get("VAULT_TOKEN") or environment.get("BAO_TOKEN") or ""
    if not token:
        with suppress(OSError, UnicodeDecodeError, RuntimeError):
            token = (Path.home() / ".vault-token").read_text(encoding="utf-8")
    if not token.strip():
        raise WrongCall(
            "VAULT_TOKEN is missing; or log in with --jwt-role and a job's ID token. `sealcheck audit --policy` prints "
            "the policy that it needs"
        )
    if not token.strip().isprintable() or " " in token.strip():
        raise WrongCall("VAULT_TOKEN takes a token of Vault, without blanks")
    return token.strip()


def _configured(path: str | None) -> ReviewPolicy:
    if path is None:
        return ReviewPolicy()
    try:
        policy = read_policy(path, Path(path).read_text(encoding="utf-8"), organisation=True)
    except (OSError, UnicodeDecodeError) as error:
        raise WrongCall(f"--config {path}: cannot be read ({type(error).__name__})") from error
    if policy.problems:
        first = policy.problems[0]
        raise WrongCall(f"{first.path}:{first.line}: {first.reason}")
    return policy


def _code(path: str | None) -> Code | None:
    """Return the code at `--against`, whole: what one file says depends on others."""
    if path is None:
        return None
    found, missing = targets((path,))
    if missing:
        raise WrongCall(f"--against {path}: {missing[0].reason}")
    target = found[0]
    files = {name: text for name, text in target.files.items() if target.selects(name)}
    repository = Repository(Tree(files, listing=frozenset(files), project=project_of(target)))
    errors = tuple(Unreadable(name, 0, f"not checked: {why}") for name, why in target.files.unread.items())
    return Code(repository, errors + tuple(repository.documents.unread(repository.tree)))


def _policy_for(client: ServerClient, *, recursive: bool) -> str:
    known = mounts_of(client, recursive=recursive)
    unknown = not any(known.values())
    if unknown:
        return least_policy(
            {"": USUAL_MOUNTS}, "The mounts are the usual ones: the token may not list the server's."
        )
    return least_policy(known, f"The mounts are those of {client.address}.")
