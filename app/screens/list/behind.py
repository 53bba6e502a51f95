"""The rows behind a figure of a report: the filters they are told by, and the page that shows them. design.md §1."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.core.actor import Actor
from app.core.kinds.comparison import NOTHING
from app.core.report import EMPTY, Behind, Report
from app.query.choices import dictionary_choices
from app.query.listing import Listing
from app.screens.frame.cells import page_of
from app.screens.frame.registry import VIEWS, model_named
from app.screens.list.address import Condition, filters_for, read_conditions


def parameters(
    behind: Behind, report: Report, filters: Mapping[str, Any], row: Mapping[str, Any] | None
) -> dict[str, str] | None:
    """Return the filters there and their texts; None where the total cannot be told by the filters there.

    filters  those of the report that are in force, by name
    row      the row of the figure; without one the figure is the total of all rows
    """
    target = behind.report
    carried = {name: name for name in (target.filters if target is not None else ())} | dict(behind.filters)
    found = dict(behind.where)
    for name in report.filters:
        value = filters.get(name)
        if value is not None and name in carried:
            found[carried[name]] = _written(value)
        elif value is not None and row is None:
            return None
    if row is not None:
        return found | {name: _written(row[column]) for name, column in behind.keys.items()}
    return None if target is not None and not set(target.required) <= found.keys() else found


def _written(value: Any) -> str:
    """Return a value as an address has it."""
    if value is None or value is EMPTY:
        return NOTHING
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, enum.Enum):
        return str(value.value)
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def may_open(behind: Behind, actor: Actor) -> bool:
    """Return whether this person may read what stands there."""
    target = behind.report
    return actor.may("read", behind.opens) if target is None else target.may_be_read(actor)


def page_behind(behind: Behind, said: Mapping[str, str]) -> str:
    """Return the address of the page that shows the rows."""
    target = behind.report
    if target is not None:
        return f"/report/{target.name}/?{urlencode(said)}"
    return f"{page_of(listed_model(behind))}/list/?{urlencode(said)}"


def listed_model(behind: Behind) -> type[Any]:
    """Return the model whose list it opens.

    errors  LookupError when there is no such list
    """
    model = model_named(behind.opens)
    if model is None:
        raise LookupError(f"{behind.opens} has no list")
    return model


def conditions_behind(session: Session, behind: Behind, said: Mapping[str, str], actor: Actor) -> list[Condition]:
    """Return the conditions that the filters of a list stand for.

    errors  LookupError for a filter that the list does not offer
    """
    view = VIEWS[listed_model(behind)]
    offered = filters_for(Listing(view.model, view.beside), view.filter_columns, actor)
    dictionaries = [str(each.field.dictionary) for each in offered if each.field.dictionary is not None]
    found = read_conditions(offered, MultiDict(said), dictionary_choices(session, dictionaries))
    if {condition.parameter for condition in found} != said.keys():
        raise LookupError(f"{view.__name__} does not offer every filter of {said}")
    return found
