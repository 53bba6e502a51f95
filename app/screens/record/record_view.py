"""A RecordView makes list, page, add, edit, delete and steps of one model from a class of a few attributes.

Attribute names are Flask-AppBuilder's. Every row comes through `visible()`, every write through the model's `Entry`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app.core.actor import Actor
from app.core.appbuilder import expose
from app.core.db.base import db, model_name
from app.core.errors import AppError, NotAllowed, no_such_row
from app.core.files.files import Attachment
from app.core.flow.workflow import WORKFLOWS, Step
from app.core.paper import paper_of
from app.core.record.audit import is_audited
from app.core.record.fields import fields_of, subject_field
from app.core.record.freeze import is_frozen
from app.core.record.schemas import load
from app.query.choices import attachments_of
from app.query.linked import LinkedRows, line_keys
from app.screens.form.dialogs import LineChoice, payload_of, reopened
from app.screens.form.quick_new import QuickPages
from app.screens.form.saving import Done, once
from app.screens.frame.cells import badge
from app.screens.frame.registry import VIEWS, view_of
from app.screens.list.list_page import ListPages
from app.screens.record.history import history
from app.screens.record.record_page import (
    Buttons,
    PageButton,
    RecordFigure,
    Related,
    RelatedLines,
    buttons_of,
    sections_of,
    table_of,
)
from app.screens.record.tabs import FRAGMENT, Tab, headings, related_tab
from app.screens.record.timeline import timeline
from app.security.approvals.deciding import decision_on
from app.security.policy import may_write


class RecordView(ListPages, QuickPages):
    """The pages of one model.

    `ListPages`, `EditPages` and `QuickPages` describe the attributes of the list and of the forms.

    show_fieldsets   (heading, field names) of the page; badge_columns stand beside the heading
    lines            the table of its lines; related: a tab each
    linked_from      (model, relation that leads here) of the rows whose acts stand in the timeline of a record; the
                     related ones when left out
    timeline_labels  action → what it is called there; timeline_amount: the column of yuan told instead of a number
    pick_hints       columns told beside the name in pickers; pick_search: columns a picker looks at
    """

    default_view = "list_page"
    show_template = "record/show.html"
    badge_columns: tuple[str, ...] = ("state",)
    wide_fields: tuple[str, ...] = ()  # take a line of their own on the page: addresses and long texts, when left out
    lines: RelatedLines | None = None
    related: tuple[Related, ...] = ()
    linked_from: tuple[tuple[type[Any], str], ...] | None = None
    timeline_labels: Mapping[str, Any] = {}
    timeline_amount = ""
    has_attachments = True
    pick_hints: tuple[str, ...] = ()
    pick_search: tuple[str, ...] = ()

    # Pickers

    @classmethod
    def pick_conditions(cls, actor: Actor) -> Sequence[Any]:
        """Return the conditions of rows that are offered, so that retired ones are left out."""
        return ()

    # Page of a record

    def row_to_read(self, pk: int, actor: Actor) -> Any:
        """Return the row for its page, with which nothing is done.

        errors  NotFound
        """
        return self.row(pk, actor)

    @expose("/show/<int:pk>")
    def show(self, pk: int) -> ResponseReturnValue:
        """Show the page of one record."""
        actor = self.reader()
        return self.show_page(self.row_to_read(pk, actor), actor)

    @expose("/tab/<int:pk>/<name>")
    def tab(self, pk: int, name: str) -> ResponseReturnValue:
        """Answer the page's script with what a tab holds, and anybody else with the page and that tab open."""
        actor = self.reader()
        row = self.row_to_read(pk, actor)
        tab = next((tab for tab in self.tabs(row, actor) if tab.name == name), None)
        if tab is None:
            raise no_such_row()
        if not tab.is_for(actor):
            raise NotAllowed("not_allowed", _("You do not have the right to do this."))
        if FRAGMENT not in request.headers:
            return self.show_page(row, actor, opened=name)
        answer = make_response(self.panel(tab, row, actor))
        answer.headers[FRAGMENT] = "1"
        return answer

    def show_page(
        self, row: Any, actor: Actor, *, failed: str = "", error: AppError | None = None, opened: str = ""
    ) -> ResponseReturnValue:
        """Return the page of a record.

        opened  the tab to begin with, else the first
        failed  the step that was refused with `error`: its dialog opens again as it was sent
        """
        session = db.session()
        buttons = self.buttons(row, actor)
        notes: list[str] = []
        if error is not None:
            notes = self._reopen(buttons, failed, error, actor)
        tabs = [tab for tab in self.tabs(row, actor) if tab.is_for(actor)]
        open_tab = next((tab for tab in tabs if tab.name == opened), tabs[0])
        found = sections_of(session, row, self.show_fieldsets, actor)
        page = render_template(
            self.show_template, view=self, row=row, heading=self.heading(row), subheading=self.subheading(row),
            number=self.number(row), badges=self.badges(row), buttons=buttons,
            page_buttons=[*buttons.page_buttons, *self.page_buttons(row, actor)], sections=found, errors=notes,
            figures=self.figures(row, actor),
            lines=table_of(session, self.lines, row, actor) if self.lines else None,
            tabs=headings(session, row, tabs, open_tab.name, f"{self.route_base}/tab/{row.id}/", actor), tab=open_tab,
            panel=self.panel(open_tab, row, actor), has_main=bool(self.lines) or any(tab.model for tab in tabs),
            story=timeline(session, row, self.linked_rows(row, actor), self._line_models(), actor),
            may_change=self.may_change(row, actor), may_delete=self.may_delete(row, actor),
            documents=self.documents(row, actor), record_model=model_name(row),
            decision=decision_on(session, row, actor, asked_next=request.args.get("next") == "1"),
            **self.show_context(row, actor),
        )  # fmt: skip
        return page, error.http_status if error else 200

    # Tabs

    def tabs(self, row: Any, actor: Actor) -> list[Tab]:
        """Return the tabs in order; the first is in the page, the others are fetched when they are opened."""
        session = db.session()
        related = [related_tab(session, part, row, actor) for part in self.tables(row, actor)]
        return [*related, *self.own_tabs(row, actor)]

    def own_tabs(self, row: Any, actor: Actor) -> list[Tab]:
        """Return files and log, which every record has."""
        session = db.session()

        def files() -> dict[str, Any]:
            return {"files": attachments_of(session, row), "may_attach": may_write(session, row, actor)}

        def log() -> dict[str, Any]:
            return {"acts": history(session, self.history_parts(row), actor)}

        found = (
            [Tab("files", _("Files"), "record/tab_files.html", files, LinkedRows(Attachment))]
            if self.has_attachments
            else []
        )
        return [*found, Tab("log", _("History"), "record/tab_log.html", log)]

    def panel(self, tab: Tab, row: Any, actor: Actor) -> Markup:
        """Return what stands on a tab."""
        drawn = render_template(
            "record/panel.html", template=tab.template, view=self, row=row, tab=tab, actor=actor,
            record_model=model_name(row), **tab.shows(),
        )  # fmt: skip
        return Markup(drawn)  # noqa: S704  # a template of ours, which escapes what people have typed

    def _reopen(self, buttons: Buttons, failed: str, error: AppError, actor: Actor) -> list[str]:
        for dialog in buttons.dialogs:
            if dialog.action == failed and (dialog.controls or dialog.lines or dialog.warnings):
                reopened(dialog, request.form, error, db.session(), actor)
                return []
        return [reason.message for reason in error.reasons]

    def buttons(self, row: Any, actor: Actor) -> Buttons:
        workflow = WORKFLOWS.get(self.model)
        offers = workflow.offers(row, actor) if workflow else []
        return buttons_of(db.session(), offers, lambda step: self.step_defaults(row, step, actor))

    def step_defaults(self, row: Any, step: Step, actor: Actor) -> Mapping[str, Any]:
        """Return what a step's dialog begins with, by field; "lines" as `LineChoice`s, relations as (key, text)."""
        if step.lines is None:
            return {}
        begun = step.lines(db.session(), row)
        found: dict[str, Any] = {
            "lines": [
                LineChoice(line.id, str(line.product), line.product.unit.label, begun[line.id])
                for line in row.lines
                if begun[line.id] > 0
            ]
        }
        if step.form is not None and "warehouse" in step.form._declared_fields and hasattr(row, "warehouse"):
            found["warehouse"] = (str(row.warehouse_id), str(row.warehouse))
        return found

    def heading(self, row: Any) -> str:
        """Return the heading: what a document is about, where its number is its name."""
        subject = self._subject(row)
        return str(getattr(row, subject)) if subject else str(row)

    def subheading(self, row: Any) -> str:
        """Return the small line above the heading: the kind of record, and the number where the heading is none."""
        number = self.number(row)
        return number if self._subject(row) or number != str(row) else ""

    def _subject(self, row: Any) -> str:
        subject = subject_field(self.model) or ""
        return subject if subject and str(row) == row.number and getattr(row, subject) else ""

    def badges(self, row: Any) -> list[Any]:
        return [badge(getattr(row, name)) for name in self.badge_columns if getattr(row, name, None) is not None]

    def figures(self, row: Any, actor: Actor) -> list[RecordFigure]:
        """Return the strip of figures above the record."""
        return []

    def tables(self, row: Any, actor: Actor) -> Sequence[Related]:
        return self.related

    def documents(self, row: Any, actor: Actor) -> list[tuple[str, Any]]:
        """Return (address, label) of what can be printed: the paper of the model, where it has one."""
        paper = paper_of(self.model)
        return [(f"{self.route_base}/pdf/{row.id}", paper.button)] if paper is not None else []

    def page_buttons(self, row: Any, actor: Actor) -> list[PageButton]:
        """Return buttons that lead to other pages."""
        return []

    def number(self, row: Any) -> str:
        """Return the number, which can be copied beside the heading."""
        return str(getattr(row, "number", "") or "")

    def history_parts(self, row: Any) -> dict[str, Any]:
        """Return the keys, or a SELECT of them, of the record and its lines, whose log is shown."""
        parts: dict[str, Any] = {model_name(row): [row.id]}
        for name, target in self._lines_told().items():
            parts[model_name(target)] = line_keys(target, sa.inspect(self.model).relationships[name], row.id)
        return parts

    def _lines_told(self) -> dict[str, type[Any]]:
        """Return a mapping: relation → model of the lines whose changes are in the log."""
        found = {}
        for name, described in fields_of(self.model).items():
            target = described.target
            is_told = target is not None and target not in VIEWS and getattr(target, "__audited__", False)
            if described.kind.is_lines and target is not None and is_told:
                found[name] = target
        return found

    def _line_models(self) -> set[str]:
        return {model_name(target) for target in self._lines_told().values()}

    def linked_rows(self, row: Any, actor: Actor) -> list[LinkedRows]:
        """Return the rows linked to the record whose acts its timeline tells, as far as this person may see them."""
        linked = (
            self.linked_from if self.linked_from is not None else [(p.model, p.via) for p in self.tables(row, actor)]
        )
        found = []
        for model, via in linked:
            view = view_of(model)
            if is_audited(model) and actor.may("read", model):
                amount = view.timeline_amount if view is not None else ""
                found.append(LinkedRows(model, via, amount))
        return found + [LinkedRows(target, name, is_lines=True) for name, target in self._lines_told().items()]

    def show_context(self, row: Any, actor: Actor) -> dict[str, Any]:
        """Return further values for the page's template."""
        return {}

    def may_change(self, row: Any, actor: Actor) -> bool:
        """Return whether to offer the edit form: on frozen documents it holds what is still open."""
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
        """Return the address that a step leads to: the record again; a decision leads on to the next one."""
        return self.show_url(row.id) + ("?next=1" if action in ("approve", "reject") else "")


__all__ = ["RecordFigure", "RelatedLines", "RecordView", "Related", "PageButton", "Tab", "expose"]
