"""Our word on a script against bash itself: does the secret's value come out, or not?

`bash_cases.txt` is the table of scripts; hypothesis puts further ones together. What we say and bash does not, and
the other way round, is listed in docs/oracles/bash.md with its reason; anything else fails here.
"""

# ruff: noqa: Q000, Q003 - shell text reads best in the quotes that it does not use
from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.leaks.analysis import leaks_of
from bot.leaks.model import Sink
from bot.snapshot import Tree
from tests.leaks.jobs import job
from tests.oracle.bash_runs import PLAIN, Case, comes_out, make_stubs, read_cases

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed"),
]

TABLE = Path(__file__).with_name("bash_cases.txt")
NOTES = Path(__file__).parents[2] / "docs" / "oracles" / "bash.md"
FULL = os.environ.get("SEALCHECK_ORACLE") == "full"
GENERATED = 4000 if FULL else 300
_SEEN = {Sink.LOG, Sink.DUMP, Sink.TRANSFORMED, Sink.DERIVED, Sink.TOOL, Sink.UPLOAD, Sink.VALUE_AS_PATH}


def we_say(case: Case) -> bool:
    made = job(case.script, variables={"P": PLAIN}, artifacts=case.artifacts)
    leaks = [
        leak for leak in leaks_of(made, Tree({})) if leak.source and not leak.source.name.startswith("CI_")
    ]
    return any(leak.sink in _SEEN or leak.sink is Sink.TRACE for leak in leaks)


def compare(cases: list[Case], stubs: Path) -> tuple[list[Case], list[Case], int]:
    """The scripts that we miss, those that we accuse wrongly, and the number of real leaks."""
    with ThreadPoolExecutor(3) as pool:
        truths = list(pool.map(lambda case: comes_out(case, stubs), cases))
    said = [we_say(case) for case in cases]
    missed = [case for case, truth, ours in zip(cases, truths, said, strict=True) if truth and not ours]
    wrong = [case for case, truth, ours in zip(cases, truths, said, strict=True) if ours and not truth]
    return missed, wrong, sum(truths)


def noted(case: Case) -> bool:
    """Whether the difference is one that the notes explain."""
    return NOTES.exists() and f"```sh\n{case.script}\n```" in NOTES.read_text()


def test_table(tmp_path: Path) -> None:
    cases = read_cases(TABLE)
    assert len(cases) > 300
    missed, wrong, leaks = compare(cases, make_stubs(tmp_path / "bin"))
    assert leaks > 100, "the canary is not seen any more"
    assert [case for case in missed if not noted(case)] == []
    assert [case for case in wrong if not noted(case)] == []
    assert len(missed) <= 0.03 * leaks
    assert len(wrong) <= 0.03 * leaks


SOURCES = st.sampled_from(
    ['$K', '"$K"', '"${K}"', '"$(cat "$F")"', '$(cat $F)', '"$(<"$F")"', '"`cat $F`"', '"${K:-x}"', '"a $K b"',
     "'$K'", '"$P"', '"${K:+set}"', '"${#K}"', '"$F"', '"${NO:-$K}"', '"${K:0:12}"', '"${K%%5*}"', '"\\$K"',
     '"${P:-$K}"', '"x$(echo "$K" | wc -c)"']
)  # fmt: skip
CARRIERS = st.sampled_from(
    ["{use} {s}", "X={s}\n{use} \"$X\"", "X={s}\nX=gone\n{use} \"$X\"", "f() {{ {use} \"$1\"; }}\nf {s}", "f() {{ {use} \"$2\"; }}\nf {s} two",
     "a=(one {s})\n{use} \"${{a[1]}}\"", "a=({s} two)\n{use} \"${{a[1]}}\"", "read -r X <<< {s}\n{use} \"$X\"",
     "for i in {s}; do {use} \"$i\"; done", "printf -v X '%s' {s}\n{use} \"$X\"", "export X={s}\nbash -c '{use} \"$X\"'",
     "X={s}\nbash -c '{use} \"$X\"'", "echo {s} > f.txt\n{use} \"$(cat f.txt)\"", "X={s}\nV=X\n{use} \"${{!V}}\"",
     "while read -r l; do {use} \"$l\"; done <<< {s}", "X=$(echo {s})\n{use} \"$X\"", "if true; then {use} {s}; fi",
     "true && {use} {s}", "false && {use} {s}", "( {use} {s} )", "{{ {use} {s}; }}", "declare -A m\nm[k]={s}\n{use} \"${{m[k]}}\"",
     "eval '{use} \"$K\"'", "case x in x) {use} {s};; esac", "set -- {s}\n{use} \"$1\"", "X={s}\nunset X\n{use} \"$X\"",
     "f() {{ local y={s}; {use} \"$y\"; }}\nf", "f() {{ echo {s}; }}\n{use} \"$(f)\"", "mapfile -t a <<< {s}\n{use} \"${{a[0]}}\""]
)  # fmt: skip
USES = st.sampled_from(["echo", "printf '%s\\n'", "true", "docker", "cat <<<", "echo -n"])
ENDS = st.sampled_from(
    ["", "", "", " > /dev/null", " >&2", " 2>/dev/null", " >/dev/null 2>&1", " 2>&1 >/dev/null", " | cat", " | base64", " | rev",
     " | sha256sum", " | wc -c", " | docker login --password-stdin", " | tee t.txt", " | tee t.txt > /dev/null", " | grep -q x",
     " > out.txt", " &> out.txt", " | cut -c1-6", " | xxd -p", " | tr a-z A-Z", " | cat >&2", " 2>&1 | cat > /dev/null", " >&2 2>/dev/null"]
)  # fmt: skip
AROUND = st.sampled_from(["{0}", "{0}", "{0}", "exec > log.txt\n{0}", "exec 2>/dev/null\n{0}", "set -x\n{0}", "set -x\nset +x\n{0}", "{{\n{0}\n}} > /dev/null", "(\n{0}\n) 2>&1", "g() {{\n{0}\n}}\ng", "g() {{\n{0}\n}}", "X0=$(\n{0}\n)"])  # fmt: skip


@st.composite
def scripts(draw: st.DrawFn) -> Case:
    carrier = draw(CARRIERS)
    text = carrier.format(use=draw(USES), s=draw(SOURCES)) + draw(ENDS)
    return Case(draw(AROUND).format(text), draw(st.sampled_from(["", "", "out.txt"])))


def test_generated(tmp_path: Path) -> None:
    drawn: dict[Case, None] = {}

    @settings(
        max_examples=GENERATED,
        derandomize=not FULL,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(scripts())
    def collect(case: Case) -> None:
        drawn.setdefault(case)

    collect()
    missed, wrong, leaks = compare(list(drawn), make_stubs(tmp_path / "bin"))
    said = leaks - len(missed) + len(wrong)
    recall, precision = 1 - len(missed) / leaks, 1 - len(wrong) / said
    print(f"{len(drawn)} generated scripts, {leaks} leaks, recall {recall:.3f}, precision {precision:.3f}")
    assert recall >= 0.97, missed
    assert precision >= 0.97, wrong
