"""What functions of Python, JavaScript, Ruby, Perl and PHP make of a secret, by the words of an expression."""

from __future__ import annotations

import re
from typing import Final

from bot.lazy import regex
from bot.leaks.model import LeakedForm

MEASURES: Final = regex(
    r"\blen\(|\.length\b|\.size\b|\blength\b|strlen\(|sha256|hashlib|md5|sha1|hexdigest|createHash|bool\("
    r"|\bin os\.environ|Object\.keys\(process\.env\)|ENV\.keys|!!|\btypeof\b|\.nil\?|\.empty\?|\bdefined\b"
)
# What the functions of python, node, ruby, perl and php make of a text (their manuals, 2026-11).
_CHANGES: Final = regex(
    r"b(?:ase)?64|\bbtoa\(|encode64|\bhex(?:lify)?\b|\.hex\(|bin2hex|unpack|urllib|\bquote(?:_plus)?\(|urlencode|encodeURI|CGI\.escape"
    r"|url_encode|encode_www_form|uri_escape|\[::-1\]|\.?\breverse|strrev|\.upper\(|\.lower\(|\.(?:up|down|swap)case|toUpperCase|toLowerCase"
    r"|strto(?:upper|lower)|\b(?:uc|lc)\b|rot13|\.swapcase\(|\.split\([\"']{2}\)|\.chars|\blist\(|\bord\(|\[\.\.\.|\b[ul]cfirst\b|\bs([/|#])[^/|#]*\([^/|#]*\)|charCodeAt|zlib|gzip|str_rot13"
)
_CUTS: Final = regex(
    r"\]\s*\[\s*-?\d*\s*[:.,]|\)\s*\[\s*-?\d*\s*:|\bsubstr(?:ing)?\b|\.slice\b|\.split\(|\[-?\d+(?:\.\.|,)|explode\("
)
_QUOTES: Final = regex(
    r"\brepr\(|!r\}|json\.dumps|JSON\.stringify|json_encode|to_json|\.inspect\b|(?:^|[;\s])pp? |var_export|%r"
    r"|Dumper|escapeshellarg|shlex\.quote|shellescape"
)
READS_FILES: Final = regex(
    r"\bopen\(|read_text\(|readFile|File\.(?:read|open|foreach)|IO\.read|file_get_contents|\bfile\(|readfile\(|<\$?\w*>"
)


def made_of(code: str) -> LeakedForm:
    """What the code makes of the secrets in it."""
    if _CHANGES.search(code):
        return LeakedForm.CHANGED
    if _CUTS.search(code):
        return LeakedForm.PART
    if re.search(r"json\.loads?\(|JSON\.parse|json_decode", code):
        return LeakedForm.PART
    if re.search(r"readline\(|readlines\(\)\[|split(?:lines)?\([^)]*\)\s*\[|\.lines\.first|\.first\b", code):
        return LeakedForm.SOME_LINES
    return LeakedForm.QUOTED if _QUOTES.search(code) else LeakedForm.WHOLE
