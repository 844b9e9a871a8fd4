"""What commands do with secrets, as data: who passes them on, who prints them, where they are seen.

Sources: the tools' own manuals and `--help` texts, checked 2026-11.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from bot.leaks.values import Form

PASSING: Final[dict[str, Form]] = {
    **dict.fromkeys(
        ("cat", "tac", "sort", "uniq", "nl", "fmt", "expand", "unexpand", "pr", "paste", "column", "less", "more",
         "tee", "head", "tail", "sponge", "pv", "dos2unix", "unix2dos", "bat", "join", "look", "zcat", "ts", "lolcat",
         "buffer", "mbuffer", "unbuffer", "stdbuf"),
        Form.EXACT,
    ),
    **dict.fromkeys(("cut", "awk", "gawk", "mawk", "grep", "egrep", "fgrep", "rg", "jq", "yq", "strings", "comm",
                     "split", "csplit", "xmllint", "xmlstarlet", "hxselect"), Form.PART),
    **dict.fromkeys(
        ("base64", "base32", "basenc", "xxd", "od", "hexdump", "hd", "rev", "fold", "tr", "sed", "perl",
            "gzip", "gunzip",
         "bzip2", "xz", "zstd", "uuencode", "iconv", "recode", "rot13", "caesar", "figlet", "toilet", "banner",
         "cowsay", "urlencode", "factor", "bc", "dc", "ascii85", "qrencode", "openssl", "python", "python3", "ruby",
         "node"),
        Form.CHANGED,
    ),
}  # fmt: skip
"""Filters: from stdin, or from the files they name, to stdout, with what they make of it."""

READS_OPERANDS: Final = frozenset(PASSING) - {"tr", "tee", "python", "python3", "ruby", "node", "sponge", "openssl",
                                              "figlet", "toilet", "banner", "cowsay", "factor", "bc", "dc"}  # fmt: skip

DIGESTING: Final = frozenset(
    {"sha256sum", "sha1sum", "sha512sum", "sha384sum", "sha224sum", "md5sum", "b2sum", "cksum", "sum", "crc32",
        "wc", "cmp",
     "test", "[", "true", "false", ":", "stat", "file", "ls", "du", "basename64", "shasum", "xxhsum"}
)  # fmt: skip
"""What comes out tells nothing, or next to nothing, of what went in."""

FIRST_OPERAND_IS_PROGRAM: Final = frozenset(
    {"sed", "awk", "gawk", "mawk", "grep", "egrep", "fgrep", "rg", "jq", "yq", "perl", "tr"}
)
VALUE_OPTIONS: Final[dict[str, str]] = {
    "cut": "dfcb", "head": "nc", "tail": "nc", "sort": "kto", "grep": "efmABC", "sed": "ef", "awk": "Fvf", "fold": "w",
    "base64": "w", "xxd": "lcsg", "od": "AtNjw", "jq": "", "nl": "bw", "paste": "d", "column": "ts", "uniq": "fsw",
    "iconv": "ft", "split": "bl", "strings": "n",
}  # fmt: skip
"""Short options that take a value, which is then no file."""

WRAPPERS: Final[dict[str, str]] = {
    "sudo": "ugp", "nice": "n", "nohup": "", "time": "fo", "timeout": "sk", "command": "", "builtin": "", "exec": "a",
    "ionice": "cn", "setsid": "", "stdbuf": "ioe", "unbuffer": "", "chronic": "", "retry": "", "doas": "u",
        "env": "uSC",
    "busybox": "", "gosu": "", "su-exec": "",
}  # fmt: skip
"""Commands that run another one: their short options that take a value."""


class Printer(NamedTuple):
    """A command that prints a secret.

    `words`: its first words that are no options. `unless`: where one of these
    stands among its arguments, it does not. `only`: one of these must stand there. `what`: what it prints.
    """

    words: tuple[str, ...]
    what: str
    unless: str = ""
    only: str = ""
    remedy: str = ""

    def matches(self, arguments: list[str]) -> bool:
        """Whether the command line (the name first, "" for an unknown word) is this one."""
        plain = [argument for argument in arguments if not argument.startswith("-")]
        if len(plain) < len(self.words) or not all(
            re.fullmatch(want, have) for want, have in zip(self.words, plain, strict=False)
        ):
            return False
        rest = " ".join(arguments[1:])
        if self.unless and re.search(self.unless, rest):
            return False
        return not self.only or re.search(self.only, rest) is not None


@lru_cache(maxsize=512)
def printers_of(table: tuple[Printer, ...], program: str) -> tuple[Printer, ...]:
    """Those of `table` that are about this program: most commands are none of them."""
    return tuple(printer for printer in table if re.fullmatch(printer.words[0], program))


_VAULT: Final = "vault|bao|stronghold"
PRINTERS: Final[tuple[Printer, ...]] = (
    Printer((_VAULT, "kv", "get"), "the secret"),
    Printer((_VAULT, "read"), "what it reads", unless=r"(^|\s)(sys/|auth/[^\s]*/role|[^\s]*/(config|role|roles)/)"),
    Printer((_VAULT, "write", r"auth/.*login.*"), "the new Vault token"),
    Printer((_VAULT, "write", r".*(/issue/|/creds/|/sts/|secret-id|/generate-root).*"), "the new credential"),
    Printer((_VAULT, "write"), "the field", only=r"-field=\S*(token|password|secret|private_key)"),
    Printer((_VAULT, "login"), "the Vault token", unless=r"-no-print"),
    Printer((_VAULT, "token", "create"), "the new Vault token"),
    Printer((_VAULT, "token", "lookup"), "the Vault token"),
    Printer((_VAULT, "print", "token"), "the Vault token"),
    Printer((_VAULT, "unwrap"), "the unwrapped secret"),
    Printer((_VAULT, "operator", "init"), "the unseal keys and the root token"),
    Printer(("kubectl|oc", "get", r"secrets?(/.*)?|.*,secrets?"), "the secret",
            only=r"(-o|--output)[ =]?(yaml|json|jsonpath|go-template|template|custom-columns)"),
    Printer(("kubectl|oc", "config", "view"), "the cluster's credentials", only=r"--raw|--flatten"),
    Printer(("oc", "whoami"), "the session's token", only=r"-t\b|--show-token"),
    Printer(("kubectl|oc", "create", "token"), "a service account's token"),
    Printer(("aws", "ssm", "get-parameters?(-by-path)?"), "the parameter", only=r"--with-decryption"),
    Printer(("aws", "secretsmanager", "get-secret-value"), "the secret"),
    Printer(("aws", "sts", "assume-role.*|get-session-token|get-federation-token"), "temporary AWS credentials"),
    Printer(("aws", "ecr(-public)?", "get-login(-password)?|get-authorization-token"), "the registry's password"),
    Printer(("aws", "configure", "export-credentials"), "the AWS credentials"),
    Printer(("aws", "codeartifact", "get-authorization-token"), "the repository's token"),
    Printer(("aws", "kms", "decrypt"), "the decrypted text"),
    Printer(("aws", "eks", "get-token"), "the cluster's token"),
    Printer(("aws", "iam", "create-access-key"), "the new access key"),
    Printer(("gcloud", "auth(lication-default)?|auth", "(application-default|print-access-token|print-identity-token)"),
            "an access token", unless=r"login|revoke|activate"),
    Printer(("gcloud", "secrets", "versions", "access"), "the secret"),
    Printer(("az", "account", "get-access-token"), "an access token"),
    Printer(("az", "keyvault", "secret", "show"), "the secret"),
    Printer(("az", "acr", "login"), "the registry's token", only="--expose-token"),
    Printer(("az", "ad", "sp", "create-for-rbac"), "the new client secret"),
    Printer(("gh|glab", "auth", "token"), "the token"),
    Printer(("gh|glab", "auth", "status"), "the token", only=r"-t\b|--show-token"),
    Printer(("op", "read|item"), "the secret"),
    Printer(("bw", "get"), "the secret"),
    Printer(("pass", "show"), "the secret"),
    Printer(("doppler", "secrets"), "the secrets", unless=r"--only-names"),
    Printer(("sops",), "the decrypted file", only=r"(^|\s)(-d|--decrypt|decrypt)\b",
        unless=r"(^|\s)(-i|--in-place|--output)\b"),
    Printer(("gpg|gpg2",), "the decrypted file", only=r"(^|\s)(-d|--decrypt|--export-secret-keys)\b",
        unless=r"(^|\s)(-o|--output)\b"),
    Printer(("age",), "the decrypted file", only=r"(^|\s)(-d|--decrypt)\b", unless=r"(^|\s)(-o|--output)\b"),
    Printer(("ansible-vault", "view"), "the decrypted file"),
    Printer(("openssl", "rsa|pkey|ec"), "the private key", unless=r"-pubout|-noout|(^|\s)-out\b"),
    Printer(("heroku", "config(:get)?"), "the application's secrets"),
    Printer(("heroku", "auth:token"), "the token"),
    Printer(("npm", "config", "ls|list"), "npm's settings with tokens", only=r"(^|\s)-l\b|--long"),
    Printer(("argocd", "account", "generate-token"), "the new token"),
    Printer(("terraform|tofu", "login"), "the token", only="print"),
    Printer(("docker", "compose", "config"), "the settings with every variable filled in",
            unless=r"(^|\s)(-q|--quiet|--no-interpolate|--services|--images|--hash|--profiles|--volumes)\b"),
    Printer(("docker-compose", "config"), "the settings with every variable filled in",
            unless=r"(^|\s)(-q|--quiet|--no-interpolate|--services|--images|--hash|--volumes)\b"),
    Printer(("helm", "get", "values|all"), "the release's values"),
    Printer(("pulumi", "config|stack"), "the secrets", only=r"--show-secrets"),
    Printer(("mvn|\\./mvnw", "help:effective-settings"), "the settings with passwords", only="showPasswords=true"),
    Printer(("sealed-secrets|kubeseal",), "the unsealed secret", only="--recovery-unseal"),
)  # fmt: skip
"""Commands whose standard output is a secret that the runner's masking does not know."""

