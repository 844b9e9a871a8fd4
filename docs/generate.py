"""The pages that are made from the code: `python -m docs.generate`, or `--check` to see whether they are up to date."""

from __future__ import annotations

import difflib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.rules import ALL_RULES
from bot.settings import table
from docs.chart import values_table
from docs.examples import example_of
from docs.facts import facts_page
from docs.versions import with_version

if TYPE_CHECKING:
    from bot.rule import Rule

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "rules"
_GENERATED = "<!-- made by docs/generate.py from the rule's own module; edit that -->\n"
_GENERATED_SETTINGS = "<!-- made by docs/generate.py from bot/settings/__init__.py; edit that -->\n\n"
_SETTINGS_HEAD = """\
Settings are environment variables. A file `.env` in the working folder is read too: lines `NAME=VALUE`, quotes and `#`
comments, no expansion; the environment wins. All problems are reported at once, one line a variable on stderr, with
exit status 2."""

_SEVERITIES = """\
Where a range of severities is given, the finding says which one it is and why: a secret that the log masks, a policy
that no role of the repository gives to jobs and a job that needs no production secret are milder. Examples in
documentation are at most low, and a [policy](../policy.md) may set another severity."""


def page(rule: Rule) -> str:
    """A rule's page in Markdown."""
    parts = [
        _GENERATED,
        f"# {rule.id}",
        f"{rule.page.title}.",
        _facts(rule),
        "## What it finds",
        rule.page.what,
        "## Why it matters",
        rule.page.why,
        "## Fix",
        rule.page.fix,
        *example_of(rule),
        "## Limits",
        rule.page.limits,
        f"Samples that are flagged and look-alikes that are not: `tests/rules/{rule.id}/`.",
    ]
    return "\n\n".join(parts) + "\n"


def _facts(rule: Rule) -> str:
    ignorable = "yes" if rule.suppressible else "never"
    return (
        "| severity | confidence | effect | may be ignored |\n|---|---|---|---|\n"
        f"| {rule.severities} | {rule.confidence} | {rule.effect} | {ignorable} |"
    )


def index() -> str:
    """The list of all rules, in the order of the catalogue."""
    rows = [
        f"| [`{rule.id}`]({rule.id}.md) | {rule.page.title} | {rule.severities} | {rule.effect} |"
        for rule in ALL_RULES
    ]
    head = f"# The rules\n\nSealcheck has {len(ALL_RULES)} rules. {_SEVERITIES}\n"
    return (
        "\n".join([_GENERATED, head, "| rule | finds | severity | effect |", "|---|---|---|---|", *rows])
        + "\n"
    )


def settings() -> str:
    """The table of settings."""
    rows = [f"| `{variable}` | {_default(default)} | {meaning} |" for variable, default, meaning in table()]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def _default(default: str) -> str:
    return default if default == "none" else f"`{default}`"


def settings_page() -> str:
    """The page of the settings: what holds for all of them, then each."""
    return "\n\n".join([f"{_GENERATED_SETTINGS}# Settings", _SETTINGS_HEAD, settings()]) + "\n"


def wanted() -> dict[Path, str]:
    """Every generated file and its text."""
    files = with_version(ROOT)
    files |= {PAGES / f"{rule.id}.md": page(rule) for rule in ALL_RULES}
    files[PAGES / "index.md"] = index()
    files[ROOT / "docs" / "settings.md"] = settings_page()
    files[ROOT / "docs" / "facts.md"] = facts_page()
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    files[readme] = _between(text, "rule-count", f"{len(ALL_RULES)} rules")
    chart = ROOT / "helm" / "sealcheck"
    text = (chart / "README.md").read_text(encoding="utf-8")
    files[chart / "README.md"] = _between(text, "values", f"\n\n{values_table(chart)}\n\n")
    return files


def _between(text: str, name: str, content: str) -> str:
    """`text` with `content` between its `<!-- NAME -->` and `<!-- /NAME -->`."""
    pattern = rf"(<!-- {name} -->).*?(<!-- /{name} -->)"
    return re.sub(pattern, lambda found: found[1] + content + found[2], text, flags=re.DOTALL)


def main(arguments: list[str]) -> int:
    """Writes the files, or with `--check` shows which are out of date (status 1)."""
    files = wanted()
    stale = [
        path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    strays = [path for path in PAGES.glob("*.md") if path not in files]
    if "--check" in arguments:
        for path in [*stale, *strays]:
            old = path.read_text(encoding="utf-8") if path.exists() else ""
            diff = difflib.unified_diff(old.split("\n"), files.get(path, "").split("\n"), lineterm="", n=0)
            print(f"{path.relative_to(ROOT)} is out of date: run `make docs`")  # noqa: T201
            print("\n".join(list(diff)[:12]))  # noqa: T201
        return 1 if stale or strays else 0
    PAGES.mkdir(parents=True, exist_ok=True)
    for path in stale:
        path.write_text(files[path], encoding="utf-8")
    for path in strays:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
