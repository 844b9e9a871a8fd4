"""The same mistake has the same verdict in every form; what is not read is reported by name."""

import pytest

from bot.clouds.verdict import verdict_of
from bot.repository import Repository
from bot.snapshot import Project, Tree
from tests.clouds import forms

MAIN = ":ref_type:branch:ref:main"
ROLES = {
    "audience alone": ({"StringEquals": {"gitlab.com:aud": "sts.amazonaws.com"}}, "issuer"),
    "any subject": ({"StringLike": {"gitlab.com:sub": f"project_path:*/web{MAIN}"}}, "issuer"),
    "a prefix": ({"StringLike": {"gitlab.com:sub": "project_path:umbrella*"}}, "issuer"),
    "a number's prefix": ({"StringLike": {"gitlab.com:sub": f"project_id:7*{MAIN}"}}, "issuer"),
    "negative alone": ({"StringNotLike": {"gitlab.com:sub": "project_path:other/*"}}, "issuer"),
    "one person": ({"StringEquals": {"gitlab.com:user_login": "kim"}}, "person"),
    "a group": ({"StringLike": {"gitlab.com:sub": f"project_path:umbrella/*{MAIN}"}}, "group"),
    "a project's prefix": ({"StringLike": {"gitlab.com:sub": f"project_path:umbrella/web*{MAIN}"}}, "group"),
    "one of two": (
        {"StringLike": {"gitlab.com:sub": [f"project_path:umbrella/web{MAIN}", "project_path:umbrella/*"]}},
        "group",
    ),
    "any ref": ({"StringLike": {"gitlab.com:sub": "project_path:umbrella/web:*"}}, "pusher"),
    "a fence that is none": (
        {
            "StringLike": {"gitlab.com:sub": "project_path:umbrella/web:*"},
            "StringEqualsIfExists": {"gitlab.com:environment": "live"},
        },
        "pusher",
    ),
    "tags too": ({"StringLike": {"gitlab.com:sub": "project_path:umbrella/web:ref_type:*:ref:main"}}, "tag"),
    "any case": ({"StringEqualsIgnoreCase": {"gitlab.com:sub": f"project_path:umbrella/web{MAIN}"}}, "case"),
    "by name": ({"StringLike": {"gitlab.com:sub": f"project_path:umbrella/web{MAIN}"}}, "named"),
    "protected": ({"StringEquals": {"gitlab.com:project_id": "7", "gitlab.com:ref_protected": "true"}}, "protected"),
    "a wildcard compared": ({"StringEquals": {"gitlab.com:sub": "project_path:umbrella/web:*"}}, "nobody"),
    "an absent key": (
        {"StringEquals": {"gitlab.com:sub": f"project_path:umbrella/web{MAIN}", "gitlab.com:environment": "live"}},
        "nobody",
    ),
    "another host's key": ({"StringEquals": {"git.example.com:sub": f"project_path:umbrella/web{MAIN}"}}, "nobody"),
}  # fmt: skip
POOLS = {
    "nothing": ("", "attribute.ref/main", "issuer"),
    "a prefix": ("assertion.namespace_path.startsWith('umbrella')", "*", "issuer"),
    "not anchored": ("assertion.project_path.matches('umbrella/web')", "*", "issuer"),
    "a number, unequal": ("assertion.project_id != 7", "*", "issuer"),
    "and before or": (
        "assertion.project_id == '7' && assertion.ref == 'main' || assertion.ref == 'x'",
        "*",
        "issuer",
    ),
    "a group": ("assertion.namespace_path == 'umbrella'", "*", "group"),
    "one project by its binding": ("", "attribute.project_id/7", "pusher"),
    "protected": ("assertion.project_id == '7' && assertion.ref_protected == 'true'", "*", "protected"),
    "a number": ("assertion.project_id == 7", "*", "nobody"),
    "a boolean": ("assertion.project_id == '7' && assertion.ref_protected == true", "*", "nobody"),
    "a wildcard in the member": ("", "attribute.project_path/umbrella/*", "nobody"),
}
SUBJECTS = {
    "a wildcard": ("project_path:umbrella/*:ref_type:branch:ref:main", "nobody"),
    "by name": ("project_path:umbrella/web:ref_type:branch:ref:stable", "named"),
    "by number": ("project_id:7:ref_type:branch:ref:main:ref_protected:true", "exact"),
}
EXPRESSIONS = {
    "a prefix": ("claims['sub'] matches 'project_path:umbrella*:ref_type:branch:ref:main'", "issuer"),
    "a group": ("claims['sub'] matches 'project_path:umbrella/*:ref_type:branch:ref:main'", "group"),
    "four letters": ("claims['sub'] matches 'project_path:umbrella/web:ref_type:branch:ref:????'", "pusher"),
    "by number": (
        "claims['sub'] matches 'project_id:7:ref_type:branch:ref:*:ref_protected:true'",
        "protected",
    ),
    "or": ("claims['sub'] eq 'x' or claims['sub'] eq 'y'", "nobody"),
}


