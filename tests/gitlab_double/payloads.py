"""Bodies of webhooks, as GitLab builds them (doc/user/project/integrations/webhook_events.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from tests.gitlab_double.model import MergeRequest, Note, Project, User
    from tests.gitlab_double.world import World

Json = dict[str, Any]


def merge_request(
    world: World,
    found: MergeRequest,
    *,
    action: str,
    user: User,
    oldrev: str | None = None,
    changes: Json | None = None,
) -> Json:
    attributes = {**_attributes(world, found), "action": action}
    if oldrev:
        attributes["oldrev"] = oldrev
    return {
        "object_kind": "merge_request",
        "event_type": "merge_request",
        "user": _user(user),
        "project": _project(world, found.project),
        "repository": {"name": found.project.name, "homepage": f"{world.url}/{found.project.path}"},
        "object_attributes": attributes,
        "labels": [{"id": number, "title": name} for number, name in enumerate(found.labels, 1)],
        "changes": changes
        if changes is not None
        else {"updated_at": {"previous": None, "current": _time(found.updated_at)}},
        "reviewers": [_user(each) for each in found.reviewers],
        "assignees": [],
    }


def note(world: World, found: Note, *, action: str) -> Json:
    """The note hook. `user` is the note's author even when somebody else edited it."""
    within = found.discussion.merge_request
    where = f"{world.url}/{within.project.path}/-/merge_requests/{within.iid}#note_{found.id}"
    return {
        "object_kind": "note",
        "event_type": "confidential_note" if found.internal else "note",
        "user": _user(found.author),
        "project_id": within.project.id,
        "project": _project(world, within.project),
        "repository": {"name": within.project.name, "homepage": f"{world.url}/{within.project.path}"},
        "object_attributes": {
            "id": found.id,
            "note": found.body,
            "description": found.body,
            "noteable_type": "MergeRequest",
            "noteable_id": within.id,
            "author_id": found.author.id,
            "project_id": within.project.id,
            "discussion_id": found.discussion.id,
            "type": found.type,
            "system": found.system,
            "internal": found.internal,
            "line_code": found.line_code,
            "position": found.position,
            "original_position": found.original_position,
            "change_position": found.change_position,
            "commit_id": None,
            "attachment": None,
            "st_diff": None,
            "resolved_at": _time(found.resolved_at),
            "resolved_by_id": found.resolved_by.id if found.resolved_by else None,
            "resolved_by_push": found.resolved_by_push,
            "updated_by_id": found.updated_by.id if found.updated_by else None,
            "created_at": _time(found.created_at),
            "updated_at": _time(found.updated_at),
            "action": action,
            "url": where,
        },
        "merge_request": _attributes(world, within),
    }


def push(world: World, project: Project, *, branch: str, before: str, after: str, user: User) -> Json:
    return {
        "object_kind": "push",
        "event_name": "push",
        "before": before,
        "after": after,
        "ref": f"refs/heads/{branch}",
        "checkout_sha": after,
        "user_id": user.id,
        "user_username": user.username,
        "project_id": project.id,
        "project": _project(world, project),
        "commits": [],
        "total_commits_count": 0,
    }


def project_event(world: World, project: Project, event: str) -> Json:
    """A lifecycle event, which every system hook gets: project_create, project_destroy, ..."""
    now = _time(world.now())
    return {
        "event_name": event,
        "project_id": project.id,
        "name": project.name,
        "path": project.name,
        "path_with_namespace": project.path,
        "project_visibility": project.visibility,
        "project_namespace_id": 1,
        "owners": [{"name": "Example Owner", "email": "owner@example.com"}],
        "created_at": now,
        "updated_at": now,
    }


def _attributes(world: World, found: MergeRequest) -> Json:
    head = found.source_project.branches.get(found.source_branch) or (
        found.versions[-1].head if found.versions else ""
    )
    resolved = all(each.resolved for each in found.discussions if each.resolvable)
    return {
        "id": found.id,
        "iid": found.iid,
        "target_branch": found.target_branch,
        "source_branch": found.source_branch,
        "source_project_id": found.source_project.id,
        "target_project_id": found.project.id,
        "author_id": found.author.id,
        "assignee_id": None,
        "assignee_ids": [],
        "reviewer_ids": [each.id for each in found.reviewers],
        "title": ("Draft: " if found.draft else "") + found.title,
        "description": found.description,
        "state": found.state,
        "draft": found.draft,
        "work_in_progress": found.draft,
        "merge_status": "unchecked",
        "detailed_merge_status": "mergeable" if found.versions else "preparing",
        "blocking_discussions_resolved": resolved,
        "first_contribution": False,
        "prepared_at": _time(found.prepared_at),
        "created_at": _time(found.created_at),
        "updated_at": _time(found.updated_at),
        "last_commit": {
            "id": head,
            "title": "a commit",
            "message": "a commit",
            "timestamp": _time(found.updated_at),
        },
        "labels": [],
        "source": _project(world, found.source_project),
        "target": _project(world, found.project),
        "url": f"{world.url}/{found.project.path}/-/merge_requests/{found.iid}",
    }


def _project(world: World, found: Project) -> Json:
    return {
        "id": found.id,
        "name": found.name,
        "description": "",
        "web_url": f"{world.url}/{found.path}",
        "git_http_url": f"{world.url}/{found.path}.git",
        "namespace": found.namespace,
        "visibility_level": {"private": 0, "internal": 10, "public": 20}[found.visibility],
        "path_with_namespace": found.path,
        "default_branch": found.default_branch,
        "ci_config_path": found.ci_config_path,
    }


def _user(who: User) -> Json:
    return {
        "id": who.id,
        "name": who.name,
        "username": who.username,
        "avatar_url": None,
        "email": "[REDACTED]",
    }


def _time(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else None
