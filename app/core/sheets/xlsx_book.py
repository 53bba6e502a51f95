"""The index of a workbook says which part holds which sheet; a workbook of one sheet gets an index made here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import defusedxml.ElementTree as DefusedTree  # noqa: N812  # the module has the name of a class
from defusedxml import DefusedXmlException

from app.core.files.archive import Archive
from app.core.files.bad_file import BadFile
from app.core.files.bad_file import to_translate as _l
from app.core.sheets.limits import LARGEST_INDEX, damaged

_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATION = f"{{{_DOCUMENT}}}id"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_WORKBOOK, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
# What Excel calls the parts of a workbook of one sheet, and how its index speaks of them.
SHEET, TEXTS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
_KINDS = {SHEET: "worksheet", TEXTS: "sharedStrings", STYLES: "styles"}


@dataclass(frozen=True)
class Book:
    """The parts of a workbook that an import reads, by their names in its archive; "" for one that is not there."""

    sheet: str
    texts: str
    styles: str
    is_1904: bool


def book_of(archive: Archive) -> Book:
    """Return where the first visible sheet stands, as the workbook's own index says.

    errors  BadFile
    """
    book = list(_index(archive, _WORKBOOK).iter())
    links = list(_index(archive, _LINKS).iter())
    parts = {
        kind: {link.get("Id"): _part(archive, link) for link in links if link.get("Type", "").endswith(f"/{kind}")}
        for kind in _KINDS.values()
    }
    sheets = [element for element in book if _local(element) == "sheet"]
    shown = [element.get(_RELATION) for element in sheets if element.get("state", "visible") == "visible"]
    if sheets and not shown:
        raise BadFile(_l("The workbook has no visible sheet."))
    found = [parts["worksheet"][key] for key in shown if parts["worksheet"].get(key)]
    if not found:
        raise damaged()
    texts, styles = (next(iter(parts[kind].values()), "") for kind in ("sharedStrings", "styles"))
    days = [element.get("date1904") for element in book if _local(element) == "workbookPr"]
    return Book(found[0], texts, styles, any(said in ("1", "true") for said in days))


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _part(archive: Archive, link: Mapping[str, str] | Element) -> str:
    """Return the part that a link leads to; "" when there is none of that name."""
    target = str(link.get("Target", "")).replace("\\", "/").lower()
    name = target[1:] if target.startswith("/") else target if target.startswith("xl/") else f"xl/{target}"
    return name if name in archive.parts else ""


def _index(archive: Archive, name: str) -> Element:
    if name not in archive.parts or archive.parts[name].file_size > LARGEST_INDEX:
        raise damaged()
    try:
        root: Element = DefusedTree.fromstring(b"".join(archive.read(name)), forbid_dtd=True)
    except (DefusedXmlException, DefusedTree.ParseError, LookupError, ValueError) as error:
        raise damaged() from error
    return root


def index_of(parts: Collection[str], *, is_1904: bool) -> dict[str, bytes]:
    """Return the index of a workbook that has these parts and no others."""
    epoch = '<workbookPr date1904="1"/>' if is_1904 else ""
    sheet = '<sheet name="sheet" sheetId="1" r:id="rId0"/>'
    book = f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}">{epoch}<sheets>{sheet}</sheets></workbook>'
    return {
        "_rels/.rels": _links([(f"{_DOCUMENT}/officeDocument", _WORKBOOK)]),
        _WORKBOOK: book.encode(),
        _LINKS: _links([(f"{_DOCUMENT}/{kind}", name) for name, kind in _KINDS.items() if name in parts]),
    }


def _links(targets: list[tuple[str, str]]) -> bytes:
    links = "".join(
        f'<Relationship Id="rId{place}" Type="{kind}" Target="/{name}"/>' for place, (kind, name) in enumerate(targets)
    )
    return f'<Relationships xmlns="{_PACKAGE}">{links}</Relationships>'.encode()
