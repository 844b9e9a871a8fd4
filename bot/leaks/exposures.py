"""Secrets that a command shows beside its output: arguments, URLs, image layers, verbose traffic, foreign hosts."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.leaks.hosts import SENDERS, sent
from bot.leaks.model import Sink
from bot.leaks.sources import looks_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.leaks.sources import Sources
    from bot.leaks.values import Flow, Streams, Value

Exposure = tuple[Sink, "Flow", str]


class Argument(NamedTuple):
    """An option that takes a secret where everybody on the machine sees it.

    `joined`: the secret follows in the same
    word (`-pSECRET`, `--password=SECRET`); `apart`: in the next one. `instead`: the safe form.
    """

    commands: str
    joined: str
    apart: str
    instead: str


# From each tool's manual, 2026-11.
ARGUMENTS: Final[tuple[Argument, ...]] = (
    Argument(r"(?:docker|podman|nerdctl|buildah|skopeo|crane|oras|helm) .*\blogin\b", r"-p=?|--password=",
        r"-p|--password",
             "--password-stdin"),
    Argument(r"(?:mysql|mysqldump|mysqladmin|mysqlimport|mariadb|mariadb-dump)\b", r"-p|--password=", r"\0",
        "the variable MYSQL_PWD"),
    Argument(r"(?:psql|pg_dump|pg_restore|createdb)\b", r"postgres(?:ql)?://[^@/]*:|.*\bpassword=", r"\0",
        "the variable PGPASSWORD"),
    Argument(r"sshpass\b", r"-p", r"-p", "sshpass -e with the variable SSHPASS"),
    Argument(r"redis-cli\b", r"--pass=", r"-a|--pass", "the variable REDISCLI_AUTH"),
    Argument(r"(?:mongo|mongosh|mongodump|mongorestore)\b", r"-p|--password=", r"-p|--password", "a --config file"),
    Argument(r"curl\b", r"-u.*|--user=.*", r"-u|--user", "--netrc-file or -K -"),
    Argument(r"wget\b", r"--(?:http-)?password=", r"--(?:http-)?password", "a .netrc file"),
    Argument(r"openssl\b", r"pass:", r"\0", "-passin env:NAME"),
    Argument(r"(?:7z|7za|7zr)\b", r"-p", r"\0", "gpg with --passphrase-fd 0"),
    Argument(r"zip\b", r"-P", r"-P|--password", "gpg with --passphrase-fd 0"),
    Argument(r"gpg2?\b", r"--passphrase=", r"--passphrase", "--passphrase-fd 0"),
    Argument(r"(?:kubectl|oc)\b", r"--token=|--password=|--from-literal=.*", r"--token|--password|--from-literal",
             "a kubeconfig file, or --from-file"),
    Argument(r"helm (?:upgrade|install|template)\b", r"--set(?:-string)?=.*", r"--set(?:-string)?",
        "a values file of mode 0600"),
    Argument(r"ansible(?:-playbook)?\b", r"--extra-vars=.*", r"-e|--extra-vars",
        "an environment lookup in the playbook"),
    Argument(r"(?:sonar-scanner|mvn|gradle|gradlew|dotnet)\b", r"-Dsonar\.(?:login|token|password)=", r"\0",
        "the variable SONAR_TOKEN"),
    Argument(r"twine upload\b", r"-p|--password=", r"-p|--password", "the variable TWINE_PASSWORD"),
    Argument(r"(?:vault|bao) login\b", r"token=", r"login", "vault login -"),
    Argument(r"(?:docker|podman|nerdctl)(?: compose)? (?:run|exec)\b", r"(?:-e|--env)=?\w+=", r"-e|--env",
        "-e NAME without a value"),
    Argument(r"ssh\b", r"[A-Za-z_]\w*=|.*\s.*", r"\0", "standard input (`ssh host 'T=$(cat); ...' <<< ...`)"),
    Argument(r"az login\b", r"-p|--password=", r"-p|--password", "a federated login"),
)  # fmt: skip

TERRAFORM: Final = re.compile(r"(?:terraform|tofu|terragrunt) (?:plan|apply|destroy|import|refresh)\b")
_VERBOSE: Final = (
    (re.compile(r"curl\b"), re.compile(r"-\w*v\w*|--verbose|--trace(-ascii)?(=.*)?")),
    (re.compile(r"wget\b"), re.compile(r"-d|--debug")),
    (re.compile(r"(?:http|https)\b"), re.compile(r"-v|--verbose|--all")),
    # it shows the command that it sends ("debug1: Sending command: ...", OpenSSH 9, 2026-11)
    (re.compile(r"ssh\b"), re.compile(r"-v+")),
    (re.compile(r"grpcurl\b"), re.compile(r"-v|-vv")),
    (re.compile(r"(?:kubectl|oc)\b"), re.compile(r"-v=?(?:[6-9]|10)|--v=(?:[6-9]|10)")),
)
_URL: Final = re.compile(r"(?:.*[\s=+])?(?:git\+)?https?://[^/@\s]*", re.DOTALL)
_BUILD: Final = re.compile(
    r"(?:docker|podman|nerdctl|buildah|buildx|img|kaniko|executor)(?: \S+)*? ?(?:build|bud|executor|bake)?\b"
)
_BUILDERS: Final = ("docker", "podman", "nerdctl", "buildah", "buildx", "img", "kaniko", "executor")
"""what a line that `_BUILD` matches starts with"""
_BUILDING: Final = re.compile(r"\b(?:build|bud|bake)\b|executor")


def may_expose(values: list[Value], streams: Streams) -> bool:
    """Whether the command can show anything beside its output; of most commands, nothing else needs to be asked.

    Without a secret in its words and in its input, it needs a file with one, or the job's variables: only what sends
    files and what builds images reads those.
    """
    if streams.stdin.flows or any(value.flows for value in values):
        return True
    program = values[0].start.rsplit("/", 1)[-1].split(" ", 1)[0]
    return program in SENDERS or program.startswith(_BUILDERS)


def exposures(
    values: list[Value],
    lookup: Callable[[str], Value],
    read: Callable[[Value], Value],
    sources: Sources,
    streams: Streams,
) -> Iterator[Exposure]:
    """Where a command with these words exposes a secret beside its output."""
    line = " ".join(value.start for value in values)
    line = (
        line.rsplit("/", 1)[-1]
        if "/" in values[0].start and len(values) == 1
        else _without_folder(values, line)
    )
    secret = [value for value in values[1:] if value.secrets]
    if is_build(line):
        yield from _image(values, lookup)
        return
    if secret:
        yield from _arguments(line, values)
        yield from _urls(values)
        yield from _verbose(line, values, streams)
    yield from sent(line, values, streams, read, sources)
    yield from _terraform(line, values)


def is_build(line: str) -> bool:
    """Whether the command line builds an image."""
    return _BUILDING.search(line) is not None and _BUILD.match(line) is not None


def _without_folder(values: list[Value], line: str) -> str:
    first = values[0].start
    return first.rsplit("/", 1)[-1] + line[len(first) :]


def _arguments(line: str, values: list[Value]) -> Iterator[Exposure]:
    for option in ARGUMENTS:
        if not re.match(option.commands, line):
            continue
        for before, value in itertools.pairwise(values):
            if not value.secrets:
                continue
            if re.fullmatch(option.apart, before.start) or (
                value.start and re.fullmatch(option.joined, value.start)
            ):
                yield Sink.ARGUMENT, value.secrets[0], option.instead
        return


def _terraform(line: str, values: list[Value]) -> Iterator[Exposure]:
    if not TERRAFORM.match(line):
        return
    for before, value in itertools.pairwise(values):
        if value.secrets and (
            before.start in {"-var", "--var"} or value.start.startswith(("-var=", "--var="))
        ):
            yield Sink.TERRAFORM, value.secrets[0], "-var"


def _urls(values: list[Value]) -> Iterator[Exposure]:
    for value in values[1:]:
        if value.secrets and value.text is None and _URL.fullmatch(value.prefix) and "?" not in value.prefix:
            yield Sink.URL, value.secrets[0], value.prefix.rsplit("://", 1)[-1].rstrip(":")


def _image(values: list[Value], lookup: Callable[[str], Value]) -> Iterator[Exposure]:
    for before, value in itertools.pairwise(values):
        start = value.start
        if start.startswith("--build-arg="):
            start = start.removeprefix("--build-arg=")
        elif before.start != "--build-arg":
            continue
        if value.secrets:
            yield Sink.IMAGE, value.secrets[0], start.partition("=")[0]
        elif "=" not in start and re.fullmatch(r"\w+", start):
            for flow in lookup(start).secrets[:1]:
                yield Sink.IMAGE, flow, start


def _verbose(line: str, values: list[Value], streams: Streams) -> Iterator[Exposure]:
    if streams.err.kind != "log":
        return
    for command, option in _VERBOSE:
        if command.match(line) and any(
            option.fullmatch(value.start) for value in values[1:] if value.text is not None
        ):
            shown = [value for before, value in itertools.pairwise(values) if _in_a_header(before, value)]
            if name_of(line) == "curl" and not any(value.start.startswith("--trace") for value in values):
                secret = [value for value in shown if value.secrets]
            else:
                secret = [value for value in values if value.secrets]
            if secret:
                yield Sink.VERBOSE, secret[0].secrets[0], ""


def _in_a_header(before: Value, value: Value) -> bool:
    """Whether `curl -v` shows the argument: headers, credentials and the URL, not the body."""
    return before.start in {"-H", "--header", "-u", "--user", "--oauth2-bearer"} or "://" in value.start


def name_of(line: str) -> str:
    """The first word of a command line."""
    return line.split(" ", 1)[0]


# -- file paths handed over as if they were values ----------------------------------------------------

_VALUE_OPTION: Final = re.compile(
    r"--?(?:\w+[-_.])*(?:password|passwd|pass|passphrase|token|secret|url|uri|dsn|api-?key|apikey|connection(?:-string)?|jwt|pw)"
)
_VALUE_PREFIX: Final = re.compile(
    r"(?:--?(?:\w+[-_.])*(?:password|passwd|pass|token|secret|url|uri|dsn|api-?key|connection(?:-string)?|jwt)=|-D[\w.]*(?:token|login|password)="
    r"|(?:Authorization|PRIVATE-TOKEN|JOB-TOKEN|X-Vault-Token|X-[\w-]*(?:Token|Key)|Api-Key|apikey):\s*(?:\w+\s+)?"
    r"|\w*(?:password|token|secret|jwt)=|[a-z][a-z0-9+]*://[^/@\s]*[:@]?|https?://\S*[?&]\w+=)",
    re.IGNORECASE,
)
_FILE_NAME: Final = re.compile(
    r"(?:_|^)(?:FILE|PATH|PEM|JSON|KUBECONFIG|CONFIG|CERT|CRT|CA|KEYRING|P12|JKS|ENV|DOTENV)$"
)
_FILE_VARIABLES: Final = frozenset(
    {"GOOGLE_APPLICATION_CREDENTIALS", "AWS_WEB_IDENTITY_TOKEN_FILE", "DOCKER_AUTH_CONFIG"}
)
_OWN_OPERAND: Final = frozenset({"psql", "mongo", "mongosh", "migrate", "dbmate"})


def paths_as_values(values: list[Value]) -> Iterator[Flow]:
    """Paths of secrets' files that a command takes for the values."""
    name = values[0].start.rsplit("/", 1)[-1]
    for before, value in itertools.pairwise(values):
        for flow in value.paths:
            if flow.source.holds.value != "path" or _FILE_NAME.search(flow.source.name) or value.text is None:
                continue
            prefix = value.text.partition(".tmp/" + flow.source.name)[0].removesuffix("/builds/project")
            if prefix:
                if (
                    (_VALUE_PREFIX.fullmatch(prefix) and not prefix.endswith("@"))
                    or (name == "curl" and before.text in {"-u", "--user"})
                    or (name in {"mysql", "mysqldump", "mysqladmin"} and prefix == "-p")
                ):
                    yield flow
            elif (
                (before.text is not None and _VALUE_OPTION.fullmatch(before.text))
                or (name in {"docker", "podman", "twine"} and before.text == "-p")
                or (name == "sshpass" and before.text == "-p")
                or (name in _OWN_OPERAND and not before.start.startswith("-"))
            ):
                yield flow


def path_in_variable(name: str, value: Value) -> Flow | None:
    """The path that a variable takes for a value: `PGPASSWORD=$DB_PASS` where DB_PASS is of type file."""
    if (
        value.text is None
        or name in _FILE_VARIABLES
        or _FILE_NAME.search(name)
        or not (looks_secret(name) or name in {"PGPASSWORD", "MYSQL_PWD", "SSHPASS"})
    ):
        return None
    for flow in value.paths:
        if (
            not flow.steps
            and not _FILE_NAME.search(flow.source.name)
            and value.text.endswith(".tmp/" + flow.source.name)
        ):
            return flow
    return None
