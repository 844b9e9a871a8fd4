"""What is found once for all its like is what is found in each alone."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.analysis.engine import SideResult, run_rules
from bot.documents.documents import Documents
from bot.leaks.analysis import follow
from bot.leaks.following import Following
from bot.repository import Repository
from bot.snapshot import Project, Tree
from tests.test_samples import cases, mount

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "ci"
PROJECT = Project(id=42, path="group/app", default_branch="main", host="gitlab.com")
JOBS = """\
.run:
  script:
    - ./run.sh "$WORD"
one:
  extends: .run
  variables: {WORD: plain}
two:
  extends: .run
  variables: {WORD: $API_TOKEN}
three:
  extends: .run
  variables: {WORD: plain}
"""


def tree(files: dict[str, str]) -> Tree:
    return Tree(files, listing=frozenset(files), project=PROJECT)


def both(head: dict[str, str], base: dict[str, str]) -> tuple[SideResult, SideResult]:
    """What is said of the base, and then of the head beside it."""
    old = Repository(tree(base))
    return run_rules(old), run_rules(Repository(tree(head), old))


def each_alone(head: dict[str, str], base: dict[str, str]) -> tuple[SideResult, SideResult]:
    """The same, where nothing is taken from anywhere else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Documents, "_where_same", lambda *_: None)
        patch.setattr(Following, "of", lambda self, job: follow(job, self._files))
        return both(head, base)


def changes() -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Head and base of every fourth sample; a sample that is no change is its own base, but for one more file and line."""
    for case in islice(cases(), 0, None, 4):
        head, base = mount(case.values[1])
        yield head, base if base is not None else head
        yield head, {path: f"# before\n{text}" for path, text in head.items()}


def test_samples() -> None:
    assert all(both(*change) == each_alone(*change) for change in changes())


@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs the corpus of public CI files, ../shared/corpus")
def test_corpus() -> None:
    for path in sorted(CORPUS.iterdir())[::20]:
        files = {".gitlab-ci.yml": path.read_bytes().decode(errors="replace")}
        assert both(files, files) == each_alone(files, files), path.name


def leaks(repository: Repository) -> list[int]:
    return [len(repository.leaks(job)) for job in repository.jobs]


def test_jobs_of_one_template_differ_by_their_variables() -> None:
    files = {".gitlab-ci.yml": JOBS, "run.sh": '#!/bin/sh\necho "$1"\n'}
    assert leaks(Repository(tree(files))) == [0, 1, 0]


def test_a_changed_script_is_followed_anew_for_an_unchanged_job() -> None:
    base = Repository(tree({".gitlab-ci.yml": JOBS, "run.sh": '#!/bin/sh\necho "$1"\n'}))
    head = Repository(tree({".gitlab-ci.yml": JOBS, "run.sh": "#!/bin/sh\ntrue\n"}), base)
    again = Repository(tree({".gitlab-ci.yml": JOBS, "run.sh": '#!/bin/sh\necho "$1"\n'}), head)
    assert (leaks(base), leaks(head), leaks(again)) == ([0, 1, 0], [0, 0, 0], [0, 1, 0])


def test_a_script_that_comes_is_followed_and_one_that_goes_is_missed() -> None:
    base = Repository(tree({".gitlab-ci.yml": JOBS}))
    head = Repository(tree({".gitlab-ci.yml": JOBS, "run.sh": '#!/bin/sh\necho "$1"\n'}), base)
    assert (leaks(base), leaks(head)) == ([0, 0, 0], [0, 1, 0])


def test_what_is_the_same_is_read_and_followed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    followed = []
    monkeypatch.setattr(
        "bot.leaks.analysis.follow", lambda job, files: followed.append(job.name) or follow(job, files)
    )
    base = Repository(tree({".gitlab-ci.yml": JOBS, "run.sh": '#!/bin/sh\necho "$1"\n'}))
    head = Repository(tree(dict(base.tree.files)), base)
    assert leaks(base) == leaks(head)
    assert followed == ["one", "two"]
    assert head.documents.yaml(".gitlab-ci.yml") is base.documents.yaml(".gitlab-ci.yml")
