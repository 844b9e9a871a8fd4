"""Routes about webhooks of projects, groups and the instance."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from tests.gitlab_double import entities, payloads
from tests.gitlab_double.errors import Refused, forbidden, not_found
from tests.gitlab_double.model import MAINTAINER, Hook, Project
from tests.gitlab_double.routing import PAGES, Answer, Call, route

if TYPE_CHECKING:
    from tests.gitlab_double.hooks import Delivery

HOOKS_PER_PROJECT, HOOKS_PER_GROUP = 100, 50
_EVENTS = ("push_events", "tag_push_events", "merge_requests_events", "repository_update_events", "note_events",
           "confidential_note_events", "issues_events", "confidential_issues_events", "job_events", "pipeline_events",
           "wiki_page_events", "deployment_events", "releases_events", "emoji_events", "resource_access_token_events",
           "enable_ssl_verification")  # fmt: skip
_SYSTEM_EVENTS = (
    "push_events",
    "tag_push_events",
    "merge_requests_events",
    "repository_update_events",
    "enable_ssl_verification",
)
_TEXTS = ("name", "description", "branch_filter_strategy", "push_events_branch_filter")
_ATTRIBUTES = "token:str signing_token:str " + " ".join(
    [*(f"{key}:bool" for key in _EVENTS), *(f"{key}:str" for key in _TEXTS)]
)
_SYSTEM = "token:str signing_token:str name:str description:str " + " ".join(
    f"{key}:bool" for key in _SYSTEM_EVENTS
)


def _all(call: Call) -> list[Hook]:
    """The hooks that the path is about, once the user may see them."""
    if "project" in call.named:
        return call.project(MAINTAINER).hooks
    user = call.signed_in()
    if "group" in call.named:
        group = call.named["group"]
        inside = [each for each in call.world.projects.values() if each.path.startswith(f"{group}/")]
        if not inside:
            raise not_found("Group")
        if not all(call.world.access(user, each) >= 50 for each in inside):
            raise forbidden()
        return call.world.group_hooks.setdefault(group, [])
    if not user.admin:
        raise forbidden()
    return call.world.system_hooks


def _one(call: Call) -> Hook:
    found = next((each for each in _all(call) if str(each.id) == call.named["hook"]), None)
    if found is None:
        raise not_found("Hook" if "project" not in call.named else "")
    return found


def _write(call: Call, hook: Hook, params: dict[str, Any]) -> None:
    for key, value in params.items():
        if key == "signing_token" and not call.world.knows_signing_tokens:
            continue
        if key == "token":
            hook.token = value or ""
        elif key == "signing_token":
            _check_signing_token(value)
            hook.signing_token = value or ""
        elif key == "url":
            if not str(value).startswith(("http://", "https://")):
                raise Refused(422, {"error": "Invalid url given"})
            hook.url = value
        else:
            hook.settings[key] = value


def _check_signing_token(value: str | None) -> None:
    if not value:
        return
    try:
        key = base64.b64decode(value.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if not value.startswith("whsec_") or len(key) != 32:
        raise Refused(422, {"message": {"signing_token": ["must be whsec_ and the base64 of 32 bytes"]}})


def _create(call: Call) -> Any:
    hooks = _all(call)
    kind = "project" if "project" in call.named else "group" if "group" in call.named else "system"
    limit = {"project": HOOKS_PER_PROJECT, "group": HOOKS_PER_GROUP}.get(kind)
    if limit is not None and len(hooks) >= limit:
        raise Refused(422, {"message": {"base": [f"Maximum number of {kind} hooks ({limit}) exceeded"]}})
    owner: Project | str | None = call.project() if kind == "project" else call.named.get("group")
    settings = dict.fromkeys(_SYSTEM_EVENTS if kind == "system" else _EVENTS, False)
    settings["enable_ssl_verification"] = True
    settings["repository_update_events" if kind == "system" else "push_events"] = True
    hook = Hook(call.world.next_id("hook"), "", kind, owner, settings)
    _write(call, hook, call.params)
    hooks.append(hook)
    return entities.hook(call.world, hook)


def _test(call: Call) -> Any:
    hook = _one(call)
    project = hook.owner if isinstance(hook.owner, Project) else next(iter(call.world.projects.values()))
    trigger = call.named.get("trigger", "push_events")
    if trigger not in _EVENTS:
        raise Refused(400, {"error": "trigger does not have a valid value"})
    user = call.signed_in()
    merge_request = next(iter(project.merge_requests.values()), None)
    if trigger == "merge_requests_events":
        if merge_request is None:
            raise Refused(422, {"message": "Ensure the project has merge requests."})
        body = payloads.merge_request(call.world, merge_request, action="open", user=user)
        event = "merge_request"
    elif trigger == "note_events":
        if merge_request is None or not merge_request.notes:
            raise Refused(422, {"message": "Ensure the project has notes."})
        body, event = payloads.note(call.world, merge_request.notes[0], action="create"), "note"
    else:
        body = payloads.push(call.world, project, branch="main", before="0" * 40, after="0" * 40, user=user)
        event = "push"
    hook.disabled = False
    call.deliverer.send(hook, event, body)
    return Answer({"message": "201 Created"}, 201)


def _event(found: Delivery) -> dict[str, Any]:
    return {
        "id": found.id,
        "url": found.hook.url,
        "trigger": f"{found.event}_hooks",
        "request_headers": {
            key: "[REDACTED]" if key == "X-Gitlab-Token" else value for key, value in found.headers.items()
        },
        "request_data": found.payload,
        "response_headers": {},
        "response_body": found.answer,
        "response_status": str(found.status)
        if found.status
        else "internal error"
        if found.status == 0
        else None,
        "execution_duration": 0.01,
    }


def _events(call: Call) -> Any:
    found = _one(call).deliveries[::-1]
    if "status" in call.params:
        found = [each for each in found if str(each.status) == call.params["status"]]
    return call.pages(found, _event)


def _resend(call: Call) -> Any:
    for each in _one(call).deliveries:
        if str(each.id) == call.named["event"]:
            call.deliverer.resend(each)
            return Answer({"response_status": 200}, 201)
    raise not_found()


def _delete(call: Call) -> Any:
    hooks, hook = _all(call), _one(call)
    hooks.remove(hook)
    return Answer(status=204)


def _update(call: Call) -> Any:
    hook = _one(call)
    _write(call, hook, call.params)
    return entities.hook(call.world, hook)


for _base, _params in (
    ("/projects/:project/hooks", _ATTRIBUTES),
    ("/groups/:group/hooks", _ATTRIBUTES),
    ("/hooks", _SYSTEM),
):
    route(f"GET {_base}", PAGES)(
        lambda call: call.pages(_all(call), lambda each: entities.hook(call.world, each))
    )
    route(f"POST {_base}", f"url:str! {_params}")(_create)
    route(f"GET {_base}/:hook")(lambda call: entities.hook(call.world, _one(call)))
    route(f"PUT {_base}/:hook", f"url:str {_params}")(_update)
    route(f"DELETE {_base}/:hook")(_delete)
    route(f"GET {_base}/:hook/events", f"status:str {PAGES}")(_events)
    route(f"POST {_base}/:hook/events/:event/resend")(_resend)
    route(f"POST {_base}/:hook/test/:trigger")(_test)
route("POST /hooks/:hook")(_test)
