"""Policies: what the server grants, beside what the code does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.vault.drift.comparison import Comparison, Difference
from bot.vault.policies.acl import DENY, Acl, example_path, pattern_of
from bot.vault.reach import bare_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.vault.policies.policy import PathRule, VaultPolicy

_BUILT_IN: Final = frozenset({"default", "root", "hcp-root", "response-wrapping", "control-group"})
"""Policies that a server brings along (developer.hashicorp.com/vault/docs/concepts/policies, 2026-11)."""
_PROBE: Final = "sealcheck-probe"
"""A path segment that no policy names."""
_MOST_WILD: Final = 100
"""paths with a `+` (and others beside them) of which each two are tried"""


def _why_not(policy: VaultPolicy) -> str:
    settled = policy.complete and all(rule.known and rule.capabilities_known for rule in policy.rules)
    return "" if settled else "the code fills in parts of it from elsewhere"


def _of_policy(server: VaultPolicy, code: VaultPolicy) -> Iterator[Difference]:
    """One path for each rule by which one side grants what the other does not."""
    if _normal(server.rules) == _normal(code.rules):
        return
    ours, theirs = Acl(server.granting), Acl(code.granting)
    reported: set[tuple[str, frozenset[str], frozenset[str]]] = set()
    for path in _probes(server.rules, code.rules):
        first, second = ours.decide(path), theirs.decide(path)
        more = first.capabilities - second.capabilities - {DENY}
        less = second.capabilities - first.capabilities - {DENY}
        pattern = first.pattern if more else second.pattern
        if (more or less) and (pattern, more, less) not in reported:
            reported.add((pattern, more, less))
            yield _granted(path.replace(_PROBE, "…"), more, less)
    limits = {rule.path for rule in server.rules if _limits(rule)} | {
        rule.path for rule in code.rules if _limits(rule)
    }
    for path in sorted(limits):
        if _limits_at(path, server.rules) != _limits_at(path, code.rules):
            yield Difference((path,), f"the parameters allowed at `{path}` are not the same")


def _granted(path: str, more: frozenset[str], less: frozenset[str]) -> Difference:
    parts = []
    if more:
        parts.append(f"Vault grants {', '.join(sorted(more))} at `{path}` too")
    if less:
        parts.append(f"only the code grants {', '.join(sorted(less))} at `{path}`")
    return Difference((path,), ", ".join(parts), accepts_more=bool(more))


def _normal(rules: Iterable[PathRule]) -> list[str]:
    return sorted(f"{rule.text} {_limits(rule)}" for rule in rules)


def _limits(rule: PathRule) -> str:
    shown = [(name, sorted(values)) for name, values in sorted(rule.allowed_parameters.items())]
    shown_denied = [(name, sorted(values)) for name, values in sorted(rule.denied_parameters.items())]
    required = sorted(rule.required_parameters)
    return repr((shown, shown_denied, required)) if shown or shown_denied or required else ""


def _limits_at(path: str, rules: Iterable[PathRule]) -> list[str]:
    return sorted(_limits(rule) for rule in rules if rule.path == path)


def _probes(*sides: tuple[PathRule, ...]) -> Iterator[str]:
    """Paths that distinguish the rules: one that each admits, and one that each two of them admit."""
    patterns = list(dict.fromkeys(rule.path for rules in sides for rule in rules))
    made: dict[str, None] = {}
    for pattern in patterns:
        text, is_prefix, _ = pattern_of(pattern)
        filled = "/".join(_PROBE if part == "+" else part for part in text.split("/"))
        made[filled + _PROBE if is_prefix else filled] = None
        if is_prefix:
            made[filled] = None
    wild = [pattern for pattern in patterns if pattern_of(pattern).has_segment_wildcards][:_MOST_WILD]
    for one in wild:
        for other in patterns[:_MOST_WILD]:
            both = example_path(one, other)
            if both is not None:
                made[both] = None
    return iter(made)


POLICIES: Final[Comparison[VaultPolicy]] = Comparison(
    "policy",
    # Vault keeps the names in lower case.
    key=lambda policy: (policy.name.lower(),),
    path=lambda policy: f"sys/policies/acl/{policy.name.lower()}",
    place=lambda policy: policy.span,
    subject=lambda policy: policy.subject,
    differences=_of_policy,
    why_not=_why_not,
    is_loose=lambda policy: policy.named_by_file,
    nickname=lambda policy: bare_name(policy.name),
    is_built_in=lambda policy: policy.name in _BUILT_IN,
)
