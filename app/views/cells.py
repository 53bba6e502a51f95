"""How values look on a page: money with ¥, quantities without trailing zeros, times in Shanghai, states as badges."""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.core.base import model_name
from app.core.fields import Field, Kind, code_label, yes_no
from app.core.numbering import SHANGHAI
from app.core.statements import made_once
from app.core.types import ZERO, rounded
from app.models.goods_issue import GoodsIssueState
from app.models.payment import ReceivableKind
from app.models.stock import StockKind
from app.reports.listing import Column, display_text

# What a code tells at a glance: ok green, wait amber, stop red, go blue; anything else is grey.
TONES = {
    "ok": {"approved", "ended", "settled", "signed", "recorded", "all", "shipped", "posted", "enabled", "repeat"},
    "wait": {"pending", "partly", "to_ship", "confirmed", "not_issued"},
    "stop": {"rejected", "stopped", "voided", "cancelled", "reversed", "lapsed"},
    "go": {"executing", "open", "potential"},
}
TONE_OF = {code: tone for tone, codes in TONES.items() for code in codes}
# Codes that tell something else in their own list: a drafted issue waits for the keeper, a drafted order for nobody.
OWN_TONES: dict[tuple[type[enum.StrEnum], str], str] = {
    (GoodsIssueState, "draft"): "wait",
    (StockKind, "opening"): "ok",
    (StockKind, "opening_reversed"): "stop",
    (StockKind, "reserve"): "wait",
    (StockKind, "issue"): "go",
    (StockKind, "issue_reversed"): "stop",
    (ReceivableKind, "contract"): "go",
    (ReceivableKind, "contract_reversed"): "stop",
    (ReceivableKind, "stop"): "stop",
    (ReceivableKind, "payment"): "ok",
    (ReceivableKind, "payment_voided"): "stop",
}
NUMBERS = (Kind.decimal, Kind.integer)
SOON = 7  # days within which something due is told in amber
_PHONES = ("phone", "mobile")
_NO_DIGIT = re.compile(r"[^0-9+]")


def grouped(value: Decimal, places: int) -> str:
    return f"{value:,.{places}f}"


def money(value: Decimal | None) -> str:
    """Yuan: ¥1,234.50, -¥3.00."""
    if value is None:
        return ""
    return f"-¥{-value:,.2f}" if value < 0 else f"¥{value:,.2f}"


def price(value: Decimal | None) -> str:
    """Yuan per unit: ¥12.3400."""
    if value is None:
        return ""
    return f"{'-' if value < 0 else ''}¥{grouped(abs(value), 4)}"


def quantity(value: Decimal | None) -> str:
    if value is None:
        return ""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(value: Decimal | None) -> str:
    """0.13 → 13%; at most two places."""
    if value is None:
        return ""
    return f"{quantity(rounded(value * 100))}%"


def day(value: dt.date | None) -> str:
    return "" if value is None else value.isoformat()


def moment(value: dt.datetime | None) -> str:
    return "" if value is None else value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def badge(code: enum.StrEnum | None) -> Markup:
    if code is None:
        return Markup("")
    return tag(code_label(code), tone_of(code))


def tone_of(code: enum.StrEnum) -> str:
    return OWN_TONES.get((type(code), code.value)) or TONE_OF.get(code.value, "")


def tag(text: str, tone: str = "") -> Markup:
    return Markup(f'<span class="tag {tone}">{escape(text)}</span>')  # noqa: S704 - ours and escaped


def deadline(day: dt.date, today: dt.date) -> tuple[str, str]:
    """(text, tone) of a day by which something is due: red when it has passed, amber within a week, else the day."""
    days = (day - today).days
    if days < 0:
        return str(_("%(n)s days late", n=-days)), "stop"
    if days > SOON:
        return short_day(day), ""
    if days > 1:
        return str(_("%(n)s days left", n=days)), "wait"
    return str(_("Tomorrow") if days else _("Today")), "wait"


def short_day(day: dt.date) -> str:
    """A day of which the year goes without saying: 11-29."""
    return day.strftime("%m-%d")


def muted(text: str) -> Markup:
    return Markup('<span class="mut">{}</span>').format(text)


def balance(value: Decimal) -> Markup:
    """A quantity that may be zero or below it."""
    text = quantity(value)
    if value < 0:
        return Markup('<span class="red">{}</span>').format(text)
    return escape(text) if value else muted(text)


def is_phone(field: Field) -> bool:
    return field.kind is Kind.text and field.name.rpartition("_")[2] in _PHONES


def dialled(text: str) -> Any:
    """A telephone number that dials where it is tapped; plain text where it is more than one, or none."""
    digits = _NO_DIGIT.sub("", text)
    return Markup('<a href="tel:{}">{}</a>').format(digits, text) if 3 <= len(digits) <= 15 else text


_DECIMALS: dict[str | None, Callable[[Any], str]] = {
    "money": money,
    "price": price,
    "quantity": quantity,
    "percent": percent,
}


def shown(field: Field, value: Any) -> Any:
    """One value of a field as text or badge; nothing for no value."""
    if value is None:
        return ""
    if field.kind is Kind.decimal:
        return _DECIMALS.get(field.unit, quantity)(value)
    if field.kind is Kind.choice:
        return badge(value)
    if field.kind is Kind.flag:
        return yes_no(value)
    if field.kind is Kind.date:
        return day(value)
    if field.kind is Kind.time:
        return moment(value)
    return dialled(str(value)) if is_phone(field) else str(value)