_SECRET_OUTPUT: Final = r"(?i:.*(passw|secret|token|_key|cred|kubeconfig|dsn|private|connection).*)"  # noqa: S105 - a pattern of names
TERRAFORM_PRINTERS: Final[tuple[Printer, ...]] = (
    Printer(("terraform|tofu|terragrunt", "output", _SECRET_OUTPUT), "that output (also where it is marked sensitive)",
        only=r"-json|-raw"),
    Printer(("terraform|tofu|terragrunt", "output"), "every output (also those marked sensitive)", only=r"-json",
        unless=r"\boutput\s(.*\s)?[A-Za-z_]"),
    Printer(("terraform|tofu|terragrunt", "state", "pull"), "the whole state with every secret in it"),
    Printer(("terraform|tofu|terragrunt", "show"), "the plan or state with every secret in it", only=r"-json"),
)  # fmt: skip

_PRINTING_PROGRAMS: Final = re.compile(
    "|".join(dict.fromkeys(printer.words[0] for printer in (*PRINTERS, *TERRAFORM_PRINTERS)))
)


@lru_cache(maxsize=512)
def prints_secrets(program: str) -> bool:
    """Whether one of the two tables is about this program: where none is, neither is searched."""
    return _PRINTING_PROGRAMS.fullmatch(program) is not None
