"""The pictures of the README and the console's page: `make screenshots`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests import demo
from tests.console.chromium import Chromium
from tests.console.demo import cookie, serving

if TYPE_CHECKING:
    from flask import Flask

IMAGES = Path(__file__).parents[2] / "docs" / "images"
NOW = 20_780 * 86400 + 31_000
SHOTS = (
    ("console-light", "/console/", 1360, 1205, False, 1.0),
    ("console-dark", "/console/", 1360, 1205, True, 1.0),
    ("console-phone", "/console/", 390, 844, False, 2.0),
    ("console-project", "/console/projects/42", 1360, 860, False, 1.0),
)


FONTS = """\
<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include>/etc/fonts/fonts.conf</include>
  <selectfont><rejectfont><glob>*DejaVu*</glob></rejectfont></selectfont>
</fontconfig>
"""
"""A server has no font of an interface; of its others, the one that is nearest to what people have."""


REVIEW = (1000, 1390)
"""width and height of the README's picture: the first two threads"""


def main(folder: Path = IMAGES) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, serving(Path(place), NOW) as (url, flask):
        fonts = Path(place, "fonts.conf")
        fonts.write_text(FONTS)
        os.environ["FONTCONFIG_FILE"] = str(fonts)
        take(folder, url, flask)
        page = Path(place, "review.html")
        if demo.main(["--html", str(page)]):
            raise SystemExit(1)
        with Chromium() as browser:
            browser.look(*REVIEW)
            browser.open(page.as_uri())
            browser.screenshot(folder / "review.png")


def take(folder: Path, url: str, flask: Flask) -> None:
    with Chromium() as browser:
        browser.cookie(url, "sealcheck", cookie(flask))
        for name, path, width, height, dark, scale in SHOTS:
            browser.look(width, height, dark=dark, scale=scale)
            browser.open(url + path)
            browser.screenshot(folder / f"{name}.png")


if __name__ == "__main__":
    main()
