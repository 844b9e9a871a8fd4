"""What the analysis of scripts says, beside the comparison with bash and the samples of the rules."""

from __future__ import annotations

import time

import pytest

from bot.documents.shell import parse_shell
from bot.leaks.analysis import follow, leaks_of
from bot.leaks.model import Leak, Origin, Sink
from bot.leaks.sources import looks_secret
from bot.snapshot import Tree
from tests.leaks.jobs import job


def leaks(*script: str, tree: dict[str, str] | None = None, **given: object) -> list[Leak]:
    return list(leaks_of(job(*script, **given), Tree(tree or {})))


def test_the_way_of_a_value_is_reported() -> None:
    (leak,) = leaks('URL="postgres://app:$K@db"', 'echo "$URL"')
    assert leak.sink is Sink.LOG
    assert [(step.text, step.span.start_line) for step in leak.steps] == [("URL", 10)]
    assert leak.span.start_line == 11


def test_a_script_of_the_repository_is_followed_with_its_arguments() -> None:
    (leak,) = leaks('./deploy.sh "$K"', tree={"deploy.sh": '#!/bin/sh\nset -e\necho "token: $1"\n'})
    assert (leak.span.path, leak.span.start_line, leak.sink) == ("deploy.sh", 3, Sink.LOG)


def test_a_child_sees_exported_variables_only() -> None:
    script = {"x.sh": '#!/bin/sh\necho "$MINE"\n'}
    assert leaks('MINE="$K"', "./x.sh", tree=script) == []
    assert [leak.span.path for leak in leaks('export MINE="$K"', "bash x.sh", tree=script)] == ["x.sh"]
    assert [leak.span.path for leak in leaks('MINE="$K"', "source ./x.sh", tree=script)] == ["x.sh"]


def test_a_secret_may_have_the_separator_that_read_looks_for() -> None:
    dump = 'while IFS== read -r name value; do echo "is $value"; done < <(env)'
    words = 'read -r first second <<< "$K"; echo "$second"'
    assert [[leak.source.name for leak in leaks(script) if leak.source] for script in (dump, words)] == [
        ["K"],
        ["K"],
    ]
    assert leaks('read -r first second third <<< "user host $K"; echo "$first $second"') == []


def test_after_script_is_another_shell_with_the_same_secrets() -> None:
    assert leaks('MINE="$K"', after=('echo "$MINE"',)) == []
    (leak,) = leaks("true", after=('echo "$K"',))
    assert leak.section == "after_script"


def test_entries_are_one_shell_and_keep_their_lines() -> None:
    (leak,) = leaks("if true; then", 'echo "$K"', "fi")
    assert leak.span.start_line == 11
    (leak,) = leaks("true", 'cd /tmp\nls\necho "$K"\n')
    assert leak.span.start_line == 13


def test_origins() -> None:
    assert leaks('echo "$CI_JOB_TOKEN"')[0].source.origin is Origin.PREDEFINED
    assert leaks('echo "$DEPLOY_TOKEN"')[0].source.origin is Origin.NAMED
    assert leaks('echo "$T"', id_tokens=("T",))[0].source.origin is Origin.ID_TOKEN
    assert leaks('echo "$COPY"', variables={"COPY": "x-$K"})[0].source.name == "K"
    assert leaks('echo "$DB_PASSWORD"', variables={"DB_PASSWORD": "postgres"}) == []


