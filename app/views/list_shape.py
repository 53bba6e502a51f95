"""How a list is laid out: what a row tells on a phone, and what stands below a list that was counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.core.fields import Kind
from app.reports.listing import Column, Listing
from app.views.cells import shown

_TOLD = (Kind.relation, Kind.dictionary, Kind.text)


def place_in_cards(heads: Sequence[dict[str, Any]], listing: Listing, wanted: Sequence[str]) -> None:
    """Give each column its place on a phone: name, state, a fact and a figure; the others are left out there."""
    chosen = list(wanted) or _chosen(listing.columns)
    for column, head in zip(listing.columns, heads, strict=True):
        place = f"k{chosen.index(column.path) + 1}" if column.path in chosen else "off"
        head["class"] = f"{head['class']} {place}".strip()
        head["told"] = place == "k4"  # a figure alone says nothing: its label stands before it


def _chosen(columns: Sequence[Column]) -> list[str]:
    """The title, the first state, the first fact and the last amount, or the first date where there is none."""
    title = columns[0].path
    rest = columns[1:]
    state = next((c.path for c in rest if c.field.kind is Kind.choice), "")
    fact = next((c.path for c in rest if c.field.kind in _TOLD), "")
    amounts = [c.path for c in rest if c.field.kind is Kind.decimal]
    dates = [c.path for c in rest if c.field.kind in (Kind.date, Kind.time)]
    return [title, state, fact, (amounts[-1:] or dates[:1] or [""])[0]]


def states_of(listing: Listing, rows: Sequence[Any]) -> dict[int, str]:
    """Row key → code of its state, where the list shows one: which steps can be taken with it."""
    column = next((c for c in listing.columns if c.path == "state"), None)
    return {row[0]: row[column.start].value for row in rows} if column is not None else {}


def foot_of(listing: Listing, sums: Mapping[str, Decimal]) -> list[Any]:
    """The sums of a list, each below its column."""
    return [shown(c.field, sums[c.path]) if c.path in sums else "" for c in listing.columns] if sums else []
