"""A condition on the rows of a list consists of a field, an operator and a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core.kinds.comparison import COMPARED, NEGATIVE
from app.core.record.fields import Field
from app.core.record.numbering import whole_number
from app.core.search.index import has_number, matches
from app.core.search.normal_forms import DialledForm, NormalForm
from app.core.search.phone import LOCAL, dialled, digits_of
from app.core.text import normalised

# These compare texts; each that is negative is the opposite of another one.
_TEXTUAL = {"eq": "eq", "ct": "ct", "sw": "sw", "ew": "ew", "neq": "eq", "nct": "ct", "nsw": "sw", "new": "ew"}
_NEGATIVE = NEGATIVE | {"nct", "nsw", "new"}


@dataclass(frozen=True)
class Criterion:
    """One condition of a list: a field, an operator of `core.kinds.comparison`, and a value of the field's own type.

    Of a relation and of an item of a dictionary the value is the key; `in` and `not_in` have a list of values.
    """

    field: Field
    operator: str
    value: Any


def condition(criterion: Criterion, attribute: Any) -> sa.ColumnElement[bool]:
    """Return the condition in SQL: what the kind of the field makes of it; of a searched text, its normal form.

    attribute  what stands for the field in the statement
    """
    field, operator, value = criterion.field, criterion.operator, criterion.value
    is_searched = field.name in getattr(field.model, "__searched__", ())
    if is_searched and field.kind.is_text and operator in _TEXTUAL and isinstance(value, str):
        compare = _numbers if field.kind.is_phone and digits_of(value) else _words
        found = compare(field, attribute, _TEXTUAL[operator], value)
        return sa.or_(attribute.is_(None), sa.not_(found)) if operator in _NEGATIVE else found
    return field.kind.where(attribute, operator, value)


def _words(field: Field, attribute: Any, operator: str, value: str) -> sa.ColumnElement[bool]:
    """Compare without regard to case, width, spaces and alike signs; the index of words narrows what is read."""
    # A whole document number finds one row only, so the index of words is not asked for it.
    if operator == "eq" and (number := whole_number(field.model, normalised(value))) is not None:
        return attribute == number  # type: ignore[no-any-return]
    form = normalised(value)
    if not form:
        return field.kind.where(attribute, operator, value)
    found = COMPARED[operator](NormalForm(attribute), form)
    if any(whole_number(field.model, word) for word in value.split()):
        return found  # type: ignore[no-any-return]
    return sa.and_(matches(field.model, value), found)


def _numbers(field: Field, attribute: Any, operator: str, value: str) -> sa.ColumnElement[bool]:
    """Compare telephone numbers as they are dialled; a part of one is compared by its digits."""
    found = COMPARED[operator](DialledForm(attribute), dialled(value))
    return sa.and_(has_number(field.model, value), found) if len(digits_of(value)) >= LOCAL else found
