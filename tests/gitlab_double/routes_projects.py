"""Routes about the instance, users, groups and projects."""

from __future__ import annotations

from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from tests.gitlab_double import entities
from tests.gitlab_double.errors import forbidden, not_found
from tests.gitlab_double.model import DEVELOPER, Project
from tests.gitlab_double.routing import PAGES, Answer, Call, route
from tests.gitlab_double.world import VERSION


@route("GET /version")
def version(call: Call) -> Any:
    return {"version": VERSION, "revision": "0123456789a"}


@route("GET /metadata")
def metadata(call: Call) -> Any:
    return {"version": VERSION, "revision": "0123456789a", "kas": {"enabled": False}, "enterprise": True}


@route("GET /application/settings")
def application_settings(call: Call) -> Any:
    if not call.signed_in().admin:
        raise forbidden()
    return {
        "allow_local_requests_from_system_hooks": call.world.local_requests,
        "allow_local_requests_from_web_hooks_and_services": call.world.local_requests,
        "admin_mode": False,
    }


@route("GET /user")
def myself(call: Call) -> Any:
    user = call.signed_in()
    shown = {**(entities.user(call.world, user) or {}), "bot": False, "email": "[REDACTED]"}
    return {**shown, "is_admin": True} if user.admin else shown


@route("GET /users", f"username:str search:str {PAGES}")
def users(call: Call) -> Any:
    found = [
        each for each in call.world.users.values() if call.params.get("username") in {None, each.username}
    ]
    return call.pages(found, lambda each: entities.user(call.world, each))


@route("GET /users/:id")
def user(call: Call) -> Any:
    found = call.world.users.get(int(call.named["id"])) if call.named["id"].isdigit() else None
    if found is None:
        raise not_found("User")
    return entities.user(call.world, found)


@route("GET /personal_access_tokens/self")
def own_token(call: Call) -> Any:
    token = next(each for each in call.world.tokens.values() if each.id == call.token_id)
    return {
        "id": token.id,
        "name": "sealcheck",
        "revoked": False,
        "active": True,
        "created_at": "2026-11-01T00:00:00.000Z",
        "scopes": list(token.scopes),
        "user_id": token.user.id,
        "last_used_at": None,
        "expires_at": token.expires_at,
    }


_PROJECT_FILTERS = (
    "membership:bool min_access_level:int archived:bool simple:bool owned:bool search:str visibility:str "
    "with_merge_requests_enabled:bool include_subgroups:bool with_shared:bool last_activity_after:str"
)


@route("GET /projects", f"{_PROJECT_FILTERS} {PAGES}", anonymous=True)
def projects(call: Call) -> Any:
    return call.pages(_visible(call, ""), lambda each: entities.project(call.world, each))


@route("GET /groups/:group/projects", f"{_PROJECT_FILTERS} {PAGES}")
def group_projects(call: Call) -> Any:
    if not any(each.path.startswith(f"{call.named['group']}/") for each in call.world.projects.values()):
        raise not_found("Group")
    return call.pages(
        _visible(call, call.named["group"] + "/"), lambda each: entities.project(call.world, each)
    )


def _visible(call: Call, prefix: str) -> list[Project]:
    world, wanted = call.world, call.params
    found = [
        each
        for each in world.projects.values()
        if world.can_see(call.user, each) and each.path.startswith(prefix)
    ]
    if wanted.get("membership") or wanted.get("min_access_level"):
        least = wanted.get("min_access_level", 10)
        found = [each for each in found if world.access(call.user, each) >= least]
    if "archived" in wanted:
        found = [each for each in found if each.archived == wanted["archived"]]
    if "last_activity_after" in wanted:
        since = datetime.fromisoformat(wanted["last_activity_after"])
        found = [each for each in found if each.last_activity_at and each.last_activity_at > since]
    if "id_after" in wanted:
        found = [each for each in found if each.id > wanted["id_after"]]
    return sorted(found, key=lambda each: each.id, reverse=wanted.get("sort", "desc") == "desc")


@route("GET /groups/:group", "with_projects:bool with_custom_attributes:bool")
def group(call: Call) -> Any:
    path = call.named["group"]
    if not any(each.path.startswith(f"{path}/") for each in call.world.projects.values()):
        raise not_found("Group")
    return {
        "id": 1,
        "full_path": path,
        "path": path.rsplit("/", 1)[-1],
        "name": path,
        "web_url": f"{call.world.url}/groups/{path}",
    }


