"""What a YAML scalar means to Psych, the reader that GitLab uses.

After Psych 4.0.4, `lib/psych/scalar_scanner.rb` and `visitors/to_ruby.rb` (read 2026-11): YAML 1.1 with
Ruby's own habits. GitLab permits no class but Symbol and its own `!reference`.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from typing import Final, TypeAlias

from bot.lazy import regex

Value: TypeAlias = str | int | float | bool | None

_BUILT_IN: Final = "tag:yaml.org,2002:"
_STR: Final = _BUILT_IN + "str"
BINARY_TAGS: Final = frozenset({"!binary", "tag:yaml.org,2002:binary"})
_FLOAT_TAGS: Final = frozenset({"!float", "tag:yaml.org,2002:float"})
_STRING_TAG: Final = regex(r"!(?:str|ruby/string)(?::(?P<name>.*))?\Z")
REFERENCE: Final = "!reference"
"""the tag of a reference, the one class of GitLab's own"""
UNFILLED: Final = "!unfilled"
"""the tag that marks a text with a block in it whose value is not known"""
SYMBOL_TAG: Final = "!ruby/symbol"
_SYMBOL_TAG: Final = regex(r"!ruby/sym(?:bol)?:?")
_QUOTED_SYMBOL: Final = regex(r""":(["'])(.*)\1""")

_CLASS_TAGS_OF_SCALARS: Final = regex(
    r"!ruby/(?:object:(?:BigDecimal|DateTime|Complex|Rational)\Z|class\Z|module\Z|regexp\Z|range\Z|encoding\Z)"
)
_CLASS_TAGS_OF_COLLECTIONS: Final = regex(
    r"!ruby/(?:array:|struct|object|string:|range\Z|exception|hash-with-ivars|hash:|marshalable:)"
    r"|!(?:seq|map|str):|(?:!|tag:yaml\.org,2002:)(?:set|omap)\Z"
)

_FLOW_SIGNS: Final = frozenset(",[]{}")

_WORDS: Final[dict[str, Value]] = {
    "~": None, "null": None,
    "yes": True, "true": True, "on": True,
    "no": False, "false": False, "off": False,
}  # fmt: skip
_LONGEST_WORD: Final = 5
_NUMBER_STARTS: Final = frozenset("0123456789.:-")
_WORD_SIGNS: Final = frozenset("_ \t\n\v\f\r!@#$%^&*(){}<>|/\\~;=")

_TIME: Final = regex(
    r"-?[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t\f\v]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"
    r"(?:[ \t\f\v]*(?:Z|[-+][0-9]{1,2}:?(?:[0-9]{2})?))?"
)
_DATE: Final = regex(r"[0-9]{4}-(?:1[012]|0[0-9]|[0-9])-(?:[12][0-9]|3[01]|0[0-9]|[0-9])")
_SIXTIES: Final = regex(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}")
_SIXTIES_FRACTION: Final = regex(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}\.[0-9_]*")
_FLOAT: Final = regex(r"[-+]?(?:[0-9][0-9_,]*)?\.[0-9]*(?:[eE][-+][0-9]+)?")
_INTEGER: Final = regex(
    r"[-+]?(?:(?P<binary>0b[01_,]+)|(?P<octal>0[0-7_,]+)|(?P<decimal>0|[1-9](?:[0-9]|,[0-9]|_[0-9])*)"
    r"|(?P<hex>0x[0-9a-fA-F_,]+))"
)
_RUBY_FLOAT: Final = regex(r"[-+]?[0-9]+(?:_[0-9]+)*(?:\.[0-9]+(?:_[0-9]+)*)?(?:[eE][-+]?[0-9]+)?")
"""what Ruby's `Float()` takes although it is text to the reader of YAML, such as `1e3`"""
_MOST_DIGITS: Final = 4000
"""Python refuses to convert more than 4,300 digits; Ruby does not. Nothing here is that long by accident."""


class RefusedValue(Exception):
    """GitLab would refuse this value; the message says why and how to write it instead."""


@lru_cache(maxsize=8192)
def typed(text: str) -> Value:
    """The value of a plain scalar. Symbols (`:name`) come back as their name, dates and times raise.

    Raises:
        RefusedValue: the text is a date or a time, classes that GitLab does not permit.
    """
    if not text:
        return None
    if _is_word(text):
        return _WORDS.get(text.lower(), text) if len(text) <= _LONGEST_WORD else text
    if _TIME.fullmatch(text) or _DATE.fullmatch(text):
        raise RefusedValue(f"GitLab refuses a bare {'time' if ':' in text else 'date'}: put it in quotes")
    return _symbol_or_number(text)


@lru_cache(maxsize=8192)
def typed_or_text(text: str) -> Value:
    """As `typed`; what GitLab refuses (dates) is its own text to the others."""
    try:
        return typed(text)
    except RefusedValue:
        return text


