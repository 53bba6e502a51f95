"""A list has a layout: what a row shows on a phone, and what stands below a list that was counted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.query.listing import ListColumn, Listing
from app.screens.frame.cells import as_html, field_markup

_PLACES = 4


def place_in_cards(heads: Sequence[dict[str, Any]], listing: Listing, wanted: Sequence[str]) -> None:
    """Give each column its place on a phone: name, state, a fact and a figure; the others are left out there.

    What is wanted beyond these four stands below them, each on a line of its own.
    """
    chosen = list(wanted) or _chosen(listing.columns)
    for column, head in zip(listing.columns, heads, strict=True):
        at = chosen.index(column.path) if column.path in chosen else None
        place = "off" if at is None else f"k{at + 1}" if at < _PLACES else "also"
        head["class"] = f"{head['class']} {place}".strip()
        # A figure needs its label before it; a day, a number or a name does not.
        head["told"] = place in ("k4", "also") and column.field.kind.is_numeric


def column_at(heads: Sequence[Mapping[str, Any]], path: str) -> int | None:
    """Return where a column stands among those this person has chosen; None when they left it out."""
    return next((at for at, head in enumerate(heads) if head.get("path") == path), None)


def tell_flag(heads: Sequence[Mapping[str, Any]], rows: Sequence[tuple[int, list[Any]]], path: str, told: Any) -> None:
    """Replace the cells of a flag: “yes” becomes a text, “no” becomes empty."""
    at = column_at(heads, path)
    if at is None:
        return
    for _key, cells in rows:
        cells[at] = "" if isinstance(cells[at], Markup) else told


def _chosen(columns: Sequence[ListColumn]) -> list[str]:
    """Return the columns of a card.

    They are the title, the first state, the first fact and the last amount, or the first date.
    """
    title = columns[0].path
    rest = columns[1:]
    state = next((c.path for c in rest if c.field.choices is not None), "")
    fact = next((c.path for c in rest if c.field.kind.is_reference or c.field.kind.is_line), "")
    amounts = [c.path for c in rest if c.field.kind.is_exact]
    dates = [c.path for c in rest if c.field.kind.is_temporal]
    return [title, state, fact, (amounts[-1:] or dates[:1] or [""])[0]]


def states_of(listing: Listing, rows: Sequence[Any]) -> dict[int, str]:
    """Return a mapping: row key → code of its state, where the list shows one: which steps can be taken with it."""
    column = next((c for c in listing.columns if c.path == "state"), None)
    return {row[0]: row[column.start].value for row in rows} if column is not None else {}


_TAGS = re.compile("<[^>]*>")


def body_of(
    heads: Sequence[Mapping[str, Any]], rows: Sequence[tuple[int, list[Any]]], states: Mapping[int, str]
) -> Markup:
    """Return the rows of a list, each with its box to choose it.

    Put together here and not in the template: half the time of a page of fifty rows went into its cells there. A cell
    ends where the next begins, as HTML has it: said six hundred times over, its end would be a twentieth of the page.
    """
    row_form = _row_form(heads)
    found = []
    for key, cells in rows:
        # Most cells are markup already; asking each for `__html__` takes longer than all the rest.
        drawn = [cell if type(cell) is Markup else as_html(cell) for cell in cells]
        state = f' data-s="{states[key]}"' if key in states else ""
        found.append(row_form % (state, key, _TAGS.sub("", drawn[0]), *drawn))
    return Markup("".join(found))  # noqa: S704 - every cell and label is escaped above


def _row_form(heads: Sequence[Mapping[str, Any]]) -> str:
    """Return a row with a %s for its state, its key, what it is called and each of its cells."""
    before, _mark, after = str(escape(_("Choose %(what)s", what="\0"))).replace("%", "%%").partition("\0")
    form = f'<tr%s><td class="ck"><input type="checkbox" name="id" value="%s" aria-label="{before}%s{after}">'
    for head in heads:
        kind = f' class="{escape(head["class"])}"' if head["class"] else ""
        told = f' data-l="{escape(head["label"])}"' if head.get("told") else ""
        form += f"<td{kind}{told}>".replace("%", "%%") + "%s"
    return form + "</tr>\n"


def is_summed(listing: Listing) -> bool:
    """Return whether there is anything to add up."""
    return any(c.field.kind.is_summed for c in listing.columns)


def foot_of(listing: Listing, sums: Mapping[str, Decimal]) -> list[Any]:
    """Return the sums of a list, each below its column."""
    return [field_markup(c.field, sums[c.path]) if c.path in sums else "" for c in listing.columns] if sums else []
