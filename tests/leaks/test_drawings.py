"""Programs that draw a text: their operands are the text, not files."""

from __future__ import annotations

import pytest

from bot.leaks.analysis import leaks_of
from bot.leaks.model import LeakedForm, Sink
from bot.snapshot import Tree
from tests.leaks.jobs import job


def found(*script):
    return [(leak.sink, leak.form) for leak in leaks_of(job(*script), Tree({}))]


DRAWN = [(Sink.TRANSFORMED, LeakedForm.CHANGED)]


@pytest.mark.parametrize(
    "script",
    [
        'figlet "$K"', 'figlet -w 200 "$K"', 'echo "$K" | figlet -f big', 'toilet -F metal "$K"', 'cowsay -f tux "$K"',
        'echo "$K" | cowsay', 'qrencode -t ANSI "$K"', 'qrencode -o - -t UTF8 "$K"', 'echo "$K" | qrencode -t ANSI',
        'qrencode -t ANSI -r "$F"', 'echo "$K" | caesar 13', 'banner "$K"', 'qrencode -o q.txt -t ASCII "$K"; cat q.txt',
    ],
)  # fmt: skip
def test_a_drawn_secret_is_another_form_of_it(script):
    assert found(script) == DRAWN


@pytest.mark.parametrize(
    "script",
    ['qrencode -o q.png "$K"', 'qrencode --output=q.png -r "$F"', 'figlet "$F"', 'echo "$K" | figlet done'],
)
def test_a_picture_and_a_path_show_no_secret(script):
    assert found(script) == []
