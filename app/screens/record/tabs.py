"""The tabs of a record's page hold its linked rows, its files and its log; all but the first are fetched on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db.base import model_name
from app.query.linked import COUNTED_TO, LinkedRows, counts_of
from app.screens.frame.registry import view_of
from app.screens.record.record_page import PageTable, Related, table_of

# With this header the page's script asks for a tab alone, and recognises the answer.
FRAGMENT = "X-Fragment"


@dataclass(frozen=True)
class Tab:
    """One tab.

    name      its place in addresses: `/customer/tab/7/orders`, `/customer/show/7#orders`
    template  what draws it, with what `shows` returns; called only when it is opened
    count     what is on it, for the number beside the title
    model     whose right to read it needs; none where seeing the record is enough
    """

    name: str
    title: Any
    template: str
    shows: Callable[[], Mapping[str, Any]]
    count: LinkedRows | None = None
    model: type[Any] | None = None

    def is_for(self, actor: Actor) -> bool:
        return self.model is None or actor.may("read", self.model)


@dataclass(frozen=True)
class Heading:
    """A tab as the strip shows it."""

    name: str
    title: Any
    href: str
    number: int | None
    is_open: bool

    @property
    def shown_number(self) -> str:
        """The number as the tab shows it: empty for zero, 99+ for many."""
        if not self.number:
            return ""
        return f"{COUNTED_TO}+" if self.number > COUNTED_TO else str(self.number)


def headings(session: Session, row: Any, tabs: Sequence[Tab], opened: str, address: str, actor: Actor) -> list[Heading]:
    """Return the strip of tabs with all numbers, read in one statement. The name of a tab is added to `address`."""
    counted = {tab.name: tab.count for tab in tabs if tab.count is not None}
    numbers = dict(zip(counted, counts_of(session, row, list(counted.values()), actor), strict=True))
    return [Heading(tab.name, tab.title, address + tab.name, numbers.get(tab.name), tab.name == opened) for tab in tabs]


def related_tab(session: Session, part: Related, row: Any, actor: Actor) -> Tab:
    """Return the rows of another model that belong to a record."""
    view = view_of(part.model)

    def shows() -> dict[str, PageTable | None]:
        return {"table": table_of(session, part, row, actor)}

    return Tab(
        part.name or model_name(part.model), part.title or (view.title if view is not None else _("Lines")),
        "record/tab_table.html", shows, LinkedRows(part.model, part.via), part.model,
    )  # fmt: skip
