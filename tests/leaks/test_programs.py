"""What programs of clouds, clusters, stores and databases show: command lines that bash cannot run here."""

from __future__ import annotations

import pytest

from bot.leaks.analysis import leaks_of
from bot.leaks.model import LeakedForm, Sink
from bot.snapshot import Tree
from tests.leaks.jobs import job

PRINTING = [
    ("doppler run -- env", Sink.TOOL),
    ("infisical run -- sh -c 'env | sort'", Sink.TOOL),
    ("chamber exec prod -- printenv", Sink.TOOL),
    ("sops exec-env secrets.yaml env", Sink.TOOL),
    ("aws-vault exec prod -- env", Sink.TOOL),
    ("envconsul -secret secret/a env", Sink.TOOL),
    ('doppler run -- sh -c "echo $K"', Sink.LOG),
    ("kubectl exec deploy/app -- env", Sink.TOOL),
    ("docker exec app env", Sink.TOOL),
    ('docker run -e K="$K" image env', Sink.LOG),
    ("docker run -e K image env", Sink.LOG),
    ('kubectl create secret generic a --from-literal=p="$K" --dry-run=client -o yaml', Sink.TRANSFORMED),
    ('kubectl create secret generic a --from-file=p="$F" --dry-run=client -o yaml', Sink.TRANSFORMED),
    ('kubectl create configmap a --from-literal=p="$K" --dry-run=client -o yaml', Sink.TRANSFORMED),
    ('echo "p: $K" | kubectl apply -f - -o yaml', Sink.LOG),
    ('helm template app chart --set p="$K"', Sink.LOG),
    ('helm upgrade app chart --debug --set p="$K"', Sink.LOG),
    ("helm get manifest app", Sink.TOOL),
    ("helm secrets decrypt secrets.yaml", Sink.TOOL),
    ("terraform output db_password", Sink.TERRAFORM),
    ("pulumi config get dbPassword", Sink.TOOL),
    ("ansible-vault decrypt --output - prod.yml", Sink.TOOL),
    ("gopass show -o prod/db", Sink.TOOL),
    ("security find-generic-password -s x -w", Sink.TOOL),
    ("yc iam create-token", Sink.TOOL),
    ("boundary authenticate password -keyring-type=none", Sink.TOOL),
    ("openssl rsa -in key.pem -text -noout", Sink.TOOL),
    ("openssl pkcs12 -in a.p12 -nodes -passin env:P", Sink.TOOL),
    ("psql -a -c \"ALTER USER app PASSWORD '$K'\"", Sink.LOG),
    ("mysql -e \"SELECT '$K'\"", Sink.LOG),
    ('docker login -u ci --password-stdin r <<< "$K"; cat ~/.docker/config.json', Sink.TRANSFORMED),
    ('kubectl config set-credentials ci --token="$K"; cat ~/.kube/config', Sink.LOG),
    ('aws configure set aws_secret_access_key "$K"; cat ~/.aws/credentials', Sink.LOG),
    ('git remote set-url origin "https://ci:$K@git.example.com/a.git"; git remote -v', Sink.LOG),
    ('GIT_TRACE=1 git push "https://ci:$K@git.example.com/a.git"', Sink.VERBOSE),
    ('vault kv get -format=json a/b | jq -r ".data.data.password"', Sink.TOOL),
    ("pm2 env 0", Sink.DUMP),
]
SILENT = [
    "doppler run -- ./deploy.sh",
    "chamber exec prod -- sh -c 'env > /dev/null'",
    "kubectl exec deploy/app -- ls",
    "docker run -e K image ./run.sh",
    "docker run image env",
    "kubectl create secret generic a --from-env-file=.env --dry-run=client -o yaml | kubectl apply -f -",
    'kubectl create secret generic a --from-file=p="$F" --dry-run=client -o yaml | kubectl apply -f -',
    "helm template app chart --set image.tag=1",
    "helm get notes app",
    "terraform output url",
    "terraform output -raw bucket_name",
    "pulumi config get region",
    "ansible-vault decrypt prod.yml",
    "infisical secrets set A=b",
    "doppler secrets --only-names",
    "openssl rsa -in key.pem -noout -check",
    "openssl rsa -pubin -in key.pub -text -noout",
    "openssl pkcs12 -in a.p12 -nokeys -passin env:P",
    "psql -c 'SELECT 1'",
    "git remote -v",
    "git config --list",
    "GIT_TRACE=1 git fetch",
    'vault kv get -format=json a/b | jq -r ".data.metadata.version"',
    'vault kv get -format=json a/b | jq -r ".lease_duration"',
    "jq -n 'env|keys'",
    "jq -n '$ENV.K|length'",
]
ARGUMENTS = [
    'skopeo copy --dest-creds "ci:$K" docker://a docker://b',
    'sqlcmd -S db -U sa -P "$K" -Q x',
    'sqlplus "app/$K@db"',
    'dotnet nuget add source https://n.example.com -n n -u ci -p "$K"',
    'jarsigner -storepass "$K" a.jar x',
    'netlify deploy --auth="$K"',
    "psql -c \"ALTER USER app PASSWORD '$K'\"",
]


