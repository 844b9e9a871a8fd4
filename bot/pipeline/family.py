"""What a job takes after, and what starts the pipeline that it is part of."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bot.documents.nodes import Mapping, text_of
from bot.pipeline.extends import names_of
from bot.pipeline.jobs import flat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.pipeline.model import Job, Pipeline


def parents(job: Job, pipeline: Pipeline) -> Iterator[Job]:
    """The templates and jobs that it extends, also through others, each once; those that were not read are left out."""
    return (parent for _, parent in _named(job, pipeline) if parent is not None)


def is_whole(job: Job, pipeline: Pipeline) -> bool:
    """Whether everything that it extends was read: else it may have rules, scripts or tokens that nobody sees."""
    return all(parent is not None for _, parent in _named(job, pipeline))


def starters(jobs: Iterable[Job]) -> dict[str, tuple[Job, ...]]:
    """The trigger jobs that start a child pipeline, by the root file of that."""
    found: dict[str, dict[int, Job]] = defaultdict(dict)
    for job in jobs:
        include = job.get("trigger", "include")
        for item in flat(include) if include is not None else ():
            named = text_of(item.get("local")) if isinstance(item, Mapping) else text_of(item)
            if named is not None:
                found[named.lstrip("/")][id(job)] = job
    return {root: tuple(triggers.values()) for root, triggers in found.items()}


def _named(job: Job, pipeline: Pipeline) -> Iterator[tuple[str, Job | None]]:
    seen: set[str] = set()
    waiting = [job]
    while waiting:
        for scalar in names_of(waiting.pop().node.get("extends")):
            name = scalar.text
            if name not in seen:
                seen.add(name)
                parent = pipeline.hidden_jobs.get(name) or pipeline.jobs.get(name)
                yield name, parent
                if parent is not None:
                    waiting.append(parent)
