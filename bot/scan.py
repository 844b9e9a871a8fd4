"""The commands that need no GitLab: `scan`, `audit`, `rules` and others. Thin: they read the call and print."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from bot.errors import SealcheckError
from bot.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.vault.trustmap import Edge

EXIT_ERROR = 2
_FORMATS = ("text", "concise", "json", "sarif", "codequality", "gitlab-sast", "junit")
GC_THRESHOLD = 50_000


@click.command("scan")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@click.option(
    "--base", metavar="REV", help="only what the change since REV introduces (as a merge request would)"
)
@click.option("--commit", metavar="REV", help="read the files of this commit instead of the working tree")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice([*(level.value for level in Severity), "never"]),
    default="medium",
    show_default=True,
    help="exit 1 if a finding is at least as severe",
)
@click.option("--fix", is_flag=True, help="apply the proven fixes that cannot change what a working job does")
@click.option("--unsafe-fixes", is_flag=True, help="with --fix or --diff: the other proven fixes too")
@click.option("--diff", is_flag=True, help="show what --fix would change, and change nothing")
@click.option(
    "--baseline", type=click.Path(dir_okay=False), help="leave out the findings that this file knows"
)
@click.option(
    "--write-baseline", is_flag=True, help="bring the baseline up to date (a missing one is written anyway)"
)
@click.option("--policy", type=click.Path(dir_okay=False, exists=True), help="the organisation's policy file")
@click.option("--stdin-filename", metavar="PATH", help="the name of what `-` reads from standard input")
@click.option("--output", type=click.Path(dir_okay=False), help="write the report to this file")
@click.option("--workers", type=click.IntRange(1, 64), help="processes at work  [default: 2 where it pays]")
@click.option(
    "--cache/--no-cache",
    default=True,
    help="do not judge again where nothing has changed since an earlier scan",
)
@click.option("-q", "--quiet", is_flag=True, help="no notes, no summary, no progress")
def scan_command(**call: object) -> None:
    """Check CI files, Vault roles, policies and scripts.

    PATH is a file or folder, `.` by default; `-` is standard input.

    Exit status: 0 nothing at or over the threshold, 1 findings, 2 a file could not be read or the call is wrong.
    """
    # Nodes of read files live until the end: collecting them again and again costs half of the time.
    gc.set_threshold(GC_THRESHOLD, 50, 100)
    from bot.scanning.call import STDIN, ScanOptions, run_call  # noqa: PLC0415 - `--help` needs none of it

    gc.freeze()
    try:
        asked = ScanOptions(**call)  # type: ignore[arg-type]
        stdin = sys.stdin.buffer.read() if STDIN in asked.paths else None
        status = run_call(asked, stdin, sys.stdout, sys.stderr)
    except SealcheckError as problem:
        click.echo(f"sealcheck: {problem}", err=True)
        status = EXIT_ERROR
    except BrokenPipeError:
        # The reader has gone (`sealcheck scan | head`): nothing more to say, and no traceback at the end.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = EXIT_ERROR
    sys.exit(status)


@click.command("audit")
@click.option("--against", metavar="PATH", help="compare with the roles and policies of this repository")
@click.option(
    "--project", metavar="GROUP/PROJECT", help="compare with the default branch of this GitLab project"
)
@click.option(
    "--record", is_flag=True, help="with --project: keep the result for the console and the metrics"
)
@click.option(
    "--policy", is_flag=True, help="print the least policy that the audit needs, and read nothing else"
)
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice([*(level.value for level in Severity), "never"]),
    default="medium",
    show_default=True,
    help="exit 1 if a finding is at least as severe",
)
@click.option("--namespace", metavar="NAME", help="the namespace to read  [default: VAULT_NAMESPACE]")
@click.option("--recursive", is_flag=True, help="the namespaces below it too")
@click.option("--jwt-role", metavar="ROLE", help="log in as this role, with the job's VAULT_ID_TOKEN")
@click.option("--jwt-mount", metavar="PATH", default="jwt", show_default=True, help="where that login is")
@click.option(
    "--jwt-file", type=click.Path(dir_okay=False), help="a file with the token for the login instead"
)
@click.option(
    "--config", type=click.Path(dir_okay=False), help="the organisation's policy file: ignores, severities"
)
@click.option(
    "--baseline", type=click.Path(dir_okay=False), help="leave out the findings that this file knows"
)
@click.option(
    "--write-baseline", is_flag=True, help="bring the baseline up to date (a missing one is written anyway)"
)
@click.option("--output", type=click.Path(dir_okay=False), help="write the report to this file")
@click.option("-q", "--quiet", is_flag=True, help="no notes, no summary")
def audit_command(*, project: str | None, record: bool, **call: object) -> None:
    """Check a running Vault or OpenBao, read-only.

    VAULT_ADDR names the server, VAULT_TOKEN is the token (or --jwt-role logs in). Nothing is written there, and no
    secret is read.

    Exit status: 0 nothing at or over the threshold, 1 findings, 2 something could not be read or the call is wrong.
    """
    from bot.running.call import run_audit  # noqa: PLC0415 - as above
    from bot.running.options import AuditCall  # noqa: PLC0415 - as above

    asked = AuditCall(**call)  # type: ignore[arg-type]
    try:
        if project is None and not record:
            sys.exit(_asked(lambda: run_audit(asked, os.environ, sys.stdout)))
        from bot.auditing import audit_project  # noqa: PLC0415 - needs the bot's settings, as no other audit does

        sys.exit(audit_project(asked, project, record=record))
    except ModuleNotFoundError as missing:
        if missing.name != "hvac":
            raise
        raise click.ClickException(
            "an audit needs the extra `audit`: install the wheel or the clone with it: pip install '.[audit]'"
        ) from missing


def _rule_ids(_context: click.Context, _parameter: click.Parameter, start: str) -> list[str]:
    from bot.rules import RULE_IDS  # noqa: PLC0415 - as above

    return [rule_id for rule_id in RULE_IDS if rule_id.startswith(start)]


@click.command("rules")
@click.argument("rule_id", required=False, metavar="[ID]", shell_complete=_rule_ids)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def rules_command(rule_id: str | None, form: str) -> None:
    """List the rules, or show one rule's page.

    The page says what the rule finds, why it matters, the attack, and how to fix it.
    """
    from bot.analysis.policy import nearest  # noqa: PLC0415 - as above
    from bot.report.pages import list_rules, page_of, rules_as_json  # noqa: PLC0415
    from bot.rules import ALL_RULES, RULE_IDS  # noqa: PLC0415

    chosen = [ALL_RULES[number] for number, each in enumerate(RULE_IDS) if rule_id in {None, each}]
    if not chosen:
        raise click.UsageError(f"no rule is called {rule_id!r}{nearest(rule_id or '', RULE_IDS)}")
    if form == "json":
        click.echo(rules_as_json(chosen), nl=False)
    elif rule_id is None:
        click.echo(list_rules(chosen), nl=False)
    else:
        click.echo(page_of(chosen[0]), nl=False)


@click.command("explain")
@click.argument("place", metavar="FILE:LINE", type=click.Path())
@click.option("--graph", is_flag=True, help="who reaches what in Vault, as a picture (SVG)")
@click.option("--mermaid", is_flag=True, help="the same as a flowchart for Markdown")
def explain_command(place: str, *, graph: bool, mermaid: bool) -> None:
    """Show what is known about a line of a file.

    The job as GitLab runs it, or the role and its reach, and where each part is written.

    --graph draws the roles that have to do with that place: sealcheck explain vault/app.json:1 --graph > map.svg
    """
    from bot.scanning.asking import explain_place  # noqa: PLC0415 - as above

    draw: Callable[[list[Edge], str], str] | None = None
    if mermaid:
        from bot.vault.trustmap import flowchart  # noqa: PLC0415 - as above

        draw = flowchart
    elif graph:
        from bot.report.picture import picture  # noqa: PLC0415 - as above

        draw = picture
    sys.exit(_asked(lambda: explain_place(place, sys.stdout, draw)))


@click.command("simulate")
@click.argument("role_file", type=click.Path(dir_okay=False))
@click.option("--role", "name", metavar="NAME", help="only this role of the file")
@click.option("--claims", type=click.Path(dir_okay=False), help="the token's payload, a JSON object")
@click.option("--job", metavar="FILE:JOB", help="instead: build the claims from this job of a pipeline")
@click.option("--ref", default="main", show_default=True, help="with --job: the branch (or tag) it runs on")
@click.option("--tag", is_flag=True, help="with --job: --ref is a tag")
@click.option("--protected/--unprotected", default=None, help="with --job: whether the ref is protected")
@click.option(
    "--project", metavar="PATH", help="with --job: the project, like group/app  [default: the remote]"
)
@click.option("--project-id", type=int, help="with --job: the project's id")
def simulate_command(role_file: str, **asked: object) -> None:
    """Decide whether a token can log in with Vault roles.

    The roles are those of ROLE_FILE; the output names the claim that decides.

    Exit status: 0 it logs in with every role, 1 one refuses it or cannot be decided, 2 the call is wrong.
    """
    from bot.scanning.asking import SimulateCall, simulate_file  # noqa: PLC0415 - as above

    question = SimulateCall(role_file, **asked)  # type: ignore[arg-type]
    sys.exit(_asked(lambda: simulate_file(question, sys.stdout)))


def _asked(answer: Callable[[], int]) -> int:
    try:
        return answer()
    except SealcheckError as problem:
        click.echo(f"sealcheck: {problem}", err=True)
        return EXIT_ERROR


@click.command("lsp")
def lsp_command() -> None:
    """Run the language server for editors.

    On standard input and output: findings, fixes and rules while you type.
    """
    try:
        from bot.editor.server import serve_editor  # noqa: PLC0415 - as above
    except ModuleNotFoundError as missing:
        if missing.name not in {"pygls", "lsprotocol"}:
            raise
        raise click.ClickException(
            "the language server needs the extra `lsp`: install the wheel or the clone with it: pip install '.[lsp]'"
        ) from missing
    serve_editor()
