"""The plan against a conversation in memory: total, idempotent, and people have the last word.

A world is a merge request whose findings, threads and people change at random; between two plans anything may happen, also
that only a part of a plan was written (a crash).
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.analysis.engine import path_digits
from bot.comments.conversation import Conversation, IgnoreCommand
from bot.comments.marker import Marker, MarkerKind, pack
from bot.comments.ops import AddSummary, DeleteNote, EditNote, OpenThread, Reply, Resolve, ThreadChange
from bot.comments.plan import Caps, ReviewResult, plan
from bot.diff import DiffLines, FileLines
from bot.documents.location import Span
from bot.findings import Confidence, Effect, Finding, Severity
from bot.fixes import Edit, Fix
from bot.snapshot import FileChange
from bot.threads import Note, Thread

BOT, DEV = 1, 2
MARKER = Marker((b"a key of the tests",), 42, 7)
EXAMPLES = 5000 if os.environ.get("SEALCHECK_ORACLE") == "full" else 150
PATHS = ("a.yml", "b.yml")
LINES = DiffLines(
    [FileLines(path, path, FileChange.ADDED, frozenset(range(1, 9)), frozenset(), ()) for path in PATHS]
)
"""Lines 9 and beyond are off the diff."""


def a_finding(path: str, line: int, rule: str, construct: int, ignored: str | None = None) -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        effect=Effect.EXPOSES,
        span=Span(path, line, 1, line, 2),
        subject="job:deploy",
        message=f"Wrong {construct}.",
        attack="",
        fingerprint=path_digits(path) + f"{rule}{construct}".encode().hex().rjust(24, "0")[-24:],
        ignored=ignored,
    )


findings = st.builds(
    a_finding, st.sampled_from(PATHS), st.integers(1, 12), st.sampled_from(["r", "s"]), st.integers(0, 4),
    st.sampled_from([None, None, None, "policy"]),
)  # fmt: skip
heads = st.lists(findings, max_size=8, unique_by=lambda each: each.fingerprint)


@dataclass
class World:
    """GitLab's side, as far as a plan changes it."""

    threads: list[Thread] = field(default_factory=list)
    last: int = 0

    def note(self, author: int, body: str) -> Note:
        self.last += 1
        return Note(self.last, author, f"user{author}", body)

    def swap(self, thread_id: str, **changes: object) -> None:
        self.threads = [replace(t, **changes) if t.id == thread_id else t for t in self.threads]

    def thread(self, thread_id: str) -> Thread:
        return next(each for each in self.threads if each.id == thread_id)

    def write(self, op: object) -> None:
        match op:
            case OpenThread():
                note = self.note(BOT, op.body)
                self.threads.append(Thread(f"t{note.id}", (note,), position=op.position))
            case Reply():
                self.reply(op.thread_id, BOT, op.body)
                self.resolve(op.thread_id, BOT if op.resolve else None)
            case Resolve():
                self.resolve(op.thread_id, BOT)
            case EditNote():
                for each in self.threads:
                    notes = tuple(replace(n, body=op.body) if n.id == op.note_id else n for n in each.notes)
                    self.swap(each.id, notes=notes)
            case DeleteNote():
                self.threads = [each for each in self.threads if each.first.id != op.note_id]
            case AddSummary():
                note = self.note(BOT, op.body)
                self.threads.append(Thread(f"t{note.id}", (note,), individual=True, resolvable=False))

    def reply(self, thread_id: str, author: int, body: str) -> None:
        self.swap(thread_id, notes=(*self.thread(thread_id).notes, self.note(author, body)))

    def resolve(self, thread_id: str, by: int | None) -> None:
        self.swap(thread_id, resolved=by is not None, resolved_by_id=by, resolved_by=by and f"user{by}")

    def conversation(self) -> Conversation:
        return Conversation(self.threads, BOT, MARKER)


