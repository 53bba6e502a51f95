"""The table of lines on a document's page shows what was written, how far each line is, and what is odd about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.core.actor import Actor
from app.core.db.types import ZERO
from app.core.money import is_less, plain
from app.core.record.fields import Field, code_label, fields_of
from app.models.document import PricedLine, Prices, line_model
from app.screens.frame.cells import field_markup
from app.screens.frame.values import money, percent, price

# A discount outside of these is odd enough for red.
LOWEST, HIGHEST = Decimal("0.5"), Decimal(1)
_OWN = (
    "id", "position", "product", "unit_price", "list_price", "tax_rate", "amount", "tax", "rebate", "effective_price",
)  # fmt: skip


@dataclass(frozen=True)
class LastPrice:
    """The price that the same party paid for the product before this document, yuan per unit, tax included."""

    price: Decimal
    told: str = ""


@dataclass(frozen=True)
class Column:
    """One column: its head, its CSS classes, what stands in it, and its sum at the foot."""

    label: str
    css: str
    draw: Callable[[Any], Any]
    total: str = ""
    is_told: bool = False  # Its heading is repeated in the cell where lines are cards.

    @cached_property
    def _opening(self) -> str:
        told = f' data-l="{escape(self.label)}"' if self.is_told else ""
        return f'<td class="{self.css}"{told}>'

    def cell(self, drawn: Any) -> str:
        """Return the markup of a cell of this column; what is drawn there is escaped unless it is markup."""
        return f"{self._opening}{escape(drawn)}</td>"


class LinesTable:
    """The lines of one document as the template draws them.

    decides   the reader may approve the document: list price and last price stand beside each price
    lasts     product id → last price, for whoever decides
    counts    the document counts: what is done of its lines is no longer told quietly
    """

    def __init__(
        self,
        row: Any,
        actor: Actor,
        *,
        decides: bool = False,
        lasts: Mapping[int, LastPrice] | None = None,
        counts: bool = True,
        more: Sequence[Column] = (),
    ) -> None:
        self.row, self.actor = row, actor
        self.decides, self.lasts, self.counts = decides, lasts or {}, counts
        self.model = line_model(type(row))
        self.lines: Sequence[Any] = row.lines
        self.sees_cost = actor.may("view", "cost")
        self.columns = [*self._quantity(), *more, *self._prices(), *self._others()]

    @property
    def rows(self) -> list[tuple[Any, Markup]]:
        """Each line with the markup of its cells: made in Python, a cell costs a tenth of a template's."""
        return [
            (line, Markup("".join(column.cell(column.draw(line)) for column in self.columns)))  # noqa: S704 # escaped
            for line in self.lines
        ]

    @property
    def foot(self) -> Markup:
        """Return the markup of the cells of the sums; a sum is told by its head where lines are cards."""
        cells = (c.cell(c.total) if c.total else f'<td class="{c.css}"></td>' for c in self.columns)
        return Markup("".join(cells))  # noqa: S704 # escaped

    @property
    def sells(self) -> bool:
        return bool(type(self.row).__direction__ == "sell")

    @property
    def has_totals(self) -> bool:
        return any(column.total for column in self.columns)

    # Columns

    def _quantity(self) -> list[Column]:
        """Return the columns of how much each line is about and of what the domain computes, in the model's order."""
        found = []
        for field in fields_of(self.model).values():
            if field.name == self.model.__counted__:
                found.append(Column(field.label, "r", quantity_of, self.sum_of(field.name)))
            elif field.said.get("shown") and self._may_see(field):
                found.append(self._other(field))
        return found

    def _prices(self) -> list[Column]:
        if not issubclass(self.model, PricedLine):
            return []
        fields = fields_of(self.model)
        found = [Column(code_label(self.row.prices), "r price", lambda line: price(line.unit_price))]
        if self.decides and (self.row.rebate or self.row.prices is Prices.net):
            effective = fields["effective_price"].label  # beside list price and last price, which include tax as well
            found.append(Column(effective, "r price", lambda line: price(line.effective_price), is_told=True))
        if self.decides:
            found.append(Column(fields["list_price"].label, "r mut", lambda line: price(line.list_price)))
            found.append(Column(_("Last price"), "r", self._last))
        found.append(Column(_("Discount"), "r mut", self._discount))
        found.append(Column(fields["tax_rate"].label, "r mut dull", lambda line: percent(line.tax_rate)))
        label = _("Amount incl. tax") if self.row.prices is Prices.net else fields["amount"].label
        if self.row.rebate:
            off = money(-self.row.rebate)
            found.append(Column(fields["rebate"].label, "r mut", lambda line: money(-line.rebate), off, is_told=True))
        found.append(Column(label, "r amount", lambda line: _bold(money(line.amount)), money(self.row.total)))
        return found

    def _last(self, line: Any) -> Any:
        last = self.lasts.get(line.product_id)
        if last is None:
            return Markup('<span class="mut">—</span>')
        paid = line.effective_price
        is_worse = is_less(paid, last.price) if self.sells else is_less(last.price, paid)
        tone = ' class="red"' if is_worse else ""
        return Markup("<span{} title='{}'>{}</span>").format(Markup(tone), last.told, price(last.price))  # noqa: S704

    def _discount(self, line: Any) -> Any:
        text = percent(line.discount) if line.discount is not None else ""
        notes = [_("below cost")] if self.is_below_cost(line) else []
        is_odd = self.sells and line.discount is not None and not LOWEST <= line.discount <= HIGHEST
        if not (notes or is_odd):
            return text
        drawn = Markup('<b class="red">{}</b>').format(text) if is_odd else text
        return Markup(" ").join([drawn, *(Markup('<b class="red">{}</b>').format(note) for note in notes)])

    def is_below_cost(self, line: Any) -> bool:
        """Return whether the line is sold for less than it costs; only for whoever may see cost."""
        if not self.sells or not self.sees_cost:
            return False
        return bool(line.product.cost_price) and is_less(line.effective_price, line.product.cost_price)

    def _others(self) -> list[Column]:
        """Return the columns of progress and of further fields."""
        own = {*_OWN, self.model.__counted__}
        fields = [field for field in fields_of(self.model).values() if field.name not in own and self._is_told(field)]
        return [self._other(field) for field in fields if self._may_see(field)]

    def _may_see(self, field: Field) -> bool:
        return field.needs is None or self.actor.may("view", field.needs)

    def _is_told(self, field: Field) -> bool:
        """Return whether the table shows a field; of computed figures it shows only progress and cost."""
        if field.kind.is_reference:
            return False
        told = field.said
        if told.get("computed"):
            return bool(told.get("progress")) or (field.needs is not None and not told.get("shown"))
        return any(getattr(line, field.name) not in (None, "") for line in self.lines)

    def _other(self, field: Field) -> Column:
        is_progress = bool(field.said.get("progress"))
        css = ("r" if field.kind.is_numeric else "") + ("" if self.counts or not is_progress else " dull")
        is_added_up = self.counts if is_progress else field.kind.unit == "quantity"
        total = self.sum_of(field.name) if is_added_up else ""
        is_told = is_progress or bool(field.said.get("shown"))
        return Column(
            field.label, css, lambda line: field_markup(field, getattr(line, field.name)), total, is_told=is_told
        )

    def sum_of(self, name: str) -> str:
        """Return the sum of a quantity over all lines; nothing where their units differ."""
        units = {line.product.unit for line in self.lines}
        if len(units) != 1:
            return ""
        total = sum((getattr(line, name) or ZERO for line in self.lines), ZERO)
        return f"{plain(total)} {units.pop()}"


def quantity_of(line: Any) -> str:
    """Return the quantity of the line with its unit; nothing where it is not known yet."""
    quantity = getattr(line, line.__counted__)
    return "" if quantity is None else f"{plain(quantity)} {line.product.unit}"


def alarming(text: str, more: str = "") -> Markup:
    """Return a text in red, followed by muted text that says what it is about."""
    return Markup('<b class="red">{}</b> <span class="mut">{}</span>').format(text, more)


def _bold(text: str) -> Markup:
    return Markup("<b>{}</b>").format(text)
