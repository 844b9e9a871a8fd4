"""Run the rules over one side of a repository, and find what a change introduces."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from bot.analysis.marks import Marks
from bot.documents.documents import Documents
from bot.documents.kinds import is_document
from bot.documents.location import Span, Unreadable
from bot.findings import Effect, Finding, Hit, Severity
from bot.lazy import dataclass
from bot.pipeline.model import Job, Pipeline, is_foreign
from bot.rules import ALL_RULES, as_rules, by_subject, ids_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from bot.analysis.focus import Focus
    from bot.pipeline.refusals import Refusal
    from bot.reads import Read
    from bot.repository import Repository
    from bot.rule import AnyRule
    from bot.rules import Rules


T = TypeVar("T")

PATH_DIGITS = 8
"""A fingerprint's first digits name the path, the other 24 the construct."""


@dataclass(frozen=True, slots=True)
class RuleFailure:
    """A rule that raised: a defect of ours, reported as loudly as a finding; the other rules still ran."""

    rule: str
    subject: str
    problem: Exception

    @property
    def error(self) -> str:
        """The kind of exception: its message may quote the file."""
        return type(self.problem).__name__

    @property
    def as_unreadable(self) -> Unreadable:
        """The failure as what a report lists as not checked."""
        reason = (
            f"the rule {self.rule} failed ({self.error}); this is a defect of Sealcheck, please report it"
        )
        return Unreadable(self.subject, 0, reason)


