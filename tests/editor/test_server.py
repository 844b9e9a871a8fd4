"""`sealcheck lsp` as an editor speaks with it: the real program, driven by pygls' own client."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from bot.__main__ import main
from bot.scanning.call import ScanOptions, run_call
from tests.scan.conftest import CLEAN, LEAK, ROOT, git

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
TIMEOUT_SECONDS = 30


class Editor:
    """What an editor does: opens files, types, and keeps what the server says of them."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.reported: dict[str, list[types.PublishDiagnosticsParams]] = {}
        self.news = asyncio.Condition()
        self.texts: dict[str, str] = {}
        self.version = 0

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str) -> None:
        self.texts[name] = text
        self.version += 1
        item = types.TextDocumentItem(self.uri(name), "yaml", self.version, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, name: str, text: str) -> None:
        self.texts[name] = text
        self.version += 1
        document = types.VersionedTextDocumentIdentifier(version=self.version, uri=self.uri(name))
        whole = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [whole]))

    async def diagnostics(self, name: str) -> list[types.Diagnostic]:
        """What is said of the newest text."""
        uri = self.uri(name)

        def is_current() -> bool:
            return bool(self.reported.get(uri)) and self.reported[uri][-1].version == self.version

        async with asyncio.timeout(TIMEOUT_SECONDS), self.news:
            await self.news.wait_for(is_current)
        return list(self.reported[uri][-1].diagnostics)

    async def actions(self, name: str, line: int, only: list[str] | None = None) -> list[types.CodeAction]:
        place = types.Range(types.Position(line, 0), types.Position(line, 0))
        context = types.CodeActionContext([], only=only)
        document = types.TextDocumentIdentifier(self.uri(name))
        found = await self.client.text_document_code_action_async(
            types.CodeActionParams(document, place, context)
        )
        return list(found or [])

    async def hover(self, name: str, line: int) -> str | None:
        document = types.TextDocumentIdentifier(self.uri(name))
        found = await self.client.text_document_hover_async(
            types.HoverParams(document, types.Position(line, 8))
        )
        return found.contents.value if found else None

    def applied(self, name: str, action: types.CodeAction) -> str:
        """The buffer after the action."""
        [change] = action.edit.document_changes
        assert change.text_document.uri == self.uri(name)
        assert change.text_document.version == self.version
        lines = self.texts[name].split("\n")
        for edit in sorted(change.edits, key=lambda each: each.range.start.line, reverse=True):
            start, end = edit.range.start, edit.range.end
            head = "\n".join([*lines[: start.line], lines[start.line][: start.character]])
            tail = (
                "\n".join([lines[end.line][end.character :], *lines[end.line + 1 :]])
                if end.line < len(lines)
                else ""
            )
            lines = (head + edit.new_text + tail).split("\n")
        return "\n".join(lines)


@asynccontextmanager
async def editor(folder: Path, *, versioned: bool = True):
    client = LanguageClient("test", "1")
    await client.start_io(sys.executable, "-m", "bot", "lsp", cwd=folder.parent, env=ENVIRONMENT)
    made = Editor(client, folder)

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    async def _(params: types.PublishDiagnosticsParams) -> None:
        async with made.news:
            made.reported.setdefault(params.uri, []).append(params)
            made.news.notify_all()

    capabilities = types.ClientCapabilities(
        workspace=types.WorkspaceClientCapabilities(
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=versioned)
        ),
    )
    workspace = types.WorkspaceFolder(folder.as_uri(), folder.name)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await client.initialize_async(
            types.InitializeParams(capabilities, workspace_folders=[workspace], root_uri=folder.as_uri())
        )
    client.initialized(types.InitializedParams())
    try:
        yield made
    finally:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await client.shutdown_async(None)
            client.exit(None)
            await client.stop()
    assert client._server.returncode == 0


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "tree"
    made.mkdir()
    return made