def cases():
    written = (
        *((name, forms.aws(conditions), reach) for name, (conditions, reach) in ROLES.items()),
        *(
            (name, forms.google(condition, member), reach)
            for name, (condition, member, reach) in POOLS.items()
        ),
        *((name, forms.azure_classic(subject), reach) for name, (subject, reach) in SUBJECTS.items()),
        *(
            (name, forms.azure_flexible(expression), reach)
            for name, (expression, reach) in EXPRESSIONS.items()
        ),
    )
    for name, by_form, reach in written:
        for form, files in by_form.items():
            yield pytest.param(files, reach, id=f"{form}: {name}")


def clouds(files):
    return Repository(Tree(files, project=Project(id=1, path="a/b", host="gitlab.com"))).clouds


@pytest.mark.parametrize(("files", "reach"), list(cases()))
def test_a_mistake_has_one_verdict_in_every_form(files, reach):
    model = clouds(files)
    assert [verdict_of(trust).reach for trust in model.trusts] == [reach]
    assert model.unread == ()


@pytest.mark.parametrize(
    "inputs",
    [
        'source = "terraform-aws-modules/iam/aws//modules/iam-role"\n  oidc_provider_urls = ["https://gitlab.com"]',
        'source = "git::https://git.example.com/modules.git//role"\n  match = ["project_path:umbrella/*"]',
        'source = "acme/pool/google"\n  issuer_uri = "https://gitlab.com"\n  attribute_condition = "true"',
        'source = "acme/id/azurerm"\n  credentials = { a = { issuer = "https://gitlab.com", subject = "project_path:a/b:x" } }',
    ],
)
def test_a_module_from_elsewhere_is_named(inputs):
    (unread,) = clouds({"main.tf": f'module "ci" {{\n  {inputs}\n}}\n'}).unread
    assert (unread.path, unread.line) == ("main.tf", 1)
    assert "the text of" in unread.reason


@pytest.mark.parametrize(
    "inputs",
    [
        'source = "acme/runner/aws"\n  gitlab_url = "https://gitlab.com"',
        'source = "acme/role/aws"\n  oidc_provider_urls = ["https://token.actions.githubusercontent.com"]',
        'source = "git::https://gitlab.com/acme/vpc.git"\n  cidr = "10.0.0.0/8"',
    ],
)
def test_a_module_that_makes_no_trust_of_gitlab_is_left_alone(inputs):
    assert clouds({"main.tf": f'module "ci" {{\n  {inputs}\n}}\n'}).is_empty


def test_powershell_that_is_not_read_is_named():
    text = "$body = @{ issuer = 'https://gitlab.com'; subject = $subject }\nNew-MgApplicationFederatedIdentityCredential -BodyParameter $body\n"
    (unread,) = clouds({"setup.ps1": text}).unread
    assert (unread.path, unread.line) == ("setup.ps1", 2)
    assert clouds({"setup.ps1": text.replace("gitlab", "github")}).is_empty


def test_powershell_places_are_those_of_the_file():
    text = forms.azure_classic("project_path:umbrella/web:ref_type:branch:ref:stable")["cmdlet"]["setup.ps1"]
    (trust,) = clouds({"setup.ps1": f"# first\n{text}"}).trusts
    span = trust.place_of({"sub": "x"})
    line = f"# first\n{text}".splitlines()[span.start_line - 1]
    assert line[span.start_column - 1 :].startswith("project_path:umbrella/web")


@pytest.mark.parametrize("quote", ["'", '"', ""])
def test_powershell_options_with_an_equals_sign_are_read(quote):
    subject = "project_path:umbrella/web:ref_type:branch:ref:stable"
    command = (
        f"az identity federated-credential create --name=gitlab --issuer={quote}https://gitlab.com{quote}"
        f" --subject={quote}{subject}{quote} --audiences=x\n"
    )
    (trust,) = clouds({"setup.ps1": command}).trusts
    assert verdict_of(trust).reach == "named"
