"""Exact column types hold money, prices, quantities and rates as whole numbers; others hold UTC times and states."""

from __future__ import annotations

import datetime as dt
import enum
import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import mapped_column

ZERO = Decimal(0)
LARGEST_UNITS = 2**63 - 1  # what a column of whole units holds


class _ExactComparator(sa.types.TypeDecorator.Comparator[Decimal], sa.Numeric.Comparator[Decimal]):
    """Sums and differences keep the type; a product would have the scale of neither side, so it is refused."""

    def operate(self, op: Callable[..., Any], *other: Any, **options: Any) -> Any:
        if op in (operator.mul, operator.truediv, operator.floordiv, operator.mod):
            raise TypeError("multiply and divide exact columns in Python: the database holds whole units")
        return super().operate(op, *other, **options)

    def _adapt_expression(self, op: Any, other_comparator: Any) -> tuple[Any, Any]:
        if op in (operator.add, operator.sub):
            return op, self.type
        return super()._adapt_expression(op, other_comparator)


class Fixed(sa.types.TypeDecorator[Decimal]):
    """Exact decimal kept as a whole number of 10**-scale units, on any database.

    errors  ValueError when a value has more than `scale` places, OverflowError when it is more than the column holds;
            TypeError when a query multiplies or divides
    """

    impl = sa.Numeric
    cache_ok = True
    comparator_factory = _ExactComparator

    def __init__(self, scale: int) -> None:
        super().__init__(18, scale)
        self.scale = scale

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(sa.BigInteger())

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        if value is None:
            return None
        units = Decimal(str(value)).scaleb(self.scale)
        if units != units.to_integral_value():
            raise ValueError(f"{value} has more than {self.scale} places")
        if abs(units) > LARGEST_UNITS:
            raise OverflowError(f"{value:.3e} is more than the column holds")
        return int(units)

    def holds(self, value: Decimal) -> bool:
        """Return whether a value is within what the column holds."""
        return abs(value.scaleb(self.scale)) <= LARGEST_UNITS

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-self.scale)

    def process_literal_param(self, value: Any, dialect: Dialect) -> str:
        return str(self.process_bind_param(value, dialect))

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        return self

    def __repr__(self) -> str:
        return f"Fixed({self.scale})"


Money = Annotated[Decimal, mapped_column(Fixed(2))]  # yuan
UnitPrice = Annotated[Decimal, mapped_column(Fixed(6))]  # yuan per unit
Quantity = Annotated[Decimal, mapped_column(Fixed(3))]  # in the product's own unit
Rate = Annotated[Decimal, mapped_column(Fixed(4))]  # 0.13 is 13 %


class UtcDateTime(sa.types.TypeDecorator[dt.datetime]):
    """An aware time, stored in UTC; a time without zone is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time needs its zone")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


UtcTime = Annotated[dt.datetime, mapped_column(UtcDateTime())]
ShortText = Annotated[str, mapped_column(sa.String(60))]
Line = Annotated[str, mapped_column(sa.String(200))]
LongText = Annotated[str, mapped_column(sa.Text())]


def choice_type(choices: type[enum.StrEnum], name: str) -> sa.Enum:
    """Return the column type of a code list: text with a named CHECK; name and value of a member are the same word."""
    return sa.Enum(choices, native_enum=False, length=20, create_constraint=True, name=name)


class DeferredChoice(sa.types.TypeDecorator[enum.StrEnum]):
    """A code of an enumeration that is complete only when every model is mapped, as text without a CHECK."""

    impl = sa.String
    cache_ok = True

    def __init__(self, choices: Callable[[], type[enum.StrEnum]]) -> None:
        super().__init__(60)
        self.choices = choices

    @property
    def enum_class(self) -> type[enum.StrEnum]:
        return self.choices()

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> enum.StrEnum | None:
        return None if value is None else self.enum_class(value)


class RecordReference(str):
    """The name of a record of any model, kept as text: "sales_order/12"."""

    __slots__ = ()

    @classmethod
    def to(cls, model: str, key: int) -> RecordReference:
        return cls(f"{model}/{key}")

    @property
    def model(self) -> str:
        """The model's name, as addresses and the log have it."""
        return self.rpartition("/")[0]

    @property
    def id(self) -> int:
        return int(self.rpartition("/")[2])


class RecordKey(sa.types.TypeDecorator[RecordReference]):
    """A reference to a record of any model; the database does not know what it leads to, and locks nothing for it."""

    impl = sa.String
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(60)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> RecordReference | None:
        return None if value is None else RecordReference(value)

    def __repr__(self) -> str:
        return "RecordKey()"
