"""The readable files of one tree, each parsed once, on first use."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, TypeVar

from bot.documents.globs import matches
from bot.documents.kinds import OURS, FileKind, is_named_for_its_kind, kind_of, may_matter
from bot.documents.location import Unreadable
from bot.reads import KINDS, Reads

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from bot.documents.hcl_nodes import HclFile
    from bot.documents.nodes import Node
    from bot.documents.yaml import Dialect
    from bot.snapshot import Tree

T = TypeVar("T")

_YAML_KINDS = frozenset(
    {FileKind.GITLAB_CI, FileKind.VAULT_YAML, FileKind.CLOUD_YAML, FileKind.SEALCHECK_CONFIG, FileKind.YAML}
)
_JSON_KINDS = frozenset({FileKind.VAULT_JSON, FileKind.TERRAFORM_JSON, FileKind.CLOUD_JSON, FileKind.JSON})
_VAULT_KINDS = {
    "yml": FileKind.VAULT_YAML,
    "yaml": FileKind.VAULT_YAML,
    "json": FileKind.VAULT_JSON,
    "tf": FileKind.TERRAFORM,
    "hcl": FileKind.HCL,
}
_HCL_KINDS = frozenset({FileKind.HCL, FileKind.TERRAFORM})


class Documents:
    """The texts of one tree and what they parse to. Nothing is read or parsed before it is asked for.

    `files` may be lazy: its keys are listed once, and a value is fetched only for a name that may matter.
    `ci_files` and `vault_files` are globs of the policy, for files that their content does not give away. `beside` is
    another state of the same repository: what a file is parsed to is taken from there where its text is the same.
    `reads` notes each file that is read, whether it is parsed anew or not. `entries` names the texts that are no files
    but were read from a running server: there the name means nothing.
    """

    def __init__(
        self,
        files: Mapping[str, str],
        ci_files: tuple[str, ...] = (),
        vault_files: tuple[str, ...] = (),
        beside: Documents | None = None,
        reads: Reads | None = None,
        entries: Collection[str] = (),
    ) -> None:
        self._files = files
        self._entries = entries
        self._reads = reads or Reads()
        self._names: tuple[str, ...] | None = None
        self._by_kind: dict[tuple[FileKind, ...], list[str]] = {}
        self._beside = beside
        self._ci_files = ci_files
        self._vault_files = vault_files
        self._kinds: dict[str, FileKind | None] = {}
        self._yaml: dict[tuple[str, Dialect], tuple[Node, ...] | Unreadable] = {}
        self._json: dict[str, Node | Unreadable] = {}
        self._hcl: dict[str, HclFile | Unreadable] = {}
        self._worked_out: dict[Callable[[Documents], Any], Any] = {}

    def __contains__(self, path: object) -> bool:
        return path in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    @property
    def names(self) -> tuple[str, ...]:
        """The paths that may matter by their names or by the policy's globs, sorted; reads nothing."""
        if self._names is None:
            self._names = tuple(sorted(path for path in self._files if self._may_matter(path)))
        return self._names

    def changed(self, texts: Mapping[str, str], files: Mapping[str, str], reads: Reads) -> Documents:
        """The same files with other texts: `files` is all of them, `texts` those that differ."""
        other = Documents(files, self._ci_files, self._vault_files, None, reads, self._entries)
        other._names = self._names
        other._kinds, other._json, other._hcl = self._kinds.copy(), self._json.copy(), self._hcl.copy()
        other._yaml = self._yaml.copy()
        for path in texts:
            for known in (other._kinds, other._json, other._hcl):
                known.pop(path, None)
            for key in [key for key in other._yaml if key[0] == path]:
                del other._yaml[key]
        if other.has_kinds_of(self, texts):
            other._by_kind = self._by_kind
        return other

    def only(self, path: str) -> Documents:
        """This one file as if it stood alone; files that it names can still be read."""
        alone = copy(self)
        alone._names = (path,) if self._may_matter(path) else ()  # noqa: SLF001 - a copy of this one
        alone._by_kind = {}  # noqa: SLF001
        alone._worked_out = {}  # noqa: SLF001
        return alone

    def worked_out(self, work: Callable[[Documents], T]) -> T:
        """What `work` makes of these files, worked out once. Its reads are noted the first time only."""
        if work not in self._worked_out:
            self._worked_out[work] = work(self)
        made: T = self._worked_out[work]
        return made

    def text(self, path: str) -> str | None:
        """The text of the file, or None where the tree does not contain it."""
        self._reads.note(path)
        return self._files.get(path)

    def kind(self, path: str) -> FileKind | None:
        """What the file is, or None where it is none of ours or the tree does not contain it."""
        self._reads.note(path)
        return self._kind(path)

    def _kind(self, path: str) -> FileKind | None:
        """The same, for lists of all files."""
        if path in self._entries:
            return FileKind.VAULT_ENTRY
        if path not in self._kinds:
            text = self._files.get(path) if self._may_matter(path) else None
            self._kinds[path] = None if text is None else self._named(path, text) or kind_of(path, text)
        return self._kinds[path]

    def _may_matter(self, path: str) -> bool:
        if path in self._entries or may_matter(path):
            return True
        return any(matches(each, path) for each in (*self._ci_files, *self._vault_files))

    def _named(self, path: str, text: str) -> FileKind | None:
        """The kind that the policy's own globs give the file, whatever its name and its content look like."""
        if any(matches(each, path) for each in self._ci_files):
            return FileKind.GITLAB_CI
        if any(matches(each, path) for each in self._vault_files):
            suffix = path.lower().removesuffix(".tpl").rpartition(".")[2]
            return _VAULT_KINDS.get(suffix) or (
                FileKind.VAULT_JSON if text.lstrip().startswith(("{", "[")) else kind_of(f"{path}.hcl", text)
            )
        return None

    def paths(self, *kinds: FileKind) -> list[str]:
        """The files of these kinds, sorted by path."""
        found = self._by_kind.get(kinds)
        if found is None:
            found = self._by_kind[kinds] = [path for path in self.names if self._kind(path) in kinds]
        self._reads.note(KINDS)
        return found

    def has_kinds_of(self, other: Documents, paths: Iterable[str]) -> bool:
        """Whether each of the files is of the kind that it is of in another state of the repository."""
        return all(self._kind(path) is other._kind(path) for path in paths)

    def yaml(self, path: str, dialect: Dialect | None = None) -> tuple[Node, ...] | Unreadable:
        """Every YAML document of the file, empty ones left out; `()` for an empty file.

        `dialect` None: GitLab's for a CI file, the general one for any other.
        """
        from bot.documents.yaml import Dialect, parse_yaml  # noqa: PLC0415 - a scan without YAML pays for none

        if dialect is None:
            dialect = Dialect.GITLAB if self.kind(path) is FileKind.GITLAB_CI else Dialect.GENERAL
        self._reads.note(path)
        known = self._yaml.get((path, dialect))
        if known is None:
            text = self._files.get(path)
            if text is None:
                known = _absent(path)
            elif (same := self._where_same(path, text)) is not None:
                known = same.yaml(path, dialect)
            else:
                known = parse_yaml(path, text, dialect)
            self._yaml[path, dialect] = known
        return known

    def _where_same(self, path: str, text: str) -> Documents | None:
        """The other state of the repository, where the file has this text there too."""
        return self._beside if self._beside is not None and self._beside.text(path) == text else None

    def roots(self, path: str) -> tuple[Node, ...]:
        """The same documents; none of a file that cannot be read, which is reported as unread."""
        read = self.yaml(path)
        return () if isinstance(read, Unreadable) else read

    def json(self, path: str) -> Node | Unreadable:
        """The JSON value of the file."""
        from bot.documents.json import parse_json  # noqa: PLC0415 - a scan without JSON pays for none

        self._reads.note(path)
        known = self._json.get(path)
        if known is None:
            text = self._files.get(path)
            known = self._json[path] = _absent(path) if text is None else parse_json(path, text)
        return known

    def hcl(self, path: str) -> HclFile | Unreadable:
        """The HCL of the file: Terraform or a policy."""
        from bot.documents.hcl import parse_hcl  # noqa: PLC0415 - most files need no reader of HCL

        self._reads.note(path)
        known = self._hcl.get(path)
        if known is None:
            text = self._files.get(path)
            known = self._hcl[path] = _absent(path) if text is None else parse_hcl(path, text)
        return known

    def unread(self, tree: Tree) -> list[Unreadable]:
        """Every file of `tree` that should have been read and could not be, in the order of the paths."""
        unread = [
            Unreadable(path, 0, f"not checked, the file could not be read: {why}")
            for path, why in tree.unread.items()
            if self._may_matter(path) and not is_named_for_its_kind(path)
        ]
        unread += [each for path in self if (each := self.unread_file(path)) is not None]
        return sorted(unread, key=lambda unreadable: (unreadable.path, unreadable.line))

    def unread_file(self, path: str) -> Unreadable | None:
        """Why the file is not understood, where it should be; else None."""
        outcome = self._parsed(path) if self.kind(path) in OURS else None
        return outcome if isinstance(outcome, Unreadable) else None

    def _parsed(self, path: str) -> object:
        kind = self.kind(path)
        if kind in _YAML_KINDS:
            return self.yaml(path)
        if kind in _JSON_KINDS:
            return self.json(path)
        if kind in _HCL_KINDS:
            return self.hcl(path)
        return None


def _absent(path: str) -> Unreadable:
    return Unreadable(
        path, 0, "the file is not in what was read of the repository; add it or correct the path"
    )
