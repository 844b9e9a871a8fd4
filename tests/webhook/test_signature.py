"""The secret and the signature, against the public vector and the reference library."""

from __future__ import annotations

import base64
import time

import pytest
from standardwebhooks import Webhook

from bot.webhook.signature import authentic, sign, signature_matches, token_matches

# The public vector of Standard Webhooks and Svix (docs.svix.com/receiving/verifying-payloads, checked 2026-11).
VECTOR_TOKEN = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
NOW = 1614265330.0


def headers(signature: str, name: str = VECTOR[0], timestamp: str = VECTOR[1]) -> dict[str, str]:
    return {"Webhook-Id": name, "Webhook-Timestamp": timestamp, "Webhook-Signature": signature}


def test_the_public_vector() -> None:
    assert sign(VECTOR_TOKEN, *VECTOR) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature_matches(headers(sign(VECTOR_TOKEN, *VECTOR)), VECTOR[2], [VECTOR_TOKEN], NOW)


def test_what_we_accept_the_reference_library_accepts() -> None:
    token, timestamp = "whsec_" + base64.b64encode(bytes(range(32))).decode(), str(int(time.time()))
    given = headers(sign(token, "id", timestamp, b'{"a": "\xc3\xa9"}'), "id", timestamp)
    Webhook(token).verify(b'{"a": "\xc3\xa9"}', given)
    assert signature_matches(given, b'{"a": "\xc3\xa9"}', [token], time.time())


@pytest.mark.parametrize(
    ("late_seconds", "accepted"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)]
)
def test_five_minutes_each_way(late_seconds: int, accepted: bool) -> None:
    given = headers(sign(VECTOR_TOKEN, *VECTOR))
    assert signature_matches(given, VECTOR[2], [VECTOR_TOKEN], NOW + late_seconds) is accepted


def test_any_of_several_keys_and_signatures() -> None:
    other = "whsec_" + base64.b64encode(b"another key").decode()
    given = headers(f"v1a,zzz v1,{'A' * 44} {sign(other, *VECTOR)}")
    assert signature_matches(given, VECTOR[2], [VECTOR_TOKEN, other], NOW)
    assert not signature_matches(given, VECTOR[2], [VECTOR_TOKEN], NOW)


@pytest.mark.parametrize(
    "given",
    [
        {},
        headers(""),
        headers("v1"),
        headers("v1,"),
        headers("v1,\udcff"),
        headers("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE"),
        headers(sign(VECTOR_TOKEN, *VECTOR), name="other"),
        headers(sign(VECTOR_TOKEN, *VECTOR), timestamp="1614265331"),
        headers(sign(VECTOR_TOKEN, *VECTOR), timestamp="1614265330.0"),
        headers(sign(VECTOR_TOKEN, *VECTOR), timestamp="-1"),
        headers(sign(VECTOR_TOKEN, *VECTOR), timestamp="\u0661"),
        headers(sign(VECTOR_TOKEN, *VECTOR), timestamp="9" * 400),
    ],
)
def test_anything_else_is_refused(given: dict[str, str]) -> None:
    assert not signature_matches(given, VECTOR[2], [VECTOR_TOKEN], NOW)


def test_another_body_is_refused() -> None:
    assert not signature_matches(headers(sign(VECTOR_TOKEN, *VECTOR)), b"{}", [VECTOR_TOKEN], NOW)


def test_secret_tokens_while_rotating() -> None:
    assert token_matches({"X-Gitlab-Token": "new"}, ["old", "new"])
    assert token_matches({"X-Gitlab-Token": "old"}, ["old", "new"])
    for wrong in ({}, {"X-Gitlab-Token": ""}, {"X-Gitlab-Token": "old,new"}, {"X-Gitlab-Token": "\u00e9"}):
        assert not token_matches(wrong, ["old", "new"])


def test_with_a_signing_token_the_secret_is_not_enough() -> None:
    both = {"secrets": ["s"], "signing_tokens": [VECTOR_TOKEN], "now": NOW}
    assert not authentic({"X-Gitlab-Token": "s"}, VECTOR[2], **both)
    assert authentic(headers(sign(VECTOR_TOKEN, *VECTOR)), VECTOR[2], **both)
    assert authentic({"X-Gitlab-Token": "s"}, VECTOR[2], secrets=["s"], signing_tokens=[], now=NOW)
