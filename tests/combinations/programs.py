"""What the leak analysis makes of programs that not every machine has, of images that are built, of repairs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.leaks.analysis import leaks_of
from bot.leaks.programs import program_named
from bot.leaks.repairs import (
    quiet,
    reading_file,
    removed,
    rewritten,
    scoped,
    untraced,
    without_print,
    without_value,
)
from bot.leaks.wording import way_of
from bot.snapshot import Tree
from tests.leaks.jobs import PATH, job

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.leaks.model import Leak
    from bot.pipeline.model import Job

_SCRIPTS = (
    """jq -n --arg x "$K" '{x: $x}'""", """jq -n --arg x "$K" '{y: 1}'""", """jq -nr --arg x "$K" '$x'""", """jq -n --arg x "$P" --arg y "$K" '$x'""", """jq -n --rawfile x "$F" '$x'""", """jq -n --argjson x 1 --slurpfile y "$F" '$y'""",
    """jq -n '$ENV.K'""", """jq -n 'env.K'""", """jq -n '$ENV.P'""", """jq -n '$ENV["K"]'""", """jq -n 'env'""", """jq -n '$ENV | keys'""", """jq -nr '$ARGS.positional[0]' --args "$K" x""", """jq -nr --args '$ARGS.positional[0]' "$K" """, """jq -n --args '1' "$K" """,
    """jq . "$F" """, """jq -r .a "$F" """, """jq '.a[0]' < "$F" """, """cat "$F" | jq -r '.a.b'""", """jq -r '.a | @base64' "$F" """, """jq -r '.[0:4]' "$F" """, """jq length "$F" """, """jq 'keys' "$F" """, """jq '.a | has("b")' "$F" """, """jq -f p.jq "$F" """, """jq --indent 2 . "$F" """,
    """jq -R . <<< "$K" """, """jq -Rr . <<< "$K" """, """jq -n . "$F" """, """vault read -format=json a/b | jq .lease_id""", """vault kv get -format=json s/a | jq -r .data.data.x""", """vault kv get -format=json s/a | jq .data.metadata.version""", """jq .lease_id "$F" """,
    """yq .a "$F" """, """yq e .a "$F" """, """yq -n '.a = strenv(K)'""", """yq -n '.a = env(P)'""", """yq -o json . "$F" """, """yq -p json '{"a": .a}' "$F" """, """yq -I 4 -o yaml . "$F" > out.yml""",
    """terraform plan -out=p.bin; cat p.bin""", """terraform plan -out p.bin; cat p.bin""", """terraform apply -out=p.bin; cat p.bin""", """export TF_LOG=trace TF_LOG_PATH=t.log; terraform apply; cat t.log""", """export TF_LOG_PATH=t.log; terraform apply; cat t.log""", """tofu state pull > s; cat s""", """kubectl get secret x -o yaml > s; cat s""", """aws-vault exec p -- env > e; cat e""",
    """terraform plan -out=p.bin""", """terraform plan -out p.bin""", """terraform apply -out=p.bin""", """terraform plan""", """TF_LOG=DEBUG terraform plan""", """TF_LOG=warn terraform plan""", """export TF_LOG=trace; terraform validate""", """export TF_LOG=trace TF_LOG_PATH=t.log; terraform apply""", """TF_LOG_PROVIDER=json terraform destroy""",
    """terraform plan -var "x=$K" """, """terraform plan -var="x=$K" """, """terraform validate -var "x=$K" """, """terraform output""", """terraform output -json""", """terraform output -json name""", """terraform output db_password""", """terraform output name""", """terraform show -json p.bin""", """terraform show p.bin""", """terraform state pull""", """tofu state pull > s""", """terraform login""",
    """tar -czf a.tgz "$F" """, """tar czf a.tgz "$F"; cat a.tgz""", """tar -czf a.tgz .; cat a.tgz""", """mkdir d; cp "$F" d/f; tar -cf a.tar d; cat a.tar""", """tar -xzf "$F" """, """tar xf a.tgz; cat a.tgz""", """tar tzf a.tgz "$F"; cat a.tgz""", """tar""", """zip a.zip "$F"; cat a.zip""", """zip -P "$K" a.zip x""", """zip --password "$K" a.zip x""", """7z a -p"$K" a.7z x""",
    """docker login -u u -p "$K" r""", """docker login -u u --password="$K" r""", """docker login -u u --password-stdin r <<< "$K" """, """docker login -u u --password-stdin r < "$F" """, """echo "$F" | docker login -u u --password-stdin r""", """docker login -u u --password-stdin r <<< "$K"; cat ~/.docker/config.json""", """docker run -e X="$K" i""", """docker run -e K i""", """docker run -e K i env""", """docker run -e X="$K" i env""", """docker run --env="X=$K" i printenv""", """docker run -e P i env""", """docker run i sh -c 'env | sort'""",
    """docker exec c env""", """docker exec c ls""", """docker compose exec c env""", """docker compose config""", """docker compose config -q""", """docker compose config --services""", """docker-compose config""", """docker build --build-arg X="$K" .""", """docker build --build-arg K .""", """docker build --build-arg=X="$K" .""", """docker build --build-arg P .""", """docker buildx bake --set app.args.X="$K" """, """docker buildx bake --set=app.args.X="$K" """, """docker build --secret id=x,env=K .""", """docker-credential-ecr-login get""", """podman login -p "$K" r""", """buildah bud --build-arg X="$K" .""", """skopeo login -p "$K" r""", """/kaniko/executor --build-arg X="$K" --context .""",
    """kubectl get secret x -o yaml""", """kubectl get secret x""", """kubectl get pods,secrets -o json""", """kubectl get secret/x -o jsonpath='{.data}'""", """kubectl config view --raw""", """kubectl config view""", """kubectl create token x""", """kubectl create secret generic x --from-literal=k="$K" """, """kubectl create secret generic x --from-literal=k="$K" --dry-run=client -o yaml""", """kubectl create cm x --from-literal k="$K" --dry-run=client -o yaml""", """kubectl create secret generic x --from-file=k="$F" -o yaml""", """kubectl create secret generic x --from-file="$K" """, """kubectl create secret generic x --from-file "$F" -o json | kubectl apply -f -""",
    """kubectl create secret generic x --from-literal=k="$K" -o yaml | kubectl apply -f - -o yaml""", """kubectl exec p -- env""", """kubectl exec p -- ls""", """kubectl exec p -- sh -c 'env | grep X'""", """kubectl --token="$K" get pods""", """kubectl get pods -v=8 --token "$K" """, """kubectl get pods -v=2 --token "$K" """, """kubectl config set-credentials u --token="$K"; cat ~/.kube/config""", """oc login --token="$K"; cat ~/.kube/config""", """oc whoami -t""", """oc whoami""", """oc sa get-token x""",
    """helm template c --set a="$K" """, """helm template c --set-string=a="$K" """, """helm upgrade r c --set a="$K" """, """helm upgrade r c --set a="$K" --debug""", """helm install r c --dry-run --set-json a="$K" """, """helm get values r""", """helm get manifest r""", """helm get notes r""", """helm secrets view f""", """helm registry login -p "$K" r""", """helm registry login --password-stdin r <<< "$K"; cat ~/.config/helm/registry/config.json""", """argocd account generate-token""",
    """aws ssm get-parameter --name x --with-decryption""", """aws ssm get-parameter --name x""", """aws sts assume-role-with-web-identity --web-identity-token "$T" """, """aws sts get-caller-identity""", """aws ecr get-login-password | docker login --password-stdin r""", """aws ecr get-login-password""", """aws configure set aws_secret_access_key "$K" """, """aws configure set aws_secret_access_key "$K"; cat ~/.aws/credentials""", """gcloud auth print-access-token""", """gcloud auth login""", """gcloud secrets versions access latest --secret=x""", """gcloud secrets versions list x""", """az account get-access-token""", """az keyvault secret show -n x""", """az keyvault secret list""", """az login --service-principal -p "$K" """, """az acr login --expose-token""", """az storage account keys list""", """heroku config:get X""",
    """vault kv get s/a""", """vault kv get -field=x s/a > f""", """vault kv list s""", """vault kv put s/a k="$K" """, """vault read s/a""", """vault read auth/jwt/role/x""", """vault read database/config/x""", """vault write auth/jwt/login role=r jwt="$T" """, """vault write -field=token auth/jwt/login role=r jwt="$T" """, """vault write pki/issue/r common_name=x""", """vault write s/a k="$K" """, """vault write -field=password s/a x=y""", """vault login token="$K" """, """vault login -no-print "$K" """, """vault login - <<< "$K" """, """vault token create""", """vault token revoke -self""", """vault unwrap "$K" """, """vault print token""", """vault status""", """bao kv get s/a""",
    """curl -H "Authorization: Bearer $K" https://api.example.com""", """curl -H "X-Vault-Token: $K" $VAULT_ADDR/v1/secret/data/a""", """curl -s -d "{\\"jwt\\": \\"$T\\"}" $VAULT_ADDR/v1/auth/jwt/login""", """curl -X POST -H "X-Vault-Token: $K" $VAULT_ADDR/v1/secret/data/a -d @f""", """curl -H "X-Vault-Token: $K" $VAULT_ADDR/v1/sys/health""", """curl -H "X-Vault-Token: $K" $VAULT_ADDR/v1/database/creds/r""", """curl -H "X-Vault-Token: $K" $VAULT_ADDR/v1/secret/metadata/a""", """curl -o o $VAULT_ADDR/v1/auth/jwt/login -d "{\\"jwt\\": \\"$T\\"}"; cat o""", """curl -O https://vault/v1/auth/jwt/login -d x; cat login""", """wget -qO- --header "X-Vault-Token: $K" https://vault.example.com/v1/secret/data/a""", """wget -O o https://vault.example.com/v1/auth/jwt/login; cat o""", """http POST https://x/oauth/token a="$K" """,
    """curl -v -H "X: $K" https://x""", """curl -v -H "X: $K" https://x 2> /dev/null""", """curl -u "u:$K" https://x""", """curl -u "$K:" https://x""", """curl "https://u:$K@x/" """, """curl "https://x/?t=$K" """, """curl -d "$K" https://x | jq -r .access_token""", """curl -d "$K" https://x""", """T2=$(curl -d "t=$T" https://x/oauth/token | jq -r .access_token); echo "$T2" """, """T2=$(curl -d "t=$T" https://x | jq -r .access_token); echo "$T2" """, """T2=$(curl -d "t=$T" https://x | jq -r .name); echo "$T2" """, """curl --trace-ascii - -H "X: $K" https://x""", """curl -K - https://x <<< "header = X: $K" """,
    """git clone "https://u:$K@x/a.git" """, """git remote set-url origin "https://oauth2:$K@x/a.git" """, """git remote -v""", """git -c http.extraheader="X: $K" fetch""", """git config --global url."https://u:$K@x/".insteadOf https://x/""", """git config --global credential.helper store; cat ~/.git-credentials""", """git config http.extraHeader "X: $K"; cat .git/config""",
    """ssh h "X=$K ./run" """, """ssh h echo "$K" """, """ssh h "echo $K" """, """ssh h "echo $K > f" """, """ssh -v h "X=$K y" """, """ssh -i "$F" h""", """ssh -i "$K" h""", """ssh-add "$K" """, """ssh-add "$F" """, """ssh-add - <<< "$K" """, """scp -i "$K" a h:""", """sshpass -p "$K" ssh h""", """sshpass -p"$K" ssh h""", """sshpass -e ssh h""",
    """gpg --passphrase "$K" -d x""", """gpg -d x -o y""", """gpg --decrypt x > y""", """gpg --batch --import "$F" """, """age -d -i "$F" x""", """age -d -o y x""", """sops -d x""", """sops -d -i x""", """sops decrypt x > y""", """sops exec-env x env""", """sops exec-env x 'env | sort'""", """sops exec-env x ./run""", """sops exec-file x cat""", """ansible-vault view x""", """ansible-vault decrypt x""", """ansible-vault decrypt --output=- x""", """ansible-vault decrypt --output f x""", """kubeseal --recovery-unseal""", """kubeseal < x""",
    """aws-vault exec p env""", """aws-vault exec p -- env""", """aws-vault exec p -- aws s3 ls""", """aws-vault list""", """chamber exec s -- printenv""", """chamber list s""", """envchain s env""", """envchain s x env""", """summon -f x env""", """summon env""", """summon -e p env""", """dotenv -f x env""", """dotenv env""", """vaultenv --secrets-file x env""", """teller run env""", """teller run -- env""", """teller env""", """teller scan""", """envconsul -config x env""", """envconsul -prefix x -upcase env""", """doppler run -- env""", """doppler run -- make""", """op run -- env""", """infisical run -- printenv""",
    """op read op://a/b/c""", """op item get x --fields password""", """bw get password x""", """pass show x""", """doppler secrets get X --plain""", """doppler secrets download --no-file --format env""", """infisical secrets""", """gopass show x""",
    """mysql -p"$K" -e x""", """mysql --password="$K" """, """mysql -p "$K" """, """PGPASSWORD="$K" psql -c x""", """psql "postgres://u:$K@h/d" """, """psql -W "$K" """, """mongosh --password "$K" """, """redis-cli -a "$K" ping""", """redis-cli -h x ping""", """sqlcmd -P "$K" """,
    """npm config set //r/:_authToken "$K" """, """npm config set //r/:_authToken "$K"; cat ~/.npmrc""", """npm config get //r/:_authToken""", """npm config list""", """pip config set global.index-url "https://u:$K@x/"; cat ~/.config/pip/pip.conf""", """pip install --index-url "https://u:$K@x/simple" a""", """poetry config http-basic.a u "$K" """, """twine upload -p "$K" d/*""", """twine upload --verbose -p "$K" d/*""", """mvn -Dpassword="$K" deploy""", """gradle -Ptoken="$K" build""", """gem push --key "$K" """, """cargo login "$K" """, """cargo publish --token "$K" """, """dotnet nuget push -k "$K" x""", """composer config http-basic.x u "$K" """,
    """openssl enc -d -aes-256-cbc -k "$K" -in x""", """openssl enc -pass pass:"$K" -in x""", """openssl enc -pass env:K -in x""", """openssl rsa -in "$F" """, """openssl rsa -in "$F" -noout""", """openssl rsa -in "$F" -pubout""", """openssl rsa -in "$F" -out k.pem""", """openssl x509 -in "$F" -noout -text""", """openssl rand -hex 8""", """openssl base64 -d -in "$F" """, """openssl pkcs12 -export -passout pass:"$K" """,
    """gzip "$F" """, """gzip -c "$F" """, """gzip -k -S .x f; cat f.x""", """echo "$K" > f; gzip f; cat f.gz""", """echo "$K" > f; gzip f; cat f""", """echo "$K" > f; gzip -k f; cat f""", """echo "$K" > f; gzip f; gunzip f.gz; cat f""", """echo "$K" > f; gzip -t f""", """echo "$K" > f; zstd f; cat f f.zst""", """echo "$K" > f; zstd f -o g; cat g""", """echo "$K" > f; lz4 f g; cat g""", """echo "$K" > f; lz4 f""", """echo "$K" > f; lz4 -m f; cat f.lz4""", """echo "$K" > f; xz f; unxz f.xz; cat f""", """echo "$K" | brotli -o b; cat b""",
    """date -u +"$K" """, """date -u "+%Y" "+$K" """, """logger -s "$K" """, """logger "$K" """, """echo "$K" | logger --stderr""", """script -c "echo $K" f""", """script -q f""", """yes "$K" """, """sdiff "$F" x""", """diff --brief "$F" x""", """basename "/a/$P" """, """X=$(dirname a); echo "$K" > a; cat "$X/a" """, """X=$(basename b/c.txt .txt); echo "$K" > c; cat "$X" """, """X=$(pwd); echo "$K" > a; cat "$X/a" """, """cp "$F" d; X=$(realpath d); cat "$X" """,
    """php -r 'echo getenv("K");'""", """php -i""", """php -r 'echo 1;' -i""", """node -e 'console.log(process.env.K)'""", """node -p process.env.K""", """node -e 'console.log(process.env.P)'""", """node -e 'console.log(Object.keys(process.env))'""", """ruby -e 'puts ENV["K"]'""", """ruby -e 'puts ENV["K"].size'""", """ruby -i -pe 'sub("x", ENV["K"])' f; cat f""", """deno eval 'console.log(Deno.env.get("K"))'""", """python3 - "$K" <<'E'\nimport sys\nprint(sys.argv[1])\nE""", """python3 -m json.tool "$F" """, """python3 -m json.tool < "$F" """,
    """xargs -a "$F" echo""", """parallel echo ::: "$K" """, """find . -name x -exec cat {} +""", """cp "$F" d/k; find d -exec cat {} +""", """cp "$F" d/k; find d -name k -exec rm {} +""", """cp "$F" d/k; cd d; find -name k -exec cat {} +""", """nohup ./x "$K" """, """watch -n 1 echo "$K" """, """sudo -u x echo "$K" """, """busybox echo "$K" """, """su-exec x echo "$K" """, """tee /dev/tty <<< "$K" > /dev/null""", """envsubst < "$F" """, """echo '$K' | envsubst""", """echo '$K $P' | envsubst '$P'""", """cat x | envsubst '$K'""", """cat x | envsubst""", """ps auxe""", """ps aux""", """systemctl show-environment""", """systemctl status""",
    """env | tee /dev/stderr | base64""", """echo "$K" | gzip -""", """echo "$K" | gzip - > f; cat f""",
    """curl -d "$K" http://api.example.com/x""", """curl -d "$K" http://localhost/x""", """sed "s#a#http://h.example.com/$K#" f""", """curl -u "u:$K" ftp://h.example.com""", """curl --ssl-reqd -u "u:$K" ftp://h.example.com""", """ldapsearch -H ldap://h.example.com -w "$K" """, """ldapsearch -ZZ -H ldap://h.example.com -w "$K" """, """git push http://u:$K@h.example.com/a.git""", """curl -H "X-Vault-Token: $K" http://vault.example.com/v1/a""", """grep -v "http://h.example.com/$K" f""",
    """./x upload -p "$K" """, """x upload -p "$K" """, """x publish -k "$K" """, """x run -k "$K" """, """x --api-key "$K" """, """x.py --api-key "$K" """, """x --api-key="$K" """, """env | tee >(base64)""", """env > e; printf %s "$K" >> e; while read -r l; do echo "$l"; done < e""", """echo "$DB_URL" | sed 's/:.*//'""", """echo "${CI_REPOSITORY_URL%@*}" """, """echo "${DATABASE_URL##*@}" """, """echo "${DATABASE_URL%%@*}" """, """echo "$CI_REPOSITORY_URL" | cut -d@ -f2""", """awk -f p.awk "$F" """,
    """.ci/x.sh "$K" """, """./x --token "$K" """, """./x --token="$K" --verbose""", """gh auth login --with-token <<< "$K" """, """gh auth token""", """glab auth login -t "$K" """, """gitlab-runner register -r "$K" """, """sentry-cli --auth-token "$K" x""", """sonar-scanner -Dsonar.token="$K" """, """sonar-scanner -X -Dsonar.token="$K" """, """rclone config create x s3 secret_access_key "$K" """, """rsync --password-file="$F" a b""", """lftp -u "u,$K" h""", """ldapsearch -w "$K" """, """htpasswd -b f u "$K" """, """htpasswd -bn u "$K" """, """wrangler secret put X <<< "$K" """, """pulumi config get x""", """pulumi config --show-secrets""", """pulumi stack output --show-secrets""", """consul kv get x""", """nomad var get x""", """snyk auth "$K" """,
)  # fmt: skip


