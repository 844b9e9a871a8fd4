"""The quick looks before the patterns: what a pattern finds, the look in front of it lets through."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.credentials import texts
from bot.credentials.command_lines import _may_hold, sightings_in_script
from bot.documents.shell import parse_shell
from bot.facts import credentials
from bot.facts.password_options import BY_PROGRAM
from bot.facts.secret_names import SPEAKS_OF_SECRETS, speaks_of_secrets

SAMPLES = [
    line
    for path in sorted((Path(__file__).parents[1] / "rules" / "hardcoded-credential").iterdir())
    if path.is_file()
    for line in path.read_text().splitlines()
]
PIECES = (
    *(
        "pass",
        "PAT",
        "path",
        "Pat",
        "PATH",
        "token",
        "API_KEY",
        "\u212aey",
        "pa\u00df",
        "ſecret",
        "SALT",
        "x",
    ),
    *(
        "mysql",
        "MySQL",
        "curl",
        "-u",
        "-p",
        "echo",
        "base64",
        "://",
        "https://",
        "ci:",
        "hunter2",
        "@",
        "@host",
    ),
    *(
        " ",
        "\n",
        "=",
        ":",
        "'",
        '"',
        "$'",
        "|",
        "<<<",
        "\\\n",
        ".",
        "/",
        "auth=(",
        "identified by ",
        "login ",
    ),
)
texts_of_pieces = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(texts_of_pieces)
def test_names_of_secrets(text: str) -> None:
    assert speaks_of_secrets(text) >= bool(re.search(SPEAKS_OF_SECRETS, text))
    assert speaks_of_secrets("the $PATH of a file") is False


@given(texts_of_pieces)
def test_scripts(text: str) -> None:
    assert _may_hold(text) or not list(sightings_in_script(parse_shell(text)))


@given(st.sampled_from(sorted(BY_PROGRAM)), st.sampled_from(["", "sudo ", "/usr/bin/"]))
def test_programs_with_password_options(program: str, before: str) -> None:
    assert _may_hold(f"{before}{program.upper()} -x y")


@given(texts_of_pieces)
def test_passwords_in_addresses(text: str) -> None:
    found = list(credentials.passwords_in_urls(text))
    every = list(credentials._URL_WITH_PASSWORD.finditer(text))
    assert [match.span() for match in found] == [match.span() for match in every]


def test_samples() -> None:
    for line in SAMPLES:
        assert _may_hold(line) or not list(sightings_in_script(parse_shell(line))), line
        for pattern, hints, _ in (*texts._OTHERS, *texts._LOGINS):
            assert not pattern.search(line) or any(hint in line.lower() for hint in hints), line


@given(texts_of_pieces)
def test_logins(text: str) -> None:
    for pattern, hints, _ in (*texts._OTHERS, *texts._LOGINS):
        assert not pattern.search(text) or any(hint in text.lower() for hint in hints)
