"""CI jobs: a good one, and each with one part that is written in another way."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

from tests.combinations.tables import Case
from tests.combinations.texts import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

JOB: dict[str, Any] = {
    "image": "registry.example.com/deploy:1.2",
    "id_tokens": {"VAULT_ID_TOKEN": {"aud": "https://vault.example.com"}},
    "variables": {"VAULT_SERVER_URL": "https://vault.example.com", "VAULT_AUTH_ROLE": "app"},
    "secrets": {"APP_KEY": {"vault": "app/web/key@secret", "token": "$VAULT_ID_TOKEN"}},
    "rules": [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}],
    "script": ["./deploy.sh"],
}


def _job(
    name: str,
    job: Mapping[str, Any],
    top: Mapping[str, Any] | None = None,
    files: Mapping[str, str] | None = None,
) -> Case:
    kept = {key: value for key, value in job.items() if value != "LEFT OUT"}
    return Case(name, {".gitlab-ci.yml": yaml({**(top or {}), "deploy": kept}), **(files or {})})


def _with(name: str, **parts: Any) -> Case:
    return _job(name, {**JOB, **parts})


def secrets() -> Iterator[Case]:
    """Entries of `secrets:`, short and long, right and wrong."""
    yield _with("good")
    paths = (
        "app/web/key", "app/web/key@secret/", "/app/web/key@secret", "app/web/@secret", "app/web/key @secret",
        "app/web/key@ secret", "app/web/key@secret/data", "app/web#password@secret", "data/app/web/key@secret",
        "data/password@secret", "secret/data/app/web/key@secret", "v1/secret/data/app/password@secret", "secret/app/password",
        "secret/data/app/password", "kv-v2/app/password", "kv/password", "password@secret", "password", "app/password@kv1",
        "$PATH_OF_IT", "app/$NAME/password@secret", "", None, 1, "a@b@c", "app/password@kv-v1", "kv1/app/password",
    )  # fmt: skip
    for path in paths:
        yield _with(f"vault: {path!r}", secrets={"APP_KEY": {"vault": path, "token": "$VAULT_ID_TOKEN"}})
    long = {"engine": {"name": "kv-v2", "path": "secret"}, "path": "app/web", "field": "password"}
    changes: tuple[dict[str, Any], ...] = (
        {}, {"engine": "LEFT OUT"}, {"path": "LEFT OUT"}, {"field": "LEFT OUT"}, {"path": "LEFT OUT", "field": ""},
        {"engine": {}}, {"engine": "kv-v2"}, {"engine": {"name": "kv-v2"}}, {"engine": {"path": "secret"}},
        {"engine": {"name": "kv3", "path": "secret"}}, {"engine": {"name": "$E", "path": "secret"}}, {"path": "data/app/web"},
        {"path": "secret/data/app"}, {"path": "/data/app"}, {"engine": {"name": "generic", "path": "secret"}, "path": "data/app"},
        {"engine": {"name": "kv-v1", "path": "secret"}, "path": "data/app"}, {"engine": {"name": "kv-v1", "path": "secret"}},
        {"engine": {"name": "kv-v2", "path": "secret", "version": 2}}, {"file": False}, {"token": "$VAULT_ID_TOKEN"}, {"mount": "x"},
    )  # fmt: skip
    for change in changes:
        vault = {key: value for key, value in {**long, **change}.items() if value != "LEFT OUT"}
        yield _with(
            f"long: {json.dumps(change)}",
            secrets={"APP_KEY": {"vault": vault, "token": "$VAULT_ID_TOKEN"}},
        )
    short = {"vault": "app/web/key@secret", "token": "$VAULT_ID_TOKEN"}
    bodies: tuple[Any, ...] = (
        "app/web/key@secret", {}, None, {**short, "file": True}, {**short, "file": False}, {**short, "file": "false"},
        {**short, "file": "yes"}, {**short, "file": "x"}, {**short, "file": "$FILE"}, {**short, "token": "VAULT_ID_TOKEN"},
        {**short, "token": "$OTHER"}, {"vault": short["vault"]}, {**short, "path": "x"}, {**short, "color": "red"},
        {"path": "x", "field": "y"}, {"token": "$VAULT_ID_TOKEN"}, {"onepassword": "x"}, {**short, "gcp_secret_manager": {"name": "x"}},
        {"gcp_secret_manager": {"name": "db", "version": "1"}, "token": "$VAULT_ID_TOKEN"},
        {"azure_key_vault": {"name": "db"}, "token": "$VAULT_ID_TOKEN"}, {"akeyless": {"name": "db"}},
        {"aws_secrets_manager": {"secret_id": "db", "field": "x"}, "token": "$VAULT_ID_TOKEN"},
    )  # fmt: skip
    for body in bodies:
        yield _with(json.dumps(body), secrets={"APP_KEY": body})
    yield _with("named id_tokens", secrets={"id_tokens": {"VAULT_ID_TOKEN": {"aud": "x"}}})
    yield _with("no secrets", secrets={})
    secret = {"APP_KEY": short}
    for where in ("default", "top"):
        top = {"default": {"secrets": secret}} if where == "default" else {"secrets": secret}
        yield _job(f"in {where}", {**JOB, "secrets": "LEFT OUT"}, top)
    for name, value in product(
        ("VAULT_SERVER_URL", "VAULT_AUTH_PATH", "VAULT_AUTH_ROLE", "VAULT_NAMESPACE"),
        ("vault.example.com", "https://vault.example.com/v1/", "https://vault.example.com/ui", "http://vault.example.com",
         "http://vault.svc.cluster.local:8200", "auth/jwt", "v1/auth/jwt", "jwt/login", "jwt", "$CI_COMMIT_REF_NAME", "${ADDRESS}", "",
         "auth", "prod-$CI_COMMIT_BRANCH", "LEFT OUT"),
    ):  # fmt: skip
        variables = {**JOB["variables"], name: value}
        yield _with(
            f"{name}={value}", variables={key: text for key, text in variables.items() if text != "LEFT OUT"}
        )
        if "//" in value:
            yield _job(
                f"{name}={value} for all jobs", {**JOB, "variables": "LEFT OUT"}, {"variables": variables}
            )


def tokens() -> Iterator[Case]:
    """ID tokens: audiences, names, who uses them."""
    audiences: tuple[Any, ...] = (
        "LEFT OUT", "", [], None, "*", ["*", "x"], "https://vault.example.com/", ["https://vault.example.com"],
        ["https://vault.example.com", "https://other.example.com"], ["https://vault.example.com", "https://vault.example.com/x"],
        "https://gitlab.com", "gitlab.com", "$CI_SERVER_URL", "https://$CI_SERVER_HOST", "$CI_SERVER_FQDN/", "$CI_COMMIT_REF_NAME",
        "https://vault/$CI_COMMIT_BRANCH", "$VAULT_SERVER_URL", "vault", "${OTHER}", ["$CI_COMMIT_TAG", "vault"],
    )  # fmt: skip
    for audience, name in product(audiences, ("VAULT_ID_TOKEN", "MY_TOKEN")):
        body = {"aud": audience} if audience != "LEFT OUT" else {"sub": "x"}
        read = {"APP_KEY": {"vault": "app/web/key@secret", "token": f"${name}"}}
        yield _with(f"{name} aud {audience!r}", id_tokens={name: body}, secrets=read)
        yield _with(f"{name} aud {audience!r}, no secrets", id_tokens={name: body}, secrets="LEFT OUT")
    vault = {"aud": "https://vault.example.com"}
    sets: tuple[dict[str, Any], ...] = (
        {"A": vault, "B": vault}, {"VAULT_ID_TOKEN": None}, {"A": {"aud": "*"}, "B": None, "C": {"aud": []}, "D": {"aud": "*"}},
        {"VAULT_ID_TOKEN": None, "aud": "x"}, {"aud": "x"}, {"VAULT_ID_TOKEN": "x"},
        {"VAULT_ID_TOKEN": vault, "AWS_TOKEN": {"aud": "sts.amazonaws.com"}},
    )  # fmt: skip
    for written in sets:
        for token in ("LEFT OUT", "$A", "$VAULT_ID_TOKEN"):
            secret = {"vault": "app/web/key@secret"} | ({} if token == "LEFT OUT" else {"token": token})
            yield _with(
                f"{json.dumps(written)} read with {token}", id_tokens=written, secrets={"APP_KEY": secret}
            )
    several = {
        "A": {"vault": "app/web/key@secret", "token": "$VAULT_ID_TOKEN"},
        "B": {"azure_key_vault": {"name": "db"}, "token": "$VAULT_ID_TOKEN"},
        "C": {"gcp_secret_manager": {"name": "db"}, "token": "$VAULT_ID_TOKEN"},
    }
    yield _with("sent to three", secrets=several)
    for server, audience in product(
        ("https://other.example.com", "https://vault.example.com"), ("vault", "https://vault.example.com")
    ):
        other = {
            **JOB,
            "variables": {"VAULT_SERVER_URL": server, "VAULT_AUTH_ROLE": "x"},
            "id_tokens": {"VAULT_ID_TOKEN": {"aud": audience}},
        }
        first = {**JOB, "id_tokens": {"VAULT_ID_TOKEN": {"aud": audience}}}
        yield _job(f"another job for {server}, aud {audience}", first, {"other": other})
    quiet = {"script": ["make test"]}
    for place, users in product(("default", ".template"), (1, 2, 3)):
        extends = {} if place == "default" else {"extends": ".template"}
        names = ("deploy", "migrate", "seed")[:users]
        jobs: dict[str, Any] = {name: {**extends, "script": ["login $VAULT_ID_TOKEN"]} for name in names}
        jobs |= {"test": {**extends, **quiet}, "lint": {**extends, "script": ["make lint"]}}
        for idle in ((), ("test",), ("test", "lint")):
            kept = {name: job for name, job in jobs.items() if name in (*names, *idle)}
            top = {place: {"id_tokens": JOB["id_tokens"]}, **kept}
            yield Case(f"{place}: {users} use it, {len(idle)} do not", {".gitlab-ci.yml": yaml(top)})


def refs() -> Iterator[Case]:
    """When a job with secrets of production runs."""
    main = "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"
    whens: tuple[dict[str, Any], ...] = (
        {"rules": [{"if": main}]}, {"rules": "LEFT OUT"}, {"rules": [{"if": '$CI_COMMIT_BRANCH == "main"'}]},
        {"rules": [{"if": "$CI_COMMIT_BRANCH =~ /main/"}]}, {"rules": [{"if": "$CI_COMMIT_BRANCH =~ /^main/"}]},
        {"rules": [{"if": "$CI_COMMIT_BRANCH =~ /^main$/"}]}, {"rules": [{"if": "$CI_COMMIT_BRANCH =~ /^release-/"}]},
        {"rules": [{"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'}]}, {"rules": [{"if": "$CI_COMMIT_TAG"}]},
        {"rules": [{"if": main, "when": "manual"}]}, {"rules": [{"when": "manual"}]}, {"rules": [{"if": main}, {"when": "never"}]},
        {"rules": [{"if": "$CI_COMMIT_TAG", "when": "never"}, {"when": "on_success"}]},
        {"rules": [{"if": '$CI_COMMIT_REF_PROTECTED == "true"'}]}, {"rules": [{"if": "$DEPLOY"}]}, {"rules": [{"changes": ["src/**"]}]},
        {"rules": "LEFT OUT", "only": ["main"]}, {"rules": "LEFT OUT", "only": ["branches"]}, {"rules": "LEFT OUT", "only": ["tags"]},
        {"rules": "LEFT OUT", "except": ["main"]}, {"rules": "LEFT OUT", "only": ["merge_requests"]}, {"rules": "LEFT OUT", "when": "manual"},
        {"rules": "LEFT OUT", "only": {"variables": [main]}}, {"rules": "LEFT OUT", "stage": "deploy"},
    )  # fmt: skip
    whats: tuple[dict[str, Any], ...] = (
        {}, {"environment": "production"}, {"environment": {"name": "live/eu", "url": "https://x"}},
        {"environment": {"name": "x", "deployment_tier": "production"}}, {"environment": "staging"},
        {"variables": {**JOB["variables"], "VAULT_AUTH_ROLE": "prod-deploy"}}, {"secrets": "LEFT OUT", "environment": "production"},
        {"secrets": "LEFT OUT", "id_tokens": "LEFT OUT", "environment": "production"},
    )  # fmt: skip
    for when, what in product(whens, whats):
        yield _with(f"{json.dumps(when)} {json.dumps(what)}", **what, **when)
    for workflow in ([{"if": main}], [{"if": '$CI_PIPELINE_SOURCE == "web"'}], [{"when": "always"}]):
        top = {"workflow": {"rules": workflow}}
        yield _job(
            f"workflow {json.dumps(workflow)}", {**JOB, "rules": "LEFT OUT", "environment": "production"}, top
        )
    top = {"include": [{"project": "group/ci", "file": "x.yml"}]}
    yield _job("an include that is not read", {**JOB, "rules": "LEFT OUT", "environment": "production"}, top)
    role = {
        "role_type": "jwt", "user_claim": "sub", "bound_audiences": ["https://vault.example.com"], "token_policies": ["app"],
        "token_max_ttl": "10m", "token_ttl": "10m",
    }  # fmt: skip
    open_job = {**JOB, "rules": "LEFT OUT", "environment": "production"}
    claims: tuple[dict[str, Any], ...] = (
        {"project_id": "42", "ref_protected": "true"}, {"project_id": "42"}, {"project_id": "43"}, {"project_path": "group/app"},
        {"project_path": "group/other"}, {"project_id": "42", "ref": "main"}, {"project_id": "42", "ref": "main", "ref_type": "tag"},
        {"project_id": "42", "environment": "staging"}, {"project_id": "42", "environment": "production"},
        {"project_id": "42", "pipeline_source": "web"}, {"project_id": "42", "pipeline_source": ["push", "web"]},
        {"namespace_path": "group"}, {"namespace_path": "elsewhere"}, {"project_id": "42", "ref_type": "branch"},
        {"sub": "project_path:group/app:ref_type:branch:ref:main"}, {"project_id": "42", "aud": "x"},
    )  # fmt: skip
    jobs = (
        open_job,
        JOB,
        {**JOB, "rules": [{"if": "$CI_COMMIT_TAG"}]},
        {**JOB, "id_tokens": {"VAULT_ID_TOKEN": {"aud": "x"}}},
    )
    for bound, (number, job) in product(claims, enumerate(jobs)):
        script = f"vault write auth/jwt/role/app - <<'E'\n{json.dumps({**role, 'bound_claims': bound})}\nE\n"
        yield _job(f"role {json.dumps(bound)}, job {number}", job, files={"roles.sh": script})


def foreign() -> Iterator[Case]:
    """Includes, images, functions and scripts of others, in a pipeline with a secret and in one without."""
    commit = "0123456789abcdef0123456789abcdef01234567"
    includes: tuple[Any, ...] = (
        "https://example.com/ci.yml", {"remote": "https://example.com/ci.yml"}, {"remote": f"https://example.com/raw/{commit}/ci.yml"},
        {"remote": "https://example.com/raw/v1.2/ci.yml"}, {"remote": "https://example.com/raw/main/ci.yml"},
        {"remote": "https://example.com/ci.yml", "integrity": "sha256-x"}, {"project": "group/ci", "file": "a.yml"},
        {"project": "group/ci", "file": "a.yml", "ref": "main"}, {"project": "other/ci", "file": "a.yml", "ref": "main"},
        {"project": "other/ci", "file": "a.yml", "ref": "v1"}, {"project": "other/ci", "file": "a.yml", "ref": "release-1.4"},
        {"project": "other/ci", "file": "a.yml", "ref": commit}, {"project": "other/ci", "file": "a.yml", "ref": "$REF"},
        {"project": "group/app", "file": "a.yml"}, {"project": "$CI_PROJECT_PATH", "file": "a.yml"},
        {"component": "gitlab.com/other/ci/scan@1.0"}, {"component": "gitlab.com/other/ci/scan@main"},
        {"component": "gitlab.com/group/ci/scan@~latest"}, {"component": "gitlab.com/group/app/scan@main"},
        {"component": "$CI_SERVER_FQDN/$CI_PROJECT_PATH/scan@main"}, {"template": "Jobs/SAST.gitlab-ci.yml"}, {"local": "a.yml"},
    )  # fmt: skip
    for include, holds in product(includes, (True, False)):
        job = JOB if holds else {"script": ["make"]}
        yield _job(
            f"include {json.dumps(include)}{'' if holds else ', no secrets'}", job, {"include": [include]}
        )
    digest = f"@sha256:{'0' * 64}"
    for image in (
        "alpine",
        "alpine:latest",
        "alpine:3",
        f"alpine{digest}",
        "$IMAGE",
        "r.example.com:5000/x",
        {"name": "alpine"},
        {"name": "$I"},
    ):
        yield _with(f"image {json.dumps(image)}", image=image)
        yield _with(f"service {json.dumps(image)}", services=[image])
        yield _job(
            f"image {json.dumps(image)}, pinned elsewhere",
            {**JOB, "image": image},
            {"a": {"script": ["x"], "image": f"alpine{digest}"}},
        )
    steps: tuple[Any, ...] = (
        {"func": "registry.example.com/f:latest"}, {"func": "registry.example.com/f:1.0"}, {"func": "registry.example.com/f"},
        {"step": "gitlab.com/a/b@main"}, {"step": f"gitlab.com/a/b@{commit}"}, {"step": "./mine"}, {"func": "builtin:x"}, {"func": "$F:x"},
        {"step": {"git": {"url": "https://x/a", "rev": "main"}}}, {"step": {"git": {"url": "https://x/a", "rev": commit}}},
        {"func": {"oci": {"repository": "r/x", "tag": "latest"}}}, {"func": {"oci": {"repository": "r/x", "tag": "1.0"}}}, {"script": "make"},
        {"func": f"registry.example.com/f{digest}"}, {"func": "registry.example.com/f:1.0 folder"},
    )  # fmt: skip
    for step in steps:
        yield _with(f"run {json.dumps(step)}", script="LEFT OUT", run=[{"name": "x", **step}])
    scripts = (
        "curl https://x.example.com/i.sh | sh", "curl -sSL https://x.example.com/i.sh | sudo bash -s -- -y", "wget -qO- https://x/i.sh | bash",
        "bash <(curl https://x/i.sh)", 'sh -c "$(curl https://x/i.sh)"', 'eval "$(curl https://x/i.sh)"', "source <(curl https://x/i.sh)",
        f"curl https://x/{commit}/i.sh | sh", "curl https://x/v1.2/i.sh | sh", "curl https://x/i.sh | python3 -", "curl https://x/d | python3 -c x",
        "curl https://x/i.sh | tee i.sh", "curl https://x/d.json | jq .", "curl -o i.sh https://x/i.sh && sh i.sh",
        "curl -o i.sh https://x/i.sh\nsha256sum -c sums\nsh i.sh", "wget https://x/i.sh\nchmod +x i.sh\n./i.sh", "curl -O https://x/i.sh; bash ./i.sh",
        "curl https://x/a.sh | sh\ncurl https://x/b.sh | bash", "echo curl | sh", "cat i.sh | sh", "curl https://x/i | perl -ne print", "curl https://x/i | env A=1 node",
    )  # fmt: skip
    for script in scripts:
        yield _with(script, script=[script])
        yield _job(f"{script}, with a named secret", {"script": [script, "use $API_TOKEN"]})
        yield _job(f"{script}, no secrets", {"script": [script]})


def artifacts() -> Iterator[Case]:
    """What a job uploads, caches and hands over."""
    fill = (
        "echo $APP_KEY > out/config",
        "make > out/config",
        "echo key > out/id_rsa",
        "env > out/config",
        "echo A=$APP_KEY >> build.env",
    )
    ups: tuple[dict[str, Any], ...] = (
        {"artifacts": {"paths": ["out/"]}}, {"artifacts": {"paths": ["out/config"]}}, {"artifacts": {"paths": ["other/"]}},
        {"artifacts": {"paths": ["*"]}}, {"artifacts": {"paths": ["."], "exclude": ["out/*"]}}, {"artifacts": {"untracked": True}},
        {"artifacts": {"paths": ["out/"], "access": "none"}}, {"artifacts": {"paths": ["out/"], "public": False}},
        {"cache": {"paths": ["out/"]}}, {"cache": {"key": "$APP_KEY", "paths": ["x"]}}, {"artifacts": {"name": "$APP_KEY", "paths": ["x"]}},
        {"artifacts": {"reports": {"dotenv": "build.env"}}}, {"pages": True, "artifacts": {"paths": ["out"]}}, {"pages": {"publish": "out"}},
        {"artifacts": {"paths": ["~/.ssh/", "*.pem"]}}, {"cache": {"paths": [".docker/config.json"]}}, {"artifacts": {"paths": ["out/*.log"]}},
        {"artifacts": {"expire_in": "1 day", "when": "always", "paths": ["out/**/*"]}}, {"cache": [{"paths": ["out/"]}, {"paths": ["x"]}]},
    )  # fmt: skip
    for script, up in product(fill, ups):
        yield _with(f"{script} {json.dumps(up)}", script=["mkdir out", script], **up)
    for mode in ("755", "644", "600", "a+r", "777", "0755", "o+r", "u+x"):
        yield _with(f"chmod {mode}", script=["echo $APP_KEY > key", f"chmod {mode} key"])
    forwards: tuple[Any, ...] = (
        "group/other", {"project": "group/other"}, {"project": "group/other", "forward": {"pipeline_variables": True}},
        {"project": "group/other", "forward": {"yaml_variables": False}}, {"include": "child.yml"}, {"include": "child.yml", "forward": {"pipeline_variables": True}},
    )  # fmt: skip
    for trigger, value in product(
        forwards, ("$APP_KEY", "${API_TOKEN}", "$CI_JOB_TOKEN", "plain", "x-$SECRET_KEY")
    ):
        yield _job(
            f"trigger {json.dumps(trigger)} {value}", {"trigger": trigger, "variables": {"GIVEN": value}}
        )
    reader = {**JOB, "needs": ["make"]}
    for name, file in product(
        ("VAULT_ADDR", "VAULT_SERVER_URL", "VAULT_AUTH_ROLE", "OTHER"),
        ("build.env", "./build.env", "other.env"),
    ):
        maker = {
            "script": [f'echo "{name}=https://x" >> {file}'],
            "artifacts": {"reports": {"dotenv": "build.env"}},
        }
        yield _job(f"{name} handed over in {file}", reader, {"make": maker})


def scripts() -> Iterator[Case]:
    """Commands for Vault, and habits around secrets."""
    lines = (
        "vault write auth/jwt/login role=app jwt=$VAULT_ID_TOKEN", "vault write -field=token auth/jwt/login role=app jwt=$VAULT_ID_TOKEN",
        "export VAULT_TOKEN=$(vault write -field=token auth/jwt/login role=app jwt=$VAULT_ID_TOKEN)", "vault login -method=jwt role=app",
        "vault login $TOKEN", "vault login -method=userpass username=x password=$APP_KEY", "vault login token=hvs.x",
        "vault write auth/approle/login role_id=$ROLE_ID secret_id=$SECRET_ID", "vault kv get secret/app", "vault kv get -field=password secret/app",
        "X=$(vault kv get -field=password secret/app)", "vault kv get -field=password secret/app > p.txt", "vault read -format=json database/creds/app",
        "vault read -field=username database/creds/app; vault read -field=password database/creds/app", "vault token create", "vault print token",
        "vault token lookup", "vault status", "vault kv put secret/app password=$APP_KEY", "vault kv put secret/app @p.json",
        "vault kv get -tls-skip-verify secret/app", "vault kv get -address=http://vault.example.com secret/app", "VAULT_SKIP_VERIFY=true vault kv get secret/app",
        "export VAULT_SKIP_VERIFY=1", "export VAULT_ADDR=http://vault.example.com", "export VAULT_ADDR=${VAULT_ADDR:-http://vault.example.com}",
        "export VAULT_ADDR=http://vault.svc:8200", "env VAULT_SKIP_VERIFY=true vault status", "curl -k https://vault.example.com/v1/secret/data/app",
        'curl -sk -H "X-Vault-Token: $VAULT_TOKEN" https://vault.example.com/v1/secret/data/app', "curl --insecure $VAULT_ADDR/v1/sys/health",
        'curl -H "X-Vault-Token: $VAULT_TOKEN" http://vault.example.com/v1/secret/data/app', "wget --no-check-certificate https://v/v1/secret/x",
        "curl -X POST -d '{\"role\": \"app\", \"jwt\": \"'$VAULT_ID_TOKEN'\"}' https://vault.example.com/v1/auth/jwt/login",
        "vault write auth/jwt/login role=app-$CI_COMMIT_REF_NAME jwt=$VAULT_ID_TOKEN", "vault write auth/jwt/login role=app jwt=$CI_JOB_JWT",
        "vault write auth/jwt/login role=app jwt=$CI_JOB_JWT_V2", "echo $CI_JOB_JWT | wc -c", "set -x", "set -o xtrace", "bash -x deploy.sh",
        "sh -xe deploy.sh", "echo $APP_KEY", "echo $APP_KEY | base64", "echo ${APP_KEY:0:3}", "printenv", "env", "env | sort", "env | grep APP",
        "export", "set", 'curl -v -H "Authorization: Bearer $API_TOKEN" https://api.example.com', "curl -u user:$APP_KEY https://api.example.com",
        "curl https://user:$APP_KEY@api.example.com", "git clone https://oauth2:$API_TOKEN@gitlab.com/g/p.git", "mysql -p$APP_KEY",
        "PGPASSWORD=$APP_KEY psql", "docker login -u x -p $APP_KEY", "echo $APP_KEY | docker login -u x --password-stdin",
        "docker build --build-arg P=$APP_KEY .", "terraform output", "terraform output -raw password", "terraform plan", "terraform apply -auto-approve",
        "TF_LOG=DEBUG terraform plan", "terraform show -json", "kubectl get secret app -o yaml", "kubectl create secret generic a --from-literal=p=$APP_KEY",
        "helm upgrade a . --set password=$APP_KEY", "helm upgrade a . --set p=$APP_KEY --debug", "cat $APP_KEY", "mysql --password=$(cat $APP_KEY)",
        "gitlab-runner --debug", "ansible-playbook -vvv x.yml -e p=$APP_KEY", "aws s3 cp x s3://b --debug", "ssh -v host $APP_KEY",
    )  # fmt: skip
    for line, is_file in product(lines, (False, True)):
        secret = {**JOB["secrets"]["APP_KEY"], **({} if is_file else {"file": False})}
        yield _with(f"{line}{', in a file' if is_file else ''}", secrets={"APP_KEY": secret}, script=[line])
    for name, value in (
        ("CI_DEBUG_TRACE", "true"), ("CI_DEBUG_TRACE", "false"), ("CI_DEBUG_SERVICES", "true"), ("VAULT_SKIP_VERIFY", "true"), ("VAULT_SKIP_VERIFY", "0"),
        ("VAULT_ADDR", "http://vault.example.com"), ("VAULT_ADDR", "http://127.0.0.1:8200"), ("VAULT_TOKEN", "root"), ("VAULT_TOKEN", "$TOKEN"), ("VAULT_ROLE_ID", "abc"),
        ("VAULT_SECRET_ID", "0b1c2d3e-0000-1111-2222-333344445555"), ("FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR", "true"), ("GIT_CURL_VERBOSE", "1"), ("TF_LOG", "TRACE"),
        ("CI_JOB_TOKEN", "x"), ("FF_MASK_ALL_DEFAULT_TOKENS", "false"), ("SECURE_LOG_LEVEL", "debug"), ("VAULT_NAMESPACE", "$CI_COMMIT_REF_NAME"),
    ):  # fmt: skip
        yield _with(f"{name}={value}", variables={**JOB["variables"], name: value})
        yield _with(
            f"{name}={value} with a description",
            variables={**JOB["variables"], name: {"value": value, "description": "x"}},
        )
        yield _job(
            f"{name}={value} for all",
            JOB,
            {"variables": {name: {"value": value, "description": "x", "options": [value, "y"]}}},
        )
        yield _with(f"{name}={value} of a rule", rules=[{"if": "$CI_COMMIT_TAG", "variables": {name: value}}])


def programs() -> Iterator[Case]:
    """Secrets as files, under names that programs read by themselves, and what the scripts do with them."""
    names = ("DATABASE_URL", "APP_REDIS_URL", "PGPASSWORD", "GITLAB_TOKEN", "MY_DATABASE_URLS", "APP_KEY")
    vault = JOB["secrets"]["APP_KEY"]
    bodies: tuple[Any, ...] = (
        vault,
        {**vault, "file": True},
        {**vault, "file": False},
        {**vault, "file": "$F"},
    )
    for name, body in product(names, (*bodies, {"token": "$VAULT_ID_TOKEN"}, {"akeyless": {"name": "x"}})):
        yield _with(f"{name} {json.dumps(body)}", secrets={name: body})
    value, content = "./app --password $APP_KEY", 'cat "$APP_KEY" | ./app'
    for body, lines in product(
        bodies, ([value], [value, value], [value, content], [content], [value, value, content])
    ):
        yield _with(f"{json.dumps(body)} {lines}", secrets={"APP_KEY": body}, script=lines)
    includes: tuple[Any, ...] = (
        {"local": "jobs.yml"},
        {"local": "gone.yml"},
        {"project": "group/ci", "file": "x.yml"},
    )
    scripts = ("./deploy.sh", "sh run.sh", "echo DATABASE_URL", 'psql "$(cat "$DATABASE_URL")"')
    for include, script in product(includes, scripts):
        job = {**JOB, "secrets": {"DATABASE_URL": vault}, "script": [script]}
        files = {"jobs.yml": "other: {script: [make]}\n", "run.sh": 'psql "$(cat "$DATABASE_URL")"\n'}
        yield _job(f"{json.dumps(include)} {script}", job, {"include": [include]}, files)