@dataclass
class Judged:
    """What the bot sees of the head now."""

    findings: list[Finding] = field(default_factory=list)
    sha: int = 0
    caps: Caps = field(default_factory=Caps)
    unchecked: frozenset[str] = frozenset()
    unsilenced: frozenset[str] = frozenset()
    failed_rules: frozenset[str] = frozenset()

    def plan(self, world: World) -> tuple[object, ...]:
        judgement = ReviewResult(
            head_sha=f"{self.sha:040x}",
            files=dict.fromkeys(PATHS, "".join(f"line {n}\n" for n in range(1, 13))),
            lines=LINES,
            findings=sorted(self.findings, key=lambda each: each.sort_key),
            everywhere=frozenset(each.fingerprint for each in self.findings),
            caps=self.caps,
            unchecked=self.unchecked,
            unsilenced=self.unsilenced,
            failed_rules=self.failed_rules,
        )
        return plan(judgement, world.conversation(), MARKER)


@settings(max_examples=EXAMPLES)
@given(st.data())
def test_any_story_converges(data):
    world, now = World(), Judged()
    now.caps = data.draw(st.sampled_from([Caps(), Caps(2, 1), Caps(1, 5), Caps(0, 2)]))
    for _ in range(data.draw(st.integers(1, 6))):
        happen(data, world, now)
        dismissed = {t.id for t in world.threads if t.resolved and t.resolved_by_id == DEV}
        ops = now.plan(world)
        written = ops[: data.draw(st.integers(0, len(ops)))]
        for op in written:
            world.write(op)
        for op in now.plan(world):  # the rest, after a crash
            world.write(op)
        assert now.plan(world) == ()
        check(world, now, dismissed)


def happen(data, world, now):
    """One thing that a push, a person or a policy does."""
    threads = [each for each in world.threads if not each.individual]
    event = data.draw(
        st.sampled_from(["push", "push", "resolve", "reopen", "reply", "delete", "ignore", "again", "double"])
    )
    if event == "push":
        now.findings, now.sha = data.draw(heads), now.sha + 1
    elif threads and event != "again":
        thread = data.draw(st.sampled_from(threads))
        if event == "resolve":
            world.resolve(thread.id, DEV)
        elif event == "reopen":
            world.resolve(thread.id, None)
        elif event == "reply":
            world.reply(thread.id, DEV, data.draw(st.sampled_from(["Really?", "/sealcheck explain"])))
        elif event == "ignore":
            said = IgnoreCommand(
                (MARKER.find(thread.first.body, MarkerKind.FINDING),),
                "r",
                "mia",
                data.draw(st.sampled_from(["why", ""])),
            )
            world.reply(
                thread.id, BOT, "Noted.\n\n" + MARKER.line(MarkerKind.IGNORE, pack(dict(said.content)))
            )
            world.resolve(thread.id, BOT if said.why else None)
        elif event == "double":  # two bots at once, or an answer that was lost
            world.write(OpenThread(thread.position, thread.first.body))
        elif event == "delete":
            rest = thread.notes[1:]
            world.threads.remove(thread)
            if rest:
                world.threads.append(replace(thread, notes=rest))


def check(world, now, dismissed):
    said = world.conversation()
    wanted = {each.fingerprint for each in now.findings if each.ignored is None} - set(said.ignored)
    open_ones = [each for each in said.standing if not each.thread.resolved]
    twice = [name for name, count in Counter(each.fingerprint for each in open_ones).items() if count > 1]
    assert twice == [], "two open threads of one finding"
    for thread in world.threads:
        if thread.id in dismissed:
            assert thread.resolved, "a thread that a person resolved was opened again"
    if any(each.ignored is None for each in now.findings):
        assert said.summary is not None
    for each in wanted if now.caps == Caps() else ():
        threads = said.of(each)
        assert not threads or any(not t.thread.resolved or t.dismissed for t in threads), (
            "it came back unsaid"
        )
    for each in open_ones:
        if each.fingerprint not in wanted and not each.answered and each.last_word is None:
            assert any(each.fingerprint[8:] == f[8:] for f in wanted), (
                "a fixed finding's thread was forgotten"
            )


def test_a_finding_that_is_no_more_is_said_so_and_resolved():
    world, now = World(), Judged([a_finding("a.yml", 1, "r", 0)], 1)
    for op in now.plan(world):
        world.write(op)
    now.findings, now.sha = [], 2
    (reply, edit) = now.plan(world)
    assert reply.resolve
    assert reply.body.startswith("Fixed in `00000000`.")
    assert isinstance(edit, EditNote)


