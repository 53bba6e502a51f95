"""The page of one record is put together: sections of fields, tables, buttons with reasons, files, log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.flow.workflow import Offer
from app.core.record.fields import fields_of
from app.query.choices import dictionary_choices
from app.query.listing import Listing, Sort
from app.screens.form.dialogs import Dialog, asked_fields, dialog_of
from app.screens.frame.cells import column_class, field_markup, link, linked_to
from app.screens.frame.permitted import permitted
from app.screens.frame.registry import has_page, is_linked, view_of
from app.screens.list.address import drawn_rows, openable_keys, public_name

MOST_LINES = 2000


@dataclass(frozen=True)
class Related:
    """Rows of another model that belong to this record, latest first; only those who may read that model see them.

    via    the relation of the other model that leads here
    rows   how many are shown; the rest stands in the other model's own list
    name   of its tab in addresses; the model's when left out
    """

    model: type[Any]
    via: str
    columns: tuple[str, ...]
    title: Any = ""
    rows: int = 12
    sort: Sort = field(default_factory=Sort)
    name: str = ""


@dataclass(frozen=True)
class RelatedLines:
    """The lines of a document, all of them, in order, with totals at the foot."""

    model: type[Any]
    via: str
    columns: tuple[str, ...]
    title: Any = ""
    totals: tuple[str, ...] = ()
    sort: Sort = field(default_factory=lambda: Sort("id", False))


@dataclass(frozen=True)
class RecordFigure:
    """A figure in the strip above a record: what it is, its text, a remark, and the list or page behind it."""

    label: Any
    text: Any
    note: Any = ""
    tone: str = ""
    href: str = ""
    share: int | None = None  # percent, drawn as a bar


@dataclass(frozen=True)
class PageButton:
    """A button that leads to another page, or to a dialog that the page draws itself.

    is_next  the likely next step: blue, and under the thumb on the phone
    """

    label: Any
    href: str = ""
    icon: str = ""
    dialog: str = ""
    is_next: bool = False


@dataclass
class PageTable:
    """A table within a page."""

    title: Any
    heads: list[dict[str, Any]]
    rows: list[tuple[int, list[Any]]]
    foot: list[Any] = field(default_factory=list)
    more: str = ""
    add: str = ""


def relations_to_load(model: type[Any], names: Sequence[str]) -> tuple[Any, ...]:
    """Load options, so that showing the relations takes no further query."""
    keys = set(sa.inspect(model).relationships.keys())
    return tuple(joinedload(getattr(model, name)) for name in names if name in keys)


def value_cells(row: Any, names: Sequence[str], actor: Actor, session: Session) -> list[tuple[str, str, Any]]:
    """Return (name, label, value) of a record's fields; relations are links where the person may open them."""
    fields = fields_of(type(row))
    targets: dict[type[Any], set[int]] = {}
    for name in names:
        described = fields.get(name)
        value = getattr(row, name)
        target = described.target if described and described.kind.is_relation else None
        if target is not None and value is not None and is_linked(target) and actor.may("read", target):
            targets.setdefault(target, set()).add(value.id)
    opens = {target: openable_keys(session, target, keys, actor) for target, keys in targets.items()}
    found = []
    for name in names:
        described, value = fields[name], getattr(row, name)
        if value is not None and described.target in opens and value.id in opens[described.target]:
            value = link(described.target, value.id, str(value))
        elif value is not None and (instead := _page_instead(described.target, value, actor)):
            value = linked_to(instead, str(value))
        else:
            value = field_markup(described, value)
        found.append((name, described.label, value))
    return found


def _page_instead(target: type[Any] | None, value: Any, actor: Actor) -> str:
    view = view_of(target) if target is not None else None
    return view.page_instead(value.id, actor) if view is not None else ""


@dataclass
class SectionCells:
    """Fields of a record under a heading; of those without a value only the name is shown, and a “no” not at all."""

    title: Any
    cells: list[tuple[str, str, Any]]
    empty: list[str]


def sections_of(
    session: Session, row: Any, fieldsets: Sequence[tuple[Any, Sequence[str]]], actor: Actor
) -> list[SectionCells]:
    """Return the fields of a page in their sections; the fields of an empty section are named in another one."""
    named = [(title, permitted(type(row), names, actor)) for title, names in fieldsets]
    cells = value_cells(row, [name for _title, names in named for name in names], actor, session)
    found, start = [], 0
    for title, names in named:
        part = cells[start : start + len(names)]
        start += len(names)
        filled = [cell for cell in part if cell[2] not in ("", None) and getattr(row, cell[0]) is not False]
        found.append(SectionCells(title, filled, [label for _name, label, value in part if value in ("", None)]))
    shown_ones = [section for section in found if section.cells] or found[:1]
    shown_ones[0].empty += [label for section in found if section not in shown_ones for label in section.empty]
    return shown_ones


