r"""One line splitter for all: git and GitLab end a line at `\n` and at nothing else."""

from __future__ import annotations


def split_lines(text: str) -> list[str]:
    r"""The lines of `text`, each with its ending; `"".join(split_lines(t)) == t`.

    `str.splitlines` also splits at form feeds, U+2028 and lone carriage returns, which git does not.
    """
    if not text:
        return []
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def ending_of(line: str) -> str:
    r"""The ending that `line` carries: `"\r\n"`, `"\n"` or `""`."""
    if line.endswith("\r\n"):
        return "\r\n"
    return "\n" if line.endswith("\n") else ""
