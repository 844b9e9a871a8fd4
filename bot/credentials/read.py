"""Every credential of one file: by its form in any file, by names and command lines as the file's kind is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.credentials.command_lines import sightings_in_shell
from bot.credentials.model import BY_FORM, PlainCredential
from bot.credentials.nodes import Walk, credentials_of, credentials_of_body
from bot.credentials.settings_files import sightings_in_dockerfile, sightings_in_settings
from bot.credentials.source_code import sightings_in_source
from bot.credentials.texts import Sighting, addresses_in, named, sightings_in
from bot.documents.hcl_nodes import HclFile
from bot.documents.kinds import FileKind
from bot.documents.location import Unreadable
from bot.documents.source import SourceText
from bot.facts.credentials import OLD_VAULT_TOKEN, PRIVATE_KEY, VAULT_TOKEN, formats_in
from bot.facts.password_options import BY_PROGRAM
from bot.facts.secret_values import UUID, is_literal_secret
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.documents.documents import Documents
    from bot.facts.credentials import Format

_YAML: Final = frozenset({FileKind.GITLAB_CI, FileKind.VAULT_YAML, FileKind.CLOUD_YAML, FileKind.YAML})
_JSON: Final = frozenset({FileKind.VAULT_JSON, FileKind.TERRAFORM_JSON, FileKind.CLOUD_JSON, FileKind.JSON})
_HCL: Final = frozenset({FileKind.TERRAFORM, FileKind.HCL})
# Without one of these nothing in a file promises a credential: a cheap test before anything is parsed.
_HINTS: Final = regex(
    r"pass|pwd|pw\b|secret|token|key|cred|auth|psk\b|salt|jwt|dsn|pat\b|login|bearer|session|cookie|identified|mnemonic"
    r"|-[puaw] ?\S|:[^\s/@]{6,200}@"
)
"""in lower case: eight times as fast as a pattern that looks for both"""
_SAYS_LITTLE: Final = frozenset(
    {FileKind.GITLAB_CI, FileKind.SHELL, FileKind.POWERSHELL, FileKind.DOCKERFILE, FileKind.SETTINGS}
)
"""what holds command lines, whose options are letters, or nothing but a password"""
# What begins with a letter of its own is found much faster than what begins with a look behind.
_COMMENT: Final = regex(r"[#/](?<!\S.)(?:(?<=#)|/)[^\n]*")
# A command line that is commented out: a program with an option behind it.
_COMMAND: Final = regex(
    rf"(?<![\w./-])(?:{'|'.join(map(re.escape, BY_PROGRAM))}) (?:[\w.:/@-]+ ){{0,4}}--?\w"
)
_OF_KEY: Final = 120
"""as many characters of a key distinguish it from others"""
_VAULT_TOKENS: Final = frozenset({"vault_token", "bao_token", "openbao_token"})
_SECRET_IDS: Final = frozenset({"secret_id", "vault_secret_id"})
_POWERSHELL_VARIABLE: Final = regex(r"\$(?=\w+[ \t]*=)")
_POWERSHELL_LINE: Final = regex(r"^[ \t]*(?:& )?(?P<program>[\w.-]+)[ \t][^\n]*", re.MULTILINE)
_POWERSHELL_OPTION: Final = regex(
    r"""(?<!\w)-(?P<name>\w*(?:Password|Token|Secret|ApiKey|Key|Pass))[ \t]+["'](?P<value>[^"'\n]+)["']""",
    re.IGNORECASE,
)


def credentials_in(documents: Documents, path: str) -> tuple[PlainCredential, ...]:
    """Every credential of the file, in the order of its text, each once on its line."""
    text = documents.text(path) or ""
    source = SourceText(path, text)
    found = [
        PlainCredential(
            known.name,
            known.name,
            _distinguishing(known, text, start, end),
            source.span(start, end),
            known.name,
            BY_FORM,
        )
        for known, start, end in formats_in(text)
    ]
    if documents.kind(path) in _SAYS_LITTLE or _HINTS.search(text.casefold()):
        found += _named(documents, path, text, source)
    return tuple(_once(found))


def _distinguishing(known: Format, text: str, start: int, end: int) -> str:
    """What distinguishes a credential from others of its form; of a key's block the head alone is matched."""
    return "".join(text[start : end + _OF_KEY].split()) if known.name == PRIVATE_KEY else text[start:end]


