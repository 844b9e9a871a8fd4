"""How much is said at once: at each limit all of it, one more and it is cut, counted or refused."""

import dataclasses

import pytest

from bot.comments.answers import choice, short_id
from bot.comments.escape import block, code, exact, prose
from bot.comments.marker import Marker, MarkerKind
from bot.comments.render import comment, fix_block, witness
from bot.comments.slash import commands
from bot.comments.summary import Remarks, Said, summary
from bot.documents.location import Unreadable
from bot.findings import Witness
from bot.fixes import Edit, Fix
from tests.comments.test_plan import a_finding
from tests.gitlab_double.suggestions import blocks

MARKER = Marker((b"a key of the tests",), 42, 7)
WORDS = "ab, c" * 1300


@pytest.mark.parametrize(("shown", "limit"), [(code, 160), (prose, 1200)])
def test_a_text_on_one_line(shown, limit):
    assert shown(WORDS[:limit]).strip("`") == WORDS[:limit]
    assert shown(WORDS[: limit + 1]).strip("`") == WORDS[: limit - 1] + "…"


def test_a_block_has_sixty_lines_of_1200_characters():
    lines = [f"line {number}" for number in range(60)]
    assert block("\n".join(lines)) == "\n".join(["```", *lines, "```"])
    assert block("\n".join([*lines, "a", "b"])).endswith("\nline 59\n... 2 more lines\n```")
    assert WORDS[:1200] in block(WORDS[:1200])
    assert WORDS[:1199] + "…" in block(WORDS[:1201])


def test_a_suggestion_has_6000_characters():
    assert exact(WORDS[:6000])
    assert not exact(WORDS[:6001])


def test_a_suggestion_reaches_a_hundred_lines():
    text = "".join(f"{number}\n" for number in range(1, 400))
    for start, end, offered in (
        (200, 299, True),
        (200, 300, True),
        (200, 301, False),
        (100, 200, True),
        (99, 200, False),
    ):
        anchor = 200
        shown = fix_block(
            Fix("Mend it", (Edit("f.yml", start, end, "x\n"),)), {"f.yml": text}, "f.yml", anchor
        )
        assert bool(list(blocks(shown))) is offered, (start, end)


def test_a_proof_has_twelve_rows():
    rows = {f"claim_{number:02}": "x" for number in range(13)}
    assert "`claim_11`" in witness(Witness("claims", rows, ""))
    assert "`claim_12`" not in witness(Witness("claims", rows, ""))


def test_a_question_names_ten_findings():
    ten = [a_finding("a.yml", 1, "r", number) for number in range(10)]
    assert all(short_id(each) in choice(ten) for each in ten)
    assert "more" not in choice(ten)
    assert choice([*ten, a_finding("a.yml", 1, "s", 1)]).endswith("\n- and 1 more")
    assert [len(short_id(each)) for each in ten] == [8] * 10


def test_a_thread_lists_thirty_lines_and_stands_for_a_thousand_findings():
    def said(count):
        folded = [a_finding("a.yml", 10000 + number, "r", number) for number in range(count)]
        return comment(a_finding("a.yml", 1, "r", 0), {}, None, MARKER, folded)

    assert "10029." in said(30)
    assert "10029 and 1 more." in said(31)
    marked = [(MARKER.find(said(count), MarkerKind.FOLDED) or "").count(".") + 1 for count in (1000, 1001)]
    assert marked == [1000, 1000]


def test_a_list_of_the_summary_has_twenty_rows():
    def said(count):
        unread = tuple(Unreadable(f"{number}.yml", 1, "x") for number in range(count))
        return summary(Remarks(unread=unread), Said((), (), (), (), (), ()), "0" * 40) or ""

    assert "`19.yml:1`" in said(20)
    assert "more" not in said(20)
    assert said(21).endswith("\n- and 1 more")


def test_a_reason_has_500_characters_and_an_unknown_word_forty():
    (said,) = commands(f"/sealcheck ignore {'y' * 600}")
    assert len(said.argument) == 500
    (said,) = commands(f"/sealcheck {'x' * 60}")
    assert len(said.word) == 40


def test_the_list_of_files_is_complete_unless_gitlab_says_otherwise():
    finding = dataclasses.replace(a_finding("a.yml", 1, "r", 0))
    assert "Not checked" not in (summary(Remarks(), Said((finding,), (), (), (), (), ()), "0" * 40) or "")
