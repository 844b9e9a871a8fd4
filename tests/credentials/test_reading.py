"""Credentials in every kind of file and on command lines, and the look-alikes beside them."""

from __future__ import annotations

import base64
import random
import string
import time

import pytest

from bot.credentials.command_lines import sightings_in_script, sightings_in_shell
from bot.documents.shell import parse_shell
from bot.repository import Repository
from bot.rules import ALL_RULES
from bot.snapshot import Tree

TYPED = "Kestrel-Bay-77"
MADE = "".join(random.Random(9).choices(string.ascii_letters + string.digits, k=32))
RULE = next(rule for rule in ALL_RULES if rule.id == "hardcoded-credential")


def hits_in(files: dict[str, str], base: dict[str, str] | None = None) -> list:
    then = Repository(Tree(base)) if base is not None else None
    repository = Repository(Tree(files), then)
    return list(RULE.check(repository.documents, repository))


def lines_in(path: str, text: str) -> list[int]:
    return [hit.span.start_line for hit in hits_in({path: text})]


def job(line: str) -> str:
    return f"deploy:\n  image: alpine:3.20\n  script:\n    - |\n      {line}\n"


COMMANDS = """
rclone config create store sftp host files.example.com user ci pass {}
pulumi config set --secret dbPassword {}
pulumi config set aws:secretToken {}
sed -i "s/@@PASSWORD@@/{}/" app.conf
sed -i 's|__DB_PASSWORD__|{}|g' app.conf
sed -i -e "s/{{{{ api_token }}}}/{}/" app.conf
pwsh -c '$p = ConvertTo-SecureString "{}" -AsPlainText -Force'
python3 -c "import requests; requests.get('https://api.example.com', auth=('ci', '{}'))"
python3 -c "from x import HTTPBasicAuth; HTTPBasicAuth('ci', '{}')"
mysql -h db.example.com -u app -p{}
mysqldump --password={} shop
curl --user ci:{} https://nexus.example.com
curl -uci:{} https://nexus.example.com
curl -H "Authorization: Bearer {}" https://api.example.com
curl -H "X-Api-Key:{}" https://api.example.com
docker login -u ci -p {} registry.example.com
sudo docker login -u ci -p {} registry.example.com
echo {} | docker login -u ci --password-stdin registry.example.com
docker login -u ci --password-stdin registry.example.com <<< {}
docker run -e API_TOKEN={} registry.example.com/app
docker build --build-arg NPM_PASSWORD={} .
sshpass -p {} ssh web.example.com
sh -c "sshpass -p {} ssh web.example.com"
rsync -a --rsh="sshpass -p {} ssh" x web.example.com:/srv
PGPASSWORD={} psql -h db.example.com
export PGPASSWORD={}
redis-cli -h redis.example.com -a {} ping
htpasswd -bc users admin {}
htpasswd -nb admin {}
openssl rsa -passin pass:{} -in a.pem
ldapsearch -D cn=ci -w {} -b dc=shop
az login --service-principal -u app -p {} --tenant shop
npm config set //npm.example.com/:_authToken={}
npm config set //npm.example.com/:_authToken {}
twine upload -u ci -p {} dist/*
mongosh -u root -p {} db.example.com/shop
smbclient //files.example.com/share -U ci%{}
lftp -u ci,{} sftp://files.example.com
helm registry login registry.example.com -u ci -p {}
helm upgrade shop ./chart --set db.password={}
keytool -import -storepass {} -file ca.crt
gpg --batch --passphrase {} -d a.gpg
7z x -p{} a.7z
zip -P {} a.zip b
net use Z: share /user:ci {}
rabbitmqctl add_user ci {}
kubectl create secret generic db --from-literal=password={}
terraform apply -var "db_password={}"
mvn deploy -Dnexus.password={}
git clone https://ci:{}@git.example.com/a.git
psql "host=db.example.com user=app password={} dbname=shop"
echo "machine git.example.com login ci password {}" > netrc
echo "db.example.com:5432:shop:app:{}" > pgpass
echo root:{} | chpasswd
ssh-keygen -t ed25519 -N {} -f id
conan remote login -p {} shop ci
aws ssm put-parameter --name /shop/db --type SecureString --value {}
aws secretsmanager put-secret-value --secret-id db --secret-string {}
az keyvault secret set --vault-name kv --name db --value {}
dvc remote modify --local shop password {}
qpdf --encrypt {} x 256 -- a.pdf b.pdf
imapsync --host1 a --user1 b --password1 {}
printf {} | gcloud secrets versions add db --data-file=-
kinit ci@EXAMPLE.COM <<< "{}"
openconnect --user=ci --passwd-on-stdin vpn.example.com <<< "{}"
expect -c 'spawn ssh ci@web; expect "password:"; send "{}\\r"; interact'
pwsh -c '[Environment]::SetEnvironmentVariable("DB_PASSWORD", "{}")'
""".strip().split("\n")


