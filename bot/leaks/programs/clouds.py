"""Clients of cloud providers: `aws`, `gcloud`, `az`, `heroku`."""

from __future__ import annotations

from bot.leaks.program import NEVER, Argument, Printer, Program

PROGRAMS = (
    Program(
        names=("aws",),
        arguments=(
            Argument(
                NEVER,
                r"aws_(?:secret_access_key|session_token)",
                "the variable AWS_SECRET_ACCESS_KEY",
                when=r"configure\b",
            ),
        ),
        printers=(
            Printer(("ssm", "get-parameters?(-by-path)?"), "the parameter", only=r"--with-decryption"),
            Printer(("secretsmanager", "get-secret-value"), "the secret"),
            Printer(
                ("sts", "assume-role.*|get-session-token|get-federation-token"), "temporary AWS credentials"
            ),
            Printer(
                ("ecr(-public)?", "get-login(-password)?|get-authorization-token"), "the registry's password"
            ),
            Printer(("configure", "export-credentials"), "the AWS credentials"),
            Printer(("codeartifact", "get-authorization-token"), "the repository's token"),
            Printer(("kms", "decrypt"), "the decrypted text"),
            Printer(("eks", "get-token"), "the cluster's token"),
            Printer(
                ("rds|dsql|redshift.*", "generate-db-(connect-.*)?auth-token|get-(cluster-)?credentials.*"),
                "a database's password",
            ),
            Printer(("cognito-idp", "(admin-)?initiate-auth"), "the user's tokens"),
            Printer(("sso|sso-oidc", "get-role-credentials|create-token"), "temporary AWS credentials"),
            Printer(("iam", "create-access-key"), "the new access key"),
        ),
    ),
    Program(
        names=("gcloud",),
        printers=(
            Printer(
                (
                    "auth(lication-default)?|auth",
                    "(application-default|print-access-token|print-identity-token)",
                ),
                "an access token",
                unless=r"login|revoke|activate",
            ),
            Printer(("secrets", "versions", "access"), "the secret"),
            Printer(("sql", "generate-login-token"), "a login token"),
            Printer(("iam", "service-accounts", "keys", "create", "-|/dev/stdout"), "the new key"),
        ),
    ),
    Program(
        names=("az",),
        arguments=(Argument(r"-p|--password=", r"-p|--password", "a federated login", when=r"login\b"),),
        printers=(
            Printer(("account", "get-access-token"), "an access token"),
            Printer(("keyvault", "secret", "show"), "the secret"),
            Printer(("acr", "login"), "the registry's token", only="--expose-token"),
            Printer(("ad", "sp", "create-for-rbac"), "the new client secret"),
            Printer(("ad", "app|sp", "credential", "reset"), "the new client secret"),
            Printer(
                (
                    "storage|webapp|functionapp|cosmosdb|redis|servicebus|eventhubs",
                    r".*keys?|connection-string|generate-sas|account",
                ),
                "an access key",
                only=r"\bkeys? list\b|list-keys|list-publishing|connection-string|generate-sas",
            ),
        ),
    ),
    Program(names=("ibmcloud",), printers=(Printer(("iam", "oauth-tokens"), "an access token"),)),
    Program(names=("cf",), printers=(Printer(("oauth-token",), "an access token"),)),
    Program(names=("doctl",), printers=(Printer(("registry", "docker-config"), "the registry's password"),)),
    Program(names=("databricks",), printers=(Printer(("tokens|auth", "create|token"), "the token"),)),
    Program(
        names=("heroku",),
        printers=(
            Printer(("config(:get)?",), "the application's secrets"),
            Printer(("auth:token",), "the token"),
            Printer(("authorizations:create",), "the new token"),
        ),
    ),
)
