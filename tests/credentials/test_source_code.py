"""Credentials in programs of other languages that jobs run, and the look-alikes beside them."""

from __future__ import annotations

import random
import string

import pytest

from bot.repository import Repository
from bot.rules import ALL_RULES
from bot.snapshot import Tree

MADE = "".join(random.Random(11).choices(string.ascii_letters + string.digits, k=32))
RULE = next(rule for rule in ALL_RULES if rule.id == "hardcoded-credential")
WRITTEN = [
    ("scripts/deploy.py", 'API_TOKEN = "{}"'),
    ("scripts/deploy.py", "config = {{'user': 'ci', 'password': '{}'}}"),
    ("scripts/deploy.py", 'db = connect(host="db.example.com", password="{}")'),
    ("scripts/deploy.py", 'os.environ["DB_PASSWORD"] = "{}"'),
    ("scripts/deploy.py", 'token: str = "{}"'),
    ("scripts/deploy.py", "requests.get(URL, auth=('ci', '{}'))"),
    ("scripts/deploy.py", 'headers = {{"Authorization": "Bearer {}"}}'),
    ("tools/release.js", "const apiToken = '{}';"),
    ("tools/release.ts", "  clientSecret: '{}',"),
    ("deploy.rb", 'password = "{}"'),
    ("deploy.pl", "my $password = '{}';"),
    ("deploy/config.php", "return ['password' => '{}'];"),
    ("wp-config.php", "define('DB_PASSWORD', '{}');"),
    ("tools/deploy.go", 'const apiKey = "{}"'),
    ("tools/Deploy.java", '  static final String DB_PASSWORD = "{}";'),
    ("tools/Deploy.java", '  client.setPassword("{}");'),
    ("Jenkinsfile", "environment {{ NEXUS_PASSWORD = '{}' }}"),
    ("Jenkinsfile", 'sh "docker login -u ci -p {} registry.example.com"'),
    ("Vagrantfile", 'config.ssh.password = "{}"'),
]
LOOK_ALIKES = [
    ("scripts/deploy.py", 'password = os.environ["DB_PASSWORD"]'),
    ("scripts/deploy.py", 'TOKEN_URL = "https://id.example.com/oauth/token"'),
    ("scripts/deploy.py", 'password_field = "new_password_confirmation"'),
    ("scripts/deploy.py", 'names = ("tokens", "symbol2label")'),
    ("scripts/deploy.py", 'token = "{prefix}-{number:04}"'),
    ("scripts/deploy.py", "authorization = authorization[1].encode('ascii')"),
    ("scripts/deploy.py", 'HASHES = {"AWS::AppSync::ApiKey": "3d104ea0be48564b"}'),
    ("scripts/deploy.py", 'getpass("Password: ")'),
    ("tools/release.js", "const token = process.env.API_TOKEN;"),
    ("tools/release.js", "headers['Authorization'] = `Bearer ${token}`;"),
    ("deploy.rb", 'credential = "#{key_id}/#{scope}-2026"'),
    ("tools/deploy.go", 'flag.String("password", "", "the password")'),
    ("Jenkinsfile", "environment { NEXUS = credentials('nexus-deployer-2') }"),
    ("wp-config.php", "define('AUTH_KEY', 'put your unique phrase here');"),
]


def found(path: str, text: str, script: str | None = None) -> list[str]:
    line = script if script is not None else f"run {path}"
    pipeline = f"deploy:\n  script: ['{line}']\n"
    repository = Repository(Tree({".gitlab-ci.yml": pipeline, path: text + "\n"}))
    return [hit.span.path for hit in RULE.check(repository.documents, repository)]


@pytest.mark.parametrize(("path", "text"), WRITTEN)
def test_a_literal_under_a_clear_name_is_found(path: str, text: str) -> None:
    assert found(path, text.format(MADE)) == [path]


@pytest.mark.parametrize(("path", "text"), LOOK_ALIKES)
def test_a_look_alike_is_none(path: str, text: str) -> None:
    assert found(path, text) == []


def test_only_programs_that_a_script_names_are_read() -> None:
    text = f'API_TOKEN = "{MADE}"'
    assert found("scripts/deploy.py", text, "make") == []
    assert found("scripts/deploy.py", text, "python3 -m scripts.deploy") == ["scripts/deploy.py"]
    assert found("tests/tools/deploy.py", text) == []


def test_settings_of_other_programs() -> None:
    assert found(".curlrc", f'user = "ci:{MADE}"') == [".curlrc"]
    assert found(".curlrc", 'user-agent = "ci/1.0"') == []
    assert found(".sentryclirc", f"[auth]\ntoken={MADE}") == [".sentryclirc"]
    assert found("ci/aws-credentials", f"aws_secret_access_key = {MADE}") == ["ci/aws-credentials"]
    assert found("app.service", f"Environment=DB_PASSWORD={MADE}") == ["app.service"]
    assert found("cloud-init.yml", f"chpasswd:\n  list: |\n    root:{MADE}\n") == ["cloud-init.yml"]
    secret = 'resource "vault_kv_secret_v2" "a" {\n  data_json = jsonencode({ password = VALUE })\n}'
    assert found("main.tf", secret.replace("VALUE", f'"{MADE}"')) == ["main.tf"]
    assert found("main.tf", secret.replace("VALUE", "var.password")) == []
