"""Our word on a script against bash itself: does the secret's value come out, or not?

`bash_cases.txt` is the table of scripts; hypothesis puts further ones together. What we say and bash does not, and
the other way round, is listed in docs/oracles/bash.md with its reason; anything else fails here.
"""

# ruff: noqa: Q000, Q003 - shell text reads best in the quotes that it does not use
from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.leaks.analysis import leaks_of
from bot.leaks.model import Sink
from bot.snapshot import Tree
from tests.leaks.jobs import job
from tests.oracle.bash_runs import PLAIN, Case, Out, comes_out, make_stubs, read_cases

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed"),
]

TABLE = Path(__file__).with_name("bash_cases.txt")
NOTES = Path(__file__).parents[2] / "docs" / "oracles" / "bash.md"
FULL = os.environ.get("SEALCHECK_ORACLE") == "full"
GENERATED = 4000 if FULL else 300
_PLACES = {
    Sink.LOG: Out.LOG, Sink.DUMP: Out.LOG, Sink.TRACE: Out.TRACE, Sink.DERIVED: Out.LOG, Sink.TOOL: Out.LOG,
    Sink.VALUE_AS_PATH: Out.LOG, Sink.TRANSFORMED: Out.FORM, Sink.UPLOAD: Out.ARTIFACT,
}  # fmt: skip


# Whether another form comes out depends on the value: this one has nothing to quote, and begins with z.
OF_THE_VALUE = {
    "printf '%q\\n' \"$K\"",
    'echo "${K@Q}"',
    "declare -p K",
    'arr=(a "$K"); declare -p arr',
    "echo \"$K\" | sed -n 's/^z/x/p'",
    "python3 -c \"import os; print({'password': os.environ['K']})\"",
    'python3 - <<\'EOF\'\nimport os, json\nwith open("c.json", "w") as f:\n    json.dump({"p": os.environ["K"]}, f)\nEOF\ncat c.json',
}


def we_say(case: Case) -> frozenset[Out]:
    """Where we say that the value comes out; as in bash's answer, the form counts only where the value itself does not."""
    made = job(case.script, variables={"P": PLAIN}, artifacts=case.artifacts)
    leaks = [
        leak for leak in leaks_of(made, Tree({})) if leak.source and not leak.source.name.startswith("CI_")
    ]
    said = {_PLACES[leak.sink] for leak in leaks if leak.sink in _PLACES}
    return frozenset(said - {Out.FORM} if Out.LOG in said else said)


_IN_LOG = {Out.LOG, Out.FORM, Out.TRACE}


@dataclass(frozen=True)
class Differences:
    """The scripts that we miss, those that we accuse wrongly, those whose value comes out elsewhere than we say."""

    missed: list[Case]
    wrong: list[Case]
    misplaced: list[Case]
    leaks: int


def compare(cases: list[Case], stubs: Path) -> Differences:
    with ThreadPoolExecutor(3) as pool:
        truths = list(pool.map(lambda case: comes_out(case, stubs), cases))
    found = Differences([], [], [], sum(map(bool, truths)))
    for case, truth in zip(cases, truths, strict=True):
        ours = we_say(case)
        if bool(ours) == bool(truth):
            found.misplaced.extend([case] if not _agree(ours, truth) else [])
        else:
            (found.missed if truth else found.wrong).append(case)
    return found


def _agree(ours: frozenset[Out], truth: frozenset[Out]) -> bool:
    """Whether both name the same places; of a trace we do not say whether it shows the value or a part of it."""
    if Out.TRACE in ours:
        return bool(truth & _IN_LOG) and truth - _IN_LOG == ours - _IN_LOG
    return ours == truth


def noted(case: Case) -> bool:
    """Whether the difference is one that the notes explain."""
    return NOTES.exists() and f"```sh\n{case.script}\n```" in NOTES.read_text()


def test_table(tmp_path: Path) -> None:
    cases = read_cases(TABLE)
    assert len(cases) > 300
    found = compare(cases, make_stubs(tmp_path / "bin"))
    assert found.leaks > 100, "the canary is not seen any more"
    assert [case for case in found.missed if not noted(case)] == []
    assert [case for case in found.wrong if not noted(case)] == []
    assert [case.script for case in found.misplaced if case.script not in OF_THE_VALUE] == []
    assert len(found.missed) <= 0.03 * found.leaks
    assert len(found.wrong) <= 0.03 * found.leaks


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
        suppress_health_check=list(HealthCheck),
    )
    @given(scripts())
    def collect(case: Case) -> None:
        drawn.setdefault(case)

    collect()
    found = compare(list(drawn), make_stubs(tmp_path / "bin"))
    both = found.leaks - len(found.missed)
    recall, precision = both / found.leaks, both / (both + len(found.wrong))
    placed = 1 - len(found.misplaced) / both
    print(
        f"{len(drawn)} generated scripts, {found.leaks} leaks, recall {recall:.3f}, precision {precision:.3f}, "
        f"at the right place {placed:.3f}"
    )
    assert recall >= 0.97, found.missed
    assert precision >= 0.97, found.wrong
    assert placed >= 0.97, found.misplaced
