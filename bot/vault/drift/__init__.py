"""A running server against the code that should have made it: by meaning, role by role and policy by policy."""
