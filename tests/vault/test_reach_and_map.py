"""What a role reaches, the engines and audit devices of every format, and the trust map."""

from __future__ import annotations

import re

from bot.documents.documents import Documents
from bot.findings import Severity
from bot.snapshot import Tree
from bot.vault.reach import Power, concrete, reach_of
from bot.vault.read import read_vault
from bot.vault.trustmap import trust_map

ROLE = """
resource "vault_jwt_auth_backend_role" "{name}" {{
  role_name      = "{name}"
  role_type      = "jwt"
  user_claim     = "project_id"
  token_policies = {policies}
  bound_claims   = {{ project_id = "{project}" }}
}}
"""


def model(policies='["app"]', project="42", name="ci", **files):
    tree = {"r.tf": ROLE.format(name=name, policies=policies, project=project)}
    tree |= {f"{stem}.hcl": text for stem, text in files.items()}
    return read_vault(Tree(tree), Documents(tree))


def reach(policies, **files):
    read = model(policies, **files)
    return reach_of(read.roles[0], read)


def test_power_is_that_of_the_strongest_path():
    assert reach('["app"]', app='path "secret/data/a" { capabilities = ["read"] }').power is Power.READ
    assert reach('["app"]', app='path "secret/data/a" { capabilities = ["update"] }').power is Power.WRITE
    assert (
        reach('["app"]', app='path "database/creds/a" { capabilities = ["read"] }').power is Power.CREDENTIALS
    )
    assert (
        reach('["app"]', app='path "sys/policies/acl/a" { capabilities = ["update"] }').power is Power.ADMIN
    )
    assert reach('["app"]', app='path "*" { capabilities = ["update"] }').power is Power.ROOT
    assert (
        reach('["app"]', app='path "auth/token/renew-self" { capabilities = ["update"] }').power
        is Power.NOTHING
    )
    assert reach('["app"]').power is Power.UNKNOWN
    assert reach('["vault-admin"]').power is Power.ADMIN
    assert reach('["default"]').power is Power.NOTHING


def test_policies_are_weighed_together():
    wide = 'path "secret/*" { capabilities = ["update"] }'
    closed = 'path "secret/*" { capabilities = ["deny"] }'
    both = reach('["wide", "closed"]', wide=wide, closed=closed)
    assert both.grants == ()
    assert both.power is Power.NOTHING


def test_severity_and_privilege():
    found = reach('["app", "gone"]', app='path "secret/data/a" { capabilities = ["read"] }')
    assert found.missing == ("gone",)
    assert found.privileged is None
    assert found.severity is Severity.MEDIUM
    assert reach('["app"]', app='path "secret/data/a" { capabilities = ["read"] }').privileged is False
    assert reach('["app"]', app='path "sys/policies/acl/a" { capabilities = ["update"] }').privileged is True


def test_a_file_may_be_named_a_little_differently():
    named = {"app-policy": 'path "secret/data/a" { capabilities = ["read"] }'}
    assert reach('["app"]', **named).power is Power.READ


def test_concrete_paths():
    assert concrete("a/+/c*") == "a/x/cx"
    assert concrete("a+b/+") == "a+b/x"


ENGINES = {
    "e.tf": 'resource "vault_database_secret_backend_role" "x" {\n  backend = "db"\n  name = "tf"\n  default_ttl = 60 * 60\n}\n',
    "e.sh": "vault write db/roles/sh db_name=a default_ttl=1h\nvault write aws/config/root access_key=x\n",
    "e.yml": "apiVersion: redhatcop.redhat.io/v1alpha1\nkind: DatabaseSecretEngineRole\nmetadata:\n  name: cr\n"
    "spec:\n  path: db\n  dBName: a\n  defaultTTL: 1h\n  creationStatements:\n    - x\n",
    "b.yml": "secrets:\n  - type: database\n    path: db\n    configuration:\n      roles:\n        - name: bv\n"
    "          db_name: a\n          default_ttl: 1h\n          creation_statements: x\n",
}


