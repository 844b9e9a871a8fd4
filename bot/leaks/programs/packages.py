"""Package managers, build tools and configuration management: passwords on their command lines, settings they print."""

from __future__ import annotations

from bot.leaks.program import NEVER, Argument, Printer, Program
from bot.leaks.programs.repairs import in_variable

_SONAR = Argument(r"-Dsonar\.(?:login|token|password)=", NEVER, "the variable SONAR_TOKEN")

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
    Program(names=("gradle", "gradlew", "dotnet"), arguments=(_SONAR,)),
    Program(
        names=("npm",),
        printers=(Printer(("config", "ls|list"), "npm's settings with tokens", only=r"(^|\s)-l\b|--long"),),
    ),
    Program(
        names=("ansible", "ansible-playbook"),
        arguments=(
            Argument(r"--extra-vars=.*", r"-e|--extra-vars", "an environment lookup in the playbook"),
        ),
    ),
    Program(names=("pulumi",), printers=(Printer(("config|stack",), "the secrets", only=r"--show-secrets"),)),
)
