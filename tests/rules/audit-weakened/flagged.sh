#!/bin/sh
vault audit disable file/ # expect: audit-weakened
curl --request DELETE -H "X-Vault-Token: $TOKEN" "$VAULT_ADDR/v1/sys/audit/syslog" # expect: audit-weakened
bao audit enable -path=raw file file_path=/var/log/raw.log log_raw=true # expect: audit-weakened
