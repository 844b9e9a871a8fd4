#!/bin/sh
# A password with a percent sign in .pypirc is another password for hatch than for twine and flit.
#
# Expected: hatch reads .pypirc as the others do, so that one file serves all three.
# Seen (November 2026): twine 7.0.0 and flit 4.2.0 send the password as it is written; hatch 1.18.2 interpolates: `%%`
# becomes `%`, `%(username)s` becomes the user's name, and a single `%` ends with InterpolationSyntaxError.
# No spelling of a password with `%` works for all three.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tool
tool/bin/pip install --quiet --disable-pip-version-check twine==7.0.0 flit==4.2.0 hatch==1.18.2
cat >pyproject.toml <<'TOML'
[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"

[project]
name = "thing"
version = "1.0.0"
description = "A module without content"
TOML
echo '"""A module without content."""' >thing.py
tool/bin/flit build --format wheel >build.log 2>&1
cat >sent.py <<'PYTHON'
import base64
import http.server
import os
import pathlib
import subprocess
import tempfile
import threading

PROGRAMS = pathlib.Path("tool/bin").resolve()
CALLS = {
    "twine": ("upload", "--non-interactive", "-r", "private", "dist/thing-1.0.0-py2.py3-none-any.whl"),
    "flit": ("publish", "--repository", "private", "--format", "wheel"),
    "hatch": ("publish", "--no-prompt", "-r", "private", "dist"),
}
sent = []


class Index(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        sent.append(base64.b64decode(self.headers["Authorization"].split()[1]).decode())
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200)

    def do_GET(self):
        self.answer(404)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}/"


def sent_by(program, password):
    with tempfile.TemporaryDirectory() as home:
        place = pathlib.Path(home)
        section = f"[private]\nrepository = {address}\nusername = ci\npassword = {password}\n"
        (place / ".pypirc").write_text(f"[distutils]\nindex-servers =\n    private\n\n{section}")
        (place / "hatch.toml").write_text(f'[publish.index.repos.private]\nurl = "{address}"\n')
        own = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "HATCH_CONFIG": str(place / "hatch.toml"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        call = [PROGRAMS / program, *CALLS[program]]
        sent.clear()
        done = subprocess.run(call, env=own, capture_output=True, text=True, timeout=120)
        error = "InterpolationSyntaxError" if "InterpolationSyntaxError" in done.stdout + done.stderr else "no request"
        return sent[-1].partition(":")[2] if sent else error


for password in ("pa%ss", "pa%%ss", "%(username)s", "pa #ss"):
    print(f"{password} ->", ", ".join(f"{program}: {sent_by(program, password)}" for program in CALLS))
PYTHON
python3 sent.py | tee output
cat >expected <<'TEXT'
pa%ss -> twine: pa%ss, flit: pa%ss, hatch: InterpolationSyntaxError
pa%%ss -> twine: pa%%ss, flit: pa%%ss, hatch: pa%ss
%(username)s -> twine: %(username)s, flit: %(username)s, hatch: ci
pa #ss -> twine: pa #ss, flit: pa #ss, hatch: pa #ss
TEXT
diff expected output
