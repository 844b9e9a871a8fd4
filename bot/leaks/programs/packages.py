"""Package managers, build tools and configuration management: passwords on their command lines, settings they print."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.leaks.program import NEVER, Argument, Printer, Program
from bot.leaks.programs.repairs import in_variable
from bot.leaks.programs.terraform import SECRET_NAME

if TYPE_CHECKING:
    from bot.leaks.model import Leak

_POETRY = "the variable POETRY_PYPI_TOKEN_PYPI"
_SONAR = Argument(r"-Dsonar\.(?:login|token|password)=", NEVER, "the variable SONAR_TOKEN")


def _poetry_token(leak: Leak) -> str | None:
    """`poetry publish -u __token__ -p "$X"` with the token in a variable; of another user there is no such form."""
    code = re.sub(r"\s(?:-u|--username)[ =]?[\"']?__token__[\"']?(?=\s|$)", "", leak.code, count=1)
    if code == leak.code:
        return None
    named = re.search(r"\s(?:-r|--repository)[ =](\w+)", code)
    variable = f"POETRY_PYPI_TOKEN_{named[1].upper() if named else 'PYPI'}"
    return in_variable(r"-p ?|--password[ =]", variable)(replace(leak, code=code))


PROGRAMS = (
    Program(
        names=("twine",),
        value_options=r"-p",
        arguments=(
            Argument(r"-p|--password=", r"-p|--password", "the variable TWINE_PASSWORD", when=r"upload\b"),
        ),
        repairs=(in_variable(r"-p |--password[ =]", "TWINE_PASSWORD"),),
    ),
    Program(
        names=("poetry",),
        value_options=r"-p|--password",
        arguments=(
            Argument(r"-p|--password=", r"-p|--password", _POETRY, when=r"publish\b"),
            Argument(r"pypi-token\S*", r"pypi-token\.\S+", _POETRY, when=r"config\b"),
        ),
        repairs=(_poetry_token,),
    ),
    Program(
        names=("cargo",),
        arguments=(
            Argument(
                r"--token=", r"--token", "the variable CARGO_REGISTRY_TOKEN", when=r"(?:publish|yank|owner)\b"
            ),
            Argument(NEVER, r"login", "the variable CARGO_REGISTRY_TOKEN", when=r"login\b"),
        ),
        repairs=(in_variable(r"--token[ =]", "CARGO_REGISTRY_TOKEN"),),
    ),
    Program(
        names=("nuget", "gem"),
        arguments=(Argument(NEVER, r"-k|-ApiKey|--key|-s(?:etapikey)?|setapikey", "a settings file"),),
    ),
    Program(
        names=("sonar-scanner",),
        arguments=(_SONAR,),
        repairs=(in_variable(r"-Dsonar\.(?:login|token)=", "SONAR_TOKEN"),),
    ),
    Program(
        names=("mvn", "mvnw"),
        arguments=(_SONAR,),
        printers=(
            Printer(("help:effective-settings",), "the settings with passwords", only="showPasswords=true"),
        ),
    ),
    Program(names=("gradle", "gradlew"), arguments=(_SONAR,)),
    Program(
        names=("dotnet",),
        arguments=(
            Argument(r"-k|--api-key=", r"-k|--api-key", "a settings file", when=r"nuget push\b"),
            _SONAR,
        ),
    ),
    Program(
        names=("ansible", "ansible-playbook"),
        arguments=(
            Argument(r"--extra-vars=.*", r"-e|--extra-vars", "an environment lookup in the playbook"),
        ),
    ),
    Program(
        names=("pulumi",),
        printers=(
            Printer(("config|stack",), "the secrets", only=r"--show-secrets"),
            Printer(("config", "get", SECRET_NAME), "that setting (also where it is a secret)"),
        ),
    ),
)
