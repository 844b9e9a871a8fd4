"""What is left to say: the findings as they are, against the conversation as GitLab contains it now.

Pure, and total: the plan of a conversation to which a plan was applied is empty, however often and in whatever pieces
it was applied. That makes a crash, a duplicate and a lost answer harmless.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING

from bot.analysis.engine import PATH_DIGITS, path_digits
from bot.comments.escape import code, prose
from bot.comments.marker import MarkerKind
from bot.comments.ops import AddSummary, DeleteNote, EditNote, OpenThread, Reply, Resolve, ThreadChange
from bot.comments.render import comment, without_place
from bot.comments.summary import Remarks, Said, summary
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.comments.conversation import Conversation, StandingThread
    from bot.comments.marker import Marker
    from bot.comments.ops import Op
    from bot.diff import DiffLines
    from bot.findings import Finding
    from bot.threads import Position


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that a review posts: open threads in all, and threads of one rule in one file."""

    threads: int = 20
    per_rule_and_file: int = 5


@dataclass(frozen=True, slots=True)
class ReviewResult:
    """What the review found at one head, ready to be said.

    `findings` are those that the merge request introduces, worst first, ignored ones among them (`ignored` contains the
    reason). `everywhere` contains the fingerprints of all findings of the head, inherited ones too. `unchecked` are
    paths that could not be checked this time, `failed_rules` rules that failed: their threads are left as they are.
    An ignore by command of `unsilenced` rules, which the organisation has locked, perhaps since, does not count.
    `unproven` contains the fingerprints of findings whose fix did not hold, so that they have none. `rule_url` is the
    address of a rule's page, with `{rule}` in the place of its id; "" for none. `caused_by` maps fingerprints to that
    of the finding with the same cause, in whose thread they are reported.
    """

    head_sha: str
    files: Mapping[str, str]
    lines: DiffLines
    findings: Sequence[Finding]
    everywhere: frozenset[str] = frozenset()
    unchecked: frozenset[str] = frozenset()
    failed_rules: frozenset[str] = frozenset()
    unsilenced: frozenset[str] = frozenset()
    unproven: frozenset[str] = frozenset()
    caused_by: Mapping[str, str] = field(default_factory=dict)
    remarks: Remarks = field(default_factory=Remarks)
    caps: Caps = field(default_factory=Caps)
    rule_url: str = ""


def plan(result: ReviewResult, now: Conversation, marker: Marker) -> tuple[Op, ...]:
    """What to write, in this order; empty when the conversation says it all already."""
    return _Planning(result, now, marker).ops()


