"""The readable files of one tree, each parsed once, on first use."""

from __future__ import annotations