def test_findings_hover_and_fixes_of_a_buffer(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    run_call(ScanOptions(("-",), form="json"), LEAK.encode(), sys.stdout, sys.stderr)
    [expected] = json.loads(capsys.readouterr().out)["findings"]

    async def story():
        async with editor(folder) as it:
            it.open(".gitlab-ci.yml", CLEAN)
            assert await it.diagnostics(".gitlab-ci.yml") == []
            assert await it.hover(".gitlab-ci.yml", 16) is None
            it.type(".gitlab-ci.yml", LEAK)
            [reported] = await it.diagnostics(".gitlab-ci.yml")
            assert (reported.code, reported.source, reported.severity) == (
                "secret-in-log",
                "sealcheck",
                types.DiagnosticSeverity.Warning,
            )
            assert reported.range == types.Range(types.Position(16, 6), types.Position(16, 25))
            assert "SIGNING_KEY" in reported.message
            assert reported.data["fingerprint"] == expected["fingerprint"], "as at the terminal"
            page = await it.hover(".gitlab-ci.yml", 16)
            assert "# secret-in-log" in page
            assert "## Why it matters" in page
            [action] = await it.actions(".gitlab-ci.yml", 16)
            assert action.is_preferred
            assert action.diagnostics[0].code == "secret-in-log"
            fixed = it.applied(".gitlab-ci.yml", action)
            assert fixed == LEAK.replace('echo "$SIGNING_KEY"', 'echo "SIGNING_KEY is set"')
            it.type(".gitlab-ci.yml", fixed)
            assert await it.diagnostics(".gitlab-ci.yml") == []
            assert await it.actions(".gitlab-ci.yml", 16) == []
            assert not (folder / ".gitlab-ci.yml").exists(), "nothing is written"

    asyncio.run(story())


def test_the_file_next_door_is_read_as_its_buffer_says(folder):
    """An include is read from the workspace; what is open counts as it is in the editor, not on disk."""
    git(folder, "init", "-q")
    (folder / "ci").mkdir()
    (folder / "ci/job.yml").write_text(CLEAN.replace("SIGNING_KEY", "SEAL"))
    main = "include: [{local: ci/job.yml}]\ndeploy:\n  before_script:\n    - printenv SEAL\n"

    async def story():
        async with editor(folder) as it:
            it.open(".gitlab-ci.yml", main)
            [reported] = await it.diagnostics(".gitlab-ci.yml")
            assert (reported.code, reported.range.start.line) == ("secret-in-log", 3)
            it.open("ci/job.yml", "deploy:\n  script: [make]\n")
            await it.diagnostics("ci/job.yml")
            while it.reported[it.uri(".gitlab-ci.yml")][-1].diagnostics:
                async with asyncio.timeout(TIMEOUT_SECONDS), it.news:
                    await it.news.wait()

    asyncio.run(story())


def test_fix_all_and_what_could_not_be_checked(folder):
    text = LEAK.replace("./deploy.sh", "printenv SIGNING_KEY")

    async def story():
        async with editor(folder) as it:
            it.open(".gitlab-ci.yml", text.rstrip("\n"))
            await it.diagnostics(".gitlab-ci.yml")
            assert await it.actions(".gitlab-ci.yml", 0) == []
            [action] = await it.actions(".gitlab-ci.yml", 0, only=["source.fixAll"])
            it.type(".gitlab-ci.yml", it.applied(".gitlab-ci.yml", action))
            assert "$SIGNING_KEY" not in it.texts[".gitlab-ci.yml"]
            it.type(".gitlab-ci.yml", "a: b: c\n")
            [reported] = await it.diagnostics(".gitlab-ci.yml")
            assert (reported.code, reported.range.start.line) == ("could-not-check", 0)
            assert await it.actions(".gitlab-ci.yml", 0) == []
            it.client.text_document_did_close(
                types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(it.uri(".gitlab-ci.yml")))
            )
            while it.reported[it.uri(".gitlab-ci.yml")][-1].diagnostics:
                async with asyncio.timeout(TIMEOUT_SECONDS), it.news:
                    await it.news.wait()

    asyncio.run(story())


def test_a_lone_file_in_an_editor_of_few_words(folder, tmp_path):
    """Outside of the workspace and of git only the file itself is read, not what lies beside it."""
    (tmp_path / "beside.gitlab-ci.yml").write_text("a: b: c\n")

    async def story():
        async with editor(folder, versioned=False) as it:
            it.folder = tmp_path
            it.open("lone.gitlab-ci.yml", LEAK)
            [reported] = await it.diagnostics("lone.gitlab-ci.yml")
            assert reported.code == "secret-in-log"
            [action] = await it.actions("lone.gitlab-ci.yml", 16)
            [edit] = action.edit.changes[it.uri("lone.gitlab-ci.yml")]
            assert edit.new_text == '    - echo "SIGNING_KEY is set"\n'
            it.open("picture.png", "not ours")
            assert await it.hover("picture.png", 0) is None
            note = types.TextDocumentItem("untitled:note", "yaml", 1, LEAK)
            it.client.text_document_did_open(types.DidOpenTextDocumentParams(note))
            assert await it.hover("lone.gitlab-ci.yml", 16) is not None

    asyncio.run(story())


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "bot.editor.server", raising=False)
    monkeypatch.setitem(sys.modules, "pygls", None)
    said = CliRunner().invoke(main, ["lsp"])
    assert said.exit_code == 1
    assert said.output == (
        "Error: the language server needs the extra `lsp`: "
        "install the wheel or the clone with it: pip install '.[lsp]'\n"
    )
