"""The JSON that the API shows of each thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.gitlab_double import suggestions
from tests.gitlab_double.model import (
    Discussion,
    Draft,
    Hook,
    MergeRequest,
    Note,
    Project,
    Suggestion,
    Todo,
    User,
    Version,
)

if TYPE_CHECKING:
    from datetime import datetime

    from tests.gitlab_double.git import FileDiff
    from tests.gitlab_double.world import World

Json = dict[str, Any]


def time(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" if moment else None


def user(world: World, who: User | None) -> Json | None:
    if who is None:
        return None
    return {
        "id": who.id,
        "username": who.username,
        "name": who.name,
        "state": "active",
        "locked": False,
        "avatar_url": None,
        "web_url": f"{world.url}/{who.username}",
    }


def project(world: World, found: Project) -> Json:
    shown: Json = {
        "id": found.id,
        "name": found.name,
        "path": found.name,
        "path_with_namespace": found.path,
        "name_with_namespace": found.path.replace("/", " / "),
        "default_branch": found.default_branch,
        "visibility": found.visibility,
        "archived": found.archived,
        "web_url": f"{world.url}/{found.path}",
        "http_url_to_repo": f"{world.url}/{found.path}.git",
        "ci_config_path": found.ci_config_path,
        "namespace": {"id": 1, "full_path": found.namespace, "kind": "group"},
        "resolve_outdated_diff_discussions": found.resolve_outdated_diff_discussions,
        "only_allow_merge_if_all_discussions_are_resolved": True,
        "empty_repo": not found.branches,
        "merge_requests_enabled": True,
        "merge_requests_access_level": "enabled",
        "created_at": "2026-01-01T00:00:00.000Z",
        "last_activity_at": time(found.last_activity_at) or "2026-11-01T00:00:00.000Z",
    }
    if found.forked_from:
        shown["forked_from_project"] = {
            "id": found.forked_from.id,
            "path_with_namespace": found.forked_from.path,
        }
    return shown


def changes_count(world: World, version: Version) -> str:
    files = len(version.files)
    limit = world.limits.diff_files
    return f"{limit}+" if files > limit else str(files)


def merge_request(world: World, found: MergeRequest, *, full: bool = True) -> Json:
    version = found.versions[-1] if found.versions else None
    resolved = all(each.resolved for each in found.discussions if each.resolvable)
    shown: Json = {
        "id": found.id,
        "iid": found.iid,
        "project_id": found.project.id,
        "title": ("Draft: " if found.draft else "") + found.title,
        "description": found.description,
        "state": found.state,
        "created_at": time(found.created_at),
        "updated_at": time(found.updated_at),
        "target_branch": found.target_branch,
        "source_branch": found.source_branch,
        "author": user(world, found.author),
        "assignees": [],
        "assignee": None,
        "reviewers": [user(world, each) for each in found.reviewers],
        "source_project_id": found.source_project.id,
        "target_project_id": found.project.id,
        "labels": list(found.labels),
        "draft": found.draft,
        "work_in_progress": found.draft,
        "prepared_at": time(found.prepared_at),
        "merge_status": "can_be_merged" if version else "unchecked",
        "detailed_merge_status": _status(found, resolved=resolved),
        "sha": version.head if version else found.source_project.branches.get(found.source_branch),
        "references": {"short": f"!{found.iid}", "full": f"{found.project.path}!{found.iid}"},
        "web_url": f"{world.url}/{found.project.path}/-/merge_requests/{found.iid}",
        "user_notes_count": len([note for note in found.notes if not note.system]),
        "has_conflicts": False,
        "blocking_discussions_resolved": resolved,
    }
    if full:
        shown["changes_count"] = changes_count(world, version) if version else None
        shown["diff_refs"] = version.refs if version else None
        shown["user"] = {"can_merge": False}
        shown["overflow"] = bool(version and len(version.files) > world.limits.diff_files)
        shown["latest_build_started_at"] = None
    return shown


def _status(found: MergeRequest, *, resolved: bool) -> str:
    if found.state != "opened":
        return "not_open"
    if not found.versions:
        return "preparing"
    if found.draft:
        return "draft_status"
    return "mergeable" if resolved else "discussions_not_resolved"


def file_diff(world: World, file: FileDiff, position: int, version: Version, *, raw: bool = False) -> Json:
    """One file, with an empty diff where GitLab would have collapsed it or found it too large."""
    limits = world.limits
    size = len(file.patch.encode())
    before = version.files[:position]
    lines = sum(len(each.lines) for each in before) + len(file.lines)
    too_large = size > limits.diff_patch_bytes or lines > limits.diff_lines
    share = limits.collapse_share
    collapsed = not too_large and (
        size > limits.diff_patch_bytes * share
        or lines > limits.diff_lines * share
        or position >= limits.diff_files * share
    )
    hidden = (too_large or collapsed) and not raw
    return {
        "old_path": file.old_path,
        "new_path": file.new_path,
        "a_mode": "0" if file.new_file else file.a_mode,
        "b_mode": "0" if file.deleted_file else file.b_mode,
        "diff": "" if hidden else file.patch,
        "collapsed": collapsed and not raw,
        "too_large": too_large and not raw,
        "new_file": file.new_file,
        "renamed_file": file.renamed_file,
        "deleted_file": file.deleted_file,
        "generated_file": _generated(file.new_path),
    }


def _generated(path: str) -> bool:
    name = path.rsplit("/", 1)[-1]
    return (
        name in {"package-lock.json", "yarn.lock", "Gemfile.lock", "go.sum", "poetry.lock"} or ".min." in name
    )


def suggestion(found: Suggestion) -> Json:
    return {
        "id": found.id,
        "from_line": found.from_line,
        "to_line": found.to_line,
        "appliable": suggestions.inapplicable_reason(found) is None,
        "applied": found.applied,
        "from_content": found.from_content,
        "to_content": found.to_content,
    }


def note(world: World, found: Note) -> Json:
    merge_request_ = found.discussion.merge_request
    shown: Json = {
        "id": found.id,
        "type": found.type,
        "body": found.body,
        "author": user(world, found.author),
        "created_at": time(found.created_at),
        "updated_at": time(found.updated_at),
        "system": found.system,
        "noteable_id": merge_request_.id,
        "noteable_type": "MergeRequest",
        "noteable_iid": merge_request_.iid,
        "project_id": merge_request_.project.id,
        "commit_id": None,
        "resolvable": found.resolvable,
        "confidential": found.internal,
        "internal": found.internal,
        "imported": False,
        "imported_from": "none",
        "commands_changes": {},
    }
    if found.type == "DiffNote" and found.position is not None:
        shown["position"] = found.position
    if found.resolvable:
        shown["resolved"] = found.resolved_at is not None
        shown["resolved_by"] = user(world, found.resolved_by)
        shown["resolved_at"] = time(found.resolved_at)
    if found.type == "DiffNote" and world.shows_suggestions:
        shown["suggestions"] = [suggestion(each) for each in found.suggestions]
    return shown


def discussion(world: World, found: Discussion) -> Json:
    return {
        "id": found.id,
        "individual_note": found.individual,
        "notes": [note(world, each) for each in found.notes],
    }


def draft(found: Draft, within: MergeRequest) -> Json:
    return {
        "id": found.id,
        "author_id": found.author.id,
        "merge_request_id": within.id,
        "resolve_discussion": found.resolve_discussion,
        "discussion_id": found.discussion_id,
        "note": found.note,
        "commit_id": found.commit_id,
        "line_code": None,
        "position": found.position or _NO_POSITION,
    }


_NO_POSITION: Json = {
    **dict.fromkeys(
        ("base_sha", "start_sha", "head_sha", "old_path", "new_path", "old_line", "new_line", "line_range")
    ),
    "position_type": "text",
}


def version(found: Version, within: MergeRequest) -> Json:
    return {
        "id": found.id,
        "head_commit_sha": found.head,
        "base_commit_sha": found.base,
        "start_commit_sha": found.start,
        "created_at": time(found.created_at),
        "merge_request_id": within.id,
        "state": "collected",
        "real_size": str(len(found.files)),
    }


def hook(world: World, found: Hook) -> Json:
    shown = {
        "id": found.id,
        "url": found.url,
        "created_at": "2026-11-01T00:00:00.000Z",
        "alert_status": "disabled" if found.disabled else "executable",
        "disabled_until": None,
        "token_present": bool(found.token),
        **({"signing_token_present": bool(found.signing_token)} if world.knows_signing_tokens else {}),
        **found.settings,
    }
    if isinstance(found.owner, Project):
        shown["project_id"] = found.owner.id
    return shown


def todo(world: World, found: Todo) -> Json:
    where = found.merge_request.project
    anchor = f"#note_{found.note.id}" if found.note else ""
    return {
        "id": found.id,
        "project": {"id": where.id, "path_with_namespace": where.path, "name": where.name},
        "author": user(world, found.author),
        "action_name": found.action,
        "target_type": "MergeRequest",
        "target": merge_request(world, found.merge_request, full=False),
        "target_url": f"{world.url}/{where.path}/-/merge_requests/{found.merge_request.iid}{anchor}",
        "body": found.note.body if found.note else found.merge_request.title,
        "state": found.state,
        "created_at": time(found.created_at),
        "updated_at": time(found.created_at),
    }
