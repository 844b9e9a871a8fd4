"""What becomes of a job that fails: `allow_failure` and `retry`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.pipeline.validation.faults import (
    ValidationScope,
    texts_or_text,
    unknown_keys,
    unknown_values,
    unless,
)
from bot.pipeline.validation.values import (
    is_array,
    is_boolean,
    is_hash,
    is_integer,
    is_number,
    is_string,
    shown,
    value_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Node
    from bot.pipeline.validation.faults import FileFault

_REASONS: Final = frozenset(
    "always unknown_failure script_failure api_failure stuck_or_timeout_failure runner_system_failure"  # noqa: SIM905 - a list
    " missing_dependency_failure runner_unsupported stale_schedule job_execution_timeout archived_failure"
    " unmet_prerequisites scheduler_failure data_integrity_failure forward_deployment_failure user_blocked"
    " project_deleted ci_quota_exceeded pipeline_loop_detected no_matching_runner trace_size_exceeded"
    " builds_disabled environment_creation_failure deployment_rejected failed_outdated_deployment_job"
    " job_execution_server_timeout stuck_pending_with_matching_runners stuck_pending_no_matching_runners"
    " no_updates_running no_updates_canceling server_timeout_running server_timeout_canceling"
    " runner_configuration_error runner_external_dependency_failure runner_interrupted"
    " runner_provisioning_timeout protected_environment_failure insufficient_bridge_permissions"
    " downstream_bridge_project_not_found invalid_bridge_trigger upstream_bridge_project_not_found"
    " insufficient_upstream_permissions bridge_pipeline_is_child_pipeline downstream_pipeline_creation_failed"
    " secrets_provider_not_found reached_max_descendant_pipelines_depth ip_restriction_failure"
    " reached_max_pipeline_hierarchy_size reached_downstream_pipeline_trigger_rate_limit"
    " duo_workflow_not_allowed job_router_failure job_token_expired id_token_burned_project_path"
    " downstream_project_trigger_resolved_to_empty".split()
)
"""Every reason that some GitLab up to 19.5 knows (gitlabhq `enums/ci/commit_status.rb`; `runner_provisioning_timeout`:
docs.gitlab.com/ci/yaml/#retrywhen; 2026-11)."""


def check_allow_failure(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`allow_failure` of a job."""
    is_right = is_hash(node) or is_boolean(node)
    yield from unless(is_right, scope, node, "config should be a hash or a boolean value")
    yield from unknown_keys(scope, node, ("exit_codes",))
    yield from _codes(scope, value_at(node, "exit_codes"))


def check_retry(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`retry`; GitLab names no job here."""
    own = ValidationScope("retry", is_whole=scope.is_whole)
    if is_integer(node):
        yield from _attempts(own, node, "config")
    elif is_hash(node):
        yield from unknown_keys(own, node, ("max", "when", "exit_codes"))
        most = value_at(node, "max")
        if most is not None:
            yield from _attempts(own, most, "max")
        when = value_at(node, "when")
        yield from texts_or_text(own, when, "when")
        yield from _reasons(own, when)
        yield from _codes(own, value_at(node, "exit_codes"))
    else:
        yield own.fault(node, "config has to be either an integer or a hash")


def _attempts(scope: ValidationScope, node: Node, name: str) -> Iterator[FileFault]:
    """A number of attempts; Rails reads it from a text too."""
    try:
        value = float(shown(node)) if is_string(node) or is_number(node) else None
    except ValueError:
        value = None
    if value is None:
        yield scope.fault(node, f"{name} is not a number")
    elif not shown(node).strip().removeprefix("-").removeprefix("+").isdigit():
        yield scope.fault(node, f"{name} must be an integer")
    else:
        yield from unless(value >= 0, scope, node, f"{name} must be greater than or equal to 0")
        yield from unless(value <= 2, scope, node, f"{name} must be less than or equal to 2")  # noqa: PLR2004 - GitLab's limit


def _reasons(scope: ValidationScope, when: Node | None) -> Iterator[FileFault]:
    if is_string(when):
        yield from unless(when.text in _REASONS, scope, when, "when is not included in the list")
    elif is_array(when):
        yield from unknown_values(scope, when, _REASONS, "when")


def _codes(scope: ValidationScope, node: Node | None) -> Iterator[FileFault]:
    if node is not None:
        is_right = is_integer(node) or (is_array(node) and all(map(is_integer, node.items)))
        yield from unless(is_right, scope, node, "exit codes should be an array of integers or an integer")
