"""One scan of one repository: read, judge, compare with a base, settle what is ignored."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from bot.analysis.engine import SideResult, introduced, run_rules
from bot.analysis.focus import Focus
from bot.analysis.policy import REPOSITORY_FILE, ReviewPolicy, read_policy
from bot.analysis.suppressions import judge
from bot.documents.location import Unreadable
from bot.lazy import dataclass
from bot.report.outcome import ReadFile, ScanOutcome
from bot.repository import Repository
from bot.scanning import git
from bot.scanning.files import CommitFiles, Texts
from bot.scanning.wish import project_of
from bot.scanning.workers import run_rules_with
from bot.snapshot import Overlaid, Tree

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from bot.scanning.selection import Target
    from bot.scanning.wish import Wish
    from bot.snapshot import Project


@dataclass(slots=True)
class Scanned:
    """A repository with all that the rules say of it, and what is reported of that."""

    repository: Repository
    result: SideResult
    outcome: ScanOutcome


def scan(
    target: Target,
    wish: Wish,
    over: Mapping[str, str] | None = None,
    step: Callable[[int, int], None] = lambda _done, _of: None,
) -> Scanned:
    """What the rules say of `target`.

    `over` replaces the text of some files (standard input, a fix); `step` is reported how far it is.

    Raises:
        git.GitFailed: the base or the commit does not exist, or the target is no git checkout.
    """
    sides = _sides(target, wish)
    files: Mapping[str, str] = Overlaid(sides.head, over) if over else sides.head
    policy, project = _policy(target, files, wish.organisation or ReviewPolicy(), wish.today)
    listing = frozenset(files)
    base = None
    if sides.base is not None:
        base = Repository(Tree(sides.base, sides.base.unread, listing=frozenset(sides.base), project=project))
    head = Repository(Tree(files, sides.head.unread, listing=listing, project=project), base)
    asked = wish.only or target.selected
    focus = Focus.on(head, asked) if asked and base is None else None
    if focus is None:
        result = run_rules_with(wish.workers, head, sides.head, sides.renamed, step)
    else:
        result = run_rules(head, focus=focus)
    judged = judge(result.findings, files, policy, wish.today)
    findings = judged.findings
    if base is not None and sides.base is not None:
        before = run_rules_with(wish.workers, base, sides.base)
        fresh = {finding.fingerprint for finding in introduced(result, before)}
        findings = tuple(finding for finding in findings if finding.fingerprint in fresh)
    whole = head.documents.unread(head.tree) if focus is None else focus.whole_unread
    errors, notes = _unread(head, result, sides.head, target, whole)
    shown = ScanOutcome(
        findings=tuple(each for each in findings if target.selects(each.span.path)),
        files=_files_read(head, target, sides.changed),
        errors=tuple(each for each in (*errors, *policy.problems) if target.selects(each.path)),
        notes=tuple(each for each in (*notes, *judged.problems) if target.selects(each.path)),
        text=files.get,
    )
    return Scanned(head, result, shown)


def _files_read(head: Repository, target: Target, changed: set[str] | None) -> tuple[ReadFile, ...]:
    """The files that a report counts: selected, of a kind that is read and, with a base, changed."""
    return tuple(
        ReadFile(path, kind.value)
        for path in head.documents
        if target.selects(path) and (changed is None or path in changed)
        if (kind := head.documents.kind(path)) is not None
    )


@dataclass(frozen=True, slots=True)
class _Sides:
    """The texts of both sides. `renamed` is new -> old path; `changed` what differs, None without a base."""

    head: Texts
    base: Texts | None = None
    renamed: dict[str, str] = field(default_factory=dict)
    changed: set[str] | None = None


def _sides(target: Target, wish: Wish) -> _Sides:
    """The texts that the call names. Raises git.GitFailed."""
    if (wish.base or wish.commit) and not target.in_git:
        raise git.GitFailed(f"{target.root}: --base and --commit need a git checkout")
    head: Texts = target.files
    commit = None
    if wish.commit is not None:
        commit = git.commit_of(target.root, wish.commit)
        head = CommitFiles(target.root, commit)
    if wish.base is None:
        return _Sides(head)
    since = git.merge_base(target.root, git.commit_of(target.root, wish.base), commit or "HEAD")
    changed, renamed = git.changes(target.root, since, commit)
    base = CommitFiles(target.root, since, beside=head, changed=changed)
    changed |= set(head) - set(base)
    return _Sides(head, base, renamed, changed)


def _policy(
    target: Target, files: Mapping[str, str], organisation: ReviewPolicy, today: dt.date
) -> tuple[ReviewPolicy, Project]:
    """What the repository and the organisation decide, and what is known of the project."""
    text = files.get(REPOSITORY_FILE)
    policy = (read_policy(REPOSITORY_FILE, text) if text is not None else ReviewPolicy()).under(organisation)
    project = replace(policy.shaping(project_of(target)), today=today)
    return policy, project


def _unread(
    head: Repository, result: SideResult, texts: Texts, target: Target, files: list[Unreadable]
) -> tuple[list[Unreadable], list[Unreadable]]:
    """Whole files that could not be checked and defects of rules; parts of files that could not."""
    errors = [Unreadable(path, 0, f"not checked: {why}") for path, why in sorted(texts.unread.items())]
    whole = [each for each in files if each.path not in texts.unread]
    errors += whole
    errors += [failure.as_unreadable for failure in result.failures]
    reported = {(each.path, each.line, each.reason) for each in whole}
    notes = [
        each
        for each in result.unread
        if each.path not in texts.unread and (each.path, each.line, each.reason) not in reported
    ]
    notes += [Unreadable(path, 0, f"not checked: {why}") for path, why in sorted(texts.passed_over.items())]
    if target.selected:
        notes += [
            Unreadable(path, 0, "nothing that Sealcheck reads: no pipeline, role, policy or script")
            for path in target.selected
            if path in texts.names and path not in texts.unread and head.documents.kind(path) is None
        ]
    return errors, notes
