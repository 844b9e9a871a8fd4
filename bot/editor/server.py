"""`sealcheck lsp`: the language server on standard input and output.

Protocol: microsoft.github.io/language-server-protocol, 3.17 (2026-11).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from bot import __version__
from bot.documents.kinds import may_matter
from bot.documents.lines import split_lines
from bot.editor import diagnostics
from bot.editor.checks import Checked, check, fixed_texts, home_of
from bot.errors import SealcheckError
from bot.fixes import Edit, Fix
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.findings import Finding

_TYPING_PAUSE_SECONDS: Final = 0.25
"""How long nobody must have typed before a check begins."""
_WATCHED: Final = "**/{*.{yml,yaml,json,hcl,tf,tofu,sh,bash,ps1,md},.sealcheck.yml}"
FIX_ALL: Final = "source.fixAll.sealcheck"


@dataclass(slots=True)
class _Home:
    """One repository with open files: what was last said of it, and the check that is under way."""

    root: Path
    wanted: int = 0
    """counts the reasons for a check: what began with an old count is reported to nobody"""
    checked: Checked | None = None
    seen: int = -1
    """the count that `checked` answers"""
    versions: dict[str, int | None] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class EditorServer(LanguageServer):
    """Knows which files are open, and checks their repositories a moment after something has changed."""

    def __init__(self) -> None:
        super().__init__("sealcheck", __version__)
        self._homes: dict[Path, _Home] = {}
        self._open: dict[str, Path] = {}
        """URI of each open file that may matter, with the home that it is checked in"""
        self._tasks: set[asyncio.Task[None]] = set()

    def opened(self, uri: str) -> None:
        """A file was opened: check its repository at once."""
        file = _file(uri)
        if file is None or not may_matter(file.name):
            return
        folders = [folder for each in self.workspace.folders.values() if (folder := _file(each.uri))]
        root = home_of(file, folders)
        self._open[uri] = root
        self._homes.setdefault(root, _Home(root))
        self.changed(uri, pause=0)

    def changed(self, uri: str, pause: float = _TYPING_PAUSE_SECONDS) -> None:
        """A buffer or its file has changed."""
        home = self._home(uri)
        if home is not None:
            home.wanted += 1
            self._later(self._check_after(home, pause))

    def closed(self, uri: str) -> None:
        """A file was closed: nothing more is said of it, and the others are checked against the file on disk."""
        home = self._home(uri)
        self._open.pop(uri, None)
        if home is None:
            return
        self._publish(uri, [])
        if home.root in self._open.values():
            home.wanted += 1
            self._later(self._check_after(home, 0))
        else:
            del self._homes[home.root]

    def changed_on_disk(self) -> None:
        """Files changed behind the editor's back: an include, a branch."""
        for home in self._homes.values():
            home.wanted += 1
            self._later(self._check_after(home, _TYPING_PAUSE_SECONDS))

    async def watch(self) -> None:
        """Ask to be notified of files that change on disk, where the editor can do that."""
        workspace = self.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace else None
        if watching is None or not watching.dynamic_registration:
            return
        options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(_WATCHED)])
        one = types.Registration(
            "sealcheck-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, register_options=options
        )
        await self.client_register_capability_async(types.RegistrationParams([one]))

    async def current(self, uri: str) -> tuple[_Home, Checked, str] | None:
        """What is true of the buffer as it is now, and its path; waits for a check that is under way."""
        home, file = self._home(uri), _file(uri)
        if home is None or file is None:
            return None
        while home.seen != home.wanted:
            await self._check(home)
        return None if home.checked is None else (home, home.checked, home.checked.path_of(file))

    def hover(self, place: tuple[_Home, Checked, str], line: int) -> types.Hover | None:
        """The pages of what is wrong on a line (from 0)."""
        _, checked, path = place
        here = _on_lines(checked, path, line, line)
        if not here:
            return None
        text = diagnostics.hover(here, checked)
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text))

    async def quick_fixes(
        self, uri: str, place: tuple[_Home, Checked, str], span: types.Range
    ) -> list[types.CodeAction]:
        """The proven fixes of what is wrong on these lines."""
        home, checked, path = place
        here = _on_lines(checked, path, span.start.line, span.end.line)
        proven = await asyncio.to_thread(lambda: [checked.proven(finding) for finding in here])
        return [
            types.CodeAction(
                title=f"{finding.fix.title}. {finding.fix.cost}".removesuffix(". "),
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[
                    diagnostics.diagnostic(
                        finding, checked, self.workspace.position_codec, _uris(checked, uri)
                    )
                ],
                is_preferred=finding.fix.safe,
                edit=self._edit(finding.fix, home, checked, uri),
            )
            for finding in proven
            if finding.fix is not None
        ]

    async def fix_all(self, uri: str, place: tuple[_Home, Checked, str]) -> list[types.CodeAction]:
        """All safe fixes of the file in one step, as `scan --fix` does them."""
        home, checked, path = place
        file = checked.root / path
        texts = await asyncio.to_thread(fixed_texts, home.root, self._buffers(home), _today(), file)
        if path not in texts:
            return []
        whole = Edit(path, 1, len(split_lines(checked.text(path))), texts[path])
        fix = Fix("Apply all safe fixes of Sealcheck", (whole,))
        edit = self._edit(fix, home, checked, uri)
        return [types.CodeAction(title=fix.title, kind=FIX_ALL, edit=edit)]

    def _edit(self, fix: Fix, home: _Home, checked: Checked, uri: str) -> types.WorkspaceEdit:
        codec = self.workspace.position_codec
        edits = diagnostics.edits_of(fix, checked, codec, _uris(checked, uri), home.versions.get)
        workspace = self.client_capabilities.workspace
        if workspace and workspace.workspace_edit and workspace.workspace_edit.document_changes:
            return types.WorkspaceEdit(document_changes=edits)
        plain = {
            each.text_document.uri: [edit for edit in each.edits if isinstance(edit, types.TextEdit)]
            for each in edits
        }
        return types.WorkspaceEdit(changes=plain)

    def _home(self, uri: str) -> _Home | None:
        root = self._open.get(uri)
        return None if root is None else self._homes.get(root)

    def _buffers(self, home: _Home) -> dict[Path, str]:
        return {
            file: self.workspace.get_text_document(uri).source
            for uri, root in self._open.items()
            if root == home.root and (file := _file(uri)) is not None
        }

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _check_after(self, home: _Home, pause: float) -> None:
        wanted = home.wanted
        await asyncio.sleep(pause)
        if wanted == home.wanted:
            await self._check(home)

    async def _check(self, home: _Home) -> None:
        """Judge the buffers as they are, unless that is done, and publish that, unless they have changed meanwhile."""
        async with home.lock:
            if home.seen == home.wanted:
                return
            wanted, versions = home.wanted, self._versions(home)
            checked = None
            try:
                checked = await asyncio.to_thread(check, home.root, self._buffers(home), _today())
            except SealcheckError as problem:
                self._say(str(problem))
            except Exception as problem:  # noqa: BLE001 - the server outlives one check; no message quotes a file
                self._say(f"the check failed ({type(problem).__name__}); this is a defect of Sealcheck")
            home.checked, home.seen, home.versions = checked, wanted, versions
            if checked is not None and wanted == home.wanted and self._homes.get(home.root) is home:
                self._publish_all(home, checked)

    def _versions(self, home: _Home) -> dict[str, int | None]:
        """The version of each open buffer, by path in the repository."""
        base = home.root if home.root.is_dir() else home.root.parent
        return {
            file.relative_to(base).as_posix(): self.workspace.get_text_document(uri).version
            for uri, root in self._open.items()
            if root == home.root and (file := _file(uri)) is not None
        }

    def _publish_all(self, home: _Home, checked: Checked) -> None:
        for uri, root in self._open.items():
            file = _file(uri)
            if root == home.root and file is not None:
                path = checked.path_of(file)
                codec = self.workspace.position_codec
                found = diagnostics.of_file(checked, path, codec, _uris(checked, uri))
                self._publish(uri, found, home.versions.get(path))

    def _publish(self, uri: str, found: list[types.Diagnostic], version: int | None = None) -> None:
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))

    def _say(self, message: str) -> None:
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, f"sealcheck: {message}"))


