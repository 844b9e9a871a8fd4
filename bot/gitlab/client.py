"""Requests to one GitLab, and what each refusal means for a review. No wait is without an end."""

from __future__ import annotations

import re
import time
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

import gitlab
import gitlab.v4.objects  # else at the first client: in each job's process anew, for most of its time
import requests

from bot import __version__
from bot.errors import ForgeBusy, ForgeLimited, ForgeRefused, ForgeUnknown, SealcheckError
from bot.gitlab.deadline import LENIENCE, DeadlineAdapter
from bot.gitlab.network import is_unsent, network_cause
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PER_PAGE = 100
READ_PAUSES_SECONDS = (0.3, 1.0)
"""Pauses before a failed read is tried again; after the last the job goes back to the queue."""
BUSY_SECONDS = 60.0
UNAUTHORIZED, FORBIDDEN, CONFLICT, TOO_MANY, SERVER_ERROR = 401, 403, 409, 429, 500
UNUSABLE_USER = regex(
    r"account (?:has been|is) (?:blocked|deactivated|pending)|must accept the terms"
    r"|email address is not confirmed|password (?:has )?expired|cannot be performed by internal users",
    re.IGNORECASE,
)
"""What GitLab answers, with 403, to every request of a user in such a state.

gitlabhq `lib/gitlab/auth/user_access_denied_reason.rb`, read 2026-11.
"""


