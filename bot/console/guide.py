"""The pages of the rules, open to everyone who can reach the service: comments link to them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, abort, render_template, request
from markupsafe import Markup

if TYPE_CHECKING:
    from flask import Response

    from bot.rule import AnyRule

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
"""No script at all, no foreign host, no frame (Content Security Policy Level 3, checked 2026-11)."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def blueprint() -> Blueprint:
    """The routes below /rules. They show what is in the program and nothing else."""
    routes = Blueprint(
        "guide", __name__, url_prefix="/rules", template_folder="templates", static_folder="static"
    )
    routes.app_template_filter("markdown")(markdown)
    routes.after_request(sealed)
    routes.add_url_rule(
        "/", "rules", lambda: render_template("guide/rules.html", rules=rules().values(), version=version())
    )

    @routes.get("/<rule_id>")
    def rule(rule_id: str) -> str:
        found = rules().get(rule_id) or abort(404)
        return render_template("guide/rule.html", rule=found, version=version())

    return routes


def sealed(response: Response) -> Response:
    """The answer with headers that let a browser do nothing but show it."""
    response.headers.update(HEADERS)
    is_static = (request.endpoint or "").endswith(".static")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_static else "no-store"
    return response


@cache
def version() -> str:
    """What changes when a static file does, so that each may be kept for ever."""
    files = sorted((HERE / "static").iterdir())
    return hashlib.sha256(b"".join(each.read_bytes() for each in files)).hexdigest()[:10]


@cache
def rules() -> dict[str, AnyRule]:
    """Every rule by its id, in the order of the catalogue."""
    from bot.rules import ALL_RULES  # noqa: PLC0415 - a web process without a request for a page needs no rule

    return {rule.id: rule for rule in ALL_RULES}


@cache
def markdown(text: str) -> Markup:
    """A rule's own text as HTML. Raw HTML in it is shown as text."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - as above

    return Markup(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))  # noqa: S704 - our own docstrings
