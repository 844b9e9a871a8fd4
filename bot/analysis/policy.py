"""What an organisation and a repository decide: ignores, severities, limits, and who may decide what.

The keys are in `.sealcheck.yml` and in the organisation's policy file. What is unknown or malformed is reported
with the nearest right word, and counts for nothing: a mistyped ignore never silences anything.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from bot.analysis.gate import Gate
from bot.documents.globs import matches
from bot.documents.lines import split_lines
from bot.documents.location import Unreadable
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence, text_of
from bot.findings import Severity
from bot.lazy import dataclass, regex
from bot.rules import FORMER_IDS, RULE_IDS, UNSILENCED
from bot.vault.durations import seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.snapshot import Project

REPOSITORY_FILE = ".sealcheck.yml"
DEVELOPER, MAINTAINER, OWNER = 30, 40, 50
_ROLES = {"developer": DEVELOPER, "maintainer": MAINTAINER, "owner": OWNER}
_REPOSITORY_KEYS = ("ignore", "severity", "limits", "files", "protected_refs", "status", "vault")
_ORGANISATION_KEYS = (*_REPOSITORY_KEYS, "locked", "allow_inline_ignores", "ignore_role", "projects")
_SERVERS = ("vault", "openbao")
_VERSION = regex(r"v?\d+(?:\.\d+){0,2}(?:[-+].*)?")
_TOP_KEY = regex(r"([a-z_]+)\s*:(?:\s|$)")
_IGNORE_KEYS = ("rule", "paths", "reason", "expires")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One entry of `ignore:`. `paths` are globs, empty for every path; `expires` is the last day it counts."""

    rule: str
    reason: str
    path: str
    line: int
    paths: tuple[str, ...] = ()
    expires: dt.date | None = None

    @property
    def description(self) -> str:
        """Its reason, and where it is."""
        return f"{self.reason} ({self.path}:{self.line})"

    def covers(self, rule: str, path: str) -> bool:
        """Whether it speaks of this rule in this file."""
        return self.rule == rule and (not self.paths or any(matches(pattern, path) for pattern in self.paths))


@dataclass(frozen=True)
class ReviewPolicy:
    """Everything decided, the organisation's and the repository's together. `problems`: what is wrong with them."""

    ignores: tuple[Ignore, ...] = ()
    severities: dict[str, Severity] = field(default_factory=dict)
    max_ttl_seconds: int | None = None
    ci_files: tuple[str, ...] = ()
    vault_files: tuple[str, ...] = ()
    protected_refs: tuple[str, ...] = ()
    locked: frozenset[str] = frozenset()
    inline_ignores: bool = True
    ignore_level: int = MAINTAINER
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    vault_server: str = ""
    """"vault" or "openbao"; "" where it names none"""
    vault_version: str = ""
    gate: Gate | None = None
    """the commit status that it wants; None where it says nothing of it"""
    problems: tuple[Unreadable, ...] = ()

    @cached_property
    def unsilenced(self) -> frozenset[str]:
        """Rules that nothing in a repository may silence: the locked ones, and those that never may be."""
        return self.locked | UNSILENCED

    def refusal_of(self, rule: str) -> str:
        """Why an ignore of a rule that is among `unsilenced` does not count."""
        if rule in UNSILENCED:
            return f"`{rule}` cannot be ignored; the ignore does not count"
        return f"the organisation has locked `{rule}`; the ignore does not count"

    def reviews(self, project_path: str) -> bool:
        """Whether the organisation wants this project reviewed."""
        wanted = not self.include or any(matches(pattern, project_path) for pattern in self.include)
        return wanted and not any(matches(pattern, project_path) for pattern in self.exclude)

    def shaping(self, project: Project) -> Project:
        """The project as this policy describes it."""
        return replace(
            project,
            protected_refs=self.protected_refs,
            ci_files=self.ci_files,
            vault_files=self.vault_files,
            max_ttl_seconds=self.max_ttl_seconds,
            vault_server=self.vault_server,
            vault_version=self.vault_version,
        )

    def under(self, organisation: ReviewPolicy) -> ReviewPolicy:
        """This repository's policy below the organisation's, which keeps the last word on what is locked."""
        kept = tuple(each for each in self.ignores if each.rule not in organisation.unsilenced)
        refused = tuple(
            Unreadable(each.path, each.line, organisation.refusal_of(each.rule))
            for each in self.ignores
            if each.rule in organisation.unsilenced
        )
        softened = {name: to for name, to in self.severities.items() if name not in organisation.unsilenced}
        limits = [
            limit for limit in (self.max_ttl_seconds, organisation.max_ttl_seconds) if limit is not None
        ]
        return replace(
            organisation,
            ignores=organisation.ignores + kept,
            severities={**organisation.severities, **softened},
            max_ttl_seconds=min(limits, default=None),
            ci_files=organisation.ci_files + self.ci_files,
            vault_files=organisation.vault_files + self.vault_files,
            protected_refs=organisation.protected_refs + self.protected_refs,
            vault_server=self.vault_server or organisation.vault_server,
            vault_version=self.vault_version if self.vault_server else organisation.vault_version,
            gate=max(filter(None, (self.gate, organisation.gate)), key=lambda each: each.rank, default=None),
            problems=organisation.problems + self.problems + refused,
        )