def programs() -> str:
    """What comes out of command lines of programs, one by one."""
    return "".join(
        f"{line}\n"
        for script in _SCRIPTS
        for line in (f"### {script.strip()!r}", *_leaks(job(script, id_tokens=("T",), variables={"P": "p"})))
    )


def _leaks(made: Job, files: Mapping[str, str] | None = None) -> Iterator[str]:
    for leak in leaks_of(made, Tree(dict(files or {}), listing=frozenset(files or {}))):
        source = f"{leak.source.name} ({leak.source.origin}, {leak.source.confidence})" if leak.source else ""
        path, line, column, end_line, end_column = leak.span
        place = f"{path}:{line}:{column}-{end_line}:{end_column}"
        yield f"{leak.sink} {source} {place} {leak.form} {leak.detail!r}: {way_of(leak)}"


_DOCKERFILES = (
    "FROM a\nARG X\nENV Y=$X\n", "FROM a\nARG X\nRUN echo $X\n", "FROM a\nENV Y ${X:-d}\n", 'FROM a\nENV A=1 \\\n  # why\n  Y="$X"\n', "FROM a\nENV A='b' C=$D\n", "FROM a AS b\nENV Y=$X\nFROM c\nCOPY --from=b /x /x\n", "FROM a AS b\nENV Y=$X\nFROM c\nFROM b\n",
    "FROM a AS B\nENV Y=$X\nFROM --platform=x b as d\nRUN x\nFROM d\n", "FROM a\nENV Y=$X\nFROM b\n", "from a\nenv Y=$X\n", "ARG X\n", "# ENV Y=$X\nFROM a\n", "FROM a\nENV X=$X\nFROM b\nENV Z=$X\n", "\n\nFROM a\n  ENV Y=$X", "FROM a\nCOPY . .\n", "FROM a\nCOPY token.txt /\n", 'FROM a\nADD ["token.txt", "/"]\n',
    "FROM a\nCOPY --chown=u tok* /x/\n", "FROM a\nCOPY --from=b token.txt /\n", "FROM a\nCOPY other.txt /\n", "FROM a\nCOPY sub /\n", "FROM a\nCOPY\n", "",
)  # fmt: skip
_BUILD_FILES = (
    ("docker-compose.yml", "services:\n  a:\n    build: .\n"), ("docker-compose.yml", "services:\n  a:\n    build:\n      context: .\n      args:\n        X: $K\n"), ("compose.yaml", "services:\n  a:\n    build:\n      args:\n        - X=${K}\n        - K\n        - P=1\n        - Q\n"), ("compose.yml", "services:\n  a:\n    build:\n      args:\n        K:\n"),
    ("docker-compose.yml", "services:\n  a: {build: {context: sub, dockerfile: D, args: {X: $K}}}\n  b: {image: x}\n  c: {build: {args: {X: $$K}}}\n"), ("docker-compose.yml", "services: [a]\n"), ("docker-compose.yml", "a: ["), ("docker-bake.json", '{"target": {"a": {"args": {"X": "$K"}}}}'),
    ("docker-bake.hcl", 'variable "K" {}\ntarget "a" {\n  args = {\n    X = K\n  }\n}\n'), ("docker-bake.hcl", 'target "a" {\n  context = "sub"\n  dockerfile = "D"\n  args = { X = "a-${K}", Y = upper(K), Z = "b" }\n}\n'), ("docker-bake.hcl", "target {"), ("other.yml", "services:\n  a: {build: {args: {X: $K}}}\n"),
)  # fmt: skip
_POWERSHELL = (
    "Write-Host $env:K", "Write-Output $env:K", "Write-Host $env:P", "$env:K", "echo $env:K", "$x = $env:K\nWrite-Host $x", "$x = $env:P\nWrite-Host $x", "Write-Host $env:K > out.txt", "Write-Host $env:K | Out-Null", "Write-Output $env:K | Select-String x", "Write-Output $env:K | Set-Content f",
    "gci env:", "Get-ChildItem Env:\\*", "gci env:K", "dir env: | Sort-Object Name", "gci env: | Out-File f", "ls env: > f", "Set-PSDebug -Trace 1", "Set-PSDebug -trace 2", "Set-PSDebug -Off", "Set-PSDebug -Trace 0", "Write-Host 'x $env:K'", 'Write-Host "x $env:K"', "Invoke-WebRequest -Uri x -Headers @{A=$env:K}", "Write-Error $env:TOKEN_X",
)  # fmt: skip


