"""Settings: all problems at once, each one line; secrets never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, load, read_env_file, table

GOOD = {"GITLAB_TOKEN": "the-bots-token", "WEBHOOK_SECRET": "old, new"}
KEY = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def settings(tmp_path: Path, **more: str) -> Settings:
    return load({**GOOD, **more}, tmp_path, webhook=True)


def problems(tmp_path: Path, **given: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load({**GOOD, **given}, tmp_path, webhook=True)
    return str(refused.value).splitlines()


def test_the_defaults(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found.gitlab_url == "https://gitlab.com"
    assert found.webhook_secrets == ("old", "new")
    assert found.sqlite_path == Path("sealcheck.sqlite3")
    assert found.review_timeout_seconds == 300


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GITLAB_URL", "gitlab.canary.example"),
        ("GITLAB_URL", "https://user:canary@gitlab.example.com"),
        ("GITLAB_TOKEN", "canary words"),
        ("WEBHOOK_SIGNING_TOKEN", "canary"),
        ("WEBHOOK_SIGNING_TOKEN", "whsec_"),
        ("WEBHOOK_SIGNING_TOKEN", "whsec_not canary"),
        ("DATABASE_URL", "mysql://canary"),
        ("DATABASE_URL", "sqlite:///"),
        ("PUBLIC_URL", "//canary"),
        ("SENTRY_DSN", "https://canary.example.com/1"),
        ("SEALCHECK_POLICY", "/no/canary"),
        ("LOG_LEVEL", "CANARY"),
        ("SEALCHECK_CONCURRENT_REVIEWS", "0"),
        ("SEALCHECK_CONCURRENT_REVIEWS", "-1"),
        ("SEALCHECK_CONCURRENT_REVIEWS", "\u0664"),
    ],
)
def test_each_malformed_one_is_named_and_its_value_not_shown(
    tmp_path: Path, variable: str, value: str
) -> None:
    (line,) = problems(tmp_path, **{variable: value})
    assert line.startswith(f"{variable}: takes ")
    assert "canary" not in line.lower()


def test_all_problems_together(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load({"GITLAB_URL": "x"}, tmp_path, webhook=True)
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == [
        "GITLAB_URL",
        "GITLAB_TOKEN",
        "WEBHOOK_SECRET",
    ]


def test_one_of_the_two_webhook_secrets_is_enough_and_only_a_receiver_needs_it(tmp_path: Path) -> None:
    token = {"GITLAB_TOKEN": "the-bots-token"}
    assert (
        load({**token, "WEBHOOK_SIGNING_TOKEN": f"{KEY},{KEY}"}, tmp_path, webhook=True).webhook_secrets == ()
    )
    assert load(token, tmp_path).webhook_secrets == ()
    with pytest.raises(SettingsError, match="WEBHOOK_SECRET"):
        load({**token, "WEBHOOK_SECRET": " , "}, tmp_path, webhook=True)


def test_no_secret_shows_in_the_repr(tmp_path: Path) -> None:
    secret = {
        "GITLAB_TOKEN": "canary-token",
        "GITLAB_PROVISION_TOKEN": "canary-provision",
        "WEBHOOK_SECRET": "canary-hook",
        "WEBHOOK_SIGNING_TOKEN": KEY,
        "DATABASE_URL": "postgresql://bot:canary-db@db/x",
        "SENTRY_DSN": "https://canarydsn@sentry.example.com/1",
    }
    found = load(secret, tmp_path, webhook=True)
    assert "canary" not in repr(found)
    assert KEY not in repr(found)
    assert set(found.secret_values) == {*secret.values(), "canary-db"} - {secret["DATABASE_URL"]}


def test_the_env_file_is_read_under_the_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# comment\n\nexport GITLAB_URL=https://gitlab.example.com/ # inline\r\nGITLAB_TOKEN='from file # kept'\n"
        'WEBHOOK_SECRET="a=b"\nLOG_LEVEL=debug\nDOLLAR=$HOME\n'
    )
    found = load({"GITLAB_TOKEN": "from-environment"}, tmp_path, webhook=True)
    assert found.gitlab_url == "https://gitlab.example.com"
    assert found.gitlab_token == "from-environment"
    assert found.webhook_secrets == ("a=b",)
    assert found.log_level == "DEBUG"
    assert read_env_file(tmp_path / ".env", [])["DOLLAR"] == "$HOME"
    assert read_env_file(tmp_path / ".env", [])["GITLAB_TOKEN"] == "from file # kept"


def test_a_broken_env_file_is_reported_by_line_without_its_text(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("canary\nGITLAB_TOKEN='canary\n")
    lines = problems(tmp_path)
    assert len(lines) == 2
    assert "line 1" in lines[0]
    assert "line 2" in lines[1]
    assert "canary" not in "".join(lines)


def test_the_table_has_every_variable_of_the_interface() -> None:
    variables = [variable for variable, _, _ in table()]
    assert variables[:10] == [
        "GITLAB_URL",
        "GITLAB_TOKEN",
        "GITLAB_PROVISION_TOKEN",
        "WEBHOOK_SECRET",
        "WEBHOOK_SIGNING_TOKEN",
        "DATABASE_URL",
        "PUBLIC_URL",
        "SENTRY_DSN",
        "SEALCHECK_POLICY",
        "LOG_LEVEL",
    ]
    assert len(set(variables)) == len(variables)
    assert all(meaning for _, _, meaning in table())
