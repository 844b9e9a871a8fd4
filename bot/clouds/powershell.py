"""Commands of cloud tools in PowerShell: `az`, `aws`, `gcloud` as in any shell, and the cmdlets of both vendors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.clouds.hints import COMMAND
from bot.clouds.shell import CloudCall
from bot.clouds.values import UnknownValue
from bot.documents.kinds import FileKind
from bot.documents.location import Unreadable
from bot.documents.nodes import Scalar, Style
from bot.documents.powershell_words import command_lines
from bot.documents.source import SourceText
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.documents import Documents
    from bot.documents.location import Place
    from bot.documents.powershell_words import CommandLine, PowerShellWord

# learn.microsoft.com/powershell/module/az.resources and .../az.managedserviceidentity, and
# docs.aws.amazon.com/powershell/v5/reference (2026-11): cmdlet -> what the same command of the command line is.
_CMDLETS = {
    "new-azadappfederatedcredential": ("az", "federated-credential"),
    "update-azadappfederatedcredential": ("az", "federated-credential"),
    "new-azfederatedidentitycredential": ("az", "federated-credential"),
    "update-azfederatedidentitycredential": ("az", "federated-credential"),
    "new-azfederatedidentitycredentials": ("az", "federated-credential"),
    "invoke-azrest": ("az", "rest"),
    "invoke-azrestmethod": ("az", "rest"),
    "invoke-mggraphrequest": ("az", "rest"),
    "new-iamrole": ("aws", "iam", "create-role"),
    "update-iamassumerolepolicy": ("aws", "iam", "update-assume-role-policy"),
}
_OPTIONS = {"audience": "audiences", "payload": "body"}
_HINT = regex(
    COMMAND.pattern + r"|(?i:FederatedCredential|FederatedIdentityCredential|IAMRole|AssumeRolePolicy)"
)
_GITLAB = regex(r"gitlab|project_path:|project_id:", re.IGNORECASE)
_CAMEL = regex(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def powershell_calls(documents: Documents) -> Iterator[CloudCall]:
    """Yield the commands of every PowerShell script that mentions a cloud's trust, in the order of the files."""
    for path in documents.paths(FileKind.POWERSHELL):
        text = documents.text(path) or ""
        if _HINT.search(text):
            source = SourceText(path, text)
            for command in command_lines(text):
                yield _call(source, command)


def unread_scripts(documents: Documents, read: set[str]) -> Iterator[Unreadable]:
    """Yield the scripts that speak of GitLab and of a cloud's trust and of which nothing was `read`."""
    for path in documents.paths(FileKind.POWERSHELL):
        text = documents.text(path) or ""
        hint = _HINT.search(text)
        if hint is not None and _GITLAB.search(text) and path not in read:
            yield Unreadable(
                path,
                text.count("\n", 0, hint.start()) + 1,
                "the trust of a cloud in this script was not checked: it is built in a way that is not read here; write"
                " issuer, subject and condition out in the command",
            )


def _call(source: SourceText, command: CommandLine) -> CloudCall:
    words = [_scalar(source, word) for word in command.words]
    translated = _CMDLETS.get(words[0].text.lower())
    span = source.span(command.start, command.end)
    if translated is not None:
        first = words[0]
        names = [Scalar(each, each, first.span, Style.PLAIN, None, first.locate) for each in translated]
        words = [*names, *map(_option, words[1:])]
    return CloudCall(words, span)


def _option(word: Scalar) -> Scalar:
    """Return a parameter as the command line writes it: `-AssumeRolePolicyDocument` as an option of small letters."""
    if not re.fullmatch(r"-[A-Za-z]\w+:?", word.text):
        return word
    kebab = _CAMEL.sub("-", word.text.strip("-:")).lower()
    text = f"--{_OPTIONS.get(kebab, kebab)}"
    return Scalar(text, text, word.span, word.style, None, word.locate)


def _scalar(source: SourceText, word: PowerShellWord) -> Scalar:
    span = source.span(word.start, min(word.start + max(len(word.text), 1), len(source.text)))

    def locate(offset: int) -> Place:
        return source.place(word.start + offset)

    if word.known:
        return Scalar(word.text, word.text, span, Style.PLAIN, None, locate)
    return UnknownValue(None, word.text, span, Style.PLAIN, None, locate)
