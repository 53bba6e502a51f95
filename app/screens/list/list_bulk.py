"""Several rows of a list take the same steps as on their pages, each row by itself. design.md §8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import Schema, fields

from app.core.actor import Actor
from app.core.appbuilder import expose
from app.core.cache.per_process import cached_per_process
from app.core.db.base import db
from app.core.errors import AppError, Refused, no_such_row
from app.core.flow.workflow import WORKFLOWS, Step
from app.core.kinds.relation import row_key
from app.core.record.schemas import load
from app.screens.list.address import PAGE_ROWS
from app.screens.list.saved_lists import SavedLists
from app.screens.web.current_actor import in_write

REASONS_TOLD = 5
DELETE = "delete"


@dataclass(frozen=True)
class BulkButton:
    """A button for the chosen rows. `states` are those it leads out of, none for any; `is_next` makes it blue."""

    action: str
    label: str
    danger: bool
    states: tuple[str, ...] = ()
    is_next: bool = False


class BulkSteps(SavedLists):
    """The list takes workflow steps that need no answer and tell nothing, and deletes."""

    def bulk_buttons(self, actor: Actor) -> list[BulkButton]:
        """Return the buttons for what this person may do with several rows; the steps that lead forward come first."""
        workflow = WORKFLOWS.get(self.model)
        steps = workflow.steps.values() if workflow else ()
        found = [
            BulkButton(
                step.action,
                str(step.label),
                step.danger,
                tuple(state.value for state in step.sources),
                _leads_on(self.model, step),
            )  # fmt: skip
            for step in steps
            if _asks_nothing(step.form) and step.tells is None and actor.may(step.action, self.model)
        ]
        found.sort(key=lambda button: (button.danger, not button.is_next))
        if self.can_delete and actor.may(DELETE, self.model):
            found.append(BulkButton(DELETE, _("Delete"), True, tuple(self.entry.deletable_states or ())))
        return found

    @expose("/list/bulk/<action>", methods=("POST",))
    def bulk(self, action: str) -> ResponseReturnValue:
        """Take a step with every chosen row. What one row refuses does not hold up the others.

        errors  NotFound for a step there is none of; told on the list: how many were done, and why not the others
        """
        actor = self.reader()
        button = next((one for one in self.bulk_buttons(actor) if one.action == action), None)
        if button is None:
            raise no_such_row()
        done = 0
        refused: list[AppError] = []
        warned: list[str] = []
        for key in chosen_keys(request.form.getlist("id")):
            try:
                warned += in_write(partial(self._take, key, action, actor))
                done += 1
            except AppError as error:
                refused += error.reasons[:1]
                actor = self.reader_again()
        if done:
            flash(
                ngettext("%(what)s: %(num)s row done.", "%(what)s: %(num)s rows done.", done, what=button.label),
                "success",
            )
        for text in [*(reason.message for reason in refused[:REASONS_TOLD]), *warned[:REASONS_TOLD]]:
            flash(text, "warning")
        if len(refused) > REASONS_TOLD:
            flash(_("%(n)s more were refused.", n=len(refused) - REASONS_TOLD), "warning")
        return self.back_to_list()

    def _take(self, key: int, action: str, actor: Actor) -> list[str]:
        """Take the step with one row; returns what should be looked at with it."""
        session = db.session()
        row = self.row(key, actor)
        name = str(row)
        try:
            if action == DELETE:
                self.entry.delete(session, row, actor)
                return []
            step = WORKFLOWS[self.model].steps[action]
            move = WORKFLOWS[self.model].fire(session, row, action, actor, load(step.form, {}))
            return [f"{name}: {one['message']}" for one in move.warnings]
        except AppError as error:
            raise _named(name, error) from error


def chosen_keys(texts: Sequence[str]) -> list[int]:
    """Return keys of the rows that were ticked on one page of a list."""
    keys = (row_key(text) for text in texts[:PAGE_ROWS])
    return list(dict.fromkeys(key for key in keys if key is not None))


def _named(name: str, error: AppError) -> AppError:
    """Return the refusal together with the name of its row, for a list has many."""
    text = error.reasons[0].message
    return Refused(error.code, text if name in text else f"{name}: {text}")


def _leads_on(model: type[Any], step: Step) -> bool:
    """Return whether a step brings a document on, rather than back to where it began."""
    if step.danger or not step.targets:
        return False
    return model.__table__.c.state.info["initial"] not in step.targets


@cached_per_process()
def _asks_nothing(form: type[Schema] | None) -> bool:
    """Return whether a step with this form can be taken by pressing its button alone."""
    if form is None:
        return True
    asked: dict[str, Any] = form().fields
    return not any(field.required or _is_table(field) for field in asked.values())


def _is_table(field: fields.Field[Any]) -> bool:
    """Return whether a field asks for several rows; quantities of lines are whole where none are given."""
    return isinstance(field, fields.List | fields.Nested) and not field.metadata.get("lines")
