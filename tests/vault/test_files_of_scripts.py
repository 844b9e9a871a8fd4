"""Files that a script writes and hands to Vault: their text is in the script."""

from __future__ import annotations

import pytest

from bot.repository import Repository
from bot.snapshot import Tree

POLICY = 'path "kv/app" {\n  capabilities = ["read"]\n}\n'
ROLE = '{"role_type": "jwt", "user_claim": "sub", "bound_claims": {"project_id": "7"}}'


def model(script):
    return Repository(Tree({"setup.sh": script})).vault


@pytest.mark.parametrize(
    "script",
    [
        f"cat > app.hcl <<'EOT'\n{POLICY}EOT\nvault policy write app app.hcl\n",
        f"cat <<EOT >/tmp/app.hcl\n{POLICY}EOT\nbao policy write app /tmp/app.hcl\n",
        f"tee app.hcl <<EOT\n{POLICY}EOT\nvault policy write app ./app.hcl\n",
        f'cat > "$DIR/app.hcl" <<EOT\n{POLICY}EOT\nvault policy write app "$DIR/app.hcl"\n',
        f"echo '{POLICY}' > app.hcl\nvault policy write app - < app.hcl\n",
    ],
)
def test_a_policy_of_a_file_that_the_script_writes(script):
    (policy,) = model(script).policies
    assert (policy.name, [rule.path for rule in policy.rules]) == ("app", ["kv/app"])
    assert 'path "kv/app"' in script.splitlines()[policy.rules[0].span.start_line - 1]
    assert model(script).unread == ()


@pytest.mark.parametrize(
    "write",
    [
        "vault write auth/ci/role/app @role.json",
        "vault write auth/ci/role/app - < role.json",
        "cat role.json | vault write auth/ci/role/app -",
        "curl -X POST -d @role.json https://vault.example.com/v1/auth/ci/role/app",
    ],
)
def test_a_role_of_a_file_that_the_script_writes(write):
    (role,) = model(f"cat > role.json <<EOT\n{ROLE}\nEOT\n{write}\n").roles
    assert (role.subject, role.value("bound_claims")) == ("role:ci/app", {"project_id": "7"})


def test_the_last_text_in_front_of_the_command_counts():
    script = "".join(
        f"cat > r.json <<EOT\n{ROLE.replace('7', number)}\nEOT\nvault write auth/ci/role/r{number} @r.json\n"
        for number in "12"
    )
    assert [role.value("bound_claims")["project_id"] for role in model(script).roles] == ["1", "2"]


def test_a_file_that_is_written_later_or_elsewhere_is_not_known():
    late = f"vault policy write app app.hcl\ncat > app.hcl <<EOT\n{POLICY}EOT\n"
    other = f"cat > other.hcl <<EOT\n{POLICY}EOT\nvault policy write app app.hcl\n"
    for script in (late, other):
        assert [each.reason for each in model(script).unread] == [
            "the text of this policy is not in the repository; what it grants is not checked"
        ]
