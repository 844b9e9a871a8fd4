"""The summary note: what it says of each thing, in which order, and when there is none."""

import dataclasses

import pytest

from bot.analysis.gate import Gate
from bot.analysis.preview import Preview
from bot.comments.answers import short_id
from bot.comments.conversation import IgnoreCommand
from bot.comments.summary import LOW_ROLE, MAX_ROWS, Remarks, Said, summary
from bot.documents.location import Unreadable
from bot.findings import Severity
from tests.comments.test_plan import a_finding

SHA = "12345678" + "0" * 32
CUT = "GitLab cut the list of changed files: not all of them were checked."
NOTHING = Said((), (), (), (), (), ())
FINDING = a_finding("a.yml", 3, "r", 1)
ID = short_id(FINDING)


def said(remarks=None, **given):
    return summary(remarks or Remarks(), dataclasses.replace(NOTHING, **given), SHA)


def many(count, path="a.yml", rule="r"):
    return [a_finding(path, 1, rule, number) for number in range(count)]


@pytest.mark.parametrize(
    "remarks",
    [
        Remarks(),
        Remarks(not_followed=(Unreadable("x.yml", 1, "far away"),)),
        Remarks(policy=(Unreadable(".sealcheck.yml", 1, "odd"),)),
        Remarks(added_ignores=(Unreadable("a.yml", 1, "r: because"),)),
        Remarks(trust_map="graph"),
        Remarks(role_is_low=True),
    ],
)
def test_what_is_no_news_alone_makes_no_summary(remarks):
    assert said(remarks) is None
    assert said(remarks, open=(FINDING,)) is not None


@pytest.mark.parametrize(
    ("remarks", "given"),
    [
        (Remarks(complete=False), {}),
        (Remarks(unread=(Unreadable("a.yml", 1, "broken"),)), {}),
        (Remarks(failures=("r",)), {}),
        (Remarks(), {"open": (FINDING,)}),
        (Remarks(), {"ignored": (FINDING,)}),
        (Remarks(), {"dismissed": ((FINDING, "dev"),)}),
        (Remarks(), {"by_command": ((FINDING, IgnoreCommand((), "r", "mia", "why")),)}),
    ],
)
def test_each_of_these_makes_one(remarks, given):
    assert said(remarks, **given).startswith("**Sealcheck** reviewed `12345678`: ")


def test_the_headline_counts_by_severity():
    low = dataclasses.replace(FINDING, severity=Severity.LOW)
    assert said(open=(FINDING, low, low)) == "**Sealcheck** reviewed `12345678`: 3 findings (1 high, 2 low)."
    assert said(open=(FINDING,)) == "**Sealcheck** reviewed `12345678`: 1 finding (1 high)."


def test_every_part_has_its_place():
    remarks = Remarks(
        unread=(Unreadable("b.yml", 7, "not YAML"), Unreadable("c.yml", 0, "binary")),
        not_followed=(Unreadable("d.yml", 2, "too far"),),
        failures=("r (KeyError)",),
        policy=(Unreadable(".sealcheck.yml", 4, "no such rule"),),
        added_ignores=(Unreadable("a.yml", 9, "r: because"),),
        trust_map="graph TD\n",
        complete=False,
        role_is_low=True,
    )
    ignored = dataclasses.replace(FINDING, ignored="a test")
    text = said(
        remarks,
        off_diff=(FINDING,),
        capped=(FINDING,),
        ignored=(ignored,),
        by_command=((FINDING, IgnoreCommand((), "r", "mia", "why not")),),
        dismissed=((FINDING, "dev"),),
    )
    row = f"`a.yml:3` high `r` ({ID}): Wrong 1."

    def folded(title, row):
        return f"<details><summary>{title} (1)</summary>\n\n- {row}\n\n</details>"

    assert text.split("\n\n**", 1)[1] == "\n\n".join(
        [
            "Not checked**",
            f"- {CUT}\n- `b.yml:7`: not YAML\n- `c.yml`: binary",
            folded("Includes not followed", "`d.yml:2`: too far"),
            folded("Rules that failed here (a defect of Sealcheck, not of this change)", "`r (KeyError)`"),
            f"**Outside the diff**\n\n- {row}",
            "**Not shown as threads, to keep this readable**: 1 more (1 `r`).",
            folded("Ignored", f"{row} Ignored: a test"),
            folded("Ignored by command", f"`a.yml:3` `r` ({ID}) by `mia`: why not"),
            folded("Resolved by people", f"{row} Resolved by `dev`."),
            folded("Ignores that this merge request adds", "`a.yml:9`: r: because"),
            folded("The policy", "`.sealcheck.yml:4`: no such rule"),
            "<details><summary>Who reaches what through Vault</summary>\n\n```mermaid\ngraph TD\n```\n\n</details>",
            LOW_ROLE,
        ]
    )


