"""RE2's patterns: the same answer as Python's `re` where both mean the same, None where one of them does not."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pipeline.re2 import found

ATOMS = st.sampled_from(
    ["a", "b", "-", "/", ".", "[ab]", "[^a]", r"\d", r"\w", r"\.", "[a-c-]", "[0-9_]", r"\b", "^", "$"]
)
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}", "*?"])).map(
            lambda p: f"({p[0]}){p[1]}"
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=600)
@given(PATTERNS, st.text("ab-/._0", max_size=8), st.sampled_from(["", "i", "s", "m"]))
def test_the_answer_is_that_of_python_where_both_mean_the_same(pattern, text, flags):
    options = re.ASCII | sum(getattr(re, flag.upper()) for flag in flags)
    assert found(pattern, flags, text) == (re.search(pattern, text, options) is not None)


@pytest.mark.parametrize(
    ("pattern", "flags", "text", "answer"),
    [
        (r"^release\/.+$", "", "release/1.0", True),
        (r"^v\d+(\.\d+)*$", "", "v1.2.3", True),
        (r"^v\d+(\.\d+)*$", "", "v1.2.", False),
        ("MAIN", "i", "my-main", True),
        ("(?i)MAIN", "", "my-main", True),
        ("a(?i)B", "", "aB", True),
        ("(?i:a)B", "", "Ab", False),
        ("^main$", "", "main\n", False),  # in Python it is found
        (r"\Amain\z", "", "main", True),
        ("^(?:dev|main)$", "", "develop", False),
        ("^[[:alpha:]]+$", "", "main", True),
        ("[]a]", "", "]", True),
        (r"^\x61{2,3}$", "", "aaa", True),
        ("(?P<name>a)", "", "a", True),
        ("x{,3}", "", "x{,3}", True),
        ("^a.b$", "", "a\nb", False),
        ("^a.b$", "s", "a\nb", True),
        ("^b$", "m", "a\nb", True),
        ("", "", "anything", True),
        (r"\d", "", "٣", False),  # in Python it is found
    ],
)
def test_what_pipelines_write(pattern, flags, text, answer):
    assert found(pattern, flags, text) is answer


@pytest.mark.parametrize(
    "pattern",
    [
        "(?=a)",
        "(?!a)",
        "(?<=a)",
        r"(a)\1",
        "a**",
        "*a",
        "(a",
        "a)",
        "[a",
        "a{2000}",
        "((a{99}){99}){99}",
        r"a\Z",
        "a++",
    ],
)
def test_what_re2_refuses_is_not_known(pattern):
    assert found(pattern, "", "aaaa") is None


def test_a_pattern_that_stops_other_engines_is_answered_at_once():
    before = time.perf_counter()
    assert found("^(a+)+$", "", "a" * 200 + "!") is False
    assert time.perf_counter() - before < 1
