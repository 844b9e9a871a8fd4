"""Every rule, in the order of the catalogue. Adding a rule: its module, its line here, its sample folder."""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias, overload

if TYPE_CHECKING:
    from bot.rule import AnyRule

SUBJECTS: Final[Mapping[str, str]] = {
    "secret-in-log": "Job",
    "environment-dump": "Job",
    "shell-trace": "Job",
    "debug-trace": "Pipeline",
    "transformed-secret-in-log": "Job",
    "derived-secret-in-log": "Job",
    "tool-prints-secret": "Job",
    "verbose-transport": "Job",
    "secret-in-arguments": "Job",
    "secret-in-url": "Job",
    "secret-in-image": "Job",
    "secret-in-artifact": "Job",
    "terraform-prints-secret": "Job",
    "secret-to-foreign-host": "Job",
    "hardcoded-vault-token": "Documents",
    "hardcoded-credential": "Documents",
    "credential-in-cleartext": "Repository",
    "static-vault-identity": "Job",
    "vault-tls-off": "Job",
    "unpinned-third-party": "Pipeline",
    "static-secret-in-vault": "Job",
    "malformed-secret": "Pipeline",
    "ambiguous-secret-token": "Job",
    "split-dynamic-credential": "Job",
    "incomplete-vault-login": "Pipeline",
    "runner-safeguard-off": "Pipeline",
    "weak-id-token-audience": "Job",
    "id-token-for-every-job": "Pipeline",
    "redirectable-vault": "Job",
    "secret-on-unprotected-ref": "Job",
    "manual-vault-login": "Job",
    "removed-ci-job-jwt": "Job",
    "policy-root-equivalent": "VaultPolicy",
    "policy-sudo": "VaultPolicy",
    "policy-privilege-escalation": "VaultPolicy",
    "policy-whole-mount": "VaultPolicy",
    "policy-prefix-without-separator": "VaultPolicy",
    "policy-grants-nothing": "VaultPolicy",
    "policy-any-dynamic-credential": "VaultPolicy",
    "policy-mutable-template": "VaultPolicy",
    "engine-overpowered-statements": "EngineRole",
    "engine-long-lease": "EngineRole",
    "engine-cloud-wildcard": "EngineRole",
    "audit-weakened": "VaultModel",
    "audit-incomplete": "AuditList",
    "approle-endless-secret": "LoginRole",
    "token-role-any-policy": "LoginRole",
    "vault-drift": "VaultModel",
    "secret-file-as-value": "Job",
    "secret-value-as-file": "Job",
    "vault-role-without-project": "JwtRole",
    "vault-cel-role-open": "CelRole",
    "vault-role-without-audience": "JwtRole",
    "vault-role-for-namespace": "JwtRole",
    "vault-role-glob-matches-all": "JwtRole",
    "vault-role-glob-without-boundary": "JwtRole",
    "vault-role-dead-wildcard": "JwtRole",
    "vault-role-by-path-only": "JwtRole",
    "vault-role-ref-unprotected": "JwtRole",
    "vault-role-ref-without-type": "JwtRole",
    "vault-role-any-protected-ref": "JwtRole",
    "vault-role-environment-unprotected": "JwtRole",
    "vault-role-by-user": "JwtRole",
    "vault-role-job-project": "JwtRole",
    "vault-role-typed-value": "JwtRole",
    "vault-role-policy-from-claim": "JwtRole",
    "vault-role-unusable": "JwtRole",
    "vault-login-refused": "Job",
    "vault-role-unstable-user-claim": "JwtRole",
    "vault-role-shared-alias-metadata": "JwtRole",
    "long-token-ttl": "JwtRole",
    "vault-role-admin-policy": "JwtRole",
    "vault-role-mixed-environments": "JwtRole",
    "vault-role-unknown-field": "JwtRole",
    "vault-role-partial-write": "JwtRole",
    "vault-role-loosened": "JwtRole",
    "vault-mount-without-issuer": "JwtMount",
    "vault-mount-several-issuers": "JwtMount",
    "vault-mount-default-role": "JwtMount",
    "vault-mount-static-keys": "JwtMount",
    "vault-mount-shared-with-humans": "JwtRole",
    "cloud-any-project": "Trust",
    "cloud-whole-group": "Trust",
    "cloud-fork-pipeline": "Trust",
    "cloud-any-ref": "Trust",
    "cloud-ref-unprotected": "Trust",
    "cloud-by-path-only": "Trust",
    "cloud-shared-pool": "Trust",
    "cloud-never-matches": "Trust",
    "cloud-audience-mismatch": "Job",
    "cloud-void-condition": "Trust",
}
"""Each rule's id with the name of the type that it judges."""

