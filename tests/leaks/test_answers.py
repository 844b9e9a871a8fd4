"""Secrets that a request brings, parts of ID tokens, and what depends on a condition."""

from __future__ import annotations

import pytest

from bot.findings import Severity
from bot.leaks.analysis import leaks_of
from bot.leaks.model import Sink
from bot.leaks.visibility import log_severity
from bot.snapshot import Tree
from tests.leaks.jobs import job


def reported(*script, **given):
    """Each leak to the log or an artifact: its sink and what it is."""
    found = leaks_of(job(*script, **given), Tree({}))
    return [(leak.sink, leak.source.contents) for leak in found if leak.sink is not Sink.ARGUMENT]


EXCHANGE = 'curl -sf -u "app:$K" https://login.example.com/v2/exchange'
VAULT = 'curl -sf -H "X-Vault-Token: $VT" "$ADDR/v1/'


@pytest.mark.parametrize(
    "script",
    [
        (f"R=$({EXCHANGE} | jq -r .access_token)", 'echo "got $R"'),
        (f"A=$({EXCHANGE})", 'R=$(jq -r .id_token <<< "$A")', 'echo "$R"'),
        (f'R=$({EXCHANGE} | grep -o \'"token":"[^"]*\' | cut -d\\" -f4)', 'echo "$R"'),
        (f"{EXCHANGE} -o a.json", "R=$(jq -r .token a.json)", 'echo "$R"'),
        (
            f"R=$({EXCHANGE} | python3 -c \"import sys, json; print(json.load(sys.stdin)['accessToken'])\")",
            'echo "$R"',
        ),
        ("R=$(wget -qO- --post-data \"key=$K\" https://login.example.com/in | jq -r '.token')", 'echo "$R"'),
    ],
)
def test_a_token_that_was_got_for_a_secret_is_one(script):
    assert reported(*script) == [(Sink.DERIVED, "a new token")]


@pytest.mark.parametrize(
    "script",
    [
        (EXCHANGE,),
        (f"A=$({EXCHANGE})", 'echo "$A" | jq .expires_in', 'echo "$A" | jq .token_type'),
        ("curl -sf https://api.example.com/items | jq -r .token",),
        (f"{EXCHANGE} > /dev/null",),
        (f"{EXCHANGE} -o /dev/null",),
    ],
)
def test_another_answer_is_none(script):
    assert reported(*script) == []


def test_what_an_oauth_server_answers_is_a_token_as_it_stands():
    script = "curl -d client_id=app https://login.example.com/oauth2/token"
    assert reported(script) == [(Sink.TOOL, "a new token")]


@pytest.mark.parametrize(
    ("path", "contents"),
    [
        ('secret/data/app"', "the secret"),
        ('auth/jwt/login" -d "jwt=$K"', "the Vault token"),
        ('database/creds/app"', "the new credential"),
        ('pki/issue/app" -d common_name=x', "the new credential"),
        ('sys/health"', None),
        ('kv/metadata/app"', None),
        ('kv/data/app" -X POST -d "{}"', None),
        ('auth/token/revoke-self" -X POST', None),
    ],
)
def test_vault_is_known_by_its_header_whatever_its_address(path, contents):
    assert reported(VAULT + path) == ([(Sink.TOOL, contents)] if contents else [])


def test_the_answer_goes_where_the_request_puts_it():
    for to in ("> a.json", "-o a.json", "-oa.json", "--output a.json"):
        assert reported(f'{VAULT}secret/data/app" {to}', artifacts="a.json") == [(Sink.UPLOAD, "the secret")]
    assert reported('wget --header "X-Vault-Token: $VT" "$ADDR/v1/kv/data/app"', artifacts="app") == [
        (Sink.UPLOAD, "the secret")
    ]


@pytest.mark.parametrize(
    ("script", "severity"),
    [
        ('echo "$T" | cut -d. -f2 | base64 -d', Severity.LOW),
        ('IFS=. read -r h p s <<< "$T"; echo "$p" | base64 -d', Severity.LOW),
        ('IFS=. read -ra all <<< "$T"; echo "${all[1]}" | base64 -d', Severity.LOW),
        ('jq -R \'split(".") | .[1] | @base64d\' <<< "$T"', Severity.LOW),
        ("awk -F. '{print $2}' <<< \"$T\" | base64 -d", Severity.LOW),
        ('base64 <<< "$T"', Severity.HIGH),
        ('jq -R @base64 <<< "$T"', Severity.HIGH),
        ('rev <<< "$T" | cut -d. -f1', Severity.HIGH),
    ],
)
def test_a_part_of_an_id_token_stays_a_part(script, severity):
    (leak,) = leaks_of(job(script, id_tokens=("T",)), Tree({}))
    assert log_severity(leak) is severity


@pytest.mark.parametrize(
    ("script", "severity"),
    [
        ('while read -r l; do echo "$l"; done < "$F"', Severity.LOW),
        ('cat "$F" | while read -r l; do echo "key: $l"; done', Severity.LOW),
        ('while read -r l || [ -n "$l" ]; do echo "$l"; done < "$F"', Severity.MEDIUM),
        ('while read -r l; do echo "$l"; done <<< "$K"', Severity.MEDIUM),
    ],
)
def test_a_loop_does_not_see_a_line_without_its_newline(script, severity):
    (leak,) = leaks_of(job(script), Tree({}))
    assert log_severity(leak) is severity


@pytest.mark.parametrize(
    ("switch", "is_conditional"),
    [
        ("set -x", False),
        ('[[ "$DEBUG" ]] && set -x', True),
        ('[ -z "$DEBUG" ] || set -o xtrace', True),
        ('if [ "$DEBUG" = 1 ]; then set -x; fi', True),
        ('case "$DEBUG" in yes) set -x;; esac', True),
        ("set ${DEBUG:+-x}", True),
        ("true && set -x", False),
        ('[[ "$DEBUG" ]] && set -x; set -x', False),
    ],
)
def test_tracing_behind_a_condition_depends_on_it(switch, is_conditional):
    found = leaks_of(job(switch, './deploy.sh "$K"'), Tree({}))
    assert found[-1].sink is Sink.TRACE
    assert found[-1].is_conditional is is_conditional


def test_a_condition_of_the_file_itself_is_known():
    (leak,) = leaks_of(
        job('[[ "$DEBUG" ]] && set -x', './deploy.sh "$K"', variables={"DEBUG": "1"}), Tree({})
    )
    assert not leak.is_conditional


@pytest.mark.parametrize(
    ("script", "severity"),
    [
        ('nl "$SSH_KEY"', Severity.HIGH),
        ('nl "$NOTE"', Severity.MEDIUM),
        ('head -2 "$NOTE"', Severity.HIGH),
        ('cat "$SSH_KEY"', Severity.MEDIUM),
        ("awk 'NR<3' \"$NOTE\"", Severity.HIGH),
        ('diff "$SSH_KEY" /dev/null', Severity.HIGH),
        ("python3 -c 'import os; print(open(os.environ[\"NOTE\"]).read())'", Severity.MEDIUM),
        ("python3 -c 'import os; print(open(os.environ[\"NOTE\"]).readline())'", Severity.HIGH),
    ],
)
def test_lines_of_a_file_are_readable_where_it_has_several(script, severity):
    (leak,) = leaks_of(job(script, files=("SSH_KEY", "NOTE")), Tree({}))
    assert log_severity(leak) is severity
