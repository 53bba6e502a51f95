"""What a person would send to make or change a row like one that is there: forms and bodies made from its fields."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.core.db.base import db
from app.core.record.entry import ENTRIES
from app.core.record.fields import Field, fields_of
from app.screens.list.address import public_name
from app.security.accounts.people import actor_named
from app.security.policy import is_visible, visible


def typed_value(described: Field, row: Any) -> list[str]:
    """A field of the row as its control would send it."""
    value = getattr(row, described.name)
    if described.kind.is_several:
        return [str(each.id) for each in value]
    if value is None or described.kind.is_lines:
        return []
    if described.kind.is_reference:
        return [str(value.id)]
    if isinstance(value, bool):
        return ["1"] if value else []
    if isinstance(value, enum.Enum):
        return [str(value.value)]
    if isinstance(value, Decimal):
        return [f"{value:f}"]
    return [value.isoformat() if isinstance(value, dt.date) else str(value)]


def typed(model: type[Any], row: Any) -> dict[str, list[str]]:
    """Every field that people may set, by its name in forms."""
    fields = fields_of(model)
    names = [name for name in ENTRIES[model].writable if name in fields]
    return {public_name(name): typed_value(fields[name], row) for name in names}


def sent_document(row: Any, login: str) -> dict[str, Any]:
    """A document as the script of its form would send it, without rows that this person cannot pick.

    returns  the head, and the lines without their keys
    """
    model, actor = type(row), actor_named(db.session(), login)
    fields = fields_of(model)
    head = {name: texts for name, texts in typed(model, row).items() if name != "lines"}
    for name, described in fields.items():
        picked = getattr(row, name) if described.kind.is_relation else None
        if public_name(name) in head and picked is not None and not is_visible(db.session(), picked, actor):
            head[public_name(name)] = []
    return {"head": head, "lines": [sent_line(model, line) for line in row.lines]}


def sent_line(model: type[Any], line: Any) -> dict[str, Any]:
    """The cells of a line; keys of rows are numbers there."""
    fields, found = fields_of(type(line)), {}
    for name in ENTRIES[model].line_fields:
        texts = typed_value(fields[name], line) if name in fields else []
        if texts:
            found[name] = int(texts[0]) if fields[name].kind.is_reference else texts[0]
    return found


def first(model: type[Any], login: str, *conditions: Any) -> Any:
    """The newest row of a model that this person sees."""
    query = visible(sa.select(model).where(*conditions), model, actor_named(db.session(), login))
    return db.session.scalars(query.order_by(model.id.desc())).first()


def hidden_keys(model: type[Any], login: str) -> list[int]:
    """Keys of rows that are there and not for this person."""
    seen = visible(sa.select(model.id), model, actor_named(db.session(), login))
    return list(db.session.scalars(sa.select(model.id).where(model.id.not_in(seen)).order_by(model.id)))
