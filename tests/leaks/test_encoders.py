"""Programs that make another form of what they read: to standard output, or into a file."""

from __future__ import annotations

import pytest

from bot.leaks.analysis import leaks_of
from bot.leaks.model import Sink
from bot.snapshot import Tree
from tests.leaks.jobs import job


def sinks(*script, artifacts=""):
    return [leak.sink for leak in leaks_of(job(*script, artifacts=artifacts), Tree({}))]


@pytest.mark.parametrize(
    "script",
    [
        'gzip "$F"', 'xz -k "$F"', 'bzip2 -k "$F"', 'zstd "$F" -o k.zst', 'brotli -o k.br "$F"', 'brotli "$F"', 'lz4 "$F" k.lz4',
        'lz4 -m "$F"', 'pigz -p 2 "$F"', 'gzip -t "$F"', 'iconv -o out.txt "$F"', 'iconv -f L1 --output=out.txt "$F"',
        'xxd "$F" out.hex', 'xxd -p -r "$F" out.bin', 'gzip -d "$F"', 'xz "$F" --keep', 'zstd "$F" -o "$OUT"',
    ],
)  # fmt: skip
def test_a_file_that_is_written_is_not_shown(script):
    assert sinks(script) == []


@pytest.mark.parametrize(
    "script",
    [
        ('gzip -c "$F"',), ('zstd "$F" --stdout',), ('echo "$K" | zstd',), ('echo "$K" | brotli',), ('echo "$K" | lz4',),
        ('echo "$K" | gzip -9 -',), ('lz4 "$F"',), ('brotli -c "$F"',), ('iconv -t UTF-16 "$F"',), ('xxd "$F"',), ('xxd "$F" -',),
        ('echo "$K" > b', "gzip b", "cat b.gz | zcat"), ('echo "$K" > b', "xz b", "unxz b.xz", "cat b"),
        ('brotli -o k.br "$F"', "brotli -dc k.br"), ('zstd "$F" -o k.zst', "zstdcat k.zst"),
        ('iconv -o out.txt "$F"', "cat out.txt"), ('xxd "$F" out.hex', "cat out.hex"),
    ],
)  # fmt: skip
def test_standard_output_is_shown(script):
    assert sinks(*script) == [Sink.TRANSFORMED]


def test_what_is_written_beside_a_file_goes_with_the_artifacts():
    assert sinks('echo "$K" > b', "gzip b", artifacts="b.gz") == [Sink.UPLOAD]
    assert sinks('echo "$K" > b', "gzip b", artifacts="b") == []
    assert sinks('echo "$K" > b', "gzip -k b", artifacts="b") == [Sink.UPLOAD]
