"""Random lives of a merge request over real HTTP: pushes, people and crashes in any order, and it always converges.

Every story has a number; a failure names it and shows what happened. 200 in the ordinary run, 5,000 with
SEALCHECK_ORACLE=full.
"""

import datetime as dt
import json
import os
import random
from collections import Counter
from types import SimpleNamespace

import pytest

from bot.analysis.engine import PATH_DIGITS, run_rules
from bot.analysis.verify import Prover
from bot.comments.conversation import Conversation
from bot.comments.marker import Marker, MarkerKind
from bot.comments.plan import Caps, plan
from bot.errors import ForgeBusy, SealcheckError
from bot.gitlab import convert
from bot.gitlab.client import Client
from bot.gitlab.doubt import Doubts, Forgetful
from bot.gitlab.forge import GitLabForge
from bot.review import run
from bot.review.run import ReviewSettings
from bot.review.slash_commands import run_command
from bot.snapshot import Project
from tests.gitlab_double import GitLabDouble, changes, notes
from tests.gitlab_double.errors import Refused
from tests.review.reviewing import KEYS, LEAKY, TODAY, a_project

FULL = os.environ.get("SEALCHECK_ORACLE") == "full"
STORIES = 5000 if FULL else 60
CHUNK = 25
LENGTHS = (1, 2, 4, 6) if FULL else (1, 1, 1, 1, 1, 5)
LEAKS = ('    - echo "$API_KEY"\n', '    - echo "again $API_KEY"\n', "    - set -x\n")
POLICY = 'ignore:\n  - rule: shell-trace\n    reason: "SEC-1"\n'
PATHS = (".gitlab-ci.yml", "ci/deploy.gitlab-ci.yml")
HAPPENINGS = (
    *["push"] * 8, *["resolve"] * 2, "reopen", "reply", "delete_a_note", "delete_a_thread", "delete_the_summary",
    "ignore", "ignore", "unignore", "recheck", "rebase", "suggestion", "outdated_setting", "again",
)  # fmt: skip
CRASHES = (*["none"] * 5, "dies", "dies after writing", "loses an answer", "loses a write", "half a batch")


def text_of(leaks, padding, indent):
    """A pipeline with some of the leaks, so many lines above them, and its script indented or not."""
    lines = "".join(line for line in LEAKS if line in leaks)
    text = LEAKY.replace(LEAKS[0], lines)
    return "# a line\n" * padding + (text.replace("    - ", "      - ") if indent else text)


def in_use(conversation):
    """The threads but those that have said where their finding went: a person may open one again, and it stays."""
    return [each for each in conversation.standing if each.last_word is not MarkerKind.MOVED]


class Ground:
    """What the stories share: a GitLab, and commits, made once each."""

    def __init__(self, double):
        self.double, self.root = double, a_project(double)
        self.client = Client(double.url, double.BOT_TOKEN, timeout_seconds=5, pauses_seconds=(0.0,))
        self.mains = [self.root.branches["main"]]
        for files in ({"main.txt": "x\n"}, {".sealcheck.yml": POLICY}):
            self.mains.append(self.root.repository.commit((self.mains[0],), files, "On", "dev"))
        self.time = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
        double.world.now = self.now
        self._heads, self._results, self._proofs = {}, {}, {}

    def now(self):
        """Time goes on by a millisecond a look: what happens in one moment in GitLab does so here."""
        self.time += dt.timedelta(milliseconds=1)
        return self.time

    def run_rules(self, repository, **more):
        """What the rules say, asked once for equal trees: they are not what is tried here."""
        key = self._key(repository), str(more)
        if key not in self._results:
            self._results[key] = run_rules(repository, **more)
        return self._results[key]

    def prover(self, repository):
        """A prover that proves once for equal trees."""
        key, prover = self._key(repository), Prover(repository)

        def proven(finding):
            asked = key, str(finding)
            if asked not in self._proofs:
                self._proofs[asked] = prover.proven(finding)
            return self._proofs[asked]

        return SimpleNamespace(proven=proven)

    @staticmethod
    def _key(repository):
        files = dict(repository.tree.files)
        return str(sorted(files.items())), repository.base is None or str(
            sorted(repository.base.tree.files.items())
        )

    def head(self, main, state):
        """The commit with that state (path, leaks, padding, indent; None: nothing of interest) on a main branch."""
        if (main, state) not in self._heads:
            files = {"notes.txt": "x\n"} if state is None else {state[0]: text_of(*state[1:])}
            repository = self.root.repository
            self._heads[main, state] = repository.commit((self.mains[main],), files, "Change", "dev")
        return self._heads[main, state]


