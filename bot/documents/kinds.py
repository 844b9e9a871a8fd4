"""What a file is: recognised by its content, with its name as a hint.

Paths lie (a role can be in any JSON file, a CI file can have any name), so a name alone decides only where
nothing else uses that name. A file of no kind here is none of our business and is never read twice.
"""

from __future__ import annotations

import re
from enum import StrEnum

from bot.lazy import regex


class FileKind(StrEnum):
    """The kinds of file that are read. Their names appear in `scan --format json`."""

    GITLAB_CI = "gitlab-ci"
    VAULT_YAML = "vault-yaml"
    """roles or policies in YAML: custom resources, Ansible tasks, bank-vaults, Pulumi, home-grown loaders"""
    VAULT_JSON = "vault-json"
    """a role, a mount's configuration or a policy as JSON"""
    CLOUD_YAML = "cloud-yaml"
    """what a cloud accepts of ID tokens, in YAML: CloudFormation, Config Connector, Pulumi"""
    CLOUD_JSON = "cloud-json"
    """the same in JSON: trust policies, templates of CloudFormation and ARM, credentials"""
    BICEP = "bicep"
    TERRAFORM = "terraform"
    TERRAFORM_JSON = "terraform-json"
    HCL = "hcl"
    SHELL = "shell"
    POWERSHELL = "powershell"
    MARKDOWN = "markdown"
    """only where it shows Vault commands or policies"""
    DOCKERFILE = "dockerfile"
    SETTINGS = "settings"
    """what programs of a job read: `.env`, `.netrc`, properties, keys; searched for credentials alone"""
    SOURCE = "source"
    """a program in another language, where those lie that jobs run; searched for credentials alone"""
    SEALCHECK_CONFIG = "sealcheck-config"
    VAULT_ENTRY = "vault-entry"
    """what a running Vault or OpenBao answered for one path; no file is of this kind"""
    YAML = "yaml"
    """any other YAML: read only where a pipeline includes it"""
    JSON = "json"
    """any other JSON: read only where something names it"""


OURS = frozenset(FileKind) - {
    FileKind.YAML,
    FileKind.JSON,
    FileKind.MARKDOWN,
    FileKind.DOCKERFILE,
    FileKind.SETTINGS,
    FileKind.SOURCE,
}
"""Kinds that must be readable: where one is not, that is reported."""

_YAML = (".yml", ".yaml")
_SHELL = (".sh", ".bash", ".ksh", ".zsh")
_MARKDOWN = (".md", ".markdown", ".mdx", ".adoc", ".rst")
_SUFFIXES = (
    *_YAML,
    *_SHELL,
    *_MARKDOWN,
    ".json",
    ".hcl",
    ".tf",
    ".tofu",
    ".ps1",
    ".psm1",
    ".bicep",
    ".template",
    ".yml.tpl",
    ".yaml.tpl",
    ".hcl.tpl",
)

# Written by programs: nobody reviews them line by line, and what they hold was not written here.
_GENERATED = regex(
    r"(?:^|/)(?:\.git|\.terraform|\.tox|\.venv|node_modules|bower_components|third_party|vendor|site-packages)/"
    r"|(?:^|/)(?:package(?:-lock)?|npm-shrinkwrap|composer|tsconfig[^/]*|angular|deno|biome|renovate|manifest)\.json$"
    r"|(?:^|/)(?:pnpm-lock|pubspec\.lock|\.pre-commit-config|mkdocs|\.travis|appveyor|Chart)\.ya?ml$"
    r"|\.(?:lock|min|bundle|map|schema|geojson|ipynb)\.?(?:json|ya?ml|hcl)?$",
    re.IGNORECASE,
)
_UNNAMED = regex(r"(?:^|/)[A-Za-z0-9_-]+$")
_NOT_SCRIPTS = regex(
    r"(?:^|/)(?:LICEN[CS]E|COPYING|NOTICE|README|CHANGELOG|AUTHORS|CODEOWNERS|VERSION|Makefile|Dockerfile|Gemfile"
    r"|Rakefile|Procfile|Vagrantfile|Jenkinsfile|Pipfile|Brewfile|gradlew|go)$",
    re.IGNORECASE,
)