def builds() -> str:
    """What images keep that are built of a Dockerfile, a compose file or a bake file; and PowerShell."""
    build = "docker build --build-arg X=$K ."
    cases = [(build, {"Dockerfile": text}) for text in _DOCKERFILES]
    cases += [
        (f'cp "$F" token.txt\n{build}', {"Dockerfile": text})
        for text in _DOCKERFILES
        if re.search("COPY|ADD", text)
    ]
    copies = {"Dockerfile": "FROM a\nCOPY . .\n"}
    cases += [
        (f'cp "$F" token.txt\n{build}', {**copies, ".dockerignore": text})
        for text in ("token.txt\n", "# token.txt\n", "*\n!token.txt\n", ".\n", "*.txt\n\n", "sub/\n")
    ]
    named = {
        "sub/Dockerfile": "FROM a\nARG X\nENV Y=$X\n",
        "D": "FROM a\nENV Y=$X\n",
        "sub/D": "FROM a\nENV Z=$X\n",
    }
    cases += [
        (f"{start} --build-arg X=$K {rest}", named)
        for start, rest in (
            ("docker build", "sub"), ("docker build -f D", "."), ("docker build --file=sub/D", "sub"), ("docker build", "-"), ("docker build", "https://x/a.git"), ("cd sub; docker build", "."), ("docker build", "-f D $DIR"), ("/kaniko/executor --dockerfile D", "--context dir://."), ("/kaniko/executor --context=sub", "-d x"),
        )
    ]  # fmt: skip
    for path, text in _BUILD_FILES:
        command = "docker buildx bake" if "bake" in path else "docker compose build"
        for more in ("", f" -f {path}", " --print"):
            cases.append((command + more, {path: text, **named}))
    cases += [(script, {}) for script in _POWERSHELL]
    lines = []
    for script, files in cases:
        lines.append(f"### {script!r} {dict(files)!r}")
        lines += _leaks(job(script, variables={"P": "p"}), files)
    return "".join(f"{line}\n" for line in lines)


