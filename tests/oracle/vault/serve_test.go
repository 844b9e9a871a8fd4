// Package oracle serves a real Vault core on loopback, with JWT and AppRole, KV and databases, for the tests
// of Sealcheck that compare what it says with what Vault does.
//
// It is a test binary because Vault's own in-memory core is built by its test package. It prints one line of JSON
// (address, root token, public key), then signs each line of claims that it reads, and ends with its input.
package oracle

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"testing"

	"github.com/go-jose/go-jose/v4"
	log "github.com/hashicorp/go-hclog"
	jwtauth "github.com/hashicorp/vault-plugin-auth-jwt"
	"github.com/hashicorp/vault/audit"
	"github.com/hashicorp/vault/builtin/credential/approle"
	"github.com/hashicorp/vault/builtin/logical/database"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/vault"
)

func TestServe(t *testing.T) {
	core, _, token := vault.TestCoreUnsealedWithConfig(t, &vault.CoreConfig{
		Logger:             log.NewNullLogger(),
		CredentialBackends: map[string]logical.Factory{"jwt": jwtauth.Factory, "approle": approle.Factory},
		LogicalBackends: map[string]logical.Factory{
			"database": database.Factory,
		},
		AuditBackends: map[string]audit.Factory{"file": audit.NewFileBackend},
	})
	listener, address := vaulthttp.TestServer(t, core)
	defer listener.Close()

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	must(t, err)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, nil)
	must(t, err)

	out := json.NewEncoder(os.Stdout)
	must(t, out.Encode(map[string]string{
		"address":    address,
		"token":      token,
		"public_key": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
	}))

	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		signed, err := signer.Sign(lines.Bytes())
		must(t, err)
		compact, err := signed.CompactSerialize()
		must(t, err)
		must(t, out.Encode(compact))
	}
}

func must(t *testing.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}
