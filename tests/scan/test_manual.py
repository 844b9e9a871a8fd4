"""The manual page and the shells' completion: made of the commands, and read by real programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.settings import table

BIN = Path(sys.executable).parent


def said(*arguments: str) -> str:
    answer = CliRunner().invoke(main, arguments)
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_every_command_option_and_setting_is_in_the_page():
    page = said("man").replace("\\-", "-")
    context = main.make_context("sealcheck", ["--help"], resilient_parsing=True)
    for name in main.list_commands(context):
        assert f"\n.SS {name}\n" in page
        for parameter in main.get_command(context, name).params:
            if parameter.param_type_name == "option" and not parameter.hidden:
                assert parameter.opts[0] in page, f"{name} {parameter.opts}"
    assert all(f"\\fB{variable}\\fR" in page for variable, _, _ in table())


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_roff_reads_the_page_without_a_warning():
    done = subprocess.run(
        ["groff", "-man", "-Tascii", "-ww", "-rLL=200n", "-P-cbou"],
        input=said("man"), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    assert "--stdin-filename" in done.stdout
    assert 'eval "$(sealcheck completion bash)"\n' in done.stdout, "lines stay lines"


def bash(words: str, folder: Path) -> list[str]:
    """What a real bash offers for the words, the last of which is being typed."""
    script = f"""
eval "$(sealcheck completion bash)"
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
compopt() {{ local IFS=' '; echo "compopt $*"; }}
_sealcheck_completion sealcheck
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=True,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split("\n")


@pytest.mark.skipif(not (BIN / "sealcheck").exists(), reason="the console script is not installed")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("sealcheck sc", "scan"),
        ("sealcheck scan --f", "--fail-on"),
        ("sealcheck scan --format s", "sarif"),
        ("sealcheck scan --format json .git", "compopt -o default"),
        ("sealcheck rules secret-in-l", "secret-in-log"),
    ],
)
def test_bash_completes(tmp_path, words, offered):
    assert offered in bash(words, tmp_path)


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_their_script(shell):
    assert "_SEALCHECK_COMPLETE" in said("completion", shell)
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed: its script is not tried")
    subprocess.run([program, "-n"], input=said("completion", shell), text=True, check=True)
