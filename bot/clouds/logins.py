"""Which cloud identities a job asks for, with which ID token: by `secrets:`, by `identity:`, in its scripts.

What GitLab and the clouds' tools read: docs.gitlab.com/ci/secrets ("Use AWS Secrets Manager", "GCP Secret Manager",
"Azure Key Vault"), docs.gitlab.com/ci/yaml/#identity, the AWS SDKs' variables of web identities, `az login --help` and
the azurerm provider's OIDC variables (2026-11).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.clouds.model import Cloud
from bot.clouds.wildcards import wildcard_match
from bot.documents.nodes import Mapping, text_of
from bot.lazy import dataclass, regex
from bot.pipeline.model import SecretProvider
from bot.pipeline.vault_calls import commands_of, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Mapping as Known

    from bot.clouds.model import CloudModel, Trust
    from bot.documents.location import Span
    from bot.pipeline.model import IdToken, Job, Secret

_HINT = regex(r"assume-role-with-web-identity|AWS_ROLE_ARN|workloadIdentityPools|\baz\b.*login|ARM_CLIENT_ID")
_POOL = regex(r"workloadIdentityPools/(?P<pool>[\w-]+)/providers/(?P<provider>[\w-]+)")
_VARIABLE = regex(r"\$(?:\{(?P<braced>\w+)\}|(?P<plain>\w+))")
_AWS_TOKEN = "AWS_ID_TOKEN"  # noqa: S105 - the name of a variable
_MAX_DEPTH = 5


@dataclass(frozen=True, slots=True, eq=False)
class CloudLogin:
    """A job's request for a cloud identity.

    `reference`: an ARN, `pool/provider` or a client id, "" where GitLab's own integration chooses it. `token` is the ID
    token that it sends, None where that is not known. `how` says where the job asks for it.
    """

    cloud: Cloud
    reference: str
    token: IdToken | None
    how: str
    span: Span

    @property
    def audiences(self) -> tuple[str, ...]:
        """The token's audiences, empty where they are not known."""
        known = self.token.audiences if self.token is not None else ()
        return () if any("$" in each for each in known) else known


def logins_of(job: Job) -> tuple[CloudLogin, ...]:
    """The identities that the job asks for, each once, in the order of the file."""
    found: dict[tuple[Cloud, str, int], CloudLogin] = {}
    for cell in job.cells or ({},):
        known = {name: variable.value or "" for name, variable in {**job.variables, **cell}.items()}
        for login in _logins(job, known):
            found.setdefault((login.cloud, login.reference, id(login.token)), login)
    return tuple(found.values())


def trusts_for(login: CloudLogin, model: CloudModel) -> tuple[Trust, ...]:
    """The trusts that the request is about. A trust knows no account, so the role's name in an ARN decides."""
    return tuple(trust for trust in model.trusts if trust.cloud is login.cloud and _is_meant(login, trust))


def accepts_audience(trust: Trust, audiences: Iterable[str]) -> bool:
    """Whether the trust takes a token for these audiences; True where it accepts any, or nobody knows."""
    if not trust.audiences:
        return True
    return any(wildcard_match(wanted, each) for wanted in trust.audiences for each in audiences)


def _is_meant(login: CloudLogin, trust: Trust) -> bool:
    if not login.reference:
        return bool(trust.tenant)
    if login.cloud is Cloud.AWS:
        return login.reference.rpartition("/")[2] in trust.references or login.reference in trust.references
    return login.reference.lower() in {each.lower() for each in trust.references}


def _logins(job: Job, known: Known[str, str]) -> Iterator[CloudLogin]:
    for name, secret in job.secrets.items():
        yield from _of_secret(job, name, secret, known)
    identity = job.node.entries.get("identity")
    if identity is not None and text_of(identity.value) == "google_cloud":
        yield CloudLogin(Cloud.GOOGLE, "", None, "identity: google_cloud", identity.span)
    yield from _of_scripts(job, known)


