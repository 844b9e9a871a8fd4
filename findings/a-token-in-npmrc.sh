#!/bin/sh
# `${NPM_TOKEN}` in .npmrc, written as people write it for CI, is another token for each package manager.
#
# Expected: one file format, so one token; a variable that is not set is an empty token or an error; `${NPM_TOKEN:-x}`
# means what it means in a shell.
# Seen (November 2026): of a variable that is not set npm 12.2.2 and bun 1.4.5 send the reference itself as the token
# ("Bearer ${NPM_TOKEN}"), pnpm 12.21.0 sends an empty one, yarn 1.22.22 ends with an error. Only pnpm knows
# `${NPM_TOKEN:-x}`: npm and bun send the whole text although the variable is set. `${NPM_TOKEN?}`, an error where the
# variable is not set in a shell, is what makes npm and bun send no token at all. bun reads `$NPM_TOKEN` without braces,
# npm and pnpm do not. A `#` or `;` ends the token for npm and bun and belongs to it for pnpm.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"name": "tool", "version": "1.0.0", "private": true}' >package.json
npm install --silent --no-fund --no-audit npm@12.2.2 pnpm@12.21.0 yarn@1.22.22 bun@1.4.5
cat >sent.py <<'PYTHON'
import http.server
import json
import os
import pathlib
import subprocess
import tempfile
import threading

PROGRAMS = pathlib.Path("node_modules/.bin").resolve()
CALLS = {
    "npm": ("view", "thing", "version"),
    "pnpm": ("view", "thing", "version"),
    "bun": ("pm", "view", "thing", "version"),
    "yarn": ("info", "thing", "version"),
}
VERSION = {"name": "thing", "version": "1.0.0", "dist": {"tarball": "http://127.0.0.1/thing.tgz", "shasum": "0" * 40}}
THING = json.dumps({"name": "thing", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": VERSION}}).encode()
sent = []


class Registry(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        sent.append(self.headers.get("Authorization", "no token").rstrip())
        self.send_response(200)
        self.send_header("Content-Length", str(len(THING)))
        self.end_headers()
        self.wfile.write(THING)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
threading.Thread(target=server.serve_forever, daemon=True).start()
place = f"127.0.0.1:{server.server_port}/"


def token_sent(program, text, variable):
    with tempfile.TemporaryDirectory() as home:
        pathlib.Path(home, "package.json").write_text('{"name": "app", "version": "1.0.0", "license": "MIT"}')
        pathlib.Path(home, ".npmrc").write_text(f"registry=http://{place}\n//{place}:_authToken={text}\n")
        own = {"PATH": os.environ["PATH"], "HOME": home} | ({} if variable is None else {"NPM_TOKEN": variable})
        call = [PROGRAMS / program, *CALLS[program]]
        sent.clear()
        done = subprocess.run(call, cwd=home, env=own, capture_output=True, timeout=120)
        return sent[-1] if sent else f"no request, exit {done.returncode}"


for variable in (None, "value"):
    for text in ("${NPM_TOKEN}", "${NPM_TOKEN:-x}", "${NPM_TOKEN?}", "$NPM_TOKEN", "abc#def"):
        row = " | ".join(f"{name}: {token_sent(name, text, variable)}" for name in ("npm", "bun", "pnpm"))
        print(f"{'set' if variable else 'not set'}, {text}: {row}")
print("not set, yarn:", token_sent("yarn", "${NPM_TOKEN}", None))
PYTHON
python3 sent.py | tee output
cat >expected <<'TEXT'
not set, ${NPM_TOKEN}: npm: Bearer ${NPM_TOKEN} | bun: Bearer ${NPM_TOKEN} | pnpm: Bearer
not set, ${NPM_TOKEN:-x}: npm: Bearer ${NPM_TOKEN:-x} | bun: Bearer ${NPM_TOKEN:-x} | pnpm: Bearer x
not set, ${NPM_TOKEN?}: npm: no token | bun: no token | pnpm: Bearer
not set, $NPM_TOKEN: npm: Bearer $NPM_TOKEN | bun: Bearer $NPM_TOKEN | pnpm: Bearer $NPM_TOKEN
not set, abc#def: npm: Bearer abc | bun: Bearer abc | pnpm: Bearer abc#def
set, ${NPM_TOKEN}: npm: Bearer value | bun: Bearer value | pnpm: Bearer value
set, ${NPM_TOKEN:-x}: npm: Bearer ${NPM_TOKEN:-x} | bun: Bearer ${NPM_TOKEN:-x} | pnpm: Bearer value
set, ${NPM_TOKEN?}: npm: Bearer value | bun: Bearer value | pnpm: Bearer value
set, $NPM_TOKEN: npm: Bearer $NPM_TOKEN | bun: Bearer value | pnpm: Bearer $NPM_TOKEN
set, abc#def: npm: Bearer abc | bun: Bearer abc | pnpm: Bearer abc#def
not set, yarn: no request, exit 1
TEXT
diff expected output
