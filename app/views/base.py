"""RecordView: list, page, add, edit, delete and workflow steps of one model from a class of a few attributes.

Attribute names are Flask-AppBuilder's. Every row comes through `visible()`, every write through the model's `Entry`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.base import db, model_name
from app.core.errors import AppError, no_such_row
from app.core.fields import Kind, fields_of
from app.core.freeze import is_frozen
from app.core.schemas import load
from app.core.workflow import WORKFLOWS, Step
from app.reports.choices import attachments_of
from app.security.visibility import may_write
from app.views.cells import badge
from app.views.dialogs import payload_of, reopened
from app.views.editing import EditPages
from app.views.forms import place_errors
from app.views.history import history
from app.views.list_page import ListPages
from app.views.record_page import Buttons, Figure, Lines, Related, buttons_of, permitted, table_of, value_cells
from app.views.registry import VIEWS
from app.views.saving import Done, once


class RecordView(ListPages, EditPages):
    """One model's pages; `ListPages` and `EditPages` tell the attributes of the list and of the forms.

    show_fieldsets   (heading, field names) of the page; badge_columns stand beside the heading
    lines, related   tables of the page
    pick_hints       columns told beside the name in pickers; pick_search: columns a picker looks at
    """

    default_view = "list_page"
    show_template = "record/show.html"
    badge_columns: tuple[str, ...] = ("state",)
    lines: Lines | None = None
    related: tuple[Related, ...] = ()
    has_attachments = True
    pick_hints: tuple[str, ...] = ()
    pick_search: tuple[str, ...] = ()

    # Pickers

    @classmethod
    def pick_conditions(cls, actor: Actor) -> Sequence[Any]:
        """Rows that are offered at all: no retired ones."""
        return ()

    @classmethod
    def picks_unseen(cls, actor: Actor) -> bool:
        """Whether this person may name rows they cannot open; then `pick_conditions` says which."""
        return False

    # Page of a record

    @expose("/show/<int:pk>")
    def show(self, pk: int) -> ResponseReturnValue:
        """The page of one record."""
        actor = self.reader()
        return self.show_page(self.row(pk, actor), actor)

    def show_page(
        self, row: Any, actor: Actor, *, failed: str = "", error: AppError | None = None
    ) -> ResponseReturnValue:
        """failed  the step that was refused with `error`: its dialog opens again as it was sent"""
        session = db.session()
        buttons = self.buttons(row, actor)
        notes: list[str] = []
        if error is not None:
            notes = self._reopen(buttons, failed, error, actor)
        tables = [table_of(session, part, row, actor) for part in self.tables(row, actor)]
        sections = [
            (title, value_cells(row, permitted(self.model, names, actor), actor, session))
            for title, names in self.show_fieldsets
        ]
        page = render_template(
            self.show_template, view=self, row=row, heading=self.heading(row), subheading=self.subheading(row),
            badges=self.badges(row), buttons=buttons, sections=sections, errors=notes,
            lines=table_of(session, self.lines, row, actor) if self.lines else None,
            tables=[table for table in tables if table is not None], figures=self.figures(row, actor),
            acts=history(session, self.history_parts(row), actor), may_change=self.may_change(row, actor),
            may_delete=self.may_delete(row, actor), documents=self.documents(row, actor),
            files=attachments_of(session, row) if self.has_attachments else [],
            may_attach=self.has_attachments and may_write(session, row, actor),
            record_model=model_name(row), **self.show_context(row, actor),
        )  # fmt: skip
        return page, error.http_status if error else 200

    def _reopen(self, buttons: Buttons, failed: str, error: AppError, actor: Actor) -> list[str]:
        for dialog in buttons.dialogs:
            if dialog.action == failed and (dialog.controls or dialog.lines):
                reopened(dialog, request.form, db.session(), actor)
                dialog.errors = place_errors(dialog.controls, error)
                return []
        return [reason.message for reason in error.reasons]

    def buttons(self, row: Any, actor: Actor) -> Buttons:
        workflow = WORKFLOWS.get(self.model)
        offers = workflow.offers(row, actor) if workflow else []
        return buttons_of(db.session(), offers, lambda step: self.step_defaults(row, step, actor))

    def step_defaults(self, row: Any, step: Step, actor: Actor) -> Mapping[str, Any]:
        """What a step's dialog begins with, by field; "lines" as `LineChoice`s, relations as (key, text)."""
        return {}

    def heading(self, row: Any) -> str:
        return str(row)

    def subheading(self, row: Any) -> str:
        """What stands small above the heading, behind the kind of record: a document's number."""
        return ""

    def badges(self, row: Any) -> list[Any]:
        return [badge(getattr(row, name)) for name in self.badge_columns if getattr(row, name, None) is not None]

    def figures(self, row: Any, actor: Actor) -> list[Figure]:
        """The strip of figures above the record."""
        return []

    def tables(self, row: Any, actor: Actor) -> Sequence[Related]:
        return self.related

    def documents(self, row: Any, actor: Actor) -> list[tuple[str, Any]]:
        """(address, label) of what can be printed."""
        return []

    def history_parts(self, row: Any) -> dict[str, Sequence[int]]:
        """Whose log stands on the page: the record's and its lines'."""
        parts: dict[str, Sequence[int]] = {model_name(row): [row.id]}
        for name, described in fields_of(self.model).items():
            target = described.target
            if described.kind is Kind.lines and target not in VIEWS and getattr(target, "__audited__", False):
                parts[model_name(target)] = [line.id for line in getattr(row, name)]
        return parts

    def show_context(self, row: Any, actor: Actor) -> dict[str, Any]:
        """More for the page's template."""
        return {}

    def may_change(self, row: Any, actor: Actor) -> bool:
        """Whether to offer the edit form: on frozen documents it holds what is still open."""
        if not self.can_edit or not actor.may("edit", self.model):
            return False
        return may_write(db.session(), row, actor) and (not is_frozen(row) or bool(self.open_fields(row)))

    def may_delete(self, row: Any, actor: Actor) -> bool:
        if not self.can_delete or not actor.may("delete", self.model):
            return False
        states = self.entry.deletable_states
        return (states is None or getattr(row, "state", None) in states) and may_write(db.session(), row, actor)

    # Steps

    @expose("/action/<int:pk>/<action>", methods=("POST",))
    def action(self, pk: int, action: str) -> ResponseReturnValue:
        """Take a workflow step with what its dialog says; refused, the page comes back with the dialog as sent."""
        actor = self.reader()
        workflow = WORKFLOWS.get(self.model)
        if workflow is None or action not in workflow.steps:
            raise no_such_row()
        step = workflow.steps[action]
        payload = payload_of(step.form, request.form)

        def take() -> Done:
            row = self.row(pk, actor)
            move = workflow.fire(db.session(), row, action, actor, load(step.form, payload))
            notes = [(_("%(what)s: %(action)s — done.", what=str(row), action=str(step.label)), "success")]
            return Done(self.after_step(row, action, move.created), notes)

        try:
            return once(take)
        except AppError as error:
            if error.http_status == 404:
                raise
            actor = self.reader_again()
            return self.show_page(self.row(pk, actor), actor, failed=action, error=error)

    def after_step(self, row: Any, action: str, created: Sequence[Any]) -> str:
        """Where a step leads: to the record again."""
        return self.show_url(row.id)


__all__ = ["Figure", "Lines", "RecordView", "Related", "expose"]
