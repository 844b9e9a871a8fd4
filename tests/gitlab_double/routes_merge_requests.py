"""Routes about merge requests and their diffs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.gitlab_double import changes, drafts, entities, notes, positions
from tests.gitlab_double.errors import Refused, forbidden, not_found
from tests.gitlab_double.model import DEVELOPER, Draft, MergeRequest
from tests.gitlab_double.routing import PAGES, Answer, Call, route

MR = "/projects/:project/merge_requests/:iid"
_FILTERS = (
    "state:str scope:str updated_after:str updated_before:str created_after:str source_branch:str target_branch:str "
    f"author_id:int view:str with_labels_details:bool wip:str iids:list labels:str search:str non_archived:bool {PAGES}"
)


def _listed(call: Call, found: list[MergeRequest]) -> Answer:
    wanted = call.params
    states = {"all": None, None: None}.get(wanted.get("state"), wanted.get("state"))
    found = [each for each in found if states in {None, each.state}]
    for key, attribute in (("source_branch", "source_branch"), ("target_branch", "target_branch")):
        if key in wanted:
            found = [each for each in found if getattr(each, attribute) == wanted[key]]
    if "updated_after" in wanted:
        found = [each for each in found if each.updated_at >= _moment(wanted["updated_after"])]
    if "updated_before" in wanted:
        found = [each for each in found if each.updated_at <= _moment(wanted["updated_before"])]
    if "iids" in wanted:
        found = [each for each in found if str(each.iid) in {str(iid) for iid in wanted["iids"]}]
    order = "updated_at" if wanted.get("order_by") == "updated_at" else "created_at"
    found.sort(key=lambda each: (getattr(each, order), each.id), reverse=wanted.get("sort", "desc") == "desc")
    return call.pages(found, lambda each: entities.merge_request(call.world, each, full=False))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise Refused(400, {"error": "updated_after is invalid: the stand-in wants a time zone"})
    return moment


@route("GET /merge_requests", _FILTERS)
def everywhere(call: Call) -> Any:
    user, scope = call.signed_in(), call.params.get("scope", "created_by_me")
    found = [each for each in call.world.merge_requests() if call.world.can_see(user, each.project)]
    if scope == "created_by_me":
        found = [each for each in found if each.author is user]
    return _listed(call, found)


@route("GET /groups/:group/merge_requests", _FILTERS)
def in_group(call: Call) -> Any:
    group = call.named["group"] + "/"
    found = [
        each
        for each in call.world.merge_requests()
        if each.project.path.startswith(group) and call.world.can_see(call.user, each.project)
    ]
    return _listed(call, found)


@route("GET /projects/:project/merge_requests", _FILTERS)
def in_project(call: Call) -> Any:
    return _listed(call, list(call.project().merge_requests.values()))


@route(
    "POST /projects/:project/merge_requests",
    "source_branch:str! target_branch:str! title:str! description:str target_project_id:int",
)
def create(call: Call) -> Any:
    source, wanted = call.project(DEVELOPER), call.params
    target = call.world.projects.get(wanted.get("target_project_id", source.id))
    if target is None:
        raise not_found("Project")
    found = changes.open_merge_request(
        call.world, target, wanted["source_branch"], wanted["target_branch"],
        author=call.signed_in(), title=wanted["title"], source_project=source,
    )  # fmt: skip
    found.description = wanted.get("description", "")
    return entities.merge_request(call.world, found)


@route(f"GET {MR}", "render_html:bool include_diverged_commits_count:bool include_rebase_in_progress:bool")
def show(call: Call) -> Any:
    return entities.merge_request(call.world, call.merge_request())


@route(
    f"PUT {MR}",
    "title:str description:str state_event:str target_branch:str labels:str add_labels:str remove_labels:str",
)
def update(call: Call) -> Any:
    found, user = call.merge_request(), call.signed_in()
    if not call.world.can_resolve(user, found):
        raise forbidden()
    wanted = call.params
    if "state_event" in wanted:
        found.state = {"close": "closed", "reopen": "opened"}[wanted["state_event"]]
        call.world.announce("merge_request", merge_request=found, action=wanted["state_event"], user=user)
    found.title = wanted.get("title", found.title)
    found.description = wanted.get("description", found.description)
    if "target_branch" in wanted:
        changes.retarget(call.world, found, wanted["target_branch"], user)
    return entities.merge_request(call.world, found)


@route(f"GET {MR}/diffs", f"unidiff:bool expanded:bool {PAGES}")
def diffs(call: Call) -> Any:
    found = call.merge_request()
    if not found.versions:
        return call.pages([], lambda each: each)
    version = found.version
    shown = list(enumerate(version.files[: call.world.limits.diff_files]))
    return call.pages(shown, lambda each: entities.file_diff(call.world, each[1], each[0], version))


@route(f"GET {MR}/changes", "access_raw_diffs:bool unidiff:bool")
def all_changes(call: Call) -> Any:
    found = call.merge_request()
    shown = entities.merge_request(call.world, found)
    if not found.versions:
        return {**shown, "changes": [], "overflow": False}
    version, raw = found.version, call.params.get("access_raw_diffs", False)
    limit = len(version.files) if raw else call.world.limits.diff_files
    listed = [
        entities.file_diff(call.world, each, number, version, raw=raw)
        for number, each in enumerate(version.files[:limit])
    ]
    return {
        **shown,
        "changes": listed,
        "overflow": any(each["too_large"] for each in listed) or len(version.files) > limit,
    }


@route(f"GET {MR}/raw_diffs")
def raw_diffs(call: Call) -> Any:
    found = call.merge_request()
    text = (
        found.project.repository.raw_diff(found.version.base, found.version.head) if found.versions else b""
    )
    return Answer(text, content_type="text/plain")


@route(f"GET {MR}/versions", PAGES)
def versions(call: Call) -> Any:
    found = call.merge_request()
    return call.pages(found.versions[::-1], lambda each: entities.version(each, found))


@route(f"GET {MR}/versions/:version", "unidiff:bool")
def version_(call: Call) -> Any:
    found = call.merge_request()
    version = next((each for each in found.versions if str(each.id) == call.named["version"]), None)
    if version is None:
        raise not_found()
    listed = [
        entities.file_diff(call.world, each, number, version) for number, each in enumerate(version.files)
    ]
    return {**entities.version(version, found), "commits": [], "diffs": listed}


@route(f"GET {MR}/commits", PAGES)
def commits(call: Call) -> Any:
    found = call.merge_request()
    listed = (
        found.project.repository.commits(found.version.base, found.version.head) if found.versions else []
    )
    return call.pages(listed, lambda each: each)


_DRAFT = "note:str! position:dict commit_id:str in_reply_to_discussion_id:str resolve_discussion:bool"


@route(f"GET {MR}/draft_notes", PAGES)
def list_drafts(call: Call) -> Any:
    found, user = call.merge_request(), call.signed_in()
    own = [each for each in found.drafts if each.author is user]
    return call.pages(own, lambda each: entities.draft(each, found))


@route(f"POST {MR}/draft_notes", _DRAFT)
def create_draft(call: Call) -> Any:
    found, wanted = call.writable(), call.params
    position = positions.check_shape(wanted["position"]) if wanted.get("position") else None
    draft = drafts.create(
        call.world, found, call.signed_in(), wanted["note"], position=position,
        discussion_id=wanted.get("in_reply_to_discussion_id"),
        resolve_discussion=wanted.get("resolve_discussion", False), commit_id=wanted.get("commit_id"),
    )  # fmt: skip
    return entities.draft(draft, found)


def _draft(call: Call, found: MergeRequest) -> Draft:
    for each in found.drafts:
        if each.author is call.signed_in() and str(each.id) == call.named["draft"]:
            return each
    raise not_found()


@route(f"GET {MR}/draft_notes/:draft")
def show_draft(call: Call) -> Any:
    found = call.merge_request()
    return entities.draft(_draft(call, found), found)


@route(f"PUT {MR}/draft_notes/:draft", "note:str position:dict")
def update_draft(call: Call) -> Any:
    found = call.writable()
    draft = _draft(call, found)
    position = positions.check_shape(call.params["position"]) if call.params.get("position") else None
    drafts.update(draft, note=call.params.get("note"), position=position)
    return entities.draft(draft, found)


@route(f"DELETE {MR}/draft_notes/:draft")
def delete_draft(call: Call) -> Any:
    found = call.writable()
    found.drafts.remove(_draft(call, found))
    return Answer(status=204)


@route(f"PUT {MR}/draft_notes/:draft/publish")
def publish_draft(call: Call) -> Any:
    found = call.writable()
    drafts.publish(call.world, found, _draft(call, found))
    return Answer(status=204)


@route(f"POST {MR}/draft_notes/bulk_publish", "note:str internal:bool reviewer_state:str")
def bulk_publish(call: Call) -> Any:
    found, user = call.writable(), call.signed_in()
    stop = call.world.break_bulk_publish_after
    call.world.break_bulk_publish_after = None
    summary = call.params.get("note")
    drafts.bulk_publish(call.world, found, user, stop_after=stop)
    if summary:
        notes.create(
            call.world,
            found,
            user,
            summary,
            kind=None,
            internal=call.params.get("internal", False),
            review_id=0,
        )
    return Answer(status=204)
