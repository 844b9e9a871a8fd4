"""The command line: thin, one function per command.

Each imports what it needs when it runs, so that `scan` starts fast.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from pathlib import Path
from typing import IO, Any

import click

from bot import __version__
from bot.errors import SealcheckError, SettingsError, WrongCall

IMPORTED_COMMANDS = {
    "scan": "bot.scan:scan_command",
    "audit": "bot.scan:audit_command",
    "rules": "bot.scan:rules_command",
    "explain": "bot.scan:explain_command",
    "simulate": "bot.scan:simulate_command",
    "lsp": "bot.scan:lsp_command",
    "man": "bot.manual:man_command",
    "completion": "bot.manual:completion_command",
}
"""Commands that live in modules of their own, imported only when they are called: they need no settings."""


GROUPS = {
    "Check files, or a running Vault, without a GitLab": (
        "scan",
        "audit",
        "rules",
        "explain",
        "simulate",
        "lsp",
    ),
    "Run the bot": ("serve", "web", "worker", "review", "sweep"),
    "Look at the whole organisation": ("survey", "who-can", "reach"),
    "Set it up and look after it": ("provision", "doctor"),
    "More": ("man", "completion"),
}
"""The commands in the order of `--help`; one that no group names is listed under the last."""


class _Failure(click.ClickException):
    """The end of a command that failed: one line, or one for each setting, on stderr."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the lines as they are."""
        click.echo(self.message, file=file, err=file is None)


class _WrongUse(_Failure):
    """The same for a wrong call or setting."""

    exit_code = WrongCall.exit_status