def sinks(script: str) -> set[Sink]:
    return {leak.sink for leak in leaks_of(job(script), Tree({}))}


@pytest.mark.parametrize(("script", "sink"), PRINTING, ids=[script for script, _ in PRINTING])
def test_it_prints_a_secret(script: str, sink: Sink) -> None:
    assert sink in sinks(script)


@pytest.mark.parametrize("script", SILENT)
def test_it_shows_nothing(script: str) -> None:
    assert sinks(script) == set()


@pytest.mark.parametrize("script", ARGUMENTS)
def test_an_argument_shows_it_to_other_processes(script: str) -> None:
    assert sinks(script) == {Sink.ARGUMENT}


NAMES_ONLY = [
    "env | cut -d= -f1",
    "env | awk -F= '{print $1}'",
    "env | awk -F= '{print $1\"=***\"}'",
    "env -0 | tr '\\0' '\\n' | cut -d= -f1",
    "env | sed 's/=.*//'",
    "env | sed -e 's/=.*$/=***/' | sort",
    "env | grep -o '^[^=]*'",
]


@pytest.mark.parametrize("script", NAMES_ONLY)
def test_names_of_a_dump_show_the_further_lines_of_a_value(script: str) -> None:
    assert [(leak.sink, leak.form) for leak in leaks_of(job(script), Tree({}))] == [
        (Sink.LOG, LeakedForm.FORMER_LINES)
    ]
    assert leaks_of(job(script, values=(), id_tokens=("T",)), Tree({})) == ()


@pytest.mark.parametrize(
    ("script", "form"),
    [
        ('xargs -a "$F" echo', LeakedForm.LINES),
        ("bash -c 'echo $0 | cut -c1-6' \"$K\"", LeakedForm.PART),
        ("awk 'BEGIN { print substr(ENVIRON[\"K\"], 2) }'", LeakedForm.CHANGED),
        ("awk 'BEGIN { print ENVIRON[\"K\"] }'", LeakedForm.WHOLE),
    ],
)
def test_the_form_in_which_it_comes_out(script: str, form: LeakedForm) -> None:
    assert {leak.form for leak in leaks_of(job(script), Tree({}))} == {form}


@pytest.mark.parametrize(
    "script",
    [
        "awk 'BEGIN { for (name in ENVIRON) print name }'",
        "echo \"$K\" | tr -c '\\n' '*'",
        'echo "$K" | tr -c x y',
    ],
)
def test_what_gives_nothing_away(script: str) -> None:
    assert sinks(script) == set()


def test_a_value_is_no_folder() -> None:
    assert sinks('cd "$K"') == {Sink.VALUE_AS_PATH}
    assert sinks('cd "$F"') == set()
