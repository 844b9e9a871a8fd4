"""What a merge request's own `.sealcheck.yml` would do once it counts: shown beforehand, never applied."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.analysis.engine import introduced, run_rules
from bot.analysis.policy import REPOSITORY_FILE
from bot.analysis.suppressions import judge
from bot.lazy import dataclass
from bot.repository import Repository

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from bot.analysis.gate import Gate
    from bot.analysis.policy import ReviewPolicy
    from bot.documents.location import Unreadable
    from bot.findings import Finding


@dataclass(frozen=True, slots=True)
class Preview:
    """The difference that a policy would make to what was found.

    `silenced` and `regraded` (another severity) are findings that are open now, `returned` ones that are not;
    `inherited` of the target would be silenced too. `problems` are those of the policy's file. `gate` is what the file
    says of the commit status now and then, None where that stays.
    """

    silenced: tuple[Finding, ...] = ()
    inherited: tuple[Finding, ...] = ()
    returned: tuple[Finding, ...] = ()
    regraded: tuple[Finding, ...] = ()
    problems: tuple[Unreadable, ...] = ()
    gate: tuple[Gate | None, Gate | None] | None = None

    @property
    def matters(self) -> bool:
        """Whether there is anything to show."""
        return any((self.silenced, self.inherited, self.returned, self.regraded, self.problems, self.gate))


def preview(
    head: Repository,
    base: Repository,
    counting: ReviewPolicy,
    proposed: ReviewPolicy,
    today: dt.date,
    renamed_from: Mapping[str, str] | None = None,
) -> Preview:
    """What changes where `proposed` takes the place of `counting`; both are below the organisation's policy.

    The rules run again, as a policy also says which files count, which refs are protected and how long a token lives.
    What only `proposed` would have the bot read was not read, and is not shown.
    """
    now = _open(head, base, counting, today, renamed_from)
    then = _open(head, base, proposed, today, renamed_from)
    gone = [finding for name, (finding, _) in now.items() if name not in then]
    both = [(finding, then[name][0]) for name, (finding, _) in now.items() if name in then]
    return Preview(
        silenced=tuple(each for each in gone if now[each.fingerprint][1]),
        inherited=tuple(each for each in gone if not now[each.fingerprint][1]),
        returned=tuple(finding for name, (finding, new) in then.items() if new and name not in now),
        regraded=tuple(after for before, after in both if after.severity is not before.severity),
        problems=tuple(each for each in proposed.problems if each.path == REPOSITORY_FILE),
        gate=(counting.gate, proposed.gate) if counting.gate is not proposed.gate else None,
    )


def _open(
    head: Repository,
    base: Repository,
    policy: ReviewPolicy,
    today: dt.date,
    renamed_from: Mapping[str, str] | None,
) -> dict[str, tuple[Finding, bool]]:
    """Fingerprint -> finding of the head that is not ignored, and whether the change brings it in."""
    old = _under(base, policy, None)
    found = run_rules(_under(head, policy, old), renamed_from=renamed_from)
    new = {each.fingerprint for each in introduced(found, run_rules(old))}
    judged = judge(found.findings, head.tree.files, policy, today).findings
    return {each.fingerprint: (each, each.fingerprint in new) for each in judged if each.ignored is None}


def _under(side: Repository, policy: ReviewPolicy, base: Repository | None) -> Repository:
    return Repository(replace(side.tree, project=policy.shaping(side.tree.project)), base, side)
