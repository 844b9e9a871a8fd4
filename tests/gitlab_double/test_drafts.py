"""Draft notes as G11 to G13 and gitlab.md section 6 have them."""

import gitlab
import pytest


def test_a_review_is_one_mail_and_a_hook_for_each_note(double, project, merge_request, remote, at):
    double.hook("http://127.0.0.1:9/", project)
    double.deliverer.auto_disable = False
    for line in (5, 11):
        remote.draft_notes.create({"note": f"line {line}", "position": at(new_line=line)})
    assert double.threads(merge_request) == []
    remote.draft_notes.bulk_publish()
    assert [mail.kind for mail in double.mails] == ["new_review"]
    assert [each.event for each in double.deliveries] == ["note", "note"]
    assert len(double.threads(merge_request)) == 2
    assert remote.draft_notes.list(get_all=True) == []


def test_single_comments_are_one_mail_each_and_edits_none(double, remote):
    note = remote.notes.create({"body": "first"})
    remote.notes.create({"body": "second"})
    note.body = "changed"
    note.save()
    assert [mail.kind for mail in double.mails] == ["new_note", "new_note"]


def test_a_draft_with_a_bad_position_vanishes_when_published(double, merge_request, remote, at):
    remote.draft_notes.create({"note": "bad", "position": at(new_line=99)})
    remote.draft_notes.create({"note": "good", "position": at(new_line=5)})
    remote.draft_notes.bulk_publish()
    assert [each.first.body for each in double.threads(merge_request)] == ["good"]
    assert remote.draft_notes.list(get_all=True) == []


def test_bulk_publish_takes_every_draft_of_the_user_and_of_nobody_else(
    double, project, merge_request, remote
):
    other = gitlab.Gitlab(double.url, private_token="token-eve")
    double.user("eve", projects=(project,))
    theirs = other.projects.get(project.id, lazy=True).mergerequests.get(merge_request.iid, lazy=True)
    theirs.draft_notes.create({"note": "by eve"})
    remote.draft_notes.create({"note": "left over"})
    remote.draft_notes.create({"note": "new"})
    remote.draft_notes.bulk_publish()
    assert [each.first.body for each in double.threads(merge_request)] == ["left over", "new"]
    assert [each.note for each in theirs.draft_notes.list(get_all=True)] == ["by eve"]


def test_a_draft_without_position_opens_a_resolvable_thread(double, merge_request, remote):
    remote.draft_notes.create({"note": "general"})
    remote.draft_notes.bulk_publish()
    assert double.threads(merge_request)[0].resolvable


@pytest.mark.parametrize("resolving", [True, False])
def test_a_draft_reply_resolves_or_reopens(double, merge_request, remote, at, resolving):
    thread = remote.discussions.create({"body": "x", "position": at(new_line=5)})
    double.resolve(double.dev, merge_request.discussions[0], resolved=not resolving)
    draft = {"note": "reply", "in_reply_to_discussion_id": thread.id}
    remote.draft_notes.create(draft | ({"resolve_discussion": True} if resolving else {}))
    remote.draft_notes.bulk_publish()
    assert merge_request.discussions[0].resolved is resolving


def test_refuses_a_second_draft_reply_and_an_unknown_thread(remote, at):
    thread = remote.discussions.create({"body": "x", "position": at(new_line=5)})
    remote.draft_notes.create({"note": "reply", "in_reply_to_discussion_id": thread.id})
    for discussion in (thread.id, "0" * 40):
        with pytest.raises(gitlab.GitlabCreateError) as caught:
            remote.draft_notes.create({"note": "reply", "in_reply_to_discussion_id": discussion})
        assert caught.value.response_code == 400


def test_changing_only_the_text_wipes_the_position(remote, at):
    draft = remote.draft_notes.create({"note": "x", "position": at(new_line=5)})
    remote.draft_notes.update(draft.id, {"note": "y"})
    assert remote.draft_notes.get(draft.id).position["new_line"] is None


def test_refuses_lines_in_the_line_range_of_a_draft(remote, at):
    bound = {"line_code": "a_1_1", "type": "new", "new_line": 5}
    with pytest.raises(gitlab.GitlabCreateError, match="valid json schema"):
        remote.draft_notes.create(
            {"note": "x", "position": at(new_line=5) | {"line_range": {"start": bound}}}
        )


def test_publishing_can_break_off_halfway(double, merge_request, remote):
    for word in ("one", "two", "three"):
        remote.draft_notes.create({"note": word})
    double.break_bulk_publish(after=2)
    with pytest.raises(gitlab.GitlabHttpError) as caught:
        remote.draft_notes.bulk_publish()
    assert caught.value.response_code == 500
    assert [each.first.body for each in double.threads(merge_request)] == ["one", "two"]
    assert len(remote.draft_notes.list(get_all=True)) == 3


def test_a_draft_of_nothing_but_commands_breaks_the_review(double, remote):
    remote.draft_notes.create({"note": "/close"})
    with pytest.raises(gitlab.GitlabHttpError):
        remote.draft_notes.bulk_publish()
    assert double.quick_actions_run == [("sealcheck", "close", "")]


def test_one_draft_alone_is_published_with_a_mail_of_its_own(double, merge_request, remote):
    remote.draft_notes.create({"note": "x"}).publish()
    assert [mail.kind for mail in double.mails] == ["new_note"]
    assert remote.draft_notes.list(get_all=True) == []


def test_a_draft_can_be_deleted(double, merge_request, remote):
    remote.draft_notes.create({"note": "x"}).delete()
    remote.draft_notes.bulk_publish()
    assert double.threads(merge_request) == []
