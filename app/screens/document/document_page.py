"""The page of a document shows its stages, its lines, its parent and its children. Manual 8.7, 8.11, 11.4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy.orm import joinedload, selectinload

from app.core.actor import Actor
from app.core.db.base import db
from app.core.db.types import ZERO
from app.core.record.fields import fields_of
from app.core.record.freeze import is_frozen
from app.core.record.naming import plural
from app.models.document import ApprovalState, Approved, Derived, Priced, counted_of, line_model, parent_field
from app.query.choices import WITHOUT_PARTY, Circumstances, Direction, goods
from app.screens.document.lines_table import HIGHEST, LOWEST, Column, LastPrice, LinesTable, alarming
from app.screens.document.stages import Stage, decision, drafted, progress
from app.screens.frame.cells import badge
from app.screens.frame.registry import view_of
from app.screens.frame.values import day, money, percent
from app.screens.record.record_page import RecordFigure, Related, relations_to_load
from app.screens.record.record_view import RecordView
from app.security.policy import require_visible
from app.workflows.document.approval import is_its_approver, not_own
from app.workflows.document.derivation import DERIVATIONS, Derivation
from app.workflows.document.pricing import cost_of_part


class DocumentPage(RecordView):
    """The page of a document follows from its model, its workflow and what derives from it.

    made_columns   columns of the tabs of documents made from this one
    frozen_note    why most of the form of a frozen document is only to be read
    """

    show_template = "document/show.html"
    frozen_note: Any = _l("This document is past its draft: only what is still open can be changed.")
    made_columns: ClassVar[tuple[str, ...]] = ("number", "state", "warehouse", "created_at")

    # The row

    def row(self, pk: int, actor: Actor) -> Any:
        """Return the document with its lines, their products and units.

        errors  NotFound
        """
        names = [name for _title, names in self.show_fieldsets for name in names]
        line = line_model(self.model)
        products = selectinload(self.model.lines).joinedload(line.product)
        options = [*relations_to_load(self.model, names), products.joinedload(line.product.property.mapper.class_.unit)]
        if issubclass(self.model, Derived):
            options.append(joinedload(getattr(self.model, parent_field(self.model))))
        return require_visible(db.session(), self.model, pk, actor, options=tuple(options))

    def heading(self, row: Any) -> str:
        """Return with whom the document is made, and what about."""
        party = self.party_of(row)
        told = [str(party)] if party is not None else []
        told += [super().heading(row)] if not told or self._subject(row) else []
        return " · ".join(told)

    def subheading(self, row: Any) -> str:
        """Return the number, unless it is the heading."""
        return row.number if self.heading(row) != row.number else ""

    def badges(self, row: Any) -> list[Any]:
        """Return the badge of its state, and once the document counts one for each kind of child."""
        names = [one.status for one in self.derivations if one.status and row.state == ApprovalState.approved]
        return [*super().badges(row), *(badge(getattr(row, name)) for name in names)]

    @property
    def derivations(self) -> Sequence[Derivation]:
        """How other documents are made from this one."""
        return DERIVATIONS.get(self.model, ())

    # What it shows

    def lines_table(self, row: Any, actor: Actor) -> LinesTable:
        """Return the table of the lines; for the approver, list price and last price stand beside each price."""
        decides = self.decides(row, actor)
        lasts = self.last_prices(row, actor) if decides else {}
        counts = getattr(row, "state", None) == ApprovalState.approved or not isinstance(row, Approved)
        return LinesTable(
            row, actor, decides=decides, lasts=lasts, counts=counts, more=self.line_columns(row, actor)
        )  # fmt: skip

    def line_columns(self, row: Any, actor: Actor) -> Sequence[Column]:
        """Return columns a domain adds behind the quantity."""
        return ()

    def last_prices(self, row: Any, actor: Actor) -> Mapping[int, LastPrice]:
        """Return a mapping: product id → what the party paid last, on any document but this one."""
        party = self.party_of(row)
        asked = Circumstances(self.direction, party.id if party is not None else None)
        found = goods().paid(db.session(), [line.product_id for line in row.lines], asked, actor, but=row.id)
        return {key: LastPrice(paid, day(on)) for key, (paid, on) in found.items()}

    @property
    def direction(self) -> Direction:
        """The direction in which the goods of this document go."""
        found: Direction = self.model.__direction__
        return found

    def party_of(self, row: Any) -> Any:
        """Return whom the document is made with."""
        return _party_of(row)

    def decides(self, row: Any, actor: Actor) -> bool:
        """Return whether the document waits and this person may decide on it. Manual 8.7."""
        if not isinstance(row, Approved) or row.state is not ApprovalState.pending:
            return False
        if not actor.may("approve", self.model):
            return False
        if "decides" not in g:
            g.decides = not_own(row, actor) is None and is_its_approver(row, actor) is None
        return bool(g.decides)

    def stages(self, row: Any) -> list[Stage]:
        """Return the stages of an approved document; empty for documents without approval."""
        if not isinstance(row, Approved):
            return []
        found = [drafted(row), decision(row)]
        for derivation in self.derivations:
            view = view_of(derivation.child)
            icon = view.icon if view is not None else "package"
            found.append(progress(row, derivation.done, plural(derivation.child), icon))
        return found

    def decision_facts(self, row: Any, actor: Actor) -> list[tuple[Any, Any]]:
        """Return (label, text) of the facts that the approver looks at; the domain adds its own."""
        found: list[tuple[Any, Any]] = []
        if isinstance(row, Priced) and type(row).__direction__ == "sell":  # type: ignore[attr-defined]  # of Document
            lines = row.lines  # type: ignore[attr-defined]  # of the mixin beside this one
            below = [line for line in lines if line.discount is not None and line.discount < 1]
            lowest = min(below, key=lambda line: line.discount, default=None)
            found.append((_("Lowest discount"), _("no price below list") if lowest is None else _told_discount(lowest)))
        if isinstance(row, Priced) and row.rebate:
            found.append((fields_of(self.model)["rebate"].label, money(row.rebate)))
        return found

    def figures(self, row: Any, actor: Actor) -> list[RecordFigure]:
        if not isinstance(row, Priced):
            return []
        tax = _("%(tax)s tax included", tax=money(row.tax_total))
        found = [RecordFigure(fields_of(self.model)["total"].label, money(row.total), tax, href="#document-lines")]
        for derivation in self.derivations:
            found.append(self._done_figure(row, derivation))
        return found

    def _done_figure(self, row: Any, derivation: Derivation) -> RecordFigure:
        """Return how much of the document's value is done, at its own prices."""
        field = fields_of(derivation.parent_line)[derivation.done]
        parts = [(line, getattr(line, derivation.done)) for line in row.lines]
        if row.total:
            done = sum((cost_of_part(line, quantity, row.prices) for line, quantity in parts), ZERO)
            share = min(100, int(100 * done / row.total))
        else:
            share = 100 if parts and all(quantity >= counted_of(line) for line, quantity in parts) else 0
        told = progress(row, derivation.done, "", "").note
        return RecordFigure(field.label, f"{share}%", told, share=share)

    def tables(self, row: Any, actor: Actor) -> Sequence[Related]:
        """Return a tab for each kind of document made from this one, before the related rows."""
        made = []
        for derivation in self.derivations:
            known = fields_of(derivation.child)
            columns = tuple(name for name in self.made_columns if name in known)
            made.append(Related(derivation.child, derivation.to_parent, columns))
        return [*made, *self.related]

    def extra_form(self, row: Any, actor: Actor) -> dict[str, Any]:
        """Return the note that explains why most of the form of a frozen document is read-only."""
        if row is None or not is_frozen(row):
            return {}
        return {"frozen_note": self.frozen_note}

    def show_context(self, row: Any, actor: Actor) -> dict[str, Any]:
        return {
            "stages": self.stages(row), "lines_table": self.lines_table(row, actor),
            "facts": self.decision_facts(row, actor) if self.is_pending(row) else [],
            "lines_title": fields_of(self.model)["lines"].label, "is_locked": is_frozen(row),
        }  # fmt: skip

    def is_pending(self, row: Any) -> bool:
        return isinstance(row, Approved) and row.state is ApprovalState.pending


def _told_discount(line: Any) -> Any:
    text, product = percent(line.discount), str(line.product)
    is_odd = not LOWEST <= line.discount <= HIGHEST
    return alarming(text, product) if is_odd else Markup('<b>{}</b> <span class="mut">{}</span>').format(text, product)


def _party_of(document: Any) -> Any:
    """Return whom a document is made with, as its view says; of a derived one, whom its parent is made with."""
    model = type(document)
    asked = getattr(view_of(model), "asks", ())
    if asked and model.__direction__ not in WITHOUT_PARTY:
        return getattr(document, asked[0])
    return _party_of(getattr(document, parent_field(model))) if issubclass(model, Derived) else None
