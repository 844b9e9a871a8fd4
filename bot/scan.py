"""The commands that need no GitLab: `scan`, `rules`. Thin: they read the call and print."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

import click

from bot.errors import SealcheckError
from bot.findings import Severity

EXIT_FINDINGS, EXIT_ERROR = 1, 2
_FORMATS = ("text", "json", "sarif", "codequality", "gitlab-sast", "junit")
_GC_THRESHOLD = 200_000


@click.command("scan")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--base", metavar="REV", help="only what the change since REV introduces (as a merge request would)"
)
@click.option("--commit", metavar="REV", help="read the files of this commit instead of the working tree")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice([*(level.value for level in Severity), "never"]),
    default="info",
    show_default=True,
    help="exit 1 where a finding is at least as bad",
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
@click.option("-q", "--quiet", is_flag=True, help="no notes, no summary, no progress")
def scan_command(**call: object) -> None:
    """Checks a working tree: CI files, Vault roles and policies, scripts. PATH is `.` by default, `-` standard input.

    Exit status: 0 nothing at or over the threshold, 1 findings, 2 a file could not be read or the call is wrong.
    """
    from bot.scanning.call import STDIN, Call, run_call  # noqa: PLC0415 - `--help` needs none of it

    # Nodes of read files live until the end: collecting them again and again costs half of the time.
    gc.set_threshold(_GC_THRESHOLD, 50, 100)
    gc.freeze()
    try:
        asked = Call(**call)  # type: ignore[arg-type]
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
