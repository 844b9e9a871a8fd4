"""The file `.env` of the working folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def read_env_file(path: Path, problems: list[str]) -> dict[str, str]:
    """Return the assignments of the file: NAME=VALUE, optional `export`, quotes and comments; no expansion.

    A line that is none is appended to `problems`. Without the file: nothing.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        problems.append(f"{path}: cannot be read as UTF-8 text")
        return {}
    found: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip().removeprefix("export ").strip()
        if not bare or bare.startswith("#"):
            continue
        name, equals, value = bare.partition("=")
        value = value.strip()
        if not equals or not name.strip().isidentifier():
            problems.append(f"{path}: line {number} is not NAME=VALUE")
        elif value[:1] in {"'", '"'}:
            end = value.find(value[0], 1)
            if end < 0:
                problems.append(f"{path}: line {number} has an open quote")
            else:
                found[name.strip()] = value[1:end]
        else:
            found[name.strip()] = value.split(" #")[0].strip()
    return found