class ClientError(SealcheckError):
    """A 4xx that the caller may know how to take: `status` and GitLab's message, without any body of ours."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"GitLab answered {status}: {message}")
        self.status = status
        self.message = message


class Client:
    """One GitLab and one token. `requests` counts what was asked, by verb.

    `count` hears of each request and its status, `allow` what GitLab's rate limit is and what is left of it.
    `before_write` may raise: then nothing is sent.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout_seconds: float,
        count: Callable[[str, int], None] | None = None,
        allow: Callable[[int, int], None] | None = None,
        before_write: Callable[[], None] | None = None,
        pauses_seconds: tuple[float, ...] = READ_PAUSES_SECONDS,
    ) -> None:
        session = requests.Session()
        session.hooks["response"].append(self._seen)
        self._began = 0.0
        self._longest_seconds = timeout_seconds * LENIENCE
        for scheme in ("http://", "https://"):
            session.mount(scheme, DeadlineAdapter(timeout_seconds))
        self.address = url
        """the GitLab that is spoken to, for messages"""
        self._origin = urlsplit(url)[:2]
        self._retry_after: float | None = None
        self._gitlab = gitlab.Gitlab(
            url,
            session=session,
            private_token=token,
            timeout=timeout_seconds,
            retry_transient_errors=False,
            keep_base_url=True,
            user_agent=f"sealcheck/{__version__}",
        )
        self._pauses_seconds = pauses_seconds
        self._count = count
        self._allow = allow
        self._before_write = before_write
        self.credential = "GITLAB_TOKEN"
        """the setting that the token is from, for messages"""
        self.requests: Counter[str] = Counter()
        self.left = 1.0
        """the share of GitLab's rate limit that was left at the last answer"""

    def read(self, path: str, /, **query: Any) -> Any:
        """The JSON that GET `path` answers. Raises ClientError, ForgeBusy, ForgeRefused."""
        return _json(self.response(path, **query))

    def content(self, path: str, max_bytes: int, /, **query: Any) -> bytes | None:
        """The bytes that GET `path` answers, None for more than `max_bytes`. Raises as `read` does."""
        try:
            with self.response(path, streamed=True, **query) as answer:
                content = bytearray()
                for chunk in answer.iter_content(1 << 16):
                    content += chunk
                    if len(content) > max_bytes:
                        return None
        except requests.RequestException as error:  # the connection ended in the middle of the file
            raise ForgeBusy(f"reading failed: {type(error).__name__}", BUSY_SECONDS) from error
        # An answer without a length that is cut off at the deadline looks as if it had ended.
        if time.monotonic() - self._began > self._longest_seconds:
            raise ForgeBusy("reading failed: the file takes too long", BUSY_SECONDS)
        return bytes(content)

    def pages(self, path: str, /, **query: Any) -> Iterator[Any]:
        """Every item of a paginated list, in GitLab's order."""
        page = "1"
        while page:
            answer = self.response(path, **{**query, "per_page": PER_PAGE, "page": page})
            yield from _json(answer)
            page = answer.headers.get("X-Next-Page", "")

    def response(self, path: str, /, *, streamed: bool = False, **query: Any) -> requests.Response:
        """The answer to GET `path`, tried again a little where the failure is likely to pass."""
        for pause in (*self._pauses_seconds, None):
            try:
                return self._send("get", path, query_data=query, streamed=streamed)
            except ForgeUnknown as failure:
                if pause is None:
                    raise ForgeBusy(f"reading failed: {failure}", BUSY_SECONDS) from failure
                time.sleep(pause)
        raise AssertionError("unreachable")  # pragma: no cover

    def write(self, verb: str, path: str, /, **body: Any) -> Any:
        """The JSON that a POST, PUT or DELETE answers, None for an empty one; sent once, whatever comes back.

        Raises:
            ClientError: GitLab did not do it, and says why.
            ForgeUnknown: nobody knows whether it was done.
        """
        if self._before_write:
            self._before_write()
        answer = self._unlocked(verb, path, body)
        try:
            return answer.json() if answer.content else None
        except requests.JSONDecodeError as error:  # a proxy's page: did GitLab ever see it?
            raise ForgeUnknown(f"{verb.upper()}: the answer is no JSON") from error

    def _unlocked(self, verb: str, path: str, body: dict[str, Any]) -> requests.Response:
        """Send a write, again where GitLab did nothing because another request held the lock. Raises as `write`."""
        for pause in (*self._pauses_seconds, None):
            try:
                return self._send(verb, path, post_data=body or None)
            except ClientError as refusal:
                if refusal.status != CONFLICT or "resource lock" not in refusal.message.lower():
                    raise
                if pause is None:
                    raise ForgeBusy(f"writing failed: {refusal}", BUSY_SECONDS) from refusal
                time.sleep(pause)
        raise AssertionError("unreachable")  # pragma: no cover

    def _send(self, verb: str, path: str, **arguments: Any) -> requests.Response:
        self.requests[verb] += 1
        self._began = time.monotonic()
        try:
            answer = self._gitlab.http_request(
                verb, path, obey_rate_limit=False, retry_transient_errors=False, max_retries=0, **arguments
            )
        except gitlab.GitlabHttpError as error:
            self._note(verb, error.response_code or 0)
            raise self._meaning(error) from error
        except gitlab.GitlabAuthenticationError as error:
            self._note(verb, UNAUTHORIZED)
            raise ForgeRefused(
                f"401: GitLab refuses {self.credential} (expired, revoked or lacking the scope `api`)"
            ) from error
        except (requests.RequestException, gitlab.GitlabError) as error:
            self._note(verb, 0)
            why = f"{verb.upper()} {self.address}: {network_cause(error)}"
            raise ForgeUnknown(why, over=is_unsent(error)) from error
        self._note(verb, answer.status_code)
        return answer

    def _seen(self, answer: requests.Response, **_: Any) -> None:
        """Keeps what python-gitlab's exceptions drop; stops a redirect that would carry the token elsewhere."""
        seconds = answer.headers.get("Retry-After", "")
        self._retry_after = float(seconds) if seconds.isdecimal() else None
        limit, left = (answer.headers.get(f"RateLimit-{each}", "") for each in ("Limit", "Remaining"))
        if limit.isdecimal() and left.isdecimal():
            self.left = int(left) / max(1, int(limit))
            if self._allow:
                self._allow(int(limit), int(left))
        target = urlsplit(urljoin(answer.url, answer.headers.get("Location", "")))[:2]
        if answer.is_redirect and target != self._origin:
            raise requests.exceptions.InvalidURL("GitLab redirects to another host")

    def _note(self, verb: str, status: int) -> None:
        if self._count:
            self._count(verb, status)

    def _meaning(self, error: gitlab.GitlabHttpError) -> SealcheckError:
        status = error.response_code or 0
        if status == TOO_MANY:
            return ForgeLimited("429: GitLab asks for a pause", self._retry_after or BUSY_SECONDS)
        if status >= SERVER_ERROR or status == 0:
            return ForgeUnknown(f"GitLab answered {status}", over=status == SERVER_ERROR)
        message = str(error.error_message)[:300]
        if status == FORBIDDEN and UNUSABLE_USER.search(message):
            return ForgeRefused(f"403: GitLab refuses the user of {self.credential}: {message}")
        return ClientError(status, message)


def _json(answer: requests.Response) -> Any:
    """What was answered; a page of a proxy in front of GitLab is none of GitLab's words."""
    try:
        return answer.json()
    except requests.JSONDecodeError as error:
        raise ForgeBusy("reading failed: the answer is no JSON", BUSY_SECONDS) from error


def quoted(value: str | int) -> str:
    """One segment of a path: a project's path or a file's, as the API wants it."""
    return quote(str(value), safe="")
