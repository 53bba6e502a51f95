"""Numbers are whole or exact with decimals, and measure money, prices, quantities or rates."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError

from app.core.db.types import Fixed
from app.core.errors import Refused
from app.core.kinds.kind import ORDERING, Json, Kind, Labels
from app.core.kinds.numerals import (
    LARGEST,
    LARGEST_WHOLE,
    exact,
    exact_cell,
    whole,
    whole_sort_value,
)
from app.core.money import plain, rate_of, rounded
from app.core.text import storable

MOST_PLACES = 15  # no number that Excel shows has more places
LONGEST_RATE = 60
REST_FILTER_WHOLE: Json = {
    "anyOf": [
        {"type": "integer", "minimum": -LARGEST_WHOLE, "maximum": LARGEST_WHOLE},
        {"type": "string", "pattern": "^[0-9]{1,9}$"},
    ]
}
Number = TypeVar("Number", int, Decimal)
_FRACTION: Json = {"type": "number", "minimum": 0, "maximum": 100, "exclusiveMaximum": True}


@dataclass(frozen=True, kw_only=True)
class _LimitedKind(Kind):
    """A number may have a least value, which `core/db/limits.py` declares.

    lowest    the least value, or None where there is none
    is_above  the value must be more than `lowest`
    """

    lowest: Decimal | None = None
    is_above: bool = False

    def require_in_range(self, value: Any) -> None:
        if self.lowest is None or value > self.lowest or (value == self.lowest and not self.is_above):
            return
        if self.is_above:
            raise ValidationError(_("This must be more than %(lowest)s.", lowest=plain(self.lowest)))
        raise ValidationError(_("This must be at least %(lowest)s.", lowest=plain(self.lowest)))

    def _in_range(self, value: Number) -> Number:
        self.require_in_range(value)
        return value

    def _in_range_of_cell(self, value: Number, text: str) -> Number:
        """Return the value of a workbook's cell, or refuse it with what stands there."""
        try:
            return self._in_range(value)
        except ValidationError as error:
            raise Refused("bad_number", f"{text[:40]}: {error.messages[0]}") from error

    def _with_least(self, schema: Json, floor: float) -> Json:
        """Return the schema of a number of JSON with its least value; `floor` is that of all numbers."""
        schema["minimum"] = floor if self.lowest is None else float(self.lowest)
        return schema | ({"exclusiveMinimum": True} if self.is_above else {})


def _limits_of(column: sa.Column[Any]) -> Json:
    """Return what the column says of the least value of its field."""
    return {"lowest": column.info.get("lowest"), "is_above": bool(column.info.get("is_above"))}


@dataclass(frozen=True)
class WholeKind(_LimitedKind):
    """A whole number."""

    columns = (sa.Integer,)
    unit = "count"
    control = "number"
    note = _l("A whole number")
    operators = ORDERING
    has_order = True
    is_identifying = True
    is_numeric = True
    is_range = True
    template_width = 10
    export_width = 10
    cell_format = "0"

    @classmethod
    def of(cls, column: sa.Column[Any]) -> Kind:
        return cls(**_limits_of(column))

    def read_text(self, text: str) -> int:
        return self._in_range(self._whole_text(text))

    @staticmethod
    def _whole_text(text: str) -> int:
        number = exact(text, 0)
        if abs(number) > LARGEST_WHOLE:
            raise ValidationError(_("This is not a number."))
        return int(number)

    def read_json(self, value: Any) -> int:
        return self._in_range(whole(value))

    def read_cell(self, text: str) -> int:
        number = exact_cell(text, MOST_PLACES)
        if number != int(number) or abs(number) > LARGEST_WHOLE:
            raise Refused("bad_number", f"{text[:40]}: {_('This must be a whole number.')}")
        return self._in_range_of_cell(int(number), text)

    def read_limit(self, text: str, end: str) -> int | None:
        try:
            return self._whole_text(text)
        except ValidationError:
            return None

    def read_sort_value(self, text: str) -> int:
        return whole_sort_value(text)

    def read_rest_filter(self, value: Any) -> int:
        return self._whole_text(value) if isinstance(value, str) else whole(value)

    def shown_schema(self) -> Json:
        return {"type": "integer"}

    def body_schema(self, labels: Labels) -> Json:
        return self._with_least({"type": "integer", "maximum": LARGEST_WHOLE}, -LARGEST_WHOLE)

    def rest_filter_schema(self) -> Json:
        return dict(REST_FILTER_WHOLE)


