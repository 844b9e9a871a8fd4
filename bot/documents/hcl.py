"""HCL read once for both of its users: Terraform (HCL 2) and Vault's policy files (HCL 1), with places.

Nothing is evaluated here (`bot.vault.terraform.modules` does that). HCL 1 is a little wider than HCL 2 in ways that
Vault accepts to this day (quoted names of attributes and blocks, commas between attributes), so this reader accepts
both everywhere; tree-sitter's HCL grammar knows HCL 2 alone and loses such policies, which is why it is not used here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.hcl_nodes import HclFile
from bot.documents.hcl_reader import read_body, read_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.hcl_nodes import Expression
    from bot.documents.location import Place, Unreadable
    from bot.documents.nodes import Scalar


def parse_hcl(path: str, text: str, place: Callable[[int], Place] | None = None) -> HclFile | Unreadable:
    """`text` as blocks and attributes; `Unreadable` where nothing at all can be read.

    `place` maps an offset in `text` (0-based) to its place in the file `path`, for HCL that is inside
    another document (a heredoc, a YAML block); without it, `text` is the whole file.
    """
    body, unread = read_body(path, text, place)
    if unread and not body.blocks and not body.attributes:
        return unread[0]
    return HclFile(path, body, unread)


def parse_template(path: str, scalar: Scalar) -> Expression:
    """The text of `scalar` as a template (a file for `templatefile`, a string of a `.tf.json` file)."""
    return read_template(path, scalar)
