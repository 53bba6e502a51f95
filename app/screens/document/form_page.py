"""单据表单页 The page of a document's form holds its controls in sections, and what its script begins with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.db.base import db, model_name
from app.core.record.fields import fields_of
from app.query.choices import goods
from app.screens.document.texts import form_texts
from app.screens.form.forms import Control, FormSection, form_token, offer_new
from app.screens.frame.registry import VIEWS

if TYPE_CHECKING:
    from app.screens.document.document_view import DocumentView


class FormPage:
    """The template draws these parts. The first section stands above the lines, the others are folded below them."""

    def __init__(self, view: DocumentView, row: Any, values: Mapping[str, Any], actor: Actor) -> None:
        self.view, self.row, self.actor = view, row, actor
        self.party_row = values.get(view.party.name) if view.party is not None else None
        self.brought = (
            brought_by(view, self.party_row.id, row, actor) if self.party_row is not None else _NOTHING_BROUGHT
        )
        self.sections = self._sections(values)
        self.terms = self._terms(values)
        self.cells = view.cells(row)
        self.has_quantity = any(cell.counts for cell in self.cells)
        self.has_amount = any(cell.kind == "amount" for cell in self.cells)
        self.token = form_token()
        self.name = _("Edit %(what)s", what=row) if row is not None else _("New %(what)s", what=view.one)
        self.back = view.show_url(row.id) if row is not None else f"{view.route_base}/list/"
        self.submits = view.first_step() is not None

    @property
    def has_fixed_party(self) -> bool:
        return (
            self.row is not None and self.view.party is not None and self.view.party.name in self.view.entry.create_only
        )

    def _sections(self, values: Mapping[str, Any]) -> list[FormSection]:
        sections = self.view.sections(self.view.fields_for(self.row, self.actor), values, self.actor)
        offer_new((control for section in sections for control in section.controls), self.actor)
        for place, section in enumerate(sections):
            for control in section.controls:
                self._shape(control)
                control.rows = 1
                control.is_broad = control.is_broad and place > 0
        return sections

    def _terms(self, values: Mapping[str, Any]) -> dict[str, Control]:
        """Return the controls of the head that stand among the lines: what prices mean, what is taken off the whole."""
        fields, described = self.view.fields_for(self.row, self.actor), fields_of(self.view.model)
        found = {name: fields.control(described[name], values.get(name)) for name in self.view.names_with_lines}
        for control in found.values():
            control.has_blank = False
            if control.value and not values.get(control.name):
                control.value = ""  # Nothing is taken off: the field is empty.
        return found

    def _shape(self, control: Control) -> None:
        """Make a picker a list where it has few rows, or where its rows come with the party."""
        party = self.view.party
        if party is not None and control.name == party.name:
            control.kind, control.required = "party", True
            control.value, control.text = _key_and_name(self.party_row)
        elif control.kind == "pick" and control.name in self.view.form_lists:
            control.adds, control.has_blank = "", False
            _make_list(control, self.view.form_lists[control.name](db.session(), self.actor), is_preset=True)
        elif control.kind == "pick" and party is not None and control.depends == party.name:
            _make_list(control, self.brought["options"].get(control.name, ()), is_preset=False)

    def setup(self) -> dict[str, Any]:
        """Return what the page's script begins with."""
        view, row = self.view, self.row
        return {
            "base": view.route_base, "save": f"save/{row.id}" if row is not None else "save",
            "id": row.id if row is not None else None, "version": getattr(row, "version", None),
            "who": f"{self.actor.user_id} {model_name(view.model)}", "asks": view.asked_fields,
            "direction": view.direction, "party": self._party(),
            "columns": [cell.as_json() for cell in self.cells],
            "lines": view.shown_lines(row, self.actor) if row is not None else [],
            "brought": self.brought if row is None and self.party_row is not None else None,
            "newProduct": new_address(goods().model, self.actor), "countsFrom": dict(view.counts_from),
            "texts": form_texts(), "mayBeEmpty": view.model.__may_be_empty__,
        }  # fmt: skip

    def _party(self) -> dict[str, Any] | None:
        party = self.view.party
        if party is None or party.target is None:
            return None
        return {
            "name": party.name, "pick": f"/pick/{model_name(party.target)}",
            "new": new_address(party.target, self.actor),
        }  # fmt: skip


_NOTHING_BROUGHT: dict[str, Any] = {"note": "", "values": {}, "options": {}}


def brought_by(view: DocumentView, party_id: int, row: Any, actor: Actor) -> dict[str, Any]:
    """Return what the document takes over from its party, with all of its keys."""
    return {**_NOTHING_BROUGHT, **view.brought(party_id, row, actor)}


def new_address(model: type[Any], actor: Actor) -> dict[str, str] | None:
    """Return where a search list makes a missing row and what one is called; nothing for who may make none."""
    view = VIEWS.get(model)
    address = view.quick_address(actor) if view is not None else ""
    return {"to": address, "one": str(view.one)} if view is not None and address else None


def _key_and_name(row: Any) -> tuple[str, str]:
    return (str(row.id), str(row)) if row is not None else ("", "")


def _make_list(control: Control, options: Iterable[tuple[int, str]], *, is_preset: bool) -> None:
    """Make a picker a list to choose from; what stands there now stays among it.

    is_preset  the first of the list is chosen where nothing stands yet
    """
    control.kind = "select"
    control.options = [(str(key), text) for key, text in options]
    if control.value and control.value not in dict(control.options):
        control.options.append((control.value, str(control.text)))
    if is_preset and not control.value and control.options:
        control.value = control.options[0][0]
