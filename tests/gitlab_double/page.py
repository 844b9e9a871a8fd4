"""A merge request's review as a static page in the look of GitLab, for the picture in the README."""

from __future__ import annotations

import html as escaping
from typing import TYPE_CHECKING

from tests.gitlab_double.conversation import place, visible
from tests.gitlab_double.suggestions import inapplicable_reason

if TYPE_CHECKING:
    from tests.gitlab_double.model import Discussion, MergeRequest, Note, Suggestion
    from tests.gitlab_double.world import World

_STYLE = """
:root { --line: #dcdcde; --soft: #737278; --ink: #28272d; --paper: #fff; --wash: #fbfafd; --link: #1068bf; }
* { box-sizing: border-box; }
body { margin: 0; padding: 24px; background: var(--paper); color: var(--ink);
  font: 14px/1.5 "GitLab Sans", Inter, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
main { max-width: 920px; margin: 0 auto; }
h1 { font-size: 20px; margin: 0 0 4px; }
h1 small { color: var(--soft); font-weight: 400; }
.meta { color: var(--soft); margin-bottom: 20px; }
.badge { display: inline-block; border-radius: 12px; padding: 0 8px; font-size: 12px; font-weight: 600; }
.open { background: #c3e6cd; color: #24663b; }
.done { background: #cbe2f9; color: #0b5cad; }
.thread { border: 1px solid var(--line); border-radius: 4px; margin: 0 0 20px; overflow: hidden; }
.thread > header { background: var(--wash); border-bottom: 1px solid var(--line); padding: 8px 12px; display: flex;
  justify-content: space-between; font-family: "Liberation Mono", monospace; font-size: 13px; }
.code { border-collapse: collapse; width: 100%; font: 12px/1.6 "GitLab Mono", "JetBrains Mono", "Liberation Mono", monospace; }
.code td { padding: 0 10px; white-space: pre-wrap; word-break: break-word; }
.code .no { width: 50px; color: #89888d; text-align: right; border-right: 1px solid var(--line); user-select: none; }
.new { background: #e9f3ec; } .new .no { background: #ddf1e2; }
.old { background: #fae9e8; } .old .no { background: #fdd4cd; }
.note { padding: 12px 16px; border-top: 1px solid var(--line); display: flex; gap: 12px; }
.face { flex: 0 0 32px; height: 32px; border-radius: 50%; background: #6b4fbb; color: #fff; text-align: center;
  line-height: 32px; font-weight: 700; }
.text { flex: 1; min-width: 0; } .text p { margin: 0 0 10px; }
.text table:not(.code) { margin: 0 0 12px; } .text th { text-align: left; }
.who { color: var(--soft); margin-bottom: 6px; } .who b { color: var(--ink); }
.text a { color: var(--link); text-decoration: none; }
.text code { font-family: "Liberation Mono", monospace; background: #ececef; border-radius: 4px; padding: 1px 4px; font-size: 12px; }
.text pre { background: var(--wash); border: 1px solid var(--line); border-radius: 4px; padding: 8px; overflow: auto; }
.text pre code { background: none; padding: 0; }
.suggestion { border: 1px solid var(--line); border-radius: 4px; margin: 0 0 10px; overflow: hidden; }
.suggestion header { display: flex; justify-content: space-between; align-items: center; padding: 6px 12px;
  background: var(--wash); border-bottom: 1px solid var(--line); font-weight: 600; }
.button { border: 1px solid #bfbfc3; border-radius: 4px; padding: 2px 10px; background: var(--paper); font-size: 12px; }
.system { padding: 8px 16px; color: var(--soft); border-top: 1px solid var(--line); }
"""


def html(world: World, merge_request: MergeRequest) -> str:
    """The whole page; it asks no other host for anything."""
    threads = "".join(_thread(each) for each in merge_request.discussions if not each.first.system)
    title, who = escaping.escape(merge_request.title), escaping.escape(merge_request.author.name)
    source, target = (
        escaping.escape(each) for each in (merge_request.source_branch, merge_request.target_branch)
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{title} <small>!{merge_request.iid}</small></h1>"
        f'<div class="meta"><span class="badge open">{merge_request.state.title()}</span> '
        f"{who} requested to merge <code>{source}</code> into <code>{target}</code></div>"
        f"{threads}</main></body></html>\n"
    )


def _thread(discussion: Discussion) -> str:
    badge = ""
    if discussion.resolvable:
        kind, word = ("done", "Resolved") if discussion.resolved else ("open", "Open thread")
        badge = f'<span class="badge {kind}">{word}</span>'
    head = f"<header><span>{escaping.escape(place(discussion))}</span>{badge}</header>"
    notes = "".join(_note(each) for each in discussion.notes)
    return f'<section class="thread">{head}{_code(discussion)}{notes}</section>'


def _code(discussion: Discussion) -> str:
    position = discussion.first.position
    if not position or not position["new_line"]:
        return ""
    blob = discussion.merge_request.project.repository.blob(position["head_sha"], position["new_path"]) or b""
    lines = blob.decode(errors="replace").split("\n")
    at = position["new_line"]
    return _table([(str(number), "new", lines[number - 1]) for number in range(max(1, at - 3), at + 1)])


def _table(rows: list[tuple[str, str, str]]) -> str:
    cells = "".join(
        f'<tr class="{kind}"><td class="no">{number}</td><td>{escaping.escape(text)}</td></tr>'
        for number, kind, text in rows
    )
    return f'<table class="code">{cells}</table>'


def _note(note: Note) -> str:
    name = escaping.escape(note.author.name)
    if note.system:
        return f'<div class="system">{name} {escaping.escape(note.body)}</div>'
    return (
        f'<div class="note"><div class="face">{name[:1]}</div><div class="text"><div class="who"><b>{name}</b> '
        f"@{escaping.escape(note.author.username)}</div>{_body(note)}</div></div>"
    )


def _body(note: Note) -> str:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    waiting = list(note.suggestions)
    tokens = reader.parse(visible(note.body))
    for token in tokens:
        if token.type == "fence" and token.info.startswith("suggestion") and waiting:
            token.type, token.content = "html_block", _suggestion(waiting.pop(0))
    return str(reader.renderer.render(tokens, reader.options, {}))


def _suggestion(suggestion: Suggestion) -> str:
    why = inapplicable_reason(suggestion)
    button = "Applied" if suggestion.applied else "Apply suggestion" if why is None else "Cannot be applied"
    old = suggestion.from_content.removesuffix("\n").split("\n")
    new = suggestion.to_content.removesuffix("\n").split("\n") if suggestion.to_content else []
    rows = [(str(suggestion.from_line + at), "old", line) for at, line in enumerate(old)]
    rows += [(str(suggestion.from_line + at), "new", line) for at, line in enumerate(new)]
    return (
        f'<div class="suggestion"><header><span>Suggested change</span><span class="button">{button}</span></header>'
        f"{_table(rows)}</div>"
    )