def told_value(field: Field | None, value: Any) -> str:
    """A value as the log keeps it (text, or a plain number), as people read it."""
    if value is None or value == "":
        return "—"
    if field is None:
        return str(value)
    try:
        if field.kind is Kind.decimal:
            return str(shown(field, Decimal(str(value))))
        if field.kind is Kind.choice and field.choices is not None:
            return code_label(field.choices(value))
        if field.kind is Kind.time:
            return moment(dt.datetime.fromisoformat(str(value)))
    except (ArithmeticError, ValueError):
        return str(value)
    return yes_no(bool(value)) if field.kind is Kind.flag else str(value)


@made_once
def page_of(model: type[Any]) -> str:
    """The address all pages of a model begin with: /salesorder."""
    return "/" + model_name(model).replace("_", "")


def record_url(model: type[Any], row_id: int) -> str:
    return f"{page_of(model)}/show/{row_id}"


def statement_url(customer_id: int) -> str:
    """What a customer was delivered, paid and owes. Manual 8.15."""
    return f"/report/customer_statement/?customer={customer_id}"


def link(model: type[Any], row_id: int, text: str) -> Markup:
    return _linked(page_of(model), row_id, text)


def _linked(page: str, row_id: int, text: str) -> Markup:
    return Markup(f'<a class="lk" href="{page}/show/{row_id}">{as_html(text)}</a>')  # noqa: S704 - ours and escaped


_SIGNS = re.compile("[&<>'\"]").search  # those that mean something in HTML


def as_html(text: Any) -> str:
    """A text as it stands in HTML; what holds none of its signs is left as it is, which is sooner than escaping it."""
    return text if type(text) is str and not _SIGNS(text) else escape(text)


Draw = Callable[[Sequence[Any]], Any]


class Cells:
    """Draws the rows of a list from plain tuples.

    opens    model → keys whose page may be opened; a relation to any other row is plain text
    zeros    tables kept beside, where no row yet means zero
    linked   paths of columns that lead to the row itself
    """

    def __init__(
        self,
        model: type[Any],
        columns: Sequence[Column],
        linked: Sequence[str],
        opens: dict[type[Any], set[int]],
        zeros: Sequence[str] = (),
    ) -> None:
        self.model = model
        self.columns = columns
        self.linked = linked
        self.opens = opens
        self.zeros = zeros
        self._draws = [self._drawer(column) for column in columns]

    def row(self, row: Sequence[Any]) -> list[Any]:
        """Markup where something is drawn, else plain text, which whoever puts it on a page escapes."""
        return [draw(row) for draw in self._draws]

    def _drawer(self, column: Column) -> Draw:
        """How a column is drawn, found out once for all rows."""
        field, start = column.field, column.start
        if field.kind in (Kind.relation, Kind.dictionary) and field.target is not None:
            return self._related(column, field.target)
        is_plain = field.kind is Kind.text and not is_phone(field)
        if column.path in self.linked:
            page = page_of(self.model)
            if is_plain:
                return lambda row: _linked(page, row[0], row[start] or "—")
            return lambda row: _linked(page, row[0], _bare(shown(field, row[start])) or "—")
        if is_plain:
            return lambda row: row[start] or ""
        if field.kind is Kind.date:
            return lambda row: day(row[start])
        if field.kind is Kind.choice:
            kept_badge = cache(badge)
            return lambda row: kept_badge(row[start])
        if field.kind is Kind.flag:
            return lambda row: shown(field, True) if row[start] else muted(shown(field, row[start]))
        if field.kind is Kind.decimal:
            return self._figure(column)
        return lambda row: shown(field, row[start])

    def _related(self, column: Column, target: type[Any]) -> Draw:
        start, stop = column.start, column.stop
        if column.path in self.linked:
            own = page_of(self.model)
            return lambda row: _linked(own, row[0], display_text(target, row[start + 1 : stop]))
        opened, page = self.opens.get(target, ()), page_of(target)
        if not opened:
            return lambda row: display_text(target, row[start + 1 : stop])

        def draw(row: Sequence[Any]) -> Any:
            text = display_text(target, row[start + 1 : stop])
            return _linked(page, row[start], text) if row[start] in opened else text

        return draw

    def _figure(self, column: Column) -> Draw:
        """A figure; nought is muted, and where a table beside may have no row, none is nought."""
        start = column.start
        drawn = _DECIMALS.get(column.field.unit, quantity)
        nothing = muted(drawn(ZERO)) if column.path.partition(".")[0] in self.zeros else ""
        zero = muted(drawn(ZERO))

        def draw(row: Sequence[Any]) -> Any:
            value = row[start]
            return drawn(value) if value else nothing if value is None else zero

        return draw


def _bare(text: Any) -> str:
    """What is drawn without its marks: in a link there is no other."""
    return text.striptags() if isinstance(text, Markup) else str(text)


def column_class(field: Field) -> str:
    """How a column is set: figures to the right, dates unbroken."""
    if field.kind in NUMBERS:
        return "r"
    if field.kind in (Kind.date, Kind.time) or field.name in ("number", "document_number"):
        return "nb"
    return "tg" if field.kind is Kind.choice else ""


def greeting(hour: int) -> str:
    if hour < 6 or hour >= 18:
        return str(_("Good evening"))
    return str(_("Good morning") if hour < 12 else _("Good afternoon"))
