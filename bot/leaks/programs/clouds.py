"""Clients of cloud providers: `aws`, `gcloud`, `az`, `heroku`."""

from __future__ import annotations

from bot.leaks.program import Argument, Printer, Program

PROGRAMS = (
    Program(
        names=("aws",),
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
        ),
    ),
    Program(
        names=("heroku",),
        printers=(
            Printer(("config(:get)?",), "the application's secrets"),
            Printer(("auth:token",), "the token"),
        ),
    ),
)
