"""From a request to the function that answers it: declared parameters, roles, pages."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.gitlab_double.errors import Refused, forbidden, invalid, not_found

if TYPE_CHECKING:
    from tests.gitlab_double import notes
    from tests.gitlab_double.hooks import Deliverer
    from tests.gitlab_double.model import Discussion, MergeRequest, Note, Project, User
    from tests.gitlab_double.world import World

PAGES = "page:int per_page:int pagination:str order_by:str sort:str id_after:int"
MAX_PER_PAGE = 100


@dataclass
class Answer:
    """A status, a body (bytes go out as they are, everything else as JSON), further headers."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    def encoded(self) -> bytes:
        if self.status == 204 or self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Call:
    """One authenticated request."""

    world: World
    deliverer: Deliverer
    user: User | None
    token_id: int
    path: str
    named: dict[str, str]
    params: dict[str, Any]

    def project(self, role: int = 0) -> Project:
        """The project in the path; 404 where the user may not see it, 403 where the role is too low."""
        project = self.world.find_project(self.named["project"])
        if project is None or not self.world.can_see(self.user, project):
            raise not_found("Project")
        if role and self.user is None:
            raise Refused(401, {"message": "401 Unauthorized"})
        if self.world.access(self.user, project) < role:
            raise forbidden()
        return project

    def signed_in(self) -> User:
        if self.user is None:
            raise Refused(401, {"message": "401 Unauthorized"})
        return self.user

    def merge_request(self) -> MergeRequest:
        project = self.project()
        iid = self.named["iid"]
        if not iid.isdigit():
            raise invalid("merge_request_iid")
        if int(iid) not in project.merge_requests:
            raise not_found()
        return project.merge_requests[int(iid)]

    def writable(self) -> MergeRequest:
        """The merge request, where the user may comment: members from Reporter up, anybody on a public project."""
        user, merge_request = self.signed_in(), self.merge_request()
        if (
            self.world.access(user, merge_request.project) < 10
            and merge_request.project.visibility != "public"
        ):
            raise forbidden()
        if merge_request.project.archived:
            raise forbidden()
        return merge_request

    def discussion(self) -> Discussion:
        found = self.merge_request().discussion(self.named["discussion"])
        if found is None:
            raise not_found("Discussion")
        return found

    def note(self, within: Sequence[Note]) -> Note:
        found = next((each for each in within if str(each.id) == self.named["note"]), None)
        if found is None or not self.may_read(found):
            raise not_found("Note")
        return found

    def may_read(self, found: Note) -> bool:
        """An internal note is for members from Reporter up, and for its author (doc/user/discussions, 2026-11)."""
        project = found.discussion.merge_request.project
        return not found.internal or found.author is self.user or self.world.access(self.user, project) >= 20

    def editable(self, found: Note) -> Note:
        """The note, where the user wrote it or is a Maintainer."""
        project = found.discussion.merge_request.project
        if found.author is not self.signed_in() and self.world.access(self.user, project) < 40:
            raise forbidden()
        return found

    def pages(self, items: Sequence[Any], show: Callable[[Any], Any], default_per_page: int = 20) -> Answer:
        """One page of a list, with GitLab's headers."""
        per_page = min(max(self.params.get("per_page", default_per_page), 1), MAX_PER_PAGE)
        page = max(self.params.get("page", 1), 1)
        last = max(1, -(-len(items) // per_page))
        headers = {
            "X-Page": str(page),
            "X-Per-Page": str(per_page),
            "X-Total": str(len(items)),
            "X-Total-Pages": str(last),
            "X-Next-Page": str(page + 1) if page < last else "",
            "X-Prev-Page": str(page - 1) if page > 1 else "",
        }
        links = {"first": 1, "last": last} | ({"next": page + 1} if page < last else {})
        fixed = {key: value for key, value in self.params.items() if key != "page"}
        headers["Link"] = ", ".join(
            f'<{self.world.url}{self.path}?{_query({**fixed, "page": number, "per_page": per_page})}>; rel="{name}"'
            for name, number in links.items()
        )
        shown = [show(each) for each in items[(page - 1) * per_page : page * per_page]]
        return Answer(shown, headers=headers)


def _query(params: dict[str, Any]) -> str:
    flat = {key: str(value).lower() if isinstance(value, bool) else value for key, value in params.items()}
    return urllib.parse.urlencode(flat, doseq=True)


Handler = Callable[[Call], Any]


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    pattern: re.Pattern[str]
    params: dict[str, tuple[str, bool]]
    handler: Handler
    anonymous: bool

    def read(self, given: dict[str, Any]) -> dict[str, Any]:
        """The parameters in their types; refuses what is not declared, not there, or of another type."""
        found = {}
        for name, value in given.items():
            if name not in self.params:
                raise invalid(name, "is unknown to the stand-in: declare it there if GitLab takes it")
            found[name] = _typed(name, value, self.params[name][0])
        for name, (_, required) in self.params.items():
            if required and name not in found:
                raise invalid(name, "is missing")
        return found


ROUTES: list[Route] = []


def route(line: str, params: str = "", *, anonymous: bool = False) -> Callable[[Handler], Handler]:
    """Declares a route: "METHOD /path/:name", and "name:type" parameters ("!" after the type: required)."""
    method, template = line.split(" ")
    pattern = re.compile(
        "".join(
            f"(?P<{part[1:]}>[^/]+)" if part.startswith(":") else re.escape(part)
            for part in re.split(r"(:\w+)", template)
        )
    )
    declared = {}
    for each in params.split():
        name, kind = each.split(":")
        declared[name] = (kind.rstrip("!"), kind.endswith("!"))

    def declare(handler: Handler) -> Handler:
        ROUTES.append(Route(method, template, pattern, declared, handler, anonymous))
        return handler

    return declare


def find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route of a path below /api/v4; 405 where only another method is served, else 404."""
    others = False
    for each in ROUTES:
        match = each.pattern.fullmatch(path)
        if match is None:
            continue
        if each.method == method:
            return each, {key: urllib.parse.unquote(value) for key, value in match.groupdict().items()}
        others = True
    if others:
        raise Refused(405, {"error": "405 Not Allowed"})
    raise Refused(404, {"error": "404 Not Found"})


def _typed(name: str, value: Any, kind: str) -> Any:
    if kind == "int" and not isinstance(value, bool) and re.fullmatch(r"-?\d+", str(value)):
        return int(value)
    if kind == "bool" and (isinstance(value, bool) or str(value).lower() in {"true", "false", "1", "0"}):
        return str(value).lower() in {"true", "1"}
    if kind == "str" and isinstance(value, (str, int)) and not isinstance(value, bool):
        return str(value)
    if kind == "list":
        return value if isinstance(value, list) else str(value).split(",")
    if kind == "dict" and isinstance(value, dict):
        return value
    if value is None and kind in {"dict", "str", "int"}:
        return None
    raise invalid(name)


def commands_only(only: notes.CommandsOnly) -> dict[str, Any]:
    return {
        "commands_changes": dict(only.commands),
        "summary": [f"Applied {command}" for command, _ in only.commands],
    }
