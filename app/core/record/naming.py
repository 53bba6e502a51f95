"""A model says once what it and its rows are called; lists, forms, log, REST and paper read it here.

__singular__         what one row is called ("order"); the heading of a form, a button, a line of the log
__plural__           what many are called ("Orders"); the singular when left out, as in Chinese both are the same
__display_columns__  columns that make up what a row is called, a column of a related row as "sales_order.number"; the
                     name, the label or the number when left out
__display_text__     makes the text of them, a static method; their values with a space between when left out
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from app.core.record.fields import label_of, title_column


def singular(model: type[Any]) -> Any:
    """Return what one row of the model is called, translated when it is shown; nothing where nobody has said it."""
    return getattr(model, "__singular__", "")


def plural(model: type[Any]) -> Any:
    """Return what many rows of the model are called; nothing where nobody has said it.

    The lines of a document are called as the document calls them.
    """
    return getattr(model, "__plural__", "") or singular(model) or _label_of_parts(model)


def _label_of_parts(model: type[Any]) -> str:
    for relation in sa.inspect(model).relationships:
        name = relation.back_populates
        if name and relation.mapper.relationships[name].cascade.delete_orphan:
            return label_of(relation.mapper.class_, name)
    return ""


def display_columns(model: type[Any]) -> tuple[str, ...]:
    """Return names of the columns that `display_text` needs."""
    said: tuple[str, ...] | None = getattr(model, "__display_columns__", None)
    return said or (title_column(model),)


def display_text(model: type[Any], values: Sequence[Any]) -> str:
    """Return what the row with these values of its display columns is called; nothing for no row."""
    if values[0] is None:
        return ""
    make = getattr(model, "__display_text__", None)
    if make is not None:
        return str(make(*values))
    if len(values) == 1:
        return str(values[0])
    return " ".join(str(value) for value in values if value)


def name_of(row: Any) -> str:
    """Return what this row is called."""
    model = type(row)
    return display_text(model, [attrgetter(name)(row) for name in display_columns(model)])


def is_named(model: type[Any]) -> bool:
    """Return whether its rows have a name of their own; the lines of a document have none."""
    return display_columns(model) != ("id",)
