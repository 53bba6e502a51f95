"""What the tests of paper share: a PDF read back, and a firm with a document of each kind."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from decimal import Decimal as D
from typing import Any

from pypdf import PdfReader

from app.core.db.base import db
from app.core.jobs.children import Children, Told
from app.core.pdf import set_pdf
from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier
from app.models.stock.stock_transfer import StockTransfer
from app.printing.content import PrintedDocument
from app.printing.document import printed_document

CJK_FONTS = ("WenQuanYi", "NotoSans", "SourceHan", "Noto-Sans")
SEAL = 40 / 25.4 * 72  # a company's round seal, in points
COST = "13.57"  # a figure that nothing else has
ORDERED = dt.date(2026, 11, 2)


class SetHere(Children):
    """Sets documents in this very process, so that its processor time can be taken."""

    def run(self, target: str, *arguments: Any, told: Told | None = None) -> bytes:
        assert target == "app.core.pdf:set_pdf"
        return set_pdf(*arguments, at=told)


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def squeezed(text: str) -> str:
    """Without the blanks that justified setting leaves between characters."""
    return "".join(text.split())


def fonts(pdf: bytes) -> Iterator[Any]:
    """Font descriptors of every page."""
    for page in PdfReader(io.BytesIO(pdf)).pages:
        for font in page["/Resources"]["/Font"].values():
            for part in font.get_object().get("/DescendantFonts", [font]):
                yield part.get_object()["/FontDescriptor"].get_object()


def placed(page: Any) -> list[tuple[float, float, str]]:
    """Every piece of text with where it begins, in points from the lower left corner."""
    found: list[tuple[float, float, str]] = []

    def visit(text: str, outer: Any, inner: Any, _font: Any, _size: Any) -> None:
        x = inner[4] * outer[0] + inner[5] * outer[2] + outer[4]
        y = inner[4] * outer[1] + inner[5] * outer[3] + outer[5]
        if text.strip():
            found.append((x, y, text.strip()))

    page.extract_text(visitor_text=visit)
    return found


def covered_by_seals(page: Any) -> list[str]:
    """What stands where the round seals of the two sides go: 40 mm below each “盖章”, which is set flush right."""
    texts = placed(page)
    seals = [(x + 12 / 25.4 * 72, y) for x, y, text in texts if "盖章" in text]  # the word measures about 12 mm
    assert len(seals) == 2
    for _right, top in seals:
        assert top - SEAL > 18 / 25.4 * 72  # and the page goes on below
    return [t for right, top in seals for x, y, t in texts if right - SEAL < x < right and top - SEAL < y < top - 1]


def read_by(person: Any, row: Any) -> PrintedDocument:
    """What the paper of this row says to the person."""
    return printed_document(db.session(), type(row), row.id, person.actor)


def said(document: PrintedDocument) -> dict[str, str]:
    """Label → text of everything above and below the lines."""
    return {fact.label: fact.text for fact in (*document.facts, *document.terms)}


def supplier(office: Any) -> Any:
    return office.purchaser.creates(
        Supplier, name="永康五金厂", contact="胡厂长", mobile="13905790000", address="永康市五金城三期八号",
        tax_id="91330784MA2E00000K", bank="农行永康支行", account="19530101",
    )  # fmt: skip


def purchase(office: Any, lines: list[tuple[Any, str, str]], **values: Any) -> Any:
    """A draft of the purchaser: (product, quantity, price)."""
    given = [{"product": product, "quantity": D(q), "unit_price": D(price)} for product, q, price in lines]
    values = {"subject": "备货", "ordered_on": ORDERED, "expected_on": dt.date(2026, 11, 9)} | values
    return office.purchaser.creates(PurchaseOrder, supplier=supplier(office), lines=given, **values)


def received(office: Any, lines: list[tuple[Any, str, str]]) -> Any:
    """The goods receipt of an approved purchase."""
    order = purchase(office, lines)
    office.purchaser.fires("submit", order)
    office.boss.fires("approve", order)
    return office.purchaser.fires("receive", order)


def transfer(office: Any, lines: list[tuple[Any, str]]) -> Any:
    """A draft of the keeper, from the main warehouse to the shop."""
    given = [{"product": product, "quantity": D(quantity)} for product, quantity in lines]
    return office.keeper.creates(
        StockTransfer, from_warehouse=office.warehouse(), to_warehouse=office.warehouse("SHOP"), lines=given,
        reason="门店补货",
    )  # fmt: skip
