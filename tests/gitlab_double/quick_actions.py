"""What GitLab would execute in a comment: the regular expression of lib/gitlab/quick_actions/extractor.rb."""

from __future__ import annotations

import re

# The commands of merge requests (doc/user/project/quick_actions.md, partly from memory, 2026-11).
COMMANDS = [
    "add_child",
    "add_contacts",
    "approve",
    "unapprove",
    "assign",
    "assign_reviewer",
    "reviewer",
    "request_review",
    "request_changes",
    "unassign",
    "unassign_reviewer",
    "remove_reviewer",
    "submit_review",
    "reassign",
    "reassign_reviewer",
    "close",
    "reopen",
    "copy_metadata",
    "done",
    "todo",
    "draft",
    "ready",
    "wip",
    "estimate",
    "estimate_time",
    "remove_estimate",
    "spend",
    "spend_time",
    "spent",
    "remove_time_spent",
    "time",
    "label",
    "labels",
    "unlabel",
    "remove_label",
    "relabel",
    "lock",
    "unlock",
    "merge",
    "milestone",
    "remove_milestone",
    "react",
    "award",
    "rebase",
    "run_pipeline",
    "subscribe",
    "unsubscribe",
    "tableflip",
    "shrug",
    "target_branch",
    "title",
    "target",
    "attention",
    "remove_attention",
    "ship",
]
SUBSTITUTIONS = {"tableflip", "shrug"}

_NAMES = "|".join(sorted(COMMANDS, key=len, reverse=True))
_EXTRACTOR = re.compile(
    rf"""
      (?P<code>^```.+?\n```$)
    | (?P<inline>^.*`\n*.+?\n*`$)
    | (?P<html>^<[^>]+?>\n.+?\n</[^>]+?>$)
    | (?P<quote>^>>>.+?\n>>>$)
    | (?:^/(?P<cmd>(?i:{_NAMES}))(?:[ ](?P<arg>[^\n]*))?(?:\s*\n|$))
    """,
    re.MULTILINE | re.DOTALL | re.VERBOSE | re.IGNORECASE,
)


def extract(body: str) -> tuple[str, list[tuple[str, str]]]:
    """(the text that stays, [(command, argument) that would run])."""
    found: list[tuple[str, str]] = []

    def replace(match: re.Match[str]) -> str:
        if match["cmd"] is None:
            return match[0]
        found.append((match["cmd"].lower(), (match["arg"] or "").strip()))
        return ""

    return _EXTRACTOR.sub(replace, body.replace("\r", "")).rstrip(), found
