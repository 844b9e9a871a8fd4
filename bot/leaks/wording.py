"""Words for people: the way of a secret, and whether masking would catch it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.findings import Confidence, Related, Severity
from bot.leaks.model import Origin, Sink

if TYPE_CHECKING:
    from bot.leaks.model import Leak, Source

_BESIDE_THE_LOG: Final = {
    Sink.UPLOAD: "Masking does not help: it works on the job log, files leave the job as they are.",
    Sink.IMAGE: "Masking does not help: it works on the job log, not on images.",
    Sink.FOREIGN_HOST: "Masking does not help: it works on the job log, not on requests.",
    Sink.ARGUMENT: "Masking does not help: it works on the job log, not on the list of processes.",
}


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
    """The same way with its places: where the secret is declared, and each variable or file that it goes through."""
    source = leak.source
    if source is None:
        return ()
    declared = [Related(source.span, f"`{source.name}` is declared")] if source.span is not None else []
    return (*declared, *(Related(step.span, f"it goes on as `{step.text}`") for step in leak.steps))


def masking_of(leak: Leak) -> str:  # noqa: PLR0911 - one branch for each case
    """Whether GitLab's masking would hide it, and why not."""
    source = leak.source
    if source is None:
        return ""
    if leak.sink in _BESIDE_THE_LOG:
        return _BESIDE_THE_LOG[leak.sink]
    if source.origin is Origin.FETCHED:
        return "Masking does not help: the runner never learnt this value, the script fetched it by itself."
    if leak.sink is Sink.TRANSFORMED:
        return "Masking does not help: it knows the exact value only, and this is another form of it."
    if leak.sink is Sink.TRACE:
        return (
            "Masking does not help where the trace quotes the value (`pa$$w'rd` prints as `'pa$$w'\\''rd'`)."
        )
    if source.masked:
        return "Masking hides the exact value only: one line of it, one field, or another quoting passes."
    return "Masking helps only where the variable is marked as masked, and then with the exact value alone."


def severity_of(source: Source | None, unmasked: Severity = Severity.HIGH) -> Severity:
    """High where nothing masks the value; one level milder where the runner masks it or only a name speaks for it."""
    if source is None:
        return unmasked.lowered(2)
    if source.origin is Origin.NAMED or source.masked:
        return unmasked.lowered()
    return unmasked


def confidence_of(leak: Leak) -> Confidence:
    """High for declared secrets, one level lower where only the name of a variable speaks for it."""
    return leak.source.confidence if leak.source is not None else Confidence.MEDIUM


def named_line(leak: Leak) -> str:
    """The construct of a finding: what stays the same when lines move."""
    return f"{leak.section}.{leak.command}:{leak.source.name if leak.source else ''}"