HOLDS_SECRETS: Final = "holds secrets"
"""The mark of a job that has secrets or ID tokens."""
SPEAKS_OF: Final[Mapping[str, str]] = {
    "secret-in-log": "log",
    "environment-dump": "dump",
    "shell-trace": "trace",
    "transformed-secret-in-log": "transformed",
    "derived-secret-in-log": "derived",
    "tool-prints-secret": "tool",
    "secret-in-arguments": "argument",
    "secret-in-image": "image",
    "terraform-prints-secret": "terraform",
    "secret-to-foreign-host": "foreign-host",
    "static-secret-in-vault": HOLDS_SECRETS,
    "ambiguous-secret-token": HOLDS_SECRETS,
    "weak-id-token-audience": HOLDS_SECRETS,
    "secret-on-unprotected-ref": HOLDS_SECRETS,
    "cloud-audience-mismatch": HOLDS_SECRETS,
}
"""The mark of the jobs of which alone a rule speaks (see `bot.analysis.marks`): it is not even loaded for others."""

RULE_IDS: Final = tuple(SUBJECTS)
FORMER_IDS: Final[Mapping[str, str]] = {"secret-in-clear-text": "credential-in-cleartext"}
"""rules that became a part of another one: an ignore of theirs counts for that"""
UNSILENCED: Final = frozenset(
    {"secret-to-foreign-host", "hardcoded-vault-token", "audit-weakened", "audit-incomplete"}
)
"""The rules that no comment and no repository's file may silence."""


class Catalogue(Sequence["AnyRule"]):
    """The rules of `SUBJECTS`, each loaded when it is asked for: a file is the business of a few of them."""

    def __init__(self) -> None:
        self._loaded: dict[str, AnyRule] = {}
        self._numbered: list[AnyRule | None] = [None] * len(RULE_IDS)

    def __len__(self) -> int:
        return len(RULE_IDS)

    @overload
    def __getitem__(self, number: int) -> AnyRule: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[AnyRule, ...]: ...
    def __getitem__(self, number: int | slice) -> AnyRule | tuple[AnyRule, ...]:
        if isinstance(number, slice):
            return tuple(map(self._load, RULE_IDS[number]))
        rule = self._numbered[number]  # asked for of each subject
        if rule is None:
            rule = self._numbered[number] = self._load(RULE_IDS[number])
        return rule

    def get(self, rule_id: str) -> AnyRule | None:
        """The rule of that id, or None where there is none."""
        return self._load(rule_id) if rule_id in SUBJECTS else None

    def _load(self, rule_id: str) -> AnyRule:
        rule = self._loaded.get(rule_id)
        if rule is None:
            module = importlib.import_module(f"bot.rules.{rule_id.replace('-', '_')}")
            rule = self._loaded[rule_id] = module.RULE
        return rule

    @cached_property
    def by_subject(self) -> dict[str, list[int]]:
        """The numbers of the rules for each type of subject, by its name; loads none of them."""
        return _grouped(SUBJECTS.values())


ALL_RULES: Final = Catalogue()
Rules: TypeAlias = "Catalogue | tuple[AnyRule, ...]"


def as_rules(rules: Iterable[AnyRule]) -> Rules:
    """The rules to keep: the catalogue as itself, so that none of it is loaded for that."""
    return rules if isinstance(rules, Catalogue) else tuple(rules)


def by_subject(rules: Rules) -> dict[str, list[int]]:
    """The numbers of the rules for each type of subject, by its name."""
    if isinstance(rules, Catalogue):
        return rules.by_subject
    return _grouped(rule.subject.__name__ for rule in rules)


def ids_of(rules: Rules) -> tuple[str, ...]:
    """The id of each rule; loads none of them."""
    return RULE_IDS if isinstance(rules, Catalogue) else tuple(rule.id for rule in rules)


def _grouped(subjects: Iterable[str]) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, subject in enumerate(subjects):
        numbers[subject].append(number)
    return dict(numbers)
