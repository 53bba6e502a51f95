"""A condition on the rows of a list consists of a field, an operator and a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core.record.fields import Field
from app.core.record.numbering import whole_number
from app.core.search.index import matches


@dataclass(frozen=True)
class Criterion:
    """One condition of a list: a field, an operator of `core.kinds.comparison`, and a value of the field's own type.

    Of a relation and of an item of a dictionary the value is the key; `in` and `not_in` have a list of values.
    """

    field: Field
    operator: str
    value: Any


def condition(criterion: Criterion, attribute: Any) -> sa.ColumnElement[bool]:
    """Return the condition in SQL: what the kind of the field makes of it, and the index of words where there is one.

    attribute  what stands for the field in the statement
    """
    model = criterion.field.model
    found = criterion.field.kind.where(attribute, criterion.operator, criterion.value)
    is_searched = criterion.operator == "ct" and criterion.field.name in getattr(model, "__searched__", ())
    # A whole document number finds one row only, so the index of words is not asked for it.
    if is_searched and not any(whole_number(model, word) for word in criterion.value.split()):
        found = sa.and_(matches(model, criterion.value), found)
    return found
