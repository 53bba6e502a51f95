"""Conditions on the rows of a list: a field, an operator and a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core.record.fields import Field
from app.core.record.numbering import whole_number
from app.core.search.index import matches


@dataclass(frozen=True)
class Test:
    """One condition of a list: a field, an operator of Flask-AppBuilder's, and a value of the field's own type."""

    __test__ = False  # no test case, whatever pytest thinks of the name

    field: Field
    operator: str
    value: Any


def condition(test: Test, attribute: Any) -> sa.ColumnElement[bool]:
    """The condition in SQL: what the kind of the field makes of it, and the index of words where there is one.

    attribute  what stands for the field in the statement
    """
    model = test.field.model
    found = test.field.kind.where(attribute, test.operator, test.value)
    is_searched = test.operator == "ct" and test.field.name in getattr(model, "__searched__", ())
    if is_searched and not any(whole_number(model, word) for word in test.value.split()):  # a number finds one row only
        found = sa.and_(matches(model, test.value), found)
    return found