def read_policy(path: str, text: str, *, organisation: bool = False) -> ReviewPolicy:
    """The policy in that text. Never raises: what is wrong with it is in `problems`, by line."""
    from bot.documents.yaml import Dialect, parse_yaml  # noqa: PLC0415 - many repositories have no policy

    documents = parse_yaml(path, text, Dialect.GENERAL)
    if isinstance(documents, Unreadable):
        return ReviewPolicy(problems=(documents,))
    reader = _PolicyReader(path)
    root = documents[0] if documents else None
    if root is None:
        return ReviewPolicy()
    if not isinstance(root, Mapping):
        reader.report(root, "the file must be a mapping of keys like `ignore:`")
        return ReviewPolicy(problems=tuple(reader.problems))
    for other in documents[1:]:
        reader.report(other, "a second document; only the first one counts: move its keys there")
    reader.problems += _written_twice(path, text)
    reader.known_keys(root, _ORGANISATION_KEYS if organisation else _REPOSITORY_KEYS)
    reader.mapping(root.get("files"), "files", ("ci", "vault"))
    server, version = reader.vault(root.get("vault"))
    policy = ReviewPolicy(
        ignores=tuple(reader.ignores(root.get("ignore"))),
        severities=dict(reader.severities(root.get("severity"))),
        max_ttl_seconds=reader.max_ttl(root.get("limits")),
        ci_files=reader.texts(root.get("files", "ci"), "files.ci"),
        vault_files=reader.texts(root.get("files", "vault"), "files.vault"),
        protected_refs=reader.texts(root.get("protected_refs"), "protected_refs"),
        vault_server=server,
        vault_version=version,
        gate=reader.gate(root.get("status")),
    )
    if organisation:
        reader.mapping(root.get("projects"), "projects", ("include", "exclude"))
        policy = replace(
            policy,
            locked=frozenset(reader.rules(root.get("locked"))),
            inline_ignores=reader.flag(root.get("allow_inline_ignores"), default=True),
            ignore_level=reader.role(root.get("ignore_role")),
            include=reader.texts(root.get("projects", "include"), "projects.include"),
            exclude=reader.texts(root.get("projects", "exclude"), "projects.exclude"),
        )
    return replace(policy, problems=tuple(reader.problems))


def _written_twice(path: str, text: str) -> Iterator[Unreadable]:
    """A problem for each key at the left margin that is there again: YAML's reader has kept the last one alone."""
    seen: set[str] = set()
    for number, line in enumerate(split_lines(text), 1):
        found = _TOP_KEY.match(line)
        if found and found[1] in seen:
            yield Unreadable(path, number, f"`{found[1]}:` is written twice; only this one counts: join them")
        elif found:
            seen.add(found[1])


