"""Which lines of a comment are commands, and what each says."""

import time

import pytest

from bot.comments.slash import (
    MAX_ARGUMENT_CHARS,
    SlashCommand,
    Verb,
    command_lines,
    commands,
    only_commands,
)

C = "/sealcheck recheck"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (C, 1),
        (f"Please\n{C}\nthanks", 1),
        (f"{C}\n{C}", 2),
        (f"   {C}   ", 1),
        (f"    {C}", 0),  # indented code
        (f"say {C}", 0),
        ("/SealCheck recheck", 1),
        ("/sealchecker", 0),
        ("/sealcheck", 1),
        ("/sealcheck\trecheck", 1),
        (f"{C}\r\n", 1),
        ("", 0),
    ],
)
def test_a_command_is_a_line_of_its_own(text, found):
    assert len(list(command_lines(text))) == found


@pytest.mark.parametrize(
    "block",
    [
        "```\n{}\n```\n",
        "~~~ sh\n{}\n~~~\n",
        "````\n```\n{}\n````\n",  # a shorter fence closes nothing
        "```\n{}\n``` sh\n{}\n```\n",  # nor does one with a language
        "```\n~~~\n{}\n```\n",
        "   ```\n{}\n   ```\n",
        ">>>\n{}\n>>>\n",
        "<!-- no\n{}\nmore -->\n",
        "<!-- closed --> <!-- open\n{}\n-->\n",
        "<details>\n{}\n\n{}\n</details>\n",
        "<DIV class=x>\n\n{}\n</div>\n",
        ">>>\n{}\n\n{}\n>>>\n",
        "```\na\n```\n```\n{}\n```\n",  # blocks right behind each other
        ">>>\na\n>>>\n>>>\n{}\n>>>\n",
        "<!-- a\n-->\n<!-- b\n{}\n-->\n",
        "<i>\na\n</i>\n<i>\n\n{}\n</i>\n",
        "<details>\nmore\n</Details>\n<p>\n{}\n\n",  # p is never closed: to the next empty line
        "<br>\n{}\n\n",
        "<br>\n<i>\n{}\n\nx</br>\n",
        "<details>one line</details>\n{}\n\n",
        "<hr/>\n{}\n\n",
        "` one\n{}\ntwo `\n\n",
        "x `` one\n{}\n` two ``\n\n",
    ],
)
def test_what_is_inside_a_block_is_none_and_what_follows_is_one(block):
    inside = block.replace("{}", C)
    assert list(command_lines(inside)) == []
    assert list(command_lines(f"{C}\n\n{inside}{C}")) == [C, C]


@pytest.mark.parametrize(
    "text",
    [
        "```\n{}",
        ">>>\n{}",
        "<!-- no\n{}",
    ],
)
def test_what_nobody_closes_runs_to_the_end(text):
    assert list(command_lines(text.replace("{}", C))) == []


@pytest.mark.parametrize(
    "text",
    [
        "``` a`b\n{}",  # a fence of backticks has none in its language
        "``\n{}\n",  # two are no fence, and pair with nothing
        "<!-- closed -->\n{}",
        "> quoted\n{}",
        ">>> quoted\n{}",
        "    ```\n{}",
        "a <b>\n{}",
        "<1>\n{}",
        "</div>\n{}",
        "<closed>\n</closed>\n{}",
        "<br>\n\n{}",
        "<details>\n</details>\n{}",
        "```\n```\n{}",
        ">>>\n>>>\n{}",
        "<!-- no\n-->\n{}",
        "one `\n\n{}\ntwo `",
        "` one\n\n{}\n\ntwo `",  # a code span ends with its paragraph
        "`` one\n{}\ntwo `",
        "`a` b `c`\n{}\n`d`",
        "`a\nb` c\n{}\n`d\ne`",
        "~~~\n```\n~~~\n{}",
    ],
)
def test_what_only_looks_like_a_block_hides_nothing(text):
    assert list(command_lines(text.replace("{}", C))) == [C]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/sealcheck", ("help", Verb.HELP)),
        ("/sealcheck RECHECK", ("RECHECK", Verb.RECHECK)),
        ("/sealcheck ignore  a test account ", ("ignore", Verb.IGNORE, None, "", "a test account")),
        ("/sealcheck ignore 01234567 why not", ("ignore", Verb.IGNORE, None, "01234567", "why not")),
        ("/sealcheck ignore 0123456 why", ("ignore", Verb.IGNORE, None, "", "0123456 why")),
        (f"/sealcheck unignore {'A' * 32}", ("unignore", Verb.UNIGNORE, None, "a" * 32)),
        (f"/sealcheck ignore {'a' * 33}", ("ignore", Verb.IGNORE, None, "", "a" * 33)),
        ("/sealcheck explain secret-in-log", ("explain", Verb.EXPLAIN, None, "", "secret-in-log")),
        ("/sealcheck explain deadbeef", ("explain", Verb.EXPLAIN, None, "deadbeef")),
        ("/sealcheck recheck deadbeef", ("recheck", Verb.RECHECK, None, "", "deadbeef")),
        ("/sealcheck ignroe x", ("ignroe", None, Verb.IGNORE)),
        ("/sealcheck frobnicate", ("frobnicate", None)),
        (f"/sealcheck {'x' * 99}", ("x" * 40, None)),
        (
            f"/sealcheck ignore {'y ' * 400}",
            ("ignore", Verb.IGNORE, None, "", ("y " * 400)[:MAX_ARGUMENT_CHARS]),
        ),
    ],
)
def test_what_a_command_says(line, command):
    assert commands(line) == (SlashCommand(line.strip(), *command),)


def test_of_many_commands_the_first_few_are_obeyed():
    text = "\n".join(f"/sealcheck explain rule-{n}" for n in range(9))
    assert [each.argument for each in commands(text)] == [f"rule-{n}" for n in range(5)]


@pytest.mark.parametrize(
    ("text", "only"),
    [
        (C, True),
        (f"\n{C}\r\n\n  {C}\n", True),
        (f"{C}\nthanks", False),
        ("thanks", False),
        ("", False),
        (" \n", False),
    ],
)
def test_whether_a_comment_says_nothing_else(text, only):
    assert only_commands(text) is only


@pytest.mark.parametrize("piece", ["`", "<a>\n", "```\n", "` ``\n", "<!--\n", "/sealcheck\n", ">>>\n"])
def test_a_long_comment_of_anything_takes_its_time_once(piece):
    text = piece * (100_000 // len(piece)) + "\n" + C
    began = time.process_time()
    list(command_lines(text))
    assert time.process_time() - began < 3
