"""快速新建 A missing row is made without leaving the form that needs it, by a short form in a dialog."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.appbuilder import expose
from app.core.db.base import db
from app.core.errors import AppError, NotAllowed, Refused
from app.core.record.entry import ENTRIES
from app.core.record.fields import fields_of, subject_field, title_column
from app.query.choices import pickable
from app.query.naming import nameable
from app.screens.form.editing import EditPages
from app.screens.form.forms import Control, Fields
from app.screens.form.json_answers import answers_json, done_once
from app.screens.list.address import public_name

LONGEST_TEXT = 120
MOST_OFFERED = 5


class QuickPages(EditPages):
    """The short form of a model.

    quick_fields  what the short form asks; what the entry requires and what a row is called by when left out
    """

    quick_fields: tuple[str, ...] = ()

    @classmethod
    def quick_address(cls, actor: Actor) -> str:
        """Return where a picker makes a missing row; nothing for who may make none, or where a short form cannot do."""
        entry = ENTRIES.get(cls.model)
        if entry is None or not cls.can_add or not actor.may("create", cls.model):
            return ""
        fields = fields_of(cls.model)
        has_lines = any(fields[name].kind.is_lines for name in entry.writable if name in fields)
        asks_more = cls.extra_values is not EditPages.extra_values and not cls.quick_fields
        return "" if has_lines or asks_more else f"{cls.route_base}/quick"

    def title_field(self) -> str:
        """Return the field that what was typed into the picker goes into."""
        return subject_field(self.model) or title_column(self.model)

    def quick_form(self, actor: Actor) -> Fields:
        """Return the fields of the short form, in the order of the long one."""
        found = self.fields_for(None, actor)
        wanted = {*self.quick_fields} or {self.title_field()}
        wanted |= {described.name for described in self.entry.required()} | set(self.form_required)
        found.fields = [described for described in found.fields if described.name in wanted]
        return found

    def _beginning(self, actor: Actor) -> dict[str, Any]:
        return self.presets_from_address(self.default_items() | self.defaults(actor), actor)

    @expose("/quick", methods=("GET", "POST"))
    @answers_json
    def quick(self) -> dict[str, Any]:
        """Answer GET with the short form, and POST with the row that was made.

        `?text=` stands in its name, relations are preset.
        """
        actor = self.reader()
        if not self.quick_address(actor):
            raise NotAllowed("not_allowed", _("You do not have the right to do this."))
        if request.method == "GET":
            return self._quick_page(actor)
        given: dict[str, Any] = dict(request.form.to_dict(flat=False))
        given["form_token"] = request.form.get("form_token")
        given.pop("csrf_token", None)
        try:
            return done_once(given, lambda: self._quick_create(actor))
        except AppError as error:
            self._offer_present(error, self.reader_again())
            raise

    def _quick_page(self, actor: Actor) -> dict[str, Any]:
        values = self._beginning(actor)
        title = self.title_field()
        text = request.args.get("text", "").replace("\x00", "").strip()[:LONGEST_TEXT]
        if text:
            values[title] = text
        fields = self.quick_form(actor)
        controls = [fields.control(described, values.get(described.name)) for described in fields.fields]
        for control in controls:
            control.is_title = control.name == public_name(title)
            _shorten(control)
        heading = _("New %(what)s", what=self.one)
        return {"title": heading, "html": render_template("form/quick.html", title=heading, controls=controls)}

    def _quick_create(self, actor: Actor) -> dict[str, Any]:
        """Create the row and return what the picker needs.

        errors  Refused "near_duplicate" where rows look alike and the person has not said that they know
        """
        session = db.session()
        fields = self.quick_form(actor)
        asked = {described.name for described in fields.fields}
        beginning = self.default_items() | self.defaults(actor)
        values = {name: value for name, value in beginning.items() if name not in asked}
        row = self.entry.create(session, values | fields.read(request.form, session, actor), actor)
        self.saved(row, actor)
        if "anyway" not in request.form:
            self._ask_about_alike(row, actor)
        [text] = nameable(session, self.model, [row.id], actor).values() or [str(row)]
        return {"id": row.id, "text": text, "name": text, "hint": self._hint(row)}

    def _ask_about_alike(self, row: Any, actor: Actor) -> None:
        """Refuse a row that looks like another one, of which the person may see no more than that it is there."""
        session = db.session()
        warnings = [w for w in self.entry.warnings(session, row, actor) if w["code"] == "near_duplicate"]
        if warnings:
            keys = [other.id for other in self.entry.alike(session, row, actor)]
            raise Refused("near_duplicate", "\n".join(str(w["message"]) for w in warnings), keys=keys)

    def _hint(self, row: Any) -> str:
        told = [getattr(row, name) for name in getattr(self, "pick_hints", ())]
        return " · ".join(str(value) for value in told if value not in (None, ""))

    def _offer_present(self, error: AppError, actor: Actor) -> None:
        """Add to the error the rows on file that may be meant, of those this person may see."""
        session = db.session()
        keys = error.facts.get("keys", [])
        found = [
            {"id": key, "text": text, "hint": ""} for key, text in nameable(session, self.model, keys, actor).items()
        ]
        if any(reason.code.startswith("duplicate") for reason in error.reasons):
            typed = request.form.get(public_name(self.title_field()), "").replace("\x00", "").strip()[:LONGEST_TEXT]
            rows = pickable(session, self.model, typed, actor, hints=getattr(self, "pick_hints", ())) if typed else []
            found += [{"id": key, "text": text, "hint": " · ".join(hints)} for key, text, hints in rows]
        error.facts["beside"] = {"alike": found[:MOST_OFFERED]}


def _shorten(control: Control) -> None:
    control.rows, control.is_broad = 2, False
