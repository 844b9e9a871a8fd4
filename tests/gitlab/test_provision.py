"""`sealcheck provision` against the stand-in: it creates, repairs, removes doubles, and leaves other hooks alone."""

import base64

import pytest

from bot.errors import ForgeRefused
from bot.gitlab.client import Client
from bot.gitlab.provision import INSTANCE, HookPlace, Secrets, provision
from tests.gitlab_double import GitLabDouble

URL = "https://sealcheck.example.com"
SECRETS = Secrets("a-secret", None)


@pytest.fixture
def double():
    with GitLabDouble() as running:
        yield running
        assert running.refused == []


def run(double, **options):
    client = Client(
        double.url, options.pop("token", double.ADMIN_TOKEN), timeout_seconds=5, pauses_seconds=()
    )
    place = INSTANCE
    if "group" in options:
        place = HookPlace.of_group(options.pop("group"))
    if "project" in options:
        place = HookPlace.of_project(options.pop("project"))
    return list(provision(client, URL, SECRETS, place, **options))


def test_a_dry_run_prints_and_does_nothing(double):
    (line,) = run(double, dry_run=True)
    assert "create the hook" in line
    assert double.world.system_hooks == []


def test_it_creates_once_and_is_content_then(double):
    run(double)
    (hook,) = double.world.system_hooks
    assert hook.url == f"{URL}/hooks/gitlab"
    assert hook.token == "a-secret"
    assert hook.settings["merge_requests_events"] is True
    assert hook.settings["push_events"] is False
    assert hook.settings["repository_update_events"] is False
    (line,) = run(double)
    assert "is right" in line


def test_what_people_broke_is_repaired_and_doubles_go(double):
    run(double)
    (hook,) = double.world.system_hooks
    hook.settings["merge_requests_events"] = False
    hook.settings["push_events"] = True
    double.hook(f"{URL}/hooks/gitlab", None)
    run(double, dry_run=True)
    assert hook.settings["push_events"] is True
    lines = run(double)
    assert len(lines) == 2
    assert double.world.system_hooks == [hook]
    assert hook.settings["merge_requests_events"] is True
    assert hook.settings["push_events"] is False


def test_a_secret_is_rotated_on_request(double):
    run(double)
    (hook,) = double.world.system_hooks
    hook.token = "an-old-one"
    run(double)
    assert hook.token == "an-old-one"
    run(double, rotate=True)
    assert hook.token == "a-secret"


def test_other_hooks_are_nobodys_business(double):
    project = double.project("platform/payments")
    double.hook("https://other.example.com/hooks/gitlab", None)
    run(double)
    assert double.world.system_hooks[0].url == "https://other.example.com/hooks/gitlab"
    assert len(double.world.system_hooks) == 2
    run(double, group="platform")
    (hook,) = double.world.group_hooks["platform"]
    assert hook.settings["note_events"] is True
    assert project.hooks == []


def test_a_token_that_may_not_is_reported(double):
    double.project("platform/payments")
    with pytest.raises(ForgeRefused, match="administrator"):
        run(double, token=double.BOT_TOKEN)
    with pytest.raises(ForgeRefused, match="Owner of the group"):
        run(double, token=double.BOT_TOKEN, group="platform")


def test_a_project_gets_its_own_with_comments(double):
    project = double.project("platform/payments")
    run(double, project=project.id)
    (hook,) = project.hooks
    assert hook.settings["note_events"] is True
    assert hook.settings["merge_requests_events"] is True
    assert hook.settings["push_events"] is False
    (line,) = run(double, project="platform/payments")
    assert "is right" in line
    with pytest.raises(ForgeRefused, match="Maintainer"):
        run(double, token=double.BOT_TOKEN, project=project.id)


def test_a_hook_that_gitlab_has_disabled_is_woken(double):
    project = double.project("platform/payments")
    run(double, project=project.id)
    (hook,) = project.hooks
    hook.disabled = True
    (line,) = run(double, project=project.id, dry_run=True)
    assert "wake" in line
    assert not any(each.path.endswith("/test/push_events") for each in double.log.requests)
    run(double, project=project.id)
    assert any(each.path.endswith("/test/push_events") for each in double.log.requests)


def test_hooks_are_taken_away_and_others_stay(double):
    project = double.project("platform/payments")
    double.hook("https://other.example.com/hooks/gitlab", project)
    run(double, project=project.id)
    assert len(project.hooks) == 2
    run(double, project=project.id, remove=True, dry_run=True)
    assert len(project.hooks) == 2
    run(double, project=project.id, remove=True)
    assert [each.url for each in project.hooks] == ["https://other.example.com/hooks/gitlab"]
    (line,) = run(double, project=project.id, remove=True)
    assert "no hook" in line


def test_a_gitlab_that_knows_no_signing_tokens_is_reported(double):
    """Before 19.0 the parameter is ignored silently, and every delivery would be answered 401."""
    double.world.knows_signing_tokens = False
    client = Client(double.url, double.ADMIN_TOKEN, timeout_seconds=5, pauses_seconds=())
    signed = Secrets(None, "whsec_" + base64.b64encode(bytes(range(32))).decode())
    for _ in range(2):  # when it is created, and each time it is looked at
        lines = list(provision(client, URL, signed))
        assert "ignores the signing token" in lines[-1]
        assert "set WEBHOOK_SECRET" in lines[-1]
    double.world.knows_signing_tokens = True
    list(provision(client, URL, signed, rotate=True))
    assert not any("ignores" in line for line in provision(client, URL, signed))
