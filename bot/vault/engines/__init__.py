"""Roles and connections of secret engines, and every format that they are written in."""