@pytest.mark.parametrize("line", COMMANDS)
@pytest.mark.parametrize("value", [TYPED, MADE])
def test_a_password_on_a_command_line_is_found_once_and_not_shown(line: str, value: str) -> None:
    hits = hits_in({".gitlab-ci.yml": job(line.format(value))})
    assert [hit.span.start_line for hit in hits] == [5]
    assert value not in repr(hits)


@pytest.mark.parametrize("line", COMMANDS)
@pytest.mark.parametrize("value", ["$PASSWORD", "${PASSWORD}"])
def test_a_reference_there_is_none(line: str, value: str) -> None:
    assert lines_in(".gitlab-ci.yml", job(line.format(value))) == []


@pytest.mark.parametrize(
    "line",
    [
        "docker run -p 8080:8080 -u 1000:1000 registry.example.com/app",
        "psql -h db.example.com -p 5433 -w",
        "ssh -p 2222 ci@web.example.com",
        "mvn -P release2024 deploy",
        "vault login -method=jwt role=shop2024",
        "vault write auth/jwt/role/shop2 token_ttl=15m token_policies=shop-read2",
        "grep -q 'password=Kestrel-77' app.ini",
        "gpg --recv-keys 0123456789ABCDEF0123456789ABCDEF01234567",
        "curl -u user:password https://example.com",
        "kubectl create secret generic db --from-file=password=db1.txt",
        "aws ssm put-parameter --name /shop/db --type String --value release-2024",
        "kinit -kt /etc/ci.keytab ci@EXAMPLE.COM",
        "export LOCKFILE_KEY=3f2a9c1b4d6e8f035a7c1d9e2b4f6a8c0d1e2f3a",
        "export DB_PASSWORD=\"'hidden'\"",
        "# docker login -u ci -p your-password registry.example.com",
    ],
)
def test_look_alikes_on_command_lines(line: str) -> None:
    assert lines_in(".gitlab-ci.yml", job(line)) == []


