"""One call of `sealcheck audit`, from its options to its exit status."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from bot import __version__
from bot.analysis.policy import ReviewPolicy, read_policy
from bot.documents.location import Unreadable
from bot.errors import WrongCall
from bot.findings import Severity
from bot.report.text import NARROWEST, Look
from bot.repository import Repository
from bot.running.access import USUAL_MOUNTS, least_policy
from bot.running.answers import ServerUnusable
from bot.running.connection import address_in, connected, own_namespace
from bot.running.judging import Code, audited
from bot.running.reading import mounts_of, read_namespaces
from bot.scanning.baseline import apply_baseline
from bot.scanning.rendering import rendered, stamp, write_report
from bot.scanning.selection import targets
from bot.scanning.wish import project_of
from bot.snapshot import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.report.outcome import ScanOutcome
    from bot.running.client import ServerClient
    from bot.running.options import AuditCall
    from bot.running.reading import ServerReading

_LISTS: Final = 3
"""mounts, secret mounts, policies: a token that may read none of these may read nothing"""


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
    if call.policy and not address_in(environment):
        out.write(
            least_policy({"": USUAL_MOUNTS}, "The mounts are the usual ones: VAULT_ADDR names no server.")
        )
        return 0
    started = dt.datetime.now(dt.UTC)
    organisation = _configured(call.config)
    code = _code(call.against) or code
    client = connected(call, environment)
    if call.policy:
        out.write(_policy_for(client, recursive=call.recursive))
        return 0
    readings = read_namespaces(client, recursive=call.recursive)
    _check_usable(client.address, readings[0])
    own = own_namespace(call, environment)
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


def _check(call: AuditCall) -> None:
    if call.write_baseline and call.baseline is None:
        raise WrongCall("--write-baseline needs --baseline FILE")
    if call.jwt_file and not call.jwt_role:
        raise WrongCall("--jwt-file holds the token of a login; --jwt-role says as which role")


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