@pytest.mark.parametrize(
    "name",
    ["DB_PASSWORD", "DEPLOY_TOKEN", "SSH_PRIVATE_KEY", "DATABASE_URL", "AWS_SECRET_ACCESS_KEY", "API_KEY"],
)
def test_names_that_look_secret(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize(
    "name",
    ["PWD", "OLDPWD", "TOKEN_URL", "SECRET_NAME", "KEY_ID", "PASSWORD_FILE", "CACHE_KEY", "PUBLIC_KEY", "PASS_COUNT", "BYPASS",
     "DB_PASSWORD_HINT", "PASSWORD_REGEX", "PASS_RATE", "TOKEN_FORMAT", "GOOGLE_APPLICATION_CREDENTIALS", "KUBECONFIG",
     "COMPASS", "TOKENIZER", "NEXT_PUBLIC_API_KEY", "CI_PROJECT_PATH", "VAULT_ADDR", "token"],
)  # fmt: skip
def test_names_that_do_not(name: str) -> None:
    assert not looks_secret(name)


@pytest.mark.parametrize(
    "text",
    [
        'echo "',
        "if true; then",
        "$(",
        "${",
        "case x in",
        "cat <<EOF\n",
        "a ( b",
        "}",
        "((",
        "`",
        "x=(",
        "|",
        "\0",
    ],
)
def test_nonsense_is_reported_and_the_rest_is_read(text: str) -> None:
    script = parse_shell(f"{text}\necho ok")
    assert script.troubles or list(script.commands())
    leaks(f'{text}\necho "$K"')


def test_what_follows_a_trouble_is_followed() -> None:
    assert [leak.span.start_line for leak in leaks('foo ( bar\necho "$K"')] == [11]


def test_a_megabyte_and_deep_nesting_are_bounded() -> None:
    start = time.monotonic()
    parse_shell("echo $(" * 20_000)
    parse_shell("(" * 50_000)
    leaks('echo "$K" | base64\n' * 50_000)
    leaks("f() { f; f; }\nf")
    leaks("a && " * 3_000 + "b")
    assert time.monotonic() - start < 60


def test_what_is_no_shell_is_reported_with_its_line() -> None:
    reported = follow(job("true", "foo ( bar", "./x.sh"), {"x.sh": "#!/bin/sh\necho ok\nx=(\n"}).unread
    assert [(one.path, one.line) for one in reported] == [(".gitlab-ci.yml", 11), ("x.sh", 3)]


def test_a_script_too_long_to_follow_is_reported() -> None:
    (one,) = follow(job("X=a\n" * 70_000), {}).unread
    assert one.line > 50_000
    assert "beyond" in one.reason


@pytest.mark.parametrize(
    ("script", "is_reported"),
    [
        ('cat "$K"', True),
        ('cat "$K" > /dev/null', True),
        ('cat "$K" 2> /dev/null', False),
        ('cd "$K" &> /dev/null', False),
        ('. "$K" 2> /dev/null', False),
        ('ssh -i "$K" a 2> /dev/null', False),
        ('wc -c < "$K" 2> /dev/null', True),
        ('wc -c 2> /dev/null < "$K"', False),
        ('exec 2> /dev/null; ls "$K"', False),
    ],
)
def test_a_value_as_path_is_shown_where_the_error_is(script: str, is_reported: bool) -> None:
    assert (Sink.VALUE_AS_PATH in {leak.sink for leak in leaks(script)}) is is_reported


def test_called_files_of_any_name_are_asked_for_and_followed() -> None:
    script = (
        "source ci/settings.inc",
        "cd ci",
        ". ./more",
        "bash deploy",
        "./run",
        "docker build --build-arg K .",
    )
    missing = set(follow(job(*script), {}).asked)
    assert missing == {"ci/settings.inc", "ci/more", "ci/deploy", "ci/run", "ci/Dockerfile"}
    files = dict.fromkeys(missing - {"ci/Dockerfile"}, 'echo "$K"\n') | {
        "ci/Dockerfile": "FROM x\nARG K\nENV K=$K\n"
    }
    reported = leaks_of(job(*script), Tree(files))
    assert {leak.span.path for leak in reported} == {*files, ".gitlab-ci.yml"}


def test_a_called_program_of_another_language_is_not_read_as_shell() -> None:
    assert leaks("./run", tree={"run": '#!/usr/bin/env python3\necho "$K"\n'}) == []


def test_a_variable_that_is_a_path_is_no_secret_but_its_file_is() -> None:
    assert leaks('echo "$GOOGLE_APPLICATION_CREDENTIALS"') == []
    (leak,) = leaks('cat "$GOOGLE_APPLICATION_CREDENTIALS"')
    assert (leak.sink, leak.source and leak.source.origin) == (Sink.LOG, Origin.NAMED)


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("docker-credential-ecr-login get <<< registry.example.com", 1),
        ("az account get-access-token", 1),
        ("gh api -X POST /app/installations/1/access_tokens", 1),
        ("gh api /repos/app", 0),
        ("aws rds generate-db-auth-token --hostname db", 1),
        ("aws sts get-caller-identity", 0),
        ("T=$(kubectl create token app)", 0),
    ],
)
def test_programs_that_print_a_token(script: str, count: int) -> None:
    assert [leak.sink for leak in leaks(script)] == [Sink.TOOL] * count


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ('echo "$DATABASE_URL" | grep -o "@.*"', 0),
        ('echo "$DATABASE_URL" | grep -oE "[^:]+@"', 1),
        ('echo "$API_TOKEN" | grep -o "@.*"', 1),
        (
            "python3 -c \"import os, urllib.parse as u; print(u.urlparse(os.environ['DATABASE_URL']).hostname)\"",
            0,
        ),
        (
            "python3 -c \"import os, urllib.parse as u; print(u.urlparse(os.environ['DATABASE_URL']).password)\"",
            1,
        ),
        ("node -e 'console.log(new URL(process.env.DATABASE_URL).port)'", 0),
    ],
)
def test_what_is_around_a_credential_is_none(script: str, count: int) -> None:
    assert len(leaks(script)) == count


def test_a_loop_of_another_language_ends() -> None:
    script = parse_shell("for i in range(9):\n    print(i)\necho done")
    assert script.troubles
    assert [command.name for command in script.commands()] == ["echo"]


def test_a_here_document_that_is_no_shell_does_not_stop_the_reader() -> None:
    script = parse_shell("cat <<EOF\n${a b\nEOF\necho done\n")
    assert script.troubles
    assert "echo" in [command.name for command in script.commands()]