def typed_of_tag(tag: str, text: str) -> Value:
    """The value of a scalar with an explicit tag; an unknown tag changes nothing, `!!int` least of all.

    Raises:
        RefusedValue: the tag names a Ruby class, or the value cannot be what the tag says.
    """
    _check_separated(tag)
    string = _STRING_TAG.match(tag)
    if tag == _STR or (string and not string["name"]):
        return text
    if string or _CLASS_TAGS_OF_SCALARS.match(tag):
        raise RefusedValue(
            f"GitLab refuses the tag {tag.partition(':')[0]}: write the value without a Ruby class"
        )
    if tag in BINARY_TAGS:
        return _from_base64(text)
    if _SYMBOL_TAG.match(tag) or tag == REFERENCE:
        return text
    if tag in _FLOAT_TAGS:
        value = typed(text)
        if isinstance(value, str) and _RUBY_FLOAT.fullmatch(value.strip()):
            return float(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise RefusedValue(
                "the value is no number, though its tag !!float says so: correct it or drop the tag"
            )
        return float(value)
    return typed(text)


def check_collection_tag(tag: str) -> None:
    """Nothing, where GitLab accepts a mapping or a sequence with this tag.

    Raises:
        RefusedValue: the tag names a Ruby class, or a set or ordered map, which would become one.
    """
    _check_separated(tag)
    if _CLASS_TAGS_OF_COLLECTIONS.match(tag):
        raise RefusedValue(f"GitLab refuses the tag {tag.partition(':')[0]}: write a plain mapping or list")


def _check_separated(tag: str) -> None:
    """Refuse `!foo[1]`, as Psych does; libyaml 0.1.7 takes it for one long tag."""
    if not _FLOW_SIGNS.isdisjoint(tag.removeprefix(_BUILT_IN)):
        raise RefusedValue("there is no blank between a tag and its value: put one there")


def key_text(value: Value) -> str:
    """How Ruby prints a key: `yes` is the key "true", `010` the key "8", an empty one ""."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _float_text(value) if isinstance(value, float) else str(value)


def _float_text(value: float) -> str:
    """How Ruby prints a float: as Python does, but for what is no number and for what is written with an exponent."""
    if value != value:  # noqa: PLR0124 - the one value that is not itself
        return "NaN"
    if value in {float("inf"), float("-inf")}:
        return "Infinity" if value > 0 else "-Infinity"
    mantissa, e, exponent = repr(value).partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}" if e else mantissa


def is_symbol(tag: str | None) -> bool:
    """Whether a scalar with this tag is a symbol of Ruby, which GitLab accepts as text in some places only."""
    return tag is not None and _SYMBOL_TAG.match(tag) is not None


def symbol_prefix(text: str) -> int:
    """How many characters are before the name of a symbol that is written `:name` or `:"name"`."""
    quoted = _QUOTED_SYMBOL.match(text)
    return (3 if quoted[2].startswith(":") else 2) if quoted else 1


def _is_word(text: str) -> bool:
    """Psych's first sieve: what can be no number, date or symbol."""
    first = text[0]
    if first.isalpha() or first in _WORD_SIGNS or "\n" in text:
        return True
    return first not in _NUMBER_STARTS and len(text) > 1 and (text[1].isalpha() or text[1] in _WORD_SIGNS)


def _symbol_or_number(text: str) -> Value:  # noqa: PLR0911 - one question after the other, as Psych asks them
    lower = text.lower()
    if lower in {".inf", "+.inf", "-.inf"}:
        return float(lower.replace(".", ""))
    if lower == ".nan":
        return float("nan")
    if text[0] == ":" and len(text) > 1:
        quoted = _QUOTED_SYMBOL.match(text)
        return quoted[2].removeprefix(":") if quoted else text[1:]
    if _SIXTIES.fullmatch(text):
        return int(sum(_leading_int(part) * 60 ** abs(at - 2) for at, part in enumerate(text.split(":"))))
    if _SIXTIES_FRACTION.fullmatch(text):
        return float(sum(_leading_float(part) * 60 ** abs(at - 2) for at, part in enumerate(text.split(":"))))
    if _FLOAT.fullmatch(text):
        return text if text.strip("-+") == "." else float(re.sub("[,_]", "", text))
    return _integer(text)


def _integer(text: str) -> int | str:
    match = _INTEGER.fullmatch(text)
    if match is None or len(text) > _MOST_DIGITS:
        return text
    digits = re.sub("[,_]", "", text)
    base = {"binary": 2, "octal": 8, "decimal": 10, "hex": 16}[str(match.lastgroup)]
    try:
        return int(digits, base)
    except ValueError:  # "0b_": Psych itself fails there
        return text


def _leading_int(part: str) -> int:
    """Ruby's `to_i`: single underscores between digits count, the rest is cut."""
    match = re.match(r"[-+]?[0-9]+(?:_[0-9]+)*", part)
    return int(match[0].replace("_", "")) if match else 0


def _leading_float(part: str) -> float:
    match = re.match(r"[-+]?[0-9]+(?:_[0-9]+)*(?:\.[0-9]+(?:_[0-9]+)*)?", part)
    return float(match[0].replace("_", "")) if match else 0.0


def _from_base64(text: str) -> str:
    letters = re.sub(r"[^A-Za-z0-9+/]", "", text.partition("=")[0])
    letters = letters[: len(letters) // 4 * 4 + (len(letters) % 4 if len(letters) % 4 > 1 else 0)]
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4)).decode(errors="replace")
    except binascii.Error:  # pragma: no cover - the letters above are always whole
        return text
