"""Conditions on a field of a list: what an operator of a filter means in SQL."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core.record.fields import Field, Kind
from app.core.record.numbering import whole_number
from app.core.search.index import matches
from app.models.system.setting import DictionaryItem


@dataclass(frozen=True)
class Test:
    """One condition of a list: a field, an operator of Flask-AppBuilder's, and a value of the field's own type."""

    __test__ = False  # no test case, whatever pytest thinks of the name

    field: Field
    operator: str
    value: Any


def condition(test: Test, column: Any) -> sa.ColumnElement[bool]:
    """The condition in SQL. Text is compared without regard to case, as Flask-AppBuilder does.

    column  what the field is filtered by in the statement; None for several rows of another model
    """
    found: sa.ColumnElement[bool]
    if test.field.kind is Kind.many:
        relation = getattr(test.field.model, test.field.name)
        found = relation.any(relation.property.mapper.class_.id == test.value)
        return found
    if test.field.kind is Kind.dictionary and test.value is not None:
        return _by_label(column, test)
    found = _COMPARED[test.operator](column, test.value)
    model = test.field.model
    is_searched = test.operator == "ct" and test.field.name in getattr(model, "__searched__", ())
    if is_searched and not any(whole_number(model, word) for word in test.value.split()):  # a number finds one row only
        found = sa.and_(matches(model, test.value), found)
    return found


def _by_label(column: Any, test: Test) -> sa.ColumnElement[bool]:
    labels = test.value if isinstance(test.value, list) else [test.value]
    items = sa.select(DictionaryItem.id).where(
        DictionaryItem.dictionary == test.field.dictionary, DictionaryItem.label.in_(labels)
    )
    found: sa.ColumnElement[bool] = column.in_(items)
    return sa.or_(column.is_(None), ~found) if test.operator in ("neq", "not_in", "nrel_o_m") else found


def _but_not(positive: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The opposite; a row without a value fits too."""
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


def _is_one_of(column: Any, values: list[Any]) -> Any:
    return column.in_(values)


_COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "eq": _equals,
    "neq": _differs,
    "gt": operator.gt,
    "lt": operator.lt,
    "in": _is_one_of,
    "not_in": _but_not(_is_one_of),
    "rel_o_m": _equals,
    "nrel_o_m": _differs,
    "ct": _contains,
    "nct": _but_not(_contains),
    "sw": _starts,
    "nsw": _but_not(_starts),
    "ew": _ends,
    "new": _but_not(_ends),
}
