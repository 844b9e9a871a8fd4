# ${VAULT_ADDR:-http://vault.example.com} is the address in the test environment
: "${VAULT_ADDR:=http://vault.example.com:8200}" # expect: vault-tls-off
: "${VAULT_ADDR:-http://127.0.0.1:8200}"
: "${VAULT_ADDR:-https://vault.example.com}"
