#!/bin/sh
# One password without quotes in a `.env` file is three different values for four readers; in single quotes it is one.
#
# Expected: what follows `=` up to the line's end or to ` #`, with `$name` and `${NAME:-default}` filled in as a shell does.
# Seen (November 2026): python-dotenv 1.2.4 fills in braces alone and knows defaults; dotenv 18.0.10 (Node) fills in
# nothing and cuts at a `#` without a space before it; compose-go 2.16.2 fills in both; godotenv 1.5.1 fills in names of
# capitals alone, and of a default it leaves `:-other}` behind.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >file.env <<'ENV'
BARE=pa$word#1
SINGLE='pa$word#1'
DEFAULT=${ABSENT:-other}
ENV
python3 -m venv tool
tool/bin/pip install --quiet --disable-pip-version-check python-dotenv==1.2.4
npm install --silent --no-fund --no-audit --prefix node dotenv@18.0.10 >/dev/null 2>&1
mkdir go
cat >go/go.mod <<'GO'
module read

go 1.24

require (
	github.com/compose-spec/compose-go/v2 v2.16.2
	github.com/joho/godotenv v1.5.1
)
GO
cat >go/main.go <<'GO'
package main

import (
	"fmt"
	"os"

	compose "github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/joho/godotenv"
)

func main() {
	text, _ := os.ReadFile("../file.env")
	first, err := compose.UnmarshalBytesWithLookup(text, nil)
	fmt.Println("compose-go:", first["BARE"], first["SINGLE"], first["DEFAULT"], err)
	second, err := godotenv.UnmarshalBytes(text)
	fmt.Println("godotenv:", second["BARE"], second["SINGLE"], second["DEFAULT"], err)
}
GO
{
    tool/bin/python -c 'import dotenv; print("python-dotenv:", *dotenv.dotenv_values("file.env").values())'
    node -e 'console.log("dotenv:", ...Object.values(
        require("./node/node_modules/dotenv").parse(require("fs").readFileSync("file.env"))))'
    (cd go && go mod tidy >/dev/null 2>&1 && go run . 2>/dev/null)
} | tee seen
diff - seen <<'SEEN'
python-dotenv: pa$word#1 pa$word#1 other
dotenv: pa$word pa$word#1 ${ABSENT:-other}
compose-go: pa#1 pa$word#1 other <nil>
godotenv: pa$word#1 pa$word#1 :-other} <nil>
SEEN