_REPAIRED: tuple[tuple[str, ...], ...] = (
    ('echo "$K"; echo "$K"',), ('echo "$P" "$(cat x)" "$(date)" "$K"',), ('echo "$P $(cat "$F") $(date)"',),
    ('echo "$K"',), ('echo "$K"', "make"), ('echo "$K" # why', "make"), ('echo "token $K"', "make"), ("echo '$P' $K", "make"), ('echo "$P $K"',), ('echo "$P: $(cat "$F")"',), ('printf "%s" "$K"',), ('cat "$F"',), ('echo "$K" | base64',), ('echo "$K" | tee f',), ('echo "$K" | tee -a f | cat',), ('echo "$K" | sudo tee /etc/f',),
    ('echo "$K" > f; cat f',), ("cat <<E\n$K\nE",), ('true; echo "$K"; true',), ('if true; then\n  echo "$K"\nfi',), ('X=$K\necho "$X"\nmake',), ("make\necho $K",), ("vault kv get s/a",), ("vault kv get s/a > f",), ("vault login $K",), ("vault write auth/jwt/login role=r",), ('curl -v -H "X: $K" https://x',),
    ("set -x", 'deploy "$K"', "make"), ("set -ex", 'deploy "$K"'), ("set -o xtrace", 'deploy "$K"'), ("set -eo pipefail -x", 'deploy "$K"', 'push "$K"', 'tag "$K"', 'rm "$K"'), ('set -x\ndeploy "$K"\nmake',), ("bash -x -c 'deploy \"$K\"'",), ('docker login -u u -p "$K" r',), ("docker login -u u -p=$K r",), ('echo x | docker login -p "$K" r',), ('docker run -e K="$K" -e X="$K" i',),
    ("docker run --env K=$K i",), ('sshpass -p "$K" ssh h',), ('terraform plan -var "x=$K"',), ("terraform plan -var x=$K -var y=$K",), ('tool --password "$F"',), ("mysql --password=$F",), ("export DB_PASSWORD=$F",), ('docker login -p "$F" r; docker login -p $F s',), ('mysql -p"$K" -e x',), ('psql "postgres://u:$K@h/d"',), ('redis-cli -a "$K" ping',), ('openssl enc -k "$K" -in x',), ("env",), ("env | sort", "make"), ("printenv K",),
)  # fmt: skip