def test_the_same_construct_in_a_renamed_file_keeps_its_thread():
    world, now = World(), Judged([a_finding("old.yml", 1, "r", 0)], 1)
    world.write(
        OpenThread(
            LINES.position("a.yml", 1), "x\n\n" + MARKER.line(MarkerKind.FINDING, now.findings[0].fingerprint)
        )
    )
    now.findings = [a_finding("a.yml", 1, "r", 0)]
    assert not any(isinstance(op, OpenThread) for op in now.plan(world))


def test_a_clean_merge_request_gets_nothing():
    assert Judged([], 1).plan(World()) == ()


def test_nothing_new_is_folded_into_a_thread_that_a_person_dismissed():
    caps = Caps(per_rule_and_file=1)
    first, second, third = (a_finding("a.yml", number, "r", number) for number in (1, 2, 3))
    world, now = World(), Judged([first, second], 1, caps)
    for op in now.plan(world):
        world.write(op)
    (thread,) = [each for each in world.threads if not each.individual]
    world.resolve(thread.id, DEV)
    now.findings, now.sha = [first, second, third], 2
    ops = now.plan(world)
    (opened,) = [op for op in ops if isinstance(op, OpenThread)]
    assert MARKER.find(opened.body, MarkerKind.FINDING) == third.fingerprint
    assert MARKER.find(opened.body, MarkerKind.FOLDED) is None


def written(now: Judged) -> World:
    """A conversation in which everything is said of what the bot sees now."""
    world = World()
    for op in now.plan(world):
        world.write(op)
    return world


def by_command(world: World, finding: Finding, why: str = "a test account") -> None:
    """Mia ignores a finding in its thread, and the bot answers; without a reason she takes that back."""
    (thread,) = [each for each in world.threads if MARKER.find(each.first.body, MarkerKind.FINDING)]
    said = IgnoreCommand((finding.fingerprint,), "r", "mia", why)
    world.reply(thread.id, BOT, "Noted.\n\n" + MARKER.line(MarkerKind.IGNORE, pack(dict(said.content))))
    world.resolve(thread.id, BOT if why else None)


def test_a_second_thread_is_resolved_where_gitlab_lets_it_be():
    finding = a_finding("a.yml", 1, "r", 0)
    now = Judged([finding], 1)
    world = written(now)
    body = world.threads[0].first.body
    world.write(OpenThread(LINES.position("a.yml", 1), body))
    second = world.threads[-1].id
    plain = world.note(BOT, body)
    world.threads.append(Thread("plain", (plain,), individual=True, resolvable=False))
    assert now.plan(world) == (Resolve(second),)


def test_a_thread_that_says_where_its_finding_went_stays_as_a_person_left_it():
    finding = a_finding("a.yml", 1, "r", 0)
    now = Judged([finding], 1)
    world = written(now)
    world.write(OpenThread(LINES.position("a.yml", 1), world.threads[0].first.body))
    moved = world.threads[-1].id
    world.reply(moved, BOT, "Moved.\n\n" + MARKER.line(MarkerKind.MOVED, "0" * 40))
    assert now.plan(world) == ()


def test_a_lock_is_named_where_it_opens_a_thread_and_not_when_the_finding_comes_back():
    finding = a_finding("a.yml", 1, "r", 0)
    now = Judged([finding], 1)
    world = written(now)
    by_command(world, finding)
    now.unsilenced = frozenset({"r"})
    (locked,) = [op for op in now.plan(world) if isinstance(op, Reply)]
    assert locked.body.startswith("`r` is locked by the organisation")
    world.write(locked)
    for findings, said in (([], "Fixed in `"), ([finding], "Back again in `")):
        now.findings, now.sha = findings, now.sha + 1
        (reply,) = [op for op in now.plan(world) if isinstance(op, Reply)]
        assert reply.body.startswith(said)
        world.write(reply)


def test_what_is_ignored_twice_is_listed_once():
    finding = a_finding("a.yml", 1, "r", 0)
    now = Judged([finding], 1)
    world = written(now)
    by_command(world, finding)
    now.findings = [replace(finding, ignored="by the policy")]
    (edit,) = [op for op in now.plan(world) if isinstance(op, EditNote)]
    assert "by the policy" in edit.body
    assert "mia" not in edit.body