class Life:
    """One story. `told` is what happened so far."""

    def __init__(self, ground, seed, monkeypatch):
        self.chance = random.Random(seed)
        self.ground, self.double = ground, ground.double
        self.reported = [f"story {seed}"]
        self.project = self.double.project(f"platform/story-{seed}", fork_of=ground.root)
        self.mia = self.double.user("mia", role=40, projects=(self.project,))
        self.terms = ReviewSettings(KEYS, caps=self.chance.choice([Caps(), Caps(), Caps(), Caps(2, 1)]))
        self.main, self.state = 0, self.a_state()
        self.project.branches["feature"] = ground.head(0, self.state)
        self.merge_request = self.double.open_merge_request(self.project)
        self.marker = Marker(KEYS, self.project.id, self.merge_request.iid)
        self.judgement = None
        self.facts, self.seconds = Forgetful(), 0.0
        self.dismissed = {}

        def planned(judgement, conversation, marker):
            self.judgement = judgement
            return plan(judgement, conversation, marker)

        monkeypatch.setattr(run, "plan", planned)
        monkeypatch.setattr(run, "run_rules", ground.run_rules)
        monkeypatch.setattr(run, "Prover", ground.prover)

    def a_state(self):
        pick = self.chance
        if pick.random() < 0.08:
            return None
        leaks = tuple(line for line in LEAKS if pick.random() < 0.6)
        return pick.choice((PATHS[0], PATHS[0], PATHS[1])), leaks, pick.choice((0, 0, 5)), pick.random() < 0.2

    # What happens

    def happen(self):
        what = self.chance.choice(HAPPENINGS)
        self.ground.time += dt.timedelta(minutes=1)
        self.reported.append(what)
        threads = self.threads
        if (
            what in {"push", "rebase", "outdated_setting", "again", "delete_the_summary", "recheck"}
            or threads
        ):
            getattr(self, what)(*([self.chance.choice(threads)] if self._needs_thread(what) else []))

    @staticmethod
    def _needs_thread(what):
        return what in {
            "resolve", "reopen", "reply", "delete_a_note", "delete_a_thread", "ignore", "unignore", "suggestion",
        }  # fmt: skip

    def push(self):
        self.state = self.a_state()
        self._move()

    def rebase(self):
        """The target moves on, perhaps to where its policy ignores a rule, and the branch is put on top of it."""
        self.main = self.chance.choice([main for main in range(3) if main != self.main])
        self.project.branches["main"] = self.ground.mains[self.main]
        self._move()

    def _move(self):
        old = self.project.branches["feature"]
        self.project.branches["feature"] = self.ground.head(self.main, self.state)
        self.reported[-1] += f" {self.state} on main {self.main}"
        with self.double.world.lock:
            changes.moved(self.double.world, self.project, "feature", old, self.double.dev)

    def resolve(self, thread):
        if not thread.resolved:
            body = thread.first.body
            names = [
                self.marker.find(body, MarkerKind.FINDING) or "",
                *(self.marker.find(body, MarkerKind.FOLDED) or "").split("."),
            ]
            self.dismissed[thread.id] = {name[PATH_DIGITS:] for name in names if name}
        self.double.resolve(self.double.dev, thread)

    def reopen(self, thread):
        self.double.resolve(self.double.dev, thread, resolved=False)
        self.dismissed.pop(thread.id, None)

    def reply(self, thread):
        text = self.chance.choice(["Is that so?", "/sealcheck explain"])
        self.double.comment(self.double.dev, self.merge_request, text, thread)

    def delete_a_note(self, thread):
        """A person's or the bot's: nobody can delete what GitLab itself has written."""
        written = [note for note in thread.notes if not note.system]
        notes.delete(self.double.world, self.chance.choice(written))

    def delete_a_thread(self, thread):
        for note in list(thread.notes):
            notes.delete(self.double.world, note)

    def delete_the_summary(self):
        for note in self.summaries:
            notes.delete(self.double.world, note)

    def suggestion(self, thread):
        for each in self.double.suggestions(self.merge_request):
            if each.note.discussion is thread:
                try:
                    self.double.apply_suggestion(self.double.dev, each)
                    self.dismissed.pop(thread.id, None)
                except Refused as refused:
                    self.reported[-1] += f" refused: {refused}"

    def outdated_setting(self):
        """Switched on, and never off again: what a push had resolved before would look like a person's doing."""
        self.project.resolve_outdated_diff_discussions = True

    def again(self):
        """The same delivery once more."""

    def ignore(self, thread):
        self.command("/sealcheck ignore a test account", thread)

    def unignore(self, thread):
        self.command("/sealcheck unignore", thread)

    def recheck(self):
        self.command("/sealcheck recheck", None)

    def command(self, text, thread):
        note = self.double.comment(self.mia, self.merge_request, text, thread)
        ids = self.project.id, self.merge_request.iid, note.id
        with self.trouble():
            self._insist(lambda: run_command(self.forge, *ids, self.terms, TODAY))
        self._insist(
            lambda: run_command(self.forge, *ids, self.terms, TODAY)
        )  # as the queue does after a crash

    # The bot, and its crashes

    def trouble(self):
        return Trouble(self.double, self.chance, self.reported)

    def review(self):
        with self.trouble() as trouble:
            self._review()
        self.never_twice()
        if not trouble.struck:
            self.check()

    def _review(self):
        ids = self.project.id, self.merge_request.iid
        self._insist(lambda: run.review(self.forge, *ids, self.terms, TODAY))

    def _insist(self, job):
        """As the queue does: again after the pause that is asked for."""
        for _ in range(30):
            try:
                return job()
            except ForgeBusy as busy:
                self.seconds += busy.retry_after_seconds
        return job()

    @property
    def forge(self):
        """As in a job of its own, on a connection that stays."""
        doubts = Doubts(self.facts, lambda: self.seconds)
        return GitLabForge(
            self.ground.client, max_file_bytes=1 << 20, bot_id=self.double.bot.id, doubts=doubts
        )

    def settle(self):
        self.reported.append("settles")
        self._review()
        self.check()
        quiet = len(self.double.mails)
        if self.chance.random() < 0.1:
            self.double.log.clear()
            self._review()
            assert self.double.log.writes == [], "a second look wrote something"
            assert len(self.double.mails) == quiet

    # What must be true

    @property
    def threads(self):
        return [each for each in self.double.threads(self.merge_request, by=self.double.bot) if each.notes]

    @property
    def words(self):
        """The bot's own notes."""
        return [
            note for note in self.merge_request.notes if note.author is self.double.bot and not note.system
        ]

    @property
    def summaries(self):
        return [note for note in self.words if self.marker.find(note.body, MarkerKind.SUMMARY)]

    def conversation(self):
        """The bot's part of it now; the look of the test, not of the bot: no request."""
        path = f"/api/v4/projects/{self.project.id}/merge_requests/{self.merge_request.iid}/discussions?per_page=100"
        answer = self.double.application.answer("GET", path, {"PRIVATE-TOKEN": self.double.BOT_TOKEN}, b"")
        of = Project(self.project.id, "a/b", resolves_outdated=self.project.resolve_outdated_diff_discussions)
        threads = [convert.thread(each, of) for each in json.loads(answer.encoded())]
        return Conversation(threads, self.double.bot.id, self.marker)

    def never_twice(self):
        open_ones = [each for each in in_use(self.conversation()) if not each.thread.resolved]
        twice = [name for name, n in Counter(each.fingerprint for each in open_ones).items() if n > 1]
        assert twice == [], "two open threads of one finding"
        assert len(self.summaries) <= 1

    def check(self):
        """What holds whenever a review came to its end."""
        now = self.conversation()
        assert plan(self.judgement, now, self.marker) == (), "something was left to say"
        assert self.merge_request.drafts == [] or any("dies" in line for line in self.reported)
        wanted = {each.fingerprint for each in self.judgement.findings if each.ignored is None}
        wanted -= set(now.ignored)
        constructs = {name[PATH_DIGITS:] for name in wanted}
        self.people_have_the_last_word(now, constructs)
        reported = set().union(*self.dismissed.values())
        for each in in_use(now):
            if not each.thread.resolved:
                reported |= {name[PATH_DIGITS:] for name in each.stands_for}
                over = each.last_word in {MarkerKind.FIXED, MarkerKind.IGNORE}
                there = each.fingerprint[PATH_DIGITS:] in constructs
                assert over is not there or (each.answered and not there), "a word that is not true any more"
        capped = any("Not shown as threads" in note.body for note in self.summaries)
        assert constructs <= reported or capped, "a finding that nobody was told"
        assert bool(self.summaries) or not wanted
        answers = [
            mark.value
            for note in self.words
            for mark in self.marker.marks(note.body)
            if mark.kind is MarkerKind.ANSWER
        ]
        assert len(answers) == len(set(answers)), "two answers to one command"

    def people_have_the_last_word(self, now, constructs):
        """What a person resolved stays so, in silence, for as long as the finding is there."""
        known = {each.thread.id: each for each in now.standing}
        for thread_id, dismissed in list(self.dismissed.items()):
            if thread_id not in known:
                del self.dismissed[thread_id]  # somebody deleted it
            elif dismissed & constructs:
                assert known[thread_id].thread.resolved, "a thread that a person resolved was opened again"
                open_ones = [each for each in now.standing if not each.thread.resolved]
                again = [
                    each for each in open_ones if each.fingerprint[PATH_DIGITS:] in dismissed & constructs
                ]
                assert again == [], "a dismissed finding was raised again"


