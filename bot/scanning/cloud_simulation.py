"""Would this job's token be accepted by a cloud's trust, and which claim decides?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.clouds.arrows import who_of
from bot.clouds.logins import accepts_audience
from bot.clouds.wildcards import wildcard_match
from bot.facts.gitlab_claims import CLAIMS
from bot.scanning.simulation import Simulated, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.clouds.model import Hint, Trust


def simulate_trust(trust: Trust, claims: Mapping[str, Any], *, partial: bool) -> Simulated:
    """Return the trust's verdict on `claims`.

    `partial`: the claims are not all that the token has, so one that is missing decides nothing.
    """
    title = f"{trust.cloud} {trust.kind} {trust.name}"
    lines = list(_lines(trust, claims))
    if trust.half:
        half = "not decided: the other half of this trust (provider or binding) is not in this repository"
        return Simulated(title, accepted=None, lines=(*lines, half))
    offered = claims.get("aud", ())
    audiences = (offered,) if isinstance(offered, str) else tuple(offered)
    takes_audience = not audiences or accepts_audience(trust, audiences)
    if trust.audiences and audiences:
        verdict = "ok  " if takes_audience else "FAIL"
        lines.append(
            f"{verdict} aud: the trust accepts {shown(trust.audiences)}, the token has {shown(audiences)}"
        )
    if not takes_audience:
        return Simulated(title, accepted=False, lines=tuple(lines))
    missing = [
        claim
        for claim in dict.fromkeys(hint.claim for hint in trust.hints)
        if partial and claim not in claims and claim in CLAIMS and CLAIMS[claim].always
    ]
    if partial and trust.audiences and not audiences:
        missing.append("aud")
    texts = {name: str(value) for name, value in claims.items() if not isinstance(value, list)}
    each = [trust.accepts({"sub": "", **texts, "aud": name}) for name in audiences or ("",)]
    if missing and not any(each):
        lines.append(f"not decided: the token's {', '.join(missing)} is not known here")
        return Simulated(title, accepted=None, lines=tuple(lines))
    lines.append(f"it accepts {who_of(trust)}")
    return Simulated(title, accepted=any(each), lines=tuple(lines))


def _lines(trust: Trust, claims: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the trust compares, and the token's value for it."""
    for hint in dict.fromkeys(trust.hints):
        if not hint.claim or hint.claim in {"aud", "oaud"}:
            continue
        says = claims.get(hint.claim)
        token = "no value is given" if says is None else f"the token has {shown(says)}"
        verdict = "?   " if says is None else _fits(hint, str(says))
        yield f"{verdict} {hint.claim}: the trust compares {shown(hint.text)}, {token}"


def _fits(hint: Hint, says: str) -> str:
    """Return whether the comparison alone is met; "    " where only the whole expression decides."""
    if hint.partial or hint.negated:
        return "    "
    wanted, given = (hint.text.lower(), says.lower()) if hint.ignores_case else (hint.text, says)
    is_met = wildcard_match(wanted, given) if hint.wildcards else wanted == given
    return "ok  " if is_met else "FAIL"