def test_what_could_not_be_checked_keeps_its_thread_under_either_name():
    """By the file's name when it was found, or by that under which GitLab shows the thread now."""
    finding = a_finding("a.yml", 1, "r", 0)
    for path in ("a.yml", "b.yml"):
        now = Judged([finding], 1)
        world = written(now)
        world.swap(world.threads[0].id, position=LINES.position("b.yml", 1))
        now.findings, now.sha, now.unchecked = [], 2, frozenset({path})
        assert [op for op in now.plan(world) if isinstance(op, Reply)] == []
        now.unchecked = frozenset({"c.yml"})
        assert len([op for op in now.plan(world) if isinstance(op, Reply)]) == 1


def test_a_finding_that_is_back_where_its_thread_says_it_moved_away_gets_a_new_one():
    finding = a_finding("a.yml", 1, "r", 0)
    now = Judged([finding], 1)
    world = written(now)
    world.reply(world.threads[0].id, BOT, "Moved.\n\n" + MARKER.line(MarkerKind.MOVED, "0" * 40))
    world.resolve(world.threads[0].id, BOT)
    assert [type(op) for op in now.plan(world)] == [OpenThread]


def test_a_thread_of_an_unknown_rule_is_left_only_where_a_rule_failed():
    """Threads of earlier versions do not name their rule."""
    finding = a_finding("a.yml", 1, "r", 0)
    now = Judged([], 2, failed_rules=frozenset({"s"}))
    world = World()
    world.write(
        OpenThread(LINES.position("a.yml", 1), f"x\n\n{MARKER.line(MarkerKind.FINDING, finding.fingerprint)}")
    )
    assert now.plan(world) == ()
    now.failed_rules = frozenset()
    assert [type(op) for op in now.plan(world)] == [Reply]


def test_every_rule_and_file_has_threads_of_its_own():
    findings = [a_finding(path, 1, rule, 0) for path in PATHS for rule in ("r", "s")]
    opened = [op for op in Judged(findings, 1).plan(World()) if isinstance(op, OpenThread)]
    assert sorted(MARKER.find(op.body, MarkerKind.FINDING) for op in opened) == sorted(
        each.fingerprint for each in findings
    )


def test_every_marker_of_a_note_is_heard():
    finding = a_finding("a.yml", 1, "r", 0)
    said = IgnoreCommand((finding.fingerprint,), "r", "mia", "a test account")
    lines = [
        MARKER.line(MarkerKind.IGNORE, pack(dict(said.content))),
        MARKER.line(MarkerKind.ANSWER, "17"),
        MARKER.line(MarkerKind.EDIT, "18"),
        MARKER.line(MarkerKind.ANSWER, "19"),
        MARKER.line(MarkerKind.ANSWER, "x"),
        MARKER.line(MarkerKind.EDIT, "x"),
    ]
    world = World()
    note = world.note(BOT, "\n".join(["Noted.", "", *lines]))
    world.threads.append(Thread("t", (note,)))
    now = world.conversation()
    assert (now.ignored, set(now.answers), now.edits) == ({finding.fingerprint: said}, {17, 19}, {18})
    assert now.notes == 1


def test_threads_of_people_come_between():
    now = Judged([a_finding("a.yml", 1, "r", 0)], 1)
    world = written(now)
    world.threads.insert(0, Thread("people", (world.note(DEV, "Hello"),)))
    assert now.plan(world) == ()


def test_what_gitlab_writes_into_a_thread_is_no_answer():
    finding = a_finding("a.yml", 1, "r", 0)
    for is_system in (True, False):
        now = Judged([finding], 1)
        world = written(now)
        note = replace(world.note(DEV, "changed this line in version 2 of the diff"), system=is_system)
        world.swap(world.threads[0].id, notes=(*world.threads[0].notes, note))
        now.findings, now.sha = [], 2
        (reply,) = [op for op in now.plan(world) if isinstance(op, Reply)]
        assert reply.resolve is is_system


