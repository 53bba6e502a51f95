"""Every step of every workflow can be taken on some row of the furnished firm: by whom, and what they enter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from marshmallow import fields

from app.core.db.base import db
from app.core.flow.workflow import WORKFLOWS
from app.core.record.schemas import WholeNumber
from app.security.accounts.people import actor_named
from app.security.policy import is_visible
from tests.furnish import dialogs
from tests.support.everything import CAST


def entered_in_dialog(model: type[Any], action: str, row: Any) -> dict[str, Any]:
    """What a person would enter in the dialog of the step."""
    form = WORKFLOWS[model].step(action).form
    if (model, action) in dialogs():
        return dialogs()[model, action](row)
    examples = {fields.String: "太贵", fields.Date: "2026-12-01", WholeNumber: "2"}
    declared = form().fields if form is not None else {}
    return {name: examples[type(field)] for name, field in declared.items() if field.required}


def ways_to_take(model: type[Any], action: str) -> Iterator[tuple[str, Any]]:
    """Each row on which somebody may take the step, the newest first, and who it is."""
    found = False
    for row in db.session.scalars(sa.select(model).order_by(model.id.desc())):
        for login in CAST:
            actor = actor_named(db.session(), login)
            offers = WORKFLOWS[model].offers(row, actor)
            is_offered = any(offer.step.action == action and offer.allowed for offer in offers)
            if is_offered and is_visible(db.session(), row, actor):
                found = True
                yield login, row
                break
    assert found, f"let tests/furnish/ make a {model.__name__} on which somebody may {action}"
