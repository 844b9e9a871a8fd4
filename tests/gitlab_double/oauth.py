"""Signing in through GitLab: /oauth/authorize, /oauth/token, /oauth/revoke and the two GraphQL questions.

docs.gitlab.com/api/oauth2 (authorization code with PKCE), api/graphql; errors as Doorkeeper words them; 2026-11.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import urllib.parse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.gitlab_double.errors import Refused
from tests.gitlab_double.routing import Answer

if TYPE_CHECKING:
    from tests.gitlab_double.model import Project, Token, User
    from tests.gitlab_double.world import World

PATHS = {"/oauth/authorize": "GET", "/oauth/token": "POST", "/oauth/revoke": "POST", "/api/graphql": "POST"}
REPORTER = 20
AUTHORIZE = {
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
}
TOKEN = {"grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret"}
REVOKE = {"token", "token_type_hint", "client_id", "client_secret"}
QUESTION = """
query($ids: [ID!]) {
  currentUser { username }
  projects(ids: $ids, first: 100) { nodes { id userPermissions { readMergeRequest downloadCode } } }
}
"""
OWN_QUESTION = """
query($after: String) {
  projects(membership: true, first: 100, after: $after) {
    nodes { id fullPath archived userPermissions { readMergeRequest downloadCode } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
GID = "gid://gitlab/Project/"
MOST_NODES = 100


@dataclass(frozen=True)
class Application:
    client_id: str
    secret: str
    redirect_uri: str
    scopes: frozenset[str]


@dataclass
class Grant:
    application: Application
    user: User
    challenge: str
    scopes: tuple[str, ...]
    used: bool = False


@dataclass
class OAuth:
    """`browser` is who is signed in to GitLab in the browser available; `denies`: that person says no."""

    world: World
    browser: User | None = None
    denies: bool = False
    applications: dict[str, Application] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    given: list[Token] = field(default_factory=list)
    """every token that was given out, in order"""

    def register(self, redirect_uri: str, *scopes: str) -> Application:
        made = Application(
            self.world.hash_id("client"), self.world.hash_id("secret"), redirect_uri, frozenset(scopes)
        )
        self.applications[made.client_id] = made
        return made

    def answer(
        self, path: str, query: dict[str, str], headers: Any, body: bytes, token: Token | None
    ) -> Answer:
        with self.world.lock:
            if path == "/oauth/authorize":
                return self._authorize(query)
            if path == "/api/graphql":
                return self._graphql(token, headers, body)
            form = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
            return self._token(form, headers) if path == "/oauth/token" else self._revoke(form, headers)

    def _authorize(self, asked: dict[str, str]) -> Answer:
        _known(asked, AUTHORIZE)
        application = self.applications.get(asked.get("client_id", ""))
        if application is None or asked.get("redirect_uri") != application.redirect_uri:
            raise Refused(
                401, {"error": "invalid_client"}
            )  # GitLab shows a page; it never sends the browser on
        wanted = asked.get("scope", "").split()
        if asked.get("response_type") != "code" or not wanted or not application.scopes.issuperset(wanted):
            return _back(application, {"error": "invalid_scope", "state": asked.get("state", "")})
        pkce = re.fullmatch(r"[\w-]{43}", asked.get("code_challenge", ""))
        if not pkce or asked.get("code_challenge_method") != "S256" or not asked.get("state"):
            return _back(application, {"error": "invalid_request", "state": asked.get("state", "")})
        if self.browser is None:
            return Answer(b"", 302, {"Location": f"{self.world.url}/users/sign_in"})
        if self.denies:
            return _back(application, {"error": "access_denied", "state": asked["state"]})
        code = self.world.hash_id("code")
        self.grants[code] = Grant(application, self.browser, asked["code_challenge"], tuple(wanted))
        return _back(application, {"code": code, "state": asked["state"]})

    def _token(self, form: dict[str, str], headers: Any) -> Answer:
        _known(form, TOKEN)
        application = self._client(form, headers)
        grant = self.grants.get(form.get("code", ""))
        verifier = form.get("code_verifier", "").encode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).decode().rstrip("=")
        fits = (
            form.get("grant_type") == "authorization_code"
            and grant is not None
            and not grant.used
            and grant.application is application
            and form.get("redirect_uri") == application.redirect_uri
            and challenge == grant.challenge
        )
        if grant is None or not fits:
            raise Refused(
                400,
                {
                    "error": "invalid_grant",
                    "error_description": "The provided authorization grant is invalid.",
                },
            )
        grant.used = True
        token = self.world.add_token(self.world.hash_id("access"), grant.user, grant.scopes)
        self.given.append(token)
        shown = {
            "access_token": token.value,
            "token_type": "Bearer",
            "expires_in": 7200,
            "scope": " ".join(grant.scopes),
        }
        return Answer({**shown, "refresh_token": self.world.hash_id("refresh"), "created_at": 1_790_000_000})

    def _revoke(self, form: dict[str, str], headers: Any) -> Answer:
        _known(form, REVOKE)
        self._client(form, headers)
        token = self.world.tokens.get(form.get("token", ""))
        if token is not None:
            token.revoked = True
        return Answer({})

    def _client(self, form: dict[str, str], headers: Any) -> Application:
        """The application that asks, by HTTP basic or by the form's own fields."""
        given = headers.get("Authorization") or ""
        pair = (form.get("client_id", ""), form.get("client_secret", ""))
        if given.startswith("Basic "):
            name, _, secret = base64.b64decode(given.removeprefix("Basic ")).decode().partition(":")
            pair = (urllib.parse.unquote(name), urllib.parse.unquote(secret))
        application = self.applications.get(pair[0])
        if application is None or application.secret != pair[1]:
            raise Refused(
                401, {"error": "invalid_client", "error_description": "Client authentication failed."}
            )
        return application

    def _graphql(self, token: Token | None, headers: Any, body: bytes) -> Answer:
        if token is not None and not {"api", "read_api"} & set(token.scopes):
            raise Refused(403, {"error": "insufficient_scope"})
        if (headers.get("Content-Type") or "").split(";")[0] != "application/json":
            raise Refused(400, {"errors": [{"message": "Unexpected end of document"}]})
        asked = json.loads(body)
        user = token.user if token else None
        if set(asked) == {"query", "variables"} and asked["query"].split() == OWN_QUESTION.split():
            return self._own(user, asked["variables"]["after"])
        if asked.get("query", "").split() != QUESTION.split() or set(asked) != {"query", "variables"}:
            raise Refused(400, {"error": "graphql: this question is unknown to the stand-in"})
        ids = [int(each.removeprefix(GID)) for each in asked["variables"]["ids"]]
        seen = [
            self.world.projects[each]
            for each in ids[:MOST_NODES]
            if each in self.world.projects and self.world.can_see(user, self.world.projects[each])
        ]
        nodes = [{"id": f"{GID}{each.id}", "userPermissions": self._permissions(user, each)} for each in seen]
        shown = {"username": user.username} if user else None
        return Answer({"data": {"currentUser": shown, "projects": {"nodes": nodes}}})

    def _own(self, user: User | None, after: str | None) -> Answer:
        """The user's own projects, a page at a time; the cursor is an opaque text, as GitLab's."""
        mine = user.id if user else 0
        own = [each for _, each in sorted(self.world.projects.items()) if mine in each.members]
        start = int(base64.b64decode(after)) if after else 0
        page = own[start : start + MOST_NODES]
        nodes = [
            {
                "id": f"{GID}{each.id}",
                "fullPath": each.path,
                "archived": each.archived,
                "userPermissions": self._permissions(user, each),
            }
            for each in page
        ]
        end = start + len(page)
        info = {"hasNextPage": end < len(own), "endCursor": base64.b64encode(str(end).encode()).decode()}
        return Answer({"data": {"projects": {"nodes": nodes, "pageInfo": info}}})

    def _permissions(self, user: User | None, project: Project) -> dict[str, bool]:
        """Guests of a private project read neither its code nor its merge requests (doc/user/permissions.md)."""
        may = project.visibility == "public" or self.world.access(user, project) >= REPORTER
        return {"readMergeRequest": may, "downloadCode": may}


def _known(given: dict[str, str], names: set[str]) -> None:
    for name in given:
        if name not in names:
            raise Refused(
                400, {"error": f"{name} is unknown to the stand-in: declare it there if GitLab takes it"}
            )


def _back(application: Application, params: dict[str, str]) -> Answer:
    return Answer(b"", 302, {"Location": f"{application.redirect_uri}?{urllib.parse.urlencode(params)}"})
