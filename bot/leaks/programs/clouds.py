"""Clients of cloud providers: `aws`, `gcloud`, `az`, `heroku`."""

from __future__ import annotations

from bot.leaks.program import NEVER, Argument, Keeps, Printer, Program

PROGRAMS = (
    Program(
        names=("aws",),
        keeps=(Keeps(r"configure set\b", "/root/.aws/credentials"),),
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
            Printer(("lightsail", "get-relational-database-master-user-password"), "a database's password"),
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
    Program(
        names=("yc",),
        printers=(
            Printer(("iam", "create-token"), "an access token"),
            Printer(("lockbox", "payload", "get"), "the secret"),
        ),
    ),
    Program(names=("scw",), printers=(Printer(("secret", "version", "access"), "the secret"),)),
    Program(names=("openstack",), printers=(Printer(("token", "issue"), "an access token"),)),
    Program(names=("oci",), printers=(Printer(("secrets", "secret-bundle", "get.*"), "the secret"),)),
    Program(names=("ibmcloud",), printers=(Printer(("iam", "oauth-tokens"), "an access token"),)),
    Program(
        names=("cf",),
        printers=(
            Printer(("oauth-token",), "an access token"),
            Printer(("env|e",), "the application's variables"),
            Printer(("service-key",), "the service's credentials"),
        ),
    ),
    Program(
        names=("doctl",),
        printers=(
            Printer(("registry", "docker-config"), "the registry's password"),
            Printer(("auth", "token"), "the token"),
        ),
    ),
    Program(
        names=("fly", "flyctl"),
        printers=(Printer(("auth", "token"), "the token"), Printer(("tokens", "create"), "the new token")),
    ),
    Program(
        names=("railway",), printers=(Printer(("variables",), "the application's secrets", unless=r"--set"),)
    ),
    Program(names=("eb",), printers=(Printer(("printenv",), "the application's variables"),)),
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