def table_of(session: Session, part: Related | RelatedLines, row: Any, actor: Actor) -> PageTable | None:
    """Return the rows of a related model or of a document's lines; None where the person may not read that model."""
    is_lines = isinstance(part, RelatedLines)
    if not is_lines and not actor.may("read", part.model):
        return None
    listing = Listing(part.model)
    listing.conditions.append(listing.key(part.via) == row.id)
    fields = fields_of(part.model)
    for path in part.columns:
        needs = listing.field(path).needs if path.rpartition(".")[2] in fields or "." in path else None
        if needs is None or actor.may("view", needs):
            listing.add(path)
    size = MOST_LINES if isinstance(part, RelatedLines) else part.rows
    rows, more = listing.page(session, actor, sort=part.sort, size=size)
    linked = (part.columns[0],) if not is_lines and has_page(part.model) else ()
    heads = [{"label": c.label, "class": column_class(c.field)} for c in listing.columns]
    table = PageTable(part.title or "", heads, drawn_rows(session, listing, rows, linked, actor))
    if isinstance(part, RelatedLines):
        table.foot = _totals(listing, rows, part.totals)
    else:
        _add_ways_on(table, part, row, actor, more=more)
    return table


def _totals(listing: Listing, rows: Sequence[Any], wanted: Sequence[str]) -> list[Any]:
    if not wanted or not rows:
        return []
    foot: list[Any] = []
    for column in listing.columns:
        values = [row[column.start] for row in rows if row[column.start] is not None]
        foot.append(field_markup(column.field, sum(values, Decimal(0))) if column.path in wanted else "")
    return foot


def _add_ways_on(table: PageTable, part: Related, row: Any, actor: Actor, *, more: bool) -> None:
    view = view_of(part.model)
    if view is None:
        return
    table.title = part.title or view.title
    if more:
        table.more = f"{view.route_base}/list/?{public_name(part.via)}={row.id}"
    if view.can_add and actor.may("create", part.model):
        table.add = f"{view.route_base}/add?{public_name(part.via)}={row.id}"


@dataclass
class Buttons:
    """The workflow's steps of a record now: dialogs of those that can be taken, and reasons for those that cannot."""

    dialogs: list[Dialog] = field(default_factory=list)
    refused: list[Offer] = field(default_factory=list)
    page_buttons: list[PageButton] = field(default_factory=list)  # to dialogs that the page draws itself

    @property
    def primary(self) -> Dialog | None:
        """The likely next step; its button is blue."""
        steps = (dialog for dialog in self.dialogs if not dialog.offer.step.danger)
        return next((dialog for dialog in steps if dialog.offer.step.sources), None)

    @property
    def beside(self) -> list[Dialog]:
        """The other steps that can be taken, beside the likely one."""
        rare = self.seldom
        return [d for d in self.dialogs if d is not self.primary and not d.offer.step.danger and d not in rare]

    @property
    def seldom(self) -> list[Dialog]:
        """The steps that are hardly ever wanted; they stand behind “More”."""
        return []

    @property
    def dangers(self) -> list[Dialog]:
        """The steps that are hard to undo; they stand apart from the others."""
        return [d for d in self.dialogs if d is not self.primary and d.offer.step.danger]

    @property
    def behind(self) -> list[Dialog]:
        """The dangers behind “More”: all but the refusing answer, which stands beside the approving one."""
        return [d for d in self.dangers if d is not self.answer]

    @property
    def answer(self) -> Dialog | None:
        """The danger that is as likely as the next step: the refusing answer beside the approving one."""
        yes = self.primary.offer.step if self.primary is not None else None
        if yes is None or not yes.targets:
            return None
        alike = (d for d in self.dangers if set(d.offer.step.sources) == set(yes.sources) and d.offer.step.targets)
        return next(alike, None)


def buttons_of(session: Session, offers: Sequence[Offer], defaults: Any) -> Buttons:
    """Return the buttons of a record.

    defaults  step → values its dialog begins with
    """
    found = Buttons(refused=[offer for offer in offers if offer.refusal is not None])
    open_offers = [offer for offer in offers if offer.refusal is None]
    names = {
        described.metadata["dictionary"]
        for offer in open_offers
        if offer.step.form is not None
        for described in asked_fields(offer.step.form).values()
        if "dictionary" in described.metadata
    }
    choices = dictionary_choices(session, names)
    found.dialogs = [dialog_of(offer, defaults(offer.step), choices) for offer in open_offers]
    return found
