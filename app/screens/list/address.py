"""The address of a list holds its search, filters, order and place; the list is prepared for its template.

Whatever cannot be read in an address is left out, never an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.core.actor import Actor
from app.core.cache.per_transaction import cached_per_transaction
from app.core.kinds.comparison import NOTHING
from app.core.record.fields import Field
from app.query.choices import Choices
from app.query.conditions import Criterion
from app.query.cursor import END, Cursor
from app.query.listing import Listing, Sort
from app.query.naming import display_text, nameable, visible_ids
from app.screens.frame.cells import Cells, column_class
from app.screens.frame.permitted import permitted
from app.screens.frame.registry import is_linked

PAGE_ROWS = 50
LONGEST_VALUE = 60
MOST_VALUES = 50
LONGEST_MARK = 200
_ENDS = {"from": "ge", "to": "le"}
_SIGNS = {"ge": "≥ ", "le": "≤ "}
Args = MultiDict[str, str]


@dataclass(frozen=True)
class Condition:
    """One filter in force: where it leads, what it asks, and the address parameter it came from."""

    path: str
    test: Criterion
    parameter: str


@dataclass
class ListRequest:
    """A request for a list, as its address says it."""

    query: str = ""
    preset: str = ""
    conditions: list[Condition] = field(default_factory=list)
    sort: Sort = field(default_factory=Sort)
    cursor: Cursor | None = None
    counted: bool = False


@dataclass(frozen=True)
class ListFilter:
    """One filter as it is offered: a field and how it is chosen."""

    path: str
    field: Field

    @property
    def name(self) -> str:
        return public_name(self.path)

    @property
    def is_range(self) -> bool:
        return self.field.kind.is_range


def public_name(name: str) -> str:
    """Return a field's name in addresses and forms: `class_` is called `class`."""
    return name.rstrip("_")


def filters_for(listing: Listing, paths: Sequence[str], actor: Actor) -> list[ListFilter]:
    """Return the filters of these paths, without those of fields that do not exist for this person."""
    return [ListFilter(path, listing.field(path)) for path in permitted(listing.model, paths, actor)]


def _one_of(field: Field, text: str, choices: Choices) -> Any:
    """Return the value of a text; None for what is none."""
    value = field.kind.read_filter(text)
    if field.dictionary is not None and value not in {item[0] for item in choices.get(field.dictionary, ())}:
        return None
    return value


def read_conditions(filters: Sequence[ListFilter], args: Args, choices: Choices) -> list[Condition]:
    """Return the conditions that an address asks for; “-” asks for rows that have no value there."""
    found = []
    for offered in filters:
        for parameter, texts in _said_of(offered, args):
            test = _test_of(offered, parameter, texts, choices)
            if test is not None:
                found.append(Condition(offered.path, test, parameter))
    return found


def _said_of(offered: ListFilter, args: Args) -> Iterator[tuple[str, list[str]]]:
    """Yield the parameters of a filter that the address has, each with its texts."""
    for name in (f"{offered.name}_{end}" for end in _ENDS) if offered.is_range else (offered.name,):
        if texts := [text[:LONGEST_VALUE] for text in args.getlist(name)[:MOST_VALUES]]:
            yield name, texts


def _test_of(offered: ListFilter, parameter: str, texts: list[str], choices: Choices) -> Criterion | None:
    if texts[0] == NOTHING:
        return Criterion(offered.field, "eq", None)
    if offered.is_range:
        end = parameter.rpartition("_")[2]
        value = offered.field.kind.read_limit(texts[0], end)
        return None if value is None else Criterion(offered.field, _ENDS[end], value)
    values = [value for text in texts if (value := _one_of(offered.field, text, choices)) is not None]
    return Criterion(offered.field, "in", values) if values else None


def _read_cursor(args: Args, listing: Listing, sort: Sort) -> Cursor | None:
    """Return the cursor at which the page begins.

    It is behind a row (`after`), in front of one (`before`), or the last page.
    """
    after, before = args.get("after", ""), args.get("before", "")
    if found := listing.read_cursor(after, sort):
        return found
    return END if before == "end" else listing.read_cursor(before, sort, backwards=True)


@dataclass(frozen=True)
class ListOptions:
    """The options of a list: filters and the items of their dictionaries, sorting, ready-made views."""

    filters: Sequence[ListFilter]
    choices: Choices
    sortable: Sequence[str]
    base: Sort
    presets: Sequence[str]


def read_list_request(args: Args, listing: Listing, offered: ListOptions) -> ListRequest:
    """Return the list that an address asks for."""
    wanted = args.get("sort", "")
    name = wanted.removeprefix("-")
    path = next((path for path in offered.sortable if public_name(path) == name), None)
    sort = Sort(path, wanted.startswith("-")) if path else offered.base
    preset = args.get("view", "")
    return ListRequest(
        query=args.get("q", "").replace("\x00", "").strip()[:LONGEST_VALUE],
        preset=preset if preset in offered.presets else "",
        conditions=read_conditions(offered.filters, args, offered.choices),
        sort=sort,
        cursor=_read_cursor(args, listing, sort),
        counted=args.get("count") == "all",
    )


