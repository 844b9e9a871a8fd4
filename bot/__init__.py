"""Sealcheck: reviews merge requests for secret hygiene."""

__version__ = "0.2.0"