def test_a_reply_says_what_it_stands_for():
    finding = a_finding("a.yml", 1, "r", 0)
    for findings, change in (
        ([], ThreadChange.RESOLVED),
        ([replace(finding, ignored="a test")], ThreadChange.IGNORED),
    ):
        now = Judged([finding], 1)
        world = written(now)
        now.findings, now.sha = findings, 2
        (reply,) = [op for op in now.plan(world) if isinstance(op, Reply)]
        assert reply.change is change


def test_an_open_thread_of_its_own_goes_before_a_dismissal_elsewhere():
    """The dismissed thread is in a file that is gone; both speak of the same construct."""
    finding = a_finding("a.yml", 1, "r", 0)
    gone = a_finding("gone.yml", 1, "r", 0)
    for by, kinds in ((None, []), (BOT, [])):
        now = Judged([finding], 1)
        world = written(now)
        own = world.threads[0].id
        body = f"x\n\n{MARKER.line(MarkerKind.FINDING, gone.fingerprint)}"
        world.write(OpenThread(LINES.position("b.yml", 1), body))
        world.resolve(world.threads[-1].id, DEV)
        world.resolve(own, by)
        ops = now.plan(world)
        assert [type(op) for op in ops if isinstance(op, Reply | OpenThread)] == kinds
        listed = any("Resolved by people" in op.body for op in ops if isinstance(op, EditNote))
        assert listed is (by == BOT)


def test_a_construct_that_is_new_in_another_file_takes_no_thread_over():
    """The file of the first one is still there, so nothing was renamed."""
    world_of = Judged([a_finding("a.yml", 1, "r", 0)], 1)
    world = written(world_of)
    world_of.findings, world_of.sha = [a_finding("b.yml", 1, "r", 0)], 2
    kinds = [type(op) for op in world_of.plan(world)]
    assert kinds[:2] == [OpenThread, Reply]


def test_a_suggestion_stays_while_the_thread_is_on_its_line_of_this_head():
    fix = Fix("Mend it", (Edit("a.yml", 1, 1, "mended\n"),))
    now = Judged([replace(a_finding("a.yml", 1, "r", 0), fix=fix)], 1)
    world = written(now)
    thread = world.threads[0]
    assert "```suggestion" in thread.first.body
    world.swap(thread.id, head_sha=f"{1:040x}")
    assert now.plan(world) == ()
    world.swap(thread.id, head_sha=f"{2:040x}")
    (edit,) = now.plan(world)
    assert "```diff" in edit.body


def test_twenty_threads_and_five_of_a_rule_in_a_file():
    assert Caps() == Caps(threads=20, per_rule_and_file=5)


def the_summary(world: World) -> str:
    (thread,) = [each for each in world.threads if each.individual]
    return thread.first.body


def test_a_second_summary_is_deleted_unless_somebody_has_answered_it():
    now = Judged([a_finding("a.yml", 1, "r", 0)], 1)
    for answers, ops in ((0, 1), (1, 0)):
        world = written(now)
        world.write(AddSummary(the_summary(world)))
        second = world.threads[-1]
        for _ in range(answers):
            world.reply(second.id, DEV, "Really?")
        assert now.plan(world) == (DeleteNote(second.first.id),) * ops


def test_a_thread_keeps_its_finding_when_a_worse_one_is_folded_into_it():
    known = a_finding("a.yml", 2, "r", 1)
    now = Judged([known], 1, Caps(per_rule_and_file=1))
    world = written(now)
    now.findings, now.sha = [replace(a_finding("a.yml", 1, "r", 0), severity=Severity.CRITICAL), known], 2
    for op in now.plan(world):
        world.write(op)
    (thread,) = [each for each in world.threads if not each.individual]
    assert MARKER.find(thread.first.body, MarkerKind.FINDING) == known.fingerprint
    assert MARKER.find(thread.first.body, MarkerKind.FOLDED) == now.findings[0].fingerprint


