"""Parts of the messages of rules about leaks: the way of a secret, and what masking makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.findings import Confidence, Hit, Related
from bot.leaks.model import Origin, Sink
from bot.leaks.visibility import Shown, masking, shown

if TYPE_CHECKING:
    from typing import Any

    from bot.leaks.model import Leak
    from bot.pipeline.model import Job

_BESIDE_THE_LOG: Final = {
    Sink.UPLOAD: "GitLab masks values in the job log only, not in files.",
    Sink.IMAGE: "GitLab masks values in the job log only, not in images.",
    Sink.FOREIGN_HOST: "GitLab masks values in the job log only, not in requests.",
    Sink.ARGUMENT: "GitLab masks values in the job log only, not in the list of processes.",
}


def leak_hit(job: Job, leak: Leak, **more: Any) -> Hit:
    """Return the hit of a rule about leaks: its place, its identity and the secret's way are those of the leak.

    `more` are the other fields of `Hit`: the message, the attack, the fix, the severity.
    """
    return Hit(
        span=leak.span,
        subject=job.subject,
        construct=named_line(leak),
        text=leak.code,
        confidence=confidence_of(leak),
        way=places_of(leak),
        **more,
    )


def called(leak: Leak) -> str:
    """The program in a sentence; where a variable names it (`"$CLI" login`), that is not known."""
    return f"`{leak.command}`" if leak.command else "a program"


def way_of(leak: Leak) -> str:
    """The way of the value in at most three steps: "`DB_PASS` -> `URL` (line 12) -> echo (line 14)"."""
    if leak.source is None:
        return ""
    steps = [f"`{leak.source.name}`"]
    steps += [f"`{step.text}` (line {step.span.start_line})" for step in leak.steps[-1:]]
    return " -> ".join([*steps, f"{leak.command or 'output'} (line {leak.span.start_line})"])


def went(leak: Leak) -> str:
    """The way as an addition to a sentence, "" where the secret goes straight to its place."""
    return f" ({way_of(leak)})" if leak.steps else ""


def places_of(leak: Leak) -> tuple[Related, ...]:
    """The same way with its places: where the secret is declared or fetched, and what it goes through."""
    source = leak.source
    if source is None:
        return ()
    begins = "is fetched" if source.origin is Origin.FETCHED else "is declared"
    first = [Related(source.span, f"`{source.name}` {begins}")] if source.span is not None else []
    return (*first, *(Related(step.span, f"it goes on as `{step.text}`") for step in leak.steps))


def masking_of(leak: Leak) -> str:
    """Whether GitLab's masking hides the secret, and why not."""
    return _BESIDE_THE_LOG.get(leak.sink) or masking(leak)


def attack_of(leak: Leak) -> str:
    """Who can do what with the secret in the job log."""
    match shown(leak):
        case Shown.READABLE | Shown.LINES:
            return "Anyone who can read the job log can use the secret."
        case Shown.CLAIMS:
            return "Anyone who can read the job log learns the project, the branch and the user of the token."
        case Shown.SOMETIMES | Shown.FORMER:
            return "Anyone who can read the job log can use a secret of that shape."
        case _:
            return "Anyone who can read the job log can use the secret where masking fails, such as on a part of it."


def confidence_of(leak: Leak) -> Confidence:
    """High for declared secrets, one level lower where only the name of a variable speaks for it."""
    return leak.source.confidence if leak.source is not None else Confidence.MEDIUM


def named_line(leak: Leak) -> str:
    """The construct of a finding: what stays the same when lines move."""
    return f"{leak.section}.{leak.command}:{leak.source.name if leak.source else ''}"