def _of_secret(job: Job, name: str, secret: Secret, known: Known[str, str]) -> Iterator[CloudLogin]:
    how, span = f"secret {name}", secret.entry.key.span
    if secret.provider is SecretProvider.AWS:
        body = secret.entry.value
        own = body.get("aws_secrets_manager", "role_arn") if isinstance(body, Mapping) else None
        reference = _filled(text_of(own) or known.get("AWS_ROLE_ARN", ""), known)
        token = job.id_tokens.get(secret.token or _AWS_TOKEN)
        if reference:
            yield CloudLogin(Cloud.AWS, reference, token, how, span)
    elif secret.provider is SecretProvider.GCP:
        pool, provider = (
            _filled(known.get(f"GCP_WORKLOAD_IDENTITY_FEDERATION_{part}_ID", ""), known)
            for part in ("POOL", "PROVIDER")
        )
        if pool and provider:
            token = job.id_tokens.get(secret.token or "")
            yield CloudLogin(Cloud.GOOGLE, f"{pool}/{provider}", token, how, span)
    elif secret.provider is SecretProvider.AZURE:
        client = _filled(known.get("AZURE_CLIENT_ID", ""), known)
        if client:
            yield CloudLogin(Cloud.AZURE, client, job.id_tokens.get(secret.token or ""), how, span)


def _of_scripts(job: Job, known: Known[str, str]) -> Iterator[CloudLogin]:
    """The identities that scripts ask for, by command and by the variables that SDKs and Terraform read."""
    scripts = "\n".join(line.text for line in job.scripts)
    if not any(map(_HINT.search, (scripts, *known, *known.values()))):
        return
    known = dict(known)
    for line, command in commands_of(job, re.compile("")):
        known.update(
            (each.name, written_value)
            for each in (*command.assignments, *command.declared)
            if each.value is not None and (written_value := written(line, each.value))
        )
    yield from _of_commands(job, known, scripts)
    first = job.scripts[0].scalar.span if job.scripts else job.entry.key.span
    for cloud, variable, needs in (
        (Cloud.AWS, "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"),
        (Cloud.AZURE, "ARM_CLIENT_ID", "ARM_OIDC_TOKEN"),
    ):
        reference = _filled(known.get(variable, ""), known)
        if reference and (needs in known or needs in scripts):
            own = job.variables.get(variable)
            span = own.entry.key.span if own is not None else first
            yield CloudLogin(
                cloud, reference, _token(job, known, known.get(needs, ""), scripts), variable, span
            )


def _of_commands(job: Job, known: Known[str, str], scripts: str) -> Iterator[CloudLogin]:
    for line, command in commands_of(job, re.compile("")):
        words = [written(line, word) for word in command.words]
        text = _filled(" ".join(words), known)
        options = _options(words)
        span = line.scalar.span
        if "assume-role-with-web-identity" in words:
            reference = _filled(options.get("--role-arn", ""), known)
            token = _token(job, known, options.get("--web-identity-token", ""), scripts)
            if reference:
                yield CloudLogin(Cloud.AWS, reference, token, "aws sts assume-role-with-web-identity", span)
        elif command.name == "az" and "--federated-token" in options:
            client = next(
                (options[each] for each in ("-u", "--username", "--client-id") if each in options), ""
            )
            token = _token(job, known, options["--federated-token"], scripts)
            if client:
                yield CloudLogin(Cloud.AZURE, _filled(client, known), token, "az login", span)
        elif (found := _POOL.search(text)) is not None:
            reference = f"{found['pool']}/{found['provider']}"
            yield CloudLogin(Cloud.GOOGLE, reference, _token(job, known, "", scripts), command.name, span)


def _options(words: list[str]) -> dict[str, str]:
    """Return the options of a command line, `--name value` and `--name=value`."""
    found: dict[str, str] = {}
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        if word.startswith("-"):
            found[name] = (
                value.strip("\"'") if equals else (words[index + 1] if index + 1 < len(words) else "")
            )
    return found


def _token(job: Job, known: Known[str, str], text: str, scripts: str) -> IdToken | None:
    """Return the ID token that a text names; else the only one that the scripts mention, or that there is."""
    for _ in range(_MAX_DEPTH):
        named = {found["braced"] or found["plain"] for found in _VARIABLE.finditer(text)}
        tokens = [job.id_tokens[name] for name in named if name in job.id_tokens]
        if tokens:
            return tokens[0]
        text = _VARIABLE.sub(lambda found: known.get(found["braced"] or found["plain"], ""), text)
    mentioned = [
        token for name, token in job.id_tokens.items() if re.search(rf"\b{re.escape(name)}\b", scripts)
    ]
    candidates = mentioned or list(job.id_tokens.values())
    return candidates[0] if len(candidates) == 1 else None


def _filled(text: str, known: Known[str, str]) -> str:
    """Return the text with the job's variables in it; "" where one of them is not known here."""
    for _ in range(_MAX_DEPTH):
        if "$" not in text:
            break
        text = _VARIABLE.sub(lambda found: known.get(found["braced"] or found["plain"], found[0]), text)
    return "" if "$" in text else text