def test_engine_roles_of_every_format():
    found = read_vault(Tree(ENGINES), Documents(ENGINES)).engines
    read = {
        role.name: (role.kind.value, role.mount, role.seconds("default_ttl"))
        for role in found
        if role.part == "role"
    }
    assert read == dict.fromkeys(("tf", "sh", "cr", "bv"), ("database", "db", 3600))


AUDITS = {
    "a.tf": 'resource "vault_audit" "x" {\n  type = "file"\n  path = "tf"\n  options = { log_raw = "true" }\n}\n',
    "a.sh": "vault audit enable -path=sh file log_raw=true\nvault audit disable gone/\n",
    "a.yml": "apiVersion: redhatcop.redhat.io/v1alpha1\nkind: Audit\nmetadata:\n  name: cr\nspec:\n  type: file\n"
    "  path: cr\n  options:\n    log_raw: 'true'\n",
    "b.yml": "externalConfig:\n  audit:\n    - type: file\n      path: bv\n      options:\n        log_raw: 'true'\n",
    "server.hcl": 'audit "file" "srv" {\n  options {\n    log_raw = "true"\n  }\n}\n',
}


def test_audit_devices_of_every_format():
    found = read_vault(Tree(AUDITS), Documents(AUDITS)).audits
    assert {
        device.path: device.option("log_raw") for device in found if not device.disabled
    } == dict.fromkeys(("tf", "sh", "cr", "bv", "srv"), "true")
    assert [device.path for device in found if device.disabled] == ["gone"]


READ = 'path "secret/data/a" { capabilities = ["read"] }'
NODE = re.compile(r'  (\w+)(?:\(\[|\[)"([A-Za-z0-9 _./:,*+=#;-]*)"(?:\]\)|\])(?::::alarm)?')
EDGE = re.compile(r"  \w+ (?:-->|==>\|new\||-\.->\|removed\||-\.-) \w+")


def well_formed(text):
    head, *lines = text.rstrip("\n").split("\n")
    assert head == "flowchart LR"
    for line in lines:
        assert NODE.fullmatch(line) or EDGE.fullmatch(line) or line.startswith("  classDef alarm "), line
    return [line for line in lines if NODE.fullmatch(line)]


def test_the_map_shows_who_role_policy_path():
    text = trust_map(model(app=READ))
    assert len(well_formed(text)) == 4
    for label in ("project_id 42", "role ci", "policy app", "secret/data/a #40;read#41;"):
        assert label in text


def test_a_change_is_marked_and_what_stays_is_not_drawn():
    before, after = model(app=READ), model(project="43", app=READ)
    text = trust_map(after, before)
    well_formed(text)
    assert "==>|new|" in text
    assert "-.->|removed|" in text
    assert trust_map(after, after) == ""
    assert trust_map(read_vault(Tree({}), Documents({}))) == ""


def test_of_two_roles_the_one_that_changes_is_drawn():
    def both(project):
        files = {
            "r.tf": ROLE.format(name="ci", policies='["app"]', project=project),
            "s.tf": ROLE.format(name="other", policies='["its-own"]', project="7"),
        }
        return read_vault(Tree(files), Documents(files))

    text = trust_map(both("43"), both("42"))
    assert "role ci" in text
    assert "policy app" in text
    assert "role other" not in text
    assert "policy its-own" not in text


def test_at_most_twelve_nodes():
    names = [f"p{number}" for number in range(30)]
    listed = "[" + ", ".join(f'"{name}"' for name in names) + "]"
    nodes = well_formed(trust_map(model(listed, **dict.fromkeys(names, READ))))
    assert len(nodes) == 12
    assert "more" in nodes[-1]


def test_hostile_names_stay_inside_their_labels():
    hostile = r"a\"]; click n1 \"javascript:alert(1)\" ``` %%{init: {}}%% <script> @all /close" + "\\n~~~"
    text = trust_map(model(project=hostile, app=READ))
    assert len(well_formed(text)) == 4
    for sign in ("`", "<", ">s", "@", "{", "%", '"]; '):
        assert sign not in text.replace("-->", "")
