"""`spec:include`: a file that declares inputs for others and contains nothing else (GitLab 18.6).

After gitlabhq `lib/gitlab/ci/config/external/header/processor.rb`, GitLab 19.2 (read 2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.nodes import Mapping, text_of
from bot.documents.yaml import Dialect
from bot.lazy import dataclass
from bot.pipeline.include_targets import has_variable, has_yaml_name
from bot.pipeline.specs import Input, inputs_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.documents import Documents
    from bot.documents.location import Span
    from bot.documents.nodes import Node
    from bot.snapshot import Tree

_KINDS: Final = ("local", "remote", "project")


@dataclass(frozen=True, slots=True)
class SharedInputs:
    """What one item of `spec:include` brings. `inputs` is None where it is not known.

    `path` is the file of the same repository that it names, "" where it names none. `fault` is why GitLab refuses it.
    """

    inputs: dict[str, Input] | None = None
    path: str = ""
    fault: str = ""
    at: Span | None = None


def shared_inputs(item: Node, tree: Tree, documents: Documents, expand: Callable[[str], str]) -> SharedInputs:
    """The inputs that the file declares, as far as it can be read here."""
    local = text_of(item.get("local")) if isinstance(item, Mapping) else text_of(item)
    path = expand(local or "").lstrip("/")
    fault = _fault_of(item, path, tree)
    if fault or not _is_known(path) or path not in tree.files:
        return SharedInputs(None, path if _is_known(path) else "", fault, item.span)
    parsed = documents.yaml(path, Dialect.GITLAB)
    content = parsed[0] if isinstance(parsed, tuple) and parsed else None
    if not isinstance(content, Mapping):
        fault = f"Included file `{path}` does not have valid YAML syntax"
        return SharedInputs(path=path, fault=fault, at=item.span)
    others = [name for name in content.entries if name != "inputs"]
    fault = f"Header include file `{path}` contains unknown keys: {', '.join(others)}" if others else ""
    at = content.entries[others[0]].key.span if others else item.span
    return SharedInputs(inputs_of(content.get("inputs")), path, fault, at)


def _is_known(path: str) -> bool:
    """Whether it is the path of one file."""
    return bool(path) and not has_variable(path) and "*" not in path


def _fault_of(item: Node, path: str, tree: Tree) -> str:
    """Why GitLab refuses what the item names, "" where it does not."""
    if isinstance(item, Mapping) and not any(kind in item for kind in _KINDS):
        kinds = "`, `".join(_KINDS)
        return f"the include does not have a valid subkey for header include. Valid subkeys are: `{kinds}`"
    if _is_known(path) and not has_yaml_name(path):
        return f"Included file `{path}` does not have YAML extension"
    return f"Local file `{path}` does not exist" if _is_known(path) and tree.has(path) is False else ""
