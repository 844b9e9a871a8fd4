"""Sealcheck: reviews merge requests for secret hygiene."""

__version__ = "0.1.0"
