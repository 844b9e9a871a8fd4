"""Who can use a path, and what a project can reach."""

import pytest


@pytest.fixture
def organisation(company):
    company.survey()
    return company.organisation


def can(organisation, path, capability="read"):
    reading = organisation.who_can(path, capability)
    rows = sorted((each.project, each.role.kept["name"], each.any_ref) for each in reading.accesses)
    return rows, sorted(role.kept["name"] for role in reading.everyone)


def test_a_path_is_found_as_the_command_line_and_as_the_api_have_it(organisation):
    expected = [("acme/api", "api-release", False), ("acme/shop", "shop-prod", False)]
    assert can(organisation, "ops/prod/db") == (expected, [])
    assert can(organisation, "ops/data/prod/db") == (expected, [])


def test_a_deny_counts(organisation):
    assert can(organisation, "ops/prod/root") == ([], [])


def test_a_capability_is_asked_for(organisation):
    assert can(organisation, "ops/data/prod/db", "update") == ([], [])
    assert can(organisation, "docs/data/x", "list")[0] == [
        ("acme/api", "api-release", False),
        ("acme/api", "group-docs", True),
        ("acme/shop", "group-docs", True),
        ("acme/vault", "group-docs", True),
    ]


def test_a_role_without_a_place_is_for_everybody(organisation):
    assert can(organisation, "docs/data/x")[1] == ["open"]


def test_what_is_not_known_is_named(organisation):
    reading = organisation.who_can("team/data/acme/x")
    why = {role.kept["name"]: reason for role, reason in reading.undecided}
    assert "fills" in why["own-team"]
    assert "the text of gone" in why["lost"]


def test_the_refs_say_who(organisation):
    accesses, undecided = organisation.reach("acme/shop")
    reported = {each.role.kept["name"]: ([str(ref) for ref in each.refs], each.who) for each in accesses}
    assert reported["shop-prod"] == (
        ["protected branch main"],
        "whoever may push or merge to a protected ref",
    )
    assert reported["group-docs"][1] == "whoever can push any branch or tag"
    assert "api-release" not in reported
    assert undecided == ()
    accesses, _ = organisation.reach("acme/api")
    reported = {each.role.kept["name"]: ([str(ref) for ref in each.refs], each.who) for each in accesses}
    assert reported["api-release"] == (
        ["unprotected branch release"],
        "whoever can push the ref while it is unprotected",
    )


def test_another_group_reaches_what_is_open_alone(organisation):
    accesses, _ = organisation.reach("other/site")
    assert [each.role.kept["name"] for each in accesses] == ["open"]


def test_owners_of_roles_and_policies_are_known(organisation):
    role = next(each for each in organisation.roles if each.kept["name"] == "shop-prod")
    assert role.kept["owners"] == ["@security"]
    assert role.policies[0]["owners"] == ["@security", "@ops"]
    assert role.place == "acme/vault:roles/shop-prod.json:1"
    assert role.changed_by == "whoever can push to main (protected); code owners: @security"


def test_an_unprotected_branch_is_said(double, company):
    double.world.find_project("acme/vault").protected = []
    company.survey()
    role = next(each for each in company.organisation.roles if each.kept["name"] == "open")
    assert role.changed_by.startswith("whoever can push to main (not protected)")
