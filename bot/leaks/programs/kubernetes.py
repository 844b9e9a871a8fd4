"""Clients of Kubernetes: `kubectl`, `oc`, `helm`, `argocd`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.findings import Confidence
from bot.lazy import regex
from bot.leaks.model import LeakedForm
from bot.leaks.program import Argument, Keeps, Printer, Program
from bot.leaks.programs.secret_runners import dumps, run_with_secrets
from bot.leaks.values import Value, changed, merged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.program import Invocation
    from bot.leaks.values import Flow

_SECRET = Printer(
    ("get", r"secrets?(/.*)?|.*,secrets?"),
    "the secret",
    only=r"(-o|--output)[ =]?(yaml|json|jsonpath|go-template|template|custom-columns)",
)
_CONFIG = Printer(("config", "view"), "the cluster's credentials", only=r"--raw|--flatten")
_TOKEN = Printer(("create", "token"), "a service account's token")
_ARGUMENTS = (
    Argument(
        r"--token=|--password=|--from-literal=.*",
        r"--token|--password|--from-literal",
        "a kubeconfig file, or --from-file",
    ),
)
_VERBOSE = r"-v=?(?:[6-9]|10)|--v=(?:[6-9]|10)"


# kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_secret, 2026-11: data in base64
_CREATES: Final = regex(r"\S+ create (?P<kind>secret|configmap|cm)\b")
_GIVEN: Final = regex(r"--(?:from-literal|docker-password|from-file|from-env-file|key)(?:=|$)")
_OF_FILES: Final = regex(r"--(?:from-file|from-env-file|key)(?:=|$)")
_SHOWS_OBJECT: Final = regex(r"(?:-o|--output)[ =]?(?:yaml|json|jsonpath|go-template)")
_HELM_SHOWS: Final = regex(r"\S+ template\b|\S+ (?:upgrade|install)\b.*\s--(?:debug|dry-run)\b")
_HELM_SETS: Final = regex(r"--set(?:-string|-json|-literal)?(?:=|$)")
_KUBECONFIG: Final = Keeps(r"config set-credentials\b|\boc login\b", "/root/.kube/config")


def _kubectl(call: Invocation) -> None:
    """`create secret -o yaml` prints its values; `--from-file="$KEY"` takes a file: a secret's value is no path."""
    for before, value in call.pairs():
        if before == "-i" or value.start.startswith("--from-file="):
            call.context.reports.used_as_file(value, call.streams.err)
    line = call.line
    if " exec " in line and "--" in call.texts:
        words = call.arguments[call.texts.index("--") + 1 :]
        if dumps(words):
            run_with_secrets(call, words, "the container's environment", Confidence.MEDIUM)
        return
    if _SHOWS_OBJECT.search(line) is None:
        return
    created = _CREATES.match(line)
    if created is not None:
        form = LeakedForm.CHANGED if created["kind"] == "secret" else LeakedForm.QUOTED
        call.write(Value(None, changed(merged(_given(call)), form)))
    elif re.search(r"\s(?:apply|create|replace)\b", line):
        call.write(Value(None, call.stdin.flows))


def _given(call: Invocation) -> Iterator[Flow]:
    """The values of the object that is created."""
    for before, value in call.pairs():
        if _GIVEN.match(value.start) is None and _GIVEN.fullmatch(before) is None:
            continue
        yield from value.secrets
        if _OF_FILES.match(value.start) or _OF_FILES.fullmatch(before):
            name = None if value.text is None else Value(value.text.rpartition("=")[2])
            yield from call.state.read(name or value).flows


def _helm(call: Invocation) -> None:
    """`helm template --set KEY=VALUE` prints the manifests, `--debug` the values too."""
    if _HELM_SHOWS.match(call.line) is None:
        return
    for before, value in call.pairs():
        if _HELM_SETS.match(value.start) or _HELM_SETS.fullmatch(before):
            call.write(Value(None, value.secrets))


PROGRAMS = (
    Program(
        names=("kubectl",),
        run=_kubectl,
        keeps=(_KUBECONFIG,),
        arguments=_ARGUMENTS,
        printers=(_SECRET, _CONFIG, _TOKEN),
        verbose=_VERBOSE,
    ),
    Program(
        names=("oc",),
        run=_kubectl,
        keeps=(_KUBECONFIG,),
        arguments=_ARGUMENTS,
        printers=(
            _SECRET,
            _CONFIG,
            Printer(("whoami",), "the session's token", only=r"-t\b|--show-token"),
            Printer(("sa|serviceaccounts", "get-token|new-token"), "a service account's token"),
            _TOKEN,
        ),
        verbose=_VERBOSE,
    ),
    Program(
        names=("helm",),
        arguments=(
            Argument(r"-p=?|--password=", r"-p|--password", "--password-stdin", when=r".*\blogin\b"),
            Argument(
                r"--set(?:-string)?=.*",
                r"--set(?:-string)?",
                "a values file of mode 0600",
                when=r"(?:upgrade|install|template)\b",
            ),
        ),
        printers=(
            Printer(("get", "values|all"), "the release's values"),
            Printer(("get", "manifest"), "the release's objects, its secrets among them"),
            Printer(("secrets", "view|decrypt|dec"), "the decrypted file"),
        ),
        run=_helm,
        keeps=(Keeps(r"registry login\b", "/root/.config/helm/registry/config.json", LeakedForm.CHANGED),),
    ),
    Program(names=("argocd",), printers=(Printer(("account", "generate-token"), "the new token"),)),
)
