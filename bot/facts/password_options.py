"""How programs take a password on their command line: which option, which operand, which part of a value.

Options whose own name promises a secret (`--password`, `--api-token`) need no row: they are known for every program.
Not looked up again for this table: where a row and a program's own manual disagree, the manual is right.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NO_OPERAND: Final = regex(r"-|/\w+:")
"""options, those of Windows too"""


@dataclass(frozen=True, slots=True)
class PasswordOption:
    """One way in which a program takes a password.

    `apart`: the options whose next word is the value. `glued`: what precedes the value in the same word. `within`:
    where in the value the password is (group 1). `when`: found in the command line behind the program's name.
    `operand`: the place (0-based, options left out) of an operand that is the password.
    """

    programs: str
    apart: str = ""
    glued: str = ""
    within: str = ""
    when: str = ""
    operand: int | None = None

    def places(self, arguments: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Where a password is among the arguments behind the program's name: in which, and where it begins there."""
        if self.when and not re.search(self.when, " ".join(arguments)):
            return
        apart, glued = self.apart.split(), self.glued.split()
        glued += [f"{option}=" for option in apart if option.startswith("--")]
        for at, text in enumerate(arguments):
            if at and arguments[at - 1] in apart:
                yield at, 0
            if text not in apart:
                yield from (
                    (at, len(prefix)) for prefix in glued if prefix != text and text.startswith(prefix)
                )
        if self.operand is not None:
            operands = [at for at, text in enumerate(arguments) if not _NO_OPERAND.match(text)]
            if -len(operands) <= self.operand < len(operands):
                yield operands[self.operand], 0


_AFTER_COLON: Final = r"[^:]*:(.+)"
_LOGIN: Final = r"(?:^|\s)login(?:\s|$)"

