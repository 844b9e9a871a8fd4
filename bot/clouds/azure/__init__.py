"""Federated identity credentials of applications and managed identities."""