def narrow(listing: Listing, asked: ListRequest, searched: Sequence[str]) -> None:
    """Put what is asked for into the listing's conditions."""
    for condition in asked.conditions:
        listing.filter(condition.test, condition.path)
    if asked.query:
        listing.search(searched, asked.query)


class Address:
    """The address of a list with some of its parameters changed; the place in the list is dropped by any change."""

    def __init__(self, path: str, args: Args) -> None:
        self.path = path
        self.pairs = [(k, v) for k, v in args.items(multi=True) if v and k not in ("after", "before", "count")]
        self._written = [(k, urlencode([(k, v)])) for k, v in self.pairs]

    def value(self, name: str) -> str:
        return next((v for k, v in self.pairs if k == name), "")

    def all(self, name: str) -> list[str]:
        return [v for k, v in self.pairs if k == name]

    def but(self, *without: str, **new: str) -> str:
        parts = [text for k, text in self._written if k not in without and k not in new]
        parts += [urlencode([(k, v)]) for k, v in new.items() if v]
        return f"{self.path}?{'&'.join(parts)}" if parts else self.path


@dataclass(frozen=True)
class Chip:
    """A filter in force as people see it, with the address of the list without it."""

    label: str
    text: str
    without: str
    parameter: str


Named = dict[type[Any], dict[int, str]]  # model → key → name of the row


def names_in(listing: Listing, rows: Sequence[Any]) -> Named:
    """Return the names of the related rows that stand in the rows of a list, which need not be asked again."""
    found: Named = {}
    for column in listing.columns:
        target = column.field.target
        if target is not None and column.stop - column.start > 1:
            names = found.setdefault(target, {})
            names |= {r[column.start]: display_text(target, r[column.start + 1 : column.stop]) for r in rows[:1]}
    return found


def filter_chips(
    session: Session, asked: ListRequest, address: Address, actor: Actor, known: Named | None = None
) -> list[Chip]:
    """Return the filters in force as chips; `known` are names that stand in the list itself."""
    found = []
    for condition in asked.conditions:
        test, parameter = condition.test, condition.parameter
        text = _SIGNS.get(test.operator, "") + "、".join(_test_texts(session, test, actor, known or {}))
        found.append(Chip(test.field.label, text, address.but(parameter), parameter))
    return found


def _test_texts(session: Session, test: Criterion, actor: Actor, known: Named) -> list[str]:
    kind, target = test.field.kind, test.field.target
    if test.value is None:
        return [str(_("not filled in"))]
    values = test.value if isinstance(test.value, list) else [test.value]
    if kind.is_reference and target is not None:
        names = known.get(target, {})
        if not names.keys() >= set(values):
            names = nameable(session, target, values, actor)
        return [names.get(key, str(_("out of your sight"))) for key in values]
    return [kind.limit_text(value) for value in values]


def drawn_rows(
    session: Session, listing: Listing, rows: Sequence[Any], linked: Sequence[str], actor: Actor
) -> list[tuple[int, list[Any]]]:
    """Return (key, cells) of each row; relations are links only where the person may open them."""
    opens: dict[type[Any], set[int]] = {}
    for known in _asked_about(session, listing.model):
        known |= {row[0] for row in rows}  # The rows of a list are visible to its reader.
    for column in listing.columns:
        target = column.field.target
        if not column.field.kind.is_relation or target is None or column.path in linked:
            continue
        if is_linked(target) and actor.may("read", target):
            keys = {row[column.start] for row in rows}
            opens[target] = opens.get(target, set()) | openable_keys(session, target, keys, actor)
    cells = Cells(listing.model, listing.columns, linked, opens, zeros=tuple(listing.beside))
    return [(row[0], cells.row(row)) for row in rows]


def openable_keys(session: Session, model: type[Any], keys: set[Any], actor: Actor) -> set[int]:
    """Return those of the keys whose page this person may open; asked once for all tables of a page."""
    asked, found = _asked_about(session, model)
    if keys - asked:
        found |= visible_ids(session, model, keys - asked, actor)
        asked |= keys
    return set(found & keys)


def _asked_about(session: Session, model: type[Any]) -> tuple[set[Any], set[int]]:
    """Return the keys of the model that this page has asked about, and those of them that may be opened."""
    return cached_per_transaction(session, ("opened", model), lambda: (set(), set()))


def list_heads(listing: Listing, asked: ListRequest, sortable: Sequence[str], address: Address) -> list[dict[str, Any]]:
    """Return the headings: label, class, and the address that sorts by the column, first rising, then falling."""
    found = []
    for column in listing.columns:
        name = public_name(column.path)
        is_sorted = asked.sort.path == column.path
        falling = is_sorted and asked.sort.descending
        rising_first = not column.field.kind.falls_first
        descend = not asked.sort.descending if is_sorted else not rising_first
        found.append(
            {
                "path": column.path,
                "label": column.label,
                "class": column_class(column.field),
                "href": address.but(sort=("-" if descend else "") + name) if column.path in sortable else "",
                "sorted": ("descending" if falling else "ascending") if is_sorted else "",
            }
        )
    return found
