"""Modules from elsewhere that make a trust of their inputs: their text is not in the repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.clouds.issuers import host_of, is_subject_like, looks_like_gitlab
from bot.documents.location import Unreadable
from bot.documents.nodes import Scalar, walk
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Mapping
    from bot.vault.terraform.modules import Terraform

# Names of inputs that take an issuer in public modules (terraform-aws-modules/iam, terraform-google-modules, Azure's
# verified modules, 2026-11).
_ISSUER = regex(r"oidc|issuer|provider_ur[il]|federat|identity_provider", re.IGNORECASE)
_IS_LOCAL = (".", "/")


def unread_modules(terraform: Terraform, own_host: str) -> Iterator[Unreadable]:
    """Yield the calls that give a module from elsewhere an issuer or a subject of GitLab."""
    for module in terraform.modules.values():
        for block in module.calls:
            source = block.body.get("source")
            if not isinstance(source, Scalar) or source.text.startswith(_IS_LOCAL):
                continue
            input_name = _trusting_input(module.fields(block.body, {}, block.span), own_host)
            if input_name:
                yield Unreadable(
                    block.span.path,
                    block.span.start_line,
                    f"the trust that the module {block.label(0)} makes of `{input_name}` was not checked: the text of"
                    f" {source.text} is not in this repository",
                )


def _trusting_input(inputs: Mapping, own_host: str) -> str:
    """Return the name of the first input that is about tokens of GitLab, "" where there is none."""
    for entry in inputs:
        name = entry.key.text
        texts = (
            [node.text for node in walk(entry.value) if isinstance(node, Scalar)] if name != "source" else []
        )
        if any(map(is_subject_like, texts)):
            return name
        if _ISSUER.search(name) and any(
            looks_like_gitlab(host_of(text), own_host, (text,)) for text in texts
        ):
            return name
    return ""
