#!/bin/sh
# VAULT_NAMESPACE, which GitLab's runner and the `vault` command obey, is not read by hvac: the request goes to the root.
#
# Expected: hvac takes the namespace from the environment, as it takes VAULT_ADDR, VAULT_TOKEN and VAULT_CACERT.
# Seen (November 2026): Go's vault/api 1.23.0 and node-vault 0.12.0 send "X-Vault-Namespace: team"; hvac 2.4.0 sends no
# namespace, so the same path is another secret or "permission denied". `hvac.Client(namespace=...)` is needed.
set -eu
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tool
tool/bin/pip install --quiet --disable-pip-version-check hvac==2.4.0
echo '{"name": "tool", "version": "1.0.0", "private": true}' >package.json
npm install --silent --no-fund --no-audit node-vault@0.12.0
cat >read.py <<'PYTHON'
import hvac

hvac.Client().secrets.kv.v2.read_secret_version(path="app", raise_on_deleted_version=True)
PYTHON
cat >read.js <<'JAVASCRIPT'
require("node-vault")().read("secret/data/app").then(() => process.exit(0));
JAVASCRIPT
mkdir go
cat >go/main.go <<'GO'
package main

import "github.com/hashicorp/vault/api"

func main() {
	client, err := api.NewClient(api.DefaultConfig())
	if err == nil {
		_, err = client.Logical().Read("secret/data/app")
	}
	if err != nil {
		panic(err)
	}
}
GO
(cd go && GOFLAGS=-mod=mod && export GOFLAGS && go mod init read && go get github.com/hashicorp/vault/api@v1.23.0 &&
	go build -o ../read .) >build.log 2>&1
cat >sent.py <<'PYTHON'
import http.server
import json
import os
import subprocess
import threading

SECRET = json.dumps({"data": {"data": {"key": "value"}, "metadata": {}}}).encode()
sent = []


class Vault(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        sent.append(f"{self.path} in namespace {self.headers.get('X-Vault-Namespace', 'root')}")
        self.send_response(200)
        self.send_header("Content-Length", str(len(SECRET)))
        self.end_headers()
        self.wfile.write(SECRET)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Vault)
threading.Thread(target=server.serve_forever, daemon=True).start()
own = {
    "PATH": os.environ["PATH"],
    "HOME": os.getcwd(),
    "VAULT_ADDR": f"http://127.0.0.1:{server.server_port}",
    "VAULT_TOKEN": "example",
    "VAULT_NAMESPACE": "team",
}
for program, call in (
    ("vault/api", ["./read"]),
    ("node-vault", ["node", "read.js"]),
    ("hvac", ["tool/bin/python", "read.py"]),
):
    subprocess.run(call, env=own, check=True, timeout=300)
    print(f"{program}: {sent[-1]}")
PYTHON
python3 sent.py | tee output
cat >expected <<'TEXT'
vault/api: /v1/secret/data/app in namespace team
node-vault: /v1/secret/data/app in namespace team
hvac: /v1/secret/data/app in namespace root
TEXT
diff expected output
