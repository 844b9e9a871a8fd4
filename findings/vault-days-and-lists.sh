#!/bin/sh
# Vault's reader of durations knows days only alone, and its reader of lists splits a text but not the texts of a list.
#
# Expected: units combine, as in `1h30m` (developer.hashicorp.com/vault/docs/concepts/duration-format), a number means
# the same with and without quotes, and a comma means the same in a list's text as in a text alone.
# Seen (November 2026): parseutil 0.2.0, which reads Vault's TTLs and lists, takes `1d` and refuses `1d12h`; the number
# 3.7 is three seconds and the text "3.7" is refused; `a,b,` is three texts, the last one empty; the list ["a,b", "c"] is
# two texts; `true` in a list is the text "1".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/hashicorp/go-secure-stdlib/parseutil"
)

func main() {
	for _, value := range []any{"1h30m", "1d", "1d12h", 3.7, "3.7"} {
		duration, err := parseutil.ParseDurationSecond(value)
		if err != nil {
			fmt.Printf("%#v: refused\n", value)
		} else {
			fmt.Printf("%#v: %v\n", value, duration)
		}
	}
	for _, value := range []any{"a,b,", []any{"a,b", "c"}, []any{true}} {
		texts, err := parseutil.ParseCommaStringSlice(value)
		fmt.Printf("%v: %q %v\n", value, texts, err)
	}
}
GO
go mod init read >/dev/null 2>&1
go get github.com/hashicorp/go-secure-stdlib/parseutil@v0.2.0 >/dev/null 2>&1
go run . | tee seen
diff - seen <<'SEEN'
"1h30m": 1h30m0s
"1d": 24h0m0s
"1d12h": refused
3.7: 3s
"3.7": refused
a,b,: ["a" "b" ""] <nil>
[a,b c]: ["a,b" "c"] <nil>
[true]: ["1"] <nil>
SEEN
