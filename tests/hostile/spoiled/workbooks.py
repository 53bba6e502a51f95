"""Workbooks as nobody's program writes them: each is made from a good one by one rule."""

from __future__ import annotations

import io
import random
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator

from tests.support.workbooks import workbook

SHEET, TEXTS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
BOOK, LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
FAR = (
    "CV4294967295", "CV1048576", "XFD1048576", "A4294967295", "A99999999999999999999", "AAAA1", "ZZZZZZZZZZ2", "A0",
    "a2", "$A$2", "A-2", "A02", "", "2", "A", "A2:B900000", "\uff212", "A1048577", "A3", "B1",
)  # fmt: skip
ROWS = ("0", "-1", "1048576", "1000000000", "4294967296", "18446744073709551617", "x", "", "02", "1", "1e6", "+2")


def good() -> bytes:
    """A workbook of two columns and three rows, with a list of texts, as Excel would write it."""
    return workbook(["甲", "乙"], [["一", "二"], ["三", 4], [5.5, None]], constant_memory=False)


def rewritten(change: Callable[[str, bytes], bytes | None], more: dict[str, bytes] | None = None) -> bytes:
    """The good one with parts changed, left out (None) or added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good())) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            changed = change(part.filename, old.read(part))
            if changed is not None:
                new.writestr(part.filename, changed)
        for name, content in (more or {}).items():
            new.writestr(name, content)
    return stream.getvalue()


def with_part(part: str, content: bytes | str) -> bytes:
    found = content.encode() if isinstance(content, str) else content
    return rewritten(lambda name, kept: found if name == part else kept)


def in_part(part: str, old: str, new: str) -> bytes:
    """The good one with the first of these words in a part exchanged."""
    return rewritten(lambda name, kept: kept.replace(old.encode(), new.encode(), 1) if name == part else kept)


def sheet(rows: str, before: str = "", after: str = "") -> str:
    head = f'<?xml version="1.0" encoding="UTF-8"?><worksheet {SPACE}>'
    return f"{head}{before}<sheetData>{rows}</sheetData>{after}</worksheet>"


def headed(cells: str, row: str = '<row r="2">') -> str:
    """Two headings, and a row below."""
    return f'<row r="1">{text("A1", "甲")}{text("B1", "乙")}</row>{row}{cells}</row>'


def numbered(count: int, value: str, more: str = "") -> str:
    """Rows of one cell each, all with their numbers, so that they cannot be packed beyond the ratio that is taken."""
    return "".join(f'<row r="{row}"><c r="A{row}"{more}>{value}</c></row>' for row in range(1, count + 1))


def text(place: str, said: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{said}</t></is></c>'


def places() -> Iterator[tuple[str, bytes]]:
    """Cells and rows that are not where they say, or so far away that a table up to them fills any memory."""
    for address in FAR:
        yield f"cell {address}", with_part(SHEET, sheet(headed(f'<c r="{address}"><v>1</v></c>')))
    for number in ROWS:
        yield f"row {number}", with_part(SHEET, sheet(headed("<c><v>1</v></c>", f'<row r="{number}">')))
    written = "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>' for row in (9, 3, 200_000, 1))
    yield "rows in disorder", with_part(SHEET, sheet(written))
    yield "cells in disorder", with_part(SHEET, sheet(headed('<c r="B2"><v>1</v></c><c r="A2"><v>1</v></c>')))
    yield "an address in entities", with_part(SHEET, sheet(headed('<c r="&#67;&#86;2"><v>1</v></c>' * 2000)))
    yield "a row in entities", with_part(SHEET, sheet(headed("<c><v>1</v></c>", '<row r="&#50;00000">')))
    yield "cells without end", with_part(SHEET, sheet(headed("<c><v>1</v></c>" * 50_000)))
    yield "rows without end", with_part(SHEET, sheet(numbered(250_000, "<v>1</v>")))
    yield "a cell within a cell", with_part(SHEET, sheet(headed('<c r="A2"><c r="CV99999"><v>1</v></c></c>')))
    for size in ("A1:XFD1048576", "A1:A99999999999", "x", "", "XFD1048576:A1"):
        yield (
            f"dimension {size}",
            with_part(SHEET, sheet(headed('<c r="A2"><v>1</v></c>'), f'<dimension ref="{size}"/>')),
        )
    for ranges in (["A1:XFD1048576"], [f"A{n}:XFD{n}" for n in range(1, 40_000)], ["A1:A0", "x"]):
        merged = "<mergeCells>" + "".join(f'<mergeCell ref="{each}"/>' for each in ranges) + "</mergeCells>"
        yield f"{len(ranges)} merged ranges", with_part(SHEET, sheet(headed('<c r="A2"><v>1</v></c>'), after=merged))


def texts() -> Iterator[tuple[str, bytes]]:
    """Lists of texts and of styles that say more than they hold, or hold more than they say."""
    for count in ("4294967295", "18446744073709551615", "-1", "x"):
        yield f"{count} texts", in_part(TEXTS, 'uniqueCount="', f'uniqueCount="{count}" was="')
        yield f"{count} styles", in_part(STYLES, "<cellXfs ", f'<cellXfs count="{count}" was')
    for key in ("999999", "-1", "4294967295", "x", "1e3", ""):
        yield f"text number {key}", with_part(SHEET, sheet(headed(f'<c r="A2" t="s"><v>{key}</v></c>')))
        yield f"style number {key}", with_part(SHEET, sheet(headed(f'<c r="A2" s="{key}"><v>1</v></c>')))
    noise = random.Random(1).randbytes(8000).hex()
    cells = numbered(100_000, "<v>0</v>", ' t="s"')
    pieces = [f"<r><t>{noise[at : at + 40]}</t></r>" for at in range(0, 16_000, 40)]
    repeated = {
        "one text in every cell": f"<t>{noise}</t>", "one text in pieces": "<!-- </si> -->".join(pieces),
        "one text as CDATA": f"<t><![CDATA[{noise}]]></t>",
    }  # fmt: skip
    for name, said in repeated.items():
        listed = f"<sst {SPACE}><si>{said}</si></sst>".encode()
        parts = {SHEET: sheet(cells).encode(), TEXTS: listed}
        yield name, rewritten(lambda part, kept, parts=parts: parts.get(part, kept))  # type: ignore[misc]
    yield "no list of texts", rewritten(lambda name, kept: None if name == TEXTS else kept)
    yield "no styles", rewritten(lambda name, kept: None if name == STYLES else kept)
    yield "styles without end", in_part(STYLES, "<xf ", '<xf numFmtId="22"/>' * 400_000 + "<xf ")
    yield "a list of texts that is none", with_part(TEXTS, b"\xff\xfe" + "<sst/>".encode("utf-16-le"))


def values() -> Iterator[tuple[str, bytes]]:
    """Cells whose values no cell has."""
    for kind, said in (
        ("n", "1e999"), ("n", "nan"), ("n", "9" * 100_000), ("n", "-1e-400"), ("n", "1_000"), ("b", "2"), ("e", ""),
        ("e", "#ODD!"), ("d", "2026-13-45T99:99:99"), ("d", "x" * 1000), ("zzz", "1"), ("str", "\u202e" * 1000),
        ("s", "1.5"), ("str", "x" * 190_000), ("str", "&#0;"), ("str", "&#xD800;"), ("str", "&unknown;"), ("n", " 1 "),
    ):  # fmt: skip
        yield f"a value {kind} {said[:9]}", with_part(SHEET, sheet(headed(f'<c r="A2" t="{kind}"><v>{said}</v></c>')))
    for number in ("1e300", "-1", "2958466", "60", "0.999999999999"):
        dated = in_part(STYLES, 'numFmtId="0"', 'numFmtId="22"')
        cells = sheet(headed(f'<c r="A2" s="0"><v>{number}</v></c>')).encode()
        yield f"the day {number}", _again(dated, SHEET, cells)
    for formula in (
        '<f t="shared" si="0" ref="A2:XFD1048576">1</f>',
        '<f t="array" ref="x">1</f>',
        "<f>" + "(" * 50_000 + "</f>",
    ):
        yield f"a formula {formula[:20]}", with_part(SHEET, sheet(headed(f'<c r="A2">{formula}<v>1</v></c>')))


def _again(content: bytes, part: str, changed: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for found in old.infolist():
            new.writestr(found.filename, changed if found.filename == part else old.read(found))
    return stream.getvalue()


def markup() -> Iterator[tuple[str, bytes]]:
    """Parts that are no XML, or more than XML."""
    entity = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    laughs = (
        "<!DOCTYPE a [" + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(12)) + "]>"
    )
    for part in (SHEET, TEXTS, STYLES, BOOK, LINKS, "docProps/app.xml"):
        for name, said in (("entity", entity), ("laughs", laughs)):
            yield f"{name} in {part}", in_part(part, "?>", f"?>{said}")
        yield (
            f"{part} cut off",
            rewritten(lambda name, kept, part=part: kept[: len(kept) // 2] if name == part else kept),
        )  # type: ignore[misc]
    plain = sheet(headed('<c r="A2"><v>1</v></c>'))
    for encoding in ("utf-16", "utf-7", "cp037", "latin-1", "gb18030"):
        said = plain.replace("UTF-8", encoding)
        yield f"a sheet in {encoding}", with_part(SHEET, said.encode(encoding, "replace"))
        yield f"a sheet that says {encoding}", with_part(SHEET, said)
    yield "a deep sheet", with_part(SHEET, "<a>" * 200_000)
    yield (
        "a sheet of attributes",
        with_part(SHEET, sheet("<row " + " ".join(f'a{n}="1"' for n in range(20_000)) + "/>")),
    )
    yield "a sheet of one tag", with_part(SHEET, "<" + "a" * 190_000 + ">")
    yield "a sheet of comments", with_part(SHEET, sheet("<!-- -->" * 200_000 + headed('<c r="A2"><v>1</v></c>')))
    yield "two sheets in one", with_part(SHEET, plain + plain.partition("?>")[2])
    yield "an empty sheet", with_part(SHEET, b"")


def books() -> Iterator[tuple[str, bytes]]:
    """Indexes that show one reader another sheet than the other."""
    far = sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="CV1048576"><v>1</v></c></row>').encode()
    link = f'<Relationship Id="rIdx" Type="{DOCUMENT}/worksheet" Target="worksheets/far.xml"/>'
    hidden = '<sheet name="数据" sheetId="9" state="hidden" r:id="rIdx"/>'
    changes = {BOOK: ("<sheets>", f"<sheets>{hidden}"), LINKS: ("</Relationships>", f"{link}</Relationships>")}

    def twice(name: str, kept: bytes) -> bytes:
        old, new = changes.get(name, ("", ""))
        return kept.replace(old.encode(), new.encode(), 1)

    yield "two sheets of one name", rewritten(twice, {"xl/worksheets/far.xml": far})
    yield "another case", rewritten(lambda _name, kept: kept, {"XL/Worksheets/Sheet1.xml": far})
    yield "another slash", rewritten(lambda _name, kept: kept, {"xl\\worksheets\\sheet1.xml": far})
    other = (
        f'<Relationships><Relationship Id="a" Type="{DOCUMENT}/officeDocument" Target="xl/other.xml"/></Relationships>'
    )
    yield (
        "another book",
        rewritten(
            lambda name, kept: other.encode() if name == "_rels/.rels" else kept, {"xl/other.xml": b"<workbook/>"}
        ),
    )
    for target in (
        "../../../etc/passwd",
        "/etc/passwd",
        "styles.xml",
        "",
        "x" * 9000,
        "worksheets/../worksheets/sheet1.xml",
    ):
        yield f"a sheet at {target[:20]}", in_part(LINKS, "worksheets/sheet1.xml", target)
    yield "an odd state", in_part(BOOK, "<sheet ", '<sheet state="odd" ')
    yield "no sheet", in_part(BOOK, "<sheet ", "<other ")
    yield "no index", rewritten(lambda name, kept: None if name == LINKS else kept)
    yield "one link twice", in_part(LINKS, "</Relationships>", link.replace("rIdx", "rId1") + "</Relationships>")


def archives() -> Iterator[tuple[str, bytes]]:
    """Zip files that lie about what they hold, and files that were cut or changed anywhere."""
    whole, draw = good(), random.Random(11)
    directory = whole.index(b"PK\x01\x02")
    lies = {
        "packed size": (20, struct.pack("<I", 2**31)), "size": (24, struct.pack("<I", 2**32 - 1)),
        "small size": (24, struct.pack("<I", 1)), "offset": (42, struct.pack("<I", 2**31)),
        "method": (10, struct.pack("<H", 99)), "lock": (8, struct.pack("<H", 1)), "sum": (16, b"\0\0\0\0"),
        "length of a name": (28, struct.pack("<H", 65_535)),
    }  # fmt: skip
    for name, (place, packed) in lies.items():
        changed = bytearray(whole)
        changed[directory + place : directory + place + len(packed)] = packed
        yield f"a wrong {name}", bytes(changed)
    yield "many parts", _packed({f"a{n}": b"" for n in range(3000)})
    yield "a bomb", with_part("docProps/app.xml", b" " * 60_000_000)
    yield "a bomb of cells", with_part(SHEET, sheet("<row><c><v>1</v></c></row>" * 500_000))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stream = io.BytesIO(whole)
        with zipfile.ZipFile(stream, "a") as file:
            file.writestr(SHEET, "<worksheet/>")
    yield "one part twice", stream.getvalue()
    yield "something before", b"PK\x03\x04" + b"x" * 500 + whole
    yield "something behind", whole + b"PK\x05\x06" + b"\0" * 18
    yield "two in one", whole + good()
    yield "a locked workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000
    for _try in range(20):
        yield f"cut at {_try}", whole[: draw.randrange(4, len(whole))]
        changed = bytearray(whole)
        for _spot in range(draw.choice((1, 2, 8, 40))):
            changed[draw.randrange(4, len(changed))] = draw.randrange(256)
        yield f"changed {_try}", bytes(changed)


def _packed(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return stream.getvalue()


def every() -> Iterator[tuple[str, bytes]]:
    for rule in (places, texts, values, markup, books, archives):
        for name, content in rule():
            yield f"{name}.xlsx", content
