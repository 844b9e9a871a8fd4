"""`include`: what a file pulls in, nested, at most 150 files; what cannot be read is told or wanted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.location import Span, Unreadable
from bot.documents.nodes import Mapping, Node, Scalar, Sequence, text_of
from bot.documents.yaml import Dialect, parse_yaml
from bot.pipeline.include_rules import is_included
from bot.pipeline.inputs import Call, fill_inputs, split_header
from bot.pipeline.jobs import flat
from bot.pipeline.merging import came_by, deep_merge
from bot.pipeline.model import NOT_FOLLOWED, Answer, Wanted, foreign_path
from bot.snapshot import ForeignFile

if TYPE_CHECKING:
    from bot.documents.documents import Documents
    from bot.snapshot import Tree

MAX_INCLUDES: Final = 150
"""`ci_max_includes` (docs.gitlab.com/administration/instance_limits, 2026-11)."""
_NAMED: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_COMPONENT: Final = re.compile(r"(?P<host>[^/]+)/(?P<project>.+)/(?P<name>[^/@]+)@(?P<ref>.+)$")
_KINDS: Final = ("local", "project", "component", "remote", "template", "artifact")


class IncludeReader:
    """Reads one root file with everything that it includes. Never fetches: what is missing is in `wanted`."""

    def __init__(self, tree: Tree, documents: Documents) -> None:
        self._tree = tree
        self._documents = documents
        self._count = 0
        self._variables: dict[str, str] = {}
        self.files: dict[str, None] = {}
        self.unread: dict[Unreadable, None] = {}
        self.wanted: list[Wanted] = []
        self.included_at: dict[str, Span] = {}
        self.conditions: dict[str, tuple[tuple[Node, ...], ...]] = {}
        """path of a file -> the rules of the includes that lead to it, one tuple for each way"""
        self._under: tuple[Node, ...] = ()
        self.includes: list[Node] = []

    def read(self, root: str) -> Mapping | None:
        """The root with its includes merged under it, or None where it holds no mapping."""
        project = self._tree.project
        self._variables = {
            "CI_PROJECT_PATH": project.path,
            "CI_DEFAULT_BRANCH": project.default_branch,
            "CI_SERVER_HOST": project.host,
            "CI_SERVER_FQDN": project.host,
        }
        self._variables = {name: value for name, value in self._variables.items() if value}
        parsed = self._documents.yaml(root)
        self.files[root] = None
        if isinstance(parsed, Unreadable):
            self.tell(parsed)
            return None
        return self._merged(parsed, root, None, None, (root,), None)

    def tell(self, unread: Unreadable) -> None:
        """Note what could not be read, once."""
        self.unread[unread] = None

    def _merged(
        self,
        documents: tuple[Node, ...],
        path: str,
        scope: ForeignFile | None,
        given: Mapping | None,
        chain: tuple[str, ...],
        at: Span | None,
    ) -> Mapping | None:
        self.conditions[path] = (*self.conditions.get(path, ()), self._under)
        call = Call(at, given) if at is not None else None
        header = split_header(documents)
        unused = documents[1 if header.declared is None else 2 :]
        if unused:
            reason = (
                "GitLab reads no YAML document from here on, and nothing of it was checked: remove the `---`"
            )
            self.tell(Unreadable(path, unused[0].span.start_line, reason))
        content = fill_inputs(header, call, self._variables, self.tell)
        if content is None:
            return None
        if not isinstance(content, Mapping):
            self.tell(
                Unreadable(
                    path, content.span.start_line, "a pipeline is a mapping of jobs; this file is none"
                )
            )
            return None
        include = content.get("include")
        own = Mapping({k: e for k, e in content.entries.items() if k != "include"}, content.span, content.tag)
        if include is None:
            return own
        layers: list[Mapping] = []
        parts = tuple(flat(include))
        if scope is None:
            self.includes += parts
        for part in parts:
            for name, included in self._under_rules(part, scope, chain, at or part.span):
                layers.append(came_by(included, f"include {name}"))
        return deep_merge(*layers, own)

    def _under_rules(
        self, item: Node, scope: ForeignFile | None, chain: tuple[str, ...], at: Span
    ) -> list[tuple[str, Mapping]]:
        rules = item.get("rules") if isinstance(item, Mapping) else None
        if rules is None or (isinstance(rules, Scalar) and rules.value is None):
            return self._included(item, scope, chain, at)
        if is_included(rules, self._variables, self._tree) is Answer.NO:
            self._skip(item, f"{NOT_FOLLOWED}: no pipeline of this project meets its `rules`")
            return []
        before = self._under
        self._under = (*before, rules)
        included = self._included(item, scope, chain, at)
        self._under = before
        return included

    def _included(
        self, item: Node, scope: ForeignFile | None, chain: tuple[str, ...], at: Span
    ) -> list[tuple[str, Mapping]]:
        kind, target = self._target(item)
        if isinstance(item, Scalar) and item.value is None:
            return []
        given = item.get("inputs") if isinstance(item, Mapping) else None
        inputs = given if isinstance(given, Mapping) else None
        if kind == "local":
            if scope is not None:
                file = ForeignFile(scope.project, scope.ref, target.lstrip("/"))
                return self._foreign([file], item, inputs, chain, at)
            return self._local(target, item, inputs, chain)
        if kind == "project" and isinstance(item, Mapping):
            listed = item.get("file")
            names = listed.items if isinstance(listed, Sequence) else (listed,)
            ref = self._expand(text_of(item.get("ref")) or "")
            out = []
            for name in names:
                text = self._expand(text_of(name) or "").lstrip("/")
                if text and target == self._tree.project.path and not ref:
                    out += self._local(text, item, inputs, chain)
                elif text:
                    out += self._foreign([ForeignFile(target, ref, text)], item, inputs, chain, at)
                else:
                    self._skip(item, "`include:project` names no `file`")
            return out
        if kind == "component":
            return self._component(target, item, inputs, chain, at)
        reason = {
            "remote": f"{NOT_FOLLOWED}: a remote URL is never fetched",
            "template": f"{NOT_FOLLOWED}: GitLab's template `{target}` is not at hand",
            "artifact": f"{NOT_FOLLOWED}: the file is made by a job while the pipeline runs",
        }.get(kind, "include not understood: it names no local, project, component, remote or template")
        self._skip(item, reason)
        return []

    def _target(self, item: Node) -> tuple[str, str]:
        if isinstance(item, Scalar):
            text = self._expand(item.text)
            return ("remote" if re.match(r"https?://", text) else "local"), text
        if isinstance(item, Mapping):
            for kind in _KINDS:
                named = text_of(item.get(kind))
                if named is not None:
                    return kind, self._expand(named)
            if "file" in item:
                return "local", self._expand(text_of(item.get("file")) or "")
        return "", ""

    def _local(
        self, target: str, item: Node, inputs: Mapping | None, chain: tuple[str, ...]
    ) -> list[tuple[str, Mapping]]:
        path = target.lstrip("/")
        if "*" in path:
            pattern = _glob(path)
            known = self._tree.listing if self._tree.listing is not None else self._tree.files
            if self._tree.listing is None:
                self.wanted.append(Wanted(pattern=target, span=item.span))
            paths = sorted(p for p in known if pattern.fullmatch(p))
        else:
            paths = [path]
        out = []
        for found in paths:
            if found in chain or not self._allowed(item):
                continue
            has = self._tree.has(found)
            if found not in self._tree.files:
                if has is not False and found not in self._tree.unread:
                    self.wanted.append(Wanted(path=found, span=item.span))
                told = self._tree.unread.get(found)
                why = told or ("no such file" if has is False else "it was not given")
                self._skip(item, f"{NOT_FOLLOWED}: `{found}` ({why})")
                continue
            self.files.setdefault(found)
            parsed = self._documents.yaml(found, Dialect.GITLAB)
            if isinstance(parsed, Unreadable):
                self.tell(parsed)
                continue
            merged = self._merged(parsed, found, None, inputs, (*chain, found), item.span)
            if merged is not None:
                out.append((found, merged))
        return out

    def _component(
        self, target: str, item: Node, inputs: Mapping | None, chain: tuple[str, ...], at: Span
    ) -> list[tuple[str, Mapping]]:
        match = _COMPONENT.match(target)
        if match is None:
            self._skip(item, f"{NOT_FOLLOWED}: the component's address was not understood")
            return []
        names = [f"templates/{match['name']}.yml", f"templates/{match['name']}/template.yml"]
        if match["project"] == self._tree.project.path or match["project"] == "$CI_PROJECT_PATH":
            for name in names:
                if name in self._tree.files:
                    return self._local(name, item, inputs, chain)
        return self._foreign(
            [ForeignFile(match["project"], match["ref"], n) for n in names], item, inputs, chain, at
        )

    def _foreign(
        self, files: list[ForeignFile], item: Node, inputs: Mapping | None, chain: tuple[str, ...], at: Span
    ) -> list[tuple[str, Mapping]]:
        for file in files:
            text = self._tree.foreign.get(file)
            if text is None:
                continue
            path = foreign_path(file)
            if path in chain or not self._allowed(item):
                return []
            self.included_at.setdefault(path, at)
            parsed = parse_yaml(path, text)
            if isinstance(parsed, Unreadable):
                self.tell(
                    Unreadable(
                        at.path,
                        at.start_line,
                        f"{NOT_FOLLOWED}: `{file.path}` of `{file.project}` is not valid YAML",
                    )
                )
                return []
            merged = self._merged(parsed, path, file, inputs, (*chain, path), at)
            return [(f"{file.project}/{file.path}", merged)] if merged is not None else []
        missing = [file for file in files if file not in self._tree.foreign_unread]
        if missing:
            self.wanted += [Wanted(foreign=file, span=at) for file in missing]
            why = "it was not given"
        else:
            why = self._tree.foreign_unread[files[0]]
        where = f"`{files[0].path}` of `{files[0].project}`"
        self.tell(Unreadable(at.path, at.start_line, f"{NOT_FOLLOWED}: {where} ({why})"))
        return []

    def _allowed(self, item: Node) -> bool:
        self._count += 1
        if self._count == MAX_INCLUDES + 1:
            self._skip(
                item,
                f"more than {MAX_INCLUDES} includes: GitLab refuses the pipeline, the rest was not followed",
            )
        return self._count <= MAX_INCLUDES

    def _skip(self, item: Node, reason: str) -> None:
        self.tell(Unreadable(item.span.path, item.span.start_line, reason))

    def _expand(self, text: str) -> str:
        return _NAMED.sub(lambda m: self._variables.get(m[1] or m[2], m[0]), text)


def _glob(pattern: str) -> re.Pattern[str]:
    """GitLab's include globs: `*` stays in a folder, `**` crosses them."""
    parts = re.split(r"(\*\*/?|\*)", pattern)
    return re.compile(
        "".join({"**": ".*", "**/": "(?:.*/)?", "*": "[^/]*"}.get(p) or re.escape(p) for p in parts)
    )