BASIC = base64.b64encode(f"ci:{TYPED}".encode()).decode()
FILES = [
    (".env", f"A=1\nDB_PASSWORD={TYPED}\n", 2),
    ("deploy/prod.env", f"A=1\nexport API_TOKEN='{MADE}'\n", 2),
    ("Dockerfile", f"FROM alpine\nENV DB_PASSWORD={TYPED}\n", 2),
    ("Dockerfile", f"FROM alpine\nENV DB_PASSWORD {TYPED}\n", 2),
    (
        "Dockerfile",
        f"FROM alpine\nARG A=1\nRUN echo a \\\n && curl -u ci:{TYPED} https://nexus.example.com\n",
        4,
    ),
    ("compose.yml", f"services:\n  app:\n    environment:\n      - SMTP_PASSWORD={TYPED}\n", 4),
    ("compose.yml", f"services:\n  app:\n    image: a\n    command: ./app --password {TYPED}\n", 4),
    ("prod.tfvars", f'region = "eu"\ndb_password = "{TYPED}"\n', 2),
    ("group_vars/all.yml", f"a: 1\ndb_password: {TYPED}\n", 2),
    ("chart/values.yaml", f"a: 1\nadminPassword: {TYPED}\n", 2),
    ("k8s/a.yaml", f"kind: Deployment\nspec:\n  env:\n    - name: DB_PASSWORD\n      value: {TYPED}\n", 5),
    ("k8s/a.yaml", f"kind: Secret\ndata:\n  password: {base64.b64encode(TYPED.encode()).decode()}\n", 3),
    ("k8s/a.yaml", f"kind: Secret\nstringData:\n  api-token: {MADE}\n", 3),
    (".netrc", f"machine a.example.com\nlogin ci\npassword {TYPED}\n", 3),
    (".pgpass", f"db.example.com:5432:shop:app:{TYPED}\n", 1),
    (".pypirc", f"[shop]\npassword = {TYPED}\n", 2),
    (".npmrc", f"registry=https://npm.example.com/\n//npm.example.com/:_authToken={MADE}\n", 2),
    ("ci/settings.xml", f"<server>\n  <password>{TYPED}</password>\n</server>\n", 2),
    ("NuGet.Config", f'<a>\n  <add key="ClearTextPassword" value="{TYPED}" />\n</a>\n', 2),
    ("web.config", f'<a>\n<add connectionString="Server=a;Password={TYPED};" />\n</a>\n', 2),
    ("appsettings.json", f'{{"a": 1,\n"Shop": "Server=a;User Id=b;Password={TYPED};"}}\n', 2),
    ("application.properties", f"a=1\nspring.datasource.password={TYPED}\n", 2),
    ("inventory.ini", f"[web]\nweb1.example.com ansible_password={TYPED}\n", 2),
    ("users.ldif", f"dn: cn=app\nuserPassword: {TYPED}\n", 2),
    (".lftprc", f"set ftp:ssl-force true\nopen -u ci,{TYPED} files.example.com\n", 2),
    ("group_vars/all.yml", f"a: 1\nvault_token: {MADE}\n", 2),
    ("a.ps1", f"$a = 1\n[Environment]::SetEnvironmentVariable('DB_PASSWORD', '{TYPED}')\n", 2),
    ("a.ps1", f'$a = 1\n$c = New-Object System.Net.NetworkCredential("ci", "{TYPED}")\n', 2),
    (
        "main.tf",
        f'resource "helm_release" "a" {{\n  set_sensitive {{\n    name  = "db.password"\n    value = "{TYPED}"\n  }}\n}}\n',
        4,
    ),
    ("a.sh", f"#!/bin/sh\n# docker login -u ci -p {MADE} r.example.com\n", 2),
    (".gitlab-ci.yml", f"variables:\n  MOT_DE_PASSE: {TYPED}\na: {{script: [x]}}\n", 2),
    (".gitlab-ci.yml", f"variables:\n  DB_CONTRASENA: {TYPED}\na: {{script: [x]}}\n", 2),
    (".gitlab-ci.yml", f"variables:\n  KENNWORT_DB: {TYPED}\na: {{script: [x]}}\n", 2),
    ("redis.conf", f"bind 0.0.0.0\nrequirepass {TYPED}\n", 2),
    ("init.sql", f"SELECT 1;\nCREATE USER app IDENTIFIED BY '{TYPED}';\n", 2),
    ("Makefile", f"deploy:\n\tcurl -u ci:{TYPED} https://nexus.example.com\n", 2),
    (".htpasswd", "ci:{SHA}" + base64.b64encode(bytes(range(20))).decode() + "\n", 1),
    ("config.json", f'{{"auths": {{"r.example.com": {{\n"auth": "{BASIC}"}}}}}}\n', 2),
    ("a.ps1", f"$a = 1\n$env:DB_PASSWORD = '{TYPED}'\n", 2),
    ("a.ps1", f"$a = 1\n$p = ConvertTo-SecureString '{TYPED}' -AsPlainText -Force\n", 2),
    ("a.sh", f"#!/bin/sh\ncat > app.ini <<EOF\npassword = {TYPED}\nEOF\n", 3),
    ("a.sh", f"#!/bin/sh\n# the old password: {TYPED}\n", 2),
    (".gitlab-ci.yml", f"a:\n  script:\n    - |\n      cat <<EOF\n      password = {TYPED}\n      EOF\n", 5),
    (".gitlab-ci.yml", f"variables:\n  CONFIG: |\n    db:\n      password: {TYPED}\na: {{script: [x]}}\n", 4),
    (".gitlab-ci.yml", f"# DB_PASSWORD={TYPED}\na: {{script: [x]}}\n", 1),
    (".gitlab-ci.yml", f"variables:\n  NEXUS_BASIC_AUTH: {BASIC}\na: {{script: [x]}}\n", 2),
    (".gitlab-ci.yml", f"include:\n  - remote: https://ci:{TYPED}@git.example.com/a.yml\n", 2),
    ("t.yml", f"spec:\n  inputs:\n    db_password:\n      default: {TYPED}\n---\na: {{script: [x]}}\n", 4),
]


@pytest.mark.parametrize(("path", "text", "line"), FILES, ids=lambda value: str(value)[:40])
def test_a_credential_is_found_where_it_is_written(path: str, text: str, line: int) -> None:
    assert lines_in(path, text) == [line]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env", "DB_PASSWORD=ENC[AES256_GCM,data:Kq7vRw8ZbXt4,type:str]\nAPI_TOKEN=${TOKEN}\n"),
        ("k8s/a.yaml", f"kind: SealedSecret\nspec:\n  encryptedData:\n    password: Ag{MADE}{MADE}\n"),
        ("all.yml", "db_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162636465666768\n"),
        ("main.tf", 'data "x_secret" "a" {\n  secret = "shop/db-2024!"\n}\n'),
        (".htpasswd", "ci:$2y$10$abcdefghijklmnopqrstuv\n"),
        (".gitlab-ci.yml", ".gitlab_creds: &c\n  - terraform version 4\na: {script: [*c]}\n"),
        (".gitlab-ci.yml", f"a:\n  cache:\n    key: {MADE}\n  script: [x]\n"),
    ],
)
def test_what_is_encrypted_or_only_named_is_none(path: str, text: str) -> None:
    assert lines_in(path, text) == []


