"""A policy: what it says, what it grants, what it lets escalate."""
