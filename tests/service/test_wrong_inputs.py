"""What every command does with a wrong call, a wrong setting, or a world that does not answer.

Always: a line (or one for each setting) that names what is wrong, exit status 2 for a wrong call or setting and 1 for
a failure, and never a traceback.
"""

from __future__ import annotations

import logging
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import bot.operate
from bot.__main__ import GROUPS, main
from tests.gitlab_double import GitLabDouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

GOOD = {"GITLAB_TOKEN": "a-token", "WEBHOOK_SECRET": "a-secret", "PUBLIC_URL": "https://bot.invalid"}
NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens
UNKNOWN_HOST = "http://gitlab.invalid"  # RFC 6761: never resolves
PIPELINE = "deploy:\n  script: [make]\n"
WITH_SETTINGS = {
    "serve": ("serve", "--port", "0"),
    "web": ("web", "--port", "0"),
    "worker": ("worker",),
    "review": ("review", "group/app!1"),
    "dry review": ("review", "group/app!1", "--dry-run"),
    "sweep": ("sweep", "--once"),
    "survey": ("survey",),
    "provision": ("provision",),
    "doctor": ("doctor",),
}
"""The commands that read settings, as they are usually called."""

WRONG_SETTINGS = {
    "no token": ({"GITLAB_TOKEN": None}, "GITLAB_TOKEN: is missing"),
    "a token with a space": ({"GITLAB_TOKEN": "a b"}, "GITLAB_TOKEN: takes"),
    "a URL without scheme": ({"GITLAB_URL": "gitlab.example.com"}, "GITLAB_URL: takes"),
    "a URL with a user": ({"GITLAB_URL": "https://me@gitlab.example.com"}, "GITLAB_URL: takes"),
    "another database": ({"DATABASE_URL": "mysql://db/x"}, "DATABASE_URL: takes"),
    "a folder that is missing": ({"DATABASE_URL": "sqlite:////no/such/folder/q"}, "/no/such/folder"),
    "a signing token without key": ({"WEBHOOK_SIGNING_TOKEN": "whsec_"}, "WEBHOOK_SIGNING_TOKEN: takes"),
    "no address": ({"PUBLIC_URL": "bot.example.com"}, "PUBLIC_URL: takes"),
    "no DSN": ({"SENTRY_DSN": "https://sentry.example.com"}, "SENTRY_DSN: takes"),
    "no log level": ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL: takes"),
    "a number out of range": ({"SEALCHECK_MAX_THREADS": "0"}, "SEALCHECK_MAX_THREADS: takes"),
    "no number": ({"SEALCHECK_MAX_ATTEMPTS": "many"}, "SEALCHECK_MAX_ATTEMPTS: takes"),
    "half a console": ({"SEALCHECK_CONSOLE_CLIENT_ID": "id"}, "SEALCHECK_CONSOLE_CLIENT_SECRET: is missing"),
    "a misspelt name": ({"SEALCHECK_MAX_TREADS": "3"}, "did you mean SEALCHECK_MAX_THREADS?"),
    "half a name": ({"SEALCHECK_REVIEW_TIMEOUT": "3"}, "did you mean SEALCHECK_REVIEW_TIMEOUT_SECONDS?"),
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    """Commands run in this process: logging and working folder are given back."""
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield Runner(tmp_path, monkeypatch)
    root.handlers[:], root.level = handlers, level


@dataclass
class Runner:
    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def __call__(
        self,
        *arguments: str,
        environment: dict[str, str | None] | None = None,
        stdin: bytes = b"",
        **files: str,
    ) -> Result:
        for name, text in files.items():
            self.folder.joinpath(name.replace("__", ".")).write_text(text)
        given = {"SEALCHECK_GITLAB_TIMEOUT_SECONDS": "2", **(environment or {})}
        return CliRunner().invoke(main, arguments, env=given, input=stdin)


def ended_well(found: Result) -> str:
    """What was printed, if the command ended by an exit status and not by an exception."""
    assert found.exception is None or isinstance(found.exception, SystemExit), repr(found.exception)
    printed = found.stdout + found.stderr
    assert "Traceback" not in printed
    assert "internal error" not in printed
    return printed


@pytest.mark.parametrize("wrong", WRONG_SETTINGS)
@pytest.mark.parametrize("command", WITH_SETTINGS)
def test_a_wrong_setting(run: Runner, command: str, wrong: str):
    changes, words = WRONG_SETTINGS[wrong]
    found = run(*WITH_SETTINGS[command], environment={**GOOD, "GITLAB_URL": NOBODY, **changes})
    ended_well(found)
    assert found.exit_code == 2
    assert found.stdout == ""
    assert words in found.stderr
    assert all(line.split(":")[0].isupper() for line in found.stderr.splitlines())


@pytest.mark.parametrize("command", ["serve", "web", "provision"])
def test_a_receiver_without_secret(run: Runner, command: str):
    found = run(*WITH_SETTINGS[command], environment={"GITLAB_TOKEN": "a-token"})
    ended_well(found)
    assert (found.exit_code, found.stderr.split(" ")[:3]) == (2, ["WEBHOOK_SECRET:", "is", "missing;"])


def test_provision_without_address(run: Runner):
    found = run("provision", environment={**GOOD, "PUBLIC_URL": None})
    assert (ended_well(found), found.exit_code) == (
        "PUBLIC_URL: is missing; takes the URL under which GitLab reaches the bot\n",
        2,
    )


@pytest.mark.parametrize("command", ["review", "dry review", "sweep", "survey", "provision"])
@pytest.mark.parametrize(
    ("url", "cause"),
    [(NOBODY, "the connection is refused"), (UNKNOWN_HOST, "the host name is not known (DNS)")],
)
def test_a_gitlab_that_does_not_answer(run: Runner, command: str, url: str, cause: str):
    found = run(*WITH_SETTINGS[command], environment={**GOOD, "GITLAB_URL": url})
    printed = ended_well(found)
    assert found.exit_code == 1
    assert url in printed
    assert cause in printed
    assert len(found.stderr.splitlines()) == 1


@pytest.fixture
def double() -> Iterator[GitLabDouble]:
    with GitLabDouble() as found:
        found.project("group/app")
        yield found


@pytest.mark.parametrize("command", ["review", "dry review", "sweep", "survey", "provision"])
def test_a_token_that_gitlab_refuses(run: Runner, double: GitLabDouble, command: str):
    found = run(*WITH_SETTINGS[command], environment={**GOOD, "GITLAB_URL": double.url})
    assert "GitLab refuses GITLAB_TOKEN" in ended_well(found)
    assert (found.exit_code, len(found.stderr.splitlines())) == (2, 1)


def test_what_does_not_exist(run: Runner, double: GitLabDouble):
    settings = {**GOOD, "GITLAB_URL": double.url, "GITLAB_TOKEN": double.BOT_TOKEN}
    for call, words in (
        (("review", "group/nothing!1"), "the project group/nothing does not exist"),
        (("review", "4711!1"), "the project 4711 does not exist"),
        (("review", "group/app!99"), "group/app has no merge request !99"),
        (("review", "group/app!99", "--dry-run"), "group/app has no merge request !99"),
    ):
        found = run(*call, environment=settings)
        assert words in ended_well(found)
        assert (found.exit_code, len(found.stderr.splitlines())) == (2, 1), call


def test_provisioning_with_the_wrong_token(run: Runner, double: GitLabDouble):
    settings = {**GOOD, "GITLAB_URL": double.url, "GITLAB_TOKEN": double.BOT_TOKEN}
    found = run("provision", environment=settings)
    assert "GITLAB_PROVISION_TOKEN is missing" in ended_well(found)
    assert found.exit_code == 2
    found = run("provision", environment={**settings, "GITLAB_PROVISION_TOKEN": double.BOT_TOKEN})
    assert "GITLAB_PROVISION_TOKEN must be that of an administrator" in ended_well(found)
    assert found.exit_code == 2
    found = run(
        "provision",
        "--group",
        "nothing",
        environment={**settings, "GITLAB_PROVISION_TOKEN": double.ADMIN_TOKEN},
    )
    assert "group nothing" in ended_well(found)
    assert found.exit_code == 2
    double.refused.clear()


def test_a_postgresql_that_does_not_answer(run: Runner, double: GitLabDouble):
    settings = {**GOOD, "GITLAB_URL": double.url, "GITLAB_TOKEN": double.BOT_TOKEN}
    for url, words in (
        ("postgresql://bot:canary@127.0.0.1:9/x", "PostgreSQL at 127.0.0.1:9: the connection is refused"),
        ("postgresql://bot:canary@db.invalid/x", "PostgreSQL at db.invalid:5432: the host name is not known"),
    ):
        found = run("sweep", "--once", environment={**settings, "DATABASE_URL": url})
        printed = ended_well(found)
        assert words in printed
        assert "canary" not in printed
        assert (found.exit_code, len(found.stderr.splitlines())) == (1, 1)
        found = run("doctor", environment={**settings, "DATABASE_URL": url})
        assert f"FAIL  database: {words}" in ended_well(found)
        assert "canary" not in found.stdout
        assert "skip  queue: needs database" in found.stdout
        assert found.exit_code == 1


def test_the_doctor_names_the_gitlab_and_reports_each_fault_once(run: Runner):
    found = run("doctor", environment={**GOOD, "GITLAB_URL": UNKNOWN_HOST})
    lines = ended_well(found).splitlines()
    assert lines[0] == f"FAIL  GitLab: {UNKNOWN_HOST}: the host name is not known (DNS)"
    assert "skip  token: needs GitLab" in lines
    assert [line for line in lines if line.startswith("FAIL")] == [
        lines[0],
        "FAIL  address: https://bot.invalid does not answer, seen from here: the host name is not known (DNS)",
    ]
    assert found.exit_code == 1


def test_a_forgotten_gitlab_url_is_said(run: Runner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bot.operate, "open_client", lambda *_: pytest.fail("the token must not travel here"))
    asked: list[str] = []

    def refuse(settings: object, _token: str) -> object:
        asked.append(settings.gitlab_url)
        return Unanswering()

    monkeypatch.setattr(bot.operate, "open_client", refuse)
    found = run("doctor", environment=GOOD)
    assert asked == ["https://gitlab.com"]
    assert found.stdout.startswith("FAIL  GitLab: https://gitlab.com (the default: GITLAB_URL is not set): ")


class Unanswering:
    """A client whose GitLab does not answer."""

    def read(self, _path: str) -> object:
        raise bot.operate.SealcheckError("no answer in time")


def test_a_port_that_is_taken(run: Runner):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command in ("serve", "web"):
            found = run(command, "--port", port, environment={**GOOD, "GITLAB_URL": NOBODY})
            assert ended_well(found).endswith(f"cannot listen on 127.0.0.1:{port}: Address already in use\n")
            assert found.exit_code == 1


@dataclass
class Wrong:
    """A call without settings, what it must say, and its status."""

    call: tuple[str, ...]
    words: str
    status: int = 2
    files: dict[str, str] = field(default_factory=dict)
    stdin: bytes = b""


CI = {"ci__yml": PIPELINE}
WRONG_CALLS = [
    Wrong(("nothing",), "No such command 'nothing'"),
    Wrong(("serve", "--port", "80808"), "80808 is not in the range"),
    Wrong(("web", "--port", "http"), "'http' is not a valid integer"),
    Wrong(("review", "group/app"), "is not PROJECT!IID"),
    Wrong(("review", "group/app!0"), "is not PROJECT!IID"),
    Wrong(("review",), "Missing argument"),
    Wrong(("sweep", "--twice"), "No such option"),
    Wrong(("provision", "--group", "a", "--project", "b"), "--group or --project"),
    Wrong(("doctor", "now"), "unexpected extra argument"),
    Wrong(("worker", "2"), "unexpected extra argument"),
    Wrong(("survey", "--max-requests-per-minute", "many"), "'many' is not a valid integer"),
    Wrong(("survey", "--format", "xml"), "'xml' is not one of"),
    Wrong(("who-can",), "Missing argument"),
    Wrong(("who-can", "ops/x", "--capability", "own"), "'own' is not one of"),
    Wrong(("reach",), "Missing argument"),
    Wrong(("scan", "nothing"), "nothing: error: there is no such file or folder"),
    Wrong(("scan", "--format", "xml"), "'xml' is not one of"),
    Wrong(("scan", "--fail-on", "bad"), "'bad' is not one of"),
    Wrong(("scan", "--base", "HEAD"), "--base and --commit need a git checkout"),
    Wrong(("scan", "--commit", "HEAD"), "--base and --commit need a git checkout"),
    Wrong(("scan", "--fix", "--diff"), "give one of them"),
    Wrong(("scan", "--unsafe-fixes"), "give one of them too"),
    Wrong(("scan", "--write-baseline"), "--write-baseline needs --baseline"),
    Wrong(("scan", "--baseline", "b__json"), "not a baseline of Sealcheck", files={**CI, "b__json": "{"}),
    Wrong(("scan", "--policy", "nothing.yml"), "does not exist"),
    Wrong(("scan", "--policy", "p.yml"), "p.yml:1", files={**CI, "p__yml": "ignroe: []\n"}),
    Wrong(("scan", "--output", "/no/such/folder/x"), "No such file or directory", files=CI),
    Wrong(("scan", "--stdin-filename", "x.yml"), "add `-` to the call"),
    Wrong(("scan", "-", "x.yml"), "`-` (standard input) comes alone"),
    Wrong(("scan", "-"), "standard input is not UTF-8", stdin=b"\xff\xfe"),
    Wrong(("scan", "-"), "not YAML", stdin=b"a: [\n"),
    Wrong(("scan", "-"), "standard input is no pipeline", stdin=b'{"a": \n'),
    Wrong(("scan", "-", "--stdin-filename", "x.json"), "standard input is no pipeline", stdin=b'{"a": 1}\n'),
    Wrong(("scan", "--workers", "0"), "0 is not in the range"),
    Wrong(("audit", "--format", "xml"), "'xml' is not one of"),
    Wrong(("audit", "--against", "nothing"), "--against nothing: there is no such file or folder"),
    Wrong(("audit",), "VAULT_ADDR is missing"),
    Wrong(("rules", "secret-in-lgo"), "no rule is called 'secret-in-lgo'"),
    Wrong(("rules", "--format", "sarif"), "'sarif' is not one of"),
    Wrong(("explain", "ci.yml"), "is not FILE:LINE", files=CI),
    Wrong(("explain", "nothing.yml:1"), "there is no such file or folder"),
    Wrong(("explain", "ci.yml:99"), "ci.yml has 2 lines, and no line 99", files=CI),
    Wrong(("explain",), "Missing argument"),
    Wrong(("simulate", "nothing.json"), "there is no such file or folder"),
    Wrong(("simulate", "ci.yml"), "no JWT role was found there", files=CI),
    Wrong(("simulate", "r.json", "--project-id", "x"), "'x' is not a valid integer"),
    Wrong(("completion", "tcsh"), "'tcsh' is not one of"),
    Wrong(("man", "2"), "unexpected extra argument"),
    Wrong(("lsp", "--port", "1"), "No such option"),
]


@pytest.mark.parametrize("wrong", WRONG_CALLS, ids=lambda wrong: " ".join(wrong.call))
def test_a_wrong_call(run: Runner, wrong: Wrong):
    call = tuple(each.replace("__", ".") for each in wrong.call)
    found = run(*call, environment=GOOD, stdin=wrong.stdin, **wrong.files)
    assert wrong.words in ended_well(found)
    assert found.exit_code == wrong.status


def test_every_command_is_in_the_table():
    called = {wrong.call[0] for wrong in WRONG_CALLS}
    assert {name for group in GROUPS.values() for name in group} <= called
    assert len(WRONG_CALLS) >= 40


def test_a_defect_is_one_line_and_its_traceback_is_to_be_had(run: Runner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bot.operate, "load", lambda: {}["a-canary"])
    found = run("sweep", environment=GOOD)
    assert found.exit_code == 1
    assert found.stderr.startswith("sealcheck: internal error: KeyError at test_wrong_inputs.py:")
    assert "canary" not in found.stderr
    assert isinstance(run("sweep", environment={**GOOD, "LOG_LEVEL": "DEBUG"}).exception, KeyError)


def test_names_that_kubernetes_sets_are_no_misspelt_settings(run: Runner):
    names = (
        "SERVICE_HOST",
        "SERVICE_PORT",
        "PORT",
        "PORT_8080_TCP",
        "PORT_8080_TCP_ADDR",
        "WEB_SERVICE_PORT_HTTP",
    )
    services = {f"SEALCHECK_{name}": "10.0.0.1" for name in names}
    found = run("doctor", environment={**GOOD, "GITLAB_URL": NOBODY, **services})
    assert found.stdout.startswith("FAIL  GitLab")
