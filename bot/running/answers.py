"""What a running server answers, and how it is reached. Loads no client: a wrong call needs none."""

from __future__ import annotations

from typing import Final

from bot.errors import SealcheckError
from bot.lazy import dataclass

AT_ONCE: Final = 8
"""requests at the same time"""


class ServerUnusable(SealcheckError):
    """The server could not be checked at all: not reached, sealed, or it refuses the token or the login."""

    exit_status = 2


@dataclass(frozen=True, slots=True)
class AnswerRefused:
    """Why one path could not be read.

    `denied`: the token may not; `unknown`: the server has no such path; `is_down`: it answers nothing now.
    """

    reason: str
    denied: bool = False
    unknown: bool = False
    is_down: bool = False


@dataclass(frozen=True, slots=True)
class ServerAccess:
    """How to reach a server. `certificates` is a file of CAs, None for the system's."""

    address: str
    namespace: str = ""
    certificates: str | None = None
    client_certificate: tuple[str, str] | None = None