def _once(found: Iterable[PlainCredential]) -> Iterator[PlainCredential]:
    """Each credential by the first reader that found it; Vault's own are another rule's."""
    seen: dict[int, list[str]] = {}
    kept = []
    for credential in found:
        value = credential.value
        if VAULT_TOKEN.pattern.search(value) or OLD_VAULT_TOKEN.pattern.search(value):
            continue
        lines = range(credential.span.start_line, credential.span.end_line + 1)
        if any(value in other or other in value for line in lines for other in seen.get(line, ())):
            continue
        for line in lines:
            seen.setdefault(line, []).append(value)
        kept.append(credential)
    yield from sorted(kept, key=lambda credential: credential.span)


def _named(documents: Documents, path: str, text: str, source: SourceText) -> Iterator[PlainCredential]:
    kind = documents.kind(path)
    if kind in _YAML:
        for node in documents.roots(path):
            yield from _not_vaults(credentials_of(node, Walk((), kind is FileKind.GITLAB_CI)), kind)
    elif kind in _JSON:
        value = documents.json(path) if kind is not FileKind.JSON or _may_hold(text) else None
        if value is not None and not isinstance(value, Unreadable):
            yield from _not_vaults(credentials_of(value, Walk()), kind)
    elif kind in _HCL:
        file = documents.hcl(path)
        if isinstance(file, HclFile):
            yield from _not_vaults(credentials_of_body(file.body, Walk()), kind)
    yield from _placed(_sightings(kind, path, text), source)


def _may_hold(text: str) -> bool:
    """Whether a JSON text may hold a credential: most are megabytes of a program's making, and none of them does."""
    from bot.documents.json import without_places  # noqa: PLC0415 - a scan without JSON pays for none

    rough = without_places(text)
    return rough is None or any(credentials_of(rough, Walk()))


def _not_vaults(found: Iterable[PlainCredential], kind: FileKind | None) -> Iterator[PlainCredential]:
    """What hardcoded-vault-token does not report: it reads names of tokens in certain kinds of files alone."""
    own = _SECRET_IDS if kind in {FileKind.YAML, FileKind.JSON} else _SECRET_IDS | _VAULT_TOKENS
    return (each for each in found if each.name.lower() not in own)


def _sightings(kind: FileKind | None, path: str, text: str) -> Iterator[Sighting]:
    if kind is FileKind.SHELL:
        yield from sightings_in_shell(text)
    elif kind is FileKind.POWERSHELL:
        yield from _of_powershell(text)
    elif kind is FileKind.DOCKERFILE:
        yield from sightings_in_dockerfile(text)
    elif kind is FileKind.SETTINGS:
        yield from sightings_in_settings(path, text)
    elif kind is FileKind.SOURCE:
        yield from sightings_in_source(text)
    elif kind is FileKind.BICEP:
        yield from sightings_in(text)
    else:
        yield from addresses_in(text)
    if kind not in {FileKind.SETTINGS, FileKind.MARKDOWN, FileKind.BICEP, FileKind.SOURCE}:
        yield from _of_comments(text)


def _of_comments(text: str) -> Iterator[Sighting]:
    for match in _COMMENT.finditer(text):
        if _HINTS.search(match[0].casefold()):
            yield from _moved(sightings_in(match[0]), match.start())
            command = _COMMAND.search(match[0])
            if command is not None:
                found = sightings_in_shell(match[0][command.start() :])
                yield from _moved(found, match.start() + command.start())


def _of_powershell(text: str) -> Iterator[Sighting]:
    yield from sightings_in(_POWERSHELL_VARIABLE.sub(" ", text))
    for match in _POWERSHELL_LINE.finditer(text):
        if match["program"].lower() in BY_PROGRAM:
            yield from _moved(sightings_in_shell(match[0].replace("\\", "/")), match.start())
    for match in _POWERSHELL_OPTION.finditer(text):
        if is_literal_secret(match["value"]):
            yield named(match["name"], match["value"], *match.span("value"))


def _moved(found: Iterable[Sighting], by: int) -> Iterator[Sighting]:
    return (Sighting(each.what, each.name, each.value, each.start + by, each.end + by) for each in found)


def _placed(found: Iterable[Sighting], source: SourceText) -> Iterator[PlainCredential]:
    for each in found:
        if each.name.lower() in _SECRET_IDS and UUID.fullmatch(each.value):
            continue
        yield PlainCredential(each.what, each.name, each.value, source.span(each.start, each.end), each.name)