@dataclass(frozen=True)
class NumberKind(_LimitedKind):
    """An exact number with decimals; its subclasses say what it measures."""

    scale: int = 0

    columns = (Fixed,)
    control = "number"
    drawing = "figure"
    note = _l("A number")
    operators = ORDERING
    has_order = True
    falls_first = True
    is_numeric = True
    is_exact = True
    is_range = True
    template_width = 12

    @classmethod
    def of(cls, column: sa.Column[Any]) -> Kind:
        """Return the kind by the unit or rates that the column names, else by its decimals: money has two."""
        told = column.info
        scale = column.type.scale  # type: ignore[attr-defined]  # every column of this kind is a Fixed
        if "rates" in told:
            return RateKind(scale, rates=told["rates"])
        measure = _MEASURES.get(told.get("unit") or _BY_SCALE.get(scale, ""), cls)
        return measure(scale, **_limits_of(column))

    def text(self, value: Decimal) -> str:
        text = f"{value:,f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def paper(self, value: Decimal) -> str:
        return plain(value)

    def typed(self, value: Decimal | None) -> str:
        """Return the number with all its places."""
        return "" if value is None else f"{value:f}"

    def logged(self, value: Any) -> str:
        return self.text(Decimal(str(value)))

    def json(self, value: Decimal) -> str:
        """Return the number with all its places: 12.5 → "12.50"."""
        return f"{rounded(value, Decimal(1).scaleb(-self.scale)):f}"

    def read_text(self, text: str) -> Decimal:
        return self._in_range(exact(text, self.scale))

    def read_json(self, value: Any) -> Any:
        return self._in_range(exact(value, self.scale))

    def read_cell(self, text: str) -> Decimal:
        return self._in_range_of_cell(exact_cell(text, self.scale), text)

    def read_limit(self, text: str, end: str) -> Decimal | None:
        try:
            return exact(text, self.scale)
        except ValidationError:
            return None

    def read_sort_value(self, text: str) -> Decimal:
        return exact(text, self.scale)

    def read_rest_filter(self, value: Any) -> Decimal:
        if isinstance(value, list | dict) or value is None:
            raise ValidationError(_("This is not a number."))
        return exact(value, self.scale)

    def shown_schema(self) -> Json:
        return {"type": "string", "format": "decimal", "example": "12.50"}

    def body_schema(self, labels: Labels) -> Json:
        """Return the schema of a number: text is best, a number of JSON is taken as it is written."""
        number = self._with_least(self._number_schema(), float(-LARGEST))
        if self.lowest is None:
            number["exclusiveMinimum"] = True
        return {"anyOf": [self._text_schema(), number], "example": "12.50"}

    def rest_filter_schema(self) -> Json:
        """Return the schema of any number, whatever the field may hold."""
        return NumberKind(self.scale).body_schema(lambda _dictionary: [])

    def _number_schema(self) -> Json:
        step = float(Decimal(1).scaleb(-self.scale))
        return {"type": "number", "maximum": float(LARGEST), "exclusiveMaximum": True, "multipleOf": step}

    def _text_schema(self) -> Json:
        is_signed = self.lowest is None or self.lowest < 0
        is_zero_out = self.lowest is not None and (self.lowest > 0 or (self.lowest == 0 and self.is_above))
        places = rf"(\.[0-9]{{1,{self.scale}}})?$" if self.scale else "$"
        start = f"^{'-?' if is_signed else ''}{'(?=.*[1-9])' if is_zero_out else ''}"
        return {"type": "string", "pattern": f"{start}[0-9]{{1,{len(str(LARGEST)) - 1}}}{places}"}