PASSWORD_OPTIONS: Final = (
    PasswordOption(
        "mysql mysqldump mysqladmin mysqlimport mysqlshow mysqlcheck mysqlpump mariadb mariadb-dump mariadb-admin",
        glued="-p",
    ),
    PasswordOption(
        "mongo mongosh mongodump mongorestore mongoexport mongoimport cqlsh cypher-shell mongostat",
        apart="-p",
    ),
    PasswordOption("redis-cli valkey-cli keydb-cli", apart="-a --pass"),
    PasswordOption("sqlcmd bcp", apart="-P", glued="-P"),
    PasswordOption("sqlplus impdp expdp sqlldr rman", within=r"[\w.$#]+/([^@\s]+)(?:@.*)?", operand=0),
    PasswordOption("influx", apart="-password -t"),
    PasswordOption(
        "rabbitmqctl", when=r"(?:^|\s)(?:add_user|change_password|authenticate_user)(?:\s|$)", operand=2
    ),
    PasswordOption("rabbitmqadmin", apart="-p"),
    PasswordOption("mosquitto_pub mosquitto_sub mosquitto_rr", apart="-P --pw"),
    PasswordOption("mosquitto_passwd", when=r"(?:^|\s)-\w*b", operand=2),
    PasswordOption(
        "curl", apart="-u --user -U --proxy-user", glued="-u -U --user= --proxy-user=", within=_AFTER_COLON
    ),
    PasswordOption("curl", apart="--oauth2-bearer --pass --proxy-pass"),
    PasswordOption("http https xh xhs", apart="-a --auth", glued="--auth= -a", within=r"(?:[^:]*:)?(.+)"),
    PasswordOption("ab hey", apart="-A -a", within=_AFTER_COLON),
    PasswordOption(
        "docker podman buildah nerdctl skopeo oras crane regctl cosign notation img",
        apart="-p",
        glued="-p",
        when=_LOGIN,
    ),
    PasswordOption("helm", apart="-p", when=r"registry\s+login"),
    PasswordOption(
        "skopeo buildah podman",
        apart="--creds --src-creds --dest-creds",
        glued="--creds= --src-creds= --dest-creds=",
        within=_AFTER_COLON,
    ),
    PasswordOption(
        "cf oc az ibmcloud bluemix okteto eb expo vsce jf jfrog gcx flux supabase", apart="-p -t", when=_LOGIN
    ),
    PasswordOption("cf", when=r"(?:^|\s)auth(?:\s|$)", operand=2),
    PasswordOption("sshpass", apart="-p", glued="-p"),
    PasswordOption("plink pscp psftp", apart="-pw"),
    PasswordOption("lftp open", apart="-u", within=r"[^,]*,(.+)"),
    PasswordOption("ncftpput ncftpget ncftpls", apart="-p"),
    PasswordOption("openssl", apart="-pass -passin -passout -password", within=r"pass:(.+)"),
    PasswordOption("openssl", apart="-k -K"),
    PasswordOption("apksigner", apart="--ks-pass --key-pass", within=r"pass:(.+)"),
    PasswordOption(
        "keytool jarsigner",
        apart="-storepass -keypass -srcstorepass -deststorepass -srckeypass -destkeypass -new",
    ),
    PasswordOption("gpg gpg2", apart="--passphrase"),
    PasswordOption("7z 7za 7zr 7zz rar unrar", glued="-p -hp"),
    PasswordOption("zip unzip", apart="-P", glued="-P"),
    PasswordOption("signtool", apart="/p -p"),
    PasswordOption("osslsigncode", apart="-pass"),
    PasswordOption(
        "ldapsearch ldapmodify ldapadd ldapdelete ldappasswd ldapwhoami ldapcompare ldapmodrdn",
        apart="-w",
        glued="-w",
    ),
    PasswordOption("ldappasswd", apart="-s -a"),
    PasswordOption("htpasswd", when=r"(?:^|\s)-\w*b\w*n|(?:^|\s)-\w*n\w*b", operand=1),
    PasswordOption("htpasswd", when=r"^(?!.*(?:^|\s)-\w*n)(?=.*(?:^|\s)-\w*b)", operand=2),
    PasswordOption(
        "smbclient rpcclient smbget net winexe", apart="-U --user", glued="-U --user=", within=r"[^%]*%(.+)"
    ),
    PasswordOption("smbclient", when=r"^(?!.*(?:-N|%))", operand=1),
    PasswordOption("net net.exe", when=r"(?:^|\s)use\s", within=r"(?!\*|/|\\\\|[A-Za-z]:$)(.+)", operand=-1),
    PasswordOption("net net.exe", when=r"(?:^|\s)user\s", within=r"(?!\*|/)(.+)", operand=2),
    PasswordOption(
        "cmdkey freerdp xfreerdp wfreerdp sdl-freerdp mstsc winrs psexec schtasks", glued="/pass: /p: -p:"
    ),
    PasswordOption("psexec ipmitool", apart="-p -P"),
    PasswordOption("twine", apart="-p"),
    PasswordOption("dotnet nuget nuget.exe", apart="-k -ApiKey -Password -p"),
    PasswordOption(
        "npm pnpm yarn bun",
        when=r"config\s+set\s",
        within=r".*(?:_authToken|_auth|_password|[tT]oken|[pP]assword|Ident)=(.+)",
        operand=2,
    ),
    PasswordOption(
        "npm pnpm yarn bun",
        when=r"config\s+set\s\S*(?:_authToken|_auth|_password|[tT]oken|[pP]assword|Ident)\s",
        operand=3,
    ),
    PasswordOption("composer", when=r"config\s.*http-basic", operand=3),
    PasswordOption("composer", when=r"config\s.*(?:-token|-oauth|bearer)", operand=2),
    PasswordOption("poetry", when=r"config\s.*http-basic", operand=3),
    PasswordOption("poetry", when=r"config\s.*pypi-token", operand=2),
    PasswordOption("bundle bundler", when=r"config\s", within=r"[\w.-]+:(.+)", operand=-1),
    PasswordOption("cargo", when=_LOGIN, operand=1),
    PasswordOption("snyk", when=r"(?:^|\s)auth\s", operand=1),
    PasswordOption("ngrok", when=r"authtoken\s", operand=-1),
    PasswordOption("doctl", apart="-t"),
    PasswordOption("netlify ntl", apart="--auth -a"),
    PasswordOption("vercel now", apart="-t"),
    PasswordOption("flyctl fly", apart="-t"),
    PasswordOption("glab", apart="-t", when=r"auth\s+login"),
    PasswordOption("gitlab-runner", apart="-r -t"),
    PasswordOption("codecov codecovcli", apart="-t"),
    PasswordOption("gh", apart="-b --body", when=r"secret\s+set"),
    PasswordOption("vault bao", when=_LOGIN, within=r"([^=]+)", operand=1),
    PasswordOption("aws", when=r"configure\s+set\s+\S*(?:secret|token)", operand=3),
    PasswordOption("mc mcli", when=r"(?:alias\s+set|config\s+host\s+add)\s", operand=5),
    PasswordOption("bw", when=r"(?:^|\s)unlock\s", operand=1),
    PasswordOption("bw", when=_LOGIN, operand=2),
    PasswordOption(
        "security", apart="-p -k -P", when=r"unlock-keychain|create-keychain|set-key-partition-list|import"
    ),
    PasswordOption("hdiutil", apart="-passphrase"),
    PasswordOption("ssh-keygen", apart="-N -P"),
    PasswordOption(
        "dvc", when=r"remote\s+modify\s+(?:--?\w+\s+)*\S+\s+\S*(?:password|secret|token|key)\S*\s", operand=-1
    ),
    PasswordOption("qpdf", when=r"^--encrypt\s", operand=0),
    PasswordOption("qpdf", when=r"^--encrypt\s", operand=1),
    PasswordOption("conan", apart="-p", when=r"(?:^|\s)(?:remote\s+login|user)\s"),
    PasswordOption("cypress cypress-cloud cy2", apart="--key", when=r"--record"),
    PasswordOption("aws", apart="--value", when=r"put-parameter\s.*SecureString"),
    PasswordOption("aws", apart="--secret-string", when=r"secretsmanager\s"),
    PasswordOption("az", apart="--value", when=r"keyvault\s+secret\s+set"),
    PasswordOption("glab", apart="-v --value", when=r"variable\s+(?:set|update)\s.*(?:-m|--masked)\b"),
    PasswordOption("altool xcrun", apart="-p"),
    PasswordOption("swaks", apart="-ap --auth-password"),
    PasswordOption("sendemail sendEmail", apart="-xp"),
    PasswordOption("snmpget snmpwalk snmpset", apart="-A -X"),
    PasswordOption("wpa_passphrase", operand=1),
    PasswordOption("nmcli", when=r"(?:^|\s)(?:password|\S*psk)\s", operand=-1),
    PasswordOption("etcdctl", apart="--user", glued="--user=", within=_AFTER_COLON),
    PasswordOption("rclone", when=r"(?:^|\s)obscure\s", operand=1),
    PasswordOption(
        "rclone",
        apart="pass pass2 password password2 secret_access_key client_secret token key bearer_token sas_url",
        when=r"config\s+(?:create|update|password)\s",
    ),
    PasswordOption("pulumi", when=r"config\s+set\s.*--secret|--secret\s.*config\s+set\s", operand=3),
    PasswordOption("pulumi", when=r"config\s+set\s+\S*(?i:password|secret|token|apikey)\s", operand=3),
    PasswordOption("elasticsearch-users", apart="-p"),
    PasswordOption("wget", apart="--user-password"),
    PasswordOption("svn", apart="--password"),
    PasswordOption("pyftpsync winscp winscp.com", glued="/password= -password="),
)
"""A program may have several rows; each is tried."""


