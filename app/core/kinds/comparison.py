"""The operators of a filter get their meaning in SQL. Their names are Flask-AppBuilder's; `ge` and `le` are ours."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

Compare = Callable[[Any, Any], Any]


def but_not(positive: Compare) -> Compare:
    """Return the opposite comparison; a row without a value fits too."""
    return lambda column, value: sa.or_(column.is_(None), ~positive(column, value))


def _equals(column: Any, value: Any) -> Any:
    return column == value  # None becomes IS NULL


def _differs(column: Any, value: Any) -> Any:
    return column.is_distinct_from(value)


def _contains(column: Any, value: str) -> Any:
    return column.icontains(value, autoescape=True)


def _starts(column: Any, value: str) -> Any:
    return column.istartswith(value, autoescape=True)


def _ends(column: Any, value: str) -> Any:
    return column.iendswith(value, autoescape=True)


def is_one_of(column: Any, values: Any) -> Any:
    """Return the condition that the column is one of the values, a list or a SELECT."""
    return column.in_(values)


# Text is compared without regard to case, as Flask-AppBuilder does.
COMPARED: dict[str, Compare] = {
    "eq": _equals,
    "neq": _differs,
    "gt": operator.gt,
    "lt": operator.lt,
    "ge": operator.ge,
    "le": operator.le,
    "in": is_one_of,
    "not_in": but_not(is_one_of),
    "rel_o_m": _equals,
    "nrel_o_m": _differs,
    "ct": _contains,
    "nct": but_not(_contains),
    "sw": _starts,
    "nsw": but_not(_starts),
    "ew": _ends,
    "new": but_not(_ends),
}
HAS_ROW = "rel_m_m"  # One of the related rows is this one.
NOTHING = "-"  # It stands in an address for rows that have no value; no code and no key is called so.
NEGATIVE = frozenset({"neq", "not_in", "nrel_o_m"})
EMPTY = frozenset({"eq", "neq", "rel_o_m", "nrel_o_m"})  # These may ask for rows without a value.
LISTED = frozenset({"in", "not_in"})  # these compare with a list
OPERATORS = (*COMPARED, HAS_ROW)
