"""Text as an attacker would put it into a branch name, a path, a job name, a YAML key; and what a comment really says.

Markdown is read by markdown-it-py (CommonMark and tables, with raw HTML allowed, as a browser would see it unsanitised),
commands by the port of GitLab's extractor.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.gitlab_double.quick_actions import extract

if TYPE_CHECKING:
    from markdown_it.token import Token

PIECES = (
    "/merge", "/close\n", "\n/approve\n", "\r/merge\r", "\n\n/label ~x\n", "@all", "@dev", "`", "``", "```", "\n```\n",
    "````", "~~~", ">>>", "\n>>>\n", "<!--", "-->", "<!-- sealcheck:finding v1 00 00 -->", "|", "\\|", "\\\\|", "\\",
    "\n", "\r\n", "\r", "\t", "https://evil.example", "www.evil.example", "[a](https://b.example)", "![x](y)", "<img src=x>",
    "<details>\n", "</details>", "&#64;all", "!1", "#2", "~bug", "$3", "%4", "&5", ":tada:", "*b*", "_i_", "**", "# h", "- l",
    "1. n", "    x", "===", "---", "\u202e", "\u200b", "\u2028", "\x00", "\x1b[31m", "\ud800", "\u3164", "\U000e0041", "é", "名",
    "a", " ", "deploy", "${X}", "$CI", "{{x}}", "{+ins+}", "[[_TOC_]]", "a@b.example", "```suggestion:-0+0\nrm\n```",
)  # fmt: skip
hostile = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=8).map("".join)


@cache
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable("table")


def tokens(body: str) -> list[Token]:
    """Every token of the body, inline ones too."""
    found = []
    for token in _reader().parse(body):
        found += [token, *(token.children or ())]
    return found


def said(body: str) -> str:
    """The running text, outside code and HTML, of a body."""
    return "\n".join(token.content for token in tokens(body) if token.type == "text")


def assert_harmless(body: str, *, html: tuple[str, ...] = ()) -> None:
    """No command, mention, link, image, reference, foreign HTML or invisible character.

    `html` are the pieces of HTML that the bot itself writes there.
    """
    assert extract(body)[1] == [], body
    assert not any(line.lower().startswith("/sealcheck") for line in body.split("\n"))
    for token in tokens(body):
        assert token.type not in {"link_open", "image", "heading_open", "hr", "blockquote_open"}, (
            token.type,
            body,
        )
        if token.type in {"html_inline", "html_block"}:
            rest = re.sub(r"<!-- sealcheck:[a-z]+ v1 [\w.=-]+ [0-9a-f]{32} -->", "", token.content)
            for own in html:
                rest = rest.replace(own, "")
            assert not rest.strip(), (token.content, body)
    text = said(body)
    assert not re.search(r"@\w|[!#$%&~^]\d|~\w|https?:|www\.|(?<![\w:]):\w+:|&#", text), text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b-\u200f\u2028\u2029\x00-\x08\ud800-\udfff]", body)
