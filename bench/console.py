"""First paint of the console's overview with many findings, beside the same page as a fixed text.

    .venv/bin/python bench/console.py [--findings 10000] [--loads 15]

In headless Chromium, by turns, in one run: what else the machine does meets both. The fixed text is the overview's
own HTML with the same style sheet, so the difference is what the database and the templates cost.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import tempfile
import time
from pathlib import Path

from tests.console.chromium import Chromium
from tests.console.demo import SEAT, cookie, serving

NOW = 20_780 * 86400 + 31_000
PAGES = ("/console/", "/console/findings", "/console/findings?state=open&page=40", "/console/projects/42")
GOAL_MS = 300


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--findings", type=int, default=10_000)
    options.add_argument("--loads", type=int, default=15)
    asked = options.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    # Of what is planted about a quarter stays open.
    amount = {"findings": asked.findings * 4, "reviews": asked.findings // 5}
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), NOW, **amount) as (url, flask):
        client = flask.test_client()
        with client.session_transaction() as session:
            session["seat"] = SEAT
        fixed = {path: client.get(path).text for path in PAGES}
        flask.config["FIXED"] = list(fixed.values())
        opened = fixed["/console/"].split('class="big">')[1].split("<")[0]
        print(f"{opened} open findings, {len(fixed['/console/']) / 1000:.0f} kB of HTML")
        with Chromium() as browser:
            browser.cookie(url, "sealcheck", cookie(flask))
            browser.look(1280, 900)
            for number, path in enumerate(PAGES):
                measure(browser, url, path, f"/fixed/{number}", asked.loads)
        for path in PAGES:
            print(f"{path:40} costs {answered(client, path):6.1f} ms of a processor")


def measure(browser: Chromium, url: str, path: str, fixed: str, loads: int) -> None:
    """Prints the medians of both, and their ratio."""
    times: dict[str, list[float]] = {path: [], fixed: []}
    for each in (path, fixed) * (loads + 1):
        browser.open(url + each)
        times[each].append(browser.first_paint_ms())
    live, still = (statistics.median(times[each][1:]) for each in (path, fixed))
    verdict = "" if path != "/console/" else f"  (goal {GOAL_MS} ms: {'met' if live < GOAL_MS else 'MISSED'})"
    print(
        f"{path:40} first paint {live:6.1f} ms, fixed text {still:6.1f} ms, ratio {live / still:4.1f}{verdict}"
    )


def answered(client, path: str, times: int = 10) -> float:
    """Milliseconds of processor time that the server alone needs, the median."""
    found = []
    for _ in range(times):
        began = time.process_time()
        assert client.get(path).status_code == 200
        found.append((time.process_time() - began) * 1000)
    return statistics.median(found)


if __name__ == "__main__":
    main()