def test_an_ignore_resolves_a_thread_also_where_people_have_talked():
    first, second = a_finding("a.yml", 1, "r", 0), a_finding("b.yml", 1, "r", 1)
    now = Judged([first, second], 1)
    world = written(now)
    one, two = (each for each in world.threads if not each.individual)
    world.reply(two.id, DEV, "Really?")
    said = IgnoreCommand((second.fingerprint,), "r", "mia", "a test account")
    world.reply(one.id, BOT, "Noted.\n\n" + MARKER.line(MarkerKind.IGNORE, pack(dict(said.content))))
    (reply,) = [op for op in now.plan(world) if isinstance(op, Reply) and op.thread_id == two.id]
    assert (reply.resolve, reply.change) == (True, ThreadChange.IGNORED)
    assert reply.body.startswith("Ignored by `mia`: a test account\n")


def test_an_ignore_that_is_taken_back_leaves_everything_as_it_was():
    finding = a_finding("a.yml", 1, "r", 0)
    now = Judged([finding], 1)
    world = written(now)
    by_command(world, finding)
    by_command(world, finding, "")
    assert now.plan(world) == ()
    assert world.conversation().ignored == {}


def test_what_is_off_the_diff_is_listed_worst_first():
    severities = (("r", 1, Severity.HIGH), ("r", 2, Severity.LOW), ("s", 1, Severity.MEDIUM))
    found = [
        replace(a_finding("c.yml", line, rule, line), severity=severity)
        for rule, line, severity in severities
    ]
    rows = [row for row in the_summary(written(Judged(found, 1))).split("\n") if row.startswith("- `c.yml")]
    assert [row.split()[2] for row in rows] == ["high", "medium", "low"]


def test_a_thread_that_gitlab_found_outdated_gets_a_diff():
    """Its line is of another version, or it has none any more: a suggestion would replace the wrong lines."""
    fix = Fix("Mend it", (Edit("a.yml", 1, 1, "mended\n"),))
    for position, is_offered in (
        (LINES.position("a.yml", 1), True),
        (replace(LINES.position("a.yml", 1), new_line=None), False),
        (None, False),
    ):
        now = Judged([replace(a_finding("a.yml", 1, "r", 0), fix=fix)], 1)
        world = written(now)
        world.swap(world.threads[0].id, position=position, head_sha=f"{1:040x}")
        for op in now.plan(world):
            world.write(op)
        assert ("```suggestion" in world.threads[0].first.body) is is_offered


def test_an_ignore_whose_reply_names_its_command_too_is_not_said_again():
    """The bot's reply to a command has both markers; a crash may have left the thread open."""
    finding = a_finding("a.yml", 1, "r", 0)
    now = Judged([finding], 1)
    world = written(now)
    said = IgnoreCommand((finding.fingerprint,), "r", "mia", "a test account")
    marks = [MARKER.line(MarkerKind.IGNORE, pack(dict(said.content))), MARKER.line(MarkerKind.ANSWER, "17")]
    world.reply(world.threads[0].id, BOT, "\n".join(["Noted.", "", *marks]))
    assert [op for op in now.plan(world) if isinstance(op, Reply)] == []


def test_an_internal_note_takes_an_ignore_back_too():
    finding = a_finding("a.yml", 1, "r", 0)
    world = written(Judged([finding], 1))
    by_command(world, finding)
    by_command(world, finding, "")
    (thread,) = [each for each in world.threads if not each.individual]
    notes = (*thread.notes[:-1], replace(thread.notes[-1], internal=True))
    world.swap(thread.id, notes=notes)
    assert world.conversation().ignored == {}


def test_a_dismissal_is_listed_also_where_gitlab_does_not_say_whose_it_is():
    now = Judged([a_finding("a.yml", 1, "r", 0)], 1)
    world = written(now)
    world.swap(world.threads[0].id, resolved=True, resolved_by_id=DEV, resolved_by=None)
    (edit,) = now.plan(world)
    assert "Resolved by `somebody`." in edit.body


def test_a_note_signed_with_an_earlier_key_is_known_again():
    now = Judged([a_finding("a.yml", 1, "r", 0)], 1)
    rotated = Marker((b"a newer key", b"a key of the tests"), 42, 7)
    assert len(Conversation(written(now).threads, BOT, rotated).standing) == 1
    assert Conversation(written(now).threads, BOT, Marker((b"another",), 42, 7)).standing == []
