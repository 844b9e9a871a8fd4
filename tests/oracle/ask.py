"""Ask bash about one script: does the secret come out, and what do we say?

Run: .venv/bin/python -m tests.oracle.ask 'echo "$K" | rev' [PATTERN OF THE ARTIFACTS] K contains a secret's value, F
the path of a file that contains it, P is plain. The script is run: ask only what you trust."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bot.leaks.analysis import leaks_of
from bot.leaks.wording import way_of
from bot.snapshot import Tree
from tests.leaks.jobs import job
from tests.oracle.bash_runs import PLAIN, Case, comes_out, make_stubs
from tests.oracle.test_bash import we_say


def main(arguments: list[str]) -> int:
    """0 where both agree, 1 where they do not, 2 for a call that is wrong."""
    if not 1 <= len(arguments) <= 2:
        print(__doc__)
        return 2
    case = Case(arguments[0].replace("\\n", "\n"), "".join(arguments[1:]))
    with tempfile.TemporaryDirectory() as folder:
        truth = comes_out(case, make_stubs(Path(folder) / "bin"))
    ours = we_say(case)
    print(f"bash:      the secret {'comes out' if truth else 'does not come out'}")
    print(f"sealcheck: the secret {'comes out' if ours else 'does not come out'}")
    for leak in leaks_of(job(case.script, variables={"P": PLAIN}, artifacts=case.artifacts), Tree({})):
        print(f"  {leak.sink}: {way_of(leak)}")
    return int(truth is not ours)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