@route("GET /projects/:project", "license:bool statistics:bool with_custom_attributes:bool", anonymous=True)
def project(call: Call) -> Any:
    found = call.project()
    role = call.world.access(call.user, found)
    permissions = {
        "project_access": {"access_level": role, "notification_level": 3} if role else None,
        "group_access": None,
    }
    return {**entities.project(call.world, found), "permissions": permissions}


@route("GET /projects/:project/members/all/:user")
def member(call: Call) -> Any:
    found = call.project()
    user_id = int(call.named["user"]) if call.named["user"].isdigit() else 0
    role = found.members.get(user_id)
    if role is None:
        raise not_found()
    return {
        **(entities.user(call.world, call.world.users[user_id]) or {}),
        "access_level": role,
        "expires_at": None,
    }


@route("GET /projects/:project/members/all", f"query:str user_ids:list {PAGES}")
def members(call: Call) -> Any:
    found = call.project()
    return call.pages(
        list(found.members.items()),
        lambda each: {
            **(entities.user(call.world, call.world.users[each[0]]) or {}),
            "access_level": each[1],
        },
    )


@route("GET /projects/:project/protected_branches", f"search:str {PAGES}")
def protected_branches(call: Call) -> Any:
    found = call.project(DEVELOPER)
    return call.pages(found.protected, _protected)


@route("GET /projects/:project/protected_branches/:name")
def protected_branch(call: Call) -> Any:
    found = call.project(DEVELOPER)
    if call.named["name"] not in found.protected:
        raise not_found()
    return _protected(call.named["name"])


@route("GET /projects/:project/protected_tags", f"{PAGES}")
def protected_tags(call: Call) -> Any:
    found = call.project(DEVELOPER)
    return call.pages(found.protected_tags, lambda name: {"name": name, "create_access_levels": []})


def _protected(name: str) -> dict[str, Any]:
    level = {"access_level": 40, "access_level_description": "Maintainers"}
    return {
        "id": 1,
        "name": name,
        "push_access_levels": [level],
        "merge_access_levels": [level],
        "allow_force_push": False,
    }


@route("GET /projects/:project/repository/branches/:name")
def branch(call: Call) -> Any:
    found = call.project()
    name = call.named["name"]
    if name not in found.branches:
        raise not_found("Branch")
    return _branch(found, name)


@route("GET /projects/:project/repository/branches", f"search:str regex:str {PAGES}")
def branches(call: Call) -> Any:
    found = call.project()
    return call.pages(sorted(found.branches), lambda name: _branch(found, name))


def _branch(found: Project, name: str) -> dict[str, Any]:
    protected = any(fnmatchcase(name, pattern) for pattern in found.protected)
    return {
        "name": name,
        "merged": False,
        "protected": protected,
        "default": name == found.default_branch,
        "can_push": False,
        "commit": {"id": found.branches[name], "short_id": found.branches[name][:8]},
    }


@route("GET /todos", f"action:str author_id:int project_id:int group_id:int state:str type:str {PAGES}")
def todos(call: Call) -> Any:
    state = call.params.get("state", "pending")
    kind = call.params.get("type", "MergeRequest")
    found = [
        each
        for each in call.world.todos
        if each.user is call.signed_in() and each.state == state and kind == "MergeRequest"
        and call.params.get("action") in {None, each.action}
        and call.params.get("project_id") in {None, each.merge_request.project.id}
        and call.params.get("author_id") in {None, each.author.id}
    ]  # fmt: skip
    return call.pages(found[::-1], lambda each: entities.todo(call.world, each))


@route("POST /todos/:id/mark_as_done")
def mark_todo(call: Call) -> Any:
    for each in call.world.todos:
        if each.user is call.signed_in() and str(each.id) == call.named["id"]:
            each.state = "done"
            return entities.todo(call.world, each)
    raise not_found()


@route("POST /todos/mark_as_done")
def mark_todos(call: Call) -> Any:
    for each in call.world.todos:
        if each.user is call.signed_in():
            each.state = "done"
    return Answer(status=204)