def variables(value: str, extra: str = "", name: str = "POSTGRES_PASSWORD") -> str:
    return f"test:\n  image: golang\n{extra}  variables:\n    {name}: {value}\n  script:\n    - go test\n"


def test_a_database_of_the_job_may_have_a_typed_password() -> None:
    service = "  services: [postgres:16]\n"
    assert lines_in(".gitlab-ci.yml", variables(TYPED, service)) == []
    assert lines_in(".gitlab-ci.yml", variables(TYPED, "  services: [redis:7]\n")) == [5]
    assert lines_in(".gitlab-ci.yml", variables(TYPED)) == [4]
    assert lines_in(".gitlab-ci.yml", variables(MADE, service)) == [5]
    assert lines_in(".gitlab-ci.yml", variables(TYPED, service, "SMTP_PASSWORD")) == [5]
    url = f"postgres://app:{TYPED}@%s/app"
    assert lines_in(".gitlab-ci.yml", variables(url % "postgres", service, "DATABASE_URL")) == []
    assert lines_in(".gitlab-ci.yml", variables(url % "db.example.com", service, "DATABASE_URL")) == [5]


def test_so_may_one_that_a_script_or_a_compose_file_starts() -> None:
    run = f"docker run -d -e POSTGRES_PASSWORD={TYPED} %s"
    assert lines_in(".gitlab-ci.yml", job(run % "postgres:16")) == []
    assert lines_in(".gitlab-ci.yml", job(run % "registry.example.com/app")) == [5]
    compose = f"services:\n  db:\n    image: %s\n    environment:\n      POSTGRES_PASSWORD: {TYPED}\n"
    assert lines_in("compose.yml", compose % "postgres:16") == []
    assert lines_in("compose.yml", compose % "registry.example.com/app") == [5]


def test_one_credential_in_several_places_is_one_finding() -> None:
    five = "".join(f"j{n}:\n  variables:\n    DB_PASSWORD: {MADE}\n  script: [x]\n" for n in range(4))
    hits = hits_in({".gitlab-ci.yml": five, "prod.env": f"DB_PASSWORD={MADE}\n"})
    assert len(hits) == 1
    assert len(hits[0].related) == 4
    assert "4 places" in hits[0].message


def test_a_new_place_of_an_old_credential_is_new_and_the_old_one_is_not() -> None:
    old = {".env": f"DB_PASSWORD={MADE}\n"}
    assert {hit.span.path for hit in hits_in(old, old)} == {".env"}
    both = hits_in({**old, "a.env": f"DB_PASSWORD={MADE}\n"}, old)
    assert {hit.span.path for hit in both} == {".env", "a.env"}
    (then,) = hits_in(old)
    assert [(hit.subject, hit.construct) for hit in both if hit.span.path == ".env"] == [
        (then.subject, then.construct)
    ]


def test_two_keys_are_two_findings() -> None:
    rng = random.Random(2)
    keys = [
        "-----BEGIN RSA PRIV" + "ATE KEY-----\n" + "".join(rng.choices(string.ascii_letters, k=64))
        for _ in "ab"
    ]
    assert len(hits_in({"a.pem": keys[0], "b.pem": keys[1]})) == 2
    assert len(hits_in({"a.pem": keys[0], "b.pem": keys[0]})) == 1


@pytest.mark.parametrize(
    "text",
    [
        "a=b;c:d," * 20000,
        "password" * 20000,
        "password=" * 5000,
        "login x password " * 9000,
        "a:1:b:" * 20000,
    ],
)
def test_a_long_line_is_read_in_a_moment(text: str) -> None:
    began = time.process_time()
    assert hits_in({"a.conf": text}) == []
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "line",
    [
        f'deploy --to""ken={MADE}',
        f"deploy --pass\\\nword {MADE}",
        f"deploy --$'\\x70assword' {MADE}",
        f"'cu'rl -u app:{TYPED} https://x.example.com",
        f"echo root:{TYPED} | xargs true; export PATDev={MADE}",
        f"export GITLAB_PAT={MADE}",
    ],
)
def test_a_name_in_pieces_is_not_passed_over_by_the_test_before_the_script_is_read(line: str) -> None:
    assert tuple(sightings_in_script(parse_shell(line))) == sightings_in_shell(line)
