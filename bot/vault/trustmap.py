"""The trust map: who -> role -> policy -> path, as a Mermaid flowchart that GitLab renders.

Mermaid's syntax: mermaid.js.org/syntax/flowchart.html; GitLab renders it in notes
(docs.gitlab.com/user/markdown, "Mermaid"), both checked 2026-11.
"""

from __future__ import annotations

from collections import defaultdict
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from bot.lazy import regex
from bot.vault.reach import Power, find_policy, policy_names, reach_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.vault.model import VaultModel
    from bot.vault.reach import ReachedPath
    from bot.vault.roles.jwt_role import JwtRole

ANYBODY = "any job of the issuer"
"""Whose jobs a role takes that binds no claim of a place."""
_MAX_NODES = 12
_MAX_LABEL = 60
_MAX_PATHS_EACH = 3
# Characters that mean nothing to Mermaid, Markdown or HTML; every other one becomes a numbered entity.
_PLAIN = regex(r"[A-Za-z0-9 _./:,*+=-]")
# The claims that say whose job it is, in the order in which a person would say them.
_SPOKEN_CLAIMS = (
    "project_path", "project_id", "namespace_path", "namespace_id", "sub", "ref_path", "ref", "environment",
)  # fmt: skip


class Layer(IntEnum):
    """The columns of the map."""

    WHO = 0
    ROLE = 1
    POLICY = 2
    PATH = 3


class Node(NamedTuple):
    """One box. `alarming`: who contains it can do everything, or give itself more."""

    layer: Layer
    label: str
    alarming: bool = False


class Edge(NamedTuple):
    """One arrow, from a column to the next."""

    start: Node
    end: Node


def trust_map(
    head: VaultModel,
    base: VaultModel | None = None,
    beside: tuple[Iterable[Edge], Iterable[Edge]] = ((), ()),
) -> str:
    """The flowchart's text, without a fence; "" where there is nothing to show.

    `beside` are further arrows, of the head and of the base: of clouds.

    With `base`, only the roles whose part of the map changes are drawn: what is new is marked, what is gone
    is drawn with dots. At most twelve nodes; the rest is folded into one that says how many.
    """
    after = [*edges_of(head, head.roles), *beside[0]]
    if base is None:
        return flowchart(after)
    before = [*edges_of(base, base.roles), *beside[1]]
    old, new = set(before), set(after)
    marked = [(edge, "" if edge in old else "new") for edge in after]
    marked += [(edge, "removed") for edge in before if edge not in new]
    if not any(mark for _, mark in marked):
        return ""
    return _drawn(_around_changes(marked))


def flowchart(edges: Iterable[Edge], _title: str = "") -> str:
    """The flowchart of these arrows; at most twelve nodes, as in `trust_map`."""
    return _drawn([(edge, "") for edge in edges])


def edges_of(model: VaultModel, roles: Iterable[JwtRole], paths_each: int = _MAX_PATHS_EACH) -> list[Edge]:
    """Every arrow of the map of `roles`, each once, in their order; at most `paths_each` paths of one policy."""
    made: dict[Edge, None] = {}
    for role in roles:
        reach = reach_of(role, model)
        shown = Node(Layer.ROLE, f"role {role.name}", reach.power in {Power.ROOT, Power.ADMIN})
        made[Edge(Node(Layer.WHO, _who(role)), shown)] = None
        for name in dict.fromkeys(policy_names(role)):
            policy = Node(Layer.POLICY, f"policy {name}")
            made[Edge(shown, policy)] = None
            found = find_policy(name, model)
            own = [grant for grant in reach.grants if grant.policy is found]
            made.update((Edge(policy, path), None) for path in _paths(own, name, paths_each))
    return list(made)


def _who(role: JwtRole) -> str:
    claims = role.value("bound_claims")
    bound = dict(claims) if isinstance(claims, dict) else {}
    subject = role.value("bound_subject")
    if subject:
        bound.setdefault("sub", subject)
    spoken = [f"{name} {_value(bound[name])}" for name in _SPOKEN_CLAIMS if name in bound]
    if str(bound.get("ref_protected", "")) == "true":
        spoken.append("protected")
    return ", ".join(spoken[:3] + [word for word in spoken[3:] if word == "protected"]) or ANYBODY


def _value(bound: object) -> str:
    values = bound if isinstance(bound, list | tuple) else [bound]
    more = f" or {len(values) - 1} more" if len(values) > 1 else ""
    return f"{values[0] if values else 'nothing'}{more}"


def _paths(grants: list[ReachedPath], name: str, most: int) -> Iterator[Node]:
    own = sorted(grants, key=lambda grant: list(Power).index(grant.power), reverse=True)
    for grant in own[:most]:
        acts = "write" if grant.power is Power.WRITE else grant.power.value
        yield Node(Layer.PATH, f"{grant.rule.path} ({acts})", grant.power in {Power.ROOT, Power.ADMIN})
    if len(own) > most:
        yield Node(Layer.PATH, f"{len(own) - most} more paths of {name}")


def _around_changes(marked: list[tuple[Edge, str]]) -> list[tuple[Edge, str]]:
    """The changed edges, and the way to and from them."""
    wanted = {edge for edge, mark in marked if mark}
    forward: dict[Node, list[Edge]] = defaultdict(list)
    backward: dict[Node, list[Edge]] = defaultdict(list)
    for edge, _ in marked:
        forward[edge.start].append(edge)
        backward[edge.end].append(edge)
    kept = set(wanted)
    for follow, ends in ((forward, 1), (backward, 0)):
        todo = list(wanted)
        while todo:
            edge = todo.pop()
            new = [further for further in follow[edge[ends]] if further not in kept]
            kept.update(new)
            todo += new
    # What changed comes first: it must not be folded away.
    changed_first = sorted(marked, key=lambda pair: not pair[1])
    return [(edge, mark) for edge, mark in changed_first if edge in kept]


def _drawn(marked: list[tuple[Edge, str]]) -> str:
    if not marked:
        return ""
    every = list(dict.fromkeys(node for edge, _ in marked for node in edge))
    shown = every if len(every) <= _MAX_NODES else every[: _MAX_NODES - 1]
    names = {node: f"n{number}" for number, node in enumerate(sorted(shown, key=lambda node: node.layer), 1)}
    lines = ["flowchart LR"]
    for node, name in names.items():
        opening, closing = ("([", "])") if node.layer is Layer.WHO else ("[", "]")
        style = ":::alarm" if node.alarming else ""
        lines.append(f'  {name}{opening}"{_escaped(node.label)}"{closing}{style}')
    if len(shown) < len(every):
        lines.append(f'  more["and {len(every) - len(shown)} more"]')
    arrows = {"": "-->", "new": "==>|new|", "removed": "-.->|removed|"}
    for edge, mark in marked:
        if edge.start in names and edge.end in names:
            lines.append(f"  {names[edge.start]} {arrows[mark]} {names[edge.end]}")
        elif edge.start in names:
            link = f"  {names[edge.start]} -.- more"
            if link not in lines:
                lines.append(link)
    if any(node.alarming for node in names):
        lines.append("  classDef alarm stroke:#c17d10,stroke-width:3px")
    return "\n".join(lines) + "\n"


def _escaped(label: str) -> str:
    """The label with every character that could mean something as a numbered entity."""
    label = " ".join(label.split())
    if len(label) > _MAX_LABEL:
        label = label[: _MAX_LABEL - 1] + "…"
    return "".join(c if _PLAIN.match(c) else f"#{ord(c)};" for c in label)
