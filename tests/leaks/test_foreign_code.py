"""Programs in other languages that a job runs: what they print of its secrets, in their own lines."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from bot.leaks.analysis import leaks_of
from bot.leaks.model import Sink
from bot.snapshot import Tree
from tests.leaks.jobs import job

if TYPE_CHECKING:
    from pathlib import Path

LOG, FORM, DUMP = Sink.LOG, Sink.TRANSFORMED, Sink.DUMP
INTERPRETERS = {"js": "node", "mjs": "node", "rb": "ruby", "pl": "perl"}
SECRET = "zQ7kWpxVm9tRbJ5nYd2H"

PROGRAMS = [
    ("js", "console.log(process.env.K)", {1: LOG}),
    ("js", "// console.log(process.env.K)\n/* console.log(process.env.K) */", {}),
    ("js", "const k = process.env['K'];\nconst s = `key ${k}`;\nconsole.log(\n  s,\n);", {3: LOG}),
    ("js", "let k = process.env.K;\nk = 'x';\nconsole.log(k);", {}),
    ("js", "const { K: key, P } = process.env;\nconsole.log(P);\nconsole.error(key.slice(0, 6));", {3: FORM}),
    ("js", "console.log(Buffer.from(process.env.K).toString('base64'))", {1: FORM}),
    ("js", "if (!process.env.K) throw new Error('K is missing');\nconsole.log('K is set');", {}),
    ("js", "console.log('length', process.env.K.length);", {}),
    ("js", "console.log(process.env)", {1: DUMP}),
    ("js", "console.log(process.env.P, process.env.PATH.length)", {}),
    ("js", "function show(v) {\n  console.log(v.toUpperCase());\n}\nshow(process.env.K);", {2: FORM}),
    ("js", "function show() {\n  console.log(process.env.K);\n}\nconsole.log('done');", {}),
    ("js", "const ask = (k) => ({ status: 200 });\nconsole.log(ask(process.env.K).status);", {}),
    ("js", "console.log(process.argv[2].split('').reverse().join(''))", {1: FORM}),
    ("mjs", "const fs = (await import('node:fs'));\nconst t = fs.readFileSync(process.env.F);\nfor (const l of t.toString().split('\\n')) console.log('> ' + l);", {3: FORM}),
    ("mjs", "console.log(process.env.F)", {}),
    ("rb", "puts ENV['K']", {1: LOG}),
    ("rb", "# puts ENV['K']\n=begin\nputs ENV['K']\n=end\nputs 'ok'", {}),
    ("rb", 'key = ENV.fetch("K")\nputs "key #{key.reverse}"', {2: FORM}),
    ("rb", "p ENV['K']", {1: FORM}),
    ("rb", "abort 'K is missing' if ENV['K'].to_s.empty?\nputs 'ok'", {}),
    ("rb", "def show(v)\n  puts v.upcase\nend\n\nshow(ENV['K'])", {2: FORM}),
    ("rb", "def show(v)\n  puts ENV['K']\nend\n\nputs 'ok'", {}),
    ("rb", "puts ENV['K'].size", {}),
    ("rb", 'ENV.each { |name, value| puts "#{name} #{value}" }', {1: DUMP}),
    ("rb", "require 'json'\nputs JSON.generate(key: ENV['K'].chars)", {2: FORM}),
    ("pl", 'print "key: $ENV{K}\\n";', {1: LOG}),
    ("pl", "my $k = $ENV{'K'};\nprintf \"%s\\n\", substr($k, 0, 6);", {2: FORM}),
    ("pl", '# print $ENV{K};\nprint "ok\\n" if length $ENV{K};', {}),
    ("pl", 'foreach my $n (sort keys %ENV) { print "$n=$ENV{$n}\\n"; }', {1: DUMP}),
]  # fmt: skip


@pytest.mark.parametrize(("ending", "code", "shown"), PROGRAMS)
def test_what_a_program_prints(ending: str, code: str, shown: dict[int, Sink]) -> None:
    path = f"tools/show.{ending}"
    leaks = leaks_of(job(f'{INTERPRETERS[ending]} {path} "$K"'), Tree({path: code}))
    assert {leak.span.start_line: leak.sink for leak in leaks if leak.span.path == path} == shown


@pytest.mark.parametrize(("ending", "code", "shown"), PROGRAMS)
def test_the_program_itself_shows_the_same(
    ending: str, code: str, shown: dict[int, Sink], tmp_path: Path
) -> None:
    interpreter = shutil.which(INTERPRETERS[ending])
    if interpreter is None:
        pytest.skip(f"{INTERPRETERS[ending]} is not installed")
    program = tmp_path / f"show.{ending}"
    program.write_text(code)
    (tmp_path / "F").write_text(f"{SECRET}\n{SECRET[::-1]}")
    environment = {"PATH": os.environ["PATH"], "K": SECRET, "F": str(tmp_path / "F"), "P": "plain"}
    run = subprocess.run(
        [interpreter, str(program), SECRET], env=environment, check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
    )  # fmt: skip
    sinks = set(shown.values())
    assert (SECRET in run.stdout) == (
        bool(sinks & {LOG, DUMP}) or "p ENV" in code or (ending == "mjs" and bool(sinks))
    )
    assert bool(run.stdout.strip()) == ("//" not in code)


def test_a_program_by_its_path_and_of_a_folder() -> None:
    tree = Tree({"ci/show.mjs": "#!/usr/bin/env node\nconsole.log(process.env.K)\n"})
    for script in ("./ci/show.mjs", "cd ci && node show.mjs", "node --no-warnings ci/show.mjs"):
        assert [(leak.span.path, leak.span.start_line) for leak in leaks_of(job(script), tree)] == [
            ("ci/show.mjs", 2)
        ]


def test_a_bundle_ends_soon() -> None:
    start = time.process_time()
    for line in ("a.b(c);", "x" * 50_000 + ".each(", "f(" * 20_000, "function f(a){f(a)};", "`" * 9_999):
        code = (line * (90_000 // len(line) + 1))[:99_000]
        leaks_of(job("node show.js"), Tree({"show.js": code}))
    assert time.process_time() - start < 20
