"""A finding's comment: harmless whatever the names, short, and its suggestion does what the proven fix does."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.comments.marker import Marker, MarkerKind
from bot.comments.render import MAX_FOLDED, comment, fix_block, witness
from bot.documents.lines import split_lines
from bot.documents.location import Span
from bot.findings import Confidence, Effect, Finding, Related, Severity, Witness
from bot.fixes import Edit, Fix, apply_edits
from bot.rules import ALL_RULES
from tests.comments.hostile import assert_harmless, hostile
from tests.gitlab_double.suggestions import blocks

MARKER = Marker((b"a key of the tests",), 42, 7)
ID = "0" * 8 + "1" * 24


def a_finding(**changes):
    given = {
        "rule": "secret-in-log",
        "severity": Severity.HIGH,
        "confidence": Confidence.HIGH,
        "effect": Effect.EXPOSES,
        "span": Span(".gitlab-ci.yml", 2, 1, 2, 5),
        "subject": "job:deploy",
        "title": "A script prints a secret's value",
        "message": "The value of `API_KEY` is printed.",
        "attack": "Anyone who reads the log uses it.",
        "fingerprint": ID,
    }
    return Finding(**given | changes)


def test_a_comment_reads_like_this():
    finding = a_finding(
        confidence=Confidence.MEDIUM,
        fix=Fix(
            "Print the name, not the value",
            (Edit(".gitlab-ci.yml", 2, 2, "    - true\n"),),
            "The log is shorter.",
        ),
        witness=Witness("claims", {"project_id": "99", "ref_protected": False}, "A fork's job logs in"),
        related=(Related(Span(".gitlab-ci.yml", 1, 1, 1, 3), "declared here"),),
    )
    body = comment(
        finding,
        {".gitlab-ci.yml": "a:\n    - echo\n"},
        2,
        MARKER,
        rule_url="https://sealcheck.example.com/rules/{rule}",
    )
    assert body == (
        "**A script prints a secret's value** (high, medium confidence)\n\n"
        "The value of `API_KEY` is printed. Anyone who reads the log uses it.\n\n"
        "**Claims that log in and should not**: A fork's job logs in\n\n"
        "| name | value |\n|---|---|\n| `project_id` | `99` |\n| `ref_protected` | `false` |\n\n"
        "**Suggested**: Print the name, not the value. The log is shorter.\n\n```suggestion:-0+0\n    - true\n```\n\n"
        "- `.gitlab-ci.yml:1`: declared here\n\n"
        "<sub>[secret-in-log](https://sealcheck.example.com/rules/secret-in-log) · more: `/sealcheck explain` · "
        "false alarm? A Maintainer can write `/sealcheck ignore REASON`</sub>\n\n"
        f"{MARKER.line(MarkerKind.RULE, 'secret-in-log')}\n{MARKER.line(MarkerKind.FINDING, ID)}"
    )


def test_a_finding_without_a_suggestion_says_what_to_do():
    finding = a_finding(remedy="Print `$NAME` no more. The log is shorter.")
    assert "\n\n**To do**: Print `$NAME` no more. The log is shorter.\n\n" in comment(
        finding, {}, None, MARKER
    )
    unusable = Fix("Write it", (Edit("gone.yml", 1, 1, "b\n"),))
    with_fix = a_finding(remedy="Print it no more.", fix=unusable)
    assert "**To do**" not in comment(with_fix, {"gone.yml": "a\n"}, None, MARKER)


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_a_comment_offers_to_ignore_what_can_be_ignored(rule):
    body = comment(a_finding(rule=rule.id), {}, None, MARKER)
    assert ("/sealcheck ignore" in body) is rule.suppressible


def test_a_broken_thing_says_so_and_a_safe_fix_names_no_cost():
    fix = Fix("Write it as a text", (Edit(".gitlab-ci.yml", 1, 1, "b\n"),))
    body = comment(a_finding(effect=Effect.BREAKS, fix=fix, attack=""), {".gitlab-ci.yml": "a\n"}, 1, MARKER)
    assert body.startswith(
        "**A script prints a secret's value** (high, broken, not exposed)\n\nThe value of "
    )
    assert "**Suggested**: Write it as a text.\n" in body
    assert "<sub>`secret-in-log` ·" in body, "no address, no link"


@given(hostile, hostile, hostile, hostile, hostile)
def test_no_name_breaks_out(path, message, attack, note, value):
    finding = a_finding(
        span=Span(path, 1, 1, 1, 1),
        message=message,
        attack=attack,
        witness=Witness("pipeline", {note: value}, message),
        related=(Related(Span(path, 1, 1, 1, 1), note),),
        fix=Fix(note, (Edit(path, 1, 1, value + "\n"), Edit(path, 3, 3, ""))),
    )
    body = comment(finding, {path: f"{attack}\n{value}\n{note}\n"}, 1, MARKER, (finding,))
    assert_harmless(body, html=("<sub>", "</sub>"))
    assert MARKER.find(body, MarkerKind.FINDING) == ID


line = st.text(st.sampled_from("ab`: -#é"), max_size=6)


@st.composite
def edits(draw):
    """A file, one edit of whole lines in it, and the line on which the thread stands."""
    ending = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    text = ending.join(draw(st.lists(line, min_size=1, max_size=6))) + draw(st.sampled_from(["", ending]))
    count = len(split_lines(text))
    assume(count)
    start = draw(st.integers(1, count))
    end = draw(st.integers(start - 1, count))
    new = draw(st.lists(line, max_size=3))
    replacement = "".join(each + ending for each in new)
    if end == count and not text.endswith("\n"):
        replacement = replacement.removesuffix(ending)
    return text, Edit("f.yml", start, end, replacement), draw(st.integers(1, count))


@given(edits())
def test_a_suggestion_does_what_the_fix_does(case):
    text, edit, anchor = case
    shown = fix_block(Fix("Mend it", (edit,)), {"f.yml": text}, "f.yml", anchor)
    found = list(blocks(shown))
    if not found:
        return
    ((above, below, content),) = found
    lines = split_lines(text)
    first, last = anchor - above, anchor + below
    assert 1 <= first <= last <= len(lines)
    before = "".join(lines[first - 1 : last])
    ending = "\r\n" if before.endswith("\r\n") else "\n" if before.endswith("\n") else ""
    after = content.removesuffix("\n") + ending if content.strip() else ""
    applied = "".join(lines[: first - 1]) + after + "".join(lines[last:])
    assert applied == apply_edits(text, (edit,))


def test_a_diff_has_a_line_for_each_side_without_a_last_line_feed():
    shown = fix_block(Fix("Mend it", (Edit("f.yml", 2, 2, "new"),)), {"f.yml": "one\ntwo"}, "f.yml", None)
    assert "\n-two\n+new\n```" in shown


def test_a_diff_has_one_line_around_each_change():
    text = "".join(f"line {n}\n" for n in range(1, 10))
    edits = (Edit("f.yml", 3, 3, "new\n"), Edit("f.yml", 8, 8, ""))
    shown = fix_block(Fix("Mend it", edits), {"f.yml": text}, "f.yml", 3)
    assert shown == (
        "**Suggested**: Mend it.\n\n```diff\n--- f.yml\n+++ f.yml\n@@ -2,3 +2,3 @@\n line 2\n-line 3\n+new\n line 4\n"
        "@@ -7,3 +7,2 @@\n line 7\n-line 8\n line 9\n```"
    )


def test_most_fixes_are_one_click():
    text = "".join(f"line {n}\n" for n in range(1, 301))
    for edit, anchor, offered in [
        (Edit("f.yml", 5, 5, "new\n"), 5, True),
        (Edit("f.yml", 5, 4, "new\n"), 5, True),
        (Edit("f.yml", 5, 4, "new\n"), 4, True),
        (Edit("f.yml", 5, 7, ""), 6, True),
        (Edit("f.yml", 5, 5, "new\n"), 104, True),
        (Edit("f.yml", 5, 5, "new\n"), 105, True),
        (Edit("f.yml", 5, 5, "new\n"), 106, False),
        (Edit("f.yml", 105, 105, "new\n"), 5, True),
        (Edit("f.yml", 106, 106, "new\n"), 5, False),
        (Edit("f.yml", 300, 300, "new\n"), 300, True),
        (Edit("f.yml", 301, 301, "new\n"), 300, False),
        (Edit("f.yml", 5, 5, "/merge\n"), 5, False),
        (Edit("f.yml", 5, 5, "a\rb\n"), 5, False),  # a lone CR is a line end in a suggestion
    ]:
        shown = fix_block(Fix("Mend it", (edit,)), {"f.yml": text}, "f.yml", anchor)
        assert bool(list(blocks(shown))) is offered, (edit, anchor, shown)
        assert "None" not in shown


def test_what_is_folded_into_a_thread_is_listed_and_marked():
    def folded(line, rule="secret-in-log", digit="2"):
        return a_finding(
            span=Span(".gitlab-ci.yml", line, 1, line, 5), rule=rule, fingerprint="0" * 8 + digit * 24
        )

    def written(*more):
        return comment(a_finding(), {".gitlab-ci.yml": "a\n"}, None, MARKER, more)

    assert "\n\nThe same on line 5.\n\n" in written(folded(5))
    both = written(folded(5), folded(7, digit="3"), folded(9, "shell-trace", "4"))
    assert "\n\nThe same on lines 5, 7.\n\n" in both
    assert "- high `shell-trace`: The value of `API_KEY` is printed.\n" in both
    names = [f"{'0' * 8}{digit * 24}" for digit in "234"]
    assert MARKER.find(both, MarkerKind.FOLDED) == ".".join(names)
    assert "The same" not in written()
    assert MARKER.find(written(), MarkerKind.FOLDED) is None
    many = [folded(line) for line in range(100, 100 + MAX_FOLDED + 3)]
    assert f" {99 + MAX_FOLDED} and 3 more." in written(*many)
    assert " and " not in written(*many[:MAX_FOLDED]).split("The same on lines ")[1].split(".")[0]


def test_a_proof_shows_values_as_people_write_them():
    shown = witness(Witness("pipeline", {"groups": ["café"], "ref": "übung"}, "A push starts it."))
    assert shown.startswith("**A pipeline in which the job runs**: A push starts it.\n")
    assert '| `groups` | `["café"]` |\n| `ref` | `übung` |' in shown
