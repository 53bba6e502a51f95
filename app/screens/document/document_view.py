"""单据 The form of a document with lines is made from its model and saved as one. Manual 8.3–8.5, 10.9.

Why it is as it is: docs/decisions/0004-document-form.md
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import today
from app.core.db.base import db
from app.core.errors import AppError, NotAllowed
from app.core.flow.workflow import WORKFLOWS, Step
from app.core.kinds.day import iso_day
from app.core.kinds.relation import row_key
from app.core.record.entry import ENTRIES, stale
from app.core.record.fields import Field, default_of, fields_of
from app.core.record.freeze import is_frozen
from app.core.record.schemas import load
from app.models.document import line_model
from app.query.choices import WITHOUT_PARTY, Circumstances, goods
from app.screens.document.document_page import DocumentPage
from app.screens.document.form_page import FormPage, brought_by
from app.screens.document.line_cells import LineCell, line_cells, lines_sent, shown_lines
from app.screens.document.sent import document_form, goods_names, typed_head
from app.screens.form.json_answers import answers_json, done_once, sent_body
from app.screens.form.saving import earlier_save, read_all
from app.screens.record.record_view import expose
from app.screens.web.current_actor import current_actor

MOST_ASKED = 500


class DocumentView(DocumentPage):
    """The pages of a document: its form follows from its model and its entry, as its page does.

    asks         head fields that the product picker must know: the party, then the warehouse; only the warehouse
                 where goods are moved or counted without a party
    needed_by    the head field with the day by which the goods have to be there: what is available then is told too
    form_lists   field → function of its few rows as (key, text), offered as a list instead of a picker
    begins_today date fields that a new document begins with today in
    counts_from  date field → the date field that “+30” counts from
    submits      the step that saving may take at once, where the workflow has it
    """

    asks: tuple[str, ...] = ()
    needed_by = ""
    form_lists: Mapping[str, Callable[[Session, Actor], list[tuple[int, str]]]] = {}
    begins_today: tuple[str, ...] = ()
    counts_from: Mapping[str, str] = {}
    submits = "submit"

    # Attributes and methods that a document may override

    def brought(self, party_id: int, row: Any, actor: Actor) -> dict[str, Any]:
        """Return what a document takes over from its party; `row` is the document being changed.

        returns  "note" for beside its name, "values" by field as text, "options" by field as (key, text)
        errors   NotFound for a party this person does not see
        """
        return {}

    def after_document(self, row: Any, *, submitted: bool) -> str:
        """Return the address that saving leads to."""
        return self.show_url(row.id)

    # What follows from the model

    @property
    def party(self) -> Field | None:
        """The head field that names whom the document is made with."""
        return fields_of(self.model)[self.asks[0]] if self.asks and self.direction not in WITHOUT_PARTY else None

    @property
    def asked_fields(self) -> tuple[str, ...]:
        """The head fields that prices and stock depend on."""
        return (*self.asks, self.needed_by) if self.needed_by else self.asks

    @property
    def place(self) -> str:
        """The head field that names the warehouse, where the form asks for one."""
        names = self.asks if self.direction in WITHOUT_PARTY else self.asks[1:]
        return next(iter(names), "")

    @cached_property
    def names_with_lines(self) -> tuple[str, ...]:
        """The head fields that people fill in among the lines."""
        described = fields_of(self.model)
        return tuple(n for n in self.entry.writable if n in described and described[n].said.get("with_lines"))

    def form_names(self) -> list[str]:
        return [*super().form_names(), *self.names_with_lines]

    def first_step(self) -> Step | None:
        workflow = WORKFLOWS.get(self.model)
        return workflow.steps.get(self.submits) if workflow is not None else None

    def cells(self, row: Any) -> list[LineCell]:
        return line_cells(db.session(), self.entry, line_model(self.model), row.lines if row is not None else ())

    def circumstances(self, given: Mapping[str, Any]) -> Circumstances:
        """Return what prices and stock depend on, from a question of the script."""
        party = row_key(str(given.get(self.party.name, ""))) if self.party is not None else None
        day = iso_day(str(given.get(self.needed_by, ""))) if self.needed_by else None
        return Circumstances(self.direction, party, row_key(str(given.get(self.place, ""))), day)

    def shown_lines(self, row: Any, actor: Actor) -> list[dict[str, Any]]:
        party = getattr(row, str(self.party.column)) if self.party is not None else None
        place = getattr(row, f"{self.place}_id") if self.place else None
        day = getattr(row, self.needed_by) if self.needed_by else None
        circumstances = Circumstances(self.direction, party, place, day)
        known = goods().offered(db.session(), [line.product_id for line in row.lines], circumstances, actor)
        return shown_lines(self.cells(row), row.lines, known)

    # Pages

    def defaults(self, actor: Actor) -> dict[str, Any]:
        """Return what a record begins with: today where the view says so, and the default rows of the entry."""
        found = {**super().defaults(actor), **dict.fromkeys(self.begins_today, today())}
        for name in self.form_names():
            if name in self.form_lists:
                continue  # A short list begins with its first row.
            field = fields_of(self.model)[name]
            column = self.model.__table__.c.get(field.column or name)
            if field.target is not None and column is not None and column.info.get("default_row"):
                with suppress(AppError):  # Where there is none, saving refuses.
                    found[name] = ENTRIES[field.target].default_row(db.session())
        return found

    @expose("/add")
    def add(self) -> ResponseReturnValue:
        """Show the form of a new document; `?customer=7` presets its party. Manual 8.3."""
        actor = self.reader()
        self.require("create", actor)
        if not self.can_add:
            raise NotAllowed("not_allowed", _("This cannot be made by hand."))
        values = self.presets_from_address(self.default_items() | self.defaults(actor), actor)
        return self._document_form(None, values, actor)

    @expose("/edit/<int:pk>", methods=("GET", "POST"))
    def edit(self, pk: int) -> ResponseReturnValue:
        """Show a draft with its lines; of a frozen document only what is still open, in the plain form. Manual 8.7."""
        actor = self.reader()
        row = self.row(pk, actor)
        if request.method == "POST" or is_frozen(row):
            plain_form: ResponseReturnValue = super().edit(pk)
            return plain_form
        self.require("edit", actor)
        self.entry.require_writable(db.session(), row, actor)
        return self._document_form(row, self.values_of(row), actor)

    def _document_form(self, row: Any, values: Mapping[str, Any], actor: Actor) -> ResponseReturnValue:
        page = FormPage(self, row, values, actor)
        return render_template("document/form.html", view=self, row=row, page=page, setup=page.setup())

    # What the form asks while one types

    def require_entry(self) -> Actor:
        """Return the actor who may create or edit such documents.

        errors  NotAllowed
        """
        actor = current_actor()
        if not actor.may("create", self.model) and not actor.may("edit", self.model):
            raise NotAllowed("not_allowed", _("You do not have the right to do this."))
        return actor

    @expose("/party")
    @answers_json
    def party_chosen(self) -> dict[str, Any]:
        """Return what the document takes over from its party. Manual 8.5, 11.6."""
        actor = self.require_entry()
        return brought_by(self, row_key(request.args.get("id", "")) or 0, None, actor)

    @expose("/products")
    @answers_json
    def products(self) -> list[Any]:
        """Return the products that `?q=` finds, at most 20, or those of `?ids=1,2`, with stock and prices."""
        actor = self.require_entry()
        circumstances = self.circumstances(request.args)
        ids = [
            key for text in request.args.get("ids", "").split(",")[:MOST_ASKED] if (key := row_key(text)) is not None
        ]
        if ids:
            return [*goods().offered(db.session(), ids, circumstances, actor).values()]
        query = request.args.get("q", "").replace("\x00", "")[:60]
        return [*goods().search(db.session(), query, circumstances, actor)]

    @expose("/named", methods=("POST",))
    @answers_json
    def named(self) -> list[dict[str, Any]]:
        """Return a mapping that says what each row of a pasted table means: {found: products, fault}. Manual 10.9."""
        actor = self.require_entry()
        given = sent_body()
        circumstances = self.circumstances(given)
        named = goods().named(db.session(), goods_names(given.get("rows")), circumstances, actor)
        ids = [key for meant in named for key in meant.ids]
        known = goods().offered(db.session(), ids, circumstances, actor)
        return [{"found": [known[k] for k in meant.ids if k in known], "fault": meant.fault} for meant in named]

    # Saving

    @expose("/save", methods=("POST",))
    @answers_json
    def save_new(self) -> dict[str, Any]:
        """Create the document; with `submit`, take its first step in the same transaction."""
        return self._saved(None)

    @expose("/save/<int:pk>", methods=("POST",))
    @answers_json
    def save_changed(self, pk: int) -> dict[str, Any]:
        """Change a draft; a version behind the database's is refused with who was faster, and when."""
        return self._saved(pk)

    def _saved(self, pk: int | None) -> dict[str, Any]:
        actor = self.reader()
        self.require("create" if pk is None else "edit", actor)
        given = sent_body()
        answer = done_once(given, lambda: self._save(pk, given, actor))
        for text in answer.pop("warnings", []):
            flash(text, "warning")
        flash(_("%(what)s has been saved.", what=answer["number"]), "success")
        return answer

    def _save(self, pk: int | None, given: dict[str, Any], actor: Actor) -> dict[str, Any]:
        session = db.session()
        row = None if pk is None else self.row(pk, actor)
        cells = self.cells(row)
        sent = load(document_form(cells), given)
        if row is not None and sent["version"] != row.version:
            raise self._stale_with_author(row, actor)
        values = self._values_sent(row, cells, sent, actor)
        if row is None:
            row = self.entry.create(session, values, actor)
        else:
            row = self.entry.change(session, row, values, actor, sent["version"])
        warnings = [str(warning["message"]) for warning in self.entry.warnings(session, row, actor)]
        step = self.first_step() if sent["submit"] else None
        if step is not None:
            WORKFLOWS[self.model].fire(session, row, step.action, actor)
        answer = {"to": self.after_document(row, submitted=step is not None), "id": row.id, "number": str(row)}
        return {**answer, "total": str(getattr(row, "total", "")), "warnings": warnings}

    def _values_sent(
        self, row: Any, cells: Sequence[LineCell], sent: Mapping[str, Any], actor: Actor
    ) -> dict[str, Any]:
        """Return head and lines as the entry takes them; all refusals of both at once."""
        session = db.session()
        values = read_all(
            lambda: self.fields_for(row, actor).read(typed_head(sent["head"]), session, actor, row),
            lambda: {"lines": lines_sent(session, cells, sent["lines"], actor)},
        )
        # An emptied field gets the default of its column; one that must have a value and has no default is left out.
        fields = fields_of(self.model)
        emptied = {name for name, field in fields.items() if not field.required} if row is not None else set()
        begun = {name: default_of(fields[name]) if name in fields else None for name in values}
        values = {name: begun[name] if value is None else value for name, value in values.items()}
        return {name: value for name, value in values.items() if value is not None or name in emptied}

    def _stale_with_author(self, row: Any, actor: Actor) -> AppError:
        """Return the refusal of a stale form.

        It says who was faster, when, what they changed, and the lines as they stand now.
        """
        earlier = earlier_save(row)
        notes = [_("%(who)s saved this record at %(at)s, after you opened it.", who=earlier.who, at=earlier.at)]
        if earlier.fields:
            notes.append(_("Changed: %(fields)s.", fields="、".join(earlier.fields)))
        error = stale(row)
        lines = self.shown_lines(row, actor)
        error.facts["beside"] = {"stale": {"notes": notes, "who": earlier.who, "version": row.version, "lines": lines}}
        return error
