"""A column may hold the normal form of another one, by which rows are found and compared; it follows by itself.

name_key: Mapped[str] = mapped_column(sa.String(120), server_default="", index=True, info=normal_form_of("name"))

Texts without such a column are brought into their normal form by the database where they are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from app.core.appbuilder import Model
from app.core.db.base import models_by_name
from app.core.search.phone import EXTENSION, HOME, dialled
from app.core.text import ALIKE, BEFORE_FRACTION, HIDDEN, normalised

Form = Callable[[str], str]
READ_AT_ONCE = 2000


def normal_form_of(name: str, form: Form = normalised) -> dict[str, Any]:
    """Return the `info` of a column that holds the normal form of the column of this name."""
    return {"normal_form_of": name, "form": form}


def normal_form_columns(model: type[Any]) -> Iterator[sa.Column[Any]]:
    """Yield the columns of a model that hold normal forms."""
    table = getattr(model, "__table__", None)
    return (column for column in (table.c if table is not None else ()) if "normal_form_of" in column.info)


def is_normal_form(column: sa.Column[Any] | None) -> bool:
    """Return whether a column holds the normal form of another one, which concerns nobody but the system."""
    return column is not None and "normal_form_of" in column.info


def form_in(column: sa.Column[Any], value: str | None) -> str:
    """Return what a column of normal forms holds for a value."""
    text: str = column.info["form"](value or "")
    return text[: column.type.length]  # type: ignore[attr-defined]  # such a column is a String


def with_normal_forms(model: type[Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a row that is inserted beside the session, with their normal forms."""
    return {**row, **{c.key: form_in(c, row.get(c.info["normal_form_of"])) for c in normal_form_columns(model)}}


@event.listens_for(Model, "attribute_instrument", propagate=True)
def _follow(model: type[Any], name: str, attribute: Any) -> None:
    """Set the normal form whenever its text is set."""
    for column in normal_form_columns(model):
        if column.info["normal_form_of"] == name:
            event.listen(attribute, "set", partial(_set, column))


def _set(column: sa.Column[Any], row: Any, value: str | None, _before: Any, _initiator: Any) -> None:
    setattr(row, column.key, form_in(column, value))


def wrong_forms(session: Session) -> Iterator[str]:
    """Yield a line for each row whose normal form is not that of its text."""
    for name, model in models_by_name().items():
        for column in normal_form_columns(model):
            text = model.__table__.c[column.info["normal_form_of"]]
            query = sa.select(model.__table__.c.id, text, column).execution_options(yield_per=READ_AT_ONCE)
            for key, value, form in session.execute(query):
                if form != form_in(column, value):
                    yield f"{name} {key}: {column.key} is {form!r}, its text says {form_in(column, value)!r}"


# In queries


class NormalForm(FunctionElement[str]):
    """This expression is the normal form of a text, as `normalised` makes it; no index helps to find it."""

    type = sa.String()
    inherit_cache = True
    name = "normal_form"


@compiles(NormalForm, "sqlite")
def _on_sqlite(element: NormalForm, compiler: Any, **options: Any) -> str:
    return f"normal_form({compiler.process(element.clauses, **options)})"


@compiles(NormalForm, "postgresql")
def _on_postgresql(element: NormalForm, compiler: Any, **options: Any) -> str:
    text = compiler.process(element.clauses, **options)
    narrowed = f"translate({text}, '０１２３４５６７８９／　', '0123456789/ ')"
    parted = rf"regexp_replace({narrowed}, '{BEFORE_FRACTION}', '\1-', 'g')"
    seen = f"regexp_replace({parted}, '[{HIDDEN}]', '', 'g')"
    folded = rf"regexp_replace(replace(lower(normalize({seen}, NFKC)), 'ß', 'ss'), '[\s\x01-\x1f\x7f]', '', 'g')"
    signs, meant = ("".join(map(chr, ALIKE)), "".join(map(str, ALIKE.values())))
    return f"translate({folded}, '{signs}', '{meant}')"


class DialledForm(FunctionElement[str]):
    """This expression is a telephone number as it is dialled, as `dialled` makes it; no index helps to find it."""

    type = sa.String()
    inherit_cache = True
    name = "dialled_form"


@compiles(DialledForm, "sqlite")
def _dialled_on_sqlite(element: DialledForm, compiler: Any, **options: Any) -> str:
    return f"dialled_form({compiler.process(element.clauses, **options)})"


@compiles(DialledForm, "postgresql")
def _dialled_on_postgresql(element: DialledForm, compiler: Any, **options: Any) -> str:
    """Return the same as on SQLite for one number; the digits of several in one field follow each other."""
    text = f"normalize({compiler.process(element.clauses, **options)}, NFKC)"
    for pattern in (EXTENSION, "[^0-9]", "^00(?=[1-9])", HOME, "^0"):
        text = f"regexp_replace({text}, '{pattern}', '', 'gi')"
    return text


def kept_form(model: type[Any], name: str) -> sa.Column[Any] | None:
    """Return the column that holds the normal form of the one of this name; None where there is none."""
    return next((column for column in normal_form_columns(model) if column.info["normal_form_of"] == name), None)


def comparable(model: type[Any], name: str) -> tuple[Any, Form]:
    """Return the column by which a text is compared, and how a value is brought into the form it holds."""
    kept = kept_form(model, name)
    if kept is None:
        return getattr(model, name), lambda value: value
    return getattr(model, kept.key), partial(form_in, kept)


def same_value(model: type[Any], name: str, value: Any, *, but: int | None = None) -> sa.Select[Any]:
    """Return the keys of rows, but for one, that have this value, or where its normal form is kept, the same form."""
    column, form = comparable(model, name)
    return sa.select(model.id).where(column == form(value), model.id != (but or 0))


def add_functions(connection: Any) -> None:
    """Teach a connection of SQLite the normal forms."""
    for name, form in (("normal_form", normalised), ("dialled_form", dialled)):
        connection.create_function(name, 1, partial(_of_sqlite, form), deterministic=True)


def _of_sqlite(form: Form, text: Any) -> str | None:
    return None if text is None else form(str(text))
