"""The manual page and the shells' completion, both made of what `--help` is made of: the commands themselves."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import get_completion_class

from bot import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME: Final = "sealcheck"
_SHELLS: Final = ("bash", "zsh", "fish")
_FILES: Final = (
    (".sealcheck.yml", "the repository's policy: ignores with reasons, severities, limits, further files"),
    (".env", "the bot's settings, in the working folder; the environment wins"),
)
_EXAMPLES: Final = (
    ("sealcheck scan", "the working tree: what is wrong, where, and why"),
    ("sealcheck scan --base origin/main", "only what this branch brings in"),
    ("sealcheck scan --diff", "what --fix would change"),
    ("sealcheck explain .gitlab-ci.yml:12", "the job on that line, as GitLab runs it"),
    ("sealcheck simulate vault/roles/app.json --job .gitlab-ci.yml:deploy --ref main", "would it log in?"),
)


@click.command("man")
@click.pass_context
def man_command(context: click.Context) -> None:
    """Print the manual page.

    `sealcheck man | man -l -`, or into a folder of MANPATH as man1/sealcheck.1.
    """
    click.echo(man_page(context.find_root()), nl=False)


@click.command("completion")
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion_command(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    It completes commands, options, rules and files.

    \b
    ~/.bashrc:  eval "$(sealcheck completion bash)"
    ~/.zshrc:   eval "$(sealcheck completion zsh)"
    fish:       sealcheck completion fish > ~/.config/fish/completions/sealcheck.fish
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    made = get_completion_class(shell)
    if made is None:
        raise click.ClickException(f"this version of click completes nothing in {shell}")
    click.echo(made(context.find_root().command, {}, _NAME, f"_{_NAME.upper()}_COMPLETE").source(), nl=False)


def man_page(root: click.Context) -> str:
    """The page of the program behind `root`, in roff (man macros), without a date: the same input, the same page."""
    group = root.command
    if not isinstance(group, click.Group):
        raise TypeError(f"{group.name} has no commands")
    contexts = [
        click.Context(command, info_name=name, parent=root)
        for name in group.list_commands(root)
        if (command := group.get_command(root, name)) is not None
    ]
    from bot.settings import table  # noqa: PLC0415 - completion needs none of it

    lines = [
        f'.TH {_NAME.upper()} 1 "" "{_NAME} {__version__}" "User Commands"',
        ".SH NAME",
        f"{_NAME} \\- {_roff(_first(group).removeprefix('Sealcheck '))}",
        ".SH SYNOPSIS",
        *(line for context in contexts for line in _synopsis(context)),
        ".SH EXAMPLES",
        *(line for call, what in _EXAMPLES for line in _item(f"\\fB{_roff(call)}\\fR", what)),
        ".SH COMMANDS",
        "Every command shows its options with \\fB\\-\\-help\\fR.",
        *(line for context in contexts for line in _command(context)),
        ".SH ENVIRONMENT",
        "The bot's settings. scan, rules, explain, simulate and lsp need none of them.",
        *(
            line
            for name, default, what in table()
            for line in _item(f"\\fB{_roff(name)}\\fR", f"{what} [{default}]")
        ),
        ".SH FILES",
        *(line for name, what in _FILES for line in _item(f"\\fI{_roff(name)}\\fR", what)),
    ]
    return "\n".join(lines) + "\n"


def _synopsis(context: click.Context) -> Iterator[str]:
    yield f".B {_NAME} {_roff(context.info_name or '')}"
    yield _roff(" ".join(context.command.collect_usage_pieces(context)))
    yield ".br"


def _command(context: click.Context) -> Iterator[str]:
    """One command: what it does, then its options, in the words of `--help`."""
    yield f".SS {_roff(context.info_name or '')}"
    for number, paragraph in enumerate(cleandoc(context.command.help or "").split("\n\n")):
        if number:
            yield ".PP"
        if paragraph.startswith("\b"):
            yield from (".nf", *map(_roff, paragraph.split("\n")[1:]), ".fi")
        else:
            yield _roff(" ".join(paragraph.split()))
    for parameter in context.command.get_params(context):
        record = parameter.get_help_record(context)
        if isinstance(parameter, click.Option) and record is not None and "--help" not in parameter.opts:
            names, what = record
            yield from _item(f"\\fB{_roff(names)}\\fR", what)


def _item(term: str, what: str) -> Iterator[str]:
    yield from (".TP", term, _roff(" ".join(what.split())))


def _first(command: click.Command) -> str:
    return (command.help or "").split("\n")[0].rstrip(".")


def _roff(text: str) -> str:
    """`text` with nothing in it that roff would obey."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq")
    return f"\\&{escaped}" if escaped.startswith(".") else escaped