def _by_program() -> dict[str, tuple[PasswordOption, ...]]:
    rows: dict[str, list[PasswordOption]] = defaultdict(list)
    for row in PASSWORD_OPTIONS:
        for program in row.programs.split():
            rows[program].append(row)
    return {program: tuple(own) for program, own in rows.items()}


BY_PROGRAM: Final = _by_program()

# Options that make a program read a password from its standard input.
FROM_INPUT: Final = regex(
    r"(?:^|\s)(?:--pass(?:word|wd|phrase)?(?:-on)?-stdin|--with-token|--stdin|-S|--passphrase-fd[ =]0"
    r"|-pass(?:in|out)? stdin|--pinentry-mode|--token-stdin|--api-key-stdin|--stdin-password|-i -|-pw-stdin)(?:\s|$)"
    r"|^gcloud\s+secrets\s.*--data-file[ =](?:-|/dev/stdin)(?:\s|$)|^(?:gh|fly|flyctl)\s+secrets?\s+(?:set|import)\s"
    r"|^(?:vault|bao)\s+(?:kv\s+put|write)\s.*(?:password|secret|token|value)=-(?:\s|$)|^wrangler\s+secret\s+put\s"
    r"|^(?:kinit|lpass\s+login|cryptsetup|passwd|smbpasswd|op\s+signin|bw\s+(?:login|unlock))(?:\s|$)"
)
READS_PAIRS: Final = frozenset({"chpasswd", "newusers"})
"""programs that read lines of `user:password`"""
