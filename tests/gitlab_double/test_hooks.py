"""Webhooks as GitLab sends them (gitlab.md sections 1 to 3)."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import gitlab
import pytest

from tests.gitlab_double.hooks import sign

SIGNING_TOKEN = "whsec_" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


class Receiver:
    """Keeps what it gets and answers with `status`."""

    def __init__(self):
        self.got, self.status = [], 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((dict(self.headers), body))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hooks/gitlab?x=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver():
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_the_signature_is_that_of_standard_webhooks():
    # The public test vector of Standard Webhooks.
    token = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signature = sign(token, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_project_hook_carries_token_signature_and_keys(double, project, receiver):
    double.hook(receiver.url, project, token="s3", signing_token=SIGNING_TOKEN)
    merge_request = double.open_merge_request(project, {"b.txt": "x\n"})
    double.settle()
    ((headers, body),) = receiver.got
    payload = json.loads(body)
    assert headers["X-Gitlab-Event"] == "Merge Request Hook"
    assert headers["X-Gitlab-Token"] == "s3"
    assert headers["User-Agent"].startswith("GitLab/")
    assert headers["X-Gitlab-Instance"] == double.url
    assert headers["webhook-id"] == headers["Idempotency-Key"]
    assert headers["webhook-signature"] == sign(
        SIGNING_TOKEN, headers["webhook-id"], headers["webhook-timestamp"], body
    )
    assert payload["object_kind"] == "merge_request"
    assert payload["object_attributes"]["action"] == "open"
    assert payload["object_attributes"]["last_commit"]["id"] == merge_request.version.head


def test_a_system_hook_says_system_hook_and_carries_no_notes(double, project, receiver):
    double.hook(receiver.url)
    merge_request = double.open_merge_request(project, {"b.txt": "x\n"})
    double.comment(double.dev, merge_request, "hello")
    double.project("other/one")
    double.settle()
    kinds = [json.loads(body) for _, body in receiver.got]
    assert sorted(each.get("object_kind") or each["event_name"] for each in kinds) == [
        "merge_request",
        "project_create",
    ]
    assert {headers["X-Gitlab-Event"] for headers, _ in receiver.got} == {"System Hook"}


def test_a_note_hook_also_for_the_bots_own_notes_but_not_for_system_notes(
    double, project, merge_request, remote, receiver
):
    double.hook(receiver.url, project, events=("note_events",))
    remote.notes.create({"body": "by the bot"})
    double.push(project, "feature", {"c.txt": "x\n"})
    note = double.comment(double.dev, merge_request, "hello")
    double.edit(double.admin, note, "hello there")
    double.settle()
    notes = [json.loads(body) for _, body in receiver.got]
    reported = sorted((each["object_attributes"]["action"], each["user"]["username"]) for each in notes)
    assert reported == [("create", "dev"), ("create", "sealcheck"), ("update", "dev")]
    assert {each["object_attributes"]["updated_by_id"] for each in notes} == {None, double.admin.id}


def test_a_group_hook_covers_its_projects(double, project, receiver):
    double.hook(receiver.url, "platform")
    double.open_merge_request(project, {"b.txt": "x\n"})
    double.settle()
    assert [headers["X-Gitlab-Event"] for headers, _ in receiver.got] == ["Merge Request Hook"]


def test_a_push_can_bring_two_hooks_the_second_without_oldrev(double, project, merge_request, receiver):
    double.hook(receiver.url, project)
    double.deliverer.twice = True
    double.push(project, "feature", {"c.txt": "x\n"})
    double.settle()
    attributes = [json.loads(body)["object_attributes"] for _, body in receiver.got]
    assert sorted("oldrev" in each for each in attributes) == [False, True]


def test_no_retry_and_disabled_after_four_failures(double, project, merge_request, receiver):
    hook = double.hook(receiver.url, project)
    receiver.status = 500
    for number in range(6):
        double.edit_title(merge_request, f"title {number}")
        double.settle()
    assert len(receiver.got) == 4
    assert (hook.disabled, hook.failures) == (True, 4)


def test_a_resend_has_the_same_idempotency_key(double, project, receiver):
    double.hook(receiver.url, project)
    double.open_merge_request(project, {"b.txt": "x\n"})
    double.settle()
    double.deliverer.resend(double.deliveries[0])
    double.settle()
    (first, one), (second, other) = receiver.got
    assert first["Idempotency-Key"] == second["Idempotency-Key"]
    assert first["X-Gitlab-Webhook-UUID"] != second["X-Gitlab-Webhook-UUID"]
    assert one == other


def test_hooks_are_made_by_maintainers_and_by_nobody_less(double, project, api, receiver):
    remote = api.projects.get(project.id)
    with pytest.raises(gitlab.GitlabCreateError) as caught:
        remote.hooks.create({"url": receiver.url})
    assert caught.value.response_code == 403
    double.set_role(double.bot, project, 40)
    hook = remote.hooks.create({"url": receiver.url, "note_events": True, "token": "s3"})
    assert (hook.push_events, hook.note_events, hook.merge_requests_events) == (True, True, False)
    assert hook.token_present is True
    assert "token" not in hook.attributes
    hook.merge_requests_events = True
    hook.save()
    assert [each.merge_requests_events for each in remote.hooks.list(get_all=True)] == [True]
    hook.delete()
    assert remote.hooks.list(get_all=True) == []


def test_system_hooks_are_for_administrators(double, api, receiver):
    with pytest.raises(gitlab.GitlabCreateError) as caught:
        api.hooks.create({"url": receiver.url})
    assert caught.value.response_code == 403
    root = gitlab.Gitlab(double.url, private_token=double.ADMIN_TOKEN)
    root.hooks.create({"url": receiver.url, "merge_requests_events": True})
    assert [each.url for each in root.hooks.list(get_all=True)] == [receiver.url]


def test_the_events_of_a_hook_can_be_read_and_sent_again(double, project, api, receiver):
    double.set_role(double.bot, project, 40)
    hook = double.hook(receiver.url, project)
    double.open_merge_request(project, {"b.txt": "x\n"})
    double.settle()
    path = f"/projects/{project.id}/hooks/{hook.id}/events"
    (event,) = api.http_get(path)
    assert (event["response_status"], event["trigger"]) == ("200", "merge_request_hooks")
    api.http_post(f"{path}/{event['id']}/resend")
    double.settle()
    assert len(receiver.got) == 2
