"""CSV files that end in the middle, never end, or are no text."""

from __future__ import annotations

import random
from collections.abc import Iterator

HEAD = "名称,数量\n"


def every() -> Iterator[tuple[str, bytes]]:
    draw = random.Random(5)
    yield "nothing.csv", b""
    yield "only a mark.csv", b"\xef\xbb\xbf"
    yield "half a mark.csv", b"\xef\xbb"
    yield "half a character.csv", (HEAD + "甲").encode()[:-1]
    yield "utf-16 of odd length.csv", b"\xff\xfe" + HEAD.encode("utf-16-le")[:-1]
    yield "halves of pairs.csv", b"\xff\xfe" + HEAD.encode("utf-16-le") + b"\x00\xd8\x00\xd8"
    yield "the other end first.csv", b"\xfe\xff" + HEAD.encode("utf-16-le")
    yield "two encodings.csv", HEAD.encode() + HEAD.encode("gb18030")
    yield "four bytes cut.csv", HEAD.encode("gb18030") + b"\x95\x32\x82"
    yield "noughts.csv", HEAD.encode() + b"\0" * 1_000_000
    yield "an open quotation mark.csv", (HEAD + '"甲,1\n' * 100_000).encode()
    yield "marks without end.csv", (HEAD + '"' * 1_000_001).encode()
    yield "one long cell.csv", (HEAD + "x" * 15_000_000).encode()
    yield "one long row.csv", (HEAD + "1," * 8_000_000).encode()
    yield "many headings.csv", ("," * 5_000_000 + "\n1\n").encode()
    yield "empty rows.csv", HEAD.encode() + b"\n" * 15_000_000
    yield "rows of separators.csv", HEAD.encode() + b",\n" * 7_000_000
    yield "returns alone.csv", (HEAD + "甲,1\r" * 500_000).encode()
    yield "too many rows.csv", (HEAD + "甲,1\n" * 300_000).encode()
    yield "a cell of lines.csv", (HEAD + '"' + "x\n" * 400_000 + '",1').encode()
    yield "the same heading.csv", "名称,名称\n1,2\n".encode()
    yield "an archive.csv", b"PK\x03\x04" + b"\0" * 100
    for number in range(14):
        yield f"noise {number}.csv", draw.randbytes(draw.choice((1, 40, 5000, 300_000)))
    for number in range(6):
        changed = bytearray((HEAD + "甲,1\n乙,2\n" * 50).encode(draw.choice(("utf-8", "gb18030", "utf-16"))))
        for _spot in range(draw.choice((1, 3, 20))):
            changed[draw.randrange(len(changed))] = draw.randrange(256)
        yield f"changed {number}.csv", bytes(changed)
