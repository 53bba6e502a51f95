"""A document is printed: its rows are read into plain values as its paper says, then set by one template.

Manual 8.4, 8.7, 11.6; spec.md §8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session, selectinload

from app.core.actor import Actor
from app.core.db.types import ZERO
from app.core.jobs.children import NOW, Children, Told
from app.core.money import line_amount
from app.core.paper import Fact, Reader, Signature
from app.core.record.fields import code_label, fields_of, label_of
from app.models.document import ApprovalState, Approved, Priced, Prices, counted_of, line_model
from app.printing.content import PrintedDocument, PrintedFact, PrintedLine, PrintedSide, PrintedSignature
from app.printing.derived import WholePaper, whole_paper
from app.printing.field_path import last_field, loaded_with, may_see, text_at, value_at
from app.printing.formats import FORMATS
from app.printing.party import our_company, party_of
from app.printing.pdf import render_pdf
from app.security.policy import require_visible
from app.security.settings import all_settings

LINES_OF_A_PAGE = 35  # about how many lines of a document stand on one


def printed_document(session: Session, model: type[Any], row_id: int, actor: Actor) -> PrintedDocument:
    """Return what the paper says of one document this actor may see, in Chinese.

    errors  NotFound
    """
    with force_locale("zh"):
        paper = whole_paper(model)
        row = require_visible(session, model, row_id, actor, options=tuple(_options(model, paper)))
        return _Reading(paper, row, session, actor).document()


def line_count(session: Session, model: type[Any], row_id: int) -> int:
    """Return how many lines a document has, which tells how long it takes to print."""
    relation = sa.inspect(model).relationships["lines"]
    counted = sa.select(sa.func.count()).where(next(iter(relation.remote_side)) == row_id)
    return session.scalar(counted.select_from(relation.mapper.class_)) or 0


def document_pdf(document: PrintedDocument, children: Children = NOW, told: Told | None = None) -> bytes:
    """Return the document as a PDF, which a child process sets; the database is not needed for it.

    told    is called for each page that is laid out
    errors  WorkStopped
    """
    pages = 1 + len(document.lines) // LINES_OF_A_PAGE
    return render_pdf(
        "printing/document.html", children=children, told=told, pages=pages, paper=document, formats=FORMATS
    )


def _options(model: type[Any], paper: WholePaper) -> Iterator[Any]:
    """Yield the options that load all that is printed together with the document."""
    read = [fact.read for fact in (*paper.facts, *paper.terms)] + [signature.read for signature in paper.signatures]
    paths = [path for path in (*read, paper.party) if isinstance(path, str) and path]
    yield from (option for path in paths if (option := loaded_with(model, path)) is not None)
    lines = line_model(model)
    for path in ("product.unit", paper.line_remark):
        yield loaded_with(lines, path, selectinload(model.lines))


class _Reading:
    """One document being read for one person."""

    def __init__(self, paper: WholePaper, row: Any, session: Session, actor: Actor) -> None:
        self.paper, self.row, self.session, self.actor = paper, row, session, actor
        self.model = type(row)
        self.line_model = line_model(self.model)
        self.counted: str = self.line_model.__counted__
        self.settings: Mapping[str, Any] = all_settings(session)
        self.price = self._price_shown()
        self.columns = [name for name in paper.columns if may_see(self.line_model, name, actor)]
        # A column in which no line has a value is printed empty, to be filled in by hand.
        self.known = {name for name in self.columns if any(self._says_something(line, name) for line in row.lines)}

    def _says_something(self, line: Any, name: str) -> bool:
        """Return whether a column has a value in this line; 0 is one, unless the column says that it is not."""
        value = value_at(line, name)
        if value == 0 and last_field(self.line_model, name).said.get("empty_at_zero"):
            return False
        return value not in (None, "")

    def document(self) -> PrintedDocument:
        lines = [self._line(position, line) for position, line in enumerate(self.row.lines, 1)]
        return PrintedDocument(
            title=str(self.paper.title),
            number=self.row.number,
            company=our_company(self.settings).name,
            facts=self._facts(self.paper.facts),
            lines=lines,
            quantity_label=label_of(self.line_model, self.counted) if self.counted else "",
            is_counted=bool(self.counted),
            text_columns=frozenset(
                place for place, name in enumerate(self.columns) if last_field(self.line_model, name).kind.is_text
            ),
            columns=[label_of(self.line_model, name) for name in self.columns],
            price_label=self._price_label(),
            amount_label=self._amount_label(),
            rebate=self.row.rebate if self.is_priced else ZERO,
            total=self._total(lines),
            terms=[*self._tax_stated(), *self._facts(self.paper.terms)],
            remark=(self.row.remark or "") if "remark" in fields_of(self.model) else None,
            sides=self._sides(),
            signatures=[self._signature(signature) for signature in self.paper.signatures],
            hint=self._hint(),
            watermark=self._watermark(),
        )

    def _price_shown(self) -> str:
        """Return the field that holds the prices; empty where none are printed, or none for this person."""
        price, setting = self.paper.price, self.paper.priced_if
        if not price or (setting and not self.settings[setting]):
            return ""
        return price if may_see(self.line_model, price, self.actor) else ""

    def _text(self, read: str | Reader) -> str | None:
        """Return the printed text; None where there is nothing to print, or not for this person."""
        if not isinstance(read, str):
            return read(self.row, self.session, self.actor)
        return text_at(self.row, read) if may_see(self.model, read, self.actor) else None

    @property
    def is_priced(self) -> bool:
        """Whether the document itself says the prices that are printed."""
        return self.price == "unit_price" and isinstance(self.row, Priced)

    def _price_label(self) -> str:
        if not self.price:
            return ""
        return code_label(self.row.prices) if self.is_priced else label_of(self.line_model, self.price)

    def _amount_label(self) -> str:
        """Return the heading of the amounts; it says that they include tax where the prices do not."""
        is_net = self.is_priced and self.row.prices is Prices.net
        return str(_("Amount incl. tax")) if is_net else str(_("Amount"))

    def _facts(self, facts: Sequence[Fact]) -> list[PrintedFact]:
        return [
            PrintedFact(self._label(fact), text, self._is_wide(fact))
            for fact in facts
            if (text := self._text(fact.read)) is not None
        ]

    def _label(self, fact: Fact) -> str:
        return str(fact.label or (last_field(self.model, fact.read).label if isinstance(fact.read, str) else ""))

    def _is_wide(self, fact: Fact) -> bool:
        if fact.wide or not isinstance(fact.read, str):
            return fact.wide
        last = last_field(self.model, fact.read)
        return last.kind.is_long or last.name.endswith("address")

    def _line(self, position: int, line: Any) -> PrintedLine:
        product, price = line.product, getattr(line, self.price) if self.price else None
        amount = getattr(line, "amount", None) if self.price == "unit_price" else None
        if amount is not None and self.is_priced:
            amount += line.rebate  # The rebate on the whole is printed below the lines.
        if price is not None and amount is None:
            amount = line_amount(counted_of(line), price)
        return PrintedLine(
            position=getattr(line, "position", position),
            number=product.number,
            name=product.name,
            model=product.model,
            unit=str(product.unit),
            quantity=getattr(line, self.counted) if self.counted else None,
            unit_price=price,
            tax_rate=getattr(line, "tax_rate", None) if self.price else None,
            amount=amount,
            remark=(value_at(line, self.paper.line_remark) or "") if self.paper.line_remark else "",
            more=tuple(text_at(line, name) if name in self.known else "" for name in self.columns),
        )

    def _total(self, lines: Sequence[PrintedLine]) -> Decimal | None:
        if not self.price:
            return None
        if self.price == "unit_price" and "total" in fields_of(self.model):
            total: Decimal = self.row.total
            return total
        return sum((line.amount for line in lines if line.amount is not None), ZERO)

    def _tax_stated(self) -> list[PrintedFact]:
        """Return the facts about tax, where the document keeps count of the tax that its prices include."""
        if not self.price or "tax_total" not in fields_of(self.model):
            return []
        stated = FORMATS.money(self.row.tax_total)
        if self.is_priced and self.row.prices is Prices.net:
            return [PrintedFact(_("Prices"), _("Before tax; the total includes a tax of ¥%(tax)s", tax=stated))]
        tax = _("Tax included, of which tax ¥%(tax)s", tax=stated)
        return [PrintedFact(_("Prices"), tax)]

    def _sides(self) -> list[PrintedSide]:
        """Return the two sides of the document; the seller stands first."""
        if not self.paper.party:
            return []
        other = party_of(value_at(self.row, self.paper.party))
        selling, buying = _("Selling party"), _("Buying party")
        if self.model.__direction__ == "buy":
            return [PrintedSide(selling, other), PrintedSide(buying, our_company(self.settings), is_ours=True)]
        return [PrintedSide(selling, our_company(self.settings), is_ours=True), PrintedSide(buying, other)]

    def _signature(self, signature: Signature) -> PrintedSignature:
        name = self._text(signature.read) if signature.read else ""
        return PrintedSignature(str(signature.label), name or "", signature.wide)

    def _hint(self) -> str:
        hint, phone = str(self.paper.hint), our_company(self.settings).phone
        told = _("Our phone: %(phone)s", phone=phone) if hint and phone else ""
        return f"{hint} {told}".strip()

    def _watermark(self) -> str:
        """Return the text across each page of a document that does not count yet or does not count any more.

        Manual 8.7.
        """
        state = getattr(self.row, "state", None)
        if isinstance(self.row, Approved) and state is not ApprovalState.approved:
            return str(_("Not approved"))
        return code_label(state) if state is not None and state.value == "cancelled" else ""
