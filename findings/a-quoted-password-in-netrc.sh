#!/bin/sh
# A password in quotes, or one that begins with `#`, is another one for each reader of .netrc.
#
# Expected: quotes hold a word with spaces together and do not belong to it, as curl documents (everything.curl.dev,
# "Netrc"); a `#` after `password` is the password.
# Seen (November 2026): libcurl 8.23 and Python's netrc take the quotes off; jdx/go-netrc 1.0.0 keeps the first one and
# cuts at the space; bgentry/go-netrc of 2014, which hashicorp/go-getter uses, refuses the whole file. Of `#pass` the
# password is empty for jdx, the others have it whole.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >quoted <<'NETRC'
machine git.example.com login ci password "pa ss"
NETRC
cat >hash <<'NETRC'
machine git.example.com login ci password #pass
machine npm.example.com login ci password other
NETRC
python3 -m venv tool
tool/bin/pip install --quiet --disable-pip-version-check pycurl==7.49.0
cat >read.py <<'PYTHON'
import base64
import http.server
import io
import netrc
import threading

import pycurl

seen = []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        seen.append(base64.b64decode(self.headers["Authorization"].split()[1]).decode())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
for file in ("quoted", "hash"):
    print("netrc:", file, netrc.netrc(file).hosts["git.example.com"][2])
    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, "http://git.example.com/")
    curl.setopt(pycurl.CONNECT_TO, [f"::127.0.0.1:{server.server_port}"])
    curl.setopt(pycurl.NETRC, pycurl.NETRC_REQUIRED)
    curl.setopt(pycurl.NETRC_FILE, file)
    curl.setopt(pycurl.WRITEDATA, io.BytesIO())
    curl.perform()
    print("libcurl:", file, seen[-1].partition(":")[2])
PYTHON
mkdir go
cat >go/go.mod <<'GO'
module read

go 1.24

require (
	github.com/bgentry/go-netrc v0.0.0-20140422174119-9fd32a8b3d3d
	github.com/jdx/go-netrc v1.0.0
)
GO
cat >go/main.go <<'GO'
package main

import (
	"fmt"

	bgentry "github.com/bgentry/go-netrc/netrc"
	"github.com/jdx/go-netrc"
)

func main() {
	for _, file := range []string{"quoted", "hash"} {
		first, err := bgentry.ParseFile("../" + file)
		if err != nil {
			fmt.Println("bgentry:", file, err)
		} else {
			fmt.Printf("bgentry: %s %q\n", file, first.FindMachine("git.example.com").Password)
		}
		second, _ := netrc.Parse("../" + file)
		fmt.Printf("jdx: %s %q\n", file, second.Machine("git.example.com").Get("password"))
	}
}
GO
{
    tool/bin/python read.py
    (cd go && go mod tidy >/dev/null 2>&1 && go run .)
} | tee seen
diff - seen <<'SEEN'
netrc: quoted pa ss
libcurl: quoted pa ss
netrc: hash #pass
libcurl: hash #pass
bgentry: quoted line 1: keyword expected; got ss"
jdx: quoted "\"pa"
bgentry: hash "#pass"
jdx: hash ""
SEEN
