"""The time of one review against the stand-in for GitLab, over real HTTP, in this process.

Prints, for a first review, an unchanged second one, and a merge request that touches nothing relevant: median and worst
milliseconds, requests, and beside them the time of as many empty requests to the same stand-in in the same run.
"""

from __future__ import annotations

import statistics
import time

from tests.demo import FILES
from tests.gitlab_double import GitLabDouble
from tests.review.reviewing import Bot, a_project

RUNS = 15


def main() -> None:
    with GitLabDouble() as double:
        bot, project = Bot(double), a_project(double)
        figures: dict[str, list[tuple[float, int, int]]] = {"first": [], "unchanged": [], "irrelevant": []}
        empty = []
        for number in range(RUNS):
            merge_request = double.open_merge_request(project, FILES, source_branch=f"run-{number}")
            other = double.open_merge_request(
                project, {"src/main.c": f"{number}\n"}, source_branch=f"other-{number}"
            )
            for name, each, spoken in (
                ("first", merge_request, False),
                ("unchanged", merge_request, True),
                ("irrelevant", other, False),
            ):
                begin = time.perf_counter()
                bot.review(each, spoken=spoken)
                figures[name].append((time.perf_counter() - begin, bot.reads, bot.writes))
            begin = time.perf_counter()
            for _ in range(10):
                bot.ping()
            empty.append((time.perf_counter() - begin) / 10)
        per_request = statistics.median(empty)
        print(f"an empty request to the stand-in: {per_request * 1000:.1f} ms")
        for name, seen in figures.items():
            seconds = statistics.median(each[0] for each in seen)
            _, reads, writes = seen[-1]
            share = (reads + writes) * per_request / seconds
            print(
                f"{name}: median {seconds * 1000:.0f} ms, worst {max(each[0] for each in seen) * 1000:.0f} ms, "
                f"{reads} reads, {writes} writes; requests are about {share:.0%} of it"
            )


if __name__ == "__main__":
    main()
