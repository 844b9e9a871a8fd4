"""Signing in through GitLab: who it is, and which of the recorded projects GitLab lets this person see.

OAuth's authorization code flow with state and PKCE (docs.gitlab.com/api/oauth2, checked 2026-11). The person's token
is used at once, for one question, and revoked: it is kept nowhere. GitLab's answer counts for `SEAT_SECONDS`;
then the browser goes over GitLab and back by itself, and a person who lost a project there has lost it here.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import secrets
import time
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, session, url_for

from bot.errors import SealcheckError
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flask import Blueprint, Flask
    from flask.typing import ResponseReturnValue

    from bot.console.records import Records
    from bot.console.view import View

log = logging.getLogger(__name__)
SCOPE = "read_api"
SEAT_SECONDS = 600
MOST_PENDING = 4
"""Sign-ins begun in one browser, in several tabs, that may still come back."""
PER_QUESTION = 100
"""GitLab's GraphQL shows at most 100 nodes of a list (docs.gitlab.com/api/graphql, checked 2026-11)."""
QUESTION = """\
query($ids: [ID!]) {
  currentUser { username }
  projects(ids: $ids, first: 100) { nodes { id userPermissions { readMergeRequest downloadCode } } }
}"""
"""A finding describes a merge request and code: a person who may not read both in GitLab does not see it here.

Both are fields of ProjectPermissions (app/graphql/types/permission_types/project.rb, checked 2026-11).
"""
OWN_QUESTION = """\
query($after: String) {
  projects(membership: true, first: 100, after: $after) {
    nodes { id fullPath archived userPermissions { readMergeRequest downloadCode } }
    pageInfo { hasNextPage endCursor }
  }
}"""
"""The person's own projects: those of them that no review has ever reached are listed as not watched."""
MOST_OWN_PAGES = 10
GID = "gid://gitlab/Project/"


