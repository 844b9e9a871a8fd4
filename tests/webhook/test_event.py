"""What deliveries mean: recorded ones, and each way they can be of no interest."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.comments.slash import command_lines
from bot.jobs.inbox import key_of
from bot.jobs.port import EDITED
from bot.webhook.event import CommandWanted, IgnoredEvent, Malformed, ProjectCreated, ReviewWanted, parse

PAYLOADS = Path(__file__).parent.parent / "payloads"
HEAD = "da1560886d4f094c3e6c9ef40349f7d38b5d27d7"


def recorded(name: str) -> dict[str, Any]:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def meaning(payload: object, **more: int) -> object:
    return parse(json.dumps(payload).encode(), **more)


def changed(name: str, **changes: Any) -> dict[str, Any]:
    """A recorded payload with values set by path: object_attributes__action="merge"; None removes."""
    payload = copy.deepcopy(recorded(name))
    for path, value in changes.items():
        *parents, last = path.split("__")
        within = payload
        for parent in parents:
            within = within.setdefault(parent, {})
        if value is None:
            within.pop(last, None)
        else:
            within[last] = value
    return payload


def test_a_push_to_a_fork_is_reviewed_in_the_target_project() -> None:
    assert meaning(recorded("merge_request_push")) == ReviewWanted(14, 1, "push", HEAD)


def test_a_system_hook_says_so_only_in_its_body() -> None:
    assert meaning(recorded("merge_request_open_system_hook")) == ReviewWanted(14, 1, "open", HEAD)


def test_a_comment_with_a_command() -> None:
    assert meaning(recorded("note_on_merge_request")) == CommandWanted(
        5, 1, 1244, "6a9c1750b37d513a43987b574953fceb50b03ce7", 1, "/sealcheck recheck"
    )


def test_a_new_project_is_reported() -> None:
    assert meaning(recorded("project_create")) == ProjectCreated(74)
    assert meaning({"event_name": "project_create", "project_id": "74"}) == IgnoredEvent("incomplete")


def test_other_lifecycle_events_are_dropped() -> None:
    assert meaning(recorded("key_create")) == IgnoredEvent("lifecycle")


def test_a_push_event_is_dropped() -> None:
    assert isinstance(meaning(recorded("push")), IgnoredEvent)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"object_attributes__action": "reopen"}, "reopen"),
        ({"object_attributes__action": "open"}, "open"),
        ({"changes": {"target_branch": {"previous": "a", "current": "b"}}}, "retarget"),
        ({"changes": {"draft": {"previous": True, "current": False}}}, "ready"),
        (
            {"changes": {"reviewers": {"previous": [{"id": 6}], "current": [{"id": 6}, {"id": 7}]}}},
            "reviewer",
        ),
        ({"changes": {"draft": {"previous": False, "current": True}}}, None),
        ({"changes": {"reviewers": {"previous": [{"id": 6}, {"id": 7}], "current": [{"id": 6}]}}}, None),
        ({"changes": {"labels": {"previous": [], "current": [{"id": 1}]}}}, None),
        ({"changes": {}}, None),
        ({"changes": None}, None),
        ({"object_attributes__action": None}, None),  # the test button of an older project or system hook
        *(
            ({"object_attributes__action": action}, None)
            for action in ("close", "merge", "approved", "unapproved", "approval")
        ),
    ],
)
def test_only_what_can_change_a_review_causes_one(changes: dict[str, Any], cause: str | None) -> None:
    found = meaning(changed("merge_request_push", object_attributes__oldrev=None, **changes))
    assert found == (ReviewWanted(14, 1, cause, HEAD) if cause else IgnoredEvent("action"))


@pytest.mark.parametrize("state", ["closed", "merged"])
def test_what_is_over_is_not_reviewed(state: str) -> None:
    assert meaning(changed("merge_request_push", object_attributes__state=state)) == IgnoredEvent("state")
    assert meaning(changed("note_on_merge_request", merge_request__state=state)) == IgnoredEvent("state")


@pytest.mark.parametrize("wrong", ["1", True, 0, -1, 1 << 63, 1.0, [], {}])
def test_a_number_is_a_number(wrong: object) -> None:
    assert meaning(changed("merge_request_push", object_attributes__iid=wrong)) == IgnoredEvent("incomplete")
    assert meaning(changed("merge_request_push", object_attributes__target_project_id=wrong)) == IgnoredEvent(
        "incomplete"
    )


def test_a_reviewer_among_many_is_the_bot_only_where_it_is_known() -> None:
    both = {"changes": {"reviewers": {"previous": [], "current": [{"id": 7}]}}}
    payload = changed("merge_request_push", object_attributes__oldrev=None, **both)
    assert meaning(payload, bot_id=7) == ReviewWanted(14, 1, "reviewer", HEAD)
    assert meaning(payload, bot_id=8) == IgnoredEvent("action")


@pytest.mark.parametrize(
    "changes", [{"object_attributes__action": "update"}, {"object_attributes__updated_by_id": 9}]
)
def test_a_command_that_an_edit_brought_says_so(changes: dict[str, Any]) -> None:
    found = meaning(changed("note_on_merge_request", **changes))
    assert isinstance(found, CommandWanted)
    assert found.edited
    assert key_of(found).kind == EDITED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"object_attributes__noteable_type": "Issue"}, "noteable"),
        ({"object_attributes__system": True}, "system"),
        ({"object_attributes__note": "looks good"}, "no command"),
        ({"object_attributes__note": "> /sealcheck recheck"}, "no command"),
        ({"object_attributes__note": "try `/sealcheck recheck`"}, "no command"),
        ({"object_attributes__note": "```\n/sealcheck recheck\n```"}, "no command"),
        ({"object_attributes__note": "~~~~\n~~~\n/sealcheck recheck\n~~~~"}, "no command"),
        ({"object_attributes__note": "    /sealcheck recheck"}, "no command"),
        ({"object_attributes__note": "/sealchecker recheck"}, "no command"),
        ({"object_attributes__note": 7}, "no command"),
    ],
)
def test_other_comments_are_ignored(changes: dict[str, Any], reason: str) -> None:
    assert meaning(changed("note_on_merge_request", **changes)) == IgnoredEvent(reason)


def test_the_bots_own_comment_is_ignored() -> None:
    assert meaning(recorded("note_on_merge_request"), bot_id=1) == IgnoredEvent("own")


def test_commands_stand_on_lines_of_their_own() -> None:
    text = "Hello\r\n/sealcheck recheck\r\n```sh\n/sealcheck no\n```\n  /sealcheck ignore because\n/sealcheck"
    assert list(command_lines(text)) == ["/sealcheck recheck", "/sealcheck ignore because", "/sealcheck"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"null", b"[" * 200_000, b'{"a":' * 200_000]
)
def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(body)


nested = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "iid", "action", "state", "draft"]), inner, max_size=3)
    ),
    max_leaves=8,
)
fields = st.sampled_from(
    ["object_kind", "object_attributes", "changes", "merge_request", "user", "event_name"]
)


@given(st.dictionaries(fields, nested | st.sampled_from(["merge_request", "note"])))
def test_no_payload_makes_it_stumble(payload: dict[str, Any]) -> None:
    assert isinstance(meaning(payload), (ReviewWanted, CommandWanted, IgnoredEvent))


def test_no_odd_type_anywhere_breaks_the_receiver() -> None:
    """Each value of each recorded payload, replaced by each odd one: an event or a reason, never an exception."""
    odd = ([], {}, [[]], None, True, -1, 1e400, "", "\ud800", "\x00", {"id": []}, [None, [{"id": {}}]])

    def replaced(node: Any, value: Any) -> Any:
        for key in list(node if isinstance(node, dict) else range(len(node))):
            kept = node[key]
            node[key] = value
            yield
            node[key] = kept
            if isinstance(kept, dict | list):
                yield from replaced(kept, value)

    for path in sorted(PAYLOADS.glob("*.json")):
        payload = json.loads(path.read_text())
        for value in odd:
            for _ in replaced(payload, value):
                found = meaning(payload, bot_id=7)
                assert isinstance(found, CommandWanted | IgnoredEvent | ProjectCreated | ReviewWanted)
                for text in (getattr(found, "head", ""), getattr(found, "discussion_id", "")):
                    assert text == "" or text.isalnum()


@pytest.mark.parametrize("listed", [False, True])
def test_a_review_requested_again_of_the_bot(listed: bool) -> None:
    def update(*, again: bool) -> object:
        before, after = [{"id": 7}], [{"id": 7, "re_requested": again}, {"id": 8}]
        sides: object = [before, after] if listed else {"previous": before, "current": after}
        payload = changed("merge_request_push", object_attributes__oldrev=None)
        payload["object_attributes"]["action"] = "update"
        payload["changes"] = {"reviewers": sides}
        return meaning(payload, bot_id=7)

    assert update(again=True) == ReviewWanted(14, 1, "reviewer", HEAD)
    assert update(again=False) == IgnoredEvent("action")