@pytest.mark.parametrize(("count", "last"), [(MAX_ROWS, None), (MAX_ROWS + 2, "- and 2 more")])
def test_a_long_list_is_cut_and_counted(count, last):
    rows = said(ignored=[dataclasses.replace(each, ignored="x") for each in many(count)]).split("\n")
    listed = [row for row in rows if row.startswith("- `")]
    assert len(listed) == MAX_ROWS
    assert (last in rows) is bool(last)
    assert f"Ignored ({count})" in "\n".join(rows)


def test_more_outside_the_diff_than_fit_are_counted_by_file():
    text = said(open=(FINDING,), off_diff=[*many(MAX_ROWS), *many(2, "b.yml"), *many(1, "c.yml", "s")])
    assert text.endswith("\n- and 3 more:\n  - `b.yml`: 2 `r`\n  - `c.yml`: 1 `s`")
    assert "more" not in said(open=(FINDING,), off_diff=many(MAX_ROWS))


def test_those_over_the_cap_are_counted_by_rule_and_file():
    text = said(open=(FINDING,), capped=[*many(2), *many(3, "b.yml", "s")])
    assert text.endswith(
        "**Not shown as threads, to keep this readable**: 5 more (3 `s`, 2 `r`).\n\n- `a.yml`: 2 `r`\n- `b.yml`: 3 `s`"
    )
    assert said(open=(FINDING,), capped=many(2)).endswith("2 more (2 `r`).\n\n- `a.yml`: 2 `r`")
    files = [each for number in range(MAX_ROWS + 2) for each in many(1, f"{number:02}.yml")]
    assert said(open=(FINDING,), capped=files).endswith(
        f"- `{MAX_ROWS - 1}.yml`: 1 `r`\n- in 2 more files: 2 `r`"
    )
    assert "more files" not in said(open=(FINDING,), capped=files[:MAX_ROWS])


@pytest.mark.parametrize(
    ("proposed", "does"),
    [
        (Preview(silenced=(FINDING,)), "would silence 1 finding (1 `r`) of this merge request."),
        (Preview(inherited=tuple(many(2))), "would silence 2 findings (2 `r`) that the target has."),
        (Preview(returned=(FINDING,)), "would bring back 1 finding (1 `r`)."),
        (
            Preview(silenced=(FINDING,), regraded=(FINDING,)),
            "would silence 1 finding (1 `r`) of this merge request, would change the severity of 1 finding (1 `r`).",
        ),
        (
            Preview(gate=(None, Gate.BLOCK)),
            "would change the commit status from the service's own to `block`.",
        ),
        (
            Preview(returned=(FINDING,), gate=(Gate.OFF, None)),
            "would bring back 1 finding (1 `r`), would change the commit status from `off` to the service's own.",
        ),
        (
            Preview(problems=(Unreadable(".sealcheck.yml", 2, "odd"),)),
            "would change nothing of what was found here.\n- `.sealcheck.yml:2`: odd",
        ),
    ],
)
def test_what_a_changed_policy_would_do(proposed, does):
    title = "**This merge request changes `.sealcheck.yml`; that is not applied here**"
    assert said(Remarks(proposed=proposed)).endswith(f"{title}\n\n- Once merged, it {does}")


def test_a_policy_that_changes_nothing_is_named_only_beside_something_else():
    assert said(Remarks(proposed=Preview())) is None
    assert "would change nothing" in said(Remarks(proposed=Preview()), open=(FINDING,))
