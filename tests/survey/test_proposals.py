"""One merge request with the proven fixes of a project: where somebody wants it, once, and never again once closed."""

import pytest


@pytest.fixture
def shop(double, company):
    return double.world.find_project("acme/shop")


def offered(company, **terms):
    company.survey("acme", open_merge_requests=True, everything=True, **terms)
    return dict(company.proposed)


def own(double, project):
    return [each for each in project.merge_requests.values() if each.author is double.bot]


def text_of(project, branch, path=".gitlab-ci.yml"):
    return project.repository.blob(project.branches[branch], path).decode()


def test_nothing_is_written_without_being_asked(double, company):
    company.survey()
    assert double.log.writes == []


def test_the_proven_fixes_are_offered_once(double, company, shop):
    reported = offered(company)
    assert reported["acme/shop"] == "opened !1"
    (merge_request,) = own(double, shop)
    assert (merge_request.source_branch, merge_request.target_branch) == ("sealcheck/fixes", "main")
    assert "secret-in-log" in merge_request.description
    assert "./deploy.sh" not in merge_request.description
    assert text_of(shop, "sealcheck/fixes") != text_of(shop, "main")
    assert "acme/site" not in reported
    assert offered(company)["acme/shop"] == "up to date"
    assert double.log.writes == []


def test_it_is_brought_up_to_date_in_place(double, company, shop):
    offered(company)
    before = text_of(shop, "sealcheck/fixes")
    double.push(shop, "main", {".gitlab-ci.yml": text_of(shop, "main") + "  tags: [linux]\n"})
    assert offered(company)["acme/shop"] == "updated !1"
    assert text_of(shop, "sealcheck/fixes") == before + "  tags: [linux]\n"
    assert len(own(double, shop)) == 1


def test_once_closed_it_is_never_opened_again(double, company, shop):
    offered(company)
    (merge_request,) = own(double, shop)
    merge_request.state = "closed"
    double.push(shop, "main", {".gitlab-ci.yml": text_of(shop, "main") + "  tags: [linux]\n"})
    assert offered(company)["acme/shop"] == "closed by somebody, not opened again"
    assert double.log.writes == []


def test_a_refusal_is_named_and_costs_no_survey(double, company, shop):
    double.set_role(double.bot, shop, 20)
    assert offered(company)["acme/shop"].startswith("refused: GitLab answered 403")
    assert "acme/shop" in company.organisation.records
    assert company.store.failures() == []


def test_where_nothing_can_be_fixed_nothing_is_offered(double, company, shop):
    double.push(shop, "main", {".gitlab-ci.yml": "build:\n  script: [make]\n"})
    assert "acme/shop" not in offered(company)
