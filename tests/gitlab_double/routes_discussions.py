"""Routes about threads, comments, emoji and suggestions."""

from __future__ import annotations

from typing import Any

from tests.gitlab_double import changes, entities, notes, positions, routing
from tests.gitlab_double.errors import Refused, bad_request, forbidden, not_found
from tests.gitlab_double.model import Note, Suggestion
from tests.gitlab_double.routes_merge_requests import MR
from tests.gitlab_double.routing import PAGES, Answer, Call, route


@route(f"GET {MR}/discussions", PAGES)
def discussions(call: Call) -> Any:
    found = [each for each in call.merge_request().discussions if call.may_read(each.first)]
    return call.pages(found, lambda each: entities.discussion(call.world, each))


@route(f"GET {MR}/discussions/:discussion")
def discussion(call: Call) -> Any:
    return entities.discussion(call.world, call.discussion())


@route(f"POST {MR}/discussions", "body:str! position:dict commit_id:str created_at:str internal:bool")
def open_discussion(call: Call) -> Any:
    found, wanted = call.writable(), call.params
    position = positions.check_shape(wanted["position"]) if wanted.get("position") else None
    kind = "DiffNote" if position else "DiscussionNote"
    try:
        note = notes.create(call.world, found, call.signed_in(), wanted["body"], kind=kind, position=position)
    except notes.CommandsOnly:
        raise bad_request('Note {:commands_only=>["Commands applied"]}') from None
    return entities.discussion(call.world, note.discussion)


@route(f"PUT {MR}/discussions/:discussion", "resolved:bool!")
def resolve(call: Call) -> Any:
    found = call.merge_request().discussion(call.named["discussion"])
    if found is None:  # as GitLab answers for a thread that has vanished (2026-11)
        raise Refused(500, {"message": "500 Internal Server Error"})
    call.writable()
    if not found.resolvable:
        raise bad_request("Discussion is not resolvable")
    notes.resolve(call.world, found, call.signed_in(), resolved=call.params["resolved"])
    return entities.discussion(call.world, found)


@route(f"POST {MR}/discussions/:discussion/notes", "body:str! created_at:str")
def reply(call: Call) -> Any:
    within, found = call.writable(), call.discussion()
    try:
        note = notes.create(
            call.world, within, call.signed_in(), call.params["body"], kind="DiscussionNote", discussion=found
        )
    except notes.CommandsOnly as only:
        return Answer(routing.commands_only(only), 202)
    return entities.note(call.world, note)


@route(f"GET {MR}/discussions/:discussion/notes/:note")
def show_in_discussion(call: Call) -> Any:
    return entities.note(call.world, call.note(call.discussion().notes))


@route(f"PUT {MR}/discussions/:discussion/notes/:note", "body:str resolved:bool")
def update_in_discussion(call: Call) -> Any:
    call.writable()
    found = call.discussion()
    note = call.note(found.notes)
    if len(call.params) != 1:
        names = ", ".join(call.params) or "body, resolved"
        raise Refused(400, {"error": f"{names} are missing, exactly one parameter must be provided"})
    if "resolved" in call.params:
        if not note.resolvable:
            raise bad_request("Note is not resolvable")
        notes.resolve(call.world, found, call.signed_in(), resolved=call.params["resolved"])
        return entities.note(call.world, note)
    return _edit(call, note)


@route(f"DELETE {MR}/discussions/:discussion/notes/:note")
def delete_in_discussion(call: Call) -> Any:
    call.writable()
    notes.delete(call.world, call.editable(call.note(call.discussion().notes)))
    return Answer(status=204)


@route(f"GET {MR}/notes", f"activity_filter:str order_by:str sort:str {PAGES}")
def list_notes(call: Call) -> Any:
    found = [each for each in call.merge_request().notes if call.may_read(each)]
    key = call.params.get("order_by", "created_at")
    found.sort(
        key=lambda each: (getattr(each, key), each.id), reverse=call.params.get("sort", "desc") == "desc"
    )
    only = {"only_comments": False, "only_activity": True}.get(call.params.get("activity_filter", ""))
    found = [each for each in found if only in {None, each.system}]
    return call.pages(found, lambda each: entities.note(call.world, each))


@route(
    f"POST {MR}/notes",
    "body:str! internal:bool confidential:bool merge_request_diff_head_sha:str created_at:str",
)
def create_note(call: Call) -> Any:
    found = call.writable()
    internal = call.params.get("internal", call.params.get("confidential", False))
    try:
        note = notes.create(
            call.world, found, call.signed_in(), call.params["body"], kind=None, internal=internal
        )
    except notes.CommandsOnly as only:
        return Answer(routing.commands_only(only), 202)
    return entities.note(call.world, note)