@dataclass(frozen=True)
class MoneyKind(NumberKind):
    """An amount in yuan: ¥1,234.50, -¥3.00."""

    scale: int = 2

    unit = "money"
    sign = "¥"
    note = _l("Yuan")
    is_summed = True
    export_width = 16
    cell_format = "#,##0.00"

    def text(self, value: Decimal) -> str:
        return f"-¥{-value:,.2f}" if value < 0 else f"¥{value:,.2f}"

    def paper(self, value: Decimal) -> str:
        """Return the amount with separators: 1234.5 → 1,234.50."""
        return f"{value:,.2f}"


@dataclass(frozen=True)
class PriceKind(NumberKind):
    """A price in yuan per unit, with four places or as many as it has: ¥12.5000, ¥0.123456."""

    scale: int = 6

    unit = "price"
    sign = "¥"
    note = _l("Yuan")
    export_width = 14
    cell_format = "#,##0.00####"

    def text(self, value: Decimal) -> str:
        return f"{'-' if value < 0 else ''}¥{self._shown(abs(value), 4)}"

    def typed(self, value: Decimal | None) -> str:
        return "" if value is None else self.json(value)

    def json(self, value: Decimal) -> str:
        return self._shown(value, 4).replace(",", "")

    def paper(self, value: Decimal) -> str:
        """Return the price with two places, or as many as it has: 12.5000 → 12.50, 0.1234 → 0.1234."""
        return self._shown(value, 2)

    def _shown(self, value: Decimal, fewest: int) -> str:
        number, _point, places = f"{value:,.{self.scale}f}".partition(".")
        return f"{number}.{places[:fewest]}{places[fewest:].rstrip('0')}"


@dataclass(frozen=True)
class QuantityKind(NumberKind):
    """A quantity of a product, in its own unit: 2.5."""

    scale: int = 3

    unit = "quantity"
    is_summed = True
    export_width = 12
    cell_format = "#,##0.###"

    def typed(self, value: Decimal | None) -> str:
        return "" if value is None else plain(value)


@dataclass(frozen=True)
class PercentKind(NumberKind):
    """A part of a whole: 0.13 is shown as 13%."""

    scale: int = 4

    unit = "percent"

    def text(self, value: Decimal) -> str:
        """Return the percentage with at most two places."""
        return f"{super().text(rounded(value * 100))}%"

    def paper(self, value: Decimal) -> str:
        return f"{plain(value * 100)}%"


@dataclass(frozen=True)
class RateKind(PercentKind):
    """A rate that the items of a dictionary name: 0.13 is called "13%". `rates` is the name of that dictionary."""

    rates: str | None = None

    unit = ""
    note = _l("One of the dictionary")

    def read_json(self, value: Any) -> str | Decimal:
        """Return a rate from its name in the dictionary, "13%", or from a number: "0.13", 0.13."""
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 100:
            return Decimal(str(value))
        if isinstance(value, str) and storable(value) and len(value) <= LONGEST_RATE:
            return value.strip()
        raise ValidationError(_("This must be one of the tax rates."))

    def read_cell(self, text: str) -> Decimal:
        """Read a rate as its dictionary calls it, "13%", or as a number, 0.13."""
        rate = Decimal("NaN")
        if len(text) <= LONGEST_RATE:
            with suppress(ArithmeticError):
                rate = rate_of(text)
        if rate.is_nan() or not 0 <= rate < 1:
            raise Refused("bad_number", f"{text[:40]}: {_('This must be one of the tax rates.')}")
        return rate

    def shown_schema(self) -> Json:
        return {"type": "string", "example": "13%"}

    def body_schema(self, labels: Labels) -> Json:
        named = {"type": "string", "enum": labels(self.rates or "")}
        return {"anyOf": [named, dict(_FRACTION)], "example": "13%"}


_BY_SCALE = {2: "money", 3: "quantity"}
_MEASURES: dict[str, type[NumberKind]] = {kind.unit: kind for kind in (MoneyKind, PriceKind, QuantityKind, PercentKind)}