_DOCKERFILE = regex(r"(?:^|/)(?:[\w.-]+[.-])?(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?$", re.IGNORECASE)
# Names that nothing but a file of settings or of a key has.
_SETTINGS = regex(
    r"(?:^|/)(?:[\w-]*\.env(?:\.[\w.-]+)?|\.envrc|[._]?netrc|\.?pgpass(?:\.conf)?|\.npmrc|\.yarnrc|\.pypirc|\.?htpasswd[\w.-]*"
    r"|\.git-credentials|\.gitconfig|\.dockercfg|\.dockerconfigjson|\.s3cfg|\.boto|\.my\.cnf|\.wgetrc|\.curlrc|\.smbcredentials"
    r"|\.[a-z][\w-]*rc|(?:[\w-]+[-_.])?(?:credentials|passwords?)(?:\.(?:txt|csv))?|\.vault[-_](?:token|pass(?:word)?)|\.?vault_pass(?:word)?(?:\.txt)?|\.terraformrc|kubeconfig|inventory|hosts"
    r"|id_(?:rsa|dsa|ecdsa|ed25519)|(?:\.aws|\.gem|\.cargo|\.docker|\.kube)/(?:credentials|config)"
    r"|(?:settings|context|persistence|tomcat-users|credentials|hibernate\.cfg)[\w.-]*\.xml"
    r"|[^/]+\.(?:env|properties|ini|cfg|conf|cnf|config|toml|tfvars|tfbackend|tfrc|ovpn|kubeconfig|pem|key|ppk|p8|asc|mk|sql|service|ldif)|(?:GNU)?Makefile)$",
    re.IGNORECASE,
)

# Programs that jobs run lie at the top or in folders of such names; the product itself is not read.
_SOURCE = regex(
    r"(?:^|(?:^|/)\.?(?:ci|gitlab(?:-ci)?|jenkins|scripts?|deploy(?:ment)?s?|tools?|bin|hack|release|ops|devops|infra(?:structure)?|automation"
    r"|utils?|provision(?:ing)?|jobs|tasks|build)/(?:[\w.-]+/){0,2})[\w.-]+\.(?:py|[cm]?js|ts|rb|php|go|java|groovy|gradle|pl|kts)$"
    r"|(?:^|/)(?:Jenkinsfile[\w.-]*|Vagrantfile|wp-config\.php)$"
)
_OF_TESTS = regex(r"(?:^|[/_.-])(?:tests?|spec|specs|fixtures?|mocks?|examples?)(?:[/_.-]|$)", re.IGNORECASE)

_CI_NAME = regex(r"gitlab-ci[^/]*\.ya?ml$", re.IGNORECASE)
_CI_FOLDER = regex(r"(?:^|/)(?:\.gitlab|\.?gitlab-ci|\.?ci|pipelines?|templates)/", re.IGNORECASE)
# GitLab's own files under .gitlab/ that are no pipelines (docs.gitlab.com, 2026-11).
_CI_FOLDER_OTHERS = regex(r"(?:^|/)\.gitlab/(?:agents|dashboards|security-policies|issue_templates|duo)/")

_TOP_KEY = regex(
    r"""^(?P<quote>["']?)(?P<key>[^\s#'"\-\[\]{}%@`][^\n'"]*?)(?P=quote)\s*:(?=\s|$)""", re.MULTILINE
)
_JOB_WORD = regex(
    r"^[ \t]{1,8}(?:(?P<sure>script|before_script|after_script|extends|trigger|id_tokens)|"
    r"stage|rules|only|except|artifacts|needs|when|cache|tags|allow_failure|inherit|retry|environment|coverage)\s*:",
    re.MULTILINE,
)
_GLOBAL_WORDS = frozenset(
    {
        "stages",
        "include",
        "workflow",
        "default",
        "before_script",
        "after_script",
        "variables",
        "image",
        "cache",
        "services",
    }
)
_FOREIGN = (
    frozenset({"apiVersion", "kind"}),  # Kubernetes and everything shaped like it
    frozenset({"on", "jobs"}),  # GitHub workflows
    frozenset({"pipelines"}),  # Bitbucket
    frozenset({"steps"}),  # Azure, Woodpecker, Cloud Build
    frozenset({"runs"}),  # GitHub actions
    frozenset({"version", "jobs"}),  # CircleCI
    frozenset({"version", "tasks"}),  # Taskfile
    frozenset({"version", "services"}),  # compose
    frozenset({"services", "volumes"}),
    frozenset({"services", "networks"}),
    frozenset({"openapi"}),
    frozenset({"swagger"}),
    frozenset({"AWSTemplateFormatVersion"}),
    frozenset({"language", "script"}),  # Travis
    frozenset({"repos"}),  # pre-commit
    frozenset({"package", "build"}),  # conda
    frozenset({"ci_access"}),  # GitLab's agent
    frozenset({"gitops"}),
)
_INCLUDE = regex(
    r"^include:[ \t]*(?:\[?[ \t]*[{'\"]?(?:local|/|https://)|\r?\n(?:[ \t]*#[^\n]*\n|[ \t]*\r?\n)*"
    r"[ \t]*(?:-[ \t]+)?[{'\"]?[ \t]*(?:(?:local|project|file|template|remote|component|artifact|ref|rules)['\"]?:|/|https://))",
    re.MULTILINE,
)
_INPUTS = regex(r"^spec:[^\n]*\n(?:(?:[ \t][^\n]*|#[^\n]*|\r?)\n)*?[ \t]+inputs:", re.MULTILINE)

