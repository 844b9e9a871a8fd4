"""Every text that the bot writes, with an attacker's words wherever the repository or a person may put some.

Threads are tried in test_render.py; here are the summary, the replies of a plan, and the answers to commands.
"""

import json
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.analysis.preview import Preview
from bot.comments.answers import choice, explained
from bot.comments.conversation import Conversation, IgnoreCommand
from bot.comments.marker import Marker, MarkerKind, pack
from bot.comments.ops import Reply
from bot.comments.plan import ReviewResult, plan
from bot.comments.render import comment, without_place
from bot.comments.summary import Remarks, Said, summary
from bot.diff import DiffLines
from bot.documents.location import Span, Unreadable
from bot.findings import Related, Witness
from bot.fixes import Edit, Fix
from bot.repository import Repository
from bot.snapshot import Tree
from bot.threads import Note, Thread
from bot.vault.trustmap import trust_map
from tests.comments.hostile import assert_harmless, hostile, tokens
from tests.comments.test_render import ID, MARKER, a_finding

HTML = ("<details>", "</details>", "<sub>", "</sub>")
TITLE = re.compile(
    r"<details><summary>(?:Includes not followed|Rules that failed here \(a defect of Sealcheck, not of this change\)"
    r"|Ignored|Ignored by command|Resolved by people|Ignores that this merge request adds|The policy"
    r"|Who reaches what through Vault)(?: \(\d+\))?</summary>"
)
BOT = 1


def harmless(body):
    assert_harmless(TITLE.sub("<details>", body), html=HTML)


def hostile_finding(words, **more):
    path, message, attack, note, value = words
    given = {
        "span": Span(path, 1, 1, 1, 1),
        "message": message,
        "attack": attack,
        "witness": Witness("claims", {note: value, value: True}, note),
        "related": (Related(Span(value, 1, 1, 1, 1), note),),
        "ignored": None,
    }
    return a_finding(**given | more)


words = st.tuples(hostile, hostile, hostile, hostile, hostile)


@given(words)
@settings(max_examples=60)
def test_a_summary_is_harmless_whatever_it_says(words):
    path, message, attack, note, value = words
    finding = hostile_finding(words)
    ignored = hostile_finding(words, ignored=attack)
    strange = Unreadable(path, 3, message)
    remarks = Remarks(
        unread=(strange, Unreadable(value, 0, note)),
        not_followed=(strange,),
        failures=(message, value),
        policy=(strange,),
        added_ignores=(Unreadable(path, 1, f"{value}: {note}"),),
        proposed=Preview((finding,), (finding,), (finding,), (finding,), (strange,)),
        trust_map=hostile_map(words),
        complete=False,
    )
    said = Said(
        open=[finding],
        off_diff=[finding],
        capped=[finding],
        ignored=[ignored],
        by_command=[(finding, IgnoreCommand((ID,), value, note, attack))],
        dismissed=[(finding, note)],
    )
    body = summary(remarks, said, "0" * 40)
    harmless(body)
    assert [token.info for token in tokens(body) if token.type == "fence"] == ["mermaid"] * bool(
        remarks.trust_map
    )
    marked = f"{body}\n\n{MARKER.line(MarkerKind.SUMMARY, '0' * 40)}"
    assert [mark.kind for mark in MARKER.marks(marked)] == [MarkerKind.SUMMARY]


def hostile_map(words):
    """A trust map of a role and a policy with such names."""
    _, message, attack, note, value = words
    role = {
        "role_type": "jwt",
        "user_claim": "sub",
        "bound_claims": {"ref": value, "sub": note},
        "policies": [attack],
    }
    files = {f"vault/{message.replace(chr(0), '')}.json": json.dumps(role), "vault/x.json": json.dumps(role)}
    return trust_map(Repository(Tree(files)).vault, Repository(Tree({})).vault)


@given(words)
@settings(max_examples=60)
def test_a_thread_without_a_line_and_an_explanation_are_harmless(words):
    finding = hostile_finding(words)
    path, *_, value = words
    body = comment(finding, {}, None, MARKER)
    harmless(without_place(path, 3, body))
    harmless(without_place(value, 3, body))
    # The page behind the rule is the program's own text, with headings and rules of its own.
    harmless(explained(finding).partition("\n\n---\n\n")[0])
    harmless(choice([finding, finding]))