class _Planning:
    """One plan in the making."""

    def __init__(self, result: ReviewResult, now: Conversation, marker: Marker) -> None:
        self._result = result
        self._now = now
        self._marker = marker
        self._by_command = {
            name: said for name, said in now.ignored.items() if said.rule not in result.unsilenced
        }
        self._wanted = [
            finding
            for finding in result.findings
            if finding.ignored is None and finding.fingerprint not in self._by_command
        ]
        self._ignored = {f.fingerprint: f for f in result.findings if f.ignored is not None}
        self._paths = {path_digits(path) for path in result.files}
        self._claimed: set[str] = set()
        self._ops: list[Op] = []
        self._off_diff: list[Finding] = []
        self._capped: list[Finding] = []
        self._dismissed: list[tuple[Finding, str]] = []

    def ops(self) -> tuple[Op, ...]:
        kept = self._matched()
        shown = 0
        for finding, folded in self._cards(kept):
            standing = kept.get(finding.fingerprint)
            if standing is not None:
                shown += not standing.thread.resolved
                self._keep(finding, folded, standing)
            elif shown >= self._result.caps.threads:
                self._capped += [finding, *folded]
            else:
                shown += self._open(finding, folded)
        for standing in self._now.standing:
            if standing.thread.id not in self._claimed:
                self._leave(standing)
        self._summarise()
        return tuple(self._ops)

    def _matched(self) -> dict[str, StandingThread]:
        """Fingerprint -> the thread that speaks of it: its own, else one of its construct in a file that is gone."""
        kept: dict[str, StandingThread] = {}
        wanted = {finding.fingerprint for finding in self._wanted}
        in_use = [each for each in self._now.standing if each.last_word is not MarkerKind.MOVED]
        moved = [each for each in in_use if each.fingerprint not in wanted and self._left_behind(each)]
        for finding in self._wanted:
            own = [each for each in in_use if each.fingerprint == finding.fingerprint]
            here = [each for each in own if not _elsewhere(each, finding)] or own
            construct = finding.fingerprint[PATH_DIGITS:]
            found = next((each for each in moved if each.fingerprint[PATH_DIGITS:] == construct), None)
            if here:
                kept[finding.fingerprint] = _best(here)
            elif found is not None:
                moved.remove(found)
                kept[finding.fingerprint] = found
        for standing in kept.values():
            self._claim(standing)
        for finding in self._wanted:
            there = kept.get(finding.fingerprint)
            if there is not None and _elsewhere(there, finding) and not there.dismissed:
                self._retire(kept.pop(finding.fingerprint), finding)
        return kept

    def _retire(self, standing: StandingThread, finding: Finding) -> None:
        """Close a thread that GitLab shows where the finding's file was: a later push has renamed that file.

        GitLab looks for a thread's line under the thread's own paths only
        (lib/gitlab/diff/position_tracer.rb, run 2026-11). The finding gets a thread at its new place.
        """
        if not standing.thread.resolved:
            place = code(f"{finding.span.path}:{finding.span.start_line}")
            self._reply(
                standing,
                ThreadChange.RESOLVED,
                f"Moved with its file to {place}.",
                resolve=True,
                kind=MarkerKind.MOVED,
            )

    def _left_behind(self, standing: StandingThread) -> bool:
        """Whether the file of the thread's finding is no longer there: renamed, perhaps.

        The thread's position does not show that: GitLab accepts it along to the new path.
        """
        return standing.fingerprint[:PATH_DIGITS] not in self._paths

    def _claim(self, standing: StandingThread) -> None:
        """That thread is the one; further open ones of the same finding are duplicates.

        One that says where its finding went is none: it stays as a person, or the bot's low role, left it.
        """
        self._claimed.add(standing.thread.id)
        for other in self._now.of(standing.fingerprint):
            if other.thread.id not in self._claimed and other.last_word is not MarkerKind.MOVED:
                self._claimed.add(other.thread.id)
                if not other.thread.resolved and other.thread.resolvable:
                    self._ops.append(Resolve(other.thread.id))

    def _cards(self, kept: Mapping[str, StandingThread]) -> list[tuple[Finding, list[Finding]]]:
        """What a thread is for: a finding, and further ones that are folded into it.

        Those are of its rule and file, or have the same cause and no thread of their own yet. Findings that have a
        thread come first, so that a thread's findings do not change hands; then worst first.
        """
        caused_by = self._result.caused_by
        echoes = [f for f in self._wanted if f.fingerprint in caused_by and f.fingerprint not in kept]
        apart = {echo.fingerprint for echo in echoes}
        cards = self._grouped([f for f in self._wanted if f.fingerprint not in apart], kept)
        folded_into = {head.fingerprint: folded for head, folded in cards}
        alone: list[Finding] = []
        for echo in echoes:
            folded_into.get(caused_by[echo.fingerprint], alone).append(echo)
        cards += self._grouped(alone, kept)
        return sorted(cards, key=lambda card: (card[0].fingerprint not in kept, card[0].sort_key))

    def _grouped(
        self, findings: Sequence[Finding], kept: Mapping[str, StandingThread]
    ) -> list[tuple[Finding, list[Finding]]]:
        """The cards of these findings by rule and file."""
        groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for finding in findings:
            groups[finding.rule, finding.span.path].append(finding)
        cards: list[tuple[Finding, list[Finding]]] = []
        limit = max(1, self._result.caps.per_rule_and_file)
        for found in groups.values():
            group = self._undismissed(found, kept)
            ordered = sorted(group, key=lambda f: f.fingerprint not in kept)
            placed = [f for f in ordered if f.fingerprint in kept or self._place(f) is not None]
            heads, rest = placed[:limit], placed[limit:]
            self._off_diff += [f for f in group if f not in placed]
            cards += [(head, []) for head in heads[:-1]]
            if heads:
                cards.append((heads[-1], rest))
        return cards

    def _undismissed(self, findings: Sequence[Finding], kept: Mapping[str, StandingThread]) -> list[Finding]:
        """Those that no person dismissed; the others are noted for the summary."""
        left = []
        for finding in findings:
            by = _dismissal(finding, kept.get(finding.fingerprint), self._dismissals)
            if by is None:
                left.append(finding)
            else:
                self._dismissed.append((finding, by.thread.resolved_by or "somebody"))
        return left

    @cached_property
    def _dismissals(self) -> dict[str, StandingThread]:
        """Fingerprint -> the thread in which a person dismissed it, with all that the thread stood for then.

        The construct alone names it where the file is gone. Nothing new is folded into such a thread: it would never
        be read.
        """
        threads = [
            each for each in self._now.standing if each.dismissed and each.last_word is not MarkerKind.MOVED
        ]
        return {
            name[PATH_DIGITS * self._left_behind(each) :]: each
            for each in threads
            for name in each.stands_for
        }

    def _place(self, finding: Finding) -> tuple[Position, int | None] | None:
        """Where the finding's thread is, and which line of the head that is.

        That is its own line, else the nearest line of its fix that the diff has, else its file as a whole (no line).
        """
        path, lines = finding.span.path, self._result.lines
        edits = finding.fix.edits if finding.fix is not None else ()
        wanted = (finding.span.start_line, *(edit.start_line for edit in edits if edit.path == path))
        for line in wanted:
            position = lines.position(path, line)
            if position is not None:
                return position, line
        whole = lines.whole(path)
        return (whole, None) if whole is not None else None

    def _body(self, finding: Finding, folded: list[Finding], anchor: int | None) -> str:
        result = self._result
        return comment(finding, result.files, anchor, self._marker, folded, result.rule_url)

    def _open(self, finding: Finding, folded: list[Finding]) -> bool:
        place = self._place(finding)
        if place is None:
            self._off_diff += [finding, *folded]
            return False
        position, line = place
        # A suggestion replaces lines of the file by GitLab's own number.
        anchor = line if position.new_line == line else None
        said_at = line or finding.span.start_line
        unplaced = without_place(finding.span.path, said_at, self._body(finding, folded, None))
        body = unplaced if line is None else self._body(finding, folded, anchor)
        self._ops.append(OpenThread(position, body, unplaced))
        return True

    def _keep(self, finding: Finding, folded: list[Finding], standing: StandingThread) -> None:
        """The finding has its thread: bring that up to date, and open again what the bot had resolved."""
        thread = standing.thread
        body = self._body(finding, folded, self._anchor(standing))
        if thread.position is None or thread.position.is_of_file:
            place = self._place(finding)
            line = (place[1] if place else None) or finding.span.start_line
            body = without_place(finding.span.path, line, body)
        if body.strip() != thread.first.body.strip():
            self._ops.append(EditNote(thread.first.id, body))
        if thread.resolved or standing.last_word in {MarkerKind.FIXED, MarkerKind.IGNORE}:
            self._reply(standing, ThreadChange.REOPENED, self._why_back(standing), resolve=False)

    def _why_back(self, standing: StandingThread) -> str:
        """Why a thread that was resolved is open again."""
        known = self._now.ignored.get(standing.fingerprint)
        if known is not None and standing.last_word is MarkerKind.IGNORE:
            return f"{code(known.rule)} is locked by the organisation: the ignore of {code(known.who)} does not count."
        said = "Still there" if standing.thread.by_push else "Back again"
        return f"{said} in `{self._result.head_sha[:8]}`."

    def _anchor(self, standing: StandingThread) -> int | None:
        """The line of this head that the thread is on, by its own number in the file.

        None where it is on none: GitLab found it outdated, or counts otherwise there.
        """
        position = standing.thread.position
        if position is None or position.new_line is None or standing.thread.head_sha != self._result.head_sha:
            return None
        found = self._result.lines.position(position.new_path, position.new_line)
        is_same = found is None or found.new_line == position.new_line
        return position.new_line if is_same else None

    def _leave(self, standing: StandingThread) -> None:
        """No finding wants this thread: it was fixed, is ignored, or could not be checked this time."""
        thread = standing.thread
        if thread.resolved or not thread.resolvable:
            return
        if standing.last_word in {MarkerKind.FIXED, MarkerKind.IGNORE, MarkerKind.MOVED}:
            return
        by_command = self._by_command.get(standing.fingerprint)
        if by_command is not None:
            said = f"Ignored by {code(by_command.who)}: {prose(by_command.why)}"
            self._reply(standing, ThreadChange.IGNORED, said, resolve=True)
            return
        if self._unchecked(standing):
            return
        sha = self._result.head_sha[:8]
        ignored = self._ignored.get(standing.fingerprint)
        if ignored is not None:
            said = f"Ignored: {prose(ignored.ignored or '')}"
        elif standing.fingerprint in self._result.everywhere:
            said = f"Not introduced by this merge request any more as of `{sha}`."
        else:
            said = f"Fixed in `{sha}`."
        change = ThreadChange.RESOLVED if ignored is None else ThreadChange.IGNORED
        self._reply(standing, change, said, resolve=not standing.answered)

    def _unchecked(self, standing: StandingThread) -> bool:
        """Whether its rule failed, or its file could not be checked: by its fingerprint, or by its name of now."""
        failed = self._result.failed_rules
        if standing.rule in failed or (failed and standing.rule is None):
            return True
        paths, position = self._result.unchecked, standing.thread.position
        named = standing.fingerprint[:PATH_DIGITS] in {path_digits(path) for path in paths}
        return named or (position is not None and position.new_path in paths)

    def _reply(
        self,
        standing: StandingThread,
        change: ThreadChange,
        said: str,
        *,
        resolve: bool,
        kind: MarkerKind | None = None,
    ) -> None:
        kind = kind or (MarkerKind.BACK if change is ThreadChange.REOPENED else MarkerKind.FIXED)
        body = f"{said}\n\n{self._marker.line(kind, self._result.head_sha)}"
        self._ops.append(Reply(standing.thread.id, body, resolve, change))

    def _summarise(self) -> None:
        """The summary, where there is something to say or something was said before."""
        result = self._result
        dismissed = {finding.fingerprint for finding, _ in self._dismissed}
        present = [finding for finding in result.findings if finding.ignored is None]
        said = Said(
            open=[finding for finding in self._wanted if finding.fingerprint not in dismissed],
            off_diff=sorted(self._off_diff, key=lambda f: f.sort_key),
            capped=self._capped,
            ignored=list(self._ignored.values()),
            by_command=[
                (each, self._by_command[each.fingerprint])
                for each in present
                if each.fingerprint in self._by_command
            ],
            dismissed=self._dismissed,
        )
        body = summary(result.remarks, said, result.head_sha)
        self._ops += [DeleteNote(note.id) for note in self._now.doubles]
        if self._now.summary is None:
            if body is not None:
                self._ops.append(AddSummary(self._signed(body)))
            return
        note, sha = self._now.summary
        body = body or f"Nothing to report any more as of `{result.head_sha[:8]}`."
        # A new SHA alone is not worth an edit.
        if _without_sha(body, result.head_sha) != _without_sha(_text(note.body), sha):
            self._ops.append(EditNote(note.id, self._signed(body)))

    def _signed(self, summary_text: str) -> str:
        return f"{summary_text}\n\n{self._marker.line(MarkerKind.SUMMARY, self._result.head_sha)}"


def _dismissal(
    finding: Finding, own: StandingThread | None, dismissed: Mapping[str, StandingThread]
) -> StandingThread | None:
    """The thread in which a person dismissed the finding, None where none did or its own one is open."""
    if own is not None and (own.dismissed or not own.thread.resolved):
        return own if own.dismissed else None
    name = finding.fingerprint
    return dismissed.get(name) or dismissed.get(name[PATH_DIGITS:])


def _text(body: str) -> str:
    return body.rstrip().rpartition("\n")[0].rstrip()


def _without_sha(body: str, sha: str) -> str:
    return body.replace(f"`{sha[:8]}`", "").strip()


def _best(threads: Sequence[StandingThread]) -> StandingThread:
    """The first one, or an open one where that is resolved; what a person dismissed stays dismissed."""
    first = threads[0]
    if not first.thread.resolved or first.dismissed:
        return first
    return next((each for each in threads if not each.thread.resolved), first)


def _elsewhere(standing: StandingThread, finding: Finding) -> bool:
    """Whether the thread is in another file than its finding."""
    position = standing.thread.position
    return position is not None and position.new_path != finding.span.path
