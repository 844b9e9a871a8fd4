"""The `RUN` steps of a Dockerfile: what the log of the build shows of its secrets, and what the image keeps."""

from __future__ import annotations

import pytest

from bot.leaks.analysis import leaks_of
from bot.leaks.model import Sink
from bot.snapshot import Tree
from tests.leaks.jobs import job

BY_ARGUMENT = 'docker build --build-arg TOKEN="$K" .'
BY_VARIABLE = "docker buildx build --secret id=npm,env=K -t app ."
BY_FILE = 'docker build --secret=id=npm,src="$F" .'
BY_NAME = "podman build --secret id=K ."


def found(script: str, *steps: str) -> list[tuple[Sink, int]]:
    """What is reported in the Dockerfile, by the number of the step."""
    text = "\n".join(("FROM alpine", *steps))
    leaks = leaks_of(job(script), Tree({"Dockerfile": text}))
    return [(leak.sink, leak.span.start_line - 1) for leak in leaks if leak.span.path == "Dockerfile"]


@pytest.mark.parametrize(
    ("script", "steps", "leaks"),
    [
        (BY_ARGUMENT, ["ARG TOKEN", "RUN echo $TOKEN | rev"], [(Sink.TRANSFORMED, 2)]),
        (BY_ARGUMENT, ["RUN echo $TOKEN"], []),
        (BY_ARGUMENT, ["ARG TOKEN", "FROM alpine", "RUN env"], []),
        (BY_ARGUMENT, ["ARG TOKEN=none", "RUN ./install --quiet", "RUN set -x; ./install $TOKEN"], [(Sink.TRACE, 3)]),
        (BY_VARIABLE, ["RUN --mount=type=secret,id=npm cat /run/secrets/npm"], [(Sink.LOG, 1)]),
        (BY_VARIABLE, ["RUN --mount=type=secret,id=other cat /run/secrets/npm", "RUN cat /run/secrets/npm"], []),
        (BY_VARIABLE, ["RUN --mount=type=secret,id=npm,target=/tmp/t \\\n  head -c 9 /tmp/t"], [(Sink.TRANSFORMED, 1)]),
        (BY_VARIABLE, ["RUN --mount=type=secret,id=npm,env=T printenv T"], [(Sink.LOG, 1)]),
        (BY_VARIABLE, ["RUN echo $K; env"], []),
        (BY_FILE, ["RUN --mount=type=secret,id=npm cp /run/secrets/npm /root/.npmrc"], [(Sink.IMAGE, 1)]),
        (BY_FILE, ["RUN --mount=type=secret,id=npm cp /run/secrets/npm a && npm ci && rm a"], []),
        (BY_FILE, ["RUN --mount=type=secret,id=npm,target=/root/.npmrc npm ci"], []),
        (BY_NAME, ["RUN --mount=type=secret,id=K base64 /run/secrets/K"], [(Sink.TRANSFORMED, 1)]),
        ("docker build -q --secret id=K .", ["RUN --mount=type=secret,id=K cat /run/secrets/K"], []),
        ("docker build .", ["RUN --mount=type=secret,id=K cat /run/secrets/K"], []),
    ],
)  # fmt: skip
def test_steps(script: str, steps: list[str], leaks: list[tuple[Sink, int]]) -> None:
    assert found(script, *steps) == leaks


def test_a_layer_of_another_stage_is_not_kept() -> None:
    stage = ["RUN --mount=type=secret,id=npm cp /run/secrets/npm /root/.npmrc", "FROM alpine", "RUN ls"]
    assert found(BY_FILE, *stage) == []


def test_the_job_goes_on_with_its_own_files_and_variables() -> None:
    tree = Tree({"Dockerfile": "FROM alpine\nRUN --mount=type=secret,id=npm true\n"})
    leaks = leaks_of(job(f'{BY_VARIABLE}\necho "$K"'), tree)
    assert [(leak.sink, leak.span.path) for leak in leaks] == [(Sink.LOG, ".gitlab-ci.yml")]


SIGNED = """\
b64() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
header=$(printf '{"alg":"RS256"}' | b64)
payload=$(printf '{"iss":"%s"}' "$APP_ID" | b64)
signature=$(printf '%s' "$header.$payload" | openssl dgst -sha256 -sign "$F" | b64)
jwt="$header.$payload.$signature"
"""


@pytest.mark.parametrize(
    ("script", "sinks"),
    [
        (f'{SIGNED}echo "$jwt"', [Sink.DERIVED]),
        (f'{SIGNED}curl -s -H "Authorization: Bearer $jwt" https://api.example.com/app', []),
        (f'{SIGNED}echo "${{#jwt}}"', []),
        ('openssl dgst -sha256 -sign "$F" dist/app.tgz | base64', []),
        ('printf %s "$P" | openssl dgst -sha256 -hmac "$K" | cut -d" " -f2', []),
    ],
)
def test_a_token_that_the_script_signs(script: str, sinks: list[Sink]) -> None:
    kept = {Sink.DERIVED, Sink.LOG, Sink.TRANSFORMED}
    assert [leak.sink for leak in leaks_of(job(script), Tree({})) if leak.sink in kept] == sinks