class Trouble:
    """What goes wrong while the bot works, or nothing. `struck`: whether it did."""

    def __init__(self, double, chance, reported):
        self.faults, self.world, self.struck = double.faults, double.world, False
        kind, at = chance.choice(CRASHES), chance.randint(1, 18)
        if kind == "none":
            return
        reported.append(f"  {kind} at request {at}")
        double.log.clear()
        counted = [0]

        def count(number, method, path):
            counted[0] += 1
            dead = counted[0] > at or (kind == "dies" and counted[0] == at)
            self.struck |= dead
            return not dead

        if kind == "half a batch":
            double.break_bulk_publish(after=1)
            self.struck = True
        elif kind.startswith("dies"):
            self.faults.before_request = count
        else:
            self.faults.answer(502, "[PD]*", number=at, after=kind == "loses an answer")
            self.struck = True

    def __enter__(self):
        return self

    def __exit__(self, kind, problem, where):
        self.faults.before_request = None
        self.faults.clear()
        self.world.break_bulk_publish_after = None
        return isinstance(problem, SealcheckError) and self.struck


@pytest.fixture(scope="module")
def ground():
    with GitLabDouble() as double:
        yield Ground(double)
        assert double.refused == []
        assert double.quick_actions_run == []


@pytest.mark.parametrize("chunk", range(STORIES // CHUNK))
def test_every_story_converges(ground, chunk, monkeypatch):
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        life = Life(ground, seed, monkeypatch)
        try:
            life.review()
            for _ in range(life.chance.choice(LENGTHS)):
                life.happen()
                if life.chance.random() < 0.7:
                    life.review()
            life.settle()
        except Exception as problem:
            problem.add_note("\n".join(life.reported))
            problem.add_note(life.double.conversation(life.merge_request))
            raise
        ground.double.world.projects.pop(life.project.id)
        ground.double.log.clear()