class SignInFailed(SealcheckError):
    """GitLab did not sign this person in, or does not answer."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """The OAuth application at the one GitLab, and the seats of those who came through it."""

    gitlab_url: str
    client_id: str
    client_secret: str
    public_url: str
    records: Records
    timeout_seconds: float = 30.0
    now: Callable[[], float] = time.time

    @property
    def _back(self) -> str:
        return f"{self.public_url}/console/callback"

    def configure(self, flask: Flask, session_secret: str) -> None:
        """The cookie: signed, for this host alone, out of reach of scripts and of other sites' requests."""
        secure = self.public_url.startswith("https://")
        flask.secret_key = session_secret
        flask.config.update(
            SESSION_COOKIE_NAME="__Host-sealcheck" if secure else "sealcheck",
            SESSION_COOKIE_SECURE=secure,
            SESSION_COOKIE_HTTPONLY=True,
            SESSION_COOKIE_SAMESITE="Lax",
            SESSION_COOKIE_PATH="/",
        )

    def add_routes(self, routes: Blueprint) -> None:
        """/sign-in, /callback, /sign-out and /signed-out."""
        routes.add_url_rule("/sign-in", "sign_in", lambda: self.first(url_for("console.overview")))
        routes.add_url_rule("/callback", "callback", self._callback)
        routes.add_url_rule("/sign-out", "sign_out", self._sign_out, methods=["POST"])
        routes.add_url_rule(
            "/signed-out", "signed_out", lambda: _notice("Signed out", "This browser sees nothing more.")
        )

    def first(self, wanted: str) -> ResponseReturnValue:
        """Over GitLab, then to the page that was wanted."""
        verifier = secrets.token_urlsafe(48)
        with self._client() as client:
            url, state = client.create_authorization_url(
                f"{self.gitlab_url}/oauth/authorize", code_verifier=verifier
            )
        begun = [*session.get("begun", []), [state, verifier, wanted.rstrip("?")]]
        session["begun"] = begun[-MOST_PENDING:]
        return redirect(url)

    def _callback(self) -> ResponseReturnValue:
        given = request.args.get("state", "")
        begun: list[list[str]] = session.get("begun", [])
        mine = next((each for each in begun if hmac.compare_digest(each[0].encode(), given.encode())), None)
        if mine is None:
            return _notice("Sign-in did not work", "This answer belongs to no sign-in of this browser."), 400
        _, verifier, wanted = mine
        session["begun"] = [each for each in begun if each is not mine]
        code = request.args.get("code", "")
        if not code:
            return _notice("Sign-in did not work", "GitLab did not sign you in."), 403
        try:
            person, projects, own = self._ask(code, verifier)
        except SignInFailed as problem:
            log.warning("sign-in failed: %s", problem)
            return _notice("Sign-in did not work", "GitLab does not answer as it should; try again."), 502
        old, new = session.get("seat"), secrets.token_urlsafe(32)
        if old:
            self.records.leave(hashed(old))
        self.records.sit(hashed(new), person, projects, int(self.now()) + SEAT_SECONDS, own)
        session["seat"] = new
        log.info("signed in", extra={"fields": {"person": person, "projects": len(projects)}})
        return redirect(wanted)

    def _sign_out(self) -> ResponseReturnValue:
        seat = session.get("seat")
        if seat:
            self.records.leave(hashed(seat))
        session.clear()
        return redirect(url_for("console.signed_out"), 303)

    def _client(self) -> Any:
        from authlib.integrations.requests_client import OAuth2Session  # noqa: PLC0415 - needs the extra `console`

        return OAuth2Session(
            self.client_id,
            self.client_secret,
            scope=SCOPE,
            redirect_uri=self._back,
            code_challenge_method="S256",
            default_timeout=self.timeout_seconds,
        )

    def _ask(self, code: str, verifier: str) -> tuple[str, list[int], list[tuple[str, bool]]]:
        """Return the user name, the recorded projects that this person may see, and the person's own (path, recorded).

        Raises SignInFailed.
        """
        import requests  # noqa: PLC0415 - only a sign-in needs it
        from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415 - needs the extra `console`

        recorded, known = self.records.projects(), self.records.known()
        try:
            with self._client() as client:
                token = client.fetch_token(
                    f"{self.gitlab_url}/oauth/token", code=code, code_verifier=verifier, allow_redirects=False
                )
                try:
                    return (*self._questions(client, known), self._own(client, set(recorded)))
                finally:
                    client.revoke_token(
                        f"{self.gitlab_url}/oauth/revoke", token=token["access_token"], allow_redirects=False
                    ).raise_for_status()
        except (AuthlibBaseError, requests.RequestException, ValueError, KeyError, TypeError) as problem:
            raise SignInFailed(type(problem).__name__) from problem

    def _questions(self, client: Any, known: Sequence[int]) -> tuple[str, list[int]]:
        person, visible = "", list[int]()
        for start in range(0, max(1, len(known)), PER_QUESTION):
            ids = [f"{GID}{each}" for each in known[start : start + PER_QUESTION]]
            content = self._graphql(client, QUESTION, {"ids": ids})
            person = str(content["currentUser"]["username"])
            nodes = content["projects"]["nodes"] if ids else ()
            visible += [int(node["id"].removeprefix(GID)) for node in nodes if _readable(node)]
        return person, sorted(set(visible) & set(known))

    def _own(self, client: Any, recorded: set[int]) -> list[tuple[str, bool]]:
        """The paths of the person's own projects that are not archived, and whether each has a record."""
        own, after = list[tuple[str, bool]](), None
        for _ in range(MOST_OWN_PAGES):
            projects = self._graphql(client, OWN_QUESTION, {"after": after})["projects"]
            own += [
                (str(node["fullPath"]), int(node["id"].removeprefix(GID)) in recorded)
                for node in projects["nodes"]
                if _readable(node) and not node["archived"]
            ]
            if not projects["pageInfo"]["hasNextPage"]:
                break
            after = projects["pageInfo"]["endCursor"]
        return own

    def _graphql(self, client: Any, question: str, variables: dict[str, Any]) -> dict[str, Any]:
        answer = client.post(
            f"{self.gitlab_url}/api/graphql",
            json={"query": question, "variables": variables},
            allow_redirects=False,
        )
        answer.raise_for_status()
        content: dict[str, Any] = answer.json()["data"]
        return content


def _readable(node: dict[str, Any]) -> bool:
    """Whether the person may read the project's merge requests and its code."""
    return all(node["userPermissions"][each] is True for each in ("readMergeRequest", "downloadCode"))


@contextlib.contextmanager
def seated(sign_in: SignIn) -> Iterator[View | None]:
    """What the person of this request may see, of the group in its address; None without a session."""
    seat = session.get("seat")
    if not isinstance(seat, str):
        yield None
        return
    group = request.args.get("group", "")
    with sign_in.records.view(hashed(seat), int(sign_in.now()), group) as view:
        yield view


def hashed(seat: str) -> str:
    """What the database keeps of a cookie's seat: who reads the database cannot sit down with it."""
    return hashlib.sha256(seat.encode()).hexdigest()


def _notice(heading: str, text: str) -> str:
    return render_template("console/notice.html", heading=heading, text=text, sign_in=True, view=None)
