"""Files per second of our YAML reader, against yamllint and libyaml alone in the same run.

    .venv/bin/python bench/documents.py [FOLDER]

The default folder is the corpus of public CI files beside this repository. yamllint is not a dependency:
install it (`pip install yamllint`) to see its figure.
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.cyaml import CParser
from ruamel.yaml.error import YAMLError

from bot.documents.documents import Documents
from bot.documents.kinds import kind_of
from bot.documents.yaml import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 3
FOLDER = Path(__file__).parents[2] / "shared" / "corpus" / "ci"


def events_alone(text: str) -> None:
    try:
        step = CParser(text).get_event
        while step() is not None:
            pass
    except YAMLError:
        pass


def round_trip(text: str) -> None:
    try:
        list(YAML().load_all(text))
    except Exception:  # noqa: BLE001 - it raises many things on real files
        return


def yamllint() -> Callable[[str], object] | None:
    try:
        from yamllint import linter
        from yamllint.config import YamlLintConfig
    except ImportError:
        return None
    config = YamlLintConfig("extends: default")
    return lambda text: list(linter.run(text, config))


def seconds(work: Callable[[str], object], texts: list[str], rounds: int = ROUNDS) -> float:
    """The best of some rounds, in CPU seconds: other programs on the machine do not count."""
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        started = time.process_time()
        for text in texts:
            work(text)
        best = min(best, time.process_time() - started)
    return best


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    texts = [
        path.read_bytes().decode(errors="replace") for path in sorted(folder.rglob("*")) if path.is_file()
    ]
    if not texts:
        sys.exit(f"no files in {folder}")
    megabytes = sum(map(len, texts)) / 1e6
    print(f"{len(texts)} files, {megabytes:.1f} MB, best of {ROUNDS} rounds, one core, CPU time")

    def report(name: str, spent: float, share: float = 1.0) -> None:
        print(f"{name:<38}{len(texts) * share / spent:>8.0f} files/s{megabytes * share / spent:>8.2f} MB/s")

    report("libyaml's events alone (the floor)", seconds(events_alone, texts))
    report("our reader", seconds(lambda text: parse_yaml("x.yml", text), texts))
    report("our kinds (by content)", seconds(lambda text: kind_of("x.yml", text), texts))
    report(
        "documents: kind and reader", seconds(lambda text: Documents({"x.yml": text}).yaml("x.yml"), texts)
    )
    some = texts[:: max(1, len(texts) // 100)]
    report("ruamel's round-trip loader (a sample)", seconds(round_trip, some, 1), len(some) / len(texts))
    lint = yamllint()
    if lint is None:
        print("yamllint is not installed: pip install yamllint")
    else:
        report("yamllint (a sample)", seconds(lint, some, 1), len(some) / len(texts))


if __name__ == "__main__":
    main()
