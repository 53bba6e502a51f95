"""The `q` of a list is rison with Flask-AppBuilder's names; it is read into a listing and a page. design.md §7."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import prison
from flask_babel import gettext as _
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import AppError, invalid
from app.core.kinds.comparison import EMPTY, LISTED
from app.core.text import storable
from app.query.choices import dictionary_choices
from app.query.conditions import Criterion
from app.query.cursor import Cursor
from app.query.listing import Listing, Sort
from app.rest.schema import Member, Resource

LONGEST = 20_000
MOST_ROWS = 100
MOST_FILTERS = 30
MOST_VALUES = 1000
LAST_PAGE = 10_000_000
LARGEST = 2**63 - 1

KNOWN = {
    "filters", "columns", "select_columns", "order_column", "order_direction", "page", "page_size", "keys", "next",
}  # fmt: skip


@dataclass(frozen=True)
class RestRequest:
    """A request of a program for rows.

    page     number of the page, from 0; it begins at the cursor instead where there is one
    columns  names of the wanted members; None for all
    """

    listing: Listing
    sort: Sort
    cursor: Cursor | None
    page: int
    size: int
    columns: frozenset[str] | None = None


def bad_query(message: str, field: str = "q") -> AppError:
    return AppError("bad_query", message, field=field)


def rest_request_of(session: Session, text: str | None, resource: Resource, actor: Actor) -> RestRequest:
    """Return the rows and the members that a `q` asks for.

    errors  AppError "bad_query" (400) naming what cannot be read; Refused "invalid" (422) when `next` does not fit
    """
    asked = parsed(text)
    unknown = asked.keys() - KNOWN
    if unknown:
        raise bad_query(_("There is no such part of a query."), _short(next(iter(unknown))))
    members, filterable = _open(resource.members, actor), _open(resource.filterable, actor)
    order = _order_of(asked, members)
    direction = asked.get("order_direction", "desc" if order is None else "asc")
    if direction not in ("asc", "desc"):
        raise bad_query(_("The direction is asc or desc."), "order_direction")
    listing = Listing(resource.model, resource.beside, zeros=True)
    for item in _list(asked, "filters", MOST_FILTERS):
        criterion, path = _criterion_of(item, filterable)
        listing.filter(_with_keys(session, criterion), path)
    sort = Sort("id" if order is None else listing.path_of(order.field), direction == "desc")
    size = _whole(asked, "page_size", 20)
    page = _whole(asked, "page", 0, lowest=0, highest=LAST_PAGE)
    return RestRequest(
        listing, sort, _cursor_of(asked, listing, sort, page), page, size if 1 <= size <= MOST_ROWS else MOST_ROWS,
        _columns_of(asked, members),
    )  # fmt: skip


def _open(members: Mapping[str, Member], actor: Actor) -> dict[str, Member]:
    """Leave out the fields that need a right which this person lacks."""
    return {n: m for n, m in members.items() if m.field.needs is None or actor.may("view", m.field.needs)}


def _cursor_of(asked: Mapping[Any, Any], listing: Listing, sort: Sort, page: int) -> Cursor | None:
    """Return the cursor at which the page begins: what the page before it gave as `next`.

    errors  AppError "bad_query" (400) for what is no text; Refused "invalid" (422) for a cursor that does not fit
    """
    text = asked.get("next")
    if text is None:
        return None
    if not isinstance(text, str):
        raise bad_query(_("This must be text."), "next")
    if page:
        raise invalid("next", _("A page has a number or begins at “next”, not both."))
    cursor = listing.read_cursor(text, sort)
    if cursor is None:
        raise invalid("next", _("This is no “next” of a list in this order."))
    return cursor


def parsed(text: str | None) -> dict[Any, Any]:
    """Return the parsed query: Rison, or JSON as Flask-AppBuilder also takes it; an empty text is an empty query."""
    if not text:
        return {}
    if len(text) > LONGEST or not storable(text):
        raise bad_query(_("This query cannot be read."))
    try:
        found = json.loads(text) if text.lstrip()[:1] in ("{", "[") else prison.loads(text)
    except (prison.decoder.ParserException, ValueError, IndexError, KeyError, TypeError, RecursionError) as error:
        raise bad_query(_("This query cannot be read.")) from error
    if not isinstance(found, dict):
        raise bad_query(_("This query cannot be read."))
    return found


def _short(name: Any) -> str:
    """Return a name from the request, shortened so that it can be sent back."""
    return name[:60] if isinstance(name, str) else "?"


def _list(asked: Mapping[Any, Any], name: str, most: int) -> list[Any]:
    found = asked.get(name, [])
    if not isinstance(found, list) or len(found) > most:
        raise bad_query(_("This must be a list of at most %(n)s.", n=most), name)
    return found


def _whole(asked: Mapping[Any, Any], name: str, default: int, *, lowest: int = -LARGEST, highest: int = LARGEST) -> int:
    value = asked.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise bad_query(_("This must be a whole number."), name)
    return value


def _order_of(asked: Mapping[Any, Any], members: Mapping[str, Member]) -> Member | None:
    name = asked.get("order_column")
    if name in (None, ""):
        return None
    member = members.get(name) if isinstance(name, str) else None
    if member is None or not member.is_sortable:
        raise bad_query(_("The list cannot be ordered by “%(name)s”.", name=_short(name)), "order_column")
    return member


def _columns_of(asked: Mapping[Any, Any], members: Mapping[str, Member]) -> frozenset[str] | None:
    names = [*_list(asked, "columns", MOST_ROWS), *_list(asked, "select_columns", MOST_ROWS)]
    for name in names:
        if not isinstance(name, str) or name not in members:
            raise bad_query(_("There is no column “%(name)s”.", name=_short(name)), "columns")
    return frozenset({"id", *names}) if names else None


def _criterion_of(item: Any, members: Mapping[str, Member]) -> tuple[Criterion, str]:
    """Return the criterion of one filter, {"col": …, "opr": …, "value": …}, and the path of its column."""
    if not isinstance(item, dict) or not {"col", "opr"} <= item.keys() <= {"col", "opr", "value"}:
        raise bad_query(_("A filter has the parts col, opr and value."), "filters")
    name, operator, value = item["col"], item["opr"], item.get("value")
    member = members.get(name) if isinstance(name, str) else None
    if member is None:
        raise bad_query(_("The list cannot be filtered by “%(name)s”.", name=_short(name)), "filters")
    if not isinstance(operator, str) or operator not in member.kind.operators:
        text = _(
            "“%(name)s” can be compared by: %(operators)s.",
            name=member.name, operators=", ".join(sorted(member.kind.operators)),
        )  # fmt: skip
        raise bad_query(text, member.name)
    try:
        return Criterion(member.field, operator, _value_of(member, operator, value)), member.path
    except ValidationError as error:
        raise bad_query(str(error.messages[0]), member.name) from error


def _with_keys(session: Session, criterion: Criterion) -> Criterion:
    """Return the criterion with the keys of the items that its labels stand for; an unknown label has none."""
    dictionary = criterion.field.dictionary
    if dictionary is None or criterion.value is None:
        return criterion
    labels = criterion.value if isinstance(criterion.value, list) else [criterion.value]
    items = dictionary_choices(session, [dictionary])[dictionary]
    return replace(criterion, value=[key for key, label, _usable in items if label in labels])


def _value_of(member: Member, operator: str, value: Any) -> Any:
    """Return the value as its column compares it.

    errors  ValidationError
    """
    if operator in LISTED:
        if not isinstance(value, list) or len(value) > MOST_VALUES:
            raise ValidationError(_("This must be a list of at most %(n)s.", n=MOST_VALUES))
        return [member.kind.read_rest_filter(single) for single in value]
    if value is None and operator in EMPTY:
        return None
    return member.kind.read_rest_filter(value)