def serve_editor() -> None:
    """Speak with one editor on standard input and output until it says goodbye."""
    logging.getLogger("pygls").setLevel(logging.CRITICAL)  # its messages quote what the editor sends
    made_server().start_io()


def made_server() -> EditorServer:
    """The server with all that it answers."""
    server = EditorServer()
    _listen(server)
    _answer(server)
    return server


def _listen(server: EditorServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def _(params: types.DidOpenTextDocumentParams) -> None:
        server.opened(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def _(params: types.DidChangeTextDocumentParams) -> None:
        server.changed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def _(params: types.DidSaveTextDocumentParams) -> None:
        server.changed(params.text_document.uri, pause=0)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def _(params: types.DidCloseTextDocumentParams) -> None:
        server.closed(params.text_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def _(_params: types.DidChangeWatchedFilesParams) -> None:
        server.changed_on_disk()

    @server.feature(types.INITIALIZED)
    async def _(_params: types.InitializedParams) -> None:
        await server.watch()


def _answer(server: EditorServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def _(params: types.HoverParams) -> types.Hover | None:
        place = await server.current(params.text_document.uri)
        return None if place is None else server.hover(place, params.position.line)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL]),
    )
    async def _(params: types.CodeActionParams) -> list[types.CodeAction]:
        place = await server.current(params.text_document.uri)
        if place is None:
            return []
        only = params.context.only
        actions = []
        if only is None or types.CodeActionKind.QuickFix in only:
            actions += await server.quick_fixes(params.text_document.uri, place, params.range)
        if only is not None and any(f"{FIX_ALL}.".startswith(f"{kind}.") for kind in only):
            actions += await server.fix_all(params.text_document.uri, place)
        return actions


def _on_lines(checked: Checked, path: str, first: int, last: int) -> list[Finding]:
    """The findings that touch the lines (from 0, both included)."""
    return [
        finding
        for finding in checked.findings(path)
        if finding.span.start_line - 1 <= last and first <= finding.span.end_line - 1
    ]


def _file(uri: str) -> Path | None:
    """The file behind a URI, its folder without links; None for what is no file (an unsaved note, a diff)."""
    if not uri.startswith("file:"):
        return None
    name = uris.to_fs_path(uri)
    if not name:
        return None
    folder, base = os.path.split(name)
    return Path(os.path.realpath(folder)) / base


def _uris(checked: Checked, uri: str) -> Callable[[str], str]:
    """The URIs of the repository's paths; the file at `uri` keeps the URI that its editor uses."""
    asked = _file(uri)

    def uri_of(path: str) -> str:
        file = checked.root / path
        return uri if file == asked else file.as_uri()

    return uri_of


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