@route(f"GET {MR}/notes/:note")
def show_note(call: Call) -> Any:
    return entities.note(call.world, call.note(call.merge_request().notes))


@route(f"PUT {MR}/notes/:note", "body:str confidential:bool")
def update_note(call: Call) -> Any:
    return _edit(call, call.note(call.writable().notes))


@route(f"DELETE {MR}/notes/:note")
def delete_note(call: Call) -> Any:
    notes.delete(call.world, call.editable(call.note(call.writable().notes)))
    return Answer(status=204)


def _edit(call: Call, note: Note) -> Any:
    if note.system:
        raise forbidden()
    try:
        notes.edit(call.world, call.editable(note), call.signed_in(), call.params.get("body", ""))
    except notes.CommandsOnly as only:
        return Answer(routing.commands_only(only), 202)
    return entities.note(call.world, note)


def _suggestion(call: Call, number: int) -> Suggestion:
    for merge_request in call.world.merge_requests():
        for note in merge_request.notes:
            for each in note.suggestions:
                if each.id == number and call.world.can_see(call.user, merge_request.project):
                    return each
    raise not_found("Suggestion")


@route("PUT /suggestions/:id/apply", "commit_message:str")
def apply(call: Call) -> Any:
    if not call.named["id"].isdigit():
        raise not_found("Suggestion")
    found = _suggestion(call, int(call.named["id"]))
    changes.apply_suggestions(call.world, [found], call.signed_in(), call.params.get("commit_message"))
    return entities.suggestion(found)


@route("PUT /suggestions/batch_apply", "ids:list! commit_message:str")
def batch_apply(call: Call) -> Any:
    found = [_suggestion(call, int(number)) for number in call.params["ids"]]
    if not found:
        raise Refused(400, {"error": "ids is empty"})
    changes.apply_suggestions(call.world, found, call.signed_in(), call.params.get("commit_message"))
    return [entities.suggestion(each) for each in found]


EMOJI = {
    "eyes",
    "white_check_mark",
    "no_entry_sign",
    "thumbsup",
    "thumbsdown",
    "x",
    "warning",
    "rocket",
    "heart",
    "tada",
}


def _awards(call: Call, where: list[dict[str, Any]], within: Any) -> Any:
    name, user = call.params["name"].strip(":"), call.signed_in()
    if name not in EMOJI:
        raise Refused(404, {"message": "404 Award Emoji Name is not a valid emoji name Not Found"})
    if any(each["name"] == name and each["user"]["id"] == user.id for each in where):
        raise Refused(404, {"message": "404 Award Emoji Name has already been taken Not Found"})
    award = {
        "id": call.world.next_id("award"),
        "name": name,
        "user": entities.user(call.world, user),
        "created_at": entities.time(call.world.now()),
        "awardable_id": within.id,
        "awardable_type": "Note" if isinstance(within, Note) else "MergeRequest",
    }
    where.append(award)
    return award


def _unaward(call: Call, where: list[dict[str, Any]]) -> Any:
    award = next((each for each in where if str(each["id"]) == call.named["award"]), None)
    if award is None:
        raise not_found("Award Emoji")
    if award["user"]["id"] != call.signed_in().id:
        raise forbidden()
    where.remove(award)
    return Answer(status=204)


@route(f"GET {MR}/notes/:note/award_emoji", PAGES)
def note_awards(call: Call) -> Any:
    return call.pages(call.note(call.merge_request().notes).awards, lambda each: each)


@route(f"POST {MR}/notes/:note/award_emoji", "name:str!")
def award_note(call: Call) -> Any:
    note = call.note(call.writable().notes)
    if note.system:
        raise not_found("Award Emoji")
    return _awards(call, note.awards, note)


@route(f"DELETE {MR}/notes/:note/award_emoji/:award")
def unaward_note(call: Call) -> Any:
    return _unaward(call, call.note(call.writable().notes).awards)


@route(f"GET {MR}/award_emoji", PAGES)
def awards(call: Call) -> Any:
    return call.pages(call.merge_request().awards, lambda each: each)


@route(f"POST {MR}/award_emoji", "name:str!")
def award(call: Call) -> Any:
    found = call.writable()
    return _awards(call, found.awards, found)


@route(f"DELETE {MR}/award_emoji/:award")
def unaward(call: Call) -> Any:
    return _unaward(call, call.writable().awards)
