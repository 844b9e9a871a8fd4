"""Obey a comment's commands: read it again, look the author's role up, answer once, and do what was asked.

Whatever is remembered is in GitLab: an ignore is a marker in the bot's own answer. Everything may run twice (a
crash, a duplicate delivery): the answer is found again by its marker and edited in place.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from bot.analysis.policy import DEVELOPER, MAINTAINER, OWNER, nearest
from bot.comments.answers import HELP, choice, explained, page_of
from bot.comments.conversation import Conversation, IgnoreCommand
from bot.comments.escape import code, masked, prose, visible
from bot.comments.marker import Marker, MarkerKind, pack
from bot.comments.slash import SlashCommand, Verb, commands
from bot.errors import HeadMoved
from bot.lazy import dataclass
from bot.review.run import review
from bot.rules import RULE_IDS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from bot.comments.conversation import StandingThread
    from bot.findings import Finding
    from bot.review.ports import Forge, MergeRequest
    from bot.review.run import ReviewOutcome, ReviewSettings
    from bot.threads import Note, Thread

SEEN, DONE, REFUSED, UNCLEAR = "eyes", "white_check_mark", "no_entry_sign", "warning"
_RESULTS = {DONE: "done", REFUSED: "refused", UNCLEAR: "unclear"}
FINAL = frozenset({DONE, REFUSED, UNCLEAR})
MAX_REASON_CHARS = 300
_LEVELS = {DEVELOPER: "Developer", MAINTAINER: "Maintainer", OWNER: "Owner"}


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """What becomes of one command: the bot's words, the emoji, what to remember, and whether to review again."""

    text: str = ""
    emoji: str = DONE
    remember: IgnoreCommand | None = None
    review: bool = False


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What came of a comment: each command's verb and result, and the review that they led to.

    `digest` is that of the commands, "" where nothing was obeyed this time.
    """

    commands: tuple[tuple[str, str], ...] = ()
    outcome: ReviewOutcome | None = None
    digest: str = ""


def run_command(
    forge: Forge, project_id: int, iid: int, note_id: int, settings: ReviewSettings, today: dt.date
) -> CommandOutcome:
    """Do what the comment asks for. Raises what the forge raises.

    Running it again is harmless: the last emoji says that nothing is left to do, and until then all that was done is
    found again.
    """
    note = forge.note(project_id, iid, note_id)
    if note is None or note.system or note.author_id == forge.bot_id:
        return CommandOutcome()
    asked = commands(note.body)
    if not asked or forge.emojis(project_id, iid, note_id) & FINAL:
        return CommandOutcome()
    forge.award(project_id, iid, note_id, SEEN)
    forge.settle(project_id, iid)
    comment = _CommandComment(forge, forge.merge_request(project_id, iid), note, settings, today)
    given = [comment.answer(command) for command in asked]
    comment.say(given)
    comment.settle(each.remember for each in given if each.remember is not None)
    outcome = None
    if any(each.review for each in given):
        with suppress(HeadMoved):  # the newer head has a review of its own
            outcome = review(forge, project_id, iid, settings, today)
    emojis = {each.emoji for each in given}
    forge.award(project_id, iid, note_id, next(each for each in (REFUSED, UNCLEAR, DONE) if each in emojis))
    verbs = [str(each.verb or "unknown") for each in asked]
    results = tuple(zip(verbs, (_RESULTS[each.emoji] for each in given), strict=True))
    return CommandOutcome(results, outcome, _digest(asked))


def answer_edit(
    forge: Forge,
    project_id: int,
    iid: int,
    note_id: int,
    settings: ReviewSettings,
    obeyed: str | None,
    today: dt.date,
) -> None:
    """Say, once, that a command which an edit brought does not count, and what to do. Raises what the forge raises.

    A Maintainer may edit other people's comments, and GitLab names the author alone: obeying would let an editor speak
    as somebody else. `obeyed` is the digest of the commands that the comment held before, None where nothing was.
    """
    note = forge.note(project_id, iid, note_id)
    if note is None or note.system or note.author_id == forge.bot_id:
        return
    asked = commands(note.body)
    if not asked or _digest(asked) == obeyed:
        return
    forge.settle(project_id, iid)
    _CommandComment(forge, forge.merge_request(project_id, iid), note, settings, today).say_edited(asked)


def _digest(asked: Iterable[SlashCommand]) -> str:
    return hashlib.sha256("\n".join(each.line for each in asked).encode(errors="surrogatepass")).hexdigest()


class _CommandComment:
    """One comment with commands, and what is needed to answer it."""

    def __init__(
        self, forge: Forge, mr: MergeRequest, note: Note, settings: ReviewSettings, today: dt.date
    ) -> None:
        self._forge = forge
        self._mr = mr
        self._note = note
        self._settings = settings
        self._today = today
        self._project_id = mr.project.id or 0
        self._marker = Marker(settings.keys, self._project_id, mr.iid)
        self._threads = forge.threads(self._project_id, mr.iid)
        self._said = Conversation(self._threads, forge.bot_id, self._marker)

    @cached_property
    def _level(self) -> int:
        """The author's role now, inherited ones too: what a payload or an earlier answer said counts for nothing."""
        return self._forge.level(self._project_id, self._note.author_id)

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        outcome = review(
            self._forge, self._project_id, self._mr.iid, self._settings, self._today, dry_run=True
        )
        return outcome.findings

    @cached_property
    def _thread(self) -> Thread | None:
        """The thread that the comment is in."""
        return next((each for each in self._threads if self._note in each.notes), None) or next(
            (each for each in self._threads if any(note.id == self._note.id for note in each.notes)), None
        )

    @cached_property
    def _standing(self) -> StandingThread | None:
        """That thread, where it is one of the bot's own."""
        if self._thread is None:
            return None
        return next((each for each in self._said.standing if each.thread.id == self._thread.id), None)

    def answer(self, command: SlashCommand) -> CommandAnswer:
        """What becomes of `command`."""
        if self._level < DEVELOPER and self._note.author_id != self._mr.author.id:
            # A stranger gets an emoji and no words: people without the role cannot make the bot write.
            said = "That takes the role Developer in this project." if self._level else ""
            return CommandAnswer(said, REFUSED)
        match command.verb:
            case Verb.RECHECK:
                return CommandAnswer(review=True)
            case Verb.IGNORE | Verb.UNIGNORE:
                return self._ignore(command, command.verb)
            case Verb.EXPLAIN:
                return self._explain(command)
            case Verb.HELP:
                return CommandAnswer(HELP)
            case None:
                said = f"There is no command {code(command.word)}."
                hint = f" Did you mean `/sealcheck {command.meant}`?" if command.meant else f"\n\n{HELP}"
                return CommandAnswer(said + hint, UNCLEAR)

    def _ignore(self, command: SlashCommand, verb: Verb) -> CommandAnswer:
        needed = self._settings.organisation.ignore_level
        if self._level < needed:
            return CommandAnswer(
                f"To {verb} a finding takes the role {_LEVELS.get(needed, needed)}.", REFUSED
            )
        found = self._named(command)
        if isinstance(found, CommandAnswer):
            return found
        ids, rule = found
        rules = {each.rule for each in self._findings if each.fingerprint in ids}
        locked = rules & self._settings.organisation.unsilenced
        reason = masked(visible(command.argument))[:MAX_REASON_CHARS]
        who = self._note.author
        if verb is Verb.UNIGNORE:
            return self._take_back(ids, rule)
        if locked:
            return CommandAnswer(
                f"{code(min(locked))} is locked by the organisation: it cannot be ignored.", REFUSED
            )
        if not reason:
            return CommandAnswer("An ignore needs a reason: `/sealcheck ignore REASON`.", UNCLEAR)
        said = f"Ignored by {code(who)} for as long as this code stays as it is: {prose(reason)}"
        return CommandAnswer(said, remember=IgnoreCommand(ids, rule, who, reason), review=True)

    def _take_back(self, ids: tuple[str, ...], rule: str) -> CommandAnswer:
        # A second run, after a crash, finds its own answer there, which has taken the ignore back.
        again = self._note.id in self._said.answers
        if again or any(each in self._said.ignored for each in ids):
            who = self._note.author
            return CommandAnswer(
                f"Not ignored any more, by {code(who)}.",
                remember=IgnoreCommand(ids, rule, who, ""),
                review=True,
            )
        by_policy = next((each.ignored for each in self._findings if each.fingerprint in ids), None)
        also = f" The policy ignores it: {prose(by_policy)}" if by_policy else ""
        return CommandAnswer(f"No command ignores that finding.{also}", UNCLEAR)

    def _named(self, command: SlashCommand) -> tuple[tuple[str, ...], str] | CommandAnswer:
        """The fingerprints that a command speaks of, and their rule; or why that is not clear."""
        if not command.id and self._standing is not None:
            ids = self._standing.stands_for
        elif command.id:
            every = {each.fingerprint for each in self._findings} | set(self._said.ignored)
            near = sorted(each for each in every if _begins(each, command.id))
            if len(near) > 1:
                return CommandAnswer(f"More than one finding begins with {code(command.id)}.", UNCLEAR)
            ids = tuple(near)
        else:
            return CommandAnswer(choice(self._findings), UNCLEAR)
        found = next((each for each in self._findings if each.fingerprint in ids), None)
        known = next((self._said.ignored[each] for each in ids if each in self._said.ignored), None)
        if found is None and known is None:
            return CommandAnswer("That finding is not there any more.", UNCLEAR)
        return ids, found.rule if found else known.rule if known else ""

    def _explain(self, command: SlashCommand) -> CommandAnswer:
        if command.argument and not command.id:
            rule = page_of(command.argument)
            if rule is None:
                near = nearest(command.argument, RULE_IDS)
                return CommandAnswer(f"There is no rule {code(command.argument)}{near or '.'}", UNCLEAR)
            return CommandAnswer(rule)
        named = self._named(command)
        if isinstance(named, CommandAnswer):
            rule = self._standing.rule if self._standing and not command.id else None
            page = page_of(rule) if rule else None
            return CommandAnswer(f"{named.text} This was its rule:\n\n{page}") if page else named
        finding = next((each for each in self._findings if each.fingerprint in named[0]), None)
        return CommandAnswer(explained(finding) if finding else page_of(named[1]) or "")

    def say(self, given: Iterable[CommandAnswer]) -> None:
        """Give the one answer, or bring it up to date."""
        given = tuple(given)
        text = "\n\n".join(dict.fromkeys(each.text for each in given if each.text))
        known = self._said.answers.get(self._note.id)
        if not text:
            return
        lines = [
            self._marker.line(MarkerKind.IGNORE, pack(dict(each.remember.content)))
            for each in given
            if each.remember is not None
        ]
        body = "\n".join([text, "", *lines, self._marker.line(MarkerKind.ANSWER, str(self._note.id))])
        if known is not None:
            if known.body.strip() != body.strip():
                self._forge.edit_note(self._project_id, self._mr.iid, known.id, body)
        else:
            self._write(body)

    def say_edited(self, asked: Iterable[SlashCommand]) -> None:
        """Say that an edit is no command, to somebody who may give one, unless that was said already."""
        is_stranger = self._level < DEVELOPER and self._note.author_id != self._mr.author.id
        if is_stranger or self._note.id in self._said.edits:
            return
        lines = "\n".join(f"- {code(each.line)}" for each in asked)
        text = (
            f"A command counts as it is first written, not by an edit. Write it in a new comment:\n\n{lines}"
        )
        self._write(f"{text}\n\n{self._marker.line(MarkerKind.EDIT, str(self._note.id))}")

    def _write(self, body: str) -> None:
        """A new note of the bot beside the comment, as internal as that."""
        if self._thread is not None and not self._thread.individual:
            self._forge.reply(self._project_id, self._mr.iid, self._thread.id, body)
        else:
            # An answer to a plain comment would turn that into a thread, which has to be resolved before merging.
            self._forge.add_note(self._project_id, self._mr.iid, body, internal=self._note.internal)

    def settle(self, remembered: Iterable[IgnoreCommand]) -> None:
        """Resolve the threads of what is ignored now; open those again that the bot had resolved."""
        ids = {each for said in remembered for each in said.ids}
        if not ids:
            return
        threads = self._forge.threads(self._project_id, self._mr.iid)
        now = Conversation(threads, self._forge.bot_id, self._marker)
        for standing in now.standing:
            if standing.fingerprint not in ids:
                continue
            thread, ignored = standing.thread, standing.fingerprint in now.ignored
            if thread.resolved != ignored and (ignored or not standing.dismissed):
                self._forge.resolve(self._project_id, self._mr.iid, thread.id, resolved=ignored)


def _begins(fingerprint: str, name: str) -> bool:
    """Whether `name` is a beginning of it, or of its second part, which is what the summary shows."""
    return fingerprint.startswith(name) or fingerprint[8:].startswith(name)
