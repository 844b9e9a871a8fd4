"""The few exceptions that cross rooms, each with what it means for a review."""

from __future__ import annotations

from typing import ClassVar


class SealcheckError(Exception):
    """Base of all; the message is one line for an operator, without any secret's value.

    `exit_status` is that of a command that ends with it: 1 for a failure, 2 for a wrong call or setting.
    """

    exit_status: ClassVar[int] = 1


def described(problem: BaseException) -> str:
    """Its type, and its message where that is ours or the system's: any other may quote the file that it is about."""
    text = str(problem).split("\n", 1)[0] if isinstance(problem, SealcheckError | OSError) else ""
    return ": ".join(filter(None, (type(problem).__name__, text)))


class SettingsError(SealcheckError):
    """Settings are missing or malformed, one line each: the program refuses to start."""

    exit_status = 2


class WrongCall(SealcheckError):
    """The arguments contradict each other or name something that does not exist."""

    exit_status = 2


class ForgeRefused(SealcheckError):
    """GitLab refuses the bot's token (401, or 403 for its scope): waits for an operator; nothing is lost."""

    exit_status = 2


class ForgeForbidden(SealcheckError):
    """GitLab does not let the bot do this in this project (403, 400), which says nothing of the others.

    The job fails: it is tried again with growing pauses, then parked and reported.
    """


class ForgeBusy(SealcheckError):
    """Not now (5xx on a read, a limit, a write without an answer): the job is pushed back, never slept through."""

    def __init__(self, message: str, retry_after_seconds: float = 60.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ForgeLimited(ForgeBusy):
    """GitLab limits the bot's requests (429): whatever this token asks now, it is reported the same."""


class ForgeUnknown(SealcheckError):
    """A write whose outcome is unknown (time-out, 5xx): list again and reconcile, never retry blindly.

    `over`: GitLab has ended the request itself (500), or never got it. Else it may still be at it.
    """

    def __init__(self, message: str, *, over: bool = False) -> None:
        super().__init__(message)
        self.over = over


class ForgeMissing(SealcheckError):
    """The merge request is gone, or the bot is no member of its project: there is nothing to review."""

    exit_status = 2


class HeadMoved(SealcheckError):
    """The merge request got a newer head during the review: this run ends, the newer one counts."""


class LeaseLost(SealcheckError):
    """This replica was cut off for so long that another may be at its job: it writes nothing more."""


class NotReady(SealcheckError):
    """GitLab has not prepared the diff yet: wait, bounded."""
