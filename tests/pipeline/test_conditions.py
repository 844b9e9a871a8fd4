"""`if` expressions: GitLab's own values, and unknown where a variable is."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.pipeline.conditions import MAX_CHARS, UNKNOWN, holds, names_in

VARIABLES = {
    "SET": "some value",
    "EMPTY": "",
    "BLANK": "  ",
    "PATH": "a/path/to",
    "PATTERN": "/^some/",
    "OTHER": UNKNOWN,
}


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("$SET", True),
        ("$EMPTY", False),
        ("$BLANK", False),
        ("$MISSING", False),
        ('$SET == "some value"', True),
        ("$SET == 'some value'", True),
        ('$SET != "some value"', False),
        ("$EMPTY == null", False),
        ("$MISSING == null", True),
        ('$EMPTY == ""', True),
        ("null != $MISSING", False),
        ("$SET =~ /value$/", True),
        ("$SET =~ /^VALUE/", False),
        ("$SET =~ /SOME/i", True),
        ("$SET !~ /SOME/i", False),
        (r"$PATH =~ /path\/to$/", True),
        ("$SET =~ $PATTERN", True),
        ("$PATH =~ $PATTERN", False),
        ("$SET =~ $MISSING", False),
        ("$SET !~ $MISSING", True),
        ("$MISSING =~ /some/", False),
        ("$MISSING !~ /some/", True),
        ("$MISSING =~ /.*?/", True),  # nothing is searched as an empty text
        ('"some" =~ $SET', True),  # a text on the right that is no pattern: the other way round
        # Ruby's truth: an empty string is a value.
        ("$EMPTY && $SET", True),
        ("$EMPTY || $SET", False),
        ("$MISSING || $SET", True),
        ("$SET && null", False),
        ('("text" || "other") == "text"', True),
        ('"string" == ("other" && "string")', True),
        # Precedence.
        ('$SET || $SET && $MISSING == "x"', True),
        ('($SET || $SET) && $MISSING == "x"', False),
        ('$MISSING == null && $EMPTY == "" && $SET =~ /me v/', True),
        ("!$MISSING", True),
        ('!($SET == "x") && $SET', True),
        ("true && !false", True),
        # What is not known.
        ("$OTHER", None),
        ('$OTHER == "x"', None),
        ('$OTHER == "x" && $MISSING', False),
        ('$MISSING && $OTHER == "x"', False),
        ('$OTHER == "x" || $SET', True),
        ("$OTHER || $SET", None),  # it may be set to nothing
        ('$OTHER == "x" || $EMPTY', None),
        ("$OTHER =~ /x.y/", None),
        ("$SET =~ $OTHER", None),
        ("!$OTHER", None),
        # What GitLab refuses.
        ("$SET = 1", None),
        ("${SET}", None),
        ("$SET $SET", None),
        ("($SET", None),
        ("$SET ==", None),
        ("", None),
        ("$SET =~ /x/", None),  # a pattern has at least two characters
        ("$SET =~ /(?=so)me/", None),
        (" && ".join(["$SET"] * 51), None),
        ("$SET " + " " * MAX_CHARS, None),
        ("(" * 5000, None),
    ],
)
def test_holds(expression, answer):
    assert holds(expression, VARIABLES.get) is answer


@given(st.text('$SETOHR&|=!~()"/ ax', max_size=30), st.sampled_from(["x", "", "some value", None]))
def test_what_is_decided_without_a_variable_stays_so_with_it(expression, value):
    unknown = holds(expression, VARIABLES.get)
    known = holds(expression, {**VARIABLES, "OTHER": value}.get)
    assert unknown is None or unknown is known


TERMS = st.sampled_from(
    ['$OTHER == "x"', "$OTHER", "$SET", "$MISSING", "$EMPTY", "$BLANK", "$SET =~ /so.*/", "$OTHER =~ /x|y|$/"]
)
EXPRESSIONS = st.recursive(
    TERMS,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["&&", "||", "=="]), inner).map(lambda t: f"({' '.join(t)})")
        | inner.map("!({})".format)
    ),
    max_leaves=6,
)


@given(EXPRESSIONS)
@example('(($OTHER == "x" || $SET) == !($MISSING))')
@example("(($OTHER && $MISSING) == $MISSING)")
@example('(($OTHER == "x" || $BLANK) || $SET)')
@example('((($OTHER == "x" && $SET) || $SET) == !($MISSING))')
def test_unknown_never_lies(expression):
    """Where the answer is given, it is the answer for every value that the unknown variable may have."""
    answer = holds(expression, VARIABLES.get)
    for value in ("x", "", "some value", None):
        assert answer in {None, holds(expression, {**VARIABLES, "OTHER": value}.get)}


def test_names_in():
    assert names_in("$CI_COMMIT_BRANCH == \"main\" || $X =~ /dev.*/ || $Y == 'a'") == {"main", "a"}
    assert names_in("$X = ") == frozenset()