_VAULT_WORDS = regex(
    r"""\b(?:bound_?claims|bound_?audiences|bound_?issuer|user_?claim|role_?type|token_?policies|claim_?mappings
    |oidc_discovery_url|OIDCDiscoveryURL|jwks_url|JWTOIDCAuthEngine\w+|redhatcop\.redhat\.io|externalConfig
    |hashivault_\w+|hashi_vault|jwt\.vault\.|vault:jwt\w*:|vault:index|vault\.upbound\.io|vault_jwt_auth\w*
    |creation_statements|creationStatements|secret_id_ttl)\b
    |\bcapabilities["']?\s*[:=]\s*\[
    |\bunsafe_allow_api_audit_creation\b|^\s*audit\s+"(?:file|http|socket|syslog)"|^\s*initialize\s+"[^"\n]*"\s*\{""",
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
_VAULT_HINTS = (
    "bound",
    "user_claim",
    "userclaim",
    "role_type",
    "roletype",
    "token_policies",
    "tokenpolicies",
    "claim_mappings",
    "claimmappings",
    "oidc",
    "jwks_url",
    "redhatcop",
    "externalconfig",
    "hashi",
    "vault",
    "creation",
    "secret_id_ttl",
    "capabilities",
    "audit",
    "initialize",
)
"""One of these is in whatever `_VAULT_WORDS` matches: looking for them first is many times as fast."""
_POLICY_PATH = regex(r'path(?<!\wpath)\s+\\?"[^"\n]*"\s*\{')
"""A policy's block, in text in lower case: whatever the block says, older forms too (`policy = "write"`)."""
_SERVER_JSON = regex(r'(?s)(?=.*"(?:storage|listener|api_addr)"\s*:).*"(?:audit|initialize)"\s*:\s*[{[]')
_VAULT_POLICY_JSON = regex(r'"path"\s*:\s*\{')
_VAULT_COMMAND = regex(
    r"\b(?:vault|bao|stronghold)\s+(?:\w+\s+)?(?:write|policy|auth|audit|secrets|kv|login)\b"
)
_POLICY_BLOCK = regex(r'^\s*path\s+"[^"\n]*"\s*\{', re.MULTILINE)
_TERRAFORM_BLOCK = regex(r'^(?:resource|data|provider|module|variable)\s+"', re.MULTILINE)
# What a trust in a workload identity says, of each cloud and in every spelling of its tools.
CLOUD_WORDS = regex(
    r"AssumeRoleWithWebIdentity|oidc-provider/|AWS::IAM::OIDCProvider|workloadIdentityPools|WorkloadIdentityPool"
    r"|federatedIdentityCredentials|FederatedIdentityCredential|claimsMatchingExpression|api://AzureADTokenExchange"
    r"""|["'](?:issuer|subject)["']\s*:\s*["'][^"'\s]*(?:gitlab|project_path:|project_id:)""",
)
_SHEBANG = regex(r"#!\s*\S*(?:/env\s+(?:-\S+\s+)*)?(?:\S*/)?(?P<shell>(?:ba|da|k|z)?sh|pwsh|powershell)\b")

_HEAD_CHARS = 200_000


def is_named_for_its_kind(path: str) -> bool:
    """Whether the name alone says what the file is: a Dockerfile, a file of settings or of a key, a program."""
    return _DOCKERFILE.search(path) is not None or _SETTINGS.search(path) is not None or is_source(path)


def is_source(path: str) -> bool:
    """Whether the file is a program in another language that a job may run, by its name and folder."""
    return _SOURCE.search(path) is not None and _OF_TESTS.search(path) is None


def may_matter(path: str) -> bool:
    """Whether a file of this name could be of any kind: a cheap sieve before reading it."""
    lower = path.lower()
    if not lower.endswith(_SUFFIXES):
        if is_named_for_its_kind(path):
            return _GENERATED.search(path) is None
        return _UNNAMED.search(path) is not None and _NOT_SCRIPTS.search(path) is None
    return _GENERATED.search(path) is None


def is_document(path: str) -> bool:
    """Whether the file explains something to people, by its name; nothing runs it."""
    return path.lower().endswith(_MARKDOWN)


def kind_of(path: str, text: str) -> FileKind | None:  # noqa: C901, PLR0911 - one question per suffix
    """The kind of the file, or None where it is none of ours. Reads at most the first 200,000 characters."""
    if not may_matter(path):
        return None
    if _DOCKERFILE.search(path):
        return FileKind.DOCKERFILE
    lower = path.lower().removesuffix(".tpl")
    head = text[:_HEAD_CHARS]
    if lower.endswith(_YAML):
        return _kind_of_yaml(path, head)
    if lower.endswith(".tf.json"):
        return FileKind.TERRAFORM_JSON
    if lower.endswith((".json", ".template")):
        return _kind_of_json(lower, head)
    if lower.endswith(".bicep"):
        return FileKind.BICEP
    if lower.endswith((".tf", ".tofu")):
        return FileKind.TERRAFORM
    if lower.endswith(".hcl"):
        return (
            FileKind.TERRAFORM
            if _TERRAFORM_BLOCK.search(head) and not _POLICY_BLOCK.search(head)
            else FileKind.HCL
        )
    if lower.endswith((".ps1", ".psm1")):
        return FileKind.POWERSHELL
    if lower.endswith(_SHELL):
        return FileKind.SHELL
    if lower.endswith(_MARKDOWN):
        return FileKind.MARKDOWN if _VAULT_COMMAND.search(head) or _POLICY_BLOCK.search(head) else None
    if _SETTINGS.search(path):
        return FileKind.SETTINGS
    return FileKind.SOURCE if is_source(path) else _kind_of_script(head)


def _kind_of_json(lower: str, head: str) -> FileKind | None:
    if lower.endswith(".json"):
        if _speaks_of_vault(head) or _VAULT_POLICY_JSON.search(head) or _SERVER_JSON.match(head):
            return FileKind.VAULT_JSON
        return FileKind.CLOUD_JSON if CLOUD_WORDS.search(head) else FileKind.JSON
    if not CLOUD_WORDS.search(head):
        return None
    return FileKind.CLOUD_JSON if head.lstrip().startswith("{") else FileKind.CLOUD_YAML


def _speaks_of_vault(head: str) -> bool:
    lower = head.lower()
    if any(hint in lower for hint in _VAULT_HINTS) and _VAULT_WORDS.search(head):
        return True
    return _POLICY_PATH.search(lower) is not None


def _kind_of_script(head: str) -> FileKind | None:
    shebang = _SHEBANG.match(head.removeprefix("\ufeff"))
    if shebang is None:
        return None
    return FileKind.POWERSHELL if shebang["shell"] in {"pwsh", "powershell"} else FileKind.SHELL


def _kind_of_yaml(path: str, head: str) -> FileKind:
    name = path.rsplit("/", 1)[-1]
    if name in {".sealcheck.yml", ".sealcheck.yaml"}:
        return FileKind.SEALCHECK_CONFIG
    if _CI_NAME.search(path) or _is_ci(path, head.removeprefix("\ufeff")):
        return FileKind.GITLAB_CI
    if _speaks_of_vault(head):
        return FileKind.VAULT_YAML
    return FileKind.CLOUD_YAML if CLOUD_WORDS.search(head) else FileKind.YAML


def _is_ci(path: str, head: str) -> bool:
    """Whether the text reads as a GitLab pipeline, or a part of one."""
    top = {match["key"].strip() for match in _TOP_KEY.finditer(head)}
    if not top or any(marks <= top for marks in _FOREIGN) or _CI_FOLDER_OTHERS.search(path):
        return False
    if _INPUTS.search(head) or _INCLUDE.search(head):
        return True
    sure, words = _job_words(head)
    if _CI_FOLDER.search(path):
        return sure > 0 or len(top & _GLOBAL_WORDS) > 0
    return (sure > 0 and (words > 0 or bool(top & _GLOBAL_WORDS))) or ({"stages", "include"} <= top)


def _job_words(head: str) -> tuple[int, int]:
    """How many keys below the top ones only a job has, and how many a job may have."""
    sure = others = 0
    for match in _JOB_WORD.finditer(head):
        if match["sure"]:
            sure += 1
        else:
            others += 1
    return sure, others