class _PolicyReader:
    """Reads one policy's values and collects what is wrong with them."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Unreadable] = []

    def report(self, node: Node, problem: str) -> None:
        self.problems.append(Unreadable(self.path, node.span.start_line, problem))

    def known_keys(self, mapping: Mapping, known: tuple[str, ...]) -> None:
        for entry in mapping:
            if entry.key.text not in known:
                self.report(entry.key, f"unknown key `{entry.key.text}`{nearest(entry.key.text, known)}")

    def mapping(self, node: Node | None, name: str, known: tuple[str, ...] = ()) -> Iterable[Entry]:
        """Return the entries of a mapping, whose keys must be among the `known` ones where there are any."""
        if isinstance(node, Mapping):
            if known:
                self.known_keys(node, known)
            return node
        if node is not None and not _is_empty(node):
            self.report(node, f"`{name}:` takes a mapping, like `{name}: {{{(known or ('KEY',))[0]}: ...}}`")
        return ()

    def ignores(self, node: Node | None) -> Iterator[Ignore]:
        """Yield the entries in which nothing is wrong: a mistyped one would silence more than it means."""
        for item in self.items(node, "ignore"):
            before = len(self.problems)
            if not isinstance(item, Mapping):
                self.report(item, "an ignore is a mapping with `rule:` and `reason:`")
                continue
            self.known_keys(item, _IGNORE_KEYS)
            rule, reason = _rule_named(item.get("rule")), (text_of(item.get("reason")) or "").strip()
            paths = self.texts(item.get("paths"), "paths")
            if rule is None:
                self.report(item, "an ignore is a mapping with `rule:` and `reason:`")
            elif rule not in RULE_IDS:
                self.report(item.get("rule") or item, f"unknown rule `{rule}`{nearest(rule, RULE_IDS)}")
            elif not reason:
                self.report(item, f"the ignore of `{rule}` gives no `reason:`; it does not count")
            elif "paths" in item and not paths and len(self.problems) == before:
                self.report(item.get("paths") or item, "`paths:` names no file; the ignore does not count")
            else:
                expires = self.expires(item.entry("expires"))
                if len(self.problems) == before:
                    yield Ignore(rule, reason, self.path, item.span.start_line, paths, expires)

    def expires(self, entry: Entry | None) -> dt.date | None:
        """The last day that the ignore counts, None without one; a day that is none (reported) is long past."""
        if entry is None:
            return None
        try:
            return dt.date.fromisoformat((text_of(entry.value) or "").strip())
        except ValueError:
            self.report(entry.key, "`expires:` takes a day like 2027-03-31; the ignore does not count")
            return dt.date.min

    def severities(self, node: Node | None) -> Iterator[tuple[str, Severity]]:
        for entry in self.mapping(node, "severity"):
            rule, level = _rule_named(entry.key) or "", text_of(entry.value) or ""
            if rule not in RULE_IDS:
                self.report(entry.key, f"unknown rule `{rule}`{nearest(rule, RULE_IDS)}")
            elif level not in set(Severity):
                self.report(entry.value, f"unknown severity `{level}`{nearest(level, tuple(Severity))}")
            else:
                yield rule, Severity(level)

    def max_ttl(self, node: Node | None) -> int | None:
        self.mapping(node, "limits", ("max_ttl",))
        written = node.get("max_ttl") if isinstance(node, Mapping) else None
        seconds = seconds_of(written.value if isinstance(written, Scalar) else None) if written else None
        if written is not None and (seconds is None or seconds <= 0):
            self.report(written, "`max_ttl:` takes a duration like 15m or a number of seconds")
            return None
        return seconds

    def gate(self, node: Node | None) -> Gate | None:
        if node is None:
            return None
        # YAML 1.1, which GitLab and we read, makes a plain `off` the boolean false.
        said = "off" if isinstance(node, Scalar) and node.value is False else text_of(node) or ""
        if said in set(Gate):
            return Gate(said)
        self.report(node, f"`status:` takes off, advise or block{nearest(said, tuple(Gate))}")
        return None

    def vault(self, node: Node | None) -> tuple[str, str]:
        """The kind and the version of the server that roles and policies are written for."""
        self.mapping(node, "vault", ("server", "version"))
        if not isinstance(node, Mapping):
            return "", ""
        server, version = node.get("server"), node.get("version")
        kind = text_of(server) or ""
        if kind not in _SERVERS:
            self.report(server or node, f"`vault.server:` takes vault or openbao{nearest(kind, _SERVERS)}")
            return "", ""
        text = text_of(version) or ""
        if version is not None and not _VERSION.fullmatch(text):
            self.report(version, '`vault.version:` takes a version like "1.21.4"')
            return kind, ""
        return kind, text.removeprefix("v")

    def items(self, node: Node | None, name: str) -> tuple[Node, ...]:
        if isinstance(node, Sequence):
            return node.items
        if node is not None and not _is_empty(node):
            self.report(node, f"`{name}:` takes a list, like `[...]`")
        return ()

    def texts(self, node: Node | None, name: str) -> tuple[str, ...]:
        found = []
        for item in self.items(node, name):
            text = text_of(item)
            if text:
                found.append(text)
            else:
                self.report(item, f"`{name}:` takes a list of texts")
        return tuple(found)

    def rules(self, node: Node | None) -> Iterator[str]:
        for item in self.items(node, "locked"):
            rule = _rule_named(item) or ""
            if rule in RULE_IDS:
                yield rule
            else:
                self.report(item, f"unknown rule `{rule}`{nearest(rule, RULE_IDS)}")

    def flag(self, node: Node | None, *, default: bool) -> bool:
        if node is None:
            return default
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        self.report(node, "`allow_inline_ignores:` takes true or false")
        return default

    def role(self, node: Node | None) -> int:
        if node is None or _is_empty(node):
            return MAINTAINER
        name = (text_of(node) or "").lower()
        if name not in _ROLES:
            self.report(node, f"`ignore_role:` takes {', '.join(_ROLES)}{nearest(name, tuple(_ROLES))}")
        return _ROLES.get(name, MAINTAINER)


def _is_empty(node: Node) -> bool:
    """Whether nothing is written there: a key without a value."""
    return isinstance(node, Scalar) and node.value is None


def nearest(word: str, known: tuple[str, ...]) -> str:
    """A question like "did you mean" for a near miss, with its comma; else an empty string."""
    from difflib import get_close_matches  # noqa: PLC0415 - most policies have no mistake

    close = get_close_matches(word, known, n=1)
    return f", did you mean `{close[0]}`?" if close else ""


def _rule_named(node: Node | None) -> str | None:
    """The id of the rule that the text names, by a former name too; None where it is no text."""
    text = text_of(node)
    return FORMER_IDS.get(text, text) if text is not None else None