def _ended_by(problem: Exception) -> _Failure:
    """Return how a command ends that raised `problem`. A setting's line begins with its name."""
    if isinstance(problem, SettingsError):
        return _WrongUse(str(problem))
    if isinstance(problem, SealcheckError):
        failure = _WrongUse if problem.exit_status == _WrongUse.exit_code else _Failure
        return failure(f"sealcheck: {problem}")
    import traceback

    frame = traceback.extract_tb(problem.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return _Failure(
        f"sealcheck: internal error: {type(problem).__name__} at {place}; please report it "
        "(LOG_LEVEL=DEBUG prints the traceback)"
    )


class _CommandGroup(click.Group):
    """Adds IMPORTED_COMMANDS by name. No command ends in a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it raises ends it with one line and an exit status."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # click's own: it prints and exits
        except Exception as problem:
            is_ours = isinstance(problem, SealcheckError)
            if not is_ours and os.environ.get("LOG_LEVEL", "").upper() == "DEBUG":
                raise
            raise _ended_by(problem) from problem

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands in groups, each with the whole first sentence of its help."""
        names = self.list_commands(ctx)
        grouped = {name for group in GROUPS.values() for name in group}
        rest = tuple(name for name in names if name not in grouped)
        for title, group in {**GROUPS, "More": (*GROUPS["More"], *rest)}.items():
            rows = [
                (name, command.get_short_help_str(limit=200))
                for name in group
                if name in names and (command := self.get_command(ctx, name)) is not None
            ]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *IMPORTED_COMMANDS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = IMPORTED_COMMANDS.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, _, name = place.partition(":")
        command = getattr(importlib.import_module(module), name)
        return command if isinstance(command, click.Command) else None


class _MergeRequest(click.ParamType[tuple[str, int]]):
    """PROJECT!IID: a project's path or id, and the merge request's number."""

    name = "PROJECT!IID"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        found = re.fullmatch(r"(?P<project>[^!\s]+)!(?P<iid>[1-9][0-9]{0,17})", value)
        if found is None:
            self.fail(f"{value!r} is not PROJECT!IID, like group/project!7", param, ctx)
        return found["project"], int(found["iid"])


@click.group(cls=_CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sealcheck")
def main() -> None:
    """Sealcheck reviews GitLab merge requests for secret hygiene: CI jobs, Vault roles and policies."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535))
def serve(host: str, port: int) -> None:
    """Run web and worker together (the usual way)."""
    from bot import service

    sys.exit(service.serve(host, port))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535))
@click.option("--fd", type=int, hidden=True, help="an open listening socket, from `serve`")
def web(host: str, port: int, fd: int | None) -> None:
    """Receive webhooks and queue reviews.

    Any number of them on PostgreSQL, one on SQLite.
    """
    from bot import service

    service.web(host, port, fd)


@main.command()
def worker() -> None:
    """Run the queued reviews.

    Any number of them on PostgreSQL, one on SQLite.
    """
    from bot import service

    sys.exit(service.worker())


@main.command()
@click.argument("merge_request", type=_MergeRequest(), metavar="PROJECT!IID")
@click.option("--dry-run", is_flag=True, help="print the comments instead of posting them")
def review(merge_request: tuple[str, int], *, dry_run: bool) -> None:
    """Review one merge request now, without a webhook."""
    from bot import operate

    sys.exit(operate.review_now(*merge_request, dry_run=dry_run))


@main.command()
@click.option("--once", is_flag=True, help="look once, instead of again and again")
def sweep(*, once: bool) -> None:
    """Find and queue merge requests that were missed."""
    from bot import operate

    sys.exit(operate.sweep(once=once))


_FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)


@main.command()
@click.option(
    "--group", metavar="G", help="a group with its subgroups; without: every project that the bot sees"
)
@click.option(
    "--max-requests-per-minute",
    "per_minute",
    default=300,
    show_default=True,
    type=click.IntRange(0, 100_000),
    help="the most requests to GitLab in a minute; 0: no limit",
)
@click.option(
    "--max-files",
    default=500,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help="files read of one project",
)
@click.option("--all", "everything", is_flag=True, help="read projects again that have not changed")
@click.option(
    "--open-merge-requests",
    is_flag=True,
    help="offer the proven fixes of each project that is read as one merge request; once closed, never again",
)
@_FORMAT
def survey(
    *,
    group: str | None,
    per_minute: int,
    max_files: int,
    everything: bool,
    open_merge_requests: bool,
    form: str,
) -> None:
    """Survey the default branches of all projects: standing findings, and the trust map.

    Goes on where an interrupted survey ended. Later ones read only projects that have changed. Keeps no file's text.
    """
    from bot import surveying

    sys.exit(
        surveying.survey_now(
            group=group,
            per_minute=per_minute,
            most_files=max_files,
            everything=everything,
            open_merge_requests=open_merge_requests,
            form=form,
        )
    )


@main.command("who-can")
@click.argument("path")
@click.option(
    "--capability",
    default="read",
    show_default=True,
    type=click.Choice(["read", "list", "create", "update", "patch", "delete", "sudo"]),
)
@_FORMAT
def who_can(path: str, capability: str, form: str) -> None:
    """Print which projects and refs can read a path of Vault, by the last survey.

    PATH is one of Vault's API, or of `vault kv`: ops/prod/db. Exit status 1 where no project can.
    """
    from bot import surveying

    sys.exit(surveying.who_can(path, capability, form))


@main.command()
@click.argument("project")
@_FORMAT
def reach(project: str, form: str) -> None:
    """Print which roles, paths and clouds the jobs of a project can reach, by the last survey."""
    from bot import surveying

    sys.exit(surveying.reach(project, form))


@main.command()
@click.option("--dry-run", is_flag=True, help="print what would be done")
@click.option("--group", metavar="G", help="the group whose hook it is; without: the instance's system hook")
@click.option(
    "--project", "projects", metavar="PATTERN", help="each project of the bot with such a path: platform/**"
)
@click.option("--rotate", is_flag=True, help="write the newest secret into a hook that is right otherwise")
@click.option("--remove", is_flag=True, help="take the hooks away")
def provision(*, dry_run: bool, group: str | None, projects: str | None, rotate: bool, remove: bool) -> None:
    """Install, repair or remove the hooks."""
    from bot import operate

    if group is not None and projects is not None:
        raise click.UsageError("--group or --project, not both")
    sys.exit(operate.provision(dry_run=dry_run, group=group, projects=projects, rotate=rotate, remove=remove))


@main.command()
def doctor() -> None:
    """Check GitLab, token, roles, hooks and database.

    One line for each check; exit status 1 if one fails. What depends on a failed check is skipped.
    """
    from bot import operate

    sys.exit(operate.examine())


def run() -> None:
    """Run the program. A scan ends at once: taking apart what it has read would be a tenth of a short one."""
    try:
        main(prog_name="sealcheck")
    except SystemExit as ended:
        if sys.argv[1:2] != ["scan"] or not isinstance(ended.code, int):
            raise
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except OSError:
            raise ended from None  # Python itself says what became of the output
        os._exit(ended.code)


if __name__ == "__main__":
    run()
