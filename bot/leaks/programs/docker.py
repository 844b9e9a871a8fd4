"""`docker` and other tools of images: logins, builds, variables of containers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.findings import Confidence
from bot.lazy import regex
from bot.leaks.model import LeakedForm, Sink
from bot.leaks.program import Argument, Exposure, Keeps, Printer, Program
from bot.leaks.programs.repairs import value_of
from bot.leaks.programs.secret_runners import dumps, run_with_secrets
from bot.leaks.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.model import Leak
    from bot.leaks.program import Invocation
    from bot.leaks.values import Flow

_LOGIN: Final = Argument(r"-p=?|--password=", r"-p|--password", "--password-stdin", when=r".*\blogin\b")
_RUN: Final = Argument(
    r"(?:-e|--env)=?\w+=", r"-e|--env", "-e NAME without a value", when=r"(?:compose )?(?:run|exec)\b"
)
_CONFIG: Final = r"-q|--quiet|--no-interpolate|--services|--images|--hash|--volumes"
_SETTINGS: Final = "the settings with every variable filled in"
_SET_ARGUMENT: Final = regex(r"(?:--set=)?[^.=]+\.args\.")
"""`docker buildx bake --set TARGET.args.NAME=VALUE`"""
# `user:password` in base64, unless a credential store is set up (docs.docker.com/reference/cli/docker/login, 2026-11)
_KEPT: Final = Keeps(r"\blogin\b", "/root/.docker/config.json", LeakedForm.CHANGED)
_IN_CONTAINER: Final = regex(r"\S+ (?:container |compose )?(?P<verb>run|exec)\b")
_BUILDING: Final = regex(r"\b(?:build|bud|bake)\b|executor")


def _builds(call: Invocation) -> bool:
    return _BUILDING.search(call.line) is not None


def _exposes(call: Invocation) -> Iterator[Exposure]:
    """The build arguments that stay in the history of an image, and what the Dockerfile keeps."""
    if not _builds(call):
        return
    from bot.leaks.images import report_build_files, report_image  # noqa: PLC0415 - few jobs build an image

    arguments: dict[str, Flow] = {}
    for name, flow in _build_arguments(call):
        arguments[name] = flow
        yield Exposure(Sink.IMAGE, flow, name)
    if call.name == "docker-compose" or "bake" in call.texts or call.texts[:1] == ["compose"]:
        report_build_files(call)
    else:
        report_image(call, arguments)


def _docker(call: Invocation) -> None:
    """`docker run -e X IMAGE env` prints what it is given, `docker exec NAME env` what the container has."""
    found = _IN_CONTAINER.match(call.line)
    if found is None or not (dumps(call.arguments[-1:]) or dumps(call.arguments[-3:])):
        return
    if found["verb"] == "exec":
        run_with_secrets(call, call.arguments[-1:], "the container's environment", Confidence.MEDIUM)
        return
    for before, value in call.pairs():
        if before in {"-e", "--env"} or value.start.startswith("--env="):
            name = value.start.removeprefix("--env=")
            given = value.flows if value.text is None else call.state.lookup(name).secrets
            call.write(Value(None, given))


def _build_arguments(call: Invocation) -> Iterator[tuple[str, Flow]]:
    for before, value in call.pairs():
        start = value.start
        of_target = _SET_ARGUMENT.match(start) if before == "--set" or start.startswith("--set=") else None
        if start.startswith("--build-arg="):
            start = start.removeprefix("--build-arg=")
        elif of_target is not None:
            start = start[of_target.end() :]
        elif before != "--build-arg":
            continue
        if value.secrets:
            yield start.partition("=")[0], value.secrets[0]
        elif "=" not in start and re.fullmatch(r"\w+", start):
            for flow in call.state.lookup(start).secrets[:1]:
                yield start, flow


def _password_on_stdin(leak: Leak) -> str | None:
    """`docker login -p "$X"` as `printf '%s' "$X" | docker login --password-stdin`."""
    found = re.search(r"(?:-p[ =]?|--password[ =])(\"\$\{?\w+\}?\"|\$\{?\w+\}?)(?=\s|$)", leak.code)
    if leak.detail != _LOGIN.safe or found is None or "|" in leak.code or leak.code.count(found[0]) != 1:
        return None
    rest = leak.code[: found.start()] + _LOGIN.safe + leak.code[found.end() :]
    return f"printf '%s' {value_of(found[1])} | {rest}"


def _inherited(leak: Leak) -> str | None:
    """`docker run -e NAME="$NAME"` as `docker run -e NAME`, which takes it from the environment."""
    if leak.source is None or leak.detail != _RUN.safe:
        return None
    name = re.escape(leak.source.name)
    value = rf"{name}=\$(?:\{{{name}\}}|{name})"
    pattern = rf"(-e|--env)([ =])(?:\"{value}\"|{name}=\"\$(?:\{{{name}\}}|{name})\"|{value})(?=\s|$)"
    code, count = re.subn(pattern, rf"\1\2{leak.source.name}", leak.code)
    return code if count else None


PROGRAMS = (
    # docs.docker.com/reference/cli/docker/login/#credential-helpers, 2026-11
    Program(
        names=("docker-credential-*",),
        printers=(Printer(("get",), "the registry's password"),),
    ),
    Program(
        names=("docker",),
        run=_docker,
        keeps=(_KEPT,),
        arguments=(_LOGIN, _RUN),
        printers=(Printer(("compose", "config"), _SETTINGS, unless=rf"(^|\s)({_CONFIG}|--profiles)\b"),),
        exposes=_exposes,
        builds=_builds,
        value_options=r"-p",
        repairs=(_password_on_stdin, _inherited),
    ),
    Program(
        names=("docker-compose",),
        printers=(Printer(("config",), _SETTINGS, unless=rf"(^|\s)({_CONFIG})\b"),),
        exposes=_exposes,
        builds=_builds,
    ),
    Program(
        names=("podman", "nerdctl"),
        run=_docker,
        keeps=(_KEPT,),
        arguments=(_LOGIN, _RUN),
        exposes=_exposes,
        builds=_builds,
        value_options=r"-p",
        repairs=(_password_on_stdin, _inherited),
    ),
    Program(
        names=("buildah", "buildx", "img", "kaniko", "executor"),
        arguments=(_LOGIN,),
        exposes=_exposes,
        builds=_builds,
        repairs=(_password_on_stdin,),
    ),
    Program(
        names=("skopeo", "crane", "oras"), keeps=(_KEPT,), arguments=(_LOGIN,), repairs=(_password_on_stdin,)
    ),
)
