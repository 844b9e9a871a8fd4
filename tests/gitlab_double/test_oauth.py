"""The stand-in's OAuth is as strict as GitLab's: a code is good once, for its application, with its verifier."""

import base64
import hashlib
import urllib.parse

import pytest
import requests

BACK = "https://app.example.com/back"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def application(double):
    double.oauth.browser = double.dev
    return double.oauth.register(BACK, "read_api")


@pytest.fixture
def authorize(double, application):
    def ask(**more):
        asked = {
            "response_type": "code", "client_id": application.client_id, "redirect_uri": BACK, "scope": "read_api",
            "state": "s", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        }  # fmt: skip
        answer = requests.get(f"{double.url}/oauth/authorize", asked | more, allow_redirects=False, timeout=5)
        where = answer.headers.get("Location", "")
        return answer.status_code, dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(where).query)), where

    return ask


@pytest.fixture
def exchange(double, application):
    def ask(code, **more):
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
        }
        who = (application.client_id, more.pop("secret", application.secret))
        return requests.post(f"{double.url}/oauth/token", form | more, auth=who, timeout=5)

    return ask


def test_a_code_becomes_a_token_of_that_person_once(double, authorize, exchange):
    code = authorize()[1]["code"]
    token = exchange(code).json()["access_token"]
    answer = requests.get(
        f"{double.url}/api/v4/user", headers={"Authorization": f"Bearer {token}"}, timeout=5
    )
    assert answer.json()["username"] == "dev"
    assert exchange(code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "wrong", [{"code_verifier": "x" * 43}, {"redirect_uri": BACK + "/x"}, {"grant_type": "password"}]
)
def test_a_code_is_worth_nothing_with_anything_else_wrong(authorize, exchange, wrong):
    assert exchange(authorize()[1]["code"], **wrong).json()["error"] == "invalid_grant"


def test_a_wrong_secret_is_refused(authorize, exchange):
    assert exchange(authorize()[1]["code"], secret="x").status_code == 401


def test_the_browser_is_sent_nowhere_else(authorize):
    assert authorize(redirect_uri="https://evil.example.com/")[::2] == (401, "")
    assert authorize(client_id="x")[0] == 401


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"scope": "api"}, "invalid_scope"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_what_the_application_may_not_ask(authorize, wrong, error):
    assert authorize(**wrong)[1]["error"] == error


def test_unknown_parameters_and_questions_are_reported(double, authorize):
    assert authorize(prompt="none")[0] == 400
    asked = requests.post(
        f"{double.url}/api/graphql",
        json={"query": "{ projects { nodes { id } } }", "variables": {}},
        timeout=5,
    )
    assert asked.status_code == 400
    assert len(double.refused) == 2
    double.refused.clear()


def test_nobody_signed_in_goes_to_gitlabs_own_page(double, authorize):
    double.oauth.browser = None
    assert authorize()[2].endswith("/users/sign_in")
