"""`include`: what a file pulls in, nested, at most 150 files; what cannot be read is reported or wanted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.documents.location import Span, Unreadable
from bot.documents.nodes import Mapping, Node, Scalar, Sequence, is_null, text_of
from bot.documents.yaml import Dialect, parse_yaml
from bot.pipeline.include_rules import is_included
from bot.pipeline.include_targets import (
    FILE_KINDS,
    BadTarget,
    IncludeTarget,
    component_of,
    expanded,
    glob_of,
    has_variable,
    has_yaml_name,
    target_of,
)
from bot.pipeline.inputs import Header, IncludeCall, check_header, fill_inputs, split_header
from bot.pipeline.jobs import flat
from bot.pipeline.merging import came_by, deep_merge
from bot.pipeline.model import NOT_FOLLOWED, Truth, Wanted, foreign_path
from bot.pipeline.refusals import FileRefusals
from bot.pipeline.shared_inputs import shared_inputs
from bot.pipeline.validation.includes import first_fault_of_include_rules
from bot.snapshot import ForeignFile

if TYPE_CHECKING:
    from bot.documents.documents import Documents
    from bot.pipeline.specs import Input
    from bot.snapshot import Tree

MAX_INCLUDES: Final = 150
"""`ci_max_includes` (docs.gitlab.com/administration/instance_limits, 2026-11)."""
_BEYOND: Final = {
    "remote": "a remote URL is never fetched",
    "template": "GitLab's template `{}` is not at hand",
    "artifact": "the file is made by a job while the pipeline runs",
}


class IncludeReader:
    """Reads one root file with everything that it includes. Never fetches: what is missing is in `wanted`."""

    def __init__(self, root: str, tree: Tree, documents: Documents, *, is_whole: bool) -> None:
        self._root = root
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
        self._component_facts: dict[str, str] = {}
        """what the component that is read next knows of itself"""
        self._is_certain = True
        """whether every pipeline includes what is read now"""
        self.refusals = FileRefusals(root, self.report, is_whole=is_whole)
        self.includes: list[Node] = []

    def read(self) -> Mapping | None:
        """The root with its includes merged under it, or None where it contains no mapping."""
        root = self._root
        project = self._tree.project
        self._variables = {
            "CI_PROJECT_PATH": project.path,
            "CI_DEFAULT_BRANCH": project.default_branch,
            "CI_SERVER_HOST": project.host,
            "CI_SERVER_FQDN": project.host,
        }
        self._variables = {name: value for name, value in self._variables.items() if value}
        parsed = self._documents.yaml(root, Dialect.GITLAB)
        self.files[root] = None
        if isinstance(parsed, Unreadable):
            self.report(parsed)
            self.refusals.note(Span(root, parsed.line, 1, parsed.line, 1), parsed.reason)
            return None
        return self._merged(parsed, root, None, None, (root,), None)

    def report(self, unread: Unreadable) -> None:
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
        component, self._component_facts = self._component_facts, {}
        name = path if scope is None else scope.path
        call = IncludeCall(at, given, name, component) if at is not None else None
        header = split_header(documents)
        check_header(header, call, self._refuse)
        header = self._with_shared_inputs(header, scope, "" if call is None else f"`{name}`: ")
        unused = documents[1:] if header.declared is None else documents[1:-1]
        behind = getattr(documents, "unused_from", 0)
        for line in [*(each.span.start_line for each in unused[:1]), *([behind] if behind else ())][:1]:
            reason = "GitLab does not read this part of the file, and nothing of it was checked: remove it or its `---`"
            self.report(Unreadable(path, line, reason))
        odd = next((each for each in documents if not isinstance(each, Mapping)), None)
        if odd is not None:
            self._refuse(odd.span, "Invalid configuration format")
        self._note_required(header, call)
        content = fill_inputs(header, call, self._variables, self._refuse)
        if (
            content is None
            and path == self._root
            and self.refusals.is_whole
            and self._tree.files[path].strip()
        ):
            top = Span(path, 1, 1, 1, 1)
            self._refuse(top, "jobs config should contain at least one visible job")
        if not isinstance(content, Mapping):
            return None
        include = content.get("include")
        own = Mapping({k: e for k, e in content.entries.items() if k != "include"}, content.span, content.tag)
        if include is None:
            return own
        parts = include.items if isinstance(include, Sequence) else (include,)
        if scope is None:
            self.includes += parts
        layers: list[Mapping] = []
        is_any = False
        for part in parts:
            if not is_null(part):
                followed = self._under_rules(part, scope, chain, at or part.span)
                is_any |= followed is not None
                layers += [came_by(included, f"include {name}") for name, included in followed or ()]
        # With no include left, GitLab keeps the keyword, and checks it as it is.
        if not is_any and path == self._root:
            own = content
        return deep_merge(*layers, own)

    def _with_shared_inputs(self, header: Header, scope: ForeignFile | None, where: str) -> Header:
        """The header with the inputs of the files that its `spec:include` names, where they are known."""
        include = header.node.get("spec", "include") if header.node is not None else None
        if include is None or is_null(include):
            return header
        declared: dict[str, Input] = {}
        knows_all = True
        for item in flat(include):
            shared = self._shared_inputs(item, where) if scope is None else None
            if shared is None:
                self._skip(item, f"{NOT_FOLLOWED}: the inputs that this file declares are not known")
            twice = ", ".join(shared.keys() & {*declared, *(header.declared or {})}) if shared else ""
            if twice:
                self._refuse(item.span, f"{where}Duplicate input keys found: {twice}")
            knows_all &= shared is not None
            declared |= shared or {}
        return replace(header, declared=declared | (header.declared or {}), knows_all=knows_all)

    def _shared_inputs(self, item: Node, where: str) -> dict[str, Input] | None:
        shared = shared_inputs(item, self._tree, self._documents, self._expand)
        if shared.fault:
            self._refuse(shared.at or item.span, where + shared.fault)
        elif shared.inputs is None and shared.path and shared.path not in self._tree.unread:
            self.wanted.append(Wanted(path=shared.path, span=item.span))
        if shared.inputs is not None:
            self.files.setdefault(shared.path)
        return shared.inputs

    def _note_required(self, header: Header, call: IncludeCall | None) -> None:
        """Note that the root wants an input: anyone who starts a pipeline must give it, so a push starts none."""
        required = next((each for each in (header.declared or {}).values() if each.is_required), None)
        if call is None and required is not None and self.refusals.is_whole:
            span = required.key.span
            words = f"`{required.name}` input: required value has not been provided"
            reason = f"GitLab refuses each pipeline that is started by a push, without inputs: {words}"
            self.report(Unreadable(span.path, span.start_line, reason))

    def _under_rules(
        self, item: Node, scope: ForeignFile | None, chain: tuple[str, ...], at: Span
    ) -> list[tuple[str, Mapping]] | None:
        """What the include brings in; None where its rules leave it out of every pipeline."""
        if not isinstance(item, Mapping) and not (isinstance(item, Scalar) and isinstance(item.value, str)):
            self._refuse(item.span, "Each include must be a hash or a string")
            return []
        rules = item.get("rules") if isinstance(item, Mapping) else None
        if rules is None or is_null(rules):
            return self._included(item, scope, chain, at)
        fault = first_fault_of_include_rules(rules)
        if fault is not None:
            self._refuse(fault.node.span, f"include:{fault.words}")
            return []
        answer = is_included(rules, self._variables, self._tree)
        if answer is Truth.NO:
            self._skip(item, f"{NOT_FOLLOWED}: no pipeline of this project meets its `rules`")
            return None
        before = self._under, self._is_certain
        self._under = (*self._under, rules)
        if answer is Truth.UNKNOWN:
            self._is_certain = False
            self.refusals.open()
        included = self._included(item, scope, chain, at)
        self._under, self._is_certain = before
        return included

    def _included(
        self, item: Node, scope: ForeignFile | None, chain: tuple[str, ...], at: Span
    ) -> list[tuple[str, Mapping]] | None:
        named = target_of(item, self._expand)
        if isinstance(named, BadTarget):
            self._refuse(item.span, named.words)
        kind, target = named if isinstance(named, IncludeTarget) else ("", "")
        given = item.get("inputs") if isinstance(item, Mapping) else None
        if given is not None and not isinstance(given, Mapping) and not is_null(given):
            self._refuse(given.span, f"`{target.lstrip('/')}`: Given inputs must be a hash")
        inputs = given if isinstance(given, Mapping) else None
        if has_variable(target):
            self._skip(item, f"{NOT_FOLLOWED}: a variable in its address is not known here")
            self.refusals.open()
            return []
        if kind in FILE_KINDS and "*" not in target:
            self._check_name(target, item)
        if kind == "local":
            if scope is not None:
                file = ForeignFile(scope.project, scope.ref, target.lstrip("/"))
                return self._foreign([file], item, inputs, chain, at)
            return self._local(target, item, inputs, chain)
        if kind == "project" and isinstance(item, Mapping):
            return self._of_project(target, item, inputs, chain, at)
        if kind == "component":
            return self._component(target, item, inputs, chain, at)
        if kind in _BEYOND:
            self._skip(item, f"{NOT_FOLLOWED}: {_BEYOND[kind].format(target)}")
            self.refusals.open()
        return []

    def _check_name(self, target: str, item: Node) -> None:
        if not has_yaml_name(target):
            self._refuse(item.span, f"Included file `{target}` does not have YAML extension")

    def _of_project(
        self, target: str, item: Mapping, inputs: Mapping | None, chain: tuple[str, ...], at: Span
    ) -> list[tuple[str, Mapping]]:
        listed = item.get("file")
        names = listed.items if isinstance(listed, Sequence) else (listed,)
        ref = self._expand(text_of(item.get("ref")) or "")
        out = []
        for name in names:
            text = self._expand(text_of(name) or "").lstrip("/")
            if text and target == self._tree.project.path and not ref:
                out += self._one_local(text, item, inputs, chain)
            elif text:
                out += self._foreign([ForeignFile(target, ref, text)], item, inputs, chain, at)
            else:
                self._skip(item, "`include:project` names no `file`")
        return out

    def _local(
        self, target: str, item: Node, inputs: Mapping | None, chain: tuple[str, ...]
    ) -> list[tuple[str, Mapping]] | None:
        """What the files of a local include hold; None where its pattern matches none."""
        if "*" not in target:
            return self._one_local(target.lstrip("/"), item, inputs, chain)
        pattern = glob_of(target)
        known = self._tree.listing if self._tree.listing is not None else self._tree.files
        if self._tree.listing is None:
            self.wanted.append(Wanted(pattern=target, span=item.span))
            self.refusals.open()
        paths = sorted(path for path in known if pattern.fullmatch(path))
        if not paths and target.startswith("/") and any(map(glob_of(target.lstrip("/")).fullmatch, known)):
            self._skip(item, f"`{target}` matches no file: take the slash in front away")
        for path in paths:
            self._check_name(path, item)
        # The files of a pattern are given its inputs too (GitLab 18.7, `mapper/location_expander.rb`, read 2026-11).
        found = [each for path in paths for each in self._one_local(path, item, inputs, chain)]
        return found if paths or self._tree.listing is None else None

    def _one_local(
        self, path: str, item: Node, inputs: Mapping | None, chain: tuple[str, ...]
    ) -> list[tuple[str, Mapping]]:
        if path in chain:
            self._circle(item)
            return []
        if not self._allowed(item):
            return []
        has = self._tree.has(path)
        if path not in self._tree.files:
            if has is False:
                self._refuse(item.span, f"Local file `{path}` does not exist")
                return []
            if path not in self._tree.unread:
                self.wanted.append(Wanted(path=path, span=item.span))
            self._skip(
                item, f"{NOT_FOLLOWED}: `{path}` ({self._tree.unread.get(path) or 'it was not given'})"
            )
            self.refusals.open()
            return []
        self.files.setdefault(path)
        parsed = self._documents.yaml(path, Dialect.GITLAB)
        if isinstance(parsed, Unreadable):
            self.report(parsed)
            self._note(item.span, f"`{path}`: {parsed.reason}")
            return []
        merged = self._merged(parsed, path, None, inputs, (*chain, path), item.span)
        if merged is None or not len(merged):
            is_blank = not self._tree.files[path].strip()
            self._refuse(
                item.span,
                f"Local file `{path}` is empty"
                if is_blank
                else f"Included file `{path}` does not have valid YAML syntax",
            )
        return [(path, merged)] if merged is not None else []

    def _circle(self, item: Node) -> None:
        """Note that a file includes itself; what a pattern takes in again, GitLab 19 leaves out."""
        words = f"Maximum of {MAX_INCLUDES} nested includes are allowed"
        local = text_of(item.get("local")) if isinstance(item, Mapping) else text_of(item)
        if self._is_certain and "*" in (local or ""):
            self._skip(
                item, f"GitLab before 19 refuses the file, which this pattern takes in itself: {words}"
            )
        elif self._is_certain:
            self._refuse(item.span, words)

    def _component(
        self, target: str, item: Node, inputs: Mapping | None, chain: tuple[str, ...], at: Span
    ) -> list[tuple[str, Mapping]]:
        component = component_of(target)
        if component is None:
            self._skip(item, f"{NOT_FOLLOWED}: the component's address was not understood")
            self.refusals.open()
            return []
        project, name, ref = component
        names = [f"templates/{name}.yml", f"templates/{name}/template.yml"]
        self._component_facts = {"name": name, "reference": ref}
        found = self._files_of_component(project, ref, names, item, inputs, chain, at)
        self._component_facts = {}
        return found

    def _files_of_component(
        self,
        project: str,
        ref: str,
        names: list[str],
        item: Node,
        inputs: Mapping | None,
        chain: tuple[str, ...],
        at: Span,
    ) -> list[tuple[str, Mapping]]:
        own = next((name for name in names if name in self._tree.files), None)
        if project in {self._tree.project.path, "$CI_PROJECT_PATH"} and own is not None:
            return self._one_local(own, item, inputs, chain)
        return self._foreign([ForeignFile(project, ref, name) for name in names], item, inputs, chain, at)

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
                self.report(
                    Unreadable(
                        at.path,
                        at.start_line,
                        f"{NOT_FOLLOWED}: `{file.path}` of `{file.project}` is not valid YAML",
                    )
                )
                self._note(at, f"`{file.path}` is not valid YAML")
                return []
            merged = self._merged(parsed, path, file, inputs, (*chain, path), at)
            return [(f"{file.project}/{file.path}", merged)] if merged is not None else []
        self.refusals.open()
        missing = [file for file in files if file not in self._tree.foreign_unread]
        if missing:
            self.wanted += [Wanted(foreign=file, span=at) for file in missing]
            why = "it was not given"
        else:
            why = self._tree.foreign_unread[files[0]]
        where = f"`{files[0].path}` of `{files[0].project}`"
        self.report(Unreadable(at.path, at.start_line, f"{NOT_FOLLOWED}: {where} ({why})"))
        return []

    def _allowed(self, item: Node) -> bool:
        self._count += 1
        if self._count == MAX_INCLUDES + 1:
            self._refuse(item.span, f"Maximum of {MAX_INCLUDES} nested includes are allowed")
        return self._count <= MAX_INCLUDES

    def _refuse(self, at: Span, words: str) -> None:
        """Refuse the file, or only the pipelines for which the rules of an include are met."""
        if self._is_certain:
            self.refusals.refuse(at, words)
        else:
            self.report(
                Unreadable(
                    at.path, at.start_line, f"GitLab refuses each pipeline that includes this: {words}"
                )
            )

    def _note(self, at: Span, words: str) -> None:
        if self._is_certain:
            self.refusals.note(at, words)

    def _skip(self, item: Node, reason: str) -> None:
        self.report(Unreadable(item.span.path, item.span.start_line, reason))

    def _expand(self, text: str) -> str:
        return expanded(text, self._variables)
