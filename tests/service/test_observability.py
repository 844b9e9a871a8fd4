"""No secret leaves by a log line, a metric or an error report; and no text forges a line."""

from __future__ import annotations

import base64
import io
import json
import logging
import urllib.parse

import pytest

from bot.errors import SealcheckError
from bot.observability import logs, sentry
from bot.observability.scrubbing import MASK, Scrubber

KNOWN = "k@ry/known value"
# Built here: no token-shaped text may be in a committed file.
SHAPED = [
    "gl" + "pat-" + "A1b2C3d4E5f6G7h8I9j0",
    "gl" + "cbt-64_" + "A1b2C3d4E5f6G7h8I9j0",
    "hv" + "s." + "CAESIJ" + "x" * 40,
    "s" + "." + "A1b2C3d4E5f6G7h8I9j0K1l2",
    "ey" + "J" + "hbGciOiJSUzI1NiJ9" + "." + "ey" + "JzdWIiOiIxIn0abc" + "." + "c2lnbmF0dXJl",
    "wh" + "sec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "AK" + "IA" + "ABCDEFGHIJKLMNOP",
    "gh" + "p_" + "a" * 36,
    "xo" + "xb-" + "1234567890-abc",
    "-----BEGIN RSA " + "PRIVATE KEY-----\nabc\ndef\n-----END RSA " + "PRIVATE KEY-----",
]


@pytest.mark.parametrize("secret", SHAPED)
def test_what_looks_like_a_token_is_masked(secret: str) -> None:
    assert Scrubber().text(f"before {secret} after") == f"before {MASK} after"


@pytest.mark.parametrize(
    "form", [KNOWN, urllib.parse.quote(KNOWN, safe=""), base64.b64encode(KNOWN.encode()).decode().rstrip("=")]
)
def test_known_values_are_masked_in_each_form(form: str) -> None:
    assert form not in Scrubber([KNOWN]).text(f"x={form}&y")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("https://oauth2:pw@gitlab.example.com/a", f"https://{MASK}@gitlab.example.com/a"),
        ("PRIVATE-TOKEN: abcdef", f"PRIVATE-TOKEN: {MASK}"),
        ("'Authorization': 'Bearer abcdef'", f"'Authorization': '{MASK}'"),
    ],
)
def test_credentials_by_place(text: str, clean: str) -> None:
    assert Scrubber().text(text) == clean


@pytest.mark.parametrize(
    "text", ["https://gitlab.example.com/a/b@v1", "e.g. see docs", "s.replace", "awesome_space/project!1"]
)
def test_ordinary_text_is_kept(text: str) -> None:
    assert Scrubber(["short"]).text(text) == text


def lines(scrubber: Scrubber) -> tuple[logging.Logger, io.StringIO]:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.JsonLines(scrubber, "test"))
    logger = logging.getLogger("sealcheck.test")
    logger.handlers[:], logger.propagate = [handler], False
    return logger, out


def test_a_log_line_is_one_json_object_without_secrets_whatever_it_holds() -> None:
    logger, out = lines(Scrubber([KNOWN]))
    with logs.bind(delivery="d\n{}", project_id=14):
        try:
            raise ValueError(f"{KNOWN}\nnext {SHAPED[0]}")  # noqa: TRY301 - the log of a raised one
        except ValueError:
            logger.exception('evil\n{"level": "info"} %s', KNOWN, extra={"fields": {"head": SHAPED[2]}})
    logger.warning("after")
    first, second = out.getvalue().splitlines()
    entry = json.loads(first)
    assert (entry["delivery"], entry["project_id"], entry["head"]) == ("d\n{}", 14, MASK)
    assert "ValueError" in entry["exception"]
    assert "test_observability.py" in entry["frames"][0]
    assert not any(secret in first for secret in (KNOWN, *SHAPED))
    assert "delivery" not in json.loads(second)


def test_an_error_report_carries_no_secret_no_body_no_header_no_variable() -> None:
    import sentry_sdk
    from sentry_sdk.transport import Transport

    sent: list[str] = []

    class Catch(Transport):
        def capture_envelope(self, envelope: object) -> None:
            sent.append(envelope.serialize().decode())  # type: ignore[attr-defined]

    sentry.configure("https://key@sentry.example.com/1", Scrubber([KNOWN]), "1.0")
    client = sentry_sdk.get_client()
    client.transport = Catch({})
    assert not client.options["send_default_pii"]
    from flask import Flask, request

    flask = Flask("t")

    @flask.post("/hooks/gitlab")
    def hook() -> str:
        local_canary = request.get_data().decode()
        logging.getLogger("x").warning("crumb %s", KNOWN)
        with logs.bind(project_id=14):
            sentry_sdk.capture_exception(SealcheckError(f"boom {KNOWN} {SHAPED[0]}"))
        raise RuntimeError(f"canary-of-a-file {len(local_canary)}") from SealcheckError(f"again {KNOWN}")

    flask.test_client().post(
        "/hooks/gitlab?token=canary-query",
        data="canary-body",
        headers={"X-Gitlab-Token": "canary-header", "Cookie": "a=canary-cookie"},
    )
    client.close()
    sentry_sdk.get_global_scope().set_client(None)
    text = "".join(sent)
    assert "boom" in text
    assert "again" in text
    assert '"project_id":"14"' in text.replace(" ", "")
    for canary in ("canary", KNOWN, SHAPED[0]):
        assert canary not in text, canary


def test_without_a_dsn_the_library_is_not_even_imported() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from bot.observability import sentry; from bot.observability.scrubbing import Scrubber;"
        " sentry.configure(None, Scrubber(), '1'); sys.exit('sentry_sdk' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
