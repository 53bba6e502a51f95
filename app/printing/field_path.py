"""A path such as "purchase_order.supplier" leads from a row to a field: its label, right, value and loading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.core.actor import Actor
from app.core.record.fields import Field, fields_of
from app.models.system.user import AppUser


def fields_on(model: type[Any], path: str) -> Iterator[Field]:
    """Yield each field on the path, from the model on.

    errors  KeyError when there is no such field
    """
    at: type[Any] | None = model
    for name in path.split("."):
        described = fields_of(at)[name]  # type: ignore[arg-type]  # a path goes on only behind a relation
        yield described
        at = described.target


def last_field(model: type[Any], path: str) -> Field:
    """Return the field that the path ends at."""
    *_before, last = fields_on(model, path)
    return last


def may_see(model: type[Any], path: str, actor: Actor) -> bool:
    """Return whether every field on the path exists for this person: costs do only with a right of their own."""
    return all(not described.needs or actor.may("view", described.needs) for described in fields_on(model, path))


def value_at(row: Any, path: str) -> Any:
    """Return the value at the end of the path; None where a row on the way is missing."""
    for name in path.split("."):
        if row is None:
            return None
        row = getattr(row, name)
    return row


def text_at(row: Any, path: str) -> str:
    """Return what stands on paper of the field at the end of the path."""
    value = value_at(row, path)
    if isinstance(value, AppUser):
        return value.name  # A paper does not say whether a person has left since.
    return "" if value is None else last_field(type(row), path).kind.paper(value)


def loaded_with(model: type[Any], path: str, option: Any = None) -> Any:
    """Return a load option for the rows on the path, behind `option` where that is given; None where there are none."""
    at = model
    for name in path.split("."):
        relation = sa.inspect(at).relationships.get(name)
        if relation is None:
            break
        option = (joinedload if option is None else option.joinedload)(getattr(at, name))
        at = relation.mapper.class_
    return option
