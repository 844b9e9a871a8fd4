"""Roles and mounts of a JWT auth method, and every format that they are written in."""
