"""Nodes to Vault meaning: roles in every format, claim matching, policies, mounts, engines, audit devices."""
