"""However many keys there are, their rows take one statement with one parameter, made and planned once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class Keys(sa.types.TypeDecorator[list[int]]):
    """Many keys are one value: an array on PostgreSQL, a text of JSON on SQLite."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        kind = ARRAY(sa.Integer()) if dialect.name == "postgresql" else sa.Text()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Iterable[int] | None, dialect: Dialect) -> Any:
        keys = list(value or ())
        return keys if dialect.name == "postgresql" else json.dumps(keys)


class InKeyList(FunctionElement[bool]):
    """This condition says that the column is one of the keys."""

    type = sa.Boolean()
    inherit_cache = True
    name = "among"


@compiles(InKeyList, "sqlite")
def _on_sqlite(element: InKeyList, compiler: Any, **options: Any) -> str:
    column, keys = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({keys}))"  # noqa: S608


@compiles(InKeyList, "postgresql")
def _on_postgresql(element: InKeyList, compiler: Any, **options: Any) -> str:
    column, keys = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY({keys})"


def in_key_list(column: Any, keys: Iterable[int] | sa.BindParameter[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that the column is one of the keys, given now or as a parameter of type `Keys`."""
    given = keys if isinstance(keys, sa.BindParameter) else sa.bindparam(None, list(keys), type_=Keys())
    return InKeyList(column, given)
