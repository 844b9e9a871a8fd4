"""Every rule, in the order of the catalogue. Adding a rule: its module, its line here, its sample folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules import (
    audit_weakened,
    engine_cloud_wildcard,
    engine_long_lease,
    engine_overpowered_statements,
    policy_any_dynamic_credential,
    policy_grants_nothing,
    policy_mutable_template,
    policy_prefix_without_separator,
    policy_privilege_escalation,
    policy_root_equivalent,
    policy_sudo,
    policy_whole_mount,
    static_secret_in_vault,
)

if TYPE_CHECKING:
    from bot.rule import Rule

ALL_RULES: tuple[Rule, ...] = (
    static_secret_in_vault.RULE,
    policy_root_equivalent.RULE,
    policy_sudo.RULE,
    policy_privilege_escalation.RULE,
    policy_whole_mount.RULE,
    policy_prefix_without_separator.RULE,
    policy_grants_nothing.RULE,
    policy_any_dynamic_credential.RULE,
    policy_mutable_template.RULE,
    engine_overpowered_statements.RULE,
    engine_long_lease.RULE,
    engine_cloud_wildcard.RULE,
    audit_weakened.RULE,
)