def repairs() -> str:
    """Safe forms of the leaking commands of each script, before any of them is proven."""
    lines = []
    for scripts in _REPAIRED:
        made = job(*scripts, variables={"P": "p"})
        items = ["  - " + script.replace("\n", "\n    ") for script in scripts]
        files = {PATH: "#\n" * 9 + "\n".join(items) + "\n"}
        lines.append(f"### {scripts!r}")
        for leak in leaks_of(made, Tree(files)):
            lines.append(f"{leak.sink} {leak.code!r}")
            lines += [f"    {name}: {text!r}" for name, text in _texts(leak).items() if text is not None]
            fixes = {
                "removed": removed(leak, files, made, "t"),
                "rewritten": rewritten(leak, files, "true", "t"),
                "scoped": scoped(leak, files, "t"),
            }
            lines += [
                f"    {name}: {[(each.start_line, each.end_line, each.text) for each in fix.edits]}"
                for name, fix in fixes.items()
                if fix
            ]
    return "".join(f"{line}\n" for line in lines)


def _texts(leak: Leak) -> dict[str, str | None]:
    made = {
        each.__name__: each(leak) for each in (without_value, quiet, reading_file, untraced, without_print)
    }
    program = program_named(leak.command)
    return made | {
        f"{leak.command} {i}": each(leak) for i, each in enumerate(program.repairs if program else ())
    }