@dataclass(frozen=True, slots=True)
class SideResult:
    """What the rules say of one side. Findings come worst first."""

    findings: tuple[Finding, ...]
    failures: tuple[RuleFailure, ...]
    unread: tuple[Unreadable, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One of `of` equal parts of the work, from 0. What belongs to one job always is in the same part."""

    number: int = 0
    of: int = 1


WHOLE = Part()


class JudgedSubject(NamedTuple):
    """What the rules say of one subject, each answer with the number of its rule, and what they read for it."""

    hits: tuple[tuple[int, tuple[Hit, ...]], ...] = ()
    failures: tuple[tuple[int, RuleFailure], ...] = ()
    reads: frozenset[Read] = frozenset()


@dataclass(frozen=True, slots=True)
class PartialJudgement:
    """What the rules say of one part of the work."""

    judged: tuple[tuple[str, int, JudgedSubject], ...]
    """each with the name of its subject's type and its number among those"""

    @property
    def hits(self) -> list[tuple[int, int, tuple[Hit, ...]]]:
        """Number of the rule, number of its subject, and what it says of that subject."""
        return [(rule, number, own) for _, number, judged in self.judged for rule, own in judged.hits]

    @property
    def failures(self) -> list[tuple[int, int, RuleFailure]]:
        """Number of the rule, number of its subject, and how it failed there."""
        return [(rule, number, each) for _, number, judged in self.judged for rule, each in judged.failures]


def run_rules(
    repository: Repository,
    rules: Iterable[AnyRule] = ALL_RULES,
    renamed_from: Mapping[str, str] | None = None,
    focus: Focus | None = None,
) -> SideResult:
    """Every finding of `rules`; with a `focus` every one in its files, and maybe others.

    `renamed_from` maps new paths to old ones, so that a renamed file keeps its fingerprints.
    """
    kept = as_rules(rules)
    return settled(focus or repository, [judge(repository, kept, focus=focus)], renamed_from, kept)


def judge(
    repository: Repository,
    rules: Iterable[AnyRule] = ALL_RULES,
    part: Part = WHOLE,
    step: Callable[[int, int], None] = lambda _done, _of: None,
    focus: Focus | None = None,
) -> PartialJudgement:
    """What the rules say of one part of the repository: all parts together say what one alone would say.

    `step` is reported, again and again, how much is done and of how much. `focus`: only what matters to its files.
    """
    judge = Judge(repository, rules, focus)
    jobs, others = [], []
    for kind in judge.kinds:
        subjects = [(kind, number, key) for number, key in enumerate(judge.subjects(kind))]
        if kind == Job.__name__:
            jobs = subjects
        else:
            others += subjects
    weights = [_weight(job) for job in judge.subjects(Job.__name__).values()] if jobs else []
    own = [*_heavy(jobs, weights, part), *_share(others, part)]
    judged = []
    for done, (kind, number, key) in enumerate(own):
        step(done, len(own))
        judged.append((kind, number, judge.judged(kind, key)))
    return PartialJudgement(tuple(judged))


class Judge:
    """Asks rules of every subject of a repository, subject by subject: what is known of its scripts is still available.

    What was said is kept with the repository, and holds in a changed state of it where all that was read is the same.
    A subject goes by a key: a file by its path, all else by its identity, for what did not change is the same object.
    """

    def __init__(
        self, repository: Repository, rules: Iterable[AnyRule] = ALL_RULES, focus: Focus | None = None
    ) -> None:
        self.rules = as_rules(rules)
        self._repository = repository
        self._side = focus or repository
        self._known: dict[Hashable, JudgedSubject] = repository.judged.setdefault(self.rules, {})
        origin = repository.origin
        self._earlier: dict[Hashable, JudgedSubject] = origin.judged.get(self.rules, {}) if origin else {}
        self._subjects: dict[str, dict[Hashable, Any]] = {}
        self.kinds = by_subject(self.rules)
        """the types of subjects by their names, and the numbers of the rules for each"""
        self.ids = ids_of(self.rules)

    def subjects(self, kind: str) -> dict[Hashable, Any]:
        """The subjects of one type by their keys, in the order of the files; of `Documents`, the path of each file."""
        found = self._subjects.get(kind)
        if found is None:
            values = self._side.subjects(kind)
            keys = values if kind == Documents.__name__ else map(id, values)
            found = self._subjects[kind] = dict(zip(keys, values, strict=True))
        return found

    def keep(self, judgement: PartialJudgement) -> None:
        """Keep what another process has said of this repository."""
        keys = {kind: tuple(self.subjects(kind)) for kind in self.kinds}
        for kind, number, judged in judgement.judged:
            self._known[keys[kind][number]] = judged
        self._repository.answer_all({read for _, _, judged in judgement.judged for read in judged.reads})

    def judged(self, kind: str, key: Hashable) -> JudgedSubject:
        """What the rules say of one subject, from memory where that is still true."""
        known = self._known.get(key)
        if known is None:
            known = self._earlier.get(key)
            if known is None or not self._repository.differing.isdisjoint(known.reads):
                known = self._judge(kind, self.subjects(kind)[key])
            self._known[key] = known
        return known

    def _judge(self, kind: str, subject: Any) -> JudgedSubject:
        repository = self._repository
        hits: list[tuple[int, tuple[Hit, ...]]] = []
        failures: list[tuple[int, RuleFailure]] = []
        with repository.reads.listening() as heard:
            value = repository.documents.only(subject) if kind == Documents.__name__ else subject
            marks = Marks(value, repository)
            for number in self.kinds[kind]:
                rule_id = self.ids[number]
                try:
                    if not marks.concern(rule_id):
                        continue
                    rule = self.rules[number]
                    found = list(rule.check(value, repository))
                    own = tuple(
                        _at_home(rule, _on_its_servers(rule, hit, value), repository) for hit in found
                    )
                except Exception as error:  # noqa: BLE001 - one rule fails, the others run
                    name = getattr(value, "subject", type(value).__name__)
                    failures.append((number, RuleFailure(rule_id, str(name), error)))
                else:
                    if own:
                        hits.append((number, own))
        return JudgedSubject(tuple(hits), tuple(failures), frozenset(heard))


def settled(
    side: Repository | Focus,
    parts: Iterable[PartialJudgement],
    renamed_from: Mapping[str, str] | None = None,
    rules: Rules = ALL_RULES,
) -> SideResult:
    """The findings of all parts, in the order in which one run would have made them."""
    parts = tuple(parts)
    hits = sorted((said for part in parts for said in part.hits), key=lambda said: said[:2])
    failures = sorted((said for part in parts for said in part.failures), key=lambda said: said[:2])
    refused = _refused(side.pipelines)
    every = [
        (rules[number], _as_it_runs(rules[number], hit, refused)) for number, _, own in hits for hit in own
    ]
    return SideResult(_number(every, renamed_from or {}), tuple(each for _, _, each in failures), side.unread)


def _refused(pipelines: Sequence[Pipeline]) -> dict[str, Refusal]:
    """Each file of which GitLab runs nothing, and why: no pipeline that it does not refuse has it."""
    running = {path for each in pipelines if each.refusal is None for path in each.files}
    return {
        path: each.refusal
        for each in pipelines
        if each.refusal is not None
        for path in each.files
        if path not in running
    }


def _as_it_runs(rule: AnyRule, hit: Hit, refused: Mapping[str, Refusal]) -> Hit:
    """The hit, which says so where GitLab does not even run what it is about."""
    refusal = refused.get(hit.span.path)
    if refusal is None or rule.subject not in {Job, Pipeline}:
        return hit
    path, line = refusal.span.path, refusal.span.start_line
    where = "" if is_foreign(path) else f" (`{path}`, line {line})"
    note = f"GitLab refuses this pipeline as it is{where}: nothing of it runs until that is corrected."
    return replace(hit, attack=f"{hit.attack} {note}".strip())


def _weight(job: Job) -> int:
    return sum(len(line.text) for line in job.scripts) + 1


def _heavy(jobs: Sequence[T], weights: Sequence[int], part: Part) -> list[T]:
    """The part's jobs: neighbours, for they share scripts, and as much script in each part."""
    ends = [-(-sum(weights) * (number + 1) // part.of) for number in range(part.of)]
    own = []
    passed = 0
    for job, weight in zip(jobs, weights, strict=True):
        if bisect_right(ends, passed) == part.number:
            own.append(job)
        passed += weight
    return own


def _share(others: Sequence[T], part: Part) -> Sequence[T]:
    """The part's share of what is quick: neighbours, as many in each part."""
    return others[len(others) * part.number // part.of : len(others) * (part.number + 1) // part.of]


def introduced(head: SideResult, base: SideResult) -> tuple[Finding, ...]:
    """The findings of `head` that `base` does not have: what the change brings in."""
    inherited = {finding.fingerprint for finding in base.findings}
    return tuple(finding for finding in head.findings if finding.fingerprint not in inherited)


def _on_its_servers(rule: AnyRule, hit: Hit, subject: object) -> Hit:
    """The hit about who can log in, which says so where today's servers refuse everyone for want of an audience."""
    if not rule.id.startswith("vault-role-") or (hit.effect or rule.effect) is not Effect.EXPOSES:
        return hit
    from bot.vault.claims.witness import accepting_servers  # noqa: PLC0415 - few repositories have a role
    from bot.vault.roles.jwt_role import JwtRole  # noqa: PLC0415 - as above
    from bot.vault.servers import Server  # noqa: PLC0415 - as above

    if not isinstance(subject, JwtRole) or len(subject.servers) == 1 or hit.construct == "bound_audiences":
        return hit
    if accepting_servers(subject) != {Server.OLD_VAULT}:
        return hit
    note = "as soon as it binds an audience (an older Vault accepts them already)"
    return replace(hit, message=f"{hit.message.removesuffix('.')}, {note}.")


def _at_home(rule: AnyRule, hit: Hit, repository: Repository) -> Hit:
    """The hit, where a reader of this repository may see it.

    What an include pulls in from another project was read with the bot's rights: it is judged, and reported at the
    include, but none of its names or lines is quoted.
    """
    if is_foreign(hit.span.path):
        return Hit(
            span=_include_of(hit.span.path, repository) or Span(".gitlab-ci.yml", 1, 1, 1, 1),
            subject="include",
            construct=hashlib.sha256(f"{hit.span}{hit.construct}".encode()).hexdigest()[:16],
            message=f"What this include brings in from another project has a flaw: {rule.page.title.lower()}.",
            attack="Anyone who may read that project finds the place with `sealcheck scan` there.",
            severity=hit.severity,
            confidence=hit.confidence,
            effect=hit.effect,
        )
    if rule.subject.__module__.startswith(_SHOWN_AND_RUN) and is_document(hit.span.path):
        hit = replace(hit, severity=_at_most_low(hit.severity or rule.severity))
    related = tuple(each for each in hit.related if not is_foreign(each.span.path))
    way = tuple(each for each in hit.way if not is_foreign(each.span.path))
    is_same = len(related) == len(hit.related) and len(way) == len(hit.way)
    return hit if is_same else replace(hit, related=related, way=way)


# What a script does and a document only explains; a credential is as real in the one as in the other.
_SHOWN_AND_RUN = ("bot.vault.", "bot.clouds.")


def _at_most_low(severity: Severity) -> Severity:
    return max(severity, Severity.LOW, key=lambda each: each.rank)


def _include_of(path: str, repository: Repository) -> Span | None:
    return next((p.included_at[path] for p in repository.pipelines if path in p.included_at), None)


def _number(hits: list[tuple[AnyRule, Hit]], renamed_from: Mapping[str, str]) -> tuple[Finding, ...]:
    """The hits as findings; equal ones at several places are numbered.

    Of those at one place (instances of one `for_each`, say) the gravest is kept, the first where they are alike.
    """
    worst: dict[tuple[object, ...], tuple[AnyRule, Hit]] = {}
    ordinals: Counter[tuple[str, ...]] = Counter()
    by_identity: dict[tuple[str, ...], list[tuple[AnyRule, Hit]]] = defaultdict(list)
    for rule, hit in hits:
        place = (rule.id, hit.span, hit.construct)
        kept = worst.setdefault(place, (rule, hit))
        if (hit.severity or rule.severity).rank < (kept[1].severity or rule.severity).rank:
            worst[place] = (rule, hit)
    for rule, hit in worst.values():
        by_identity[_identity(rule, hit, renamed_from)].append((rule, hit))
    findings = []
    for identity, equals in by_identity.items():
        for rule, hit in sorted(equals, key=lambda pair: pair[1].span):
            ordinals[identity] += 1
            findings.append(_finding(rule, hit, _fingerprint(identity, ordinals[identity])))
    return tuple(sorted(findings, key=lambda finding: finding.sort_key))


def _identity(rule: AnyRule, hit: Hit, renamed_from: Mapping[str, str]) -> tuple[str, ...]:
    path = renamed_from.get(hit.span.path, hit.span.path)
    return path, rule.id, hit.subject, hit.construct, re.sub(r"\s+", " ", hit.text).strip()


def path_digits(path: str) -> str:
    """The first part of a fingerprint: what it keeps of the path."""
    return hashlib.sha256(path.encode(errors="surrogatepass")).hexdigest()[:PATH_DIGITS]


def _fingerprint(identity: tuple[str, ...], ordinal: int) -> str:
    path, *construct = identity
    where = path_digits(path)
    what = hashlib.sha256("\0".join([*construct, str(ordinal)]).encode(errors="surrogatepass")).hexdigest()[
        :24
    ]
    return where + what


def _finding(rule: AnyRule, hit: Hit, fingerprint: str) -> Finding:
    return Finding(
        rule=rule.id,
        severity=hit.severity or rule.severity,
        confidence=hit.confidence or rule.confidence,
        effect=hit.effect or rule.effect,
        span=hit.span,
        subject=hit.subject,
        message=hit.message,
        attack=hit.attack,
        fingerprint=fingerprint,
        fix=hit.fix,
        witness=hit.witness,
        related=hit.related,
        construct=hit.construct,
        way=hit.way,
        title=rule.page.title,
        remedy=hit.remedy or rule.page.remedy,
    )
