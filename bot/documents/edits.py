"""Line-surgical edits of YAML and JSON (being built)."""

from __future__ import annotations