_WITH_FILES: tuple[tuple[str, dict[str, str]], ...] = (
    ("python3 d.py", {"d.py": 'import os\n\nif True:\n    print("é", os.environ["K"]); print(1)\n'}), ("python3 d.py x", {"d.py": "import sys\nprint(sys.argv[1])\n"}), ('python3 d.py "$K"', {"d.py": "import sys\nprint(sys.argv[1])\n"}), ("python3 d.txt", {"d.txt": 'import os\nprint(os.environ["K"])\n'}), ("sub/d.py", {"sub/d.py": 'import os\nprint(os.environ["K"])\n'}),
    (". ./a.sh", {"a.sh": '. ./a.sh\necho "$K"\n'}), ("bash a.sh", {"a.sh": 'bash a.sh\necho "$K"\n'}), ("./a.sh", {"a.sh": '#!/bin/sh -x\ntrue "$K"\n'}), ('./a.sh "$K"', {"a.sh": '#!/bin/sh\necho "$1"\n'}), ('. ./a.sh "$K"; echo "$1"', {"a.sh": 'echo "$1"\n'}), ("./a.py", {"a.py": '#!/usr/bin/env python3\nimport os\nprint(os.environ["K"])\n'}), ("source a.sh; show", {"a.sh": 'show() { echo "$K"; }\n'}), ("sh -x a.sh", {"a.sh": 'true "$K"\n'}), ("./gone.sh", {}), ("bash a.sh; echo done", {"a.sh": 'trap "echo $K" EXIT\nexit 1\n'}),
)  # fmt: skip


def scripts() -> str:
    """Scripts and Python programs of the repository: where in them a secret comes out."""
    return "".join(
        f"{line}\n"
        for script, files in _WITH_FILES
        for line in (f"### {script!r} {files!r}", *_leaks(job(script), files))
    )