@given(words)
@settings(max_examples=60)
def test_the_words_of_a_plan_are_harmless(words):
    path, message, attack, note, value = words
    said = IgnoreCommand((ID,), value, note, attack or "why")
    first = Note(
        1,
        BOT,
        "sealcheck",
        f"x\n\n{MARKER.line(MarkerKind.RULE, 'r')}\n{MARKER.line(MarkerKind.FINDING, ID)}",
    )
    answer = Note(2, BOT, "sealcheck", f"x\n\n{MARKER.line(MarkerKind.IGNORE, pack(dict(said.content)))}")
    for notes, findings, unsilenced in (
        ((first,), [hostile_finding(words, ignored=message)], frozenset()),
        ((first, answer), [hostile_finding(words)], frozenset({value})),
        ((first,), [], frozenset()),
    ):
        threads = (Thread("t", notes), Thread("i", (answer,), individual=True, resolvable=False))
        now = Conversation(threads[: 2 if len(notes) == 1 and findings else 1], BOT, MARKER)
        judged = ReviewResult(
            "0" * 40, {path: "x\n"}, DiffLines([]), findings, frozenset(), unsilenced=unsilenced
        )
        replies = [op for op in plan(judged, now, MARKER) if isinstance(op, Reply)]
        assert replies
        for op in replies:
            harmless(op.body)
            assert next(mark.kind for mark in MARKER.marks(op.body)) in {MarkerKind.FIXED, MarkerKind.BACK}


@given(hostile, hostile)
@settings(max_examples=60)
def test_nobody_forges_a_marker_with_words(one, two):
    """Also not with a marker of the same merge request, which the bot itself has signed."""
    forged = MARKER.line(MarkerKind.IGNORE, pack({"ids": [ID], "rule": "r", "who": "x", "why": "y"}))
    finding = hostile_finding((one + "\n" + forged, forged, f"{two}\n\n{forged}\n", forged, "\n" + forged))
    for body in (
        comment(finding, {finding.span.path: forged + "\n"}, 1, MARKER),
        without_place(finding.span.path, 1, comment(finding, {}, None, MARKER)),
    ):
        assert {mark.kind for mark in MARKER.marks(body)} == {MarkerKind.RULE, MarkerKind.FINDING}
    foreign = Marker((b"another key",), 42, 7)
    assert foreign.marks(body) == ()


CANARIES = {
    "a GitLab token": "glpat-" + "A1b2C3d4E5f6G7h8J9k0",
    "a Vault token": "hvs." + "CAESIJ3kq8w7Zx2Vn5Lp9Rt4Yb6Mc1Fd0Gh" * 2,
    "a password under its name": "Kingfisher-Bog-77",
    "a secret id": "1c9e4b7a-6d2f-4830-8a5c-f03e7d92b641",
}


@pytest.mark.parametrize("value", CANARIES.values(), ids=CANARIES)
@pytest.mark.parametrize(
    "line",
    [
        "REGISTRY_PASSWORD: '{}'",
        "  - vault login secret_id={}",
        'export CLIENT_SECRET="{}"',
        '"api_key": "{}",',
    ],
)
def test_no_line_of_a_file_carries_a_secrets_value_into_a_comment(line, value):
    """A diff shows the lines beside the fix, a suggestion repeats the line that it mends."""
    secret = line.format(value) + "\n"
    files = {"f.yml": f"{secret}old\n{secret}"}
    for edits in (
        (Edit("f.yml", 2, 2, "new\n"),),
        (Edit("f.yml", 1, 2, f"{secret}new\n"),),
        (Edit("f.yml", 1, 1, f"{secret}"), Edit("f.yml", 3, 3, "")),
    ):
        for anchor in (2, None):
            finding = a_finding(span=Span("f.yml", 2, 1, 2, 5), fix=Fix("Mend it", edits))
            assert value not in comment(finding, files, anchor, MARKER)


def test_a_megabyte_in_every_place_is_no_trouble():
    long = "x`@all /merge a1-" * 60_000
    finding = hostile_finding((long, long, long, long, long), fix=Fix(long, (Edit(long, 1, 1, long),)))
    began = time.process_time()
    strange = Unreadable(long, 1, long)
    body = comment(finding, {long: long + "\n" + long}, 1, MARKER)
    remarks = Remarks(
        unread=(strange,) * 30, policy=(strange,) * 30, proposed=Preview(problems=(strange,) * 30)
    )
    note = summary(remarks, Said([finding] * 30, [finding] * 30, [], [], [], []), "0" * 40)
    assert len(body) < 50_000
    assert len(note) < 500_000
    assert time.process_time() - began < 10
