"""The demonstration itself, with a bot that plays by a script: it must fail where something is missing."""

import pytest

from tests import demo
from tests.gitlab_double import GitLabDouble
from tests.gitlab_double.scripted_bot import ScriptedBot

# rule -> (path, line, replacement)
SCRIPT = {
    "shell-trace": (".gitlab-ci.yml", 17, ""),
    "secret-in-log": (".gitlab-ci.yml", 18, '    - echo "deploying"\n'),
    "secret-file-as-value": (".gitlab-ci.yml", 19, '    - ./deploy.sh --url-file "$DATABASE_URL"\n'),
    "vault-role-without-audience": (
        "vault/setup.sh",
        7,
        '  "role_type": "jwt",\n  "bound_audiences": ["x"],\n',
    ),
    "vault-role-ref-unprotected": ("vault/setup.sh", 12, '    "ref": "main",\n    "ref_protected": "true"\n'),
    "long-token-ttl": ("vault/setup.sh", 15, '  "token_ttl": "10m"\n'),
}


def review(rules):
    def script(remote, payload):
        if payload["object_attributes"]["action"] != "open":
            return
        for rule in rules:
            path, line, text = SCRIPT[rule]
            position = {
                **remote.diff_refs,
                "position_type": "text",
                "old_path": path,
                "new_path": path,
                "new_line": line,
            }
            note = f"**{rule}** is wrong.\n\n```suggestion:-0+0\n{text}```\n<!-- hidden -->"
            remote.draft_notes.create({"note": note, "position": position})
        remote.draft_notes.bulk_publish()

    return script


@pytest.fixture
def play(monkeypatch):
    monkeypatch.setattr(demo, "QUIET_SECONDS", 0.2)
    monkeypatch.setattr(demo, "PATIENCE_SECONDS", 0.2)

    def run(script, page=None):
        said = []
        with GitLabDouble() as double:
            bot = ScriptedBot(double, script)
            try:
                project = double.project("platform/payments")
                double.hook(bot.url, project)
                demo.run(double, project, html=page, say=said.append)
            finally:
                bot.close()
        return "\n".join(said)

    return run


def test_shows_the_review_and_the_threads_resolving(play):
    text = play(review(SCRIPT))
    assert ".gitlab-ci.yml:18" in text
    assert '- echo "deploying with $(cat $DATABASE_URL)"' in text
    assert "6 threads, 6 resolved, 0 open" in text
    assert "<!-- hidden" not in text


def test_writes_a_page_that_asks_no_other_host(play, tmp_path):
    pytest.importorskip("markdown_it", reason="the page is drawn with markdown-it-py")
    page = tmp_path / "review.html"
    play(review(SCRIPT), page)
    text = page.read_text()
    assert "secret-in-log" in text
    assert "Apply suggestion" in text
    assert "<!-- hidden" not in text
    assert "<link" not in text
    assert "src=" not in text


def test_fails_where_a_finding_is_missing(play):
    with pytest.raises(demo.DemoError, match="not found: long-token-ttl"):
        play(review([rule for rule in SCRIPT if rule != "long-token-ttl"]))


def test_fails_where_a_thread_stays_open(play):
    def script(remote, payload):
        review(SCRIPT)(remote, payload)
        if payload["object_attributes"]["action"] == "open":
            remote.discussions.create({"body": "and this one has no suggestion"})

    with pytest.raises(demo.DemoError, match="still open"):
        play(script)
